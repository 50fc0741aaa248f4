"""A finding: one typed statement about the week, with its numbers and how rare it is.

What is said is decided here, in no language; a sentence per language says it (templates).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.findings.rarity import Days, Rarity, Values
from warehouse.catalog import cutoff

Moments = npt.NDArray[np.datetime64]

NOTABLE, RARE = 90.0, 97.5  # percentiles: told with its rank, told with its record
LONG_AGO_DAYS = 365  # «most since» is worth a clause when the last as large is over a year ago


class Strength(StrEnum):
    """How a finding is told: as it is, with its percentile, or with what it is the most since."""

    ORDINARY = "ordinary"
    NOTABLE = "notable"
    RARE = "rare"


@dataclass(frozen=True)
class Number:
    """One number of a finding: its value and unit, the day it is of, and when it became known.

    known_at: naive UTC. base: the day that a change is measured from.
    """

    value: float
    unit: str
    day: date
    known_at: datetime
    base: date | None = None


@dataclass(frozen=True)
class Finding:
    """A statement of one kind about one entity.

    - kind: which sentence tells it; entity: whom it is about, as metrics name it
    - block: the dimension of the thesis that it belongs to; a headline takes two different ones
    - rarity: of the number that it is ranked by
    - surprise: what it is ranked by; that of its rarity where nothing else is said
    - numbers: what it may print, by the role in the sentence
    - terms: names and codes that it may print, by role: a share, a theme, a state
    - told_at: when what is no number became known (naive UTC); None where numbers are all of it
    """

    kind: str
    entity: str
    block: str
    rarity: Rarity
    surprise: float
    numbers: Mapping[str, Number]
    terms: Mapping[str, str] = field(default_factory=dict)
    told_at: datetime | None = None

    @property
    def known_at(self) -> datetime:
        """When all of it was known (naive UTC)."""
        moments = [number.known_at for number in self.numbers.values()]
        return max([*moments, self.told_at] if self.told_at else moments)

    @property
    def strength(self) -> Strength:
        """How it is told."""
        rarity = self.rarity
        if rarity.q is None:
            return Strength.ORDINARY
        last = max((number.day for number in self.numbers.values()), default=None)
        since = rarity.since
        long_ago = bool(last and since and (last - since).days > LONG_AGO_DAYS)
        if rarity.record or rarity.q >= RARE or long_ago:
            return Strength.RARE
        return Strength.NOTABLE if rarity.q >= NOTABLE else Strength.ORDINARY


@dataclass(frozen=True)
class History:
    """One metric of one entity, oldest first.

    days: datetime64[D]; known: when each value was known, datetime64[us], naive UTC; counts: how
    many members each value is of, NaN where none are counted.
    """

    days: Days
    values: Values
    known: Moments
    counts: Values

    def __len__(self) -> int:
        return len(self.days)

    def day(self, place: int) -> date:
        return cast("date", self.days[place].item())

    def known_at(self, place: int) -> datetime:
        return cast("datetime", self.known[place].item())

    def place(self, day: date) -> int | None:
        """Where a day stands; None where it has no value."""
        after = self.after(day)
        return after - 1 if after and self.day(after - 1) == day else None

    def after(self, day: date) -> int:
        """How many observations there are up to a day."""
        return int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right"))

    def until(self, day: date) -> History:
        """The observations up to a day."""
        end = self.after(day)
        return History(self.days[:end], self.values[:end], self.known[:end], self.counts[:end])


class Histories:
    """The metrics of an evaluation by series: what findings are found in."""

    def __init__(self, metric_frame: pl.DataFrame, wanted: Iterable[str], last: date) -> None:
        """metric_frame: METRIC_FRAME as known at the end of its day; wanted: the metrics read.

        last: the last session that is told about; nothing after it counts.
        """
        names = ["metric", "entity", "observation_date", "value", "known_at"]
        rows = metric_frame.filter(
            pl.col("metric").is_in(list(wanted)),
            pl.col("value").is_finite(),
            pl.col("observation_date") <= last,
        ).select(*names, pl.col("n").cast(pl.Float64))
        parts = rows.partition_by("metric", "entity", as_dict=True, include_key=False)
        self.series = {
            (str(metric), str(entity)): _history(part) for (metric, entity), part in parts.items()
        }

    def of(self, metric: str, entity: str) -> History | None:
        """A series; None where there is none."""
        return self.series.get((metric, entity))

    def known(self, day: date) -> Histories:
        """The same series as they were known at the end of a day."""
        earlier = copy(self)
        earlier.series = {key: _known(one.until(day), day) for key, one in self.series.items()}
        return earlier

    def entities(self, metric: str) -> list[str]:
        """The entities that a metric has a series of."""
        return [entity for name, entity in self.series if name == metric]


def _known(history: History, day: date) -> History:
    there = history.known <= np.datetime64(cutoff(day))
    if there.all():
        return history
    return History(*(part[there] for part in vars(history).values()))


def _history(rows: pl.DataFrame) -> History:
    """The rows of one series as its history."""
    day = rows["observation_date"]
    ordered = rows if day.is_sorted() else rows.sort("observation_date")
    return History(
        ordered["observation_date"].to_numpy(),
        ordered["value"].to_numpy(),
        ordered["known_at"].cast(pl.Datetime("us")).to_numpy(),
        ordered["n"].to_numpy(),
    )
