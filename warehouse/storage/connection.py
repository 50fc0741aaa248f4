"""Connections to warehouse files, and DuckDB's errors as
ours: the only place that speaks to DuckDB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import duckdb

from warehouse.errors import (
    InputRefused,
    LakeUnreachable,
    WarehouseDamaged,
    WarehouseUnavailable,
    WriteConflict,
)
from warehouse.quoting import first_line
from warehouse.storage.atomic import FILE, private_folder
from warehouse.storage.place import NAME, Place

Connection = duckdb.DuckDBPyConnection
Error = duckdb.Error
VERSION = duckdb.__version__
# Clients from DuckDB 1.1 on can open the published copy. In v1.0.0, which they could open as well,
# small tables take four times the room and the file opens half as fast: each column's sketch of
# its distinct values is 3 KB.
STORAGE_VERSION = "v1.1.0"
WRITER = "writer"  # the database of DuckDB as which the writer attaches its file
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
APPENDING = CONFIG | {"checkpoint_threshold": "1TB"}
# What a lake needs, out of its extra's wheels: nothing is downloaded when it runs.
EXTENSIONS = ("ducklake", "postgres_scanner", "httpfs")
LAKE: tuple[str, ...] = (
    # Both ask Postgres for statistics, column by column, and of an empty table each time again: 50
    # questions for a table instead of 4. What is asked of a lake joins little.
    "SET disabled_optimizers = 'join_order,statistics_propagation'",
    "SET http_retries = 6",
    "SET http_retry_wait_ms = 200",
    "SET http_retry_backoff = 2",
    # Writers of other datasets commit beside this one; each attempt takes milliseconds.
    "SET ducklake_max_retry_count = 40",
    "SET ducklake_retry_wait_ms = 20",
    "SET ducklake_retry_backoff = 1.2",
)
# Words of libpq and DuckLake, in errors of any type: a server that is lost while a statement is
# bound is told as its mistake, and between two steps of reading a result as bad input.
LOST = (
    "most recent snapshot for DuckLake|unsuccessful query result|connection to server|"
    "server closed the connection|terminating connection"
)
UNREACHABLE = re.compile(
    f"{LOST}|onnect to Postgres|SSL connection|"
    "Could not connect|Could not establish|Could not resolve|[Tt]imed? ?out|HTTP (GET|PUT|POST|HEAD)|"
    "Failed to execute query|Failed to prepare COPY|HTTP Error"
)
FILES = f"SELECT 1 FROM ducklake_table_info('{NAME}') WHERE file_count > 0 LIMIT 1"
FROM_OUTSIDE = (duckdb.IOException, duckdb.TransactionException)
REFUSED_KEY = re.compile(
    r"HTTP (code )?40[13]|InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied"
)
NO_FOLDER = re.compile(r"Failed to create directory|Permission denied")
NO_ROOM = re.compile(r"No space left|File too large|Could not write file")
GONE = re.compile(r"HTTP (code )?404|No such file")  # 404 alone may stand in a file's name
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
        opened = _attached(path)
        opened.execute("PRAGMA disable_checkpoint_on_shutdown")
    except duckdb.Error as error:
        message = f"{path} cannot be opened for writing: {error}. "
        if _damaged(error):
            raise WarehouseDamaged(message + RESTORE) from error
        remedy = "The writer file belongs to the flows; query the copy that `briefing path` prints."
        raise WarehouseUnavailable(message + remedy) from error
    return opened


def lake(place: Place, snapshot: int | None = None, *, create: bool = False) -> Connection:
    """A DuckDB of its own with the lake attached, to be read at a snapshot if one is given.

    A cursor of it is a connection: `on_lake`. Raises WarehouseUnavailable where the lake, or what
    it needs, is not there, and LakeUnreachable where Postgres does not answer.
    """
    opened = duckdb.connect(config=CONFIG)
    try:
        for extension in EXTENSIONS:
            opened.load_extension(str(_packaged(extension)))
        for statement in filter(None, (*LAKE, place.credentials())):
            opened.execute(statement)
        opened.execute(place.attach(snapshot, create=create))
        _insist_on_folder(place, opened)
    except WarehouseUnavailable:
        opened.close()
        raise
    except duckdb.Error as error:
        opened.close()
        if "does not match existing data path" in str(error):
            message = (
                f"{place.label} has its files elsewhere. Set warehouse.data to that place, on every "
                f"machine the same: {first_line(error)}"
            )
            raise WarehouseUnavailable(message) from error
        if "does not exist" in str(error) and not UNREACHABLE.search(str(error)):
            message = f"{place.label} is empty; `briefing lake init` makes it, `briefing lake migrate` fills it"
            raise WarehouseUnavailable(message) from error
        raise _lake_error(place.label, error) from error
    return opened


def _insist_on_folder(place: Place, opened: Connection) -> None:
    """Raises WarehouseUnavailable where a folder that has files is not mounted on this machine.

    DuckLake would make it anew, and what is written into it no other machine would see.
    """
    if place.on_s3 or (Path(place.data).is_dir() and any(Path(place.data).iterdir())):
        return
    if opened.execute(FILES).fetchall():
        message = (
            f"{place.label}: the folder of warehouse.data, {place.data}, is missing or empty on this "
            "machine, while the catalogue names files in it. Mount it there, as on every other machine"
        )
        raise WarehouseUnavailable(message)


def on_lake(instance: Connection) -> Connection:
    """A connection to what `lake` attached, with transactions and temporary tables of its own."""
    opened = instance.cursor()
    opened.execute(f"USE {NAME}")
    return opened


def _packaged(extension: str) -> Path:
    """The file of an extension, as its wheel holds it for this version of DuckDB."""
    found = find_spec(f"duckdb_extension_{extension}")
    folders = found.submodule_search_locations if found else None
    for folder in folders or ():
        file = Path(folder) / "extensions" / f"v{VERSION}" / f"{extension}.duckdb_extension"
        if file.exists():
            return file
    message = (
        f"a lake needs DuckDB's extension {extension} for version {VERSION}, and it is not installed; "
        "install what requirements-lake.lock lists, or `briefing[lake]`"
    )
    raise WarehouseUnavailable(message)


@contextmanager
def lake_errors(label: str) -> Iterator[None]:
    """What DuckDB says of a lake, in a sentence; errors of our own SQL stay what they are."""
    try:
        with _interruptible():
            yield
    except duckdb.Error as error:
        raise _lake_error(label, error) from error


def _lake_error(label: str, error: duckdb.Error) -> Exception:
    """The error of ours that says it, or the same one."""
    said = first_line(error)
    outside = type(error) is duckdb.Error or isinstance(error, FROM_OUTSIDE)
    if not outside and not re.search(LOST, str(error)):
        return error
    if "conflict" in str(error):
        message = (
            f"{label}: another writer was first: {said}. Nothing was committed; "
            "run the same command again"
        )
        return WriteConflict(message)
    if NO_FOLDER.search(str(error)):
        message = f"{label}: the folder of warehouse.data cannot be written: {said}"
    elif NO_ROOM.search(str(error)):
        message = (
            f"{label}: a file cannot be written: {said}. Of what was under way nothing counts; make room "
            "on that disk, and run the same command again"
        )
    elif isinstance(error, duckdb.IOException) and GONE.search(str(error)):
        message = (
            f"{label}: a file, or its whole bucket, is gone: {said}. Look whether warehouse.data names a "
            "bucket or folder that is there; if so, bring the file back from a backup of it"
        )
        return WarehouseDamaged(message)
    elif REFUSED_KEY.search(str(error)):
        message = (
            f"{label}: S3 refuses the key: {said}. Look at warehouse.s3_key_id, at the key itself, and "
            "at what it may do with the bucket of warehouse.data"
        )
    elif UNREACHABLE.search(str(error)):
        message = (
            f"{label} does not answer: {said}. What was under way counts only if it was confirmed; "
            "look whether Postgres and S3 run, and run the same command again: to load "
            "twice changes nothing"
        )
        return LakeUnreachable(message)
    else:
        return error
    return WarehouseUnavailable(message)


def readable_types(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The relation with columns of types that polars has not, such as INTERVAL, as text."""
    casts = ["::VARCHAR" if FOREIGN.search(str(kind)) else "" for kind in relation.types]
    names = [name.replace('"', '""') for name in relation.columns]
    wanted = (f'#{n}{casts[n - 1]} AS "{name}"' for n, name in enumerate(names, start=1))
    return relation.project(", ".join(wanted)) if any(casts) else relation


