"""Trend of the series: distance from their means, the line through ln P, crossings (M04)."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Percentile, prepared
from transforms.formulas.expressions import bars_on_side, convexity, side_of, trend_fit, trend_slope
from transforms.prepared.indices import BROAD, LEADING
from transforms.prepared.series import WHOLE, measured

CLOSE, LEVEL = pl.col("close"), pl.col("level")
LENGTHS = (120, 250)
ANNUAL_SLOPE = pl.col("slope_120") * pl.col("bars_per_year")
FAST, SLOW = CLOSE.rolling_mean(50), CLOSE.rolling_mean(200)

trends = Group(unit="fraction", paper="M04")


@prepared
def trend_lines(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The straight lines through the last 120 and 250 ln P of each series, and the parabola.

    Columns slope_120 and slope_250 (per bar), r2_120 and r2_250, and convexity_120 of the parabola
    through the last 120 (H18), beside those of series_bars.
    """
    slopes = {f"slope_{bars}": trend_slope(LEVEL, bars).over("entity") for bars in LENGTHS}
    fits = {f"r2_{bars}": trend_fit(LEVEL, pl.col(f"slope_{bars}"), bars) for bars in LENGTHS}
    bent = convexity(LEVEL, LENGTHS[0]).over("entity")
    return series_bars.with_columns(**slopes, convexity_120=bent).with_columns(
        **{name: fit.over("entity") for name, fit in fits.items()}
    )


@trends.metric(window=50)
def close_vs_ma50(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / mean of the last 50 closes - 1."""
    return measured(series_bars, CLOSE / FAST - 1, 50)


@trends.metric(
    window=200,
    score=Percentile(),
    block="momentum/trend",
    weight=10,
    core=12,
    core_entities=BROAD,
    entities=LEADING,
)
def close_vs_ma200(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / mean of the last 200 closes - 1."""
    return measured(series_bars, CLOSE / SLOW - 1, 200)


@trends.metric(window=120)
def trend_slope_120d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """A × b of the least-squares line a + b t through the last 120 ln P, A = 243, New York 252."""
    return measured(trend_lines, ANNUAL_SLOPE, 120)


@trends.metric(unit="ratio", window=120)
def trend_r2_120d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """R² of the least-squares line through the last 120 ln P; none where nothing moved."""
    return measured(trend_lines, pl.col("r2_120"), 120)


@trends.metric(
    paper="M04; Clenow (2015)",
    window=120,
    score=Percentile(),
    block="momentum/trend",
    weight=10,
    core=12,
    core_entities=BROAD,
    entities=LEADING,
)
def trend_quality_120d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """Annual slope × R² of the line through the last 120 ln P."""
    return measured(trend_lines, ANNUAL_SLOPE * pl.col("r2_120"), 120)


@trends.metric(unit="count", window=WHOLE)
def bars_since_cross(series_bars: pl.DataFrame) -> pl.DataFrame:
    """± bars from the last crossing of the means of 50 and 200 closes, that day counted."""
    sided = series_bars.with_columns(side=side_of(FAST, SLOW).over("entity"))
    return measured(sided, bars_on_side(pl.col("side")), WHOLE)
