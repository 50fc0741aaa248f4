"""Resampling of dependent series: the stationary bootstrap and the block length that suits it.

Politis and Romano (1994); Politis and White (2004) with the correction of Patton, Politis and
White (2009). Every draw follows from a stated seed: the same call gives the same numbers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIGNIFICANT = 2.0  # standard errors of an autocorrelation beyond which it counts


def stationary_bootstrap(length: int, mean_block: float, draws: int, seed: int) -> Ints:
    """Positions 0 … length - 1 drawn in blocks of random length: shape (draws, length).

    A block starts anywhere with equal chance, goes on with probability 1 - 1 / mean_block, and
    wraps from the end to the beginning, so that every position is drawn equally often on average.
    Raises ValueError for an empty series or blocks shorter than one.
    """
    if length < 1 or mean_block < 1:
        raise ValueError(f"nothing to draw: length {length}, mean block {mean_block}")
    chance = default_rng(seed)
    found = np.empty((draws, length), dtype=np.int64)
    for draw in found:  # starts and luck of one draw after the other: the order fixes the numbers
        starts = chance.integers(length, size=length, dtype=np.int64)
        begins = chance.random(length) <= 1 / mean_block
        begins[0] = True
        place = np.arange(length)
        origin = np.maximum.accumulate(np.where(begins, place, 0))
        draw[:] = (starts[origin] + place - origin) % length
    return found


def times_drawn(positions: Ints) -> Floats:
    """How often each position stands in each draw: a resample as weights of the original rows."""
    draws, length = positions.shape
    flat = positions + length * np.arange(draws)[:, None]
    return np.bincount(flat.ravel(), minlength=draws * length).reshape(draws, length).astype(float)


def block_length(values: Floats) -> float:
    """Mean block length that suits the stationary bootstrap of a series' mean, at least 1.

    A series that never moves, or is too short to tell, gives 1.
    """
    count = len(values)
    if count < 10 or np.ptp(values) == 0.0:
        return 1.0
    longest = math.ceil(min(3 * math.sqrt(count), count / 3))
    calm = max(5, int(math.log10(count)))
    furthest = min(math.ceil(math.sqrt(count)) + calm, count - 2)
    covariances, correlations = _autocovariances(values - values.mean(), furthest)
    limit = SIGNIFICANT * math.sqrt(math.log10(count) / count)
    lags = 2 * max(_first_calm(correlations, limit, calm), 1)
    bandwidth = min(lags, furthest)
    lag = np.arange(1, bandwidth + 1)
    taper = np.where(lag / bandwidth <= 0.5, 1.0, 2 * (1 - lag / bandwidth))
    tapered = 2 * taper * covariances[1 : bandwidth + 1]
    spread = covariances[0] + tapered.sum()
    bias = (tapered * lag).sum()
    best = (bias**2 / spread**2) ** (1 / 3) * count ** (1 / 3)
    return float(min(max(best, 1.0), longest))


def _autocovariances(centred: Floats, furthest: int) -> tuple[Floats, Floats]:
    """Autocovariances, and absolute autocorrelations over the pairs' own spread, lags 0 …."""
    count = len(centred)
    covariances, correlations = np.empty(furthest + 1), np.empty(furthest + 1)
    for lag in range(furthest + 1):
        product = centred[lag:] @ centred[: count - lag]
        late, early = centred[lag + 1 :], centred[: count - lag - 1]
        covariances[lag] = product / count
        spread = math.sqrt((late @ late) * (early @ early))
        correlations[lag] = abs(product) / spread if spread > 0 else 0.0
    return covariances, correlations


def _first_calm(correlations: Floats, limit: float, calm: int) -> int:
    """The first lag that `calm` lags without a significant
    autocorrelation follow, else the last.
    """
    quiet = correlations < limit
    for lag in range(len(correlations) - calm):
        if quiet[lag : lag + calm].all():
            return lag
    return len(correlations) - 1
