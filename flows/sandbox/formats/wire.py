"""What endpoints answer: rows, and how the upstream writes them down.

Keeping the two apart lets one fault (half of the rows, a renamed column, …) strike every format.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from flows.sandbox.formats import klc, xlsx

Row = dict[str, Any]
Query = Mapping[str, str]
Encode = Callable[[list[Row]], bytes]

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
SCRIPT = "application/javascript; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Answer:
    """Rows and their encoder. No rows encode to what the upstream says when it has nothing.

    `packed`: the format holds numbers only and has no names, so that nothing can be renamed, added
    or replaced by a dash. `cookies` are names that the answer sets.
    """

    rows: list[Row]
    encode: Encode
    content_type: str = JSON
    packed: bool = False
    status: int = 200
    cookies: tuple[str, ...] = ()


def to_json(value: object) -> bytes:
    """Compact JSON in UTF-8; days are written 2026-01-13."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=date.isoformat)
    return text.encode()


def json_answer(rows: list[Row], wrap: Callable[[list[Row]], object] = lambda rows: rows) -> Answer:
    """Rows inside the upstream's JSON envelope."""
    return Answer(rows, lambda rows: to_json(wrap(rows)))


def text_answer(rows: list[Row], write: Callable[[list[Row]], str]) -> Answer:
    """Rows as a script or JSONP text."""
    return Answer(rows, lambda rows: write(rows).encode(), SCRIPT)


def workbook_answer(rows: list[Row], columns: Sequence[str]) -> Answer:
    """Rows as the only sheet of a workbook; the header is there even without rows."""
    return Answer(rows, lambda rows: _workbook(rows, columns), XLSX)


def klc_answer(name: str, bars: pl.DataFrame, pack: Callable[[klc.Bars], str]) -> Answer:
    """Bars packed by `pack` into Sina's `var name="…";`; no bars: an empty page.

    `bars` has trade_date, open, high, low, close, volume and, for stocks, amount.
    """

    def write(rows: list[Row]) -> str:
        return f'var {name}="{pack(_bars(rows))}";' if rows else ""

    return replace(text_answer(bars.to_dicts(), write), packed=True)


def page(rows: list[Row], number: int, size: int) -> list[Row]:
    """Page `number` (from 1) of `size` rows."""
    return rows[(number - 1) * size : number * size]


def day_of(text: str) -> date:
    """A day written 20260113 or 2026-01-13."""
    return date.fromisoformat(text)


def _bars(rows: list[Row]) -> klc.Bars:
    columns = list(rows[0])[1:]
    days = np.array([row["trade_date"] for row in rows], dtype="datetime64[D]")
    values = [np.array([row[c] for row in rows], dtype=np.float64) for c in columns]
    return klc.Bars(days, *values)


def _workbook(rows: list[Row], columns: Sequence[str]) -> bytes:
    header = list(rows[0]) if rows else columns
    return xlsx.workbook([header, *(list(row.values()) for row in rows)])
