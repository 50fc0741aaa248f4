"""akshare's readers of results and expectations, run against the exchange: columns and values."""

from __future__ import annotations

from datetime import date, datetime

import akshare as ak
import numpy as np
import polars as pl
import pytest

from flows.sandbox.market.megacaps import expected
from flows.sandbox.market.research import research

pytestmark = pytest.mark.usefixtures("exchange")

TODAY = date(2026, 1, 13)
THIRD_QUARTER, YEAR = date(2025, 9, 30), date(2025, 12, 31)


def same(answer, truth: pl.Series, atol: float = 1e-6) -> None:
    np.testing.assert_allclose(answer.astype(float), truth.cast(pl.Float64).to_numpy(), atol=atol)


def known(frame: pl.DataFrame, period: date) -> pl.DataFrame:
    return frame.filter(period_end=period).filter(pl.col("notice_date") <= TODAY)


def by_code(answer, truth: pl.DataFrame, then: tuple[str, ...] = ()):
    """Both in the order of the codes, the answer without what is not an A share."""
    of_a = answer[answer["股票代码"].str.match(r"^(60|68|00|30|92)")]
    shares = of_a.sort_values(["股票代码", *then[:1]])
    ordered = truth.sort(pl.col("code").str.head(6), *then[1:])
    assert shares["股票代码"].tolist() == ordered["code"].str.head(6).to_list()
    return shares, ordered


def test_results(market) -> None:
    answer = ak.stock_yjbb_em(date="20250930")
    assert list(answer.columns) == [
        "序号", "股票代码", "股票简称", "每股收益", "营业总收入-营业总收入", "营业总收入-同比增长",
        "营业总收入-季度环比增长", "净利润-净利润", "净利润-同比增长", "净利润-季度环比增长", "每股净资产",
        "净资产收益率", "每股经营现金流量", "销售毛利率", "所处行业", "最新公告日期",
    ]  # fmt: skip
    shares, truth = by_code(answer, known(market.earnings, THIRD_QUARTER))
    same(shares["营业总收入-营业总收入"], truth["revenue_cny"])
    same(shares["净利润-净利润"], truth["net_profit_cny"])
    same(shares["净利润-同比增长"] / 100, truth["net_profit_yoy"])
    same(shares["每股收益"], truth["eps_cny"])
    assert shares["最新公告日期"].tolist() == truth["notice_date"].to_list()


def test_the_third_board_and_b_shares_are_among_the_results(market) -> None:
    half_year = ak.stock_yjbb_em(date="20250630")["股票代码"]
    assert half_year.str.startswith("873").sum() > 10
    assert half_year.str.startswith("900").sum() >= 1


def test_flashes(market, exchange) -> None:
    exchange.set_now(datetime(2026, 3, 2, 18))
    answer = ak.stock_yjkb_em(date="20251231")
    truth = market.flashes.filter(pl.col("notice_date") <= date(2026, 3, 2), period_end=YEAR)
    shares, truth = by_code(answer, truth)
    assert len(shares) > 10
    same(shares["营业收入-营业收入"], truth["revenue_cny"])
    same(shares["营业收入-去年同期"], truth["revenue_year_ago_cny"])
    same(shares["净利润-去年同期"], truth["net_profit_year_ago_cny"])
    assert shares["公告日期"].tolist() == truth["notice_date"].to_list()


def test_guidance_has_a_row_for_each_figure(market) -> None:
    answer = ak.stock_yjyg_em(date="20251231")
    truth = known(market.guidance, YEAR)
    assert len(answer) == 3 * len(truth) > 0
    profits = answer[answer["预测指标"] == "归属于上市公司股东的净利润"]
    shares, truth = by_code(profits, truth, ("公告日期", "notice_date"))
    same(shares["预测数值"], truth["net_profit_cny"])
    same(shares["业绩变动幅度"] / 100, truth["net_profit_yoy"])
    same(shares["上年同期值"], truth["net_profit_year_ago_cny"])
    assert shares["预告类型"].tolist() == truth["kind"].to_list()


@pytest.mark.parametrize(
    ("market_name", "suffix"), [("沪深A股", ("SH", "SZ")), ("京市A股", ("BJ",))]
)
def test_appointments(market, market_name, suffix) -> None:
    answer = ak.stock_yysj_em(symbol=market_name, date="20250930")
    of_market = market.earnings.filter(pl.col("code").str.slice(7).is_in(suffix))
    shares, truth = by_code(answer, of_market.filter(period_end=THIRD_QUARTER))
    assert shares["首次预约时间"].tolist() == truth["booked_date"].to_list()
    assert shares["实际披露时间"].tolist() == truth["notice_date"].to_list()


