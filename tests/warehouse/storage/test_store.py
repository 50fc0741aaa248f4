"""The writer's file: one writer, one kind of data, a ledger that agrees with the tables."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from flows.ingestion.import_files import import_path
from flows.workspace import Workspace
from warehouse.catalog import dataset
from warehouse.errors import InputRefused, WarehouseUnavailable
from warehouse.storage import connection
from warehouse.storage.audit import audit, contents
from warehouse.storage.lock import writer_lock
from warehouse.storage.store import Loading, Reader, Warehouse

Drawn = Callable[[str], pl.DataFrame]
Folder = Callable[..., Path]


def test_the_file_can_be_opened_by_clients_from_duckdb_1_1_on(filled: Workspace) -> None:
    """The header's storage version is 64, that of DuckDB 0.9.2 to 1.1."""
    for file in (filled.places.writer, filled.places.current):
        header = file.read_bytes()[:20]
        assert header[8:12] == b"DUCK"
        assert int.from_bytes(header[12:20], "little") == 64
    with Reader.open(filled.places.current) as reader:
        tags = reader.query("SELECT tags['storage_version'] AS v FROM duckdb_databases()")["v"]
    assert "v1.0.0+" in tags.to_list()


def test_what_does_not_fit_into_memory_goes_beside_the_file(tmp_path: Path) -> None:
    """Not to where the command was started, which may be another disk, or not ours."""
    with Warehouse.writing(tmp_path / "warehouse.duckdb") as warehouse:
        place = warehouse.value("SELECT current_setting('temp_directory')")
    assert Path(place).parent == tmp_path


def test_a_file_keeps_the_compact_form_when_it_is_opened_again(tmp_path: Path) -> None:
    """Written in the oldest version that the header admits it takes four times as much."""
    file = tmp_path / "warehouse.duckdb"
    for value in ("once", "again"):
        with Warehouse.writing(file) as warehouse:
            for table in warehouse.columns():
                warehouse.connection.execute(f"COMMENT ON TABLE {table} IS '{value}'")
        connection.checkpoint(file)
        assert file.stat().st_size < 3_000_000


def test_simulated_and_real_data_never_share_a_file(filled: Workspace, drawn: Drawn) -> None:
    before = filled.places.writer.read_bytes()
    with (
        pytest.raises(InputRefused, match=r"real data and sandbox\.enabled is true.* use another"),
        Warehouse.writing(filled.places.writer, simulated=True),
    ):
        pytest.fail("opened")
    assert filled.places.writer.read_bytes() == before
    with Warehouse.writing(filled.places.home / "demo.duckdb", simulated=True) as demo:
        assert demo.simulated
    with (
        pytest.raises(InputRefused, match=r"holds simulated data .* use another BRIEFING_HOME"),
        Warehouse.writing(filled.places.home / "demo.duckdb", simulated=False),
    ):
        pytest.fail("opened")


def test_opening_again_changes_nothing(filled: Workspace) -> None:
    before = filled.places.writer.read_bytes()
    with Warehouse.writing(filled.places.writer, simulated=False):
        pass
    assert filled.places.writer.read_bytes() == before


