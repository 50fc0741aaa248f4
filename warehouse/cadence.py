"""Cadence: when the parts of a dataset are due, what of them is missing, and when they are late.

Each dataset declares one; a part (`Chain`) may have its own. Decided from the calendar and the
collection log, before any request. `records.collection_log.PartLog` is the log of one part.

| cadence | due | complete | late |
|---|---|---|---|
| `Daily` | every trading day | rows of the day | the last published day lacks them |
| `EventDays` | every day | a source answered for it | no answer for the last published day |
| `SessionPage` | once after each session | the page was read | not read for two sessions |
| `Snapshot` | every so many days | the list was read | not read twice, or its rows too old |
| `PerShare` | the shares that SQL lists | each share was read | never |
| `Reference` | with every collection | a source answered | never |
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

import polars as pl

from warehouse.exchanges import expected_sessions
from warehouse.shanghai import SHANGHAI, naive_utc, shanghai_date

WINDOW = 30  # days in which collections look for gaps, and from which a newest day is expected
COLD_START = 5  # days that a first collection looks back
WEEKLY, FOUR_WEEKLY = timedelta(days=6), timedelta(days=27)  # a day less: from Saturday on
SATURDAY = 5
RESUMED = timedelta(days=1)  # a back-fill that is started again within it goes on
EVER = naive_utc(datetime(1990, 1, 1, tzinfo=SHANGHAI))

Span = tuple[date, date]
Absent = tuple[date, str | None]  # a day, and the entity where the part has several


class Log(Protocol):
    """What the warehouse holds of one part, and when sources answered for it."""

    @property
    def entities(self) -> Mapping[str, date]:
        """The values that must be there on every trading day, each from a first day on."""

    def due_on(self, day: date) -> datetime:
        """Naive UTC time at which the rows of a day are published by rule."""

    def answered_days(self) -> set[date]:
        """The days for which a source has answered in full."""

    def answered_at(self) -> datetime | None:
        """When a source answered last (naive UTC)."""

    def held_days(self) -> set[date]:
        """The days with rows, without mere beginnings."""

    def lacking(self, days: Sequence[date]) -> pl.DataFrame:
        """What has no rows and should: columns day, entity (null where the part has none)."""

    def shares(self, sql: str, days: Sequence[date]) -> tuple[str, ...]:
        """The shares that SQL lists and that lack a row on some of the days."""

    def any_share(self) -> str | None:
        """A code that the dataset holds."""


class Made(Protocol):
    """A call that was made: a `catalog.Call`."""

    @property
    def function(self) -> str:
        """The akshare function."""

    @property
    def label(self) -> str:
        """What it was for: an entity or a share."""

    @property
    def days(self) -> tuple[date, ...]:
        """The days that it answers for."""


@dataclass(frozen=True)
class Due:
    """What has to be requested: days, and the entities or shares that lack something on them."""

    days: tuple[date, ...]
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remaining:
    """What is left for the next source, and what is missing so far.

    withheld: days for which the source answered without their rows.
    """

    due: Due
    missing: list[str]
    withheld: tuple[date, ...] = ()


class Cadence:
    """What every cadence answers; as it stands, nothing is due on a day, and nothing late."""

    by_calendar = False  # each day is due; a list is due as a whole
    by_answers = False  # a day is complete by an answer, with rows or without
    every_day = False  # calendar days count, not only trading days
    exchange: str | None = None  # whose sessions are due, where they are not the mainland's
    keeps_pages = False  # an answer may bring more days than were wanted
    late_after: timedelta | None = None  # the age at which the newest row is late

    @property
    def unread_for(self) -> timedelta | None:
        """How long a list may go unread before it is late; None for what is no list."""
        return None

    def days(self, calendar: pl.Series, today: date) -> list[date]:
        """The days up to today that rows may be of, oldest first."""
        past: list[date] = self.sessions(calendar, today).to_list()
        if self.every_day:
            past = pl.date_range(past[0], today, eager=True).to_list()
        return past

    def sessions(self, calendar: pl.Series, until: date) -> pl.Series:
        """The trading days up to one: the mainland's, of whose calendar this is a part."""
        return calendar.filter(calendar <= until)

    def due(
        self,
        published: Sequence[date],
        now: datetime,
        log: Log,
        span: Span | None = None,
        *,
        named: bool = False,
    ) -> Due:
        """What is missing of the published days at a moment; without days nothing is due.

        now: in Shanghai's zone. span: a back-fill of these days, both included. named: the dataset
        was named by the caller, so that a list is read before its time.
        """
        days = tuple(published)
        if span is not None:
            days = tuple(day for day in days if span[0] <= day <= span[1])
        elif not named and self.fresh(days, now, log):
            days = ()
        else:
            days = days[-self.reach(days, log) :]
        return self.narrowed(days, log, backfill=span is not None)

    def fresh(self, _days: Sequence[date], _now: datetime, _log: Log) -> bool:
        """Whether a source has answered in full so lately that nothing is due."""
        return False

    def reach(self, _days: Sequence[date], _log: Log) -> int:
        """How many of the published days a collection looks at."""
        return WINDOW

    def narrowed(self, days: tuple[date, ...], _log: Log, *, backfill: bool) -> Due:  # noqa: ARG002
        """The days without what is complete."""
        return Due(days)

    def missing_at_first(self, days: Iterable[date]) -> list[str]:
        """What is missing before any source has answered."""
        return [str(day) for day in days] if self.by_calendar else []

    def remaining(
        self,
        due: Due,
        calls: Sequence[Made],  # noqa: ARG002
        failed: Sequence[Made],
        log: Log,
    ) -> Remaining:
        """What is left for the next source, and what is missing so far."""
        missing = sorted({c.label or c.function for c in failed})
        left = replace(due, codes=tuple(missing)) if log.entities else due
        return Remaining(left, missing)

    def resumed_since(self, now: datetime, *, backfill: bool) -> datetime | None:
        """Calls answered since then (naive UTC) are not repeated; None: all are made."""
        return now - RESUMED if backfill else None

    def completed_days(self, days: Iterable[date]) -> list[date]:
        """Of days whose calls were all answered, those that are complete by that."""
        return list(days) if self.by_answers else []

    def answered_on(self, today: date) -> list[date]:
        """The day to log when a list was read in full."""
        return [today] if self.unread_for else []

    def absences(
        self, _days: Sequence[date], _log: Log, _answered: Collection[tuple[date, str]]
    ) -> list[Absent]:
        """What is not out although it is due and a source has answered for its day.

        answered: the days and labels of the calls that had an answer.
        """
        return []

    def gaps(self, _days: Iterable[date], _log: Log) -> set[date]:
        """Which of the days lack something, since the data begin."""
        return set()

    def sample(self, _days: Sequence[date], log: Log) -> tuple[str, ...]:
        """Codes that show a source's format: the entities, or one share."""
        return tuple(log.entities)

    def newest(self, row: date | None, _logs: Iterable[Log], _as_of: date) -> date | None:
        """The day up to which the dataset is complete, its newest row being of `row`."""
        return row

    def expected(
        self, as_of: date, by: datetime, calendar: pl.Series, due_on: Callable[[date], datetime]
    ) -> date | None:
        """The day that the newest row should be of; None where no day is due.

        by: the moment (naive UTC) by which it should be out. due_on: the publication rule.
        """
        if not self.by_calendar:
            return as_of - self.late_after if self.late_after else None
        days = self.sessions(calendar, as_of)
        recent = days.filter(days >= as_of - timedelta(days=WINDOW))
        return max((day for day in recent if due_on(day) <= by), default=None)

    def state(
        self,
        as_of: date,
        *,
        rows: int,
        newest: date | None,
        expected: date | None,
        read_at: datetime | None,
    ) -> str:
        """fresh, late, missing; reference for what has no day on which it is due.

        read_at: when the dataset was loaded last (naive UTC).
        """
        if not rows and (newest is None or not self.by_answers):
            return "missing"
        if expected is not None:
            return "fresh" if newest is not None and newest >= expected else "late"
        if self.unread_for is not None and read_at is not None:
            return "fresh" if as_of - shanghai_date(read_at) <= self.unread_for else "late"
        return "reference"


