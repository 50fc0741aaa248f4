"""Looking back in one series: the last earlier row on which it stood at least as high."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def last_at_least(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Row of the last earlier value >= each value, -1 where there is none (metrics.md 0.9).

    values: one series in order of time, finite. A tie counts as found. Each row looks at rows
    before it only; the stack holds the rows that a later value could still find, so that the
    whole takes time in proportion to the rows.
    """
    found = np.full(values.size, -1, dtype=np.int64)
    taller: list[int] = []
    levels = values.tolist()
    for row, level in enumerate(levels):
        while taller and levels[taller[-1]] < level:
            taller.pop()
        if taller:
            found[row] = taller[-1]
        taller.append(row)
    return found
