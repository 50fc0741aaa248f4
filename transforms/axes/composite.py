"""From scores to the two axes, as each was known at the end of its day in Shanghai.

Metric → score → block → axis (metrics.md 5.1-5.2). The weights are priors, fixed beforehand;
VERSION rises whenever they, or the metrics that enter a block, change. A block without half of its
weight is dropped; the axis is then the mean of the others, which says so by its coverage, and it
is withheld when over a third is missing.

Which metrics enter a block, with which weight and for which entities, is declared where they are
computed; the tests hold the declarations against the limits that metrics.md sets. The choices
behind them: a block holds one metric for each thing that it is about, its variants stay outside;
prices enter for CSI 300, ChiNext and STAR 50, breadth for all shares and for technology shares;
two of a pair that say almost the same (distance from the mean of 200 days, quality of the trend)
weigh half each; crash fits weigh half of the tests of explosiveness, and lists of young companies
next to nothing. Turnover against its own past is counted on both sides, by different metrics: a
record says that the advance is carried, a high velocity that it is hot.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from transforms.engine.metric import metrics
from transforms.formulas.expressions import ROUNDING
from warehouse.shanghai import DAY_END_UTC

VERSION = 5
WEIGHTS = {
    "momentum/trend": 0.30,
    "momentum/breadth": 0.25,
    "momentum/capital formation": 0.15,
    "momentum/earnings": 0.15,
    "momentum/policy": 0.10,
    "momentum/persistence": 0.05,
    "heat/technical": 0.20,
    "heat/leverage": 0.20,
    "heat/activity": 0.20,
    "heat/concentration": 0.15,
    "heat/valuation": 0.15,
    "heat/explosiveness": 0.10,
}
FEWEST_OF_BLOCK = 0.5
FEWEST_OF_AXIS = 2 / 3
SERIES = ["metric", "entity"]
AXES = {"momentum": "structural_momentum", "heat": "overheating"}


def components() -> pl.DataFrame:
    """What enters each block: block, metric, entity, weight, max_age, from the declarations.

    The weight of a metric is shared equally by its entities.
    """
    return pl.DataFrame(
        [
            (one.block, one.id, entity, one.weight / len(one.entities), one.max_age)
            for one in metrics().values()
            if one.block is not None
            for entity in one.entities
        ],
        schema={"block": pl.String, "metric": pl.String, "entity": pl.String}
        | {"weight": pl.Float64, "max_age": pl.Int64},
        orient="row",
    )


def blocks(scores: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Score of each block at each session: entity, observation_date, value, coverage, known_at.

    scores: metric, entity, observation_date, score, known_at; sessions: observation_date,
    session. A block with less than half of its declared weight has no row.
    """
    weight = pl.col("weight")
    declared = components().group_by("block").agg(declared=weight.sum())
    sums = (
        as_known(scores, sessions)
        .group_by("block", "observation_date")
        .agg(
            pl.col("known_at").max(),
            value=(pl.col("score") * weight).sum() / weight.sum(),
            available=weight.sum(),
        )
    )
    covered = sums.join(declared, on="block").with_columns(
        coverage=pl.min_horizontal(1.0, pl.col("available") / pl.col("declared"))
    )
    enough = covered.filter(pl.col("coverage") >= FEWEST_OF_BLOCK - ROUNDING)
    return enough.select("observation_date", "value", "coverage", "known_at", entity="block")


def as_known(
    scores: pl.DataFrame, sessions: pl.DataFrame, days: Collection[date] | None = None
) -> pl.DataFrame:
    """For each session the newest score of each component known at its cut-off and not too old.

    days: the sessions that are wanted, all of them when None.
    """
    news = _news(scores, sessions)
    wanted = sessions if days is None else sessions.filter(pl.col("observation_date").is_in(days))
    cutoff = pl.col("observation_date").dt.combine(DAY_END_UTC)
    grid = wanted.join(components().join(news.select(SERIES).unique(), on=SERIES), how="cross")
    found = (
        grid.with_columns(cutoff=cutoff)
        .sort("cutoff")
        .join_asof(
            news.sort("known_at", "observed"),
            left_on="cutoff",
            right_on="known_at",
            by=SERIES,
            coalesce=False,
            check_sortedness=False,
        )
    )
    age = pl.col("session").cast(pl.Int64) - pl.col("session_observed").cast(pl.Int64)
    seen = pl.col("observed") <= pl.col("observation_date")
    # Sums of floats depend on their order: it is fixed here, so that equal inputs give equal bits.
    return found.filter((age <= pl.col("max_age")) & seen).sort("observation_date", *SERIES)


def _news(scores: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """The scores that were the newest of their series when known, with the session they are of."""
    numbered = (
        scores.filter(pl.col("score").is_not_null())
        .select(*SERIES, "score", "known_at", observed="observation_date")
        .sort("observed")
        .join_asof(
            sessions.rename({"session": "session_observed"}),
            left_on="observed",
            right_on="observation_date",
        )
    )
    ordered = numbered.drop("observation_date").sort("known_at", "observed")
    newest = pl.col("observed") == pl.col("observed").cum_max().over(SERIES)
    return ordered.filter(newest)


def axis(block_scores: pl.DataFrame, side: str) -> pl.DataFrame:
    """One axis, "momentum" or "heat": entity CN, observation_date, value, coverage, known_at.

    Days on which over a third of the declared weight is missing are left out.
    """
    parts = weighted(block_scores).filter(pl.col("side") == side)
    sums = parts.group_by("observation_date").agg(
        pl.col("known_at").max(),
        value=(pl.col("value") * pl.col("weight")).sum() / pl.col("weight").sum(),
        coverage=pl.col("weight").sum(),
    )
    enough = sums.filter(pl.col("coverage") > FEWEST_OF_AXIS - ROUNDING)
    return enough.with_columns(entity=pl.lit("CN"))


def coverage(block_scores: pl.DataFrame) -> pl.DataFrame:
    """Share of the declared weight that had data, per axis (entity) and session."""
    return (
        weighted(block_scores)
        .group_by("observation_date", entity=pl.col("side").replace_strict(AXES))
        .agg(pl.col("known_at").max(), value=pl.col("weight").sum())
    )


def weighted(block_scores: pl.DataFrame) -> pl.DataFrame:
    """The block scores with the weight of their block and the side it belongs to."""
    return block_scores.sort("observation_date", "entity").select(
        "observation_date",
        "entity",
        "value",
        "known_at",
        side=pl.col("entity").str.split("/").list.first(),
        weight=pl.col("entity").replace_strict(WEIGHTS, return_dtype=pl.Float64),
    )
