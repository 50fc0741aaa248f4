"""Margin in detail, accounts, funds, Stock Connect and order flow: akshare reads what is true."""

from __future__ import annotations

from datetime import date, datetime

import akshare as ak
import numpy as np
import polars as pl
import pytest

from flows.sandbox import Exchange, Fault, Kind
from flows.sandbox.market.margin_detail import detail

PEAK, BREAK = date(2026, 1, 12), date(2026, 1, 13)

pytestmark = pytest.mark.usefixtures("exchange")


def same(answer, truth, tolerance=0.0) -> None:
    np.testing.assert_allclose(
        np.asarray(answer, float), truth.to_numpy(), rtol=1e-9, atol=tolerance
    )


def test_margin_detail_of_shanghai(market) -> None:
    answer = ak.stock_margin_detail_sse("20260112")
    assert answer.columns.tolist() == [
        "信用交易日期", "标的证券代码", "标的证券简称", "融资余额", "融资买入额", "融资偿还额",
        "融券余量", "融券卖出量", "融券偿还量",
    ]  # fmt: skip
    truth = detail(market, "SSE", PEAK)
    assert answer["标的证券代码"].tolist() == truth["code"].str.head(6).to_list()
    assert set(answer["信用交易日期"]) == {"20260112"}
    same(answer["融资余额"], truth["financing_balance_cny"])
    same(answer["融资买入额"], truth["financing_purchases_cny"])
    same(answer["融资偿还额"], truth["financing_repayments_cny"])
    same(answer["融券余量"], truth["securities_lending_shares"])


@pytest.mark.parametrize(
    ("function", "place"),
    [("stock_margin_detail_szse", "SZSE"), ("stock_margin_detail_bse", "BSE")],
)
def test_margin_detail_without_a_date(market, function, place) -> None:
    answer = getattr(ak, function)("20260112")
    assert answer.columns.tolist() == [
        "证券代码", "证券简称", "融资买入额", "融资余额", "融券卖出量", "融券余量", "融券余额",
        "融资融券余额",
    ]  # fmt: skip
    truth = detail(market, place, PEAK)
    assert answer["证券代码"].tolist() == truth["code"].str.head(6).to_list()
    same(answer["融资余额"], truth["financing_balance_cny"])
    same(answer["融资买入额"], truth["financing_purchases_cny"])
    same(answer["融券余额"], truth["securities_lending_balance_cny"])


@pytest.mark.parametrize("place", ["SSE", "SZSE", "BSE"])
def test_the_detail_adds_up_to_the_summary(market, place) -> None:
    parts, summary = detail(market, place, PEAK), market.margin_of(place, PEAK)
    for column in [c for c in summary if c.endswith(("_cny", "_shares"))]:
        assert parts[column].sum() == summary[column], column
    funds = parts.filter(pl.col("code").str.contains(r"^(5|15)"))
    assert place == "BSE" or funds.height > 1


def test_margin_detail_is_published_on_the_next_morning(exchange: Exchange) -> None:
    with pytest.raises(ValueError, match="Length mismatch"):
        ak.stock_margin_detail_sse("20260113")
    assert ak.stock_margin_detail_szse("20260113").empty
    exchange.set_now(datetime(2026, 1, 14, 9, 5))
    assert len(ak.stock_margin_detail_sse("20260113"))
    assert len(ak.stock_margin_detail_szse("20260113"))


def test_margin_accounts(market) -> None:
    answer = ak.stock_margin_account_info()
    truth = market.margin_accounts.filter(pl.col("trade_date") <= PEAK)
    assert answer["日期"].tolist() == truth["trade_date"].to_list()
    same(answer["个人投资者数量"] * 1e4, truth["individual_investors"], 50.0)
    same(answer["有融资融券负债的投资者数量"], truth["indebted_investors"])
    same(answer["担保物总价值"] * 1e8, truth["collateral_cny"], 0.51e6)
    same(answer["平均维持担保比例"] / 100, truth["maintenance_ratio"], 0.51e-4)


def test_investor_accounts_end_with_august_2023(market) -> None:
    answer = ak.stock_account_statistics_em()
    assert (answer["数据日期"].iloc[0], answer["数据日期"].iloc[-1]) == ("2015-04", "2023-08")
    same(answer["新增投资者-数量"] * 1e4, market.investor_accounts["new_investors"], 51.0)
    same(answer["期末投资者-总量"] * 1e4, market.investor_accounts["investors"], 51.0)


