"""Closes of the indices that the briefing follows, on the mainland, in Hong Kong and New York.

Sina serves a whole history in one answer but neither turnover nor a volume unit that is the same
for both exchanges, so its volume is not read. Tencent's column «amount» is a volume in 手. China
Securities Index and the Shenzhen index company give turnover in 亿元 and volume in 万手. Eastmoney
gives 手 and 元, from hosts that block; what it calls 纳斯达克 is the Nasdaq 100.

Hong Kong and New York go by calendars of their own (`warehouse.exchanges`), and New York's day is
over on Shanghai's next morning.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import dataframely as dy
import polars as pl

from warehouse import exchanges
from warehouse.cadence import Daily
from warehouse.catalog import (
    Asker,
    Call,
    Chain,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Table, day, measure, of_one_size, text
from warehouse.errors import UnknownFormat
from warehouse.readers.followed import (
    CNI_THEMES,
    CSI_THEMES,
    HONG_KONG_INDICES,
    MAINLAND_INDICES,
    NEW_YORK_INDICES,
)
from warehouse.readers.foreign_markets import weekdays
from warehouse.readers.index_bars import (
    CSI_AND_CNI,
    LEVEL,
    OHLC,
    PLAUSIBILITY,
    TENCENT,
    bars,
    official,
    official_calls,
    span,
    spell,
)
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number, sina_symbol
from warehouse.units import LOT, Unit


class IndexDaily(Table):
    """Daily bars of stock indices; a price index, dividends not reinvested."""

    code = text("Index code with suffix", key=True, pattern=r"^[A-Z0-9]+\.(SH|SZ|CSI|HK|US)$")
    trade_date = day("Trading day of the index's own exchange", key=True)
    open = measure("Opening level", Unit.INDEX_POINTS, nullable=True, **LEVEL)
    high = measure("Highest level", Unit.INDEX_POINTS, nullable=True, **LEVEL)
    low = measure("Lowest level", Unit.INDEX_POINTS, nullable=True, **LEVEL)
    close = measure("Closing level", Unit.INDEX_POINTS, **LEVEL)
    volume_shares = measure("Shares traded in the constituents", Unit.SHARES, nullable=True, min=0)
    amount_cny = measure(
        "Value traded in the constituents", Unit.CNY, nullable=True, min=0, max=2e13
    )

    high_is_of_the_size_of_low = of_one_size("high", "low", 3, 0)

    @dy.rule()
    def low_to_high_holds_open_and_close(cls) -> pl.Expr:
        """Since 2000, low ≤ open, close ≤ high up to rounding, where they are published; the
        exchanges' own figures of the nineties are not so careful.
        """
        low, high = pl.col("low") * 0.9999 - 0.011, pl.col("high") * 1.0001 + 0.011
        early = pl.col("trade_date") < pl.date(2000, 1, 1)
        ordered = pl.all_horizontal(
            pl.col(c).is_between(low, high).fill_null(value=True) for c in ("open", "close")
        )
        return early | ordered

    @dy.rule()
    def amount_cny_is_plausible(cls) -> pl.Expr:
        """An index trades nothing, or since 2000 over a million yuan a day and before 1,000 to
        100 bn; else somebody mixed up 元 and 亿元.
        """
        amount = pl.col("amount_cny")
        modern = pl.col("trade_date") >= pl.date(2000, 1, 1)
        traded = pl.when(modern).then(amount >= 1e6).otherwise(amount.is_between(1e3, 1e11))
        return (amount == 0) | traded


def eastmoney(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    prices = {c: number(c) for c in ("open", "high", "low", "close")}
    traded = {"volume_shares": number("volume", LOT), "amount_cny": number("amount")}
    return spell(answer, call, trade_date=published_day("date"), **prices, **traded)


def eastmoney_hong_kong(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Hong Kong's bars, in which the close is called latest."""
    return bars(answer.rename({"latest": "close"}), call)


