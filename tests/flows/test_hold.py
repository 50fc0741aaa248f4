"""Data that end in January and a run in November: the issue is set, says so, and nobody gets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

from flows import weekly
from flows.briefing import mail_out, rendered
from flows.collect import CollectionIncomplete
from flows.ingestion.results import Outcome
from flows.workspace import Workspace
from warehouse.errors import IssueHeld
from warehouse.records import deliveries

ANN = "ann@example.org"
NOTHING_CAME = CollectionIncomplete([Outcome("index_daily", "A", missing=["2026-11-27"])])


@pytest.fixture
def november(
    filled: Workspace, at: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """The drawn market, which ends on 13 January, on a Friday evening in November."""
    ws = at(2026, 11, 27, 19)
    monkeypatch.setattr(weekly, "workspace", lambda: ws)

    def gather(*_: object) -> None:
        raise NOTHING_CAME

    monkeypatch.setattr(weekly, "gather", gather)
    return ws


def test_the_issue_is_set_and_held_until_somebody_mails_it_knowingly(november: Workspace) -> None:
    with pytest.raises(IssueHeld) as held:
        weekly.weekly.fn(send=True, to=[ANN])
    said = str(held.value)
    assert "no new data. index closes: newest 2026-01-13, expected 2026-11-27" in said
    assert f"briefing send {held.value.issue_id}" in said
    where, shortfall = held.value.__notes__
    assert "missing 2026-11-27" in shortfall
    pdf = Path(where.removeprefix("It lies in "))
    page = " ".join(PdfReader(pdf).pages[0].extract_text().split()).replace("\xa0", " ")
    assert "No new data since 13 Jan 2026" in page
    with november.writing() as warehouse:
        assert deliveries.standing(warehouse, held.value.issue_id) == []

    (outcome,) = mail_out(november, rendered(november, held.value.issue_id), [ANN])
    assert outcome.ok
    (letter,) = (november.settings.home / "outbox").rglob("*.eml")
    message = message_from_bytes(letter.read_bytes(), policy=policy.default)
    assert "No new data since 13 Jan 2026" in message["Subject"].replace("\xa0", " ")


@pytest.fixture
def posted(november: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The days of the issues that were mailed; none is set or measured."""
    days: list[date] = []

    def issue(ws: Workspace, requested: date | None, _wanted: object) -> list[SimpleNamespace]:
        edition = SimpleNamespace(
            as_of=ws.resolve(requested),
            issue_id="x",
            path=Path("x.pdf"),
            subject="x",
            revision=1,
            language="en",
        )
        return [edition]

    monkeypatch.setattr(weekly, "issue", issue)
    monkeypatch.setattr(weekly, "post", lambda _ws, made, *_: days.append(made[0].as_of))
    return days


def test_an_issue_that_nobody_is_to_get_is_not_held(posted: list[date]) -> None:
    assert weekly.weekly.fn(collect=False) == "x.pdf"
    assert posted == []


def test_an_issue_of_a_past_day_is_mailed(posted: list[date]) -> None:
    weekly.weekly.fn(as_of=date(2026, 1, 13), collect=False, send=True, to=[ANN])
    with pytest.raises(IssueHeld):
        weekly.weekly.fn(collect=False, send=True, to=[ANN])
    assert posted == [date(2026, 1, 13)]
