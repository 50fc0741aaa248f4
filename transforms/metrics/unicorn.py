"""Young companies worth over a billion dollars: the growth of one list, never of two spliced."""

from __future__ import annotations

import polars as pl

from transforms.metric import metric


@metric(
    "unicorn_growth_1y",
    unit="fraction",
    reads=("unicorn_count",),
    direction="momentum",
    label="Growth of the number of unicorns in a year",
    reading="One list maker's count over its own count a year earlier; others count far more.",
    paper="M13",
)
def unicorn_growth_1y(unicorn_count: pl.DataFrame) -> pl.DataFrame:
    """Count over the count of the year before in the same list - 1, entity = scope; n = count.

    Lists differ in cut-off and date and are never mixed: a scope is measured by the list that
    was the first to give two years in a row.
    """
    key = ["scope", "list_name"]
    before = unicorn_count.select(*key, pl.col("year") + 1, "known_at", count_before="count")
    grown = unicorn_count.filter(pl.col("count") > 0).join(
        before.filter(pl.col("count_before") > 0), on=[*key, "year"], suffix="_before"
    )
    first = grown.sort("year", "list_name").group_by("scope", maintain_order=True).first()
    return grown.join(first.select(key), on=key).select(
        "observation_date",
        entity="scope",
        value=pl.col("count") / pl.col("count_before") - 1,
        n=pl.col("count").cast(pl.Int64),
        known_at=pl.max_horizontal("known_at", "known_at_before"),
    )
