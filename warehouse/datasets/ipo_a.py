"""A-share listings: price, proceeds, first day.

Eastmoney's issue size is in 万股 for all boards of the common list; its own Beijing list is in 股.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.catalog import Asker, Belief, Call, Chain, Dataset, Publication, Request, Source
from warehouse.contract import Table, choice, day, measure, text
from warehouse.reading import board, code, number
from warehouse.reading import day as published_day
from warehouse.units import WAN, Unit


class IpoA(Table):
    """Initial public offerings on the mainland exchanges, one row per listing."""

    code = text("Code with exchange suffix", key=True, pattern=r"^\d{6}\.(SH|SZ|BJ)$")
    name = text("Short name in Chinese")
    board = choice("Board", ["Main", "ChiNext", "STAR", "BSE"])
    listing_date = day("First trading day")
    offer_price_cny = measure("Offer price", Unit.CNY_PER_SHARE, min=0.01, max=1e4)
    issue_shares = measure("Shares issued", Unit.SHARES, nullable=True, min=1e5, max=1e11)
    proceeds_cny = measure("Gross proceeds: offer price × shares issued", Unit.CNY, nullable=True,
                           min=1e6, max=1e12)  # fmt: skip
    first_day_close_cny = measure("Close of the first day", Unit.CNY_PER_SHARE, nullable=True,
                                  min=0.01, max=1e5)  # fmt: skip
    first_day_return = measure("First close over offer price, minus one", Unit.FRACTION,
                               nullable=True, min=-1, max=50)  # fmt: skip

    @dy.rule()
    def proceeds_cny_are_price_times_shares(cls) -> pl.Expr:
        """Proceeds equal price × shares within 2 %; else 股 and 万股 were mixed up."""
        gross = pl.col("offer_price_cny") * pl.col("issue_shares")
        return (pl.col("proceeds_cny") / gross - 1).abs() < 0.02


def listings(answer: pl.DataFrame, call: Call, names: dict[str, str]) -> pl.DataFrame:
    first_close = (
        number(names["first_close"]) if "first_close" in names else pl.lit(None, pl.Float64)
    )
    rows = answer.select(
        code=code(names["code"]),
        name=pl.col(names["name"]).cast(pl.String).str.strip_chars(),
        listing_date=published_day("上市日期"),
        offer_price_cny=number(names["price"]),
        issue_shares=number(names["issued"], WAN),
        first_day_close_cny=first_close,
    ).with_columns(
        board=board(),
        proceeds_cny=pl.col("offer_price_cny") * pl.col("issue_shares"),
        first_day_return=pl.col("first_day_close_cny") / pl.col("offer_price_cny") - 1,
    )
    within = pl.col("listing_date").is_between(call.days[0], call.days[-1])
    return rows.filter(within)


def read_eastmoney(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    names = {"code": "股票代码", "name": "股票简称", "price": "发行价格", "issued": "发行总数"}
    return listings(answer, call, names | {"first_close": "首日收盘价"})


def read_cninfo(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    names = {"code": "证劵代码", "name": "证券简称", "price": "发行价", "issued": "总发行数量"}
    return listings(answer, call, names)


def ask(function: str, **arguments: str) -> Asker:
    """One call: both upstreams answer with their whole list."""

    def calls(request: Request) -> list[Call]:
        return [Call(function, arguments, request.days)]

    return calls


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({"股票代码", "发行价格", "发行总数", "上市日期", "首日收盘价"}),
    ask("stock_xgsglb_em", symbol="全部股票"), read_eastmoney, belief=Belief(steady=True),
)  # fmt: skip
CNINFO = Source(
    "cninfo", "webapi.cninfo.com.cn",
    frozenset({"证劵代码", "发行价", "总发行数量", "上市日期"}),
    ask("stock_new_ipo_cninfo"), read_cninfo, belief=Belief(steady=True),
)  # fmt: skip

DATASET = Dataset(
    name="ipo_a",
    label="A-share IPOs",
    grain="one row per listing",
    contract=IpoA,
    publication=Publication("listing_date", time(17, 0)),
    chains=(Chain("A", (EASTMONEY, CNINFO)),),
    trading_day="listing_date",
    required_daily=False,
)
