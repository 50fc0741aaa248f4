"""What single brokers expect: reports about the shares followed, with earnings of three years.

The list says «this year», and akshare puts the upstream's current year over the column; whether an
older report means that year or its own is not said. So reports are taken in the year in which they
were written, in which the two are the same; earlier years come from imported files. The first
report that the list gives of a broker and day is kept.
"""

from __future__ import annotations

import re
from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
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
from warehouse.contract import Table, count, day, measure, of_one_size, share_code, text
from warehouse.errors import UnknownFormat
from warehouse.readers.followed import followed_shares
from warehouse.readers.text import code, number
from warehouse.readers.text import day as published_day
from warehouse.units import Unit

EXPECTED = re.compile(r"^(\d{4})-盈利预测-收益$")
KEY = ["report_date", "code", "broker"]


class AnalystEps(Table):
    """Earnings per share that a broker's report expects."""

    report_date = day("Day of the report", key=True)
    code = share_code("Code with exchange suffix", key=True)
    broker = text("Broker, short name in Chinese", key=True)
    rating = text("Rating in the broker's word", nullable=True)
    fiscal_year = count("Year that `eps_cny` is of", min=2000, max=2100)
    eps_cny = measure(
        "Earnings per share of the fiscal year",
        Unit.CNY_PER_SHARE,
        nullable=True,
        min=-100,
        max=500,
    )
    eps_next_year_cny = measure(
        "Of the year after", Unit.CNY_PER_SHARE, nullable=True, min=-100, max=500
    )
    eps_second_year_cny = measure(
        "Of the second year after", Unit.CNY_PER_SHARE, nullable=True, min=-100, max=500
    )

    @dy.rule()
    def eps_cny_is_plausible(cls) -> pl.Expr:
        """Earnings per share are nothing or a thousandth of
        a fen at least; else the unit slipped.
        """
        return (pl.col("eps_cny") == 0) | (pl.col("eps_cny").abs() >= 1e-5)

    eps_next_year_cny_is_of_the_size_of_eps_cny = of_one_size(
        "eps_next_year_cny", "eps_cny", 60, 0.03
    )
    eps_second_year_cny_is_of_the_size_of_eps_next_year_cny = of_one_size(
        "eps_second_year_cny", "eps_next_year_cny", 60, 0.03
    )

    @dy.rule()
    def fiscal_year_is_near_report_date(cls) -> pl.Expr:
        """A report begins with its own year or the one before."""
        ahead = pl.col("report_date").dt.year() - pl.col("fiscal_year")
        return ahead.is_between(-1, 1)


def ask(request: Request) -> list[Call]:
    """Two requests per share: akshare asks for the first page twice."""
    wanted = followed_shares()
    return [
        Call("stock_research_report_em", {"symbol": c[:6]}, request.days, label=c)
        for c in wanted
        if not request.codes or c in request.codes
    ]


def read(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    years = sorted(int(found[1]) for c in answer.columns if (found := EXPECTED.match(c)))
    if len(years) != 3 or years[2] - years[0] != 2:
        raise UnknownFormat(f"expected three years in a row, not {years}")
    eps = [number(f"{year}-盈利预测-收益") for year in years]
    rows = answer.select(
        report_date=published_day("日期"),
        code=code("股票代码"),
        broker=pl.col("机构").cast(pl.String).str.strip_chars(),
        rating=pl.col("东财评级").cast(pl.String),
        fiscal_year=pl.lit(years[0], pl.Int64),
        eps_cny=eps[0],
        eps_next_year_cny=eps[1],
        eps_second_year_cny=eps[2],
    )
    written = rows.filter(pl.col("report_date").dt.year() == years[0])
    given = written.filter(pl.any_horizontal(pl.col("^eps_.*$").is_not_null()))
    return given.unique(KEY, keep="first", maintain_order=True)


EASTMONEY = Source(
    "Eastmoney reports",
    "reportapi.eastmoney.com",
    frozenset({"股票代码", "东财评级", "机构", "日期"}),
    ask,
    read,
    plausibility=Plausibility(steady=True),
)

DATASET = Dataset(
    name="analyst_eps",
    label="Brokers' reports",
    grain="one row per report",
    contract=AnalystEps,
    publication=Publication("report_date", time(20, 0)),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("A", (EASTMONEY,), "code", dict.fromkeys(followed_shares(), date(2024, 1, 1))),),
    figures=(
        Figure("eps_cny", many=True, typical=(0.08, 6)),
        Figure("eps_next_year_cny", many=True, typical=(0.08, 6)),
        Figure("eps_second_year_cny", many=True, typical=(0.08, 6)),
    ),
)
