"""akshare, run against the exchange, gives the simulated
economy's figures back, in its own units.
"""

from collections.abc import Iterator
from datetime import date, datetime

import akshare as ak
import polars as pl
import pytest

from flows.network.frozen_clock import wall_clock
from flows.network.intercept import intercepted
from flows.sandbox import Exchange, Market
from flows.sandbox.market import appraisal, macro

BREAK = date(2026, 1, 13)
SUNDAY = date(2025, 9, 14)


@pytest.fixture(autouse=True)
def in_shanghai(exchange: Exchange) -> Iterator[Exchange]:
    """What akshare takes for the local time is the exchange's."""
    with wall_clock(lambda: exchange.now):
        yield exchange


def last(rows: pl.DataFrame, column: str, until: date = BREAK) -> dict[str, object]:
    return rows.filter(pl.col(column) <= until).sort(column).row(-1, named=True)


def test_market_price_earnings(market: Market) -> None:
    answer = ak.stock_a_ttm_lyr()
    assert list(answer.columns[:5]) == ["date", "middlePETTM", "averagePETTM", "middlePELYR", "averagePELYR"]  # fmt: skip
    truth = last(appraisal.market_valuation(market.parameters.seed), "trade_date")
    row = answer.iloc[-1]
    assert (row["date"], row["middlePETTM"]) == (BREAK, truth["pe_ttm_median"])
    assert 0 < row["quantileInRecent10YearsMiddlePeTtm"] <= 1
    assert SUNDAY in answer["date"].tolist()


def test_market_price_book(market: Market) -> None:
    answer = ak.stock_a_all_pb()
    truth = last(appraisal.market_valuation(market.parameters.seed), "trade_date")
    assert answer["date"].iloc[-1] == BREAK
    assert answer["middlePB"].iloc[-1] == truth["pb_median"]
    assert answer["equalWeightAveragePB"].iloc[-1] == truth["pb_mean"]


@pytest.mark.parametrize(
    ("symbol", "board"), [("上证", "Shanghai"), ("创业板", "ChiNext"), ("科创版", "STAR")]
)
def test_board_ratios(market: Market, symbol: str, board: str) -> None:
    boards = appraisal.board_valuation(market.parameters.seed).filter(pl.col("board") == board)
    truth = last(boards, "trade_date")
    earnings, book = ak.stock_market_pe_lg(symbol), ak.stock_market_pb_lg(symbol)
    named = "市盈率" if board == "STAR" else "平均市盈率"
    assert earnings["日期"].iloc[-1] == BREAK
    assert earnings[named].iloc[-1] == truth["pe_weighted"]
    assert book["市净率"].iloc[-1] == truth["pb_weighted"]
    assert book["等权市净率"].iloc[-1] == truth["pb_mean"]
    monthly = earnings["日期"].iloc[-3:-1].tolist() == [date(2025, 11, 28), date(2025, 12, 31)]
    assert monthly == (board != "STAR")


def test_index_price_earnings_are_those_of_the_index_company(market: Market) -> None:
    answer = ak.stock_index_pe_lg("沪深300")
    truth = last(market.indices.filter(code="000300.SH"), "trade_date")
    assert answer["滚动市盈率"].iloc[-1] == pytest.approx(truth["pe_ttm"])


def test_equity_bond_spread_is_a_fraction(market: Market) -> None:
    answer = ak.stock_ebs_lg()
    shares = last(market.indices.filter(code="000300.SH"), "trade_date")
    bonds = last(macro.yields(market.parameters.seed).filter(country="CN"), "yield_date")
    assert answer["股债利差"].iloc[-1] == pytest.approx(
        1 / shares["pe_ttm"] - bonds["yield_10y"], abs=1e-4
    )


def test_buffett_index_comes_a_day_early_and_in_hundred_millions(market: Market) -> None:
    answer = ak.stock_buffett_index_lg()
    truth = last(appraisal.buffett_index(market.turnover), "trade_date")
    assert answer["日期"].iloc[-1] == date(2026, 1, 12)
    assert answer["总市值"].iloc[-1] * 1e8 == pytest.approx(truth["market_value_cny"], rel=1e-6)
    assert answer["GDP"].iloc[-1] * 1e8 == pytest.approx(140.2e12)


