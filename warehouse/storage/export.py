"""The file for people out of a lake: the same `current.duckdb` as without one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from warehouse.catalog import catalogue
from warehouse.storage import ddl
from warehouse.storage.atomic import private_folder
from warehouse.storage.connection import Error, checkpoint
from warehouse.storage.publish import Places, copied, sweep
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables import SYSTEM_TABLES

FILE = "export"  # the database of DuckDB as which the file is attached


def exported(places: Places, reader: Reader, version: str) -> Path:
    """A file with all that a snapshot of the lake holds, audited, before it bears its name.

    Its audit judges the lake, too: every value was read from it, and the records tell what they
    must add up to. Raises PublishRefused when they do not, and leaves nothing behind.
    """
    private_folder(places.writers)
    sweep(places)
    try:
        _fill(places.unfinished, reader)
        return copied(places, places.unfinished, version)
    finally:
        sweep_writers(places)


def sweep_writers(places: Places) -> None:
    """The file that was copied is not needed, whatever became of the copy."""
    for leftover in places.writers.glob(f"{places.unfinished.name}*"):
        leftover.unlink()


def _fill(file: Path, reader: Reader) -> None:
    """The declared tables with the rows of a snapshot; records in the order they were written."""
    with Warehouse.writing(file):
        pass  # tables, macros, comments
    checkpoint(file)
    run = reader.connection.execute
    run(f"ATTACH {ddl.quoted(str(file))} AS {FILE}")
    reader.connection.begin()  # else each table has its own look into the catalogue
    try:
        for table, columns, _ in ddl.tables(catalogue()):
            names = ", ".join(f'"{c}"' for c in columns)
            order = " ORDER BY rowid" if table in SYSTEM_TABLES else ""
            run(f"DELETE FROM {FILE}.{table}")
            run(f"INSERT INTO {FILE}.{table} ({names}) SELECT {names} FROM {table}{order}")
        reader.connection.commit()
    finally:
        with suppress(Error):  # of the statement that failed there is more to tell
            run(f"DETACH {FILE}")
    with Warehouse.writing(file) as warehouse, warehouse.transaction():
        warehouse.describe(warehouse.query("FROM meta.metric ORDER BY rowid").to_dicts())
    checkpoint(file)
