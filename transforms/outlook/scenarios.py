"""What may come: probabilities of four outcomes and five events, from what followed days like this.

The past of an index is read on every fifth session. A forecast is a weight for each past day whose
outcome is known; probabilities and quantiles are weighted frequencies, so that the four outcomes
add up by construction. Estimators, in order of complexity (metrics.md 6.2):

- climatology: every past day counts the same;
- quadrant: the days in the same quadrant of the two axes;
- price analogues: the nearest days by 60-day return, 20-day volatility and P/E percentile;
- analogues: the nearest days by these and the two axes.

The nearest days are far enough apart that none shares an outcome with another: one per episode.
Each estimator is drawn towards climatology by its effective number of days, and is climatology
where that is under 8. The axes are their cores where the frame has them: fixed inputs with a long
past. transforms.outlook.backtest decides which estimator may be published.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from transforms.formulas.bootstrap import block_length, stationary_bootstrap, times_drawn
from transforms.formulas.expressions import ROUNDING, trailing_return, volatility
from transforms.formulas.forecast_scores import distribution, quantiles
from transforms.outlook.axes_used import AxesUsed, axes_used
from transforms.prepared.indices import CHINEXT, CSI_300, STAR_50
from warehouse.shanghai import DAY_END_UTC

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

VERSION = 3
HEADLINE = STAR_50
INDICES = (HEADLINE, CSI_300, CHINEXT)
HORIZONS = (20, 60, 120)
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
OUTCOMES = ("continuation", "consolidation", "correction", "bust")
CORRECTION, BUST = -0.10, -0.20  # below the close of the day of the forecast
EVENTS: Mapping[str, tuple[str, float]] = {
    "fall_10": ("drawdown", -0.10),
    "fall_20": ("drawdown", -0.20),
    "fall_30": ("drawdown", -0.30),
    "gain_10": ("gain", 0.10),
    "gain_20": ("gain", 0.20),
}
TARGETS = (*OUTCOMES, *EVENTS)
ESTIMATORS: Mapping[str, tuple[str, ...]] = {
    "climatology": (),
    "quadrant": ("state",),
    "price analogues": ("return_60d", "volatility_20d", "valuation"),
    "analogues": ("momentum", "heat", "return_60d", "volatility_20d", "valuation"),
}
CLIMATOLOGY = "climatology"

STEP = 5  # sessions between the days that are read
FEWEST_DAYS = 100  # on the grid, two years, before anything is forecast
FEWEST = 8.0  # effective days under which an estimator has nothing of its own to say
APART = 20
MOST_ANALOGUES = 40
BANDWIDTH = 1.0  # in standard deviations of the state's past
KAPPAS = (5.0, 10.0, 20.0, 40.0, 80.0)
FIRST_KAPPA = 10.0
DRAWS, SEED = 500, 20260113
INTERVAL = (0.10, 0.90)


@dataclass(frozen=True)
class Past:
    """What is known of one index: one entry per session, oldest first; features NaN if unknown.

    axes: core or full, see transforms.outlook.axes_used.
    """

    entity: str
    days: list[date]
    closes: Floats
    features: Mapping[str, Floats]
    state: NDArray[np.str_]
    known_at: pl.Series
    axes: str


@dataclass(frozen=True)
class Forecasts:
    """The forecasts of one estimator at each origin, a row each, the newest day last.

    shares: weight of each past day, adding up to 1 per row; own: before it was drawn towards
    climatology; effective: number of independent days; kappa: the weight of climatology.
    """

    estimator: str
    shares: Floats
    own: Floats
    effective: Floats
    kappa: Floats


@dataclass(frozen=True)
class Design:
    """Origins and past days of one index at one horizon.

    at: positions of the origins; grid: positions of the days that are read; known: whether the
    outcome of a day (column) was known at an origin (row); came: 0 or 1 for each target at each
    grid day, `realised` at each origin, NaN where it is not known yet; returns alike.
    """

    horizon: int
    at: Ints
    grid: Ints
    known: Flags
    came: Floats
    realised: Floats
    returns: Floats
    realised_returns: Floats


def past(metric_frame: pl.DataFrame, entity: str, axes: AxesUsed | None = None) -> Past:
    """Closes and state of an index out of the metric frame, each as known on its own day.

    axes: those of the frame, where they are at hand.
    """
    closes = _series(metric_frame, "close", entity, "close", timely=False)
    valuation = _series(metric_frame, "pe_ttm", entity, "valuation", value="percentile")
    axes = axes_used(metric_frame) if axes is None else axes
    change = pl.col("close").log().diff()
    days = (
        closes.join(valuation.drop("known_at"), on="observation_date", how="left")
        .join(axes.days.drop("known_at"), on="observation_date", how="left")
        .sort("observation_date")
        .with_columns(
            return_60d=trailing_return(pl.col("close"), bars=60),
            volatility_20d=volatility(change, 20),
            known_at=pl.col("known_at").cum_max(),
        )
    )
    names = ESTIMATORS["analogues"]
    features = {n: days[n].cast(pl.Float64).fill_null(math.nan).to_numpy() for n in names}
    return Past(
        entity,
        days["observation_date"].to_list(),
        days["close"].to_numpy(),
        features,
        days["state"].fill_null("").to_numpy().astype(np.str_),
        days["known_at"],
        axes.which,
    )


def _series(
    metric_frame: pl.DataFrame,
    metric: str,
    entity: str,
    name: str,
    *,
    value: str = "value",
    timely: bool = True,
) -> pl.DataFrame:
    """One series by day: observation_date, known_at and the value; timely: known by its evening."""
    rows = metric_frame.filter(pl.col("metric") == metric, pl.col("entity") == entity)
    if timely:
        evening = pl.col("observation_date").dt.combine(DAY_END_UTC)
        rows = rows.filter(pl.col("known_at") <= evening)
    return rows.select("observation_date", "known_at", pl.col(value).alias(name)).drop_nulls(name)


def paths(closes: Floats, horizon: int) -> dict[str, Floats]:
    """What followed each session within the horizon, on closes; NaN where it is not over.

    return: change to the last day; gain, low: highest and lowest later close over the first;
    drawdown: largest fall from any close of the window, the first included, to a later one (<= 0).
    """
    found = {n: np.full(len(closes), math.nan) for n in ("return", "gain", "low", "drawdown")}
    if len(closes) > horizon:
        window = sliding_window_view(closes, horizon + 1)
        whole = len(window)
        found["return"][:whole] = window[:, -1] / window[:, 0] - 1
        found["gain"][:whole] = window[:, 1:].max(axis=1) / window[:, 0] - 1
        found["low"][:whole] = window[:, 1:].min(axis=1) / window[:, 0] - 1
        peaks = np.maximum.accumulate(window, axis=1)
        found["drawdown"][:whole] = (window / peaks - 1).min(axis=1)
    return found


def came(path: Mapping[str, Floats]) -> Floats:
    """Which of TARGETS came true, a row per session: 1, 0, or NaN while it is not known.

    The four outcomes exclude each other and one of them always comes. Bust: a close within the
    horizon 20 % or more below the first; correction: one 10 % or more below, none 20 %; without
    either continuation if the last close is above the first, else consolidation.
    """
    low, change = path["low"], path["return"]
    bust = np.asarray(low <= BUST + ROUNDING)
    correction = np.asarray(low <= CORRECTION + ROUNDING) & ~bust
    calm = np.asarray(~bust & ~correction)
    happened = [calm & (change > 0), calm & ~(change > 0), correction, bust]
    for side, line in EVENTS.values():
        reached = path[side] >= line - ROUNDING if line > 0 else path[side] <= line + ROUNDING
        happened.append(reached)
    return np.where(np.isnan(change)[:, None], math.nan, np.stack(happened, axis=1).astype(float))


def design(known: Past, horizon: int) -> Design:
    """The origins, every fifth session and the newest, and what was known at each."""
    last = len(known.closes) - 1
    grid = np.arange(0, last + 1, STEP)
    at = grid if grid.size and grid[-1] == last else np.append(grid, last)
    at = at[(at - horizon) // STEP + 1 >= FEWEST_DAYS]
    path = paths(known.closes, horizon)
    happened = came(path)
    return Design(
        horizon,
        at,
        grid,
        grid[None, :] + horizon <= at[:, None],
        happened[grid],
        happened[at],
        path["return"][grid],
        path["return"][at],
    )


def forecasts(known: Past, plan: Design) -> dict[str, Forecasts]:
    """Each estimator at each origin, from what was known there."""
    base = plan.known.astype(float)
    base_shares = base / base.sum(axis=1, keepdims=True)
    return {
        name: _forecast(name, _weights(name, known, plan), base_shares, plan) for name in ESTIMATORS
    }


def _weights(name: str, known: Past, plan: Design) -> Floats:
    """The weight that an estimator gives each past day, before any is shared out."""
    if name == CLIMATOLOGY:
        return plan.known.astype(float)
    if name == "quadrant":
        here, there = known.state[plan.at], known.state[plan.grid]
        alike = (here[:, None] == there) & (here != "")[:, None] & plan.known
        return np.asarray(alike, dtype=float)
    return _nearest(np.stack([known.features[n] for n in ESTIMATORS[name]], axis=1), plan)


def _nearest(state: Floats, plan: Design) -> Floats:
    """exp(-d²/2) of the nearest days, one per episode; d in units of the state's own past."""
    usable = np.asarray(np.isfinite(state).all(axis=1))
    filled = np.where(usable[:, None], state, 0.0)
    precision, enough = _precision(filled[plan.grid], usable[plan.grid], plan)
    if not (usable[plan.at] & enough).any():
        return np.zeros_like(plan.known, dtype=float)
    here, there = filled[plan.at], filled[plan.grid]
    squares = np.einsum("ja,jb->jab", there, there).reshape(len(there), -1)
    own = np.einsum("ia,iab,ib->i", here, precision, here)
    cross = np.einsum("ia,iab->ib", here, precision) @ there.T
    distance = precision.reshape(len(here), -1) @ squares.T - 2 * cross + own[:, None]
    weight = np.asarray(np.exp(-np.maximum(distance, 0.0) / (2 * BANDWIDTH**2)))
    allowed = plan.known & usable[plan.grid] & (usable[plan.at] & enough)[:, None]
    return _one_per_episode(np.where(allowed, weight, 0.0), max(APART, plan.horizon) // STEP)


def _precision(state: Floats, usable: Flags, plan: Design) -> tuple[Floats, Flags]:
    """Inverse covariance of the states up to each origin, and whether there are enough of them."""
    upto = np.searchsorted(plan.grid, plan.at, side="right") - 1
    count = np.cumsum(usable)[upto].astype(float)
    safe = np.maximum(count, 1.0)
    mean = np.cumsum(state, axis=0)[upto] / safe[:, None]
    squares = np.cumsum(np.einsum("ja,jb->jab", state, state), axis=0)[upto]
    covariance = squares / safe[:, None, None] - np.einsum("ia,ib->iab", mean, mean)
    inverse = np.linalg.pinv(covariance, rcond=1e-10, hermitian=True)
    return inverse, count >= FEWEST_DAYS


def _one_per_episode(weight: Floats, apart: int) -> Floats:
    """The largest weights of each row that lie at least `apart` columns from each other."""
    left, kept, rows = weight.copy(), np.zeros_like(weight), np.flatnonzero(weight.any(axis=1))
    reach = np.arange(1 - apart, apart)
    for _ in range(MOST_ANALOGUES):
        best = left[rows].argmax(axis=1) if rows.size else rows
        value = left[rows, best]
        rows, best, value = (one[value > 0] for one in (rows, best, value))
        if not rows.size:
            break
        kept[rows, best] = value
        near = np.clip(best[:, None] + reach, 0, left.shape[1] - 1)
        left[rows[:, None], near] = 0.0
    return kept


def effective_number(weight: Floats, horizon: int) -> Floats:
    """How many independent outcomes each row of weights is worth.

    (Σw)² / ΣΣ w_s w_t ρ(s - t), where outcomes k sessions apart share ρ = 1 - k/h of their window.
    For days in a row that is n / (1 + 2Σρ), for days that share nothing (Σw)² / Σw² (6.2).
    """
    width = max(horizon // STEP, 1)
    some = np.flatnonzero(weight.any(axis=1))  # of the other rows there may be many
    padded = np.pad(weight[some], ((0, 0), (width, width)))
    total = np.cumsum(padded, axis=1)
    windows = total[:, width:] - total[:, :-width]
    spread = (windows**2).sum(axis=1)
    whole = weight[some].sum(axis=1) ** 2
    found = np.zeros(len(weight))
    found[some] = np.where(spread > 0, width * whole / np.where(spread > 0, spread, 1.0), 0.0)
    return found


def _forecast(name: str, weight: Floats, base: Floats, plan: Design) -> Forecasts:
    """The weights as shares, drawn towards climatology."""
    total = weight.sum(axis=1, keepdims=True)
    own = np.where(total > 0, weight / np.where(total > 0, total, 1.0), base)
    effective = effective_number(weight, plan.horizon)
    if name == CLIMATOLOGY or not (effective >= FEWEST).any():
        return Forecasts(name, base, own, effective, np.full(len(base), FIRST_KAPPA))
    kappa = _kappa(own, base, effective, plan)
    trust = np.where(effective >= FEWEST, effective / (effective + kappa), 0.0)[:, None]
    return Forecasts(name, trust * own + (1 - trust) * base, own, effective, kappa)


def _kappa(own: Floats, base: Floats, effective: Floats, plan: Design) -> Floats:
    """The weight of climatology that would have scored best on what was known at each origin.

    Until an estimator has been put to the test on 8 independent outcomes, it is FIRST_KAPPA.
    """
    happened, resolved = _partition(plan)
    apart, near = own @ happened, base @ happened
    informed = effective >= FEWEST  # elsewhere the forecast is climatology whatever kappa is
    losses = []
    for kappa in KAPPAS:
        trust = np.where(informed, effective / (effective + kappa), 0.0)[:, None]
        said = trust * apart + (1 - trust) * near
        losses.append(((said - plan.realised[:, : len(OUTCOMES)]) ** 2).sum(axis=1))
    mean, count = so_far(np.stack(losses, axis=1), resolved & informed, plan)
    best = np.asarray(KAPPAS)[np.argmin(mean, axis=1)]
    return np.where(independent(count, plan.horizon) >= FEWEST, best, FIRST_KAPPA)


def _partition(plan: Design) -> tuple[Floats, Flags]:
    """The four outcomes of the past days, unknown ones as 0, and which origins are resolved."""
    happened = np.nan_to_num(plan.came[:, : len(OUTCOMES)])
    return happened, ~np.isnan(plan.realised_returns)


def so_far(losses: Floats, counted: Flags, plan: Design) -> tuple[Floats, Ints]:
    """Mean loss over the earlier origins whose outcome was known at each origin, and their number.

    losses: a row per origin; only rows that are `counted` enter. Before the first it is 0.
    """
    shape = (-1,) + (1,) * (losses.ndim - 1)
    kept = np.where(counted.reshape(shape), losses, 0.0)
    sums = np.concatenate([np.zeros_like(kept[:1]), np.cumsum(kept, axis=0)])
    numbers = np.concatenate([[0], np.cumsum(counted)])
    before = np.searchsorted(plan.at + plan.horizon, plan.at, side="right")
    count = numbers[before]
    return sums[before] / np.maximum(count, 1).reshape(shape), count


def independent(count: Ints | Floats, horizon: int) -> Floats:
    """How many outcomes that do not overlap so many origins in a row are worth."""
    return np.asarray(np.asarray(count, dtype=float) * (STEP / horizon))


def resamples(plan: Design) -> Floats:
    """How often each past day stands in each resample of the past, for the newest origin.

    Stationary bootstrap; blocks are as long as the horizon or as the outcomes' own dependence,
    whichever is longer.
    """
    happened = plan.came[plan.known[-1]]
    mean_block = max(plan.horizon / STEP, *(block_length(column) for column in happened.T))
    return times_drawn(stationary_bootstrap(len(happened), mean_block, DRAWS, SEED))


def interval(
    found: Forecasts, base: Forecasts, plan: Design, drawn: Floats
) -> tuple[Floats, Floats]:
    """80 % interval of the newest probability of each target over the resamples `drawn`.

    A target that never (always) came among n effective days has the bound that n such days leave.
    """
    known = plan.known[-1]
    happened = plan.came[known]
    effective, trust = max(float(found.effective[-1]), 1.0), _trust(found)
    again = _resampled(drawn, base.shares[-1, known], happened)
    if trust > 0:
        own = _resampled(drawn, found.own[-1, known], happened)
        again = trust * own + (1 - trust) * again
    low, high = np.quantile(again, INTERVAL, axis=0)
    point = found.shares[-1, known] @ happened
    beyond = 1 - INTERVAL[0] ** (1 / effective)
    high = np.where(point <= ROUNDING, np.maximum(high, beyond), high)
    low = np.where(point >= 1 - ROUNDING, np.minimum(low, 1 - beyond), low)
    return np.minimum(low, point), np.maximum(high, point)


def _trust(found: Forecasts) -> float:
    """How far the newest forecast is the estimator's own: 0 if it is climatology."""
    effective, kappa = float(found.effective[-1]), float(found.kappa[-1])
    if found.estimator == CLIMATOLOGY or effective < FEWEST:
        return 0.0
    return effective / (effective + kappa)


def _resampled(counts: Floats, shares: Floats, happened: Floats) -> Floats:
    """The weighted frequency of each target in each draw; in a draw without weight that of all."""
    weight = counts @ shares
    sums = np.asarray(counts @ (shares[:, None] * happened))
    whole = np.asarray(shares @ happened)
    safe = np.where(weight > 0, weight, 1.0)[:, None]
    return np.where((weight > 0)[:, None], sums / safe, whole)


def expected_returns(found: Forecasts, plan: Design) -> Floats:
    """The quantiles at LEVELS of the return to the horizon, at the newest day."""
    known = plan.known[-1]
    order = np.argsort(plan.returns[known], kind="stable")
    members = plan.returns[known][order]
    shares = distribution(found.shares[-1, known][order])
    return np.array([quantiles(shares, members, level) for level in LEVELS])
