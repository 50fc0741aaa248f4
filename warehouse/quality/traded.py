"""Whether prices of shares are as traded: in whole cents, with the exchange's previous close.

Prices that were adjusted for dividends are in fractions of a cent for many shares. Those of others
may be whole cents by chance, and are adjusted all the same: what tells is the share of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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
    bars, odd = (
        total[ends] - total[starts]
        for total in (np.append(0.0, np.cumsum(counts)) for counts in (bars, odd))
    )
    adjusted: Array = (odd >= FEWEST) & (odd > ADJUSTED * bars)
    return adjusted


def adjusted_rows(close: Array, stated: Array, day: Array, days: int) -> Array:
    """Whether each bar is of a day on which prices are adjusted.

    Bars with the exchange's previous close and those without are judged apart: they come from
    elsewhere. stated: that close, NaN where there is none.
    """
    off = off_cent(close)
    found = np.zeros(len(close), dtype=np.bool_)
    for those in (stated > 0, ~(stated > 0)):
        found[those] = adjusted_days(off[those], day[those], days)[day[those]]
    return found


@dataclass(frozen=True)
class Adjusted:
    """Prices that are not as traded: from when to when, and what gives them away."""

    first: date
    last: date
    closes: int
    off_cent: int
    unstated: int

    def __str__(self) -> str:
        return (
            f"prices are adjusted, not as traded, from {self.first} to {self.last}: "
            f"{self.off_cent / self.closes:.1%} of these closes are no whole cents, "
            f"{self.unstated / self.closes:.0%} have no previous close"
        )


def adjusted(rows: pl.DataFrame) -> Adjusted | None:
    """The span of bars with adjusted prices, None where all are as traded."""
    close, stated = (
        rows[c].cast(pl.Float64).to_numpy() if c in rows.columns else np.full(rows.height, np.nan)
        for c in ("close", "previous_close")
    )
    numbers = rows["trade_date"].cast(pl.Date).to_physical().to_numpy()
    days, day = np.unique(numbers, return_inverse=True)
    found = adjusted_rows(close, stated, day, len(days))
    if not found.any():
        return None
    first, last = pl.Series(days[[day[found].min(), day[found].max()]]).cast(pl.Date)
    return Adjusted(
        first,
        last,
        int(found.sum()),
        int(off_cent(close[found]).sum()),
        int((~(stated[found] > 0)).sum()),
    )
