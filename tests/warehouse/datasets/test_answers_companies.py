"""What is read of answers about companies: results, expectations, listings and announcements."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.warehouse.datasets.answers import TUESDAY, Case, call, one, read_last, table
from warehouse.datasets import (
    analyst_eps,
    announcement,
    consensus_eps,
    disclosure_date,
    earnings_flash,
    earnings_guidance,
    earnings_report,
    hk_consensus,
    hk_megacap_earnings,
    ipo_a,
    ipo_hk,
    ipo_pipeline,
    ipo_review,
    policy_event,
    policy_news,
    policy_term_count,
    stock_minute,
    unicorn_company,
    us_megacap_earnings,
)
from warehouse.readers import report_periods

READ_ON = call("", "600118.SH on 2026-01-13")
PERIOD = call("", "", date=f"{20251231}")
REPORTS = table("""
股票代码 东财评级 机构        日期       2026-盈利预测-收益 2027-盈利预测-收益 2028-盈利预测-收益
600118   买入     _某证券_    2026-01-12 1.1                1.2                1.3
600118   增持     某证券      2026-01-12 2.1                2.2                2.3
600118   买入     某证券      2025-12-31 1.1                1.2                1.3
600118   买入     他证券      2026-01-13 -                  -                  -
1        ∅        他证券      2026-01-13 -                  -                  0.3
""")
BOOKED = table("""
股票代码 首次预约时间 一次变更日期 二次变更日期 三次变更日期 实际披露时间
600000   2026-03-30   -            -            -            2026-04-28
600001   2026-03-30   2026-04-02   -            -            -
600001   2026-03-30   2026-04-02   -            -            -
920001   2026-03-30   2026-04-02   2026-04-09   2026-04-08   -
900901   2026-03-30   2026-04-02   2026-04-01   2026-04-03   -
""")
RESULTS = table("""
序号 股票代码 股票简称 公告日期 最新公告日期 营业收入-营业收入 营业收入-去年同期 营业收入-同比增长 净利润-净利润 净利润-去年同期 净利润-同比增长
1 600000 浦发_银行 2026-01-12 2026-01-13 11 10 10 5 4 25
2 600000 浦发_银行 2026-01-12 2026-01-13 11 10 10 5 4 25
3 900901 云赛B股 2026-01-12 2026-01-13 11 10 10 5 4 25
""").hstack(
    table("""
每股收益 营业总收入-营业总收入 营业总收入-同比增长 每股净资产 净资产收益率 每股经营现金流量 销售毛利率 所处行业
0.5 12 9 3 8 7 6 银行
0.5 12 9 3 8 7 6 银行
0.5 12 9 3 8 7 6 银行
""")
)
GUIDANCE = table("""
序号 股票代码 股票简称  预测指标                   业绩变动 预测数值 业绩变动幅度 预告类型 上年同期值 公告日期
1    600000   浦发_银行 归属于上市公司股东的净利润 增长一半 15       50           预增     10         2026-01-12
2    600000   浦发_银行 归属于上市公司股东的净利润 增长一半 15       50           预增     10         2026-01-12
3    600000   浦发_银行 每股收益                   增长一半 1        50           预增     1          2026-01-12
""")
SINA = table("""
指标       选项       20251231 20250930 说明
营业总收入 常用指标   10       7        a
归母净利润 常用指标   3        2        a
基本每股收益 常用指标 0.3      -        a
净资产收益率 常用指标 见附注 见附注 a
""")
EXPECTED = pl.DataFrame(
    {"SECURITY_CODE": ["600000", "900901"], "SECUCODE": ["a", "b"], "RATING_ORG_NUM": ["9", "8"]}
    | {
        f"{name}{n}": [value, value]
        for n in (1, 2, 3, 4)
        for name, value in (
            ("YEAR", f"{2024 + n}"), ("YEAR_MARK", "AE?E"[n - 1]), ("EPS",
            f"{n}.5" if n < 4 else "-"),
        )
    }
)  # fmt: skip
MEANS = table("""
年度 预测机构数 最小值 均值 最大值
2026 3          1      1.1  1.2
2027 3          1      1.1  1.2
2027 3          1      1.1  1.2
""")
HONG_KONG = pl.DataFrame({
    "年度": ["2026"], "纯利(百万人民币)": ["100"], "每股盈利(分)": ["50"],
    "最高(百万人民币)": ["120"], "最低(百万人民币)": ["90"],
})  # fmt: skip
SPANS = table("""
START_DATE REPORT_DATE DATE_TYPE_CODE CURRENCY
2025-01-01 2025-12-31 001 人民币
2025-01-01 2025-06-30 002 人民币
2025-01-01 2025-09-30 009 港元
2024-10-01 2025-03-31 009 美元
""").hstack(
    table("""
