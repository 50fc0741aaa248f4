"""Small answers of upstreams, written as tables, and the rows that readers make of them.

What was read last stands in answers.txt beside this file; `make rules` writes it anew, where a
reader was changed on purpose.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from warehouse.catalog import Call
from warehouse.errors import BriefingError, NotAnswered, NothingYet, UnknownFormat

FILE = Path(__file__).with_name("answers.txt")
MONDAY, TUESDAY = date(2026, 1, 12), date(2026, 1, 13)
ABSENT = "∅"
REFUSED = (BriefingError, NotAnswered, NothingYet, UnknownFormat)
Case = tuple[Callable[..., pl.DataFrame], *tuple[object, ...]]


def table(text: str) -> pl.DataFrame:
    """An answer of texts: a line of headings and a line for each row; _ is a blank, ∅ is null."""
    head, *lines = [line.split() for line in text.strip().splitlines()]
    rows = [[None if c == ABSENT else c.replace("_", " ") for c in line] for line in lines]
    return pl.DataFrame(rows, schema=dict.fromkeys(head, pl.String), orient="row")


def one(**cells: object) -> pl.DataFrame:
    """An answer of one row."""
    return pl.DataFrame({name: [value] for name, value in cells.items()})


def call(function: str = "", label: str = "", *days: date, **arguments: str) -> Call:
    """A call for Monday and Tuesday, if no other days are named."""
    return Call(function, arguments, days or (MONDAY, TUESDAY), label)


def told(case: Case) -> list[str]:
    """The rows of a case, below their columns; or the kind of its error."""
    function, *given = case
    try:
        rows = function(*given)
    except (*REFUSED, pl.exceptions.PolarsError) as error:
        said = f"{type(error).__name__}: {error}" if isinstance(error, REFUSED) else "unreadable"
        return [said.partition("\n")[0]]
    return [" | ".join(rows.columns), *(" | ".join(map(written, row)) for row in rows.iter_rows())]


def written(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    return ABSENT if value is None else str(value)


def read_last(name: str, case: Case) -> tuple[list[str], list[str]]:
    """What is read now, and what was read last."""
    now, text = told(case), FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    blocks = dict(block.split("\n", 1) for block in text.strip().split("\n\n") if block)
    if os.environ.get("WRITE_RULES"):
        blocks[f"[{name}]"] = "\n".join(now)
        parts = [f"{name}\n{rows}" for name, rows in sorted(blocks.items())]
        FILE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return now, blocks.get(f"[{name}]", "").splitlines()
