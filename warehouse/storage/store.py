"""The warehouse in SQL: what is asked of it, and how rows come in, wherever its tables are.

Flows write, one at a time where it matters; everyone else reads what was published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Self

import polars as pl

from warehouse.catalog import Dataset, catalogue, dataset
from warehouse.contract import schema
from warehouse.errors import (
    ContractViolated,
    InputRefused,
    WarehouseUnavailable,
)
from warehouse.shanghai import AHEAD_OF_UTC, shanghai_date
from warehouse.storage import connection, ddl, dictionary, metric_views
from warehouse.storage.connection import Connection
from warehouse.storage.recode import recoded
from warehouse.tables import SYSTEM_TABLES

RECODED = "rows of an earlier version, under the codes of today"
FEW = 10  # rows that are handed to DuckDB as values instead of as a frame
EXPORTED = "exported"  # marks the line of a ledger for rows that stayed behind in a lake


@dataclass(frozen=True)
class Loading:
    """Where rows come from: written beside each row and in the ledger."""

    load_id: str
    source: str
    unit: str
    fetched_at: datetime  # naive UTC
    rows_received: int
    rows_corrected: int = 0


@dataclass(frozen=True)
class Loaded:
    """What a load changed."""

    new: int
    revised: int
    after: int
    checksum: int


class Reader:
    """A connection that answers questions; on a published copy it is read-only."""

    def __init__(self, opened: Connection) -> None:
        self.connection = opened

    @classmethod
    def open(cls, path: Path) -> Self:
        """A read-only, locked connection to a published copy."""
        if not path.exists():
            message = (
                f"there is no published warehouse at {path}; run `briefing import PATH`, "
                "`briefing collect` or `briefing demo` first; from a lake, `briefing lake export`"
            )
            raise WarehouseUnavailable(message)
        return cls(connection.locked(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """The result of one statement as a frame; SQL errors become InputRefused.

        Raises WarehouseDamaged where a block of the file is not what was written.
        """
        with connection.query_errors():  # a relation is lazy: it may fail only when it is read
            relation = self.connection.sql(sql, params=list(parameters) or None)
            return (
                connection.readable_types(relation).pl() if relation is not None else pl.DataFrame()
            )

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first value of one statement, None without a row; cheaper than a frame around it.

        Raises the same errors as `query`.
        """
        with connection.query_errors():
            row = self.connection.execute(sql, list(parameters) or None).fetchone()
        return row[0] if row else None

    def read(
        self, name: str, known_by: datetime, loaded_by: datetime | None = None
    ) -> pl.DataFrame:
        """Rows of a dataset as they were known at a moment (naive UTC), with known_at and source.

        loaded_by: only what had been loaded by then, as an evaluation of that time saw it. Without
        it the same as `core.<dataset>_asof` gives in SQL, also in files without such a macro.
        """
        # Written out: with bound parameters DuckDB hands a relation over row by row, 40 s for 3.7
        # M.
        loaded = ddl.stamp(loaded_by) if loaded_by else None
        return self.query(ddl.asof(dataset(name), ddl.stamp(known_by), loaded))

    def measured(self, table: str, as_of: date) -> pl.DataFrame:
        """The rows of a mart as of one evaluation date, in the contract's columns without as_of."""
        columns = ", ".join(c for c in SYSTEM_TABLES[table].column_names() if c != "as_of")
        return self.query(f"SELECT {columns} FROM {table} WHERE as_of = DATE '{as_of}'")

    def columns(self) -> dict[str, list[str]]:
        """The columns of each table that is there."""
        sql = (
            "SELECT schema_name || '.' || table_name AS t, list(column_name ORDER BY column_index) AS c "
            "FROM duckdb_columns() c ANTI JOIN duckdb_views() v ON v.database_oid = c.database_oid "
            "AND v.view_oid = c.table_oid "  # of duckdb_tables() a lake estimates the rows, one by one
            "WHERE NOT internal AND database_name = current_database() GROUP BY t ORDER BY t"
        )
        return dict(self.query(sql).iter_rows())

    def _count(self, table: str) -> int:
        return int(self.value(f"SELECT count(*) FROM {table}"))

    def finished(self, name: str, unit: str) -> bool:
        """Whether the ledger lists this unit of a dataset as loaded."""
        sql = "SELECT count(*) FROM meta.load WHERE dataset = ? AND unit = ?"
        return bool(self.value(sql, [name, unit]))

    def setting(self, name: str) -> str | None:
        found: str | None = self.value("SELECT value FROM meta.setting WHERE name = ?", [name])
        return found

    @property
    def simulated(self) -> bool:
        """Whether the data come from the offline exchange."""
        return self.setting("simulated") == "true"


def nothing() -> None:
    """What a file's writer asks before it commits: its lock ends with the process."""


