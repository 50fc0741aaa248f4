"""Meetings of the exchanges' listing committees, and how they ended.

Eastmoney knows all meetings and what was to be raised; cninfo knows those of a year and their
results.
"""

from __future__ import annotations

from datetime import time

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
from warehouse.contract import Table, choice, day, measure, share_code, text
from warehouse.readers.text import code, label, number
from warehouse.readers.text import day as published_day
from warehouse.units import WAN, Unit

PRICES = 1, 500  # yuan per share that a company may ask for
FIRST_ISSUE = "首发"
OUTCOMES = {  # words of the result, in the order in which they decide
    "not_held": "未上会",
    "cancelled": "取消|撤回|终止",
    "deferred": "暂缓",
    "refused": r"[不未]\S{0,2}通过|否决|不符合",
    "passed": "通过|符合",
}


WORDS = "|".join(OUTCOMES.values())
OTHER_ISSUES = f"{FIRST_ISSUE}|增发|配股|优先股|转债|转换公司债券|重组"


class IpoReview(Table):
    """Review meetings on applications for listing on the mainland, one row per meeting."""

    company = text("Full name of the applicant", key=True)
    review_date = day("Day of the meeting", key=True)
    outcome = choice("How the meeting ended", [*OUTCOMES, "other"])
    result = text("The result in the publisher's words")
    code = share_code("Code with exchange suffix, once there is one", nullable=True)
    short_name = text("Short name in Chinese", nullable=True)
    venue = text("Where it is to be listed, in the publisher's words", nullable=True)
    underwriter = text("Lead underwriter", nullable=True)
    issue_shares = measure("Shares to be issued", Unit.SHARES, nullable=True, min=1e5, max=1e11)
    funds_sought_cny = measure(
        "Money that the company wants to raise", Unit.CNY, nullable=True, min=1e6, max=1e12
    )
    listing_date = day("First trading day, once it is known", nullable=True)

    @dy.rule()
    def funds_sought_cny_are_a_price_per_share(cls) -> pl.Expr:
        """Money over shares is between 1 and 500 yuan; else a unit of one of them slipped."""
        price = pl.col("funds_sought_cny") / pl.col("issue_shares")
        return price.is_between(*PRICES)


def outcome(result: pl.Expr) -> pl.Expr:
    found = pl.lit("other")
    for kind, words in reversed(OUTCOMES.items()):
        found = pl.when(result.str.contains(words)).then(pl.lit(kind)).otherwise(found)
    return found


def ask(request: Request) -> list[Call]:
    return [Call("stock_ipo_review_em", days=request.days)]


def ask_cninfo(request: Request) -> list[Call]:
    return [Call("stock_new_gh_cninfo", days=request.days)]


def held(rows: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Meetings that have taken place; those to come have no result yet."""
    return rows.filter(pl.col("review_date") <= call.days[-1]).unique(maintain_order=True)


def in_yuan(money: pl.Expr, shares: pl.Expr) -> pl.Expr:
    """Money of which the column says 元, and Beijing's applicants write it in 万元.

    The price that it makes per share tells, row by row. What is neither is left to the contract.
    """
    wan = (money * WAN / shares).is_between(*PRICES) & ~(money / shares).is_between(*PRICES)
    return pl.when(wan).then(money * WAN).otherwise(money)


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Rows without a day are applications that never met the committee."""
    result = pl.col("审核状态").cast(pl.String).str.strip_chars()
    rows = answer.select(
        company=label("企业名称"),
        review_date=published_day("上会日期"),
        outcome=outcome(result),
        result=result,
        code=code("股票代码"),
        short_name=label("股票简称"),
        venue=label("上市板块"),
        underwriter=label("主承销商"),
        issue_shares=number("发行数量(股)"),
        funds_sought_cny=in_yuan(number("拟融资额(元)"), number("发行数量(股)")),
        listing_date=published_day("上市日期"),
    )
    return held(rows, call)


def read_cninfo(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """First issues only; the list has other kinds of issues too."""
    result = pl.col("审核结果").cast(pl.String).str.strip_chars()
    rows = answer.filter(pl.col("审核类型").cast(pl.String).str.contains(FIRST_ISSUE)).select(
        company=label("公司名称"),
        review_date=published_day("上会日期"),
        outcome=outcome(result),
        result=result,
    )
    return held(rows, call)


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({"企业名称", "上会日期", "审核状态", "股票代码", "股票简称", "上市板块", "主承销商",
               "发行数量(股)", "拟融资额(元)", "上市日期"}),
    ask, read, plausibility=Plausibility(steady=True), counted=True,
    vocabulary={"审核状态": WORDS}, worded=frozenset({"审核状态"}),
)  # fmt: skip
CNINFO = Source(
    "cninfo",
    "webapi.cninfo.com.cn",
    frozenset({"公司名称", "上会日期", "审核类型", "审核结果"}),
    ask_cninfo,
    read_cninfo,
    vocabulary={"审核结果": WORDS, "审核类型": OTHER_ISSUES},
    worded=frozenset({"审核结果"}),
)

DATASET = Dataset(
    name="ipo_review",
    label="Listing committee meetings",
    grain="one row per company and meeting",
    contract=IpoReview,
    publication=Publication("review_date", time(20, 0)),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("A", (EASTMONEY, CNINFO)),),
    figures=(
        Figure("issue_shares", typical=(5e6, 1e9)),
        Figure("funds_sought_cny", typical=(1e8, 1e10)),
    ),
)
