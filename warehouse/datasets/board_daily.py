"""Daily bars of theme and industry boards: commercial aerospace, semiconductors, AI, robots.

A board is its publisher's own: other members, another level. THS comes first; where it is silent
Eastmoney's board of the same theme is loaded with a quarter's history, as rows of its own
publisher, so that a series is never continued with another's level. THS leaves out a year that it
cannot serve without a word; the trading calendar tells.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import NamedTuple

import dataframely as dy
import polars as pl

from warehouse.cadence import Daily
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
from warehouse.contract import Bounds, Table, choice, day, measure, of_one_size, text
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import LOT, Unit

THS, EASTMONEY = "THS", "Eastmoney"
HISTORY = timedelta(days=92)  # that a stand-in brings along
LEVEL: Bounds = {"min": 1, "max": 1e6}


class Board(NamedTuple):
    """A board: what THS calls it, whether an industry,
    Eastmoney's code, since when it is wanted.
    """

    ths: str
    industry: bool
    eastmoney: str
    since: date


BOARDS = {
    "商业航天": Board("商业航天", industry=False, eastmoney="BK0963", since=date(2024, 7, 1)),
    "半导体": Board("半导体", industry=True, eastmoney="BK1036", since=date(2020, 1, 2)),
    "人工智能": Board("人工智能", industry=False, eastmoney="BK0800", since=date(2020, 1, 2)),
    "机器人": Board("机器人概念", industry=False, eastmoney="BK1090", since=date(2020, 1, 2)),
}
FOLLOWED = {name: board.since for name, board in BOARDS.items()}


class BoardDaily(Table):
    """Daily bars of boards; never continue one publisher's levels with another's."""

    board = text("Name of the board", key=True)
    publisher = choice("Who computes it and chooses its members", [THS, EASTMONEY], key=True)
    trade_date = day("Trading day", key=True)
    open = measure("Opening level", Unit.INDEX_POINTS, **LEVEL)
    high = measure("Highest level", Unit.INDEX_POINTS, **LEVEL)
    low = measure("Lowest level", Unit.INDEX_POINTS, **LEVEL)
    close = measure("Closing level", Unit.INDEX_POINTS, **LEVEL)
    volume_shares = measure("Shares traded in the members", Unit.SHARES, min=1e4, max=1e12)
    amount_cny = measure("Value traded in the members", Unit.CNY, min=1e6, max=5e12)

    high_is_of_the_size_of_low = of_one_size("high", "low", 3, 0)

    @dy.rule()
    def low_to_high_holds_open_and_close(cls) -> pl.Expr:
        """Low ≤ open, close ≤ high up to rounding."""
        low, high = pl.col("low") * 0.9999 - 0.011, pl.col("high") * 1.0001 + 0.011
        return pl.all_horizontal(pl.col(c).is_between(low, high) for c in ("open", "close"))

    @dy.rule()
    def amount_cny_is_plausible(cls) -> pl.Expr:
        """Value ÷ volume is an average share's price, between 1 and 1,000 yuan; outside, a unit
        slipped (手 and 股, 元 and 万元).
        """
        return (pl.col("amount_cny") / pl.col("volume_shares")).is_between(1, 1000)


def span(first: date, last: date) -> dict[str, str]:
    return {"start_date": f"{first:%Y%m%d}", "end_date": f"{last:%Y%m%d}"}


def boards(request: Request, *, industry: bool) -> list[tuple[str, Board]]:
    """The boards wanted of one kind, by name."""
    return [(n, b) for n, b in BOARDS.items() if n in request.codes and b.industry is industry]


def ths(request: Request) -> list[Call]:
    """One call per board; it fetches each year from the first day wanted to now."""
    days = span(request.first, request.last)
    functions = {False: "stock_board_concept_index_ths", True: "stock_board_industry_index_ths"}
    return [
        Call(function, {"symbol": board.ths, **days}, request.days, name)
        for industry, function in functions.items()
        for name, board in boards(request, industry=industry)
    ]


def eastmoney(request: Request) -> list[Call]:
    """One call per board by its code, which spares akshare the list of all boards."""
    days = span(request.first - HISTORY, request.last)
    functions = {False: "stock_board_concept_hist_em", True: "stock_board_industry_hist_em"}
    return [
        Call(function, {"symbol": board.eastmoney, **days, "adjust": ""}, request.days, name)
        for industry, function in functions.items()
        for name, board in boards(request, industry=industry)
    ]


Rows = Callable[[pl.DataFrame, Call], pl.DataFrame]


def reader(publisher: str, suffix: str, lot: float) -> Rows:
    """Reader of bars whose columns end so and whose volume is in such lots."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        prices = {"open": "开盘", "high": "最高", "low": "最低", "close": "收盘"}
        return answer.select(
            board=pl.lit(call.label),
            publisher=pl.lit(publisher),
            trade_date=published_day("日期"),
            **{name: number(f"{column}{suffix}") for name, column in prices.items()},
            volume_shares=number("成交量", lot),
            amount_cny=number("成交额"),
        )

    return read


def of_the_days(read: Rows) -> Rows:
    """Only the days asked for: a day that is still open is in the answer too."""

    def wanted(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        return read(answer, call).filter(pl.col("trade_date").is_in(list(call.days)))

    return wanted


PLAUSIBILITY = Plausibility(level="amount_cny", moves=True)
COLUMNS = ("日期", "成交量", "成交额")
FROM_THS = Source(
    "THS",
    "d.10jqka.com.cn",
    frozenset({*COLUMNS, "开盘价", "最高价", "最低价", "收盘价"}),
    ths,
    of_the_days(reader(THS, "价", 1.0)),
    plausibility=PLAUSIBILITY,
)
FROM_EASTMONEY = Source(
    "Eastmoney",
    "push2his.eastmoney.com",
    frozenset({*COLUMNS, "开盘", "最高", "最低", "收盘"}),
    eastmoney,
    reader(EASTMONEY, "", LOT),
    plausibility=PLAUSIBILITY,
)

DATASET = Dataset(
    name="board_daily",
    label="Theme boards",
    grain="one row per board, publisher and trading day",
    contract=BoardDaily,
    publication=Publication("trade_date", time(16, 30)),
    cadence=Daily(),
    chains=(Chain("boards", (FROM_THS, FROM_EASTMONEY), "board", FOLLOWED),),
    trading_day="trade_date",
    figures=(
        Figure("close", near=3, typical=(100, 3e4)),
        Figure("volume_shares", near=20),
        Figure("amount_cny", near=20),
    ),
)
