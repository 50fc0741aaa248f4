"""A lake that is kept small: what is merged, forgotten and removed, and what stays.

The catalogue is a file here, where a lake's is in Postgres: DuckLake works on both alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytest.importorskip("psycopg")
pytest.importorskip("duckdb_extension_ducklake")

from warehouse.errors import WarehouseDamaged
from warehouse.storage import compact as compaction
from warehouse.storage import connection
from warehouse.storage.compact import GRACE, WORTH, _expire, _files, _merge, _remove, _worth_it
from warehouse.storage.store import Warehouse

EARLIER, LATER = datetime(2000, 1, 1), datetime(2999, 1, 1)
TABLE = "core.index_daily"


class Lake:
    """What a compaction asks of a lake, of one whose catalogue is a file."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse, self.published = warehouse, list[int]()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if "briefing.publication" in sql:
            return [(snapshot,) for snapshot in self.published]
        named = sql.replace("ducklake.ducklake_", "__ducklake_metadata_lake.ducklake_")
        return self.warehouse.connection.execute(named).fetchall()

    @contextmanager
    def session(self) -> Iterator[Lake]:
        yield self

    @contextmanager
    def looking(self) -> Iterator[Warehouse]:
        yield self.warehouse

    @property
    def snapshots(self) -> list[int]:
        found = self.warehouse.query("SELECT snapshot_id FROM lake.snapshots() ORDER BY ALL")
        return found.to_series().to_list()

    def write(self, *codes: str) -> None:
        """A file of its own for each code."""
        for code in codes:
            self.warehouse.connection.execute(f"INSERT INTO {TABLE} VALUES ('{code}')")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with closing(duckdb.connect(config=connection.CONFIG)) as opened:
        opened.load_extension(str(connection._packaged("ducklake")))
        opened.execute(
            f"ATTACH 'ducklake:{tmp_path / 'catalogue'}' AS lake "
            f"(DATA_PATH '{tmp_path / 'data'}', DATA_INLINING_ROW_LIMIT 0)"
        )
        opened.execute("USE lake")
        for schema in ("core", "meta"):
            opened.execute(f"CREATE SCHEMA {schema}")
        opened.execute(f"CREATE TABLE {TABLE} (code VARCHAR)")
        opened.execute("CREATE TABLE meta.load (load_id VARCHAR)")
        yield Lake(Warehouse(opened, in_lake=True))


def codes(lake: Lake) -> list[str]:
    return lake.warehouse.query(f"FROM {TABLE} ORDER BY ALL")["code"].to_list()


def test_what_is_younger_than_a_day_stays() -> None:
    assert timedelta(days=1) == GRACE


def test_several_files_and_deleted_rows_are_worth_it_and_one_whole_file_is_not(lake: Lake) -> None:
    assert _worth_it(lake) == set()
    lake.write("a")
    assert _worth_it(lake) == set()
    lake.write("b")
    assert _worth_it(lake) == {TABLE}
    lake.warehouse.connection.execute("INSERT INTO meta.load VALUES ('x'), ('y')")
    assert _worth_it(lake) == {TABLE}
    lake.warehouse.connection.execute("DELETE FROM meta.load WHERE load_id = 'x'")
    assert _worth_it(lake) == {TABLE, "meta.load"}
    lake.warehouse.connection.execute(f"DROP TABLE {TABLE}")
    assert _worth_it(lake) == {"meta.load"}
    assert "ducklake.ducklake_data_file" in WORTH


def test_files_become_one_and_rows_stay(lake: Lake) -> None:
    lake.write("a", "b", "c")
    assert _files(lake) == 3
    asked: list[int] = []
    lake.warehouse.still_alone = lambda: asked.append(1)
    _merge(lake.warehouse, [TABLE])
    assert (_files(lake), codes(lake)) == (1, ["a", "b", "c"])
    assert _worth_it(lake) == set()
    assert asked == [1]


def test_a_file_of_which_most_was_deleted_is_written_anew(lake: Lake) -> None:
    lake.warehouse.connection.execute(f"INSERT INTO {TABLE} SELECT n::VARCHAR FROM range(40) r(n)")
    lake.warehouse.connection.execute(f"DELETE FROM {TABLE} WHERE code <> '7'")
    assert _worth_it(lake) == {TABLE}
    _merge(lake.warehouse, [TABLE])
    assert (_worth_it(lake), codes(lake)) == (set(), ["7"])


