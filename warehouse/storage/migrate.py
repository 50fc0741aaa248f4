"""From a file of this machine into a lake: part by part, checked on both sides, resumable.

A part is a table, or a month of a large one. It is copied and compared in one transaction and then
recorded, so that a migration that was killed anywhere goes on where it was. Until it has ended
nobody writes into the lake, and nobody reads it: nothing of it is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from warehouse.catalog import catalogue
from warehouse.errors import InputRefused, WarehouseDamaged
from warehouse.storage import ddl, postgres
from warehouse.storage.lake import Lake
from warehouse.storage.postgres import Session
from warehouse.storage.store import Reader, Warehouse

LARGE = 2_000_000  # rows; a larger table goes month by month
SOURCE = "source"  # the database of DuckDB as which the file is attached
DONE = (
    "INSERT INTO briefing.migrated_part VALUES (%s, %s, %s, %s) ON CONFLICT (source, part) "
    "DO UPDATE SET rows = EXCLUDED.rows, checksum = EXCLUDED.checksum"
)
Told = Callable[[str, int, int], None]  # what comes now, the how many-th it is, of how many
Sums = tuple[int, str]  # rows, and two sums over their hashes


@dataclass(frozen=True)
class Part:
    """Rows of a table that go in one transaction; where: their condition, if not all of them."""

    table: str
    columns: tuple[str, ...]
    where: str = "true"

    @property
    def name(self) -> str:
        """What names it in the records."""
        return f"{self.table} where {self.where}"

    def sums(self, reader: Reader, database: str) -> Sums:
        """What its rows add up to on one side, in whichever order they lie."""
        hashed = f"hash({', '.join(self.columns)})"
        row = reader.query(
            f"SELECT count(*), coalesce(bit_xor({hashed}), 0)::VARCHAR || ' ' || "
            f"coalesce(sum({hashed}::HUGEINT), 0)::VARCHAR "
            f"FROM {database}.{self.table} WHERE {self.where}"
        ).row(0)
        return int(row[0]), str(row[1])


@dataclass(frozen=True)
class Migrated:
    """What a migration did: parts and rows in all, and how many parts an earlier run had done."""

    parts: int
    rows: int
    before: int


def migrate(lake: Lake, file: Path, source: str, told: Told) -> Migrated | None:
    """All rows of a file in the lake, each table compared at the end; None if that was done before.

    file: a warehouse file of this version that nobody writes meanwhile; source: what names it in
    the records. Raises InputRefused where the lake has rows of its own, and WarehouseDamaged where
    a table does not arrive as it was.
    """
    with postgres.locked(lake.place.dsn, lake.place.label, []) as held:
        begun = held.rows(
            "SELECT finished_at IS NOT NULL FROM briefing.migration WHERE source = %s", [source]
        )
        if begun and begun[0][0]:
            return None
        with lake.written(held) as warehouse:
            if not begun:
                _begin(lake, warehouse, held, source)
            run = warehouse.connection.execute
            run(f"ATTACH {ddl.quoted(str(file))} AS {SOURCE} (READ_ONLY)")
            try:
                done = _copied(warehouse, held, source, told)
            finally:
                run(f"DETACH {SOURCE}")
            with warehouse.transaction():
                metrics = warehouse.query("FROM meta.metric ORDER BY rowid")
                warehouse.describe(metrics.to_dicts())
        held.rows(
            "UPDATE briefing.migration SET finished_at = clock_timestamp() WHERE source = %s",
            [source],
        )
    return done


def _begin(lake: Lake, warehouse: Warehouse, held: Session, source: str) -> None:
    """Note that a migration is under way, after which nobody else writes."""
    if warehouse.value("SELECT count(*) FROM meta.load"):
        message = (
            f"{lake.place.label} has loads of its own, with which those of {source} would be mixed; "
            "name another database and another prefix, or import the files that are missing"
        )
        raise InputRefused(message)
    held.rows("INSERT INTO briefing.migration (source) VALUES (%s)", [source])


def _copied(warehouse: Warehouse, held: Session, source: str, told: Told) -> Migrated:
    """Every part that is not there yet, and then a look at whole tables on both sides."""
    records = held.rows("SELECT part, rows, checksum FROM briefing.migrated_part WHERE source = %s", [source])  # fmt: skip
    known = {part: (rows, checksum) for part, rows, checksum in records}
    tables = [
        Part(name, tuple(f'"{c}"' for c in columns)) for name, columns, _ in ddl.tables(catalogue())
    ]
    parts = [part for table in tables for part in _parts(warehouse, table)]
    before = rows = 0
    for place, part in enumerate(parts, start=1):
        told(part.table, place, len(parts))
        wanted = part.sums(warehouse, SOURCE)
        rows += wanted[0]
        if known.get(part.name) == wanted:
            before += 1
            continue
        _copy(warehouse, part, wanted)
        held.rows(DONE, [source, part.name, *wanted])
    _insist_on_same(warehouse, tables)
    return Migrated(len(parts), rows, before)


def _parts(reader: Reader, table: Part) -> Iterator[Part]:
    """A table, or the months of a large one by its first day or time."""
    count = int(reader.value(f"SELECT count(*) FROM {SOURCE}.{table.table}"))
    day = _first_day(table.table)
    if count <= LARGE or day is None:
        yield table
        return
    months = reader.query(
        f"SELECT DISTINCT date_trunc('month', {day})::DATE AS m FROM {SOURCE}.{table.table} ORDER BY m"
    )["m"]
    for month in months:
        where = (
            f"{day} IS NULL"
            if month is None
            else f"{day} >= DATE '{month}' AND {day} < DATE '{month}' + INTERVAL 1 MONTH"
        )
        yield Part(table.table, table.columns, where)


def _first_day(table: str) -> str | None:
    """The first column of a table that is a day or a time."""
    declared: Mapping[str, Sequence[str]] = {
        name: [c for c, column in columns.items() if column.dtype in (pl.Date, pl.Datetime("us"))]
        for name, columns, _ in ddl.tables(catalogue())
    }
    return next(iter(declared[table]), None)


def _copy(warehouse: Warehouse, part: Part, wanted: Sums) -> None:
    """The rows of one part in the place of what a killed run may have left there."""
    names = ", ".join(part.columns)
    run = warehouse.connection.execute
    with warehouse.transaction():
        run(f"DELETE FROM {part.table} WHERE {part.where}")
        run(
            f"INSERT INTO {part.table} ({names}) SELECT {names} FROM {SOURCE}.{part.table} "
            f"WHERE {part.where} ORDER BY rowid"
        )
        _insist(part, part.sums(warehouse, "lake"), wanted)


def _insist_on_same(warehouse: Warehouse, tables: Sequence[Part]) -> None:
    """Raises WarehouseDamaged where a table of the lake is not what it is in the file."""
    for table in tables:
        _insist(table, table.sums(warehouse, "lake"), table.sums(warehouse, SOURCE))


def _insist(part: Part, arrived: Sums, wanted: Sums) -> None:
    if arrived != wanted:
        message = (
            f"{part.name}: {arrived[0]:,} rows arrived in the lake and {wanted[0]:,} are in the file, "
            "or their values differ. Nothing of it is published; run `briefing lake migrate` again"
        )
        raise WarehouseDamaged(message)
