"""Gross domestic product of the year so far, as the statisticians publish it every quarter.

The statisticians' own database stands in for Eastmoney's table: output at current prices, and the
growth of volumes as an index of which a year ago was 100. Jin10's growth is that of the last
quarter alone, and another figure.
"""

from __future__ import annotations

from datetime import time, timedelta

import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Figure, Publication, Request, Source
from warehouse.contract import Table, day, measure
from warehouse.readers import statistics_bureau as bureau
from warehouse.readers.dated_lists import due_month, up_to_date
from warehouse.readers.quarterly_gdp import GROWTH, SECTORS, TOTAL, cumulated
from warehouse.readers.text import number
from warehouse.units import PERCENT, YI, Unit

HALF_A_YEAR = timedelta(days=184)
OUTPUT, VOLUME = "国内生产总值累计值(亿元)", "国内生产总值指数(上年同期=100)累计值"
LEAVES = {
    OUTPUT: "国民经济核算 > 国内生产总值(现价)",
    VOLUME: "国民经济核算 > 国内生产总值指数",
}
A_YEAR_AGO = 100.0


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


def ask_bureau(request: Request) -> list[Call]:
    """Output and index, each with the way to it."""
    return [bureau.ask(request, "季度数据", path, series) for series, path in LEAVES.items()]


def read_bureau(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    rows = bureau.series(answer, call.label)
    figure = (
        {"gdp_cny": number("figure", YI)}
        if call.label == OUTPUT
        else {"gdp_yoy": (number("figure") - A_YEAR_AGO) * PERCENT}
    )
    read = rows.select(quarter=bureau.quarter("period"), **figure)
    return up_to_date(read, "quarter", due_month(call) - HALF_A_YEAR)


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """Output and growth of a quarter in one row."""
    if not {"gdp_cny", "gdp_yoy"}.issubset(rows.columns):
        return rows.clear()
    joined = rows.group_by("quarter", maintain_order=True).agg(pl.all().drop_nulls().first())
    return joined.filter(pl.col("gdp_cny").is_not_null())


EASTMONEY = Source(
    "Eastmoney datacenter",
    "datacenter-web.eastmoney.com",
    frozenset({"季度", TOTAL, GROWTH, *SECTORS}),
    ask,
    read,
    counted=True,
)

BUREAU = Source(
    "National Bureau of Statistics", bureau.HOST, bureau.COLUMNS, ask_bureau, read_bureau, combine,
    whole=True, transcript=bureau.figures,
)  # fmt: skip

DATASET = Dataset(
    name="gdp",
    label="Gross domestic product",
    grain="one row per quarter, summed from January on",
    contract=Gdp,
    publication=Publication("quarter", time(10, 0), months_later=3, day_of_month=20),
    # two quarters, to the 20th, and a week
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=215)),
    chains=(Chain("CN", (EASTMONEY, BUREAU)),),
    figures=(
        Figure("gdp_cny", near=10, typical=(5e12, 3e14)),
        Figure("gdp_yoy", near=20, typical=(0.02, 0.2)),
    ),
)
