"""Contracts → DDL; nothing here is written by hand a second time.

No primary keys and no indexes: they triple the file and corrupt under upserts. Uniqueness is
asserted before each load instead.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

import dataframely as dy
import polars as pl

from warehouse.catalog import Dataset, catalogue
from warehouse.contract import Table, unit_of
from warehouse.shanghai import DAY_END_UTC
from warehouse.tables import SYSTEM_TABLES
from warehouse.tables.columns import Provenance, Superseded

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


def stamp(moment: datetime) -> str:
    """A naive UTC time as SQL."""
    return f"TIMESTAMP '{moment}'"


def meaning(contract: type[Table]) -> str:
    return " ".join((contract.__doc__ or "").split())


@cache
def columns_of(dataset: Dataset, provenance: type[Table] = Provenance) -> Mapping[str, dy.Column]:
    return dataset.contract.columns() | provenance.columns()


def tables(datasets: Mapping[str, Dataset]) -> Iterator[tuple[str, Mapping[str, dy.Column], str]]:
    """Name, columns and meaning of every table."""
    for d in datasets.values():
        about = f"{meaning(d.contract)} Grain: {d.grain}."
        yield f"core.{d.name}", columns_of(d), about
        past = f"Earlier versions of core.{d.name}, each with the time until which it was believed."
        yield f"core.{d.name}_superseded", columns_of(d, Superseded), past
    for name, contract in SYSTEM_TABLES.items():
        yield name, contract.columns(), meaning(contract)


def asof(d: Dataset, moment: str, loaded: str | None = None) -> str:
    """SQL that gives the rows of a dataset as they were known at a moment: a TIMESTAMP in UTC, as
    SQL.

    Flows read by this text, and the macro of each dataset is made of it: they cannot differ. A row
    that was revised later appears in the version that was believed then.
    loaded: another moment; what came into the file after it is left out, though its publisher had
    it out by then: who looked at that moment did not see it.
    """
    columns = ", ".join([*d.contract.column_names(), "known_at", "source"])
    there, until = "", moment
    if loaded is not None:
        later = f"SELECT load_id FROM meta.load WHERE fetched_at > {loaded}"
        there, until = f" AND load_id NOT IN ({later})", f"least({moment}, {loaded})"
    return (
        f"SELECT {columns} FROM core.{d.name} WHERE known_at <= {moment}{there} "
        f"UNION ALL SELECT {columns} FROM core.{d.name}_superseded "
        f"WHERE known_at <= {moment} AND superseded_at > {until}{there}"
    )


@dataclass(frozen=True)
class Macro:
    """A function of the file: what it takes, what it gives, and what to know of it.

    Parameters have neither type nor default, so that clients from DuckDB 1.1 on can read them.
    """

    name: str
    parameter: str
    meaning: str
    sql: str
    rows: bool = False

    def statements(self) -> Iterator[str]:
        """Statements that make it and comment it."""
        table = "TABLE " if self.rows else ""
        yield f"CREATE OR REPLACE MACRO {self.name}({self.parameter}) AS {table}{self.sql}"
        yield f"COMMENT ON MACRO {table}{self.name} IS {quoted(self.meaning)}"


# A point in time out of what an analyst has at hand. It is told by its text: a cast between
# TIMESTAMP and TIMESTAMP WITH TIME ZONE goes by the time zone of the session, and a cast of text
# drops it.
MOMENT = r"""CASE
    WHEN length(trim(said::VARCHAR)) <= 10 THEN core.cutoff(trim(said::VARCHAR))
    WHEN regexp_matches(trim(said::VARCHAR), ':\d\d(\.\d+)?\s*(Z|[+-]\d\d(:?\d\d)*)$')
        THEN make_timestamp(epoch_us(said::VARCHAR::TIMESTAMPTZ))
    ELSE said::VARCHAR::TIMESTAMP
