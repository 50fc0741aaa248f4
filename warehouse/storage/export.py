"""The file for people out of a lake: the same `current.duckdb` as without one.

But for datasets that no laptop holds (`Dataset.exported_days`): of those it has the newest days.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from warehouse.catalog import Dataset, catalogue
from warehouse.storage import ddl
from warehouse.storage.atomic import private_folder
from warehouse.storage.connection import Error, checkpoint
from warehouse.storage.publish import Places, copied, insist_on_soundness, sweep
from warehouse.storage.store import EXPORTED, Reader, Warehouse
from warehouse.tables import SYSTEM_TABLES

COMMENTS = """
    SELECT 'TABLE', table_name, comment FROM duckdb_tables()
    WHERE schema_name = 'core' AND table_name IN ($1, $1 || '_superseded')
    UNION ALL SELECT 'MACRO TABLE', function_name, comment FROM duckdb_functions()
    WHERE schema_name = 'core' AND function_name = $1 || '_asof'
"""
FILE = "export"  # the database of DuckDB as which the file is attached


def exported(places: Places, reader: Reader, version: str, *, whole: bool = False) -> Path:
    """A file with what a snapshot of the lake holds, audited, before it bears its name.

    Its audit judges the lake, too: every value was read from it, and the records tell what they
    must add up to. Datasets that are cut are audited in the lake, and the file's ledger says so.
    whole: cut none. Raises PublishRefused when they do not, and leaves nothing behind.
    """
    private_folder(places.writers)
    sweep(places)
    cut = {} if whole else first_days(reader)
    if cut:
        insist_on_soundness(reader, list(cut))
    try:
        _fill(places.unfinished, reader, cut)
        return copied(places, places.unfinished, version)
    finally:
        sweep_writers(places)


def first_days(reader: Reader) -> dict[Dataset, date]:
    """The datasets of which a file lacks days that are in the lake, each with its first day."""
    found = {}
    for d in catalogue().values():
        if d.exported_days is not None:
            span = f"SELECT min({d.dated_by}), max({d.dated_by}) FROM core.{d.name}"
            oldest, newest = reader.query(span).row(0)
            if newest and oldest < (first := newest - timedelta(days=d.exported_days - 1)):
                found[d] = first
    return found


def sweep_writers(places: Places) -> None:
    """The file that was copied is not needed, whatever became of the copy."""
    for leftover in places.writers.glob(f"{places.unfinished.name}*"):
        leftover.unlink()


def _fill(file: Path, reader: Reader, cut: Mapping[Dataset, date]) -> None:
    """The declared tables with the rows of a snapshot; records in the order they were written."""
    with Warehouse.writing(file):
        pass  # tables, macros, comments
    checkpoint(file)
    only = {
        table: f" WHERE {d.dated_by} >= DATE '{first}'"
        for d, first in cut.items()
        for table in (f"core.{d.name}", f"core.{d.name}_superseded")
    }
    run = reader.connection.execute
    run(f"ATTACH {ddl.quoted(str(file))} AS {FILE}")
    reader.connection.begin()  # else each table has its own look into the catalogue
    try:
        for table, columns, _ in ddl.tables(catalogue()):
            names = ", ".join(f'"{c}"' for c in columns)
            rows = f"{table}{only.get(table, '')}"
            order = " ORDER BY rowid" if table in SYSTEM_TABLES else ""
            run(f"DELETE FROM {FILE}.{table}")
            run(f"INSERT INTO {FILE}.{table} ({names}) SELECT {names} FROM {rows}{order}")
        reader.connection.commit()
    finally:
        with suppress(Error):  # of the statement that failed there is more to tell
            run(f"DETACH {FILE}")
    with Warehouse.writing(file) as warehouse, warehouse.transaction():
        warehouse.describe(warehouse.query("FROM meta.metric ORDER BY rowid").to_dicts())
        for d, first in cut.items():
            _say_cut(warehouse, d, first)
    checkpoint(file)


def _say_cut(warehouse: Warehouse, d: Dataset, first: date) -> None:
    """The ledger and all comments of a dataset say that older rows are in the lake only."""
    said = f"rows from {first} on; older ones are in the lake"
    warehouse.enter_changed(d, EXPORTED, said)
    for kind, name, about in warehouse.query(COMMENTS, [d.name]).iter_rows():
        warehouse.connection.execute(
            f"COMMENT ON {kind} core.{name} IS {ddl.quoted(f'{about} Here are {said}.')}"
        )
