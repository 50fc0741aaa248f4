"""What the members of a theme did over the span, or on its rarest day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from transforms.findings.detectors import Found
from transforms.findings.finding import Finding, Number
from transforms.findings.rarity import Values, among, rarity_of_move, unranked
from transforms.findings.shares import TECHNOLOGY, Frames, bars_of, members
from transforms.findings.span import Span
from transforms.findings.watched import made

FEWEST = 5  # shares of which a theme has a median


class Moved(NamedTuple):
    """How the median member moved, with who moved most and least."""

    found: Found
    best: str
    worst: str


class Theme:
    """The closes of a theme's members of today by session: what they did, now and before."""

    def __init__(self, bars: pl.DataFrame) -> None:
        """bars: stock_bars of the members."""
        named = bars.with_columns(pl.col("entity").cast(pl.String))
        wide = named.pivot("entity", index="observation_date", values="adjusted").sort(
            "observation_date"
        )
        self.codes = sorted(wide.columns[1:])
        closes = wide.select(self.codes)
        self.days = wide["observation_date"].to_numpy()
        self.closes = closes.select(pl.all().forward_fill().fill_null(np.nan)).to_numpy()
        self.traded = closes.select(pl.all().is_not_null()).to_numpy()
        known = named.group_by("observation_date").agg(pl.col("known_at").max())
        self.known = known.sort("observation_date")["known_at"].to_numpy()

    def moved(self, end: int, sessions: int) -> Moved | None:
        """The move over so many sessions that ends at a place; None of under five members.

        The list of members is of one day, their past is not: it is held against what the same
        shares did before.
        """
        changes = self.closes[sessions : end + 1] / self.closes[: end + 1 - sessions] - 1
        changes = np.where(self.traded[sessions : end + 1], changes, np.nan)
        there = np.isfinite(changes).sum(axis=1)
        if not len(there) or there[-1] < FEWEST:
            return None
        enough, now = there >= FEWEST, changes[-1]
        medians: Values = np.nanmedian(changes[enough], axis=1)
        days = self.days[sessions : end + 1][enough]
        values = {
            "median": float(medians[-1]),
            "best": float(np.nanmax(now)),
            "worst": float(np.nanmin(now)),
        }
        numbers = {role: self._number(value, end, sessions) for role, value in values.items()}
        numbers["n"] = self._number(float(there[-1]), end, 0, "count")
        if sessions == 1 and len(medians) > 1 and enough[-2]:
            numbers["before"] = self._number(float(medians[-2]), end - 1, 1)
        best, worst = self.codes[np.nanargmax(now)], self.codes[np.nanargmin(now)]
        return Moved(Found(rarity_of_move(days, medians, sessions), numbers), best, worst)

    def _number(self, value: float, end: int, sessions: int, unit: str = "fraction") -> Number:
        base = self.days[end - sessions].item() if sessions else None
        return Number(value, unit, self.days[end].item(), self.known[end].item(), base)


def themes(frames: Frames, span: Span) -> Iterator[Finding]:
    """What each theme but technology did over the span, or on its rarest day if that is rarer.

    A list that was drawn up after the span knew what came: it is told of, and has no rank.
    """
    lists, rows = frames.get("theme_membership"), frames.get("stock_daily")
    if lists is None or rows is None:
        return
    for name in lists["theme"].unique().sort():
        if name == TECHNOLOGY:
            continue
        codes = members(frames, name, span)
        if len(codes) < FEWEST:
            continue
        listed = pl.col("code").is_in(codes.implode())
        bars = rows.filter(pl.col("trade_date") <= span.last, listed)
        moved = None if bars.is_empty() else _rarest(Theme(bars_of(bars, frames)), span)
        if moved:
            terms = {"theme": name, "best": moved.best, "worst": moved.worst}
            seen = moved.found
            if max(lists.filter(theme=name)["list_version"]) > span.last.isoformat():
                seen = Found(unranked(span.last), seen.numbers)
            yield made("theme_move", name, seen, **terms)


def _rarest(theme: Theme, span: Span) -> Moved | None:
    """The move over the span, or that of a day of it that is more surprising."""
    begins = int(np.searchsorted(theme.days, np.datetime64(span.base), side="right"))
    ends = range(max(begins, 1), len(theme.days))
    if not begins or not ends:
        return None
    whole = theme.moved(len(theme.days) - 1, len(ends))
    days = [
        day._replace(found=Found(among(day.found.rarity, len(ends)), day.found.numbers))
        for day in (theme.moved(end, 1) for end in ends)
        if day
    ]
    each = [whole, *days] if whole else days
    return max(each, key=lambda one: one.found.rarity.surprise, default=None)
