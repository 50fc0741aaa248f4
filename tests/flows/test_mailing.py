"""Who is mailed which edition: by a weekly run, by hand, and who has another one already."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows import mailing
from flows.editions import Edition
from flows.mailing import deliveries, edition_in, post, restated_since, send_issue, served
from tests.warehouse.records.books import books, put
from warehouse.errors import InputRefused
from warehouse.records.deliveries import Step, record
from warehouse.storage.store import Warehouse
from warehouse.tables.meta import State

NOW = datetime(2026, 1, 17, 1)
FRIDAY = date(2026, 1, 16)
EDITION = Edition(
    issue_id="2026-W03", revision=2, as_of=FRIDAY, requested=FRIDAY, language="en", subject="s",
    content_hash="two", simulated=False, path=Path("x.pdf"), rendered_at=NOW,
)  # fmt: skip
CHINESE = replace(EDITION, language="zh")
STEP = Step(
    issue_id="2026-W03", revision=1, language="en", recipient="A@example.org", step=1,
    state=State.SENT, stepped_at=NOW, detail="", message_id="", content_hash="", eml="",
    eml_hash="",
)  # fmt: skip


@pytest.fixture
def ledger() -> Warehouse:
    return books("meta.delivery", "mart.issue", "mart.correction")


@pytest.fixture
def ws(ledger: Warehouse) -> Any:
    @contextmanager
    def writing() -> Any:
        yield ledger

    return SimpleNamespace(writing=writing, now_utc=NOW + timedelta(hours=3))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is published and mailed; each reader reads the language that their name begins with."""
    done: list[Any] = []
    everybody = ["en@example.org", "zh@example.org", "en2@example.org"]

    def recipients(_: Any, to: Any = (), lang: Any = None) -> list[Any]:
        return [
            SimpleNamespace(address=a, lang=lang or a[:2])
            for a in (to or everybody)
            if lang is None or to or a.startswith(lang)
        ]

    def mail_out(_: Any, edition: Edition, own: list[str], lang: Any = None) -> Any:
        done.append((edition.language, own, *([lang] if lang else [])))
        return edition.language

    monkeypatch.setattr(mailing, "recipients", recipients)
    monkeypatch.setattr(mailing, "mail_out", mail_out)
    monkeypatch.setattr(mailing, "publish_what_letters_link_to", lambda _: done.append("publish"))
    monkeypatch.setattr(mailing, "all_tried", lambda tries: [one() for one in tries])
    return done


def test_each_reader_is_mailed_the_edition_in_their_language(ws: Any, log: list[Any]) -> None:
    post(ws, [EDITION, CHINESE])
    assert log == [
        "publish",
        ("en", ["en@example.org", "en2@example.org"]),
        ("zh", ["zh@example.org"]),
    ]


def test_who_has_another_edition_is_spared_and_told_of(
    ws: Any, log: list[Any], ledger: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    record(ledger, [replace(STEP, recipient="EN@example.org")])
    post(ws, [EDITION, CHINESE])
    assert log == ["publish", ("en", ["en2@example.org"]), ("zh", ["zh@example.org"])]
    assert "2026-W03, revision 2, was not mailed to en@example.org, who have" in caplog.text
    log.clear()
    post(ws, [EDITION], ["en@example.org"])
    assert log == ["publish", ("en", ["en@example.org"])], "who is named gets it all the same"


def test_an_edition_that_nobody_reads_is_not_mailed(ws: Any, log: list[Any]) -> None:
    post(ws, [CHINESE], ["en@example.org"])
    assert log == ["publish"]


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        mailing,
        "edition_in",
        lambda _, issue, lang: replace(EDITION, issue_id=issue, language=lang),
    )


@pytest.mark.parametrize(
    ("to", "lang", "mailed"),
    [
        (None, None, [("en", []), ("zh", [])]),
        (None, "zh", [("zh", [], "zh")]),
        (None, "both", [("en", [], "both"), ("zh", [], "both")]),
        (["zh@example.org"], None, [("zh", ["zh@example.org"])]),
        (["en@example.org"], "zh", [("zh", ["en@example.org"], "zh")]),
    ],
)
@pytest.mark.usefixtures("there")
def test_an_issue_is_sent_to_who_is_named_or_to_all_who_read_it(
    ws: Any, log: list[Any], to: Any, lang: Any, mailed: list[Any]
) -> None:
    assert send_issue(ws, "2026-W03", to, lang) == [one[0] for one in mailed]
    assert log == ["publish", *mailed]