def test_a_file_of_an_earlier_version_gains_the_columns_it_lacks(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    with Warehouse.writing(filled.places.writer) as warehouse:
        warehouse.connection.execute("ALTER TABLE core.stock_daily DROP turnover_rate")
        warehouse.connection.execute("ALTER TABLE core.stock_daily_superseded DROP turnover_rate")
        warehouse.connection.execute("UPDATE meta.load SET checksum = 'fewer columns:1'")
        warehouse.set("schema", "of an earlier version")
    done = import_path(filled, folder({"stock_daily": drawn("stock_daily")}))
    assert (done[0].new, done[0].revised) == (0, 3)
    with Reader.open(filled.places.current) as reader:
        assert reader.query("SELECT count(turnover_rate) FROM core.stock_daily").item() == 3


def test_a_failed_transaction_leaves_nothing(filled: Workspace, drawn: Drawn) -> None:
    rows = drawn("index_daily").with_columns(pl.col("close") + 1)
    with Warehouse.writing(filled.places.writer) as warehouse:
        before = contents(warehouse)
        loading = Loading("x", "x", "x", datetime(2026, 1, 20, 2), rows.height)
        with suppress(KeyboardInterrupt), warehouse.transaction():
            assert warehouse.load(dataset("index_daily"), rows, loading, filled.calendar).revised
            raise KeyboardInterrupt
        assert contents(warehouse) == before
        assert audit(warehouse) == []


TAMPERED = {
    "row gone": ("DELETE FROM core.index_daily WHERE code = 'HSI.HK'", "holds 2 rows"),
    "row twice": ("INSERT INTO core.index_daily FROM core.index_daily", "holds 6 rows"),
    "value changed": ("UPDATE core.index_daily SET close = close + 1e-9", "other values"),
    "history gone": ("DELETE FROM core.index_daily_superseded", "_superseded holds 0 rows"),
    "ledger gone": ("DELETE FROM meta.load", "its ledger says 0"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_the_audit_notices(filled: Workspace, folder: Folder, drawn: Drawn, case: str) -> None:
    sql, words = TAMPERED[case]
    revised = drawn("index_daily").with_columns(pl.col("close") + 1)
    import_path(filled, folder({"index_daily": revised}))
    with Warehouse.writing(filled.places.writer) as warehouse:
        assert audit(warehouse) == []
        warehouse.connection.execute(sql)
        assert any("core.index_daily" in f and words in f for f in audit(warehouse))


def test_the_ledger_counts_what_happened(filled: Workspace, folder: Folder, drawn: Drawn) -> None:
    rows = drawn("index_daily")
    day = rows.with_columns(pl.col("close") + (pl.col("code") == "HSI.HK").cast(pl.Float64))
    import_path(filled, folder({"index_daily": day}))
    with Reader.open(filled.places.current) as reader:
        last = reader.query("FROM meta.last_load WHERE dataset = 'index_daily'").row(0, named=True)
    counts = ("rows_received", "rows_new", "rows_revised", "rows_rejected", "rows_after")
    assert [last[c] for c in counts] == [3, 0, 1, 0, 3]
    assert (last["first_date"], last["last_date"]) == (date(2026, 1, 12), date(2026, 1, 13))


def test_a_query_that_fails_is_said_in_duckdbs_words(filled: Workspace) -> None:
    with Reader.open(filled.places.current) as reader:
        for sql in ("SELECT nonsense", "SELECT 'x'::INT FROM core.index_daily"):
            with pytest.raises(InputRefused, match="DuckDB refused the query: "):
                reader.query(sql)
        with pytest.raises(InputRefused, match="read-only"):
            reader.query("DELETE FROM core.index_daily")


def test_no_warehouse_and_a_damaged_one_are_said_with_what_to_do(ws: Workspace) -> None:
    with pytest.raises(WarehouseUnavailable, match=r"no published warehouse .*briefing import"):
        Reader.open(ws.places.current)
    ws.places.home.mkdir()
    ws.places.current.write_bytes(b"<html>not a database</html>" * 200)
    with pytest.raises(WarehouseUnavailable, match=r"(?s)cannot be opened: .* Publish again"):
        Reader.open(ws.places.current)


HOLDER = """
import fcntl, os, sys
handle = open(sys.argv[1], "a+")
fcntl.flock(handle, fcntl.LOCK_EX)
handle.truncate(0); handle.write(str(os.getpid())); handle.flush()
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another_process(lock: Path):
    lock.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", HOLDER, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder
        holder.kill()


def test_a_second_writer_waits_and_then_says_who_is_writing(ws: Workspace) -> None:
    with held_by_another_process(ws.places.lock) as holder:
        began = time.monotonic()
        words = rf"process {holder.pid}\) has been writing for .* stop that process"
        with pytest.raises(WarehouseUnavailable, match=words), writer_lock(ws.places.lock, 0.5):
            pytest.fail("entered")
        assert time.monotonic() - began >= 0.5


def test_the_lock_ends_with_the_process_that_holds_it(ws: Workspace) -> None:
    with held_by_another_process(ws.places.lock) as holder:
        holder.kill()
        with writer_lock(ws.places.lock, 5):
            assert ws.places.lock.read_text().isdigit()


def test_the_lock_is_free_after_an_error(ws: Workspace) -> None:
    with pytest.raises(ZeroDivisionError), writer_lock(ws.places.lock, 0):
        raise ZeroDivisionError
    with writer_lock(ws.places.lock, 0):
        pass
