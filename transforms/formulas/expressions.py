"""Shared polars expressions: every formula that two metrics need stands here, once.

Each expression describes ONE series sorted by day; apply it with `.over("entity")`.
Each looks at its own row and at rows before it, never at a row after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from transforms.formulas import rolling
from transforms.formulas.lookback import last_at_least

# A rolling sum adds and subtracts: the mean of equal prices may differ from them in the last bits.
ROUNDING = 1e-12
# Trading days of a year on the mainland, the mean of 2015 to 2025, and in New York (metrics.md
# 0.5).
SESSIONS_A_YEAR, SESSIONS_A_YEAR_US = 243, 252
DAYS_A_YEAR = 365.25
# What speaks of a record, or of the highest «since», needs a year of observations: in a series of
# five sessions every second one is a record.
MIN_RECORD_OBSERVATIONS = 250


def positive(value: pl.Expr) -> pl.Expr:
    """Whether a value is a number above 0; polars ranks NaN
    above every number, so > 0 lets it in.
    """
    return value.is_between(0, float("inf"), closed="none")


def one_bar_return(close: pl.Expr, previous_close: pl.Expr) -> pl.Expr:
    """Change from the ex-rights previous close, else from the row before; null on the first bar."""
    reference = pl.when(close.shift().is_not_null()).then(
        pl.coalesce(previous_close, close.shift())
    )
    return close / reference - 1


def trailing_return(value: pl.Expr, bars: int, skip: int = 0) -> pl.Expr:
    """Change between `bars` rows ago and `skip` rows ago, fraction."""
    return value.shift(skip) / value.shift(bars) - 1


def log_level(close: pl.Expr) -> pl.Expr:
    """ln(P(t) / P(first)): the unit of the price leaves no trace, not even in the last bits."""
    return (close / close.first()).log()


def volatility(change: pl.Expr, window: int, year: float = SESSIONS_A_YEAR) -> pl.Expr:
    """Standard deviation of `window` changes, per year; the changes are logarithms (H16)."""
    return change.rolling_std(window) * math.sqrt(year)


def ex_ante_volatility(change: pl.Expr, year: float = 261, center: int = 60) -> pl.Expr:
    """Volatility per year that was known the day before, of exponentially weighted changes.

    Weights with their centre of mass `center` bars back, around a mean of the same weights.
    Source: Moskowitz, Ooi and Pedersen (2012); metrics.md M02.
    """
    return (change.ewm_std(com=center, bias=True, ignore_nulls=True) * math.sqrt(year)).shift()


def sharpe(change: pl.Expr, window: int, year: float = SESSIONS_A_YEAR) -> pl.Expr:
    """Mean over standard deviation of `window` changes, per year, nothing deducted for cash.

    Null where nothing moved.
    """
    spread = change.rolling_std(window)
    return pl.when(spread > ROUNDING).then(change.rolling_mean(window) / spread) * math.sqrt(year)


def sortino(change: pl.Expr, window: int, year: float = SESSIONS_A_YEAR) -> pl.Expr:
    """Mean over the root mean square of the falls of `window` changes, per year.

    Null where nothing fell. Source: Sortino and van der Meer (1991); all changes are counted in
    the denominator, rises as 0.
    """
    falls = _semideviation(change.clip(upper_bound=0.0), window)
    return pl.when(falls > ROUNDING).then(change.rolling_mean(window) / falls) * math.sqrt(year)


def upside_ratio(change: pl.Expr, window: int) -> pl.Expr:
    """Root mean square of the rises over that of the falls of `window` changes (H16).

    Null where nothing fell.
    """
    rises = _semideviation(change.clip(lower_bound=0.0), window)
    falls = _semideviation(change.clip(upper_bound=0.0), window)
    return pl.when(falls > ROUNDING).then(rises / falls)


def _semideviation(one_sided: pl.Expr, window: int) -> pl.Expr:
    return (one_sided**2).rolling_mean(window).sqrt()


def skewness(change: pl.Expr, window: int) -> pl.Expr:
    """Unbiased skewness g1 of `window` changes (H16); null where nothing moved."""
    moved = change.rolling_std(window) > ROUNDING
    return pl.when(moved).then(change.rolling_skew(window, bias=False))


def max_drawdown(close: pl.Expr, window: int) -> pl.Expr:
    """Largest fall from a high to a later low among the last `window` bars and this one, <= 0."""
    return _by_kernel(close, lambda path: rolling.deepest_fall(path, window + 1))


def trend_slope(level: pl.Expr, window: int) -> pl.Expr:
    """Slope per bar of the least-squares line through the last `window` log levels (M04)."""
    return _by_kernel(level, lambda path: rolling.slope(path, window))


def trend_fit(level: pl.Expr, slope: pl.Expr, window: int) -> pl.Expr:
    """R² of that line, 0 to 1, from its slope; null where nothing moved."""
    total = level.rolling_var(window) * (window - 1)
    explained = slope**2 * (window**3 - window) / 12
    return pl.when(total > ROUNDING).then((explained / total).clip(upper_bound=1.0))


def convexity(level: pl.Expr, window: int) -> pl.Expr:
    """The c of level = a + b τ + c τ², τ from -1 to 1 over `window` bars (H18)."""
    return _by_kernel(level, lambda path: rolling.convexity(path, window))


def convexity_t(level: pl.Expr, window: int) -> pl.Expr:
    """Newey and West's t of that c, window / 10 lags; null where the fit is exact."""
    return _by_kernel(level, lambda path: rolling.convexity_t(path, window))


