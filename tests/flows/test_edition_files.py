"""The files of an edition: their names, and which of them are what was rendered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from flows import editions
from flows.editions import Edition, checksums, damaged, of_row, read, row_of, write
from warehouse.errors import InputRefused

DAY = date(2026, 1, 16)
CONTENT = {"facts": b"{}", "workbook": b"w", "html": b"h", "text": b"t", "web": b"<p>",
           "pdf": b"%PDF-1 %%EOF"}  # fmt: skip


@pytest.fixture
def edition(tmp_path: Path) -> Edition:
    return Edition(
        issue_id="2026-W03", revision=2, as_of=DAY, requested=DAY, language="zh", subject="s",
        content_hash="c", simulated=False, rendered_at=datetime(2026, 1, 17, 1),
        path=editions.place(tmp_path, "2026-W03", "zh", 2), checksums=checksums(CONTENT),
    )  # fmt: skip


def test_files_lie_together_and_bear_issue_language_and_revision(edition: Edition) -> None:
    names = {part: file.name for part, file in edition.parts.items()}
    stem = "china-tech-briefing_2026-W03_zh_r2"
    assert names == {
        "facts": "facts_2026-W03_zh_r2.json",
        "workbook": f"{stem}.xlsx",
        "html": f"{stem}.mail.html",
        "text": f"{stem}.mail.txt",
        "web": f"{stem}.html",
        "pdf": f"{stem}.pdf",
    }
    assert list(names)[-1] == "pdf"
    assert {file.parent.name for file in edition.parts.values()} == {"2026-W03"}
    assert replace(edition, language="en").facts.name == "facts_2026-W03_r2.json"
    assert edition.name == ("2026-W03", 2)
    assert edition.file_name == edition.path.name


def test_an_older_edition_has_the_files_that_there_were(edition: Edition) -> None:
    assert list(replace(edition, checksums=None).parts) == ["facts", "html", "text", "pdf"]
    some = checksums({"facts": b"", "pdf": b""})
    assert list(replace(edition, checksums=some).parts) == ["facts", "pdf"]


@pytest.mark.parametrize(
    ("choice", "wanted"), [("en", ("en",)), ("zh", ("zh",)), ("both", ("en", "zh"))]
)
def test_a_choice_is_of_languages_english_first(choice, wanted) -> None:
    assert editions.languages(choice) == wanted


def test_a_language_that_is_not_offered_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "OFFERED", ("en",))
    with pytest.raises(InputRefused, match="no edition in zh yet; choose --lang en"):
        editions.languages("both")


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ("en.html", "index.html", "feed.xml")),
        ("zh", ("zh.html", "index_zh.html", "feed_zh.xml")),
    ],
)
def test_the_web_has_fixed_names_by_language(language: str, names: tuple[str, ...]) -> None:
    found = editions.alias(language), editions.archive_name(language), editions.feed_name(language)
    assert found == names


@pytest.mark.parametrize(
    ("issue", "language"), [("../x", "en"), ("x", "e/n"), (".x", "en"), ("", "en")]
)
def test_what_cannot_be_part_of_a_name_is_refused(issue: str, language: str) -> None:
    with pytest.raises(InputRefused, match="cannot be a file name"):
        editions.file_name(issue, language, 1)


def test_an_edition_comes_back_out_of_its_row(edition: Edition, tmp_path: Path) -> None:
    row = row_of(tmp_path, edition)
    assert of_row(tmp_path, row, simulated=False) == edition
    assert of_row(tmp_path, row, simulated=True).simulated
    old = row | {"requested": None, "files": None}
    found = of_row(tmp_path, old, simulated=False)
    assert (found.requested, found.checksums) == (DAY, None)
    other = of_row(tmp_path, row | {"requested": date(2026, 1, 18)}, simulated=False)
    assert other.requested == date(2026, 1, 18)


def test_what_is_written_is_read_and_what_is_there_stays(edition: Edition) -> None:
    write(edition, CONTENT)
    assert read(edition) == CONTENT
    before = edition.web.stat().st_ino
    edition.path.write_bytes(b"cut")
    write(edition, CONTENT)
    assert read(edition) == CONTENT
    assert edition.web.stat().st_ino == before


def test_a_file_that_is_another_is_damaged(edition: Edition) -> None:
    write(edition, CONTENT)
    assert damaged(edition, read(edition)) == []
    edition.text.write_bytes(b"u")
    edition.web.unlink()
    assert damaged(edition, read(edition)) == [edition.text, edition.web]


@pytest.mark.parametrize(
    ("part", "content", "wrong"),
    [
        ("pdf", b"%PDF-1 %%EOF", False),
        ("pdf", b"%PDF-1 %%EOF" + b" " * 1018, False),
        ("pdf", b"%PDF-1 %%EOF" + b" " * 1020, True),
        ("pdf", b"PDF %%EOF", True),
        ("pdf", b"%PDF-1", True),
        ("text", b"", True),
        ("text", b"anything", False),
    ],
)
def test_without_checksums_a_file_is_damaged_that_cannot_be_whole(
    edition: Edition, part: str, content: bytes, *, wrong: bool
) -> None:
    old = replace(edition, checksums=None)
    given = {name: CONTENT[name] for name in old.parts} | {part: content}
    assert damaged(old, given) == ([old.parts[part]] if wrong else [])
