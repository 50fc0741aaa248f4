"""Delivery: per issue, revision, language and recipient at most once, whatever crashes in between.

    PREPARED → SENDING → SENT | REFUSED | RETRY | UNKNOWN        OUTBOX without a server

SENDING is committed before the server is asked. What is certainly not taken (RETRY) goes with the
next `deliver`, and by itself with `redeliver`, for a day; what may have been taken (UNKNOWN) goes
only with `resend --force`, as the same bytes under the same Message-ID, so that the recipient's
client can recognise it.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from flows.delivery.message import checked, readdressed
from flows.delivery.outbox import UNTAKEN, prepare, store, stored
from flows.delivery.smtp import Verdict, credentials, hand_over
from flows.editions import Content, Edition
from flows.workspace import Workspace
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.records.deliveries import (
    Step,
    Waiting,
    overview,
    record,
    settle_interrupted,
    standing,
    waiting,
)
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables.meta import State

LOG = logging.getLogger(__name__)
UNDECIDED = (
    "being handed to the server; if no run is mailing, that run died and the outcome is unknown"
)
AGAIN = (
    "`briefing serve` tries again by itself, with growing pauses, for 24 hours; without it run "
    "`briefing resend {issue}`"
)
KEPT = "Each message holds its PDF or says where it lies"
GIVEN_UP = "given up after trying for 24 hours: {detail}"
NOT_SENT = {
    State.SENT: "already sent at {at:%Y-%m-%d %H:%M} UTC; nothing was sent now",
    State.REFUSED: (
        "was refused: {detail}. Nothing was sent now; remove the cause and run "
        "`briefing resend {issue}`"
    ),
    State.UNKNOWN: (
        "unknown whether it arrived: {detail}. Nothing was sent now; ask the recipient, or send "
        "the same message again with `briefing resend {issue} --force`"
    ),
}


@dataclass(frozen=True)
class Outcome:
    """Where an edition stands with one recipient, and whether this call asked the server."""

    issue_id: str
    revision: int
    language: str
    recipient: str
    state: State
    detail: str
    attempted: bool

    @property
    def ok(self) -> bool:
        """Whether nobody has to do anything: sent, or in the outbox for want of a server."""
        return self.state in (State.SENT, State.OUTBOX)


def deliver(
    ws: Workspace,
    edition: Edition,
    content: Content,
    recipients: Iterable[str],
    context: ssl.SSLContext | None = None,
) -> list[Outcome]:
    """Where the edition stands with each recipient, after at most one attempt for each.

    What was never sent or is to be retried is sent; of the rest it is said why not. Raises
    InputRefused before anything happens when an address or the mail settings cannot be used, and
    DeliveryFailed, with the ledger up to date, when there is no server to talk to.
    """
    addresses = checked(recipients)
    _usable(ws)
    with alone(ws):
        with ws.writing() as warehouse:
            _settle(ws, warehouse)
            steps = prepare(ws, warehouse, edition, content, addresses)
        return _send(ws, steps, UNTAKEN, context, f"The PDF is kept at {edition.path}")


def resend(
    ws: Workspace,
    issue_id: str,
    force: bool = False,  # noqa: FBT001, FBT002 - the flag of the command
    context: ssl.SSLContext | None = None,
) -> list[Outcome]:
    """Where an issue's newest revision stands, after another attempt for those who have not got it.

    With `force` also for those of whom that is unknown. What was SENT is never sent again, and who
    has unsubscribed meanwhile is left out.
    """
    _usable(ws)
    if not ws.store.filled():
        raise InputRefused(_never_prepared(issue_id))
    with alone(ws):
        with ws.writing() as warehouse:
            _settle(ws, warehouse)
            every = _newest(standing(warehouse, issue_id))
        if not every:
            raise InputRefused(_never_prepared(issue_id))
        steps = [s for s in every if not _has_left(ws, s)]
        again = UNTAKEN | {State.REFUSED} | ({State.UNKNOWN} if force else set())
        return _send(ws, steps, again, context, KEPT)


def redeliver(ws: Workspace, context: ssl.SSLContext | None = None) -> list[Outcome]:
    """Where the messages stand whose next attempt was due, and those that are given up now.

    Only inside `alone`. Raises as `deliver` does.
    """
    _usable(ws)
    with ws.writing() as warehouse:
        _settle(ws, warehouse)
        found = tried_again(ws, warehouse)
        given_up = [
            w.step.then(State.REFUSED, GIVEN_UP.format(detail=w.step.detail), ws.now_utc)
            for w in found
            if w.over(ws.now_utc)
        ]
        record(warehouse, given_up)
    due = [w.step for w in found if w.due <= ws.now_utc and not w.over(ws.now_utc)]
    over = [_outcome(s, attempted=False) for s in given_up]
    return over + (_send(ws, due, UNTAKEN, context, KEPT) if due else [])


def tried_again(ws: Workspace, reader: Reader) -> list[Waiting]:
    """What is tried again by itself.

    A message whose file is gone is not: see `send`, `resend`. Nor is one to who has unsubscribed.
    """
    here = [w for w in waiting(reader) if stored(ws, w.step) is not None]
    return [w for w in here if not _has_left(ws, w.step)]


def outbox(ws: Workspace) -> pl.DataFrame:
    """The ledger, one row per edition and recipient: see warehouse.records.deliveries.overview."""
    with ws.reading_writer() as reader:
        return overview(reader)


def all_tried(attempts: Iterable[Callable[[], list[Outcome]]]) -> list[Outcome]:
    """What became of all: each is tried, and DeliveryFailed tells at the end what failed."""
    outcomes: list[Outcome] = []
    failures: list[DeliveryFailed] = []
    for attempt in attempts:
        try:
            outcomes += attempt()
        except DeliveryFailed as failure:
            failures.append(failure)
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise DeliveryFailed("; ".join(map(str, failures))) from failures[0]
    return outcomes


def on_their_way(ws: Workspace, steps: Iterable[Step]) -> list[Step]:
    """The messages without those that have lain in the outbox since there was no server."""
    return [s for s in steps if s.state != State.OUTBOX or not ws.settings.mail.server]


def _has_left(ws: Workspace, step: Step) -> bool:
    """Whether a recipient stands among those who have unsubscribed by now."""
    return step.recipient.casefold() in {one.casefold() for one in ws.settings.mail.unsubscribed}


def _usable(ws: Workspace) -> None:
    """Raises InputRefused when the mail settings contradict themselves."""
    mail = ws.settings.mail
    checked([mail.sender, mail.answers])
    credentials(mail)


def lock_file(ws: Workspace) -> Path:
    """The lock of who is mailing; written to whenever somebody takes it."""
    return ws.settings.home / "outbox" / "lock"


@contextmanager
def alone(ws: Workspace, wait_seconds: float = 600.0) -> Iterator[None]:
    """Nobody else mails meanwhile, so that SENDING in the ledger means a run that died.

    Not the writer's lock: that one stays free while a mail server takes its time.
    """
    with ws.store.alone("mailing", lock_file(ws), wait_seconds):
        yield


def _settle(ws: Workspace, warehouse: Warehouse) -> None:
    for step in settle_interrupted(warehouse, ws.now_utc):
        LOG.warning("%s to %s: %s", step.edition, step.recipient, step.detail)


def _newest(steps: Sequence[Step]) -> list[Step]:
    """Of each language and recipient the highest revision."""
    rising = sorted(steps, key=lambda s: s.revision)
    return list({(s.language, s.recipient.casefold()): s for s in rising}.values())


def _never_prepared(issue_id: str) -> str:
    return (
        f"issue {issue_id} was never prepared for mailing; `briefing outbox` lists what was, "
        f"`briefing send {issue_id}` mails it"
    )


def _send(
    ws: Workspace,
    steps: Sequence[Step],
    wanted: AbstractSet[State],
    context: ssl.SSLContext | None,
    kept: str,
) -> list[Outcome]:
    """Where all steps stand after an attempt for those in a wanted state."""
    due = [s for s in steps if s.state in wanted]
    after, trouble = (
        _attempt(ws, due, context) if ws.settings.mail.server else (_wait(ws, due), None)
    )
    for step in after:
        LOG.info("%s to %s: %s, %s", step.edition, step.recipient, step.state, step.detail)
    if trouble:
        raise DeliveryFailed(_failure(ws, after, trouble, kept)) from trouble
    moved = {s.key: _outcome(s, attempted=s.state != State.OUTBOX) for s in after}
    return [moved.get(s.key) or _not_sent(s) for s in steps]


def _wait(ws: Workspace, due: Sequence[Step]) -> list[Step]:
    """The steps in the outbox, for want of a server."""
    detail = "no mail server is configured; the message lies at {}"
    waiting = [
        s if s.state == State.OUTBOX else s.then(State.OUTBOX, detail.format(s.eml), ws.now_utc)
        for s in due
    ]
    _log(ws, [s for s in waiting if s not in due])
    return waiting


def _attempt(
    ws: Workspace, due: Sequence[Step], context: ssl.SSLContext | None
) -> tuple[list[Step], DeliveryFailed | None]:
    """The step after each, and why the server could not be used, if so.

    A verdict and the SENDING of the next recipient are committed together; both before the server
    hears of that recipient.
    """
    _require_messages(ws, due)
    after: list[Step] = []
    logged, trouble = 0, None
    try:
        for step in due:
            if trouble:
                after.append(
                    _judged(step, step, Verdict(State.RETRY, f"not tried: {trouble}"), ws.now_utc)
                )
                continue
            sending, wire = _about_to_send(ws, step)
            _log(ws, [*after[logged:], sending])
            logged = len(after)
            verdict, trouble = _ask(ws, wire, step.recipient, context)
            after.append(_judged(step, sending, verdict, ws.now_utc))
    finally:
        _log(ws, after[logged:])
    return after, trouble


def _require_messages(ws: Workspace, due: Sequence[Step]) -> None:
    """Raises InputRefused when a stored message is gone or altered; no server was asked yet."""
    lost = [s for s in due if stored(ws, s) is None]
    if lost:
        message = (
            f"{ws.settings.home / lost[0].eml} is gone or was altered, and only the very same "
            f"bytes are sent again; nothing was sent. `briefing send {lost[0].issue_id}` writes "
            "messages anew that no server has taken"
        )
        raise InputRefused(message)


def _about_to_send(ws: Workspace, step: Step) -> tuple[Step, bytes]:
    """The SENDING step and the bytes to send.

    The stored bytes, except that a message that no server has taken follows a changed mail.sender:
    one that was prepared before there was a server would else say From: briefing@localhost.
    """
    sending = step.then(State.SENDING, UNDECIDED, ws.now_utc)
    wire = stored(ws, step) or b""
    fresh = (
        wire if step.state == State.UNKNOWN else readdressed(wire, step.language, ws.settings.mail)
    )
    if fresh != wire:
        sending = replace(sending, eml_hash=store(ws, Path(step.eml), fresh))
    return sending, fresh


def _ask(
    ws: Workspace, wire: bytes, recipient: str, context: ssl.SSLContext | None
) -> tuple[Verdict, DeliveryFailed | None]:
    """The verdict, and what is wrong with the server if nobody else needs to be tried."""
    try:
        return hand_over(ws.settings.mail, wire, recipient, context), None
    except DeliveryFailed as trouble:
        return Verdict(State.RETRY, str(trouble)), trouble


def _judged(before: Step, last: Step, verdict: Verdict, at: datetime) -> Step:
    """The step that a verdict leads to; a resend that failed leaves an unknown outcome unknown."""
    if before.state == State.UNKNOWN and verdict.state in (State.RETRY, State.REFUSED):
        detail = f"the first attempt may have arrived; the resend did not: {verdict.detail}"
        return last.then(State.UNKNOWN, detail, at)
    return last.then(verdict.state, verdict.detail, at)


def _log(ws: Workspace, steps: Sequence[Step]) -> None:
    """The steps in the ledger, on the disk; the writer's lock is held no longer than that."""
    if steps:
        with ws.writing() as warehouse:
            record(warehouse, steps)


def _failure(ws: Workspace, after: Sequence[Step], trouble: DeliveryFailed, kept: str) -> str:
    """What happened, who has not got it, what is kept, how to go on."""
    mail = ws.settings.mail
    missing = [s for s in after if s.state != State.SENT]
    first = missing[0]
    return (
        f"mail server {mail.server}:{mail.port}: {trouble}. {first.edition} was not sent to "
        f"{', '.join(s.recipient for s in missing)}. {kept}, the .eml at "
        f"{ws.settings.home / first.eml}; {AGAIN.format(issue=first.issue_id)}"
    )


def _outcome(step: Step, *, attempted: bool) -> Outcome:
    again = f"; {AGAIN.format(issue=step.issue_id)}" if step.state == State.RETRY else ""
    return Outcome(
        step.issue_id,
        step.revision,
        step.language,
        step.recipient,
        step.state,
        step.detail + again,
        attempted,
    )


def _not_sent(step: Step) -> Outcome:
    """An outcome that says why nothing was done."""
    said = NOT_SENT[step.state].format(at=step.stepped_at, detail=step.detail, issue=step.issue_id)
    return replace(_outcome(step, attempted=False), detail=said)
