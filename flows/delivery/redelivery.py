"""Messages that no server has taken yet are tried again while `briefing serve` runs.

The ledger alone says what is due, so nothing is lost or doubled when this process ends. It is read
when something is due, and when somebody has mailed since it was read; opening it for nothing would
get into the way of the runs.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flows.alerts import messages
from flows.alerts.messages import Event
from flows.alerts.notify import notify
from flows.delivery.deliver import alone, lock_file, on_their_way, redeliver, tried_again
from flows.machine import workspace
from flows.workspace import Workspace
from warehouse.errors import BriefingError, DeliveryFailed
from warehouse.records import issues
from warehouse.records.deliveries import standing
from warehouse.tables.meta import State

LOOK_SECONDS = 30.0
LOCK_SECONDS = 5.0  # while somebody mails for longer, the next look waits
STOP_SECONDS = 15.0  # for a dialogue with a mail server that is under way


@dataclass
class Postman:
    """Knows when the next message is due."""

    say: Callable[[str], None]
    seen: int | None = None  # when somebody mailed last, as of the last look at the ledger
    due: datetime | None = None
    trouble: str = ""

    def tend(self, place: Callable[[], Workspace]) -> None:
        """Look; what is in the way, be it a setting that was mistyped meanwhile, is said once."""
        try:
            self.look(place())
            self.trouble = ""
        except (BriefingError, OSError) as error:
            self.seen = None  # the ledger was not read to its end
            if str(error) != self.trouble:
                self.say(f"letters wait: {error}")
            self.trouble = str(error)

    def look(self, ws: Workspace) -> None:
        """Try what is due; what became of it is said, and the operator told if an issue left."""
        if not self.wanted(ws):
            return
        began = ws.now_utc
        with alone(ws, LOCK_SECONDS):
            self.seen = mailed_at(ws)
            self.try_again(ws)
        self.due = next_due(ws)
        if ws.settings.notify.urls:
            notify(ws, left_since(ws, began))

    def wanted(self, ws: Workspace) -> bool:
        """Whether the ledger may have something to do; not before anybody mailed at all."""
        mailed = mailed_at(ws)
        return mailed is not None and (
            mailed != self.seen or (self.due is not None and self.due <= ws.now_utc)
        )

    def try_again(self, ws: Workspace) -> None:
        try:
            for o in redeliver(ws):
                self.say(f"{o.issue_id} to {o.recipient}: {o.state} {o.detail}")
        except DeliveryFailed as down:
            self.say(str(down))


def mailed_at(ws: Workspace) -> int | None:
    """When somebody began to mail last; None if nobody ever did."""
    file = lock_file(ws)
    return file.stat().st_mtime_ns if file.exists() else None


def next_due(ws: Workspace) -> datetime | None:
    """When the next message is to be tried, or to be given up."""
    with ws.reading_writer() as reader:
        return min((w.due for w in tried_again(ws, reader)), default=None) if reader else None


def left_since(ws: Workspace, moment: datetime) -> list[Event]:
    """The issues of which a message left since a moment (naive UTC)."""
    events = []
    with ws.writing() as warehouse:
        steps = on_their_way(ws, standing(warehouse))
        left = {s.edition: s for s in steps if s.state == State.SENT and s.stepped_at >= moment}
        for edition, one in left.items():
            said = issues.headline(warehouse, one.issue_id, one.language, one.revision)
            events += messages.out(said, [s for s in steps if s.edition == edition])
    return events


@contextmanager
def redelivering(say: Callable[[str], None]) -> Iterator[threading.Thread]:
    """Meanwhile a thread tries messages again; if it fails, this process is interrupted."""
    leaving = threading.Event()

    def work() -> None:
        postman = Postman(say)
        try:
            while not leaving.is_set():
                postman.tend(workspace)  # settings may have been mended meanwhile
                leaving.wait(LOOK_SECONDS)
        finally:
            if not leaving.is_set():
                os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=work, name="postman", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        leaving.set()
        thread.join(STOP_SECONDS)