@dataclass(frozen=True)
class Reference(Cadence):
    """A list without days on which it is due: read with every collection, and never late."""


@dataclass(frozen=True)
class PerShare(Cadence):
    """Read share by share: `collect` and `backfill` are SQL that lists the shares (column code).

    example: a share that is surely listed, for a look at the sources before any list is known.
    """

    collect: str | None
    backfill: str
    example: str = "600519.SH"

    def narrowed(self, days: tuple[date, ...], log: Log, *, backfill: bool) -> Due:
        sql = self.backfill if backfill else self.collect
        return Due(days, log.shares(sql, days) if sql else ())

    def remaining(
        self, due: Due, calls: Sequence[Made], failed: Sequence[Made], log: Log
    ) -> Remaining:
        """After a page of all shares the days that it did not show; else the shares that failed."""
        if not due.codes:
            return super().remaining(due, calls, failed, log)
        if {c.label for c in calls} & set(due.codes):
            missing = sorted({c.label for c in failed})
            return Remaining(replace(due, codes=tuple(missing)), missing)
        shown = {day for c in calls if c not in failed for day in c.days}
        days = tuple(day for day in due.days if day not in shown)
        return Remaining(replace(due, days=days), [str(day) for day in days])

    def sample(self, days: Sequence[date], log: Log) -> tuple[str, ...]:
        return (log.shares(self.backfill, days) or (log.any_share() or self.example,))[:1]


