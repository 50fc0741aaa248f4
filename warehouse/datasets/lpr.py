"""Loan prime rates: what banks charge their best customers, quoted on the 20th of each month.

akshare has one host for them.
"""

from __future__ import annotations

from datetime import time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Figure, Publication, Request, Source
from warehouse.contract import Table, day, measure
from warehouse.readers.dated_lists import up_to_date
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import PERCENT, Unit

SIX_WEEKS = timedelta(days=42)


class Lpr(Table):
    """Loan prime rates by the day on which they were quoted."""

    quoted_on = day("Day of the quotation", key=True)
    lpr_1y = measure("Prime rate of one year", Unit.FRACTION, min=0.005, max=0.1)
    lpr_5y = measure(
        "Prime rate of over five years; quoted since August 2019",
        Unit.FRACTION,
        nullable=True,
        min=0.005,
        max=0.1,
    )

    @dy.rule()
    def lpr_5y_is_not_below_lpr_1y(cls) -> pl.Expr:
        """Long loans have never been cheaper than short ones; else columns were mixed up."""
        return (pl.col("lpr_5y") >= pl.col("lpr_1y")).fill_null(value=True)


def ask(request: Request) -> list[Call]:
    return [Call("macro_china_lpr", days=request.days)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Rows of before 2013 have benchmark rates and no prime rate."""
    rows = answer.select(
        quoted_on=published_day("TRADE_DATE"),
        lpr_1y=number("LPR1Y", PERCENT),
        lpr_5y=number("LPR5Y", PERCENT),
    ).filter(pl.col("lpr_1y").is_not_null())
    return up_to_date(rows, "quoted_on", max(call.days) - SIX_WEEKS)


EASTMONEY = Source(
    "Eastmoney datacenter",
    "datacenter-web.eastmoney.com",
    frozenset({"TRADE_DATE", "LPR1Y", "LPR5Y"}),
    ask,
    read,
    counted=True,
)

DATASET = Dataset(
    name="lpr",
    label="Loan prime rates",
    grain="one row per day of quotation",
    contract=Lpr,
    publication=Publication("quoted_on", time(9, 30)),
    # a month, a holiday, and a week
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=45)),
    chains=(Chain("CN", (EASTMONEY,)),),
    figures=(
        Figure("lpr_1y", near=2),
        Figure("lpr_5y", near=2),
    ),
)
