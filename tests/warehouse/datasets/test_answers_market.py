"""What is read of answers about trading: prices, turnover, margin, funds, limits, suspensions."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.warehouse.datasets.answers import MONDAY, TUESDAY, Case, call, one, read_last, table
from warehouse.datasets import (
    adjustment_factor,
    board_daily,
    board_valuation,
    delisting,
    fund_daily,
    fund_share,
    hk_security,
    hk_stock_daily,
    index_close_check,
    index_daily,
    index_valuation,
    limit_pool,
    margin_exchange,
    margin_market,
    margin_security,
    market_activity,
    market_fund_flow,
    market_turnover,
    market_valuation,
    sector_daily,
    security,
    special_treatment,
    stock_connect,
    stock_daily,
    suspension,
    us_stock_daily,
)
from warehouse.readers import exchange_margin, index_bars

AFTER = call("", "", TUESDAY)
LATE = date(2026, 2, 20)
BARS = table("""
date       open high low close volume amount turnover
2026-01-09 10   12   9   11    100    1100   0.01
2026-01-12 11   13   10  12    200    2400   0.02
2026-01-13 12   14   11  13    0      0      0
2026-01-13 -    14   11  13    300    390000 0.03
""")
CHINESE_BARS = table("""
日期       开盘 最高 最低 收盘 成交量 成交额 滚动市盈率 收盘价
2026-01-09 10   12   9   11   100    1100   20.5       11
2026-01-12 11   13   10  12   200    2400   21.5       12
2026-01-13 12   14   11  13   0      0      -          13
""")
QUOTES = table("""
代码     名称      今开 最高 最低 最新价 昨收 成交量 成交额 换手率
sh600000 浦发银行  10   12   9    11     10.5 100    1100   2.5
sz000002 XD*ST万科 5    6    4    5.5    5.2  0      0      0
sz000004 退市国华  5    6    4    0      5.2  300    0      0
bj920001 力王退    7    8    6    7.5    7.1  40     300    1
sz300001 SST特锐   7    8    6    7.5    7.1  40     300    1
sz300002 天ST源    7    8    6    7.5    7.1  40     300    1
""")
MARGIN = table("""
信用交易日期 融资余额 融资买入额 融券余量金额 融券余额 融资融券余额
20260109     1        2          3            3        4
20260112     100      20         5            5        105
20260113     200      30         -            -        200
""")
DETAIL = table("""
标的证券代码 标的证券简称 信用交易日期 融资余额 融资买入额 融资偿还额 融券余量 融券卖出量
600000       浦发_银行    20260112     10       2          3          4        5
510300       300ETF       20260113     11       3          4          5        6
204001       国债         20260113     12       4          5          6        7
600000       浦发银行     20260109     13       5          6          7        8
""")
SUMMARY = table("""
证券代码 证券简称 融资余额 融资买入额 融券余量 融券卖出量 融券余额 融资融券余额
1        平安银行 10       2          4        5          6        16
159995   芯片ETF  20       3          5        6          7        27
161725   白酒     30       4          6        7          8        38
""")
TOTALS = pl.concat([
    table("""
