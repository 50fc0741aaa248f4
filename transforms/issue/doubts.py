"""Data in doubt: days that are incomplete, share prices that are adjusted.

Named in data health, and kept in meta.doubt, beside what is missing (transforms.issue.missing).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from transforms.prepared.whole_days import partial_days
from warehouse.catalog import cutoff
from warehouse.quality.traded import adjusted

DOUBTS = pl.Schema(
    {
        "dataset": pl.String(),
        "kind": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "there": pl.Int64(),
        "usual": pl.Int64(),
        "reason": pl.String(),
    }
)
# The lists that have a row per day and code, and what is said of a day that lacks some.
LISTS = {
    "stock_daily": "{there} of {usual} shares: the day is not whole and counts in no breadth",
    "margin_security": "{there} of {usual} securities: the day is not whole and counts in no breadth",
}
NOT_AS_TRADED = (
    "price limits of these days are not told, and abnormal fluctuations are counted from adjusted "
    "returns"
)


class Doubt(StrEnum):
    """What kind of doubt it is."""

    PARTIAL = "partial day"
    ADJUSTED = "adjusted prices"


def doubts(frames: Mapping[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """One row for each partial day of a list and each span of adjusted prices: columns DOUBTS.

    there and usual: codes on a partial day and on the fullest of those before; closes that are no
    whole cents, and all closes. From rows known and dated by the day, whatever the caller has cut.
    """
    lines: list[dict[str, Any]] = []
    for name, said in LISTS.items():
        rows = frames.get(name)
        if rows is not None and (known := _known(rows, as_of)).height:
            lines += _partial(name, said, known)
            lines += _adjusted(known) if name == "stock_daily" else []
    return pl.DataFrame(lines, schema=DOUBTS, orient="row").sort("dataset", "kind", "first_day")


def _known(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    known = pl.col("trade_date") <= as_of
    if "known_at" in rows.columns:
        known &= pl.col("known_at") <= cutoff(as_of)
    return rows if rows.select(known.all()).item() else rows.filter(known)


def _partial(name: str, said: str, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for day, codes, usual in partial_days(rows).iter_rows():
        yield {
            "dataset": name,
            "kind": Doubt.PARTIAL,
            "first_day": day,
            "last_day": day,
            "there": codes,
            "usual": usual,
            "reason": said.format(there=f"{codes:,}", usual=f"{usual:,}"),
        }


def _adjusted(rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    if found := adjusted(rows):
        yield {
            "dataset": "stock_daily",
            "kind": Doubt.ADJUSTED,
            "first_day": found.first,
            "last_day": found.last,
            "there": found.off_cent,
            "usual": found.closes,
            "reason": f"{found}; {NOT_AS_TRADED}",
        }
