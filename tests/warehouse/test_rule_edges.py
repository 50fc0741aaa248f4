"""Where the rules of contracts end: the last value that keeps one, and the first that breaks it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.conftest import rows_of
from warehouse.catalog import dataset
from warehouse.contract import kept, schema

D = date.fromisoformat
# Dataset, rule, column, the last value that keeps it, the first that does not; other columns.
EDGES: list[tuple[str, str, str, object, object, dict[str, object]]] = [
    ("adjustment_factor", "factor_is_one_at_first", "ex_date", D("1990-01-01"), D("1989-12-31"),
        {"factor": 2.0}),
    ("analyst_eps", "eps_cny_is_plausible", "eps_cny", 1e-5, 0.9e-5, {}),
    ("board_valuation", "pb_weighted_is_less_than_pe", "pb_weighted", 3.9, 4.0,
        {"pe_weighted": 4.0}),
    ("consensus_eps", "eps_cny_is_plausible", "eps_cny", 1e-5, 0.9e-5, {}),
    ("delisting", "delisting_date_is_after_the_listing", "delisting_date", D("2020-01-02"),
        D("2020-01-01"), {"listing_date": D("2020-01-01")}),
    ("disclosure_date", "booked_date_is_after_the_period", "booked_date", D("2026-01-01"),
        D("2025-12-31"), {"period_end": D("2025-12-31"), "actual_date": None}),
    ("disclosure_date", "booked_date_is_after_the_period", "actual_date", D("2026-01-01"),
        D("2025-12-31"), {"period_end": D("2025-12-31"), "booked_date": D("2026-03-01")}),
    ("earnings_flash", "revenue_cny_is_plausible", "revenue_cny", 1e4, 9_999.0, {}),
    ("earnings_flash", "revenue_year_ago_cny_is_plausible", "revenue_year_ago_cny", -1e4, 9_999.0,
        {}),
    ("earnings_flash", "eps_cny_is_plausible", "eps_cny", 1e-5, 0.9e-5, {}),
    ("earnings_flash", "notice_date_is_after_the_period", "notice_date", D("2026-01-01"),
        D("2025-12-31"), {"period_end": D("2025-12-31")}),
    ("earnings_flash", "revenue_yoy_is_what_the_two_revenues_say", "revenue_yoy", 1.019, 1.021,
        {"revenue_cny": 2.0, "revenue_year_ago_cny": 1.0}),
    ("earnings_flash", "revenue_yoy_is_what_the_two_revenues_say", "revenue_year_ago_cny", 0.0, 1.0,
        {"revenue_cny": 2.0, "revenue_yoy": 3.0}),
    ("earnings_flash", "net_profit_yoy_is_what_the_two_profits_say", "net_profit_yoy", 1.039, 1.041,
        {"net_profit_cny": 2.0, "net_profit_year_ago_cny": 1.0}),
    ("earnings_flash", "net_profit_yoy_is_what_the_two_profits_say", "net_profit_year_ago_cny", 0.0,
        1.0, {"net_profit_cny": 2.0, "net_profit_yoy": 3.0}),
    ("earnings_flash", "net_profit_cny_is_of_the_order_of_revenue_cny", "net_profit_cny", 0.99e8,
        1e8, {"revenue_cny": 1e6}),
    ("earnings_flash", "net_profit_cny_is_of_the_order_of_revenue_cny", "revenue_cny", 0.99e6, 1e6,
        {"net_profit_cny": -1e8}),
    ("earnings_flash", "net_profit_cny_over_eps_cny_is_a_number_of_shares", "net_profit_cny", 1e7,
        0.99e7, {"eps_cny": 1.0}),
    ("earnings_flash", "net_profit_cny_over_eps_cny_is_a_number_of_shares", "net_profit_cny", 2e12,
        2.01e12, {"eps_cny": 1.0}),
    ("earnings_flash", "net_profit_cny_over_eps_cny_is_a_number_of_shares", "eps_cny", 0.049, 0.05,
        {"net_profit_cny": 1.0}),
    ("earnings_guidance", "net_profit_cny_is_plausible", "net_profit_cny", 1e3, 999.0, {}),
    ("earnings_guidance", "net_profit_year_ago_cny_is_plausible", "net_profit_year_ago_cny", -1e3,
        999.0, {}),
    ("earnings_guidance", "net_profit_yoy_points_where_net_profit_cny_does", "net_profit_yoy", -0.3,
        -0.31, {"net_profit_cny": 2e4, "net_profit_year_ago_cny": 1e4}),
    ("earnings_report", "revenue_cny_is_plausible", "revenue_cny", 1e4, 9_999.0, {}),
    ("earnings_report", "eps_cny_is_plausible", "eps_cny", 1e-5, 0.9e-5, {}),
    ("earnings_report", "notice_date_is_after_the_period", "notice_date", D("2026-01-01"),
        D("2025-12-31"), {"period_end": D("2025-12-31")}),
    ("earnings_report", "net_profit_cny_is_of_the_order_of_revenue_cny", "net_profit_cny", 0.99e8,
        1e8, {"revenue_cny": 1e6}),
    ("earnings_report", "net_profit_cny_is_of_the_order_of_revenue_cny", "revenue_cny", 0.99e6, 1e6,
        {"net_profit_cny": -1e8}),
    ("equity_bond_spread", "spread_is_near_its_average", "spread", 0.079, 0.08,
        {"spread_average": 0.0}),
    ("fund_share", "fund_shares_are_plausible", "fund_shares", 1e8, 0.99e8, {"code": "588000.SH"}),
    ("government_yield", "yield_10y_is_near_the_others", "yield_2y", 0.039, 0.04, {"yield_10y": 0.0,
        "yield_5y": None, "yield_30y": None}),
    ("high_low_count", "high_120_is_no_more_than_high_20", "high_120", 5, 6, {"high_60": 5,
        "high_20": 5}),
    ("high_low_count", "high_120_is_no_more_than_high_20", "low_60", 5, 6, {"low_120": 5,
        "low_20": 5}),
    ("hk_megacap_earnings", "net_profit_reported_is_less_than_revenue_reported",
        "net_profit_reported", 2.9e6, 3e6, {"revenue_reported": 1e6}),
    ("index_daily", "low_to_high_holds_open_and_close", "trade_date", D("1999-12-31"),
        D("2000-01-01"), {"open": 5.0, "low": 6.0, "high": 7.0, "close": 6.5}),
    ("index_daily", "amount_cny_is_plausible", "amount_cny", 1e6, 0.99e6,
        {"trade_date": D("2000-01-01")}),
    ("index_daily", "amount_cny_is_plausible", "amount_cny", 1e3, 999.0,
        {"trade_date": D("1999-12-31")}),
    ("index_daily", "amount_cny_is_plausible", "amount_cny", 1e11, 1.01e11,
        {"trade_date": D("1999-12-31")}),
    ("investor_account", "investors_are_more_than_the_new_ones", "investors", 2e7, 1.9e7,
        {"new_investors": 2e7, "a_share_investors": 1e7, "b_share_investors": 1e7}),
    ("ipo_a", "subscription_date_is_before_the_listing", "subscription_date", D("2026-01-11"),
        D("2026-01-12"), {"listing_date": D("2026-01-12")}),
    ("ipo_a", "proceeds_cny_are_price_times_shares", "proceeds_cny", 1.019e9, 1.021e9,
        {"offer_price_cny": 10.0, "issue_shares": 1e8}),
    ("ipo_hk", "listing_date_is_a_weekday", "listing_date", D("2026-01-16"), D("2026-01-17"), {}),
    ("ipo_hk", "funds_raised_hkd_are_plausible", "funds_raised_hkd", 1e6, 0.99e6, {}),
    ("ipo_pipeline", "updated_on_is_not_before_the_acceptance", "updated_on", D("2026-01-12"),
        D("2026-01-11"), {"accepted_on": D("2026-01-12")}),
    ("limit_pool", "sealed_cny_is_plausible", "sealed_cny", 100.0, 99.0, {}),
    ("limit_pool", "change_agrees_with_the_pool", "change", 0.04, 0.039, {"pool": "up"}),
    ("limit_pool", "change_agrees_with_the_pool", "change", -0.04, -0.039, {"pool": "down"}),
    ("lpr", "lpr_5y_is_not_below_lpr_1y", "lpr_5y", 0.03, 0.029, {"lpr_1y": 0.03}),
    ("margin_exchange", "financing_balance_cny_is_plausible", "financing_balance_cny", 1e9, 0.99e9,
        {"exchange": "SSE", "trade_date": D("2011-01-01")}),
    ("margin_exchange", "financing_balance_cny_is_plausible", "financing_balance_cny", 1e5, 0.99e5,
        {"exchange": "SSE", "trade_date": D("2010-12-31")}),
    ("margin_exchange", "financing_balance_cny_is_plausible", "financing_balance_cny", 1e5, 0.99e5,
        {"exchange": "BSE"}),
    ("margin_exchange", "financing_purchases_cny_are_less_than_the_balance", "trade_date",
        D("2010-12-31"), D("2011-01-01"), {"exchange": "SSE", "financing_purchases_cny": 9e9,
        "financing_balance_cny": 1e9}),
    ("margin_exchange", "financing_purchases_cny_are_less_than_the_balance", "trade_date",
        D("2023-12-31"), D("2024-01-01"), {"exchange": "BSE", "financing_purchases_cny": 9e9,
        "financing_balance_cny": 1e9}),
    ("margin_exchange", "financing_purchases_cny_are_plausible", "financing_purchases_cny", 1e4,
        9_999.0, {}),
    ("margin_exchange", "securities_lending_balance_cny_is_plausible",
        "securities_lending_balance_cny", 1e4, 9_999.0, {"trade_date": D("2011-01-01")}),
    ("margin_exchange", "securities_lending_balance_cny_is_plausible",
        "securities_lending_balance_cny", 100.0, 99.0, {"trade_date": D("2010-12-31")}),
    ("margin_market", "financing_purchases_cny_are_less_than_the_balance", "trade_date",
        D("2010-12-31"), D("2011-01-01"), {"financing_purchases_cny": 9e9,
        "financing_balance_cny": 1e9}),
    ("market_activity", "limit_up_is_among_the_advancing", "limit_up", 9, 10, {"advancing": 9,
        "traded_limit_up": 1}),
    ("market_activity", "limit_up_is_among_the_advancing", "limit_down", 9, 10, {"declining": 9,
        "traded_limit_down": 1}),
    ("market_activity", "limit_up_is_among_the_advancing", "traded_limit_up", 5, 6,
        {"limit_up": 5}),
    ("market_activity", "limit_up_is_among_the_advancing", "traded_limit_down", 5, 6,
        {"limit_down": 5}),
    ("market_fund_flow", "main_net_cny_is_the_sum_of_large_orders", "main_net_cny", 1e6, 1.01e6,
        {"super_large_net_cny": 0.0, "large_net_cny": 0.0}),
    ("market_turnover", "market_cap_cny_is_plausible", "market_cap_cny", 1e10, 0.99e10,
        {"trade_date": D("2000-01-01"), "amount_cny": 1e8, "float_market_cap_cny": 1e9}),
    ("market_turnover", "market_cap_cny_is_plausible", "market_cap_cny", 1.01e8, 1e8,
        {"trade_date": D("1999-12-31"), "amount_cny": 1e8}),
    ("policy_event", "effective_on_is_not_before_announced_on", "effective_on", D("2026-01-12"),
        D("2026-01-11"), {"announced_on": D("2026-01-12")}),
    ("scheduled_date", "announced_on_is_not_after_scheduled_on", "announced_on", D("2026-01-12"),
        D("2026-01-13"), {"scheduled_on": D("2026-01-12")}),
    ("sector_daily", "float_value_cny_is_plausible", "float_value_cny", 1e9, 0.99e9, {}),
    ("stock_connect", "net_buy_cny_has_ended", "trade_date", D("2024-08-16"), D("2024-08-17"),
        {"net_buy_cny": 1e9}),
    ("stock_minute", "amount_cny_is_volume_times_price", "amount_cny", 0.0, 1.0,
        {"volume_shares": 0.0}),
    ("suspension", "suspended_from_is_a_weekday", "suspended_from", D("2026-01-16"),
        D("2026-01-17"), {}),
    ("trade_calendar", "trade_date_is_a_weekday", "trade_date", D("2026-01-16"), D("2026-01-17"),
        {}),
    ("unicorn_company", "value_cny_is_a_billion_dollars", "value_cny", 5e9, 4.99e9, {}),
    ("us_stock_daily", "volume_shares_are_plausible", "trade_date", D("2009-12-31"),
        D("2010-01-01"), {"volume_shares": 1e4, "close": 1.0}),
]  # fmt: skip


def keeps(name: str, rule: str, cells: dict[str, object]) -> bool:
    """Whether a drawn row with these cells keeps a rule."""
    contract = dataset(name).contract
    kinds = schema(contract)
    row = rows_of(name)[:1].with_columns(
        pl.lit(value, kinds[column]).alias(column) for column, value in cells.items()
    )
    found = {
        one.name.rpartition("|")[2].removeprefix("check__"): one for one in kept(contract, row)
    }
    return bool(found[rule].all())


@pytest.mark.parametrize(
    "edge",
    EDGES,
    ids=[f"{name} {rule} {n}" for n, (name, rule, *_) in enumerate(EDGES)],
)
def test_a_rule_ends_where_it_says(edge: tuple[str, str, str, object, object, dict]) -> None:
    name, rule, column, last, beyond, others = edge
    assert keeps(name, rule, {**others, column: last})
    assert not keeps(name, rule, {**others, column: beyond})
