"""One edition as one message for one recipient: headers, text, HTML and the PDF.

The bytes follow from the edition, the addresses, the settings and the moment alone, so that what
was stored is what is sent, however often.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import quote

from flows.editions import Content, Edition, alias, archive_name
from flows.settings import Mail, valid_address
from templates.mail_foot import Enclosed, Foot, Link, with_foot
from templates.wording.fixed import TAGS, fixed
from templates.wording.language import LANGUAGES
from warehouse.errors import InputRefused

WIRE = policy.SMTP.clone(cte_type="7bit")  # not every server announces 8BITMIME
DOT_ATOM = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+"
)
MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
LONGEST_ADDRESS = 254  # RFC 5321, with the brackets
HEADER = rb"^%s:.*?\r\n(?![ \t])"
WORKBOOK = "application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OF_SENDER = ("From", "Reply-To", "List-Id", "List-Unsubscribe")  # what follows from the settings
OTHER = {"en": "zh", "zh": "en"}
SIMULATED = re.compile(r"\[SIMULATED\] |SIMULATED: |【模拟】")


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


def compose(
    edition: Edition,
    content: Content,
    *,
    mail: Mail,
    recipient: str,
    sent_on: datetime,
    earlier: Sequence[str] = (),
) -> bytes:
    """The message as it goes over the wire.

    A message over `mail.max_bytes` goes without the PDF and says where that is: on the web, or on
    the sender's machine; then the workbook with the tables goes along if it fits. earlier: the
    Message-IDs of the revisions that the recipient has; with any the message is a correction.

    Raises InputRefused when a header holds a line break. `checked` has seen the addresses.
    """
    pdf = ("application", "pdf", edition.file_name)
    tables = (*WORKBOOK, edition.workbook.name)
    attempts: list[tuple[Enclosed, str, tuple[str, str, str] | None]] = [(Enclosed.PDF, "pdf", pdf)]
    if not mail.issues_url and content.get("workbook"):
        attempts.append((Enclosed.WORKBOOK, "workbook", tables))
    attempts.append((Enclosed.NOTHING, "", None))
    for enclosed, part, named in attempts:
        message = _headed(edition, mail, recipient, sent_on, earlier)
        _fill(message, edition, content, _foot(edition, mail, enclosed))
        if named:
            main, sub, name = named
            message.add_attachment(content[part], maintype=main, subtype=sub, filename=name)
        message["Content-Language"] = TAGS.get(
            edition.language, edition.language
        )  # after its parts
        wire = message.as_bytes(policy=WIRE)
        if len(wire) <= mail.max_bytes:
            break
    return wire


def _headed(
    edition: Edition, mail: Mail, recipient: str, sent_on: datetime, earlier: Sequence[str]
) -> EmailMessage:
    """A message with its headers."""
    message = EmailMessage(policy=WIRE)
    known = [one for one in earlier if MESSAGE_ID.fullmatch(one)]
    _put(message, "Subject", _subject(edition, correction=bool(earlier)))
    for name, value in _sender_headers(edition.language, mail):
        _put(message, name, value)
    message["To"] = Address(addr_spec=recipient)
    message["Date"] = sent_on
    message["Message-ID"] = message_id(edition, recipient, mail.sender)
    if known:  # threads a correction to the first message
        message["In-Reply-To"] = known[0]
        message["References"] = " ".join(known)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    return message


def _sender_headers(language: str, mail: Mail) -> list[tuple[str, object]]:
    """Who writes, who is answered, which list it is, and how to leave it (RFC 2919, RFC 2369)."""
    domain = mail.sender.partition("@")[2]
    name = mail.sender_name or fixed("name", language)
    found: list[tuple[str, object]] = [("From", Address(_one_line(name), addr_spec=mail.sender))]
    if mail.reply_to:
        found.append(("Reply-To", Address(addr_spec=mail.reply_to)))
    found.append(("List-Id", f"<china-tech-briefing.{language}.{domain}>"))
    leave = quote(mail.answers, safe="@")
    found.append(("List-Unsubscribe", f"<mailto:{leave}?subject=unsubscribe>"))
    return found


def _put(message: EmailMessage, name: str, value: object) -> None:
    message[name] = _one_line(value) if isinstance(value, str) else value


def _one_line(text: str) -> str:
    """The text, if no header can begin in it; EmailMessage lets a break at the end pass."""
    if len(f"{text}.".splitlines()) > 1 or "\0" in text:
        message = f"the header {text!r} holds a line break, which no mail header can; remove it"
        raise InputRefused(message)
    return text


def _fill(message: EmailMessage, edition: Edition, content: Content, foot: Foot) -> None:
    """Put in the text with its HTML alternative, each with its foot."""
    text, page = with_foot(
        content["text"].decode(), content["html"].decode(), foot, edition.language
    )
    message.set_content(text)
    message.add_alternative(page, subtype="html")


def _foot(edition: Edition, mail: Mail, enclosed: Enclosed) -> Foot:
    """What stands below the letter: links, where the PDF is, how to leave."""
    links: list[Link] = []
    if mail.issues_url:
        folder = f"{mail.issues_url}{edition.issue_id}/"
        other = OTHER[edition.language]
        files = {"read": edition.web.name, other: alias(other), "pdf": edition.file_name,
                 "workbook": edition.workbook.name}  # fmt: skip
        if "web" not in edition.parts:
            del files["read"]
        links = [Link(key, f"{folder}{quote(name)}") for key, name in files.items()]
        links.append(Link("archive", mail.issues_url + archive_name(edition.language)))
    return Foot(enclosed, tuple(links), edition.path.name, mail.answers)


def _subject(edition: Edition, *, correction: bool) -> str:
    """The subject, SIMULATED if that is what the data are, and marked where it is a correction."""
    said = edition.subject
    if edition.simulated and not SIMULATED.match(said):
        said = f"[SIMULATED] {said}"
    if not correction:
        return said
    marked = SIMULATED.match(said)
    at = marked.end() if marked else 0
    return said[:at] + LANGUAGES[edition.language].correction + said[at:]


def readdressed(wire: bytes, language: str, mail: Mail) -> bytes:
    """The same message from the sender of the settings; for one that no server has taken yet."""
    message = EmailMessage(policy=WIRE)
    for name, value in _sender_headers(language, mail):
        message[name] = value
    fresh = message.as_bytes(policy=WIRE).removesuffix(b"\r\n")
    head, blank, rest = wire.partition(b"\r\n\r\n")
    head += b"\r\n"
    at = -1
    for name in OF_SENDER:
        found = re.search(HEADER % name.encode(), head, re.MULTILINE | re.DOTALL)
        if found:
            at = found.start() if at < 0 else at
            head = head[: found.start()] + head[found.end() :]
    at = max(at, 0)
    return head[:at] + fresh + head[at:].removesuffix(b"\r\n") + blank + rest
