"""Keeping a lake small: small files merged, old snapshots and what nobody refers to removed.

Compaction beside a delete of the same rows damages them without a word (duckdb/ducklake#1094). So
each table is compacted under the lock of who would write it, and compared with what it was before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from warehouse.catalog import catalogue
from warehouse.errors import WarehouseDamaged
from warehouse.storage import ddl
from warehouse.storage.audit import contents
from warehouse.storage.lake import Lake
from warehouse.storage.place import NAME
from warehouse.storage.store import Warehouse
from warehouse.tables import SYSTEM_TABLES

GRACE = timedelta(days=1)  # who reads an old version, or wrote a file just now, is done by then
Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Compacted:
    """What a compaction did: files before and after, snapshots and files that were removed."""

    files_before: int
    files_after: int
    expired: int
    removed: int


def compact(lake: Lake, now: datetime, told: Told, grace: timedelta = GRACE) -> Compacted:
    """Every table under its lock, then what is old, alone; pinned versions stay as they are.

    now: naive UTC; what is younger than `grace` stays, too. Raises WarehouseDamaged where a table
    is not what it was: the published versions are, and nothing of them is removed then.
    """
    names = list(catalogue())
    before = _files(lake)
    for place, name in enumerate(names, start=1):
        told(name, place, len(names) + 1)
        with lake.alone_with(name) as warehouse:
            _merge(warehouse, [f"core.{name}", f"core.{name}_superseded"])
    told("records", len(names) + 1, len(names) + 1)
    with lake.alone_with() as warehouse:
        _merge(warehouse, list(SYSTEM_TABLES))
        expired = _expire(lake, warehouse, now - grace)
        removed = _remove(warehouse, now - grace)
    return Compacted(before, _files(lake), expired, removed)


def _files(lake: Lake) -> int:
    """How many files there are in all."""
    with lake.looking() as reader:
        assert reader is not None, "a lake that is compacted was made"
        return int(reader.value(f"SELECT coalesce(sum(file_count), 0) FROM ducklake_table_info('{NAME}')"))  # fmt: skip


def _merge(warehouse: Warehouse, tables: Sequence[str]) -> None:
    """The small files of some tables merged; rows that Postgres holds go into files."""
    before = contents(warehouse, tables)
    for table in tables:
        schema, name = table.split(".")
        run = warehouse.connection.execute
        run(f"CALL ducklake_flush_inlined_data('{NAME}', schema_name => '{schema}', table_name => '{name}')")  # fmt: skip
        run(f"CALL ducklake_rewrite_data_files('{NAME}', '{name}', schema => '{schema}')")
        run(f"CALL ducklake_merge_adjacent_files('{NAME}', '{name}', schema => '{schema}')")
        warehouse.still_alone()
    after = contents(warehouse, tables)
    if changed := [table for table in tables if before[table] != after[table]]:
        message = (
            f"{', '.join(changed)}: not what it was before its files were merged. Published versions "
            "are untouched: `briefing lake status` lists them; stop all writers and report it"
        )
        raise WarehouseDamaged(message)


def _expire(lake: Lake, warehouse: Warehouse, until: datetime) -> int:
    """Snapshots of before a moment forgotten, but for the newest and those that are published."""
    with lake.session() as session:
        pinned = [n for (n,) in session.rows("SELECT snapshot FROM briefing.publication")]
    kept = ", ".join(map(str, pinned)) or "-1"
    old = warehouse.query(
        f"SELECT snapshot_id FROM {NAME}.snapshots() WHERE snapshot_id NOT IN ({kept}) "
        f"AND snapshot_time AT TIME ZONE 'UTC' < {ddl.stamp(until)} "
        f"AND snapshot_id <> (SELECT max(snapshot_id) FROM {NAME}.snapshots())"
    )["snapshot_id"].to_list()
    if old:
        warehouse.value(f"CALL ducklake_expire_snapshots('{NAME}', versions => {old})")
    return len(old)


def _remove(warehouse: Warehouse, until: datetime) -> int:
    """Files that no snapshot refers to any more, and those of writers that were killed."""
    aged = f"older_than => {ddl.stamp(until)} AT TIME ZONE 'UTC'"
    calls = ("ducklake_cleanup_old_files", "ducklake_delete_orphaned_files")
    return sum(warehouse.query(f"CALL {call}('{NAME}', {aged})").height for call in calls)
