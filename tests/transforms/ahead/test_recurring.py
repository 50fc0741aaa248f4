"""What is out already, and hours that have changed."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from transforms.ahead.recurring import Kind, Rule, every

GDP = Rule(
    Kind.STATISTICS, "gdp", "", "", every((17, 0)), "", "10:00", ("09:30", date(2024, 7, 22)),
    reported=("gdp", "quarter", 3),
)  # fmt: skip


@pytest.mark.parametrize(
    ("month", "expected"),
    [(date(2026, 1, 1), True), (date(2026, 2, 1), False), (date(2025, 10, 1), True)],
)
def test_what_a_month_brings_is_out_when_the_newest_row_is_of_its_period(month, expected):
    """The quarter of October is told in January; older rows stand beside it."""
    rows = pl.DataFrame({"quarter": [date(2025, 4, 1), date(2025, 10, 1), date(2025, 7, 1)]})

    assert GDP.is_out({"gdp": rows}, month) is expected
    assert not GDP.is_out({}, month)
    assert not GDP.is_out({"gdp": rows.clear()}, month)


def test_what_no_dataset_reports_is_never_out():
    unreported = Rule(Kind.MEETING, "npc", "", "", {3: (5, 0)}, "")

    assert not unreported.is_out(
        {"npc": pl.DataFrame({"day": [date(2030, 1, 1)]})}, date(2026, 3, 1)
    )
    assert unreported.hour(date(2026, 3, 1)) is None


@pytest.mark.parametrize(
    ("day", "hour"), [(date(2024, 7, 21), "09:30"), (date(2024, 7, 22), "10:00")]
)
def test_an_hour_holds_from_the_day_on_which_it_was_known(day, hour):
    assert GDP.hour(day) == hour


def test_a_month_has_the_window_of_every_month_its_own_or_none():
    found = every((9, 3), {2: None, 10: (13, 2)})

    assert found == {
        month: (13, 2) if month == 10 else (9, 3) for month in range(1, 13) if month != 2
    }
