"""Measuring: read what was known of a day, evaluate it, and write the evaluation whole."""

from __future__ import annotations

from datetime import date

import polars as pl

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
from warehouse.catalog import cutoff
from warehouse.errors import InputRefused
from warehouse.records import evaluations, forecasts
from warehouse.storage.store import Reader


@step
def measure(ws: Workspace, as_of: date) -> int:
    """Evaluate every metric as of a day into the marts; the number of facts."""
    with ws.writing() as warehouse:
        known, earlier = vintage(warehouse, as_of), forecasts.earlier(warehouse, as_of)
    found = evaluation(known, *earlier)  # minutes, in which the writer is free
    with ws.writing() as warehouse:
        evaluations.write(warehouse, found.as_of, ws.now_utc, found.rows())
    return len(found.facts)


def vintage(reader: Reader, as_of: date) -> Vintage:
    """What was known at the end of that day in Shanghai."""
    moment = cutoff(as_of)
    return Vintage(
        as_of,
        frames={name: reader.read(name, moment) for name in datasets_read()},
        cache=evaluations.remembered(reader),
    )


def facts_of(ws: Workspace, requested: date | None) -> tuple[date, FactBook]:
    """The newest stored evaluation, or that of the day asked for: its date and its facts.

    Nothing is measured here: each fact's query must give its row from the published file.
    Raises InputRefused where nothing was measured.
    """
    with Reader.open(ws.places.current) as reader:
        as_of = ws.resolve(requested) if requested else evaluations.newest(reader)
        if as_of is None:
            raise InputRefused("nothing was measured yet; `briefing run` measures the newest day")
        return as_of, book_of(evaluations.read(reader, as_of)["mart.fact"])


def newest_with(ws: Workspace, fact_id: str) -> date | None:
    """The day of the newest evaluation that has such a fact, None where there is none."""
    with Reader.open(ws.places.current) as reader:
        return evaluations.newest_with(reader, fact_id)


def series_of(reader: Reader, as_of: date) -> pl.DataFrame:
    """Two years of all metrics as of a day: as stored, or measured again for an older evaluation.

    Both are the same, since nothing of an evaluation depends on what became known after it.
    """
    if evaluations.whole(reader, as_of):
        return reader.measured("mart.metric", as_of).filter(charted(as_of))
    return series(vintage(reader, as_of))
