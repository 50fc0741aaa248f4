"""Walk-forward backtest of the scenario estimators, and the tables of the outlook.

At each origin a forecast knows only outcomes that were over by then (expanding origins, embargo of
the horizon). Published is the simplest estimator whose record up to that origin beats climatology;
the record of that choice stands beside those of the estimators. metrics.md 6.2, 6.5 and 6.7.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from transforms.formulas import forecast_scores
from transforms.formulas.expressions import ROUNDING
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
    rounded,
    so_far,
)

Floats = NDArray[np.float64]
PUBLISHED = "published"
WHOLE = "outcomes"  # the four outcomes scored as one forecast
BINS = 10

SCENARIOS = pl.Schema(
    {
        "entity": pl.String(),
        "horizon": pl.Int64(),
        "estimator": pl.String(),
        "target": pl.String(),
        "value": pl.Float64(),
        "printed": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "base": pl.Float64(),
        "effective": pl.Float64(),
        "days": pl.Int64(),
        "kappa": pl.Float64(),
        "published": pl.Boolean(),
        "state": pl.String(),
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
    """What may come, how good such forecasts were, and how reliable: SCENARIOS, RECORD, BINNED."""

    scenarios: pl.DataFrame
    record: pl.DataFrame
    reliability: pl.DataFrame

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
    scenarios, records, bins = [], [], []
    pasts = {entity: past(metric_frame, entity) for entity in INDICES}
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

    The simplest whose mean score over the origins resolved by then is below climatology's, if it
    had at least 8 independent outcomes to be informed about; else climatology.
    """
    resolved = ~np.isnan(plan.realised_returns)
    losses = {name: _losses(_said(one, plan), plan.realised)[:, 0] for name, one in found.items()}
    chosen = np.full(len(plan.at), CLIMATOLOGY, dtype=f"<U{max(map(len, ESTIMATORS))}")
    for name in reversed([one for one in ESTIMATORS if one != CLIMATOLOGY]):
        informed = found[name].effective >= FEWEST
        gain, _ = so_far(losses[CLIMATOLOGY] - losses[name], resolved, plan)
        _, count = so_far(losses[name], resolved & informed, plan)
        better = (gain > ROUNDING) & (independent(count, plan.horizon) >= FEWEST)
        chosen[better] = name
    return chosen


def _published(found: Mapping[str, Forecasts], chosen: NDArray[np.str_]) -> Forecasts:
    """At each origin the forecast of the chosen estimator."""
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
    return {n: usual if one.shares is base.shares else score(one, plan) for n, one in found.items()}


def score(one: Forecasts, plan: Design) -> Scored:
    """The scores of one estimator over all origins whose outcome is known."""
    resolved = ~np.isnan(plan.realised_returns)
    said = _said(one, plan)[resolved]
    ever = ~np.isnan(plan.returns)
    order = np.argsort(plan.returns[ever], kind="stable")
    members = plan.returns[ever][order]
    shares = forecast_scores.distribution(one.shares[resolved][:, ever][:, order])
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
        printed = rounded(said[: len(OUTCOMES)])
        low, high = interval(one, base, plan, drawn)
        shared = {
            "estimator": name,
            "effective": float(one.effective[-1]),
            "days": int((one.own[-1] > 0).sum() if one.effective[-1] > 0 else 0),
            "kappa": float(one.kappa[-1]),
            "published": name == chosen,
            "state": str(known.state[-1]) or None,
            "observation_date": known.days[-1],
            "since": known.days[0],
            "known_at": known.known_at[-1],
        }
        for i, target in enumerate(TARGETS):
            yield shared | {
                "target": target,
                "value": float(said[i]),
                "printed": float(printed[i] if i < len(OUTCOMES) else round(said[i] * 20) / 20),
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
    lags = math.ceil(plan.horizon / STEP) - 1
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
            test = forecast_scores.diebold_mariano(one.losses[:, i], base.losses[:, i], lags)
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