exchange trade_date  a b c
SSE      2026-01-12  1 2 3
SZSE     2026-01-12  4 5 6
BSE      2026-01-12  7 8 ∅
SSE      2026-01-13  1 2 3
SZSE     2026-01-13  4 5 6
SSE      2026-01-09  1 2 3
SZSE     2026-01-09  4 5 6
BSE      2026-01-09  7 8 9
SSE      2026-01-08  1 2 3
SSE      2026-01-08  1 2 3
SZSE     2026-01-08  4 5 6
SSE      2026-01-07  1 2 3
SZSE     2026-01-07  4 5 6
SZSE     2026-01-07  4 5 6
BSE      2026-01-07  7 8 9
"""),
]).with_columns(
    pl.col("trade_date").str.to_date(), pl.col("a", "b", "c").cast(pl.Float64)
).rename(dict(zip("abc", margin_market.BALANCES, strict=True)))  # fmt: skip
POOL = table("""
c      n        p     zdp amount ltsz hs hybk fund lbc zbc days oc
600000 浦发银行 11000 10  2e8    1e10 2  银行 1e6  1   0   3    4
113001 转债     11000 10  2e8    1e10 2  银行 1e6  1   0   3    4
300001 特锐德   22000 20  4e8    1e10 4  电气 2e6  2   5   6    7
""")
BEFORE = pl.DataFrame({
    "code": ["600000.SH", "300001.SZ", "688001.SH", "920001.BJ", "000001.SZ", "000002.SZ",
        "000004.SZ"],
    "trade_date": [MONDAY] * 7,
    "high": [11.0, 12.0, 12.0, 13.0, 11.0, 10.0, 10.0],
    "close": [11.0, 12.0, 8.0, 12.5, 10.5, 9.0, 10.0],
    "previous_close": [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, None],
    "amount_cny": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
    "turnover_rate": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
})  # fmt: skip
SSE_DAY = table("""
单日情况   股票 主板A 主板B 科创板
成交金额   100  80    5     15
成交量     10   8     1     1
市价总值   900  700   100   100
流通市值   800  600   100   100
平均市盈率 14   12    9     40
""")
SZSE_DAY = table("""
证券类别   成交金额 总市值 流通市值
股票       100      900    800
主板A股    60       500    400
创业板A股  40       400    400
基金       7        8      9
""")
INDICES = table("""
代码     最新价 成交额
sh000001 4000   1e12
sz399106 2500   1.5e12
""")
INDUSTRIES = table("""
指数代码  发布日期   收盘指数 市盈率 市净率 股息率 换手率 成交额占比 流通市值
801080.SI 2026-01-12 100      20     2      1      3      60         50
801750    2026-01-12 200      30     3      2      4      39         60
801080    2026-01-09 99       20     2      1      3      100        50
801080    2026-01-13 101      21     2      1      3      50         50
801750    2026-01-13 201      31     3      2      4      50         60
""")
EARNINGS = table("""
date       middlePETTM averagePETTM quantileInRecent10YearsMiddlePeTtm
2026-01-12 30          40           0.5
2026-01-13 -           40           0.5
""")
BOOK = table("""
date       middlePB equalWeightAveragePB quantileInRecent10YearsMiddlePB
2026-01-12 3        4                    0.6
""")
CONNECT = table("""
日期       当日成交净买额 买入成交额 卖出成交额 历史累计净买额
2026-01-09 10             60         50         1.0010
2026-01-12 20             70         50         1.0030
2026-01-13 -30            20         50         1.0000
""")
FLOW = table("""
日期 上证-收盘价 主力净流入-净额 超大单净流入-净额 大单净流入-净额 中单净流入-净额 小单净流入-净额 主力净流入-净占比
2026-01-09 4000 1 2 3 4 5 6
2026-01-12 4001 10 20 30 40 50 60
""")
ACTIVITY = table("""
item     value
上涨     3000
下跌     2000
平盘     100
停牌     10
涨停     50
跌停     5
真实涨停 40
真实跌停 4
统计日期 2026-01-13_15:00:00
""")
HALTED = table("""
代码   名称     停牌时间   停牌截止时间 停牌期限 停牌原因 所属市场
600000 浦发银行 2026-01-12 2026-01-20   连续停牌 重大事项 上交所主板
600000 浦发银行 2026-01-12 2026-01-21   停牌一天 -        上交所主板
000001 平安银行 2026-01-14 -            -        重组     深交所主板
113001 转债     2026-01-12 -            -        -        上交所主板
000002 万科A    2026-01-13 -            -        -        深交所主板
""")
ABROAD = table("""
股票代码 股票简称 交易所代码 停牌时间   停牌事项说明
600000   浦发银行 SH         2026-01-12 重大事项
000700   腾讯     HK         2026-01-12 公布
920001   力王     BJ         2026-01-12 -
000001   平安     SZ         2026-01-13 重组
""")
FUND_SHARES = table("""
基金代码 基金简称 统计日期   日期       基金份额
510300   300ETF   2026-01-12 2026-01-09 1000
51       旧基金   2026-01-09 2026-01-12 2000
""")
FUND_PAGE = table("""
代码   名称    最新份额 数据日期
510300 300ETF  1000     2026-01-13
159995 芯片ETF 2000     2026-01-13
588000 科创50  3000     2026-01-12
""")
SINA_HK = pl.concat(
    [
        table("""
