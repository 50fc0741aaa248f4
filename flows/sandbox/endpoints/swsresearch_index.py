"""Shenwan's industry indices: bars of one index, and the daily table of all indices of a level."""

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, day_of, json_answer, page
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

HOST = "www.swsresearch.com"
REPORT = r"/institute-sw/api/index_analysis/index_analysis_report/"


@endpoint(HOST, r"/institute-sw/api/index_publish/trend/", period="DAY")
def shenwan_index_history(view: View, query: Query) -> Answer:
    """All bars of an index: 100 million shares and CNY."""
    bars = view.sectors.filter(pl.col("code") == query["swindexcode"]).sort("trade_date")
    return json_answer([_trend(bar) for bar in bars.to_dicts()], lambda rows: {"data": rows})


@endpoint(HOST, REPORT, index_type="一级行业")
def shenwan_first_level(view: View, query: Query) -> Answer:
    """A page of the industries between two days."""
    return _analysis(view, query)


@endpoint(HOST, REPORT, index_type="二级行业")
def shenwan_second_level(view: View, query: Query) -> Answer:
    """A page of the parts of industries between two days."""
    return _analysis(view, query)


def _analysis(view: View, query: Query) -> Answer:
    """Newest first: 100 million shares and CNY, per cent."""
    between = pl.col("trade_date").is_between(
        day_of(query["start_date"]), day_of(query["end_date"])
    )
    table = view.sectors.filter(between, pl.col("level") == query["index_type"])
    rows = [_row(r) for r in table.sort("trade_date", "code", descending=[True, False]).to_dicts()]
    shown = page(rows, int(query["page"]), int(query["page_size"]))
    return json_answer(
        shown, lambda shown: {"code": "200", "data": {"count": len(rows), "results": shown}}
    )


def _trend(bar: Row) -> Row:
    return {
        "swindexcode": bar["code"],
        "bargaindate": str(bar["trade_date"]),
        "openindex": bar["open"],
        "maxindex": bar["high"],
        "minindex": bar["low"],
        "closeindex": bar["close"],
        "hike": 0.0,
        "markup": round(100 * bar["change"], 2),
        "bargainamount": round(bar["volume_shares"] / 1e8, 2),
        "bargainsum": round(bar["amount_cny"] / 1e8, 2),
    }


def _row(row: Row) -> Row:
    return {
        "swindexcode": row["code"],
        "swindexname": row["name"],
        "bargaindate": str(row["trade_date"]),
        "closeindex": row["close"],
        "bargainamount": round(row["volume_shares"] / 1e8, 2),
        "markup": round(100 * row["change"], 2),
        "turnoverrate": round(100 * row["turnover_rate"], 2),
        "pe": row["pe"],
        "pb": row["pb"],
        "meanprice": row["mean_price_cny"],
        "bargainsumrate": round(100 * row["amount_share"], 2),
        "negotiablessharesum1": round(row["float_value_cny"] / 1e8, 2),
        "negotiablessharesum2": round(row["mean_float_value_cny"] / 1e8, 2),
        "dp": round(100 * row["dividend_yield"], 2),
    }
