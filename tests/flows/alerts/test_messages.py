"""What the operator is told, in which words, how often, and when an issue is late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.alerts import messages, notify
from flows.alerts.disk_space import Room
from flows.alerts.messages import Kind
from flows.ingestion.results import Outcome
from flows.monitoring import watch
from flows.settings import Settings
from warehouse.errors import (
    BriefingError,
    WarehouseUnavailable,
)
from warehouse.records.deliveries import Step
from warehouse.shanghai import SHANGHAI
from warehouse.storage.store import Warehouse
from warehouse.tables.meta import State

SATURDAY = datetime(2026, 1, 17, 9, tzinfo=SHANGHAI)  # when the issue of 2026-W03 is due


def letter(state: State, **changed: Any) -> Step:
    return Step(
        **{
            "issue_id": "2026-W03", "revision": 1, "language": "en", "recipient": "ann@example.org",
            "step": 3, "state": state, "stepped_at": datetime(2026, 1, 17, 1), "detail": "550 no such user",
            "message_id": "<1>", "content_hash": "x", "eml": "outbox/1.eml", "eml_hash": "x",
        }
        | changed
    )  # fmt: skip


def write_letters(books: Warehouse, *steps: Step) -> None:
    from warehouse.records.deliveries import record

    record(books, steps)


def test_what_is_missing_is_told_once_a_day_as_long_as_the_same_is_missing() -> None:
    margin = Outcome("margin_market", "SSE", missing=["2026-01-16"], incidents=["SSE: no answer"])
    index = Outcome("index_daily", "CN", missing=["2026-01-16"])
    whole = Outcome("security", "A", received=3)
    today = date(2026, 1, 17)
    (event,) = messages.incomplete([margin, whole], today)
    assert event.subject == "Not everything was collected: margin_market"
    assert "margin_market (SSE) failed: missing 2026-01-16; SSE: no answer" in event.body
    assert "briefing status --incidents" in event.body
    assert messages.incomplete([whole, margin], today) == [event]
    assert messages.incomplete([whole, margin, index], today)[0].key != event.key
    assert messages.incomplete([margin], today + timedelta(days=1))[0].key != event.key
    assert messages.incomplete([whole], today) == []


def test_a_changed_source_is_told_once_a_week() -> None:
    incidents = pl.DataFrame(
        {
            "dataset": ["margin_market", "margin_market", "ipo_a", "ipo_a"],
            "source": ["SSE", "SSE", "jin10", "jin10"],
            "kind": ["SourceChanged", "SourceChanged", "SourceChanged", "SourceEmpty"],
            "message": ["no column 信用交易日期", "no column 信用交易日期", "long ago", "nothing"],
            "happened_at": [datetime(2026, 1, 15), datetime(2026, 1, 16), datetime(2025, 1, 1), datetime(2026, 1, 16)],
        }
    )  # fmt: skip
    (event,) = messages.changed(incidents, since=datetime(2026, 1, 10))
    assert event.key == "margin_market SSE 2026-W03"
    assert event.subject == "SSE changed its format: margin_market"
    assert "信用交易日期" in event.body
    assert "briefing status --incidents" in event.body


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        (State.REFUSED, "`briefing resend 2026-W03`"),
        (State.UNKNOWN, "`briefing resend 2026-W03 --force`"),
    ],
)
def test_a_letter_that_came_to_grief_is_told(
    desk: Callable, hook: Any, books: Warehouse, state: State, remedy: str
) -> None:
    old = letter(state, issue_id="2026-W01", stepped_at=datetime(2026, 1, 3))
    write_letters(books, letter(state), letter(State.SENT, recipient="ben@example.org"), old)
    (event,) = notify.standing_conditions(desk())
    assert event.kind == f"letter {state.lower()}"
    assert remedy in event.body
    assert "550 no such user" in event.body
    assert "ann@example.org" in event.subject


def test_a_full_disk_is_told_once_a_day(desk: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    assert notify.standing_conditions(desk()) == []
    monkeypatch.setattr(notify, "room_of", lambda _: Room(Path("/home/me"), int(2e8), int(1e9)))
    (event,) = notify.standing_conditions(desk())
    assert (event.kind, event.key) == (Kind.DISK_LOW, "2026-01-17")
    assert "0.2 GB free at /home/me, 1.0 GB wanted. Make room" in event.body


def test_an_issue_that_left_is_told_with_its_headline() -> None:
    steps = [letter(State.SENT), letter(State.SENT, recipient="b"), letter(State.REFUSED)]
    (event,) = messages.out("The rally pauses", steps)
    assert event.key == "2026-W03 (en, revision 1)"
    assert (event.subject, event.body) == (
        "Issue 2026-W03 is out",
        "The rally pauses\nmailed: 2 of 3.",
    )
    assert messages.out("The rally pauses", [letter(State.RETRY)]) == []


LATE = ["Issue 2026-W03 is late"]


@pytest.mark.parametrize(
    ("hours", "said", "told"),
    [
        (2.9, [], []),
        (3.1, [], LATE),
        (3.1, [letter(State.RETRY)], LATE),  # it was made, and no letter left
        (3.1, [letter(State.SENT, issue_id="2026-W02")], LATE),
        (3.1, [letter(State.SENT)], []),
        (3.1, [letter(State.OUTBOX), letter(State.RETRY, recipient="b")], []),
        (24 * 5, [], []),  # no news any more
    ],
)
def test_an_issue_that_is_not_out_by_its_deadline_is_late(
    desk: Callable, books: Warehouse, hours: float, said: list[Step], told: list[str]
) -> None:
    write_letters(books, *said)
    ws = desk(SATURDAY + timedelta(hours=hours))
    assert [e.subject for e in watch.late_issue(ws, SATURDAY - timedelta(days=1))] == told


def test_an_issue_that_is_held_is_not_late_besides(desk: Callable, hook: Any) -> None:
    notify.notify(desk(), [messages.held("2026-W03", "No new data since 2026-01-09.")])
    assert hook.messages == ["Issue 2026-W03 is held"]
    assert watch.late_issue(desk(SATURDAY + timedelta(hours=4)), SATURDAY - timedelta(1)) == []


def test_a_week_without_trading_has_no_issue_to_be_late(desk: Callable) -> None:
    """The week of the Spring Festival."""
    noon = datetime(2026, 2, 21, 13, tzinfo=SHANGHAI)
    assert watch.late_issue(desk(noon), noon - timedelta(days=9)) == []


def test_a_new_home_has_missed_nothing_before_it_was_served(
    desk: Callable, books: Warehouse
) -> None:
    ws, sunday = desk(SATURDAY + timedelta(days=1)), SATURDAY + timedelta(hours=20)
    assert watch.late_issue(ws, sunday) == []
    write_letters(books, letter(State.SENT, issue_id="2026-W02"))  # not new any more
    assert [e.subject for e in watch.late_issue(ws, sunday)] == LATE


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A home in the environment with somebody to tell, and not in the sandbox."""
    monkeypatch.delenv("BRIEFING_SANDBOX__ENABLED", raising=False)
    monkeypatch.setenv("BRIEFING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BRIEFING_NOTIFY__URLS", '["json://127.0.0.1:9/x"]')
    return monkeypatch


