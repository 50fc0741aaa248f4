"""The mainland's sessions as far as they were told on a day."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from transforms.ahead.mainland import Mainland, mainland, named
from warehouse.datasets.scheduled_date import CALENDAR, WORKDAY


def jan(*days: int) -> list[date]:
    return [date(2026, 1, day) for day in days]


DRAWN = Mainland(tuple(jan(5, 6, 8)), date(2026, 1, 10), frozenset(jan(4, 7)))


@pytest.mark.parametrize(
    ("day", "is_open", "on_or_after", "on_or_before", "of_work"),
    [
        (3, False, 5, None, 4),  # nothing is known of a session before the first
        (4, False, 5, None, 4),
        (5, True, 5, 5, 5),
        (6, True, 6, 6, 6),
        (7, False, 8, 6, 7),  # offices work while the exchanges rest
        (8, True, 8, 8, 8),
        (9, False, None, 8, None),
        (10, False, None, 8, None),
        (11, False, None, None, None),  # of days after `until` nothing is told
    ],
)
def test_the_session_on_or_beside_a_day(day, is_open, on_or_after, on_or_before, of_work):
    def told(number: int | None) -> date | None:
        return number and date(2026, 1, number)

    asked = date(2026, 1, day)

    assert DRAWN.open_on(asked) is is_open
    assert DRAWN.session_from(asked) == told(on_or_after)
    assert DRAWN.session_to(asked) == told(on_or_before)
    assert DRAWN.workday_from(asked) == told(of_work)


def calendar(*days: date) -> pl.DataFrame:
    return pl.DataFrame({"trade_date": list(days)}, {"trade_date": pl.Date})


def scheduled(*rows: tuple[str, date, date]) -> pl.DataFrame:
    """Subject, the day that was named, and the day on which it was."""
    columns = {"subject": pl.String, "scheduled_on": pl.Date, "announced_on": pl.Date}
    return pl.DataFrame(rows, columns, orient="row")


NOTICE = (CALENDAR, date(2026, 12, 31), date(2025, 12, 22))


@pytest.mark.parametrize(
    ("as_of", "until"),
    [
        (date(2025, 12, 21), date(2025, 12, 31)),  # nobody knows the next year's holidays yet
        (date(2025, 12, 22), date(2026, 12, 31)),  # the notice of that day is known in the evening
        (date(2026, 1, 1), date(2026, 12, 31)),  # … and that of a year counts as told in it
    ],
)
def test_days_are_told_to_the_end_of_the_year_or_of_the_year_that_a_notice_names(as_of, until):
    frames = {"trade_calendar": calendar(date(2027, 12, 31)), "scheduled_date": scheduled(NOTICE)}

    assert mainland(frames, as_of).until == until


@pytest.mark.parametrize(
    ("last", "until"), [((2026, 3, 5), (2026, 3, 5)), ((2026, 3, 6), (2026, 3, 8))]
)
def test_nothing_is_told_beyond_the_calendar_but_the_weekend_after_it(last, until):
    found = mainland({"trade_calendar": calendar(date(2026, 3, 4), date(*last))}, jan(5)[0])

    assert found.until == date(*until)


def test_without_a_calendar_the_day_itself_is_the_last_that_is_told():
    for frames in ({}, {"trade_calendar": calendar()}):
        found = mainland(frames, date(2015, 1, 5))
        assert (found.sessions, found.until) == ((), date(2015, 1, 5))


def test_sessions_are_sorted_once_and_end_where_the_telling_ends():
    days = [date(2027, 1, 4), date(2026, 12, 31), date(2026, 1, 6), date(2026, 1, 5), jan(6)[0]]
    found = mainland({"trade_calendar": calendar(*days)}, date(2026, 1, 5))

    assert found.sessions == (*jan(5, 6), date(2026, 12, 31))


@pytest.mark.parametrize(("as_of", "is_open"), [((2020, 1, 26), True), ((2020, 1, 27), False)])
def test_a_session_that_became_a_holiday_was_one_until_that_was_told(as_of, is_open):
    frames = {"trade_calendar": calendar(date(2020, 1, 23), date(2020, 12, 31))}

    assert mainland(frames, date(*as_of)).open_on(date(2020, 1, 31)) is is_open


def test_days_of_work_are_those_that_were_named_by_the_day():
    rows = [
        (WORKDAY, jan(4)[0], date(2025, 12, 22)),
        (WORKDAY, date(2026, 2, 14), jan(6)[0]),
        ("cpi", jan(9)[0], date(2025, 12, 22)),
    ]
    frames = {"scheduled_date": scheduled(*rows)}

    assert mainland(frames, jan(5)[0]).workdays == {jan(4)[0]}
    assert mainland(frames, jan(6)[0]).workdays == {jan(4)[0], date(2026, 2, 14)}


def test_without_a_list_no_day_is_named_and_the_columns_are_there():
    assert named({}, jan(5)[0]).is_empty()
    assert named({}, jan(5)[0]).columns == ["subject", "scheduled_on", "beijing_time", "publisher"]
