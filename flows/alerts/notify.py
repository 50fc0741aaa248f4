"""Alerts: each event is sent once, to every address of `notify.urls`.

    PREPARED → SENDING → SENT | RETRY | REFUSED       UNKNOWN after a kill

An event is sent when one service accepted it. One that none accepted is retried on later occasions,
with growing pauses, and given up after ATTEMPTS. Where the record cannot be reached, because the
warehouse is damaged or a run holds it, the message goes out nevertheless and says so: silence would
be worse than a repetition.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from flows.alerts import messages
from flows.alerts.channels import Channel, Receipt, channels, ping, send
from flows.alerts.disk_space import room_of
from flows.alerts.messages import Event
from flows.ingestion.results import CollectionIncomplete
from flows.workspace import Workspace
from warehouse.errors import (
    DeliveryFailed,
    InputRefused,
    IssueHeld,
    PublishRefused,
    WarehouseUnavailable,
)
from warehouse.records import collection_log, deliveries, notifications
from warehouse.records.notifications import Alert
from warehouse.tables.meta import State

LOG = logging.getLogger(__name__)
ATTEMPTS = 5
PAUSE = timedelta(
    minutes=5
)  # before the second attempt; before each later one it is four times as long
RECENT = timedelta(days=7)  # older letters and incidents are no news to somebody who now listens
HOW_TO_SET_UP = "set notify.urls in briefing.toml, see `Alerts` in docs/operating.md"
UNRECORDED = "The record of alerts cannot be reached ({}), so this may be sent again."


@contextmanager
def reported(ws: Workspace, run: str, *, pings: bool = False) -> Iterator[list[Event]]:
    """Around a run: what it adds to the list is sent at its end, and what went wrong with it.

    With `pings` the check of a healthchecks service gets its start and its end.
    """
    events: list[Event] = []
    if pings:
        ping(ws, "start")
    try:
        yield events
    except Exception as error:
        if pings:
            ping(ws, "fail")
        notify(ws, [*events, *of_error(ws, run, error), *standing_conditions(ws)])
        raise
    if pings:
        ping(ws, "success")
    notify(ws, [*events, *standing_conditions(ws)])


def of_error(ws: Workspace, run: str, error: Exception) -> list[Event]:
    """The events of a run that ended in an error."""
    match error:
        case CollectionIncomplete():
            return messages.incomplete(error.outcomes, ws.today)
        case PublishRefused() | WarehouseUnavailable():
            return [messages.damaged(str(error), ws.today)]
        case IssueHeld():
            short = (
                error.__cause__.outcomes
                if isinstance(error.__cause__, CollectionIncomplete)
                else []
            )
            held = messages.held(error.issue_id, str(error))
            return [held, *messages.incomplete(short, ws.today)]
        case DeliveryFailed():
            return []  # each letter has its own state, see `standing_conditions`
    return [messages.failed(run, error, ws.today)]


def standing_conditions(ws: Workspace) -> list[Event]:
    """What can be seen at any time: a full disk, changed sources, letters that came to grief."""
    if not ws.settings.notify.urls:
        return []
    events, since = messages.disk(room_of(ws), ws.today), ws.now_utc - RECENT
    try:
        with ws.reading_writer() as reader:
            if reader is not None:
                steps = [s for s in deliveries.standing(reader) if s.stepped_at >= since]
                recent = collection_log.incidents(reader, since)
                events += [*messages.letters(steps), *messages.changed(recent, since)]
    except WarehouseUnavailable as lost:
        LOG.warning("letters and incidents were not looked at: %s", lost)
    return events


def notify(ws: Workspace, events: Sequence[Event]) -> None:
    """Send what was not sent before, and retry what no service accepted."""
    if not ws.settings.notify.urls:
        return
    events = list({(e.kind, e.key): e for e in events}.values())
    services, recorded = channels(ws), False
    try:
        with sole_sender(ws):
            steps, recorded = due(ws, events), True
            for step in steps:
                send_alert(ws, services, step)
    except WarehouseUnavailable as lost:
        if recorded:
            LOG.warning("some alerts wait for the next occasion: %s", lost)
            return
        for event in events:
            body = f"{event.body}\n{UNRECORDED.format(lost)}"
            log_failures(event.subject, post(ws, services, event.subject, body))


@contextmanager
def sole_sender(ws: Workspace) -> Iterator[None]:
    """Nobody else sends meanwhile, so that SENDING in the record means a run that died."""
    if not ws.store.filled():  # it must not be made only to write this down
        raise WarehouseUnavailable("there is no warehouse")
    with ws.store.alone("telling", ws.settings.home / "outbox" / "telling"):
        yield


def due(ws: Workspace, events: Sequence[Event]) -> list[Alert]:
    """New events, now recorded, and those that may be retried. Hold the lock."""
    with ws.writing() as warehouse:
        notifications.settle_interrupted(warehouse, ws.now_utc)
        known = notifications.standing(warehouse)
        new = {
            (e.kind, e.key): Alert(
                e.kind, e.key, 1, State.PREPARED, ws.now_utc, e.subject, e.body, "not sent yet"
            )
            for e in events
            if (e.kind, e.key) not in known
        }
        notifications.record(warehouse, list(new.values()))
    return [step for step in [*known.values(), *new.values()] if may_be_sent(ws, step)]


def may_be_sent(ws: Workspace, step: Alert) -> bool:
    """Whether nobody was asked yet, or nobody took it and the pause is over."""
    pause = PAUSE * 4 ** max(step.attempts - 1, 0)
    return step.state == State.PREPARED or (
        step.state == State.RETRY and ws.now_utc >= step.stepped_at + pause
    )


def send_alert(ws: Workspace, services: Sequence[Channel], step: Alert) -> None:
    """One event, to every service; it is recorded before the first one is called."""
    sending = step.then(State.SENDING, "being sent", ws.now_utc)
    with ws.writing() as warehouse:
        notifications.record(warehouse, [sending])
    receipts = post(ws, services, step.subject, step.body)
    log_failures(step.subject, receipts)
    if any(receipt.taken for receipt in receipts):
        state = State.SENT
    else:
        state = State.RETRY if sending.attempts < ATTEMPTS else State.REFUSED
    detail = "; ".join(receipt.said for receipt in receipts)
    with ws.writing() as warehouse:
        notifications.record(warehouse, [sending.then(state, detail, ws.now_utc)])


def log_failures(subject: str, receipts: Sequence[Receipt]) -> None:
    """The log of a run says which service did not take what."""
    for receipt in receipts:
        if not receipt.taken:
            LOG.warning("notify.urls %s; subject: %s", receipt.said, subject)


def post(ws: Workspace, services: Sequence[Channel], subject: str, body: str) -> list[Receipt]:
    """What each service made of a message, marked where the market is simulated."""
    mark = "SIMULATED: " if ws.simulated else ""
    text = f"{body}\n\nbriefing on {platform.node()}, {ws.settings.home}"
    return [send(service, f"{mark}{subject}", text) for service in services]


def send_test(ws: Workspace) -> list[Receipt]:
    """What became of a test message at each address; raises InputRefused when there is none."""
    if not ws.settings.notify.urls:
        raise InputRefused(f"no alerts can be sent; {HOW_TO_SET_UP}")
    body = "This is a test: nothing happened, and nothing is to be done."
    return post(ws, channels(ws), "Test message", body)
