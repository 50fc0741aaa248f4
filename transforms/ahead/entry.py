"""One entry of the event calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

FRIDAY = 4
LONGEST_REST = timedelta(days=14)  # no holiday of any of these markets is longer


class Certainty(StrEnum):
    """How sure a day is: its publisher named it, it follows from a rule, or nobody has told yet."""

    ANNOUNCED = "announced"
    EXPECTED = "expected"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What sort of thing is ahead."""

    POLICY = "policy"
    STATISTICS = "statistics"
    RATE = "lending_rate"
    MEETING = "meeting"
    CLOSED = "closed"
    HALF_DAY = "half_day"
    REVIEW = "index_review"
    EXPIRY = "expiry"
    LISTING = "listing"
    LOCK_UP = "lock_up"
    REPORTS = "reports"
    CALENDAR = "calendar"


@dataclass(frozen=True)
class Entry:
    """Something on a day ahead, on the calendar of the place where it happens.

    - subject: what tells it from others of its kind on that day
    - until: the last day of a closure, or the last on which it may come; None where `day` is all
    - beijing_time: "09:30", or "02:00+1" of the next day; None where no hour is known
    - basis: who named the day, or the rule that it follows from
    """

    day: date
    kind: Kind
    subject: str
    title_en: str
    title_zh: str
    basis: str
    certainty: Certainty = Certainty.EXPECTED
    until: date | None = None
    beijing_time: str | None = None

    @property
    def last(self) -> date:
        return self.until or self.day


def runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """First and last day of each run of weekdays; a weekend does not part one."""
    first = last = None
    for day in sorted(days):
        if last is None or day != weekday_after(last):
            if first is not None and last is not None:
                yield first, last
            first = day
        last = day
    if first is not None and last is not None:
        yield first, last


def weekday_after(day: date) -> date:
    """The next day from Monday to Friday."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() >= FRIDAY else 1)


def months(first: date, last: date) -> Iterator[date]:
    """The first day of each month of a span, both ends included."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=31)).replace(day=1)


def month_end(month: date) -> date:
    """The last day of a month."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def nth_weekday(month: date, weekday: int, nth: int) -> date:
    """The nth Monday (0) to Sunday (6) of a month."""
    first = month.replace(day=1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