def test_fund_shares_of_both_exchanges_and_of_the_quote_page(market) -> None:
    truth = market.fund_daily.filter(trade_date=PEAK)
    shanghai = ak.fund_etf_scale_sse("20260112")
    assert set(shanghai["统计日期"]) == {PEAK}
    same(shanghai["基金份额"], truth.filter(exchange="SSE")["fund_shares"])
    shenzhen = ak.fund_scale_daily_szse("20260109", "20260112")
    newest = shenzhen[shenzhen["日期"] == PEAK]
    same(newest["基金份额"], truth.filter(exchange="SZSE")["fund_shares"])
    page = ak.fund_etf_spot_em().sort_values("代码")
    assert len(page.columns) == 37
    assert {day.date() for day in page["数据日期"]} == {BREAK}
    same(page["最新份额"], truth.sort(pl.col("code").str.head(6))["fund_shares"])


@pytest.mark.parametrize("code", ["588000.SH", "159995.SZ"])
def test_fund_bars(market, code) -> None:
    truth = market.fund_daily.filter(pl.col("code") == code, pl.col("trade_date") <= BREAK)
    sina = ak.fund_etf_hist_sina(f"{code[7:].lower()}{code[:6]}")
    eastmoney = ak.fund_etf_hist_em(code[:6], start_date="20250101", end_date="20260113")
    assert sina["date"].tolist() == truth["trade_date"].to_list()
    assert eastmoney["日期"].tolist() == [str(d) for d in truth["trade_date"]]
    names = {"open": "开盘", "high": "最高", "low": "最低", "close": "收盘"}
    for english, chinese in names.items():
        same(sina[english], truth[english])
        same(eastmoney[chinese], truth[english])
    same(sina["volume"], truth["volume_shares"])
    same(eastmoney["成交量"] * 100, truth["volume_shares"])
    same(sina["amount"], truth["amount_cny"])
    same(eastmoney["成交额"], truth["amount_cny"])


def test_a_fund_costs_what_its_index_says(market) -> None:
    fund = market.fund_daily.filter(code="588000.SH")
    index = market.indices.filter(code="000688.SH").join(fund, on="trade_date", suffix="_fund")
    ratio = index["close_fund"] / index["close"]
    assert ratio.max() / ratio.min() < 1.002


def test_a_split_multiplies_shares_and_divides_the_price(market) -> None:
    fund = market.fund_daily.filter(code="512480.SH").sort("trade_date")
    day = fund.with_columns(
        shares=pl.col("fund_shares") / pl.col("fund_shares").shift(1),
        price=pl.col("close") / pl.col("close").shift(1),
    ).filter(trade_date=date(2025, 10, 20))
    assert day["shares"].item() == pytest.approx(2, rel=0.05)
    assert day["price"].item() == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize(
    ("symbol", "direction"), [("南向资金", "southbound"), ("北向资金", "northbound")]
)
def test_stock_connect(market, symbol, direction) -> None:
    answer = ak.stock_hsgt_hist_em(symbol)
    truth = market.stock_connect.filter(
        pl.col("direction") == direction, pl.col("trade_date") <= BREAK
    ).with_columns(pl.col("net_buy", "bought", "sold", "accumulated_net_buy").fill_null(np.nan))
    assert answer["日期"].tolist() == truth["trade_date"].to_list()
    same(answer["当日成交净买额"] * 1e8, truth["net_buy"])
    same(answer["买入成交额"] * 1e8, truth["bought"])
    same(answer["历史累计净买额"] * 1e12, truth["accumulated_net_buy"])


def test_market_flow_shows_120_days(market) -> None:
    answer = ak.stock_market_fund_flow()
    truth = market.flow_by_order.filter(pl.col("trade_date") <= BREAK).tail(120)
    assert answer["日期"].tolist() == truth["trade_date"].to_list()
    same(answer["主力净流入-净额"], truth["main_net_cny"])
    same(answer["小单净流入-净额"], truth["small_net_cny"])
    same(answer["主力净流入-净占比"] / 100, truth["main_net_cny"] / truth["amount_cny"], 0.51e-4)


def test_a_page_list_that_stops_early_is_half_of_the_funds(exchange: Exchange) -> None:
    exchange.inject(Fault(Kind.TRUNCATED, endpoint="szse_margin_detail"))
    whole = len(detail(exchange.market, "SZSE", PEAK))
    assert len(ak.stock_margin_detail_szse("20260112")) == whole // 2
