"""Shares under special treatment (ST, *ST) and in their last weeks (退), by day, as their names
say.

A name bears the mark from the day on which the exchange puts it there; nobody publishes the past of
it. So this is a list seen on a day: where a day is absent, nobody has looked. The page of all
shares that the day's bars come from shows the names as well and is not asked twice. Pages bear no
date; what dates them is that their prices are the closes of the day in core.
"""

from __future__ import annotations

from datetime import time

import polars as pl

from warehouse.cadence import SessionPage
from warehouse.catalog import (
    Asker,
    Call,
    Chain,
    Claims,
    Dataset,
    Plausibility,
    Publication,
    Reader,
    Source,
)
from warehouse.contract import Table, choice, day, share_code, text
from warehouse.readers.text import code, number, short_name

MARK = r"^(?:XD|XR|DR)?S?(\*?ST)"  # after the marks of ex-rights days and of unreformed shares
LEAVING = r"^退市|退$"


class SpecialTreatment(Table):
    """A-shares whose names bore a mark of warning on a day on which somebody looked."""

    code = share_code("Code with exchange suffix", key=True)
    trade_date = day("Trading day", key=True)
    name = text("Short name with its mark")
    mark = choice("ST: warned; *ST: may be delisted; 退: being delisted", ["ST", r"\*ST", "退"])


def page(function: str, *, shared: bool = False) -> Asker:
    """One call for the whole list, if the page shows the close of a day that is wanted."""
    return lambda request: [Call(function, {}, (d,), shared=shared) for d in request.shown]


def marked(number_column: str, name: str) -> Reader:
    """Reader of a list with names: those that bear a mark."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        rows = answer.select(
            code=code(number_column), trade_date=pl.lit(call.days[0]), name=short_name(name)
        )
        leaving = pl.when(pl.col("name").str.contains(LEAVING)).then(pl.lit("退"))
        mark = pl.coalesce(leaving, pl.col("name").str.extract(MARK))
        return rows.with_columns(mark=mark).filter(pl.col("mark").is_not_null())

    return read


def closes(number_column: str, price: str, volume: str) -> Reader:
    """What a page says are the closes of the day, of shares that traded."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        rows = answer.filter(number(volume) > 0)
        return rows.select(
            code=code(number_column), trade_date=pl.lit(call.days[0]), close=number(price)
        )

    return read


def source(
    name: str, host: str, function: str, columns: tuple[str, str, str, str], *, shared: bool = False
) -> Source:
    """A page of shares with the columns of code, name, price and volume.

    Tencent and Eastmoney sort by what moves while they are paged, and say how many rows there are.
    """
    number_column, label, price, volume = columns
    claims = Claims("stock_daily", closes(number_column, price, volume))
    return Source(
        name,
        host,
        frozenset(columns),
        page(function, shared=shared),
        marked(number_column, label),
        plausibility=Plausibility(steady=True, claims=claims),
        counted=not shared,
    )


QUOTES = ("代码", "名称", "最新价", "成交量")
SINA = source("Sina", "vip.stock.finance.sina.com.cn", "stock_zh_a_spot", QUOTES, shared=True)
TENCENT = source(
    "Tencent", "proxy.finance.qq.com", "stock_zh_a_spot_tx", ("code", "name", "zxj", "volume")
)
EASTMONEY = source("Eastmoney", "push2delay.eastmoney.com", "stock_zh_a_st_em", QUOTES)

DATASET = Dataset(
    name="special_treatment",
    label="Special treatment",
    grain="one row per marked share and day seen",
    contract=SpecialTreatment,
    publication=Publication("trade_date", time(16, 0)),
    cadence=SessionPage(),
    chains=(Chain("A", (SINA, TENCENT, EASTMONEY)),),
    trading_day="trade_date",
)
