"""Verification of the issues' own forecasts: frozen as printed, scored when over, summed up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np
import polars as pl

from transforms.formulas.forecast_scores import skill
from transforms.outlook.event_study import STUDY_FRAME
from transforms.outlook.scenarios import INDICES, OUTCOMES, TARGETS, VERSION, came, paths
from warehouse.shanghai import DAY_END_UTC
from warehouse.tables.mart import Call

STUDY = "own_calls"
KEY = Call.primary_key()
SCORES = pl.Schema(
    {
        "issue_id": pl.String(),
        "as_of": pl.Date(),
        "entity": pl.String(),
        "horizon": pl.Int64(),
        "target": pl.String(),
        "due": pl.Date(),
        "scored_as_of": pl.Date(),
        "outcome": pl.Float64(),
        "realised": pl.Float64(),
        "brier": pl.Float64(),
        "brier_base": pl.Float64(),
    }
)


def forecasts_of(scenarios: pl.DataFrame, metric_frame: pl.DataFrame) -> pl.DataFrame:
    """The forecasts of an issue as mart.forecast holds them: a row per index, horizon, target."""
    closes = metric_frame.filter(pl.col("metric") == "close").select(
        "entity", "observation_date", close="value"
    )
    printed = scenarios.filter(pl.col("published") & pl.col("printed").is_not_null())
    return printed.join(closes, on=["entity", "observation_date"], how="left").select(
        "entity", "horizon", "target", "observation_date", "close", "estimator",
        "bound", "low", "high", "base", "effective",
        probability="printed", estimate="value", version=pl.lit(VERSION, pl.Int64),
    )  # fmt: skip


def score(unscored: pl.DataFrame, metric_frame: pl.DataFrame) -> pl.DataFrame:
    """The scores of the forecasts whose horizon has passed, from the closes of the frame: SCORES.

    The horizon counts the sessions of the index after the day of the forecast. Both ends of the
    path are of the closes that are known now, so that a restatement of all of them changes nothing.
    """
    if unscored.is_empty():
        return SCORES.to_frame()
    rows: list[dict[str, object]] = []
    closes = metric_frame.filter(pl.col("metric") == "close").sort("observation_date")
    for (entity, horizon), part in unscored.group_by("entity", "horizon", maintain_order=True):
        series = closes.filter(pl.col("entity") == entity)
        rows += _scored(part, series, int(horizon))
    return pl.DataFrame(rows, SCORES)


def _scored(part: pl.DataFrame, series: pl.DataFrame, horizon: int) -> Iterator[dict[str, object]]:
    days = series["observation_date"].to_list()
    path = paths(series["value"].to_numpy(), horizon)
    happened = came(path)
    places = {day: at for at, day in enumerate(days)}
    for forecast in part.iter_rows(named=True):
        at = places.get(forecast["observation_date"])
        if at is None or at + horizon >= len(days):
            continue
        outcome = float(happened[at, TARGETS.index(forecast["target"])])
        yield {name: forecast[name] for name in KEY} | {
            "due": days[at + horizon],
            "scored_as_of": days[-1],
            "outcome": outcome,
            "realised": float(path["return"][at]),
            "brier": (forecast["estimate"] - outcome) ** 2,
            "brier_base": (forecast["base"] - outcome) ** 2,
        }


def resolved(unscored: pl.DataFrame, scores: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """The timely forecasts whose horizon is over, each with its score: those scored before and now.

    unscored: forecasts without a score before; scores: those of them that have one now.
    """
    if scores.is_empty():
        return scored
    fresh = unscored.filter("in_time").join(scores, on=KEY)
    parts = [part for part in (scored, fresh) if part.height]
    return pl.concat(parts, how="diagonal_relaxed") if parts else scored


def record(scored: pl.DataFrame) -> pl.DataFrame:
    """How the forecasts that were made in time and are over did: STUDY_FRAME.

    scored: forecasts with their scores. reference: the horizon, over all indices and, before it,
    of each index. Brier scores are those of the four outcomes together, before rounding. n counts
    issues: what an issue said of two indices is one observation, their mean; `independent` counts
    the issues whose horizons do not overlap.
    """
    if scored.is_empty():
        return STUDY_FRAME.to_frame()
    each = (
        scored.filter(pl.col("target").is_in(OUTCOMES))
        .group_by("as_of", "entity", "horizon")
        .agg(
            pl.col("brier", "brier_base").sum(),
            pl.col("observation_date", "due").max(),
            known_at=pl.max_horizontal("made_at", pl.col("due").dt.combine(DAY_END_UTC)).max(),
        )
    )
    rows: list[dict[str, object]] = []
    for horizon in sorted(each["horizon"].unique()):
        whole = each.filter(pl.col("horizon") == horizon)
        for entity in [one for one in INDICES if one in set(whole["entity"])]:
            rows += _summed(whole.filter(entity=entity), f"{entity} {horizon} sessions")
        rows += _summed(whole, f"{horizon} sessions")
    return pl.DataFrame(rows, STUDY_FRAME)


def _summed(each: pl.DataFrame, reference: str) -> Iterator[dict[str, object]]:
    """Numbers of the record of some indices: issues, scores, skill."""
    issues = (
        each.group_by("as_of")
        .agg(
            pl.col("brier", "brier_base").mean(),
            pl.col("observation_date").min(),
            pl.col("due", "known_at").max(),
        )
        .sort("as_of")
    )
    brier, base = (float(np.mean(issues[n].to_numpy())) for n in ("brier", "brier_base"))
    shared = {
        "study": STUDY,
        "reference": reference,
        "n": issues.height,
        "first_day": issues["as_of"][0],
        "last_day": issues["as_of"][-1],
        "known_at": issues["known_at"].max(),
    }
    apart = _apart(issues.select("observation_date", "due").iter_rows())
    yield shared | {"measure": "issues", "value": float(issues.height), "unit": "count"}
    yield shared | {"measure": "independent", "value": float(apart), "unit": "count"}
    yield shared | {"measure": "brier", "value": brier, "unit": "brier"}
    yield shared | {"measure": "brier_base", "value": base, "unit": "brier"}
    better = skill(brier, base)
    if np.isfinite(better):
        yield shared | {"measure": "skill", "value": better, "unit": "fraction"}


def _apart(horizons: Iterable[tuple[date, date]]) -> int:
    """How many of the horizons, in their order, begin when the last one counted is over."""
    count, over = 0, date.min
    for begins, ends in horizons:
        if begins >= over:
            count, over = count + 1, ends
    return count