OPERATE_INCOME HOLDER_PROFIT BASIC_EPS OPERATE_INCOME_YOY HOLDER_PROFIT_YOY
100 10 1 5 6
50 5 0.5 5 6
75 7 0.7 5 6
75 7 0.7 5 6
""")
)
DOLLARS = table("""
REPORT_DATE REPORT_TYPE NOTICE_DATE CURRENCY OPERATE_INCOME PARENT_HOLDER_NETPROFIT DILUTED_EPS
2025-09-27  2025/Q4     2025-10-31  美元     100            25                      1.8
2025-09-27  2025/Q4     2025-10-31  美元     100            25                      1.8
2025-06-30  2025/Q3     2025-08-01  USD      90             20                      1.5
2025-02-02  2025/Q1     2025-03-01  USD      80             10                      1.1
2025-03-31  2025/Q2     2025-05-01  人民币   90             20                      1.5
""")
FILED = pl.DataFrame({
    "ticker": ["AAPL", "AAPL", "NVDA", "NVDA", "MSFT", "NVDA"],
    "filing_date": [date(2026, 1, 30), date(2026, 4, 1), date(2026, 2, 25), date(2026, 1, 31),
        date(2026, 3, 31), date(2026, 4, 30)],
    "quarter_end": [None, None, None, None, date(2025, 9, 30), None],
})  # fmt: skip
ISSUES = table("""
股票代码 股票简称 申购日期   上市日期   发行价格 发行总数 首日收盘价
600001   某_股份  2026-01-05 2026-01-12 10       1000     15
920001   力王     2026-01-05 2026-01-12 10       1000     15
600002   后来者   2026-01-12 2026-01-20 20       2000     -
600003   无日     2026-01-12 -          20       2000     -
""")
BEIJING = table("""
代码   简称 申购日     上市首日-上市日 发行价格 发行总数 上市首日-涨幅 上市首日-每百股获利
920001 力王 2026-01-05 2026-01-12      10       100000   50            500
920002 无名 2026-01-06 -               20       200000   -             -
""")
OTHER_LISTS = table("""
证劵代码 证券简称 申购日期   上市日期   发行价 总发行数量 股票代码 股票简称 首日收盘价 首日涨跌幅
600001   某_股份  2026-01-05 2026-01-12 10     1000       600001   某股份   15         0.5
920001   力王     2026-01-05 2026-01-12 10     1000       920001   力王     15         0.5
""")
SAID = pl.DataFrame({
    "code": ["600001.SH", "600001.SH", "600002.SH", "600003.SH", "600004.SH"],
    "name": ["甲", "乙", "丙", None, "丁"],
    "listing_date": [TUESDAY, None, TUESDAY, TUESDAY, None],
    "offer_price_cny": [10.0, None, 20.0, None, 30.0],
    "issue_shares": [1000.0, None, 2000.0, None, None],
    "first_day_close_cny": [15.0, None, None, None, None],
    "stated_return": [None, 0.504, 0.25, 0.1, None],
    "stated_shares": [None, 1009.0, None, 5.0, None],
})  # fmt: skip
BARS = table("""
date       日期       close 收盘
2026-01-13 2026-01-13 6     7
2026-01-12 2026-01-12 5     6
""")
PROFILE = table("证券简称 上市日期 发行价 发行量(股)\n某_集团 2026-01-12 4 1000")
PROFILES = pl.DataFrame({
    "code": ["a", "a", "b", "b", "c", "d"],
    "listing_date": [TUESDAY, None, TUESDAY, None, TUESDAY, None],
    "offer_price_hkd": [4.0, None, 4.0, None, 4.0, None],
    "first_bar": [None, TUESDAY, None, date(2026, 1, 9), None, TUESDAY],
    "first_day_close_hkd": [None, 5.0, None, 6.0, None, 7.0],
})  # fmt: skip
APPLICANTS = table("""
企业名称   拟上市地点 更新日期   最新状态     受理日期   注册地 行业 保荐机构
某_股份    沪主板     2026-01-12 已问询       2025-06-01 上海   -    甲
某_股份    沪主板     2026-01-12 已问询       2025-06-01 上海   -    甲
乙股份     _创业板_   2026-01-12 不予注册     -          -      软件 -
丙股份     火星       2026-01-12 提交注册     -          -      软件 -
丁股份     北交所     2026-01-12 某种         -          -      软件 -
""")
REVIEWED = table("""
企业名称  上会日期   审核状态   股票代码 股票简称 上市板块 主承销商 发行数量(股) 拟融资额(元) 上市日期
某_股份   2026-01-12 _上会通过_ 600001   某股份   主板     甲       1000         20000        2026-01-20
某_股份   2026-01-12 _上会通过_ 600001   某股份   主板     甲       1000         20000        2026-01-20
乙股份    2026-01-13 上会未通过 920001   -        北交所   -        1000000      2000         -
丙股份    2026-01-14 -          -        -        北交所   -        1000000      2000         -
丁股份    2026-01-12 取消审核   -        -        北交所   -        1000000      1            -
""")
COMMITTEE = table("""
公司名称 上会日期   审核类型       审核结果
某股份   2026-01-12 首发           通过
乙股份   2026-01-12 可转债         通过
丙股份   2026-01-14 首发           暂缓表决
丙股份   2026-01-13 首发           暂缓表决
""")
UNICORNS = table("""
排名 财富 企业    行业
1    700  某_公司 人工智能
2    600  乙公司  None
3    500  某_公司 人工智能
""")
NOTICES = table("""
digits name    title                       announcement_date art_code
600000 浦发_行 浦发行：股票交易异常波动公告 2026-01-12        A1
600000 浦发_行 股票交易异常波动公告        2026-01-12        A2
113001 转债    股票异常波动公告            2026-01-12        A3
600001 某      关于某转债风险提示的公告    2026-01-12        A4
600002 乙      年度报告                    2026-01-12        A5
600003 <em>丙  <em>风险提示</em>_公告      2026-01-13        A6
600004 丁      丁:澄清公告                 2026-01-13        A7
""")
SEARCHED = NOTICES.drop("announcement_date").with_columns(
    milliseconds=pl.Series([1768147200000, 1768147199000, *[1768233600000] * 3, 1768319999000,
        1768320000000])
)  # fmt: skip
ITEMS = pl.DataFrame({
    "broadcast_date": [TUESDAY] * 3,
    "title": ["低空经济", "b", "c"],
    "text": ["低空经济 低空 低空", None, "低空"],
    "terms": [["低空经济", "低空"]] * 3,
})  # fmt: skip
PAPERS = pl.DataFrame({
    "date": ["20260113"],
    "items": [[{"title": "a", "text": "x", "url": "u"}, {"title": "b", "text": None, "url": "v"}]],
})  # fmt: skip
COUNTED = table("broadcast_date items chars 低空 算力\n2026-01-13 9 900 1 2\n2026-01-12 0 0 0 0")
CAPTIONS = pl.DataFrame({
    "title": ["[视频]某事", "某事[视频]", "视频某事"],
    "text": ["\xa0央视网消息（新闻联播）：某事 ", "某事，央视网消息：是", None],
})  # fmt: skip
EVENTS = table("""
announced_on title_en                                     source direction
2026-01-13   The_PBoC's_new_RULES:_on_margin_and_more_of_it a    up
""")
MINUTES = table("""
ts_code   trade_time          open high low close vol amount
600000.SH 2026-01-13_09:31:00 1    2    3   4     5   6
""")


def terms(rows: pl.DataFrame) -> pl.DataFrame:
    return policy_term_count.read(rows, call())


CASES: dict[str, Case] = {
    "reports": (analyst_eps.read, REPORTS, call()),
    "reports, two years": (analyst_eps.read, REPORTS.drop("2028-盈利预测-收益"), call()),
    "reports, a year left out": (analyst_eps.read, REPORTS.rename({"2028-盈利预测-收益": "2029-盈利预测-收益"}),
        call()),
    "reports, four years": (analyst_eps.read,
        REPORTS.with_columns(pl.lit("1").alias("2029-盈利预测-收益")), call()),
    "booked days": (disclosure_date.EASTMONEY.read, BOOKED, call("", "沪深A股 2025-12-31")),
    "booked days, cninfo": (disclosure_date.CNINFO.read, BOOKED.rename({"首次预约时间": "首次预约",
        "一次变更日期": "初次变更", "二次变更日期": "二次变更", "三次变更日期": "三次变更", "实际披露时间": "实际披露"}), call("",
        "2025-12-31")),
    "first results": (earnings_flash.read, RESULTS, PERIOD),
    "results, words beside them": (lambda a, c: earnings_report.read_sina(a, c).sort("period_end"),
        pl.concat([SINA, *[SINA[3:].with_columns(指标=pl.lit(n)) for n in "abc"]]), call("",
        "600118.SH")),
    "guidance, twice for two reasons": (earnings_guidance.read,
        GUIDANCE[:2].with_columns(业绩变动原因=pl.Series(["甲", "乙"])), PERIOD),
    "results": (earnings_report.read, RESULTS, PERIOD),
    "results, share by share": (lambda a, c: earnings_report.read_sina(a, c).sort("period_end"),
        SINA, call("", "600118.SH")),
    "results, a figure twice": (lambda a, c: earnings_report.read_sina(a, c).sort("period_end"),
        pl.concat([SINA, SINA]), call("", "600118.SH")),
    "results, without a figure": (earnings_report.read_sina, SINA[1:], call("", "600118.SH")),
    "guidance": (earnings_guidance.read, GUIDANCE, PERIOD),
    "guidance, without profits": (earnings_guidance.read, GUIDANCE[2:], PERIOD),
    "A shares, each once": (report_periods.a_shares, RESULTS.select("序号", "股票代码")),
    "expectations": (consensus_eps.read, EXPECTED, READ_ON),
    "expectations, none": (consensus_eps.read,
        EXPECTED.with_columns(pl.lit("-").alias(f"EPS{n}") for n in (1, 2, 3)), READ_ON),
    "expectations, share by share": (consensus_eps.read_ths, MEANS, READ_ON),
    "expectations, Hong Kong": (hk_consensus.read, HONG_KONG, call("", "00700.HK on 2026-01-13")),
    "expectations, two currencies": (hk_consensus.read, HONG_KONG.rename({"最高(百万人民币)": "最高(百万港元)"}),
        call("", "00700.HK on 2026-01-13")),
    "expectations, whole yuan": (hk_consensus.read, HONG_KONG.rename({"每股盈利(分)": "每股盈利(元)"}),
        call("", "00700.HK on 2026-01-13")),
    "expectations, no currency": (hk_consensus.read, HONG_KONG.rename({"纯利(百万人民币)": "纯利"}), call("",
        "00700.HK on 2026-01-13")),
    "expectations, an own currency": (hk_consensus.read, HONG_KONG.rename(lambda c: c.replace("人民币",
        "日圆")), call("", "00700.HK on 2026-01-13")),
    "expectations, a heading twice": (hk_consensus.read,
        HONG_KONG.with_columns(pl.lit("1").alias("纯利(二)")), call("", "00700.HK on 2026-01-13")),
    "Hong Kong's results": (hk_megacap_earnings.read, SPANS, call("", "00700.HK")),
    "New York's results": (us_megacap_earnings.read, DOLLARS, call("", "AAPL")),
    "New York's results, no dollars": (us_megacap_earnings.read, DOLLARS[4:], call("", "AAPL")),
    "New York's quarters": (us_megacap_earnings.conform, FILED),
    "issues": (ipo_a.read, ISSUES, call("stock_xgsglb_em", "SSE, SZSE")),
    "issues, all of the list": (ipo_a.read_issues, ISSUES, call()),
    "issues, first days": (ipo_a.read, table("股票代码 首日涨幅 总发行数量\n600001 50 1000\n920001 50 1000"),
        call("stock_dxsyl_em", "SSE, SZSE")),
    "issues, Beijing": (ipo_a.read, BEIJING, call("stock_xgsglb_em", "BSE", symbol="北交所")),
    "issues, Beijing, other units": (ipo_a.read_beijing,
        BEIJING.with_columns(pl.lit("5000.1").alias("上市首日-每百股获利")), call()),
    "issues, Beijing, units the other way": (ipo_a.read_beijing,
        BEIJING.with_columns(pl.lit("49.9").alias("上市首日-每百股获利")), call()),
    "issues, Beijing, no profit stated": (ipo_a.read_beijing,
        BEIJING.with_columns(pl.lit("0").alias("上市首日-每百股获利")), call()),
    "issues, Beijing, rises and falls in other units": (ipo_a.read_beijing,
        BEIJING.with_columns(pl.Series("发行价格", ["10", "10"]), pl.Series("上市首日-涨幅", ["50", "-50"]),
        pl.Series("上市首日-每百股获利", ["50000", "-50000"])), call()),
    "issues, cninfo": (ipo_a.read, OTHER_LISTS, call("stock_new_ipo_cninfo", "SSE, SZSE")),
    "issues, THS": (ipo_a.read, OTHER_LISTS, call("stock_xgsr_ths", "BSE")),
    "issues joined": (ipo_a.combine, SAID),
    "issues, other numbers of shares": (ipo_a.combine,
        SAID.with_columns(stated_shares=pl.lit(1011.0))),
    "issues, none listed": (ipo_a.combine, SAID.tail(2)),
    "issues, a return of another day": (ipo_a.combine,
        SAID[:2].with_columns(stated_return=pl.lit(0.6))),
    "issues, a return just off": (ipo_a.combine,
        SAID[:2].with_columns(stated_return=pl.lit(0.508))),
    "issues, one list alone": (ipo_a.combine, SAID.select("code", "name", "listing_date",
        "offer_price_cny")),
    "Hong Kong's profile": (ipo_hk.read, PROFILE, call("stock_hk_security_profile_em", "00100.HK")),
    "Hong Kong's first bar": (ipo_hk.read, BARS, call("stock_hk_daily", "00100.HK")),
    "Hong Kong's first bar, other host": (ipo_hk.read, BARS, call("stock_hk_hist", "00100.HK")),
    "Hong Kong, joined": (ipo_hk.combine, PROFILES),
    "Hong Kong, without bars": (ipo_hk.combine, PROFILES.drop("first_bar")),
    "Hong Kong, profiles alone": (ipo_hk.profiles_alone, PROFILES.select("code", "listing_date")),
    "Hong Kong, bare codes": (ipo_hk.conform, pl.DataFrame({"code": ["100", "00100.HK", "A123",
        "123456"], "name": ["某 甲"] * 4})),
    "applicants": (ipo_pipeline.read, APPLICANTS, call()),
    "applicants, moved columns": (ipo_pipeline.read,
        APPLICANTS.with_columns(拟上市地点=pl.Series(["火星"] * 3 + ["沪主板"] * 2)), call()),
    "applicants, half of the boards unknown": (ipo_pipeline.read, APPLICANTS[2:4], call()),
    "reviewed": (ipo_review.read, REVIEWED, call()),
    "reviewed, cninfo": (ipo_review.read_cninfo, COMMITTEE, call()),
    "unicorns": (unicorn_company.read, UNICORNS, call("", "2025", date(2025, 12, 31))),
    "announcements": (announcement.read_eastmoney, NOTICES, call()),
    "announcements, searched": (announcement.read_cninfo, SEARCHED, call()),
    "announcements, kinds": (lambda rows: rows.with_columns(kind=announcement.kind_of()),
        pl.DataFrame({"title": [
        "关于异常波动的问询函回函", "停牌核查公告", "严重异常波动", "异常波动", "澄清", "可能退市的风险提示", "风险提示：终止上市",
        "股价炒作风险提示", "风险提示 交易", "风险提示", "年报", "摊薄即期回报的风险提示"]})),
    "terms": (terms, ITEMS),
    "terms, columns of counts": (policy_term_count.one_column_per_term, COUNTED),
    "news": (policy_news.read, pl.DataFrame({"title": ["a", "b"], "text": ["x", None], "url": ["u",
        "v"]}), call("", "", TUESDAY)),
    "news, without captions": (policy_news.conform, CAPTIONS),
    "news, lists of days": (policy_news.items_of_days, PAPERS),
    "news, own columns": (policy_news.items_of_days, one(broadcast_date=TUESDAY, title="a")),
    "events": (policy_event.from_list, EVENTS),
    "events with keys": (policy_event.from_list, EVENTS.with_columns(event=pl.lit("x"))),
    "minutes of a file": (stock_minute.from_minutes, MINUTES),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_answer_about_companies_is_read_as_it_was_read_last(name: str) -> None:
    now, last = read_last(name, CASES[name])
    assert now == last
