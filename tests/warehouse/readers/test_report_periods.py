"""The seasons of reports: which periods have news on which days."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from warehouse.catalog import Call, Request
from warehouse.readers.report_periods import deadline, in_season, period_of, quarter_ends

OPENING = {3: (4, 5), 6: (7, 5), 9: (10, 8), 12: (1, 5)}
Q1, HALF, Q3, YEAR = (
    date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31),
)  # fmt: skip


def test_the_ends_of_quarters_are_told_oldest_first_with_both_ends() -> None:
    assert quarter_ends(Q1, YEAR) == [Q1, HALF, Q3, YEAR]
    assert quarter_ends(date(2025, 4, 1), date(2025, 12, 30)) == [HALF, Q3]


@pytest.mark.parametrize(
    ("period", "last"),
    [(Q1, date(2025, 4, 30)), (HALF, date(2025, 8, 31)), (Q3, date(2025, 10, 31)),
     (YEAR, date(2026, 4, 30))],
)  # fmt: skip
def test_a_report_is_due_by_the_end_of_its_season(period: date, last: date) -> None:
    assert deadline(period) == last


@pytest.mark.parametrize(
    ("days", "periods"),
    [
        ((date(2026, 1, 5),), [YEAR]),
        ((date(2026, 1, 4),), [Q3]),  # the season of the year has not opened: the newest before
        ((date(2025, 10, 31),), [Q3]),
        ((date(2025, 11, 1),), [Q3]),  # nothing runs; the newest that has any
        ((date(2026, 4, 30),), [YEAR, date(2026, 3, 31)]),
        ((date(2026, 4, 4),), [YEAR]),
        ((date(2026, 5, 1),), [date(2026, 3, 31)]),
        ((date(2025, 8, 1), date(2025, 10, 8)), [HALF, Q3]),
        ((date(2025, 1, 10), date(2025, 12, 1)), [date(2024, 12, 31), Q1, HALF, Q3]),
    ],
)  # fmt: skip
def test_periods_have_news_from_their_opening_to_their_deadline(
    days: tuple[date, ...], periods: list[date]
) -> None:
    assert in_season(Request(days, datetime(2026, 6, 1)), OPENING) == periods


def test_a_call_names_its_period() -> None:
    assert pl.select(period_of(Call("f", {"date": "20251231"}))).item() == YEAR
