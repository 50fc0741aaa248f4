"""warehouse/reference/exchange_day.csv, out of the library exchange_calendars: `make exchanges`.

To be run after the library was renewed, and when LAST was moved.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from exchange_calendars import get_calendar

from warehouse.exchanges import FIRST, HONG_KONG, LAST, NEW_YORK, SATURDAY, TABLE


def table() -> str:
    """The weekdays on which an exchange rests, and its half days with their close in UTC."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(("market", "day", "close"))
    for market in (HONG_KONG, NEW_YORK):
        lines.writerows(sorted(_days(market)))
    return written.getvalue()


def _days(market: str) -> Iterator[tuple[str, str, str]]:
    # The library's own bounds follow the clock.
    calendar = get_calendar(market, start=str(FIRST), end=str(LAST))
    sessions = set(calendar.sessions.date)
    span = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    weekdays = {day for day in span if day.weekday() < SATURDAY}
    if sessions - weekdays:
        raise ValueError(f"{market} trades on days that are no weekdays: the table has no such day")
    for day in weekdays - sessions:
        yield market, str(day), ""
    for day, close in calendar.schedule["close"].loc[calendar.early_closes].items():
        yield market, str(day.date()), f"{close:%H:%M}"


def main() -> None:
    """Write it."""
    written = table()
    Path(str(TABLE)).write_text(written, encoding="utf-8")
    sys.stdout.write(f"{TABLE.name}: {written.count(chr(10)) - 1} days\n")


if __name__ == "__main__":
    main()
