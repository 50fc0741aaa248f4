"""Eastmoney's minutes of the last five days, and the list that tells its indices' markets."""

import polars as pl

from flows.sandbox.endpoints.eastmoney import MOST_QUOTES, QUOTES
from flows.sandbox.endpoints.eastmoney_indices import LOT, SUFFIXES
from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, page
from flows.sandbox.market.indices import RULES
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

MARKETS = {"SH": 1, "SZ": 0, "CSI": 2}


@endpoint(QUOTES, r"/api/qt/stock/trends2/get")
def eastmoney_minutes(view: View, query: Query) -> Answer:
    """Lots of 100 shares and CNY, the auction as 09:30; days before the newest have no opening
    prices.
    """
    market, _, number = query["secid"].partition(".")
    code = f"{number}.{SUFFIXES.get(market, '')}"
    days = view.minutes(code, int(query["ndays"]))
    rows = [row for bars in days for row in _day(bars, view.digits(code), newest=bars is days[-1])]

    def wrap(rows: list[Row]) -> Row:
        lines = [",".join(row.values()) for row in rows]
        return {"rc": 0, "data": {"code": number, "trends": lines} if rows else None}

    return json_answer(rows, wrap)


@endpoint(QUOTES, r"/api/qt/clist/get", fs="b:MK0010,m:1+t:1,m:0 t:5,m:1+s:3,m:0+t:5,m:2")
def eastmoney_index_markets(_view: View, query: Query) -> Answer:
    """A page of the mainland's indices, each with the number of its market."""
    codes = [rule.code.split(".") for rule in RULES if rule.code.split(".")[1] in MARKETS]
    listed: list[Row] = [{"f3": 0.0, "f12": c, "f13": MARKETS[of]} for c, of in codes]
    rows = page(listed, int(query["pn"]), min(int(query["pz"]), MOST_QUOTES))
    return json_answer(rows, lambda rows: {"data": {"total": len(listed), "diff": rows}})


def _day(bars: pl.DataFrame, digits: int, *, newest: bool) -> list[Row]:
    average = pl.col("amount_cny").cum_sum() / pl.col("volume_shares").cum_sum()
    return [
        {
            "f51": f"{bar['trade_date']} {bar['minute'] // 60:02}:{bar['minute'] % 60:02}",
            "f52": f"{bar['open'] if newest else 0.0:.{digits}f}",
            **{
                f: f"{bar[name]:.{digits}f}"
                for f, name in zip(("f53", "f54", "f55"), ("close", "high", "low"), strict=True)
            },
            "f56": f"{bar['volume_shares'] / LOT:.0f}",
            "f57": f"{bar['amount_cny']:.2f}",
            "f58": f"{bar['average']:.3f}",
        }
        for bar in bars.with_columns(average=average.fill_nan(0.0)).iter_rows(named=True)
    ]
