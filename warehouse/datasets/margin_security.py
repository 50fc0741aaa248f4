"""Margin financing by security (两融明细), published by the exchanges on the next trading day.

Shanghai cuts its answers at 2,000 rows without saying so, and Shenzhen's and Beijing's carry no
date. Both are seen by the same proof: the detail of an exchange and day must add up to the summary
of that exchange and day in `margin_exchange`, which is collected before. Without a summary there is
no proof, and the detail waits. No other host publishes it.

Shanghai gives repayments, but no value of the shares lent; Shenzhen and Beijing the reverse.
"""

from __future__ import annotations

from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse.cadence import Daily
from warehouse.catalog import Call, Chain, Dataset, Figure, Plausibility, Publication, Source, Total
from warehouse.contract import Table, choice, day, measure, nothing_or, share_code, text
from warehouse.readers.calls import per_day
from warehouse.readers.text import A_SHARES, adding_up, code, number, short_name
from warehouse.readers.text import day as published_day
from warehouse.units import Unit

SUFFIX = {"SSE": ".SH", "SZSE": ".SZ", "BSE": ".BJ"}
FUND = r"^(5\d{5}\.SH|1[5-8]\d{4}\.SZ)$"
CODES = rf"{A_SHARES}|^(5\d|1[5-8])\d{{4}}$"
OTHER = "other"  # of a range that nobody here knows; the code is kept, and reported


class MarginSecurity(Table):
    """Margin financing and securities lending per security and trading day."""

    code = share_code("Code with exchange suffix", key=True)
    trade_date = day("Trading day the balance was struck", key=True)
    exchange = choice("Exchange", list(SUFFIX))
    name = text("Short name in Chinese, as published that day", nullable=True)
    kind = choice("A share, or a fund such as an ETF", ["share", "fund", OTHER])
    financing_balance_cny = measure(
        "Outstanding margin loans (融资余额)", Unit.CNY, min=0, max=2e12
    )
    financing_purchases_cny = measure(
        "Purchases on margin that day (融资买入额)", Unit.CNY, nullable=True, min=0, max=2e12
    )
    financing_repayments_cny = measure(
        "Loans repaid that day (融资偿还额); Shanghai only",
        Unit.CNY,
        nullable=True,
        min=0,
        max=2e12,
    )
    securities_lending_shares = measure(
        "Shares lent and not returned (融券余量)", Unit.SHARES, nullable=True, min=0, max=2e12
    )
    securities_lending_sold_shares = measure(
        "Borrowed shares sold that day (融券卖出量)", Unit.SHARES, nullable=True, min=0, max=2e12
    )
    securities_lending_balance_cny = measure(
        "Value of shares lent (融券余额); Shenzhen and Beijing only",
        Unit.CNY,
        nullable=True,
        min=0,
        max=2e12,
    )

    financing_balance_cny_is_plausible = nothing_or("financing_balance_cny", 1e2)
    financing_purchases_cny_is_plausible = nothing_or("financing_purchases_cny", 1e2)
    financing_repayments_cny_is_plausible = nothing_or("financing_repayments_cny", 1e2)
    securities_lending_balance_cny_is_plausible = nothing_or("securities_lending_balance_cny", 1e2)

    @dy.rule()
    def financing_purchases_cny_are_lent_or_repaid(cls) -> pl.Expr:
        """What was bought on margin that day is still owed or was repaid; else a unit slipped."""
        gone = pl.col("financing_balance_cny") + pl.col("financing_repayments_cny")
        return pl.col("financing_purchases_cny") <= 1.01 * gone + 1e4

    @dy.rule()
    def securities_lending_balance_cny_is_a_price_times_shares(cls) -> pl.Expr:
        """Value ÷ number of the shares lent is a price, between a cent and 10,000 yuan."""
        value, number = (
            pl.col("securities_lending_balance_cny"),
            pl.col("securities_lending_shares"),
        )
        return (value == 0) | (number == 0) | (value / number).is_between(0.01, 1e4)

    @dy.rule()
    def exchange_is_that_of_the_code(cls) -> pl.Expr:
        """The suffix of a code is that of its exchange."""
        return pl.col("code").str.tail(3) == pl.col("exchange").replace_strict(SUFFIX, default=None)


def conform(rows: pl.DataFrame) -> pl.DataFrame:
    """A share or a fund by its code; what is neither is kept as something else."""
    fund = pl.col("code").str.contains(FUND)
    share = pl.col("code").str.head(6).str.contains(A_SHARES)
    kind = pl.when(fund).then(pl.lit("fund")).when(share).then(pl.lit("share"))
    return rows.with_columns(kind=kind.otherwise(pl.lit(OTHER)))


