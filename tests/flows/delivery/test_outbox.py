"""The outbox: who has which revision, and which message is written and which stays."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.delivery import outbox
from flows.delivery.outbox import HAD, UNTAKEN, earlier_letters, may_have, prepare, stored
from flows.editions import Edition
from flows.settings import Mail
from tests.warehouse.records.books import books, put
from warehouse.errors import InputRefused
from warehouse.records.deliveries import Step, record, standing
from warehouse.storage.store import Warehouse
from warehouse.tables.meta import State

NOW = datetime(2026, 1, 17, 1)
FRIDAY = date(2026, 1, 16)
READER = "Reader@example.org"
EDITION = Edition(
    issue_id="2026-W03", revision=2, as_of=FRIDAY, requested=FRIDAY, language="en", subject="s",
    content_hash="two", simulated=False, path=Path("x.pdf"), rendered_at=NOW,
)  # fmt: skip
STEP = Step(
    issue_id="2026-W03", revision=1, language="en", recipient=READER, step=3, state=State.SENT,
    stepped_at=NOW, detail="", message_id="<one>", content_hash="one", eml="outbox/a.eml",
    eml_hash="",
)  # fmt: skip


@pytest.fixture
def ws(tmp_path: Path) -> Any:
    settings = SimpleNamespace(home=tmp_path, mail=Mail(server="mail.example.org"))
    return SimpleNamespace(settings=settings, now=NOW, now_utc=NOW)


@pytest.fixture
def ledger() -> Warehouse:
    return books("meta.delivery", "mart.issue")


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """For whom messages are composed, and to which earlier ones they are corrections."""
    log: list[Any] = []

    def compose(_: Edition, __: Any, *, recipient: str, earlier: Any, **more: Any) -> bytes:
        assert more["sent_on"] == NOW
        log.append((recipient, earlier))
        return f"to {recipient}".encode()

    monkeypatch.setattr(outbox, "compose", compose)
    return log


@pytest.mark.parametrize(
    ("state", "server", "has"),
    [
        (State.SENT, True, True),
        (State.SENDING, True, True),
        (State.UNKNOWN, True, True),
        (State.OUTBOX, True, False),
        (State.OUTBOX, False, True),
        (State.RETRY, False, False),
        (State.REFUSED, True, False),
        (State.PREPARED, False, False),
    ],
)
def test_who_may_have_a_letter(ws: Any, state: State, *, server: bool, has: bool) -> None:
    ws.settings.mail = Mail(server="mail.example.org" if server else None)
    assert may_have(ws, replace(STEP, state=state)) is has
    assert not HAD & UNTAKEN


def test_a_correction_goes_to_who_has_an_earlier_revision_in_that_language(
    ws: Any, ledger: Warehouse
) -> None:
    record(
        ledger,
        [
            STEP,
            replace(STEP, revision=0, message_id="<zero>"),
            replace(STEP, language="zh", message_id="<zh>"),
            replace(STEP, revision=2, message_id="<same>"),
            replace(STEP, revision=3, message_id="<later>"),
            replace(STEP, issue_id="2026-W02", message_id="<other>"),
            replace(STEP, recipient="b@example.org", state=State.RETRY),
        ],
    )
    assert earlier_letters(ws, ledger, EDITION) == {READER.casefold(): ("<zero>", "<one>")}


def test_an_issue_of_another_day_of_that_name_is_no_earlier_revision(
    ws: Any, ledger: Warehouse
) -> None:
    record(ledger, [STEP])
    put(ledger, "mart.issue", [{"issue_id": "2026-W03", "language": "en", "revision": 1,
                                "as_of": date(2026, 1, 13)}])  # fmt: skip
    assert earlier_letters(ws, ledger, EDITION) == {}


def test_each_address_gets_a_message_of_its_own_once(
    ws: Any, ledger: Warehouse, composed: list[Any]
) -> None:
    record(ledger, [STEP])
    steps = prepare(ws, ledger, EDITION, {}, [READER, "b@example.org"])
    assert composed == [(READER, ("<one>",)), ("b@example.org", ())]
    assert [(s.recipient, s.step, s.state) for s in steps] == [
        (READER, 1, State.PREPARED),
        ("b@example.org", 1, State.PREPARED),
    ]
    for one in steps:
        assert stored(ws, one) == f"to {one.recipient}".encode()
        assert one.detail == f"stored as {one.eml}"
        assert one.content_hash == "two"
    again = prepare(ws, ledger, EDITION, {}, [READER.upper(), "b@example.org"])
    assert (again, len(composed)) == (steps, 2)
    assert len(standing(ledger)) == 3


def test_a_message_that_is_gone_or_altered_is_written_anew_unless_a_server_has_it(
    ws: Any, ledger: Warehouse, composed: list[Any]
) -> None:
    (first,) = prepare(ws, ledger, EDITION, {}, [READER])
    file = ws.settings.home / first.eml
    file.write_bytes(b"altered")
    assert stored(ws, first) is None
    (second,) = prepare(ws, ledger, EDITION, {}, [READER.lower()])
    assert (second.step, second.recipient, second.state) == (2, READER, State.PREPARED)
    (ws.settings.home / second.eml).unlink()
    assert stored(ws, second) is None
    record(ledger, [second.then(State.SENT, "", NOW)])
    (third,) = prepare(ws, ledger, EDITION, {}, [READER])
    assert (third.step, third.state, len(composed)) == (3, State.SENT, 2)


def test_under_one_revision_nothing_else_is_mailed(
    ws: Any, ledger: Warehouse, composed: list[Any]
) -> None:
    record(ledger, [replace(STEP, revision=2)])
    with pytest.raises(
        InputRefused, match=r"2026-W03 \(en, revision 2\) was prepared .* another PDF"
    ):
        prepare(ws, ledger, EDITION, {}, [READER])
    assert composed == []
    record(
        ledger,
        [
            replace(STEP, revision=2, language="zh"),
            replace(STEP, revision=2, step=4, content_hash="two"),
        ],
    )
    prepare(ws, ledger, EDITION, {}, [READER])


def test_a_file_is_named_by_its_reader_whatever_characters_an_address_has() -> None:
    address = "Ä_b/c+" + "x" * 80 + "@example.org"
    digest = hashlib.sha256(address.casefold().encode()).hexdigest()[:8]
    place = outbox._place(EDITION, address)
    readable = ("__b_c_" + "x" * 80)[:60]
    stem = "china-tech-briefing_2026-W03_en_r2"
    assert place == Path("outbox/2026-W03") / f"{stem}_{readable}_{digest}.eml"
