"""Per issue, revision, language and recipient at most once, whatever happens in between."""

from __future__ import annotations

import email
import logging
import shutil
import threading
from dataclasses import replace
from datetime import date, datetime
from email import policy
from pathlib import Path

import pytest

from flows.delivery import deliver as delivery
from flows.delivery.deliver import outbox, resend
from flows.delivery.recipients import recipients
from flows.editions import Edition
from flows.settings import Mail, Settings
from flows.workspace import Workspace
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.records.deliveries import record, standing
from warehouse.storage.lock import writer_lock
from warehouse.tables.meta import Delivery, State

EDITION = Edition(
    issue_id="2026-W03",
    revision=1,
    as_of=date(2026, 1, 16),
    language="en",
    subject="China tech briefing 2026-W03: structural, and hot",
    requested=date(2026, 1, 16),
    path=Path("issues/2026-W03/en.pdf"),
    content_hash="c0ffee",
    simulated=False,
    rendered_at=datetime(2026, 1, 16, 12),
)
CONTENT = {
    "text": b"Structural, and hot.\n",
    "html": b"<html><body><p>Structural, and hot.</p></body></html>",
    "pdf": b"%PDF-1.7 ...",
}
ANN, BEN = "ann@example.org", "ben@example.org"
NO_SERVER = Mail(sender="desk@example.org")


def deliver(ws, edition, recipients):
    """Deliver an edition with the content of these tests."""
    return delivery.deliver(ws, edition, CONTENT, recipients)


def states(outcomes):
    return [(o.recipient, str(o.state), o.attempted) for o in outcomes]


def steps(ws):
    """The states that the ledger went through, per recipient."""
    with ws.writing() as warehouse:
        rows = warehouse.query(
            "SELECT recipient, state FROM meta.delivery ORDER BY recipient, step"
        )
    return {
        r: rows.filter(recipient=r)["state"].to_list() for r in rows["recipient"].unique().sort()
    }


def letters(ws):
    return sorted((ws.settings.home / "outbox").rglob("*.eml"))


def test_each_recipient_gets_the_stored_bytes_and_the_ledger_says_so(post, office):
    server = post()
    ws = office(server.mail)
    assert states(deliver(ws, EDITION, [ANN, BEN])) == [(ANN, "SENT", True), (BEN, "SENT", True)]
    assert server.taken == [(ANN, letters(ws)[0].read_bytes()), (BEN, letters(ws)[1].read_bytes())]
    assert steps(ws) == {r: ["PREPARED", "SENDING", "SENT"] for r in (ANN, BEN)}
    assert not list(ws.settings.home.rglob("*.tmp"))


def test_twice_is_once_and_says_so(post, real_office):
    server = post()
    ws = real_office(server.mail)
    deliver(ws, EDITION, [ANN])
    (again,) = deliver(ws, EDITION, ["Ann@Example.org"])
    assert (again.state, again.attempted) == (State.SENT, False)
    assert "already sent at 2026-01-17 04:00 UTC; nothing was sent now" in again.detail
    assert (server.visits, len(server.taken)) == (1, 1)


def test_another_language_revision_or_recipient_is_another_delivery(post, office):
    server = post()
    ws = office(server.mail)
    others = [replace(EDITION, language="zh"), replace(EDITION, revision=2, content_hash="bebe")]
    for edition in (EDITION, *others):
        deliver(ws, edition, [ANN])
    deliver(ws, EDITION, [ANN, BEN])
    assert len({email.message_from_bytes(wire)["Message-ID"] for _, wire in server.taken}) == 4


def test_one_revision_never_carries_another_pdf(post, office):
    server = post()
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    with pytest.raises(InputRefused, match="next revision"):
        deliver(ws, replace(EDITION, content_hash="other"), [BEN])
    assert len(server.taken) == 1


def test_one_bad_recipient_does_not_stop_the_others(post, office):
    server = post(rcpt={ANN: "550 no such user"})
    ws = office(server.mail)
    outcomes = deliver(ws, EDITION, [ANN, BEN])
    assert states(outcomes) == [(ANN, "REFUSED", True), (BEN, "SENT", True)]
    assert [o.ok for o in outcomes] == [False, True]
    assert "550 no such user" in outcomes[0].detail


#   answer at first   | state   | next deliver, resend, resend --force
GOES_AGAIN = {
    "451 try later": ("RETRY", ["SENT", "SENT", "SENT"]),
    "554 spam": ("REFUSED", ["REFUSED", "SENT", "SENT"]),
    "drop": ("UNKNOWN", ["UNKNOWN", "UNKNOWN", "SENT"]),
}


