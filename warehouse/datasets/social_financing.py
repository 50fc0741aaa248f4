"""Total social financing: the credit that flows to households and companies in a month.

The ministry that republishes the central bank's table has stopped doing so more than once; then the
list simply ends. Banks' new loans in yuan, from another host, are a column of their own: they are
the largest part of the total and no substitute for it.
"""

from __future__ import annotations

from datetime import time, timedelta

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
from warehouse.contract import Table, day, measure, nothing_or
from warehouse.errors import UnknownFormat
from warehouse.readers.dated_lists import A_MONTH, due_month, month, up_to_date
from warehouse.readers.text import number
from warehouse.units import YI, Unit

PARTS = {
    "rmb_loans_cny": "其中-人民币贷款",
    "foreign_currency_loans_cny": "其中-委托贷款外币贷款",
    "entrusted_loans_cny": "其中-委托贷款",
    "trust_loans_cny": "其中-信托贷款",
    "undiscounted_bills_cny": "其中-未贴现银行承兑汇票",
    "corporate_bonds_cny": "其中-企业债券",
    "equity_cny": "其中-非金融企业境内股票融资",
}
TOTAL = "社会融资规模增量"
LEAST = 1e6  # the tables show 0.01 亿元 at the finest


class SocialFinancing(Table):
    """Flows of credit in a month; repayments count as negative."""

    month = day("First day of the month", key=True)
    total_cny = measure("Total social financing", Unit.CNY, nullable=True, min=-2e12, max=2e13)
    rmb_loans_cny = measure("Of it: loans in yuan", Unit.CNY, nullable=True, min=-2e12, max=1.5e13)
    foreign_currency_loans_cny = measure(
        "Of it: loans in foreign currency", Unit.CNY, nullable=True, min=-2e12, max=2e12
    )
    entrusted_loans_cny = measure(
        "Of it: entrusted loans", Unit.CNY, nullable=True, min=-2e12, max=2e12
    )
    trust_loans_cny = measure("Of it: trust loans", Unit.CNY, nullable=True, min=-2e12, max=2e12)
    undiscounted_bills_cny = measure(
        "Of it: banks' acceptances not discounted", Unit.CNY, nullable=True, min=-2e12, max=2e12
    )
    corporate_bonds_cny = measure(
        "Of it: companies' bonds", Unit.CNY, nullable=True, min=-2e12, max=2e12
    )
    equity_cny = measure(
        "Of it: shares issued by companies that are no banks",
        Unit.CNY,
        nullable=True,
        min=-1e11,
        max=1e12,
    )
    new_loans_cny = measure(
        "All banks' new loans in yuan; another statistic than the total's part",
        Unit.CNY,
        nullable=True,
        min=-2e12,
        max=1.5e13,
    )

    @dy.rule()
    def total_cny_exceeds_its_parts_by_government_bonds(cls) -> pl.Expr:
        """What the table does not list, mostly government bonds, is worth less than three trillion;
        else columns were mixed up or a unit slipped.
        """
        rest = pl.col("total_cny") - pl.sum_horizontal(*PARTS)
        return rest.is_between(-6e11, 3e12).fill_null(value=True)

    rmb_loans_cny_is_plausible = nothing_or("rmb_loans_cny", LEAST)
    foreign_currency_loans_cny_is_plausible = nothing_or("foreign_currency_loans_cny", LEAST)
    entrusted_loans_cny_is_plausible = nothing_or("entrusted_loans_cny", LEAST)
    trust_loans_cny_is_plausible = nothing_or("trust_loans_cny", LEAST)
    undiscounted_bills_cny_is_plausible = nothing_or("undiscounted_bills_cny", LEAST)
    corporate_bonds_cny_is_plausible = nothing_or("corporate_bonds_cny", LEAST)
    equity_cny_is_plausible = nothing_or("equity_cny", LEAST)
    new_loans_cny_is_plausible = nothing_or("new_loans_cny", LEAST)


def ask(request: Request) -> list[Call]:
    functions = ("macro_china_shrzgm", "macro_china_new_financial_credit")
    return [Call(function, days=request.days) for function in functions]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    if call.function == "macro_china_shrzgm":
        figures = {c: number(name, YI) for c, name in (PARTS | {"total_cny": TOTAL}).items()}
    else:
        figures = {"new_loans_cny": number("当月", YI)}
        refuse_mixed_up(answer)
    rows = answer.select(month=month("月份"), **figures)
    known = rows.filter(pl.any_horizontal(pl.col(*figures).is_not_null()))
    return up_to_date(known, "month", due_month(call) - A_MONTH)


def refuse_mixed_up(answer: pl.DataFrame) -> None:
    """Raise UnknownFormat unless January's loans are those
    of the year so far, as the columns say.
    """
    january = answer.filter(month("月份").dt.month() == 1).drop_nulls(["当月", "累计"])
    gap = (number("当月") - number("累计")).abs() > 0.01 * number("累计").abs() + 1
    if (wrong := january.filter(gap)).height > 0.2 * january.height:
        raise UnknownFormat(f"当月 is not 累计 in {wrong.height} of {january.height} Januaries")


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """Both statistics of a month in one row; what one host does not say is null."""
    return rows.group_by("month", maintain_order=True).agg(pl.all().drop_nulls().first())


BOTH = Source(
    "Ministry of Commerce, Eastmoney", "data.mofcom.gov.cn", frozenset({"月份"}), ask, read, combine,
    whole=True, plausibility=Plausibility(steady=True),
)  # fmt: skip

DATASET = Dataset(
    name="social_financing",
    label="Total social financing",
    grain="one row per month",
    contract=SocialFinancing,
    publication=Publication("month", time(18, 0), months_later=1, day_of_month=15),
    # two months, to the 15th, and the Saturday after a holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=90)),
    chains=(Chain("CN", (BOTH,)),),
    figures=(
        Figure("total_cny", typical=(3e11, 8e12)),
        Figure("rmb_loans_cny", typical=(2e11, 5e12)),
        Figure("foreign_currency_loans_cny", typical=(2e9, 2e11)),
        Figure("entrusted_loans_cny", typical=(2e9, 3e11)),
        Figure("trust_loans_cny", typical=(2e9, 3e11)),
        Figure("undiscounted_bills_cny", typical=(1e10, 5e11)),
        Figure("corporate_bonds_cny", typical=(2e10, 6e11)),
        Figure("equity_cny", typical=(5e9, 2e11)),
        Figure("new_loans_cny", typical=(2e11, 5e12)),
    ),
)
