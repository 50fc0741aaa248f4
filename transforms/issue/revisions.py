"""What a revision of an issue changes of what the revision before it printed, and why.

An issue prints what was known at its cut-off, and keeps doing so. What a source restates later of
what was printed is told beside it, as a correction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from transforms.engine.metric import lineage, metrics
from transforms.facts import Fact, FactBook
from transforms.formulas.printed_value import same_print
from transforms.issue.restatements import KEY, Why

CORRECTIONS = pl.Schema(
    {
        "fact_id": pl.String(),
        "metric": pl.String(),
        "entity": pl.String(),
        "observation_date": pl.Date(),
        "unit": pl.String(),
        "before": pl.Float64(),
        "value": pl.Float64(),
        "sources": pl.String(),
        "fetched_at": pl.Datetime("us"),
    }
)
PARTED_BY = "; "  # one source from the next


@dataclass(frozen=True)
class Restated:
    """A printed fact, and what it would be from the rows as their source has restated them.

    sources: who restated them; fetched_at: naive UTC.
    """

    fact: Fact
    value: float
    sources: tuple[str, ...]
    fetched_at: datetime

    @property
    def now(self) -> Fact:
        """The fact with the value of now; nothing is known of its rank."""
        return replace(self.fact, value=self.value)

    @property
    def undone(self) -> bool:
        """Whether a later restatement has brought back what was printed."""
        return same_print(self.fact.value, self.value, self.fact.unit, self.fact.metric)


@dataclass(frozen=True)
class Change:
    """A fact that an edition printed and that prints otherwise now; now: None if it is gone."""

    before: Fact
    now: Fact | None
    why: Why


@dataclass(frozen=True)
class Replaced:
    """The edition that a revision stands for.

    - revision: of the new edition; before: of the one that it replaces
    - printed_on: the day in Beijing on which that one was made
    - changes: what a reader of it saw and what is different now; those of metrics come first
    """

    revision: int
    before: int
    printed_on: date
    changes: tuple[Change, ...]


def changes(printed: pl.DataFrame, book: FactBook, series: pl.DataFrame) -> tuple[Change, ...]:
    """What prints otherwise than before.

    printed: rows of mart.printed of one edition; book: the facts now; series: METRIC_FRAME, which
    knows the version of each metric. A fact whose newest input is later than it was follows from a
    value that has come or was restated since; one with the same inputs was corrected by us.
    """
    known = series.join(printed, on=KEY, how="semi").select(*KEY, "metric_version")
    versions = {tuple(row[:3]): row[3] for row in known.iter_rows()}
    found = []
    for text, version in printed.sort("fact_id").select("fact", "metric_version").iter_rows():
        before = Fact.from_dict(json.loads(text))
        now = book.get(before.fact_id)
        if now is None and before.metric not in metrics():
            continue  # of a sentence that is not said any more
        if now and same_print(before.value, now.value, before.unit, before.metric):
            continue
        newer = versions.get((before.metric, before.entity, before.observation_date), version)
        found.append(Change(before, now, _why(before, now, other_version=newer != version)))
    return tuple(sorted(found, key=lambda one: one.before.metric not in metrics()))


def _why(before: Fact, now: Fact | None, *, other_version: bool) -> Why:
    if now is None or other_version or now.known_at <= before.known_at:
        return Why.CORRECTED
    return Why.RESTATED


def corrections(
    printed: pl.DataFrame, series: pl.DataFrame, revised: pl.DataFrame, told: pl.DataFrame
) -> pl.DataFrame:
    """What prints otherwise from the restated rows, and was not told yet: CORRECTIONS.

    printed: PRINTED, the facts of an issue; series: METRIC_FRAME of its day, of the rows that were
    known then with the values of now; revised: the loads that restated some (dataset, source,
    fetched_at); told: mart.correction, what was found earlier. What follows from none of these
    datasets, or is defined otherwise by now, has no part in it. A value that a source has taken
    back is told, too.
    """
    said = dict(told.select("fact_id", "value").iter_rows())
    loads = revised.rows(named=True)
    now = series.select(*KEY, value_now="value", version_now="metric_version")
    rows = printed.join(now, on=KEY).filter(pl.col("metric_version") == pl.col("version_now"))
    found = []
    for row in rows.sort("fact_id").iter_rows(named=True):
        behind = [load for load in loads if load["dataset"] in lineage(row["metric"])]
        last = said.get(row["fact_id"], row["value"])
        if not behind or same_print(last, row["value_now"], row["unit"], row["metric"]):
            continue
        found.append(
            {name: row[name] for name in ("fact_id", *KEY, "unit")}
            | {
                "before": row["value"],
                "value": row["value_now"],
                "sources": PARTED_BY.join(sorted({load["source"] for load in behind})),
                "fetched_at": max(load["fetched_at"] for load in behind),
            }
        )
    return pl.DataFrame(found, CORRECTIONS)


def restated_of(found: pl.DataFrame, book: FactBook) -> tuple[Restated, ...]:
    """The corrections of an issue, what follows most directly from its data first.

    found: mart.correction of its day; book: its facts. One whose fact is printed no more is told by
    the revision, see changes().
    """
    both = ((book.get(row["fact_id"]), row) for row in found.iter_rows(named=True))
    told = [
        Restated(fact, row["value"], tuple(row["sources"].split(PARTED_BY)), row["fetched_at"])
        for fact, row in both
        if fact
    ]
    return tuple(sorted(told, key=lambda one: (len(lineage(one.fact.metric)), one.fact.fact_id)))