@pytest.mark.parametrize("answer", GOES_AGAIN)
def test_what_goes_again_and_by_which_command(answer, post, office):
    state, afterwards = GOES_AGAIN[answer]
    server = post(data=answer)
    ws = office(server.mail)
    assert states(deliver(ws, EDITION, [ANN])) == [(ANN, state, True)]
    (stored,) = letters(ws)
    before = stored.read_bytes()
    server.data = "250 taken"
    outcomes = deliver(ws, EDITION, [ANN]) + resend(ws, "2026-W03")
    outcomes += resend(ws, "2026-W03", force=True)
    assert [o.state for o in outcomes] == afterwards
    taken = [wire for _, wire in server.taken]
    assert set(taken) == {before} == {stored.read_bytes()}
    assert len(taken) == (2 if answer == "drop" else 1)  # a forced repetition is the same message


def test_a_run_that_died_while_sending_is_unknown_and_not_resent_by_itself(post, office, caplog):
    server = post()
    ws = office(server.mail)
    deliver(office_without(ws), EDITION, [ANN])
    with ws.writing() as warehouse:
        (last,) = standing(warehouse)
        record(warehouse, [last.then(State.SENDING, "asked", ws.now_utc)])
    (outcome,) = deliver(ws, EDITION, [ANN])
    assert (outcome.state, outcome.attempted) == (State.UNKNOWN, False)
    assert "briefing resend 2026-W03 --force" in outcome.detail
    assert "ann@example.org" in caplog.text
    assert server.visits == 0
    assert states(resend(ws, "2026-W03", force=True)) == [(ANN, "SENT", True)]


def office_without(ws):
    """The same home without a mail server."""
    return Workspace(Settings(home=ws.settings.home, mail=NO_SERVER), clock=ws.clock)


def test_a_run_killed_in_the_dialogue_leaves_sending_behind(post, real_office, monkeypatch):
    ws = real_office(post().mail)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "hand_over", killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(ws, EDITION, [ANN, BEN])
    assert steps(ws) == {ANN: ["PREPARED", "SENDING"], BEN: ["PREPARED"]}
    outcomes = deliver(ws, EDITION, [ANN, BEN])
    assert states(outcomes) == [(ANN, "UNKNOWN", False), (BEN, "SENT", True)]


def test_a_server_that_is_down_keeps_everything_and_says_how_to_resend(nobody, office, post):
    ws = office(nobody)
    with pytest.raises(DeliveryFailed) as caught:
        deliver(ws, EDITION, [ANN, BEN])
    message = str(caught.value)
    for part in (f"127.0.0.1:{nobody.port}", "refused", ANN, BEN, "issues/2026-W03/en.pdf",
                 str(letters(ws)[0]), "`briefing resend 2026-W03`"):  # fmt: skip
        assert part in message
    assert steps(ws) == {ANN: ["PREPARED", "SENDING", "RETRY"], BEN: ["PREPARED", "RETRY"]}
    server = post()
    again = Workspace(Settings(home=ws.settings.home, mail=server.mail), clock=ws.clock)
    assert states(deliver(again, EDITION, [ANN, BEN])) == [(ANN, "SENT", True), (BEN, "SENT", True)]


def test_a_resend_that_fails_leaves_the_unknown_unknown(post, nobody, office):
    server = post(data="drop")
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    down = Workspace(Settings(home=ws.settings.home, mail=nobody), clock=ws.clock)
    with pytest.raises(DeliveryFailed):
        resend(down, "2026-W03", force=True)
    server.data = "554 spam"
    assert states(resend(ws, "2026-W03", force=True)) == [(ANN, "UNKNOWN", True)]
    assert states(deliver(ws, EDITION, [ANN])) == [(ANN, "UNKNOWN", False)]


def test_the_writer_is_free_while_the_server_takes_its_time(office, nobody, monkeypatch):
    ws = office(nobody)

    def slow(*_):
        with writer_lock(ws.places.lock, wait_seconds=0):
            return delivery.Verdict(State.SENT, "250")

    monkeypatch.setattr(delivery, "hand_over", slow)
    assert states(deliver(ws, EDITION, [ANN])) == [(ANN, "SENT", True)]


