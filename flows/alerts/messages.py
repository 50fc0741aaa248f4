"""The events of which the operator is alerted, with their words.

Pure functions; `flows.alerts.notify` sends each event at most once by its kind and key.
What lasts, such as a full disk, has the day in its key: it is sent once a day until it is mended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import polars as pl

from flows.alerts.disk_space import Room
from flows.ingestion.results import Outcome
from warehouse.errors import SourceChanged
from warehouse.records.deliveries import Step
from warehouse.tables.meta import State


class Kind(StrEnum):
    """Kinds of events."""

    OUT = "issue out"
    HELD = "issue held"
    LATE = "issue late"
    RESTATED = "issue restated"
    INCOMPLETE = "collection incomplete"
    CHANGED = "source changed"
    REFUSED = "letter refused"
    UNKNOWN = "letter unknown"
    DAMAGED = "damaged file"
    DISK_LOW = "disk low"
    FAILED = "run failed"


NAMED = 5  # restated numbers that an alert lists
LEFT = {State.SENT: "mailed", State.OUTBOX: "in outbox/, as no mail server is set"}


@dataclass(frozen=True)
class Event:
    """Something to be sent, once per kind and key."""

    kind: Kind
    key: str
    subject: str
    body: str


def out(headline: str, steps: Sequence[Step]) -> list[Event]:
    """An edition, by its letters: handed to somebody, or in the outbox for want of a server."""
    reached = [s for s in steps if s.state in LEFT]
    if not reached:
        return []
    states = [s.state for s in reached]
    counts = ", ".join(f"{LEFT[state]}: {states.count(state)}" for state in LEFT if state in states)
    body = f"{headline}\n{counts} of {len(steps)}."
    return [Event(Kind.OUT, reached[0].edition, f"Issue {reached[0].issue_id} is out", body)]


def held(issue_id: str, why: str) -> Event:
    """An issue that was not mailed, because it would not be right."""
    body = (
        f"{why}\nNobody was mailed. When the cause is mended, `briefing run --send` makes it anew; "
        f"`briefing send {issue_id}` mails it as it is."
    )
    return Event(Kind.HELD, issue_id, f"Issue {issue_id} is held", body)


def late(issue_id: str, due: datetime, deadline: datetime) -> Event:
    """An issue that nobody has got by its deadline."""
    body = (
        f"It was due at {due:%Y-%m-%d %H:%M}, and by {deadline:%Y-%m-%d %H:%M} Shanghai time no "
        "letter of it had left. Look at the page of runs, `briefing status --incidents` and "
        "`briefing outbox`; make it by hand with `briefing run --send`."
    )
    return Event(Kind.LATE, issue_id, f"Issue {issue_id} is late", body)


def restated(issue_id: str, found: pl.DataFrame) -> list[Event]:
    """What a source has restated of an issue that is out.

    found: transforms.issue.revisions.CORRECTIONS, what nobody was told yet.
    """
    if found.is_empty():
        return []
    names = found["fact_id"].sort().to_list()
    body = (
        f"Printed otherwise now: {', '.join(names[:NAMED])}{' and others' if names[NAMED:] else ''}.\n"
        f"`briefing send {issue_id}` mails a revision that says so to those who have the issue; "
        f"the next issue says so, too."
    )
    subject = f"Printed numbers of issue {issue_id} were restated: {len(names)}"
    newest: datetime = found.select(pl.max("fetched_at")).item()
    key = f"{issue_id} {newest:%Y-%m-%d %H:%M}"
    return [Event(Kind.RESTATED, key, subject, body)]


def incomplete(outcomes: Iterable[Outcome], today: date) -> list[Event]:
    """What was due and could not be collected, once a day as long as the same is missing."""
    short = [o for o in outcomes if o.missing]
    if not short:
        return []
    parts = sorted(f"{o.dataset} ({o.part})" for o in short)
    body = "\n".join(
        [
            *(o.shortfall for o in short),
            "The next collection tries again. If it stays so: `briefing status --incidents` says why.",
        ]
    )
    subject = f"Not everything was collected: {', '.join(sorted({o.dataset for o in short}))}"
    return [Event(Kind.INCOMPLETE, f"{today} {digest(parts)}", subject, body)]


def changed(incidents: pl.DataFrame, since: datetime) -> list[Event]:
    """Sources whose format changed since a moment (naive UTC), each once a week."""
    new = incidents.filter(pl.col("kind") == SourceChanged.__name__, pl.col("happened_at") >= since)
    last = new.unique(["dataset", "source"], keep="last", maintain_order=True)
    return [
        Event(
            Kind.CHANGED,
            f"{row['dataset']} {row['source']} {row['happened_at']:%G-W%V}",
            f"{row['source']} changed its format: {row['dataset']}",
            f"{row['message']}\nIts answers are not loaded until there is a new reader; the next "
            "source of the chain is asked meanwhile. See `briefing status --incidents`.",
        )
        for row in last.iter_rows(named=True)
    ]


def letters(steps: Sequence[Step]) -> list[Event]:
    """Letters that a server refused for good, or of which nobody knows whether they arrived."""
    remedies = {
        State.REFUSED: (
            Kind.REFUSED,
            "was refused",
            "Remove the cause, then run `briefing resend {issue}`.",
        ),
        State.UNKNOWN: (
            Kind.UNKNOWN,
            "may or may not have arrived",
            "Ask the recipient; `briefing resend {issue} --force` sends the same message again.",
        ),
    }
    events = []
    for step in (s for s in steps if s.state in remedies):
        kind, what, remedy = remedies[step.state]
        body = f"{step.detail}\n{remedy.format(issue=step.issue_id)}"
        subject = f"Issue {step.issue_id} to {step.recipient} {what}"
        events.append(Event(kind, f"{step.edition} {step.recipient}", subject, body))
    return events


def damaged(message: str, today: date) -> Event:
    """Records, tables or files that contradict each other,
    once a day as long as it says the same.
    """
    body = f"{message}\nReaders keep the last version. `briefing doctor` looks again."
    return Event(
        Kind.DAMAGED,
        f"{today} {digest([message])}",
        "The warehouse is damaged or cannot be used",
        body,
    )


def disk(room: Room, today: date) -> list[Event]:
    """A disk that may not hold the next publication, once a day."""
    if room.enough:
        return []
    body = f"{room.said}. Make room, or lower keep_snapshots; with a full disk no issue is made."
    return [Event(Kind.DISK_LOW, str(today), "The disk is nearly full", body)]


def failed(run: str, error: Exception, today: date) -> Event:
    """A run that ended in any other error."""
    body = (
        f"{type(error).__name__}: {error}\nThe log of the run says more; it can be started again."
    )
    key = f"{today} {run} {digest([str(error)])}"
    return Event(Kind.FAILED, key, f"The run `{run}` ended with an error", body)


def digest(parts: Sequence[str]) -> str:
    """A short name for a list of texts."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
