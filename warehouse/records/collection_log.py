"""The collection log: what was asked, answered, loaded and quarantined, and what went wrong.

Its tables: raw.answer (each answer as published), meta.answered (days for which a source has
answered in full), meta.load (each load), raw.rejected (rows and fields quarantined), meta.incident.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from warehouse.cadence import Absent
from warehouse.catalog import NEVER_DUE, Call, Chain, Dataset, Source, catalogue
from warehouse.records import coverage
from warehouse.shanghai import shanghai_sql
from warehouse.storage.store import EXPORTED, Loading, Reader, Warehouse

PROJECT = "project reference"  # the source of lists that the project brings along
PAST = " · past"  # marks the part whose past was read, beside its days
MONTH = 31  # days of which an issue says what was quarantined


@dataclass(frozen=True)
class Answer:
    """What a call brought: as published, conformed, and the archived files of its responses."""

    call: Call
    published: pl.DataFrame
    rows: pl.DataFrame
    bodies: list[str]


@dataclass(frozen=True)
class PartLog:
    """`cadence.Log` of one part of a dataset.

    look: opens the warehouse when it is first needed; None before anything was loaded. by: what
    was answered after that moment (naive UTC) makes no day an answered one.
    """

    look: Callable[[], Reader | None]
    dataset: Dataset
    chain: Chain
    calendar: pl.Series
    by: datetime = NEVER_DUE

    @property
    def entities(self) -> Mapping[str, date]:
        return self.chain.entities

    def due_on(self, day: date) -> datetime:
        return self.dataset.rule_of(self.chain).due_on(day, self.calendar)

    def answered_days(self) -> set[date]:
        """The days for which a source has answered in full, and those that an imported file spans.

        Rows that follow from another dataset's are made from these wherever they are there: an
        imported file of such rows knows less.
        """
        reader = self.look()
        if reader is None:
            return set()
        name, part = self.dataset.name, self.chain.part
        follows = all(s.query for s in self.chain.sources)
        sql = """
            SELECT for_day AS day FROM meta.answered
            WHERE dataset = ? AND part = ? AND answered_at <= ?
            UNION
            SELECT unnest(generate_series(first_date, last_date, INTERVAL 1 DAY))::DATE
            FROM meta.load
            WHERE dataset = ? AND starts_with(source, 'import ') AND fetched_at <= ? AND NOT ?
        """
        parameters = [name, part, self.by, name, self.by, follows]
        return set(reader.query(sql, parameters)["day"])

    def answered_at(self) -> datetime | None:
        reader = self.look()
        if reader is None:
            return None
        sql = "SELECT max(answered_at) FROM meta.answered WHERE dataset = ? AND part = ?"
        found: datetime | None = reader.query(sql, [self.dataset.name, self.chain.part]).item()
        return found

    def held_days(self) -> set[date]:
        reader = self.look()
        if reader is None:
            return set()
        return set(coverage.held_days(reader, self.dataset, self.chain).to_list())

    def lacking(self, days: Sequence[date]) -> pl.DataFrame:
        return coverage.lacking(self.look(), self.dataset, self.chain, days)

    def shares(self, sql: str, days: Sequence[date]) -> tuple[str, ...]:
        reader = self.look() if days else None
        return coverage.lacking_shares(reader, self.dataset, sql, days) if reader else ()

    def any_share(self) -> str | None:
        reader = self.look()
        return coverage.any_share(reader, self.dataset) if reader else None

    def absent_since(self, rows: pl.DataFrame) -> pl.Series | None:
        """When a source last answered without each row (null: never), aligned with the rows."""
        reader = self.look()
        if reader is None or self.dataset.dated_by is None:
            return None
        log = reader.query(
            "SELECT for_day AS day, entity, max(answered_at) AS seen FROM meta.answered "
            "WHERE dataset = ? AND part = ? AND absent GROUP BY ALL",
            [self.dataset.name, self.chain.part],
        )
        if log.is_empty():
            return None
        column = self.chain.column if self.chain.entities else None
        entity = pl.col(column) if column else pl.lit(None, pl.String)
        named = rows.select(day=pl.col(self.dataset.dated_by), entity=entity)
        return named.join(
            log, on=["day", "entity"], how="left", nulls_equal=True, maintain_order="left"
        )["seen"]


def add_answered(
    warehouse: Warehouse,
    d: Dataset,
    chain: Chain,
    source: str,
    days: Iterable[Absent],
    *,
    answered_at: datetime,
    absent: bool = False,
) -> None:
    """Log days, and entities, that a source has answered in full, or without their rows."""
    entry = {
        "dataset": d.name,
        "part": chain.part,
        "source": source,
        "answered_at": answered_at,
        "absent": absent,
    }
    entries = [entry | {"for_day": day, "entity": entity} for day, entity in days]
    if entries:
        warehouse.append("meta.answered", entries)


def add_past(warehouse: Warehouse, d: Dataset, chain: Chain, first: date, at: datetime) -> None:
    """Log that sources have answered for the past of a part, from a first day on (naive UTC)."""
    part = replace(chain, part=chain.part + PAST)
    add_answered(warehouse, d, part, "bootstrap", [(first, None)], answered_at=at)


def completed_past(reader: Reader) -> dict[tuple[str, str], date]:
    """From which day on sources have answered for the past, by dataset and part."""
    found = reader.query(
        "SELECT dataset, part, min(for_day) FROM meta.answered WHERE ends_with(part, ?) "
        "GROUP BY ALL",
        [PAST],
    )
    return {(name, part.removesuffix(PAST)): day for name, part, day in found.iter_rows()}


def add_incidents(
    warehouse: Warehouse,
    d: Dataset,
    source: Source,
    errors: Iterable[Exception],
    happened_at: datetime,
) -> None:
    """Log what went wrong with a source."""
    warehouse.append(
        "meta.incident",
        [
            {
                "dataset": d.name,
                "source": source.name,
                "kind": type(error).__name__,
                "message": str(error),
                "happened_at": happened_at,
            }
            for error in errors
        ],
    )


def add_answers(
    warehouse: Warehouse,
    d: Dataset,
    source: Source,
    answers: Iterable[Answer],
    fetched_at: datetime,
) -> None:
    """Log answers as published, with the files of the archive that hold them."""
    warehouse.append(
        "raw.answer",
        [
            {
                "dataset": d.name,
                "source": source.name,
                "function": a.call.function,
                "arguments": arguments(a.call),
                "fetched_at": fetched_at,
                "rows": a.published.height,
                "published_columns": json.dumps(a.published.columns, ensure_ascii=False),
                "bodies": json.dumps(a.bodies),
            }
            for a in answers
        ],
    )


def add_rejected(
    warehouse: Warehouse, d: Dataset, rejected: pl.DataFrame, loading: Loading
) -> None:
    """Log the rows and the fields that were set aside."""
    if rejected.height:
        warehouse.append(
            "raw.rejected",
            rejected.with_columns(
                load_id=pl.lit(loading.load_id),
                dataset=pl.lit(d.name),
                rejected_at=pl.lit(loading.fetched_at, pl.Datetime("us")),
            ),
        )


def arguments(call: Call) -> str:
    """The arguments of a call as the log holds them."""
    return json.dumps(dict(call.arguments), ensure_ascii=False)


def answered_calls(reader: Reader, d: Dataset, since: datetime) -> set[tuple[str, str]]:
    """Function and arguments of the calls that were answered after a moment (naive UTC)."""
    done = reader.query(
        "SELECT DISTINCT function, arguments FROM raw.answer WHERE dataset = ? AND fetched_at > ?",
        [d.name, since],
    )
    return set(done.iter_rows())


def columns_before(reader: Reader, d: Dataset, source: Source, call: Call) -> set[str] | None:
    """The columns of the last answer with rows to such a call; None before the first.

    The boards of one function may have columns of their own: only days and codes may differ.
    """
    before = reader.query(
        "SELECT published_columns FROM raw.answer WHERE dataset = ? AND source = ? "
        "AND function = ? AND rows > 0 AND regexp_replace(arguments, '[0-9]', '', 'g') = "
        "regexp_replace(?, '[0-9]', '', 'g') ORDER BY rowid DESC LIMIT 1",
        [d.name, source.name, call.function, arguments(call)],
    )
    return set(json.loads(before.item())) if before.height else None


def drifts_before(reader: Reader, d: Dataset, source: Source) -> list[str]:
    """What was reported before of drift in the answers of a source, oldest first."""
    sql = (
        "SELECT message FROM meta.incident "
        "WHERE dataset = ? AND source = ? AND kind = 'SourceDrifted' ORDER BY rowid"
    )
    return reader.query(sql, [d.name, source.name])["message"].to_list()


def not_rejected_before(reader: Reader, d: Dataset, rejected: pl.DataFrame) -> pl.DataFrame:
    """The rows to quarantine that no earlier load has quarantined by the same rule."""
    there = reader.query(
        "SELECT DISTINCT rule, column_name, content FROM raw.rejected WHERE dataset = ?", [d.name]
    )
    return rejected.join(there, on=there.columns, how="anti")


def loaded_at(reader: Reader, by: datetime) -> dict[str, datetime]:
    """When each dataset was loaded last, by a moment (both naive UTC)."""
    sql = "SELECT dataset, max(fetched_at) FROM meta.load WHERE fetched_at <= ? GROUP BY dataset"
    return dict(reader.query(sql, [by]).iter_rows())


def loads_since(reader: Reader, moment: datetime, due_by: datetime) -> pl.DataFrame:
    """What was loaded after a moment, by dataset: revised, rows with another value; late, rows that
    are new and had been due by another moment (both naive UTC). Columns dataset, revised, late.
    """
    loads = reader.query(
        "SELECT dataset, sum(rows_revised)::BIGINT AS revised, sum(rows_new) > 0 AS new "
        "FROM meta.load WHERE fetched_at > ? GROUP BY dataset ORDER BY dataset",
        [moment],
    )
    late = [
        reader.value(
            f"SELECT count(*) FROM core.{name} WHERE known_at <= ? AND load_id IN "
            "(SELECT load_id FROM meta.load WHERE dataset = ? AND fetched_at > ?)",
            [due_by, name, moment],
        )
        if new and name in catalogue()
        else 0
        for name, new in loads.select("dataset", "new").iter_rows()
    ]
    return loads.select("dataset", "revised", late=pl.Series(late, dtype=pl.Int64))


def revised_since(reader: Reader, moment: datetime) -> pl.DataFrame:
    """The loads after a moment (naive UTC) that changed rows: dataset, source, fetched_at."""
    return reader.query(
        "SELECT dataset, source, max(fetched_at) AS fetched_at FROM meta.load "
        "WHERE fetched_at > ? AND rows_revised > 0 GROUP BY ALL ORDER BY ALL",
        [moment],
    )


def anything_loaded(reader: Reader) -> bool:
    """Whether anything was loaded but the lists that the project brings along."""
    sql = "SELECT count(*) > 0 FROM meta.load WHERE source <> ?"
    return bool(reader.value(sql, [PROJECT]))


def newest_load(reader: Reader) -> datetime:
    """When anything was loaded last (naive UTC)."""
    found: datetime = reader.query("SELECT max(fetched_at) FROM meta.load").item()
    return found


def cut(reader: Reader) -> list[tuple[str, str]]:
    """The datasets of which a file out of a lake has the newest days only, and what it has."""
    sql = (
        "SELECT dataset, arg_max(unit, rowid) FROM meta.load WHERE contains(load_id, ?) "
        "GROUP BY dataset ORDER BY dataset"
    )
    return list(reader.query(sql, [f"+{EXPORTED}"]).iter_rows())


def last_source(reader: Reader, d: Dataset) -> str | None:
    """Where the last load of a dataset came from."""
    sql = "SELECT source FROM meta.load WHERE dataset = ? ORDER BY rowid DESC LIMIT 1"
    found = reader.query(sql, [d.name])
    return found.item() if found.height else None


def troubles(reader: Reader, d: Dataset, since: datetime) -> dict[str, int]:
    """How many rows of a dataset were quarantined or lost a field, and its incidents, after a
    moment (naive UTC). A row that comes again every day counts once.
    """
    counts = {
        "quarantined": "SELECT count(DISTINCT content) FROM raw.rejected WHERE dataset = ? AND rejected_at > ?",
        "incidents": "SELECT count(*) FROM meta.incident WHERE dataset = ? AND happened_at > ?",
    }
    return {name: int(reader.query(sql, [d.name, since]).item()) for name, sql in counts.items()}


def incidents(reader: Reader, since: datetime) -> pl.DataFrame:
    """What went wrong since a moment (naive UTC), oldest first, in the columns of meta.incident."""
    return reader.query("FROM meta.incident WHERE happened_at >= ? ORDER BY rowid", [since])


def incident_table(reader: Reader, since: datetime) -> pl.DataFrame:
    """What went wrong after a moment (naive UTC), newest first, on the clock of Shanghai."""
    return reader.query(
        f"SELECT {shanghai_sql('happened_at')} AS beijing_time, dataset, source, kind, message "
        "FROM meta.incident WHERE happened_at > ? ORDER BY happened_at DESC",
        [since],
    )


def rejected_table(reader: Reader, since: datetime) -> pl.DataFrame:
    """The rows quarantined after a moment (naive UTC), by dataset and rule, with one of them.

    lost: `row`, or `field` where only that was set aside. A row that came again counts once.
    """
    return reader.query(
        f"SELECT dataset, rule, lost, count(DISTINCT content) AS rows, {shanghai_sql('max(rejected_at)')} AS "
        "beijing_time, any_value(content) AS one_of_them "
        "FROM raw.rejected WHERE rejected_at > ? GROUP BY ALL ORDER BY dataset, rule, lost",
        [since],
    )


def rejected_of_month(reader: Reader, until: datetime) -> pl.DataFrame:
    """How many rows were quarantined, or lost a field, in the month before a moment, and when last.

    Columns dataset, rule, rows (one that came again counts once), last (the date in Shanghai).
    """
    return reader.query(
        f"SELECT dataset, rule, count(DISTINCT content) AS rows, max({shanghai_sql('rejected_at')})::DATE AS last "
        f"FROM raw.rejected WHERE rejected_at BETWEEN ?::TIMESTAMP - INTERVAL {MONTH} DAY AND ? "
        "GROUP BY ALL ORDER BY ALL",
        [until, until],
    )
