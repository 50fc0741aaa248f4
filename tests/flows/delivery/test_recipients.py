"""Who gets an issue, in which language, and who gets a correction of it."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from email import policy
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows import mailing
from flows.delivery import deliver as delivery
from flows.delivery.deliver import deliver
from flows.delivery.recipients import readers_of, recipients, wanted_languages
from flows.editions import Edition, Language
from flows.mailing import post as post_issue
from flows.mailing import send_issue
from flows.settings import Mail
from flows.workspace import Workspace
from warehouse.errors import DeliveryFailed, InputRefused

ANN, BEN, LIN, WEI = (f"{name}@example.org" for name in ("ann", "ben", "lin", "wei"))
READERS = [ANN, {"address": LIN, "lang": "zh"}]
CONTENT = {"text": b"said\n", "html": b"<p>said</p>", "pdf": b"%PDF-1.7 ..."}


def edition(language: Language, revision: int = 1) -> Edition:
    return Edition(
        issue_id="2026-W03", revision=revision, as_of=date(2026, 1, 16), language=language,
        subject="Rally", requested=date(2026, 1, 16), path=Path(f"issues/2026-W03/{language}.pdf"),
        content_hash=f"{language}{revision}", simulated=False,
        rendered_at=datetime(2026, 1, 16, 12),
    )  # fmt: skip


class Shelf:
    """The newest edition of each language; one that is missing is rendered when it is asked for."""

    def __init__(self) -> None:
        self.newest: dict[str, int] = {}
        self.made: list[str] = []

    def rendered(self, _ws: Workspace, issue_id: str, lang: Language = "en") -> Edition:
        if lang not in self.newest or issue_id != "2026-W03":
            raise InputRefused("never rendered")
        return edition(lang, self.newest[lang])

    def render(self, _ws: Workspace, _day: date, _asked: date, lang: Language) -> Edition:
        self.made.append(lang)
        self.newest[lang] = 1
        return edition(lang)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf()
    monkeypatch.setattr(mailing, "rendered", made.rendered)
    monkeypatch.setattr(mailing, "render", made.render)
    monkeypatch.setattr("flows.briefing.verified", lambda *_: CONTENT)
    monkeypatch.setattr(mailing, "days", lambda _: {})
    return made


@pytest.fixture
def desk(office: Callable, post: Callable) -> Iterator[tuple[Workspace, Callable]]:
    """A workspace with a reader of each language, and what its server took: (who, subject)."""
    server = post(settings={"recipients": READERS})
    ws = office(server.mail)

    def taken() -> list[tuple[str, str]]:
        letters = [
            (who, email.message_from_bytes(wire, policy=policy.default))
            for who, wire in server.taken
        ]
        return [(f"{who} {m['Content-Language']}", m["Subject"]) for who, m in letters]

    return ws, taken


def readers(ws: Workspace, *to: str, lang: str | None = None) -> list[tuple[str, str]]:
    return [(one.address, one.lang) for one in recipients(ws, to, lang)]


def of(mail: Mail, office: Callable, **changes: object) -> Workspace:
    return office(mail.model_copy(update=changes))


def test_a_bare_address_reads_english_and_a_choice_overrides_all(desk):
    ws, _ = desk
    assert readers(ws) == [(ANN, "en"), (LIN, "zh")]
    assert readers(ws, lang="zh") == [(ANN, "zh"), (LIN, "zh")]
    assert readers(ws, lang="both") == [(ANN, "en"), (LIN, "zh")]
    assert readers(ws, "LIN@example.org", BEN) == [(LIN, "zh"), (BEN, "en")]


def test_the_languages_are_those_that_somebody_reads(desk, office):
    ws, _ = desk
    assert wanted_languages(ws, None) == ("en", "zh")
    assert wanted_languages(ws, None, [LIN]) == ("zh",)
    assert wanted_languages(ws, "en") == ("en",)
    nobody = office(Mail(sender="desk@example.org"))
    assert wanted_languages(nobody, None) == ("en",)
    assert readers(nobody, lang="zh") == [("desk@example.org", "zh")]


def test_nobody_has_two_languages():
    with pytest.raises(ValidationError, match="two languages"):
        Mail(recipients=[ANN, {"address": ANN.upper(), "lang": "zh"}])
    assert len(Mail(recipients=[ANN, ANN]).recipients) == 2  # an older home may say it twice


def test_who_has_unsubscribed_is_never_mailed(desk, office):
    ws, _ = desk
    left = office(ws.settings.mail.model_copy(update={"unsubscribed": [ANN]}))
    assert readers(left) == [(LIN, "zh")]
    with pytest.raises(InputRefused, match="unsubscribed"):
        recipients(left, [ANN.upper()])
    deliver(ws, edition("en"), CONTENT, [ANN, BEN])
    assert readers_of(left, edition("en", 2)) == [BEN]


def test_each_reader_gets_the_edition_of_their_language_once(desk, shelf):
    ws, taken = desk
    both = [edition("en"), edition("zh")]
    for _ in range(2):
        post_issue(ws, both)
    assert [who for who, _ in taken()] == [f"{ANN} en-GB", f"{LIN} zh-Hans"]


def test_a_run_killed_between_two_editions_goes_on_with_the_second(desk, shelf, monkeypatch):
    ws, taken = desk
    both = [edition("en"), edition("zh")]
    asked = delivery.hand_over

    def killed(mail, wire, recipient, context):
        if recipient == LIN:
            raise KeyboardInterrupt
        return asked(mail, wire, recipient, context)

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "hand_over", killed)
        with pytest.raises(KeyboardInterrupt):
            post_issue(ws, both)
    with pytest.raises(DeliveryFailed, match="unknown whether it arrived"):
        post_issue(ws, both)  # LIN was being asked: at most once is kept
    assert [who for who, _ in taken()] == [f"{ANN} en-GB"]


def test_a_changed_language_brings_no_second_issue_by_itself(desk, shelf, office):
    ws, taken = desk
    post_issue(ws, [edition("en"), edition("zh")])
    now = office(ws.settings.mail.model_copy(update={"recipients": Mail(
        recipients=[{"address": ANN, "lang": "zh"}, {"address": LIN, "lang": "zh"}]).recipients}))  # fmt: skip
    post_issue(now, [edition("zh")])
    shelf.newest = {"en": 1, "zh": 1}
    send_issue(now, "2026-W03")
    assert [who for who, _ in taken()] == [f"{ANN} en-GB", f"{LIN} zh-Hans"]
    send_issue(now, "2026-W03", lang="zh")  # the operator says so
    assert [who for who, _ in taken()][2:] == [f"{ANN} zh-Hans"]


def test_one_edition_that_fails_does_not_keep_the_other(desk, shelf, monkeypatch):
    ws, taken = desk

    def broken(_ws, one):
        if one.language == "en":
            raise DeliveryFailed("damaged")
        return CONTENT

    monkeypatch.setattr("flows.briefing.verified", broken)
    with pytest.raises(DeliveryFailed, match="damaged"):
        post_issue(ws, [edition("en"), edition("zh")])
    assert [who for who, _ in taken()] == [f"{LIN} zh-Hans"]


def test_send_renders_the_language_that_is_missing(desk, shelf):
    ws, taken = desk
    shelf.newest = {"en": 1}
    send_issue(ws, "2026-W03")
    assert shelf.made == ["zh"]
    assert [who for who, _ in taken()] == [f"{ANN} en-GB", f"{LIN} zh-Hans"]
    with pytest.raises(InputRefused, match="never rendered"):
        send_issue(ws, "2026-W09")


def test_a_correction_goes_to_those_who_had_the_first_and_to_nobody_as_one_else(
    desk, shelf, office
):
    """Ben was named by hand and stands in no settings; Wei reads it from now on."""
    ws, taken = desk
    shelf.newest = {"en": 1, "zh": 1}
    send_issue(ws, "2026-W03")
    send_issue(ws, "2026-W03", [BEN])
    first = len(taken())
    shelf.newest = {"en": 2, "zh": 1}
    more = Mail(recipients=[*READERS, WEI]).recipients
    later = office(ws.settings.mail.model_copy(update={"recipients": more}))
    for _ in range(2):
        send_issue(later, "2026-W03")
    assert sorted(taken()[first:]) == [
        (f"{ANN} en-GB", "Correction: Rally"),
        (f"{BEN} en-GB", "Correction: Rally"),
        (f"{WEI} en-GB", "Rally"),
    ]
    shelf.newest["zh"] = 2
    send_issue(later, "2026-W03")
    assert taken()[first + 3 :] == [(f"{LIN} zh-Hans", "【更正】Rally")]


def test_who_was_refused_the_first_gets_the_second_as_an_issue(office, post, shelf):
    server = post(rcpt={ANN: "550 unknown"}, settings={"recipients": [ANN]})
    ws = office(server.mail)
    with pytest.raises(DeliveryFailed):
        deliver_all(ws, edition("en"))
    server.rcpt.clear()
    shelf.newest = {"en": 2}
    send_issue(ws, "2026-W03")
    ((_, wire),) = server.taken
    message = email.message_from_bytes(wire, policy=policy.default)
    assert (message["Subject"], message["References"]) == ("Rally", None)


def deliver_all(ws: Workspace, one: Edition) -> None:
    post_issue(ws, [one])


def test_a_correction_threads_to_the_letter_that_went_out(office, post):
    server = post()
    ws = office(server.mail)
    deliver(ws, edition("en"), CONTENT, [ANN])
    moved = office(server.mail.model_copy(update={"sender": "new@example.net"}))
    for revision in (2, 3):
        deliver(
            moved,
            replace(edition("en"), revision=revision, content_hash=f"{revision}"),
            CONTENT,
            [ANN],
        )
    ids, threads = [], []
    for _, wire in server.taken:
        message = email.message_from_bytes(wire, policy=policy.default)
        ids.append(message["Message-ID"])
        threads.append((message["In-Reply-To"], message["References"]))
    assert threads == [(None, None), (ids[0], ids[0]), (ids[0], f"{ids[0]} {ids[1]}")]
