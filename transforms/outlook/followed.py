"""What followed readings like this: every earlier independent case, beside the usual.

A case begins at the close of the first session on whose evening the reading was known. One rule
makes cases independent, at each horizon by itself: the first day of a reading counts, and then the
next one whose horizon begins when that of the last case is over. A case counts when its own
horizon is over and its last close is known. The base rate is of all sessions since the reading
could first be judged. Fewer than eight cases are listed and not summed up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.findings.finding import Finding
from transforms.outlook.readings import (
    Flags,
    Floats,
    Moments,
    Reading,
    Series,
    all_series,
    known_at,
    read_by,
    readings,
)
from transforms.outlook.scenarios import HORIZONS, paths
from transforms.prepared.indices import CSI_300, STAR_50
from warehouse.shanghai import DAY_END_UTC

Ints = NDArray[np.int64]

MEASURED_ON = (STAR_50, CSI_300)
FEWEST_CASES = 8  # from which on quartiles mean something
QUARTILES = (0.25, 0.5, 0.75)
ONE_DAY = np.timedelta64(1, "D")
DAY_END = np.datetime64(datetime.combine(date.min, DAY_END_UTC)) - np.datetime64(date.min)

KEY = {
    "kind": pl.String(),
    "entity": pl.String(),
    "measured_on": pl.String(),
    "horizon": pl.Int64(),
}
SUMMARY = pl.Schema(
    KEY
    | {
        "metric": pl.String(),
        "axes": pl.String(),
        "shape": pl.String(),
        "side": pl.String(),
        "sessions": pl.Int64(),
        "least": pl.Float64(),
        "observation_date": pl.Date(),
        "value": pl.Float64(),
        "since": pl.Date(),
        "cases": pl.Int64(),
        "lower_return": pl.Float64(),
        "median_return": pl.Float64(),
        "upper_return": pl.Float64(),
        "lower_fall": pl.Float64(),
        "median_fall": pl.Float64(),
        "upper_fall": pl.Float64(),
        "base_days": pl.Int64(),
        "base_independent": pl.Float64(),
        "base_lower_return": pl.Float64(),
        "base_median_return": pl.Float64(),
        "base_upper_return": pl.Float64(),
        "base_lower_fall": pl.Float64(),
        "base_median_fall": pl.Float64(),
        "base_upper_fall": pl.Float64(),
        "known_at": pl.Datetime("us"),
    }
)
CASES = pl.Schema(
    KEY
    | {
        "observation_date": pl.Date(),
        "value": pl.Float64(),
        "begins": pl.Date(),
        "ends": pl.Date(),
        "realised": pl.Float64(),
        "fall": pl.Float64(),
        "known_at": pl.Datetime("us"),
    }
)


class Followed(NamedTuple):
    """What followed: SUMMARY and CASES."""

    summary: pl.DataFrame
    cases: pl.DataFrame

    @classmethod
    def empty(cls) -> Followed:
        """Nothing that was read."""
        return cls(SUMMARY.to_frame(), CASES.to_frame())


@dataclass(frozen=True)
class Index:
    """An index that outcomes are measured on: its closes, the evenings of its sessions (naive UTC),
    and by horizon what followed each of them.
    """

    entity: str
    closes: Series
    evenings: Moments
    paths: Mapping[int, Mapping[str, Floats]]


def followed(metric_frame: pl.DataFrame, findings: Sequence[Finding], as_of: date) -> Followed:
    """What followed the readings of a day.

    metric_frame: METRIC_FRAME; findings: of the same day, ranked. Nothing that was not known at
    the end of the day `as_of` in Shanghai counts.
    """
    seen = metric_frame.filter(pl.col("metric").is_in(list(read_by(findings)))).filter(
        pl.col("observation_date") <= as_of,
        pl.col("known_at") <= pl.lit(datetime.combine(as_of, DAY_END_UTC)),
    )
    closes = all_series(seen.filter(pl.col("entity").is_in(MEASURED_ON)), {"close"})
    indices = [_index(e, closes["close", e]) for e in MEASURED_ON if ("close", e) in closes]
    summary: list[dict[str, object]] = []
    cases: list[dict[str, object]] = []
    last = max((one.closes.day(-1) for one in indices), default=as_of)
    for reading in readings(seen, findings, last):
        for index in indices:
            begins = beginnings(reading.series, index)
            for horizon in HORIZONS:
                ahead = Ahead(reading, index, begins, horizon)
                listed = list(ahead.cases())
                summary.append(ahead.summary(listed))
                cases += listed
    return Followed(pl.DataFrame(summary, SUMMARY), pl.DataFrame(cases, CASES))


def _index(entity: str, closes: Series) -> Index:
    ahead = {horizon: paths(closes.values, horizon) for horizon in HORIZONS}
    return Index(entity, closes, evenings_of(closes.days), ahead)


def evenings_of(days: Moments) -> Moments:
    """The ends of days in Shanghai, naive UTC."""
    return np.asarray(days.astype("M8[us]") + DAY_END)


def beginnings(series: Series, index: Index) -> Ints:
    """The session of the index from which the outcome of each observation is measured.

    The first on whose evening it was known, not before its own day: the number of the sessions
    where there is none yet, and -1 of what was known before the first.
    """
    moment = np.maximum(evenings_of(series.days), series.known)
    found = np.searchsorted(index.evenings, moment)
    return np.asarray(np.where(moment > index.evenings[0] - ONE_DAY, found, -1))


def independent_cases(holds: Flags, begins: Ints, horizon: int) -> Ints:
    """Which observations are cases: the first, and each next that begins a horizon later.

    holds: the days like the reading; begins: from which session each is measured, -1 if from none.
    What comes after a case never changes it.
    """
    like = np.flatnonzero(holds & (begins >= 0))
    reached = np.maximum.accumulate(begins[like])
    chosen: list[int] = []
    place = 0
    while place < like.size:
        chosen.append(int(like[place]))
        place = int(np.searchsorted(reached, begins[like[place]] + horizon))
    return np.array(chosen, dtype=np.int64)


@dataclass(frozen=True)
class Ahead:
    """What followed a reading on one index within one horizon.

    begins: the session of the index from which each observation of the reading is measured.
    """

    reading: Reading
    index: Index
    begins: Ints
    horizon: int

    @property
    def key(self) -> dict[str, object]:
        reading, index = self.reading, self.index
        return dict(
            zip(KEY, (reading.kind, reading.entity, index.entity, self.horizon), strict=True)
        )

    def cases(self) -> Iterator[dict[str, object]]:
        """The cases one by one: when, from and to which session, and what came."""
        closes, series, path = self.index.closes, self.reading.series, self.index.paths
        for place in independent_cases(self.reading.holds, self.begins, self.horizon):
            begun = int(self.begins[place])
            ended = begun + self.horizon
            if ended >= len(closes):
                return
            known = max(series.known[place], closes.known[begun : ended + 1].max())
            yield self.key | {
                "observation_date": series.day(place),
                "value": float(self.reading.values[place]),
                "begins": closes.day(begun),
                "ends": closes.day(ended),
                "realised": float(path[self.horizon]["return"][begun]),
                "fall": float(path[self.horizon]["drawdown"][begun]),
                "known_at": known_at(known),
            }

    def summary(self, cases: Sequence[Mapping[str, object]]) -> dict[str, object]:
        """The reading, its cases in sum, and what usually followed."""
        reading, series = self.reading, self.reading.series
        known = max(series.known[-1], self.index.closes.known.max())
        return {
            **self.key,
            **vars(reading.condition),
            "metric": series.metric,
            "axes": reading.axes,
            "observation_date": series.day(-1),
            "value": float(reading.values[-1]),
            "cases": len(cases),
            **_spread("return", [one["realised"] for one in cases], FEWEST_CASES),
            **_spread("fall", [one["fall"] for one in cases], FEWEST_CASES),
            **self._usual(),
            "known_at": known_at(known),
        }

    def _usual(self) -> dict[str, object]:
        """What followed all sessions of the index since the reading could first be judged."""
        judged = self.begins[self.reading.judged & (self.begins >= 0)]
        first = int(judged[0])
        path = self.index.paths[self.horizon]
        returns, falls = path["return"][first:], path["drawdown"][first:]
        over = ~np.isnan(returns)
        spread = _spread("return", returns[over], 1) | _spread("fall", falls[over], 1)
        return {f"base_{name}": value for name, value in spread.items()} | {
            "since": self.index.closes.day(first),
            "base_days": int(over.sum()),
            "base_independent": float(over.sum() / self.horizon),
        }


def _spread(what: str, values: Any, fewest: int) -> dict[str, object]:
    """Quartiles of what followed; None of fewer values."""
    names = (f"lower_{what}", f"median_{what}", f"upper_{what}")
    if len(values) < fewest:
        return dict.fromkeys(names)
    return dict(zip(names, np.quantile(values, QUARTILES).tolist(), strict=True))
