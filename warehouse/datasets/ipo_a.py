"""A-share listings: price, proceeds, first day.

Eastmoney's common list counts issues in 万股, its Beijing list in single shares, and does not say
so; no issue of any company fits both readings, so that the bounds of `issue_shares` prove the
unit. The first day's return comes in per cent from Eastmoney and as a fraction from THS; where a
first close is known too, the two must agree.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
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
from warehouse.contract import Table, choice, day, empty, measure, share_code, text
from warehouse.errors import UnknownFormat
from warehouse.readers.text import KNOWN_CODES, board, code, number, short_name
from warehouse.readers.text import day as published_day
from warehouse.units import PERCENT, WAN, Unit

AGREED = 0.005  # stated returns are rounded, and so are closes
CODES = dict.fromkeys(("股票代码", "代码", "证劵代码"), KNOWN_CODES)
SHENZHEN_AND_SHANGHAI, BEIJING = "SSE, SZSE", "BSE"


class IpoA(Table):
    """Initial public offerings on the mainland exchanges, one row per listing."""

    code = share_code("Code with exchange suffix", key=True)
    name = text("Short name in Chinese")
    board = choice("Board", ["Main", "ChiNext", "STAR", "BSE"])
    subscription_date = day("Day on which shares could be applied for", optional=True)
    listing_date = day("First trading day")
    offer_price_cny = measure("Offer price", Unit.CNY_PER_SHARE, min=0.01, max=1e4)
    issue_shares = measure("Shares issued", Unit.SHARES, nullable=True, min=1e6, max=3e10)
    proceeds_cny = measure(
        "Gross proceeds: offer price × shares issued", Unit.CNY, nullable=True, min=1e6, max=1e12
    )
    first_day_close_cny = measure(
        "Close of the first day", Unit.CNY_PER_SHARE, nullable=True, min=0.01, max=1e5
    )
    first_day_return = measure(
        "First close over offer price, minus one", Unit.FRACTION, nullable=True, min=-1, max=50
    )

    @dy.rule()
    def proceeds_cny_are_price_times_shares(cls) -> pl.Expr:
        """Proceeds equal price × shares within 2 %; else 股 and 万股 were mixed up."""
        gross = pl.col("offer_price_cny") * pl.col("issue_shares")
        return (pl.col("proceeds_cny") / gross - 1).abs() < 0.02

    @dy.rule()
    def first_day_return_is_of_the_first_close(cls) -> pl.Expr:
        """First close / offer price - 1 within half a point; else per cent and fractions were
        mixed up, or the close is not that of the first day.
        """
        gain = pl.col("first_day_close_cny") / pl.col("offer_price_cny") - 1
        return (pl.col("first_day_return") - gain).abs() < AGREED * (1 + gain)

    @dy.rule()
    def subscription_date_is_before_the_listing(cls) -> pl.Expr:
        """Shares are applied for before they are listed."""
        return pl.col("subscription_date") < pl.col("listing_date")


def read_issues(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """The common list of Eastmoney; Beijing's issues in it are left to Beijing's own list."""
    rows = answer.select(
        code=code("股票代码"),
        name=short_name("股票简称"),
        subscription_date=published_day("申购日期"),
        listing_date=published_day("上市日期"),
        offer_price_cny=number("发行价格"),
        issue_shares=number("发行总数", WAN),
        first_day_close_cny=number("首日收盘价"),
    )
    return rows.filter(~pl.col("code").str.ends_with(".BJ"))


def read_first_days(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """Of this list the names are quotes (N华阳智) and no use."""
    return answer.select(
        code=code("股票代码"),
        stated_return=number("首日涨幅", PERCENT),
        stated_shares=number("总发行数量", WAN),
    )


def read_beijing(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """Beijing's list: single shares; the first close is the
    offer price and its rise in per cent.
    """
    price, rise = number("发行价格"), number("上市首日-涨幅", PERCENT)
    stated = answer.select(
        rise=price * rise, profit=number("上市首日-每百股获利") / 100, price=price
    ).drop_nulls()
    rise_cny, profit_cny = stated.select(pl.col("rise", "profit").abs().sum()).row(0)
    if profit_cny > 0 and not 0.1 < rise_cny / profit_cny < 10:
        raise UnknownFormat(
            f"上市首日-涨幅 amounts to {rise_cny:.2f} yuan a share and 每百股获利 to {profit_cny:.2f}; "
            "one of them has another unit"
        )
    return answer.select(
        code=code("代码"),
        name=short_name("简称"),
        subscription_date=published_day("申购日"),
        listing_date=published_day("上市首日-上市日"),
        offer_price_cny=price,
        issue_shares=number("发行总数"),
        stated_return=rise,
    )


def read_cninfo(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    return answer.select(
        code=code("证劵代码"),
        name=short_name("证券简称"),
        subscription_date=published_day("申购日期"),
        listing_date=published_day("上市日期"),
        offer_price_cny=number("发行价"),
        issue_shares=number("总发行数量", WAN),
    )


def read_ths(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """THS says the return as a fraction where others say per cent."""
    return answer.select(
        code=code("股票代码"),
        name=short_name("股票简称"),
        listing_date=published_day("上市日期"),
        offer_price_cny=number("发行价"),
        first_day_close_cny=number("首日收盘价"),
        stated_return=number("首日涨跌幅"),
    )


READERS = {
    "stock_xgsglb_em": read_issues,
    "stock_dxsyl_em": read_first_days,
    "stock_new_ipo_cninfo": read_cninfo,
    "stock_xgsr_ths": read_ths,
}


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The listings up to the day of the call, each marked with it."""
    reader = read_beijing if call.arguments.get("symbol") == "北交所" else READERS[call.function]
    rows = reader(answer, call)
    beijing = pl.col("code").str.ends_with(".BJ")
    of_this_part = beijing if call.label == BEIJING else ~beijing
    if "listing_date" in rows.columns:
        of_this_part &= pl.col("listing_date") <= call.days[-1]
    return rows.filter(of_this_part)


