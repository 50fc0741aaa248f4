"""Bars of indices as Tencent, China Securities Index and the Shenzhen index company publish them.

Tencent's column «amount» is a volume in 手; the two companies give turnover in 亿元 and volume in
万手.
"""

from __future__ import annotations

import polars as pl

from warehouse.catalog import Call, Plausibility, Request, Source
from warehouse.contract import Bounds
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number, sina_symbol
from warehouse.units import LOT, WAN, YI

LEVEL: Bounds = {"min": 1, "max": 1e6}
CONVERSION = LOT * WAN  # 万手 → shares
OHLC = frozenset({"date", "open", "high", "low", "close"})
PLAUSIBILITY = Plausibility(level="close", moves=True)


def spell(frame: pl.DataFrame, call: Call, **columns: pl.Expr) -> pl.DataFrame:
    return frame.select(code=pl.lit(call.label), **columns).filter(
        pl.col("trade_date").is_in(list(call.days))
    )


def bars(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    prices = {c: number(c) for c in ("open", "high", "low", "close")}
    return spell(answer, call, trade_date=published_day("date"), **prices)


def tencent(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    prices = {c: number(c) for c in ("open", "high", "low", "close")}
    volume = number("amount", LOT)
    return spell(answer, call, trade_date=published_day("date"), **prices, volume_shares=volume)


def official(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """CSI's and the Shenzhen index company's tables differ only in how they name the columns."""
    answer = without_copied_start(answer, call)
    suffix = "价" if "收盘价" in answer.columns else ""
    amount = "成交额" if suffix else "成交金额"
    return spell(
        answer,
        call,
        trade_date=published_day("日期"),
        open=number(f"开盘{suffix}"),
        high=number(f"最高{suffix}"),
        low=number(f"最低{suffix}"),
        close=number(f"收盘{suffix}"),
        volume_shares=number("成交量", CONVERSION),
        amount_cny=number(amount, YI),
    )


def without_copied_start(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The answer without a first row that copies the first real bar at the start of the span.

    So are spans answered that begin before the index does. Days are missing behind that row; a copy
    on the very next trading day is the page of the day before, which others refuse.
    """
    rows = answer.sort("日期")
    if rows.height < 2 or rows.drop("日期").row(0) != rows.drop("日期").row(1):
        return rows
    first, second = rows.select(published_day("日期"))["日期"][:2]
    return rows[1:] if any(first < day < second for day in call.days) else rows


def span(request: Request) -> dict[str, str]:
    return {"start_date": f"{request.first:%Y%m%d}", "end_date": f"{request.last:%Y%m%d}"}


def tencent_calls(request: Request) -> list[Call]:
    function, dates = "stock_zh_index_daily_tx", span(request)
    return [
        Call(function, {"symbol": sina_symbol(c), **dates}, request.days, c) for c in request.codes
    ]


def official_calls(request: Request) -> list[Call]:
    """One dated call per index; Shenzhen's indices are at their own company."""
    functions = {"SZ": "index_hist_cni"}
    named = [(c, *c.split(".")) for c in request.codes]
    return [
        Call(
            functions.get(exchange, "stock_zh_index_hist_csindex"),
            {"symbol": symbol, **span(request)},
            request.days,
            label=c,
        )
        for c, symbol, exchange in named
    ]


TENCENT = Source(
    "Tencent",
    "proxy.finance.qq.com",
    OHLC | {"amount"},
    tencent_calls,
    tencent,
    plausibility=PLAUSIBILITY,
)
CSI_AND_CNI = Source(
    "CSI, CNI",
    "www.csindex.com.cn",
    frozenset({"日期"}),
    official_calls,
    official,
    plausibility=PLAUSIBILITY,
)
