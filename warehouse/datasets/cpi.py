"""Consumer prices by month. The statisticians publish them on the 9th to 15th of the next one.

Jin10's lists, the second source, ended with the summer of 2025 when they were looked at in 2026: a
list that has stopped is not taken. The bureau's own database hangs each span of years elsewhere.
"""

from __future__ import annotations

from datetime import time, timedelta

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
from warehouse.contract import Table, day, measure
from warehouse.readers.dated_lists import A_MONTH, due_month, month, up_to_date
from warehouse.readers.text import day as published_day
from warehouse.readers.text import doubting, number
from warehouse.units import PERCENT, Unit

YEAR, MONTH, LEVEL = "全国-同比增长", "全国-环比增长", "全国-当月"
JIN10 = {"macro_china_cpi_yearly": "cpi_yoy", "macro_china_cpi_monthly": "cpi_mom"}


class Cpi(Table):
    """Change of consumer prices."""

    month = day("First day of the month", key=True)
    cpi_yoy = measure(
        "Against the same month of the year before", Unit.FRACTION, min=-0.06, max=0.3
    )
    cpi_mom = measure("Against the month before", Unit.FRACTION, nullable=True, min=-0.06, max=0.1)


def ask(request: Request) -> list[Call]:
    return [Call("macro_china_cpi", days=request.days)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The level, where a year ago was 100, tells whether the columns are what they are called."""
    wrong = (number(LEVEL) - 100 - number(YEAR)).abs() > 0.11
    rows = doubting(answer, wrong, (YEAR,), f"{LEVEL} is not 100 + {YEAR}").select(
        month=month("月份"), cpi_yoy=number(YEAR, PERCENT), cpi_mom=number(MONTH, PERCENT)
    )
    return up_to_date(rows, "month", due_month(call) - A_MONTH)


def ask_jin10(request: Request) -> list[Call]:
    return [Call(function, days=request.days) for function in JIN10]


def read_jin10(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Releases since 2016, each of the month before its own."""
    released = published_day("日期")
    rows = answer.filter(released >= pl.date(2016, 1, 1)).select(
        released.dt.offset_by("-1mo").dt.truncate("1mo").alias("month"),
        number("今值", PERCENT).alias(JIN10[call.function]),
    )
    return up_to_date(rows.drop_nulls(), "month", due_month(call) - A_MONTH)


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """Both changes of a month in one row."""
    if not set(JIN10.values()).issubset(rows.columns):
        return rows.clear()
    joined = rows.group_by("month", maintain_order=True).agg(pl.all().drop_nulls().first())
    return joined.filter(pl.col("cpi_yoy").is_not_null())


EASTMONEY = Source(
    "Eastmoney datacenter",
    "datacenter-web.eastmoney.com",
    frozenset({"月份", YEAR, MONTH, LEVEL}),
    ask,
    read,
    counted=True,
)
CALENDAR = Source(
    "jin10", "datacenter-api.jin10.com", frozenset({"日期", "今值"}), ask_jin10, read_jin10, combine,
    whole=True, plausibility=Plausibility(steady=True),
)  # fmt: skip

DATASET = Dataset(
    name="cpi",
    label="Consumer prices",
    grain="one row per month",
    contract=Cpi,
    publication=Publication("month", time(10, 0), months_later=1, day_of_month=15),
    # two months, to the 15th, and the Saturday after a holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=90)),
    chains=(Chain("CN", (EASTMONEY, CALENDAR)),),
    figures=(
        Figure("cpi_yoy", typical=(0.004, 0.15)),
        Figure("cpi_mom", typical=(0.001, 0.03)),
    ),
)
