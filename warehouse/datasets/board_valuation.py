"""What the shares of each board cost: average P/E and P/B.

Of Shanghai, Shenzhen and ChiNext the P/E history has month ends and the newest day, of STAR every
day, under column names of its own. Where legulegu fails, Shanghai's exchange says its average P/E.
"""

from __future__ import annotations

from datetime import date, time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import FOUR_WEEKLY, Snapshot
from warehouse.catalog import (
    Asker,
    Call,
    Chain,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Table, choice, day, measure
from warehouse.readers.dated_lists import A_WEEK, up_to_date
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number, only
from warehouse.units import Unit

# Boards in legulegu's spelling; 科创版 is its own.
BOARDS = {"Shanghai": "上证", "Shenzhen": "深证", "ChiNext": "创业板", "STAR": "科创版"}
ON_SSE = {"Shanghai": "股票", "STAR": "科创板"}


class BoardValuation(Table):
    """Price ratios of the boards; the dates are month ends and the days of collection."""

    board = choice("Board", list(BOARDS), key=True)
    trade_date = day("Trading day", key=True)
    pe_weighted = measure(
        "Average P/E as the exchange computes it: market value to earnings",
        Unit.RATIO,
        min=3,
        max=500,
    )
    pb_weighted = measure("Market value to book value", Unit.RATIO, nullable=True, min=0.3, max=50)
    pb_mean = measure(
        "Mean of the shares' price to book value", Unit.RATIO, nullable=True, min=0.3, max=80
    )
    pb_median = measure(
        "Median of the shares' price to book value", Unit.RATIO, nullable=True, min=0.3, max=80
    )

    @dy.rule()
    def pb_weighted_is_less_than_pe(cls) -> pl.Expr:
        """P/B is far under P/E; else columns were mixed up."""
        return (pl.col("pb_weighted") < pl.col("pe_weighted")).fill_null(value=True)


def pages(board: str) -> Asker:
    """The two pages of a board, each with its whole history."""
    functions = ("stock_market_pe_lg", "stock_market_pb_lg")
    return lambda request: [
        Call(function, {"symbol": BOARDS[board]}, request.days, board) for function in functions
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    dated = {"board": pl.lit(call.label), "trade_date": published_day("日期")}
    if call.function == "stock_market_pb_lg":
        rows = answer.select(
            **dated,
            pb_weighted=number("市净率"),
            pb_mean=number("等权市净率"),
            pb_median=number("市净率中位数"),
        )
    else:
        earnings = "市盈率" if call.label == "STAR" else "平均市盈率"
        rows = answer.select(**dated, pe_weighted=number(earnings))
    known = rows.drop_nulls([c for c in ("pe_weighted", "pb_weighted") if c in rows.columns])
    return up_to_date(known, "trade_date", max(call.days) - A_WEEK)


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """P/E with the P/B of the same day; days without a P/E have no row."""
    if not {"pe_weighted", "pb_weighted"}.issubset(rows.columns):
        return rows.clear()
    joined = rows.group_by("board", "trade_date", maintain_order=True).agg(
        pl.all().drop_nulls().first()
    )
    return joined.filter(pl.col("pe_weighted").is_not_null())


def exchange_table(board: str) -> Asker:
    """Shanghai's table of the newest day."""

    def calls(request: Request) -> list[Call]:
        newest: date = request.last
        return [Call("stock_sse_deal_daily", {"date": f"{newest:%Y%m%d}"}, (newest,), board)]

    return calls


def read_exchange(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    ratio = only(answer, "单日情况", "平均市盈率").select(number(ON_SSE[call.label])).item()
    return pl.DataFrame(
        {"board": call.label, "trade_date": call.days[0], "pe_weighted": ratio},
        schema_overrides={"pe_weighted": pl.Float64},
    )


PLAUSIBILITY = Plausibility(level="pe_weighted", steady=True)


def chain(board: str) -> Chain:
    legulegu = Source(
        "legulegu", "legulegu.com", frozenset({"日期"}), pages(board), read, combine, whole=True,
        plausibility=PLAUSIBILITY,
    )  # fmt: skip
    exchange = Source(
        "SSE",
        "query.sse.com.cn",
        frozenset({"单日情况", "股票", "科创板"}),
        exchange_table(board),
        read_exchange,
        plausibility=Plausibility(level="pe_weighted"),
    )
    return Chain(board, (legulegu, exchange) if board in ON_SSE else (legulegu,))


DATASET = Dataset(
    name="board_valuation",
    label="Valuation of the boards",
    grain="one row per board and month end, and per board and day of collection",
    contract=BoardValuation,
    publication=Publication("trade_date", time(18, 0)),
    # asked for every four weeks, and once in vain
    cadence=Snapshot(FOUR_WEEKLY, late_after=timedelta(days=60)),
    chains=tuple(chain(board) for board in BOARDS),
    trading_day="trade_date",
    figures=(
        Figure("pe_weighted", near=2, typical=(5, 200)),
        Figure("pb_weighted", near=2, typical=(0.5, 20)),
        Figure("pb_mean", near=2, typical=(0.5, 30)),
        Figure("pb_median", near=2, typical=(0.5, 30)),
    ),
)
