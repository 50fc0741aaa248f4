"""A warehouse that remembers, and the hours of a week in which rows come to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from warehouse.catalog import dataset
from warehouse.storage.store import Loading, Warehouse

Drawn = Callable[[str], pl.DataFrame]
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 1, 12)
DAYS = [MONDAY + timedelta(days=n) for n in (0, 1, 2, 3, 4, 7, 8)]  # a weekend lies between
CALENDAR = pl.Series("trade_date", [*DAYS, date(2026, 1, 21), date(2026, 1, 22)])


class Undone(Exception):
    """Ends a transaction without a trace."""


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    """Naive UTC of an hour in Shanghai."""
    local = datetime.combine(day, time(hour, minute), SHANGHAI)
    return local.astimezone(UTC).replace(tzinfo=None)


def load(warehouse: Warehouse, name: str, rows: pl.DataFrame, fetched: datetime) -> tuple[int, int]:
    loading = Loading(f"load-{fetched}", "somewhere", "unit", fetched, rows.height)
    loaded = warehouse.load(dataset(name), rows, loading, CALENDAR)
    return loaded.new, loaded.revised


def one_row(dataset_name: str, drawn: Drawn, **changes: object) -> pl.DataFrame:
    """The first drawn row of a dataset, with other values in some columns."""
    one = drawn(dataset_name).head(1)
    return one.with_columns(pl.lit(v, one[c].dtype).alias(c) for c, v in changes.items())
