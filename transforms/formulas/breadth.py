"""Indicators of breadth as polars expressions over ONE series of days, in order.

Each looks at its own row and at rows before it. Days without a single riser or faller (null in) say
nothing (null out) and are passed over by the smoothing.
"""

from __future__ import annotations

import polars as pl

FAST, SLOW = 19, 39  # days of the McClellan oscillator's two means: 10 % and 5 %
THRUST_DAYS, THRUST_FROM, THRUST_TO = 10, 0.40, 0.615


def net_share(advances: pl.Expr, declines: pl.Expr) -> pl.Expr:
    """(A - D) / (A + D); null where nothing moved."""
    moved = advances + declines
    return pl.when(moved > 0).then((advances - declines) / moved)


def rising_share(advances: pl.Expr, declines: pl.Expr) -> pl.Expr:
    """A / (A + D); null where nothing moved."""
    moved = advances + declines
    return pl.when(moved > 0).then(advances / moved)


def seeded_ema(value: pl.Expr, days: int) -> pl.Expr:
    """Exponential mean with k = 2 / (days + 1) that starts as the plain mean of the first `days`
    values; null before these are there.
    """
    count = value.is_not_null().cum_sum()
    start = value.cum_sum() / days
    seeded = pl.when(count == days).then(start).when(count > days).then(value)
    smoothed = seeded.ewm_mean(span=days, adjust=False, ignore_nulls=True)
    return pl.when(value.is_not_null()).then(smoothed)


def mcclellan(advances: pl.Expr, declines: pl.Expr) -> pl.Expr:
    """McClellan oscillator, ratio-adjusted: EMA19 - EMA39 of 1000 (A - D) / (A + D).

    Both means start as plain means, so that the 39th day is the first with a value (StockCharts,
    TA-Lib). Source: Sherman and Marian McClellan (1970); metrics.md M08.
    """
    net = 1000 * net_share(advances, declines)
    return seeded_ema(net, FAST) - seeded_ema(net, SLOW)


def thrust(smoothed: pl.Expr) -> pl.Expr:
    """Zweig's breadth thrust: the smoothed share of risers is at 61.5 % or more and was under 40 %
    on one of the last 10 days, this one included; null before ten days are there (M09).
    """
    lowest = smoothed.rolling_min(THRUST_DAYS)
    return pl.when(lowest.is_not_null()).then((smoothed >= THRUST_TO) & (lowest < THRUST_FROM))
