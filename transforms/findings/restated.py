"""Printed figures that have changed since, as findings: one of each series, a record before all.

The rest stands in mart.restatement. What came late has no figure before it, and is no finding.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from transforms.findings.finding import Finding, Number
from transforms.findings.rarity import Rarity

RECORD = "#record"  # behind the metric where the record is told, not the figure of a day
NOTABLE = 1.0  # the surprise of a move that one in ten is as large as: of a record that has moved


def restated(rows: pl.DataFrame) -> Iterator[Finding]:
    """The findings of kind `restated`, by entity.

    rows: RESTATEMENTS (transforms.issue.restatements). Of an entity the record that has moved is
    told, else the figure that has changed most, as a share of what was printed. Terms: what, the
    metric, with #record behind it where its record is told; why, as in the row.
    """
    told = rows.filter(
        pl.col("field").is_in(["value", "record"]), pl.col("value", "before").is_not_null()
    )
    change = ((pl.col("value") - pl.col("before")) / pl.col("before")).abs()
    ordered = told.sort(
        pl.col("field") == "record", change.fill_nan(0.0), "metric", descending=[True, True, False]
    )
    for row in ordered.unique("entity", keep="first", maintain_order=True).iter_rows(named=True):
        record = row["field"] == "record"
        numbers = {
            role: Number(row[role], row["unit"], row[f"{role}_day"], row["known_at"])
            for role in ("value", "before")
        }
        yield Finding(
            kind="restated",
            entity=row["entity"],
            block="data",
            rarity=Rarity(None, 0.0, None, record=False, first=row["value_day"], observations=1),
            surprise=NOTABLE if record else 0.0,
            numbers=numbers,
            terms={"what": row["metric"] + RECORD * record, "why": row["why"]},
        )
