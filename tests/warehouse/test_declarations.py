"""What each dataset declares besides its contract: hours, cadences, chains and usual sizes.

They are facts about publishers and figures, each of which moves what is known when, what is asked
for, or what is believed. `make rules` writes tests/warehouse/declarations.txt anew, where one was
changed on purpose.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path

import polars as pl
import pytest

from warehouse.catalog import catalogue

DECLARATIONS = Path(__file__).with_name("declarations.txt")
ELSEWHERE = {"label", "grain", "contract"}  # in docs/dictionary.md and rules.csv
BY_BEHAVIOUR = {"query", "known", "listed", "collect", "backfill"}  # SQL, which tests run


def said(place: str, value: object) -> Iterator[str]:
    """The parts of a declaration that are not left at their defaults, a line each."""
    if is_dataclass(value):
        for one in fields(value):
            told = getattr(value, one.name)
            if one.name not in ELSEWHERE | BY_BEHAVIOUR and not defaulted(one, told):
                yield from said(f"{place}.{one.name}", told)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from said(f"{place}[{name}]", one)
    elif isinstance(value, tuple) and any(map(is_dataclass, value)):
        for number, one in enumerate(value, start=1):
            yield from said(f"{place}.{number}", one)
    elif isinstance(value, frozenset):
        yield f"{place}: {' '.join(sorted(value))}"
    elif callable(value):
        yield f"{place}: {value.__name__}"
    else:
        yield f"{place}: {' '.join(str(value).split())}"


def defaulted(one: Field, told: object) -> bool:
    made = one.default_factory() if one.default_factory is not MISSING else one.default
    if isinstance(told, pl.Expr):
        return isinstance(made, pl.Expr) and told.meta.eq(made)
    return not isinstance(made, pl.Expr) and told == made


@pytest.mark.parametrize("name", catalogue())
def test_a_dataset_declares_what_was_read_last(name: str) -> None:
    found = list(said(name, catalogue()[name]))
    if os.environ.get("WRITE_RULES"):
        lines = DECLARATIONS.read_text(encoding="utf-8").splitlines()
        told = [line for line in lines if not line.startswith(f"{name}.")]
        DECLARATIONS.write_text("\n".join(sorted([*told, *found])) + "\n", encoding="utf-8")

    lines = DECLARATIONS.read_text(encoding="utf-8").splitlines()
    assert sorted(found) == [line for line in lines if line.startswith(f"{name}.")]
