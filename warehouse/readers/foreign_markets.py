"""Bars of Hong Kong and New York: which days a request takes in, and how shares were split.

When these markets ought to trade is in `warehouse.exchanges`. A session that no calendar expected
is taken in all the same, and a price is checked against the one before it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from warehouse.catalog import Call, Request
from warehouse.errors import UnknownFormat
from warehouse.readers.text import NO_NUMBER, many

# How many shares became of one, by the first day on which they traded so.
SPLITS: Mapping[str, Mapping[date, float]] = {
    "00700.HK": {date(2014, 5, 15): 5.0},
    "00981.HK": {date(2016, 12, 7): 0.1},
    "01211.HK": {date(2025, 6, 10): 3.0},
    "AAPL.US": {date(2014, 6, 9): 7.0, date(2020, 8, 31): 4.0},
    "AMZN.US": {date(2022, 6, 6): 20.0},
    "GOOGL.US": {date(2014, 4, 3): 2.0, date(2022, 7, 18): 20.0},
    "NVDA.US": {date(2021, 7, 20): 4.0, date(2024, 6, 10): 10.0},
    "TSLA.US": {date(2020, 8, 31): 5.0, date(2022, 8, 25): 3.0},
}
CALM = (0.7, 1.45)  # of the close before; the worst day of a megacap since 2014 was 0.74
NEXT_SESSION = timedelta(days=12)  # the longest pause of any of these markets


def weekdays(request: Request) -> tuple[date, ...]:
    """The weekdays since the mainland's trading day before, up to each day that is wanted.

    They take in sessions that the calendar of the other market did not expect.
    """
    found: set[date] = set()
    known = sorted(request.calendar)
    for wanted in request.days:
        place = bisect_left(known, wanted)
        earlier = known[place - 1] if place else wanted - timedelta(days=1)
        step = earlier + timedelta(days=1)
        found |= {step + timedelta(days=n) for n in range((wanted - step).days + 1)}
    return tuple(sorted(d for d in found if d.weekday() < 5))


def with_splits(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows (code, trade_date, …) with the `split_ratio` of their day."""
    known = pl.DataFrame(
        [(code, day, ratio) for code, splits in SPLITS.items() for day, ratio in splits.items()],
        schema={"code": pl.String, "trade_date": pl.Date, "split_ratio": pl.Float64},
        orient="row",
    )
    joined = rows.drop("split_ratio", strict=False).join(
        known, on=["code", "trade_date"], how="left", maintain_order="left"
    )
    filled = joined.with_columns(pl.col("split_ratio").fill_null(1.0))
    return filled.select(*dict.fromkeys([*rows.columns, "split_ratio"]))


def run_up(days: Sequence[date]) -> date:
    """The day from which to ask, so that the close before the first of `days` is in the answer."""
    return min(days) - NEXT_SESSION


def plausible_bars(rows: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The bars of one share on the days of a call; a close that is torn from the last one that was
    not cannot be read, and its row is set aside.

    An upstream that gives prices as traded tells nothing of splits: after one that SPLITS does not
    know, all closes are torn, and would be read as a crash. Raises UnknownFormat where many are.
    """
    bars = with_splits(rows.filter(pl.col("trade_date") >= run_up(call.days))).sort("trade_date")
    marked = bars.with_columns(change=changes(bars))
    wanted = marked.filter(pl.col("trade_date").is_in(list(call.days)))
    torn = wanted.filter(~pl.col("change").is_between(*CALM))
    if many(torn.height, wanted.height):
        code, day, factor = torn.select("code", "trade_date", "change").row(0)
        raise UnknownFormat(
            f"{code} closed on {day} at {factor:.2f} times the close before; if its shares were split, "
            "add the split to warehouse/readers/foreign_markets.py"
        )
    kept = pl.when(pl.col("change").is_between(*CALM).fill_null(value=True))
    return wanted.with_columns(close=kept.then("close").otherwise(NO_NUMBER)).drop("change")


def changes(bars: pl.DataFrame) -> pl.Series:
    """Each close over the last one before it that is believed, splits undone; null without one.

    A close that is torn from that one, or cannot be read, is not believed: the next is held against
    the same. After a pause that is longer than any market makes, a close stands by itself.
    """
    found: list[float] = []
    known, before = math.nan, date.min
    for day, close, split in bars.select("trade_date", "close", "split_ratio").iter_rows():
        known = known / split if day - before <= NEXT_SESSION else math.nan
        change = math.nan if close is None else close / known
        found.append(change)
        torn = math.isfinite(change) and not CALM[0] <= change <= CALM[1]
        if close is not None and math.isfinite(close) and not torn:
            known = close
        before = day
    return pl.Series(found, dtype=pl.Float64).fill_nan(None)
