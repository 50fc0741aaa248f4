"""Which rows of core new ones are judged beside."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from flows.workspace import packaged_calendar
from warehouse.catalog import dataset
from warehouse.quality.magnitude import neighbours
from warehouse.quality.plausibility import NEAR
from warehouse.storage.store import Loading, Warehouse


def test_rows_near_the_first_and_the_last_new_day_are_looked_at(tmp_path: Path, drawn) -> None:
    """Of a long span only its ends: what lies between is compared within the new rows."""
    d, calendar = dataset("market_turnover"), packaged_calendar()
    first, last = date(2024, 3, 4), date(2025, 9, 1)
    known = calendar.filter(calendar.is_between(date(2023, 6, 1), date(2025, 12, 31)))
    row = drawn(d.name).head(1)
    rows = pl.concat([row.with_columns(trade_date=day) for day in known])
    with Warehouse.writing(tmp_path / "writer.duckdb") as warehouse:
        loading = Loading("past", "drawn", "past", datetime(2026, 1, 1), rows.height, 0)
        warehouse.load(d, rows, loading, calendar)
        new = pl.concat([row.with_columns(trade_date=day) for day in (first, last)])
        beside = set(neighbours(warehouse, d, new)["trade_date"])
    assert beside == {day for day in known if min(abs(day - first), abs(day - last)) <= NEAR}
    assert {day for day in beside if day < first} and {day for day in beside if day > last}
    assert timedelta(days=5) < NEAR < (last - first) / 2
