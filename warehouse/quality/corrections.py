"""Known upstream errors, kept as data in corrections.toml and applied before validation."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Correction:
    """Rows that an upstream publishes wrongly, and what we do about it until it expires."""

    dataset: str
    key: dict[str, list[Any]]
    action: str
    expect: str
    reason: str
    expires: date

    def matches(self, calendar: pl.Series) -> pl.Expr:
        """Rows of this key that are still wrong in the way that was registered."""
        still_wrong = {
            "not a trading day": ~pl.col("trade_date").is_in(calendar.implode()),
            "no close": pl.col("close").is_null(),
        }[self.expect]
        keys = [pl.col(c).is_in(v) for c, v in self.key.items()]
        return pl.all_horizontal(*keys, still_wrong)


@cache
def corrections() -> tuple[Correction, ...]:
    """All corrections of the project."""
    text = files("warehouse").joinpath("corrections.toml").read_text(encoding="utf-8")
    return tuple(Correction(**entry) for entry in tomllib.loads(text).get("correction", []))


def corrected(
    dataset: str, rows: pl.DataFrame, calendar: pl.Series, today: date
) -> tuple[pl.DataFrame, int]:
    """The rows without those that a correction in force drops, and how many were dropped."""
    kept = rows
    for correction in corrections():
        if correction.dataset == dataset and today < correction.expires:
            kept = kept.filter(~correction.matches(calendar))
    return kept, rows.height - kept.height
