"""Gross domestic product of the year so far, as the statisticians publish it every quarter.

There is no second host that akshare reads without a browser's fingerprint; a missing quarter is
said in the briefing.
"""

from __future__ import annotations

from datetime import time, timedelta

import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Figure, Publication, Request, Source
from warehouse.contract import Table, day, measure
from warehouse.readers.dated_lists import due_month, up_to_date
from warehouse.readers.quarterly_gdp import GROWTH, SECTORS, TOTAL, cumulated
from warehouse.units import Unit

HALF_A_YEAR = timedelta(days=184)


class Gdp(Table):
    """Gross domestic product from January to the end of a quarter, at current prices."""

    quarter = day("First day of the last quarter counted", key=True)
    gdp_cny = measure("Output from January to the quarter's end", Unit.CNY, min=1e12, max=5e14)
    gdp_yoy = measure(
        "Real growth against the same months of the year before",
        Unit.FRACTION,
        nullable=True,
        min=-0.2,
        max=0.3,
    )


def ask(request: Request) -> list[Call]:
    return [Call("macro_china_gdp", days=request.days)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return up_to_date(cumulated(answer), "quarter", due_month(call) - HALF_A_YEAR)


EASTMONEY = Source(
    "Eastmoney datacenter",
    "datacenter-web.eastmoney.com",
    frozenset({"季度", TOTAL, GROWTH, *SECTORS}),
    ask,
    read,
    counted=True,
)

DATASET = Dataset(
    name="gdp",
    label="Gross domestic product",
    grain="one row per quarter, summed from January on",
    contract=Gdp,
    publication=Publication("quarter", time(10, 0), months_later=3, day_of_month=20),
    # two quarters, to the 20th, and a week
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=215)),
    chains=(Chain("CN", (EASTMONEY,)),),
    figures=(
        Figure("gdp_cny", near=10, typical=(5e12, 3e14)),
        Figure("gdp_yoy", near=20, typical=(0.02, 0.2)),
    ),
)
