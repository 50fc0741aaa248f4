"""The exchanges' rules for abnormal fluctuation, applied to prices.

A share's deviation is its return less that of the index that its exchange names for it. Three days'
deviations are added up; of the severe kind, over 10 and 30 days, prices are compared end to end.
After an announcement counting begins anew. Thresholds: trading rules of the exchanges (metrics.md
H19); the rules on turnover and on repeated fluctuation are not applied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from transforms.formulas.expressions import ROUNDING
from transforms.formulas.stock_arrays import bar_numbers, earlier, rolling_extremes

Array = npt.NDArray[Any]
ABNORMAL_DAYS = 3
SEVERE = ((10, 1.0), (30, 2.0))  # days, deviation upwards
FREE = 5  # first bars, without limits, which do not count
# A price under so many times its lowest of 30 days is no severe case, whatever the index did.
NEAR = 1.5


class Candidates(NamedTuple):
    """Bars at which a rule is met, and the fewest days over which it is, whatever came before."""

    rows: Array
    days: Array


def abnormal(change: Array, benchmark: Array, threshold: Array, starts: Array) -> Candidates:
    """Bars whose deviations of one, two or three days add up to the threshold, up or down.

    change and benchmark: returns of share and index; NaN of either makes no candidate.
    """
    bar = bar_numbers(starts)
    deviation = change - benchmark
    total, fewest = np.zeros(len(change)), np.zeros(len(change), dtype=np.int64)
    for days in range(1, ABNORMAL_DAYS + 1):
        total += deviation if days == 1 else earlier(deviation, days - 1)
        met = (np.abs(total) >= threshold - ROUNDING) & (bar >= FREE + days - 1)
        fewest[met & (fewest == 0)] = days
    rows = np.flatnonzero(fewest)
    return Candidates(rows, fewest[rows])


def risen(adjusted: Array, starts: Array) -> Array:
    """Bars that stand far enough above their lowest of 30 days that they may be a severe case."""
    bar = bar_numbers(starts)
    longest = SEVERE[-1][0]
    (lowest,) = rolling_extremes(np.minimum, adjusted, longest + 1)
    # Over a stock's beginning the lowest is somebody else's: too many rows are looked at, none is
    # lost.
    return np.flatnonzero(((adjusted >= NEAR * lowest) | (bar < longest)) & (bar >= FREE))


def severe(rows: Array, bar: Array, adjusted: Array, index: Callable[[Array], Array]) -> Candidates:
    """Bars at which a share has risen by 100 % more than its index in up to 10 days, or by 200 % in
    up to 30.

    rows: those to look at, and their `bar` numbers; adjusted: prices of all rows; index: the level
    of the share's index at rows.
    """
    fewest = np.zeros(len(rows), dtype=np.int64)
    price, level = adjusted[rows], index(rows)
    for days in range(1, SEVERE[-1][0] + 1):
        there = np.flatnonzero((bar - days >= FREE - 1) & (fewest == 0))
        past = rows[there] - days
        deviation = price[there] / adjusted[past] - level[there] / index(past)
        bound = min(rise for within, rise in SEVERE if days <= within)
        fewest[there[deviation >= bound - ROUNDING]] = days
    met = fewest > 0
    return Candidates(rows[met], fewest[met])


def announced(candidates: Candidates, starts: Array) -> Array:
    """The rows at which an announcement is due: after one, days before it no longer count."""
    stock = np.searchsorted(starts, candidates.rows, side="right")
    due, last, of = [], 0, -1
    for row, days, share in zip(
        candidates.rows.tolist(), candidates.days.tolist(), stock.tolist(), strict=True
    ):
        if share != of or row - last >= days:
            due.append(row)
            last, of = row, share
    return np.array(due, dtype=np.int64)