def test_nothing_to_merge_reads_nothing(monkeypatch: pytest.MonkeyPatch, lake: Lake) -> None:
    monkeypatch.setattr(compaction, "contents", lambda *_: pytest.fail("read"))
    _merge(lake.warehouse, [])


def test_a_table_that_is_another_afterwards_is_named(
    monkeypatch: pytest.MonkeyPatch, lake: Lake
) -> None:
    said = iter([{TABLE: (1, 1), "meta.load": (2, 2)}, {TABLE: (1, 2), "meta.load": (2, 2)}])
    monkeypatch.setattr(compaction, "contents", lambda *_: next(said))
    with pytest.raises(WarehouseDamaged, match=rf"^{TABLE}: not what it was before"):
        _merge(lake.warehouse, [TABLE, "meta.load"])


def test_old_snapshots_are_forgotten_but_for_the_newest_and_those_published(lake: Lake) -> None:
    lake.write("a", "b", "c")
    there = lake.snapshots
    assert _expire(lake, lake.warehouse, EARLIER) == 0, "all are younger"
    lake.published = [there[1]]
    assert _expire(lake, lake.warehouse, LATER) == len(there) - 2
    assert lake.snapshots == [there[1], there[-1]]
    lake.published = []
    assert _expire(lake, lake.warehouse, LATER) == 1
    assert lake.snapshots == [there[-1]]
    assert _expire(lake, lake.warehouse, LATER) == 0


def test_files_that_no_snapshot_needs_are_removed_once_they_are_old(
    lake: Lake, tmp_path: Path
) -> None:
    lake.write("a", "b")
    _merge(lake.warehouse, [TABLE])
    _expire(lake, lake.warehouse, LATER)
    orphan = tmp_path / "data" / "core" / "index_daily" / "orphan.parquet"
    orphan.write_bytes(b"left by a writer that was killed")
    before = len(list((tmp_path / "data").rglob("*.parquet")))
    assert _remove(lake.warehouse, EARLIER) == 0
    assert _remove(lake.warehouse, LATER) == before - 1
    assert len(list((tmp_path / "data").rglob("*.parquet"))) == 1
    assert codes(lake) == ["a", "b"]


def test_each_table_is_merged_under_the_lock_of_who_would_write_it_and_the_rest_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log: list[object] = []

    class Writer(str):
        __slots__ = ()

        def value(self, sql: str) -> None:
            log.append(sql)

    class Several(Lake):
        def insist_on_whole(self, session: object) -> None:
            log.append("whole" if session is self else "?")

        @contextmanager
        def alone_with(self, *names: str) -> Iterator[Writer]:
            yield Writer(" ".join(names) or "all")

    files = iter([30, 7])
    worth = {"core.fx_rate_superseded", TABLE, f"{TABLE}_superseded", "meta.load"}
    monkeypatch.setattr(compaction, "_files", lambda _: next(files))
    monkeypatch.setattr(compaction, "_worth_it", lambda _: worth)
    monkeypatch.setattr(compaction, "_merge", lambda writer, tables: log.append((writer, tables)))
    monkeypatch.setattr(compaction, "_expire", lambda _, _writer, until: log.append(until) or 4)
    monkeypatch.setattr(compaction, "_remove", lambda _, until: log.append(until) or 5)
    now = datetime(2026, 1, 13)
    told: list[tuple[str, int, int]] = []
    done = compaction.compact(Several(None), now, lambda *one: told.append(one))
    assert done == compaction.Compacted(30, 7, 4, 5)
    assert told == [("fx_rate", 1, 3), ("index_daily", 2, 3), ("records", 3, 3)]
    assert log == [
        "whole",
        ("fx_rate", ["core.fx_rate_superseded"]),
        ("index_daily", [TABLE, f"{TABLE}_superseded"]),
        "CALL ducklake_flush_inlined_data('lake')",
        ("all", ["meta.load"]),
        now - GRACE,
        now - GRACE,
    ]
