"""The SMTP dialogue: one message, handed to one mail server for one recipient.

SMTP cannot promise that a message arrives exactly once (RFC 1047). What it can tell is whether a
message was certainly not taken, certainly taken, or neither; this module tells these apart, and
flows.delivery.deliver decides what follows.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from flows.settings import Mail
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.tables.meta import State

IMPLICIT_TLS_PORT = 465  # RFC 8314: encrypted from the first byte, no STARTTLS


@dataclass(frozen=True)
class Verdict:
    """What became of one attempt: SENT, REFUSED, RETRY or UNKNOWN, and why."""

    state: State
    detail: str


def credentials(mail: Mail) -> tuple[str, str] | None:
    """Login name and password, if the server wants them; InputRefused if they cannot be used."""
    if mail.username is None:
        return None
    if not mail.starttls and mail.port != IMPLICIT_TLS_PORT:
        message = "mail.starttls is off, and a password never travels unencrypted; set mail.starttls = true or remove mail.username"
        raise InputRefused(message)
    password = _password(mail)
    if not (password and password.isascii() and mail.username.isascii()):
        message = "mail.username and its password must be ASCII and not empty; set mail.password_file or BRIEFING_MAIL__PASSWORD"
        raise InputRefused(message)
    return mail.username, password


def _password(mail: Mail) -> str:
    if mail.password_file is None:
        return mail.password.get_secret_value() if mail.password else ""
    try:
        return mail.password_file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        # Not chained: the message of a decoding error shows bytes of the password.
        message = f"mail.password_file {mail.password_file} cannot be read as text; check path and permissions"
        raise InputRefused(message) from None


def hand_over(
    mail: Mail, wire: bytes, recipient: str, context: ssl.SSLContext | None = None
) -> Verdict:
    """What the server made of one message for one recipient, in a connection of its own.

    Raises DeliveryFailed when there is no server to talk to: down, no encryption, login refused.
    """
    smtp = _session(mail, context or ssl.create_default_context())
    try:
        return _envelope(smtp, mail.sender, recipient, len(wire)) or _content(smtp, wire)
    finally:
        # The verdict is final; a server that stumbles over QUIT does not change it.
        with suppress(OSError):
            smtp.quit()
        smtp.close()


def greeted(mail: Mail, context: ssl.SSLContext | None = None) -> str:
    """How the server received us, without any mail: encrypted or not, logged in or not.

    Raises DeliveryFailed or InputRefused as `hand_over` does.
    """
    smtp = _session(mail, context or ssl.create_default_context())
    with suppress(OSError):
        smtp.quit()
    smtp.close()
    encrypted = mail.starttls or mail.port == IMPLICIT_TLS_PORT
    login = f"logged in as {mail.username}" if mail.username else "without a login"
    return f"answers, {'encrypted' if encrypted else 'not encrypted'}, {login}"


def _session(mail: Mail, context: ssl.SSLContext) -> smtplib.SMTP:
    """A connection that is encrypted and logged in, as far as the settings ask for it."""
    login = credentials(mail)
    try:
        smtp = _connected(mail, context)
    except (OSError, UnicodeError) as error:  # SMTPException is an OSError
        raise DeliveryFailed(_reason(error, mail)) from error
    try:
        if mail.starttls and mail.port != IMPLICIT_TLS_PORT:
            smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
    except OSError as error:
        smtp.close()
        raise DeliveryFailed(_reason(error, mail)) from error
    if login:
        _log_in(smtp, *login)
    return smtp


def _connected(mail: Mail, context: ssl.SSLContext) -> smtplib.SMTP:
    server, timeout = mail.server or "", mail.timeout_seconds
    if mail.port == IMPLICIT_TLS_PORT:
        return smtplib.SMTP_SSL(server, mail.port, timeout=timeout, context=context)
    return smtplib.SMTP(server, mail.port, timeout=timeout)


def _log_in(smtp: smtplib.SMTP, username: str, password: str) -> None:
    try:
        smtp.login(username, password)
    except OSError as error:
        smtp.close()
        # Neither quoted nor chained: a server may repeat in its answer what it was sent.
        answer = "failed"
        if isinstance(error, smtplib.SMTPResponseException):
            answer = f"was refused with {error.smtp_code}"
        message = f"the login of {username} {answer}; check mail.username and its password"
        raise DeliveryFailed(message) from None


def _reason(error: Exception, mail: Mail) -> str:
    """Why there was no conversation, in words."""
    match error:
        case ConnectionRefusedError():
            reason = "the connection was refused"
        case TimeoutError():
            reason = f"no answer within {mail.timeout_seconds:g} s"
        case socket.gaierror() | UnicodeError():
            reason = "the name of the server is not known; check mail.server"
        case ssl.SSLCertVerificationError():
            reason = f"its certificate is not valid ({error.verify_message}); check mail.server"
        case smtplib.SMTPNotSupportedError():
            reason = "it offers no STARTTLS, and mail.starttls demands encryption; check mail.port"
        case smtplib.SMTPResponseException():
            reason = f"it answered {_said(error.smtp_code, error.smtp_error)}"
        case _:
            reason = f"the connection broke ({error})"
    return reason


def _said(code: int, reply: bytes | str) -> str:
    """The server's answer in one printable line."""
    text = reply if isinstance(reply, str) else reply.decode("utf-8", "replace")
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return f"{code} {line[:300]}".rstrip()


def _envelope(smtp: smtplib.SMTP, sender: str, recipient: str, size: int) -> Verdict | None:
    """None when the server is ready for the content; otherwise why not, and nothing was taken."""
    options = [f"size={size}"] if smtp.has_extn("size") else []
    steps: list[tuple[int, Callable[[], tuple[int, bytes]]]] = [
        (2, lambda: smtp.mail(sender, options)),
        (2, lambda: smtp.rcpt(recipient)),
        (3, lambda: smtp.docmd("DATA")),
    ]
    try:
        for wanted, step in steps:
            code, reply = step()
            if code // 100 != wanted:
                # RFC 5321, 4.2.1: 5yz is for good, anything else may be asked again
                state = State.REFUSED if code // 100 == 5 else State.RETRY
                return Verdict(state, _said(code, reply))
    except OSError as error:
        return Verdict(State.RETRY, f"the connection broke before the content was sent ({error})")
    return None


def _content(smtp: smtplib.SMTP, wire: bytes) -> Verdict:
    """Sends the content, then the final dot: from there on the server may have the message."""
    try:
        smtp.send(re.sub(rb"(?m)^\.", b"..", wire))
    except OSError as error:
        return Verdict(
            State.RETRY, f"the connection broke before the content was complete ({error})"
        )
    try:
        smtp.send(b".\r\n")
        code, reply = smtp.getreply()
    except OSError as error:
        return Verdict(
            State.UNKNOWN, f"no answer after the content was sent ({error}); it may have arrived"
        )
    states = {2: State.SENT, 4: State.RETRY, 5: State.REFUSED}
    return Verdict(states.get(code // 100, State.UNKNOWN), _said(code, reply))
