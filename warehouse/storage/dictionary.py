"""The data dictionary, as rows of meta and as docs/dictionary.md, both out of the contracts."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import dataframely as dy
import polars as pl

from warehouse.catalog import Dataset, Publication, catalogue
from warehouse.contract import rules, unit_of
from warehouse.storage import ddl
from warehouse.tables import SYSTEM_TABLES

Rows = list[dict[str, Any]]


def published(rule: Publication) -> str:
    """A publication rule in words."""
    if rule.column is None:
        return "reference data, known at all times"
    when, day = f"{rule.at:%H:%M}", rule.by or rule.column
    if rule.trading_days_later:
        return f"{when} of the next trading day after {day}"
    if rule.days_later:
        return f"{when} of the day after {day}"
    if rule.months_later:
        return f"{when} on day {rule.day_of_month}, {rule.months_later} months after the first day of {rule.column}"
    return f"{when} of {day}"


def upstreams(d: Dataset) -> str:
    """The chains of a dataset in words."""
    chains = [f"{c.part}: {' → '.join(s.name for s in c.sources)}" for c in d.chains]
    return "; ".join(chains) or (d.reference or "imported")


def dataset_rows() -> Rows:
    return [
        {
            "dataset": d.name,
            "label": d.label,
            "meaning": ddl.meaning(d.contract),
            "grain": d.grain,
            "keys": ", ".join(d.key),
            "publication": published(d.publication),
            "sources": upstreams(d),
        }
        for d in catalogue().values()
    ]


def described() -> Iterator[tuple[str, Mapping[str, dy.Column]]]:
    """Every table with its columns."""
    for d in catalogue().values():
        yield f"core.{d.name}", ddl.columns_of(d)
    for name, contract in SYSTEM_TABLES.items():
        yield name, contract.columns()


def column_rows() -> Rows:
    return [
        {
            "table_name": table,
            "column_name": name,
            "type": ddl.TYPES[type(column.dtype)],
            "unit": unit_of(column),
            "nullable": column.nullable,
            "meaning": column.description,
        }
        for table, columns in described()
        for name, column in columns.items()
    ]


def gap_rows() -> Rows:
    """What no source offers, as the project declares it."""
    with files("warehouse").joinpath("reference", "gap.csv").open("rb") as handle:
        return pl.read_csv(handle, schema_overrides={"since": pl.Date}).to_dicts()


def tables() -> dict[str, Rows]:
    """The dictionary as rows of the books that hold it."""
    return {
        "meta.dataset": dataset_rows(),
        "meta.column": column_rows(),
        "meta.gap": gap_rows(),
    }


@cache
def fingerprint() -> str:
    """Identity of what the contracts declare and of what is said of it; it changes with either."""
    said = json.dumps(tables(), default=str, sort_keys=True)
    return hashlib.sha256((ddl.fingerprint() + said).encode()).hexdigest()[:16]


def markdown() -> str:
    """docs/dictionary.md: a test keeps the file equal to this."""
    lines = ["# Data dictionary", "", "Generated from the contracts by `make dictionary`.", ""]
    for schema, about in ddl.SCHEMAS.items():
        lines += [f"- `{schema}`: {about}."]
    lines += ["", "## Functions", "", *_functions()]
    for d in catalogue().values():
        lines += ["", f"## core.{d.name}", "", f"{ddl.meaning(d.contract)}", ""]
        lines += [
            f"Grain: {d.grain}. Known: {published(d.publication)}. Sources: {upstreams(d)}.",
            "",
        ]
        lines += list(_columns(ddl.columns_of(d)))
        lines += [f"- rule `{name}`: {says}" for name, says in rules(d.contract).items()]
    for name, contract in SYSTEM_TABLES.items():
        lines += ["", f"## {name}", "", ddl.meaning(contract), "", *_columns(contract.columns())]
    return "\n".join(lines) + "\n"


def _functions() -> Iterator[str]:
    """The functions of the file; those of the datasets, which all say the same, in one line."""
    yield "| function | gives |"
    yield "|---|---|"
    for macro in ddl.macros({}):
        yield f"| {macro.name}({macro.parameter}) | {macro.meaning} |"
    yield f"| core.…_asof(moment) | {ddl.KNOWN.format('…')} |"


def _columns(columns: Mapping[str, dy.Column]) -> Iterator[str]:
    yield "| column | type | unit | meaning |"
    yield "|---|---|---|---|"
    for name, column in columns.items():
        kind = ddl.TYPES[type(column.dtype)] + ("" if column.nullable else ", always there")
        yield f"| {name} | {kind} | {unit_of(column) or ''} | {column.description} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(markdown())