def test_congestion_and_highs(market: Market) -> None:
    congestion, highs = ak.stock_a_congestion_lg(), ak.stock_a_high_low_statistics("all")
    assert congestion["congestion"].iloc[-1] == last(market.congestion, "trade_date")["congestion"]
    assert 0.05 < congestion["congestion"].iloc[-1] < 0.9
    truth = last(market.highs_and_lows, "trade_date")
    assert highs["date"].tolist()[-2:] == [BREAK, BREAK]  # the newest day comes twice
    assert {c: highs[c.replace("_", "")].iloc[-1] for c in truth if c != "trade_date"} == {
        c: v for c, v in truth.items() if c != "trade_date"
    }


def test_market_activity_counts_the_shares_of_the_snapshot(market: Market) -> None:
    items = dict(ak.stock_market_activity_legu()[["item", "value"]].itertuples(index=False))
    shares = market.snapshot(BREAK)
    advancing = shares.select((pl.col("close") > pl.col("previous_close")).sum()).item()
    assert float(items["上涨"]) == advancing
    counted = sum(float(items[k]) for k in ("上涨", "下跌", "平盘", "停牌"))
    assert counted == len(shares)
    assert float(items["跌停"]) > 0  # the day on which the craze breaks
    assert items["统计日期"] == "2026-01-13 15:00:00"


def test_shenwan_on_the_whole_market(market: Market) -> None:
    answer = ak.index_analysis_daily_sw("市场表征", "20251201", "20260131")
    row = answer[answer["指数代码"] == "801003"].iloc[-1]
    truth = last(appraisal.market_valuation(market.parameters.seed), "trade_date")
    assert (row["发布日期"], row["市盈率"]) == (BREAK, truth["pe_weighted"])
    assert len(answer) > 50  # more than one page


def test_prime_rates() -> None:
    answer = ak.macro_china_lpr()
    assert answer["TRADE_DATE"].iloc[-1] == date(2025, 12, 22)  # the 20th was a Saturday
    assert (answer["LPR1Y"].iloc[-1], answer["LPR5Y"].iloc[-1]) == (3.0, 3.5)


def test_money_at_both_hosts(market: Market) -> None:
    eastmoney, sina = ak.macro_china_money_supply(), ak.macro_china_supply_of_money()
    truth = last(macro.money_supply(market.parameters.seed), "month", date(2025, 12, 1))
    assert eastmoney["月份"].iloc[0] == "2025年12月份"
    assert sina["统计时间"].iloc[0] == "2025.12"
    assert len(sina) == len(eastmoney) > 31  # more than one page
    for answer, name in ((eastmoney, "货币(M1)-数量(亿元)"), (sina, "货币(狭义货币M1)")):
        assert answer[name].iloc[0] * 1e8 == pytest.approx(truth["m1_cny"])


def test_social_financing_through_an_adapter_of_its_own(market: Market, exchange: Exchange) -> None:
    exchange.set_now(datetime(2026, 1, 14, 18))
    answer, loans = ak.macro_china_shrzgm(), ak.macro_china_new_financial_credit()
    truth = last(macro.social_financing(market.parameters.seed), "month", date(2025, 12, 1))
    row = answer.iloc[-1]
    assert row["月份"] == "202512"
    for name, column in {
        "社会融资规模增量": "total_cny", "其中-人民币贷款": "rmb_loans_cny",
        "其中-委托贷款外币贷款": "foreign_currency_loans_cny", "其中-委托贷款": "entrusted_loans_cny",
        "其中-信托贷款": "trust_loans_cny", "其中-未贴现银行承兑汇票": "undiscounted_bills_cny",
        "其中-企业债券": "corporate_bonds_cny", "其中-非金融企业境内股票融资": "equity_cny",
    }.items():  # fmt: skip
        assert row[name] * 1e8 == pytest.approx(truth[column]), name
    assert loans["当月"].iloc[0] * 1e8 == pytest.approx(truth["new_loans_cny"])
    assert loans["累计"].iloc[11] == loans["当月"].iloc[11]  # January