@dataclass(frozen=True)
class Snapshot(Cadence):
    """A list or a table of figures that comes whole with each answer, read once in a while.

    every: it is due again when its last full answer is so old. Counted from that alone, weekly ones
    would wander from Saturday to Friday, then Thursday; so they are due from Saturday on, for the
    weekly issue. late_after: its newest row is late at that age, in days before the issue.
    """

    every: timedelta
    late_after: timedelta | None = None

    def fresh(self, _days: Sequence[date], now: datetime, log: Log) -> bool:
        return read_lately(self.every, now, log)

    @property
    def unread_for(self) -> timedelta:
        return 2 * self.every


@dataclass(frozen=True)
class SessionPage(Cadence):
    """A page that shows one trading day, read once when the next day is out.

    On Monday morning it shows Friday's still, and by the evening Monday's must not count as read.
    """

    def fresh(self, days: Sequence[date], _now: datetime, log: Log) -> bool:
        last = log.answered_at()
        return bool(last and days and last >= log.due_on(days[-1]))

    @property
    def unread_for(self) -> timedelta:
        return timedelta(days=1)


@dataclass(frozen=True)
class EventDays(Cadence):
    """Days that may have no rows: one is complete when a source has answered for it.

    every_day: calendar days count, not only trading days.
    """

    by_calendar = by_answers = True
    every_day: bool = False

    def reach(self, days: Sequence[date], log: Log) -> int:
        return window(days, log.answered_days(), COLD_START)

    def narrowed(self, days: tuple[date, ...], log: Log, *, backfill: bool) -> Due:  # noqa: ARG002
        answered = log.answered_days()
        return Due(tuple(day for day in days if day not in answered))

    def remaining(
        self,
        due: Due,
        calls: Sequence[Made],
        failed: Sequence[Made],
        log: Log,  # noqa: ARG002
    ) -> Remaining:
        answered = {day for c in calls for day in c.days} - {day for c in failed for day in c.days}
        left = tuple(day for day in due.days if day not in answered)
        return Remaining(replace(due, days=left or due.days), [str(day) for day in left])

    def gaps(self, days: Iterable[date], log: Log) -> set[date]:
        answered = log.answered_days()
        return {day for day in days if answered and day >= min(answered)} - answered

    def newest(self, row: date | None, logs: Iterable[Log], as_of: date) -> date | None:
        """The last day for which every part was answered counts like a row."""
        parts = [log.answered_days() for log in logs]
        days = {day for day in set.intersection(*parts) if day <= as_of} if parts else set()
        return max((day for day in (row, *days) if day is not None), default=None)


