"""docs/upstreams.md: every akshare function in use, and what its reading was held against.

Functions, datasets and columns come from the catalogue, what was checked by hand from
upstreams.toml beside this file: `make upstreams`.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flows.ingestion.fetch import akshare
from flows.workspace import packaged_calendar
from warehouse.catalog import Request, Source, catalogue
from warehouse.shanghai import SHANGHAI

ROOT = Path(__file__).parents[1]
PAGE, DATA = ROOT / "docs" / "upstreams.md", Path(__file__).with_suffix(".toml")
OWN_CALENDAR = "packaged_calendar"  # which comes with akshare and asks nobody
NEWEST = date(2026, 1, 13)
SPANS = (timedelta(0), timedelta(days=10), timedelta(days=500))
MOMENTS = (datetime(2026, 1, 13, 19, tzinfo=SHANGHAI), datetime(2026, 1, 14, 11, tzinfo=SHANGHAI))
SHARES = ("600519.SH", "689009.SH", "00700.HK")  # a share, a receipt, one of Hong Kong
BY_POSITION = re.compile(r"\.columns = \[")
BY_KEY = re.compile(r"\.rename\(")

HEAD = """# Upstreams

Which akshare functions are in use, by whom, and what shows that they are read rightly. Live hosts can
refuse, and a reader that was never held against an answer is a guess. So each function is in one of two
tables. `make upstreams` writes this page.

## Held against a recorded answer

A public project that ports akshare recorded what akshare really returned in August 2026: columns with
their types, the number of rows, the first five rows. These rows go through the reader and the contract
of each dataset that uses the function (`tests/warehouse/datasets/test_recorded_answers.py`), and the
simulated exchange answers in the same columns, types, empties, order and units
(`tests/flows/sandbox/test_recorded_shapes.py`). Where five rows cannot make a row of ours, the table
says why; a column that is missing would still fail.

| function | read by | rows | reader and contract |
|---|---|--:|---|
"""
MIDDLE = """
## Without a recorded answer

For these the columns that a reader needs were looked up in akshare's source and in the outputs that it
documents; `tests/test_upstreams.py` repeats that with the installed akshare. *By position* means that
akshare names columns by their place, so that a column more upstream shifts all of them: the reader then
needs a check of its own. *By key* means that a renamed field is a missing column. *As sent* are names
that the host itself sends.

| function | read by | columns | named | held against |
|---|---|--:|---|---|
"""


@dataclass
class Use:
    """Who asks for a function, and the columns that its readers need."""

    readers: dict[str, None] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    transcribed: bool = False  # read from the responses; akshare's columns are not used


@cache
def uses() -> dict[str, Use]:
    """Every akshare function that some source asks for, by name."""
    found: dict[str, Use] = {}
    for name, source, codes in _sources():
        for function in _functions(source, codes):
            use = found.setdefault(function, Use())
            use.readers[f"{name} ({source.name})"] = None
            use.transcribed |= source.transcript is not None
            use.columns |= set() if source.transcript else source.columns
    return dict(sorted(found.items()))


def _sources() -> Iterator[tuple[str, Source, tuple[str, ...]]]:
    for d in catalogue().values():
        for chain in d.chains:
            for source in chain.sources:
                if source.query is None:
                    yield d.name, source, tuple(chain.entities) or SHARES


def _functions(source: Source, codes: tuple[str, ...]) -> set[str]:
    """What a source asks for when a day, some days or two years are wanted, at once or later."""
    calendar, found = trading_days(), set()
    for days in _spans():
        for now in MOMENTS:
            found |= {c.function for c in source.calls(Request(days, now, codes, calendar))}
    return found - {OWN_CALENDAR}


@cache
def trading_days() -> tuple[date, ...]:
    """Those of the calendar that comes with akshare."""
    return tuple(packaged_calendar().to_list())


@cache
def _spans() -> list[tuple[date, ...]]:
    return [tuple(d for d in trading_days() if NEWEST - span <= d <= NEWEST) for span in SPANS]


@cache
def checked() -> Mapping[str, Mapping[str, Any]]:
    """What was checked by hand, by function."""
    return tomllib.loads(DATA.read_text("utf-8"))


def columns_of(use: Use, entry: Mapping[str, Any]) -> set[str]:
    """The columns that are read of a function: those declared, and those of its own reader."""
    return use.columns | set(entry.get("reads", ()))


def naming(function: str) -> str:
    """How akshare comes by the names of a function's columns."""
    source = inspect.getsource(inspect.unwrap(getattr(akshare(), function)))
    if BY_POSITION.search(source):
        return "by position"
    return "by key" if BY_KEY.search(source) else "as sent"


def markdown() -> str:
    """The page."""
    recorded, others = [], []
    for function, use in uses().items():
        entry = checked()[function]
        cell = f"`{function}`", ", ".join(use.readers)
        if "rows" in entry:
            recorded.append((*cell, f"{entry['rows']:,}", entry.get("skipped", "passes")))
        else:
            number = "–" if use.transcribed else str(len(columns_of(use, entry)))
            named = "responses" if use.transcribed else naming(function)
            others.append((*cell, number, named, entry["checked"]))
    tables = ("\n".join(f"| {' | '.join(row)} |" for row in rows) for rows in (recorded, others))
    return f"{HEAD}{next(tables)}\n{MIDDLE}{next(tables)}\n"


if __name__ == "__main__":
    PAGE.write_text(markdown(), "utf-8")