def shanghai(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Yuan and shares, dated."""
    rows = answer.select(
        code=code("标的证券代码", SUFFIX[call.label]),
        trade_date=published_day("信用交易日期", "%Y%m%d"),
        exchange=pl.lit(call.label),
        name=short_name("标的证券简称"),
        financing_balance_cny=number("融资余额"),
        financing_purchases_cny=number("融资买入额"),
        financing_repayments_cny=number("融资偿还额"),
        securities_lending_shares=number("融券余量"),
        securities_lending_sold_shares=number("融券卖出量"),
    )
    return conform(rows.filter(pl.col("trade_date").is_in(list(call.days))))


def undated(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Yuan and shares of the one day that was asked for."""
    rows = adding_up(answer, "融资融券余额", ("融资余额", "融券余额")).select(
        code=code("证券代码", SUFFIX[call.label]),
        trade_date=pl.lit(call.days[0]),
        exchange=pl.lit(call.label),
        name=short_name("证券简称"),
        financing_balance_cny=number("融资余额"),
        financing_purchases_cny=number("融资买入额"),
        securities_lending_shares=number("融券余量"),
        securities_lending_sold_shares=number("融券卖出量"),
        securities_lending_balance_cny=number("融券余额"),
    )
    return conform(rows)


def summary(exchange: str) -> Plausibility:
    """Balances and purchases add up to the summary; Shenzhen's is rounded to a million."""
    known = (
        "SELECT trade_date AS day, {0} AS total FROM core.margin_exchange "
        f"WHERE exchange = '{exchange}'"
    )
    columns = ("financing_balance_cny", "financing_purchases_cny")
    return Plausibility(totals=tuple(Total(c, known.format(c), 1e6, within=1e-5) for c in columns))


COLUMNS = frozenset({"证券代码", "证券简称", "融资余额", "融资买入额", "融券余量", "融券卖出量",
                     "融券余额", "融资融券余额"})  # fmt: skip
SSE = Source(
    "SSE", "query.sse.com.cn",
    frozenset({"信用交易日期", "标的证券代码", "标的证券简称", "融资余额", "融资买入额",
               "融资偿还额", "融券余量", "融券卖出量"}),
    per_day("stock_margin_detail_sse", "SSE"), shanghai, apart=True, plausibility=summary("SSE"),
    vocabulary={"标的证券代码": CODES},
)  # fmt: skip
SZSE = Source(
    "SZSE",
    "www.szse.cn",
    COLUMNS,
    per_day("stock_margin_detail_szse", "SZSE"),
    undated,
    apart=True,
    plausibility=summary("SZSE"),
    vocabulary={"证券代码": CODES},
)
BSE = Source(
    "BSE",
    "www.bse.cn",
    COLUMNS,
    per_day("stock_margin_detail_bse", "BSE"),
    undated,
    apart=True,
    plausibility=summary("BSE"),
    vocabulary={"证券代码": CODES},
)

DATASET = Dataset(
    name="margin_security",
    label="Margin by security",
    grain="one row per security and trading day",
    contract=MarginSecurity,
    publication=Publication("trade_date", time(9, 0), trading_days_later=1),
    cadence=Daily(),
    chains=(
        Chain("SSE", (SSE,), "exchange", {"SSE": date(2010, 3, 31)}),
        Chain("SZSE", (SZSE,), "exchange", {"SZSE": date(2010, 3, 31)}),
        Chain("BSE", (BSE,), "exchange", {"BSE": date(2023, 2, 13)}),
    ),
    trading_day="trade_date",
    figures=(
        Figure("financing_balance_cny", near=30, crowd=3, many=True, typical=(1e7, 3e10)),
        Figure(
            "financing_purchases_cny",
            crowd=6,
            many=True,
            typical=(0.004, 0.5),
            of=pl.col("financing_purchases_cny") / pl.col("financing_balance_cny"),
            says="purchases ÷ loans",
        ),
        Figure(
            "financing_repayments_cny",
            crowd=6,
            many=True,
            typical=(0.004, 0.5),
            of=pl.col("financing_repayments_cny") / pl.col("financing_balance_cny"),
            says="repayments ÷ loans",
        ),
        Figure(
            "securities_lending_balance_cny",
            crowd=6,
            near=8,
            many=True,
            typical=(0.3, 5000),
            of=pl.col("securities_lending_balance_cny") / pl.col("securities_lending_shares"),
            says="value ÷ number of the shares lent",
        ),
    ),
)
