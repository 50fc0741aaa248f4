"""Purchasing managers' indices: above 50, business grows on the month before.

A month's come out on its last day or on the first of the next; in January sometimes before the
spring festival. The statisticians' own database has them too. Jin10 dates each figure by its
release; in 2026 its lists had ended with the summer of 2025, and such a list is not taken.
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
from warehouse.readers import statistics_bureau as bureau
from warehouse.readers.dated_lists import A_MONTH, due_month, month, up_to_date
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import Unit

JIN10 = {
    "macro_china_pmi_yearly": "manufacturing_pmi",
    "macro_china_non_man_pmi": "non_manufacturing_pmi",
}
LEAVES = {  # series of the bureau: its column, and the way to it
    "制造业采购经理指数(%)": ("manufacturing_pmi", "采购经理指数 > 制造业采购经理指数"),
    "非制造业商务活动指数(%)": ("non_manufacturing_pmi", "采购经理指数 > 非制造业采购经理指数"),
}
BETWEEN = timedelta(days=6)  # days from a month's last week to its release


class Pmi(Table):
    """Purchasing managers' indices of the National Bureau of Statistics."""

    month = day("First day of the month", key=True)
    manufacturing_pmi = measure(
        "Manufacturing; 50 means no change", Unit.INDEX_POINTS, min=25, max=75
    )
    non_manufacturing_pmi = measure(
        "Services and construction; 50 means no change",
        Unit.INDEX_POINTS,
        nullable=True,
        min=20,
        max=80,
    )


def ask(request: Request) -> list[Call]:
    return [Call("macro_china_pmi", days=request.days)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    rows = answer.select(
        month=month("月份"),
        manufacturing_pmi=number("制造业-指数"),
        non_manufacturing_pmi=number("非制造业-指数"),
    )
    return up_to_date(rows, "month", due_month(call) - A_MONTH)


def ask_jin10(request: Request) -> list[Call]:
    return [Call(function, days=request.days) for function in JIN10]


def read_jin10(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Releases since 2016, each of the month in which its week before lies."""
    released = published_day("日期")
    rows = answer.filter(released >= pl.date(2016, 1, 1)).select(
        (released - BETWEEN).dt.truncate("1mo").alias("month"),
        number("今值").alias(JIN10[call.function]),
    )
    return up_to_date(rows.drop_nulls(), "month", due_month(call) - A_MONTH)


def ask_bureau(request: Request) -> list[Call]:
    leaves = LEAVES.items()
    return [bureau.ask(request, "月度数据", path, series) for series, (_, path) in leaves]


def read_bureau(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    column, _ = LEAVES[call.label]
    rows = bureau.series(answer, call.label).select(
        month=month("period"), **{column: number("figure")}
    )
    return up_to_date(rows, "month", due_month(call) - A_MONTH)


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """Both indices of a month in one row."""
    if not set(JIN10.values()).issubset(rows.columns):
        return rows.clear()
    joined = rows.group_by("month", maintain_order=True).agg(pl.all().drop_nulls().first())
    return joined.filter(pl.col("manufacturing_pmi").is_not_null())


EASTMONEY = Source(
    "Eastmoney datacenter",
    "datacenter-web.eastmoney.com",
    frozenset({"月份", "制造业-指数", "非制造业-指数"}),
    ask,
    read,
    counted=True,
)
CALENDAR = Source(
    "jin10", "datacenter-api.jin10.com", frozenset({"日期", "今值"}), ask_jin10, read_jin10, combine,
    whole=True, plausibility=Plausibility(steady=True),
)  # fmt: skip
BUREAU = Source(
    "National Bureau of Statistics", bureau.HOST, bureau.COLUMNS, ask_bureau, read_bureau, combine,
    whole=True, transcript=bureau.figures,
)  # fmt: skip

DATASET = Dataset(
    name="pmi",
    label="Purchasing managers' indices",
    grain="one row per month",
    contract=Pmi,
    publication=Publication("month", time(10, 0), months_later=1, day_of_month=1),
    # two months and the next Saturday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=75)),
    chains=(Chain("CN", (EASTMONEY, BUREAU, CALENDAR)),),
    figures=(
        Figure("manufacturing_pmi", near=1.6),
        Figure("non_manufacturing_pmi", near=2.5),
    ),
)
