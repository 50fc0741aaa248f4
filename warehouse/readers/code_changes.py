"""Shares whose code changed: the code of today stands for all of their history.

Beijing's shares that were listed before 2024-04-22 bore codes of the board that they came from
(43…, 83…, 87…). Six of them got codes of Beijing's own range on 2025-05-06, all others on
2025-10-09: 920 and the last three digits, where the fourth moves on until no other share has the
code. In Shenzhen single shares changed theirs. Upstreams write a day of before with the code of
that day, with the code of today, or with either.

`warehouse/reference/code_change.csv` has them; Beijing's are the exchange's own table, taken from a
public copy of it, and its rule explains each line. A code that is not there, such as that of a
share which left before the move, stays as it was sent: no code is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import polars as pl

FILE = "code_change.csv"


@cache
def code_changes() -> Mapping[str, str]:
    """Each old code with the one that took its place, both with their suffix."""
    with files("warehouse").joinpath("reference", FILE).open("rb") as handle:
        return dict(pl.read_csv(handle, infer_schema=False).select("old_code", "code").iter_rows())


def today(code: pl.Expr) -> pl.Expr:
    """Codes with suffix in the form of today; those that never changed as they are."""
    return code.replace(code_changes())