REFUSED = ("Could not write", "No space left", "File too large", "Failed to allocate")
HELD = "Could not set lock on file"
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
        if isinstance(ours := _lake_error("the lake", error), WarehouseUnavailable):
            raise ours from error
        message = f"DuckDB refused the query: {error}"
        raise InputRefused(message) from error


@contextmanager
def writing_errors(path: Path) -> Iterator[None]:
    """A damaged or a held file, and what the machine refuses DuckDB,
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
        remedy = "End that program" if HELD in str(error) else "Make room on the disk or in memory"
        message = (
            f"{path} cannot be written: {first_line(error)}. Of what was under way nothing was loaded. "
            f"{remedy}, and run the same command again."
        )
        raise WarehouseUnavailable(message) from error


def _attached(path: Path) -> Connection:
    """A connection that writes a file in the storage version of ours.

    A file that is connected to by itself is written in the oldest version that its header admits.
    What does not fit into memory goes beside the file, as it would there, and not to where we run.
    """
    opened = duckdb.connect(config=APPENDING | {"temp_directory": f"{path}.tmp"})
    try:
        quoted = str(path).replace("'", "''")
        opened.execute(f"ATTACH '{quoted}' AS {WRITER} (STORAGE_VERSION '{STORAGE_VERSION}')")
        opened.execute(f"USE {WRITER}")
    except duckdb.Error:
        opened.close()
        raise
    return opened


def _create(path: Path) -> None:
    """An empty database file, which is there whole or not at all."""
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    try:
        _attached(unfinished).close()
        unfinished.chmod(FILE)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def log_of(path: Path) -> Path:
    """The write-ahead log that belongs to a database file."""
    return path.with_name(f"{path.name}.wal")


def checkpoint(path: Path) -> None:
    """Merge the log of a file that nobody else needs into the file."""
    with writing_errors(path), _attached(path) as connection:
        connection.execute("CHECKPOINT")
