"""One edition as one message for one recipient: headers, text, HTML and the PDF.

The bytes follow from the edition, the addresses and the moment alone, so that what was stored is
what is sent, however often.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

from flows.editions import Content, Edition
from flows.settings import valid_address
from warehouse.errors import InputRefused

CAP_BYTES = 10_000_000  # what most mailboxes take; base64 makes a PDF 37% larger
WIRE = policy.SMTP.clone(cte_type="7bit")  # not every server announces 8BITMIME
DOT_ATOM = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+"
)
LONGEST_ADDRESS = 254  # RFC 5321, with the brackets
FROM = re.compile(rb"^From:.*?\r\n(?![ \t])", re.MULTILINE | re.DOTALL)
TOO_LARGE = {
    "en": "The PDF is too large to be mailed. It lies at {path}.",
    "zh": "PDF 文件过大，未随邮件附上。文件位置：{path}。",
}


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
    edition: Edition, content: Content, *, sender: str, recipient: str, sent_on: datetime
) -> bytes:
    """The message as it goes over the wire; without the PDF where that exceeds CAP_BYTES.

    Raises InputRefused when the subject holds a line break. `checked` has seen the addresses.
    """
    message = _headed(edition, sender, recipient, sent_on)
    _fill(message, content)
    message.add_attachment(
        content["pdf"], maintype="application", subtype="pdf", filename=edition.file_name
    )
    wire = message.as_bytes(policy=WIRE)
    if len(wire) <= CAP_BYTES:
        return wire
    message = _headed(edition, sender, recipient, sent_on)
    note = TOO_LARGE.get(edition.language, TOO_LARGE["en"]).format(path=edition.path)
    _fill(message, content, note)
    return message.as_bytes(policy=WIRE)


def _headed(edition: Edition, sender: str, recipient: str, sent_on: datetime) -> EmailMessage:
    """A message with its headers."""
    message = EmailMessage(policy=WIRE)
    message["Subject"] = _subject(edition)
    message["From"] = Address(addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Date"] = sent_on
    message["Message-ID"] = message_id(edition, recipient, sender)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    return message


def _fill(message: EmailMessage, content: Content, note: str = "") -> None:
    """Put in the text with its HTML alternative, and a note at the end of both."""
    text, page = content["text"].decode(), content["html"].decode()
    message.set_content(text + (f"\n{note}\n" if note else ""))
    paragraph = f"<p>{html.escape(note)}</p>" if note else ""
    body, end, rest = page.rpartition("</body>")
    noted = body + paragraph + end + rest if end else page + paragraph
    message.add_alternative(noted, subtype="html")


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
