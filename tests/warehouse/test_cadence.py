"""Each cadence by itself, on a drawn log: what is due, what
is left, what is a gap, what is late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from warehouse.cadence import (
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
)
from warehouse.catalog import Call
from warehouse.exchanges import HONG_KONG
from warehouse.shanghai import SHANGHAI, naive_utc

MONDAY = date(2025, 11, 24)
DAYS = tuple(MONDAY + timedelta(days=n) for n in range(-63, 5) if n % 7 < 5)  # to the Friday
FRIDAY, NOW = DAYS[-1], datetime(2025, 11, 28, 19, tzinfo=SHANGHAI)
LISTED, LATE_SHARES = "SELECT listed", "SELECT late"


@dataclass
class DrawnLog:
    """A log as a test draws it; rows by day and entity (None where the part has none)."""

    rows: set[tuple[date, str | None]] = field(default_factory=set)
    answered: set[date] = field(default_factory=set)
    read: datetime | None = None
    entities: Mapping[str, date] = field(default_factory=dict)
    listed: tuple[str, ...] = ("600000.SH", "600001.SH")

    def due_on(self, day: date) -> datetime:
        return naive_utc(datetime(day.year, day.month, day.day, 16, tzinfo=SHANGHAI))

    def answered_days(self) -> set[date]:
        return self.answered

    def answered_at(self) -> datetime | None:
        return self.read

    def held_days(self) -> set[date]:
        return {day for day, _ in self.rows}

    def lacking(self, days: Sequence[date]) -> pl.DataFrame:
        wanted = [(d, e) for d in days for e in (self.entities or {None: date.min})]
        found = [one for one in wanted if one not in self.rows]
        return pl.DataFrame(found, {"day": pl.Date, "entity": pl.String}, orient="row")

    def shares(self, sql: str, days: Sequence[date]) -> tuple[str, ...]:
        return self.listed if days and sql == LISTED else ()

    def any_share(self) -> str | None:
        return None


def whole(*without: date) -> DrawnLog:
    """A log with a row and an answer for every day but some."""
    days = set(DAYS) - set(without)
    return DrawnLog({(day, None) for day in days}, set(days))


def due(cadence: Cadence, log: DrawnLog, **how: object) -> Due:
    return cadence.due(DAYS, NOW, log, **how)  # type: ignore[arg-type]


def calls(*days: date, label: str = "") -> list[Call]:
    return [Call("f", days=(day,), label=label) for day in days]


def test_daily_wants_the_days_without_rows_of_the_window() -> None:
    before = DAYS[-WINDOW - 1]
    assert due(Daily(), whole(before, MONDAY, FRIDAY)).days == (MONDAY, FRIDAY)
    assert due(Daily(), whole(before), span=(before, MONDAY)).days == (before,)


def test_daily_looks_further_back_where_the_data_end_earlier_and_never_before_they_begin() -> None:
    ended = DrawnLog({(DAYS[2], None), (DAYS[3], None)})
    assert due(Daily(), ended).days == DAYS[4:]
    assert due(Daily(), DrawnLog({(DAYS[-3], None)})).days == DAYS[-2:]


def test_a_first_collection_looks_back_five_days_and_share_by_share_one() -> None:
    assert due(Daily(), DrawnLog()).days == DAYS[-5:]
    assert due(EventDays(), DrawnLog()).days == DAYS[-5:]
    assert due(Daily(past=PerShare(None, LISTED)), DrawnLog()).days == DAYS[-1:]


def test_what_pages_no_longer_show_is_not_requested_and_stays_a_gap() -> None:
    cadence = Daily(shown=8)
    assert due(cadence, DrawnLog()).days == DAYS[-8:], "all that the pages show"
    missed = whole(DAYS[-9], DAYS[-8], FRIDAY)
    assert due(cadence, missed).days == (DAYS[-8], FRIDAY)
    assert cadence.gaps(DAYS, missed) == {DAYS[-9], DAYS[-8], FRIDAY}


def test_daily_names_the_entities_that_lack_a_day() -> None:
    two = dict.fromkeys(("a", "b"), date.min)
    log = DrawnLog({(day, e) for day in DAYS for e in two} - {(FRIDAY, "b")}, entities=two)
    assert due(Daily(), log) == Due((FRIDAY,), ("b",))


def test_a_back_fill_of_daily_goes_share_by_share_where_no_page_shows_the_past() -> None:
    cadence = Daily(past=PerShare(None, LISTED))
    assert due(cadence, whole(FRIDAY)) == Due((FRIDAY,))
    assert due(cadence, whole(FRIDAY), span=(MONDAY, FRIDAY)) == Due(DAYS[-5:], DrawnLog().listed)
    complete = Daily(past=PerShare(None, LATE_SHARES))
    assert due(complete, whole(FRIDAY), span=(MONDAY, FRIDAY)) == Due((FRIDAY,))


def test_what_is_left_of_daily_is_what_has_no_rows_whatever_the_source_answered() -> None:
    log, wanted = whole(FRIDAY), Due(DAYS[-2:])
    left = Daily().remaining(wanted, calls(*DAYS[-2:]), [], log)
    assert (left.due.days, left.missing, left.withheld) == ((FRIDAY,), [str(FRIDAY)], (FRIDAY,))
    failed = calls(*DAYS[-2:])
    assert Daily().remaining(wanted, failed, failed, log).withheld == ()
    assert Daily().remaining(wanted, calls(FRIDAY), [], whole()).due.days == wanted.days


def test_without_a_calendar_of_its_own_a_part_lacks_only_the_calls_that_failed() -> None:
    abroad, log = Daily(strict=False), DrawnLog(entities={"HSI.HK": date.min})
    one = calls(FRIDAY, label="HSI.HK")
    assert abroad.remaining(Due((FRIDAY,), ("HSI.HK",)), one, [], log).missing == []
    assert abroad.remaining(Due((FRIDAY,)), one, one, log).due.codes == ("HSI.HK",)
    assert abroad.gaps(DAYS, whole(MONDAY)) == set()
    assert abroad.absences((FRIDAY,), log, {(FRIDAY, "")}) == []


def test_a_link_of_two_markets_is_due_on_the_days_on_which_both_trade() -> None:
    week = [date(2025, 12, day) for day in (23, 24, 25, 26, 29)]
    calendar, until = pl.Series(week), week[-1]
    both = Daily(also=HONG_KONG).sessions(calendar, until)
    assert both.to_list() == [week[0], week[1], week[4]], "Christmas and Boxing Day"
    assert Daily().sessions(calendar, until).to_list() == week


def test_days_of_events_are_complete_by_answers() -> None:
    log = whole()
    log.answered -= {MONDAY, FRIDAY}
    cadence = EventDays()
    assert due(cadence, log).days == (MONDAY, FRIDAY)
    assert cadence.gaps(DAYS, log) == {MONDAY, FRIDAY}
    assert cadence.completed_days([MONDAY]) == [MONDAY]
    assert Daily().completed_days([MONDAY]) == []
    twice = calls(MONDAY, FRIDAY, FRIDAY)
    left = cadence.remaining(Due((MONDAY, FRIDAY)), twice, twice[2:], log)
    assert (left.due.days, left.missing) == ((FRIDAY,), [str(FRIDAY)])


def test_events_of_calendar_days_have_week_ends_too() -> None:
    calendar = pl.Series(DAYS)
    sunday = FRIDAY + timedelta(days=2)
    assert EventDays(every_day=True).days(calendar, sunday)[-2:] == [
        FRIDAY + timedelta(days=1),
        sunday,
    ]
    assert EventDays().days(calendar, sunday)[-1] == FRIDAY


def test_the_newest_day_of_events_is_one_that_every_part_has_answered() -> None:
    cadence, one, other = EventDays(), whole(), whole(FRIDAY)
    assert cadence.newest(MONDAY, [one, other], FRIDAY) == DAYS[-2]
    assert cadence.newest(MONDAY, [one, other], DAYS[-3]) == DAYS[-3]
    assert cadence.newest(None, [], FRIDAY) is None
    assert Daily().newest(MONDAY, [one], FRIDAY) == MONDAY


@pytest.mark.parametrize(
    ("every", "read", "days"),
    [
        (WEEKLY, None, WINDOW),
        (WEEKLY, datetime(2025, 11, 22, 1), 0),  # Saturday
        (WEEKLY, datetime(2025, 11, 21, 1), WINDOW),  # Friday before it
        (FOUR_WEEKLY, datetime(2025, 11, 8, 1), 0),
        (FOUR_WEEKLY, datetime(2025, 11, 7, 10), WINDOW),
    ],
)
def test_a_snapshot_is_due_from_saturday_on(
    every: timedelta, read: datetime | None, days: int
) -> None:
    assert len(due(Snapshot(every), DrawnLog(read=read)).days) == days
    assert len(due(Snapshot(every), DrawnLog(read=read), named=True).days) == WINDOW
    assert len(due(Snapshot(every), DrawnLog(read=read), span=(MONDAY, FRIDAY)).days) == 5


def test_a_daily_part_may_be_read_as_seldom_as_a_snapshot() -> None:
    seldom, log = Daily(strict=False, every=WEEKLY), whole(FRIDAY)
    log.read = datetime(2025, 11, 22, 1)
    assert due(seldom, log).days == ()
    assert due(Daily(strict=False), log).days == (FRIDAY,)
    assert seldom.answered_on(FRIDAY) == [FRIDAY]
    assert Daily().answered_on(FRIDAY) == []


def test_a_page_is_due_once_the_next_session_is_out() -> None:
    before, after = datetime(2025, 11, 28, 7, 59), datetime(2025, 11, 28, 8)
    assert due(SessionPage(), DrawnLog(read=before)).days
    assert not due(SessionPage(), DrawnLog(read=after)).days


def test_shares_are_read_by_the_list_of_the_mode() -> None:
    cadence = PerShare(None, LISTED)
    assert due(cadence, DrawnLog()).codes == ()
    assert due(cadence, DrawnLog(), span=(MONDAY, FRIDAY)).codes == DrawnLog().listed
    assert cadence.sample((FRIDAY,), DrawnLog()) == ("600000.SH",)
    assert cadence.sample((FRIDAY,), DrawnLog(listed=())) == ("600519.SH",)


def test_after_a_page_of_all_shares_days_are_left_and_after_shares_those_that_failed() -> None:
    cadence, wanted = PerShare(None, LISTED), Due((MONDAY, FRIDAY), ("a", "b"))
    page = cadence.remaining(wanted, calls(FRIDAY), [], DrawnLog())
    assert (page.due.days, page.missing) == ((MONDAY,), [str(MONDAY)])
    each = [Call("f", label="a"), Call("f", label="b")]
    shares = cadence.remaining(wanted, each, each[1:], DrawnLog())
    assert (shares.due.codes, shares.missing) == (("b",), ["b"])


@pytest.mark.parametrize("cadence", [Reference(), Snapshot(WEEKLY), SessionPage()])
def test_a_list_lacks_the_calls_that_failed_and_has_no_gaps(cadence: Cadence) -> None:
    log, two = DrawnLog(), [Call("f"), Call("g", label="SSE")]
    assert cadence.missing_at_first(DAYS) == []
    assert cadence.remaining(Due(DAYS), two, two, log).missing == ["SSE", "f"]
    assert cadence.gaps(DAYS, log) == set()


def test_what_is_not_out_is_absent_only_where_somebody_answered_for_it() -> None:
    two = dict.fromkeys(("a", "b"), date.min)
    log = DrawnLog(entities=two)
    assert Daily().absences((FRIDAY,), log, {(FRIDAY, "a")}) == [(FRIDAY, "a")]
    assert Daily().absences((FRIDAY,), log, {(FRIDAY, "SSE")}) == [(FRIDAY, "a"), (FRIDAY, "b")]
    assert Daily().absences((FRIDAY,), log, set()) == []


def test_only_back_fills_of_lists_and_single_shares_go_on_where_they_were_cut_off() -> None:
    now = datetime(2025, 11, 28, 11)
    for cadence in (Snapshot(WEEKLY), EventDays(), PerShare(None, LISTED)):
        assert cadence.resumed_since(now, backfill=True) == now - timedelta(days=1)
        assert cadence.resumed_since(now, backfill=False) is None
    assert Daily().resumed_since(now, backfill=True) is None
    ever = Daily(past=PerShare(None, LISTED)).resumed_since(now, backfill=False)
    assert ever is not None and ever < datetime(1990, 1, 1)


def test_the_expected_day_is_the_last_one_that_is_out() -> None:
    calendar, log = pl.Series(DAYS), DrawnLog()
    for cadence in (Daily(), Daily(strict=False), EventDays()):
        for hour, day in ((7, DAYS[-2]), (8, FRIDAY)):
            by = datetime(2025, 11, 28, hour)
            assert cadence.expected(FRIDAY, by, calendar, log.due_on) == day
    late = Snapshot(WEEKLY, late_after=timedelta(days=75))
    assert late.expected(FRIDAY, datetime(2999, 1, 1), calendar, log.due_on) == date(2025, 9, 14)
    for cadence in (Snapshot(WEEKLY), SessionPage(), PerShare(None, LISTED), Reference()):
        assert cadence.expected(FRIDAY, datetime(2999, 1, 1), calendar, log.due_on) is None


@pytest.mark.parametrize(
    ("cadence", "days", "state"),
    [
        (SessionPage(), 1, "fresh"), (SessionPage(), 2, "late"),
        (Snapshot(FOUR_WEEKLY), 54, "fresh"), (Snapshot(FOUR_WEEKLY), 55, "late"),
        (PerShare(None, LISTED), 900, "reference"), (Reference(), 900, "reference"),
    ],
)  # fmt: skip
def test_a_list_is_late_when_it_was_not_read_twice(cadence: Cadence, days: int, state: str) -> None:
    read_at = datetime(2025, 11, 28, 2) - timedelta(days=days)
    seen = {"newest": None, "expected": None, "read_at": read_at}
    assert cadence.state(FRIDAY, rows=1, **seen) == state  # type: ignore[arg-type]
    assert cadence.state(FRIDAY, rows=0, **seen) == "missing"  # type: ignore[arg-type]