SAID = {
    "name": pl.String, "subscription_date": pl.Date, "listing_date": pl.Date,
    "offer_price_cny": pl.Float64, "issue_shares": pl.Float64, "first_day_close_cny": pl.Float64,
    "stated_return": pl.Float64, "stated_shares": pl.Float64,
}  # fmt: skip


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """What two lists say about one listing, the first of them first.

    A share that only the list of first days has is not a row: it has neither name nor price.
    """
    absent = [pl.lit(None, kind).alias(c) for c, kind in SAID.items() if c not in rows.columns]
    joined = (
        rows.with_columns(absent)
        .group_by("code", maintain_order=True)
        .agg(pl.col(list(SAID)).drop_nulls().first())
        .filter(pl.col("listing_date").is_not_null(), pl.col("offer_price_cny").is_not_null())
    )
    other = (pl.col("issue_shares") / pl.col("stated_shares") - 1).abs() > 0.01
    if (wrong := joined.filter(other)).height:
        raise UnknownFormat(f"发行总数 and 总发行数量 of {wrong['code'][0]} are not the same")
    return completed(joined) if joined.height else empty(IpoA)


def completed(rows: pl.DataFrame) -> pl.DataFrame:
    """Listings with what follows from what is said; a return that does not fit its close is left as
    it is said, and the contract refuses it.
    """
    price, gain = pl.col("offer_price_cny"), pl.col("stated_return")
    close = pl.coalesce("first_day_close_cny", (price * (1 + gain)).round(2))
    exact = close / price - 1
    agreed = (gain - exact).abs() < AGREED * (1 + exact)
    rows = rows.with_columns(
        board=board(),
        proceeds_cny=price * pl.col("issue_shares"),
        first_day_close_cny=close,
        first_day_return=pl.when(agreed).then(exact).otherwise(pl.coalesce(gain, exact)),
    )
    return rows.select(IpoA.column_names())


def ask(label: str, *functions: str, symbol: str | None = None, shared: bool = False) -> Asker:
    """One call each: the upstreams answer with their whole lists."""

    def calls(request: Request) -> list[Call]:
        arguments = {"symbol": symbol} if symbol else {}
        return [
            Call(f, arguments if f == "stock_xgsglb_em" else {}, request.days, label, shared)
            for f in functions
        ]

    return calls


def fallback(label: str) -> Source:
    """Issues from cninfo (36 months) and first days from THS, both of all exchanges at once."""
    functions = ("stock_new_ipo_cninfo", "stock_xgsr_ths")
    return Source(
        "cninfo, THS", "webapi.cninfo.com.cn", frozenset({"上市日期", "发行价"}),
        ask(label, *functions, shared=True), read, combine, whole=True, plausibility=Plausibility(steady=True),
        vocabulary=CODES,
    )  # fmt: skip


CENTER = "datacenter-web.eastmoney.com"
EASTMONEY = Source(
    "Eastmoney datacenter", CENTER, frozenset({"股票代码", "上市日期"}),
    ask(SHENZHEN_AND_SHANGHAI, "stock_xgsglb_em", "stock_dxsyl_em", symbol="全部股票"),
    read, combine, whole=True, plausibility=Plausibility(steady=True), counted=True,
    vocabulary=CODES,
)  # fmt: skip
EASTMONEY_BEIJING = Source(
    "Eastmoney datacenter", CENTER, frozenset({"代码", "发行总数", "上市首日-上市日"}),
    ask(BEIJING, "stock_xgsglb_em", symbol="北交所"),
    read, combine, whole=True, plausibility=Plausibility(steady=True), counted=True,
    vocabulary=CODES,
)  # fmt: skip

DATASET = Dataset(
    name="ipo_a",
    label="A-share IPOs",
    grain="one row per listing",
    contract=IpoA,
    publication=Publication("listing_date", time(17, 0)),
    cadence=Snapshot(WEEKLY),
    chains=(
        Chain(SHENZHEN_AND_SHANGHAI, (EASTMONEY, fallback(SHENZHEN_AND_SHANGHAI))),
        Chain(BEIJING, (EASTMONEY_BEIJING, fallback(BEIJING))),
    ),
    trading_day="listing_date",
    figures=(
        Figure("offer_price_cny", typical=(2, 100)),
        Figure("issue_shares", typical=(3e6, 1e9)),
        Figure("proceeds_cny", typical=(2e7, 1e10)),
        Figure("first_day_close_cny", typical=(2, 200)),
        Figure("first_day_return", typical=(0.02, 10)),
    ),
)
