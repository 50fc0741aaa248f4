"""What the shares did in the span: how many rose, how the middle one moved, how many hit limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple, cast

import numpy as np
import polars as pl

from transforms.findings.detectors import Found, Series
from transforms.findings.finding import Finding, Histories, History, Number
from transforms.findings.rarity import (
    Days,
    Rarity,
    Values,
    among,
    once_in,
    rarity_either_way,
    rarity_of_level,
    rarity_of_move,
    unranked,
)
from transforms.findings.span import FULL_WEEK, Span
from transforms.findings.watched import in_span, made
from transforms.prepared.indices import CSI_300, STAR_50
from transforms.prepared.series import theme_members, within_span
from transforms.prepared.stocks import stock_bars

LOOKED_BACK = timedelta(days=40)  # bars before the span that tell whole days and last closes
GROUPS = ("tech", "all")
FEW, MANY = 5.0, 95.0  # percentiles at or outside which a day of breadth is told
FLIP = 0.20  # by how much the share rising must cross one half
HALF = 0.5
LED_BY = {"tech": STAR_50, "all": CSI_300}  # the index that a group of shares is held against
CLEAR, NARROW = 75.0, 0.25  # percentile of its rise; the median's share of it
LIMIT_UPS = 90.0  # percentile from which a day of limit-ups is told
TECHNOLOGY = "tech"  # the theme that is a group of its own
NOTHING = pl.DataFrame(
    schema={"entity": pl.Categorical, "observation_date": pl.Date, "adjusted": pl.Float64}
    | {"return_1d": pl.Float64, "known_at": pl.Datetime("us")}
)

Frames = Mapping[str, pl.DataFrame]


class Changes(NamedTuple):
    """What each of some shares gained or lost (fractions), and when all of it was known."""

    values: Values
    known_at: datetime

    @property
    def median(self) -> float:
        return float(np.median(self.values))


class Shares:
    """The bars of all shares around a span, and who belongs to technology on its last day."""

    def __init__(self, frames: Frames, span: Span) -> None:
        self.span = span
        self.bars = _bars(frames, span)
        codes = members(frames, TECHNOLOGY, span).cast(pl.Categorical)
        self._of_tech = self.bars.filter(pl.col("entity").is_in(codes.implode()))
        self.over_span = {group: self._over_span(group) for group in GROUPS}

    def of(self, group: str) -> pl.DataFrame:
        """The bars of a group: all shares, or those of technology."""
        return self._of_tech if group == TECHNOLOGY else self.bars

    def _over_span(self, group: str) -> Changes | None:
        """What each share that traded on the last day made of its last close before the span."""
        bars, day = self.of(group), pl.col("observation_date")
        before = bars.filter(day <= self.span.base).group_by("entity", maintain_order=True).last()
        both = bars.filter(day == self.span.last).join(before, on="entity", suffix="_before")
        return _changes(both, pl.col("adjusted") / pl.col("adjusted_before") - 1)

    def on(self, group: str, day: date) -> Changes | None:
        """What each share made of its close before a day on that day."""
        rows = self.of(group).filter(pl.col("observation_date") == day)
        return _changes(rows.drop_nulls("return_1d"), pl.col("return_1d"))


def _changes(rows: pl.DataFrame, change: pl.Expr) -> Changes | None:
    if rows.is_empty():
        return None
    known_at = cast("datetime", rows["known_at"].max())
    return Changes(rows.select(change).to_series().to_numpy(), known_at)


def _bars(frames: Frames, span: Span) -> pl.DataFrame:
    """Marked bars from forty days before the span on; none without prices of shares."""
    rows = frames.get("stock_daily", pl.DataFrame())
    if rows.is_empty():
        return NOTHING
    day = pl.col("trade_date")
    recent = rows.filter(day.is_between(span.base - LOOKED_BACK, span.last))
    return bars_of(recent, frames)


def bars_of(rows: pl.DataFrame, frames: Frames) -> pl.DataFrame:
    """Rows of stock_daily as stock_bars."""
    factors = frames.get("adjustment_factor")
    return stock_bars.compute(rows, None if factors is None or factors.is_empty() else factors)


def members(frames: Frames, theme: str, span: Span) -> pl.Series:
    """The codes of a theme's members on the last day of the span."""
    lists = frames.get("theme_membership")
    if lists is None or lists.is_empty():
        return pl.Series([], dtype=pl.String)
    listed = theme_members(theme, frames.get("security"), lists)
    return listed.filter(within_span(pl.lit(span.last)))["entity"].unique().sort()


def found_in_shares(frames: Frames, histories: Histories, span: Span) -> Iterator[Finding]:
    """Breadth of all shares and of technology, and its limit-ups."""
    shares = Shares(frames, span)
    for group in GROUPS:
        yield from _week(shares, group, histories)
        yield from _day(shares, group, histories)
        yield from _flip(group, histories, span)
        yield from _narrow(shares, group, histories)
    yield from _limit_ups(histories, span)


def _week(shares: Shares, group: str, histories: Histories) -> Iterator[Finding]:
    """How many rose over the span. Five sessions have a history; a shorter week has none."""
    changes, span = shares.over_span[group], shares.span
    if changes is None:
        return
    past = histories.of("risen_in_5d_share", group) if len(span) == FULL_WEEK else None
    ranked = past is not None and past.place(span.last) is not None
    rarity = rarity_either_way(past.days, past.values) if past and ranked else unranked(span.last)
    rising, known = float((changes.values > 0).mean()), changes.known_at
    numbers = {
        "rising": Number(rising, "fraction", span.last, known, span.base),
        "median": Number(changes.median, "fraction", span.last, known, span.base),
        "n": Number(float(len(changes.values)), "count", span.last, known),
    }
    yield made("breadth_week", group, Found(rarity, numbers))


