"""When a reading that is building up will speak: its first day, if no session is missed until then.

It follows from the observations that are there, the window and the fewest observations that the
metric declares, and the trading calendar. Beyond the end of the calendar days are reckoned by the
usual number of sessions in a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

import polars as pl

from transforms.axes.composite import (
    AXES,
    FEWEST_OF_AXIS,
    FEWEST_OF_BLOCK,
    WEIGHTS,
    components,
)
from transforms.engine.evaluate import SERIES, other_series
from transforms.engine.history import composed, fewest
from transforms.engine.metric import Metric, Prepared, metrics, preparations
from transforms.formulas.expressions import DAYS_A_YEAR, SESSIONS_A_YEAR
from warehouse.catalog import catalogue, cutoff

Member = tuple[str, str]  # metric and entity
STAGGERED = 1.5  # sessions between observations from which they do not come daily


@dataclass(frozen=True)
class BuildUp:
    """What is there on a day, of datasets and of metrics.

    frames and found: what evaluate() took and gave; sessions: the trading days up to the day.
    """

    frames: Mapping[str, pl.DataFrame]
    found: pl.DataFrame
    sessions: pl.Series
    as_of: date

    @cached_property
    def measured(self) -> dict[Member, tuple[date, date, int]]:
        """First and last observation of each metric and entity, and how many there are."""
        found = self.found.select(*SERIES, "observation_date", row=pl.int_range(pl.len()))
        first, last = found.filter(other_series(-1)), found.filter(other_series(1))
        return {
            (metric, entity): (begun, day, row - start + 1)
            for (metric, entity, begun, start), (_, _, day, row) in zip(
                first.iter_rows(), last.iter_rows(), strict=True
            )
        }

    @cached_property
    def begun(self) -> dict[str, date]:
        """The first observation of each metric."""
        first: dict[str, date] = {}
        for (metric, _), (day, _, _) in self.measured.items():
            first[metric] = min(day, first.get(metric, day))
        return first

    @cached_property
    def ahead(self) -> list[date]:
        """The trading days after the day, as far as the calendar reaches."""
        calendar = self.frames.get("trade_calendar")
        if calendar is None or calendar.is_empty():
            return []
        days = calendar["trade_date"].unique().sort()
        return list(days.filter(days > self.as_of))

    def sessions_until(self, day: date) -> int:
        """How many sessions lie between a day and the day of the evaluation; negative before it."""
        return -int((self.sessions > day).sum())

    def session(self, ahead: int) -> date | None:
        """The trading day that is so many sessions ahead; None for one that is past."""
        if ahead <= 0:
            return None
        if ahead <= len(self.ahead):
            return self.ahead[ahead - 1]
        last = self.ahead[-1] if self.ahead else self.as_of
        beyond = (ahead - len(self.ahead)) * DAYS_A_YEAR / SESSIONS_A_YEAR
        return last + timedelta(days=round(beyond))

    def speaks(self, one: Metric, entity: str) -> date | None:
        """When a metric, or an entity of it, will have the value or the score that it lacks.

        None where more days would not bring it, or nobody can say when.
        """
        if composed(one.id):
            return None
        if (one.id, entity) in self.measured:
            return self._scored(one, entity)
        if one.id in self.begun:  # others have values: it is not history that is lacking
            return None
        first = self._first_value(one.id)
        if first is None or first <= 0:
            return None
        return self.session(first + (fewest(one.score) - 1) * one.step if one.block else first)

    def _scored(self, one: Metric, entity: str) -> date | None:
        """When there will be as many values as the score needs, coming as they came so far."""
        first, last, n = self.measured[one.id, entity]
        lacking = fewest(one.score) - n
        if lacking <= 0:
            return None
        apart = float(one.step)
        if n > 1:
            apart = (self.sessions_until(last) - self.sessions_until(first)) / (n - 1)
        behind = self.sessions_until(last)
        if apart < STAGGERED:
            return self.session(lacking)
        return self.session(max(behind + round(lacking * apart), 1))

    def _first_value(self, name: str) -> int | None:
        """How many sessions ahead the first value of a frame or a metric is, or was.

        What comes a day late, such as margin loans, will come a day late then, too.
        """
        declared: Metric | Prepared | None = metrics().get(name) or preparations().get(name)
        if name in self.begun:
            last = max(end for (metric, _), (_, end, _) in self.measured.items() if metric == name)
            return self.sessions_until(self.begun[name]) - self.sessions_until(last)
        if declared is None:
            span = self._span(name)
            return (
                None
                if span is None
                else self.sessions_until(span[0]) - self.sessions_until(span[1])
            )
        needed = [self._first_value(read) for read in declared.reads]
        firsts = [first for first in needed if first is not None]
        if not firsts or len(firsts) < len(needed):
            return None
        window = declared.window if isinstance(declared, Metric) else 1
        return max(firsts) + max(window, 1) - 1

    def _span(self, name: str) -> tuple[date, date] | None:
        """The first and last day of which a dataset has rows; one without days has all."""
        rows = self.frames.get(name)
        entry = catalogue().get(name)
        if rows is None or rows.is_empty() or entry is None:
            return None
        if "known_at" in rows.columns:
            rows = rows.filter(pl.col("known_at") <= cutoff(self.as_of))
        day = entry.trading_day
        if day is None or day not in rows.columns:
            return (self.sessions[0], self.as_of) if rows.height and self.sessions.len() else None
        first, last = rows.select(first=pl.col(day).min(), last=pl.col(day).max()).row(0)
        return (first, last) if first is not None else None


def composites(
    speaking: Mapping[Member, date | None], as_of: date, with_score: Iterable[str]
) -> dict[Member, date | None]:
    """When the blocks and axes that have no score will have one, from when their members do.

    speaking: of the members that have no score the day on which they will, None if nobody knows.
    with_score: the blocks that have one.
    """
    there = set(with_score)
    found: dict[Member, date | None] = {}
    blocks: dict[str, date | None] = dict.fromkeys(there, as_of)
    for block in WEIGHTS:
        if block not in there:
            parts = components().filter(block=block).select("metric", "entity", "weight")
            dated = [(speaking.get((m, e), as_of), w) for m, e, w in parts.iter_rows()]
            blocks[block] = found["block_score", block] = _enough(dated, FEWEST_OF_BLOCK)
    for side, axis in AXES.items():
        dated = [(blocks[b], w) for b, w in WEIGHTS.items() if b.startswith(f"{side}/")]
        found[axis, "CN"] = _enough(dated, FEWEST_OF_AXIS)
    return {member: day if day != as_of else None for member, day in found.items()}


def _enough(dated: Iterable[tuple[date | None, int]], share: Fraction) -> date | None:
    """The day from which members with that share of all weight have a score."""
    members = list(dated)
    needed = share * sum(weight for _, weight in members)
    so_far = 0
    for day, weight in sorted((d, w) for d, w in members if d is not None):
        so_far += weight
        if so_far >= needed:
            return day
    return None