def nasdaq_100(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Bars whose own code must say that 纳斯达克 is the Nasdaq 100 and not the Composite."""
    codes = set(answer["代码"].cast(pl.String))
    if codes != {"NDX"}:
        raise UnknownFormat(f"纳斯达克 is {', '.join(sorted(codes))}, not NDX")
    names = {"日期": "date", "今开": "open", "最高": "high", "最低": "low", "最新价": "close"}
    return bars(answer.rename(names), call)


def one_each(function: str, symbol: Callable[[str], str]) -> Asker:
    """One call per index, for upstreams that answer with the whole history."""

    def calls(request: Request) -> list[Call]:
        return [Call(function, {"symbol": symbol(c)}, request.days, c) for c in request.codes]

    return calls


def foreign_calls(function: str, symbol: Callable[[str], str]) -> Asker:
    """The same for the weekdays since the mainland's trading day before, holidays included."""

    def calls(request: Request) -> list[Call]:
        days = weekdays(request)
        return [Call(function, {"symbol": symbol(c)}, days, c) for c in request.codes]

    return calls


def eastmoney_calls(request: Request) -> list[Call]:
    function, dates = "stock_zh_index_daily_em", span(request)
    return [
        Call(function, {"symbol": sina_symbol(c), **dates}, request.days, c) for c in request.codes
    ]


def bare(code: str) -> str:
    """`HSI.HK` → `HSI`."""
    return code.partition(".")[0]


FOREIGN = Plausibility(level="close", moves=True, steady=True)
SINA = Source(
    "Sina",
    "finance.sina.com.cn",
    OHLC,
    one_each("stock_zh_index_daily", sina_symbol),
    bars,
    plausibility=PLAUSIBILITY,
)
CSI = Source(
    "CSI",
    "www.csindex.com.cn",
    frozenset({"日期", "收盘"}),
    official_calls,
    official,
    plausibility=PLAUSIBILITY,
)
CNI = Source(
    "CNI",
    "hq.cnindex.com.cn",
    frozenset({"日期", "收盘价"}),
    official_calls,
    official,
    plausibility=PLAUSIBILITY,
)
EASTMONEY = Source(
    "Eastmoney",
    "push2his.eastmoney.com",
    OHLC | {"volume", "amount"},
    eastmoney_calls,
    eastmoney,
    plausibility=PLAUSIBILITY,
)
SINA_HK = Source(
    "Sina HK",
    "finance.sina.com.cn",
    OHLC,
    foreign_calls("stock_hk_index_daily_sina", bare),
    bars,
    plausibility=FOREIGN,
)
EASTMONEY_HK = Source(
    "Eastmoney",
    "push2his.eastmoney.com",
    frozenset({"date", "open", "high", "low", "latest"}),
    foreign_calls("stock_hk_index_daily_em", bare),
    eastmoney_hong_kong,
    plausibility=FOREIGN,
)
SINA_US = Source(
    "Sina US",
    "finance.sina.com.cn",
    OHLC,
    foreign_calls("index_us_stock_sina", lambda c: f".{bare(c)}"),
    bars,
    plausibility=FOREIGN,
)
EASTMONEY_US = Source(
    "Eastmoney", "push2his.eastmoney.com",
    frozenset({"日期", "代码", "今开", "最高", "最低", "最新价"}),
    foreign_calls("index_global_hist_em", {"NDX.US": "纳斯达克"}.__getitem__), nasdaq_100, plausibility=FOREIGN,
)  # fmt: skip

DATASET = Dataset(
    name="index_daily",
    label="Index closes",
    grain="one row per index and trading day",
    contract=IndexDaily,
    publication=Publication("trade_date", time(16, 0)),
    cadence=Daily(),
    chains=(
        Chain("mainland", (SINA, TENCENT, CSI_AND_CNI, EASTMONEY), "code", MAINLAND_INDICES),
        Chain("CSI themes", (CSI, EASTMONEY), "code", CSI_THEMES),
        Chain("CNI themes", (CNI, EASTMONEY), "code", CNI_THEMES),
        Chain(
            "Hong Kong",
            (SINA_HK, EASTMONEY_HK),
            "code",
            HONG_KONG_INDICES,
            cadence=Daily(exchanges.HONG_KONG),
            publication=Publication("trade_date", time(16, 30)),
        ),
        Chain(
            "New York",
            (SINA_US, EASTMONEY_US),
            "code",
            NEW_YORK_INDICES,
            cadence=Daily(exchanges.NEW_YORK),
            publication=Publication("trade_date", time(6, 0), days_later=1),
        ),
    ),
    trading_day="trade_date",
    on_mainland=~pl.col("code").str.contains(r"\.(HK|US)$"),
    figures=(
        Figure("close", near=3, typical=(300, 4e4), apart=2),
        Figure("amount_cny", near=10, typical=(1e9, 4e12), apart=4),
        Figure("volume_shares", near=10, typical=(5e7, 3e11), apart=2),
        Figure(
            "volume_shares",
            near=6,
            typical=(2, 150),
            apart=1.5,
            of=pl.col("amount_cny") / pl.col("volume_shares"),
            says="value ÷ volume",
        ),
    ),
)
