"""The record of alerts: steps follow each other, and the last one says how far an alert is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.warehouse.records.books import MOMENT, books
from warehouse.records.notifications import INTERRUPTED, Alert, record, settle_interrupted, standing
from warehouse.storage.store import Warehouse
from warehouse.tables.meta import State

LATER = MOMENT + timedelta(hours=1)
FIRST = Alert("held", "2026-W03", 1, State.SENDING, MOMENT, "Held", "Look at it", "mail")


@pytest.fixture
def ledger() -> Warehouse:
    return books("meta.notification")


def test_a_step_follows_with_its_outcome_and_nothing_else_changed() -> None:
    sent = FIRST.then(State.SENT, "mail took it", LATER)
    assert sent == Alert(
        "held", "2026-W03", 2, State.SENT, LATER, "Held", "Look at it", "mail took it"
    )


@pytest.mark.parametrize(("step", "attempts"), [(1, 0), (2, 1), (3, 1), (4, 2)])
def test_an_attempt_is_over_with_its_outcome(step: int, attempts: int) -> None:
    assert Alert("k", "", step, State.RETRY, MOMENT, "", "", "").attempts == attempts


def test_the_last_step_of_each_event_says_how_far_it_is(ledger: Warehouse) -> None:
    other = Alert("late", "2026-W03", 1, State.PREPARED, MOMENT, "Late", "", "")
    record(ledger, [FIRST.then(State.SENT, "", LATER), FIRST, other])
    found = standing(ledger)
    assert {key: (one.step, one.state) for key, one in found.items()} == {
        ("held", "2026-W03"): (2, State.SENT),
        ("late", "2026-W03"): (1, State.PREPARED),
    }


def test_nothing_to_record_is_nothing_written(ledger: Warehouse) -> None:
    record(ledger, [])
    assert standing(ledger) == {}


def test_what_a_dead_run_was_sending_is_unknown_and_the_rest_is_left(ledger: Warehouse) -> None:
    record(ledger, [FIRST, Alert("late", "", 1, State.PREPARED, MOMENT, "", "", "")])
    settle_interrupted(ledger, LATER)
    found = standing(ledger)
    assert found["held", "2026-W03"] == FIRST.then(State.UNKNOWN, INTERRUPTED, LATER)
    assert found["late", ""].state == State.PREPARED
    settle_interrupted(ledger, LATER)
    assert standing(ledger) == found
