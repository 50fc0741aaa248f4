"""What each source is asked: which functions, with which arguments, for which days and codes.

Upstreams answer for a day, a span of days, a month, or for all that they have; some know only the
session that is shown, or a few weeks. `make rules` writes tests/warehouse/calls.txt anew, where a
question was changed on purpose.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest

from flows.workspace import packaged_calendar
from warehouse.catalog import Call, Chain, Dataset, Request, Source, catalogue
from warehouse.shanghai import SHANGHAI

FILE = Path(__file__).with_name("calls.txt")
TODAY, LATER = date(2026, 1, 13), date(2026, 1, 14)  # thirty days before the later is a Monday
FEW = 4  # calls of a question that are written down: the first ones, and the last
SHARES = ("600519.SH", "000001.SZ", "920001.BJ")
CODES = {"ipo_hk": ("00100.HK", "02513.HK")}


@cache
def calendar() -> tuple[date, ...]:
    """The trading days of ten years."""
    return tuple(d for d in packaged_calendar() if date(2016, 1, 1) <= d < date(2026, 7, 1))


def days(first: date, last: date) -> tuple[date, ...]:
    return tuple(d for d in calendar() if first <= d <= last)


def wanted() -> dict[str, tuple[tuple[date, ...], datetime, bool]]:
    """Days, the moment of the question, and whether codes are named."""
    return {
        "an evening": ((TODAY,), datetime(2026, 1, 13, 19), True),
        "in the session": (days(date(2026, 1, 12), TODAY), datetime(2026, 1, 13, 14), True),
        "before dawn": (days(date(2026, 1, 9), TODAY), datetime(2026, 1, 14, 5), True),
        "a weekend": ((date(2026, 1, 16),), datetime(2026, 1, 17, 12), False),
        "two months": (days(date(2025, 11, 20), LATER), datetime(2026, 1, 14, 19), True),
        "a year": (days(date(2025, 1, 20), TODAY), datetime(2026, 1, 13, 19), True),
        "years": (days(date(2018, 12, 27), date(2025, 3, 4)), datetime(2026, 1, 13, 19), True),
    }


def codes_of(d: Dataset, chain: Chain) -> tuple[str, ...]:
    known = tuple(chain.entities)
    return tuple(dict.fromkeys((known[0], known[-1]))) if known else CODES.get(d.name, SHARES)


def asked(d: Dataset, chain: Chain, source: Source) -> Iterator[str]:
    place, told = f"{d.name} | {chain.part} | {source.name}", {}
    for when, (of, now, named) in wanted().items():
        codes = codes_of(d, chain) if named else ()
        calls = source.calls(Request(of, now.replace(tzinfo=SHANGHAI), codes, calendar()))
        told[when] = lines(calls, of)
    for when, said in told.items():
        yield from (f"{place} | {when} | {line}" for line in said or ["nothing"])


def lines(calls: Sequence[Call], of: tuple[date, ...]) -> list[str]:
    """The first calls and the last; how many there are where some are left out."""
    said = [line(call, of) for call in calls]
    left = len(said) - FEW
    return said if left <= 0 else [*said[: FEW - 1], f"and {left} more", said[-1]]


def line(call: Call, of: tuple[date, ...]) -> str:
    arguments = ", ".join(f"{k}={v}" for k, v in call.arguments.items())
    span = f"{call.days[0]} to {call.days[-1]} ({len(call.days)})" if call.days else "no day"
    label = f" {call.label}" if call.label else ""
    shared = " shared" if call.shared else ""
    return f"{call.function}({arguments}){label}{shared} for {'all' if call.days == of else span}"


def test_each_dataset_asks_something_and_no_other_does() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    asking = {d.name for d in catalogue().values() if d.chains}
    assert {line.partition(" |")[0] for line in lines} == asking


@pytest.mark.parametrize("name", catalogue())
def test_a_dataset_asks_what_was_read_last(name: str) -> None:
    d = catalogue()[name]
    found = [one for chain in d.chains for s in chain.sources for one in asked(d, chain, s)]
    if os.environ.get("WRITE_RULES"):
        old = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
        others = [line for line in old if not line.startswith(f"{name} |")]
        text = sorted([*others, *found], key=lambda line: line.partition(" |")[0])
        FILE.write_text("\n".join(text) + "\n", encoding="utf-8")

    written = FILE.read_text(encoding="utf-8").splitlines()
    assert found == [line for line in written if line.startswith(f"{name} |")]