def test_appointments_of_cninfo(market) -> None:
    answer = ak.stock_report_disclosure(market="沪深京", period="2025年报")
    shares, truth = by_code(answer, market.earnings.filter(period_end=YEAR))
    assert shares["首次预约"].tolist() == truth["booked_date"].to_list()
    assert shares["实际披露"].isna().all()


def test_expectations_of_eastmoney(market) -> None:
    answer = ak.stock_profit_forecast_em().set_index("代码")
    assert [c for c in answer.columns if c[:4].isdigit()] == [
        f"{year}预测每股收益" for year in (2024, 2025, 2026, 2027)
    ]
    truth = market.consensus(TODAY).filter(fiscal_year=2025)
    same(answer.loc[truth["code"].str.head(6), "2025预测每股收益"], truth["eps_cny"])


def test_expectations_of_ths(market) -> None:
    code = market.consensus(TODAY)["code"][0]
    answer = ak.stock_profit_forecast_ths(symbol=code[:6], indicator="预测年报每股收益")
    truth = market.consensus(TODAY).filter(code=code, estimate="expected")
    assert answer["年度"].tolist() == truth["fiscal_year"].cast(pl.String).to_list()
    same(answer["均值"], truth["eps_cny"])


def test_key_figures_of_sina(market) -> None:
    code = next(c for c in market.companies["code"] if c.startswith("600"))
    answer = ak.stock_financial_abstract(symbol=code[:6]).drop_duplicates("指标").set_index("指标")
    truth = known(market.earnings.filter(code=code), THIRD_QUARTER)
    assert answer.loc["归母净利润", "20250930"] == truth["net_profit_cny"].item()
    assert answer.loc["营业总收入", "20250930"] == truth["revenue_cny"].item()


@pytest.mark.parametrize("symbol", ["00700", "09988", "00981"])
def test_hong_kong_results_are_the_last_nine_periods(market, symbol) -> None:
    answer = ak.stock_financial_hk_analysis_indicator_em(symbol=symbol, indicator="报告期")
    out = market.hong_kong_earnings.filter(pl.col("notice_date") <= TODAY, code=f"{symbol}.HK")
    truth = out.sort("period_end", descending=True).head(9)
    assert answer["REPORT_DATE"].str[:10].tolist() == truth["period_end"].cast(pl.String).to_list()
    same(answer["HOLDER_PROFIT"], truth["profit"])
    assert answer["CURRENCY"].tolist() == truth["currency"].to_list()  # patched by akshare


@pytest.mark.parametrize("symbol", ["NVDA", "AAPL"])
def test_american_results_are_single_quarters(market, symbol) -> None:
    answer = ak.stock_financial_us_analysis_indicator_em(symbol=symbol, indicator="单季报")
    out = market.new_york_earnings.filter(pl.col("notice_date") < TODAY, code=symbol)
    truth = out.sort("period_end", descending=True)
    assert answer["REPORT_DATE"].str[:10].tolist() == truth["period_end"].cast(pl.String).to_list()
    same(answer["PARENT_HOLDER_NETPROFIT"], truth["profit"])
    moved = pl.coalesce(pl.col("notice_date").shift(4), "notice_date")
    notices = truth.select(moved.cast(pl.String)).to_series().to_list()
    assert answer["NOTICE_DATE"].str[:10].tolist() == notices


@pytest.mark.parametrize("indicator", ["综合盈利预测", "盈利预测概览"])
def test_expectations_of_etnet(market, indicator) -> None:
    answer = ak.stock_hk_profit_forecast_et(symbol="00700", indicator=indicator)
    truth = expected(market.hong_kong_earnings, TODAY).filter(code="00700.HK")
    same(answer["纯利/亏损"] * 1e6, truth["profit"])


def test_reports_of_brokers(market) -> None:
    code = market.companies.filter("theme")["code"][0]
    answer = ak.stock_research_report_em(symbol=code[:6])
    truth = research(market.earnings, code, market.parameters.seed)
    truth = truth.filter(pl.col("report_date") <= TODAY).sort("report_date", descending=True)
    assert answer["日期"].tolist() == truth["report_date"].to_list()
    assert answer["机构"].tolist() == truth["broker"].to_list()
    same(answer["2026-盈利预测-收益"], truth["eps_cny"])
