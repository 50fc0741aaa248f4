"""From scores to the two axes, as each was known at the end of its day in Shanghai.

The weights are priors, fixed beforehand (metrics.md 5.1), and changed only with VERSION. The
weight of a missing block is not given to the others in silence: the composite is the mean over
what is there, stated with its coverage, and withheld when over a third is missing.

Choices made here: trend = 12-1 momentum and distance from the 200-day mean of CSI 300, ChiNext
and STAR 50; breadth = shares above the 50- and 200-day means and the 5-day mean share of risers,
for all stocks and for technology; persistence = share of rising days; turnover counts as heat
only, so that it does not push both axes, and twice: nominal, which is hot for ever in a growing
market, and against its own yearly mean, which needs three years of history. Earnings, policy,
concentration and explosiveness have no data yet: their weight is missing and coverage says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from transforms.expressions import ROUNDING
from transforms.metric import metrics
from warehouse.catalog import DAY_END_UTC

VERSION = 1
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

ADVANCE, FADING = 55.0, 45.0
HOT = 60.0
RETREAT = 5.0
TWO_WEEKS = 10
STATES = {
    (1, True): "overheated advance",
    (1, False): "healthy advance",
    (0, True): "undecided, hot",
    (0, False): "undecided",
    (-1, True): "froth without trend",
    (-1, False): "fading",
}


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
        _as_known(scores, sessions)
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
    enough = covered.filter(pl.col("coverage") >= FEWEST_OF_BLOCK)
    return enough.select("observation_date", "value", "coverage", "known_at", entity="block")


def _as_known(scores: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """For each session the newest score of each component known at its cut-off and not too old."""
    news = _news(scores, sessions)
    cutoff = pl.col("observation_date").dt.combine(DAY_END_UTC)
    grid = sessions.join(components().join(news.select(SERIES).unique(), on=SERIES), how="cross")
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
    weighted = _weighted(block_scores).filter(pl.col("side") == side)
    sums = weighted.group_by("observation_date").agg(
        pl.col("known_at").max(),
        value=(pl.col("value") * pl.col("weight")).sum() / pl.col("weight").sum(),
        coverage=pl.col("weight").sum(),
    )
    enough = sums.filter(pl.col("coverage") > FEWEST_OF_AXIS - ROUNDING)
    return enough.with_columns(entity=pl.lit("CN"))


def coverage(block_scores: pl.DataFrame) -> pl.DataFrame:
    """Share of the declared weight that had data, per axis (entity) and session."""
    names = {"momentum": "structural_momentum", "heat": "overheating"}
    return (
        _weighted(block_scores)
        .group_by("observation_date", entity=pl.col("side").replace_strict(names))
        .agg(pl.col("known_at").max(), value=pl.col("weight").sum())
    )


def _weighted(block_scores: pl.DataFrame) -> pl.DataFrame:
    """The block scores with the weight of their block and the side it belongs to."""
    return block_scores.sort("observation_date", "entity").select(
        "observation_date",
        "entity",
        "value",
        "known_at",
        side=pl.col("entity").str.split("/").list.first(),
        weight=pl.col("entity").replace_strict(WEIGHTS, return_dtype=pl.Float64),
    )


def quadrants(metric_frame: pl.DataFrame) -> pl.DataFrame:
    """State of the market per day: observation_date, momentum, heat, state, sorted by day.

    Momentum at 55 or more is an advance, under 45 fading, heat at 60 or more hot. A state is
    entered at its threshold and left after a retreat of 5 points beyond it or after two weeks
    (10 sessions) on the other side, so that a wobble at the line changes nothing (5.6).
    """
    days = _axis_values(metric_frame, "structural_momentum", "momentum").join(
        _axis_values(metric_frame, "overheating", "heat"), on="observation_date"
    )
    ordered = days.sort("observation_date")
    rising = _held(ordered["momentum"].to_list(), ADVANCE)
    fading = _held([-value for value in ordered["momentum"].to_list()], -FADING)
    hot = _held(ordered["heat"].to_list(), HOT)
    states = [
        STATES[int(up) - int(down and not up), heat]
        for up, down, heat in zip(rising, fading, hot, strict=True)
    ]
    return ordered.with_columns(state=pl.Series(states, dtype=pl.String))


def _axis_values(metric_frame: pl.DataFrame, metric_id: str, name: str) -> pl.DataFrame:
    rows = metric_frame.filter(pl.col("metric") == metric_id)
    return rows.select("observation_date", pl.col("value").alias(name))


def _held(values: list[float], threshold: float) -> Iterator[bool]:
    """Whether the state is on: entered at the threshold, left 5 beyond it or after two weeks."""
    on, days_below = False, 0
    for value in values:
        days_below = 0 if value >= threshold else days_below + 1
        on = days_below == 0 or (on and value >= threshold - RETREAT and days_below < TWO_WEEKS)
        yield on


def attribution(metric_frame: pl.DataFrame, side: str, before: date, after: date) -> pl.DataFrame:
    """What moved an axis between two days, in points: block, contribution, largest first (5.7).

    The contributions add up exactly to the change of the axis. A block that came or went is a
    change of data, not of the market: its row says so in `reason` ("score" or "data").
    """
    shares = [_contributions(metric_frame, side, day) for day in (before, after)]
    both = shares[0].join(shares[1], on="entity", how="full", coalesce=True, suffix="_after")
    same = pl.col("share").is_not_null() & pl.col("share_after").is_not_null()
    change = pl.col("share_after").fill_null(0.0) - pl.col("share").fill_null(0.0)
    return both.select(
        block="entity",
        contribution=change,
        reason=pl.when(same).then(pl.lit("score")).otherwise(pl.lit("data")),
    ).sort(pl.col("contribution").abs(), descending=True)


def _contributions(metric_frame: pl.DataFrame, side: str, day: date) -> pl.DataFrame:
    """Points that each block gives to the axis on a day: entity, share."""
    rows = metric_frame.filter(
        (pl.col("metric") == "block_score") & (pl.col("observation_date") == day)
    )
    weighted = _weighted(rows).filter(pl.col("side") == side)
    weight = pl.col("weight")
    return weighted.select("entity", share=pl.col("value") * weight / weight.sum())
