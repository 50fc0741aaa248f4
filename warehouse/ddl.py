"""Contracts → DDL; nothing here is written by hand a second time.

No primary keys and no indexes: they triple the file and corrupt under upserts. Uniqueness is
asserted before each load instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files

import dataframely as dy
import polars as pl

from warehouse.catalog import Dataset, catalogue
from warehouse.contract import Table, unit_of
from warehouse.ledger import BOOKS, Provenance, Superseded

SCHEMAS = {
    "raw": "As published: answers of upstreams and rows that broke a rule",
    "core": "Conformed: English names, canonical units, real dates, with superseded versions",
    "mart": "Derived: metrics, facts, issues",
    "meta": "About the warehouse: dictionary, loads, freshness, deliveries",
}
TYPES = {
    pl.String: "VARCHAR",
    pl.Date: "DATE",
    pl.Float64: "DOUBLE",
    pl.Int64: "BIGINT",
    pl.Boolean: "BOOLEAN",
    pl.Datetime: "TIMESTAMP",
}


def comment(column: dy.Column) -> str:
    """Meaning of a column, with its unit in brackets."""
    unit = unit_of(column)
    return f"{column.description} [{unit}]" if unit else str(column.description)


def create(name: str, columns: Mapping[str, dy.Column], meaning: str) -> Iterator[str]:
    """Statements that create a table and comment it and its columns."""
    fields = ", ".join(
        f"{c} {TYPES[type(column.dtype)]}{'' if column.nullable else ' NOT NULL'}"
        for c, column in columns.items()
    )
    yield f"CREATE TABLE IF NOT EXISTS {name} ({fields})"
    yield f"COMMENT ON TABLE {name} IS {quoted(meaning)}"
    for c, column in columns.items():
        yield f"COMMENT ON COLUMN {name}.{c} IS {quoted(comment(column))}"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def meaning(contract: type[Table]) -> str:
    return " ".join((contract.__doc__ or "").split())


def columns_of(dataset: Dataset, provenance: type[Table] = Provenance) -> dict[str, dy.Column]:
    return dataset.contract.columns() | provenance.columns()


def tables(datasets: Mapping[str, Dataset]) -> Iterator[tuple[str, Mapping[str, dy.Column], str]]:
    """Name, columns and meaning of every table."""
    for d in datasets.values():
        about = f"{meaning(d.contract)} Grain: {d.grain}."
        yield f"core.{d.name}", columns_of(d), about
        past = f"Earlier versions of core.{d.name}, each with the time until which it was believed."
        yield f"core.{d.name}_superseded", columns_of(d, Superseded), past
    for name, contract in BOOKS.items():
        yield name, contract.columns(), meaning(contract)


def added(there: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Columns that the contracts have and a file of an earlier version has not."""
    for name, columns, _ in tables(catalogue()):
        for c, column in columns.items():
            if name in there and c not in there[name]:
                yield f"ALTER TABLE {name} ADD COLUMN {c} {TYPES[type(column.dtype)]}"


def statements(datasets: Mapping[str, Dataset]) -> Iterator[str]:
    """Everything a new warehouse needs; running it again changes nothing."""
    for schema in SCHEMAS:
        yield f"CREATE SCHEMA IF NOT EXISTS {schema}"
    for name, columns, about in tables(datasets):
        yield from create(name, columns, about)
    yield from views()


@cache
def fingerprint() -> str:
    """Identity of everything that the contracts declare; it changes when any of them does."""
    text = "\n".join(statements(catalogue()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def views() -> Iterator[str]:
    """Views for people: one file each, named like the view, its first comment the description."""
    for file in sorted(files("warehouse").joinpath("views").iterdir(), key=lambda f: f.name):
        name, sql = file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")
        about = sql.splitlines()[0].removeprefix("-- ")
        yield f"CREATE OR REPLACE VIEW {name} AS {sql}"
        yield f"COMMENT ON VIEW {name} IS {quoted(about)}"
