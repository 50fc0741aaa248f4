"""What moved an axis between two days, to the last point and down to the metric (metrics.md 5.7).

An axis is the sum of weight × score over its components (metric × entity), where the weights
follow from what is there. With w̄, S̄ the means of both days, the change is exactly

    Σ w̄ ΔS  over what is there on both days   +   all that comes of changed weights.

The second part is no move of the market but a change in the availability of data: it is one line.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from transforms.axes.composite import (
    FEWEST_OF_BLOCK,
    SERIES,
    WEIGHTS,
    as_known,
    components,
    enough,
)

TOP = 5
SCHEMA = pl.Schema(
    {
        "block": pl.String(),
        "metric": pl.String(),
        "entity": pl.String(),
        "contribution": pl.Float64(),
        "reason": pl.String(),
    }
)


def attribution(metric_frame: pl.DataFrame, side: str, before: date, after: date) -> pl.DataFrame:
    """What moved "momentum" or "heat" between two sessions, in points, the largest first.

    metric_frame: from evaluate(), back to max_age sessions before `before`. Columns block, metric,
    entity, contribution, reason: "score" for each component, and one row "data", without names,
    if what is there has changed. The contributions add up to the change of the axis.
    """
    parts = _weighted_scores(metric_frame, [before, after]).filter(
        pl.col("block").str.starts_with(f"{side}/")
    )
    names = ["block", *SERIES]
    then, now = (
        parts.filter(pl.col("observation_date") == day).select(*names, "weight", "score")
        for day in (before, after)
    )
    both = then.join(now, on=names, how="full", coalesce=True, suffix="_now").sort(names)
    moved = both.drop_nulls(["score", "score_now"]).select(
        *names,
        contribution=(pl.col("weight") + pl.col("weight_now"))
        / 2
        * (pl.col("score_now") - pl.col("score")),
        reason=pl.lit("score"),
    )
    rows = pl.concat([moved.cast(SCHEMA), _of_data(both)])
    return rows.sort(pl.col("contribution").abs(), descending=True, maintain_order=True)


def _of_data(both: pl.DataFrame) -> pl.DataFrame:
    """The points that come of changed weights, as one row; none where all weights stayed."""
    weight, weight_now = pl.col("weight").fill_null(0.0), pl.col("weight_now").fill_null(0.0)
    score, score_now = pl.col("score"), pl.col("score_now")
    # What came or went has one score, which stands for the one that is missing.
    level = (score.fill_null(score_now) + score_now.fill_null(score)) / 2
    changed = both.filter(weight_now != weight)
    if changed.is_empty():
        return SCHEMA.to_frame()
    points = changed.select(contribution=((weight_now - weight) * level).sum())
    return pl.concat(
        [SCHEMA.to_frame(), points.with_columns(reason=pl.lit("data"))], how="diagonal"
    )


def _weighted_scores(metric_frame: pl.DataFrame, days: list[date]) -> pl.DataFrame:
    """The scores that made the axes on some days, with the weight that each has in its axis."""
    weight = pl.col("weight")
    sessions = metric_frame.filter(pl.col("metric") == "block_score").select("observation_date")
    numbered = sessions.unique().sort("observation_date").with_row_index("session")
    rows = as_known(metric_frame, numbered, days)
    declared = components().group_by("block").agg(declared=weight.sum())
    block = ["observation_date", "block"]
    there = (
        rows.with_columns(available=weight.sum().over(block))
        .join(declared, on="block")
        .filter(enough(pl.col("available"), pl.col("declared"), FEWEST_OF_BLOCK))
        .with_columns(
            prior=pl.col("block").replace_strict(WEIGHTS, return_dtype=pl.Int64),
            side=pl.col("block").str.split("/").list.first(),
        )
    )
    priors = there.select(*block, "side", "prior").unique()  # whole numbers, in any order
    totals = priors.group_by("observation_date", "side").agg(total=pl.col("prior").sum())
    return there.join(totals, on=["observation_date", "side"]).with_columns(
        weight=weight / pl.col("available") * pl.col("prior") / pl.col("total")
    )


def by_block(parts: pl.DataFrame) -> pl.DataFrame:
    """The attribution per block: block, contribution, the largest first; data has no block."""
    sums = parts.group_by("block", maintain_order=True).agg(pl.col("contribution").sum())
    return sums.drop_nulls("block").sort(pl.col("contribution").abs(), descending=True)


def contributors(parts: pl.DataFrame, count: int = TOP) -> pl.DataFrame:
    """The largest contributions of metrics, then all others as one line, then the data's line.

    Columns as in attribution, reason "others" for the sum; the rows add up to the same change.
    """
    scored = parts.filter(pl.col("reason") == "score")
    rest = scored.slice(count)
    others = rest.select(contribution=pl.col("contribution").sum(), reason=pl.lit("others"))
    kept = [scored.head(count), others.head(min(1, rest.height))]
    return pl.concat([*kept, parts.filter(pl.col("reason") == "data")], how="diagonal")