@dataclass(frozen=True)
class Daily(Cadence):
    """Every trading day must have rows; one without is a gap and is requested again.

    exchange: whose sessions are due, where they are not the mainland's; see `warehouse.exchanges`.
    also: who must trade on that day too.
    strict: False where neither calendar decides: what has no rows is asked again and is no gap.
    every: the part is read no more often, as a `Snapshot`. past: how a back-fill works where no
    page shows the past. shown: how many sessions its pages show; what is older is gone, stays a gap
    that freshness tells of, and is not requested.
    """

    by_calendar = keeps_pages = True
    exchange: str | None = None
    also: str | None = None
    strict: bool = True
    every: timedelta | None = None
    past: PerShare | None = None
    shown: int | None = None

    def sessions(self, calendar: pl.Series, until: date) -> pl.Series:
        days = super().sessions(calendar, until)
        if self.exchange is not None:
            days = pl.Series(expected_sessions(self.exchange, calendar[0], until), dtype=pl.Date)
        if self.also is not None:
            days = days.filter(days.is_in(expected_sessions(self.also, calendar[0], until)))
        return days

    @property
    def unread_for(self) -> timedelta | None:
        return 2 * self.every if self.every else None

    def fresh(self, _days: Sequence[date], now: datetime, log: Log) -> bool:
        return self.every is not None and read_lately(self.every, now, log)

    def reach(self, days: Sequence[date], log: Log) -> int:
        # share by share, more than a day would take hours
        looked_at = window(days, log.held_days(), self.shown or (1 if self.past else COLD_START))
        return min(looked_at, self.shown or looked_at)

    def narrowed(self, days: tuple[date, ...], log: Log, *, backfill: bool) -> Due:
        if backfill and self.past:
            by_share = self.past.narrowed(days, log, backfill=True)
            if by_share.codes:
                return by_share
        return lacking_of(days, log)

    def remaining(
        self, due: Due, calls: Sequence[Made], failed: Sequence[Made], log: Log
    ) -> Remaining:
        if self.past and due.codes:
            return self.past.remaining(due, calls, failed, log)
        if not self.strict:
            return super().remaining(due, calls, failed, log)
        left = lacking_of(due.days, log)
        answered = {day for c in calls if c not in failed for day in c.days}
        withheld = tuple(day for day in left.days if day in answered)
        following = replace(left, days=left.days or due.days)
        return Remaining(following, [str(day) for day in left.days], withheld)

    def resumed_since(self, now: datetime, *, backfill: bool) -> datetime | None:  # noqa: ARG002
        return EVER if self.past else None

    def absences(
        self, wanted: Sequence[date], log: Log, answered: Collection[tuple[date, str]]
    ) -> list[Absent]:
        if not self.strict:
            return []
        days = {day for day, label in answered if label not in log.entities}
        lacking = log.lacking(wanted).iter_rows()
        return [(day, e) for day, e in lacking if day in days or (day, e) in answered]

    def gaps(self, days: Iterable[date], log: Log) -> set[date]:
        if not self.strict:
            return set()
        held = log.held_days()
        return set(log.lacking([day for day in days if held and day >= min(held)])["day"])

    def sample(self, days: Sequence[date], log: Log) -> tuple[str, ...]:
        return self.past.sample(days, log) if self.past else super().sample(days, log)


def read_lately(every: timedelta, now: datetime, log: Log) -> bool:
    """Whether a list was read this week since Saturday, or is not so old; `now` is aware."""
    last = log.answered_at()
    if last is None:
        return False
    since_saturday = shanghai_date(last) >= saturday(now.date())
    return since_saturday or naive_utc(now) - last < every - WEEKLY


def saturday(day: date) -> date:
    """The last Saturday up to a day."""
    return day - timedelta(days=(day.weekday() - SATURDAY) % 7)


def window(days: Sequence[date], held: Collection[date], at_first: int) -> int:
    """How many days, oldest first, a collection looks at: a window, further if the data end before
    it, and never before the data begin, because the past is a back-fill's matter.
    """
    if not held:
        return at_first
    first, last = min(held), max(held)
    later = len(days) - bisect_right(days, last)
    begun = len(days) - bisect_left(days, first)
    return max(min(max(later, WINDOW), begun), 1)


def lacking_of(days: Sequence[date], log: Log) -> Due:
    """The days that lack something, and the entities that are lacking."""
    lacking = log.lacking(days)
    codes = lacking["entity"].drop_nulls().unique().sort()
    return Due(tuple(lacking["day"].unique().sort()), tuple(codes))
