"""Whether prices of shares are as traded: in whole cents, with the exchange's previous close.

Prices that were adjusted for dividends are in fractions of a cent for many shares. Those of others
may be whole cents by chance, and are adjusted all the same: what tells is the share of all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[Any]
OFF_CENT = 0.01  # cents by which a price may miss a whole number of them: stored in 4 bytes it may
ADJUSTED = 0.001  # share of the closes that are no whole cents; as traded there is none
FEWEST = 3
SESSIONS = 20  # up to a day, among which its prices are judged


def off_cent(price: Array) -> Array:
    """Whether prices are no whole cents."""
    exact = price * 100
    off: Array = np.abs(exact - np.rint(exact)) >= OFF_CENT
    return off


def adjusted_days(off: Array, day: Array, days: int) -> Array:
    """Of so many days, those on which prices are adjusted, as the last 20 days tell: nothing later.

    off: of each bar, whether its close is no whole cents; day: the number of its day.
    """
    bars, odd = (np.bincount(day, weights, minlength=days) for weights in (None, off))
    ends = np.arange(1, days + 1)
    starts = np.maximum(ends - SESSIONS, 0)
    bars, odd = (total[ends] - total[starts] for total in (
        np.append(0.0, np.cumsum(counts)) for counts in (bars, odd)
    ))  # fmt: skip
    told: Array = (odd >= FEWEST) & (odd > ADJUSTED * bars)
    return told


def adjusted(rows: pl.DataFrame) -> str:
    """In words, from when to when the prices of bars are adjusted; nothing where they are as traded."""
    off = off_cent(rows["close"].to_numpy())
    days = rows["trade_date"].unique().sort()
    day = days.search_sorted(rows["trade_date"]).to_numpy()
    found = days.filter(pl.Series(adjusted_days(off, day, len(days))))
    if found.is_empty():
        return ""
    unstated = rows["previous_close"].null_count() / rows.height
    return (
        f"prices are adjusted, not as traded, from {found.min()} to {found.max()}: {off.mean():.1%} of "
        f"the closes are no whole cents, {unstated:.0%} of the rows have no previous close"
    )
