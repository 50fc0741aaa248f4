"""Margin financing of the whole market, all three exchanges together.

Eastmoney republishes the totals of China Securities Finance in 亿. Where it fails, the three
exchanges are added, and only for days on which all three have published: a sum over different days
would show a fall that never happened.
"""

from __future__ import annotations

from datetime import time

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
from warehouse.contract import Table, day, measure
from warehouse.readers.exchange_margin import BSE, COLUMNS, SSE, SZSE
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import YI, Unit


class MarginMarket(Table):
    """Outstanding margin loans of all exchanges per trading day."""

    trade_date = day("Trading day the balance was struck", key=True)
    financing_balance_cny = measure(
        "Outstanding margin loans (融资余额)", Unit.CNY, min=1e10, max=2e13
    )
    securities_lending_balance_cny = measure(
        "Value of shares lent (融券余额)", Unit.CNY, nullable=True, min=1e6, max=2e12
    )
    financing_purchases_cny = measure(
        "Purchases on margin that day (融资买入额)", Unit.CNY, nullable=True, min=1e7, max=5e12
    )

    @dy.rule()
    def financing_purchases_cny_are_less_than_the_balance(cls) -> pl.Expr:
        """After the first year, a day's purchases on margin and the shares lent are worth less than
        all loans outstanding; else columns were mixed up.
        """
        most = pl.max_horizontal("financing_purchases_cny", "securities_lending_balance_cny")
        young = pl.col("trade_date") < pl.date(2011, 1, 1)
        return young | (most < pl.col("financing_balance_cny"))


def ask(request: Request) -> list[Call]:
    return [Call("stock_margin_account_info", days=request.days, shared=True)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    rows = answer.select(
        trade_date=published_day("日期"),
        financing_balance_cny=number("融资余额", YI),
        securities_lending_balance_cny=number("融券余额", YI),
        financing_purchases_cny=number("融资买入额", YI),
    )
    return rows.filter(pl.col("trade_date").is_in(list(call.days)))


BALANCES = ("financing_balance_cny", "securities_lending_balance_cny", "financing_purchases_cny")
PLAUSIBILITY = Plausibility(level="financing_balance_cny", moves=True)
EXCHANGES = (SSE, SZSE, BSE)


def ask_exchanges(request: Request) -> list[Call]:
    return [call for source in EXCHANGES for call in source.calls(request)]


def read_exchange(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    source = next(s for s in EXCHANGES if s.name == call.label)
    return source.read(answer, call)


def add_up(rows: pl.DataFrame) -> pl.DataFrame:
    """The sum of the three exchanges, for days on which all three have published, once each.

    A value that one of them does not give makes the sum null, not smaller.
    """
    total = rows.group_by("trade_date").agg(
        pl.col("exchange").n_unique().alias("exchanges"),
        pl.len().alias("answers"),
        *(pl.when(pl.col(c).is_not_null().all()).then(pl.col(c).sum()) for c in BALANCES),
    )
    complete = (pl.col("exchanges") == len(EXCHANGES)) & (pl.col("answers") == len(EXCHANGES))
    return total.filter(complete).select("trade_date", *BALANCES).sort("trade_date")


EASTMONEY = Source(
    "Eastmoney datacenter",
    "datacenter-web.eastmoney.com",
    frozenset({"日期", "融资余额", "融券余额", "融资买入额"}),
    ask,
    read,
    plausibility=PLAUSIBILITY,
)
SUMMED = Source(
    "SSE + SZSE + BSE",
    "query.sse.com.cn",
    COLUMNS,
    ask_exchanges,
    read_exchange,
    add_up,
    whole=True,
    plausibility=PLAUSIBILITY,
)

DATASET = Dataset(
    name="margin_market",
    label="Margin, whole market",
    grain="one row per trading day",
    contract=MarginMarket,
    publication=Publication("trade_date", time(9, 0), trading_days_later=1),
    cadence=Daily(),
    chains=(Chain("CN", (EASTMONEY, SUMMED)),),
    trading_day="trade_date",
    figures=(
        Figure("financing_balance_cny", near=3, typical=(3e10, 2e13)),
        Figure(
            "financing_purchases_cny",
            near=10,
            typical=(0.01, 0.5),
            of=pl.col("financing_purchases_cny") / pl.col("financing_balance_cny"),
            says="purchases ÷ loans",
        ),
        Figure(
            "securities_lending_balance_cny",
            near=4,
            typical=(5e-4, 0.4),
            of=pl.col("securities_lending_balance_cny") / pl.col("financing_balance_cny"),
            says="shares lent ÷ loans",
        ),
    ),
)
