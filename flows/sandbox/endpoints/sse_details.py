"""Shanghai Stock Exchange: margin by security, shares of exchange-traded funds."""

import polars as pl

from flows.sandbox.endpoints.sse import HOST, MOST_MARGIN_ROWS
from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer
from flows.sandbox.market.margin_detail import detail
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View


@endpoint(HOST, r"/marketdata/tradedata/queryMargin\.do", tabType="mxtype")
def sse_margin_detail(view: View, query: Query) -> Answer:
    """Margin of a day by security, CNY and shares; never more than 2,000 rows."""
    day = day_of(query["detailsDate"])
    published = day <= view.margin_day("SSE")
    rows = detail(view.market, "SSE", day).to_dicts() if published else []
    shown = [_margin(row, f"{day:%Y%m%d}") for row in rows[:MOST_MARGIN_ROWS]]
    return json_answer(shown, lambda rows: {"result": rows, "pageHelp": {"total": len(rows)}})


@endpoint(HOST, r"/commonQuery\.do", sqlId="COMMON_SSE_ZQPZ_ETFZL_XXPL_ETFGM_SEARCH_L")
def sse_fund_shares(view: View, query: Query) -> Answer:
    """Shares of all funds at the end of a day, in units of 10,000."""
    day = day_of(query["STAT_DATE"])
    there = view.fund_shares("SSE").filter(pl.col("trade_date") == day).to_dicts()
    rows = [_shares(number, fund) for number, fund in enumerate(there, 1)]
    return json_answer(rows, lambda rows: {"result": rows})


def _margin(row: Row, day: str) -> Row:
    return {
        "detailsDate": None,
        "opDate": day,
        "rqchl": int(row["securities_lending_sold_shares"]),
        "rqmcl": int(row["securities_lending_sold_shares"]),
        "rqyl": int(row["securities_lending_shares"]),
        "rqylje": None,
        "rzchl": None,
        "rzche": int(row["financing_repayments_cny"]),
        "rzmre": int(row["financing_purchases_cny"]),
        "rzrqjyzl": None,
        "rzye": int(row["financing_balance_cny"]),
        "securityAbbr": row["name"],
        "stockCode": row["code"][:6],
    }


def _shares(number: int, fund: Row) -> Row:
    return {
        "ETF_TYPE": "单市场ETF",
        "NUM": str(number),
        "SEC_CODE": fund["code"][:6],
        "SEC_NAME": fund["name"],
        "STAT_DATE": str(fund["trade_date"]),
        "TOT_VOL": f"{fund['fund_shares'] / 1e4:.2f}",
    }
