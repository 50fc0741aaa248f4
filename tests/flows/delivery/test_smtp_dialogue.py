"""The dialogue with a mail server, sentence by sentence: what is said, and what is made of it."""

from __future__ import annotations

import smtplib
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flows.delivery import smtp
from flows.delivery.smtp import Verdict, credentials, hand_over
from flows.settings import Mail
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.tables.meta import State

MAIL = Mail(server="mail.example.org", sender="me@example.org", timeout_seconds=7)
LOGIN = {"username": "me", "password": SecretStr("geheim")}


class Server:
    """A server whose answers a test says, by what it is told; an exception is raised."""

    def __init__(self, *, size: bool = True, **answers: Any) -> None:
        self.size, self.answers, self.log = size, answers, list[Any]()

    def has_extn(self, name: str) -> bool:
        return self.size and name == "size"

    def _said(self, verb: str, *what: Any, usual: int = 250) -> tuple[int, bytes]:
        self.log.append((verb, *what))
        answer = self.answers.get(verb, (usual, b"ok"))
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    def mail(self, sender: str, options: list[str]) -> tuple[int, bytes]:
        return self._said("mail", sender, *options)

    def rcpt(self, recipient: str) -> tuple[int, bytes]:
        return self._said("rcpt", recipient)

    def docmd(self, verb: str) -> tuple[int, bytes]:
        return self._said(verb.lower(), usual=354)

    def send(self, wire: bytes) -> None:
        self._said("dot" if wire == b".\r\n" else "send", wire)

    def getreply(self) -> tuple[int, bytes]:
        return self._said("reply")

    def starttls(self, context: object) -> None:
        self._said("starttls", context)

    def ehlo_or_helo_if_needed(self) -> None:
        self._said("ehlo")

    def login(self, username: str, password: str) -> None:
        self._said("login", username, password)

    def quit(self) -> None:
        self._said("quit")

    def close(self) -> None:
        self.log.append(("close",))

    @property
    def verbs(self) -> list[str]:
        return [one[0] for one in self.log]


def posted(monkeypatch: pytest.MonkeyPatch, server: Server, wire: bytes = b"a\r\n") -> Verdict:
    monkeypatch.setattr(smtp, "_connected", lambda *_: server)
    return hand_over(MAIL, wire, "you@example.org", object())  # type: ignore[arg-type]


def test_a_message_is_encrypted_announced_with_its_size_and_sent_with_doubled_dots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server(reply=(250, b"2.0.0 queued"))
    assert posted(monkeypatch, server, b".a\r\nb.\r\n") == Verdict(State.SENT, "250 2.0.0 queued")
    assert server.verbs[:2] == ["starttls", "ehlo"]
    assert server.log[2:] == [
        ("mail", "me@example.org", "size=8"),
        ("rcpt", "you@example.org"),
        ("data",),
        ("send", b"..a\r\nb.\r\n"),
        ("dot", b".\r\n"),
        ("reply",),
        ("quit",),
        ("close",),
    ]


def test_a_server_that_knows_no_size_is_told_none(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(size=False)
    posted(monkeypatch, server)
    assert ("mail", "me@example.org") in server.log


@pytest.mark.parametrize(
    ("answers", "state", "detail", "last"),
    [
        ({"mail": (552, b"too large")}, State.REFUSED, "552 too large", "mail"),
        ({"mail": (451, b"later")}, State.RETRY, "451 later", "mail"),
        ({"rcpt": (354, b"odd")}, State.RETRY, "354 odd", "rcpt"),
        ({"data": (250, b"odd")}, State.RETRY, "250 odd", "data"),
        ({"data": (500, b"")}, State.REFUSED, "500", "data"),
        ({"rcpt": OSError("gone")}, State.RETRY, "the connection broke before the content was sent (gone)", "rcpt"),
        ({"send": OSError("gone")}, State.RETRY, "the connection broke before the content was complete (gone)", "send"),
        ({"dot": OSError("gone")}, State.UNKNOWN, "no answer after the content was sent (gone); it may have arrived", "dot"),
        ({"reply": OSError("gone")}, State.UNKNOWN, "no answer after the content was sent (gone); it may have arrived", "reply"),
        ({"reply": (451, b"later")}, State.RETRY, "451 later", "reply"),
        ({"reply": (554, b"spam")}, State.REFUSED, "554 spam", "reply"),
        ({"reply": (354, b"odd")}, State.UNKNOWN, "354 odd", "reply"),
        ({"quit": OSError("gone")}, State.SENT, "250 ok", "reply"),
    ],
)  # fmt: skip
def test_a_verdict_says_what_is_certain(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], state: State, detail: str, last: str
) -> None:
    server = Server(**answers)
    assert posted(monkeypatch, server) == Verdict(state, detail)
    assert server.verbs[-3:] == [last, "quit", "close"]


