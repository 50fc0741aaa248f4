"""Eastmoney's F10 pages of companies in Hong Kong and New York: main figures by report period."""

import re

import polars as pl

from flows.sandbox.endpoints.eastmoney import F10, REPORT, _filtered, _midnight, _report
from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

PATH = r"/securities" + REPORT
PERIODS = {3: "003", 6: "002", 9: "004", 12: "001"}  # by the months that a row accumulates
REPORTS = {3: "一季报", 6: "中报", 9: "三季报", 12: "年报"}
SINGLE = ("003", "006", "007", "008")  # types of single quarters
NASDAQ = "O"
QUARTERS = 4  # of a year


@endpoint(F10, PATH, reportName="RPT_HKF10_FN_MAININDICATOR")
def eastmoney_hong_kong_figures(view: View, query: Query) -> Answer:
    """A company's periods, newest first, accumulated over the fiscal year, per cent.

    CURRENCY says HKD whatever the company reports in: so did the upstream.
    """
    known = _published(view, _filtered(query["filter"], "SECUCODE"))
    return _report([_hong_kong(r) for r in known.to_dicts()], query)


@endpoint(F10, PATH, reportName="RPT_CUSTOM_HKSK_APPFN_CASHFLOW_SUMMARY")
def eastmoney_hong_kong_reports(view: View, query: Query) -> Answer:
    """The list of a company's reports with their currency, in one row."""
    code = _filtered(query["filter"], "SECUCODE")
    rows = [_listed(r) for r in _published(view, code).to_dicts()]

    def wrap(listed: list[Row]) -> Row:
        whole = [{"SECUCODE": code, "REPORT_LIST": listed}]
        return {"result": {"pages": 1, "data": whole, "count": 1} if listed else {"data": []}}

    return json_answer(rows, wrap)


@endpoint(F10, PATH, reportName="RPT_USF10_INFO_ORGPROFILE")
def eastmoney_american_company(view: View, query: Query) -> Answer:
    """A company's code with its exchange."""
    ticker = _filtered(query["filter"], "SECURITY_CODE")
    known = view.market.new_york_earnings.filter(pl.col("code") == ticker).head(1)
    secucode = {"SECUCODE": f"{ticker}.{NASDAQ}", "SECURITY_CODE": ticker}
    return _report([secucode] * known.height, query)


@endpoint(F10, PATH, reportName="RPT_USF10_FN_GMAININDICATOR")
def eastmoney_american_figures(view: View, query: Query) -> Answer:
    """A company's single quarters, newest first, from the morning after the notice (Shanghai).

    NOTICE_DATE is moved to the filing of the next year, once there is one: in it the quarter is the
    comparison.
    """
    ticker = _filtered(query["filter"], "SECUCODE").removesuffix(f".{NASDAQ}")
    kinds = re.findall(r'"(\d{3})"', query["filter"])
    known = (pl.col("code") == ticker) & (pl.col("notice_date") < view.now.date())
    rows = view.market.new_york_earnings.filter(known).sort("period_end")
    moved = pl.coalesce(pl.col("notice_date").shift(-QUARTERS).over("code"), "notice_date")
    rows = rows.with_columns(notice_date=moved).sort("period_end", descending=True)
    quarters = [_american(r) for r in rows.to_dicts()]
    return _report([q for q in quarters if q["DATE_TYPE_CODE"] in kinds], query)


def _published(view: View, code: str) -> pl.DataFrame:
    """The rows of a Hong Kong company that are out, newest period first."""
    known = (pl.col("code") == code) & (pl.col("notice_date") <= view.now.date())
    return view.market.hong_kong_earnings.filter(known).sort("period_end", descending=True)


def _hong_kong(r: Row) -> Row:
    end = _midnight(r["period_end"])
    return {
        "SECUCODE": r["code"],
        "SECURITY_CODE": r["code"][:5],
        "SECURITY_NAME_ABBR": f"模拟{r['code'][:5]}",
        "ORG_CODE": f"10{r['code'][:5]}",
        "REPORT_DATE": end,
        "DATE_TYPE_CODE": PERIODS[r["months"]],
        "BASIC_EPS": r["eps"],
        "DILUTED_EPS": r["eps"],
        "OPERATE_INCOME": r["revenue"],
        "OPERATE_INCOME_YOY": _percent(r["revenue_yoy"]),
        "HOLDER_PROFIT": r["profit"],
        "HOLDER_PROFIT_YOY": _percent(r["profit_yoy"]),
        "EPS_TTM": None,
        "ROE_AVG": 18.0,
        "STD_REPORT_DATE": end,
        "START_DATE": None,
        "FISCAL_YEAR": "12-31",
        "CURRENCY": "HKD",
        "IS_CNY_CODE": 0,
    }


def _listed(r: Row) -> Row:
    end = _midnight(r["period_end"])
    report = {"REPORT_DATE": end, "REPORT_TYPE": REPORTS[r["months"]]}
    return {**report, "CURRENCY": r["currency"], "FISCAL_YEAR": "12-31"}


def _american(r: Row) -> Row:
    quarter, end = r["fiscal_quarter"], _midnight(r["period_end"])
    return {
        "SECUCODE": f"{r['code']}.{NASDAQ}",
        "SECURITY_CODE": r["code"],
        "SECURITY_NAME_ABBR": f"模拟{r['code']}",
        "ORG_CODE": f"20{r['code']}",
        "ACCOUNTING_STANDARDS": "美国会计准则",
        "NOTICE_DATE": _midnight(r["notice_date"]),
        "START_DATE": None,
        "REPORT_DATE": end,
        "FINANCIAL_DATE": end,
        "STD_REPORT_DATE": _midnight(r["month_end"]),
        "CURRENCY": "USD",
        "DATE_TYPE": "单季报",
        "DATE_TYPE_CODE": SINGLE[quarter - 1],
        "REPORT_TYPE": f"{r['fiscal_year']}/Q{quarter}",
        "REPORT_DATA_TYPE": f"{r['fiscal_year']} Q{quarter}",
        "ORGTYPE": "一般企业",
        "OPERATE_INCOME": r["revenue"],
        "OPERATE_INCOME_YOY": None,
        "PARENT_HOLDER_NETPROFIT": r["profit"],
        "PARENT_HOLDER_NETPROFIT_YOY": None,
        "BASIC_EPS": r["eps"],
        "DILUTED_EPS": r["eps"],
    }


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else round(100 * fraction, 6)
