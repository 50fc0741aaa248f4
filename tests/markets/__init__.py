"""A small drawn market in which every metric has values: one module per family of datasets.

Each module says `frames(chance, days)`, the datasets by name, and MONEY, their columns of money.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
from collections.abc import Iterator
from datetime import date, timedelta
from types import ModuleType

import polars as pl

LAST = date(2026, 1, 13)
SESSIONS = 960  # the common factor of heat needs two years of scores, which need two of values


def trading_days() -> list[date]:
    """The weekdays up to LAST that are no holidays."""
    days = (LAST - timedelta(days=back) for back in range(2 * SESSIONS))
    return sorted([day for day in days if day.isoweekday() < 6 and not holiday(day)][:SESSIONS])


def holiday(day: date) -> bool:
    """New Year, a week in February, two days in May, and the first week of October."""
    spring, autumn = (2, 10) <= (day.month, day.day) <= (2, 16), day.month == 10 and day.day <= 8
    return spring or autumn or (day.month, day.day) in {(1, 1), (5, 1), (5, 2)}


def families() -> Iterator[ModuleType]:
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        if not module.name.endswith(".drawing"):
            yield importlib.import_module(module.name)


def market(seed: int) -> dict[str, pl.DataFrame]:
    """All datasets of a seed; a family's numbers depend on no other family."""
    days = trading_days()
    frames: dict[str, pl.DataFrame] = {}
    for family in families():
        found = family.frames(random.Random(f"{family.__name__} {seed}"), days)
        twice = frames.keys() & found.keys()
        assert not twice, f"{family.__name__} draws {twice}, which another family draws"
        frames |= found
    return frames


def columns_of_money() -> dict[str, list[str]]:
    """The columns of money of each dataset."""
    return {name: columns for one in families() for name, columns in one.MONEY.items()}
