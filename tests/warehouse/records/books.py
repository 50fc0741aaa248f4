"""Tables of a warehouse in memory: a few of them, with rows as a test draws them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl

from warehouse.catalog import catalogue
from warehouse.storage import ddl
from warehouse.storage.store import Warehouse

MOMENT = datetime(2026, 1, 13, 8)
BLANKS = {pl.String: "", pl.Date: MOMENT.date(), pl.Datetime: MOMENT, pl.Boolean: False}
KNOWN = {name: columns for name, columns, _ in ddl.tables(catalogue())}


def books(*tables: str) -> Warehouse:
    """These tables, empty: a writer without a file."""
    opened = Warehouse(duckdb.connect())
    for schema in ddl.SCHEMAS:
        opened.connection.execute(f"CREATE SCHEMA {schema}")
    for table in tables:
        create = next(ddl.create(table, KNOWN[table], ""))
        opened.connection.execute(create)
    return opened


def put(warehouse: Warehouse, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows of which only what matters is said; what must be there besides is blank."""
    columns = KNOWN[table]
    blank = {
        name: None if said.nullable else BLANKS.get(said.dtype.base_type(), 0)
        for name, said in columns.items()
    }
    drawn = [blank | dict(row) for row in rows]
    assert all(row.keys() == blank.keys() for row in drawn)
    frame = pl.DataFrame(drawn, {name: said.dtype for name, said in columns.items()})
    warehouse.connection.register("drawn", frame)
    warehouse.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM drawn")
    warehouse.connection.unregister("drawn")


def day(number: int) -> date:
    """A day of January 2026."""
    return date(2026, 1, number)
