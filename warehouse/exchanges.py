"""When Hong Kong and New York trade: what their calendars let expect, and what they do not know.

The mainland's trading days are collected (core.trade_calendar). Abroad nobody serves such a list,
so that the exchanges' rules decide, as the library exchange_calendars writes them down:

- A holiday is no session. A half day (the eves of Christmas and New Year; in Hong Kong also that of
  the lunar New Year) is a session like any other: it has a close.
- A session that did not take place, for a typhoon or for mourning, is known to the library up to
  its release, and not completely. UNPLANNED adds what it lacks. A later one follows from the
  collection log: `warehouse.records.coverage.unplanned_closes`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import date
from functools import cache

from warehouse.errors import CalendarEnds

HONG_KONG, NEW_YORK = "XHKG", "XNYS"  # ISO 10383
# The bounds are written out, because the library's own follow the clock. Hong Kong's lunar holidays
# are computed up to the last one.
FIRST, LAST = date(1990, 1, 1), date(2049, 12, 31)
UNPLANNED: Mapping[str, Mapping[date, str]] = {
    HONG_KONG: {
        date(2023, 9, 1): "typhoon Saola",
        date(2023, 9, 8): "black rainstorm",
    },
    NEW_YORK: {},
}


def expected_sessions(market: str, first: date, last: date) -> list[date]:
    """The days on which an exchange (its ISO 10383 code) ought to trade, both ends included.

    From 1990 on. Raises CalendarEnds for days after 2049: nobody knows what is due then.
    """
    if last > LAST:
        raise CalendarEnds(
            f"the calendar of {market} ends on {LAST}, and {last} was asked for; install a newer "
            "exchange-calendars and set LAST in warehouse/exchanges.py"
        )
    days = _sessions(market)
    return list(days[bisect_left(days, first) : bisect_right(days, last)])


@cache
def _sessions(market: str) -> tuple[date, ...]:
    """All sessions between the bounds. The library is loaded here: with pandas it takes seconds."""
    from exchange_calendars import get_calendar  # noqa: PLC0415

    found = get_calendar(market, start=str(FIRST), end=str(LAST)).sessions
    return tuple(day for day in found.date.tolist() if day not in UNPLANNED[market])
