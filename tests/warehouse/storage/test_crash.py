"""kill -9 at any moment of import and publication loses nothing and doubles nothing."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.ingestion.import_files import import_path
from flows.workspace import Workspace
from warehouse.catalog import dataset
from warehouse.storage.audit import audit
from warehouse.storage.lock import writer_lock
from warehouse.storage.store import Loading, Reader, Warehouse

Drawn = Callable[[str], pl.DataFrame]
KILLS = 12
BLOCKS, BLOCK = 3 * 4096, 256 * 1024  # where a DuckDB file's blocks begin, and their size
VALUES = {"index_daily": "close", "stock_daily": "close", "margin_market": "financing_balance_cny"}

# A fork of a process that has imported everything starts at once, so that every kill hits work.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["flows.ingestion.import_files", "pyarrow.dataset", "pandas"])

pytestmark = pytest.mark.enable_socket  # the fork server is spoken to through a local socket


@pytest.fixture
def vintages(tmp_path: Path, drawn: Drawn) -> list[Path]:
    """Two folders with the same keys and other values, each of which revises the other."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for number, folder in enumerate(folders):
        folder.mkdir()
        for name, column in VALUES.items():
            rows = drawn(name).with_columns(pl.col(column) * (1 + number / 1000))
            rows.write_parquet(folder / f"{name}.parquet")
    return folders


def killed_after(seconds: float, ws: Workspace, folder: Path) -> bool:
    """Start an import and kill its process; whether it was still at work."""
    process = SERVER.Process(target=import_path, args=(ws, folder))
    process.start()
    process.join(seconds)
    at_work = process.is_alive()
    process.kill()
    process.join()
    return at_work


def duration(ws: Workspace, folder: Path) -> float:
    """Seconds that an undisturbed import takes in a process of its own."""
    began = time.monotonic()
    process = SERVER.Process(target=import_path, args=(ws, folder))
    process.start()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - began


def sound(ws: Workspace) -> None:
    """The writer opens, tables and ledger agree, no key is there twice, readers can read."""
    with writer_lock(ws.places.lock, 1), Warehouse.writing(ws.places.writer) as warehouse:
        assert audit(warehouse) == []
        for name in VALUES:
            keys = ", ".join(dataset(name).key)
            doubled = f"SELECT 1 FROM core.{name} GROUP BY {keys} HAVING count(*) > 1"
            assert warehouse.query(doubled).is_empty()
    with duckdb.connect(str(ws.places.current), read_only=True) as analyst:
        assert analyst.execute("SELECT count(*) FROM core.index_daily").fetchone() == (3,)


def test_killed_at_any_moment_it_recovers(filled: Workspace, vintages: list[Path]) -> None:
    duration(filled, vintages[1])  # the fork server starts
    whole = duration(filled, vintages[0])
    chance = random.Random(20260113)
    hits = 0
    for kill in range(KILLS):
        moment = (kill + chance.random()) / KILLS * whole
        hits += killed_after(moment, filled, vintages[1 - kill % 2])
        sound(filled)
    assert hits >= KILLS / 3  # the machine may be slower or faster than when it was measured

    import_path(filled, vintages[0])
    sound(filled)
    assert not list(filled.places.home.rglob("*.tmp"))
    with Reader.open(filled.places.current) as reader:
        for name, column in VALUES.items():
            there = reader.query(f"SELECT {column} FROM core.{name} ORDER BY ALL")[column]
            expected = pl.read_parquet(vintages[0] / f"{name}.parquet")[column].sort()
            assert there.to_list() == expected.to_list()


def test_killed_while_it_creates_the_warehouse_it_recovers(
    ws: Workspace, vintages: list[Path]
) -> None:
    for moment in (0.05, 0.2, 0.4):
        killed_after(moment, ws, vintages[0])
    assert {i.new for i in import_path(ws, vintages[0])} <= {0, 2, 3}
    sound(ws)


def test_no_block_is_rewritten_that_the_file_refers_to(
    filled: Workspace, vintages: list[Path]
) -> None:
    """A kill within such a write would leave a torn block, and a file that nobody can open."""
    writer = filled.places.writer
    before, rows = writer.read_bytes(), pl.read_parquet(vintages[0] / "stock_daily.parquet")
    with duckdb.connect(str(writer), read_only=True) as look:
        sql = "SELECT DISTINCT block_id FROM pragma_metadata_info()"
        used = [int(number) for (number,) in look.execute(sql).fetchall()]
    for more in (1.01, 1.02):
        with Warehouse.writing(writer) as warehouse, warehouse.transaction():
            changed = rows.with_columns(pl.col("close") * more, pl.col("high") * more)
            loading = Loading(str(more), "x", "x", datetime(2026, 1, 20, 2), rows.height)
            assert warehouse.load(dataset("stock_daily"), changed, loading, filled.calendar).revised
    after = writer.read_bytes()
    assert used
    assert after[:BLOCKS] == before[:BLOCKS]
    for number in used:
        block = slice(BLOCKS + number * BLOCK, BLOCKS + (number + 1) * BLOCK)
        assert after[block] == before[block]
    old = filled.publish()
    assert filled.places.writer > writer
    assert not writer.exists()
    with Reader.open(old) as reader:
        kept = reader.query("SELECT count(*) FROM core.stock_daily_superseded").item()
        assert kept == 2 * rows.height
