"""Measuring: from core, as it was known at a date, to the metrics and facts of the marts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from flows.tasks import step
from flows.workspace import Workspace
from transforms.engine.evaluate import evaluate
from transforms.engine.metric import lineage, metrics
from transforms.engine.result_cache import Memory
from transforms.facts import Fact, FactBook
from transforms.issue.doubts import doubts
from transforms.issue.missing import absences
from transforms.issue.printable import facts, printable
from transforms.issue.reconciliation import RECONCILIATIONS, reconcile
from transforms.outlook import outlook
from transforms.outlook.outlook import Foresight, foresee
from warehouse.catalog import cutoff
from warehouse.errors import InputRefused
from warehouse.records import forecasts
from warehouse.storage.store import Reader

SERIES = timedelta(days=740)  # of each series in the newest evaluation: two years, for charts
KEPT_DAYS = 31  # … and in those before it: what they said of their own month


@step
def measure(ws: Workspace, as_of: date) -> int:
    """Evaluate every metric as of a day into the marts; the number of facts."""
    with ws.writing() as warehouse:
        frames = known(warehouse, as_of)
        calls = forecasts.unscored(warehouse, as_of), forecasts.scored(warehouse, as_of)
        memory = remembered(warehouse)
    found = evaluate(frames, as_of, memory)
    seen = foresee(found, frames, *calls)
    book = told(found, seen, frames, as_of)
    write(ws, as_of, found, book, reconcile(frames, as_of))
    write_foresight(ws, as_of, seen)
    doubted = doubts(frames, as_of)
    write_gaps(ws, as_of, absences(frames, found, as_of, doubted), doubted)
    remember(ws, memory)
    return len(book)


def facts_of(ws: Workspace, requested: date | None) -> tuple[date, FactBook]:
    """The newest stored evaluation, or that of the day asked for: its date and its facts.

    Nothing is measured here: each fact's query must give its row from the published file.
    Raises InputRefused where nothing was measured.
    """
    with Reader.open(ws.places.current) as reader:
        as_of = ws.resolve(requested) if requested else reader.newest_evaluation()
        if as_of is None:
            raise InputRefused("nothing was measured yet; `briefing run` measures the newest day")
        return as_of, read_facts(reader, as_of)


def read_facts(reader: Reader, as_of: date) -> FactBook:
    """The facts that were stored as of a day; InputRefused where there are none."""
    rows = reader.query("SELECT fact FROM mart.fact WHERE as_of = ? ORDER BY fact_id", [as_of])
    if rows.is_empty():
        newest = reader.newest_evaluation()
        others = f" (the newest day that was is {newest})" if newest else ""
        message = (
            f"nothing was measured as of {as_of}{others}; run `briefing run --as-of {as_of}` first"
        )
        raise InputRefused(message)
    return FactBook(Fact.from_dict(json.loads(text)) for text in rows["fact"])


def told_elsewhere(ws: Workspace, fact_id: str) -> date | None:
    """The newest evaluation that has such a fact, None where there is none."""
    sql = "SELECT max(as_of) FROM mart.fact WHERE fact_id = ?"
    with Reader.open(ws.places.current) as reader:
        found: date | None = reader.query(sql, [fact_id]).item()
    return found


def told(
    found: pl.DataFrame, seen: Foresight, frames: Mapping[str, pl.DataFrame], as_of: date
) -> FactBook:
    """All facts of a date: of the metrics, and of what is said beyond the day."""
    origins = sources(frames)
    return FactBook([*facts(found, as_of, origins), *outlook.facts_of(seen, as_of, origins)])


def series_of(reader: Reader, as_of: date) -> pl.DataFrame:
    """Two years of all metrics as of a day: as stored, or measured again for an older evaluation.

    Both are the same, since nothing of an evaluation depends on what became known after it.
    """
    whole = reader.whole(as_of)
    found = (
        reader.measured("mart.metric", as_of)
        if whole
        else evaluate(known(reader, as_of), as_of, remembered(reader))
    )
    return found.filter(recent(as_of))


def recent(as_of: date) -> pl.Expr:
    """Whether a row is of the last two years."""
    return pl.col("observation_date") >= as_of - SERIES


def remembered(reader: Reader) -> Memory:
    """What expensive steps of earlier evaluations gave."""
    rows = reader.query("SELECT digest, result FROM mart.remembered").iter_rows()
    return {digest: tuple(json.loads(result)) for digest, result in rows}


def remember(ws: Workspace, memory: Memory) -> None:
    """Keep what this evaluation added."""
    with ws.writing() as warehouse, warehouse.transaction():
        old = remembered(warehouse)
        new = [{"digest": k, "result": json.dumps(v)} for k, v in memory.items() if k not in old]
        warehouse.append("mart.remembered", new)


def known(reader: Reader, as_of: date) -> dict[str, pl.DataFrame]:
    """What metrics and comparisons read, as it was known at the end of that day in Shanghai."""
    read = frozenset().union(*(lineage(name) for name in metrics()))
    compared = {name for one in RECONCILIATIONS for name in one.reads}
    wanted = sorted(read | compared | frozenset(outlook.READ))
    return {name: reader.read(name, cutoff(as_of)) for name in wanted}


def sources(frames: Mapping[str, pl.DataFrame]) -> dict[str, list[str]]:
    """The upstreams or files that the rows of each dataset came from."""
    return {name: frame["source"].unique().sort().to_list() for name, frame in frames.items()}


def write(
    ws: Workspace, as_of: date, found: pl.DataFrame, book: FactBook, compared: pl.DataFrame
) -> None:
    """Replace what the marts say as of that day; doing it twice changes nothing.

    Stored are two years of each series, and older rows that a fact cites: its query must find them.
    """
    series = found.filter(recent(as_of) | printable(as_of))
    evaluation = {"as_of": as_of, "evaluated_at": ws.now_utc, "rows": series.height}
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
        warehouse.replace("mart.metric", as_of, series.with_columns(as_of=pl.lit(as_of)))
        warehouse.replace("mart.evaluation", as_of, [evaluation])
        warehouse.replace("mart.fact", as_of, rows)
        warehouse.thin(as_of, KEPT_DAYS)
        discrepancies = compared.with_columns(as_of=pl.lit(as_of))
        warehouse.replace("meta.discrepancy", as_of, discrepancies)
        warehouse.describe(described())


def write_foresight(ws: Workspace, as_of: date, seen: Foresight) -> None:
    """Replace what the marts say beyond that day, and add the scores of calls that are over.

    Of single events only the list of the last evaluation is kept: thousands, told anew every week.
    """
    tables = {
        "mart.scenario": seen.outlook.scenarios,
        "mart.scenario_record": seen.outlook.record,
        "mart.scenario_reliability": seen.outlook.reliability,
        "mart.study": seen.studies,
    }
    events = seen.events.with_columns(as_of=pl.lit(as_of)).to_dicts()
    with ws.writing() as warehouse, warehouse.transaction():
        for table, rows in tables.items():
            warehouse.replace(table, as_of, rows.with_columns(as_of=pl.lit(as_of)))
        warehouse.refill("mart.study_event", events)
        forecasts.settle(warehouse, seen.scores)


def write_gaps(ws: Workspace, as_of: date, absent: pl.DataFrame, doubted: pl.DataFrame) -> None:
    """Replace what was not measured as of that day, and what was not fully believed, and why."""
    with ws.writing() as warehouse, warehouse.transaction():
        warehouse.replace("meta.absence", as_of, absent.with_columns(as_of=pl.lit(as_of)))
        warehouse.replace("meta.doubt", as_of, doubted.with_columns(as_of=pl.lit(as_of)))


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
