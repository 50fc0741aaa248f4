"""Blow-offs of the series: rise from a low, convexity of the path, acceleration (H17, H18)."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Percentile
from transforms.formulas.expressions import (
    SESSIONS_A_YEAR,
    bars_since_as_high,
    convexity,
    convexity_t,
    has_record,
    run_up,
    trailing_return,
)
from transforms.formulas.stock_arrays import RUN_UP_WINDOW
from transforms.prepared.indices import BROAD, LEADING
from transforms.prepared.series import WHOLE, measured

CLOSE, LEVEL = pl.col("close"), pl.col("level")
RISE = run_up(CLOSE, RUN_UP_WINDOW)
ONE_YEAR, TWO_YEARS = SESSIONS_A_YEAR, 2 * SESSIONS_A_YEAR

run_ups = Group(unit="fraction", paper="H17")
convexities = Group(unit="ratio", paper="H18; Sornette (2003)")


@run_ups.metric(
    paper="H17; Greenwood, Shleifer and You (2019)",
    window=RUN_UP_WINDOW + 1,
    score=Percentile(),
    block="heat/technical",
    weight=20,
    core=15,
    core_entities=BROAD,
    entities=LEADING,
    version=2,
)
def series_runup_30d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / min(P(t-30), ..., P(t)) - 1, the lowest of 31 closes."""
    return measured(series_bars, RISE, RUN_UP_WINDOW + 1)


@run_ups.metric(window=RUN_UP_WINDOW + 1)
def return_30d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-30) - 1."""
    return measured(series_bars, trailing_return(CLOSE, bars=RUN_UP_WINDOW), RUN_UP_WINDOW + 1)


@run_ups.metric(unit="count", paper="H17; metrics.md 0.9", window=WHOLE, version=3)
def bars_since_runup_as_large(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Bars in t - max{s < t: U(s) >= U(t)}, U the rise above the lowest of 31 closes.

    None in the first 249 bars.
    """
    back = bars_since_as_high(RISE.fill_null(-1.0))
    return measured(series_bars, pl.when(has_record()).then(back), WHOLE)


@convexities.metric(window=120)
def convexity_120d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """The c of ln P = a + b τ + c τ² over the last 120 closes, τ from -1 to 1."""
    return measured(trend_lines, pl.col("convexity_120"), 120)


@convexities.metric(
    window=120, score=Percentile(), block="heat/technical", weight=20, entities=LEADING
)
def convexity_120d_rising(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """The c of ln P = a + b τ + c τ² over the last 120 closes, on days with b > 0 only."""
    advance = pl.when(pl.col("slope_120") > 0).then("convexity_120")
    return measured(trend_lines, advance, 120)


@convexities.metric(paper="H18; Newey and West (1987)", window=120)
def convexity_120d_t(series_bars: pl.DataFrame) -> pl.DataFrame:
    """That c over its Newey-West standard error, Bartlett weights, 12 lags."""
    return measured(series_bars, convexity_t(LEVEL, 120), 120)


@convexities.metric(window=60)
def convexity_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The c of ln P = a + b τ + c τ² over the last 60 closes, τ from -1 to 1."""
    return measured(series_bars, convexity(LEVEL, 60), 60)


@convexities.metric(window=250)
def convexity_250d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The c of ln P = a + b τ + c τ² over the last 250 closes, τ from -1 to 1."""
    return measured(series_bars, convexity(LEVEL, 250), 250)


@convexities.metric(
    unit="fraction", paper="H18; Greenwood, Shleifer and You (2019)", window=TWO_YEARS + 1
)
def acceleration_24m(series_bars: pl.DataFrame) -> pl.DataFrame:
    """R(24 months) - R(the first 12 of them) = (P(t) - P(t-243)) / P(t-486)."""
    whole = trailing_return(CLOSE, bars=TWO_YEARS)
    first = trailing_return(CLOSE, bars=TWO_YEARS, skip=ONE_YEAR)
    return measured(series_bars, whole - first, TWO_YEARS + 1)
