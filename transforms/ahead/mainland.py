"""The mainland's trading days, as far as they were told on a day.

A year's holidays are told in the last weeks of the year before; of which day is in the list
`scheduled_date`, and else they count as told when the year begins. A trading day that became a
holiday within its year was a trading day until that was told.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from transforms.ahead.entry import weekday_after
from warehouse.datasets.scheduled_date import CALENDAR, WORKDAY
from warehouse.exchanges import BECAME_HOLIDAYS

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Mainland:
    """Sessions up to `until`, sorted; nobody was told of days after it.

    workdays: days of weekends on which offices work, so far as they are listed.
    """

    sessions: tuple[date, ...]
    until: date
    workdays: frozenset[date]

    def open_on(self, day: date) -> bool:
        """Whether a day is a session."""
        place = bisect_left(self.sessions, day)
        return place < len(self.sessions) and self.sessions[place] == day

    def session_from(self, day: date) -> date | None:
        """The first session on a day or after it; None where that is not told."""
        place = bisect_left(self.sessions, day)
        return self.sessions[place] if place < len(self.sessions) else None

    def session_to(self, day: date) -> date | None:
        """The last session on a day or before it; None where that is not told."""
        place = bisect_right(self.sessions, day)
        return self.sessions[place - 1] if place and day <= self.until else None

    def workday_from(self, day: date) -> date | None:
        """The first day of work on a day or after it; None where that is not told."""
        listed = [one for one in self.workdays if one >= day]
        session = self.session_from(day)
        return min([*listed, session]) if session else None


def mainland(frames: Frames, as_of: date) -> Mainland:
    """What was told at the end of a day. frames: datasets as known then."""
    calendar, listed = frames.get("trade_calendar"), named(frames, as_of)
    days = [] if calendar is None else calendar["trade_date"].unique().sort().to_list()
    until = min(_told(listed, as_of), _covered(days, as_of))
    still_open = {day for day, told in BECAME_HOLIDAYS.items() if told > as_of} if days else set()
    return Mainland(
        tuple(day for day in sorted({*days, *still_open}) if day <= until),
        until,
        frozenset(listed.filter(subject=WORKDAY)["scheduled_on"]),
    )


def named(frames: Frames, as_of: date) -> pl.DataFrame:
    """The rows of scheduled_date that were published by a day."""
    listed = frames.get("scheduled_date")
    if listed is None:
        schema = {"subject": pl.String, "scheduled_on": pl.Date, "beijing_time": pl.String}
        return pl.DataFrame(schema=schema | {"publisher": pl.String})
    return listed.filter(pl.col("announced_on") <= as_of)


def _told(listed: pl.DataFrame, as_of: date) -> date:
    """The day up to which holidays were told."""
    year_end = date(as_of.year, 12, 31)
    told: list[date] = listed.filter(subject=CALENDAR)["scheduled_on"].to_list()
    return max([year_end, *told])


def _covered(days: list[date], as_of: date) -> date:
    """The day up to which the calendar that is here reaches, a weekend after it included."""
    return weekday_after(days[-1]) - timedelta(days=1) if days else as_of
