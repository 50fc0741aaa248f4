"""The warehouse file: the only place that speaks to DuckDB.

Flows own a private writer file, guarded by a lock; everyone else reads published copies.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

import duckdb
import polars as pl

from warehouse.catalog import Dataset, catalogue, dataset
from warehouse.contract import schema
from warehouse.errors import (
    ContractViolated,
    InputRefused,
    WarehouseDamaged,
    WarehouseUnavailable,
)
from warehouse.quoting import first_line
from warehouse.shanghai import AHEAD_OF_UTC, shanghai_date
from warehouse.storage import ddl, dictionary, metric_views
from warehouse.storage.atomic import FILE, private_folder
from warehouse.tables import SYSTEM_TABLES

STORAGE_VERSION = "v1.0.0"  # clients from DuckDB 1.1 on can open the published copy
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
# Who asks reads the published file and nothing else of this machine, and cannot loosen that: no
# COPY, read_csv, ATTACH or INSTALL, and no Python variable of this process.
LOCKED = CONFIG | {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
# A checkpoint rewrites blocks in place that the file still refers to: a process killed within such a
# write leaves a file that nobody can open. So the writer only appends; `publish` checkpoints a copy.
APPENDING = CONFIG | {
    "storage_compatibility_version": STORAGE_VERSION,
    "checkpoint_threshold": "1TB",
}
FOREIGN = re.compile(r"\b(INTERVAL|UNION|VARIANT|BIGNUM)\b")
RESTORE = "`briefing restore` puts a published version in its place"


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

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """A read-only, locked connection to a published copy."""
        if not path.exists():
            message = (
                f"there is no published warehouse at {path}; run `briefing import PATH`, "
                "`briefing collect` or `briefing demo` first"
            )
            raise WarehouseUnavailable(message)
        try:
            return cls(duckdb.connect(str(path.resolve()), read_only=True, config=LOCKED))
        except duckdb.Error as error:
            message = f"{path} cannot be opened: {error}. Publish again with `briefing run`."
            raise WarehouseUnavailable(message) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """The result of one statement as a frame; SQL errors become InputRefused.

        Raises WarehouseDamaged where a block of the file is not what was written.
        """
        try:
            with _interruptible():
                relation = self.connection.sql(sql, params=list(parameters) or None)
                return _spelled(relation).pl() if relation is not None else pl.DataFrame()
        except duckdb.Error as error:  # a relation is lazy: it may fail only when it is read
            if _damaged(error):
                message = f"the warehouse is damaged: {error}. `briefing doctor` says which file, and what to do"
                raise WarehouseDamaged(message) from error
            message = f"DuckDB refused the query: {error}"
            raise InputRefused(message) from error

    def read(self, name: str, known_by: datetime) -> pl.DataFrame:
        """Rows of a dataset as they were known at a moment (naive UTC), with known_at and source.

        The same as `core.<dataset>_asof` gives in SQL, also in files that have no such macro yet.
        """
        # Written out: with bound parameters DuckDB hands a relation over row by row, 40 s for 3.7 M.
        return self.query(ddl.asof(dataset(name), ddl.stamp(known_by)))

    def measured(self, table: str, as_of: date) -> pl.DataFrame:
        """The rows of a mart as of one evaluation date, in the contract's columns without as_of."""
        columns = ", ".join(c for c in SYSTEM_TABLES[table].column_names() if c != "as_of")
        return self.query(f"SELECT {columns} FROM {table} WHERE as_of = DATE '{as_of}'")

    def columns(self) -> dict[str, list[str]]:
        """The columns of each table that is there."""
        sql = (
            "SELECT schema_name || '.' || table_name AS t, list(column_name ORDER BY column_index) AS c "
            "FROM duckdb_columns() SEMI JOIN duckdb_tables() USING (database_oid, table_oid) "
            "WHERE NOT internal AND database_name = current_database() GROUP BY t ORDER BY t"
        )
        return dict(self.query(sql).iter_rows())

    def _count(self, table: str) -> int:
        return int(self.query(f"SELECT count(*) FROM {table}").item())

    def finished(self, name: str, unit: str) -> bool:
        """Whether the ledger lists this unit of a dataset as loaded."""
        sql = "SELECT count(*) FROM meta.load WHERE dataset = ? AND unit = ?"
        return bool(self.query(sql, [name, unit]).item())

    def setting(self, name: str) -> str | None:
        found = self.query("SELECT value FROM meta.setting WHERE name = ?", [name])
        return found.item() if found.height else None

    @property
    def simulated(self) -> bool:
        """Whether the data come from the offline exchange."""
        return self.setting("simulated") == "true"


