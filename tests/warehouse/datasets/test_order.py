"""Repeated and half rows are put together, and keep the order of the upstream.

What is refused or quarantined is told by its first rows, and a second reading must tell the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest

from tests.warehouse.datasets.answers import TUESDAY, call
from tests.warehouse.datasets.test_answers_companies import (
    APPLICANTS,
    BOOKED,
    DOLLARS,
    EXPECTED,
    GUIDANCE,
    PERIOD,
    READ_ON,
    REPORTS,
    UNICORNS,
)
from warehouse.datasets import (
    analyst_eps,
    announcement,
    board_valuation,
    consensus_eps,
    cpi,
    disclosure_date,
    earnings_guidance,
    equity_bond_spread,
    gdp,
    government_yield,
    high_low_count,
    ipo_a,
    ipo_hk,
    ipo_pipeline,
    ipo_review,
    market_valuation,
    pmi,
    social_financing,
    suspension,
    unicorn_company,
    us_megacap_earnings,
)
from warehouse.readers import report_periods

MANY = 60
DAYS = [TUESDAY - timedelta(days=7 * (n * 37 % MANY)) for n in range(MANY)]
CODES = [f"6{n * 37 % MANY:05}" for n in range(MANY)]
NUMBERS = [f"{1 + n * 37 % MANY}" for n in range(MANY)]
JOINED: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], str, str, str]] = {
    "board_valuation": (board_valuation.combine, "trade_date", "pe_weighted", "pb_weighted"),
    "cpi": (cpi.combine, "month", "cpi_yoy", "cpi_mom"),
    "equity_bond_spread": (equity_bond_spread.combine, "trade_date", "bond", "earnings"),
    "gdp": (gdp.combine, "quarter", "gdp_cny", "gdp_yoy"),
    "government_yield": (government_yield.combine, "yield_date", "yield_10y", "yield_2y"),
    "market_valuation": (market_valuation.combine, "trade_date", "pe_ttm_median", "pb_median"),
    "pmi": (pmi.combine, "month", "manufacturing_pmi", "non_manufacturing_pmi"),
    "social_financing": (social_financing.combine, "month", "total_cny", "new_loans_cny"),
}
OTHERS = {"board_valuation": {"board": "STAR"}, "government_yield": {"country": "US"}}
EXTREMES = pl.DataFrame({
    "date": ["2026-01-12"],
    **{f"{end}{window}": ["1"] for window in (20, 60, 120) for end in ("high", "low")},
})  # fmt: skip
# Who reads, an answer of one row, the column in which the rows differ, and where it is read to.
READ: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], pl.DataFrame, str, list[str],
    str]] = {
    "analyst_eps": (lambda a: analyst_eps.read(a, call()), REPORTS, "机构", CODES, "broker"),
    "announcement": (
        announcement.chosen,
        pl.DataFrame({"digits": "600000", "announcement_date": TUESDAY, "title": "", "name": "n",
        "url": "u"}),
        "title", [f"澄清{code}" for code in CODES], "title",
    ),
    "consensus_eps": (lambda a: consensus_eps.read(a, READ_ON)[:MANY], EXPECTED, "EPS1", NUMBERS,
        "eps_cny"),
    "disclosure_date": (lambda a: disclosure_date.EASTMONEY.read(a, call("", "2025-12-31")), BOOKED,
        "股票代码", CODES, "code"),
    "earnings_guidance": (lambda a: earnings_guidance.read(a, PERIOD), GUIDANCE, "预测数值", NUMBERS,
        "net_profit_cny"),
    "high_low_count": (lambda a: high_low_count.read(a, call()), EXTREMES, "high20", NUMBERS,
        "high_20"),
    "ipo_pipeline": (lambda a: ipo_pipeline.read(a, call()), APPLICANTS, "企业名称", CODES, "company"),
    "ipo_review": (lambda a: ipo_review.held(a, call()), pl.DataFrame({"review_date": [TUESDAY],
        "company": ["a"]}), "company", CODES, "company"),
    "report_periods": (report_periods.a_shares, BOOKED, "股票代码", CODES, "股票代码"),
    "suspension": (suspension.once, pl.DataFrame({"code": ["a"], "suspended_from": [TUESDAY]}),
        "code", CODES, "code"),
    "unicorn_company": (lambda a: unicorn_company.read(a, call("", "2025")), UNICORNS, "企业", CODES,
        "company"),
    "us_megacap_earnings": (lambda a: us_megacap_earnings.read(a, call("", "AAPL")), DOLLARS,
        "PARENT_HOLDER_NETPROFIT", NUMBERS, "net_income_usd"),
}  # fmt: skip


def halves(of: list[date] | list[str], key: str, one: str, other: str) -> pl.DataFrame:
    """Two rows of each, the first of them with the one figure and the second with the other."""
    figures = {one: [1.0] * MANY + [None] * MANY, other: [None] * MANY + [1.0] * MANY}
    return pl.DataFrame({key: [*of, *of], **figures})


@pytest.mark.parametrize("name", JOINED)
def test_halves_are_joined_in_the_order_of_the_first(name: str) -> None:
    combine, key, one, other = JOINED[name]
    rows = halves(DAYS, key, one, other).with_columns(
        pl.lit(value).alias(column) for column, value in OTHERS.get(name, {}).items()
    )
    assert combine(rows)[key].to_list() == DAYS


@pytest.mark.parametrize("name", JOINED)
def test_of_two_figures_the_first_counts(name: str) -> None:
    combine, key, one, other = JOINED[name]
    first = halves(DAYS, key, one, other)
    rows = pl.concat([first, first.with_columns(pl.col(one, other) * 3)]).with_columns(
        pl.lit(value).alias(column) for column, value in OTHERS.get(name, {}).items()
    )
    found = combine(rows)
    figures = [c for c in found.columns if c in (one, other, "spread")]
    assert found.select(figures).unique().rows() in ([(1.0, 1.0)], [(0.0,)])


@pytest.mark.parametrize("name", [name for name in JOINED if name != "social_financing"])
def test_one_half_alone_makes_no_rows(name: str) -> None:
    combine, key, one, other = JOINED[name]
    rows = halves(DAYS, key, one, other).with_columns(
        pl.lit(value).alias(column) for column, value in OTHERS.get(name, {}).items()
    )
    wanted = [one] if name == "government_yield" else [one, other]
    assert [combine(rows.drop(half)).height for half in wanted] == [0] * len(wanted)


def test_listings_are_joined_in_the_order_of_the_first_list() -> None:
    rows = halves(CODES, "code", "offer_price_cny", "stated_return")
    assert ipo_a.combine(rows.with_columns(listing_date=TUESDAY))["code"].to_list() == CODES
    bars = halves(CODES, "code", "offer_price_hkd", "first_day_close_hkd")
    dated = bars.with_columns(listing_date=TUESDAY, first_bar=TUESDAY)
    assert ipo_hk.combine(dated)["code"].to_list() == CODES


@pytest.mark.parametrize("name", READ)
def test_what_is_there_twice_is_read_once_in_its_order(name: str) -> None:
    read, answer, column, cells, into = READ[name]
    rows = pl.concat([answer[:1]] * MANY).with_columns(pl.Series(column, cells))
    found = read(pl.concat([rows, rows[::-1]]))[into].cast(pl.String)
    assert [cell.removesuffix(".SH").removesuffix(".0") for cell in found] == cells
