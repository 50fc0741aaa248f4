"""Trading days of the mainland exchanges; every other dataset is judged against them."""

from __future__ import annotations

from datetime import date

import dataframely as dy
import polars as pl

from warehouse.catalog import Call, Chain, Dataset, Publication, Request, Source
from warehouse.contract import Table, day
from warehouse.reading import day as published_day


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
    chains=(Chain("mainland", (SINA, PACKAGED)),),
    required_daily=False,
)
