"""What is read of answers about the economy: prices, output, money, yields and investors."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.warehouse.datasets.answers import MONDAY, TUESDAY, Case, call, read_last, table
from warehouse.datasets import (
    buffett_index,
    cpi,
    equity_bond_spread,
    fx_rate,
    gdp,
    government_yield,
    high_low_count,
    investor_account,
    ipo_proceeds_monthly,
    lpr,
    margin_account,
    market_cap_monthly,
    market_congestion,
    money_supply,
    pmi,
    social_financing,
    trade_calendar,
)
from warehouse.readers import quarterly_gdp

IN_DECEMBER = call("", "", date(2025, 12, 20))
DECEMBER, NOVEMBER, OCTOBER = (date(2025, month, 1) for month in (12, 11, 10))
YEARS = table("""
季度                国内生产总值-绝对值 第一产业-绝对值 第二产业-绝对值 第三产业-绝对值 国内生产总值-同比增长
2025年第1-4季度     140                 10              50              80              5.2
2025年第1-3季度     100                 8               36              56              5.1
2024年第1-4季度     134                 9               48              77              5.0
2023年第1-4季度     129                 9               48              72              5.4
2026年第1季度       35                  2               13              20              5.3
""")
RETURNS = table("""
日期       总市值 GDP 近十年分位数
2026-01-09 900    140 0.8
2026-01-12 910    140 0.9
""")
SUNDAYS = RETURNS.with_columns(日期=pl.Series(["2026-01-11", "2026-01-12"]))
YIELDS = table("""
日期 中国国债收益率2年 中国国债收益率5年 中国国债收益率10年 中国国债收益率30年 曲线名称 2年 5年 10年 30年
2026-01-09 1.1 1.2 1.3 1.4 中债国债收益率曲线 1 2 3 4
2026-01-10 1.1 1.2 1.3 1.4 中债国债收益率曲线 1 2 3 4
2026-01-12 1.5 1.6 1.7 1.8 中债国债收益率曲线 1 2 3 5
2026-01-13 1.5 1.6 - 1.8 中债商业银行债 1 2 3 4
""")
CLOSES = table("""
date       close
2026-01-09 1.5
2026-01-10 1.6
2026-01-12 1.7
2026-01-13 -
2025-12-31 1
""")
SPAN = call("", "", date(2026, 1, 9), TUESDAY)
SATURDAY = call("", "", date(2026, 1, 10), TUESDAY)
FINANCING = pl.DataFrame(
    {"月份": ["202511", "202510"], social_financing.TOTAL: ["100", "-"]}
    | {name: [str(n), "-"] for n, name in enumerate(social_financing.PARTS.values())}
)
LOANS = table("""
月份          当月 累计
2025年11月份  5    50
2025年01月份  51   51
2024年01月份  49   49
""")
UNSAID = table("""
月份          当月 累计
2023年01月份  49   49
2022年01月份  ∅    ∅
2021年01月份  ∅    49
2020年01月份  49   49
""")
PRICES = pl.DataFrame({
    "月份": ["2025年11月份", "2025年10月份"],
    cpi.LEVEL: ["100.7", "100.2"], cpi.YEAR: ["0.7", "0.2"], cpi.MONTH: ["-0.1", "0.2"],
})  # fmt: skip
RELEASES = table("""
日期       今值
2015-12-31 9
2016-01-01 8
2025-12-09 0.7
2026-01-09 -
""")
MANAGERS_RELEASED = table("""
日期       今值
2015-12-31 9
2016-01-01 8
2026-01-01 50.1
2025-12-07 49
2025-12-06 48
2026-01-31 -
""")
MANAGERS = table("""
月份         制造业-指数 非制造业-指数
2025年12月份 50.1        50.2
2025年11月份 49.2        49.5
""")
BUREAU = table("""
series                  period       figure
制造业采购经理指数(%)   2025年12月   50.1
非制造业商务活动指数(%) 2025年12月   50.2
""")
QUARTERS = table("""
series period figure
a      2025年第四季度 105.0
b      2025年第四季度 140
b      2025年第三季度 100
""")
MONEY = table("""
月份         m2 m2y m1 m1y m0 m0y
2025年11月份 300 8 100 5 14 10
2025年01月份 300 7 100 4 14 10
2024年12月份 290 7 60 3 13 12
2024年11月份 -   7 60 3 13 12
""")
NAMES = {"m2_cny": "m2", "m2_yoy": "m2y", "m1_cny": "m1", "m1_yoy": "m1y"}
ACCOUNTS = table("""
日期 融资余额 融券余额 融券卖出额 证券公司数量 营业部数量 个人投资者数量 机构投资者数量 参与交易的投资者数量 有融资融券负债的投资者数量 担保物总价值 平均维持担保比例
2026-01-09 20000 100 1 90 9000 700.12345 50000 400000 1600000 54000 270
2026-01-12 20000 100 1 90 9000 700.12345 50000 400000 1600000 54000 270
""")
INVESTORS = table("""
数据日期 新增投资者-数量 期末投资者-总量 期末投资者-A股账户 期末投资者-B股账户 沪深总市值 沪深户均市值
2023-08 99.58999 22000 21900 236 880000 40
2023-07 91.1     21900 21800 236 876000 40
""")
PROCEEDS = table("""
月份    募集资金 首发募集资金 增发募集资金 配股募集资金
2025-11 500      100          400          0
2025-12 500.02   100          -            400
2026-01 600      100          400          100
""")
VALUES = table("""
数据日期     市价总值-上海 市价总值-深圳 成交金额-上海 成交金额-深圳
2025年12月份 600           400           10            -
2025年9月份  500           300           9             8
""")
RATES = table("""
日期       央行中间价 美元  港元 欧元 日元
2026-01-10 700        700   90   800  4.5
2026-01-12 701        701   91   801  4.6
2026-01-13 -          -     -    -    -
""")
EXTREMES = table("""
date       high20 low20 high60 low60 high120 low120
2026-01-12 1 2 3 4 5 6
2026-01-12 1 2 3 4 5 6
2026-01-13 7 8 9 10 11 12
""")
CSI = table("""
日期       收盘 滚动市盈率
2026-01-12 4600 12.5
2026-01-13 4700 -
""")


def halves(**columns: list[object]) -> pl.DataFrame:
    return pl.DataFrame(columns)


OUTPUT = next(iter(gdp.LEAVES))
GROWTH = list(gdp.LEAVES)[1]
CASES: dict[str, Case] = {
    "output by quarter": (quarterly_gdp.cumulated, YEARS),
    "output": (gdp.read, YEARS, call()),
    "output, half a year old": (gdp.read, YEARS[1:2], call("", "", date(2026, 1, 20))),
    "output, older": (gdp.read, YEARS[1:2], call("", "", date(2026, 2, 20))),
    "output of the bureau": (gdp.read_bureau, QUARTERS.with_columns(series=pl.lit(OUTPUT)), call("",
        OUTPUT)),
    "growth of the bureau": (gdp.read_bureau, QUARTERS[:1].with_columns(series=pl.lit(GROWTH)),
        call("", GROWTH)),
    "output joined": (gdp.combine, halves(quarter=[OCTOBER, OCTOBER, NOVEMBER], gdp_cny=[1.0, None,
        None], gdp_yoy=[None, 0.05, 0.06])),
    "output, half": (gdp.combine, halves(quarter=[OCTOBER], gdp_cny=[1.0])),
    "values over output": (buffett_index.read, RETURNS, call()),
    "values over output, a day early": (buffett_index.read, SUNDAYS, call()),
    "values over output, no rank": (buffett_index.read, RETURNS.drop("近十年分位数"), call()),
    "values over output, weekdays do not tell": (buffett_index.read, RETURNS[1:], call()),
    "values over output, both weekdays": (buffett_index.read, pl.concat([RETURNS, SUNDAYS]),
        call()),
    "values over output, old": (buffett_index.read, RETURNS[:1], call("", "", date(2026, 1, 20))),
    "values over output, output": (buffett_index.read_part, YEARS, call("macro_china_gdp", "",
        TUESDAY)),
    "values over output, output of the year before": (buffett_index.read_part, YEARS,
        call("macro_china_gdp", "", date(2025, 12, 31))),
    "values over output, the year is not over": (buffett_index.read_part, YEARS[1:].reverse(),
        call("macro_china_gdp", "", TUESDAY)),
    "values over output, less than the year before": (buffett_index.read_part,
        YEARS.with_columns(pl.Series("国内生产总值-绝对值", ["140", "100", "141", "129", "35"]),
        pl.Series("第三产业-绝对值", ["80", "56", "84", "72", "20"])), call("macro_china_gdp", "",
        TUESDAY)),
    "values over output, Shanghai": (buffett_index.read_part, table("单日情况 股票\n市价总值 600\n流通市值 5"),
        call("stock_sse_deal_daily", "", TUESDAY)),
    "values over output, Shenzhen": (buffett_index.read_part, table("证券类别 总市值\n股票 400\n基金 5"),
        call("stock_szse_summary", "", TUESDAY)),
    "values over output, joined": (buffett_index.combine, halves(
        trade_date=[TUESDAY] * 3 + [MONDAY] * 3, part=["a", "b", None, "a", "a", None],
        market_value_cny=[6.0, 4.0, None, 6.0, 6.0, None], gdp_cny=[None, None, 8.0, None, None,
        8.0])),
    "values over output, no output": (buffett_index.combine, halves(trade_date=[TUESDAY],
        part=["a"], market_value_cny=[6.0])),
    "prices": (cpi.read, PRICES, IN_DECEMBER),
    "prices, two months old": (cpi.read, PRICES[1:], IN_DECEMBER),
    "prices, a month off": (cpi.read, PRICES.with_columns(pl.lit("0.6").alias(cpi.YEAR))[:1],
        IN_DECEMBER),
    "prices, moved columns": (cpi.read, PRICES.with_columns(pl.lit("0.58").alias(cpi.YEAR))[:1],
        IN_DECEMBER),
    "prices, released": (cpi.read_jin10, RELEASES, call("macro_china_cpi_yearly", "", date(2025, 12,
        20))),
    "prices, joined": (cpi.combine, halves(month=[DECEMBER, DECEMBER, NOVEMBER], cpi_yoy=[0.1, None,
        None], cpi_mom=[None, 0.2, 0.3])),
    "prices, half": (cpi.combine, halves(month=[DECEMBER], cpi_mom=[0.1])),
    "managers": (pmi.read, MANAGERS, call()),
    "managers, old": (pmi.read, MANAGERS[1:], call()),
    "managers, released": (pmi.read_jin10,
        MANAGERS_RELEASED, call(next(iter(pmi.JIN10)))),
    "managers of the bureau": (pmi.read_bureau, BUREAU.with_columns(period=pl.lit("2025年12月")),
        call("", "非制造业商务活动指数(%)")),
    "managers of the bureau, old": (pmi.read_bureau, BUREAU.with_columns(period=pl.lit("2025年11月")),
        call("", "制造业采购经理指数(%)")),
    "managers joined": (pmi.combine, halves(month=[DECEMBER, DECEMBER, NOVEMBER],
        manufacturing_pmi=[50.0, None, None], non_manufacturing_pmi=[None, 51.0, 52.0])),
    "managers, half": (pmi.combine, halves(month=[DECEMBER], manufacturing_pmi=[50.0])),
    "money": (money_supply.spelled, MONEY, IN_DECEMBER, "月份", NAMES),
    "money, old": (money_supply.spelled, MONEY[1:], IN_DECEMBER, "月份", NAMES),
    "financing": (social_financing.read, FINANCING, call("macro_china_shrzgm", "", date(2025, 12,
        20))),
    "financing, loans": (social_financing.read, LOANS, call("macro_china_new_financial_credit", "",
        date(2025, 12, 20))),
    "financing, loans mixed up": (social_financing.read, LOANS.with_columns(累计=pl.Series(["50",
        "60", "49"])), call("macro_china_new_financial_credit", "", date(2025, 12, 20))),
    "financing, loans nearly so": (social_financing.read, LOANS.with_columns(累计=pl.Series(["50",
        "52.4", "49"])), call("macro_china_new_financial_credit", "", date(2025, 12, 20))),
    "financing, loans paid back": (social_financing.read, LOANS.with_columns(当月=pl.Series(["5",
        "-101", "-51"]), 累计=pl.Series(["50", "-100", "-50"])),
        call("macro_china_new_financial_credit", "", date(2025, 12, 20))),
    "financing, loans of other years unsaid": (social_financing.read,
        pl.concat([LOANS.with_columns(累计=pl.Series(["50", "60", "49"])), UNSAID]),
        call("macro_china_new_financial_credit", "", date(2025, 12, 20))),
    "financing, old": (social_financing.read, FINANCING, call("macro_china_shrzgm", "", date(2026,
        1, 20))),
    "financing, joined": (social_financing.combine, halves(month=[DECEMBER, DECEMBER, NOVEMBER],
        total_cny=[1.0, None, 2.0], new_loans_cny=[None, 3.0, None])),
    "spread": (equity_bond_spread.read, table("日期 沪深300指数 股债利差 股债利差均线\n2026-01-12 4600 0.05 0.06"),
        call()),
    "spread, old": (equity_bond_spread.read,
        table("日期 沪深300指数 股债利差 股债利差均线\n2026-01-02 4600 0.05 0.06"), call()),
    "spread, bonds": (equity_bond_spread.read_half, YIELDS, call("bond_zh_us_rate")),
    "spread, shares": (equity_bond_spread.read_half, CSI, call("stock_zh_index_hist_csindex")),
    "spread, shares of before": (equity_bond_spread.read_half, CSI[:1], call("", "", date(2026, 1,
        23))),
    "spread, joined": (equity_bond_spread.combine, halves(
        trade_date=[MONDAY, MONDAY, TUESDAY], bond=[0.02, None, 0.02], earnings=[None, 0.08, None],
        index_close=[None, 4600.0, None])),
    "spread, half": (equity_bond_spread.combine, halves(trade_date=[MONDAY], bond=[0.02])),
    "congestion": (market_congestion.read, table("date congestion\n2026-01-12 0.4\n2026-01-09 0.3"),
        call()),
    "congestion, a week old": (market_congestion.read, table("date congestion\n2026-01-03 0.4"),
        call()),
    "congestion, old": (market_congestion.read, table("date congestion\n2026-01-02 0.4"), call()),
    "yields": (government_yield.read_eastmoney("CN"), YIELDS, SPAN),
    "yields, from a Saturday on": (government_yield.read_eastmoney("CN"), YIELDS, SATURDAY),
    "yields, old": (government_yield.read_eastmoney("CN"), YIELDS[:1], call("", "", date(2026, 1,
        5), date(2026, 1, 20))),
    "yields, ChinaBond": (government_yield.read_chinabond, YIELDS, SPAN),
    "yields, Sina": (government_yield.read_sina,
        CLOSES, call("", "US 30", date(2026, 1, 9), TUESDAY)),
    "yields, Sina, old": (government_yield.read_sina, table("date close\n2026-01-09 1.5"), call("",
        "US 30", date(2026, 1, 5), date(2026, 1, 20))),
    "yields, joined": (government_yield.combine, halves(
        country=["US", "US", "US", "CN"], yield_date=[MONDAY, MONDAY, TUESDAY, MONDAY],
        yield_2y=[1.0, None, 2.0, 3.0], yield_10y=[None, 4.0, None, 5.0])),
    "yields, half": (government_yield.combine, halves(country=["US"], yield_date=[MONDAY],
        yield_2y=[1.0])),
    "rates": (fx_rate.read, RATES, call("", "USD")),
    "rates of the office": (fx_rate.read_office, RATES, call()),
    "rates, old": (fx_rate.read, RATES, call("", "USD", MONDAY, date(2026, 1, 23))),
    "prime rates, six weeks old": (lpr.read, table("TRADE_DATE LPR1Y LPR5Y\n2025-12-02 3 3.5"),
        call()),
    "prime rates, older": (lpr.read, table("TRADE_DATE LPR1Y LPR5Y\n2025-12-01 3 3.5"), call()),
    "highs and lows": (high_low_count.read, EXTREMES, call()),
    "highs and lows, old": (high_low_count.read, EXTREMES, call("", "", date(2026, 1, 24))),
    "highs and lows, a week old": (high_low_count.read, EXTREMES, call("", "", date(2026, 1, 23))),
    "margin accounts": (margin_account.read, ACCOUNTS, call()),
    "margin accounts, moved columns": (margin_account.read,
        ACCOUNTS.with_columns(担保物总价值=pl.lit("27000")), call()),
    "margin accounts, near": (margin_account.read, ACCOUNTS.with_columns(担保物总价值=pl.lit("28000")),
        call()),
    "margin accounts, many": (margin_account.read, ACCOUNTS.with_columns(担保物总价值=pl.lit("109000")),
        call()),
    "investors": (investor_account.read, INVESTORS, call()),
    "investors, moved columns": (investor_account.read, INVESTORS.with_columns(沪深户均市值=pl.lit("43")),
        call()),
    "investors, near": (investor_account.read, INVESTORS.with_columns(沪深户均市值=pl.lit("41.5")),
        call()),
    "proceeds": (ipo_proceeds_monthly.read, PROCEEDS, call("", "", date(2026, 1, 31))),
    "proceeds, on the first day after": (ipo_proceeds_monthly.read, PROCEEDS, call("", "",
        date(2026, 2, 1))),
    "proceeds, moved columns": (ipo_proceeds_monthly.read, PROCEEDS.with_columns(募集资金=pl.lit("9")),
        call()),
    "values by month": (market_cap_monthly.read, VALUES, call()),
    "values by month, unreadable": (market_cap_monthly.read,
        VALUES.with_columns(数据日期=pl.lit("2025")), call()),
    "trading days": (trade_calendar.read, table("trade_date\n2026-01-12"), call()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_answer_about_the_economy_is_read_as_it_was_read_last(name: str) -> None:
    now, last = read_last(name, CASES[name])
    assert now == last
