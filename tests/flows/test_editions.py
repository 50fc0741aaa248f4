"""An edition is whole or it is not mailed: what is empty,
cut, altered or gone is made again first.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from flows import briefing, mailing
from flows.briefing import mail_out, render, render_each, rendered
from flows.editions import Edition
from flows.mailing import post as post_
from flows.mailing import send_issue, served
from flows.workspace import Workspace
from tests.flows.conftest import Post
from transforms.engine.evaluate import METRIC_FRAME
from transforms.facts import FactBook
from transforms.issue.issue import Issue
from transforms.issue.revisions import CORRECTIONS
from warehouse.errors import DeliveryFailed
from warehouse.records import issues
from warehouse.storage.store import Warehouse

ANN, BEN = "ann@example.org", "ben@example.org"
TUESDAY, FRIDAY = date(2026, 1, 13), date(2026, 1, 16)
REACH = {
    "dataset": pl.String,
    "newest_observation": pl.Date,
    "expected_observation": pl.Date,
    "state": pl.String,
}


class Press:
    """Sets issues of a few bytes, which say what is known, and notes the moments it stood at."""

    def __init__(self) -> None:
        self.says = "calm"
        self.moments: list[datetime] = []

    def build(self, ws: Workspace, as_of: date, requested: date | None = None) -> Issue:
        self.moments.append(ws.now_utc)
        bare = {
            name: pl.DataFrame() for name in ("discrepancies", "gaps", "refusals", "movers")
        } | {"series": METRIC_FRAME.to_frame()}
        return Issue(
            issue_id=issues.identity(as_of, ws.calendar), as_of=as_of, requested=requested or as_of,
            cutoff=ws.now_utc, facts=FactBook([]), health=pl.DataFrame(schema=REACH), claims=(),
            simulated=False, names={}, **bare,
        )  # fmt: skip

    def contents(self, issue: Issue, *_: object) -> tuple[dict[str, bytes], str]:
        said = f"{self.says} on {issue.as_of}".encode()
        pdf = b"%PDF-1.7 " + said + b" %%EOF"
        files = {"workbook": said, "html": said, "text": said, "web": said, "pdf": pdf}
        return {"facts": b"[]", **files}, ""


@pytest.fixture
def press(books: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Press:
    made = Press()
    books.connection.execute("DELETE FROM mart.issue")
    monkeypatch.setattr(mailing.LOG, "disabled", False)
    monkeypatch.setattr(briefing.LOG, "disabled", False)  # Prefect's set-up disables what was there
    monkeypatch.setattr(briefing, "build", made.build)
    monkeypatch.setattr(briefing, "contents", made.contents)
    monkeypatch.setattr(briefing.pages, "mail", lambda *_: SimpleNamespace(subject="Calm", html=""))
    monkeypatch.setattr(briefing, "told", lambda *_: None)
    monkeypatch.setattr(briefing, "forecasts_of", lambda *_: pl.DataFrame())
    said = lambda issue, *_, **__: f"{made.says} {issue.as_of}"  # noqa: E731
    monkeypatch.setattr(briefing, "fingerprint", said)
    return made


SPOILING: dict[str, Callable[[Edition], None]] = {
    "emptied": lambda e: e.path.write_bytes(b""),
    "cut": lambda e: e.facts.write_bytes(e.facts.read_bytes()[:-1]),
    "altered": lambda e: e.html.write_text("<script>"),
    "workbook altered": lambda e: e.workbook.write_bytes(b"PK"),
    "gone": lambda e: e.text.unlink(),
    "folder gone": lambda e: shutil.rmtree(e.path.parent),
}


@pytest.mark.parametrize("how", SPOILING)
def test_what_is_spoilt_is_made_again_before_it_is_mailed(
    office: Callable, post: Callable, press: Press, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = post()
    ws = office(server.mail)
    edition = render(ws, FRIDAY)
    good = {part: file.read_bytes() for part, file in edition.parts.items()}
    SPOILING[how](edition)
    (outcome,) = mail_out(ws, rendered(ws, "2026-W03"), [ANN])
    assert (outcome.state, outcome.revision) == ("SENT", 1)
    assert {part: file.read_bytes() for part, file in edition.parts.items()} == good
    assert press.moments[-1] == edition.rendered_at  # it knows nothing that came later
    assert "damaged or gone" in caplog.text
    assert len(server.taken) == 1


def test_editions_of_both_languages_are_of_one_issue_and_one_moment(
    office: Callable, nobody: object, press: Press
) -> None:
    english, chinese = render_each(office(nobody), FRIDAY, None, ("en", "zh"))
    assert (english.language, chinese.language) == ("en", "zh")
    assert press.moments == [english.rendered_at] == [chinese.rendered_at]


@pytest.mark.parametrize("spoilt", ["", "emptied"])
def test_an_edition_of_before_there_were_workbooks_is_whole_without_one(
    office: Callable,
    post: Callable,
    press: Press,
    monkeypatch: pytest.MonkeyPatch,
    spoilt: str,
) -> None:
    server = post()
    ws = office(server.mail)
    with monkeypatch.context() as patch:
        fewer = {"facts", "html", "text", "pdf"}
        patch.setattr(
            briefing,
            "contents",
            lambda *of: (
                dict(pair for pair in press.contents(*of)[0].items() if pair[0] in fewer),
                "",
            ),
        )
        edition = render(ws, FRIDAY)
    if spoilt:
        SPOILING[spoilt](edition)
    (outcome,) = mail_out(ws, rendered(ws, "2026-W03"), [ANN])
    assert (outcome.state, outcome.revision) == ("SENT", 1)
    assert edition.path.read_bytes().endswith(b"%%EOF")
    assert not edition.workbook.exists()


def test_running_again_mends_the_files_under_the_same_revision(
    office: Callable, nobody: object, press: Press
) -> None:
    ws = office(nobody)
    edition = render(ws, FRIDAY)
    edition.path.write_bytes(b"")
    assert render(ws, FRIDAY) == edition
    assert edition.path.read_bytes().endswith(b"%%EOF")


def test_what_cannot_be_made_again_is_a_new_revision_and_the_operators_to_send(
    office: Callable, post: Callable, press: Press
) -> None:
    server = post()
    ws = office(server.mail)
    old = render(ws, FRIDAY)
    old.path.write_bytes(b"%PDF-1.7 cal")
    press.says = "hot"
    with pytest.raises(
        DeliveryFailed, match=r"nothing was mailed.*revision 2.*briefing send 2026-W03"
    ):
        mail_out(ws, rendered(ws, "2026-W03"), [ANN])
    assert server.taken == []
    assert old.path.read_bytes() == b"%PDF-1.7 cal"
    assert [o.revision for o in mail_out(ws, rendered(ws, "2026-W03"), [ANN])] == [2]


def test_same_words_with_other_bytes_are_a_new_revision_too(
    office: Callable, nobody: object, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = office(nobody)
    old = render(ws, FRIDAY)
    old.path.write_bytes(b"")
    monkeypatch.setattr(briefing, "fingerprint", lambda issue, *_, **__: f"calm {issue.as_of}")
    press.says = "hot"
    new = render(ws, FRIDAY)
    assert (new.revision, new.content_hash) == (2, old.content_hash)
    assert render(ws, FRIDAY) == new


@pytest.fixture
def unsealed(office: Callable, post: Callable, press: Press, books: Warehouse) -> Callable:
    """Mails an issue from before there were checksums, whose PDF is this.

    The result is the server.
    """

    def send(pdf: bytes) -> Post:
        server = post()
        ws = office(server.mail)
        old = render(ws, FRIDAY)
        books.connection.execute("UPDATE mart.issue SET files = NULL, requested = NULL")
        old.path.write_bytes(pdf)
        mail_out(ws, rendered(ws, "2026-W03"), [ANN])
        return server

    return send


def test_an_edition_from_before_there_were_checksums_is_judged_by_what_is_known(
    unsealed: Callable,
) -> None:
    assert len(unsealed(b"%PDF-1.7 whole %%EOF").taken) == 1


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7 ha", b"<html>"])
def test_one_that_cannot_be_whole_is_made_anew(unsealed: Callable, pdf: bytes) -> None:
    with pytest.raises(DeliveryFailed, match=r"nothing was mailed.*revision 2, stands for it"):
        unsealed(pdf)


def test_an_issue_between_two_regular_ones_makes_neither_a_correction(
    office: Callable, post: Callable, press: Press
) -> None:
    server = post(settings={"recipients": [ANN, BEN]})
    ws = office(server.mail)
    tuesday = render(ws, TUESDAY)
    mail_out(ws, tuesday)
    friday = render(ws, FRIDAY)
    assert [(e.issue_id, e.revision) for e in (tuesday, friday)] == [
        ("2026-01-13", 1),
        ("2026-W03", 1),
    ]
    mail_out(ws, friday)
    assert [who for who, _ in server.taken] == [ANN, BEN] * 2
    assert rendered(ws, "2026-01-13") == tuesday


def test_a_tuesday_of_an_older_home_does_not_make_friday_a_correction(
    office: Callable, post: Callable, press: Press, books: Warehouse
) -> None:
    """There every issue of a week bore the name of the week."""
    server = post(settings={"recipients": [ANN]})
    ws = office(server.mail)
    tuesday = replace(render(ws, TUESDAY), issue_id="2026-W03")
    books.connection.execute("UPDATE mart.issue SET issue_id = '2026-W03', files = NULL")
    tuesday.facts.write_bytes(b"[]")
    mail_out(ws, replace(tuesday, checksums=None), [ANN])
    friday = render(ws, FRIDAY)
    assert (friday.issue_id, friday.revision) == ("2026-W03", 2)
    assert served(ws, friday) == set()
    books.connection.execute("UPDATE mart.issue SET as_of = ?", [FRIDAY])
    assert served(ws, friday) == {ANN}


@pytest.mark.parametrize("named_then", ["2026-W03", "2026-01-16"])
def test_a_day_that_was_mailed_under_another_name_is_not_mailed_again(
    office: Callable, post: Callable, press: Press, books: Warehouse, named_then: str
) -> None:
    """A Tuesday of an older home; a last day of a week where the calendar ended."""
    day = TUESDAY if named_then == "2026-W03" else FRIDAY
    server = post(settings={"recipients": [ANN, BEN]})
    ws = office(server.mail)
    then = replace(render(ws, day), issue_id=named_then)
    books.connection.execute("UPDATE mart.issue SET issue_id = ?, files = NULL", [named_then])
    then.facts.write_bytes(b"[]")
    mail_out(ws, replace(then, checksums=None), [ANN])
    now = render(ws, day)
    assert now.issue_id != named_then
    assert served(ws, now) == {ANN}
    post_(ws, [now])
    assert [who for who, _ in server.taken] == [ANN, BEN]


def test_a_letter_of_the_week_whose_edition_was_lost_may_be_of_any_of_its_days(
    office: Callable,
    post: Callable,
    press: Press,
    books: Warehouse,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = post(settings={"recipients": [ANN]})
    ws = office(server.mail)
    mail_out(ws, render(ws, FRIDAY))
    books.connection.execute("DELETE FROM mart.issue")
    post_(ws, [render(ws, TUESDAY)])
    assert [who for who, _ in server.taken] == [ANN]
    assert f"was not mailed to {ANN}, who have, or may have, another edition" in caplog.text
    assert served(ws, render(ws, date(2026, 1, 20))) == set()


def test_a_number_of_a_letter_is_not_given_again(
    office: Callable, nobody: object, press: Press, books: Warehouse
) -> None:
    """After a restoration letters may be known whose edition is not."""
    ws = office(nobody)
    edition = render(ws, FRIDAY)
    with pytest.raises(DeliveryFailed):
        mail_out(ws, edition, [ANN])
    books.connection.execute("DELETE FROM mart.issue")
    press.says = "hot"
    assert render(ws, FRIDAY).revision == 2


def test_an_edition_is_written_down_with_its_forecasts_or_not_at_all(
    office: Callable,
    nobody: object,
    press: Press,
    books: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ws = office(nobody)
    with monkeypatch.context() as patch:
        patch.setattr(briefing.forecasts, "freeze", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            render(ws, FRIDAY)
    assert books.query("FROM mart.issue").is_empty()
    assert render(ws, FRIDAY).revision == 1
    assert books.query("FROM mart.issue").height == 1


def test_send_makes_the_revision_that_tells_what_was_restated_since_and_mails_it_once(
    office: Callable, post: Callable, press: Press, books: Warehouse
) -> None:
    server = post(settings={"recipients": [ANN, BEN]})
    ws = office(server.mail)
    mail_out(ws, render(ws, FRIDAY), [ANN])
    row = dict.fromkeys(CORRECTIONS, None) | {
        "fact_id": "f", "metric": "close", "entity": "X", "observation_date": FRIDAY, "unit": "",
        "before": 1.0, "value": 2.0, "sources": "drawn", "fetched_at": ws.now_utc,
    }  # fmt: skip
    later, latest = (
        replace(ws, clock=lambda hours=hours: ws.now + timedelta(hours=hours)) for hours in (1, 2)
    )
    with books.transaction():
        issues.correct(books, FRIDAY, later.now_utc, pl.DataFrame([row], CORRECTIONS))
    press.says = "calm, and one number restated"
    for _ in range(2):
        outcomes = send_issue(latest, "2026-W03", lang="en")
        assert [(o.recipient, o.revision) for o in outcomes if o.recipient == ANN] == [(ANN, 2)]
    assert [who for who, _ in server.taken] == [ANN, ANN, BEN]
    first, second, bens = (b"Correction" in wire for _, wire in server.taken)
    assert (first, second, bens) == (False, True, False)
