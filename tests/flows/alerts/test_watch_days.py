"""Which run was due last, and which day its issue is of."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.monitoring.watch import EVERY_SECONDS, NEWS, last_due, last_traded
from warehouse.shanghai import SHANGHAI

SATURDAY = datetime(2026, 1, 17, 9, tzinfo=SHANGHAI)
WEEKLY = "0 9 * * 6"


@pytest.mark.parametrize(
    ("lines", "by", "due"),
    [
        ([WEEKLY], SATURDAY + timedelta(minutes=1), SATURDAY),
        ([WEEKLY], SATURDAY - timedelta(minutes=1), None),
        ([WEEKLY], SATURDAY + NEWS + timedelta(minutes=1), None),
        ([WEEKLY], SATURDAY + NEWS - timedelta(minutes=1), SATURDAY),
        ([WEEKLY, "0 12 * * 6"], SATURDAY + timedelta(hours=4), SATURDAY + timedelta(hours=3)),
        ([], SATURDAY, None),
    ],
)
def test_the_last_run_is_that_of_any_line_up_to_now(
    lines: list[str], by: datetime, due: datetime | None
) -> None:
    found = last_due(lines, by)
    assert found == due
    assert found is None or found.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("day", "traded"),
    [
        (date(2026, 1, 17), date(2026, 1, 16)),
        (date(2026, 1, 14), date(2026, 1, 13)),
        (date(2026, 1, 12), date(2026, 1, 12)),
        (date(2026, 1, 11), date(2026, 1, 9)),
        (date(2026, 1, 25), None),
    ],
)
def test_its_issue_is_of_the_last_trading_day_of_that_week(day: date, traded: date | None) -> None:
    calendar = pl.Series([date(2026, 1, n) for n in (9, 12, 13, 16, 26)])
    assert last_traded(calendar, day) == traded


def test_it_is_looked_every_ten_minutes_and_three_days_are_news() -> None:
    assert (600, timedelta(days=3)) == (EVERY_SECONDS, NEWS)
