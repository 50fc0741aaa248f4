"""Which days of a list are whole: a day with far fewer codes than the days before it is cut off.

Half of the shares of a day can rise while the other half, which is missing, falls. Such a day stays
in the warehouse and is left out of whatever counts across shares.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import polars as pl

from transforms.formulas.stock_arrays import Array

# Suspensions take 1–2 % of the shares. In July 2015 they took half: then too, what traded was not
# the market, and breadth has no value.
WHOLE = 0.8  # of the fullest of the last 20 whole days
FULL = 20
FEWEST = 20  # codes of a list that is judged: of fewer, some may be missing


def whole(counts: Array, least: float = WHOLE, fewest: int = FEWEST) -> Array:
    """Which of the days, in order, are whole; days that are not are no measure for later ones."""
    found = np.ones(len(counts), dtype=np.bool_)
    recent: deque[int] = deque(maxlen=FULL)
    for day, count in enumerate(counts.tolist()):
        fullest = max(recent, default=0)
        if fullest >= fewest and count < least * fullest:
            found[day] = False
        else:
            recent.append(count)
    return found


def partial_days(rows: pl.DataFrame) -> pl.DataFrame:
    """The days of a list that are not whole: trade_date, codes, usual (the fullest before)."""
    days = rows.group_by("trade_date").agg(codes=pl.len()).sort("trade_date")
    is_whole = pl.Series(whole(days["codes"].to_numpy()))
    usual = pl.when(is_whole).then("codes").rolling_max(FULL, min_samples=1).forward_fill()
    return days.with_columns(usual=usual).filter(~is_whole)


def on_whole_days(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of days that are whole; the frame itself where all are."""
    partial = partial_days(rows)["trade_date"]
    return rows.filter(~pl.col("trade_date").is_in(partial.implode())) if len(partial) else rows
