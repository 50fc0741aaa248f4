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
from warehouse.storage.place import CATALOGUE, NAME
from warehouse.storage.store import Warehouse
from warehouse.tables import SYSTEM_TABLES

GRACE = timedelta(days=1)  # who reads an old version, or wrote a file just now, is done by then
WORTH = f"""
    SELECT s.schema_name || '.' || t.table_name
    FROM {CATALOGUE}.ducklake_data_file f
    JOIN {CATALOGUE}.ducklake_table t ON t.table_id = f.table_id AND t.end_snapshot IS NULL
    JOIN {CATALOGUE}.ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
    LEFT JOIN {CATALOGUE}.ducklake_delete_file d
        ON d.data_file_id = f.data_file_id AND d.end_snapshot IS NULL
    WHERE f.end_snapshot IS NULL
    GROUP BY 1 HAVING count(*) > 1 OR count(d.data_file_id) > 0
"""
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
    is not what it was: the published versions are, and nothing of them is removed then; and
    WarehouseUnavailable where there is no lake, or half of one.
    """
    with lake.session() as session:
        lake.insist_on_whole(session)
    before, worth = _files(lake), _worth_it(lake)
    of = {d: [t for t in (f"core.{d}", f"core.{d}_superseded") if t in worth] for d in catalogue()}
    names = [name for name, tables in of.items() if tables]
    for place, name in enumerate(names, start=1):
        told(name, place, len(names) + 1)
        with lake.alone_with(name) as warehouse:
            _merge(warehouse, of[name])
    told("records", len(names) + 1, len(names) + 1)
    with lake.alone_with() as warehouse:
        warehouse.value(f"CALL ducklake_flush_inlined_data('{NAME}')")
        _merge(warehouse, [table for table in SYSTEM_TABLES if table in worth])
        expired = _expire(lake, warehouse, now - grace)
        removed = _remove(warehouse, now - grace)
    return Compacted(before, _files(lake), expired, removed)


def _files(lake: Lake) -> int:
    """How many files there are in all."""
    with lake.looking() as reader:
        assert reader is not None, "a lake that is compacted was made"
        return int(reader.value(f"SELECT coalesce(sum(file_count), 0) FROM ducklake_table_info('{NAME}')"))  # fmt: skip


def _worth_it(lake: Lake) -> set[str]:
    """The tables with several files, or with rows that were deleted from one."""
    with lake.session() as session:
        return {table for (table,) in session.rows(WORTH)}


def _merge(warehouse: Warehouse, tables: Sequence[str]) -> None:
    """The small files of some tables merged, without the rows that were deleted from them."""
    if not tables:
        return
    before = contents(warehouse, tables)
    for table in tables:
        schema, name = table.split(".")
        run = warehouse.connection.execute
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
