"""Beijing's turnover out of the bars of its shares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl

from flows.workspace import packaged_calendar
from warehouse.catalog import dataset
from warehouse.datasets.market_turnover import BEIJING
from warehouse.storage.store import Loading, Warehouse

DAYS = [date(2026, 1, day) for day in (12, 13, 14)]


def test_a_day_on_which_bars_are_missing_is_not_summed_up(
    tmp_path: Path, drawn: Callable[[str], pl.DataFrame]
) -> None:
    """Nobody says how many shares there are: it is measured by the most that had a bar so far."""
    bar = drawn("stock_daily").head(1)
    shares = {DAYS[0]: 10, DAYS[1]: 8, DAYS[2]: 9}
    rows = pl.concat(
        bar.with_columns(code=pl.lit(f"92000{n}.BJ"), trade_date=day, amount_cny=1e7)
        for day, count in shares.items()
        for n in range(count)
    )
    with Warehouse.writing(tmp_path / "writer.duckdb") as warehouse:
        loading = Loading("bars", "drawn", "bars", datetime(2026, 1, 14, 10), rows.height, 0)
        warehouse.load(dataset("stock_daily"), rows, loading, packaged_calendar())
        found = warehouse.query(f"SELECT trade_date, amount_cny FROM ({BEIJING})", [DAYS])
    assert sorted(found.iter_rows()) == [(DAYS[0], 1e8), (DAYS[2], 9e7)]