class Warehouse(Reader):
    """The writer: creates tables, loads rows, appends to the system tables.

    in_lake: the tables are in a lake, which can do without a few statements. still_alone: raises
    where a lock is lost; asked before each commit.
    """

    def __init__(
        self,
        opened: Connection,
        *,
        in_lake: bool = False,
        still_alone: Callable[[], None] = nothing,
    ) -> None:
        super().__init__(opened)
        self.in_lake, self.still_alone = in_lake, still_alone

    @classmethod
    @contextmanager
    def writing(cls, path: Path, *, simulated: bool | None = None) -> Iterator[Self]:
        """The private writer file, created if need be. Hold `writer_lock` around it.

        `simulated` states what will be loaded; simulated and real data never share a file.
        """
        opened = connection.appending(path)
        try:
            with connection.writing_errors(path):
                warehouse = cls(opened)
                warehouse.prepare(simulated=simulated)
                yield warehouse
        finally:
            opened.close()

    def prepare(self, *, simulated: bool | None) -> None:
        """Tables, views and dictionary as this version of the project declares them."""
        with self.transaction():
            if not self._declared():
                for statement in (*ddl.added(self.columns()), *ddl.statements(catalogue())):
                    self.declare(statement)
                for statement in ddl.partitions(catalogue()) if self.in_lake else ():
                    self.connection.execute(statement)
                for table, rows in dictionary.tables().items():
                    self.refill(table, rows)
                for d in recoded(self.connection):
                    self.enter_changed(d, "codes", RECODED)
                self.set("schema", dictionary.fingerprint())
            if simulated is not None:
                self._claim(str(simulated).lower())

    def declare(self, statement: str) -> None:
        """One statement of DDL. DuckLake keeps no comments of macros and of columns of views; the
        exported file has them.
        """
        if not (self.in_lake and ddl.foreign_to_lakes(statement)):
            self.connection.execute(statement)

    def _declared(self) -> bool:
        """Whether the file already has exactly what the contracts declare."""
        try:
            return self.setting("schema") == dictionary.fingerprint()
        except InputRefused:  # a new file has no table of settings
            return False

    def enter_changed(self, d: Dataset, mark: str, unit: str) -> None:
        """A line of the ledger for rows that are others than were loaded: under today's codes, or
        fewer. mark: what the name of the last load gets; unit: what became of the rows.
        """
        last = self.query("FROM meta.load WHERE dataset = ? ORDER BY rowid DESC LIMIT 1", [d.name])
        core = f"core.{d.name}"
        revised = "SELECT sum(rows_revised)::BIGINT FROM meta.load WHERE dataset = ?"
        nothing = dict.fromkeys(("rows_received", "rows_new", "rows_rejected", "rows_corrected"), 0)
        now = {
            "rows_revised": self._count(f"{core}_superseded")
            - (self.value(revised, [d.name]) or 0),
            "unit": unit,
            "rows_after": self._count(core),
            "checksum": f"{checksum_kind(d)}:{self._checksum(d, f'FROM {core}')}",
        }
        for line in last.to_dicts():
            self.append(
                "meta.load", [line | nothing | now | {"load_id": f"{line['load_id']}+{mark}"}]
            )

    def _claim(self, simulated: str) -> None:
        """Mark a new warehouse as simulated or real, and refuse to mix the two."""
        known = self.setting("simulated")
        if known is None:
            self.set("simulated", simulated)
        elif known != simulated:
            kinds = {"true": "simulated", "false": "real"}
            raise InputRefused(
                f"this warehouse holds {kinds[known]} data and sandbox.enabled is {simulated}: "
                f"set BRIEFING_SANDBOX__ENABLED={known}, or use another BRIEFING_HOME"
            )

    def set(self, name: str, value: str) -> None:
        """Write a fact about this warehouse down."""
        self.connection.execute("DELETE FROM meta.setting WHERE name = ?", [name])
        self.append("meta.setting", [{"name": name, "value": value}])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing."""
        self.connection.begin()
        try:
            yield
            self.still_alone()
            self.connection.commit()
        except BaseException:
            with suppress(connection.Error):  # a full disk may have ended the transaction already
                self.connection.rollback()
            raise

    def checkpoint(self) -> None:
        """Merge the log into a file that nobody else needs: a kill within leaves it broken."""
        self.connection.execute("CHECKPOINT")

    def append(self, table: str, rows: Iterable[Mapping[str, Any]] | pl.DataFrame) -> None:
        """Rows added to a system table, columns by name; DuckDB binds a few values much faster than
        a frame.
        """
        wanted = schema(SYSTEM_TABLES[table])
        frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows), schema=wanted)
        if frame.height > FEW:
            self.connection.register("appended", frame.select(list(wanted)))
            self.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM appended")
            self.connection.unregister("appended")
        elif frame.height:
            names = ", ".join(f'"{name}"' for name in wanted)
            places = ", ".join([f"({', '.join('?' * len(wanted))})"] * frame.height)
            values = [value for row in frame.select(list(wanted)).iter_rows() for value in row]
            self.connection.execute(f"INSERT INTO {table} ({names}) VALUES {places}", values)

    def replace(self, table: str, as_of: date, rows: pl.DataFrame) -> None:
        """The rows of one evaluation date in a mart; call it inside a transaction."""
        self.connection.execute(f"DELETE FROM {table} WHERE as_of = ?", [as_of])
        self.append(table, rows.with_columns(as_of=pl.lit(as_of)))

    def refill(self, table: str, rows: Iterable[Mapping[str, Any]] | pl.DataFrame) -> None:
        """A book emptied and written anew; call it inside a transaction."""
        self.connection.execute(f"DELETE FROM {table}")
        self.append(table, rows)

    def describe(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """The metrics that there are, in meta.metric and as wide views.

        Call it in a transaction.
        """
        self.refill("meta.metric", entries)
        old = (
            "SELECT view_name FROM duckdb_views() WHERE database_name = current_database() "
            "AND schema_name = 'mart' AND starts_with(view_name, ?)"
        )
        for (view,) in self.connection.execute(old, [metric_views.PREFIX]).fetchall():
            self.connection.execute(f"DROP VIEW mart.{view}")
        for statement in metric_views.views(entries):
            self.declare(statement)

    def load(
        self,
        d: Dataset,
        rows: pl.DataFrame,
        loading: Loading,
        calendar: pl.Series,
        absent: pl.Series | None = None,
    ) -> Loaded:
        """Upsert checked rows by key and write the ledger; call it inside a transaction.

        New keys are known from their publication (or from the fetch, if that came first or on the
        same day), and never before `absent`, the moment at which each was last seen missing. A
        changed value is known from the fetch, and its old version is kept. A null never replaces a
        value: a poorer source must not erase what a richer one gave. The exception is a value that
        breaks a rule beside the new ones (`_unmix`).
        """
        if rows.select(d.key).is_duplicated().any():
            message = f"{d.name}: a key ({', '.join(d.key)}) occurs twice in {loading.source}"
            raise ContractViolated(message)
        due = d.due(rows, calendar)
        due = due if absent is None else pl.select(pl.max_horizontal(due, absent)).to_series()
        fetched = pl.lit(loading.fetched_at, pl.Datetime("us"))
        live = (due + AHEAD_OF_UTC).dt.date() >= shanghai_date(loading.fetched_at)
        staged = rows.with_columns(
            known_at=pl.when(live).then(fetched).otherwise(due),
            source=pl.lit(loading.source),
            load_id=pl.lit(loading.load_id),
        )
        self.connection.register("staged", staged)
        try:
            loaded = self._merge(d, rows, loading)
        finally:
            self.connection.unregister("staged")
        self._write_ledger(d, rows, loading, loaded)
        return loaded

    def _merge(self, d: Dataset, rows: pl.DataFrame, loading: Loading) -> Loaded:
        """Staged rows in core, older versions among the superseded."""
        core, keys = f"core.{d.name}", ", ".join(d.key)
        run = self.connection.execute
        before, checksum = self._count(core), self._checksum_before(d)
        run(f"CREATE OR REPLACE TEMP VIEW there AS FROM {core} {self._staged_span(d, rows)}")
        revised = self._find_revised(d, loading) if before else 0
        if revised:
            old = f"FROM there c SEMI JOIN revised USING ({keys})"
            checksum ^= self._checksum(d, old)
            run(
                f"INSERT INTO {core}_superseded BY NAME SELECT c.*, ?::TIMESTAMP AS superseded_at {old}",
                [loading.fetched_at],
            )
        new = self._affected(
            f"INSERT INTO {core} BY NAME SELECT * FROM staged ANTI JOIN there USING ({keys})"
        )
        if revised:
            run(f"DELETE FROM {core} c USING revised r WHERE {_same(d.key, 'c', 'r')}")
            run(f"INSERT INTO {core} BY NAME SELECT * FROM revised")
        if new or revised:
            checksum ^= self._checksum(d, "FROM there WHERE load_id = ?", [loading.load_id])
        return Loaded(new, revised, before + new, checksum)

    def _affected(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """How many rows a statement wrote."""
        (affected,) = self.connection.execute(statement, list(parameters)).fetchone() or (0,)
        return int(affected)

    def _staged_span(self, d: Dataset, rows: pl.DataFrame) -> str:
        """Condition that spares a daily load the scan of all history."""
        day = d.trading_day
        if day is None or day not in d.key:
            return ""
        first, last = rows[day].min(), rows[day].max()
        return (
            f"WHERE {day} BETWEEN DATE '{first!s}' AND DATE '{last!s}'" if first else "WHERE false"
        )

    def _find_revised(self, d: Dataset, loading: Loading) -> int:
        """Temporary table `revised`, the new versions of rows whose values changed; how many."""
        if not d.values or d.first_wins:
            return 0
        keys = ", ".join(d.key)
        changes = " OR ".join(
            f"(s.{v} IS NOT NULL AND s.{v} IS DISTINCT FROM c.{v})" for v in d.values
        )
        values = "".join(f"coalesce(s.{v}, c.{v}) AS {v}, " for v in d.values)
        revised = self._affected(
            f"CREATE OR REPLACE TEMP TABLE revised AS SELECT {keys}, {values}"
            "?::TIMESTAMP AS known_at, s.source, s.load_id "
            f"FROM staged s JOIN there c USING ({keys}) WHERE {changes}",
            [loading.fetched_at],
        )
        if revised:
            self._unmix(d, loading)
        return revised

    def _unmix(self, d: Dataset, loading: Loading) -> None:
        """Revised rows that break a rule only with the old values they took over, as answered.

        A field may be null because it was doubted (`warehouse.severity`). The old one then stands
        beside figures that it was never published with. Where a rule shows that they cannot belong
        together, nobody knows the field any more: the row is one that an answer said.
        """
        keys, columns = ", ".join(d.key), ", ".join(d.contract.column_names())
        taken = " OR ".join(f"(s.{v} IS NULL AND r.{v} IS NOT NULL)" for v in d.values)
        same = _same(d.key, "s", "r")
        mixed = self.query(
            f"SELECT {columns} FROM revised r SEMI JOIN staged s ON {same} AND ({taken})"
        )
        if not (wrong := _broken(d, mixed)).height:
            return
        self.connection.register("mixed", wrong)
        answered = self.query(f"SELECT {columns} FROM staged SEMI JOIN mixed USING ({keys})")
        self.connection.register("mixed", wrong.join(_broken(d, answered), on=d.key, how="anti"))
        self.connection.execute(f"DELETE FROM revised r USING mixed s WHERE {same}")
        self.connection.execute(
            "INSERT INTO revised BY NAME SELECT * REPLACE (?::TIMESTAMP AS known_at) "
            f"FROM staged SEMI JOIN mixed USING ({keys})",
            [loading.fetched_at],
        )
        self.connection.unregister("mixed")

    def _checksum(self, d: Dataset, rows: str, parameters: Sequence[Any] = ()) -> int:
        """XOR over the hashes of rows: loads can carry it on without reading the whole table."""
        hashed = f"SELECT coalesce(bit_xor(hash({', '.join(ddl.columns_of(d))})), 0) {rows}"
        return int(self.value(hashed, parameters))

    def _checksum_before(self, d: Dataset) -> int:
        """What the ledger says; after an upgrade or for a new column, what the table says."""
        newest = (
            "SELECT coalesce(last(checksum ORDER BY rowid), '') FROM meta.load WHERE dataset = ?"
        )
        kind, _, number = self.value(newest, [d.name]).partition(":")
        if kind == checksum_kind(d):
            return int(number)
        return self._checksum(d, f"FROM core.{d.name}")

    def _write_ledger(
        self, d: Dataset, rows: pl.DataFrame, loading: Loading, loaded: Loaded
    ) -> None:
        column = d.trading_day or d.publication.column
        span = (rows[column].min(), rows[column].max()) if column and rows.height else (None, None)
        entry = {
            "load_id": loading.load_id,
            "dataset": d.name,
            "source": loading.source,
            "unit": loading.unit,
            "fetched_at": loading.fetched_at,
            "rows_received": loading.rows_received,
            "rows_new": loaded.new,
            "rows_revised": loaded.revised,
            "rows_rejected": loading.rows_received - loading.rows_corrected - rows.height,
            "rows_corrected": loading.rows_corrected,
            "rows_after": loaded.after,
            "checksum": f"{checksum_kind(d)}:{loaded.checksum}",
            "first_date": span[0],
            "last_date": span[1],
        }
        self.append("meta.load", [entry])


@cache
def checksum_kind(d: Dataset) -> str:
    """What a checksum was made of: only those of one kind can be compared."""
    made_of = f"{connection.VERSION} {list(ddl.columns_of(d))}"
    return hashlib.sha256(made_of.encode()).hexdigest()[:8]


def _broken(d: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    """The keys of the rows that break a rule of the contract."""
    return d.contract.filter(rows, cast=True).failure.invalid().select(d.key)


def _same(keys: Sequence[str], left: str, right: str) -> str:
    return " AND ".join(f"{left}.{k} = {right}.{k}" for k in keys)
