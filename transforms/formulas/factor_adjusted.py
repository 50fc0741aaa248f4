"""What of a price the market and its industry do not explain, by the past alone.

Basele, Phillips and Shi (2025) test single shares for explosive prices while controlling for market
and industry. From them is the idea: the test looks at what a share does beyond its factors. Ours is
how, for their text was not at hand: slopes are those of a least-squares regression of the return on
a constant and the factors over the rows before, never the row itself; and of the fit only what the
factors explain is taken out. The constant stays in, for a drift of its own may be what explodes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Two years of weeks, for slopes wander; a year of them at the beginning.
LONGEST, FEWEST = 104, 52


def unexplained(returns: Floats, factors: Floats) -> Floats:
    """Each return less slopes × its factors: NaN for the first FEWEST rows, which have no slopes.

    returns: (row,); factors: (row, factor), in the same unit. The slopes of a row follow from the
    LONGEST rows before it, or from as many as there are. A factor that never moved explains
    nothing.
    """
    design = np.column_stack([np.ones(len(returns)), factors])
    left = np.full(len(returns), np.nan)
    for row in range(FEWEST, len(returns)):
        past = slice(max(row - LONGEST, 0), row)
        slopes = np.linalg.lstsq(design[past], returns[past])[0][1:]
        left[row] = returns[row] - factors[row] @ slopes
    return left


def adjusted_level(level: Floats, factors: Floats) -> Floats:
    """The log price of what the factors do not explain; it begins at 0 with row FEWEST of level.

    level: ln P (row,); factors: ln of the factors' levels (row, factor).
    """
    left = unexplained(np.diff(level), np.diff(factors, axis=0))[FEWEST:]
    return np.concatenate([[0.0], np.cumsum(left)])