代码   中文名称   名称       日期时间
00700  腾讯控股   腾讯控股   2026/01/13_16:08:01
02800  盈富基金   盈富基金   2026/01/12_16:08:01
02799  某某股份   某某股份   2026/01/12_16:08:01
02850  某某乙     某某乙     2026/01/12_16:08:01
00823  领展房产基金 领展房产基金 2026/01/13_16:08:01
80700  腾讯-R     腾讯-R     2026/01/13_16:08:01
700    无零       无零       2026/01/13_16:08:01
00001  -          -          2026/01/13_16:08:01
""")
    ]
)
A_LISTS = pl.DataFrame({
    "code": ["600000.SH", "600000.SH", "920001.BJ", "600000.SH", "600000.SH", "600000.SH",
        "000009.SZ"],
    "name": ["浦发", "浦发", "力王", None, None, None, None],
    "valid_from": [None, None, None, date(2020, 1, 1), date(2015, 1, 1), date(2020, 1, 1), MONDAY],
    "industry": [None, None, None, "Banks", "Media", "Steel", "Coal"],
})  # fmt: skip
CDR = table("""
date       open high low close volume amount
2026-01-12 11   13   10  12    200    2400
2026-01-13 12   14   11  13    300    390000
""")
ROUND = {"名称": "中文名称"}
LEVELS = {"date": "date", "open": "open", "high": "high", "low": "low", "latest": "close"}
NDX = CHINESE_BARS.select("日期", "最高", "最低", 今开="开盘", 最新价="收盘", 代码=pl.lit("NDX"))
PRICES = CHINESE_BARS.rename({"开盘": "开盘价", "最高": "最高价", "最低": "最低价"}).drop("收盘")

CASES: dict[str, Case] = {
    "factors": (adjustment_factor.read, table("date hfq_factor\n1900-01-01 1\n2025-06-01 1.5"),
        call("", "600000.SH")),
    "board, THS": (board_daily.reader("THS", "价", 1.0), PRICES, call("", "机器人")),
    "board, of the days": (board_daily.of_the_days(board_daily.reader("E", "", 100.0)),
        CHINESE_BARS, call("", "机器人")),
    "board pe": (board_valuation.read, table("日期 平均市盈率 市盈率\n2026-01-12 14 15\n2026-01-13 - -"),
        call("stock_market_pe_lg", "Shanghai")),
    "board pe, STAR": (board_valuation.read, table("日期 平均市盈率 市盈率\n2026-01-12 14 15"),
        call("stock_market_pe_lg", "STAR")),
    "board pe, old": (board_valuation.read, table("日期 平均市盈率\n2025-12-01 14"),
        call("stock_market_pe_lg", "Shanghai")),
    "board pe, a week old": (board_valuation.read, table("日期 平均市盈率\n2026-01-03 14"),
        call("stock_market_pe_lg", "Shanghai")),
    "board pb": (board_valuation.read,
        table("日期 市净率 等权市净率 市净率中位数\n2026-01-12 1 2 3\n2026-01-13 - 2 3"), call("stock_market_pb_lg",
        "STAR")),
    "board ratios joined": (board_valuation.combine, pl.DataFrame({
        "board": ["STAR", "STAR", "STAR", "Main"], "trade_date": [MONDAY, MONDAY, TUESDAY, MONDAY],
        "pe_weighted": [None, 40.0, None, 9.0], "pb_weighted": [4.0, None, 5.0, None]})),
    "board ratios, half": (board_valuation.combine, pl.DataFrame({"board": ["STAR"],
        "pe_weighted": [4.0]})),
    "board of Shanghai": (board_valuation.read_exchange, SSE_DAY, call("", "STAR", TUESDAY)),
    "gone, Shanghai": (delisting.read,
        table("公司代码 公司简称 暂停上市日期 上市日期\n600001 邯郸钢铁 2009-12-29 1998-01-22\n600002 齐鲁 - 1998-04-08"),
        call("", "SSE")),
    "gone, Shenzhen": (delisting.read,
        table("证券代码 证券简称 终止上市日期 上市日期\n000003 PT金田A 2002-06-14 1991-07-03"), call("", "SZSE")),
    "fund bars": (fund_daily.bars(fund_daily.IN_ENGLISH, 1.0), BARS, call("", "510300.SH")),
    "fund bars in lots": (fund_daily.bars(fund_daily.IN_CHINESE, 100.0), CHINESE_BARS, call("",
        "510300.SH")),
    "fund shares, Shanghai": (fund_share.shanghai, FUND_SHARES, call("", "SSE")),
    "fund shares, Shenzhen": (fund_share.shenzhen, FUND_SHARES, call("", "SZSE")),
    "fund page, Shanghai": (fund_share.eastmoney, FUND_PAGE, call("", "SSE 2026-01-13", MONDAY)),
    "fund page, Shenzhen": (fund_share.eastmoney, FUND_PAGE, call("", "SZSE 2026-01-13", MONDAY)),
    "Hong Kong's list": (hk_security.read, SINA_HK, call("", "", TUESDAY)),
    "Hong Kong's list, other host": (hk_security.read_eastmoney, SINA_HK, call("", "", MONDAY)),
    "Hong Kong's list, cut off": (hk_security.read, pl.concat([SINA_HK] * 743).head(5940), call("",
        "", MONDAY)),
    "Hong Kong's list, all but cut off": (lambda a, c: hk_security.read(a, c).select(pl.len()),
        pl.concat([SINA_HK] * 743).head(5939), call("", "", MONDAY)),
    "Hong Kong bars": (hk_stock_daily.read_sina, BARS.filter(pl.col("volume") != "0"), call("",
        "00700.HK")),
    "Hong Kong bars, other host": (hk_stock_daily.read_eastmoney, CHINESE_BARS, call("",
        "00700.HK")),
    "New York bars": (us_stock_daily.read_sina, BARS.filter(pl.col("volume") != "0"), call("",
        "AAPL.US")),
    "New York bars, other host": (us_stock_daily.read_eastmoney, CHINESE_BARS, call("", "AAPL.US")),
    "closes to compare": (index_close_check.closes, one(code="a", trade_date=MONDAY, close=1.0,
        open=2.0)),
    "index bars": (index_bars.bars, BARS, call("", "000001.SH")),
    "index bars, Tencent": (index_bars.tencent, BARS, call("", "000001.SH")),
    "index bars, Eastmoney": (index_daily.eastmoney, BARS, call("", "000001.SH")),
    "index bars, CSI": (index_bars.official, CHINESE_BARS.drop("收盘价").rename({"成交额": "成交金额"}),
        call("", "930713.CSI")),
    "index bars, CNI": (index_bars.official, PRICES, call("", "970070.SZ")),
    "index bars, Hong Kong": (index_daily.eastmoney_hong_kong, BARS.rename({"close": "latest"}),
        call("", "HSI.HK")),
    "index bars, Nasdaq": (index_daily.nasdaq_100, NDX, call("", "NDX.US")),
    "index bars, Composite": (index_daily.nasdaq_100, NDX.with_columns(代码=pl.lit("IXIC")), call("",
        "NDX.US")),
    "copied start": (index_bars.without_copied_start, table("日期 收盘\n2026-01-13 5\n2026-01-09 5"),
        call()),
    "copied start, next day": (index_bars.without_copied_start,
        table("日期 收盘\n2026-01-13 5\n2026-01-12 5"), call()),
    "copied start, not copied": (index_bars.without_copied_start,
        table("日期 收盘\n2026-01-13 5\n2026-01-09 6"), call()),
    "copied start, two equal later": (index_bars.without_copied_start,
        table("日期 收盘\n2026-01-09 4\n2026-01-12 5\n2026-01-14 5"), call()),
    "copied start, alone": (index_bars.without_copied_start, table("日期 收盘\n2026-01-13 5"), call()),
    "index ratios": (index_valuation.read, CHINESE_BARS, call("", "000300.SH")),
    "pool up": (limit_pool.read, POOL, call("", "up", TUESDAY)),
    "pool down": (limit_pool.read, POOL, call("", "down", TUESDAY)),
    "pool broken": (limit_pool.read, POOL.drop("fund", "lbc"), call("", "broken", TUESDAY)),
    "pool without shares": (limit_pool.read, POOL[1:2], call("", "up", TUESDAY)),
    "pool, too much waits": (limit_pool.read, POOL.with_columns(fund=pl.lit("3e10")), call("", "up",
        TUESDAY)),
    "pool, much waits": (limit_pool.agreeing, POOL.with_columns(fund=pl.lit("1.9e10"))),
    "pool, money in another unit": (limit_pool.read, POOL.with_columns(amount=pl.lit("4.2e8"),
        hs=pl.lit("2")), call("", "up", TUESDAY)),
    "pool, money near": (limit_pool.agreeing, POOL.with_columns(amount=pl.lit("3.9e8"),
        hs=pl.lit("2"))),
    "pool, one odd of three": (limit_pool.agreeing, POOL.with_columns(amount=pl.Series(["1e9",
        "2e8", "4e8"]))),
    "pool's closes": (limit_pool.closes, POOL, call("", "up", TUESDAY)),
    "pools of prices": (limit_pool.at_limit, BEFORE, call()),
    "margin, dated": (exchange_margin.dated("信用交易日期", "%Y%m%d", "融券余量金额"), MARGIN, call("", "SSE")),
    "margin, undated": (exchange_margin.undated(1e4), MARGIN.tail(2), call("", "BSE", MONDAY,
        TUESDAY)),
    "margin, exchanges by name": (margin_market.read_exchange, MARGIN, call("", "BSE", TUESDAY)),
    "margin, not adding up": (exchange_margin.undated(1.0), MARGIN.with_columns(融资融券余额=pl.lit("9")),
        call("", "BSE", TUESDAY)),
    "margin, whole market": (margin_market.read,
        table("日期 融资余额 融券余额 融资买入额\n2026-01-12 2 1 3\n2026-01-09 4 5 6"), call()),
    "margin, three exchanges": (margin_market.add_up, TOTALS),
    "margin, details added": (margin_exchange.added, SUMMARY, call("", "BSE", TUESDAY)),
    "margin by security, Shanghai": (margin_security.shanghai, DETAIL, call("", "SSE")),
    "margin by security, Shenzhen": (margin_security.undated, SUMMARY, call("", "SZSE", TUESDAY)),
    "margin by security, kinds": (margin_security.conform, pl.DataFrame({"code": ["600000.SH",
        "510300.SH", "159995.SZ", "204001.SH", "920001.BJ", "900901.SH"]})),
    "activity": (market_activity.read, ACTIVITY, AFTER),
    "activity of another day": (market_activity.read, ACTIVITY, call("", "", MONDAY)),
    "activity without a line": (market_activity.read, ACTIVITY[1:], AFTER),
    "fund flow": (market_fund_flow.read, FLOW, call()),
    "fund flow, moved columns": (market_fund_flow.read,
        FLOW.with_columns(pl.lit("10").alias("上证-收盘价")), call()),
    "fund flow, one odd level": (market_fund_flow.read, FLOW.with_columns(pl.Series("上证-收盘价",
        ["4000", "999"])), call()),
    "turnover, Shanghai": (market_turnover.shanghai, SSE_DAY, call("", "SSE", TUESDAY)),
    "turnover, without total": (market_turnover.shanghai, SSE_DAY.with_columns(股票=pl.lit("-")),
        call("", "SSE", TUESDAY)),
    "turnover, no values": (market_turnover.shanghai,
        SSE_DAY.with_columns(pl.when(pl.col("单日情况").str.contains(
        "市")).then(pl.lit("0")).otherwise(c).alias(c) for c in SSE_DAY.columns[1:]), call("", "SSE",
        TUESDAY)),
    "turnover, no volume": (market_turnover.shanghai,
        SSE_DAY.with_columns(pl.when(pl.col("单日情况") == "成交量").then(pl.lit(
        "0")).otherwise(c).alias(c) for c in SSE_DAY.columns[1:]), call("", "SSE", TUESDAY)),
    "turnover, dear shares": (market_turnover.shanghai,
        SSE_DAY.with_columns(pl.when(pl.col("单日情况") == "成交量").then(pl.lit(
        "0.4")).otherwise(c).alias(c) for c in SSE_DAY.columns[1:]), call("", "SSE", TUESDAY)),
    "turnover, cheap shares": (market_turnover.shanghai,
        SSE_DAY.with_columns(pl.when(pl.col("单日情况") == "成交量").then(pl.lit(
        "101")).otherwise(c).alias(c) for c in SSE_DAY.columns[1:]), call("", "SSE", TUESDAY)),
    "turnover, penny shares": (market_turnover.shanghai,
        SSE_DAY.with_columns(pl.when(pl.col("单日情况") == "成交量").then(pl.lit(
        "100")).otherwise(c).alias(c) for c in SSE_DAY.columns[1:]), call("", "SSE", TUESDAY)),
    "turnover, boards that moved": (market_turnover.shanghai,
        SSE_DAY.with_columns(科创板=pl.lit("99")), call("", "SSE", TUESDAY)),
    "turnover, Shenzhen": (market_turnover.shenzhen, SZSE_DAY, call("", "SZSE", TUESDAY)),
    "turnover, a new board": (market_turnover.shenzhen, SZSE_DAY.with_columns(证券类别=pl.Series(["股票",
        "主板A股", "新板", "基金"])), call("", "SZSE", TUESDAY)),
    "turnover, a new line that is none": (market_turnover.shenzhen, pl.concat([SZSE_DAY,
        table("证券类别 成交金额 总市值 流通市值\n国际板 1 1 1")]), call("", "SZSE", TUESDAY)),
    "turnover, a board too few": (market_turnover.shenzhen, SZSE_DAY[[0, 1, 3]], call("", "SZSE",
        TUESDAY)),
    "turnover, a board too many": (market_turnover.shenzhen, pl.concat([SZSE_DAY, SZSE_DAY[2:3]]),
        call("", "SZSE", TUESDAY)),
    "turnover, nothing": (market_turnover.shenzhen, SZSE_DAY.with_columns(成交金额=pl.lit("-")),
        call("", "SZSE", TUESDAY)),
    "turnover, on the page": (market_turnover.quoted("sz399106"), INDICES, call("", "SZSE",
        TUESDAY)),
    "turnover, level on the page": (market_turnover.closes_on_page, INDICES, call("", "SSE",
        TUESDAY)),
    "ratios, earnings": (market_valuation.read,
        EARNINGS, call("stock_a_ttm_lyr")),
    "ratios, book": (market_valuation.read,
        BOOK, call("stock_a_all_pb")),
    "ratios, old": (market_valuation.read,
        BOOK.with_columns(date=pl.lit("2026-01-02")), call("stock_a_all_pb")),
    "ratios joined": (market_valuation.combine, pl.DataFrame({
        "trade_date": [MONDAY, TUESDAY, MONDAY, LATE], "pe_ttm_median": [30.0, 31.0, None, None],
        "pb_median": [None, None, 3.0, 4.0]})),
    "ratios, half": (market_valuation.combine, pl.DataFrame({"trade_date": [MONDAY],
        "pb_median": [3.0]})),
    "ratios, Shenwan": (market_valuation.read_shenwan,
        INDUSTRIES.with_columns(指数代码=pl.Series(["801003", "801001", "801003", "801003", "801003"]),
        市盈率=pl.Series(["1", "2", "3", "-", "4"])), call()),
    "industries": (sector_daily.read_table, INDUSTRIES, call("", "L1")),
    "industries, parts": (sector_daily.read_table, INDUSTRIES[:1], call("", "L2")),
    "industries, history": (sector_daily.read_history, CHINESE_BARS, call("", "801080.SW")),
    "industries, history of a part": (sector_daily.read_history, CHINESE_BARS, call("",
        "801081.SW")),
    "shares, classified": (security.read,
        table("symbol start_date industry_code\n600000 2020-01-01 480301\n1 2021-01-01 990101"),
        call("stock_industry_clf_hist_sw")),
    "shares, members": (security.read, table("证券代码 计入日期\n600000 2020-01-01"),
        call("index_component_sw", "Banks")),
    "shares, members elsewhere": (security.read, table("股票代码 纳入时间\n600000 2020-01-01"),
        call("sw_index_third_cons", "Banks")),
    "shares, names": (security.read, table("证券代码 证券简称\n600000 浦发_银行"),
        call("stock_info_sh_name_code")),
    "shares, joined": (lambda r: security.combine(r).sort("code", "valid_from"), A_LISTS),
    "shares, half": (security.combine, A_LISTS.drop("name")),
    "shares, members joined": (security.combine_members, A_LISTS.filter(code="600000.SH")),
    "shares, members not listed": (security.combine_members, A_LISTS),
    "shares, undated": (security.conform, pl.DataFrame({"valid_from": [None, MONDAY]})),
    "marked": (special_treatment.marked("代码", "名称"), QUOTES, AFTER),
    "marked, closes": (special_treatment.closes("代码", "最新价", "成交量"), QUOTES, AFTER),
    "connect, south": (stock_connect.read, CONNECT, call("", "southbound")),
    "connect, north": (stock_connect.read, CONNECT, call("", "northbound")),
    "connect, not growing": (stock_connect.read, CONNECT.with_columns(历史累计净买额=pl.Series(["1.0010",
        "1.0050", "1.0000"])), call("", "northbound")),
    "connect, unsorted": (stock_connect.accumulating, CONNECT.reverse()),
    "shares on the page": (stock_daily.read_snapshot(100.0, pl.lit(0.5)), QUOTES, AFTER),
    "shares, closes before": (stock_daily.closes_before, QUOTES, call("", "2026-01-12", TUESDAY)),
    "shares, bars": (stock_daily.read_history, BARS, call("", "600000.SH")),
    "shares, receipts": (stock_daily.read_history, CDR, call("stock_zh_a_cdr_daily", "689009.SH")),
    "shares, Tencent": (stock_daily.read_tencent, BARS, call("", "600000.SH")),
    "halted": (suspension.eastmoney, HALTED, AFTER),
    "halted, elsewhere": (suspension.baidu, ABROAD, AFTER),
    "halted, strange codes": (suspension.eastmoney, HALTED.with_columns(代码=pl.lit("浦发")), AFTER),
    "halted, half of them strange": (suspension.eastmoney,
        HALTED[:2].with_columns(代码=pl.Series(["浦发", "600000"])), AFTER),
    "halted, strange markets": (suspension.eastmoney, HALTED.with_columns(所属市场=pl.lit("火星")),
        AFTER),
    "halted, undated": (suspension.eastmoney,
        HALTED.with_columns(停牌时间=pl.Series(["2026-01-12"] * 4 + [None])), AFTER),
    "halted, ended before": (suspension.eastmoney, HALTED.with_columns(停牌截止时间=pl.lit("2026-01-12")),
        AFTER),
    "halted, words": (lambda a: a.select(suspension.said("a")), table("a\n_重组_\n-\n--")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_answer_about_trading_is_read_as_it_was_read_last(name: str) -> None:
    now, last = read_last(name, CASES[name])
    assert now == last
