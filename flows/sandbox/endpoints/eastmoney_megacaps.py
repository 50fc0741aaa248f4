"""Eastmoney's F10 pages of companies in Hong Kong and New York: main figures by report period."""

import re
from datetime import date

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
AMERICAN_RATIOS = (
    "GROSS_PROFIT_RATIO", "NET_PROFIT_RATIO", "ACCOUNTS_RECE_TR", "INVENTORY_TR",
    "TOTAL_ASSETS_TR", "ACCOUNTS_RECE_TDAYS", "INVENTORY_TDAYS", "TOTAL_ASSETS_TDAYS", "ROE_AVG",
    "ROA", "CURRENT_RATIO", "SPEED_RATIO", "OCF_LIQDEBT", "DEBT_ASSET_RATIO", "EQUITY_RATIO",
    "BASIC_EPS_YOY", "GROSS_PROFIT_RATIO_YOY", "NET_PROFIT_RATIO_YOY", "ROE_AVG_YOY", "ROA_YOY",
    "DEBT_ASSET_RATIO_YOY", "CURRENT_RATIO_YOY", "SPEED_RATIO_YOY",
)  # fmt: skip


@endpoint(F10, PATH, reportName="RPT_HKF10_FN_MAININDICATOR")
def eastmoney_hong_kong_figures(view: View, query: Query) -> Answer:
    """A company's periods, or its years, newest first, accumulated over the fiscal year, per cent.

    CURRENCY says HKD whatever the company reports in: so did the upstream.
    """
    known = _published(view, _filtered(query["filter"], "SECUCODE"))
    rows = [_hong_kong(r) for r in known.to_dicts()]
    kind = _filtered(query["filter"], "DATE_TYPE_CODE")
    return _report([r for r in rows if kind in ("", r["DATE_TYPE_CODE"])], query)


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
    """36 fields in the upstream's order; those that nobody reads are of one company."""
    end, growth = _midnight(r["period_end"]), _percent(r["revenue_yoy"])
    return {
        "SECUCODE": r["code"],
        "SECURITY_CODE": r["code"][:5],
        "SECURITY_NAME_ABBR": f"模拟{r['code'][:5]}",
        "ORG_CODE": f"10{r['code'][:5]}",
        "REPORT_DATE": end,
        "DATE_TYPE_CODE": PERIODS[r["months"]],
        **dict.fromkeys(("PER_NETCASH_OPERATE", "PER_OI", "BPS"), 30.5),
        "BASIC_EPS": r["eps"],
        "DILUTED_EPS": r["eps"],
        "OPERATE_INCOME": int(r["revenue"]),
        "OPERATE_INCOME_YOY": growth,
        "GROSS_PROFIT": int(r["revenue"] // 2),
        "GROSS_PROFIT_YOY": growth,
        "HOLDER_PROFIT": int(r["profit"]),
        "HOLDER_PROFIT_YOY": _percent(r["profit_yoy"]),
        "GROSS_PROFIT_RATIO": 50.5,
        "EPS_TTM": r["eps"],
        "OPERATE_INCOME_QOQ": 3.5,
        "NET_PROFIT_RATIO": 28.5,
        "ROE_AVG": 18.5,
        "GROSS_PROFIT_QOQ": 4.5,
        "ROA": 11.5,
        "HOLDER_PROFIT_QOQ": 3.5,
        **dict.fromkeys(("ROE_YEARLY", "ROIC_YEARLY", "TAX_EBT"), 18.5),
        **dict.fromkeys(("OCF_SALES", "DEBT_ASSET_RATIO", "CURRENT_RATIO"), 40.5),
        "CURRENTDEBT_DEBT": 51.5,
        "START_DATE": _midnight(_begun(r["period_end"], r["months"])),
        "FISCAL_YEAR": "12-31",
        "CURRENCY": "HKD",
        "IS_CNY_CODE": 0,
    }


def _begun(end: date, months: int) -> date:
    """The first day of so many months up to a day."""
    first = 12 * end.year + end.month - months
    return date(first // 12, first % 12 + 1, 1)


def _listed(r: Row) -> Row:
    end = _midnight(r["period_end"])
    report = {"REPORT_DATE": end, "REPORT_TYPE": REPORTS[r["months"]]}
    return {**report, "CURRENCY": r["currency"], "FISCAL_YEAR": "12-31"}


def _american(r: Row) -> Row:
    """49 fields in the upstream's order; those that nobody reads are of one company."""
    quarter, end = r["fiscal_quarter"], _midnight(r["period_end"])
    return {
        "SECUCODE": f"{r['code']}.{NASDAQ}",
        "SECURITY_CODE": r["code"],
        "SECURITY_NAME_ABBR": f"模拟{r['code']}",
        "ORG_CODE": f"20{r['code']}",
        "SECURITY_INNER_CODE": f"1000{r['code']}",
        "ACCOUNTING_STANDARDS": "美国会计准则",
        "NOTICE_DATE": _midnight(r["notice_date"]),
        "START_DATE": _midnight(_begun(r["month_end"], 3)),
        "REPORT_DATE": end,
        "FINANCIAL_DATE": f"{r['month_end']:%m-%d}",
        "STD_REPORT_DATE": _midnight(r["month_end"]),
        "CURRENCY": "美元",
        "DATE_TYPE": "单季报",
        "DATE_TYPE_CODE": SINGLE[quarter - 1],
        "REPORT_TYPE": f"{r['fiscal_year']}/Q{quarter}",
        "REPORT_DATA_TYPE": f"{r['fiscal_year']}年 第{quarter}季度",
        "ORGTYPE": "一般企业",
        "OPERATE_INCOME": float(r["revenue"]),
        "OPERATE_INCOME_YOY": 8.5,
        "GROSS_PROFIT": float(r["revenue"] // 2),
        "GROSS_PROFIT_YOY": 8.5,
        "PARENT_HOLDER_NETPROFIT": int(r["profit"]),
        "PARENT_HOLDER_NETPROFIT_YOY": 9.5,
        "BASIC_EPS": r["eps"],
        "DILUTED_EPS": r["eps"],
        **dict.fromkeys(AMERICAN_RATIOS, 20.5),
        "CURRENCY_ABBR": "USD",
    }


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else round(100 * fraction, 6)
