"""Why a number is missing: for every metric without a value on a day, the reason in words.

What is missing is as much a part of the record as what is measured: a gap is named, never filled.
The reason follows from what is there: a dataset without rows, one that has ended, a history that is
too short, or inputs that are there and give no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from transforms.axes import core
from transforms.axes.composite import AXES, WEIGHTS, components
from transforms.engine.evaluate import other_series
from transforms.engine.metric import (
    SCORES,
    Metric,
    Percentile,
    Prepared,
    Robust,
    Trailing,
    lineage,
    metrics,
    preparations,
)
from transforms.issue.buildup import BuildUp, composites
from transforms.issue.doubts import Doubt, doubts
from warehouse.catalog import catalogue, cutoff

ABSENCE = pl.Schema(
    {
        "metric": pl.String(),
        "entity": pl.String(),
        "kind": pl.String(),
        "reason": pl.String(),
        "since": pl.Date(),
        "missing": pl.String(),
        "speaks_on": pl.Date(),
    }
)
# What must have a value besides the members of the blocks, and why it would not.
COMPOSED = {
    "block_score": tuple(WEIGHTS),
    **dict.fromkeys([*AXES.values(), *core.METRICS.values()], ("CN",)),
}
WITHHELD = {
    "block_score": "under half of the weight of its metrics has a score",
    **dict.fromkeys(AXES.values(), "over a third of the weight of its blocks is missing"),
}
TOO_SHORT = "history of {there} observations, {needed} are needed for a score"
UNTRADED = (
    "stock_daily holds adjusted prices up to {until}; price limits are about prices as traded"
)
FORGOTTEN = timedelta(days=730)  # what no composite needs is missing after two years


class Kind(StrEnum):
    """What kind of reason it is."""

    NO_ROWS = "no rows"  # a dataset has none
    ENDED = "ended"  # there were values, and the newest is too old
    SHORT = "short history"  # there are values, too few for a score
    NO_VALUE = "no value"  # the inputs are there and give none
    ADJUSTED = "adjusted prices"  # prices are there, and are not those that were traded


@dataclass(frozen=True)
class Reach:
    """How far a dataset reaches at the cut-off: its newest day, None where rows have no day."""

    newest: date | None


@dataclass(frozen=True)
class Absence:
    """One reason: `since` is the last day with a value, `missing` the dataset behind it."""

    kind: Kind
    reason: str
    since: date | None = None
    missing: str = ""


def absences(
    frames: Mapping[str, pl.DataFrame],
    found: pl.DataFrame,
    as_of: date,
    doubted: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Every metric, or member of a block, without a value on a day: columns of ABSENCE.

    frames and found: what evaluate() took and gave for the same day; doubted: doubts() of it. A
    metric without any row, or without one of the last two years, has one line, its entity "". What
    enters a composite has a line per entity that is missing, too old to count (max_age), or without
    the history that its score needs. Sorted by metric and entity.
    """
    datasets = {
        name: reach for name, rows in frames.items() if (reach := _reach(name, rows, as_of))
    }
    newest = found.filter(other_series(1))
    rows = {(row["metric"], row["entity"]): row for row in newest.iter_rows(named=True)}
    last = dict(newest.group_by("metric").agg(pl.col("observation_date").max()).iter_rows())
    doubted = doubts(frames, as_of) if doubted is None else doubted
    adjusted = doubted.filter(pl.col("kind") == Doubt.ADJUSTED)["last_day"].max()
    there = Available(datasets, last, _sessions(frames, as_of), as_of, adjusted)  # type: ignore[arg-type]
    lines = [
        (one.id, entity, absence.kind, absence.reason, absence.since, absence.missing)
        for one in metrics().values()
        for entity, absence in _absences(one, there, rows)
    ]
    days = _speaking(lines, BuildUp(frames, found, there.sessions, as_of))
    dated = [(*line, day) for line, day in zip(lines, days, strict=True)]
    return pl.DataFrame(dated, schema=ABSENCE, orient="row").sort("metric", "entity")


def _speaking(lines: Sequence[tuple[Any, ...]], there: BuildUp) -> list[date | None]:
    """When each of the silent readings will speak; None where it does not build up."""
    silent = {
        (name, entity): there.speaks(metrics()[name], entity)
        if kind in (Kind.SHORT, Kind.NO_VALUE)
        else None
        for name, entity, kind, *_ in lines
    }
    whole = {name for name, entity in silent if not entity}
    members = {
        (m, e): silent.get((m, e), silent.get((m, "")))
        for m, e in components().select("metric", "entity").iter_rows()
        if (m, e) in silent or m in whole
    }
    now = there.found.filter(metric="block_score", observation_date=there.as_of)["entity"]
    silent |= composites(members, there.as_of, now)
    for name in {*AXES.values(), "block_score"} & whole:  # none of its entities has a value
        days = [day for (m, _), day in silent.items() if m == name and day]
        silent[name, ""] = min(days, default=None)
    return [silent[name, entity] for name, entity, *_ in lines]


