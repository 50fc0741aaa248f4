"""Every alert as the operator reads it: which issue, whom, when, and what to do."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from flows.alerts import messages
from flows.alerts.messages import Event, Kind
from flows.ingestion.results import Outcome
from warehouse.tables.meta import State

TODAY = date(2026, 1, 17)
DUE = datetime(2026, 1, 17, 9)


def step(state: State, recipient: str = "ann@example.org"):
    return SimpleNamespace(
        state=state, recipient=recipient, issue_id="2026-W03", edition="2026-W03 en r1",
        detail="550 no such user",
    )  # fmt: skip


def test_an_issue_that_is_out_counts_who_was_reached_how() -> None:
    states = (State.SENT, State.OUTBOX, State.SENT, State.RETRY)
    (event,) = messages.out("Calm", [step(one) for one in states])

    assert event == Event(
        Kind.OUT, "2026-W03 en r1", "Issue 2026-W03 is out",
        "Calm\nmailed: 2, in outbox/, as no mail server is set: 1 of 4.",
    )  # fmt: skip
    assert messages.out("Calm", [step(State.RETRY)]) == []


def test_an_issue_that_is_held_or_late_is_named_with_its_remedy() -> None:
    held = messages.held("2026-W03", "No new data.")
    late = messages.late("2026-W03", DUE, DUE.replace(hour=12))

    assert (held.kind, held.key, held.subject) == (Kind.HELD, "2026-W03", "Issue 2026-W03 is held")
    assert held.body.startswith("No new data.\nNobody was mailed.")
    assert "`briefing send 2026-W03`" in held.body
    assert (late.kind, late.key, late.subject) == (Kind.LATE, "2026-W03", "Issue 2026-W03 is late")
    assert late.body.startswith("It was due at 2026-01-17 09:00, and by 2026-01-17 12:00 Shanghai")


def test_what_was_not_collected_is_named_part_by_part() -> None:
    good = Outcome("cpi", "CN")
    short = [Outcome("lpr", "CN", missing=["a"]), Outcome("gdp", "CN", missing=["b"])]
    (event,) = messages.incomplete([good, *short], TODAY)

    assert event.subject == "Not everything was collected: gdp, lpr"
    assert event.key == f"{TODAY} {messages.digest(['gdp (CN)', 'lpr (CN)'])}"
    assert event.body.splitlines()[:2] == [one.shortfall for one in short]
    assert messages.incomplete([good], TODAY) == []


@pytest.mark.parametrize("state", [State.REFUSED, State.UNKNOWN])
def test_a_letter_in_trouble_is_named_with_its_command(state: State) -> None:
    kind, said, command = {
        State.REFUSED: (Kind.REFUSED, "was refused", "`briefing resend 2026-W03`"),
        State.UNKNOWN: (
            Kind.UNKNOWN, "may or may not have arrived", "`briefing resend 2026-W03 --force`",
        ),
    }[state]  # fmt: skip
    (event,) = messages.letters([step(State.SENT), step(state, "ben@example.org")])

    assert (event.kind, event.key) == (kind, "2026-W03 en r1 ben@example.org")
    assert event.subject == f"Issue 2026-W03 to ben@example.org {said}"
    assert event.body.startswith("550 no such user\n")
    assert command in event.body


def test_a_changed_source_is_told_by_its_last_incident() -> None:
    rows = [
        ("gdp", "A", "SourceChanged", "old", DUE.replace(day=9)),
        ("gdp", "A", "SourceChanged", "first", DUE),
        ("gdp", "A", "SourceChanged", "last", DUE.replace(hour=10)),
        ("gdp", "B", "SourceEmpty", "other", DUE),
    ]
    names = ["dataset", "source", "kind", "message", "happened_at"]
    (event,) = messages.changed(pl.DataFrame(rows, names, orient="row"), DUE)

    assert (event.kind, event.key) == (Kind.CHANGED, "gdp A 2026-W03")
    assert event.subject == "A changed its format: gdp"
    assert event.body.startswith("last\n")


def test_damage_a_full_disk_and_a_failed_run_are_told_once_a_day_each() -> None:
    room = SimpleNamespace(enough=False, said="1.0 GB free")
    damaged, failed = (
        messages.damaged("rows are gone", TODAY),
        messages.failed("weekly", ValueError("seven"), TODAY),
    )
    (disk,) = messages.disk(room, TODAY)

    assert damaged.key == f"{TODAY} {messages.digest(['rows are gone'])}"
    assert damaged.body.startswith("rows are gone\n")
    assert (failed.kind, failed.subject) == (Kind.FAILED, "The run `weekly` ended with an error")
    assert failed.key == f"{TODAY} weekly {messages.digest(['seven'])}"
    assert failed.body.startswith("ValueError: seven\n")
    assert (disk.key, disk.body[:13]) == (str(TODAY), "1.0 GB free. ")
    assert messages.disk(SimpleNamespace(enough=True), TODAY) == []


@pytest.mark.parametrize(
    ("number", "listed"),
    [(2, "f0, f1."), (5, "f0, f1, f2, f3, f4."), (6, "f0, f1, f2, f3, f4 and others.")],
)
def test_restated_numbers_are_named_in_their_order_and_told_by_the_last_load(
    number, listed
) -> None:
    times = [datetime(2026, 1, 19, 20, n) for n in (3, 9, 1, 2, 4, 5)]
    found = pl.DataFrame(
        {
            "fact_id": [f"f{n}" for n in range(number)][::-1],
            "fetched_at": times[:number],
        }
    )
    (event,) = messages.restated("2026-W03", found)

    assert (event.kind, event.key) == (Kind.RESTATED, "2026-W03 2026-01-19 20:09")
    assert event.subject == f"Printed numbers of issue 2026-W03 were restated: {number}"
    assert event.body.startswith(f"Printed otherwise now: {listed}\n`briefing send 2026-W03` ")
    assert messages.restated("2026-W03", found.clear()) == []
