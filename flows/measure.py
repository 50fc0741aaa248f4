"""Measuring: read what was known of a day, evaluate it, and write the evaluation whole."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

import polars as pl

from flows import partitions
from flows.progress import progress
from flows.tasks import step
from flows.workspace import Workspace
from transforms.evaluation import (
    Vintage,
    book_of,
    charted,
    datasets_read,
    evaluation,
    series,
)
from transforms.facts import FactBook
from transforms.issue.restatements import PRINTED, LastIssue
from warehouse.catalog import cutoff, dataset
from warehouse.errors import InputRefused
from warehouse.records import collection_log, evaluations, forecasts, issues
from warehouse.storage.store import Reader


@step
def measure(ws: Workspace, as_of: date) -> int:
    """Evaluate every metric as of a day into the marts; the number of facts."""
    partitions.measure_lacking(ws, as_of)
    with ws.writing() as warehouse:
        known, earlier = vintage(warehouse, as_of), forecasts.earlier(warehouse, as_of)
        last = last_issue(warehouse, as_of)
    told = partial(progress, f"measuring {as_of}")
    found = evaluation(known, *earlier, last, told)  # minutes, in which the writer is free
    with ws.writing() as warehouse:
        evaluations.write(warehouse, found.as_of, ws.now_utc, found.rows())
    return len(found.facts)


def vintage(reader: Reader, as_of: date, loaded_by: datetime | None = None) -> Vintage:
    """What was known at the end of that day in Shanghai.

    loaded_by: only what had been loaded by then (naive UTC), as an evaluation of that time saw it.
    Of a partitioned dataset the figures stand for the rows.
    """
    moment = cutoff(as_of)
    frames = {
        name: partitions.figures(reader, partitions.known_on(as_of, loaded_by))
        if dataset(name).partitioned
        else reader.read(name, moment, loaded_by)
        for name in datasets_read()
    }
    return Vintage(as_of, frames, cache=evaluations.remembered(reader))


def last_issue(reader: Reader, as_of: date) -> LastIssue | None:
    """What the issue before a day printed; None where nobody wrote that down."""
    printed = issues.last_printed(reader, as_of)
    if printed.is_empty():
        return None
    day, measured_at = printed.select("as_of", "measured_at").row(0)
    return LastIssue(
        day,
        printed.select(PRINTED.names()),
        newest=evaluations.newest_days(reader, day),
        absent=reader.measured("meta.absence", day).select("metric", "entity", "since"),
        loads=collection_log.loads_since(reader, measured_at, cutoff(day)),
    )


def restated(ws: Workspace, fact_id: str) -> pl.DataFrame:
    """What the published evaluations found changed of a fact that was printed."""
    with ws.store.published() as reader:
        return evaluations.restated(reader, fact_id)


def facts_of(ws: Workspace, requested: date | None) -> tuple[date, FactBook]:
    """The newest stored evaluation, or that of the day asked for: its date and its facts.

    Nothing is measured here: each fact's query must give its row from the published file.
    Raises InputRefused where nothing was measured.
    """
    with ws.store.published() as reader:
        as_of = ws.resolve(requested) if requested else evaluations.newest(reader)
        if as_of is None:
            raise InputRefused("nothing was measured yet; `briefing run` measures the newest day")
        return as_of, book_of(evaluations.read(reader, as_of)["mart.fact"])


def newest_with(ws: Workspace, fact_id: str) -> date | None:
    """The day of the newest evaluation that has such a fact, None where there is none."""
    with ws.store.published() as reader:
        return evaluations.newest_with(reader, fact_id)


def series_of(reader: Reader, as_of: date) -> pl.DataFrame:
    """Two years of all metrics as of a day: as stored, or measured again for an older evaluation.

    Both are the same, since nothing of it depends on what became known, or was loaded, after it.
    """
    if evaluations.whole(reader, as_of):
        return reader.measured("mart.metric", as_of).filter(charted(as_of))
    return series(vintage(reader, as_of, evaluations.measured_at(reader, as_of)))
