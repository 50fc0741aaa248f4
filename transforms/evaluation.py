"""One evaluation: all that is measured and forecast of a day, from what was known at its end.

Nothing is read or written here. The flow reads a Vintage, and warehouse.records.evaluations writes
the rows of an Evaluation, all of them or none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from transforms.engine.evaluate import evaluate
from transforms.engine.metric import lineage, metrics
from transforms.engine.result_cache import Memory
from transforms.facts import Fact, FactBook
from transforms.issue.doubts import doubts
from transforms.issue.missing import absences
from transforms.issue.printable import facts, printable
from transforms.issue.reconciliation import RECONCILIATIONS, reconcile
from transforms.outlook import backtest, track_record
from transforms.outlook.backtest import Outlook
from transforms.outlook.outlook import READ, outlook_facts, studies

CHARTED = timedelta(days=740)  # two years of each series are kept, for charts


@dataclass(frozen=True)
class Vintage:
    """What was known at the end of a day in Shanghai.

    frames: the datasets by name; cache: results of expensive steps, by digest.
    """

    as_of: date
    frames: Mapping[str, pl.DataFrame]
    cache: Memory


@dataclass(frozen=True)
class Evaluation:
    """All that is measured and forecast of a day.

    metrics: METRIC_FRAME, the rows that are kept; discrepancies, absences, doubts: see
    transforms.issue; outlook, studies, events: see transforms.outlook; scores: of the earlier
    forecasts that are over by now; computed: what expensive steps gave that no cache held.
    """

    as_of: date
    metrics: pl.DataFrame
    facts: FactBook
    discrepancies: pl.DataFrame
    absences: pl.DataFrame
    doubts: pl.DataFrame
    outlook: Outlook
    studies: pl.DataFrame
    events: pl.DataFrame
    scores: pl.DataFrame
    computed: Memory

    def rows(self) -> dict[str, pl.DataFrame]:
        """What is written, by table; without the day of the evaluation, which all of it shares."""
        return {
            "mart.metric": self.metrics,
            "mart.fact": _fact_rows(self.facts),
            "mart.scenario": self.outlook.scenarios,
            "mart.scenario_record": self.outlook.record,
            "mart.scenario_reliability": self.outlook.reliability,
            "mart.study": self.studies,
            "mart.study_event": self.events,
            "mart.forecast_score": self.scores,
            "mart.remembered": _cache_rows(self.computed),
            "meta.discrepancy": self.discrepancies,
            "meta.absence": self.absences,
            "meta.doubt": self.doubts,
            "meta.metric": definitions(),
        }


def datasets_read() -> list[str]:
    """The datasets that metrics, comparisons and studies read."""
    read = frozenset().union(*(lineage(name) for name in metrics()))
    compared = {name for one in RECONCILIATIONS for name in one.reads}
    return sorted(read | compared | frozenset(READ))


def evaluation(vintage: Vintage, unscored: pl.DataFrame, scored: pl.DataFrame) -> Evaluation:
    """The evaluation of a vintage; equal arguments give an equal one.

    unscored, scored: the forecasts of earlier issues, without and with a score, as
    warehouse.records.forecasts has them.
    """
    as_of, frames, cache = vintage.as_of, vintage.frames, dict(vintage.cache)
    found = evaluate(frames, as_of, cache)
    doubted = doubts(frames, as_of)
    outlook = backtest.outlook(found)
    scores = track_record.score(unscored, found)
    over = track_record.resolved(unscored, scores, scored)
    summaries, events = studies(found, frames, over)
    origins = {name: frame["source"].unique().sort().to_list() for name, frame in frames.items()}
    return Evaluation(
        as_of=as_of,
        metrics=found.filter(charted(as_of) | printable(as_of)),
        facts=FactBook(
            [*facts(found, as_of, origins), *outlook_facts(outlook, summaries, as_of, origins)]
        ),
        discrepancies=reconcile(frames, as_of),
        absences=absences(frames, found, as_of, doubted),
        doubts=doubted,
        outlook=outlook,
        studies=summaries,
        events=events,
        scores=scores,
        computed={k: v for k, v in cache.items() if k not in vintage.cache},
    )


def series(vintage: Vintage) -> pl.DataFrame:
    """The metrics of a vintage as its evaluation kept them for charts: METRIC_FRAME."""
    found = evaluate(vintage.frames, vintage.as_of, dict(vintage.cache))
    return found.filter(charted(vintage.as_of))


def charted(as_of: date) -> pl.Expr:
    """Whether a row of METRIC_FRAME is of the last two years."""
    return pl.col("observation_date") >= as_of - CHARTED


FACT_COLUMNS = pl.Schema(
    {
        "fact_id": pl.String(),
        "metric": pl.String(),
        "entity": pl.String(),
        "observation_date": pl.Date(),
        "value": pl.Float64(),
        "unit": pl.String(),
        "known_at": pl.Datetime("us"),
    }
)


def _fact_rows(book: FactBook) -> pl.DataFrame:
    """Each fact with the columns that are queried most, and the whole of it as JSON."""
    rows = [
        {name: getattr(fact, name) for name in FACT_COLUMNS}
        | {"fact": json.dumps(fact.as_dict(), ensure_ascii=False)}
        for fact in book
    ]
    return pl.DataFrame(rows, FACT_COLUMNS | {"fact": pl.String()})


def book_of(rows: pl.DataFrame) -> FactBook:
    """The facts of rows of mart.fact."""
    return FactBook(Fact.from_dict(json.loads(text)) for text in rows.sort("fact_id")["fact"])


def _cache_rows(computed: Memory) -> pl.DataFrame:
    rows = [(digest, json.dumps(result)) for digest, result in computed.items()]
    return pl.DataFrame(rows, {"digest": pl.String, "result": pl.String}, orient="row")


def definitions() -> pl.DataFrame:
    """The dictionary of metrics, out of their declarations."""
    return pl.DataFrame(
        [
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
        ],
        infer_schema_length=None,
    )
