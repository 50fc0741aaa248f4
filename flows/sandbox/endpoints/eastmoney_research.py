"""Eastmoney: the list of brokers' reports about a share."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, page
from flows.sandbox.market.research import research
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint("reportapi.eastmoney.com", r"/report/list")
def eastmoney_research(view: View, query: Query) -> Answer:
    """A page of reports, newest first; `this year` is the year of the exchange's moment."""
    market = view.market
    codes = market.companies.filter(pl.col("code").str.starts_with(query["code"]))["code"]
    rows = [_report(r, view) for code in codes for r in _published(view, code)]
    size = int(query["pageSize"])

    def wrap(shown: list[Row]) -> Row:
        total = {"hits": len(rows), "size": len(shown), "TotalPage": -(-len(rows) // size)}
        return {**total, "pageNo": 1, "currentYear": view.now.year, "data": shown}

    return json_answer(page(rows, int(query["pageNo"]), size), wrap)


def _published(view: View, code: str) -> list[Row]:
    reports = research(view.market.earnings, code, view.market.parameters.seed)
    if reports.is_empty():
        return []
    out = reports.filter(pl.col("report_date") <= view.now.date())
    return out.sort("report_date", descending=True).to_dicts()


def _report(r: Row, view: View) -> Row:
    """Forecasts are text; `this year` is the year of the report, and the code that of its day."""
    digits = view.market.digits(r["code"], r["report_date"])
    return {
        "title": f"{r['name']}点评",
        "stockName": r["name"],
        "stockCode": digits,
        "orgCode": "80000001",
        "orgName": f"{r['broker']}股份有限公司",
        "orgSName": r["broker"],
        "publishDate": f"{r['report_date']} 00:00:00.000",
        "infoCode": f"AP{r['report_date']:%Y%m%d}{digits}",
        "predictNextTwoYearEps": f"{r['eps_second_year_cny']:.2f}",
        "predictNextTwoYearPe": "20.1",
        "predictNextYearEps": f"{r['eps_next_year_cny']:.2f}",
        "predictNextYearPe": "22.3",
        "predictThisYearEps": f"{r['eps_cny']:.2f}",
        "predictThisYearPe": "25.6",
        "predictLastYearEps": "",
        "predictLastYearPe": "",
        "indvInduName": "模拟行业",
        "emRatingName": r["rating"],
        "count": 1,
    }