class Warehouse(Reader):
    """The writer: creates tables, loads rows, appends to the books."""

    @classmethod
    @contextmanager
    def writing(cls, path: Path, *, simulated: bool | None = None) -> Iterator[Self]:
        """The private writer file, created if need be. Hold `writer_lock` around it.

        `simulated` states what will be loaded; simulated and real data never share a file.
        """
        private_folder(path.parent)
        try:
            if not path.exists():
                _create(path)
            connection = duckdb.connect(str(path), config=APPENDING)
            connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        except duckdb.Error as error:
            message = f"{path} cannot be opened for writing: {error}. "
            if _damaged(error):
                raise WarehouseDamaged(message + RESTORE) from error
            remedy = (
                "The writer file belongs to the flows; query the copy that `briefing path` prints."
            )
            raise WarehouseUnavailable(message + remedy) from error
        try:
            with _spoken(path):
                warehouse = cls(connection)
                warehouse._prepare(simulated=simulated)
                yield warehouse
        finally:
            connection.close()

    def _prepare(self, *, simulated: bool | None) -> None:
        """Tables, views and dictionary as this version of the project declares them."""
        with self.transaction():
            if not self._declared():
                for statement in (*ddl.added(self.columns()), *ddl.statements(catalogue())):
                    self.connection.execute(statement)
                for table, rows in dictionary.tables().items():
                    self.refill(table, rows)
                self.set("schema", dictionary.fingerprint())
            if simulated is not None:
                self._claim(str(simulated).lower())

    def _declared(self) -> bool:
        """Whether the file already has exactly what the contracts declare."""
        books = "SELECT count(*) FROM duckdb_tables() WHERE schema_name || '.' || table_name = 'meta.setting'"
        return bool(self.query(books).item()) and self.setting("schema") == dictionary.fingerprint()

    def _claim(self, simulated: str) -> None:
        """Mark a new warehouse as simulated or real, and refuse to mix the two."""
        known = self.setting("simulated")
        if known is None:
            self.set("simulated", simulated)
        elif known != simulated:
            kinds = {"true": "simulated", "false": "real"}
            raise InputRefused(
                f"this warehouse holds {kinds[known]} data and the rows to load are "
                f"{kinds[simulated]}; use another BRIEFING_HOME"
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
            self.connection.commit()
        except BaseException:
            with suppress(duckdb.Error):  # a full disk may have ended the transaction already
                self.connection.rollback()
            raise

    def append(self, table: str, rows: Iterable[Mapping[str, Any]] | pl.DataFrame) -> None:
        """Rows added to one of the books, columns by name."""
        wanted = schema(SYSTEM_TABLES[table])
        frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows), schema=wanted)
        self.connection.register("appended", frame.select(list(wanted)))
        self.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM appended")
        self.connection.unregister("appended")

    def replace(self, table: str, as_of: date, rows: pl.DataFrame) -> None:
        """The rows of one evaluation date in a mart; call it inside a transaction."""
        self.connection.execute(f"DELETE FROM {table} WHERE as_of = ?", [as_of])
        self.append(table, rows.with_columns(as_of=pl.lit(as_of)))

    def refill(self, table: str, rows: Iterable[Mapping[str, Any]] | pl.DataFrame) -> None:
        """A book emptied and written anew; call it inside a transaction."""
        self.connection.execute(f"DELETE FROM {table}")
        self.append(table, rows)

    def describe(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """The metrics that there are, in meta.metric and as wide views; call it in a transaction."""
        self.refill("meta.metric", entries)
        old = "SELECT view_name FROM duckdb_views() WHERE schema_name = 'mart' AND starts_with(view_name, ?)"
        for (view,) in self.connection.execute(old, [metric_views.PREFIX]).fetchall():
            self.connection.execute(f"DROP VIEW mart.{view}")
        for statement in metric_views.views(entries):
            self.connection.execute(statement)

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
        same day), and never before `absent`, the moment at which each was last seen missing. A changed value is known from the fetch, and its old version is kept. A null
        never replaces a value: a poorer source must not erase what a richer one gave.
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
            loaded = self._merge(d, loading)
        finally:
            self.connection.unregister("staged")
        self._write_ledger(d, rows, loading, loaded)
        return loaded

    def _merge(self, d: Dataset, loading: Loading) -> Loaded:
        """Staged rows in core, older versions among the superseded."""
        core, keys = f"core.{d.name}", ", ".join(d.key)
        run = self.connection.execute
        before, checksum = self._count(core), self._checksum_before(d)
        run(f"CREATE OR REPLACE TEMP VIEW there AS FROM {core} {self._staged_span(d)}")
        self._find_revised(d, loading)
        old = f"FROM there c SEMI JOIN revised USING ({keys})"
        removed = self._checksum(d, old)
        run(
            f"INSERT INTO {core}_superseded BY NAME SELECT c.*, ?::TIMESTAMP AS superseded_at {old}",
            [loading.fetched_at],
        )
        run(f"INSERT INTO {core} BY NAME SELECT * FROM staged ANTI JOIN there USING ({keys})")
        run(f"DELETE FROM {core} c USING revised r WHERE {_same(d.key, 'c', 'r')}")
        run(f"INSERT INTO {core} BY NAME SELECT * FROM revised")
        added = self._checksum(d, "FROM there WHERE load_id = ?", [loading.load_id])
        after = self._count(core)
        checksum ^= removed ^ added
        return Loaded(after - before, self._count("revised"), after, checksum)

    def _staged_span(self, d: Dataset) -> str:
        """Condition that spares a daily load the scan of all history."""
        day = d.trading_day
        if day is None or day not in d.key:
            return ""
        return f"WHERE {day} BETWEEN (SELECT min({day}) FROM staged) AND (SELECT max({day}) FROM staged)"

    def _find_revised(self, d: Dataset, loading: Loading) -> None:
        """Temporary table `revised`: the new versions of rows whose values changed."""
        keys, changes = ", ".join(d.key), "false"
        if d.values and not d.first_wins:
            changes = " OR ".join(
                f"(s.{v} IS NOT NULL AND s.{v} IS DISTINCT FROM c.{v})" for v in d.values
            )
        values = "".join(f"coalesce(s.{v}, c.{v}) AS {v}, " for v in d.values)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE revised AS SELECT {keys}, {values}"
            "?::TIMESTAMP AS known_at, s.source, s.load_id "
            f"FROM staged s JOIN there c USING ({keys}) WHERE {changes}",
            [loading.fetched_at],
        )

    def _checksum(self, d: Dataset, rows: str, parameters: Sequence[Any] = ()) -> int:
        """XOR over the hashes of rows: loads can carry it on without reading the whole table."""
        hashed = f"SELECT coalesce(bit_xor(hash({', '.join(ddl.columns_of(d))})), 0) {rows}"
        return int(self.query(hashed, parameters).item())

    def _checksum_before(self, d: Dataset) -> int:
        """What the ledger says; after an upgrade or for a new column, what the table says."""
        kind, _, number = ((self._last_load(d) or {}).get("checksum") or "").partition(":")
        if kind == checksum_kind(d):
            return int(number)
        return self._checksum(d, f"FROM core.{d.name}")

    def _last_load(self, d: Dataset) -> dict[str, Any] | None:
        newest = "FROM meta.load WHERE dataset = ? ORDER BY rowid DESC LIMIT 1"
        return next(self.query(newest, [d.name]).iter_rows(named=True), None)

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


