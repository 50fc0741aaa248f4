"""Editions: what was rendered of an issue, its files on the disk, and whether they are intact.

mart.issue holds length and SHA-256 of each file, so that nothing is mailed that was cut, emptied or
altered since.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from warehouse.errors import InputRefused
from warehouse.storage.atomic import write_atomically

Language = Literal["en", "zh"]
Choice = Literal["en", "zh", "both"]

OFFERED: tuple[Language, ...] = ("en", "zh")
# Of an edition's files, by part: facts, workbook, html, text, web, pdf.
Content = Mapping[str, bytes]
Checksum = Mapping[str, int | str]  # length and SHA-256 of a file
FIRST_PARTS = ("facts", "html", "text", "pdf")  # of the first editions, which had no checksums
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Edition:
    """One issue in one language under one revision: the PDF, its facts as JSON and as a workbook of
    Excel's format, the HTML edition, and the mail's two bodies.

    path: of the PDF; rendered_at: naive UTC; checksums: of each file by its part, None of an
    edition that was rendered before they were written down.
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
    rendered_at: datetime
    checksums: Mapping[str, Checksum] | None = None

    @property
    def file_name(self) -> str:
        """The name of the PDF, also as an attachment."""
        return file_name(self.issue_id, self.language, self.revision)

    @property
    def facts(self) -> Path:
        """Of another language than English it bears that: each has revisions of its own.

        Editions of one evaluation have the same bytes here. Each keeps them, since it is verified,
        mended and measured anew by itself. The PDF encloses only the facts that its pages print.
        """
        language = "" if self.language == "en" else f"_{self.language}"
        return self.path.with_name(f"facts_{self.issue_id}{language}_r{self.revision}.json")

    @property
    def workbook(self) -> Path:
        return self.path.with_suffix(".xlsx")

    @property
    def html(self) -> Path:
        return self.path.with_suffix(".mail.html")

    @property
    def text(self) -> Path:
        return self.path.with_suffix(".mail.txt")

    @property
    def web(self) -> Path:
        return self.path.with_suffix(".html")

    @property
    def parts(self) -> dict[str, Path]:
        """The files; the PDF comes last, so that what is beside a PDF is complete.

        An edition that was rendered before there was a kind of file lacks it, and is whole.
        """
        every = {
            "facts": self.facts,
            "workbook": self.workbook,
            "html": self.html,
            "text": self.text,
            "web": self.web,
            "pdf": self.path,
        }
        there = FIRST_PARTS if self.checksums is None else self.checksums
        return {part: file for part, file in every.items() if part in there}

    @property
    def name(self) -> tuple[str, int]:
        """What a reader calls it."""
        return self.issue_id, self.revision


def languages(choice: Choice) -> tuple[Language, ...]:
    """The languages that a choice asks for, English first.

    Raises InputRefused for one that is not offered.
    """
    wanted: tuple[Language, ...] = ("en", "zh") if choice == "both" else (choice,)
    if missing := [one for one in wanted if one not in OFFERED]:
        raise InputRefused(
            f"there is no edition in {', '.join(missing)} yet; choose --lang {' or '.join(OFFERED)}"
        )
    return wanted


def file_name(issue_id: str, language: str, revision: int) -> str:
    """The name of a PDF: ASCII, since other names arrive as `noname` in old mail clients.

    Raises InputRefused where issue or language cannot be part of one.
    """
    if not (NAME.fullmatch(issue_id) and NAME.fullmatch(language)):
        raise InputRefused(
            f"issue {issue_id!r} in {language!r} cannot be a file name; use letters, digits, - and _"
        )
    return f"china-tech-briefing_{issue_id}_{language}_r{revision}.pdf"


def alias(language: str) -> str:
    """The file beside an issue's editions that leads to the newest one in a language."""
    return f"{language}.html"


def archive_name(language: str) -> str:
    """The file of all issues in a language, in the folder of the issues."""
    return "index.html" if language == "en" else f"index_{language}.html"


def feed_name(language: str) -> str:
    """The feed of all issues in a language, in the folder of the issues."""
    return "feed.xml" if language == "en" else f"feed_{language}.xml"


def place(home: Path, issue_id: str, language: Language, revision: int) -> Path:
    """Where the PDF of an edition lies."""
    return home / "issues" / issue_id / file_name(issue_id, language, revision)


def of_row(home: Path, row: Mapping[str, Any], *, simulated: bool) -> Edition:
    """The edition that a row of mart.issue describes."""
    return Edition(
        issue_id=row["issue_id"],
        revision=row["revision"],
        as_of=row["as_of"],
        requested=row["requested"] or row["as_of"],
        language=row["language"],
        subject=row["headline"],
        content_hash=row["content_hash"],
        simulated=simulated,
        path=home / row["path"],
        rendered_at=row["rendered_at"],
        checksums=json.loads(row["files"]) if row["files"] else None,
    )


def row_of(home: Path, edition: Edition) -> dict[str, object]:
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
        "files": json.dumps(edition.checksums),
        "rendered_at": edition.rendered_at,
    }


def checksums(content: Content) -> dict[str, Checksum]:
    """Length and SHA-256 of each part."""
    return {
        part: {"bytes": len(file), "sha256": hashlib.sha256(file).hexdigest()}
        for part, file in content.items()
    }


def read(edition: Edition) -> dict[str, bytes]:
    """The content of each part; nothing of a file that is not there."""
    return {
        part: file.read_bytes() if file.is_file() else b"" for part, file in edition.parts.items()
    }


def damaged(edition: Edition, content: Content) -> list[Path]:
    """The files that are not what was rendered; without checksums, those that cannot be whole."""
    if edition.checksums is None:
        wrong = [p for p, c in content.items() if not c or (p == "pdf" and not _complete(c))]
    else:
        there = checksums(content)
        wrong = [part for part in content if there[part] != edition.checksums[part]]
    return [edition.parts[part] for part in wrong]


def _complete(pdf: bytes) -> bool:
    """Whether a PDF has its beginning and its end."""
    return pdf.startswith(b"%PDF-") and b"%%EOF" in pdf[-1024:]


def write(edition: Edition, content: Content) -> None:
    """The parts on the disk, each whole or not at all; those that are there already stay."""
    there = read(edition)
    for part, file in edition.parts.items():
        if there[part] != content[part]:
            write_atomically(file, content[part])
