"""Eastmoney's bars: one address for all securities; the market stands before the code."""

from collections.abc import Callable
from datetime import date

import polars as pl

from flows.sandbox.endpoints.eastmoney import QUOTES
from flows.sandbox.formats.wire import Answer, Query, Row, json_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import HONG_KONG_BARS, View

Bars = Callable[[View, str], pl.DataFrame]

KLINES: dict[str, Bars] = {}


def klines(*prefixes: str) -> Callable[[Bars], Bars]:
    """Register the bars of securities whose secid begins so; the longest beginning wins.

    The function gets the view and the secid and gives the public bars, oldest first: trade_date,
    open, close, high, low, volume and amount in the units of the wire, previous_close, and
    turnover_percent where there is one.
    """

    def register(bars: Bars) -> Bars:
        KLINES.update(dict.fromkeys(prefixes, bars))
        return bars

    return register


@endpoint(QUOTES, r"/api/qt/stock/kline/get")
def eastmoney_bars(view: View, query: Query) -> Answer:
    """Daily bars of one security; `"data": null` if there is none."""
    secid = query["secid"]
    known = [prefix for prefix in KLINES if secid.startswith(prefix)]
    bars = KLINES[max(known, key=len)](view, secid).to_dicts() if known else []
    first, last = query.get("beg") or "0", query.get("end") or "20500000"
    wanted = query["fields2"].split(",")
    rows = [_bar(bar, wanted) for bar in bars if first <= f"{bar['trade_date']:%Y%m%d}" <= last]

    def wrap(rows: list[Row]) -> Row:
        lines = [",".join(str(v) for v in row.values()) for row in rows]
        market, _, code = secid.partition(".")
        head = {"code": code, "market": int(market), "name": code}
        return {"rc": 0, "data": {**head, "klines": lines} if rows else None}

    return json_answer(rows, wrap)


@klines("116.")
def hong_kong_bars(view: View, secid: str) -> pl.DataFrame:
    """Bars of a share listed in Hong Kong: shares and HKD."""
    bars = view.market.hong_kong_daily.filter(
        pl.col("code") == f"{secid.partition('.')[2]}.HK",
        pl.col("trade_date") <= view.newest(HONG_KONG_BARS),
    )
    return bars.with_columns(
        volume="volume_shares",
        amount="amount_hkd",
        previous_close=pl.col("close").shift(1).fill_null(pl.col("open")),
    )


def _bar(bar: Row, wanted: list[str]) -> Row:
    last, day = bar["previous_close"] or bar["open"], bar["trade_date"]
    assert isinstance(day, date)
    values = {
        "f51": str(day),
        **{f: bar[c] for f, c in zip(PRICES, ("open", "close", "high", "low"), strict=True)},
        "f56": int(bar["volume"]),
        "f57": round(bar["amount"], 2),
        "f58": round(100 * (bar["high"] - bar["low"]) / last, 2),
        "f59": round(100 * (bar["close"] / last - 1), 2),
        "f60": round(bar["close"] - last, 3),
        "f61": round(bar.get("turnover_percent") or 0.0, 2),
        **dict.fromkeys(("f62", "f63", "f64"), 0),
    }
    return {field: values[field] for field in wanted if field in values}  # f116 is never sent


PRICES = ("f52", "f53", "f54", "f55")
