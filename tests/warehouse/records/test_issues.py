"""What an issue is called: the regular one after its week, any other after its day."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from flows.workspace import packaged_calendar
from warehouse.records.issues import identity


@pytest.mark.parametrize(
    ("as_of", "name"),
    [
        (date(2026, 1, 16), "2026-W03"),  # a Friday
        (date(2026, 1, 13), "2026-01-13"),
        (date(2026, 1, 15), "2026-01-15"),
        (date(2025, 9, 30), "2025-W40"),  # a Tuesday; National Day closes the rest of the week
        (date(2025, 9, 29), "2025-09-29"),
        (date(2025, 12, 31), "2026-W01"),  # a Wednesday, before New Year
        (date(2025, 10, 9), "2025-10-09"),  # a Thursday, the first day after the holidays
        (date(2025, 10, 10), "2025-W41"),
    ],
)
def test_the_last_trading_day_of_a_week_names_the_week(as_of: date, name: str) -> None:
    assert identity(as_of, packaged_calendar()) == name


def test_where_the_calendar_ends_nobody_knows_what_ends_a_week() -> None:
    assert identity(date(2026, 1, 16), pl.Series([date(2026, 1, 15), date(2026, 1, 16)])) == (
        "2026-01-16"
    )
