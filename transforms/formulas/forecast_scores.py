"""How good forecasts were: proper scores, their parts, tests of a difference, and multiple testing.

Plain numpy on arrays of one dimension unless a docstring says otherwise; a forecast of a number is
an ensemble of past outcomes with weights. metrics.md 6.5 and 6.7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NORMAL = NormalDist()
EULER = 0.5772156649015329
SMALLEST = 1e-12  # of the mean square: a variance below is rounding of sums
ROUNDING = 1e-9  # a forecast on the edge of two bins is of the upper one, whatever its last bits
BAR = NORMAL.inv_cdf(0.95)  # a consistency bar holds nine of ten bins of a reliable forecast


def brier_scores(probability: Floats, outcome: Floats) -> Floats:
    """(p - o)² of each forecast (Brier 1950); 0 is perfect, 0.25 is what p = 0.5 always gets."""
    return (probability - outcome) ** 2


def skill(score: float, reference: float) -> float:
    """1 - score / reference: positive is better than the reference; NaN if that was perfect."""
    return 1 - score / reference if reference > 0 else math.nan


@dataclass(frozen=True)
class Murphy:
    """Brier score over bins = reliability - resolution + uncertainty (Murphy 1973).

    The sum differs from the score itself by what varies within the bins.
    """

    reliability: float
    resolution: float
    uncertainty: float


@dataclass(frozen=True)
class Reliability:
    """Forecast against frequency in each bin that has forecasts; arrays of one length.

    low, high: where the frequency of a reliable forecast would lie nine times out of ten.
    """

    count: Floats
    forecast: Floats
    frequency: Floats
    low: Floats
    high: Floats


def reliability(
    probability: Floats, outcome: Floats, bins: int = 10, independent: float = 1.0
) -> Reliability:
    """The reliability diagram over equal bins of the forecast, with consistency bars.

    independent: share of the outcomes that count as independent, under 1 where they overlap; the
    bars are those of so many draws (Bröcker and Smith 2007, by the normal approximation).
    """
    place = np.minimum((probability * bins + ROUNDING).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins).astype(float)
    there = count > 0
    forecast = np.bincount(place, probability, bins)[there] / count[there]
    frequency = np.bincount(place, outcome, bins)[there] / count[there]
    draws = np.maximum(count[there] * independent, 1.0)
    half = BAR * np.sqrt(forecast * (1 - forecast) / draws)
    low, high = np.clip(forecast - half, 0, 1), np.clip(forecast + half, 0, 1)
    return Reliability(count[there], forecast, frequency, low, high)


def murphy(probability: Floats, outcome: Floats, bins: int = 10) -> Murphy:
    """The three parts of the Brier score over equal bins of the forecast."""
    diagram = reliability(probability, outcome, bins)
    base, share = float(outcome.mean()), diagram.count / len(outcome)
    return Murphy(
        float(share @ (diagram.forecast - diagram.frequency) ** 2),
        float(share @ (diagram.frequency - base) ** 2),
        base * (1 - base),
    )


def pinball(quantile: Floats, observed: Floats, level: float) -> Floats:
    """(y - q)(level - 1{y < q}) of each forecast of the quantile
    at `level` (Koenker and Bassett).
    """
    return (observed - quantile) * (level - (observed < quantile))


def distribution(weights: Floats) -> Floats:
    """Cumulated weights as shares, along the last axis: the distribution of sorted members."""
    total = np.cumsum(weights, axis=-1)
    return total / total[..., -1:]


def quantiles(shares: Floats, members: Floats, level: float) -> Floats:
    """The smallest member at which the distribution reaches `level`, for each row of `shares`."""
    return np.asarray(members[np.argmax(shares >= level - 1e-12, axis=-1)])


def crps(shares: Floats, members: Floats, observed: Floats) -> Floats:
    """∫ (F(x) - 1{y ≤ x})² dx of each row: how far a distribution lies from what came.

    shares: distribution at each of the sorted `members`, a row per forecast. Hersbach (2000).
    """
    gaps = np.diff(members)
    below = shares[:, :-1]
    # ∫F² left of y and ∫(1-F)² right of it, where y may lie inside a gap or outside all members.
    inside = np.clip(observed[:, None] - members[:-1], 0, gaps)
    left = np.einsum("ij,ij,ij->i", below, below, inside)
    right = np.einsum("ij,ij,ij->i", 1 - below, 1 - below, gaps - inside)
    outside = np.maximum(observed - members[-1], 0) + np.maximum(members[0] - observed, 0)
    return np.asarray(left + right + outside)


def pit(shares: Floats, members: Floats, observed: Floats) -> Floats:
    """F(y) of each forecast; even over 0 … 1 if the distributions were right (Dawid 1984)."""
    place = np.searchsorted(members, observed, side="right") - 1
    found = shares[np.arange(len(observed)), np.maximum(place, 0)]
    return np.where(place >= 0, found, 0.0)


@dataclass(frozen=True)
class Difference:
    """Mean of loss - other loss, its statistic, and the chance of one so far from zero."""

    mean: float
    statistic: float
    p_value: float


def diebold_mariano(loss: Floats, other: Floats, lags: int) -> Difference:
    """Whether two forecasts differ in accuracy (Diebold and Mariano 1995), two-sided.

    lags: how many neighbours a loss depends on (horizon - 1, in steps of the origins); the variance
    is Newey and West's, which cannot be negative. All NaN where the losses never differ.
    """
    difference = loss - other
    count, mean = len(difference), float(difference.mean()) if len(difference) else math.nan
    variance = long_run_variance(difference, lags)
    if not variance > 0:
        return Difference(mean, math.nan, math.nan)
    statistic = mean / math.sqrt(variance / count)
    return Difference(mean, statistic, 2 * NORMAL.cdf(-abs(statistic)))


@dataclass(frozen=True)
class SoFar:
    """Mean and p-value of a difference in loss over its first 0, 1, 2 … values: one more each."""

    mean: Floats
    p_value: Floats


def diebold_mariano_so_far(difference: Floats, lags: int) -> SoFar:
    """The test of diebold_mariano on every beginning of a series of loss - other loss.

    NaN where that has no variance. The sums of each beginning are those of the one before.
    """
    total = np.concatenate([[0.0], np.cumsum(difference)])
    count = np.arange(len(total), dtype=float)
    mean = total / np.maximum(count, 1.0)
    variance = np.zeros_like(total)
    for lag in range(min(lags, len(difference) - 1) + 1):
        products = np.cumsum(difference[lag:] * difference[: len(difference) - lag])
        ends, m = slice(lag + 1, None), mean[lag + 1 :]
        sums = total[ends] - total[lag] + total[1 : len(total) - lag]
        centred = products - m * sums + (count[ends] - lag) * m**2
        variance[ends] += (1 if lag == 0 else 2 * (1 - lag / (lags + 1))) * centred
    variance /= np.maximum(count, 1.0)
    squares = np.concatenate([[0.0], np.cumsum(difference**2)]) / np.maximum(count, 1.0)
    known = (count >= 2) & (variance > SMALLEST * squares)
    spread = np.sqrt(np.where(known, variance, math.nan) / np.maximum(count, 1.0))
    chances = [2 * NORMAL.cdf(-abs(statistic)) for statistic in mean / spread]
    return SoFar(mean, np.array(chances))


def long_run_variance(values: Floats, lags: int) -> float:
    """Variance of a dependent series, Bartlett weights up to `lags` (Newey and West 1987)."""
    if len(values) < 2:
        return math.nan
    centred = values - values.mean()
    reach = range(1, min(lags, len(values) - 1) + 1)
    sums = (2 * (1 - lag / (lags + 1)) * float(centred[lag:] @ centred[:-lag]) for lag in reach)
    return (float(centred @ centred) + sum(sums)) / len(values)


def expected_maximum_sharpe(trial_variance: float, n_trials: int) -> float:
    """The Sharpe ratio that the best of so many trials without any skill shows on average."""
    if n_trials < 2:
        return 0.0
    best = -NORMAL.inv_cdf(1 / n_trials)
    beyond = -NORMAL.inv_cdf(1 / (n_trials * math.e))
    return math.sqrt(trial_variance) * ((1 - EULER) * best + EULER * beyond)


def deflated_sharpe(
    sharpe: float,
    n_obs: int,
    *,
    skew: float,
    kurtosis: float,
    trial_variance: float,
    n_trials: int,
) -> float:
    """Probability that a Sharpe ratio chosen among many trials is above zero in truth.

    sharpe, trial_variance: per observation, not annualised; kurtosis: 3 for a normal distribution.
    NaN where the moments leave the estimate without a variance. Bailey and López de Prado (2014).
    """
    spread = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    if not spread > 0:
        return math.nan
    excess = sharpe - expected_maximum_sharpe(trial_variance, n_trials)
    return NORMAL.cdf(excess * math.sqrt(n_obs - 1) / math.sqrt(spread))


def false_discovery(p_values: Floats, *, dependent: bool = False) -> Floats:
    """p-values adjusted for the number of tests: under 0.10 at most one in ten finds is chance.

    Benjamini and Hochberg (1995); with `dependent` Benjamini and Yekutieli (2001), which holds
    under any dependence.
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    rank = np.arange(1, count + 1)
    factor = float((1 / rank).sum()) if dependent else 1.0
    raised = p_values[order] * factor * count / rank
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return adjusted
