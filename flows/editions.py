"""An edition on the disk: its files, and whether they are still those that were made.

The books hold length and SHA-256 of each file, so that nothing is mailed that was cut, emptied or
altered since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from flows.workspace import Workspace
from warehouse.storage.atomic import write_atomically

Language = Literal["en"]
Seal = Mapping[str, int | str]  # length and hash of a file


@dataclass(frozen=True)
class Rendered:
    """An edition on disk: the PDF, and beside it the facts and the mail's two bodies.

    seals: of each file by its part; None of an edition made before there were any.
    """

    issue_id: str
    revision: int
    as_of: date
    requested: date
    language: Language
    subject: str
    content_hash: str
    simulated: bool
    path: Path
    rendered_at: datetime  # naive UTC
    seals: Mapping[str, Seal] | None = None

    @property
    def facts(self) -> Path:
        return self.path.with_name(f"facts_{self.issue_id}_r{self.revision}.json")

    @property
    def html(self) -> Path:
        return self.path.with_suffix(".mail.html")

    @property
    def text(self) -> Path:
        return self.path.with_suffix(".mail.txt")

    @property
    def parts(self) -> dict[str, Path]:
        """The files; the PDF comes last, so that what is beside a PDF is complete."""
        return {"facts": self.facts, "html": self.html, "text": self.text, "pdf": self.path}

    @property
    def name(self) -> tuple[str, int]:
        """What a reader calls it."""
        return self.issue_id, self.revision


def place(home: Path, issue_id: str, language: Language, revision: int) -> Path:
    """Where the PDF of an edition lies."""
    name = f"china-tech-briefing_{issue_id}_{language}_r{revision}.pdf"
    return home / "issues" / issue_id / name


def of_row(ws: Workspace, row: Mapping[str, Any], *, simulated: bool) -> Rendered:
    """The edition that a row of mart.issue describes."""
    return Rendered(
        issue_id=row["issue_id"],
        revision=row["revision"],
        as_of=row["as_of"],
        requested=row["requested"] or row["as_of"],
        language=row["language"],
        subject=row["headline"],
        content_hash=row["content_hash"],
        simulated=simulated,
        path=ws.settings.home / row["path"],
        rendered_at=row["rendered_at"],
        seals=json.loads(row["files"]) if row["files"] else None,
    )


def row_of(home: Path, edition: Rendered) -> dict[str, object]:
    """The edition as a row of mart.issue."""
    return {
        "issue_id": edition.issue_id,
        "revision": edition.revision,
        "as_of": edition.as_of,
        "requested": edition.requested,
        "language": edition.language,
        "content_hash": edition.content_hash,
        "headline": edition.subject,
        "path": str(edition.path.relative_to(home)),
        "files": json.dumps(edition.seals),
        "rendered_at": edition.rendered_at,
    }


def seal(content: bytes) -> Seal:
    """What a file is known by."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def read(edition: Rendered) -> dict[str, bytes]:
    """The content of each part; nothing of a file that is not there."""
    return {
        part: file.read_bytes() if file.is_file() else b"" for part, file in edition.parts.items()
    }


def spoilt(edition: Rendered, content: Mapping[str, bytes]) -> list[Path]:
    """The files that are not what was made; without seals, those that cannot be whole."""
    if edition.seals is None:
        wrong = [p for p, c in content.items() if not c or (p == "pdf" and not _ends(c))]
    else:
        wrong = [p for p, c in content.items() if seal(c) != edition.seals.get(p)]
    return [edition.parts[part] for part in wrong]


def _ends(pdf: bytes) -> bool:
    """Whether a PDF has its beginning and its end."""
    return pdf.startswith(b"%PDF-") and b"%%EOF" in pdf[-1024:]


def write(edition: Rendered, content: Mapping[str, bytes]) -> None:
    """The parts on the disk, each whole or not at all; those that are there already stay."""
    there = read(edition)
    for part, file in edition.parts.items():
        if there[part] != content[part]:
            write_atomically(file, content[part])
