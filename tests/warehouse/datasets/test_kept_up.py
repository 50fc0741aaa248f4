"""A list that has stopped is no answer: its end may lie so many days before the newest wanted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest

from tests.warehouse.datasets.answers import MONDAY, call
from warehouse.catalog import Call
from warehouse.datasets import (
    board_valuation,
    buffett_index,
    equity_bond_spread,
    fx_rate,
    government_yield,
    high_low_count,
    lpr,
    market_congestion,
    market_valuation,
)
from warehouse.errors import SourceEmpty

A_WEEK, SIX_WEEKS = 10, 42  # days, with a holiday; prime rates are told once a month
EARLIER = MONDAY - timedelta(days=3)


def dated(name: str, *columns: str) -> pl.DataFrame:
    """An answer whose rows are of two days, up to Monday."""
    rows = [dict.fromkeys(columns, "5") | {name: str(day)} for day in (MONDAY, EARLIER)]
    return pl.DataFrame(rows)


EBS, ALL_PE, ALL_PB = (
    ("沪深300指数", "股债利差", "股债利差均线"),
    ("middlePETTM", "averagePETTM", "quantileInRecent10YearsMiddlePeTtm"),
    ("middlePB", "equalWeightAveragePB", "quantileInRecent10YearsMiddlePB"),
)
EXTREMES = [f"{end}{window}" for window in (20, 60, 120) for end in ("high", "low")]
YIELDS = [f"中国国债收益率{t}年" for t in (2, 5, 10, 30)]
SHARES = dated("发布日期", "市盈率", "市净率").with_columns(指数代码=pl.lit("801003"))
Read = Callable[[pl.DataFrame, Call], pl.DataFrame]
LISTS: dict[str, tuple[Read, pl.DataFrame, str, str, int]] = {
    "P/E of a board": (board_valuation.read, dated("日期", "平均市盈率"), "stock_market_pe_lg", "",
        A_WEEK),
    "values over output": (buffett_index.read, dated("日期", "总市值", "GDP"), "", "", A_WEEK),
    "the spread": (equity_bond_spread.read, dated("日期", *EBS), "", "", A_WEEK),
    "half of the spread": (equity_bond_spread.read_half, dated("日期", YIELDS[2]), "bond_zh_us_rate",
        "", A_WEEK),
    "rates": (fx_rate.read, dated("日期", "央行中间价"), "", "USD", A_WEEK),
    "yields": (government_yield.read_eastmoney("CN"), dated("日期", *YIELDS), "", "", A_WEEK),
    "yields of a maturity": (government_yield.read_sina, dated("date", "close"), "", "US 10",
        A_WEEK),
    "highs and lows": (high_low_count.read, dated("date", *EXTREMES), "", "", A_WEEK),
    "congestion": (market_congestion.read, dated("date", "congestion"), "", "", A_WEEK),
    "P/E": (market_valuation.read, dated("date", *ALL_PE), "stock_a_ttm_lyr", "", A_WEEK),
    "P/B": (market_valuation.read, dated("date", *ALL_PB), "stock_a_all_pb", "", A_WEEK),
    "P/E of Shenwan": (market_valuation.read_shenwan, SHARES, "", "", A_WEEK),
    "prime rates": (lpr.read, dated("TRADE_DATE", "LPR1Y", "LPR5Y"), "", "", SIX_WEEKS),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_must_reach_up_to_the_newest_day_wanted(name: str) -> None:
    read, answer, function, label, days = LISTS[name]

    def until(newest: date) -> pl.DataFrame:
        return read(answer, call(function, label, EARLIER, MONDAY, newest))

    last = MONDAY + timedelta(days=days)
    assert until(last).height == 2
    with pytest.raises(SourceEmpty):
        until(last + timedelta(days=1))
