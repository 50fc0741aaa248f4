"""Young companies worth over a billion dollars: the growth of one list, never of two spliced."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import YEARLY, Group, Robust, prepared

FEWEST_YEARS = 5

unicorns = Group(unit="count", paper="M13", direction="momentum")


@prepared
def unicorn_years(
    unicorn_count: pl.DataFrame | None = None, unicorn_company: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What each list counts beside its own count of the year before.

    Columns: entity, list_name, year, observation_date, count, before, left (companies by name,
    null where only numbers are published), known_at. entity is the scope that a list counts
    (CN-AI), or the name of a list with companies. A scope is measured by the list that was the
    first to give two years in a row.
    """
    parts = [pl.DataFrame(schema={"left": pl.Int64})]
    if unicorn_count is not None:
        parts.append(_counted(unicorn_count))
    if unicorn_company is not None:
        parts.append(_named(unicorn_company))
    return pl.concat(parts, how="diagonal_relaxed").sort("entity", "observation_date")


def _counted(unicorn_count: pl.DataFrame) -> pl.DataFrame:
    """Lists that publish a number; see unicorn_years."""
    key = ["scope", "list_name"]
    before = unicorn_count.select(*key, pl.col("year") + 1, "known_at", before="count")
    grown = unicorn_count.filter(pl.col("count") > 0).join(
        before.filter(pl.col("before") > 0), on=[*key, "year"], suffix="_before"
    )
    first = grown.sort("year", "list_name").group_by("scope", maintain_order=True).first()
    return grown.join(first.select(key), on=key).select(
        "list_name",
        "year",
        "observation_date",
        "count",
        "before",
        entity="scope",
        known_at=pl.max_horizontal("known_at", "known_at_before"),
    )


def _named(unicorn_company: pl.DataFrame) -> pl.DataFrame:
    """Lists that name their companies; see unicorn_years."""
    listed = unicorn_company.select(
        "list_name", "company", "published_on", "known_at", year=pl.col("year").cast(pl.Int64)
    )
    years = listed.group_by("list_name", "year").agg(
        pl.col("published_on").max().alias("observation_date"),
        pl.col("known_at").max(),
        count=pl.len().cast(pl.Int64),
    )
    key = ["list_name", "year"]
    earlier = years.select("list_name", pl.col("year") + 1, "known_at", before="count")
    stayed = listed.join(
        listed.select("list_name", pl.col("year") + 1, "company"), on=[*key, "company"]
    )
    kept = stayed.group_by(key).agg(kept=pl.len().cast(pl.Int64))
    both = years.join(earlier, on=key, suffix="_before").join(kept, on=key, how="left")
    return both.select(
        *key,
        "observation_date",
        "count",
        "before",
        entity="list_name",
        left=pl.col("before") - pl.col("kept").fill_null(0),
        known_at=pl.max_horizontal("known_at", "known_at_before"),
    )


@unicorns.metric(
    unit="fraction",
    score=Robust(FEWEST_YEARS),
    block="momentum/capital formation",
    weight=6,
    entities=("CN-AI",),
    step=YEARLY,
    max_age=260,
)
def unicorn_growth_1y(unicorn_years: pl.DataFrame) -> pl.DataFrame:
    """U(year) / U(year before) - 1 in the same list, entity = scope or list; n = count."""
    return unicorn_years.select(
        "entity",
        "observation_date",
        "known_at",
        value=pl.col("count") / pl.col("before") - 1,
        n="count",
    )


@unicorns.metric()
def unicorn_net_adds(unicorn_years: pl.DataFrame) -> pl.DataFrame:
    """U(year) - U(year before) = entries - exits, in the same list; n = count."""
    return unicorn_years.select(
        "entity",
        "observation_date",
        "known_at",
        value=(pl.col("count") - pl.col("before")).cast(pl.Float64),
        n="count",
    )


@unicorns.metric(direction="context")
def unicorn_exits(unicorn_years: pl.DataFrame) -> pl.DataFrame:
    """Companies of the list of the year before that are not in this year's; n = count."""
    return unicorn_years.drop_nulls("left").select(
        "entity", "observation_date", "known_at", value=pl.col("left").cast(pl.Float64), n="count"
    )
