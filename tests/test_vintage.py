"""Through the warehouse: what is measured of a day does not change when a revision comes later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.markets import LAST, market, trading_days
from transforms.engine.evaluate import evaluate
from warehouse.catalog import cutoff, dataset
from warehouse.contract import schema
from warehouse.storage.store import Loading, Warehouse

NAMES = ("index_daily", "market_turnover", "margin_market", "index_valuation")
DAYS = trading_days()[-300:]
THEN, LATER = DAYS[-20], date(2026, 1, 20)
FIRST, SECOND = datetime(2026, 1, 14, 10), datetime(2026, 1, 19, 10)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.writing(tmp_path / "warehouse.duckdb", simulated=False) as opened:
        yield opened


def load(warehouse: Warehouse, name: str, rows: pl.DataFrame, fetched: datetime) -> None:
    """The rows in all columns of their table; what is not drawn is null."""
    wanted = schema(dataset(name).contract)
    whole = rows.select([c for c in wanted if c in rows.columns]).match_to_schema(
        wanted, missing_columns="insert", integer_cast="upcast", float_cast="upcast"
    )
    loading = Loading(f"{name} {fetched}", "somewhere", "unit", fetched, rows.height)
    with warehouse.transaction():
        warehouse.load(dataset(name), whole, loading, pl.Series("trade_date", trading_days()))


def measured(warehouse: Warehouse, day: date) -> pl.DataFrame:
    return evaluate({name: warehouse.read(name, cutoff(day)) for name in NAMES}, day)


def test_a_revision_that_comes_later_rewrites_no_earlier_evaluation(warehouse: Warehouse):
    drawn = {name: market(1)[name].filter(pl.col("trade_date") >= DAYS[0]) for name in NAMES}
    for name in NAMES:
        load(warehouse, name, drawn[name], FIRST)
    then, now, later = (measured(warehouse, day) for day in (THEN, LAST, LATER))
    for name in NAMES:
        revised = drawn[name].with_columns(pl.selectors.float() * 1.25)
        load(warehouse, name, revised, SECOND)

    assert len(then["metric"].unique()) > 40
    assert measured(warehouse, THEN).equals(then)
    assert measured(warehouse, LAST).equals(now)
    assert not measured(warehouse, LATER).equals(later), "the revision is known by then"
