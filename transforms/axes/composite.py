"""From scores to the two axes, as each was known at the end of its day in Shanghai.

Metric → score → block → axis (metrics.md 5.1-5.2). The weights are priors, fixed beforehand;
VERSION rises whenever they, or the metrics that enter a block, change. A block without half of its
weight is dropped; the axis is then the mean of the others, which says so by its coverage, and it
is withheld when over a third is missing: what it can still be is then its range.

Weights are whole per cents, of a block in its axis and of a metric in its block, and entities share
them in whole parts: what is there is compared with what is wanted in whole numbers, so that no
rounding decides whether an axis is published.

Which metrics enter a block, with which weight and for which entities, is declared where they are
computed; the tests hold the declarations against the limits that metrics.md sets. The choices
behind them: a block holds one metric for each thing that it is about, its variants stay outside;
prices enter for CSI 300, ChiNext and STAR 50, breadth for all shares and for technology shares;
two of a pair that say almost the same (distance from the mean of 200 days, quality of the trend)
weigh half each; crash fits weigh half of the tests of explosiveness, and lists of young companies
next to nothing; of six that are alike in breadth, the two that count net advances give up a point
each. Sevenths and sixths are the whole per cents next to them, such that any half of activity, and
the two changes of margin loans together, still are 50. Turnover against its own past is counted on
both sides, by different metrics: a record says that the advance is carried, a high velocity that it
is hot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from fractions import Fraction
from math import lcm

import polars as pl

from transforms.engine.metric import Metric, metrics
from warehouse.shanghai import DAY_END_UTC

VERSION = 6
WHOLE = 100  # per cent: what the blocks of an axis add up to, and the metrics of a block
WEIGHTS = {
    "momentum/trend": 30,
    "momentum/breadth": 25,
    "momentum/capital formation": 15,
    "momentum/earnings": 15,
    "momentum/policy": 10,
    "momentum/persistence": 5,
    "heat/technical": 20,
    "heat/leverage": 20,
    "heat/activity": 20,
    "heat/concentration": 15,
    "heat/valuation": 15,
    "heat/explosiveness": 10,
}
FEWEST_OF_BLOCK = Fraction(1, 2)
FEWEST_OF_AXIS = Fraction(2, 3)
TOP_SCORE = 100.0
SERIES = ["metric", "entity"]
AXES = {"momentum": "structural_momentum", "heat": "overheating"}


def components() -> pl.DataFrame:
    """What enters each block: block, metric, entity, weight, max_age, from the declarations.

    weight: in parts, so many to a per cent that the entities of each metric share its per cents in
    whole numbers.
    """
    return shared((one.block, one, one.weight, one.entities) for one in members())


def members() -> list[Metric]:
    """The metrics that enter a block."""
    return [one for one in metrics().values() if one.block is not None]


def shared(entries: Iterable[tuple[str | None, Metric, int, tuple[str, ...]]]) -> pl.DataFrame:
    """Entries of block, metric, per cents and entities as components: a row for each entity."""
    known = list(entries)
    parts = lcm(*(len(entities) for *_, entities in known))
    return pl.DataFrame(
        [
            (block, one.id, entity, weight * parts // len(entities), one.max_age)
            for block, one, weight, entities in known
            for entity in entities
        ],
        schema={"block": pl.String, "metric": pl.String, "entity": pl.String}
        | {"weight": pl.Int64, "max_age": pl.Int64},
        orient="row",
    )


def enough(there: pl.Expr, declared: pl.Expr | int, share: Fraction) -> pl.Expr:
    """Whether the weight that is there is that share of what is declared, in whole numbers."""
    return there * share.denominator >= declared * share.numerator


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
    available, whole = pl.col("available"), pl.col("declared")
    known = sums.join(declared, on="block").filter(enough(available, whole, FEWEST_OF_BLOCK))
    return known.select(
        "observation_date", "value", "known_at", entity="block", coverage=available / whole
    )


def indicators(scores: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Score of each metric within its block at each session, as it entered the block.

    Columns entity (block/metric), observation_date, value, coverage (the share of its entities'
    weight that had data), known_at.
    """
    weight, keys = pl.col("weight"), ["block", "metric"]
    declared = components().group_by(keys).agg(declared=weight.sum())
    sums = (
        as_known(scores, sessions)
        .group_by(*keys, "observation_date")
        .agg(
            pl.col("known_at").max(),
            value=(pl.col("score") * weight).sum() / weight.sum(),
            available=weight.sum(),
        )
    )
    return sums.join(declared, on=keys).select(
        "observation_date",
        "value",
        "known_at",
        entity=pl.concat_str(keys, separator="/"),
        coverage=pl.col("available") / pl.col("declared"),
    )


def as_known(
    scores: pl.DataFrame,
    sessions: pl.DataFrame,
    days: Collection[date] | None = None,
    wanted: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """For each session the newest score of each component known at its cut-off and not too old.

    days: the sessions that are wanted, all of them when None; wanted: the components, those of the
    blocks when None.
    """
    entering = components() if wanted is None else wanted
    news = _news(scores.join(entering, on=SERIES, how="semi"), sessions)
    asked = sessions if days is None else sessions.filter(pl.col("observation_date").is_in(days))
    cutoff = pl.col("observation_date").dt.combine(DAY_END_UTC)
    grid = asked.join(entering.join(news.select(SERIES).unique(), on=SERIES), how="cross")
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
    sums = _summed(block_scores, side)
    published = sums.filter(enough(pl.col("weight"), WHOLE, FEWEST_OF_AXIS))
    return published.select(
        *_DAY,
        entity=pl.lit("CN"),
        value=pl.col("points") / pl.col("weight"),
        coverage=pl.col("weight") / WHOLE,
    )


def ranges(block_scores: pl.DataFrame, side: str) -> pl.DataFrame:
    """What an axis can be on each day with any block: low and high, entity, day and known_at.

    The blocks that are missing count as 0 in `low` and as 100 in `high`; where none is, both are
    the axis.
    """
    points, missing = pl.col("points"), WHOLE - pl.col("weight")
    return _summed(block_scores, side).select(
        *_DAY,
        entity=pl.lit("CN"),
        low=points / WHOLE,
        high=(points + missing * TOP_SCORE) / WHOLE,
        coverage=pl.col("weight") / WHOLE,
    )


_DAY = ("observation_date", "known_at")


def _summed(block_scores: pl.DataFrame, side: str) -> pl.DataFrame:
    """Σ W·B and Σ W of a side's blocks by day: observation_date, known_at, points, weight."""
    parts = weighted(block_scores).filter(pl.col("side") == side)
    return parts.group_by("observation_date").agg(
        pl.col("known_at").max(),
        points=(pl.col("value") * pl.col("weight")).sum(),
        weight=pl.col("weight").sum(),
    )


def coverage(block_scores: pl.DataFrame) -> pl.DataFrame:
    """Share of the declared weight that had data, per axis (entity) and session."""
    return (
        weighted(block_scores)
        .group_by("observation_date", entity=pl.col("side").replace_strict(AXES))
        .agg(pl.col("known_at").max(), value=pl.col("weight").sum() / WHOLE)
    )


def weighted(block_scores: pl.DataFrame) -> pl.DataFrame:
    """The block scores with the weight of their block and the side it belongs to."""
    return block_scores.sort("observation_date", "entity").select(
        "observation_date",
        "entity",
        "value",
        "known_at",
        side=pl.col("entity").str.split("/").list.first(),
        weight=pl.col("entity").replace_strict(WEIGHTS, return_dtype=pl.Int64),
    )
