"""A program that loads one unit after the other into a lake, and says which it was told are there.

    python -m tests.lake.writer HOME DATASET FIRST UNITS

A unit is so many rows that they go into a file of their own. What fails is said, and tried again.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows.settings import Settings
from flows.workspace import Workspace, packaged_calendar
from tests.drawn import DRAWN
from warehouse.catalog import catalogue
from warehouse.contract import schema
from warehouse.errors import WarehouseUnavailable

ROWS = 12  # of a unit; DuckLake keeps up to ten in Postgres
NOW = datetime(2026, 1, 20, 2, tzinfo=UTC)


def unit(number: int) -> str:
    return f"unit {number}"


def load(ws: Workspace, name: str, number: int) -> None:
    """The rows of a unit, of days of their own, under the lock of their dataset; no second time."""
    d = catalogue()[name]
    assert d.trading_day is not None
    wanted = schema(d.contract)
    first = 5000 + number * ROWS
    columns = {
        c: pl.Series(DRAWN[name].get(c, [None])[:1] * ROWS, dtype=t) for c, t in wanted.items()
    }
    rows = pl.DataFrame(columns | {d.trading_day: packaged_calendar()[first : first + ROWS]})
    with ws.writing(name) as warehouse, warehouse.transaction():
        if not warehouse.finished(name, unit(number)):
            warehouse.load(
                d, rows, ws.loading(name, "test", unit(number), ROWS), packaged_calendar()
            )


def main(home: str, name: str, first: str, units: str) -> None:
    """Say `unit n` for each that is confirmed, and `failed …` for each attempt that is not."""
    ws = Workspace(Settings(home=Path(home)), clock=lambda: NOW)
    for number in range(int(first), int(first) + int(units)):
        while True:
            try:
                load(ws, name, number)
            except WarehouseUnavailable as error:
                print(f"failed {type(error).__name__}: {error}", flush=True)
                time.sleep(0.2)
            else:
                print(unit(number), flush=True)
                break


if __name__ == "__main__":
    main(*sys.argv[1:])
