"""Connections to warehouse files, and DuckDB's errors as
ours: the only place that speaks to DuckDB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import InputRefused, WarehouseDamaged, WarehouseUnavailable
from warehouse.quoting import first_line
from warehouse.storage.atomic import FILE, private_folder

Connection = duckdb.DuckDBPyConnection
Error = duckdb.Error
VERSION = duckdb.__version__
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
# A checkpoint rewrites blocks in place that the file still refers to: a process killed within such
# a write leaves a file that nobody can open. So the writer only appends; `publish` checkpoints a
# copy.
APPENDING = CONFIG | {
    "storage_compatibility_version": STORAGE_VERSION,
    "checkpoint_threshold": "1TB",
}
FOREIGN = re.compile(r"\b(INTERVAL|UNION|VARIANT|BIGNUM)\b")
RESTORE = "`briefing restore` puts a published version in its place"


def locked(path: Path) -> Connection:
    """A read-only, locked connection to a file. Raises WarehouseUnavailable."""
    try:
        return duckdb.connect(str(path.resolve()), read_only=True, config=LOCKED)
    except duckdb.Error as error:
        message = f"{path} cannot be opened: {error}. Publish again with `briefing run`."
        raise WarehouseUnavailable(message) from error


def appending(path: Path) -> Connection:
    """The connection of the one writer, to a file that is created if need be.

    Raises WarehouseDamaged where the file is to blame, else WarehouseUnavailable.
    """
    private_folder(path.parent)
    try:
        if not path.exists():
            _create(path)
        opened = duckdb.connect(str(path), config=APPENDING)
        opened.execute("PRAGMA disable_checkpoint_on_shutdown")
    except duckdb.Error as error:
        message = f"{path} cannot be opened for writing: {error}. "
        if _damaged(error):
            raise WarehouseDamaged(message + RESTORE) from error
        remedy = "The writer file belongs to the flows; query the copy that `briefing path` prints."
        raise WarehouseUnavailable(message + remedy) from error
    return opened


def readable_types(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The relation with columns of types that polars has not, such as INTERVAL, as text."""
    casts = ["::VARCHAR" if FOREIGN.search(str(kind)) else "" for kind in relation.types]
    names = [name.replace('"', '""') for name in relation.columns]
    wanted = (f'#{n}{casts[n - 1]} AS "{name}"' for n, name in enumerate(names, start=1))
    return relation.project(", ".join(wanted)) if any(casts) else relation


REFUSED = ("Could not write", "No space left", "File too large", "Failed to allocate")
BROKEN = ("Corrupt", "Could not read", "not a valid DuckDB database", "replaying WAL")


def _damaged(error: duckdb.Error) -> bool:
    """Whether the file is to blame: a block that differs
    from its checksum, or an end that is missing.
    """
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
def query_errors() -> Iterator[None]:
    """What DuckDB says to a query as an error of ours."""
    try:
        with _interruptible():
            yield
    except duckdb.Error as error:
        if _damaged(error):
            message = f"the warehouse is damaged: {error}. `briefing doctor` says which file, and what to do"
            raise WarehouseDamaged(message) from error
        message = f"DuckDB refused the query: {error}"
        raise InputRefused(message) from error


@contextmanager
def writing_errors(path: Path) -> Iterator[None]:
    """A damaged file, and what the machine refuses DuckDB,
    such as disk or memory, in a sentence.
    """
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
    with writing_errors(path), duckdb.connect(str(path), config=APPENDING) as connection:
        connection.execute("CHECKPOINT")