END"""
CUTOFF = Macro(
    "core.cutoff",
    "day",
    "The end of a day in Shanghai, in UTC: up to it the issue as of that day may know things",
    f"CAST(day AS DATE) + TIME '{DAY_END_UTC}'",
)
POINT = Macro(
    "core.moment",
    "said",
    "A point in time in UTC: a TIMESTAMP is one, TIMESTAMP WITH TIME ZONE is converted, and of a "
    "DATE it is the end in Shanghai",
    MOMENT,
)


KNOWN = (
    "Rows of core.{} as they were known at a moment, those that were revised later in the version "
    "believed then; a TIMESTAMP is UTC, a DATE the end of that day in Shanghai"
)


def macros(datasets: Mapping[str, Dataset]) -> Iterator[Macro]:
    """The functions of the file: points in time, and each dataset as it was known at one."""
    yield CUTOFF
    yield POINT
    for d in datasets.values():
        yield Macro(
            f"core.{d.name}_asof",
            "moment",
            KNOWN.format(d.name),
            asof(d, "core.moment(moment)"),
            rows=True,
        )


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
    for macro in macros(datasets):
        yield from macro.statements()
    yield from views()
    yield from freshness(datasets)


def partitions(datasets: Mapping[str, Dataset]) -> Iterator[str]:
    """How a lake lays out the files of the datasets that ask for it, and of their old versions."""
    for d in datasets.values():
        if d.layout:
            for name in (f"core.{d.name}", f"core.{d.name}_superseded"):
                yield f"ALTER TABLE {name} SET PARTITIONED BY ({', '.join(d.layout)})"


COMMENT_IN_LAKE = re.compile(
    r"COMMENT ON (MACRO|COLUMN (meta\.freshness|mart\.wide_\w+)\.)", re.ASCII
)


def foreign_to_lakes(statement: str) -> bool:
    """Whether DuckLake refuses a statement: a comment on a macro, or on a column of a view."""
    return bool(COMMENT_IN_LAKE.match(statement))


@cache
def fingerprint() -> str:
    """Identity of everything that the contracts declare; it changes when any of them does."""
    text = "\n".join([*statements(catalogue()), *partitions(catalogue())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def views() -> Iterator[str]:
    """Views for people: one file each, named like the view, its first comment the description."""
    for file in sorted(files("warehouse").joinpath("views").iterdir(), key=lambda f: f.name):
        name, sql = file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")
        about = sql.splitlines()[0].removeprefix("-- ")
        yield f"CREATE OR REPLACE VIEW {name} AS {sql}"
        yield f"COMMENT ON VIEW {name} IS {quoted(about)}"


FRESHNESS = (
    "How far each dataset of core reaches, whatever was loaded last; rows of today's belief."
)
REACH = {
    "dataset": "Dataset",
    "newest": "The newest day that a row is of; null where rows have no day",
    "sources": "The upstreams or files of the rows of that day; where rows have no day, of all",
    "known_at": "When the newest knowledge came: a new row, or a revision (UTC)",
    "fetched_at": "When something was loaded into it last, of whatever days (UTC)",
    "rows": "Rows",
}


def freshness(datasets: Mapping[str, Dataset]) -> Iterator[str]:
    """A view of how far each dataset reaches, out of the
    rows themselves: a load may be of old days.
    """
    parts = " UNION ALL ".join(_reach(d) for d in datasets.values())
    yield (
        f"CREATE OR REPLACE VIEW meta.freshness AS WITH reach AS ({parts}), "
        "loaded AS (SELECT dataset, max(fetched_at) AS fetched_at FROM meta.load GROUP BY dataset) "
        f"SELECT {', '.join(REACH)} FROM reach LEFT JOIN loaded USING (dataset)"
    )
    yield f"COMMENT ON VIEW meta.freshness IS {quoted(FRESHNESS)}"
    for column, about in REACH.items():
        yield f"COMMENT ON COLUMN meta.freshness.{column} IS {quoted(about)}"


def _reach(d: Dataset) -> str:
    """SQL for the row of one dataset."""
    table, day = f"core.{d.name}", d.dated_by
    newest, last = (
        (f"max({day})", f" WHERE {day} = (SELECT max({day}) FROM {table})") if day else ("NULL", "")
    )
    return (
        f"SELECT {quoted(d.name)} AS dataset, {newest}::DATE AS newest, max(known_at) AS known_at, "
        f"count(*) AS rows, (SELECT string_agg(DISTINCT source, ', ' ORDER BY source) FROM {table}{last})"
        f" AS sources FROM {table}"
    )
