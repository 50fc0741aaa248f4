"""Measuring: from core, as it was known at a date, to the metrics and facts of the marts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from flows.steps import step
from flows.workspace import Workspace
from transforms.evaluate import evaluate
from transforms.facts import Fact, FactBook, facts
from transforms.metric import lineage, metrics
from transforms.reconciliation import RECONCILIATIONS, reconcile
from warehouse.catalog import cutoff
from warehouse.store import Reader

SERIES = timedelta(days=740)  # what an issue keeps of each series: two years, for its charts


@step
def measure(ws: Workspace, as_of: date) -> int:
    """Evaluate every metric as of a day into the marts; the number of facts."""
    with ws.writing() as warehouse:
        frames = known(warehouse, as_of)
    found = evaluate(frames, as_of)
    book = facts(found, as_of, sources(frames))
    write(ws, as_of, found, book, reconcile(frames, as_of))
    return len(book)


def facts_of(ws: Workspace, as_of: date) -> FactBook:
    """The facts stored as of a day, or computed now from the published copy if none are stored."""
    with Reader.open(ws.places.current) as reader:
        stored = reader.measured("mart.fact", as_of)
        if stored.height:
            return FactBook(Fact.from_dict(json.loads(text)) for text in stored["fact"])
        frames = known(reader, as_of)
    return facts(evaluate(frames, as_of), as_of, sources(frames))


def known(reader: Reader, as_of: date) -> dict[str, pl.DataFrame]:
    """What metrics and comparisons read, as it was known at the end of that day in Shanghai."""
    read = frozenset().union(*(lineage(name) for name in metrics()))
    compared = {name for one in RECONCILIATIONS for name in one.reads}
    return {name: reader.read(name, cutoff(as_of)) for name in sorted(read | compared)}


def sources(frames: Mapping[str, pl.DataFrame]) -> dict[str, list[str]]:
    """The upstreams or files that the rows of each dataset came from."""
    return {name: frame["source"].unique().sort().to_list() for name, frame in frames.items()}


def write(
    ws: Workspace, as_of: date, found: pl.DataFrame, book: FactBook, compared: pl.DataFrame
) -> None:
    """Replace what the marts say as of that day; doing it twice changes nothing."""
    recent = found.filter(pl.col("observation_date") >= as_of - SERIES)
    rows = [
        {
            "as_of": as_of,
            "fact_id": fact.fact_id,
            "metric": fact.metric,
            "entity": fact.entity,
            "observation_date": fact.observation_date,
            "value": fact.value,
            "unit": fact.unit,
            "known_at": fact.known_at,
            "fact": json.dumps(fact.as_dict(), ensure_ascii=False),
        }
        for fact in book
    ]
    with ws.writing() as warehouse, warehouse.transaction():
        warehouse.replace("mart.metric", as_of, recent.with_columns(as_of=pl.lit(as_of)))
        warehouse.replace("mart.fact", as_of, rows)
        discrepancies = compared.with_columns(as_of=pl.lit(as_of))
        warehouse.replace("meta.discrepancy", as_of, discrepancies)
        warehouse.describe(described())


def described() -> list[dict[str, object]]:
    """The dictionary of metrics, out of their declarations."""
    return [
        {
            "metric": one.id,
            "family": one.family,
            "label": one.label,
            "unit": one.unit,
            "formula": one.formula,
            "looks_back": one.window,
            "reads": ", ".join(sorted(lineage(one.id))),
            "score_map": type(one.score).__name__.lower() if one.score else "none",
            "direction": one.direction,
            "block": one.block,
            "reading": one.reading,
            "pitfall": one.pitfall,
            "paper": one.paper,
            "version": one.version,
        }
        for one in metrics().values()
    ]
