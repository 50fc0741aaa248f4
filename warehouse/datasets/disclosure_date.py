"""When companies will publish their reports, and when they did.

A company books a day with its exchange and may move it three times. The lists show the present
state only, so that a booking is known from the day on which it was fetched; the day of a report
that is out is known from that day.
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
    Plausibility,
    Publication,
    Reader,
    Request,
    Source,
)
from warehouse.contract import Table, day, share_code
from warehouse.readers.report_periods import A_SHARES, in_season, quarter_ends
from warehouse.readers.text import KNOWN_CODES, code
from warehouse.readers.text import day as published_day

OPENING = {3: (4, 5), 6: (7, 5), 9: (10, 8), 12: (1, 5)}  # the exchanges publish the first list
CNINFO_NAMES = {3: "一季", 6: "半年报", 9: "三季", 12: "年报"}
CNINFO_PERIODS = 4  # it keeps the lists of the last four periods


class DisclosureDate(Table):
    """Booked and actual publication days of periodic reports."""

    code = share_code("Code with exchange suffix", key=True)
    period_end = day("Last day of the report period", key=True)
    first_booked_date = day("Day that was booked first", nullable=True)
    booked_date = day("Day that is booked now, after up to three changes", nullable=True)
    actual_date = day("Day on which the report came out; null until then", nullable=True)

    @dy.rule()
    def booked_date_is_after_the_period(cls) -> pl.Expr:
        """No report comes before its period is over."""
        return pl.min_horizontal("booked_date", "actual_date") > pl.col("period_end")


def ask(request: Request) -> list[Call]:
    """Two lists per period: Shanghai and Shenzhen, and Beijing, which the first leaves out."""
    return [
        Call("stock_yysj_em", {"symbol": market, "date": f"{end:%Y%m%d}"}, request.days,
             label=f"{market} {end}")
        for end in reversed(in_season(request, OPENING))
        for market in ("沪深A股", "京市A股")
    ]  # fmt: skip


def ask_cninfo(request: Request) -> list[Call]:
    """One list of all exchanges per period, of the last four periods."""
    today = request.now.date()
    kept = quarter_ends(today - timedelta(days=500), today)[-CNINFO_PERIODS:]
    return [
        Call(
            "stock_report_disclosure",
            {"market": "沪深京", "period": f"{end.year}{CNINFO_NAMES[end.month]}"},
            request.days,
            label=str(end),
        )
        for end in reversed(in_season(request, OPENING))
        if end in kept
    ]


def reader(first: str, changes: tuple[str, ...], actual: str) -> Reader:
    """Reader of a list with these column names; the newest change is the booking in force."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        booked = [published_day(c) for c in (*reversed(changes), first)]
        end = pl.lit(call.label.rpartition(" ")[2]).str.to_date("%Y-%m-%d")
        shares = answer.filter(pl.col("股票代码").cast(pl.String).str.contains(A_SHARES))
        return shares.select(
            code=code("股票代码"),
            period_end=end,
            first_booked_date=published_day(first),
            booked_date=pl.coalesce(booked),
            actual_date=published_day(actual),
        ).unique(maintain_order=True)

    return read


CHANGES_EM = ("一次变更日期", "二次变更日期", "三次变更日期")
CHANGES_CNINFO = ("初次变更", "二次变更", "三次变更")
EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({"股票代码", "首次预约时间", "实际披露时间", *CHANGES_EM}),
    ask, reader("首次预约时间", CHANGES_EM, "实际披露时间"), plausibility=Plausibility(steady=True), counted=True,
    vocabulary={"股票代码": KNOWN_CODES},
)  # fmt: skip
CNINFO = Source(
    "cninfo", "www.cninfo.com.cn",
    frozenset({"股票代码", "首次预约", "实际披露", *CHANGES_CNINFO}),
    ask_cninfo, reader("首次预约", CHANGES_CNINFO, "实际披露"), plausibility=Plausibility(steady=True),
    vocabulary={"股票代码": KNOWN_CODES},
)  # fmt: skip

DATASET = Dataset(
    name="disclosure_date",
    label="Publication days of reports, A shares",
    grain="one row per company and report period",
    contract=DisclosureDate,
    publication=Publication("period_end", time(18, 0), by="actual_date"),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("A", (EASTMONEY, CNINFO)),),
    bare=True,  # the company has booked no day
)
