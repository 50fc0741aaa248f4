"""What the issue stands on: inputs, second sources, doubts, and what is missing; in no language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

import polars as pl

from transforms.axes.composite import AXES
from transforms.engine.metric import lineage
from transforms.issue.doubts import Doubt
from transforms.issue.issue import Issue
from transforms.issue.missing import Kind
from transforms.issue.reconciliation import RECONCILIATIONS
from warehouse.catalog import Dataset, catalogue
from warehouse.contract import rules, schema
from warehouse.severity import doubted as columns_doubted
from warehouse.severity import subject
from warehouse.shanghai import AHEAD_OF_UTC

NAMED = 3  # of each reason, day or doubt, how many are named; the others are counted
GROUPS = 12  # reasons that are given
SOON = 5  # days on which readings will speak that are named
SUBSTITUTES = 6  # texts with substitutes that are named
LATE, MISSING = "late", "missing"
BLOCK = "block_score"
SHARES = "stock_daily"
REASONS = {
    Kind.NO_ROWS: "no rows",
    Kind.ENDED: "newest rows too old",
    Kind.NO_VALUE: "Inputs are there and give no value",
    Kind.SHORT: "History too short for a score",
    Kind.ADJUSTED: "Prices are adjusted, not as traded",
}


class Fault(StrEnum):
    """What kind of fault a rule of a dataset finds; FORMER: of a rule that stands no more."""

    DAY = "A day that cannot be"
    FIGURE = "A figure that is not plausible"
    FIGURES = "Figures that contradict each other"
    TEXT = "A text or code that does not fit"
    FORMER = "A rule that no longer stands"


@dataclass(frozen=True)
class Input:
    """One dataset: how far it reaches, how far it is due, when it was fetched, and from where.

    sources: as the warehouse has them, "" where nothing was ever received.
    """

    dataset: str
    newest: date | None
    expected: date | None
    fetched: date | None
    sources: str
    state: str


@dataclass(frozen=True)
class Inputs:
    """The inputs that a figure of the issue reads, and how many others there are."""

    late: tuple[Input, ...]
    missing: tuple[Input, ...]
    on_time: tuple[Input, ...]
    others: int
    others_late: int
    others_missing: int

    @property
    def read(self) -> int:
        """How many are read."""
        return len(self.late) + len(self.missing) + len(self.on_time)


@dataclass(frozen=True)
class Pair:
    """A series and its second source over a month.

    days: how many figures were compared; outside: how many differed by more than is allowed; worst:
    the row of the largest difference; apart: the entities that differ on their newest day.
    """

    series: str
    days: int
    outside: int
    worst: dict[str, Any]
    apart: tuple[str, ...]


@dataclass(frozen=True)
class Silent:
    """One reason why metrics have no value, and which. dataset: where it decides alone, else ""."""

    kind: Kind
    dataset: str
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Speaking:
    """A day from which readings will speak: metric and entity of each."""

    day: date
    readings: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Doubted:
    """What is in doubt about a dataset: days that are not whole, newest first (day, there, usual),
    and from when to when its prices are adjusted.
    """

    dataset: str
    partial: tuple[tuple[date, int, int], ...]
    adjusted: tuple[date, date] | None


def inputs(issue: Issue) -> Inputs:
    """The datasets of the warehouse by where they stand, each group by name."""
    found = [
        _input(row) for row in issue.health.filter("read").sort("dataset").iter_rows(named=True)
    ]
    rest = issue.health.filter(~pl.col("read"))["state"]
    return Inputs(
        late=tuple(one for one in found if one.state == LATE),
        missing=tuple(one for one in found if one.state == MISSING),
        on_time=tuple(one for one in found if one.state not in {LATE, MISSING}),
        others=rest.len(),
        others_late=int((rest == LATE).sum()),
        others_missing=int((rest == MISSING).sum()),
    )


def _input(row: dict[str, Any]) -> Input:
    fetched: datetime | None = row["fetched_at"]
    return Input(
        row["dataset"],
        row["newest_observation"],
        row["expected_observation"],
        (fetched + AHEAD_OF_UTC).date() if fetched else None,
        row["sources"] or "",
        row["state"],
    )


def pairs(issue: Issue) -> tuple[Pair, ...]:
    """The comparisons of the month, a series each, in the order in which they are declared."""
    found = issue.discrepancies
    order = [one.series for one in RECONCILIATIONS]
    return tuple(_pair(name, rows) for name in order if (rows := found.filter(series=name)).height)


def _pair(series: str, rows: pl.DataFrame) -> Pair:
    size = pl.col("difference").abs()
    worst = rows.sort(size, "observation_date", "entity", descending=[True, True, False])
    newest = rows.filter(
        pl.col("observation_date") == pl.col("observation_date").max().over("entity")
    )
    return Pair(
        series,
        rows.height,
        rows.filter(~pl.col("agrees")).height,
        worst.row(0, named=True),
        tuple(newest.filter(~pl.col("agrees"))["entity"].sort()),
    )


def printed(metric: str) -> bool:
    """Whether a page may print a metric: none does what follows from a partitioned dataset."""
    known = catalogue()
    return not any(name in known and known[name].partitioned for name in lineage(metric))


def _absent(issue: Issue) -> pl.DataFrame:
    """What has no value, of what a page may print."""
    names = [name for name in issue.absent["metric"].unique() if printed(name)]
    return issue.absent.filter(pl.col("metric").is_in(names))


def unprinted(issue: Issue) -> int:
    """How many metrics have no value that no page prints: they are counted, never named."""
    return issue.absent["metric"].n_unique() - _absent(issue)["metric"].n_unique()


def silent(issue: Issue) -> tuple[Silent, ...]:
    """Why metrics have no value, the reason of most first."""
    decides = pl.col("kind").is_in([Kind.NO_ROWS.value, Kind.ENDED.value])
    rows = (
        _absent(issue)
        .with_columns(missing=pl.when(decides).then("missing").otherwise(pl.lit("")))
        .group_by("kind", "missing")
        .agg(metrics=pl.col("metric").unique().sort())
        .sort(pl.col("metrics").list.len(), "missing", "kind", descending=[True, False, False])
    )
    return tuple(Silent(Kind(kind), name, tuple(some)) for kind, name, some in rows.iter_rows())


def speaking(issue: Issue) -> tuple[Speaking, ...]:
    """What is a matter of time, by the day on which it will speak, the next one first."""
    axes = pl.col("metric").is_in(list(AXES.values()))
    rows = (
        _absent(issue)
        .filter(pl.col("speaks_on").is_not_null())
        .sort("speaks_on", axes.not_(), "metric", "entity")
    )
    return tuple(
        Speaking(cast("date", day), tuple(dict.fromkeys(some.select("metric", "entity").rows())))
        for (day,), some in rows.group_by("speaks_on", maintain_order=True)
    )


def doubted(issue: Issue) -> tuple[Doubted, ...]:
    """One for each dataset of which something is in doubt."""
    found = []
    for (name,), rows in issue.doubted.group_by("dataset", maintain_order=True):
        days = rows.filter(kind=Doubt.PARTIAL.value).sort("first_day", descending=True)
        spans = rows.filter(kind=Doubt.ADJUSTED.value).select("first_day", "last_day").rows()
        partial = tuple(days.select("first_day", "there", "usual").iter_rows())
        found.append(Doubted(str(name), partial, spans[0] if spans else None))
    return tuple(found)


def fault(dataset: Dataset, rule: str) -> Fault:
    """What kind of fault a rule finds, by the columns that it doubts."""
    if rule not in rules(dataset.contract):
        return Fault.FORMER
    types, named = schema(dataset.contract), subject(dataset, rule)
    read = columns_doubted(dataset, rule)
    if types.get(named) == pl.Date or any(types[column] == pl.Date for column in read):
        return Fault.DAY
    numbers = [column for column in read if types[column].is_numeric()]
    if not numbers:
        return Fault.TEXT
    return Fault.FIGURE if len(numbers) == 1 else Fault.FIGURES


def counts_survivors(issue: Issue) -> bool:
    """Whether shares are counted at all, of which the first list names the living only."""
    return not issue.health.filter(dataset=SHARES).filter(pl.col("rows") > 0).is_empty()
