"""How far a share may move in a day, by board and date, and whether it went all the way.

Sources: trading rules of the exchanges; metrics.md H11. A limit is the exchange's ex-rights
previous close times one plus or minus the share, rounded half up to the cent: a rule about whole
cents, which is why it is worked out in whole numbers. Prices that are no whole cents are not prices
of the exchange (adjusted ones are not), and a bar without the exchange's previous close has no
known limit.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from warehouse.quality.traded import off_cent

Array = npt.NDArray[Any]
BOARDS = ("Main", "ChiNext", "STAR", "BSE")


class Rule(NamedTuple):
    """From a day on: the limit in per cent, and how many first bars of a share have none."""

    since: date
    percent: int
    free: int


# From these days on new shares of a board are registered, not approved: their first days are free.
REGISTRATION = {
    "STAR": date(2019, 7, 22),
    "ChiNext": date(2020, 8, 24),
    "Main": date(2023, 4, 10),
    "BSE": date(2021, 11, 15),
}
# A share's first day was capped at 44 % on the main board and ChiNext before registration: another
# rule, so that this day is left out like the free ones.
RULES: dict[str, tuple[Rule, ...]] = {
    "Main": (Rule(date(1996, 12, 16), 10, 1), Rule(REGISTRATION["Main"], 10, 5)),
    "ChiNext": (Rule(date(2009, 10, 30), 10, 1), Rule(REGISTRATION["ChiNext"], 20, 5)),
    "STAR": (Rule(REGISTRATION["STAR"], 20, 5),),
    "BSE": (Rule(REGISTRATION["BSE"], 30, 1),),
}
# Shares under special treatment on the main board. To be made 10 % (consultation of 27 June 2025):
# another row here with the day on which that comes into force.
SPECIAL_TREATMENT = (Rule(date(1998, 4, 22), 5, 1),)


def in_force(rules: tuple[Rule, ...], days: Array) -> tuple[Array, Array]:
    """Limit in per cent and number of free bars on each of the
    days, ascending; 0 before any rule.
    """
    since = np.array([rule.since for rule in rules], dtype="datetime64[D]")
    newest = np.searchsorted(since, days.astype("datetime64[D]"), side="right")
    percents = np.array([0, *(rule.percent for rule in rules)])
    free = np.array([0, *(rule.free for rule in rules)])
    return percents[newest], free[newest]


def cents(price: Array) -> tuple[Array, Array]:
    """The price in whole cents, and whether it is a price in whole cents; NaN is none."""
    is_whole = np.isfinite(price) & ~off_cent(price)
    return np.where(is_whole, np.rint(price * 100), 0).astype(np.int64), is_whole


def limits(previous: Array, percent: Array) -> tuple[Array, Array]:
    """Lowest and highest price allowed, in cents, from the previous close in cents.

    A limit leaves room for one cent at least: a share at 4 cents may move.
    """
    up = (previous * (100 + percent) + 50) // 100
    down = (previous * (100 - percent) + 50) // 100
    return np.minimum(down, previous - 1), np.maximum(up, previous + 1)
