"""Backward adjustment factors: what dividends and splits have added to a share's price since its
listing.

A price times the factor in force on its day is comparable with all other days so treated. The bars
that a quote page gives carry the exchange's ex-rights previous close, which says the same for one
day. Factors are needed for bars without it. So a collection asks for shares whose previous close
has broken the chain since the factors were last seen, a back-fill for those with bars that lack it.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import PerShare
from warehouse.catalog import Call, Chain, Dataset, Publication, Request, Source
from warehouse.contract import Table, day, measure, share_code
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number, sina_symbol
from warehouse.units import Unit


class AdjustmentFactor(Table):
    """Cumulative factors of A-shares by ex-rights day; each holds until the next one."""

    code = share_code("Code with exchange suffix", key=True)
    ex_date = day("Day from which it holds; 1900-01-01: from the listing", key=True)
    factor = measure("Multiplies prices from that day on", Unit.RATIO, min=0.01, max=1e4)

    @dy.rule()
    def factor_is_one_at_first(cls) -> pl.Expr:
        """Before the first ex-rights day prices are as traded."""
        return (pl.col("ex_date") >= pl.date(1990, 1, 1)) | (pl.col("factor") == 1.0)


def ask(request: Request) -> list[Call]:
    return [
        Call("stock_zh_a_daily", {"symbol": sina_symbol(c), "adjust": "hfq-factor"}, label=c)
        for c in request.codes
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return answer.select(
        code=pl.lit(call.label), ex_date=published_day("date"), factor=number("hfq_factor")
    )


# Shares whose stated previous close is not the close before, on days of the last three weeks for
# which no factor is there. Where the warehouse itself lacks days between, the chain proves nothing.
BROKEN = """
    WITH bars AS (
        SELECT code, trade_date, previous_close,
            lag(close) OVER share AS close_before, lag(trade_date) OVER share AS day_before
        FROM core.stock_daily
        WHERE trade_date > (SELECT max(trade_date) - INTERVAL 60 DAY FROM core.stock_daily)
        WINDOW share AS (PARTITION BY code ORDER BY trade_date)
    ), sizes AS (SELECT trade_date, count(*) AS shares FROM bars GROUP BY trade_date),
    held AS (
        SELECT trade_date FROM sizes WHERE shares > (SELECT max(shares) FROM sizes) / 2
    ), days AS (
        SELECT c.trade_date, count(*) OVER earlier - count(h.trade_date) OVER earlier AS absent
        FROM core.trade_calendar c LEFT JOIN held h USING (trade_date)
        WINDOW earlier AS (ORDER BY c.trade_date)
    )
    SELECT DISTINCT b.code FROM bars b
    JOIN days d USING (trade_date) JOIN days p ON p.trade_date = b.day_before
    WHERE b.trade_date > (SELECT max(trade_date) - INTERVAL 21 DAY FROM core.stock_daily)
    AND abs(b.previous_close - b.close_before) > 0.004 AND d.absent = p.absent
    AND NOT EXISTS (
        FROM core.adjustment_factor f
        WHERE f.code = b.code AND f.ex_date > b.day_before AND f.ex_date <= b.trade_date
    )
"""
# Shares with bars that carry no previous close, newer than the last answer about the share.
UNCHAINED = """
    WITH bars AS (
        SELECT code, max(trade_date) AS newest FROM core.stock_daily
        WHERE previous_close IS NULL GROUP BY code
    ), requested AS (
        SELECT regexp_extract(arguments, '(sh|sz|bj)[0-9]{6}') AS symbol,
            max(fetched_at) AS at
        FROM raw.answer WHERE dataset = 'adjustment_factor' GROUP BY symbol
    )
    SELECT b.code FROM bars b
    LEFT JOIN requested a ON a.symbol = lower(right(b.code, 2)) || left(b.code, 6)
    WHERE a.at IS NULL OR a.at::DATE < b.newest
"""
SINA = Source("Sina", "finance.sina.com.cn", frozenset({"date", "hfq_factor"}), ask, read)

DATASET = Dataset(
    name="adjustment_factor",
    label="Adjustment factors",
    grain="one row per share and ex-rights day",
    contract=AdjustmentFactor,
    publication=Publication("ex_date", time(9, 15)),
    cadence=PerShare(BROKEN, UNCHAINED),
    chains=(Chain("A", (SINA,)),),
)
