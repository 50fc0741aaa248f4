"""Small questions of cadences: weeks that begin on Saturdays, windows, and what is late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from warehouse.cadence import (
    COLD_START,
    FOUR_WEEKLY,
    WEEKLY,
    WINDOW,
    Cadence,
    Daily,
    Due,
    EventDays,
    PerShare,
    Reference,
    SessionPage,
    Snapshot,
    lacking_of,
    read_lately,
    saturday,
    window,
)
from warehouse.exchanges import HONG_KONG, NEW_YORK, half_days, planned_closures, planned_sessions
from warehouse.shanghai import SHANGHAI, naive_utc, shanghai_date, shanghai_sql

SATURDAY = date(2026, 1, 17)


@pytest.mark.parametrize(("days", "back"), [(0, 0), (1, 1), (2, 2), (6, 6), (7, 0)])
def test_a_week_begins_on_its_saturday(days: int, back: int) -> None:
    day = SATURDAY + timedelta(days=days)
    assert saturday(day) == day - timedelta(days=back)


class Log:
    """A log that says only when a source answered."""

    def __init__(self, read: datetime | None) -> None:
        self.read = read

    def answered_at(self) -> datetime | None:
        return self.read


@pytest.mark.parametrize(
    ("every", "age", "lately"),
    [
        (WEEKLY, None, False),
        (WEEKLY, timedelta(hours=1), True),
        (WEEKLY, timedelta(days=3), False),  # on the Friday before
        (WEEKLY, timedelta(days=2), True),  # on Saturday
        (FOUR_WEEKLY, timedelta(days=20, hours=23), True),
        (FOUR_WEEKLY, timedelta(days=21), False),
    ],
)
def test_a_list_was_read_lately_since_saturday_or_not_so_long_ago(
    every: timedelta, age: timedelta | None, *, lately: bool
) -> None:
    monday = datetime(2026, 1, 19, 19, tzinfo=SHANGHAI)
    log: Any = Log(naive_utc(monday) - age if age else None)
    assert read_lately(every, monday, log) is lately


DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(100)]


@pytest.mark.parametrize(
    ("held", "at_first", "looked_at"),
    [
        ([], 5, 5),
        (DAYS, 5, 30),
        (DAYS[:60], 5, 40),  # the data end forty days ago
        (DAYS[80:81], 5, 20),  # and begin twenty days ago
        (DAYS[99:], 5, 1),
        ([DAYS[-1] + timedelta(days=1)], 5, 1),
        (DAYS[70:], 5, 30),
        (DAYS[71:], 5, 29),
    ],
)
def test_a_collection_looks_at_a_window_or_as_far_as_the_data_end(
    held: list[date], at_first: int, looked_at: int
) -> None:
    assert window(DAYS, held, at_first) == looked_at
    assert (WINDOW, COLD_START) == (30, 5)


class Lacking:
    """A log of what has no rows."""

    def lacking(self, _: Any) -> pl.DataFrame:
        rows = [(DAYS[3], "b"), (DAYS[1], "a"), (DAYS[3], "a"), (DAYS[3], None)]
        return pl.DataFrame(rows, {"day": pl.Date, "entity": pl.String}, orient="row")


def test_what_is_lacking_is_told_once_and_in_order() -> None:
    log: Any = Lacking()
    assert lacking_of(DAYS, log) == Due((DAYS[1], DAYS[3]), ("a", "b"))


TRAITS = [
    (Reference(), (False, False, False, None)),
    (Snapshot(WEEKLY), (False, False, False, timedelta(days=12))),
    (SessionPage(), (False, False, False, timedelta(days=1))),
    (PerShare(None, "SELECT 1"), (False, False, False, None)),
    (EventDays(), (True, True, False, None)),
    (Daily(), (True, False, True, None)),
    (Daily(every=WEEKLY), (True, False, True, timedelta(days=12))),
]


@pytest.mark.parametrize(("cadence", "traits"), TRAITS)
def test_what_a_cadence_is_complete_by_and_how_long_it_may_go_unread(
    cadence: Cadence, traits: tuple[object, ...]
) -> None:
    found = cadence.by_calendar, cadence.by_answers, cadence.keeps_pages, cadence.unread_for
    assert found == traits
    assert cadence.every_day is False
    assert cadence.exchange is None
    assert cadence.missing_at_first(DAYS[:1]) == (["2026-01-01"] if cadence.by_calendar else [])
    assert cadence.completed_days(DAYS[:1]) == (DAYS[:1] if cadence.by_answers else [])
    assert cadence.answered_on(DAYS[0]) == (DAYS[:1] if cadence.unread_for else [])


AS_OF = date(2026, 1, 16)


@pytest.mark.parametrize(
    ("cadence", "rows", "newest", "expected", "read", "state"),
    [
        (Daily(), 0, None, AS_OF, None, "missing"),
        (Daily(), 0, AS_OF, AS_OF, None, "missing"),
        (EventDays(), 0, AS_OF, AS_OF, None, "fresh"),
        (EventDays(), 0, None, AS_OF, None, "missing"),
        (Daily(), 1, AS_OF, AS_OF, None, "fresh"),
        (Daily(), 1, date(2026, 1, 15), AS_OF, None, "late"),
        (Daily(), 1, None, AS_OF, None, "late"),
        (Snapshot(WEEKLY), 1, None, None, None, "reference"),
        (Snapshot(WEEKLY), 1, None, None, datetime(2026, 1, 4, 1), "fresh"),
        (Snapshot(WEEKLY), 1, None, None, datetime(2026, 1, 3, 1), "late"),
        (Snapshot(WEEKLY), 1, None, None, datetime(2026, 1, 3, 16), "fresh"),  # the 4th there
        (Reference(), 1, None, None, datetime(2020, 1, 1), "reference"),
    ],
)
def test_a_dataset_is_fresh_late_missing_or_a_reference(
    cadence: Cadence, *, rows: int, newest: Any, expected: Any, read: Any, state: str
) -> None:
    found = cadence.state(AS_OF, rows=rows, newest=newest, expected=expected, read_at=read)
    assert found == state


def test_no_day_is_expected_of_what_has_not_traded_for_a_month() -> None:
    calendar = pl.Series([AS_OF - timedelta(days=30), AS_OF + timedelta(days=1)])
    due = lambda day: datetime(day.year, day.month, day.day, 8)  # noqa: E731
    by = datetime(2026, 1, 16, 9)
    assert Daily().expected(AS_OF, by, calendar, due) == calendar[0]
    assert Daily().expected(AS_OF, by, calendar[1:], due) is None
    older = pl.Series([AS_OF - timedelta(days=31)])
    assert Daily().expected(AS_OF, by, older, due) is None


def test_calendars_abroad_hold_both_of_their_ends() -> None:
    new_year = date(2026, 1, 1)
    assert planned_closures(NEW_YORK, new_year, new_year) == [new_year]
    assert planned_sessions(NEW_YORK, date(2026, 1, 2), date(2026, 1, 2)) == [date(2026, 1, 2)]
    carter = date(2025, 1, 9)
    assert planned_sessions(NEW_YORK, carter, carter) == [carter], "nobody planned it"
    saola = date(2023, 9, 1)
    assert planned_sessions(HONG_KONG, saola, saola) == [saola]
    early = date(2026, 2, 16)
    assert [day for day, _ in half_days(HONG_KONG, early, early)] == [early]
    assert half_days(HONG_KONG, early + timedelta(days=1), date(2026, 12, 23)) == []


def test_days_and_clocks_are_those_of_shanghai() -> None:
    assert shanghai_date(datetime(2026, 1, 16, 15, 59)) == AS_OF
    assert shanghai_date(datetime(2026, 1, 16, 16)) == AS_OF + timedelta(days=1)
    assert naive_utc(datetime(2026, 1, 16, 8, tzinfo=SHANGHAI)) == datetime(2026, 1, 16)
    assert shanghai_sql("at") == "at + INTERVAL 8 HOUR"