@dataclass(frozen=True)
class Available:
    """What is there on a day: datasets with rows, metrics with values, trading days."""

    datasets: Mapping[str, Reach]
    measured: Mapping[str, date]  # … with the newest day of all entities
    sessions: pl.Series
    as_of: date
    adjusted: date | None = None  # the last day with adjusted prices of shares

    def age(self, day: date) -> int:
        """How many sessions have passed since a day."""
        return int((self.sessions > day).sum())

    def lacking(self, name: str) -> tuple[str, ...]:
        """The datasets without which a metric or frame has no rows, through all steps between."""
        if name == SCORES or name in self.measured or name in self.datasets:
            return ()
        one = _declared(name)
        if one is None:
            return (name,)
        needed = [lack for read in one.reads for lack in self.lacking(read)]
        if not needed and all(self.lacking(read) for read in one.inputs):
            needed = [lack for read in one.optional for lack in self.lacking(read)]
        return tuple(dict.fromkeys(needed))

    def without_rows(self, name: str) -> bool:
        """Whether a dataset has no rows, or a metric no value."""
        return name != SCORES and name not in self.datasets and name not in self.measured

    def ended(self, name: str, day: date) -> tuple[str, ...]:
        """The datasets behind a metric whose newest row is no newer than its newest value."""
        dated = {d: self.datasets[d].newest for d in lineage(name) if d in self.datasets}
        late = {d for d, last in dated.items() if last is not None and last <= day}
        return tuple(sorted(late))


def _declared(name: str) -> Metric | Prepared | None:
    return metrics().get(name) or preparations().get(name)


def _behind(name: str) -> tuple[str, ...]:
    """The datasets and metrics that a metric is made of, through the frames prepared between."""
    one = _declared(name)
    inputs = one.inputs if one else ()
    steps = [_behind(read) if read in preparations() else (read,) for read in inputs]
    return tuple(dict.fromkeys(found for step in steps for found in step))


def _reach(name: str, rows: pl.DataFrame, as_of: date) -> Reach | None:
    """How far a dataset reaches, None when it has no rows that are known by the day."""
    known = (
        pl.col("known_at") <= cutoff(as_of) if "known_at" in rows.columns else pl.lit(value=True)
    )
    if rows.is_empty() or not rows.select(known.any()).item():
        return None
    entry = catalogue().get(name)
    dated = entry and (entry.trading_day or (entry.dated_by if entry.cadence.every_day else None))
    if not dated or dated not in rows.columns:
        return Reach(None)
    return Reach(rows.select(pl.col(dated).filter(known).max()).item())


def _sessions(frames: Mapping[str, pl.DataFrame], as_of: date) -> pl.Series:
    """The trading days up to a day, as the composites count them."""
    bars, calendar = (frames.get(name) for name in ("index_daily", "trade_calendar"))
    if bars is None or bars.is_empty():
        return pl.Series([], dtype=pl.Date)
    days = preparations()["sessions"].compute(bars, calendar)["observation_date"]
    return days.filter(days <= as_of)


def _absences(
    one: Metric, there: Available, rows: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[tuple[str, Absence]]:
    """What a metric lacks: itself, or the entities of it that a composite needs."""
    if one.id not in there.measured:
        yield "", _unmeasured(one, there)
        return
    for entity in COMPOSED.get(one.id, one.entities):
        row = rows.get((one.id, entity))
        absence = _unmeasured(one, there, entity) if row is None else _outdated(one, there, row)
        if absence is not None:
            yield entity, absence
    last = there.measured[one.id]
    if not one.block and last < there.as_of - FORGOTTEN:
        yield "", _ended(one, there, last)


def _unmeasured(one: Metric, there: Available, entity: str = "") -> Absence:
    """Why a metric, or one entity of it, has no value at all."""
    lacking = () if entity else there.lacking(one.id)
    if lacking:
        reason = f"{_listed(lacking, 'has', 'have')} no rows known on {there.as_of}"
        return Absence(Kind.NO_ROWS, reason, missing=lacking[0])
    if one.traded and there.adjusted:
        return _untraded(there.adjusted)
    if entity and one.id in WITHHELD:
        return Absence(Kind.NO_VALUE, WITHHELD[one.id])
    behind = _behind(one.id)
    empty = [name for name in behind if there.without_rows(name)]
    filled = [name for name in behind if name not in empty]
    parts = [f"{_listed(empty, 'has', 'have')} no rows"] if empty else []
    if filled:
        of_entity = entity and f" for {entity}"
        parts = [f"{_listed(filled, 'gives', 'give')} no value{of_entity}", *parts]
    if filled and one.window > 1:
        parts.append(f"{one.window} observations are looked at")
    return Absence(Kind.NO_VALUE, "; ".join(parts), missing=_root(empty, there))


def _root(empty: Sequence[str], there: Available) -> str:
    """The dataset behind the first input without rows, "" if it is none."""
    if not empty or empty[0] not in metrics():
        return empty[0] if empty else ""
    return _unmeasured(metrics()[empty[0]], there).missing


def _listed(names: Sequence[str], one: str, several: str) -> str:
    """The names in a row, and the verb that goes with them."""
    *first, last = names
    row = f"{', '.join(first)} and {last}" if first else last
    return f"{row} {several if first else one}"


def _untraded(until: date, since: date | None = None) -> Absence:
    return Absence(Kind.ADJUSTED, UNTRADED.format(until=until), since, missing="stock_daily")


def _ended(one: Metric, there: Available, day: date) -> Absence:
    if one.traded and there.adjusted and there.adjusted > day:
        return _untraded(there.adjusted, day)
    ended = there.ended(one.id, day)
    where = f"; {_listed(ended, 'ends', 'end')} there" if ended else ""
    missing = ended[0] if ended else ""
    return Absence(Kind.ENDED, f"no value since {day}{where}", since=day, missing=missing)


def _outdated(one: Metric, there: Available, row: Mapping[str, Any]) -> Absence | None:
    """Why the newest value of an entity does not count today; None if it does."""
    day = row["observation_date"]
    if there.age(day) > (0 if one.id in COMPOSED else one.max_age):
        return _ended(one, there, day)
    if one.block and row["score"] is None and isinstance(one.score, Percentile | Robust | Trailing):
        reason = TOO_SHORT.format(there=row["n_obs"], needed=one.score.minimum)
        return Absence(Kind.SHORT, reason, since=day)
    return None
