"""What analysts expect mainland companies to earn per share: a snapshot each week.

Nobody serves the expectations of the past, so that each snapshot is dated by the day on which it
was taken and kept. The first of the four years is as a rule the last one reported: `estimate`
tells.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from warehouse.contract import Table, choice, count, day, measure, share_code
from warehouse.errors import NothingYet, UnknownFormat
from warehouse.readers.followed import followed_shares
from warehouse.readers.report_periods import A_SHARES
from warehouse.readers.responses import documents, nothing, page, table
from warehouse.readers.snapshots import snapshot, today
from warehouse.readers.text import KNOWN_CODES, code, doubting, number
from warehouse.readers.text import count as published_count
from warehouse.response import Response
from warehouse.units import Unit

YEARS = (1, 2, 3, 4)
NOBODY = "本年度暂无机构做出业绩预测"
MARKS = {"A": "actual", "E": "expected"}
OTHER = "other"  # what nobody here knows, and reports


class ConsensusEps(Table):
    """Mean of the analysts' earnings per share per company, fiscal year and snapshot."""

    snapshot_date = day("Day on which the page was fetched", key=True)
    code = share_code("Code with exchange suffix", key=True)
    fiscal_year = count("Year that the earnings are of", key=True, min=2000, max=2100)
    estimate = choice("Whether the year has been reported", [*MARKS.values(), OTHER])
    eps_cny = measure("Earnings per share", Unit.CNY_PER_SHARE, min=-200, max=500)
    reports = count("Reports, or houses, that the mean is made of", nullable=True, min=0, max=1000)

    @dy.rule()
    def eps_cny_is_plausible(cls) -> pl.Expr:
        """Earnings per share are nothing or a thousandth of
        a fen at least; else the unit slipped.
        """
        return (pl.col("eps_cny") == 0) | (pl.col("eps_cny").abs() >= 1e-5)

    @dy.rule()
    def fiscal_year_is_near_snapshot_date(cls) -> pl.Expr:
        """Expectations reach from two years back to four years ahead; else the years moved."""
        ahead = pl.col("fiscal_year") - pl.col("snapshot_date").dt.year()
        return ahead.is_between(-2, 4)


def ask(request: Request) -> list[Call]:
    return [Call("stock_profit_forecast_em", {}, request.days, label=today(request))]


def own_years(heard: Sequence[Response], _call: Call) -> pl.DataFrame:
    """The rows of all pages with the years that each row states.

    akshare writes the years of most rows over the columns, and is a year off for the others.
    """
    pages = [page.get("result") for page in documents(heard)]
    rows = [row for page in pages if page for row in page["data"]]
    if not rows:
        raise NothingYet("no expectations at all")
    return pl.DataFrame(rows, infer_schema_length=None).unique("SECUCODE", maintain_order=True)


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Four rows per company, each under the year that its own row states."""
    shares = answer.filter(pl.col("SECURITY_CODE").cast(pl.String).str.contains(A_SHARES))
    years = pl.concat(
        shares.select(
            snapshot_date=snapshot(call),
            code=code("SECURITY_CODE"),
            fiscal_year=published_count(f"YEAR{n}"),
            estimate=pl.col(f"YEAR_MARK{n}").cast(pl.String).replace_strict(MARKS, default=OTHER),
            eps_cny=number(f"EPS{n}"),
            reports=published_count("RATING_ORG_NUM"),
        )
        for n in YEARS
    )
    given = years.drop_nulls(["fiscal_year", "eps_cny"]).unique(maintain_order=True)
    if given.is_empty():
        raise UnknownFormat("no row has a year and earnings")
    return given


def share_by_share(request: Request) -> list[Call]:
    """The shares followed, one page each."""
    return [
        Call(
            "stock_profit_forecast_ths",
            {"symbol": c[:6], "indicator": "预测年报每股收益"},
            request.days,
            label=f"{c} on {today(request)}",
        )
        for c in followed_shares()
    ]


def means(heard: Sequence[Response], _call: Call) -> pl.DataFrame:
    """The page's first table; a page that says so proves that nobody expects anything."""
    text = page(heard, "worth.html", "gbk")
    return nothing() if NOBODY in text else table(text, "预测机构数")


def read_ths(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The page lists years to come only; a year that is there twice has no one value."""
    outside = ~number("均值").is_between(number("最小值"), number("最大值"))
    what = "均值 is not between 最小值 and 最大值"
    rows = doubting(answer, outside, ("均值",), what).select(
        snapshot_date=snapshot(call),
        code=pl.lit(call.label[:9]),
        fiscal_year=published_count("年度"),
        estimate=pl.lit("expected"),
        eps_cny=number("均值"),
        reports=published_count("预测机构数"),
    )
    return rows.filter(pl.col("fiscal_year").is_unique())


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({"SECURITY_CODE", "RATING_ORG_NUM"}
              | {f"{name}{n}" for n in YEARS for name in ("YEAR", "YEAR_MARK", "EPS")}),
    ask, read, plausibility=Plausibility(steady=True), transcript=own_years, counted=True,
    vocabulary={"SECURITY_CODE": KNOWN_CODES, **{f"YEAR_MARK{n}": f"^({'|'.join(MARKS)})$" for n in YEARS}},
)  # fmt: skip
THS = Source(
    "THS",
    "basic.10jqka.com.cn",
    frozenset({"年度", "预测机构数", "最小值", "均值", "最大值"}),
    share_by_share,
    read_ths,
    stopgap=True,
    transcript=means,
)

DATASET = Dataset(
    name="consensus_eps",
    label="Analysts' expectations, A shares",
    grain="one row per snapshot, company and fiscal year",
    contract=ConsensusEps,
    publication=Publication("snapshot_date", time(9, 0)),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("A", (EASTMONEY, THS)),),
    figures=(
        Figure("eps_cny", near=30, crowd=2, many=True, typical=(0.08, 6)),
        Figure("reports", near=30, crowd=3, many=True, typical=(1, 80)),
    ),
)
