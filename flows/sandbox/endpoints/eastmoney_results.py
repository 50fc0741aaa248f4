"""Eastmoney's data centre: reports, flashes, guidance, publication days, analysts' expectations.

akshare gives most of these fields names by their place, so all are there in the upstream's order.
Beside A shares the reports list B shares and, for half-years and years, the third board.
"""

import re
from datetime import date, timedelta

import polars as pl

from flows.sandbox.endpoints.eastmoney import CENTER, F10, REPORT, _midnight, _report
from flows.sandbox.formats.wire import Answer, Query, Row, day_of
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

PERIOD = re.compile(r"REPORT_?DATE='(\d{4}-\d{2}-\d{2})'")
NET_PROFIT = ("004", "归属于上市公司股东的净利润")
OTHER_FIGURES = (("005", "扣除非经常性损益后的净利润", 0.93), ("006", "营业收入", None))
QUARTERS = {3: "一季报", 6: "半年报", 9: "三季报", 12: "年报"}
# What no report of the third board says.
UNSAID = ("eps_cny", "roe", "revenue_yoy", "net_profit_yoy", "book_value_per_share_cny",
          "operating_cash_per_share_cny", "industry")  # fmt: skip
# Nor what a company says of a period before it is listed.
UNSAID_BEFORE_THE_LISTING = (
    "eps_cny", "roe", "revenue_yoy", "net_profit_yoy", "book_value_per_share_cny",
    "revenue_year_ago_cny", "net_profit_year_ago_cny",
)  # fmt: skip
A_SHARE, B_SHARE, THIRD_BOARD = ("058001001", "A股"), ("058001002", "B股"), ("058002001", "三板")
BOARDS = {
    "SSE Main": ("069001001001", "上交所主板"),
    "STAR": ("069001001006", "上交所科创板"),
    "SZSE Main": ("069001002001", "深交所主板"),
    "ChiNext": ("069001002002", "深交所创业板"),
    "BSE": ("069001017", "北交所"),
}


@endpoint(CENTER, REPORT, reportName="RPT_LICO_FN_CPD")
def eastmoney_results(view: View, query: Query) -> Answer:
    """A page of the reports about a period, newest notice first: CNY, per cent; cumulative."""
    rows = _public(view.market.earnings, view, query)
    return _report([_result(r) for r in with_strangers(rows).to_dicts()], query)


@endpoint(F10, r"/securities" + REPORT, reportName="RPT_FCI_PERFORMANCEE")
def eastmoney_flashes(view: View, query: Query) -> Answer:
    """A page of the preliminary results of a period, newest notice first: CNY, per cent."""
    listed = view.market.companies.select("code", "listing_date")
    young = pl.col("listing_date") > pl.col("notice_date")
    rows = _public(view.market.flashes, view, query).join(
        listed, on="code", how="left", maintain_order="left"
    )
    silent = [pl.when(~young).then(pl.col(c)).alias(c) for c in UNSAID_BEFORE_THE_LISTING]
    return _report([_flash(r) for r in rows.with_columns(silent).to_dicts()], query)


@endpoint(F10, r"/securities" + REPORT, reportName="RPT_PUBLIC_OP_NEWPREDICT")
def eastmoney_guidance(view: View, query: Query) -> Answer:
    """A page of the guidance on a period, a row per notice and figure, newest notice first."""
    rows = _public(view.market.guidance, view, query)
    return _report([figure for r in rows.to_dicts() for figure in _figures(r)], query)


@endpoint(CENTER, REPORT, reportName="RPT_PUBLIC_BS_APPOIN")
def eastmoney_appointments(view: View, query: Query) -> Answer:
    """A page of the booked publication days of a period, of Beijing or of the other exchanges."""
    beijing = 'TRADE_MARKET_CODE="069001017"' in query["filter"]
    fits = pl.col("code").str.ends_with(".BJ") == beijing
    rows = booked(view, _period(query)).filter(fits)
    return _report([_appointment(r) for r in rows.to_dicts()], query)


