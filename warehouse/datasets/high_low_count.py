"""How many shares are at their highs and at their lows, as legulegu counts them.

It answers with two years. There is no second host; the briefing counts in its own bars as well.
"""

from __future__ import annotations

from datetime import time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Plausibility, Publication, Request, Source
from warehouse.contract import Table, count, day
from warehouse.readers.dated_lists import A_WEEK, up_to_date
from warehouse.readers.text import count as published_count
from warehouse.readers.text import day as published_day

WINDOWS = (20, 60, 120)
MOST = 10_000  # shares


class HighLowCount(Table):
    """Number of shares whose close is the highest or the lowest of so many trading days."""

    trade_date = day("Trading day", key=True)
    high_20 = count("Shares at their high of 20 trading days", min=0, max=MOST)
    low_20 = count("Shares at their low of 20 trading days", min=0, max=MOST)
    high_60 = count("Shares at their high of 60 trading days", min=0, max=MOST)
    low_60 = count("Shares at their low of 60 trading days", min=0, max=MOST)
    high_120 = count("Shares at their high of 120 trading days", min=0, max=MOST)
    low_120 = count("Shares at their low of 120 trading days", min=0, max=MOST)

    @dy.rule()
    def high_120_is_no_more_than_high_20(cls) -> pl.Expr:
        """A high of 120 days is one of 60 and of 20 days, a
        low likewise; else columns were mixed up.
        """
        return pl.all_horizontal(
            (pl.col(f"{end}_120") <= pl.col(f"{end}_60"))
            & (pl.col(f"{end}_60") <= pl.col(f"{end}_20"))
            for end in ("high", "low")
        )


def ask(request: Request) -> list[Call]:
    return [Call("stock_a_high_low_statistics", {"symbol": "all"}, request.days)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Of a day that comes twice with the same figures, one row."""
    counts = {
        f"{end}_{window}": published_count(f"{end}{window}")
        for window in WINDOWS
        for end in ("high", "low")
    }
    rows = answer.select(trade_date=published_day("date"), **counts).unique(maintain_order=True)
    return up_to_date(rows, "trade_date", max(call.days) - A_WEEK)


LEGULEGU = Source(
    "legulegu",
    "www.legulegu.com",
    frozenset({"date", *(f"{e}{w}" for e in ("high", "low") for w in WINDOWS)}),
    ask,
    read,
    plausibility=Plausibility(steady=True),
)

DATASET = Dataset(
    name="high_low_count",
    label="Shares at highs and lows",
    grain="one row per trading day",
    contract=HighLowCount,
    publication=Publication("trade_date", time(18, 0)),
    # a week between two questions, and the longest holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=20)),
    chains=(Chain("A-shares", (LEGULEGU,)),),
    trading_day="trade_date",
)
