"""Trading days of the mainland exchanges; every other dataset is judged against them.

The exchanges announce a year's holidays in the last weeks of the year before. Until somebody has
fetched them, the calendar ends on 31 December: near that day nobody knows what is due any more.
"""

from __future__ import annotations

from datetime import date, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import Reference
from warehouse.catalog import Call, Chain, Dataset, Publication, Request, Source
from warehouse.contract import Table, day
from warehouse.errors import CalendarEnds
from warehouse.readers.text import day as published_day

STOP, WARN = timedelta(days=7), timedelta(days=30)
WAY_OUT = (
    "Fetch next year's with `briefing collect --dataset trade_calendar`, upgrade akshare, which ships "
    "it, or import a trade_calendar.csv of the days that the exchanges have announced."
)


def ends_soon(last: date, today: date) -> str | None:
    """What an operator should know of a calendar that ends within a month; None before that."""
    if last >= today + WARN:
        return None
    return (
        f"the trading calendar ends on {last}, {(last - today).days} days from {today}. {WAY_OUT}"
    )


def insist_on_days_ahead(last: date, today: date) -> None:
    """Raise CalendarEnds within a week of the calendar's end: what is due next cannot be told."""
    if last < today + STOP:
        raise CalendarEnds(f"nothing is collected: {ends_soon(last, today)}")


class TradeCalendar(Table):
    """Days on which the Shanghai and Shenzhen exchanges trade, announced a year ahead."""

    trade_date = day("Trading day of SSE, SZSE and BSE", key=True)

    @dy.rule()
    def trade_date_is_a_weekday(cls) -> pl.Expr:
        """The exchanges have never traded on a Saturday or Sunday."""
        return pl.col("trade_date").dt.weekday() <= 5


def read(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    return answer.select(published_day("trade_date"))


def ask(_request: Request) -> list[Call]:
    return [Call("tool_trade_date_hist_sina", days=(date.max,))]


PACKAGED = Source(
    name="akshare package",
    host="",
    columns=frozenset({"trade_date"}),
    calls=lambda _request: [Call("packaged_calendar", days=(date.max,))],
    read=lambda answer, _call: answer.select(published_day("trade_date", "%Y%m%d")),
)
SINA = Source("Sina", "finance.sina.com.cn", frozenset({"trade_date"}), ask, read)

DATASET = Dataset(
    name="trade_calendar",
    label="Trading calendar",
    grain="one row per trading day",
    contract=TradeCalendar,
    publication=Publication(column=None),
    cadence=Reference(),
    chains=(Chain("mainland", (SINA, PACKAGED)),),
)