def test_two_runs_at_once_send_once(post, office):
    server = post()
    ws = office(server.mail)
    runs = [threading.Thread(target=deliver, args=(ws, EDITION, [ANN, BEN])) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(r for r, _ in server.taken) == [ANN, BEN]


def test_without_a_server_the_message_waits_in_the_outbox(office):
    ws = office(NO_SERVER)
    for _ in range(2):
        assert states(deliver(ws, EDITION, [one.address for one in recipients(ws)])) == [
            ("desk@example.org", "OUTBOX", False)
        ]
    (letter,) = letters(ws)
    message = email.message_from_bytes(letter.read_bytes(), policy=policy.default)
    assert message["To"] == "desk@example.org"
    assert [p.get_content() for p in message.iter_attachments()] == [CONTENT["pdf"]]
    assert steps(ws) == {"desk@example.org": ["PREPARED", "OUTBOX"]}


def test_once_there_is_a_server_what_waited_goes_from_the_address_now_set(post, office):
    server = post()
    ws = office(server.mail)
    early = Workspace(Settings(home=ws.settings.home, mail=Mail()), clock=ws.clock)
    deliver(early, EDITION, [ANN])
    (stored,) = letters(ws)
    assert b"<briefing@localhost>\r\n" in stored.read_bytes()
    deliver(ws, EDITION, [ANN])
    assert server.taken == [(ANN, stored.read_bytes())]
    assert b"From: China Tech Rally Briefing <desk@example.org>\r\n" in stored.read_bytes()
    assert b"briefing@localhost" not in stored.read_bytes().partition(b"\r\n\r\n")[0]


def test_a_lost_message_is_written_anew_only_if_no_server_took_it(post, office):
    server = post(data="451 try later")
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    shutil.rmtree(ws.settings.home / "outbox" / "2026-W03")
    with pytest.raises(InputRefused, match="gone or was altered"):
        resend(ws, "2026-W03")
    server.data = "drop"
    assert states(deliver(ws, EDITION, [ANN])) == [(ANN, "UNKNOWN", True)]
    letters(ws)[0].write_bytes(b"something else")
    with pytest.raises(InputRefused, match="gone or was altered"):
        resend(ws, "2026-W03", force=True)


def test_a_sent_message_that_is_lost_is_not_sent_again(post, office):
    server = post()
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    shutil.rmtree(ws.settings.home / "outbox" / "2026-W03")
    assert states(deliver(ws, EDITION, [ANN])) == [(ANN, "SENT", False)]
    assert states(resend(ws, "2026-W03", force=True)) == [(ANN, "SENT", False)]
    assert (len(server.taken), letters(ws)) == (1, [])


def test_a_resend_concerns_the_newest_revision(post, office):
    server = post(data="451 try later")
    ws = office(server.mail)
    for edition in (EDITION, replace(EDITION, revision=2, content_hash="bebe")):
        deliver(ws, edition, [ANN])
    server.data = "250 taken"
    assert [(o.revision, o.state) for o in resend(ws, "2026-W03")] == [(2, State.SENT)]


@pytest.mark.parametrize("to", ["nobody", "a@example.org\nBcc: b@example.org"])
def test_a_bad_address_is_refused_before_anything_happens(to, post, office):
    server = post()
    ws = office(server.mail)
    with pytest.raises(InputRefused, match="address"):
        deliver(ws, EDITION, [ANN, to])
    assert (server.visits, letters(ws), steps(ws)) == (0, [], {})


def test_a_login_without_encryption_is_refused_before_anything_happens(post, office):
    server = post(settings={"username": "desk", "password": "correct-horse"})
    ws = office(server.mail)
    with pytest.raises(InputRefused, match="unencrypted"):
        deliver(ws, EDITION, [ANN])
    assert (server.visits, letters(ws)) == (0, [])


@pytest.mark.parametrize("home", ["empty", "new"])
def test_an_issue_that_was_never_prepared_cannot_be_resent(home, office, tmp_path):
    ws = Workspace(Settings(home=tmp_path / "empty")) if home == "empty" else office(NO_SERVER)
    with pytest.raises(InputRefused, match=r"2026-W09 was never prepared"):
        resend(ws, "2026-W09")
    assert outbox(ws).is_empty()
    assert not (tmp_path / "empty").exists()


def test_the_outbox_lists_where_everything_stands(post, office):
    server = post(data="451 try later", rcpt={BEN: "550 unknown"})
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN, BEN])
    server.data = "250 taken"
    deliver(ws, EDITION, [ANN, BEN])
    deliver(office_without(ws), replace(EDITION, issue_id="2026-W04"), [ANN])
    shown = outbox(ws).select("issue_id", "revision", "language", "recipient", "state", "attempts")
    assert shown.rows() == [
        ("2026-W04", 1, "en", ANN, "OUTBOX", 0),
        ("2026-W03", 1, "en", ANN, "SENT", 2),
        ("2026-W03", 1, "en", BEN, "REFUSED", 1),
    ]
    assert outbox(ws)["eml"].to_list() == [
        str(p.relative_to(ws.settings.home)) for p in (letters(ws)[2], *letters(ws)[:2])
    ]


def test_the_ledger_keeps_its_contract(post, office):
    ws = office(post(rcpt={BEN: "550 unknown"}).mail)
    deliver(ws, EDITION, [ANN, BEN])
    with ws.writing() as warehouse:
        assert Delivery.is_valid(warehouse.query("SELECT * FROM meta.delivery"))


def test_the_password_is_nowhere(post, real_office, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    password = "correct-horse-battery"
    file = tmp_path / "secret"
    file.write_text(password)
    settings = {"starttls": True, "username": "desk", "password_file": file}
    ws = real_office(post(settings=settings).mail)
    with pytest.raises(DeliveryFailed) as caught:
        deliver(ws, EDITION, [ANN])
    assert password not in str(caught.value) + caplog.text + repr(ws)
    written = [f for f in ws.settings.home.rglob("*") if f.is_file()]
    assert len(written) >= 3
    assert not [f for f in written if password.encode() in f.read_bytes()]
