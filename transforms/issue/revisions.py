"""What a revision of an issue changes of what the revision before it printed, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import polars as pl

from transforms.engine.metric import metrics
from transforms.facts import Fact, FactBook
from transforms.formulas.printed_value import same_print
from transforms.issue.restatements import KEY, Why


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
