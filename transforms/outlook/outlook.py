"""The studies of one evaluation, and all that an issue says beyond its day, as facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from transforms.engine.metric import lineage
from transforms.facts import Fact, fact_id, stored_query
from transforms.outlook import base_rates, regime_transitions, track_record
from transforms.outlook import event_study as events
from transforms.outlook.backtest import PUBLISHED, WHOLE, Outlook
from transforms.outlook.base_rates import first_days, published, run_ups
from transforms.outlook.event_study import EVENT_FRAME, STUDY_FRAME, Studied, warnings
from transforms.outlook.followed_facts import followed_facts
from transforms.outlook.regime_transitions import contributions, state_changes
from transforms.outlook.scenarios import CLIMATOLOGY, EVENTS, HEADLINE, INDICES, OUTCOMES
from transforms.outlook.triggers import STUDY as TRIGGERS
from transforms.outlook.triggers import WATCHED, triggers
from transforms.prepared.indices import SHANGHAI_COMPOSITE

# What the studies read beside the metrics.
READ = ("adjustment_factor", "announcement", "ipo_a", "ipo_hk", "security", "stock_daily")
STUDIED_INDICES = (SHANGHAI_COMPOSITE, *INDICES)
PRICES, AXES = ("close", "pe_ttm"), ("structural_momentum", "overheating")
FOLLOWS_FROM = {
    CLIMATOLOGY: ("close",),
    "quadrant": ("close", *AXES),
    "price analogues": PRICES,
    "analogues": (*PRICES, *AXES),
    PUBLISHED: (*PRICES, *AXES),
    regime_transitions.STATE_CHANGES: AXES,
    regime_transitions.CONTRIBUTIONS: AXES,
}
PROBABILITY = "probability"
LOOKED_AT = (*PRICES, *AXES, *(metric for metric, *_ in WATCHED))
STUDY_READS: Mapping[str, tuple[str, ...]] = {
    events.STUDY: ("stock_daily", "announcement", "security"),
    base_rates.RUN_UPS: ("index_daily",),
    base_rates.FIRST_DAYS: ("ipo_a", "ipo_hk"),
    base_rates.PRIORS: (),
    track_record.STUDY: ("index_daily",),
    TRIGGERS: ("index_daily", "margin_market", "stock_daily"),
}
KEY = ("entity", "horizon", "estimator", "target")
INTERVAL = {"_low": "low", "_high": "high"}
SCORED = {
    "brier": "brier",
    "brier_climatology": "brier",
    "skill": "fraction",
    "p_value": "p",
    "independent": "count",
}


def studies(
    metric_frame: pl.DataFrame, frames: Mapping[str, pl.DataFrame], scored: pl.DataFrame
) -> Studied:
    """The studies of one evaluation, STUDY_FRAME, and the events behind them, EVENT_FRAME.

    metric_frame: from evaluate(); frames: what it was evaluated from; scored: earlier forecasts
    whose horizon is over, with their scores (track_record.resolved).
    """
    watched = metric_frame.filter(pl.col("metric").is_in(LOOKED_AT))
    risen, run_up_events = run_ups(watched, STUDIED_INDICES)
    warned, warned_events = _warnings(frames)
    parts = [
        warned,
        risen,
        published(risen),
        first_days(frames),
        triggers(watched),
        state_changes(watched),
        contributions(metric_frame),
        track_record.record(scored),
    ]
    return pl.concat(parts), pl.concat([warned_events, run_up_events])


def _warnings(frames: Mapping[str, pl.DataFrame]) -> Studied:
    needed = [frames.get(name) for name in ("stock_daily", "announcement")]
    if any(one is None or one.is_empty() for one in needed):
        return STUDY_FRAME.to_frame(), EVENT_FRAME.to_frame()
    return warnings(
        frames["stock_daily"],
        frames["announcement"],
        frames.get("security"),
        frames.get("adjustment_factor"),
    )


def outlook_facts(
    outlook: Outlook, studies: pl.DataFrame, as_of: date, sources: Mapping[str, Sequence[str]]
) -> Iterator[Fact]:
    """The numbers of the scenarios, of their record and of the studies that an issue may print."""
    yield from _of_scenarios(outlook.scenarios, Shelf("mart.scenario", as_of, sources))
    yield from _of_record(outlook.record, Shelf("mart.scenario_record", as_of, sources))
    yield from followed_facts(outlook.followed, as_of, sources)
    for row in studies.iter_rows(named=True):
        where = {"study": row["study"], "reference": row["reference"], "measure": row["measure"]}
        day = row["last_day"] or as_of
        yield Fact(
            fact_id=fact_id(f"{row['study']}_{row['measure']}", row["reference"], day),
            metric=f"{row['study']}_{row['measure']}",
            entity=row["reference"],
            observation_date=day,
            value=row["value"],
            unit=row["unit"],
            known_at=row["known_at"],
            n_obs=row["n"] or 0,
            n=row["n"],
            first_observation=row["first_day"] or day,
            sources=_origins_of_study(row["study"], sources),
            query=stored_query("mart.study", "value", as_of, where),
        )


def _origins_of_study(study: str, sources: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The sources of the datasets that a study reads; of what others found, nobody's."""
    read = STUDY_READS[study] if study in STUDY_READS else _read_by(FOLLOWS_FROM[study])
    return tuple(sorted({one for name in read for one in sources.get(name, ())}))


