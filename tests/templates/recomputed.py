"""What a week was, computed anew from the metric frame: what finished texts are held against.

Nothing of what finds or words the findings is used here; of the engine only the frame, the span,
and the rule of the map. Percentiles are mid-ranks, 0-100, of all observations up to the day.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.axes.regimes import quadrants
from transforms.findings.span import Span
from warehouse.catalog import cutoff

Values = npt.NDArray[np.float64]

FEWEST, YEAR = 250, 250
INDICES = (
    "000688.SH", "399006.SZ", "000001.SH", "HSTECH.HK", "000300.SH", "399001.SZ", "HSI.HK", "NDX.US",
)  # fmt: skip
# The metric of which a kind of finding tells a level of a day, by the role of the number.
LEVELS = {
    ("index_change", "level"): "close", ("index_day", "level"): "close",
    ("index_high", "level"): "close", ("index_low", "level"): "close",
    ("rsi_zone", "level"): "rsi_14", ("rsi_zone", "before"): "rsi_14",
    ("turnover_high", "level"): "turnover_cny", ("turnover_high", "before"): "turnover_cny",
    ("financing_change", "level"): "margin_financing_balance_cny",
    ("financing_day", "level"): "margin_financing_balance_cny",
    ("financing_high", "level"): "margin_financing_balance_cny",
    ("purchases_level", "level"): "margin_intensity_5d",
    ("above_average", "level"): "share_above_ma50",
    ("breadth_day", "rising"): "breadth_up_share",
    ("breadth_flip", "before"): "breadth_up_share", ("breadth_flip", "rising"): "breadth_up_share",
    ("runups", "count"): "runup_30d_ge_90pct_count",
    ("runups", "before"): "runup_30d_ge_90pct_count",
    ("pe_level", "level"): "pe_ttm", ("risk_premium", "level"): "equity_risk_premium",
    ("etf_inflow", "total"): "etf_inflow_20d_cny",
    ("psy", "p"): "explosive_p_value", ("lppls", "share"): "lppls_confidence_positive",
    ("limit_ups", "sealed"): "limit_sealed_rate",
    ("axes", "momentum"): "structural_momentum", ("axes", "heat"): "overheating",
    ("state", "momentum"): "structural_momentum", ("state", "heat"): "overheating",
    ("turnover_total", "rate"): "turnover_to_tradable_cap",
    ("turnover_high", "rate"): "turnover_to_tradable_cap",
}  # fmt: skip
FRACTIONS = {
    "margin_intensity_5d", "share_above_ma50", "breadth_up_share", "equity_risk_premium",
    "lppls_confidence_positive", "limit_sealed_rate", "turnover_to_tradable_cap",
}  # fmt: skip
# The metric in whose history the level of a kind is ranked.
RANKED = {
    "index_high": "close", "index_low": "close", "rsi_zone": "rsi_14",
    "turnover_high": "turnover_cny", "financing_high": "margin_financing_balance_cny",
    "purchases_level": "margin_intensity_5d", "above_average": "share_above_ma50",
    "breadth_week": "risen_in_5d_share", "breadth_day": "breadth_up_share",
    "runups": "runup_30d_ge_90pct_count", "pe_level": "pe_ttm",
    "risk_premium": "equity_risk_premium", "limit_ups": "limit_up_share",
    "etf_inflow": "etf_inflow_20d_cny", "crowding_level": "crowding",
    "policy_words": "policy_intensity",
}  # fmt: skip
MOVED = {
    "index_change": "close", "index_day": "close",
    "financing_change": "margin_financing_balance_cny",
    "financing_day": "margin_financing_balance_cny",
}  # fmt: skip
OF_A_DAY = {"index_day", "financing_day"}
SUMMED = {"turnover_total", "turnover_low"}
READ = {*LEVELS.values(), *RANKED.values(), *MOVED.values()}
READ |= {"structural_momentum_low", "structural_momentum_high", "overheating_low"}
READ |= {"overheating_high", "composite_coverage"}


@dataclass(frozen=True)
class Past:
    """A series up to the end of the span; `begins`: how many of it lie before the span."""

    days: list[date]
    values: Values
    begins: int

    def place(self, day: date) -> int | None:
        """Where a day stands; None where it has no value."""
        found = bisect_left(self.days, day)
        return found if found < len(self.days) and self.days[found] == day else None

    @property
    def sessions(self) -> int:
        return len(self.days) - self.begins


@dataclass(frozen=True)
class Ranks:
    """What the last value stands among. apart: how many of the last ones overlap it, itself too."""

    days: list[date]
    values: Values
    apart: int = 1
    is_move: bool = False

    @property
    def now(self) -> float:
        return float(self.values[-1])

    @property
    def percentile(self) -> float | None:
        """Where the value itself stands; None among fewer than 250."""
        if len(self.values) < FEWEST:
            return None
        below = (self.values < self.now).sum() + ((self.values == self.now).sum() - 1) / 2
        return float(100 * below / (len(self.values) - 1))

    @property
    def q(self) -> float | None:
        """The same in the direction of the move; of a level, in that in which it is farther out."""
        rank = self.percentile
        if rank is None:
            return None
        return (rank if self.now >= 0 else 100 - rank) if self.is_move else max(rank, 100 - rank)

    def _outward(self, *, low: bool) -> Values:
        return -self.values if low else self.values

    def is_record(self, *, low: bool) -> bool:
        """Whether nothing of 250 observations and more is as far out."""
        out = self._outward(low=low)
        return len(out) >= FEWEST and int((out >= out[-1]).sum()) == 1

    def last_as_far(self, *, low: bool) -> date | None:
        """The last day before, apart from this, on which it was as far out."""
        out = self._outward(low=low)
        before = out[: max(len(out) - self.apart, 0)]
        like = np.flatnonzero((before >= out[-1]) & ((before > 0) | (not self.is_move)))
        return self.days[int(like[-1])] if like.size else None

    def farther(self, *, low: bool) -> list[date]:
        """The days on which it was farther out than now."""
        out = self._outward(low=low)
        return [self.days[int(place)] for place in np.flatnonzero(out > out[-1])]


class Evidence:
    """The metric frame as known at the end of a span, read anew."""

    def __init__(self, seen: pl.DataFrame, span: Span) -> None:
        """seen: METRIC_FRAME, without what became known later."""
        self.span = span
        rows = seen.filter(
            pl.col("metric").is_in(list(READ)), pl.col("value").is_finite(),
            pl.col("observation_date") <= span.last,
        ).select("metric", "entity", "observation_date", "value", "known_at")  # fmt: skip
        self._parts = rows.partition_by("metric", "entity", as_dict=True, include_key=False)
        self._pasts: dict[tuple[str, str], Past | None] = {}
        self._ranks: dict[tuple[str, str, date], Ranks | None] = {}

    def past(self, metric: str, entity: str) -> Past | None:
        """A series; None where it has nothing. What came late belongs to the week it came in."""
        key = (metric, entity)
        if key not in self._pasts:
            part = self._parts.get(key)
            self._pasts[key] = None if part is None else self._past(part)
        return self._pasts[key]

    def _past(self, part: pl.DataFrame) -> Past:
        rows = part.sort("observation_date")
        days = rows["observation_date"].to_list()
        begins = bisect_right(days, self.span.eve)
        late = begins and days[begins - 1] <= self.span.base
        if late and rows["known_at"][begins - 1] > cutoff(self.span.base):
            begins -= 1
        return Past(days, rows["value"].to_numpy(), begins)

    def value(self, kind: str, role: str, entity: str, day: date) -> float | None:
        """What a number states, fractions in per cent; None where nothing here knows it."""
        metric = LEVELS.get((kind, role))
        if metric:
            past = self.past(metric, entity)
            place = past.place(day) if past else None
            if past is None or place is None:
                return None
            return float(past.values[place]) * (100 if metric in FRACTIONS else 1)
        computed = self._computed.get((kind, role))
        return computed(kind, entity, day) if computed else None

    @cached_property
    def _computed(self) -> dict[tuple[str, str], Callable[[str, str, date], float | None]]:
        return {
            ("index_change", "change"): self._change, ("financing_change", "change"): self._change,
            ("index_day", "change"): self._change, ("financing_day", "change"): self._change,
            ("index_day", "span_change"): lambda _, entity, day: self._change(
                "index_change", entity, day),
            ("index_change", "from_peak"): self._from_peak,
            ("turnover_total", "total"): self._total,
            ("turnover_low", "mean"): lambda kind, entity, day: (
                (self._total(kind, entity, day) or 0) / self._sessions("turnover_cny", entity)),
        }  # fmt: skip

    def _change(self, kind: str, entity: str, day: date) -> float | None:
        ranks = self.ranks(kind, entity, day)
        return None if ranks is None or ranks.days[-1] != day else 100 * ranks.now

    def _from_peak(self, _: str, entity: str, day: date) -> float | None:
        past = self.past("close", entity)
        if past is None or past.days[-1] != day:
            return None
        return float(100 * (past.values[-1] / past.values[-YEAR:].max() - 1))

    def _total(self, kind: str, entity: str, day: date) -> float | None:
        ranks = self.ranks(kind, entity, day)
        return ranks.now if ranks else None

    def _sessions(self, metric: str, entity: str) -> int:
        past = self.past(metric, entity)
        return past.sessions if past else 0

    def ranks(self, kind: str, entity: str, day: date) -> Ranks | None:
        """What the main number of a kind is ranked among; None where nothing here knows it."""
        key = (kind, entity, day)
        if key not in self._ranks:
            self._ranks[key] = self._ranked(kind, entity, day)
        return self._ranks[key]

    def _ranked(self, kind: str, entity: str, day: date) -> Ranks | None:
        if kind in SUMMED:
            return self._sums(entity)
        metric = MOVED.get(kind) or RANKED.get(kind)
        past = self.past(metric, entity) if metric else None
        end = past.place(day) if past else None
        if past is None or end is None:
            return None
        if kind not in MOVED:
            return Ranks(past.days[: end + 1], past.values[: end + 1])
        count = 1 if kind in OF_A_DAY else past.sessions
        values = past.values[: end + 1]
        if not 0 < count < len(values):
            return None
        moves = values[count:] / values[:-count] - 1
        return Ranks(past.days[count : end + 1], moves, count, is_move=True)

    def _sums(self, entity: str) -> Ranks | None:
        """Sums over as many sessions as the span has, that share none with it, and its own."""
        past = self.past("turnover_cny", entity)
        if past is None or not past.sessions:
            return None
        size, every = past.sessions, np.cumsum(np.insert(past.values, 0, 0.0))
        ends = [*range(size, past.begins + 1), len(past.values)]
        sums = np.array([every[end] - every[end - size] for end in ends])
        return Ranks([past.days[end - 1] for end in ends], sums)

    def index_move(self, code: str) -> Ranks | None:
        """The moves of an index over as many sessions as the span has."""
        past = self.past("close", code)
        if past is None or not past.sessions:
            return None
        return self.ranks("index_change", code, past.days[-1])

    def falling(self) -> list[str]:
        """The indices whose fall over the span is one of the farthest 2.5%."""
        moves = {code: self.index_move(code) for code in INDICES}
        return [c for c, one in moves.items() if one and one.now < 0 and (one.q or 0) >= 97.5]

    def unusual(self) -> list[str]:
        """What makes the span other than quiet, with its percentile."""
        found = []
        for code in INDICES:
            week, past = self.index_move(code), self.past("close", code)
            if week and (week.q or 0) >= 90:
                found.append(f"{code} over the span {week.q:.1f}")
            for day in past.days[past.begins :] if past and past.begins else ():
                one = self.ranks("index_day", code, day)
                if one and (one.q or 0) >= 97.5:
                    found.append(f"{code} on {day} {one.q:.1f}")
        for kind, entity in (("turnover_high", "SSE+SZSE"), ("financing_high", "CN")):
            past = self.past(RANKED[kind], entity)
            for day in past.days[past.begins :] if past else ():
                one = self.ranks(kind, entity, day)
                if one and one.is_record(low=False):
                    found.append(f"{kind} on {day} is a record")
        margin = self.past("margin_financing_balance_cny", "CN")
        loans = self.ranks("financing_change", "CN", margin.days[-1]) if margin else None
        if margin and margin.sessions and loans and (loans.q or 0) >= 90:
            found.append(f"margin loans {loans.q:.1f}")
        return found

    @cached_property
    def states(self) -> tuple[list[date], list[str]]:
        """The days on which both axes have a value, and the state of each."""
        named = [(name, self.past(name, "CN")) for name in ("structural_momentum", "overheating")]
        if any(past is None for _, past in named):
            return [], []
        rows = pl.concat(
            pl.DataFrame({"observation_date": past.days, "value": past.values})
            .with_columns(metric=pl.lit(name)) for name, past in named if past
        )  # fmt: skip
        told = quadrants(rows)
        return told["observation_date"].to_list(), told["state"].to_list()

    def axis(self, metric: str) -> float | None:
        """The value of an axis on the last session."""
        past = self.past(metric, "CN")
        place = past.place(self.span.last) if past else None
        return float(past.values[place]) if past and place is not None else None