def variance_ratios(level: pl.Expr, horizon: int, window: int) -> pl.Expr:
    """Lo and MacKinlay's variance ratio of `window` changes of the log level and its z, a struct.

    Fields ratio and z, the z robust to changing variance (M16).
    """

    def kernel(values: pl.Series) -> pl.Series:
        found = rolling.variance_ratio(values.to_numpy(), horizon, window)
        both = dict(zip(("ratio", "z"), found, strict=True))
        return pl.DataFrame(both, nan_to_null=True).to_struct()

    fields = pl.Struct({"ratio": pl.Float64, "z": pl.Float64})
    return level.map_batches(kernel, return_dtype=fields)


def _by_kernel(series: pl.Expr, kernel: Callable[[rolling.Floats], rolling.Floats]) -> pl.Expr:
    """What a kernel of numpy finds in the whole series; its NaN become null."""
    return series.map_batches(
        lambda values: pl.Series(kernel(values.to_numpy()), nan_to_null=True),
        return_dtype=pl.Float64,
    )


def bars_since_as_high(value: pl.Expr) -> pl.Expr:
    """Bars since the last earlier value at least as high; null where there is none (metrics.md
    0.9).
    """

    def kernel(values: rolling.Floats) -> rolling.Floats:
        last = last_at_least(values)
        return np.where(last >= 0, np.arange(values.size) - last, np.nan)

    return _by_kernel(value, kernel)


def side_of(fast: pl.Expr, slow: pl.Expr) -> pl.Expr:
    """1 while `fast` is above `slow`, -1 below it; where they are equal, the side before."""
    gap = fast / slow - 1
    return pl.when(gap.abs() > ROUNDING).then(gap.sign()).forward_fill()


def bars_on_side(side: pl.Expr) -> pl.Expr:
    """Bars since the side last changed, with its sign; 1 on that day, null before the first one."""
    bar = observations()
    crossed = pl.when(side * side.shift() < 0).then(bar).forward_fill()
    return side * (bar - crossed + 1)


def run_up(close: pl.Expr, window: int) -> pl.Expr:
    """Rise above the lowest close of the last `window` bars and this one, fraction (H17)."""
    return close / close.rolling_min(window + 1) - 1


def drawdown(close: pl.Expr, window: int) -> pl.Expr:
    """Fall below the highest close of the last `window` bars and this one, fraction <= 0."""
    return close / close.rolling_max(window + 1) - 1


def latest_known(window: int) -> pl.Expr:
    """When the last of the inputs within `window` rows became known, naive UTC."""
    return pl.col("known_at").rolling_max(window, min_samples=1)


def observations() -> pl.Expr:
    """How many observations the series has up to and with this row."""
    return pl.int_range(1, pl.len() + 1, dtype=pl.Int64)


def has_record() -> pl.Expr:
    """Whether the series is long enough up to this row to speak of a record, or of «since»."""
    return observations() >= MIN_RECORD_OBSERVATIONS


def comparable(value: pl.Expr) -> pl.Expr:
    """A value as it is ranked, to 12 significant digits.

    What is equal but for the last bits is equal: those differ from one processor to the next.
    """
    return value.round_sig_figs(12)


def mid_rank_percentile(value: pl.Expr, height: int) -> pl.Expr:
    """Share of the values so far that lie below, ties counted half, 0-100 (metrics.md 0.9).

    `height` is any number not smaller than the longest series: the window never drops a value.
    """
    rank = comparable(value).rolling_rank(max(height, 1), "average", min_samples=1)
    return 100 * (rank - 0.5) / observations()


def five_year_percentile(value: pl.Expr, day: pl.Expr, minimum: int) -> pl.Expr:
    """mid_rank_percentile among the values of the five years up to the day, of `minimum` or more.

    Where it departs by over 25 points from that of the whole history, the regime has changed and
    both are shown (metrics.md 0.9).
    """
    return trailing_percentile(value, day, "5y", minimum)


def trailing_percentile(value: pl.Expr, day: pl.Expr, span: str, minimum: int) -> pl.Expr:
    """mid_rank_percentile among the values of a span ("10y") up
    to the day, of `minimum` or more.
    """
    rank = comparable(value).rolling_rank_by(day, span, "average", min_samples=minimum)
    counted = (value * 0 + 1).rolling_sum_by(day, span)
    return 100 * (rank - 0.5) / counted


def piecewise(value: pl.Expr, anchors: Sequence[tuple[float, float]]) -> pl.Expr:
    """Straight lines through the (value, score) anchors, flat outside them (metrics.md 0.9)."""
    inside = pl.lit(None, pl.Float64)
    for (x0, y0), (x1, y1) in pairwise(anchors):
        line = y0 + (value - x0) * ((y1 - y0) / (x1 - x0))
        inside = pl.when(value.is_between(x0, x1)).then(line).otherwise(inside)
    (first, lowest), (last, highest) = anchors[0], anchors[-1]
    below = pl.when(value < first).then(float(lowest))
    return below.when(value > last).then(float(highest)).otherwise(inside)
