"""What all A-shares cost together: trailing P/E and P/B.

Legulegu gives the median and the mean of the shares, which the many small companies decide; Shenwan
the ratio of the sums, which the few large banks decide. They are columns of their own: neither
stands in for the other.
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
from warehouse.contract import Table, day, measure
from warehouse.readers.dated_lists import A_WEEK, up_to_date
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import Unit

ALL_SHARES = "801003"  # 申万A指


class MarketValuation(Table):
    """Price ratios of all A-shares per trading day; nothing is weighted unless it says so."""

    trade_date = day("Trading day", key=True)
    pe_ttm_median = measure(
        "Median of the shares' price to trailing twelve months' earnings",
        Unit.RATIO,
        nullable=True,
        min=5,
        max=400,
    )
    pe_ttm_mean = measure(
        "Mean of the shares' price to trailing twelve months' earnings",
        Unit.RATIO,
        nullable=True,
        min=5,
        max=600,
    )
    pe_weighted = measure(
        "Market value to earnings of all shares (Shenwan)",
        Unit.RATIO,
        nullable=True,
        min=3,
        max=200,
    )
    pb_median = measure(
        "Median of the shares' price to book value", Unit.RATIO, nullable=True, min=0.5, max=30
    )
    pb_mean = measure(
        "Mean of the shares' price to book value", Unit.RATIO, nullable=True, min=0.5, max=40
    )
    pb_weighted = measure(
        "Market value to book value of all shares (Shenwan)",
        Unit.RATIO,
        nullable=True,
        min=0.3,
        max=20,
    )
    pe_ttm_median_percentile_10y = measure(
        "Share of the last ten years' days with a lower median P/E, as the publisher says",
        Unit.FRACTION,
        nullable=True,
        min=0,
        max=1,
    )
    pb_median_percentile_10y = measure(
        "Share of the last ten years' days with a lower median P/B, as the publisher says",
        Unit.FRACTION,
        nullable=True,
        min=0,
        max=1,
    )

    @dy.rule()
    def pb_median_is_less_than_pe(cls) -> pl.Expr:
        """Companies earn less in a year than they own: P/B is far under P/E; else columns were
        mixed up.
        """
        return pl.all_horizontal(
            (pl.col(f"pb_{kind}") < pl.col(pe)).fill_null(value=True)
            for kind, pe in (
                ("median", "pe_ttm_median"),
                ("mean", "pe_ttm_mean"),
                ("weighted", "pe_weighted"),
            )
        )


def ask(request: Request) -> list[Call]:
    """Two pages with the whole history each."""
    return [Call(function, days=request.days) for function in ("stock_a_ttm_lyr", "stock_a_all_pb")]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    if call.function == "stock_a_all_pb":
        rows = answer.select(
            trade_date=published_day("date"),
            pb_median=number("middlePB"),
            pb_mean=number("equalWeightAveragePB"),
            pb_median_percentile_10y=number("quantileInRecent10YearsMiddlePB"),
        )
    else:
        rows = answer.select(
            trade_date=published_day("date"),
            pe_ttm_median=number("middlePETTM"),
            pe_ttm_mean=number("averagePETTM"),
            pe_ttm_median_percentile_10y=number("quantileInRecent10YearsMiddlePeTtm"),
        )
    known = rows.drop_nulls([c for c in ("pe_ttm_median", "pb_median") if c in rows.columns])
    return up_to_date(known, "trade_date", max(call.days) - A_WEEK)


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """Earnings and book in one row; days of which only one page speaks have none."""
    if not {"pe_ttm_median", "pb_median"}.issubset(rows.columns):
        return rows.clear()
    joined = rows.group_by("trade_date", maintain_order=True).agg(pl.all().drop_nulls().first())
    return joined.filter(pl.col("pe_ttm_median").is_not_null(), pl.col("pb_median").is_not_null())


def ask_shenwan(request: Request) -> list[Call]:
    dates = {"start_date": f"{request.first:%Y%m%d}", "end_date": f"{request.last:%Y%m%d}"}
    return [Call("index_analysis_daily_sw", {"symbol": "市场表征", **dates}, request.days)]


def read_shenwan(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    every_share = pl.col("指数代码").cast(pl.String) == ALL_SHARES
    rows = answer.filter(every_share).select(
        trade_date=published_day("发布日期"),
        pe_weighted=number("市盈率"),
        pb_weighted=number("市净率"),
    )
    return up_to_date(rows.drop_nulls("pe_weighted"), "trade_date", max(call.days) - A_WEEK)


LEGULEGU = Source(
    "legulegu", "legulegu.com", frozenset({"date"}), ask, read, combine, whole=True,
    plausibility=Plausibility(level="pe_ttm_median", steady=True),
)  # fmt: skip
SHENWAN = Source(
    "Shenwan",
    "www.swsresearch.com",
    frozenset({"指数代码", "发布日期", "市盈率", "市净率"}),
    ask_shenwan,
    read_shenwan,
    plausibility=Plausibility(level="pe_weighted"),
)

DATASET = Dataset(
    name="market_valuation",
    label="Valuation of all A-shares",
    grain="one row per trading day",
    contract=MarketValuation,
    publication=Publication("trade_date", time(18, 0)),
    # a week between two questions, and the longest holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=20)),
    chains=(Chain("A-shares", (LEGULEGU, SHENWAN)),),
    trading_day="trade_date",
    figures=(
        Figure("pe_ttm_median", near=2),
        Figure("pe_ttm_mean", near=2),
        Figure("pe_weighted", near=2),
        Figure("pb_median", near=2),
        Figure("pb_mean", near=2),
        Figure("pb_weighted", near=2),
        Figure("pe_ttm_median_percentile_10y", typical=(0.02, 1)),
        Figure("pb_median_percentile_10y", typical=(0.02, 1)),
    ),
)
