"""While `briefing serve` runs: whether an issue is late, and whether other alerts are due.

A thread and not a flow: the runner executes one run at a time, and the run that hangs is the very
one that must be noticed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import polars as pl

from flows.alerts import messages
from flows.alerts.messages import Event, Kind
from flows.alerts.notify import notify, standing_conditions
from flows.machine import workspace
from flows.settings import settings
from flows.workspace import Workspace, real_clock
from warehouse.errors import BriefingError, WarehouseUnavailable
from warehouse.records import deliveries, notifications
from warehouse.records.issues import week_of
from warehouse.shanghai import SHANGHAI
from warehouse.tables.meta import State

LOG = logging.getLogger(__name__)
EVERY_SECONDS = 600.0
NEWS = timedelta(days=3)  # a deadline that passed longer ago is no news
GONE = {State.SENT, State.OUTBOX, State.UNKNOWN}  # letters that left, as far as anybody knows


@contextmanager
def watching() -> Iterator[None]:
    """Inside, a thread looks every ten minutes; if it fails, this process is interrupted."""
    leaving, failed = threading.Event(), threading.Event()

    def work() -> None:
        try:
            watch(leaving)
        finally:
            if not leaving.is_set():
                failed.set()
                os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=work, name="watch", daemon=True).start()
    try:
        yield
    finally:
        leaving.set()
        if failed.is_set():
            raise BriefingError("late issues are not watched for any more; start again")


def watch(leaving: threading.Event, every: float = EVERY_SECONDS) -> None:
    """Look again and again until it is asked to stop.

    Not in the sandbox, whose clock stands still: nothing is ever due there.
    """
    started, said = real_clock(), set[tuple[str, str]]()
    while not leaving.wait(every):
        try:
            chosen = settings()  # it may have been mended meanwhile
            if chosen.notify.urls and not chosen.sandbox.enabled:
                said |= look(workspace(), started, said)
        except (BriefingError, OSError) as error:
            LOG.warning("the watch could not look: %s", error)


def look(ws: Workspace, started: datetime, said: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Send new alerts, and those again that no service took; the events there are.

    `said` keeps this process from repeating itself while the record cannot be reached.
    """
    events = [*late_issue(ws, started), *standing_conditions(ws)]
    notify(ws, [e for e in events if (e.kind, e.key) not in said])
    return {(e.kind, e.key) for e in events}


def late_issue(ws: Workspace, started: datetime) -> list[Event]:
    """The issue that was due last, if its deadline has passed and no letter of it left.

    Before the first issue of a home, only what became due under the eyes of this watch.
    """
    hours = timedelta(hours=ws.settings.notify.deadline_hours)
    due = last_due(ws.settings.schedule.weekly, ws.now - hours)
    day = last_traded(ws.calendar, due.date()) if due else None
    if due is None or day is None:
        return []
    issue = week_of(day)
    event = messages.late(issue, due, due + hours)
    try:
        with ws.reading_writer() as reader:
            steps = deliveries.standing(reader) if reader else []
            sent = notifications.standing(reader) if reader else {}
    except WarehouseUnavailable as lost:
        LOG.warning("whether issue %s is out cannot be seen: %s", issue, lost)
        return [event]
    gone = any(s.issue_id == issue and s.state in GONE for s in steps)
    if gone or (Kind.HELD, issue) in sent or (due < started and not steps):
        return []
    return [event]


def last_due(lines: Sequence[str], by: datetime) -> datetime | None:
    """When the schedule wanted a run last, up to a moment; None when that is no news."""
    # The server's own reading of a cron line; its import takes seconds, which only a watch spends.
    from prefect.server.schemas.schedules import CronSchedule  # noqa: PLC0415

    dates = [
        moment
        for line in lines
        for moment in asyncio.run(
            CronSchedule(cron=line, timezone=SHANGHAI.key).get_dates(start=by - NEWS, end=by)
        )
    ]
    return max(dates).astimezone(SHANGHAI) if dates else None


def last_traded(calendar: pl.Series, day: date) -> date | None:
    """The last trading day of a week up to a day of it; None when there was none."""
    monday = day - timedelta(days=day.isoweekday() - 1)
    days: date | None = calendar.filter(calendar.is_between(monday, day)).max()  # type: ignore[assignment]
    return days
