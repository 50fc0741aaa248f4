"""A file in which shares of Beijing stand under codes of before 2025."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from flows.ingestion.import_files import import_path
from flows.workspace import Workspace
from warehouse.storage.audit import audit
from warehouse.storage.store import Reader, Warehouse

Drawn = Callable[[str], pl.DataFrame]
D12, D13 = date(2026, 1, 12), date(2026, 1, 13)


@pytest.fixture
def earlier(ws: Workspace, folder: Callable[..., Path], drawn: Drawn) -> Workspace:
    """A home whose file has the bars of two shares under old codes, one of them under both."""
    bars = drawn("stock_daily").head(2).with_columns(code=pl.lit("920047.BJ"))
    other = bars.with_columns(code=pl.lit("920496.BJ"))
    import_path(ws, folder({"stock_daily": pl.concat([bars, other])}))
    revised = bars.with_columns(pl.col("close") + 0.01, pl.col("high") + 0.01)
    import_path(ws, folder({"stock_daily": revised}))
    with Warehouse.writing(ws.places.writer) as warehouse:
        run = warehouse.connection.execute
        for table in ("core.stock_daily", "core.stock_daily_superseded"):
            run(f"UPDATE {table} SET code = '831396.BJ' WHERE code = '920496.BJ'")
            run(f"UPDATE {table} SET code = '430047.BJ' WHERE code = '920047.BJ' "
                "AND trade_date = DATE '2026-01-12'")  # fmt: skip
        run("INSERT INTO core.stock_daily SELECT * REPLACE ('430047.BJ' AS code) "
            "FROM core.stock_daily WHERE code = '920047.BJ'")  # fmt: skip
        warehouse.set("schema", "of an earlier version")
    return ws


def test_its_rows_go_under_the_codes_of_today_and_nothing_else_changes(earlier: Workspace) -> None:
    before = rows(earlier, "core.stock_daily")
    past = rows(earlier, "core.stock_daily_superseded")
    with Warehouse.writing(earlier.places.writer) as warehouse:
        assert audit(warehouse) == []
    now = rows(earlier, "core.stock_daily")
    later = rows(earlier, "core.stock_daily_superseded")
    assert now.select("code", "trade_date").rows() == [
        ("920047.BJ", D12), ("920047.BJ", D13), ("920496.BJ", D12), ("920496.BJ", D13),
    ]  # fmt: skip
    same = pl.exclude("code", "superseded_at")
    everything = pl.concat([before, past.drop("superseded_at")]).select(same)
    assert (
        pl.concat([now.select(same), later.select(same)])
        .sort(pl.all())
        .equals(everything.sort(pl.all()))
    )
    assert set(later["code"]) == {"920047.BJ"}


def test_versions_under_both_codes_become_one_history(earlier: Workspace) -> None:
    """What each code knew, and when, is answered once for any moment."""
    known = [datetime(2026, 1, day) for day in (10, 14, 16)]
    with Warehouse.writing(earlier.places.writer) as warehouse:
        run = warehouse.connection.execute
        run("DELETE FROM core.stock_daily_superseded WHERE code IN ('430047.BJ', '920047.BJ')")
        run("DELETE FROM core.stock_daily WHERE code = '920047.BJ' AND trade_date = '2026-01-12'")
        run("DELETE FROM core.stock_daily WHERE code = '430047.BJ' AND trade_date = '2026-01-13'")
        run("UPDATE core.stock_daily SET trade_date = '2026-01-12' WHERE code = '920047.BJ'")
        run("UPDATE core.stock_daily SET code = '430047.BJ', known_at = ?, close = 3 "
            "WHERE code IN ('920047.BJ', '430047.BJ') AND trade_date = '2026-01-12'", [known[2]])  # fmt: skip
        run("DELETE FROM core.stock_daily WHERE code = '430047.BJ' AND rowid > ("
            "SELECT min(rowid) FROM core.stock_daily WHERE code = '430047.BJ')")  # fmt: skip
        run("INSERT INTO core.stock_daily SELECT * REPLACE ('920047.BJ' AS code, 2 AS close, ? AS "
            "known_at) FROM core.stock_daily WHERE code = '430047.BJ'", [known[1]])  # fmt: skip
        run("INSERT INTO core.stock_daily_superseded SELECT * REPLACE (1 AS close, ? AS known_at), ? "
            "FROM core.stock_daily WHERE code = '430047.BJ'", [known[0], known[2]])  # fmt: skip
        warehouse.set("schema", "of an earlier version")
    with Warehouse.writing(earlier.places.writer) as warehouse:
        for number, moment in enumerate(known, start=1):
            seen = warehouse.read("stock_daily", moment).filter(code="920047.BJ")
            assert seen["close"].to_list() == [number]
        before = known[0] - timedelta(days=1)
        assert warehouse.read("stock_daily", before).filter(code="920047.BJ").is_empty()
        assert audit(warehouse) == []


def test_the_file_is_published_and_opened_again_unchanged(earlier: Workspace) -> None:
    with Warehouse.writing(earlier.places.writer):
        pass
    with earlier.writing():
        pass
    earlier.publish()
    with Reader.open(earlier.places.current) as reader:
        assert reader.query("SELECT count(DISTINCT code) FROM core.stock_daily").item() == 2
        last = reader.query("FROM meta.last_load WHERE dataset = 'stock_daily'").row(0, named=True)
    assert (last["rows_after"], last["rows_new"]) == (4, 0)
    with Warehouse.writing(earlier.places.writer) as warehouse:
        assert (
            warehouse.query("SELECT count(*) FROM meta.load WHERE unit ~ '.*codes of today'").item()
            == 1
        )


def rows(ws: Workspace, table: str) -> pl.DataFrame:
    """The rows of a table as the file has them, without making it one of this version."""
    with Reader.open(ws.places.writer) as reader:
        return reader.query(f"FROM {table} ORDER BY code, trade_date, known_at")
