"""Steps of an alert: what is written before and after services are called, and when again."""

from __future__ import annotations

import platform
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.alerts import notify
from flows.alerts.channels import Receipt
from flows.alerts.notify import ATTEMPTS, post, send_alert
from tests.warehouse.records.books import MOMENT, books
from warehouse.errors import InputRefused, WarehouseBusy
from warehouse.records.notifications import Alert, record, standing
from warehouse.storage.embedded import Embedded
from warehouse.storage.publish import Places
from warehouse.storage.store import Warehouse
from warehouse.tables.meta import State

FIRST = Alert("held", "2026-W03", 1, State.PREPARED, MOMENT, "Held", "Look at it", "")
CHANNEL: Any = SimpleNamespace(label="1 (json)")


@pytest.fixture
def ledger() -> Warehouse:
    return books("meta.notification")


@pytest.fixture
def ws(ledger: Warehouse) -> Any:
    @contextmanager
    def writing() -> Any:
        yield ledger

    settings = SimpleNamespace(home=Path("/home/me"), notify=SimpleNamespace(urls=[]))
    return SimpleNamespace(writing=writing, now_utc=MOMENT, simulated=False, settings=settings)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What services are told; each says yes or no as `sent[0]` says."""
    log: list[Any] = [True]

    def send(channel: Any, subject: str, body: str) -> Receipt:
        log.append((channel, subject, body))
        return Receipt(channel, taken=log[0], reason="" if log[0] else "no")

    monkeypatch.setattr(notify, "send", send)
    return log


@pytest.mark.parametrize(("simulated", "subject"), [(False, "s"), (True, "SIMULATED: s")])
def test_a_message_says_from_where_it_is(
    ws: Any, sent: list[Any], subject: str, *, simulated: bool
) -> None:
    ws.simulated = simulated
    post(ws, [CHANNEL, CHANNEL], "s", "b")
    text = f"b\n\nbriefing on {platform.node()}, /home/me"
    assert sent[1:] == [(CHANNEL, subject, text)] * 2


@pytest.mark.parametrize(
    ("taken", "before", "state"),
    [
        (True, 0, State.SENT),
        (False, 0, State.RETRY),
        (False, ATTEMPTS - 2, State.RETRY),
        (False, ATTEMPTS - 1, State.REFUSED),
        (True, ATTEMPTS - 1, State.SENT),
    ],
)
def test_an_alert_is_tried_so_often_and_then_given_up(
    ws: Any, ledger: Warehouse, sent: list[Any], before: int, state: State, *, taken: bool
) -> None:
    sent[0] = taken
    step = FIRST
    for _ in range(before):
        step = step.then(State.SENDING, "", MOMENT).then(State.RETRY, "", MOMENT)
    record(ledger, [step])
    send_alert(ws, [CHANNEL], step)
    found = standing(ledger)["held", "2026-W03"]
    assert (found.step, found.state) == (step.step + 2, state)
    assert found.detail == ("1 (json): taken" if taken else "1 (json): not taken: no")
    steps = ledger.query("SELECT state FROM meta.notification ORDER BY step")["state"].to_list()
    assert steps[-2:] == ["SENDING", state]


def test_one_service_is_enough_and_the_others_are_logged(
    ws: Any, ledger: Warehouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(notify, "send", lambda c, *_: Receipt(c, taken=next(answers), reason="no"))
    send_alert(ws, [CHANNEL, CHANNEL], FIRST)
    found = standing(ledger)["held", "2026-W03"]
    assert (found.state, found.detail) == (State.SENT, "1 (json): not taken: no; 1 (json): taken")
    assert caplog.text.count("notify.urls 1 (json): not taken: no; subject: Held") == 1


def test_it_is_written_down_before_any_service_is_called(
    ws: Any, ledger: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(*_: Any) -> Receipt:
        assert standing(ledger)["held", "2026-W03"].state == State.SENDING
        raise KeyboardInterrupt

    monkeypatch.setattr(notify, "send", send)
    with pytest.raises(KeyboardInterrupt):
        send_alert(ws, [CHANNEL], FIRST)


def test_a_test_needs_somebody_to_tell(ws: Any, sent: list[Any], monkeypatch) -> None:
    with pytest.raises(InputRefused, match="no alerts can be sent"):
        notify.send_test(ws)
    ws.settings.notify.urls = ["json://a"]
    monkeypatch.setattr(notify, "channels", lambda _: [CHANNEL])
    (receipt,) = notify.send_test(ws)
    assert receipt.taken
    assert sent[1][1] == "Test message"
    assert timedelta(0) < notify.PAUSE


@pytest.mark.parametrize(
    ("step", "state", "pauses", "again"),
    [
        (1, State.PREPARED, 0, True),
        (3, State.RETRY, 0.99, False),
        (3, State.RETRY, 1, True),
        (5, State.RETRY, 3.99, False),
        (5, State.RETRY, 4, True),
        (7, State.RETRY, 16, True),
        (7, State.RETRY, 15, False),
        (2, State.SENT, 99, False),
        (2, State.UNKNOWN, 99, False),
    ],
)
def test_what_nobody_took_is_tried_again_after_pauses_that_grow_fourfold(
    ws: Any, step: int, state: State, pauses: float, *, again: bool
) -> None:
    ws.now_utc = MOMENT + pauses * notify.PAUSE
    one = Alert("held", "x", step, state, MOMENT, "", "", "")
    assert notify.may_be_sent(ws, one) is again


def test_what_is_new_is_recorded_once_and_what_a_dead_run_sent_is_not_sent_again(
    ws: Any, ledger: Warehouse
) -> None:
    record(ledger, [FIRST.then(State.SENDING, "", MOMENT)])
    new: Any = SimpleNamespace(kind="late", key="x", subject="s", body="b")
    old: Any = SimpleNamespace(kind="held", key="2026-W03", subject="s", body="b")
    (found,) = notify.due(ws, [new, old])
    assert found == Alert("late", "x", 1, State.PREPARED, MOMENT, "s", "b", "not sent yet")
    assert notify.due(ws, [new, old]) == [found]
    states = {key: one.state for key, one in standing(ledger).items()}
    assert states == {("held", "2026-W03"): State.UNKNOWN, ("late", "x"): State.PREPARED}
    assert ledger.value("SELECT count(*) FROM meta.notification") == 3


def test_one_process_at_a_time_tells_of_events(tmp_path: Path) -> None:
    alone = Embedded(Places(tmp_path)).alone
    store = SimpleNamespace(filled=lambda: True, alone=alone)
    ws: Any = SimpleNamespace(store=store, settings=SimpleNamespace(home=tmp_path))
    lock = tmp_path / "outbox" / "telling"
    with notify.sole_sender(ws), pytest.raises(WarehouseBusy), alone("telling", lock, 0):
        pass
    with alone("telling", lock, 0):
        pass
