"""A letter that was not taken is tried again by itself for
a day, and never twice to the same end.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from flows import weekly
from flows.alerts.messages import Kind
from flows.delivery import deliver as delivery
from flows.delivery import redelivery
from flows.delivery.deliver import alone, outbox, redeliver, resend
from flows.delivery.redelivery import Postman, next_due
from flows.delivery.smtp import Verdict
from flows.settings import Mail, Notify
from tests.flows.delivery.test_deliver import EDITION, deliver
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.records.deliveries import Step, patience, record, standing
from warehouse.tables.meta import State

ANN, BEN = "ann@example.org", "ben@example.org"
FIRST = datetime(2026, 1, 17, 4, 0)  # noon in Shanghai, when `office` stands still
AT_FIRST = Step("2026-W03", 1, "en", ANN, 1, State.PREPARED, FIRST, "", "id", "h", "eml", "h")


def minutes(count):
    return timedelta(minutes=count)


def later(ws, after):
    """The workspace at another time."""
    moment = ws.clock() + after
    return replace(ws, clock=lambda: moment)


def again(ws):
    """What `redeliver` did, as the serving process calls it."""
    with alone(ws):
        return [(o.recipient, str(o.state), o.attempted) for o in redeliver(ws)]


def test_the_pauses_grow_and_the_last_attempt_is_a_day_after_the_first():
    steps, tried = [AT_FIRST], []
    moment = FIRST
    while True:
        sending = steps[-1].then(State.SENDING, "", moment)
        steps += [sending, sending.then(State.RETRY, "451", moment)]
        tried.append(moment - FIRST)
        found = patience(steps)
        if found.over(moment):
            break
        assert found.due > moment and not found.over(found.due)
        moment = found.due
    hours = [t / timedelta(hours=1) for t in tried]
    assert hours == pytest.approx([0, 1 / 12, 1 / 3, 4 / 3, 13 / 3, 31 / 3, 49 / 3, 67 / 3, 24])


@pytest.mark.parametrize("state", [s for s in State if s != State.RETRY])
def test_only_what_was_certainly_not_taken_is_tried_by_itself(state):
    retry = AT_FIRST.then(State.RETRY, "451", FIRST)
    assert patience([AT_FIRST, retry]).due == FIRST + minutes(5)
    assert patience([AT_FIRST, retry, retry.then(state, "", FIRST)]) is None


def test_a_resend_by_hand_after_a_refusal_begins_a_new_day():
    refused = AT_FIRST.then(State.RETRY, "451", FIRST).then(State.REFUSED, "554", FIRST)
    sunday = FIRST + timedelta(days=1)
    found = patience([AT_FIRST, refused, refused.then(State.RETRY, "451", sunday)])
    assert (found.due, found.until) == (sunday + minutes(5), sunday + timedelta(days=1))


def test_a_letter_that_was_put_off_goes_when_it_is_due_and_not_before(post, office):
    server = post(rcpt={ANN: "451 try later"})
    ws = office(server.mail)
    (put_off, sent) = deliver(ws, EDITION, [ANN, BEN])
    assert "451 try later; `briefing serve` tries again by itself" in put_off.detail
    assert "`briefing resend 2026-W03`" in put_off.detail and sent.ok
    server.rcpt.clear()
    assert again(later(ws, minutes(4))) == []
    assert (server.visits, next_due(ws)) == (2, FIRST + minutes(5))
    assert again(later(ws, minutes(5))) == [(ANN, "SENT", True)]
    assert again(later(ws, minutes(10))) == []
    assert [recipient for recipient, _ in server.taken] == [BEN, ANN]
    assert next_due(ws) is None


def test_a_server_that_is_down_is_tried_again_until_it_is_up(nobody, post, office):
    down = office(nobody)
    with pytest.raises(DeliveryFailed, match=r"tries again by itself, .* for 24 hours; without it"):
        deliver(down, EDITION, [ANN, BEN])
    with pytest.raises(DeliveryFailed):
        again(later(down, minutes(5)))
    assert outbox(down)["again_at"].to_list() == [FIRST + minutes(20)] * 2
    up = office(post().mail)
    assert again(later(up, minutes(19))) == []
    assert again(later(up, minutes(20))) == [(ANN, "SENT", True), (BEN, "SENT", True)]


def test_who_unsubscribes_while_a_letter_waits_never_gets_it(post, office):
    server = post(rcpt={ANN: "451 try later", BEN: "451 try later"})
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN, BEN])
    server.rcpt.clear()
    left = office(server.mail.model_copy(update={"unsubscribed": [ANN.upper()]}))
    assert again(later(left, minutes(5))) == [(BEN, "SENT", True)]
    assert [o.recipient for o in resend(left, "2026-W03", force=True)] == [BEN]
    assert ([who for who, _ in server.taken], next_due(left)) == ([BEN], None)


@pytest.mark.parametrize("known", [ANN, ANN.upper()])
@pytest.mark.parametrize("told", [ANN, ANN.title(), BEN])
def test_who_has_unsubscribed_is_known_however_an_address_is_written(known, told):
    mail = Mail(unsubscribed=[told])
    ws = SimpleNamespace(settings=SimpleNamespace(mail=mail))

    assert delivery._has_left(ws, replace(AT_FIRST, recipient=known)) is (told != BEN)


@pytest.mark.parametrize("answer", ["554 spam", "drop"])
def test_a_refusal_for_good_and_an_unknown_outcome_are_left_alone(answer, post, office):
    server = post(data=answer)
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    server.data = "250 taken"
    assert [again(later(ws, minutes(m))) for m in (5, 60, 1440, 1500)] == [[], [], [], []]
    assert server.visits == 1


def test_after_a_day_it_is_given_up_and_the_ledger_says_so(post, office):
    server = post(data="451 try later")
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    while due := next_due(ws):
        again(later(ws, due - FIRST))
    (last,) = standing_now(ws)
    assert (last.state, server.visits) == (State.REFUSED, 9)
    assert last.detail.startswith("given up after trying for 24 hours: ")
    assert "451 try later" in last.detail
    server.data = "250 taken"
    assert again(later(ws, timedelta(days=2))) == []
    assert [o.state for o in resend(ws, "2026-W03")] == [State.SENT]


def standing_now(ws):
    with ws.writing() as warehouse:
        return standing(warehouse)


def test_a_machine_that_was_off_for_longer_mails_nothing_old_by_itself(post, office):
    server = post(data="451 try later")
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    server.data = "250 taken"
    assert again(later(ws, timedelta(hours=25))) == [(ANN, "REFUSED", False)]
    assert server.taken == []


def test_a_newer_revision_takes_the_place_of_what_waits(post, office):
    server = post(data="451 try later")
    ws = office(server.mail)
    for edition in (EDITION, replace(EDITION, revision=2, content_hash="bebe")):
        deliver(ws, edition, [ANN])
    server.data = "250 taken"
    assert again(later(ws, minutes(5))) == [(ANN, "SENT", True)]
    assert b"_r2.pdf" in server.taken[0][1]
    assert again(later(ws, minutes(60))) == []


def test_a_letter_whose_file_is_gone_stops_no_other(post, office):
    server = post(data="451 try later")
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN, BEN])
    (ws.settings.home / standing_now(ws)[0].eml).unlink()
    server.data = "250 taken"
    assert again(later(ws, minutes(5))) == [(BEN, "SENT", True)]
    assert next_due(ws) is None


class Killed(BaseException):
    """The process ends here."""


#  verdict, or the end of the process before or after the server took the message
FATES = ["250", "451", "554", "lost", "down", "killed before", "killed after"]


@pytest.mark.parametrize("seed", range(6))
def test_nobody_gets_a_revision_twice_whatever_happens(seed, nobody, office, monkeypatch):
    fate, taken = random.Random(seed), Counter()

    def hand_over(_mail, _wire, recipient, _context):
        happens = fate.choice(FATES)
        taken[recipient] += happens in ("250", "lost", "killed after")
        if happens.startswith("killed"):
            raise Killed
        if happens == "down":
            raise DeliveryFailed("the connection was refused")
        states = {"250": State.SENT, "451": State.RETRY, "554": State.REFUSED}
        return Verdict(states.get(happens, State.UNKNOWN), happens)

    monkeypatch.setattr(delivery, "hand_over", hand_over)
    ws = office(nobody)
    for _ in range(12):
        ws = later(ws, minutes(fate.choice([1, 5, 15, 60, 400])))
        with suppress(Killed, DeliveryFailed):
            again(ws) if fate.random() < 0.7 else deliver(ws, EDITION, [ANN, BEN])
    assert taken and max(taken.values()) <= 1


@pytest.fixture
def looked(monkeypatch):
    """How often the ledger was opened to redeliver."""
    calls = []
    monkeypatch.setattr(
        redelivery, "redeliver", lambda ws: calls.append(ws.now_utc) or redeliver(ws)
    )
    return calls


def test_the_ledger_is_opened_only_when_something_is_due_or_somebody_mailed(post, office, looked):
    server = post(data="451 try later")
    ws, said = office(server.mail), []
    postman = Postman(said.append)
    postman.look(ws)
    assert looked == []  # nobody ever mailed
    deliver(ws, EDITION, [ANN])
    for after in (0, 1, 4):
        postman.look(later(ws, minutes(after)))
    assert len(looked) == 1
    server.data = "250 taken"
    postman.look(later(ws, minutes(5)))
    postman.look(later(ws, minutes(600)))
    assert len(looked) == 2
    assert [line[:39] for line in said] == ["2026-W03 to ann@example.org: SENT 250 t"]
    deliver(ws, replace(EDITION, issue_id="2026-W04"), [ANN])
    postman.look(later(ws, minutes(601)))
    assert len(looked) == 3


def test_of_several_letters_the_one_that_is_due_first_is_looked_at_next(post, office):
    ws = office(post(data="451 try later").mail)
    deliver(ws, EDITION, [ANN])
    again(later(ws, minutes(5)))
    assert next_due(ws) == FIRST + minutes(20)
    deliver(later(ws, minutes(6)), replace(EDITION, issue_id="2026-W04"), [BEN])

    assert next_due(ws) == FIRST + minutes(11)


def test_a_postman_who_starts_anew_knows_what_is_due(post, office):
    server = post(data="451 try later")
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    Postman(print).look(later(ws, minutes(1)))
    server.data = "250 taken"
    Postman(print).look(later(ws, minutes(6)))
    assert [r for r, _ in server.taken] == [ANN]


def test_what_is_in_the_way_is_said_once_and_tried_again(post, office, monkeypatch):
    ws, said = office(post(data="451 try later").mail), []
    deliver(ws, EDITION, [ANN])

    def refused(_):
        raise InputRefused("mail.password_file cannot be read")

    postman = Postman(said.append)
    with monkeypatch.context() as patch:
        patch.setattr(redelivery, "redeliver", refused)
        for _ in range(3):
            postman.tend(lambda: ws)
    assert said == ["letters wait: mail.password_file cannot be read"]
    postman.tend(lambda: ws)
    assert postman.due == FIRST + minutes(5)


def test_a_setting_that_is_mistyped_meanwhile_is_said_and_ends_nothing(post, office):
    """`briefing serve` ended within half a minute, and so did the run that was under way."""
    server, said = post(data="451 try later"), []
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    server.data = "250 taken"

    def mistyped():
        raise InputRefused("briefing.toml is not valid TOML")

    postman = Postman(said.append)
    for _ in range(2):
        postman.tend(mistyped)
    assert said == ["letters wait: briefing.toml is not valid TOML"]
    postman.tend(lambda: later(ws, minutes(5)))
    assert said[1:] == ["2026-W03 to ann@example.org: SENT 250 taken"]


def test_an_issue_that_leaves_later_is_told_then(post, office, monkeypatch):
    """Nobody was told: the run that set the issue ended before any letter had left."""
    server, told = post(rcpt={ANN: "451 try later"}), []
    monkeypatch.setattr(redelivery, "notify", lambda _, events: told.extend(events))
    listening = Notify(urls=["json://127.0.0.1:1/"])
    for mail in (Mail(), server.mail):  # first there was no server
        ws = office(mail)
        ws = replace(ws, settings=ws.settings.model_copy(update={"notify": listening}))
        deliver(ws, EDITION, [ANN] if mail.server else [BEN])
    assert [s.recipient for s in weekly.deliveries(ws, EDITION)] == [ANN]
    postman = Postman(print)
    postman.look(later(ws, minutes(1)))
    assert told == []
    server.rcpt.clear()
    postman.look(later(ws, minutes(5)))
    (event,) = told
    assert (event.kind, event.key) == (Kind.OUT, "2026-W03 (en, revision 1)")
    assert event.body.splitlines()[-1] == "mailed: 1 of 1."


def test_a_server_that_is_still_down_is_told_and_the_next_time_is_known(nobody, office):
    ws, said = office(nobody), []
    with pytest.raises(DeliveryFailed):
        deliver(ws, EDITION, [ANN])
    postman = Postman(said.append)
    postman.look(later(ws, minutes(5)))
    assert len(said) == 1 and "the connection was refused" in said[0]
    assert postman.due == FIRST + minutes(20)


def test_a_dead_run_of_another_process_is_settled_and_never_repeated(post, office):
    server = post(data="451 try later")
    ws = office(server.mail)
    deliver(ws, EDITION, [ANN])
    with ws.writing() as warehouse:
        (last,) = standing(warehouse)
        record(warehouse, [last.then(State.SENDING, "asked", ws.now_utc)])
    server.data = "250 taken"
    assert again(later(ws, minutes(60))) == []
    assert [s.state for s in standing_now(ws)] == [State.UNKNOWN]
    assert server.taken == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_serving_is_interrupted_when_letters_cannot_be_tried_at_all(monkeypatch):
    signals = []
    monkeypatch.setattr(redelivery.os, "kill", lambda _, number: signals.append(number))
    monkeypatch.setattr(redelivery, "workspace", lambda: 1 // 0)
    with redelivery.redelivering(print) as thread:
        thread.join(5)
        assert not thread.is_alive()
    assert signals == [signal.SIGINT]


def test_who_tries_letters_again_keeps_no_process_alive(monkeypatch):
    monkeypatch.setattr(redelivery.Postman, "tend", lambda *_: None)
    with redelivery.redelivering(print) as thread:
        assert thread.daemon
    assert not thread.is_alive()
