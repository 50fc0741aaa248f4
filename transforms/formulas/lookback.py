"""Looking back in one series: the last earlier row on which it stood at least as high."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def last_at_least(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Row of the last earlier value >= each value, -1 where there is none (metrics.md 0.9).

    values: one series in order of time, finite. A tie counts as found. Each row looks at rows
    before it only: it steps over stretches of 2^k rows that are all lower, the longest first.
    """
    highest = [values]
    for power in range(values.size.bit_length() - 1):
        shorter, rows = highest[-1], 1 << power
        longer = np.maximum(shorter[rows:], shorter[:-rows])
        highest.append(np.concatenate([shorter[:rows], longer]))
    found = np.arange(values.size, dtype=np.int64) - 1
    for power, tops in reversed(list(enumerate(highest))):
        lower = (found + 1 >= 1 << power) & (tops[found] < values)
        found -= lower.astype(np.int64) << power
    return found
