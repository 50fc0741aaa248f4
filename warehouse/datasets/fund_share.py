"""Shares outstanding of all exchange-traded funds; the figure of day T comes out on the next
morning.

Buying through an ETF makes new shares: change of shares × price is the money that came in. A split
multiplies the shares and divides the price without any money; `fund_daily` shows it.

Shanghai answers for a day and Shenzhen for a span of at most six months (a longer one is answered
by nothing, without an error). Eastmoney's quote page stands in for both: during and after a session
it shows the shares as of the close before, and is taken for that day only if it shows quotes of the
session and shares that differ from those of the day before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

import dataframely as dy
import polars as pl

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
from warehouse.contract import Table, choice, day, measure, text
from warehouse.readers.calls import per_day
from warehouse.readers.followed import FUNDS
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number, short_name
from warehouse.units import Unit

FOUR_MONTHS = 120  # days; Shenzhen's limit is six months
SUFFIX = {"SSE": ".SH", "SZSE": ".SZ"}
FIRST_DIGIT = {"SSE": "5", "SZSE": "1"}


class FundShare(Table):
    """Shares outstanding per exchange-traded fund and trading day."""

    code = text("Code with exchange suffix", key=True, pattern=r"^(5\d{5}\.SH|1\d{5}\.SZ)$")
    trade_date = day("Trading day at whose end the shares were counted", key=True)
    exchange = choice("Exchange", list(SUFFIX))
    name = text("Short name in Chinese, as published that day", nullable=True)
    fund_shares = measure("Shares outstanding (基金份额)", Unit.SHARES, min=1e4, max=1e12)

    @dy.rule()
    def exchange_is_that_of_the_code(cls) -> pl.Expr:
        """The suffix of a code is that of its exchange."""
        return pl.col("code").str.tail(3) == pl.col("exchange").replace_strict(SUFFIX, default=None)

    @dy.rule()
    def fund_shares_are_plausible(cls) -> pl.Expr:
        """The technology ETFs followed have over 100 million shares; under it, somebody mixed up
        万份 and 份.
        """
        return ~pl.col("code").is_in(list(FUNDS)) | (pl.col("fund_shares") >= 1e8)


def spans(request: Request) -> list[Call]:
    """Shenzhen answers a span of days, if it is shorter than six months."""
    periods: dict[int, list[date]] = {}
    for wanted in request.days:
        periods.setdefault((wanted - request.first).days // FOUR_MONTHS, []).append(wanted)
    return [
        Call(
            "fund_scale_daily_szse",
            {"start_date": f"{c[0]:%Y%m%d}", "end_date": f"{c[-1]:%Y%m%d}", "symbol": "ETF"},
            tuple(c),
            label="SZSE",
        )
        for c in periods.values()
    ]


def close_before(exchange: str) -> Asker:
    """The quote page, once a session has begun, for the trading day before that session."""

    def calls(request: Request) -> list[Call]:
        session = request.session
        days: Iterable[date] = {request.before(session)} & set(request.days)
        return [
            Call("fund_etf_spot_em", {}, (d,), f"{exchange} {session}", shared=True)
            for d in days
            if session == request.now.date()
        ]

    return calls


def published(answer: pl.DataFrame, call: Call, on: str) -> pl.DataFrame:
    """Both exchanges name their columns alike, but for that of the date."""
    rows = answer.select(
        code=pl.col("基金代码").cast(pl.String).str.zfill(6) + SUFFIX[call.label],
        trade_date=published_day(on),
        exchange=pl.lit(call.label),
        name=short_name("基金简称"),
        fund_shares=number("基金份额"),
    )
    return rows.filter(pl.col("trade_date").is_in(list(call.days)))


def shanghai(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Dated by 统计日期; akshare has turned 万份 into shares."""
    return published(answer, call, "统计日期")


def shenzhen(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return published(answer, call, "日期")


def eastmoney(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The funds of one exchange that have been quoted in the session."""
    exchange, session = call.label.split(" ")
    quoted = published_day("数据日期") == pl.lit(date.fromisoformat(session))
    here = pl.col("代码").cast(pl.String).str.starts_with(FIRST_DIGIT[exchange])
    return answer.filter(quoted, here).select(
        code=pl.col("代码").cast(pl.String) + SUFFIX[exchange],
        trade_date=pl.lit(call.days[0]),
        exchange=pl.lit(exchange),
        name=short_name("名称"),
        fund_shares=number("最新份额"),
    )


# Of many a fund nobody makes or redeems shares on a day; that holds for nine in ten on no day.
PLAUSIBILITY = Plausibility(level="fund_shares", moves=True, still=0.9, full=True)
PAGE = frozenset({"代码", "名称", "最新份额", "数据日期"})
SSE = Source(
    "SSE",
    "query.sse.com.cn",
    frozenset({"基金代码", "基金简称", "统计日期", "基金份额"}),
    per_day("fund_etf_scale_sse", "SSE"),
    shanghai,
    plausibility=PLAUSIBILITY,
)
SZSE = Source(
    "SZSE",
    "www.szse.cn",
    frozenset({"基金代码", "基金简称", "日期", "基金份额"}),
    spans,
    shenzhen,
    plausibility=PLAUSIBILITY,
)
PAGE_SSE, PAGE_SZSE = (
    Source(
        "Eastmoney", "push2delay.eastmoney.com", PAGE, close_before(exchange), eastmoney,
        plausibility=PLAUSIBILITY, vocabulary={"代码": r"^[15]\d{5}$"},
    )
    for exchange in SUFFIX
)  # fmt: skip

DATASET = Dataset(
    name="fund_share",
    label="ETF shares",
    grain="one row per exchange-traded fund and trading day",
    contract=FundShare,
    publication=Publication("trade_date", time(9, 0), trading_days_later=1),
    cadence=Daily(),
    chains=(
        Chain("SSE", (SSE, PAGE_SSE), "exchange", {"SSE": date(2019, 1, 2)}),
        Chain("SZSE", (SZSE, PAGE_SZSE), "exchange", {"SZSE": date(2019, 1, 2)}),
    ),
    trading_day="trade_date",
    figures=(Figure("fund_shares", near=8, crowd=2, typical=(2e8, 2e11)),),
)