def _read_by(metrics: Sequence[str]) -> frozenset[str]:
    """The datasets that metrics are computed from."""
    return frozenset().union(*(lineage(name) for name in metrics))


@dataclass(frozen=True)
class Shelf:
    """Where numbers of one kind lie, and what they follow from."""

    table: str
    as_of: date
    sources: Mapping[str, Sequence[str]]

    def fact(self, metric: str, row: Mapping[str, Any], column: str, unit: str) -> Fact:
        """One number of a row of the mart."""
        days = row.get("days") or row.get("origins") or 0
        return Fact(
            fact_id=fact_id(metric, row["entity"], row["observation_date"]),
            metric=metric,
            entity=row["entity"],
            observation_date=row["observation_date"],
            value=row[column],
            unit=unit,
            known_at=row["known_at"],
            n_obs=days,
            n=days,
            first_observation=row["since"],
            sources=self._origins(row["estimator"]),
            query=stored_query(self.table, column, self.as_of, {name: row[name] for name in KEY}),
        )

    def _origins(self, estimator: str) -> tuple[str, ...]:
        """The sources of what an estimator looks at."""
        read = _read_by(FOLLOWS_FROM[estimator])
        return tuple(sorted({one for name in read for one in self.sources.get(name, ())}))


def _of_scenarios(scenarios: pl.DataFrame, shelf: Shelf) -> Iterator[Fact]:
    """Probability, interval and base rate of each outcome, the headline's events too.

    The base rate is printed in the same steps: it is what climatology says.
    """
    usual = scenarios.filter(estimator=CLIMATOLOGY)
    base = {(r["entity"], r["horizon"], r["target"]): r for r in usual.iter_rows(named=True)}
    for row in scenarios.filter("published").iter_rows(named=True):
        target, horizon = row["target"], row["horizon"]
        if target in OUTCOMES or (target in EVENTS and row["entity"] == HEADLINE):
            name = f"{target}_{horizon}d"
            yield _said(shelf, name, row)
            yield _said(shelf, f"{name}_base", base[row["entity"], horizon, target])
            for suffix, column in INTERVAL.items():
                yield shelf.fact(f"{name}{suffix}", row, column, PROBABILITY)
        if target == OUTCOMES[0]:
            yield shelf.fact(f"scenario_days_{horizon}d", row, "effective", "count")


def _said(shelf: Shelf, metric: str, row: Mapping[str, Any]) -> Fact:
    """A probability as it is printed; of a bound, the unit says which side it stands for."""
    unit = f"{PROBABILITY} {row['bound']}" if row["bound"] else PROBABILITY
    return shelf.fact(metric, row, "printed", unit)


def _of_record(record: pl.DataFrame, shelf: Shelf) -> Iterator[Fact]:
    """Scores of the four outcomes of each index: published, and of each informed estimator."""
    chosen = record.filter(pl.col("target") == WHOLE, pl.col("estimator") != CLIMATOLOGY)
    for row in chosen.iter_rows(named=True):
        if row["estimator"] != PUBLISHED and not row["informed"]:
            continue
        name = row["estimator"].replace(" ", "_")
        dated = row | {"observation_date": row["last_origin"], "since": row["first_origin"]}
        for column, unit in SCORED.items():
            if row[column] is not None:
                metric = f"hindcast_{name}_{column}_{row['horizon']}d"
                yield shelf.fact(metric, dated, column, unit)
