"""One edition as one message, and one message handed to one mail server for one recipient.

SMTP cannot promise that a message arrives exactly once (RFC 1047). What it can tell is whether a
message was certainly not taken, certainly taken, or neither; this module tells these apart, and
flows.delivery.deliver decides what follows.
"""

from __future__ import annotations

import hashlib
import html
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

from flows.settings import Mail, valid_address
from warehouse.errors import DeliveryFailed, InputRefused
from warehouse.tables.meta import State

CAP_BYTES = 10_000_000  # what most mailboxes take; base64 makes a PDF 37% larger
IMPLICIT_TLS_PORT = 465  # RFC 8314: encrypted from the first byte, no STARTTLS
WIRE = policy.SMTP.clone(cte_type="7bit")  # not every server announces 8BITMIME
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
DOT_ATOM = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+"
)
LONGEST_ADDRESS = 254  # RFC 5321, with the brackets
FROM = re.compile(rb"^From:.*?\r\n(?![ \t])", re.MULTILINE | re.DOTALL)
TOO_LARGE = {
    "en": "The PDF is too large to be mailed. It lies at {path}.",
    "zh": "PDF 文件过大，未随邮件附上。文件位置：{path}。",
}


@dataclass(frozen=True)
class Edition:
    """One issue in one language, rendered: what is mailed."""

    issue_id: str
    revision: int
    as_of: date
    language: str
    subject: str
    text: str
    html: str
    pdf: bytes
    pdf_path: Path
    content_hash: str
    simulated: bool = False

    @property
    def file_name(self) -> str:
        """ASCII, because attachments with other names arrive as `noname` in old clients."""
        parts = (self.issue_id, self.language)
        if not all(NAME.fullmatch(part) for part in parts):
            message = f"issue {self.issue_id!r} in {self.language!r} cannot be a file name; use letters, digits, - and _"
            raise InputRefused(message)
        return f"china-tech-briefing_{self.issue_id}_{self.language}_r{self.revision}.pdf"


@dataclass(frozen=True)
class Verdict:
    """What became of one attempt: SENT, REFUSED, RETRY or UNKNOWN, and why."""

    state: State
    detail: str


def checked(addresses: Iterable[str]) -> list[str]:
    """The addresses without repetitions; raises InputRefused for the first one that is none."""
    found: dict[str, str] = {}
    for address in addresses:
        try:
            valid_address(address)
        except ValueError as error:
            raise InputRefused(str(error)) from error
        if not DOT_ATOM.fullmatch(address) or len(address) > LONGEST_ADDRESS:
            message = f"{address!r} cannot be mailed to; an address is plain ASCII such as name@example.org"
            raise InputRefused(message)
        found.setdefault(address.casefold(), address)
    if not found:
        message = (
            "there is nobody to mail to; set mail.recipients in briefing.toml or give --to ADDRESS"
        )
        raise InputRefused(message)
    return list(found.values())


def message_id(edition: Edition, recipient: str, sender: str) -> str:
    """The same for the same issue, revision, language and recipient, so that clients see a resend.

    A simulated issue has another one: a client must not take the real issue for its repetition.
    """
    key = "\n".join(
        (edition.issue_id, str(edition.revision), edition.language, recipient.casefold())
    )
    kind = "simulated" if edition.simulated else "briefing"
    digest = hashlib.sha256(key.encode()).hexdigest()[:24]
    return f"<{kind}.{edition.issue_id}.{edition.language}.r{edition.revision}.{digest}@{sender.partition('@')[2]}>"


def compose(edition: Edition, *, sender: str, recipient: str, sent_on: datetime) -> bytes:
    """The message as it goes over the wire; without the PDF where that exceeds CAP_BYTES.

    Raises InputRefused when the subject holds a line break. `checked` has seen the addresses.
    """
    message = _summary(edition, sender, recipient, sent_on)
    message.add_attachment(
        edition.pdf, maintype="application", subtype="pdf", filename=edition.file_name
    )
    wire = message.as_bytes(policy=WIRE)
    if len(wire) <= CAP_BYTES:
        return wire
    note = TOO_LARGE.get(edition.language, TOO_LARGE["en"]).format(path=edition.pdf_path)
    return _summary(edition, sender, recipient, sent_on, note).as_bytes(policy=WIRE)


def _summary(
    edition: Edition, sender: str, recipient: str, sent_on: datetime, note: str = ""
) -> EmailMessage:
    """The headers, and the text with its HTML alternative."""
    message = EmailMessage(policy=WIRE)
    message["Subject"] = _subject(edition)
    message["From"] = Address(addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Date"] = sent_on
    message["Message-ID"] = message_id(edition, recipient, sender)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    message.set_content(edition.text + (f"\n{note}\n" if note else ""))
    paragraph = f"<p>{html.escape(note)}</p>" if note else ""
    body, end, rest = edition.html.rpartition("</body>")
    page = body + paragraph + end + rest if end else edition.html + paragraph
    message.add_alternative(page, subtype="html")
    return message


def _subject(edition: Edition) -> str:
    """The subject, SIMULATED if that is what the data are."""
    if len(f"{edition.subject}.".splitlines()) > 1:  # EmailMessage lets one at the end pass
        message = f"the subject {edition.subject!r} holds a line break, which no mail header can; remove it"
        raise InputRefused(message)
    marked = edition.simulated and "SIMULATED" not in edition.subject
    return f"[SIMULATED] {edition.subject}" if marked else edition.subject


def readdressed(wire: bytes, sender: str) -> bytes:
    """The same message from another sender; for messages that no server has taken yet."""
    return FROM.sub(lambda _: b"From: " + sender.encode() + b"\r\n", wire, count=1)


def credentials(mail: Mail) -> tuple[str, str] | None:
    """Login name and password, if the server wants them; raises InputRefused if they cannot be used."""
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