@pytest.mark.parametrize(
    ("state", "languages"),
    [(State.SENT, ["en", "zh"]), (State.UNKNOWN, ["en", "zh"]), (State.REFUSED, ["en"])],
)
@pytest.mark.usefixtures("there")
def test_who_had_it_in_a_language_that_nobody_reads_now_gets_the_correction(
    ws: Any, log: list[Any], ledger: Warehouse, monkeypatch, *, state: State, languages: list[str]
) -> None:
    readers = [SimpleNamespace(address="en@example.org", lang="en")]
    monkeypatch.setattr(mailing, "recipients", lambda *_, **__: readers)
    record(ledger, [replace(STEP, language="zh", state=state)])
    assert send_issue(ws, "2026-W03") == languages


@pytest.fixture
def renders(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Which editions were rendered, by language; and those that are rendered now."""
    known: dict[str, Any] = {"now": []}

    def rendered(_: Any, issue: str, language: str) -> Edition:
        if language not in known:
            raise InputRefused(f"{issue} ({language}) was never rendered")
        return known[language]  # type: ignore[no-any-return]

    def render(_: Any, as_of: date, requested: date, language: str) -> Edition:
        known["now"].append((as_of, requested, language))
        return replace(EDITION, language=language, revision=9)  # type: ignore[arg-type]

    monkeypatch.setattr(mailing, "rendered", rendered)
    monkeypatch.setattr(mailing, "render", render)
    return known


def test_an_edition_is_the_newest_one_unless_something_was_restated_since(
    ws: Any, renders: dict[str, Any], ledger: Warehouse
) -> None:
    renders["en"] = EDITION
    assert edition_in(ws, "2026-W03", "en") is EDITION
    for minutes, again in ((0, False), (1, True)):
        put(ledger, "mart.correction", [{"as_of": FRIDAY, "fact_id": f"f{minutes}",
                                         "found_at": NOW + timedelta(minutes=minutes)}])  # fmt: skip
        assert restated_since(ws, EDITION) is again
    assert edition_in(ws, "2026-W03", "en").revision == 9
    assert renders["now"] == [(FRIDAY, FRIDAY, "en")]


def test_what_will_be_found_later_is_not_known_yet(ws: Any, ledger: Warehouse) -> None:
    put(
        ledger,
        "mart.correction",
        [
            {"as_of": FRIDAY, "fact_id": "f", "found_at": NOW + timedelta(days=1)},
            {"as_of": date(2026, 1, 9), "fact_id": "f", "found_at": NOW + timedelta(hours=1)},
        ],
    )
    assert not restated_since(ws, EDITION)


def test_one_in_another_language_alone_is_rendered_of_the_same_day(
    ws: Any, renders: dict[str, Any]
) -> None:
    renders["zh"] = replace(CHINESE, requested=date(2026, 1, 18))
    assert edition_in(ws, "2026-W03", "en").revision == 9
    assert renders["now"] == [(FRIDAY, date(2026, 1, 18), "en")]
    del renders["zh"]
    with pytest.raises(InputRefused, match="never rendered"):
        edition_in(ws, "2026-W03", "en")


SERVED = [
    (STEP, True),
    (replace(STEP, language="zh"), True),
    (replace(STEP, revision=2), False),  # this very edition
    (replace(STEP, revision=2, language="zh"), True),
    (replace(STEP, state=State.REFUSED), False),
    (replace(STEP, state=State.OUTBOX), False),
    (replace(STEP, issue_id="2026-01-16"), False),  # of an unknown day
]


@pytest.mark.parametrize(("step", "has"), SERVED)
def test_another_edition_of_the_day_is_enough(
    ws: Any, ledger: Warehouse, step: Step, *, has: bool
) -> None:
    record(ledger, [step])
    assert served(ws, EDITION) == ({"a@example.org"} if has else set())


@pytest.mark.parametrize(
    ("issue", "day", "has"),
    [("2026-01-16", FRIDAY, True), ("2026-W03", date(2026, 1, 13), False)],
)
def test_the_day_of_an_edition_counts_whatever_it_was_called(
    ws: Any, ledger: Warehouse, issue: str, day: date, *, has: bool
) -> None:
    record(ledger, [replace(STEP, issue_id=issue)])
    named = {"issue_id": issue, "language": "en", "revision": 1, "as_of": day}
    put(ledger, "mart.issue", [named])
    assert bool(served(ws, EDITION)) is has


def test_after_a_loss_a_letter_of_the_week_may_be_of_any_of_its_days(
    ws: Any, ledger: Warehouse
) -> None:
    record(ledger, [STEP])
    tuesday = replace(EDITION, issue_id="2026-01-13", as_of=date(2026, 1, 13))
    assert served(ws, tuesday) == {"a@example.org"}
    assert served(ws, replace(tuesday, issue_id="2026-01-20", as_of=date(2026, 1, 20))) == set()


def test_deliveries_are_those_of_the_edition(
    ws: Any, ledger: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "on_their_way", lambda _, steps: list(steps))
    own = replace(STEP, revision=2)
    record(ledger, [STEP, own, replace(own, language="zh"), replace(own, issue_id="2026-W02")])
    assert deliveries(ws, EDITION) == [own]
