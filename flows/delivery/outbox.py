"""The outbox: each message is written once, and these bytes are what is sent, resent or forwarded.

Two builds of one message differ (boundary, date), so a resend that composed again would be another
message to the recipient's client.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.delivery.message import compose, message_id
from flows.editions import Content, Edition
from flows.workspace import Workspace
from warehouse.errors import InputRefused
from warehouse.records.deliveries import Step, record, standing
from warehouse.records.issues import days
from warehouse.storage.atomic import write_atomically
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables.meta import State

UNTAKEN = frozenset({State.PREPARED, State.RETRY, State.OUTBOX})  # certainly not with any server
HAD = frozenset({State.SENT, State.SENDING, State.UNKNOWN})  # may be in somebody's mailbox


@dataclass(frozen=True)
class _To:
    """Whom a message is for: where it stands if it was written, and what they have of earlier."""

    address: str
    known: Step | None
    earlier: tuple[str, ...]


def prepare(
    ws: Workspace,
    warehouse: Warehouse,
    edition: Edition,
    content: Content,
    addresses: Sequence[str],
) -> list[Step]:
    """The last step per address, after a message was stored for each that had none."""
    known = _known(warehouse, edition)
    had = earlier_letters(ws, warehouse, edition)
    steps = [
        _prepared(ws, edition, content, _To(a, known.get(a.casefold()), had.get(a.casefold(), ())))
        for a in addresses
    ]
    record(warehouse, [s for s in steps if s not in known.values()])
    return steps


def earlier_letters(ws: Workspace, reader: Reader, edition: Edition) -> dict[str, tuple[str, ...]]:
    """The Message-IDs of the earlier revisions that each recipient has, or may have.

    By the address in lower case. To those, and to nobody else, the edition is a correction. One of
    another day is none: in an older home every issue of a week bore the name of the week.
    """
    found: dict[str, tuple[str, ...]] = {}
    dated = days(reader)
    for one in standing(reader, edition.issue_id):
        day = dated.get((one.issue_id, one.language, one.revision), edition.as_of)
        if day != edition.as_of:
            continue
        if (
            one.language == edition.language
            and one.revision < edition.revision
            and may_have(ws, one)
        ):
            who = one.recipient.casefold()
            found[who] = (*found.get(who, ()), one.message_id)
    return found


def may_have(ws: Workspace, step: Step) -> bool:
    """Whether a message may be in its recipient's mailbox.

    Without a server the outbox is as far as it goes, and the operator carries it from there.
    """
    return step.state in HAD or (step.state == State.OUTBOX and not ws.settings.mail.server)


def _known(warehouse: Warehouse, edition: Edition) -> dict[str, Step]:
    """The last steps of this very edition, by recipient.

    Raises InputRefused when this revision was prepared with another PDF.
    """
    same = [
        s
        for s in standing(warehouse, edition.issue_id)
        if (s.revision, s.language) == (edition.revision, edition.language)
    ]
    if any(s.content_hash != edition.content_hash for s in same):
        message = (
            f"{same[0].edition} was prepared for mailing with another PDF, and what is mailed "
            "under one revision never changes; give the new PDF the next revision"
        )
        raise InputRefused(message)
    return {s.recipient.casefold(): s for s in same}


def _prepared(ws: Workspace, edition: Edition, content: Content, to: _To) -> Step:
    """The step as it is known, or a new one whose message is on the disk.

    A message that is gone or altered is written anew, provided that no server has taken it.
    """
    known, mail = to.known, ws.settings.mail
    if known and (known.state not in UNTAKEN or stored(ws, known) is not None):
        return known
    wire = compose(
        edition, content, mail=mail, recipient=to.address, sent_on=ws.now, earlier=to.earlier
    )
    path = _place(edition, to.address)
    return Step(
        issue_id=edition.issue_id,
        revision=edition.revision,
        language=edition.language,
        recipient=known.recipient if known else to.address,
        step=known.step + 1 if known else 1,
        state=State.PREPARED,
        stepped_at=ws.now_utc,
        detail=f"stored as {path}",
        message_id=message_id(edition, to.address, mail.sender),
        content_hash=edition.content_hash,
        eml=path.as_posix(),
        eml_hash=store(ws, path, wire),
    )


def _place(edition: Edition, address: str) -> Path:
    """outbox/<issue>/<name>.eml, one per recipient, whatever characters the address has."""
    readable = re.sub(r"[^A-Za-z0-9@.-]", "_", address)[:60]
    digest = hashlib.sha256(address.casefold().encode()).hexdigest()[:8]
    stem = edition.file_name.removesuffix(".pdf")
    return Path("outbox") / edition.issue_id / f"{stem}_{readable}_{digest}.eml"


def store(ws: Workspace, path: Path, wire: bytes) -> str:
    """SHA-256 of the message, once all of it is on the disk under its name."""
    write_atomically(ws.settings.home / path, wire)
    return hashlib.sha256(wire).hexdigest()


def stored(ws: Workspace, step: Step) -> bytes | None:
    """The message as it was stored; None when it is gone or altered."""
    file = ws.settings.home / step.eml
    wire = file.read_bytes() if file.exists() else b""
    return wire if hashlib.sha256(wire).hexdigest() == step.eml_hash else None
