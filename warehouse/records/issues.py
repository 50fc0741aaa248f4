"""Issues: which edition of which issue was rendered, under which revision, and mart.issue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from warehouse.contract import empty
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables import SYSTEM_TABLES

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


def before(reader: Reader, issue_id: str, language: str, revision: int) -> dict[str, Any] | None:
    """The newest earlier edition of an issue in a language; None for a first one."""
    sql = (
        "FROM mart.issue WHERE issue_id = ? AND language = ? AND revision < ? "
        "ORDER BY revision DESC LIMIT 1"
    )
    return _first(reader.query(sql, [issue_id, language, revision]))


def printed_by(reader: Reader, edition: Mapping[str, Any]) -> pl.DataFrame:
    """The facts that an edition printed: its rows of mart.printed.

    edition: the columns of mart.issue. Empty of one whose facts were not written down.
    """
    sql = "FROM mart.printed WHERE issue_id = ? AND language = ? AND revision = ? ORDER BY fact_id"
    return reader.query(sql, [edition["issue_id"], edition["language"], edition["revision"]])


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


def correct(warehouse: Warehouse, as_of: date, found_at: datetime, found: pl.DataFrame) -> None:
    """Write down what was found restated of an issue.

    found: transforms.issue.revisions.CORRECTIONS; found_at: naive UTC.
    """
    named = {"as_of": pl.lit(as_of), "found_at": pl.lit(found_at, pl.Datetime("us"))}
    warehouse.append("mart.correction", found.with_columns(**named))


def corrections(reader: Reader, as_of: date, by: datetime) -> pl.DataFrame:
    """What had been found restated of an issue by a moment (naive UTC), each fact once.

    Empty in a file that was published before there were corrections.
    """
    if "mart.correction" not in reader.columns():
        return empty(SYSTEM_TABLES["mart.correction"])
    return reader.query(
        "FROM mart.correction WHERE as_of = ? AND found_at <= ? "
        "QUALIFY row_number() OVER (PARTITION BY fact_id ORDER BY found_at DESC) = 1 "
        "ORDER BY fact_id",
        [as_of, by],
    )


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


def every(reader: Reader) -> pl.DataFrame:
    """The rows of mart.issue, issue by issue, English first, the newest revision of each first."""
    return reader.query("FROM mart.issue ORDER BY issue_id, language, revision DESC")


def axes(reader: Reader) -> pl.DataFrame:
    """Both axes on each day that any evaluation knows, as the newest one of them has it.

    Columns: observation_date, momentum, heat; sorted by day.
    """
    return reader.query(
        "WITH known AS (SELECT metric, observation_date, value FROM mart.metric "
        "WHERE metric IN ('structural_momentum', 'overheating') AND entity = 'CN' "
        "QUALIFY row_number() OVER (PARTITION BY metric, observation_date ORDER BY as_of DESC) = 1) "
        "SELECT observation_date, "
        "max(value) FILTER (metric = 'structural_momentum') AS momentum, "
        "max(value) FILTER (metric = 'overheating') AS heat "
        "FROM known GROUP BY observation_date ORDER BY observation_date"
    )


def states_by_day(reader: Reader) -> pl.DataFrame:
    """The state of each day, as the newest evaluation that knows it found it.

    Columns: observation_date, state; sorted by day.
    """
    return reader.query(
        "SELECT observation_date, state FROM mart.state "
        "QUALIFY row_number() OVER (PARTITION BY observation_date ORDER BY as_of DESC) = 1 "
        "ORDER BY observation_date"
    )


def found(reader: Reader) -> pl.DataFrame:
    """Where each evaluation found the market, at most a week before its day.

    Columns: as_of, momentum, heat, state, and surprise: of the first finding; null what it did not
    know.
    """
    return reader.query(
        "WITH score AS (SELECT as_of, metric, value FROM mart.metric "
        "WHERE metric IN ('structural_momentum', 'overheating') AND entity = 'CN' "
        "AND observation_date BETWEEN as_of - 7 AND as_of "
        "QUALIFY row_number() OVER (PARTITION BY as_of, metric ORDER BY observation_date DESC) = 1), "
        "scores AS (SELECT as_of, max(value) FILTER (metric = 'structural_momentum') AS momentum, "
        "max(value) FILTER (metric = 'overheating') AS heat FROM score GROUP BY as_of), "
        "state AS (SELECT as_of, state FROM mart.state WHERE observation_date BETWEEN as_of - 7 AND as_of "
        "QUALIFY row_number() OVER (PARTITION BY as_of ORDER BY observation_date DESC) = 1), "
        "first AS (SELECT as_of, max(surprise) AS surprise FROM mart.finding WHERE place = 1 "
        "GROUP BY as_of) "
        "SELECT * FROM scores FULL JOIN state USING (as_of) FULL JOIN first USING (as_of) ORDER BY as_of"
    )


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