@pytest.mark.parametrize(
    ("mail", "verbs"),
    [
        ({}, ["starttls", "ehlo"]),
        ({"starttls": False}, ["ehlo"]),
        ({"port": 465}, ["ehlo"]),
        ({"port": 465, "starttls": False} | LOGIN, ["ehlo", "login"]),
        (LOGIN, ["starttls", "ehlo", "login"]),
    ],
)
def test_a_session_is_encrypted_and_logged_in_as_the_settings_say(
    monkeypatch: pytest.MonkeyPatch, mail: dict[str, Any], verbs: list[str]
) -> None:
    server = Server()
    monkeypatch.setattr(smtp, "_connected", lambda *_: server)
    smtp._session(MAIL.model_copy(update=mail), object())  # type: ignore[arg-type]
    assert server.verbs == verbs


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (smtplib.SMTPAuthenticationError(535, b"no: geheim"), "of me was refused with 535; check"),
        (OSError("gone"), "of me failed; check"),
    ],
)
def test_a_login_that_fails_is_closed_and_the_answer_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    server = Server(login=error)
    monkeypatch.setattr(smtp, "_connected", lambda *_: server)
    with pytest.raises(DeliveryFailed, match=said) as raised:
        smtp._session(MAIL.model_copy(update=LOGIN), object())  # type: ignore[arg-type]
    assert "geheim" not in str(raised.value)
    assert raised.value.__suppress_context__
    assert server.verbs[-1] == "close"


def test_what_breaks_the_encryption_is_told_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(starttls=smtplib.SMTPNotSupportedError("no"))
    monkeypatch.setattr(smtp, "_connected", lambda *_: server)
    with pytest.raises(DeliveryFailed, match="it offers no STARTTLS"):
        smtp._session(MAIL, object())  # type: ignore[arg-type]
    assert server.verbs[-1] == "close"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(), "the connection was refused"),
        (TimeoutError(), "no answer within 7 s"),
        (socket.gaierror(), "the name of the server is not known"),
        (UnicodeError(), "the name of the server is not known"),
        (smtplib.SMTPConnectError(421, "go away\r\nnow"), "it answered 421 go away now"),
        (OSError("reset"), r"the connection broke \(reset\)"),
    ],
)
def test_why_there_is_no_conversation_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def connected(*_: object) -> None:
        raise error

    monkeypatch.setattr(smtp, "_connected", connected)
    with pytest.raises(DeliveryFailed, match=said):
        smtp._session(MAIL, object())  # type: ignore[arg-type]


def test_port_465_is_encrypted_from_the_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    for name in ("SMTP", "SMTP_SSL"):
        monkeypatch.setattr(
            smtp.smtplib, name, lambda *a, name=name, **k: opened.append((name, a, k))
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    smtp._connected(MAIL, context)
    smtp._connected(MAIL.model_copy(update={"port": 465}), context)
    assert opened == [
        ("SMTP", ("mail.example.org", 587), {"timeout": 7}),
        ("SMTP_SSL", ("mail.example.org", 465), {"timeout": 7, "context": context}),
    ]


@pytest.mark.parametrize(
    ("mail", "found"),
    [
        ({}, None),
        (LOGIN, ("me", "geheim")),
        (LOGIN | {"starttls": False, "port": 465}, ("me", "geheim")),
        (LOGIN | {"starttls": False}, "never travels unencrypted"),
        ({"username": "me"}, "not empty"),
        (LOGIN | {"password": SecretStr("wörd")}, "must be ASCII"),
        (LOGIN | {"username": "mé"}, "must be ASCII"),
    ],
)
def test_a_login_is_a_name_and_a_password_of_ascii_that_travel_encrypted(
    mail: dict[str, Any], found: Any
) -> None:
    settings = MAIL.model_copy(update=mail)
    if isinstance(found, str):
        with pytest.raises(InputRefused, match=found):
            credentials(settings)
    else:
        assert credentials(settings) == found


def test_a_password_in_a_file_goes_before_one_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(" in a file \r\n")
    settings = MAIL.model_copy(update=LOGIN | {"password_file": tmp_path / "password"})
    assert credentials(settings) == ("me", " in a file ")


def test_an_answer_is_cut_where_nobody_reads_on() -> None:
    assert smtp._said(250, "a" * 400) == f"250 {'a' * 300}"
    assert smtp._said(250, b"\xff") == "250 \ufffd"
