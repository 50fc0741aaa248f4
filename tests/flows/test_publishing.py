"""The page of all issues: which editions it lists, and that it is made with each new version."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from flows import publishing
from flows.editions import file_name
from flows.publishing import collected
from flows.settings import Mail, Settings
from flows.workspace import Workspace
from templates.archive import Archive
from warehouse.contract import schema
from warehouse.records import issues
from warehouse.storage.store import Warehouse
from warehouse.tables import SYSTEM_TABLES

NOW = datetime(2026, 1, 17, 4)
FRIDAY, THURSDAY = date(2026, 1, 16), date(2026, 1, 15)


@pytest.fixture
def shelf(tmp_path: Path) -> Workspace:
    return Workspace(Settings(home=tmp_path / "home", mail=Mail(issues_url="https://a.example/")))


@pytest.fixture
def file(books: Warehouse, shelf: Workspace):
    """`file(issue, language, revision, day)`: an edition that was rendered; its files, if any."""
    books.connection.execute("DELETE FROM mart.issue")

    def record(issue, language, revision, day, suffixes=(".pdf", ".html", ".xlsx", ".mail.txt")):
        pdf = shelf.settings.home / "issues" / issue / file_name(issue, language, revision)
        pdf.parent.mkdir(parents=True, exist_ok=True)
        for suffix in suffixes:
            pdf.with_suffix(suffix).write_text(issue, encoding="utf-8")
        issues.record(
            books,
            {
                "issue_id": issue, "revision": revision, "as_of": day, "requested": day,
                "language": language, "content_hash": f"{issue}{language}{revision}",
                "headline": f"{language} {revision}", "files": '{"pdf":{},"web":{},"workbook":{}}',
                "path": str(pdf.relative_to(shelf.settings.home)), "rendered_at": NOW,
            },
            NOW,
            pl.DataFrame(schema=schema(SYSTEM_TABLES["mart.printed"])),
        )  # fmt: skip

    return record


def listed(archive: Archive) -> list[tuple[str, list[tuple[str, int, bool]]]]:
    return [
        (one.issue_id, [(e.language, e.revision, e.earlier) for e in one.editions])
        for one in archive.issues
    ]


def test_issues_are_listed_newest_first_and_earlier_revisions_last(shelf, books, file) -> None:
    file("2026-W02", "en", 1, date(2026, 1, 9))
    for language, revision in (("en", 1), ("en", 2), ("zh", 1), ("zh", 2)):
        file("2026-W03", language, revision, FRIDAY)

    assert listed(collected(shelf, books)) == [
        ("2026-W03", [("en", 2, False), ("zh", 2, False), ("en", 1, True), ("zh", 1, True)]),
        ("2026-W02", [("en", 1, False)]),
    ]


def test_an_edition_is_listed_with_the_files_that_readers_open(shelf, books, file) -> None:
    file("2026-W03", "en", 1, FRIDAY)
    ((one,),) = (issue.editions for issue in collected(shelf, books).issues)
    name = "2026-W03/china-tech-briefing_2026-W03_en_r1"

    assert one.files == {"web": f"{name}.html", "pdf": f"{name}.pdf", "workbook": f"{name}.xlsx"}
    assert one.headline == "en 1"


def test_what_has_no_pdf_is_not_listed(shelf, books, file) -> None:
    file("2026-W03", "en", 1, FRIDAY)
    file("2026-W03", "en", 2, FRIDAY, [".html"])
    file("2026-W02", "en", 1, date(2026, 1, 9), [])

    assert listed(collected(shelf, books)) == [("2026-W03", [("en", 1, False)])]


def test_of_several_days_of_one_name_the_last_is_listed(shelf, books, file) -> None:
    file("2026-W03", "en", 1, FRIDAY)
    file("2026-W03", "en", 2, THURSDAY)
    (one,) = collected(shelf, books).issues

    assert (one.as_of, [e.revision for e in one.editions]) == (FRIDAY, [1])


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """What is done at a publication, in order."""
    done: list[str] = []
    monkeypatch.setattr(Workspace, "publish", lambda _ws: done.append("version") or Path("v1"))
    monkeypatch.setattr(publishing, "file_issues", lambda _ws: done.append("page"))
    return done


def test_a_version_comes_with_its_page(shelf, made) -> None:
    assert publishing.publish(shelf) == "v1"
    assert made == ["version", "page"]


@pytest.mark.parametrize("error", [False, True])
@pytest.mark.parametrize("loaded", [False, True])
def test_what_was_written_is_published_at_the_end_also_of_a_failure(
    shelf, made, error, loaded
) -> None:
    if loaded:
        shelf.places.writer.parent.mkdir(parents=True)
        shelf.places.writer.touch()

    with pytest.raises(OSError) if error else nullcontext(), publishing.publishing(shelf):
        assert made == []
        if error:
            raise OSError

    assert made == ["version", "page"] * loaded


@pytest.mark.parametrize("url", [None, "https://a.example/"])
def test_letters_with_links_wait_for_the_page(made, tmp_path, url) -> None:
    settings = Settings(home=tmp_path, mail=Mail(issues_url=url))

    publishing.publish_what_letters_link_to(Workspace(settings))

    assert made == ["version", "page"] * bool(url)


def test_the_pages_lead_to_each_issue_and_change_only_where_they_must(
    shelf, books, file, monkeypatch
) -> None:
    file("2026-W03", "en", 1, FRIDAY)
    monkeypatch.setattr(publishing.Reader, "open", lambda _path: nullcontext(books))
    publishing.file_issues(shelf)
    folder = shelf.settings.home / "issues"
    names = ("index.html", "index_zh.html", "2026-W03/en.html", "2026-W03/zh.html")
    assert (folder / "feed.xml").is_file()
    assert not (folder / "feed_zh.xml").exists()  # no issue of that language yet
    (folder / "feed_zh.xml").write_text("empty, of an older home", encoding="utf-8")
    before = {name: (folder / name).stat() for name in names}
    assert "2026-W03_en_r1.html" in (folder / "2026-W03/en.html").read_text(encoding="utf-8")
    (folder / "index.html").write_text("torn", encoding="utf-8")

    publishing.file_issues(shelf)

    after = {name: (folder / name).stat() for name in names}
    moved = [name for name in names if before[name].st_ino != after[name].st_ino]
    assert moved == ["index.html"]
    assert not (folder / "feed_zh.xml").exists()
    assert "2026-W03" in (folder / "index.html").read_text(encoding="utf-8")


def test_without_an_issue_there_is_no_page(shelf, books, file, monkeypatch) -> None:
    monkeypatch.setattr(publishing.Reader, "open", lambda _path: nullcontext(books))

    publishing.file_issues(shelf)

    assert not (shelf.settings.home / "issues").exists()