@endpoint(CENTER, REPORT, reportName="RPT_WEB_RESPREDICT")
def eastmoney_expectations(view: View, query: Query) -> Answer:
    """A page of the analysts' earnings per share, four years per company, by number of reports.

    A company that has reported earlier than the others begins with a later year than they do.
    """
    rows = view.market.consensus(view.now.date())
    companies = rows.group_by("code", "name", "reports", maintain_order=True).agg(
        "fiscal_year", "estimate", "eps_cny"
    )
    ordered = companies.sort("reports", "code", descending=[True, False])
    return _report([_expectation(r) for r in ordered.to_dicts()], query)


def booked(view: View, period: date) -> pl.DataFrame:
    """The publication days of a period that stand in the lists now; none before it is over."""
    known = (pl.col("period_end") == period) & (period < view.now.date())
    out = pl.col("notice_date") <= view.now.date()
    first = pl.col("booked_date")
    moved = pl.when(pl.col("notice_date") != first).then(pl.col("notice_date"))
    return (
        view.market.earnings.filter(known)
        .with_columns(first=first, moved=moved, actual=pl.when(out).then(pl.col("notice_date")))
        .sort("first", "code")
    )


def with_strangers(rows: pl.DataFrame) -> pl.DataFrame:
    """The reports with those of B shares and of the third board, of which few report quarters."""
    main = rows.filter(pl.col("code").str.starts_with("60"))
    few = main.head(len(main) // 20 + 1)
    quarter = not main.is_empty() and main["period_end"][0].month in (3, 9)
    third = _renumbered(few if quarter else main, "873").with_columns(
        pl.lit(None, rows.schema[c]).alias(c) for c in UNSAID
    )
    return _sorted(pl.concat([rows, third, _renumbered(few, "900")]))


def _renumbered(rows: pl.DataFrame, digits: str) -> pl.DataFrame:
    return rows.with_columns(code=digits + pl.col("code").str.slice(3))


def _sorted(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("notice_date", "code", descending=True)


def _period(query: Query) -> date:
    found = PERIOD.search(query["filter"])
    return day_of(found.group(1)) if found else date.min


def _public(rows: pl.DataFrame, view: View, query: Query) -> pl.DataFrame:
    known = (pl.col("period_end") == _period(query)) & (pl.col("notice_date") <= view.now.date())
    return _sorted(rows.filter(known))


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else round(100 * fraction, 6)


def _security(code: str) -> Row:
    digits = code[:6]
    kind = {"9": B_SHARE, "8": THIRD_BOARD}.get(digits[0], A_SHARE)
    if digits.startswith("92"):
        kind = A_SHARE
    market = BOARDS[board_of(digits)]
    return {
        "TRADE_MARKET_CODE": market[0],
        "TRADE_MARKET": market[1],
        "SECURITY_TYPE_CODE": kind[0],
        "SECURITY_TYPE": kind[1],
    }


def board_of(digits: str) -> str:
    """The key of BOARDS for a code."""
    prefixes = {"68": "STAR", "30": "ChiNext", "92": "BSE", "00": "SZSE Main", "87": "BSE"}
    return prefixes.get(digits[:2], "SSE Main")


def _result(r: Row) -> Row:
    """37 fields in the upstream's order; UPDATE_DATE is the newest notice."""
    end, notice = r["period_end"], _midnight(r["notice_date"])
    return {
        "SECURITY_CODE": r["code"][:6],
        "SECURITY_NAME_ABBR": r["name"],
        **_security(r["code"]),
        "UPDATE_DATE": notice,
        "REPORTDATE": _midnight(end),
        "BASIC_EPS": r["eps_cny"],
        "DEDUCT_BASIC_EPS": None,
        "TOTAL_OPERATE_INCOME": r["revenue_cny"],
        "PARENT_NETPROFIT": r["net_profit_cny"],
        "WEIGHTAVG_ROE": _percent(r["roe"]),
        "YSTZ": _percent(r["revenue_yoy"]),
        "SJLTZ": _percent(r["net_profit_yoy"]),
        "BPS": r["book_value_per_share_cny"],
        "MGJYXJJE": r["operating_cash_per_share_cny"],
        "XSMLL": _percent(r["gross_margin"]),
        "YSHZ": None if r["eps_cny"] is None else 3.1,
        "SJLHZ": None if r["eps_cny"] is None else 4.2,
        "ASSIGNDSCRPT": "不分配不转增",
        "PAYYEAR": None,
        "PUBLISHNAME": r["industry"],
        "ZXGXL": None,
        "NOTICE_DATE": notice,
        "ORG_CODE": f"10{r['code'][:6]}",
        "TRADE_MARKET_ZJG": "0101",
        "ISNEW": "1",
        "QDATE": f"{end.year}Q{end.month // 3}",
        "DATATYPE": f"{end.year}年 {QUARTERS[end.month]}",
        "DATAYEAR": str(end.year),
        "DATEMMDD": QUARTERS[end.month],
        "EITIME": f"{r['notice_date']} 18:30:00",
        "SECUCODE": r["code"],
        "BOARD_NAME": r["industry"],
        "ORI_BOARD_CODE": "447",
        "BOARD_CODE": "BK0447",
    }


def _flash(r: Row) -> Row:
    """28 fields in the upstream's order."""
    end, notice = r["period_end"], _midnight(r["notice_date"])
    security = _security(r["code"])
    return {
        "SECURITY_CODE": r["code"][:6],
        "SECURITY_NAME_ABBR": r["name"],
        "TRADE_MARKET": security["TRADE_MARKET"],
        "TRADE_MARKET_CODE": security["TRADE_MARKET_CODE"],
        "SECURITY_TYPE": security["SECURITY_TYPE"],
        "SECURITY_TYPE_CODE": security["SECURITY_TYPE_CODE"],
        "UPDATE_DATE": notice,
        "REPORT_DATE": _midnight(end),
        "BASIC_EPS": r["eps_cny"],
        "TOTAL_OPERATE_INCOME": r["revenue_cny"],
        "TOTAL_OPERATE_INCOME_SQ": r["revenue_year_ago_cny"],
        "PARENT_NETPROFIT": r["net_profit_cny"],
        "PARENT_NETPROFIT_SQ": r["net_profit_year_ago_cny"],
        "PARENT_BVPS": r["book_value_per_share_cny"],
        "WEIGHTAVG_ROE": _percent(r["roe"]),
        "YSTZ": _percent(r["revenue_yoy"]),
        "JLRTBZCL": _percent(r["net_profit_yoy"]),
        "DJDYSHZ": None if r["eps_cny"] is None else 3.1,
        "DJDJLHZ": None if r["eps_cny"] is None else 4.2,
        "PUBLISHNAME": r["industry"],
        "ORG_CODE": f"10{r['code'][:6]}",
        "NOTICE_DATE": notice,
        "QDATE": f"{end.year}Q{end.month // 3}",
        "DATATYPE": f"{end.year}年 {QUARTERS[end.month]}",
        "MARKET": "A",
        "ISNEW": "1",
        "EITIME": f"{r['notice_date']} 18:30:00",
        "SECUCODE": r["code"],
    }


def _figures(r: Row) -> list[Row]:
    """A notice's rows, one per figure; those about revenue have no base a year ago."""
    others = [
        _figure(r, code, name, r["net_profit_cny"] * part, r["net_profit_yoy"])
        if part
        else _figure(r, code, name, round(r["revenue_cny"], -4), None)
        for code, name, part in OTHER_FIGURES
    ]
    return [_figure(r, *NET_PROFIT, r["net_profit_cny"], r["net_profit_yoy"]), *others]


def _figure(r: Row, code: str, name: str, amount: float, change: float | None) -> Row:
    """27 fields in the upstream's order."""
    percent = _percent(change)
    security = _security(r["code"])
    return {
        "SECUCODE": r["code"],
        "SECURITY_CODE": r["code"][:6],
        "SECURITY_NAME_ABBR": r["name"],
        "ORG_CODE": f"10{r['code'][:6]}",
        "NOTICE_DATE": _midnight(r["notice_date"]),
        "REPORT_DATE": _midnight(r["period_end"]),
        "PREDICT_FINANCE_CODE": code,
        "PREDICT_FINANCE": name,
        "PREDICT_AMT_LOWER": amount - abs(amount) * 0.05,
        "PREDICT_AMT_UPPER": amount + abs(amount) * 0.05,
        "ADD_AMP_LOWER": percent,
        "ADD_AMP_UPPER": percent,
        "PREDICT_CONTENT": r["statement"],
        "CHANGE_REASON_EXPLAIN": "主营业务变化。",
        "PREDICT_TYPE": r["kind"],
        "PREYEAR_SAME_PERIOD": None if change is None else r["net_profit_year_ago_cny"],
        "TRADE_MARKET": security["TRADE_MARKET"],
        "TRADE_MARKET_CODE": security["TRADE_MARKET_CODE"],
        "SECURITY_TYPE": security["SECURITY_TYPE"],
        "SECURITY_TYPE_CODE": security["SECURITY_TYPE_CODE"],
        "INCREASE_JZ": percent,
        "FORECAST_JZ": amount,
        "FORECAST_STATE": "increase" if r["kind"] == "预增" else "reduction",
        "IS_LATEST": "T",
        "PREDICT_RATIO_LOWER": None,
        "PREDICT_RATIO_UPPER": None,
        "PREDICT_HBMEAN": None,
    }


def _appointment(r: Row) -> Row:
    security = _security(r["code"])
    moved = r["moved"]
    twice = moved and int(r["code"][:6]) % 3 == 0 and moved - r["first"] > timedelta(days=1)
    changes = (moved - timedelta(days=1), moved) if twice else (moved, None)
    days = dict(zip(("FIRST_CHANGE_DATE", "SECOND_CHANGE_DATE"), changes, strict=True))
    return {
        "SECURITY_CODE": r["code"][:6],
        "SECURITY_NAME_ABBR": r["name"],
        "REPORT_DATE": _midnight(r["period_end"]),
        "FIRST_APPOINT_DATE": _midnight(r["first"]),
        **{name: day and _midnight(day) for name, day in days.items()},
        "THIRD_CHANGE_DATE": None,
        "ACTUAL_PUBLISH_DATE": r["actual"] and _midnight(r["actual"]),
        "SECURITY_TYPE_CODE": security["SECURITY_TYPE_CODE"],
        "TRADE_MARKET_CODE": security["TRADE_MARKET_CODE"],
        "SECUCODE": r["code"],
    }


def _expectation(r: Row) -> Row:
    """31 fields in the upstream's order."""
    years: Row = {}
    forecasts = zip(r["fiscal_year"], r["estimate"], r["eps_cny"], strict=True)
    for n, (year, estimate, eps) in enumerate(forecasts, start=1):
        years |= {f"YEAR{n}": year, f"YEAR_MARK{n}": estimate[0].upper(), f"EPS{n}": eps}
    luck = int(r["code"][:6]) % 7  # most are told to buy by some and to add by others
    buying = {0: r["reports"], 1: 0}.get(luck, r["reports"] // 2)
    return {
        "SECUCODE": r["code"],
        "SECURITY_CODE": r["code"][:6],
        "SECURITY_NAME_ABBR": r["name"],
        "RATING_ORG_NUM": r["reports"],
        "RATING_BUY_NUM": buying or None,
        "RATING_ADD_NUM": r["reports"] - buying or None,
        "RATING_NEUTRAL_NUM": None,
        "RATING_REDUCE_NUM": None,
        "RATING_SALE_NUM": None,
        **years,
        "INDUSTRY_BOARD": "模拟行业",
        "INDUSTRY_BOARD_SZM": "M",
        "REGION_BOARD": None,
        "REGION_BOARD_SZM": None,
        "CONCEPTION_BOARD": None,
        "INDEX_BOARD": None,
        "DEC_AIMPRICEMAX": None,
        "DEC_AIMPRICEMIN": None,
        "RATING_LONG_NUM": None,
        "MARKET_BOARD": None,
    }
