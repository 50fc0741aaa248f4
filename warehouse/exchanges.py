"""When Hong Kong and New York trade: what their calendars let expect, and what they do not know.

The mainland's trading days are collected (core.trade_calendar). Abroad nobody serves such a list,
so that the exchanges' rules decide, as the library exchange_calendars writes them down:

- A holiday is no session. A half day (the eves of Christmas and New Year; in Hong Kong also that of
  the lunar New Year) is a session like any other: it has a close.
- A session that did not take place, for a typhoon or for mourning, is known to the library up to
  its release, and not completely. UNPLANNED adds what it lacks. A later one follows from the
  collection log: `warehouse.records.coverage.unplanned_closes`. UNFORESEEN has those that the
  library knows: a list of what is ahead, made before them, must not have them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

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
# Closes that the library has learned of since, from 2008 on: no calendar made before had them.
UNFORESEEN: Mapping[str, Mapping[date, str]] = {
    HONG_KONG: {
        date(2008, 8, 6): "typhoon Kammuri",
        date(2008, 8, 22): "typhoon Nuri",
        date(2011, 9, 29): "typhoon Nesat",
        date(2013, 8, 14): "typhoon Utor",
        date(2016, 8, 2): "typhoon Nida",
        date(2016, 10, 21): "typhoon Haima",
        date(2017, 8, 23): "typhoon Hato",
        date(2020, 10, 13): "typhoon Nangka",
        date(2021, 10, 13): "typhoon Kompasu",
        date(2023, 7, 17): "typhoon Talim",
        date(2024, 9, 6): "typhoon Yagi",
    },
    NEW_YORK: {
        date(2012, 10, 29): "hurricane Sandy",
        date(2012, 10, 30): "hurricane Sandy",
        date(2018, 12, 5): "mourning for President Bush",
        date(2025, 1, 9): "mourning for President Carter",
    },
}
# Trading days of the mainland that became holidays within their year, and when that was told:
# 2015-05-13 (cinic.org.cn, 2015-08-27), 2019-03-22 (hxnews.com, that day), 2020-01-27 (caixin.com,
# that day). core.trade_calendar has them as holidays, and is known from the beginning.
BECAME_HOLIDAYS: Mapping[date, date] = {
    date(2015, 9, 3): date(2015, 5, 13),
    date(2015, 9, 4): date(2015, 5, 13),
    date(2019, 5, 2): date(2019, 3, 22),
    date(2019, 5, 3): date(2019, 3, 22),
    date(2020, 1, 31): date(2020, 1, 27),
}
SATURDAY = 5


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
    """All sessions between the bounds."""
    found = _calendar(market).sessions
    return tuple(day for day in found.date.tolist() if day not in UNPLANNED[market])


@cache
def _calendar(market: str) -> Any:
    """The library's calendar. The library is loaded here: with pandas it takes seconds."""
    from exchange_calendars import get_calendar  # noqa: PLC0415

    return get_calendar(market, start=str(FIRST), end=str(LAST))


def planned_sessions(market: str, first: date, last: date) -> list[date]:
    """The days, both ends included, on which an exchange's rules let it trade.

    A close that nobody could foresee is a session here. Raises CalendarEnds after 2049.
    """
    known_late = [*UNPLANNED[market], *UNFORESEEN[market]]
    late = {day for day in known_late if first <= day <= last}
    return sorted({*expected_sessions(market, first, last), *late})


def planned_closures(market: str, first: date, last: date) -> list[date]:
    """The weekdays, both ends included, on which an exchange's rules let it rest."""
    open_days = set(planned_sessions(market, first, last))
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in span if day.weekday() < SATURDAY and day not in open_days]


def half_days(market: str, first: date, last: date) -> list[tuple[date, datetime]]:
    """The sessions, both ends included, that close early by rule, with the close in naive UTC.

    Raises CalendarEnds after 2049.
    """
    expected_sessions(market, first, last)
    return [(day, close) for day, close in _half_days(market) if first <= day <= last]


@cache
def _half_days(market: str) -> tuple[tuple[date, datetime], ...]:
    calendar = _calendar(market)
    closes = calendar.schedule["close"].loc[calendar.early_closes]
    return tuple(
        (day.date(), close.to_pydatetime().replace(tzinfo=None)) for day, close in closes.items()
    )
