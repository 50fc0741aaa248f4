"""Eastmoney: the quote list of all stocks, and how its data centre writes a report."""

import re
from collections.abc import Iterable
from datetime import date

import polars as pl

from flows.sandbox.formats.wire import Answer, Query, Row, json_answer, page
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

QUOTES = "*push2*.eastmoney.com"  # NN.push2, push2 and push2delay
CENTER = "datacenter-web.eastmoney.com"
F10 = "datacenter.eastmoney.com"
REPORT = r"/api/data/v1/get"
ALL_STOCKS = "m:0 t:6,m:0 t:80,m:1 t:2,m:1 t:23,m:0 t:81 s:2048"
MOST_QUOTES = 100  # per page, whatever the caller asks for


@endpoint(QUOTES, r"/api/qt/clist/get", fs=ALL_STOCKS)
def eastmoney_stock_quotes(view: View, query: Query) -> Answer:
    """A page of all stocks, highest code first: lots of 100 shares, CNY, %; suspended: "-"."""
    stocks = view.snapshot.sort(pl.col("code").str.slice(0, 6), descending=True)
    size = min(int(query["pz"]), MOST_QUOTES)
    wanted = stocks.slice((int(query["pn"]) - 1) * size, size)
    rows = [_quote(stock) for stock in wanted.to_dicts()]

    def wrap(rows: list[Row]) -> Row:
        return {"rc": 0, "data": {"total": len(stocks), "diff": rows} if rows else None}

    return json_answer(rows, wrap)


def _report(rows: list[Row], query: Query) -> Answer:
    """A page of a data-centre report; nothing at all is `"result": null`."""
    size = int(query.get("pageSize") or max(len(rows), 1))
    pages = -(-len(rows) // size)

    def wrap(shown: list[Row]) -> Row:
        result = {"pages": pages, "data": shown, "count": len(rows)} if shown else None
        return {"version": "0", "result": result, "success": bool(shown), "code": 0}

    return json_answer(page(rows, int(query.get("pageNumber") or 1), size), wrap)


def _filtered(text: str, column: str) -> str:
    found = re.search(rf'{column}="([^"]*)"', text)
    return found.group(1) if found else ""


def _quote(stock: Row) -> Row:
    """Keys in ascending order, as the upstream sends them."""
    last, close = stock["previous_close"], stock["close"]
    if close is None:
        seen: list[object] = ["-"] * 6 + [0]
    else:
        change, swing = close - last, stock["high"] - stock["low"]
        seen = [close, _percent(change, last), round(change, 2), int(stock["volume_shares"] / 100)]
        seen += [stock["amount_cny"], _percent(swing, last)]
        seen += [_percent(stock["volume_shares"], stock["float_shares"])]
    prices = [stock[k] if close is not None else "-" for k in ("high", "low", "open")]
    shanghai = int(stock["exchange"] == "SSE")
    return {
        **_numbered((1, 2, 3, 4, 5, 6, 7, 8), [2, *seen]),
        **_numbered((9, 10, 11), [30.0, 1.0, 0.0]),
        **_numbered((12, 13, 14), [stock["code"][:6], shanghai, stock["name"]]),
        **_numbered((15, 16, 17, 18), [*prices, last]),
        **_numbered((20, 21), [round(last * stock[c]) for c in ("shares", "float_shares")]),
        **_numbered((22, 23, 24, 25, 62), [0.0, 3.0, 0.0, 0.0, 0.0]),
        **_numbered((115, 128, 136, 140, 141, 152), [30.0, "-", "-", "-", "-", 2]),
    }


def _numbered(numbers: Iterable[int], values: Iterable[object]) -> Row:
    return {f"f{n}": value for n, value in zip(numbers, values, strict=True)}


def _percent(part: float, whole: float) -> float:
    return round(100.0 * part / whole, 2)


def _midnight(day: date) -> str:
    return f"{day} 00:00:00"
