"""Corrections: what sources restate, after an issue is out, of the numbers that it printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from flows.measure import restated_vintage, vintage
from flows.tasks import step
from flows.workspace import Workspace
from transforms.engine.metric import lineage, metrics
from transforms.evaluation import series
from transforms.issue.revisions import CORRECTIONS, corrections
from warehouse.catalog import Dataset, dataset
from warehouse.contract import schema
from warehouse.records import collection_log, issues

LOOKED = "corrections looked for"  # of which issue, and up to which load
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """What was found restated of an issue, and told by none of its editions: CORRECTIONS."""

    issue_id: str = ""
    rows: pl.DataFrame = field(default_factory=CORRECTIONS.to_frame)

    @property
    def line(self) -> str:
        """How many numbers of which issue, and what to do; empty where nothing was found."""
        if self.rows.is_empty():
            return ""
        numbers = self.rows["fact_id"].n_unique()
        were = "number was" if numbers == 1 else "numbers were"
        return (
            f"{numbers} printed {were} restated since issue {self.issue_id}: "
            f"`briefing send {self.issue_id}` mails a revision that says so, "
            "`briefing run` makes the next issue, which says so, too"
        )


@step
def look_for_corrections(ws: Workspace, of: date | None = None) -> Found:
    """Find what was restated of the last issue, and write down what was not found before.

    of: only if the last issue is of that day; the next issue tells of the one before by itself.
    Nothing is measured unless rows that a printed number follows from have other values.
    """
    if not ws.store.filled():  # a look must not make a warehouse
        return Found()
    with ws.writing() as warehouse:
        printed = issues.last_printed(warehouse, ws.today + DAY)
        if printed.is_empty() or (of and printed["as_of"][0] != of):
            return Found()
        issue_id, day, made_at = printed.select("issue_id", "as_of", "measured_at").row(0)
        revised = behind(printed, collection_log.revised_since(warehouse, made_at))
        newest: datetime | None = revised.select(pl.max("fetched_at")).item()
        looked = f"{day} {newest}"
        if newest is None or warehouse.setting(LOOKED) == looked:
            return Found()
        names = set(revised["dataset"])
        then = vintage(warehouse, day, made_at)
        now = restated_vintage(warehouse, then, ws.now_utc, names)
        told = issues.corrections(warehouse, day, ws.now_utc)
    found = CORRECTIONS.to_frame()
    if told.height or any(not now.frames[one].equals(then.frames[one]) for one in names):
        found = corrections(printed, series(now), revised, told)  # the writer is free meanwhile
    with ws.writing() as warehouse, warehouse.transaction():
        issues.correct(warehouse, day, ws.now_utc, found)
        warehouse.set(LOOKED, looked)
    return Found(issue_id, found)


def behind(printed: pl.DataFrame, revised: pl.DataFrame) -> pl.DataFrame:
    """The loads of datasets that printed metrics follow from, and of which each row has its day."""
    told = set(printed["metric"]) & set(metrics())
    read = frozenset[str]().union(*(lineage(name) for name in told))
    dated = [name for name in read if restatable(dataset(name))]
    return revised.filter(pl.col("dataset").is_in(dated))


def restatable(d: Dataset) -> bool:
    """Whether the key of a row names a day: another value is then a restatement, and no news.

    Of a partitioned dataset an evaluation has figures only, and no page prints what they say.
    """
    return not d.partitioned and any(schema(d.contract)[name] == pl.Date for name in d.key)