def test_the_watch_looks_until_it_is_told_to_leave_whatever_goes_wrong(
    served: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    leaving, looks = threading.Event(), []

    def look(*_: Any) -> set[tuple[str, str]]:
        looks.append(1)
        if len(looks) == 1:
            raise WarehouseUnavailable("damaged")
        leaving.set()
        return set()

    served.setattr(watch, "look", look)
    watch.watch(leaving, every=0.001)
    assert len(looks) == 2
    assert "the watch could not look: damaged" in caplog.text


@pytest.mark.parametrize(
    ("variable", "value"), [("NOTIFY__URLS", "[]"), ("SANDBOX__ENABLED", "true")]
)
def test_nothing_is_watched_where_nobody_listens_or_the_clock_stands(
    served: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    served.setenv(f"BRIEFING_{variable}", value)
    leaving, read = threading.Event(), watch.settings

    def settings() -> Settings:
        leaving.set()
        return read()

    served.setattr(watch, "settings", settings)
    served.setattr(watch, "look", lambda *_: pytest.fail("looked"))
    watch.watch(leaving, every=0.001)


def test_serve_ends_when_nobody_watches_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    killed = threading.Event()
    monkeypatch.setattr(watch, "watch", lambda _: None)  # it ended, though nobody told it to
    monkeypatch.setattr(watch.os, "kill", lambda *_: killed.set())
    with (
        pytest.raises(BriefingError, match="late issues are not watched for any more"),
        watch.watching(),
    ):
        assert killed.wait(10)


def test_serve_ends_quietly_while_somebody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "watch", lambda leaving: leaving.wait(10))
    with watch.watching():
        pass


def test_a_clock_in_another_zone_names_the_same_day(desk: Callable) -> None:
    ws = desk(datetime(2026, 1, 17, 5, tzinfo=UTC))  # 13:00 in Shanghai
    assert [e.subject for e in watch.late_issue(ws, SATURDAY - timedelta(days=1))] == LATE
