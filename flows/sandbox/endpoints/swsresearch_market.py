"""Shenwan's daily report on the market as a whole: its broad indices with P/E and P/B."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer, page
from flows.sandbox.market import appraisal
from flows.sandbox.registry import endpoint
from flows.sandbox.view import TOTALS, View

BROAD = {"801001": ("申万50", 0.6), "801003": ("申万A指", 1.0), "801005": ("申万创业", 2.1)}


@endpoint(
    "www.swsresearch.com",
    r"/institute-sw/api/index_analysis/index_analysis_report/",
    index_type="市场表征",
)
def shenwan_market_report(view: View, query: Query) -> Answer:
    """A page of index days: 801003 is all A-shares; per cent, 100 million CNY."""
    first, last = day_of(query["start_date"]), day_of(query["end_date"])
    days = appraisal.market_valuation(view.market.parameters.seed).filter(
        pl.col("trade_date").is_between(first, min(last, view.newest(TOTALS)))
    )
    rows = [_row(r, code) for r in days.to_dicts() for code in BROAD]
    shown = page(rows, int(query["page"]), int(query["page_size"]))
    return json_answer(shown, lambda shown: {"data": {"count": len(rows), "results": shown}})


def _row(row: Row, code: str) -> Row:
    name, dearer = BROAD[code]
    return {
        "swindexcode": code,
        "swindexname": name,
        "bargaindate": str(row["trade_date"]),
        "closeindex": 4000.0,
        "bargainamount": 1000.0,
        "markup": 0.4,
        "turnoverrate": 2.1,
        "pe": round(row["pe_weighted"] * dearer, 2),
        "pb": round(row["pb_weighted"] * dearer, 2),
        "meanprice": 14.2,
        "bargainsumrate": 100.0,
        "negotiablessharesum1": 8.0e5,
        "negotiablessharesum2": 150.0,
        "dp": 1.9,
    }
