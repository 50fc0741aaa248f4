"""Shared polars expressions: every formula that two metrics need stands here, once.

Each expression describes ONE series sorted by day; apply it with `.over("entity")`.
Each looks at its own row and at rows before it, never at a row after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

# A rolling sum adds and subtracts: the mean of equal prices may differ from them in the last bits.
ROUNDING = 1e-12


def wilder_rsi(close: pl.Expr, window: int = 14) -> pl.Expr:
    """Wilder's relative strength index, index 0-100; null for the first `window` bars.

    The smoothed gain U and loss V start as the plain mean of the first `window` changes, then
    U = ((window - 1) * U + u) / window; RSI = 100 * U / (U + V). All rises give 100, all falls 0;
    a series that never moved is 0/0 and gives null. Source: Wilder (1978); metrics.md H01.
    """
    gain = _wilder_mean(close.diff().clip(lower_bound=0.0), window)
    loss = _wilder_mean((-close.diff()).clip(lower_bound=0.0), window)
    return pl.when(gain + loss > 0).then(100 * gain / (gain + loss))


def _wilder_mean(change: pl.Expr, window: int) -> pl.Expr:
    """Wilder's smoothed mean, seeded with the plain mean of the first `window` changes."""
    bar = pl.int_range(pl.len())
    seeded = (
        pl.when(bar == window).then(change.rolling_mean(window)).when(bar > window).then(change)
    )
    return seeded.ewm_mean(alpha=1 / window, adjust=False, ignore_nulls=True)


def adjusted_close(close: pl.Expr, previous_close: pl.Expr) -> pl.Expr:
    """Closes made comparable over time, in prices of the first bar (backward-cumulative, "hfq").

    A bar's factor is the close of the row before over the ex-rights previous close that the
    exchange states for the bar, 1 without a statement. Only past rows enter, so that a later
    dividend never rewrites history.
    """
    return close * (close.shift() / previous_close).fill_null(1.0).cum_prod()


def one_bar_return(close: pl.Expr, previous_close: pl.Expr) -> pl.Expr:
    """Change from the ex-rights previous close, else from the row before; null on the first bar."""
    reference = pl.when(close.shift().is_not_null()).then(
        pl.coalesce(previous_close, close.shift())
    )
    return close / reference - 1


def trailing_return(value: pl.Expr, bars: int, skip: int = 0) -> pl.Expr:
    """Change between `bars` rows ago and `skip` rows ago, fraction."""
    return value.shift(skip) / value.shift(bars) - 1


def run_up(close: pl.Expr, window: int) -> pl.Expr:
    """Rise above the lowest close of the last `window` bars and this one, fraction (H17)."""
    return close / close.rolling_min(window + 1) - 1


def drawdown(close: pl.Expr, window: int) -> pl.Expr:
    """Fall below the highest close of the last `window` bars and this one, fraction <= 0."""
    return close / close.rolling_max(window + 1) - 1


def above_mean(close: pl.Expr, window: int) -> pl.Expr:
    """Whether the close stands above its mean of `window` bars; null until there are so many."""
    return close > close.rolling_mean(window) * (1 + ROUNDING)


def latest_known(window: int) -> pl.Expr:
    """When the last of the inputs within `window` rows became known, naive UTC."""
    return pl.col("known_at").rolling_max(window, min_samples=1)


def observations() -> pl.Expr:
    """How many observations the series has up to and with this row."""
    return pl.int_range(1, pl.len() + 1, dtype=pl.Int64)


def mid_rank_percentile(value: pl.Expr, height: int) -> pl.Expr:
    """Share of the values so far that lie below, ties counted half, 0-100 (S-pct, metrics.md 0.9).

    `height` is any number not smaller than the longest series: the window never drops a value.
    """
    rank = value.rolling_rank(max(height, 1), "average", min_samples=1)
    return 100 * (rank - 0.5) / observations()


def five_year_percentile(value: pl.Expr, day: pl.Expr, minimum: int) -> pl.Expr:
    """mid_rank_percentile among the values of the five years up to the day, of `minimum` or more.

    Where it departs by over 25 points from that of the whole history, the regime has changed and
    both are shown (metrics.md 0.9).
    """
    rank = value.rolling_rank_by(day, "5y", "average", min_samples=minimum)
    counted = (value * 0 + 1).rolling_sum_by(day, "5y")
    return 100 * (rank - 0.5) / counted


def piecewise(value: pl.Expr, anchors: Sequence[tuple[float, float]]) -> pl.Expr:
    """Straight lines through the (value, score) anchors, flat outside them (S-anchor)."""
    inside = pl.lit(None, pl.Float64)
    for (x0, y0), (x1, y1) in pairwise(anchors):
        line = y0 + (value - x0) * ((y1 - y0) / (x1 - x0))
        inside = pl.when(value.is_between(x0, x1)).then(line).otherwise(inside)
    (first, lowest), (last, highest) = anchors[0], anchors[-1]
    below = pl.when(value < first).then(float(lowest))
    return below.when(value > last).then(float(highest)).otherwise(inside)