def test_yields_at_three_hosts(market: Market) -> None:
    truth = last(macro.yields(market.parameters.seed).filter(country="CN"), "yield_date")
    both = ak.bond_zh_us_rate(start_date="20251201")
    assert both["中国国债收益率10年"].iloc[-1] == pytest.approx(100 * truth["yield_10y"])
    assert both["美国国债收益率10年"].isna().iloc[-1]  # their day has not ended
    curve = ak.bond_china_yield("20251201", "20260113")
    government = curve[curve["曲线名称"] == "中债国债收益率曲线"]
    assert government["10年"].iloc[-1] == pytest.approx(100 * truth["yield_10y"])
    assert ak.bond_gb_zh_sina("中国10年期国债")["close"].iloc[-1] == pytest.approx(
        100 * truth["yield_10y"]
    )
    assert ak.bond_gb_us_sina("美国10年期国债")["date"].iloc[-1] == date(2026, 1, 12)


def test_parities_at_both_hosts(market: Market, exchange: Exchange) -> None:
    truth = last(macro.parities(market.parameters.seed).filter(currency="USD"), "rate_date")
    bank = ak.currency_boc_sina("美元", "20251101", "20260113")
    assert len(bank) > 20  # more than one page
    assert bank["央行中间价"].iloc[-1] == pytest.approx(100 * truth["cny_per_unit"])
    with intercepted(lambda request, _ask: exchange.send(request)):
        office = ak.currency_boc_safe()
    assert office["日期"].iloc[-1] == BREAK
    assert office["美元"].iloc[-1] == pytest.approx(100 * truth["cny_per_unit"])
    assert exchange.requests_per_host["www.safe.gov.cn"] == 4  # pandas opens the file twice


@pytest.mark.parametrize(
    ("function", "column", "multiple"),
    [
        ("macro_china_pmi_yearly", "manufacturing_pmi", 1),
        ("macro_china_non_man_pmi", "non_manufacturing_pmi", 1),
        ("macro_china_cpi_yearly", "cpi_yoy", 100),
        ("macro_china_cpi_monthly", "cpi_mom", 100),
    ],
)
def test_releases_of_jin10_are_those_of_the_data_centre(market, function, column, multiple) -> None:
    answer = getattr(ak, function)()
    truth = last(macro.surveys(market.parameters.seed), "month", date(2025, 12, 1))
    assert answer["今值"].iloc[-1] == pytest.approx(multiple * truth[column], abs=1e-9)
    assert len(answer) > 100


def test_surveys_prices_and_output(market: Market) -> None:
    truth = last(macro.surveys(market.parameters.seed), "month", date(2025, 12, 1))
    pmi, cpi, gdp = ak.macro_china_pmi(), ak.macro_china_cpi(), ak.macro_china_gdp()
    assert pmi["制造业-指数"].iloc[0] == truth["manufacturing_pmi"]
    assert cpi["全国-同比增长"].iloc[0] == pytest.approx(100 * truth["cpi_yoy"])
    assert gdp["季度"].iloc[0] == "2025年第1-3季度"  # the year's comes on the 17th
    sectors = gdp[[f"第{n}产业-绝对值" for n in "一二三"]].sum(axis=1)
    assert sectors.iloc[0] == pytest.approx(gdp["国内生产总值-绝对值"].iloc[0], rel=1e-6)


def test_the_bureau_s_series_are_those_of_the_data_centre(market: Market) -> None:
    """Its catalogue is walked by name, and what is not out yet has no figure."""
    output = ak.macro_china_nbs_nation("季度数据", "国民经济核算 > 国内生产总值(现价)", "2016-2026")
    there = ak.macro_china_gdp()["国内生产总值-绝对值"].iloc[0]
    assert output.columns[0] == "2025年第三季度"
    assert output.loc["国内生产总值_累计值(亿元)"].iloc[0] == there
    managers = ak.macro_china_nbs_nation(
        "月度数据", "采购经理指数 > 制造业采购经理指数", "2016-2026"
    )
    truth = last(macro.surveys(market.parameters.seed), "month", date(2025, 12, 1))
    assert managers.loc["制造业采购经理指数(%)"].iloc[0] == truth["manufacturing_pmi"]