def _spelled(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The relation with columns of types that polars has not, such as INTERVAL, as text."""
    casts = ["::VARCHAR" if FOREIGN.search(str(kind)) else "" for kind in relation.types]
    names = [name.replace('"', '""') for name in relation.columns]
    wanted = (f'#{n}{casts[n - 1]} AS "{name}"' for n, name in enumerate(names, start=1))
    return relation.project(", ".join(wanted)) if any(casts) else relation


REFUSED = ("Could not write", "No space left", "File too large", "Failed to allocate")
BROKEN = ("Corrupt", "Could not read", "not a valid DuckDB database", "replaying WAL")


def _damaged(error: duckdb.Error) -> bool:
    """Whether the file is to blame: a block that differs from its checksum, or an end that is missing."""
    if any(words in str(error) for words in REFUSED):
        return False  # the machine is
    kinds = (duckdb.InternalException, duckdb.SerializationException)
    return isinstance(error, kinds) or any(words in str(error) for words in BROKEN)


@contextmanager
def _interruptible() -> Iterator[None]:
    """DuckDB takes Ctrl-C for itself and makes a RuntimeError of it."""
    try:
        yield
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error


@contextmanager
def _spoken(path: Path) -> Iterator[None]:
    """A damaged file, and what the machine refuses DuckDB, such as disk or memory, in a sentence."""
    try:
        with _interruptible():
            yield
    except duckdb.Error as error:
        if _damaged(error):
            message = f"{path} is damaged: {first_line(error)}. {RESTORE}"
            raise WarehouseDamaged(message) from error
        if not isinstance(error, duckdb.OperationalError | duckdb.FatalException):
            raise
        message = (
            f"{path} cannot be written: {first_line(error)}. Of what was under way nothing was loaded. "
            "Make room on the disk or in memory, and run the same command again."
        )
        raise WarehouseUnavailable(message) from error


def _create(path: Path) -> None:
    """An empty database file, which is there whole or not at all."""
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    try:
        duckdb.connect(str(unfinished), config=APPENDING).close()
        unfinished.chmod(FILE)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def log_of(path: Path) -> Path:
    """The write-ahead log that belongs to a database file."""
    return path.with_name(f"{path.name}.wal")


def checkpoint(path: Path) -> None:
    """Merge the log of a file that nobody else needs into the file."""
    with _spoken(path), duckdb.connect(str(path), config=APPENDING) as connection:
        connection.execute("CHECKPOINT")


def checksum_kind(d: Dataset) -> str:
    """What a checksum was made of: only those of one kind can be compared."""
    made_of = f"{duckdb.__version__} {list(ddl.columns_of(d))}"
    return hashlib.sha256(made_of.encode()).hexdigest()[:8]


def _same(keys: Sequence[str], left: str, right: str) -> str:
    return " AND ".join(f"{left}.{k} = {right}.{k}" for k in keys)
