"""Value traded in shares by exchange; Shanghai publishes 亿元, Shenzhen whole yuan."""

from __future__ import annotations

from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse.catalog import (
    Asker,
    Belief,
    Call,
    Chain,
    Claims,
    Dataset,
    Publication,
    Reader,
    Request,
    Source,
)
from warehouse.contract import Table, choice, day, measure
from warehouse.reading import UnknownFormat, adding_up, number, only
from warehouse.units import YI, Unit


class MarketTurnover(Table):
    """Value of shares traded per exchange and day."""

    exchange = choice("Exchange", ["SSE", "SZSE", "BSE"], key=True)
    trade_date = day("Trading day", key=True)
    amount_cny = measure("Value of shares traded", Unit.CNY, min=1e3, max=2e13)

    @dy.rule()
    def amount_cny_is_plausible(cls) -> pl.Expr:
        """Since 2000 Shanghai and Shenzhen trade over 10 million yuan a day, before under 100 bn;
        outside, somebody mixed up 元 and 亿元.
        """
        modern = pl.col("trade_date") >= pl.date(2000, 1, 1)
        small = pl.col("exchange") == "BSE"
        amount = pl.col("amount_cny")
        return pl.when(modern).then(small | (amount >= 1e7)).otherwise(amount < 1e11)


def per_day(function: str, exchange: str) -> Asker:
    """One call per trading day, for upstreams that answer for a single day."""

    def calls(request: Request) -> list[Call]:
        return [Call(function, {"date": f"{d:%Y%m%d}"}, (d,), label=exchange) for d in request.days]

    return calls


def row(call: Call, amount: float | None) -> pl.DataFrame:
    """The one row that an undated answer is about."""
    columns = {"exchange": call.label, "trade_date": call.days[0], "amount_cny": amount}
    return pl.DataFrame(columns, schema_overrides={"amount_cny": pl.Float64})


def shanghai(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Akshare names rows and columns of this table by their place; two sums tell if they moved."""
    money, shares = (only(answer, "单日情况", item) for item in ("成交金额", "成交量"))
    adding_up(money, "股票", ("主板A", "主板B", "科创板"))
    traded, volume = (frame.select(number("股票")).item() or 0.0 for frame in (money, shares))
    lowest, highest = PRICE_OF_A_SHARE
    if not lowest * volume <= traded <= highest * volume or not volume:
        raise UnknownFormat(f"成交金额 {traded} over 成交量 {volume} is no share's price")
    return row(call, traded * YI)


def shenzhen(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The total of shares, which must be that of the boards."""
    parts = answer.filter(pl.col("证券类别").str.contains("^(主板|中小|创业板)"))
    boards = parts.select(number("成交金额").sum()).item()
    amount = only(answer, "证券类别", "股票").select(number("成交金额")).item()
    if amount is None or abs(boards - amount) > 1e-3 * amount:
        raise UnknownFormat(f"成交金额 of 股票 is {amount}, its boards add up to {boards}")
    return row(call, amount)


def quoted(symbol: str) -> Reader:
    """The turnover that Sina's index page shows for an exchange's composite index."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        return row(call, only(answer, "代码", symbol).select(number("成交额")).item())

    return read


def closes_on_page(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """What the page calls the last level of Shanghai's composite index."""
    return only(answer, "代码", "sh000001").select(
        code=pl.lit("000001.SH"), trade_date=pl.lit(call.days[0]), close=number("最新价")
    )


def quote_page(exchange: str) -> Asker:
    """The page of all indices, which shows the session's closes after it."""

    def calls(request: Request) -> list[Call]:
        return [Call("stock_zh_index_spot_sina", {}, (d,), exchange) for d in request.shown]

    return calls


PRICE_OF_A_SHARE = (1.0, 200.0)  # average over the market, CNY
BELIEF = Belief(level="amount_cny", moves=True)
ON_PAGE = Belief(level="amount_cny", claims=Claims("index_daily", closes_on_page))
SSE = Source(
    "SSE", "query.sse.com.cn", frozenset({"单日情况", "股票", "主板A", "主板B", "科创板"}),
    per_day("stock_sse_deal_daily", "SSE"), shanghai, belief=BELIEF,
)  # fmt: skip
SZSE = Source(
    "SZSE", "www.szse.cn", frozenset({"证券类别", "成交金额"}),
    per_day("stock_szse_summary", "SZSE"), shenzhen, belief=BELIEF,
)  # fmt: skip
QUOTES = frozenset({"代码", "最新价", "成交额"})
SINA_SH = Source(
    "Sina", "vip.stock.finance.sina.com.cn", QUOTES, quote_page("SSE"), quoted("sh000001"),
    belief=ON_PAGE,
)  # fmt: skip
SINA_SZ = Source(
    "Sina", "vip.stock.finance.sina.com.cn", QUOTES, quote_page("SZSE"), quoted("sz399106"),
    belief=ON_PAGE,
)  # fmt: skip

DATASET = Dataset(
    name="market_turnover",
    label="Market turnover",
    grain="one row per exchange and trading day",
    contract=MarketTurnover,
    publication=Publication("trade_date", time(16, 30)),
    chains=(
        Chain("SSE", (SSE, SINA_SH), "exchange", {"SSE": date(1991, 4, 3)}),
        Chain("SZSE", (SZSE, SINA_SZ), "exchange", {"SZSE": date(1991, 4, 3)}),
    ),
    trading_day="trade_date",
)
