"""The ledger of deliveries: kept apart from mailing, so that what was sent outlives any crash.

Steps are only ever added. A step that is committed before the server is asked is what makes
"at most once" hold: a run that dies in between leaves SENDING behind, never nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import Any, Self

import polars as pl

from warehouse.contract import empty
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables.meta import Delivery, State

KEY = ["issue_id", "revision", "language", "recipient"]
INTERRUPTED = (
    "the run ended while the server was being asked; whether the message arrived is unknown"
)
LOST = "the newest ledger was lost; whether the message was sent is unknown"
PAUSES = [timedelta(minutes=m) for m in (5, 15, 60, 180, 360)]  # after each attempt; then the last
PATIENCE = timedelta(hours=24)  # from the first attempt to the last one
LEEWAY = timedelta(minutes=15)  # by which the last one may be late


@dataclass(frozen=True)
class Step:
    """One row of meta.delivery: where an edition stands with one recipient."""

    issue_id: str
    revision: int
    language: str
    recipient: str
    step: int
    state: State
    stepped_at: datetime  # naive UTC
    detail: str
    message_id: str
    content_hash: str
    eml: str  # relative to the briefing's home
    eml_hash: str

    def then(self, state: State, detail: str, at: datetime) -> Self:
        """The step that follows this one."""
        return replace(self, step=self.step + 1, state=state, detail=detail, stepped_at=at)

    @property
    def key(self) -> tuple[str, int, str, str]:
        """What is delivered at most once."""
        return self.issue_id, self.revision, self.language, self.recipient

    @property
    def edition(self) -> str:
        """The edition in words."""
        return f"{self.issue_id} ({self.language}, revision {self.revision})"


@dataclass(frozen=True)
class Waiting:
    """A letter that no server has taken, and the time in which it is tried again by itself."""

    step: Step
    due: datetime
    until: datetime

    def over(self, now: datetime) -> bool:
        """Whether it was tried for long enough, or nobody was there to try it."""
        return self.step.stepped_at >= self.until or now > self.until + LEEWAY


def patience(steps: Sequence[Step]) -> Waiting | None:
    """When a letter is tried again, out of its steps; None where nothing is done by itself.

    What counts is the last unbroken row of attempts that were certainly not taken: growing pauses,
    the last attempt a day after the first. A resend by hand after a refusal begins a new row.
    """
    row = list(takewhile(lambda s: s.state in (State.SENDING, State.RETRY), reversed(steps)))
    if not row or row[0].state != State.RETRY:
        return None
    until = row[-1].stepped_at + PATIENCE
    failed = sum(s.state == State.RETRY for s in row)
    pause = PAUSES[min(failed, len(PAUSES)) - 1]
    return Waiting(row[0], min(row[0].stepped_at + pause, until), until)


def waiting(reader: Reader) -> list[Waiting]:
    """What is tried again by itself: of each issue, language and recipient the newest revision."""
    steps = reader.query(
        "SELECT * FROM meta.delivery QUALIFY "
        "revision = max(revision) OVER (PARTITION BY issue_id, language, lower(recipient)) "
        "ORDER BY ALL"
    )
    rows = [_step(row) for row in steps.iter_rows(named=True)]
    each = [list(group) for _, group in groupby(rows, key=lambda s: s.key)]
    return [found for one in each if (found := patience(one))]


def standing(reader: Reader, issue_id: str | None = None) -> list[Step]:
    """The last step per issue, revision, language and recipient, sorted by these."""
    steps = reader.query(
        "SELECT * FROM meta.delivery WHERE issue_id = coalesce(?, issue_id) ORDER BY step, rowid",
        [issue_id],
    )
    last = steps.unique(KEY, keep="last", maintain_order=True).sort(KEY)
    return [_step(row) for row in last.iter_rows(named=True)]


def _step(row: dict[str, Any]) -> Step:
    return Step(**row | {"state": State(row["state"])})


def record(warehouse: Warehouse, steps: Sequence[Step]) -> None:
    """Adds the steps; they are on the disk when this returns, all of them or none."""
    with warehouse.transaction():
        warehouse.append("meta.delivery", [asdict(step) for step in steps])


def settle_interrupted(warehouse: Warehouse, at: datetime) -> list[Step]:
    """Turns what a dead run left in SENDING into UNKNOWN. Only while nobody is mailing."""
    dead = [s for s in standing(warehouse) if s.state == State.SENDING]
    settled = [s.then(State.UNKNOWN, INTERRUPTED, at) for s in dead]
    record(warehouse, settled)
    return settled


def restored(
    warehouse: Warehouse, letters: Sequence[Step], at: datetime, *, certain: bool
) -> list[Step]:
    """What nobody knows of any more, after the newest ledger was lost, is UNKNOWN from now on.

    letters: those that lie in the outbox, each as its only step; certain: the ledger is the newest
    there was. A letter that any copy of the ledger calls SENT stays SENT.
    """
    last = standing(warehouse)
    known = {(s.issue_id, s.revision, s.language, s.recipient.casefold()) for s in last}
    sent = warehouse.query(
        "SELECT DISTINCT issue_id, revision, language, recipient FROM meta.delivery WHERE state = 'SENT'"
    )
    had = set(sent.iter_rows())
    settled = [
        s
        for s in letters
        if (s.issue_id, s.revision, s.language, s.recipient.casefold()) not in known
    ]
    for s in last:
        if s.key in had and s.state != State.SENT:
            settled.append(s.then(State.SENT, "sent, as another copy of the ledger says", at))
        elif s.key not in had and not certain and s.state != State.REFUSED:
            settled.append(s.then(State.UNKNOWN, LOST, at))
    warehouse.append("meta.delivery", [asdict(s) for s in settled])
    return [s for s in settled if s.state == State.UNKNOWN]


def overview(reader: Reader | None) -> pl.DataFrame:
    """One row per issue, revision, language and recipient, newest first.

    Columns: issue_id, revision, language, recipient, state, attempts (times the server was asked),
    stepped_at (naive UTC), again_at (when it is tried again by itself), detail, eml, message_id.
    Empty before there is a warehouse.
    """
    steps = reader.query("SELECT * FROM meta.delivery") if reader else empty(Delivery)
    tried = {w.step.key: w.due for w in (waiting(reader) if reader else [])}
    last = pl.col("state", "stepped_at", "detail", "eml", "message_id").last()
    attempts = (pl.col("state") == State.SENDING).sum().cast(pl.Int64).alias("attempts")
    rows = steps.sort("step").group_by(KEY).agg(last, attempts)
    again = [tried.get(key) for key in rows.select(KEY).iter_rows()]
    rows = rows.with_columns(pl.Series("again_at", again, pl.Datetime("us")))
    columns = [*KEY, "state", "attempts", "stepped_at", "again_at", "detail", "eml", "message_id"]
    newest_first = [True, True, False, False]
    return rows.select(columns).sort(KEY, descending=newest_first)
