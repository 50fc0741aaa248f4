"""warehouse/reference/exchange_day.csv: when Hong Kong and New York rest or close early.

Out of the library exchange_calendars, which knows their rules: `make exchange-days`. A newer
release of it may have learned of a typhoon; tests/warehouse/test_exchanges.py says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from exchange_calendars import ExchangeCalendar, get_calendar

from warehouse.exchanges import FILE, FIRST, HONG_KONG, LAST, NEW_YORK, weekdays

PLACE = Path(__file__).parents[1] / "warehouse" / "reference" / FILE


@cache
def calendar(market: str) -> ExchangeCalendar:
    """The library's calendar of a market, between our bounds."""
    return get_calendar(market, start=str(FIRST), end=str(LAST))


def exceptions(market: str) -> Iterator[tuple[str, str, str]]:
    """The days that are no ordinary ones, each with its early close in UTC, or none."""
    known = calendar(market)
    sessions = set(known.sessions.date)
    closes = known.schedule["close"].loc[known.early_closes]
    early = {day.date(): f"{close:%H:%M}" for day, close in closes.items()}
    for day in weekdays():
        if day not in sessions or day in early:
            yield market, str(day), early.get(day, "")


def table() -> str:
    """The file."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["market", "day", "closes_at"])
    for market in (HONG_KONG, NEW_YORK):
        lines.writerows(exceptions(market))
    return text.getvalue()


if __name__ == "__main__":
    PLACE.write_text(table(), "utf-8")
