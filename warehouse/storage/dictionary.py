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
from warehouse.readers.code_changes import code_changes
from warehouse.severity import Severity, doubted, of_column, of_rule
from warehouse.storage import ddl
from warehouse.tables import SYSTEM_TABLES

Rows = list[dict[str, Any]]
IF_BROKEN = (
    "## If a rule is broken",
    "",
    "Answers of upstreams, lists, events and imported files are judged alike. A field that breaks a",
    "rule becomes `null`, and its row is loaded without it, where the contract lets it be absent and it",
    "neither identifies nor dates the row. Otherwise the `row` is set aside. The whole `answer` is",
    "refused if many of its rows are not identified or dated, or if so much of it is set aside that its",
    "format must have changed: [operating.md](operating.md) has the limits. A rule over several columns",
    "doubts all of them and costs what the most precious one does. `raw.rejected` has each field and",
    "each row with the rule, `meta.column.if_broken` the costs of a column.",
)


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


def costs(d: Dataset) -> dict[str, str]:
    """What it costs if a column of a dataset breaks a rule."""
    return {c: of_column(d, c).value for c in d.contract.column_names()}


def column_rows() -> Rows:
    known = {f"core.{d.name}": costs(d) for d in catalogue().values()}
    return [
        {
            "table_name": table,
            "column_name": name,
            "type": ddl.TYPES[type(column.dtype)],
            "unit": unit_of(column),
            "nullable": column.nullable,
            "if_broken": known.get(table, {}).get(name),
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
    """The dictionary as rows of the system tables that hold it."""
    return {
        "meta.dataset": dataset_rows(),
        "meta.column": column_rows(),
        "meta.gap": gap_rows(),
    }


@cache
def fingerprint() -> str:
    """Identity of what the contracts declare, of what is said of it, and of the codes that changed:
    a file that was declared with another is declared anew, and its rows go under today's codes.
    """
    said = json.dumps([tables(), code_changes()], default=str, sort_keys=True)
    return hashlib.sha256((ddl.fingerprint() + said).encode()).hexdigest()[:16]


def markdown() -> str:
    """docs/dictionary.md: a test keeps the file equal to this."""
    lines = ["# Data dictionary", "", "Generated from the contracts by `make dictionary`.", ""]
    for schema, about in ddl.SCHEMAS.items():
        lines += [f"- `{schema}`: {about}."]
    lines += ["", "## Functions", "", *_functions(), "", *IF_BROKEN]
    for d in catalogue().values():
        lines += ["", f"## core.{d.name}", "", f"{ddl.meaning(d.contract)}", ""]
        lines += [
            f"Grain: {d.grain}. Known: {published(d.publication)}. Sources: {upstreams(d)}.",
            "",
        ]
        if d.exported_days:
            days = f"A file that is exported from a lake has the newest {d.exported_days} days"
            lines += [f"{days}; older rows are in the lake only.", ""]
        lines += list(_columns(ddl.columns_of(d), costs(d)))
        lines += [
            f"- rule `{name}` ({_cost_of_rule(d, name)}): {says}"
            for name, says in rules(d.contract).items()
        ]
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


def _cost_of_rule(d: Dataset, rule: str) -> str:
    """What it costs to break a rule of the contract; of a field, which ones."""
    cost = of_rule(d, rule)
    return f"{cost}: {', '.join(doubted(d, rule))}" if cost is Severity.FIELD else cost


def _columns(
    columns: Mapping[str, dy.Column], costs: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The table of columns; of a dataset with what it costs if they break a rule."""
    yield "| column | type | unit |" + (" if it breaks a rule |" if costs else "") + " meaning |"
    yield "|---|---|---|---|" + ("---|" if costs else "")
    for name, column in columns.items():
        kind = ddl.TYPES[type(column.dtype)] + ("" if column.nullable else ", always there")
        cost = f" {costs.get(name, '')} |" if costs else ""
        yield f"| {name} | {kind} | {unit_of(column) or ''} |{cost} {column.description} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(markdown())
