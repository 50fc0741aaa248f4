"""Issues: which edition of which issue was rendered, under which revision, and mart.issue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from warehouse.storage.store import Reader, Warehouse

Named = tuple[str, str, int]  # issue, language and revision: an edition


def week_of(day: date) -> str:
    """The ISO week of a day, such as 2026-W03."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"


def identity(as_of: date, calendar: pl.Series) -> str:
    """The name of the issue of a trading day: its week for the last one of a week, else the day.

    2026-W03 is the regular issue of that week, 2026-01-13 an issue made between two regular ones:
    neither is a correction of the other. Where the calendar ends nobody knows whether a day was the
    last of its week, and the issue bears the day.
    """
    following = calendar.filter(calendar > as_of).min()
    ends_week = isinstance(following, date) and week_of(following) != week_of(as_of)
    return week_of(as_of) if ends_week else as_of.isoformat()


def with_content(
    reader: Reader, issue_id: str, language: str, content_hash: str
) -> dict[str, Any] | None:
    """The edition of an issue with this content, or None if it was never rendered."""
    sql = (
        "FROM mart.issue WHERE issue_id = ? AND language = ? AND content_hash = ? "
        "ORDER BY revision DESC LIMIT 1"
    )
    return _first(reader.query(sql, [issue_id, language, content_hash]))


def content_hashes(reader: Reader) -> dict[Named, str]:
    """The content hash of each edition."""
    sql = "SELECT issue_id, language, revision, content_hash FROM mart.issue ORDER BY rowid"
    return {(i, lang, r): content for i, lang, r, content in reader.query(sql).iter_rows()}


def next_revision(reader: Reader, issue_id: str, language: str) -> int:
    """The revision of an edition with new content; none is ever mailed with two contents.

    After a loss a message may be known whose edition is not.
    """
    used = (
        "SELECT max(revision) FROM (SELECT revision, issue_id, language FROM mart.issue "
        "UNION ALL SELECT revision, issue_id, language FROM meta.delivery) "
        "WHERE issue_id = ? AND language = ?"
    )
    return int(reader.query(used, [issue_id, language]).item() or 0) + 1


def record(warehouse: Warehouse, edition: Mapping[str, Any]) -> None:
    """Write an edition down, once."""
    sql = "SELECT count(*) FROM mart.issue WHERE issue_id = ? AND language = ? AND revision = ?"
    key = [edition["issue_id"], edition["language"], edition["revision"]]
    if not warehouse.query(sql, key).item():
        warehouse.append("mart.issue", [edition])


def newest(reader: Reader, issue_id: str, language: str) -> dict[str, Any] | None:
    """The last revision of the latest day of an issue, or None if it was never rendered."""
    sql = (
        "FROM mart.issue WHERE issue_id = ? AND language = ? "
        "ORDER BY as_of DESC, revision DESC LIMIT 1"
    )
    return _first(reader.query(sql, [issue_id, language]))


def headline(reader: Reader, issue_id: str, language: str, revision: int) -> str:
    """The headline of an edition; empty if only its messages are known, after a loss."""
    sql = "SELECT headline FROM mart.issue WHERE issue_id = ? AND language = ? AND revision = ?"
    found = _first(reader.query(sql, [issue_id, language, revision]))
    return str(found["headline"]) if found else ""


def days(reader: Reader) -> dict[Named, date]:
    """The day of each edition.

    One day may have two names: in an older home every issue of a week bore the name of the week,
    and where the calendar ends the last day of a week is not known as such yet.
    """
    sql = "SELECT issue_id, language, revision, as_of FROM mart.issue"
    return {(name, lang, number): day for name, lang, number, day in reader.query(sql).iter_rows()}


def gaps(reader: Reader) -> pl.DataFrame:
    """What no source offers, as the project declares it: subject, since, why, instead."""
    return reader.query("FROM meta.gap ORDER BY rowid")


def _first(rows: pl.DataFrame) -> dict[str, Any] | None:
    return rows.row(0, named=True) if rows.height else None
