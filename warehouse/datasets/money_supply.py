"""Money in circulation, narrow and broad, by month.

From January 2025 on narrow money (M1) counts households' demand deposits and the deposits of
payment companies as well; the levels of before and after cannot be compared, the growth rates that
the central bank gives for 2025 can.
"""

from __future__ import annotations

from datetime import date, time, timedelta

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
from warehouse.contract import Table, choice, day, measure
from warehouse.readers.dated_lists import A_MONTH, due_month, month, up_to_date
from warehouse.readers.text import number
from warehouse.units import PERCENT, YI, Unit

REDEFINED = date(2025, 1, 1)
EASTMONEY_NAMES = {"m2": "货币和准货币(M2)", "m1": "货币(M1)", "m0": "流通中的现金(M0)"}
SINA_NAMES = {"m2": "货币和准货币（广义货币M2）", "m1": "货币(狭义货币M1)", "m0": "流通中现金(M0)"}
EASTMONEY_COLUMNS = {
    f"{kind}_{what}": f"{name}-{suffix}"
    for kind, name in EASTMONEY_NAMES.items()
    for what, suffix in (("cny", "数量(亿元)"), ("yoy", "同比增长"))
}
SINA_COLUMNS = {
    f"{kind}_{what}": f"{name}{suffix}"
    for kind, name in SINA_NAMES.items()
    for what, suffix in (("cny", ""), ("yoy", "同比增长"))
}


class MoneySupply(Table):
    """Money at the end of each month."""

    month = day("First day of the month", key=True)
    m2_cny = measure("Broad money, M2", Unit.CNY, min=1e11, max=2e15)
    m2_yoy = measure("Growth of M2 on the year", Unit.FRACTION, nullable=True, min=-0.1, max=0.6)
    m1_cny = measure("Narrow money, M1", Unit.CNY, nullable=True, min=1e11, max=5e14)
    m1_yoy = measure("Growth of M1 on the year", Unit.FRACTION, nullable=True, min=-0.2, max=0.6)
    m1_definition = choice(
        "What M1 counts: changed with January 2025", ["before 2025", "from 2025"]
    )
    m0_cny = measure("Cash, M0", Unit.CNY, nullable=True, min=1e10, max=1e14)
    m0_yoy = measure("Growth of M0 on the year", Unit.FRACTION, nullable=True, min=-0.3, max=0.6)

    @dy.rule()
    def m1_cny_lies_between_m0_and_m2(cls) -> pl.Expr:
        """M2 includes M1, which includes cash; else columns were mixed up."""
        inside = (pl.col("m0_cny") < pl.col("m1_cny")) & (pl.col("m1_cny") < pl.col("m2_cny"))
        return inside.fill_null(value=True)


def ask(request: Request) -> list[Call]:
    return [Call("macro_china_money_supply", days=request.days)]


def ask_sina(request: Request) -> list[Call]:
    return [Call("macro_china_supply_of_money", days=request.days)]


def spelled(answer: pl.DataFrame, call: Call, dated: str, columns: dict[str, str]) -> pl.DataFrame:
    """Both hosts' tables: 亿元 and per cent, under names of their own."""
    multiples = {"cny": YI, "yoy": PERCENT}
    rows = answer.select(
        month=month(dated),
        **{c: number(name, multiples[c[-3:]]) for c, name in columns.items()},
    ).filter(pl.col("m2_cny").is_not_null())
    new = pl.col("month") >= REDEFINED
    defined = pl.when(new).then(pl.lit("from 2025")).otherwise(pl.lit("before 2025"))
    return up_to_date(rows.with_columns(m1_definition=defined), "month", due_month(call) - A_MONTH)


EASTMONEY = Source(
    "Eastmoney datacenter",
    "datacenter-web.eastmoney.com",
    frozenset({"月份", *EASTMONEY_COLUMNS.values()}),
    ask,
    lambda answer, call: spelled(answer, call, "月份", EASTMONEY_COLUMNS),
    counted=True,
)
SINA = Source(
    "Sina", "quotes.sina.cn", frozenset({"统计时间", *SINA_COLUMNS.values()}), ask_sina,
    lambda answer, call: spelled(answer, call, "统计时间", SINA_COLUMNS),
    plausibility=Plausibility(steady=True),
)  # fmt: skip

DATASET = Dataset(
    name="money_supply",
    label="Money supply",
    grain="one row per month",
    contract=MoneySupply,
    publication=Publication("month", time(18, 0), months_later=1, day_of_month=15),
    # two months, to the 15th, and the Saturday after a holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=90)),
    chains=(Chain("CN", (EASTMONEY, SINA)),),
    figures=(
        Figure("m2_cny", near=1.5, typical=(1e13, 1e15)),
        Figure("m1_cny", near=2, typical=(5e12, 3e14)),
        Figure("m0_cny", near=2, typical=(1e12, 5e13)),
        Figure("m2_yoy", near=4, typical=(0.03, 0.4)),
        Figure("m1_yoy", typical=(0.006, 0.4)),
        Figure("m0_yoy", typical=(0.01, 0.4)),
    ),
)
