"""Issues: which edition of which issue was rendered, under which revision, and mart.issue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
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


def record(
    warehouse: Warehouse, edition: Mapping[str, Any], measured_at: datetime, printed: pl.DataFrame
) -> None:
    """Write an edition down, once, with the facts that it prints.

    measured_at: when its evaluation was made (naive UTC); printed: the columns of mart.printed that
    are of a fact (transforms.issue.restatements.PRINTED).
    """
    sql = "SELECT count(*) FROM mart.issue WHERE issue_id = ? AND language = ? AND revision = ?"
    key = [edition["issue_id"], edition["language"], edition["revision"]]
    if warehouse.query(sql, key).item():
        return
    warehouse.append("mart.issue", [edition])
    named = {name: edition[name] for name in ("issue_id", "language", "revision", "as_of")}
    moment = pl.lit(measured_at, pl.Datetime("us"))
    rows = printed.with_columns(*(pl.lit(v).alias(n) for n, v in named.items()), measured_at=moment)
    warehouse.append("mart.printed", rows)


def last_printed(
    reader: Reader, before: date, measured_before: datetime | None = None
) -> pl.DataFrame:
    """The facts of the last issue before a day, each once, as it printed them last: mart.printed.

    measured_before: only what was measured by then, as an evaluation of that time compared it.
    Empty where none is known: before the first issue, or where the last ones are of a version that
    did not write them down.
    """
    sql = (
        "WITH known AS (FROM mart.printed WHERE as_of < $1 AND ($2 IS NULL OR measured_at < $2)) "
        "FROM known WHERE as_of = (SELECT max(as_of) FROM known) "
        "QUALIFY row_number() OVER (PARTITION BY fact_id ORDER BY measured_at DESC, revision DESC, "
        "language) = 1 AND measured_at = max(measured_at) OVER () ORDER BY fact_id"
    )
    return reader.query(sql, [before, measured_before])


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
    columns = "subject, since, why, instead"
    return reader.query(f"SELECT {columns} FROM meta.gap WHERE dataset IS NULL ORDER BY rowid")


def _first(rows: pl.DataFrame) -> dict[str, Any] | None:
    return rows.row(0, named=True) if rows.height else None
