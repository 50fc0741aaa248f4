"""Where a short series turned, and where its mean broke, with what a few values can say of the
date.

Plain numpy on one series in order of time. Draws follow from a stated seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST_EACH_SIDE = 3
DRAWS, SEED = 999, 20260113
INTERVAL = (0.1, 0.9)
VANISHING = 1e-12  # a sum of squares so much smaller than its scale is rounding


@dataclass(frozen=True)
class Break:
    """The likeliest break of the mean: the first row of the new one, and how sure that is.

    statistic: sup F; p_value: share of shuffled series with one as large; earliest, latest: the
    ends of an interval that holds the row four times in five.
    """

    row: int
    statistic: float
    p_value: float
    earliest: int
    latest: int


def inflection(values: Floats) -> int:
    """The row at which the second difference is largest in size; three values at least."""
    return int(np.argmax(np.abs(np.diff(values, 2)))) + 1


def mean_break(values: Floats) -> Break | None:
    """The one break of the mean that explains most, three values on each side at least.

    Under no break all orders of the values are as likely: the p-value counts them. The interval is
    a bootstrap of the distances from both means. None where nothing is left to explain. Source:
    Andrews (1993); Bai and Perron (1998), for a single break.
    """
    count = len(values)
    explained = _explained(values)
    if not explained.size or explained.max() <= VANISHING * (values @ values):
        return None
    row = int(np.argmax(explained)) + FEWEST_EACH_SIDE
    statistic = float(_statistics(values).max())
    chance = default_rng(SEED)
    shuffled = chance.permuted(np.tile(values, (DRAWS, 1)), axis=1)
    as_large = _statistics(shuffled).max(axis=1) >= statistic * (1 - 1e-9)
    means = np.where(np.arange(count) < row, values[:row].mean(), values[row:].mean())
    again = means + chance.choice(values - means, size=(DRAWS, count))
    rows = np.argmax(_explained(again), axis=1) + FEWEST_EACH_SIDE
    earliest, latest = np.quantile(rows, INTERVAL, method="inverted_cdf")
    return Break(
        row, statistic, (1 + int(as_large.sum())) / (1 + DRAWS), int(earliest), int(latest)
    )


def _explained(values: Floats) -> Floats:
    """Sum of squares that a break before each row explains, along the last axis."""
    count = values.shape[-1]
    before = np.arange(FEWEST_EACH_SIDE, count - FEWEST_EACH_SIDE + 1)
    centred = values - values.mean(axis=-1, keepdims=True)
    sums = np.cumsum(centred, axis=-1)[..., before - 1]
    explained: Floats = sums**2 * count / (before * (count - before))
    return explained


def _statistics(values: Floats) -> Floats:
    """F of a break before each row; infinite where two means explain everything."""
    explained = _explained(values)
    total = ((values - values.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1, keepdims=True)
    left = np.maximum(total - explained, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = explained / (left / (values.shape[-1] - 2))
    return np.where(left > VANISHING * total, found, math.inf)
