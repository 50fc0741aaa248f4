"""How crowded trading is: the busiest shares' part of all turnover, as legulegu computes it.

There is no second host for it. Where it fails, the briefing has the concentration that it computes
from its own bars.
"""

from __future__ import annotations

from datetime import time, timedelta

import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import (
    Call,
    Chain,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Table, day, measure
from warehouse.readers.dated_lists import A_WEEK, up_to_date
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import Unit


class MarketCongestion(Table):
    """Part of the day's turnover that the busiest twentieth of the shares take."""

    trade_date = day("Trading day", key=True)
    congestion = measure(
        "Turnover of the busiest 5 % of the shares over all turnover",
        Unit.FRACTION,
        min=0.05,
        max=0.9,
    )


def ask(request: Request) -> list[Call]:
    return [Call("stock_a_congestion_lg", days=request.days)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    rows = answer.select(trade_date=published_day("date"), congestion=number("congestion"))
    return up_to_date(rows, "trade_date", max(call.days) - A_WEEK)


LEGULEGU = Source(
    "legulegu",
    "legulegu.com",
    frozenset({"date", "congestion"}),
    ask,
    read,
    plausibility=Plausibility(level="congestion", steady=True),
)

DATASET = Dataset(
    name="market_congestion",
    label="Congestion of trading",
    grain="one row per trading day",
    contract=MarketCongestion,
    publication=Publication("trade_date", time(18, 0)),
    # a week between two questions, and the longest holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=20)),
    chains=(Chain("A-shares", (LEGULEGU,)),),
    trading_day="trade_date",
    figures=(Figure("congestion", near=4),),
)