def _day(shares: Shares, group: str, histories: Histories) -> Iterator[Finding]:
    """The day of the span on which fewest or most rose, if so few or many are rare."""
    seen = in_span(histories.of("breadth_up_share", group), shares.span)
    if seen is None:
        return
    past, begins = seen
    judged = [
        (rarity_either_way(past.days[: end + 1], past.values[: end + 1]), end)
        for end in range(begins, len(past))
    ]
    rarity, end = max(judged, key=lambda one: one[0].surprise)
    if rarity.q is None or rarity.q < MANY or np.isnan(past.counts[end]):
        return
    series = Series(past, "fraction")
    numbers = {
        "rising": series.level(end),
        "n": series.number(end, float(past.counts[end]), "count"),
    }
    changes = shares.on(group, past.day(end))
    if changes:
        numbers["median"] = series.number(end, changes.median)
    yield made("breadth_day", group, Found(among(rarity, len(judged)), numbers))


def _flip(group: str, histories: Histories, span: Span) -> Iterator[Finding]:
    """The rarest of the days of the span on which the share rising crossed one half by far."""
    seen = in_span(histories.of("breadth_up_share", group), span)
    if seen is None:
        return
    past, begins = seen
    series, steps = Series(past, "fraction"), np.diff(past.values)
    places = range(begins, len(past))
    flips = [
        (rarity_of_move(past.days[1 : end + 1], steps[:end], 1), end)
        for end in places
        if _flipped(past.values[end - 1], past.values[end]) and not np.isnan(past.counts[end])
    ]
    if flips:
        rarity, end = max(flips, key=lambda one: one[0].surprise)
        numbers = {
            "before": series.level(end - 1),
            "rising": series.level(end),
            "n": series.number(end, float(past.counts[end]), "count"),
        }
        yield made("breadth_flip", group, Found(among(rarity, len(places)), numbers))


def _flipped(before: float, after: float) -> bool:
    return (before - HALF) * (after - HALF) < 0 and abs(after - before) >= FLIP


def _narrow(shares: Shares, group: str, histories: Histories) -> Iterator[Finding]:
    """Whether an index rose clearly and the median share by less than a fourth of it: over the
    span, otherwise on its last day. Earlier medians are not kept: it is as rare as rises of the
    index that are clear, in which as few shares took part.
    """
    code, span = LED_BY[group], shares.span
    seen = in_span(histories.of("close", code), span)
    if seen is None or seen[0].place(span.last) is None:
        return
    past, begins = seen
    series, last = Series(past, "index points", relative=True), len(past) - 1
    for sessions, what, rising in (
        (last + 1 - begins, partial(shares.over_span.get, group), "risen_in_5d_share"),
        (1, partial(shares.on, group, span.last), "breadth_up_share"),
    ):
        moves = series.changes(sessions)
        q = rarity_of_move(past.days[sessions:], moves, sessions).q if len(moves) else None
        if q is None or q < CLEAR or moves[-1] <= 0 or not (changes := what()):
            continue
        if changes.median < NARROW * moves[-1]:
            base = last - sessions
            numbers = {
                "change": series.changed(last, float(moves[-1]), base),
                "median": series.number(last, changes.median, "fraction", base),
                "n": series.number(last, float(len(changes.values)), "count"),
            }
            taking_part = histories.of(rising, group) if sessions in {1, FULL_WEEK} else None
            rarity = _as_few(past.days[sessions:], moves, taking_part, span)
            yield made("breadth_narrow", group, Found(rarity, numbers), index=code)
            return


def _as_few(days: Days, moves: Values, rising: History | None, span: Span) -> Rarity:
    """How often as few shares rose while an index rose clearly: by at least its 75th percentile."""
    if rising is None or rising.place(span.last) is None:
        return unranked(span.last)
    common, of_index, of_shares = np.intersect1d(days, rising.days, return_indices=True)
    clear = moves[of_index] >= np.percentile(moves, CLEAR)
    few = rising.values[of_shares] <= rising.values[-1]
    return once_in(common, int((clear & few).sum()), 1)


def _limit_ups(histories: Histories, span: Span) -> Iterator[Finding]:
    """The day of the span with most shares at their limit, if so many are rare."""
    seen = in_span(histories.of("limit_up_share", "all"), span)
    if seen is None:
        return
    past, begins = seen
    places = range(begins, len(past))
    end = max(places, key=lambda one: past.values[one])
    rarity = rarity_of_level(past.days[: end + 1], past.values[: end + 1], high=True)
    if rarity.q is None or rarity.q < LIMIT_UPS or np.isnan(past.counts[end]):
        return
    series = Series(past, "fraction")
    count = round(float(past.values[end] * past.counts[end]))
    numbers = {"count": series.number(end, float(count), "count")}
    sealed = histories.of("limit_sealed_rate", "all")
    place = sealed.place(past.day(end)) if sealed else None
    if sealed and place is not None:
        numbers["sealed"] = Series(sealed, "fraction").level(place)
    yield made("limit_ups", "all", Found(among(rarity, len(places)), numbers))
