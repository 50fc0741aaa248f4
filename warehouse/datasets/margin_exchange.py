"""Margin financing by exchange; the figure of day T is published on the next trading day.

The same Chinese column has three units: 元 from Shanghai, 亿元 from Shenzhen, 万元 from Beijing.
Shenzhen's and Beijing's answers carry no date, so a row is dated by the day that was asked for.

No other host publishes Beijing's summary. The sum of its detail stands in for it, once it is proved:
Eastmoney's total of the market less Shanghai and Shenzhen must be the same.
"""

from __future__ import annotations

from dataclasses import replace
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
    Publication,
    Source,
    Total,
)
from warehouse.contract import Table, choice, day, measure
from warehouse.readers.calls import per_day
from warehouse.readers.exchange_margin import BSE, COLUMNS, PLAUSIBILITY, SSE, SZSE, TOTAL, dated
from warehouse.readers.text import adding_up, number
from warehouse.units import Unit


class MarginExchange(Table):
    """Margin financing and securities lending per exchange and trading day."""

    exchange = choice("Exchange", ["SSE", "SZSE", "BSE"], key=True)
    trade_date = day("Trading day the balance was struck", key=True)
    financing_balance_cny = measure("Outstanding margin loans (融资余额)", Unit.CNY, max=2e13)
    financing_purchases_cny = measure(
        "Purchases on margin that day (融资买入额)", Unit.CNY, nullable=True, min=0, max=5e12
    )
    securities_lending_balance_cny = measure(
        "Value of shares lent (融券余额)", Unit.CNY, nullable=True, min=0, max=2e12
    )

    @dy.rule()
    def financing_balance_cny_is_plausible(cls) -> pl.Expr:
        """Shanghai and Shenzhen lend over a billion yuan, Beijing (and all in 2010, the first
        year) over 100,000; under it, somebody mixed up 元 with 万元 or 亿元.
        """
        young = (pl.col("exchange") == "BSE") | (pl.col("trade_date") < pl.date(2011, 1, 1))
        return pl.col("financing_balance_cny") >= pl.when(young).then(1e5).otherwise(1e9)

    @dy.rule()
    def financing_purchases_cny_are_less_than_the_balance(cls) -> pl.Expr:
        """After the first year, a day's purchases on margin and the shares lent are worth less than
        all loans outstanding; else columns were mixed up.
        """
        young = (pl.col("trade_date") < pl.date(2011, 1, 1)) | (
            (pl.col("exchange") == "BSE") & (pl.col("trade_date") < pl.date(2024, 1, 1))
        )
        most = pl.max_horizontal("financing_purchases_cny", "securities_lending_balance_cny")
        return young | (most < pl.col("financing_balance_cny"))

    @dy.rule()
    def financing_purchases_cny_are_plausible(cls) -> pl.Expr:
        """Nothing is bought on margin or at least 10,000 yuan; between, the unit slipped."""
        bought = pl.col("financing_purchases_cny")
        return (bought == 0) | (bought >= 1e4)

    @dy.rule()
    def securities_lending_balance_cny_is_plausible(cls) -> pl.Expr:
        """Shares lent are worth nothing or at least 10,000 yuan, in 2010, the first year, a hundred;
        between, the unit slipped.
        """
        lent = pl.col("securities_lending_balance_cny")
        first_year = pl.col("trade_date") < pl.date(2011, 1, 1)
        return (lent == 0) | (lent >= pl.when(first_year).then(100).otherwise(1e4))


def whole_history(function: str, exchange: str) -> Asker:
    """jin10 answers with everything since 2010 in one file."""
    return lambda request: [Call(function, days=request.days, label=exchange)]


def added(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The sum of a detail by security, in yuan."""
    rows = adding_up(answer, TOTAL, ("融资余额", "融券余额"))
    return rows.select(
        exchange=pl.lit(call.label),
        trade_date=pl.lit(call.days[0]),
        financing_balance_cny=number("融资余额").sum(),
        financing_purchases_cny=number("融资买入额").sum(),
        securities_lending_balance_cny=number("融券余额").sum(),
    )


JIN10 = "cdn.jin10.com"
REST_OF_THE_MARKET = """
    SELECT trade_date AS day, any_value(m.financing_balance_cny) - sum(e.financing_balance_cny) AS total
    FROM core.margin_market m JOIN core.margin_exchange e USING (trade_date)
    WHERE e.exchange IN ('SSE', 'SZSE')
    GROUP BY trade_date HAVING count(*) = 2
"""
# Eastmoney's total has been up to 32 million off the exchanges' sum, 0.5 % of Beijing; a lost page
# of the detail is more.
BSE_DETAIL = Source(
    "BSE detail", "www.bse.cn", COLUMNS | {"融券余额"}, per_day("stock_margin_detail_bse", "BSE"), added,
    apart=True,
    plausibility=replace(PLAUSIBILITY, totals=(Total("financing_balance_cny", REST_OF_THE_MARKET, 5e7),)),
)  # fmt: skip
JIN10_SSE = Source(
    "jin10", JIN10, COLUMNS | {"日期"}, whole_history("macro_china_market_margin_sh", "SSE"),
    dated("日期", "%Y-%m-%d", "融券余额"), plausibility=PLAUSIBILITY,
)  # fmt: skip
JIN10_SZSE = Source(
    "jin10", JIN10, COLUMNS | {"日期"}, whole_history("macro_china_market_margin_sz", "SZSE"),
    dated("日期", "%Y-%m-%d", "融券余额"), plausibility=PLAUSIBILITY,
)  # fmt: skip

DATASET = Dataset(
    name="margin_exchange",
    label="Margin by exchange",
    grain="one row per exchange and trading day",
    contract=MarginExchange,
    publication=Publication("trade_date", time(9, 0), trading_days_later=1),
    cadence=Daily(),
    chains=(
        Chain("SSE", (SSE, JIN10_SSE), "exchange", {"SSE": date(2010, 3, 31)}),
        Chain("SZSE", (SZSE, JIN10_SZSE), "exchange", {"SZSE": date(2010, 3, 31)}),
        Chain("BSE", (BSE, BSE_DETAIL), "exchange", {"BSE": date(2023, 2, 13)}),
    ),
    trading_day="trade_date",
    figures=(
        Figure("financing_balance_cny", near=3, typical=(1e9, 5e12)),
        Figure(
            "financing_purchases_cny",
            near=10,
            typical=(0.01, 0.5),
            apart=3,
            of=pl.col("financing_purchases_cny") / pl.col("financing_balance_cny"),
            says="purchases ÷ loans",
        ),
        Figure(
            "securities_lending_balance_cny",
            near=4,
            typical=(1e-4, 0.4),
            of=pl.col("securities_lending_balance_cny") / pl.col("financing_balance_cny"),
            says="shares lent ÷ loans",
        ),
    ),
)
