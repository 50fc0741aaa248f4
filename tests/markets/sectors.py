"""Shenwan industries, of two levels, and theme boards, one of them by two publishers."""

from __future__ import annotations

import random
from datetime import date

import polars as pl

from tests.markets.drawing import bars, known, walk, with_range

PRICES = ["open", "high", "low", "close"]
MONEY = {"sector_daily": [*PRICES, "float_value_cny"], "board_daily": [*PRICES, "amount_cny"]}
TECHNOLOGY = ["801080.SW", "801750.SW", "801760.SW", "801770.SW"]
FIRST = [*TECHNOLOGY, "801120.SW", "801180.SW", "801780.SW", "801890.SW"]
YOUNG = FIRST[-1]
SECOND = ["801081.SW"]
BOARDS = [("人工智能", "THS"), ("人工智能", "Eastmoney"), ("半导体", "THS")]


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    return {"sector_daily": sectors(chance, days), "board_daily": boards(chance, days)}


def sectors(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Known on the next morning; the first level shares out the value traded in the market.

    One sector begins late, one has no row on one day, and two days have but two sectors.
    """
    code, day = pl.col("code"), pl.col("trade_date")
    whole_days = bars(chance, days, FIRST + SECOND, 0.0).filter(
        (code != YOUNG) | (day >= days[60]),
        (code != FIRST[1]) | (day != days[400]),
        code.is_in(FIRST[2:4]) | ~day.is_in([days[300], days[500]]),
    )
    drawn = with_range(chance, whole_days)
    first = code.is_in(FIRST)
    size = [1e11 * step for step in walk(chance, drawn.height, 50)]
    traded = pl.col("amount_cny")
    whole = pl.when(first).then(traded).sum().over("trade_date", order_by="code")
    return known(
        drawn.select(
            *("code", "trade_date"),
            *PRICES,
            level=pl.when(first).then(pl.lit("L1")).otherwise(pl.lit("L2")),
            pe=_drawn(chance, drawn.height, -50, 90),
            pb=_drawn(chance, drawn.height, 1, 9),
            dividend_yield=_drawn(chance, drawn.height, 0, 0.05),
            turnover_rate=_drawn(chance, drawn.height, 0, 0.1),
            amount_share=traded / whole,
            float_value_cny=pl.Series(size),
        ),
        "trade_date",
        24,
    )


def boards(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Bars of each board and publisher; Eastmoney stands in for the last months only."""
    publishers = {f"{board} {publisher}": (board, publisher) for board, publisher in BOARDS}
    drawn = with_range(chance, bars(chance, days, list(publishers), 0.01))
    named = drawn.select(
        *PRICES,
        "amount_cny",
        "known_at",
        "trade_date",
        volume_shares=pl.col("amount_cny") / 20,
        board=pl.col("code").str.split(" ").list.first(),
        publisher=pl.col("code").str.split(" ").list.last(),
    )
    stand_in = (pl.col("publisher") == "THS") | (pl.col("trade_date") >= days[-90])
    return named.filter(stand_in)


def _drawn(chance: random.Random, count: int, low: float, high: float) -> pl.Series:
    return pl.Series([chance.uniform(low, high) for _ in range(count)], dtype=pl.Float64)
