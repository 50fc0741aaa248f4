"""Margin summaries as the three exchanges publish them: the same column in 元, 亿元 and 万元."""

from __future__ import annotations

from datetime import date

import polars as pl

from warehouse.catalog import Call, Plausibility, Reader, Request, Source
from warehouse.readers.calls import per_day
from warehouse.readers.text import adding_up, number
from warehouse.readers.text import day as published_day
from warehouse.units import WAN, YI

FIVE_YEARS = 5 * 365  # Shanghai cuts an answer at 2,000 rows without saying so
TOTAL = "融资融券余额"
COLUMNS = frozenset({"融资余额", "融资买入额", TOTAL})
PLAUSIBILITY = Plausibility(level="financing_balance_cny", moves=True)


def spans(request: Request) -> list[Call]:
    """Shanghai answers a span of days; five years at a time stay under its row cap."""
    periods: dict[int, list[date]] = {}
    for wanted in request.days:
        periods.setdefault((wanted - request.first).days // FIVE_YEARS, []).append(wanted)
    return [
        Call(
            "stock_margin_sse",
            {"start_date": f"{c[0]:%Y%m%d}", "end_date": f"{c[-1]:%Y%m%d}"},
            tuple(c),
            label="SSE",
        )
        for c in periods.values()
    ]


def dated(column: str, form: str, lending: str) -> Reader:
    """Reader of an answer that dates its own rows, in yuan."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        rows = adding_up(answer, TOTAL, ("融资余额", lending)).select(
            exchange=pl.lit(call.label),
            trade_date=published_day(column, form),
            financing_balance_cny=number("融资余额"),
            financing_purchases_cny=number("融资买入额"),
            securities_lending_balance_cny=number(lending),
        )
        return rows.filter(pl.col("trade_date").is_in(list(call.days)))

    return read


def undated(multiple: float) -> Reader:
    """Reader of an answer for the one day that was asked for, in multiples of a yuan."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        return adding_up(answer, TOTAL, ("融资余额", "融券余额")).select(
            exchange=pl.lit(call.label),
            trade_date=pl.lit(call.days[0]),
            financing_balance_cny=number("融资余额", multiple),
            financing_purchases_cny=number("融资买入额", multiple),
            securities_lending_balance_cny=number("融券余额", multiple),
        )

    return read


SSE = Source(
    "SSE",
    "query.sse.com.cn",
    COLUMNS | {"信用交易日期"},
    spans,
    dated("信用交易日期", "%Y%m%d", "融券余量金额"),
    plausibility=PLAUSIBILITY,
)
SZSE = Source(
    "SZSE",
    "www.szse.cn",
    COLUMNS,
    per_day("stock_margin_szse", "SZSE"),
    undated(YI),
    plausibility=PLAUSIBILITY,
)
BSE = Source(
    "BSE",
    "www.bse.cn",
    COLUMNS,
    per_day("stock_margin_bse", "BSE"),
    undated(WAN),
    plausibility=PLAUSIBILITY,
)
