"""One evaluation: all that is measured and forecast of a day, from what was known at its end.

Nothing is read or written here. The flow reads a Vintage, and warehouse.records.evaluations writes
the rows of an Evaluation, all of them or none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

import polars as pl

from transforms.ahead.entry import Entry
from transforms.ahead.event_calendar import READ as AHEAD
from transforms.ahead.event_calendar import entry_rows, event_calendar
from transforms.axes import core, declared
from transforms.axes.composite import AXES
from transforms.axes.regimes import quadrants
from transforms.axes.turns import turns
from transforms.engine.evaluate import Told, evaluate
from transforms.engine.metric import lineage, metrics
from transforms.engine.result_cache import Memory
from transforms.facts import Fact, FactBook
from transforms.findings.facts import finding_facts
from transforms.findings.finding import Finding
from transforms.findings.report import findings
from transforms.findings.rows import finding_rows, number_rows, term_rows
from transforms.issue.doubts import doubts
from transforms.issue.missing import absences
from transforms.issue.printable import facts, printable
from transforms.issue.reconciliation import RECONCILIATIONS, reconcile
from transforms.issue.restatements import LastIssue, restatement_facts, restatements
from transforms.issue.scorecard import Scorecard, scorecard, thesis_facts
from transforms.outlook import backtest, track_record
from transforms.outlook.backtest import Outlook
from transforms.outlook.followed import followed
from transforms.outlook.outlook import READ, outlook_facts, studies
from transforms.prepared.indices import CSI_300, SHANGHAI_COMPOSITE, STAR_50

CHARTED = timedelta(days=740)  # two years of each series are kept, for charts
KEPT_WHOLE = [*AXES.values(), *core.METRICS.values()]
TURNING = (SHANGHAI_COMPOSITE, CSI_300, STAR_50)  # whose tops and bottoms are told


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

    metrics: METRIC_FRAME, the rows that are kept; findings: what happened in the week, the most
    surprising first; states, turns: see transforms.axes; ahead: the event calendar; theses,
    restatements, discrepancies, absences, doubts: see transforms.issue; outlook, studies, events:
    see transforms.outlook; scores: of the earlier forecasts that are over by now; computed: what
    expensive steps gave that no cache held.
    """

    as_of: date
    metrics: pl.DataFrame
    facts: FactBook
    findings: list[Finding]
    states: pl.DataFrame
    turns: pl.DataFrame
    ahead: list[Entry]
    theses: Scorecard
    restatements: pl.DataFrame
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
            "mart.finding": finding_rows(self.findings),
            "mart.finding_number": number_rows(self.findings),
            "mart.finding_term": term_rows(self.findings),
            "mart.state": self.states,
            "mart.turn": self.turns,
            "mart.event_calendar": entry_rows(self.ahead),
            "mart.thesis": self.theses.readings,
            "mart.thesis_week": self.theses.weeks,
            "mart.restatement": self.restatements,
            "mart.scenario": self.outlook.scenarios,
            "mart.scenario_record": self.outlook.record,
            "mart.scenario_reliability": self.outlook.reliability,
            "mart.followed": self.outlook.followed.summary,
            "mart.followed_case": self.outlook.followed.cases,
            "mart.study": self.studies,
            "mart.study_event": self.events,
            "mart.forecast_score": self.scores,
            "mart.remembered": _cache_rows(self.computed),
            "meta.discrepancy": self.discrepancies,
            "meta.absence": self.absences,
            "meta.doubt": self.doubts,
            "meta.metric": definitions(),
            "meta.weight": declared.weights(),
            "meta.anchor": declared.anchors(),
        }


def datasets_read() -> list[str]:
    """The datasets that metrics, comparisons, studies and the event calendar read."""
    read = frozenset().union(*(lineage(name) for name in metrics()))
    compared = {name for one in RECONCILIATIONS for name in one.reads}
    return sorted(read | compared | frozenset(READ) | frozenset(AHEAD))


def evaluation(
    vintage: Vintage,
    unscored: pl.DataFrame,
    scored: pl.DataFrame,
    last: LastIssue | None = None,
    told: Told | None = None,
) -> Evaluation:
    """The evaluation of a vintage; equal arguments give an equal one.

    unscored, scored: the forecasts of earlier issues, without and with a score, as
    warehouse.records.forecasts has them; last: what the issue before printed; told: hears of steps.
    """
    as_of, frames, cache = vintage.as_of, vintage.frames, dict(vintage.cache)
    found = evaluate(frames, as_of, cache, told)
    doubted = doubts(frames, as_of)
    absent = absences(frames, found, as_of, doubted)
    changed = restatements(last, found)
    happened = findings(found, frames, as_of, absent, changed)
    outlook = backtest.outlook(found)._replace(followed=followed(found, happened, as_of))
    scores = track_record.score(unscored, found)
    summaries, events = studies(found, frames, track_record.resolved(unscored, scores, scored))
    theses = scorecard(found, frames.get("trade_calendar"), as_of)
    origins = {name: frame["source"].unique().sort().to_list() for name, frame in frames.items()}
    return Evaluation(
        as_of=as_of,
        metrics=found.filter(charted(as_of) | printable(found, as_of)),
        facts=FactBook(
            chain(
                facts(found, as_of, origins),
                outlook_facts(outlook, summaries, as_of, origins),
                thesis_facts(theses, as_of),
                restatement_facts(changed, as_of),
                finding_facts(happened, as_of, origins),
            )
        ),
        findings=happened,
        states=quadrants(found),
        turns=turns(found, TURNING),
        ahead=event_calendar(frames, as_of),
        theses=theses,
        restatements=changed,
        discrepancies=reconcile(frames, as_of),
        absences=absent,
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
    """Whether a row of METRIC_FRAME is of the last two years, or of an axis or the core of one.

    Those are kept whole: a state follows from all days before it, and cores are for long charts.
    """
    return pl.col("metric").is_in(KEPT_WHOLE) | (pl.col("observation_date") >= as_of - CHARTED)


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
