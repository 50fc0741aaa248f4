"""An issue's way to its readers: what is compared, rendered again, verified, and mailed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from flows import briefing, editions
from flows.briefing import beside, compared, mail_out, rendered, repaired, replaced, verified
from flows.editions import Edition, checksums
from tests.warehouse.records.books import books, put
from transforms.engine.metric import metrics
from transforms.issue.issue import Compared
from transforms.issue.revisions import Replaced
from warehouse.errors import DeliveryFailed, InputRefused

NOW = datetime(2026, 1, 16, 20)
FRIDAY = date(2026, 1, 16)
CONTENT = {"facts": b"{}", "pdf": b"%PDF- %%EOF"}
EDITION = Edition(
    issue_id="2026-W03", revision=2, as_of=FRIDAY, requested=FRIDAY, language="en", subject="s",
    content_hash="two", simulated=False, path=Path("x.pdf"), rendered_at=NOW,
)  # fmt: skip


@pytest.fixture
def edition(tmp_path: Path) -> Edition:
    """An edition on the disk."""
    made = replace(
        EDITION,
        path=editions.place(tmp_path, "2026-W03", "en", 2),
        checksums=checksums(CONTENT),
    )
    editions.write(made, CONTENT)
    return made


def test_restatements_were_looked_for_in_the_numbers_of_metrics() -> None:
    known = next(iter(metrics()))
    printed = pl.DataFrame({"as_of": [FRIDAY] * 3, "metric": [known, "no metric", known]})
    assert compared(printed) == Compared(FRIDAY, 2)
    assert compared(printed.clear()) is None


@pytest.mark.parametrize(
    ("language", "links"),
    [("en", ["zh.html", "../index.html"]), ("zh", ["en.html", "../index_zh.html"])],
)
def test_the_web_edition_leads_to_the_other_language_and_to_all_issues(
    language: str, links: list[str]
) -> None:
    assert [one.address for one in beside(language)] == links


def test_a_revision_stands_for_the_edition_before_of_the_same_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = books("mart.issue", "mart.printed")
    issue: Any = SimpleNamespace(issue_id="2026-W03", as_of=FRIDAY, facts="facts", series="series")
    assert replaced(opened, issue, "en", 1) is None
    known = {"issue_id": "2026-W03", "language": "en", "as_of": FRIDAY, "rendered_at": NOW}
    put(
        opened,
        "mart.issue",
        [known | {"revision": 1}, known | {"revision": 2, "as_of": date(2026, 1, 13)}],
    )
    del known["rendered_at"]
    put(opened, "mart.printed", [known | {"revision": 1, "fact_id": "f"}])
    seen: list[Any] = []

    def changes(printed: pl.DataFrame, *given: Any) -> str:
        seen.append((printed["fact_id"].to_list(), *given))
        return "changes"

    monkeypatch.setattr(briefing, "changes", changes)
    found = replaced(opened, issue, "en", 2)
    on_saturday_there = date(2026, 1, 17)
    assert found == Replaced(2, 1, on_saturday_there, "changes")  # type: ignore[arg-type]
    assert seen == [(["f"], "facts", "series")]
    assert replaced(opened, issue, "en", 3) is None, "the one before is of another day"


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What rendering again gives, and what is said meanwhile."""
    known: dict[str, Any] = {"content": CONTENT, "said": [], "built": []}

    def build(ws: Any, *days: date) -> Any:
        known["built"].append((ws, *days))
        return EDITION  # anything with fields that can be replaced

    monkeypatch.setattr(briefing, "build", build)
    monkeypatch.setattr(briefing, "replace", lambda issue, **_: issue)
    monkeypatch.setattr(briefing, "replaced", lambda *given: known["said"].append(given[0]))
    monkeypatch.setattr(briefing, "told", lambda *_: None)
    monkeypatch.setattr(briefing.pages, "mail", lambda *_: None)
    monkeypatch.setattr(briefing, "contents", lambda *_: (known["content"] | {"web": b"x"}, ""))
    monkeypatch.setattr(briefing, "warn", known["said"].append)
    return known


@contextmanager
def writing() -> Any:
    yield "opened"


WS: Any = SimpleNamespace(at=lambda moment: f"at {moment}", writing=writing)


def test_what_is_intact_is_not_rendered_again(edition: Edition, again: dict[str, Any]) -> None:
    assert repaired(WS, edition)
    assert again["said"] == again["built"] == []


