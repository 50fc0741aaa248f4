"""Walk-forward backtest of the scenario estimators, and the tables of the outlook.

At each origin a forecast knows only outcomes that were over by then (expanding origins, embargo of
the horizon). Published is the simplest estimator whose record up to that origin beats climatology
by more than chance (p < 0.05); the record of that choice stands beside those of the estimators.
metrics.md 6.2, 6.5 and 6.7.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from transforms.engine.linear_algebra import one_thread
from transforms.formulas import forecast_scores
from transforms.formulas.expressions import ROUNDING
from transforms.outlook import printed
from transforms.outlook.axes_used import NAMES, axes_used
from transforms.outlook.followed import Followed
from transforms.outlook.scenarios import (
    CLIMATOLOGY,
    ESTIMATORS,
    FEWEST,
    HORIZONS,
    INDICES,
    LEVELS,
    OUTCOMES,
    STEP,
    TARGETS,
    Design,
    Forecasts,
    Past,
    design,
    expected_returns,
    forecasts,
    independent,
    interval,
    past,
    resamples,
)
from transforms.outlook.silence import voice

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
PUBLISHED = "published"
CHANCE = 0.05  # of a skill as large without any, from which on none is believed
WHOLE = "outcomes"  # the four outcomes scored as one forecast
BINS = 10
LOOKED_AT = {"close", "pe_ttm"}.union(*(named.values() for named in NAMES.values()))

SCENARIOS = pl.Schema(
    {
        "entity": pl.String(),
        "horizon": pl.Int64(),
        "estimator": pl.String(),
        "target": pl.String(),
        "value": pl.Float64(),
        "printed": pl.Float64(),
        "bound": pl.String(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "base": pl.Float64(),
        "effective": pl.Float64(),
        "days": pl.Int64(),
        "kappa": pl.Float64(),
        "published": pl.Boolean(),
        "state": pl.String(),
        "axes": pl.String(),
        "silent": pl.String(),
        "narrowest": pl.String(),
        "narrowest_days": pl.Int64(),
        "narrowest_since": pl.Date(),
        "informed_since": pl.Date(),
        "observation_date": pl.Date(),
        "since": pl.Date(),
        "known_at": pl.Datetime("us"),
    }
)
RECORD = pl.Schema(
    {
        "entity": pl.String(),
        "horizon": pl.Int64(),
        "estimator": pl.String(),
        "target": pl.String(),
        "origins": pl.Int64(),
        "independent": pl.Float64(),
        "informed": pl.Int64(),
        "first_origin": pl.Date(),
        "last_origin": pl.Date(),
        "known_at": pl.Datetime("us"),
        "brier": pl.Float64(),
        "brier_climatology": pl.Float64(),
        "skill": pl.Float64(),
        "reliability": pl.Float64(),
        "resolution": pl.Float64(),
        "uncertainty": pl.Float64(),
        "dm_statistic": pl.Float64(),
        "p_value": pl.Float64(),
        "p_adjusted": pl.Float64(),
        "crps": pl.Float64(),
        "crps_skill": pl.Float64(),
        "pinball": pl.Float64(),
        "pinball_skill": pl.Float64(),
        "within_50": pl.Float64(),
        "within_90": pl.Float64(),
    }
)
BINNED = pl.Schema(
    {
        "entity": pl.String(),
        "horizon": pl.Int64(),
        "estimator": pl.String(),
        "bin": pl.Int64(),
        "forecasts": pl.Int64(),
        "forecast": pl.Float64(),
        "frequency": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
    }
)


class Outlook(NamedTuple):
    """What may come, how good such forecasts were, and how reliable: SCENARIOS, RECORD, BINNED.

    followed: what followed readings like those of the day.
    """

    scenarios: pl.DataFrame
    record: pl.DataFrame
    reliability: pl.DataFrame
    followed: Followed = Followed.empty()

    @classmethod
    def empty(cls) -> Outlook:
        """An outlook without a forecast."""
        return cls(SCENARIOS.to_frame(), RECORD.to_frame(), BINNED.to_frame())


@dataclass(frozen=True)
class Scored:
    """One estimator at one horizon: a row per origin whose outcome is known."""

    said: Floats  # origins x TARGETS
    losses: Floats  # origins x (WHOLE, then TARGETS)
    crps: Floats
    pinball: Floats
    pit: Floats


def registry() -> list[tuple[str, int, str, str]]:
    """Every signal that is tested: index, horizon, estimator and target. N of 6.7 is its length."""
    tested = [name for name in (*ESTIMATORS, PUBLISHED) if name != CLIMATOLOGY]
    return list(product(INDICES, HORIZONS, tested, (WHOLE, *TARGETS)))


def outlook(metric_frame: pl.DataFrame) -> Outlook:
    """Scenarios and their record for each followed index, out of the metric frame of one date."""
    with one_thread():
        return _outlook(metric_frame)


def _outlook(metric_frame: pl.DataFrame) -> Outlook:
    scenarios, records, bins = [], [], []
    seen = metric_frame.filter(pl.col("metric").is_in(list(LOOKED_AT)))
    axes = axes_used(seen)
    pasts = {entity: past(seen, entity, axes) for entity in INDICES}
    for entity, horizon in product(INDICES, HORIZONS):
        known = pasts[entity]
        plan = design(known, horizon)
        if not plan.at.size or plan.at[-1] != len(known.closes) - 1:
            continue
        found = forecasts(known, plan)
        chosen = choose(found, plan)
        found[PUBLISHED] = _published(found, chosen)
        key = {"entity": entity, "horizon": horizon}
        scenarios += [key | row for row in _scenarios(known, plan, found, str(chosen[-1]))]
        scored = _scored(found, plan)
        records += [key | row for row in _records(known, plan, found, scored)]
        bins += [key | row for row in _bins(scored[PUBLISHED], plan)]
    return Outlook(
        pl.DataFrame(scenarios, SCENARIOS),
        _adjusted(pl.DataFrame(records, RECORD).with_columns(cs.float().fill_nan(None))),
        pl.DataFrame(bins, BINNED),
    )


def choose(found: Mapping[str, Forecasts], plan: Design) -> NDArray[np.str_]:
    """The estimator that is published at each origin.

    The simplest that `holds` over the origins resolved by then; else climatology.
    """
    count = int((~np.isnan(plan.realised_returns)).sum())
    before = np.searchsorted(plan.at + plan.horizon, plan.at, side="right")
    chosen = np.full(len(plan.at), CLIMATOLOGY, dtype=f"<U{max(map(len, ESTIMATORS))}")
    usual = _losses(_said(found[CLIMATOLOGY], plan), plan.realised)[:, 0]
    for name in reversed([one for one in ESTIMATORS if _differs(found[one], found)]):
        worse = (_losses(_said(found[name], plan), plan.realised)[:, 0] - usual)[:count]
        test = forecast_scores.diebold_mariano_so_far(worse, _lags(plan))
        informed = np.cumsum(found[name].effective[:count] >= FEWEST)
        tested = independent(np.append(0, informed), plan.horizon)
        chosen[holds(-test.mean, test.p_value, tested)[before]] = name
    return chosen


def _differs(one: Forecasts, found: Mapping[str, Forecasts]) -> bool:
    """Whether an estimator ever said anything but what climatology says."""
    return one.shares is not found[CLIMATOLOGY].shares


def holds(gain: Floats, p_value: Floats, tested: Floats) -> Flags:
    """Whether an estimator is better than climatology by more than chance.

    gain: mean score saved; p_value: chance of such a difference, two-sided, NaN without a test;
    tested: independent outcomes that it was informed about, of which it needs 8.
    """
    return np.asarray((gain > ROUNDING) & (p_value < CHANCE) & (tested >= FEWEST))


def _lags(plan: Design) -> int:
    """How many neighbouring origins share a part of their outcome."""
    return math.ceil(plan.horizon / STEP) - 1


def _published(found: Mapping[str, Forecasts], chosen: NDArray[np.str_]) -> Forecasts:
    """At each origin the forecast of the chosen estimator."""
    if (chosen == CLIMATOLOGY).all():
        return replace(found[CLIMATOLOGY], estimator=PUBLISHED)
    parts: dict[str, Floats] = {}
    for field in ("shares", "own", "effective", "kappa"):
        parts[field] = getattr(found[CLIMATOLOGY], field).copy()
        for name, one in found.items():
            rows = chosen == name
            parts[field][rows] = getattr(one, field)[rows]
    return Forecasts(PUBLISHED, **parts)


def _said(one: Forecasts, plan: Design) -> Floats:
    """The probability of each target at each origin."""
    return np.clip(one.shares @ np.nan_to_num(plan.came), 0.0, 1.0)


def _losses(said: Floats, realised: Floats) -> Floats:
    """Brier scores at each origin: of the four outcomes together, then of each target."""
    each = forecast_scores.brier_scores(said, realised)
    return np.column_stack([each[:, : len(OUTCOMES)].sum(axis=1), each])


def _scored(found: Mapping[str, Forecasts], plan: Design) -> dict[str, Scored]:
    """The scores of each estimator; one that only ever repeats climatology has those of it."""
    base = found[CLIMATOLOGY]
    usual = score(base, plan)
    return {n: score(one, plan) if _differs(one, found) else usual for n, one in found.items()}


def score(one: Forecasts, plan: Design) -> Scored:
    """The scores of one estimator over all origins whose outcome is known."""
    resolved = ~np.isnan(plan.realised_returns)
    said = _said(one, plan)[resolved]
    ever = np.flatnonzero(~np.isnan(plan.returns))
    order = ever[np.argsort(plan.returns[ever], kind="stable")]
    members = plan.returns[order]
    shares = forecast_scores.distribution(one.shares[np.ix_(resolved, order)])
    observed = plan.realised_returns[resolved]
    pinball = [
        forecast_scores.pinball(forecast_scores.quantiles(shares, members, level), observed, level)
        for level in LEVELS
    ]
    return Scored(
        said,
        _losses(said, plan.realised[resolved]),
        forecast_scores.crps(shares, members, observed),
        np.mean(pinball, axis=0),
        forecast_scores.pit(shares, members, observed),
    )


def _scenarios(
    known: Past, plan: Design, found: Mapping[str, Forecasts], chosen: str
) -> Iterator[dict[str, object]]:
    """The forecast of each estimator on the newest day, one row per target and quantile."""
    base = found[CLIMATOLOGY]
    happened = np.nan_to_num(plan.came)
    drawn = resamples(plan)
    base_returns, base_said = expected_returns(base, plan), base.shares[-1] @ happened
    for name in ESTIMATORS:
        one = found[name]
        said = one.shares[-1] @ happened
        shown = printed.outcomes(said[: len(OUTCOMES)])
        shown += [printed.event(probability) for probability in said[len(OUTCOMES) :]]
        low, high = printed.covering(*interval(one, base, plan, drawn), shown)
        shared = {
            "estimator": name,
            "effective": float(one.effective[-1]),
            "days": int((one.own[-1] > 0).sum() if one.effective[-1] > 0 else 0),
            "kappa": float(one.kappa[-1]),
            "published": name == chosen,
            "state": str(known.state[-1]) or None,
            **asdict(voice(known, plan, one)),
            "observation_date": known.days[-1],
            "since": known.days[0],
            "known_at": known.known_at[-1],
        }
        for i, target in enumerate(TARGETS):
            yield shared | {
                "target": target,
                "value": float(said[i]),
                "printed": shown[i].value,
                "bound": shown[i].bound,
                "low": float(low[i]),
                "high": float(high[i]),
                "base": float(base_said[i]),
            }
        returns = zip(LEVELS, expected_returns(one, plan), base_returns, strict=True)
        for level, value, usual in returns:
            target = f"return_q{round(100 * level):02d}"
            yield shared | {"target": target, "value": float(value), "base": float(usual)}


def _records(
    known: Past, plan: Design, found: Mapping[str, Forecasts], scored: Mapping[str, Scored]
) -> Iterator[dict[str, object]]:
    """The record of each estimator on each target over all resolved origins."""
    resolved = ~np.isnan(plan.realised_returns)
    if not resolved.any():
        return
    origins, realised = plan.at[resolved], plan.realised[resolved]
    base = scored[CLIMATOLOGY]
    shared = {
        "origins": len(origins),
        "independent": float(independent(np.array(len(origins)), plan.horizon)),
        "first_origin": known.days[origins[0]],
        "last_origin": known.days[origins[-1]],
        "known_at": known.known_at[-1],
    }
    for name, one in scored.items():
        informed = int((found[name].effective[resolved] >= FEWEST).sum())
        for i, target in enumerate((WHOLE, *TARGETS)):
            _, truth = _pairs(one.said, realised, target)
            test = forecast_scores.diebold_mariano(one.losses[:, i], base.losses[:, i], _lags(plan))
            has_test = testable(truth, plan)
            brier, usual = float(one.losses[:, i].mean()), float(base.losses[:, i].mean())
            row = shared | {
                "estimator": name,
                "target": target,
                "informed": informed,
                "brier": brier,
                "brier_climatology": usual,
                "skill": forecast_scores.skill(brier, usual),
                "dm_statistic": test.statistic if has_test else None,
                "p_value": test.p_value if has_test else None,
                **_murphy(one.said, realised, target),
            }
            yield row | (_of_returns(one, base) if target == WHOLE else {})


def _pairs(said: Floats, realised: Floats, target: str) -> tuple[Floats, Floats]:
    """Probabilities and outcomes of one target, or of the four outcomes one after the other."""
    if target != WHOLE:
        at = TARGETS.index(target)
        return said[:, at], realised[:, at]
    return said[:, : len(OUTCOMES)].ravel(), realised[:, : len(OUTCOMES)].ravel()


def _murphy(said: Floats, realised: Floats, target: str) -> dict[str, float]:
    """The parts of the Brier score of one target; of the four outcomes together, their sums."""
    names = OUTCOMES if target == WHOLE else (target,)
    parts = [forecast_scores.murphy(*_pairs(said, realised, name), BINS) for name in names]
    return {part: sum(vars(one)[part] for one in parts) for part in vars(parts[0])}


def testable(truth: Floats, plan: Design) -> bool:
    """Whether a target came, and did not come, often enough for a test to mean something.

    Of what never came, any forecast near zero is better than another in every single week.
    """
    came = float(truth.sum())
    return bool(independent(np.array(min(came, len(truth) - came)), plan.horizon) >= FEWEST)


def _of_returns(one: Scored, base: Scored) -> dict[str, float]:
    """How good the distribution of the return was."""
    crps, pinball = float(one.crps.mean()), float(one.pinball.mean())
    return {
        "crps": crps,
        "crps_skill": forecast_scores.skill(crps, float(base.crps.mean())),
        "pinball": pinball,
        "pinball_skill": forecast_scores.skill(pinball, float(base.pinball.mean())),
        "within_50": float(((one.pit >= 0.25) & (one.pit <= 0.75)).mean()),
        "within_90": float(((one.pit >= 0.05) & (one.pit <= 0.95)).mean()),
    }


def _bins(one: Scored, plan: Design) -> Iterator[dict[str, object]]:
    """The reliability diagram of the four outcomes; its bars allow for overlapping outcomes."""
    realised = plan.realised[~np.isnan(plan.realised_returns)]
    if not len(realised):
        return
    said, truth = _pairs(one.said, realised, WHOLE)
    diagram = forecast_scores.reliability(said, truth, BINS, STEP / plan.horizon)
    for i in range(len(diagram.count)):
        yield {
            "estimator": PUBLISHED,
            "bin": min(int(diagram.forecast[i] * BINS), BINS - 1),
            "forecasts": int(diagram.count[i]),
            "forecast": float(diagram.forecast[i]),
            "frequency": float(diagram.frequency[i]),
            "low": float(diagram.low[i]),
            "high": float(diagram.high[i]),
        }


def _adjusted(record: pl.DataFrame) -> pl.DataFrame:
    """p-values raised for all tests of the registry, those without a test counting as 1.

    The tests depend on each other, so the procedure of Benjamini and Yekutieli is the right one.
    """
    key = ["entity", "horizon", "estimator", "target"]
    tests = pl.DataFrame(registry(), schema=key, orient="row")
    all_of_them = tests.join(
        record.select(*key, "p_value"), on=key, how="left", maintain_order="left"
    )
    p_values = all_of_them["p_value"].fill_null(1.0).to_numpy()
    adjusted = forecast_scores.false_discovery(p_values, dependent=True)
    raised = tests.with_columns(p_adjusted=pl.Series(adjusted))
    joined = record.drop("p_adjusted").join(raised, on=key, how="left", maintain_order="left")
    tested = pl.when(pl.col("p_value").is_not_null()).then("p_adjusted")
    return joined.with_columns(p_adjusted=tested).select(RECORD.names())
