"""Readings: the conditions that a finding, the state or an axis meets, on every day of its series.

The condition of a finding is its own, with its rarity in steps: a move that was larger than 98 % of
those before it is held against all days whose move was, on that day, larger than 97.5 % of those
before. A day is judged by what came before it, so that a longer series never changes an earlier
day; where a series is too short to judge by (250 observations), it is not judged.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.findings.finding import Finding
from transforms.findings.levels import SIGNIFICANT
from transforms.findings.rarity import FEWEST
from transforms.formulas.printed_value import wholes
from transforms.formulas.rsi import OVERBOUGHT, OVERSOLD
from transforms.outlook.axes_used import NAMES, AxesUsed, axes_used

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Moments = NDArray[np.datetime64]

STEPS = (97.5, 90.0, 75.0)  # percentiles: the strengths of the verbs (words.md 1.3)
YEAR = 250  # sessions of which a new high is the highest
TOP = 6  # findings of a week that are held against their past
STATE = "state"
# Words of value of each axis, from the highest down, by the whole points that are printed.
BANDS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "momentum": ((70, "strong"), (55, "firm"), (45, "mixed"), (30, "weak"), (0, "very weak")),
    "heat": ((75, "very hot"), (60, "hot"), (50, "warm"), (30, "moderate"), (0, "cool")),
}


@dataclass(frozen=True)
class Source:
    """Where the number of a kind of finding is read from, and how a day of it is judged.

    role: the finding's number of that day; shape: change (over the sessions of the span), day,
    total, mean, level, extreme, zone or test; relative: whether a change is a share of the value.
    """

    metric: str
    shape: str
    role: str = "level"
    relative: bool = False


SOURCES: Mapping[str, Source] = {
    "index_change": Source("close", "change", "change", relative=True),
    "index_day": Source("close", "day", "change", relative=True),
    "index_high": Source("close", "extreme"),
    "index_low": Source("close", "extreme"),
    "rsi_zone": Source("rsi_14", "zone"),
    "turnover_total": Source("turnover_cny", "total", "total"),
    "turnover_low": Source("turnover_cny", "total", "mean"),
    "turnover_high": Source("turnover_cny", "extreme"),
    "financing_change": Source("margin_financing_balance_cny", "change", "change", relative=True),
    "financing_day": Source("margin_financing_balance_cny", "day", "change", relative=True),
    "financing_high": Source("margin_financing_balance_cny", "extreme"),
    "purchases_level": Source("margin_intensity_5d", "level"),
    "breadth_day": Source("breadth_up_share", "level", "rising"),
    "above_average": Source("share_above_ma50", "level"),
    "crowding_level": Source("crowding", "level", "turnover_share"),
    "runups": Source("runup_30d_ge_90pct_count", "level", "count"),
    "pe_level": Source("pe_ttm", "level"),
    "risk_premium": Source("equity_risk_premium", "level"),
    "etf_inflow": Source("etf_inflow_20d_cny", "level", "total"),
    "psy": Source("explosive_p_value", "test", "p"),
}


@dataclass(frozen=True)
class Condition:
    """What a day must meet to be like the reading.

    shape: see Source, or record, state, band; side: up, down, high, low, a zone, state or band;
    sessions: of a change or total, else 1; least: the percentile that it reached, None where the
    condition is another.
    """

    shape: str
    side: str
    sessions: int = 1
    least: float | None = None


@dataclass(frozen=True)
class Series:
    """One series, oldest first: days (datetime64[D]), and when each was known (us, naive UTC)."""

    metric: str
    days: Moments
    values: Floats
    known: Moments

    def __len__(self) -> int:
        return len(self.days)

    def day(self, place: int) -> date:
        found: date = self.days[place].item()
        return found

    def until(self, day: date) -> Series:
        """The observations up to a day."""
        end = int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right"))
        return Series(self.metric, self.days[:end], self.values[:end], self.known[:end])


@dataclass(frozen=True)
class Reading:
    """A reading of today and the days of its series that were like it.

    kind, entity: of the finding, or state, momentum, heat of CN; values: what was judged; judged:
    the days on which it could be; holds: those that were like it. The reading of today is the last
    one of all. axes: core or full, of a reading of the axes.
    """

    kind: str
    entity: str
    series: Series
    condition: Condition
    values: Floats
    judged: Flags
    holds: Flags
    axes: str | None = None


def read_by(findings: Sequence[Finding]) -> set[str]:
    """The metrics that readings and what followed them are read from."""
    axes = {metric for named in NAMES.values() for metric in named.values()}
    return axes | {"close"} | {SOURCES[one.kind].metric for one in findings if one.kind in SOURCES}


def readings(
    metric_frame: pl.DataFrame, findings: Sequence[Finding], last: date
) -> Iterator[Reading]:
    """The state, both axes and the top findings that have a past to be held against.

    metric_frame: METRIC_FRAME as known at the end of a day; findings: of that day, ranked; last:
    the newest session, of which alone the axes are told.
    """
    yield from of_axes(axes_used(metric_frame), last)
    by_series = all_series(metric_frame, read_by(findings))
    told = [one for one in findings if one.kind in SOURCES]
    found = (of_finding(one, by_series.get((SOURCES[one.kind].metric, one.entity))) for one in told)
    yield from islice(filter(None, found), TOP)


def all_series(metric_frame: pl.DataFrame, metrics: set[str]) -> dict[tuple[str, str], Series]:
    """The series of some metrics, by metric and entity."""
    columns = ["metric", "entity", "observation_date", "value", "known_at"]
    rows = metric_frame.filter(
        pl.col("metric").is_in(list(metrics)), pl.col("value").is_finite()
    ).select(columns)
    parts = rows.partition_by("metric", "entity", as_dict=True)
    return {(str(m), str(e)): series_of(str(m), part) for (m, e), part in parts.items()}


def series_of(metric: str, rows: pl.DataFrame) -> Series:
    """Rows of one series, with its days as `observation_date`."""
    ordered = rows.sort("observation_date")
    known = ordered["known_at"].cast(pl.Datetime("us")).to_numpy()
    return Series(
        metric, ordered["observation_date"].to_numpy(), ordered["value"].to_numpy(), known
    )


def of_axes(axes: AxesUsed, last: date) -> Iterator[Reading]:
    """The state and the band of each axis on a day, where it has one."""
    for side, bands in BANDS.items():
        series = _of_axis(axes, side, axes.days.select("observation_date", "known_at", value=side))
        words = [_band(points, bands) for points in wholes(series.values)]
        if len(series) and series.day(-1) == last:
            yield _alike(side, series, "band", words, axes.which)
    states = axes.days.drop_nulls("state")
    series = _of_axis(axes, "momentum", states.with_columns(value="momentum"))
    if len(series) and series.day(-1) == last:
        yield _alike(STATE, series, STATE, states["state"].to_list(), axes.which)


def _of_axis(axes: AxesUsed, side: str, rows: pl.DataFrame) -> Series:
    return series_of(axes.metrics[side], rows.drop_nulls("value"))


def _band(points: int, bands: Sequence[tuple[int, str]]) -> str:
    """The word for a score as it is printed, in whole points."""
    return next(word for line, word in bands if points >= line)


def _alike(kind: str, series: Series, shape: str, words: Sequence[str], axes: str) -> Reading:
    """The days on which an axis, or both, had the word of the newest day."""
    holds = np.array([word == words[-1] for word in words])
    condition = Condition(shape, words[-1])
    everywhere = np.ones(len(series), dtype=bool)
    return Reading(kind, "CN", series, condition, series.values, everywhere, holds, axes)


def of_finding(one: Finding, series: Series | None) -> Reading | None:
    """A finding's condition on the past of its series; None where it has none to be held against.

    An ordinary finding (under the 75th percentile) has none: it says nothing about the day.
    """
    source, number = SOURCES[one.kind], one.numbers.get(SOURCES[one.kind].role)
    past = series.until(number.day) if series and number else None
    if past is None or not len(past) or number is None or past.day(-1) != number.day:
        return None
    judged = (
        _extreme(past, record=one.rarity.record, high=not one.kind.endswith("low"))
        if source.shape == "extreme"
        else _line(past, source.shape)
        if source.shape in {"zone", "test"}
        else _rare(one, source, past)
    )
    if judged is None or not judged.holds[-1]:
        return None
    everywhere = np.arange(len(past)) >= judged.first
    holds = judged.holds & everywhere
    return Reading(one.kind, one.entity, past, judged.condition, judged.values, everywhere, holds)


@dataclass(frozen=True)
class Judged:
    """The days of a series held against a condition; first: the place of the first that can be."""

    condition: Condition
    values: Floats
    holds: Flags
    first: int = 0


def _extreme(past: Series, *, record: bool, high: bool) -> Judged:
    """The highest (lowest) of all before it, if the finding is; else of 250 observations."""
    outward = pl.Series(past.values if high else -past.values)
    before = outward.cum_max() if record else outward.rolling_max(YEAR)
    holds = (outward > before.shift(1)).fill_null(value=False).to_numpy()
    condition = Condition("record" if record else "extreme", "high" if high else "low")
    return Judged(condition, past.values, holds & (np.arange(len(past)) >= YEAR), YEAR)


def _line(past: Series, shape: str) -> Judged | None:
    """Days beyond a fixed line: overbought, oversold (one that has left its zone is in none), or
    significant by a test.
    """
    values = past.values
    sides = {"overbought": values >= OVERBOUGHT, "oversold": values <= OVERSOLD}
    if shape == "test":
        sides = {"found": values < SIGNIFICANT}
    here = [(side, holds) for side, holds in sides.items() if holds[-1]]
    return Judged(Condition(shape, here[0][0]), values, here[0][1]) if here else None


def _rare(one: Finding, source: Source, past: Series) -> Judged | None:
    """Days whose move, sum or level was as rare among those before it, in the same direction."""
    span = one.numbers.get("sessions")
    sessions = int(span.value) if span and source.shape in {"change", "total"} else 1
    values = _numbers(past.values, source, sessions)
    is_move = source.shape in {"change", "day"}
    first = int(np.isnan(values).sum())
    if first == len(values):
        return None
    upward = values[-1] > 0 if is_move else (values[first:] <= values[-1]).mean() >= 0.5
    outward = values if upward else -values
    rank = np.append(np.full(first, np.nan), _rank(outward[first:]))
    own = rank[-1] if one.rarity.q is None else min(rank[-1], one.rarity.q)
    least = next((step for step in STEPS if own >= step), None)
    if least is None:
        return None
    sides = ("up", "down") if is_move else ("high", "low")
    condition = Condition(source.shape, sides[not upward], sessions, least)
    holds = (rank >= least) & ((outward > 0) | (not is_move))
    return Judged(condition, values, holds, first + FEWEST - 1)


def _numbers(values: Floats, source: Source, sessions: int) -> Floats:
    """What is judged on each day: a change or sum over so many observations, or the value."""
    if source.shape == "level":
        return values
    series = pl.Series(values)
    if source.shape == "total":
        found = series.rolling_sum(sessions)
    else:
        before = series.shift(sessions)
        found = series / before - 1 if source.relative else series - before
    return found.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _rank(values: Floats) -> Floats:
    """Percentile of each value among those up to it, ties half; NaN before 250 (as Rarity.q)."""
    ranks = np.full(len(values), np.nan)
    past: list[float] = []
    for place, value in enumerate(values.tolist()):
        insort(past, value)
        if place + 1 >= FEWEST:
            below, upto = bisect_left(past, value), bisect_right(past, value)
            ranks[place] = 100 * (below + (upto - below - 1) / 2) / place
    return ranks


def known_at(moment: np.datetime64) -> datetime:
    """A moment of a series as a datetime (naive UTC)."""
    found: datetime = moment.astype("datetime64[us]").item()
    return found
