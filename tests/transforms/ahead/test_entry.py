"""The days of the event calendar: runs of weekdays, months, and the nth weekday."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from transforms.ahead.entry import (
    Entry,
    Kind,
    month_end,
    months,
    nth_weekday,
    runs,
    weekday_after,
)

MONDAY = date(2026, 1, 5)


def day(after: int) -> date:
    return MONDAY + timedelta(days=after)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], []),
        ([2], [(2, 2)]),
        ([0, 1, 2], [(0, 2)]),
        ([0, 2], [(0, 0), (2, 2)]),
        ([4, 7], [(4, 7)]),  # a Friday and the Monday after it
        ([3, 7], [(3, 3), (7, 7)]),
        ([8, 4, 7, 1], [(1, 1), (4, 8)]),
        ([5, 7], [(5, 7)]),  # a Saturday goes on with the Monday
    ],
)
def test_a_weekend_does_not_part_a_run(days, expected):
    found = list(runs(map(day, days)))

    assert found == [(day(first), day(last)) for first, last in expected]


@pytest.mark.parametrize(("after", "expected"), [(0, 1), (3, 4), (4, 7), (5, 7), (6, 7), (7, 8)])
def test_after_a_friday_comes_monday(after, expected):
    assert weekday_after(day(after)) == day(expected)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2025, 12, 31), date(2026, 2, 1), [(2025, 12), (2026, 1), (2026, 2)]),
        (date(2026, 1, 31), date(2026, 3, 1), [(2026, 1), (2026, 2), (2026, 3)]),
        (date(2026, 2, 2), date(2026, 2, 1), [(2026, 2)]),
        (date(2026, 3, 1), date(2026, 2, 28), []),
    ],
)
def test_the_months_of_a_span_hold_both_ends(first, last, expected):
    assert list(months(first, last)) == [date(year, month, 1) for year, month in expected]


@pytest.mark.parametrize(
    ("month", "last"), [((2026, 2), 28), ((2024, 2), 29), ((2025, 12), 31), ((2026, 4), 30)]
)
def test_a_month_ends_with_its_last_day(month, last):
    for begin in (date(*month, 1), date(*month, last)):
        assert month_end(begin) == date(*month, last)


@pytest.mark.parametrize(
    ("weekday", "nth", "expected"), [(3, 1, 1), (4, 1, 2), (2, 1, 7), (4, 3, 16), (2, 4, 28)]
)
def test_the_nth_weekday_counts_from_the_first_of_the_month(weekday, nth, expected):
    """January 2026 began on a Thursday."""
    assert nth_weekday(date(2026, 1, 1), weekday, nth) == date(2026, 1, expected)


def test_an_entry_lasts_until_its_last_day_or_is_its_day():
    one = Entry(day(0), Kind.CLOSED, "a", "", "", "")
    assert one.last == day(0)
    assert Entry(day(0), Kind.CLOSED, "a", "", "", "", until=day(2)).last == day(2)