@pytest.mark.parametrize(("given", "reader"), [(None, "opened"), ("mine", "mine")])
def test_what_is_damaged_is_rendered_to_the_byte_as_of_its_own_moment(
    edition: Edition, again: dict[str, Any], given: Any, reader: str
) -> None:
    edition.path.write_bytes(b"cut")
    assert repaired(WS, edition, given)
    assert editions.read(edition) == CONTENT
    assert again["built"] == [(f"at {NOW}", FRIDAY, FRIDAY)]
    first, opened, last = again["said"]
    assert first.startswith(f"damaged or gone: {edition.path}; the issue is rendered again")
    assert opened == reader
    assert last.startswith("its files have the same bytes again")


def test_what_comes_out_as_another_is_left_as_it_is(
    edition: Edition, again: dict[str, Any]
) -> None:
    edition.path.write_bytes(b"cut")
    again["content"] = CONTENT | {"facts": b"other"}
    assert not repaired(WS, edition)
    assert edition.path.read_bytes() == b"cut"
    assert again["said"][-1].startswith("it cannot be rendered as it was")


def test_only_what_is_as_it_was_rendered_is_mailed(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(briefing, "repaired", lambda *_: True)
    assert verified(WS, edition) == CONTENT
    edition.path.write_bytes(b"cut")
    with pytest.raises(DeliveryFailed, match=r"\.pdf changes while it is read; nothing was mailed"):
        verified(WS, edition)
    monkeypatch.setattr(briefing, "repaired", lambda *_: False)
    monkeypatch.setattr(briefing, "render", lambda *_: replace(edition, revision=3))
    with pytest.raises(
        DeliveryFailed, match=r"revision 2, are damaged .* revision 3, stands for it"
    ):
        verified(WS, edition)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Who reads, who reads this edition, and what becomes of each letter."""
    known: dict[str, Any] = {"readers": [], "own": [], "ok": True, "log": []}

    def recipients(_: Any, to: Any = None, lang: Any = None) -> list[Any]:
        known["log"].append((to, lang))
        return [SimpleNamespace(address=a) for a in (to or known["readers"])]

    def deliver(*given: Any) -> list[Any]:
        known["log"].append(given[1:])
        return [SimpleNamespace(recipient=a, detail="no", ok=known["ok"]) for a in given[3]]

    monkeypatch.setattr(briefing, "recipients", recipients)
    monkeypatch.setattr(briefing, "readers_of", lambda *_: known["own"])
    monkeypatch.setattr(briefing, "verified", lambda *_: CONTENT)
    monkeypatch.setattr(briefing, "deliver", deliver)
    return known


def mailed(*given: Any) -> Any:
    """The step without Prefect."""
    return getattr(mail_out, "__wrapped__", mail_out)(WS, EDITION, *given)


def test_letters_go_to_who_is_named_or_to_who_reads_the_edition(desk: dict[str, Any]) -> None:
    desk |= {"readers": ["a"], "own": ["a", "b"]}
    assert [one.recipient for one in mailed(["c"])] == ["c"]
    assert [one.recipient for one in mailed()] == ["a", "b"]
    assert desk["log"][-1] == (EDITION, CONTENT, ["a", "b"])


def test_where_nobody_reads_the_language_nothing_is_mailed(desk: dict[str, Any]) -> None:
    desk["readers"] = ["a"]
    assert mailed(None, "zh") == []
    assert desk["log"] == [(None, "zh")]


def test_whoever_was_not_reached_is_named(desk: dict[str, Any]) -> None:
    desk |= {"own": ["a", "b"], "ok": False}
    with pytest.raises(
        DeliveryFailed, match="2026-W03 was not delivered to everybody; a: no; b: no"
    ):
        mailed()


def test_an_edition_is_the_newest_of_its_issue_and_language(tmp_path: Path) -> None:
    opened = books("mart.issue", "meta.setting")
    ws: Any = SimpleNamespace(settings=SimpleNamespace(home=tmp_path))

    @contextmanager
    def writing() -> Any:
        yield opened

    ws.writing = writing
    with pytest.raises(InputRefused, match=r"issue 2026-W03 \(en\) was never rendered; run"):
        rendered(ws, "2026-W03")
    rows = (
        {"issue_id": "2026-W03", "language": lang, "revision": n, "as_of": FRIDAY, "path": "p"}
        for lang, n in (("en", 1), ("en", 2), ("zh", 3))
    )
    put(opened, "mart.issue", rows)
    assert rendered(ws, "2026-W03").revision == 2
    assert rendered(ws, "2026-W03", "zh").revision == 3
    assert not rendered(ws, "2026-W03").simulated
    put(opened, "meta.setting", [{"name": "simulated", "value": "true"}])
    assert rendered(ws, "2026-W03").simulated


def test_what_is_warned_of_is_logged_and_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(briefing, "finished", shown.append)
    briefing.warn("careful")
    assert (shown, "careful" in caplog.text) == (["careful"], True)
