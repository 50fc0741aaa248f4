"""What has changed of the numbers that the last issue printed, in no language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from transforms.issue.issue import Issue
from transforms.issue.restatements import Field

SHOWN = 24  # rows; what was printed and changed comes first
ORDER = (Field.VALUE, Field.RECORD, Field.SINCE, Field.WITHDRAWN, Field.CAME)

Row = Mapping[str, Any]  # of RESTATEMENTS


@dataclass(frozen=True)
class Restated:
    """The comparison with the last issue.

    day: of that issue, None where there is none to compare with; compared: how many numbers;
    changed: how many of them print otherwise now; came: how many series have a value that was
    missing then; rows: those that are shown; more: how many are not.
    """

    day: date | None
    compared: int
    changed: int
    came: int
    rows: tuple[Row, ...]
    more: int


def restated(issue: Issue) -> Restated:
    """What the page says of the restatements of an issue."""
    found, last = issue.restatements, issue.compared
    came = found.filter(field=Field.CAME.value).height
    places = {field.value: place for place, field in enumerate(ORDER)}
    place = pl.col("field").replace_strict(places, return_dtype=pl.Int64)
    ordered = found.sort(place, "metric", "entity", "observation_date")
    return Restated(
        day=last.as_of if last else found["printed_as_of"].max(),  # type: ignore[arg-type]
        compared=last.numbers if last else 0,
        changed=found.filter(pl.col("field") != Field.CAME.value)["fact_id"].n_unique(),
        came=came,
        rows=tuple(ordered.head(SHOWN).iter_rows(named=True)),
        more=max(found.height - SHOWN, 0),
    )
