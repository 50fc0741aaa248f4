"""The ledger of letters by hand: where each stands, what a dead run leaves, what a loss does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import pytest

from warehouse.records import deliveries, notifications
from warehouse.records.deliveries import (
    LEEWAY,
    Step,
    overview,
    restored,
    settle_interrupted,
    standing,
)
from warehouse.records.notifications import Alert
from warehouse.storage.store import Warehouse
from warehouse.tables.meta import State

AT = datetime(2026, 1, 17, 4)
LATER = AT + timedelta(hours=1)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FIRST = Step(
    issue_id="2026-W03", revision=1, language="en", recipient="ann@example.org", step=1,
    state=State.PREPARED, stepped_at=AT, detail="stored", message_id="<1@x>", content_hash="a",
    eml="outbox/1.eml", eml_hash="b",
)  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("ledger") / "warehouse.duckdb"
    with Warehouse.writing(path, simulated=False) as warehouse:
        yield warehouse


@pytest.fixture
def ledger(kept: Warehouse) -> Warehouse:
    kept.connection.execute("DELETE FROM meta.delivery")
    kept.connection.execute("DELETE FROM meta.notification")
    return kept


def course(*states: State, **more) -> list[Step]:
    """A letter that went through these states, a minute each."""
    steps = [replace(FIRST, **more)]
    for state in states:
        last = steps[-1]
        steps.append(last.then(state, f"now {state}", last.stepped_at + timedelta(minutes=1)))
    return steps


def test_each_letter_stands_where_its_last_step_left_it(ledger: Warehouse) -> None:
    letters = [
        course(State.SENDING, State.SENT),
        course(State.SENDING, recipient="ben@example.org"),
        course(language="zh"),
        course(revision=2),
        course(issue_id="2026-W02"),
    ]
    for letter in letters:
        deliveries.record(ledger, letter[::-1])

    assert standing(ledger) == [letters[n][-1] for n in (4, 0, 1, 2, 3)]
    assert [one.issue_id for one in standing(ledger, "2026-W02")] == ["2026-W02"]


def test_only_the_newest_revision_of_a_letter_is_tried_again_however_its_address_is_written(
    ledger: Warehouse,
) -> None:
    put_off = (State.SENDING, State.RETRY)
    deliveries.record(ledger, course(*put_off, recipient="Ann@Example.org"))
    deliveries.record(ledger, course(*put_off, revision=2))
    deliveries.record(ledger, course(*put_off, language="zh"))
    deliveries.record(ledger, course(*put_off, recipient="ben@example.org"))
    deliveries.record(ledger, course(*put_off, issue_id="2026-W02"))

    found = [(w.step.issue_id, w.step.revision, w.step.language, w.step.recipient[:3])
             for w in deliveries.waiting(ledger)]  # fmt: skip
    assert sorted(found) == [
        ("2026-W02", 1, "en", "ann"), ("2026-W03", 1, "en", "ben"), ("2026-W03", 1, "zh", "ann"),
        ("2026-W03", 2, "en", "ann"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stepped", "now", "over"),
    [
        (AT, AT + DAY, False),
        (AT, AT + DAY + LEEWAY, False),  # who was away for a moment still tries
        (AT, AT + DAY + LEEWAY + SECOND, True),
        (AT + DAY, AT + DAY, True),
        (AT + DAY - SECOND, AT + DAY, False),
    ],
)
def test_a_letter_is_given_up_when_its_day_is_over(stepped, now, over) -> None:
    step = replace(FIRST, stepped_at=stepped)
    assert deliveries.Waiting(step, AT, AT + DAY).over(now) is over


def test_what_a_dead_run_was_sending_is_unknown_and_the_rest_is_left(ledger: Warehouse) -> None:
    deliveries.record(ledger, course(State.SENDING))
    deliveries.record(ledger, course(State.SENDING, State.SENT, recipient="ben@example.org"))
    (settled,) = settle_interrupted(ledger, LATER)

    assert (settled.step, settled.state, settled.stepped_at) == (3, State.UNKNOWN, LATER)
    assert [one.state for one in standing(ledger)] == [State.UNKNOWN, State.SENT]
    assert settle_interrupted(ledger, LATER) == []


def after_loss(ledger: Warehouse, letters: list[Step], *, certain: bool) -> dict[str, State]:
    """How letters stand after a loss, by the name of their recipients; who became unknown."""
    unknown = restored(ledger, letters, LATER, certain=certain)
    found = {one.recipient.partition("@")[0]: one.state for one in standing(ledger)}
    assert {one.recipient.partition("@")[0] for one in unknown} == {
        name for name, state in found.items() if state is State.UNKNOWN
    }
    return found


@pytest.mark.parametrize("certain", [True, False])
def test_after_a_loss_what_any_ledger_calls_sent_stays_sent(ledger: Warehouse, certain) -> None:
    """Two ledgers were put together: in the one a letter was sent, in the other it still waits."""
    deliveries.record(ledger, course(State.SENT, State.RETRY))
    deliveries.record(ledger, course(State.SENT, recipient="ben@example.org"))
    deliveries.record(ledger, course(State.REFUSED, recipient="cem@example.org"))
    deliveries.record(ledger, course(State.RETRY, recipient="dan@example.org"))

    assert after_loss(ledger, [], certain=certain) == {
        "ann": State.SENT,
        "ben": State.SENT,
        "cem": State.REFUSED,
        "dan": State.RETRY if certain else State.UNKNOWN,
    }


def test_letters_in_the_outbox_that_no_ledger_knows_are_unknown(ledger: Warehouse) -> None:
    deliveries.record(ledger, course(State.SENT))
    found = [
        replace(FIRST, recipient="ANN@example.org", state=State.UNKNOWN),
        replace(FIRST, recipient="eve@example.org", state=State.UNKNOWN),
    ]

    assert after_loss(ledger, found, certain=True) == {"ann": State.SENT, "eve": State.UNKNOWN}


def test_the_overview_is_newest_first_with_attempts_and_the_next_one(ledger: Warehouse) -> None:
    again = course(State.SENDING, State.RETRY, State.SENDING, State.RETRY)
    sent = course(State.SENDING, State.SENT, revision=2, language="zh")
    deliveries.record(ledger, [*again, *sent, *course(issue_id="2026-W02")])
    rows = overview(ledger)

    assert rows.select("issue_id", "revision", "state", "attempts").rows() == [
        ("2026-W03", 2, "SENT", 1),
        ("2026-W03", 1, "RETRY", 2),
        ("2026-W02", 1, "PREPARED", 0),
    ]
    assert rows["stepped_at"].to_list() == [sent[-1].stepped_at, again[-1].stepped_at, AT]
    due = rows["again_at"].to_list()
    assert due[0] is None
    assert due[1] > again[-1].stepped_at
    assert overview(ledger)["again_at"].null_count() == 2
    deliveries.record(ledger, course(revision=2))  # takes the place of what waits
    assert overview(ledger)["again_at"].null_count() == 4
    assert rows.columns == overview(None).columns
    assert overview(None).is_empty()


def test_alerts_stand_at_their_last_step_and_dead_ones_are_unknown(ledger: Warehouse) -> None:
    one = Alert("kind", "key", 1, State.PREPARED, AT, "subject", "body", "detail")
    dead = replace(one, key="other").then(State.SENDING, "asked", AT)
    steps = [one.then(State.SENDING, "asked", AT).then(State.SENT, "taken", LATER), dead, one]
    notifications.record(ledger, steps)
    notifications.record(ledger, [])

    notifications.settle_interrupted(ledger, LATER)

    found = notifications.standing(ledger)
    assert {key: step.state for (_, key), step in found.items()} == {
        "key": State.SENT,
        "other": State.UNKNOWN,
    }
    last = found[one.kind, "other"]
    assert (last.step, last.stepped_at) == (3, LATER)
    assert asdict(last)["subject"] == "subject"
    assert [replace(one, step=n).attempts for n in (1, 2, 3, 4)] == [0, 1, 1, 2]
