"""Publishing: a new version of the warehouse for readers, and the page of all issues made again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from flows import editions
from flows.editions import OFFERED, alias, archive_name, feed_name
from flows.tasks import step
from flows.workspace import Workspace
from templates.archive import Archive, FiledEdition, FiledIssue, archive, feed, leading
from warehouse.records import issues
from warehouse.storage.atomic import write_atomically
from warehouse.storage.store import Reader

SHOWN = ("web", "pdf", "workbook")  # the files of an edition that readers open


@step
def publish(ws: Workspace) -> str:
    """A new version of the warehouse for readers, and the archive of it; the version's path."""
    version = str(ws.publish())
    file_issues(ws)
    return version


@contextmanager
def publishing(ws: Workspace) -> Iterator[None]:
    """What is written inside is seen by readers at the end, also where it ended in an error."""
    try:
        yield
    finally:
        if ws.places.generations or ws.store.filled():
            publish(ws)


def publish_what_letters_link_to(ws: Workspace) -> None:
    """Before letters with links go out: an address in them must not be dead until the run ends."""
    if ws.settings.mail.issues_url:
        publish(ws)


def file_issues(ws: Workspace) -> None:
    """The archive in each language, the feed of each that has issues, and pages that lead on.

    Those lie beside each issue. Each file is replaced whole, and only where it changes: who looks
    meanwhile sees the old one or the new one.
    """
    with ws.store.published() as reader:
        one = collected(ws, reader)
    if not one.issues:
        return
    folder = ws.settings.home / "issues"
    for language in OFFERED:
        _put(folder / archive_name(language), archive(one, language))
        _feed(folder / feed_name(language), feed(one, language))
        for issue in one.issues:
            _put(folder / issue.issue_id / alias(language), leading(issue, language))


def _feed(path: Path, entries: str | None) -> None:
    """A language without an issue has no feed; an empty one of an older home is taken away."""
    if entries is None:
        path.unlink(missing_ok=True)
    else:
        _put(path, entries)


def _put(path: Path, page: str) -> None:
    content = page.encode()
    if not (path.is_file() and path.read_bytes() == content):
        write_atomically(path, content)


def collected(ws: Workspace, reader: Reader) -> Archive:
    """All issues, newest first, with the two axes over all time."""
    rows = issues.every(reader)
    measured = {row["as_of"]: row for row in issues.found(reader).iter_rows(named=True)}
    filed = [
        _filed(ws, [*of_one], measured)
        for _, of_one in groupby(rows.iter_rows(named=True), key=lambda row: row["issue_id"])
    ]
    return Archive(
        tuple(sorted((one for one in filed if one), key=lambda one: one.as_of, reverse=True)),
        issues.axes(reader),
        issues.states_by_day(reader),
        reader.simulated,
        ws.settings.mail.issues_url or "",
    )


def _filed(
    ws: Workspace, rows: list[dict[str, Any]], measured: dict[Any, dict[str, Any]]
) -> FiledIssue | None:
    """One issue out of its rows of mart.issue, the newest first; None if no file is there."""
    found: list[FiledEdition] = []
    day = max(row["as_of"] for row in rows)  # in an older home the name was borne by several days
    for row in rows:
        edition = editions.of_row(ws.settings.home, row, simulated=False)
        folder = ws.settings.home / "issues"
        there = {
            part: str(file.relative_to(folder))
            for part, file in edition.parts.items()
            if part in SHOWN and file.is_file()
        }
        if "pdf" not in there or row["as_of"] != day:
            continue
        newer = any(one.language == row["language"] for one in found)
        found.append(
            FiledEdition(
                row["language"],
                row["revision"],
                row["headline"],
                there,
                row["rendered_at"],
                earlier=newer,
            )
        )
    if not found:
        return None
    state = measured.get(day, {})
    return FiledIssue(
        rows[0]["issue_id"], day, state.get("state"), state.get("momentum"), state.get("heat"),
        state.get("surprise") or 0.0, tuple(sorted(found, key=lambda one: one.earlier)),
    )  # fmt: skip
