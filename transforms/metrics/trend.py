"""Trend of the series: distance from their means, the line through ln P, crossings (M04)."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Percentile, metric, prepared
from transforms.formulas.expressions import bars_on_side, convexity, side_of, trend_fit, trend_slope
from transforms.metrics.price import LEADING
from transforms.prepared.series import WHOLE, measured

CLOSE, LEVEL = pl.col("close"), pl.col("level")
LENGTHS = (120, 250)
ANNUAL_SLOPE = pl.col("slope_120") * pl.col("bars_per_year")
FAST, SLOW = CLOSE.rolling_mean(50), CLOSE.rolling_mean(200)


@prepared("trend_lines", reads=("series_bars",))
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


@metric(
    "close_vs_ma50",
    unit="fraction",
    reads=("series_bars",),
    window=50,
    label="Distance from the 50-day mean",
    reading="Above +20% a rise is overheated rather than strong: Shanghai stood at +23.5% on "
    "2015-04-27 and +21.6% on 2024-10-08.",
    pitfall="It measures heat at its extremes and trend in between, so it enters neither axis.",
    paper="M04",
)
def close_vs_ma50(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / mean of the last 50 closes - 1."""
    return measured(series_bars, CLOSE / FAST - 1, 50)


@metric(
    "close_vs_ma200",
    unit="fraction",
    reads=("series_bars",),
    window=200,
    score=Percentile(),
    direction="momentum",
    block="momentum/trend",
    weight=0.5,
    entities=LEADING,
    label="Distance from the 200-day mean",
    reading="How far the index stands above its mean of 200 days; it includes the latest month.",
    pitfall="After a jump it is far above its mean without any trend.",
    paper="M04 trend",
)
def close_vs_ma200(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / mean of the last 200 closes - 1."""
    return measured(series_bars, CLOSE / SLOW - 1, 200)


@metric(
    "trend_slope_120d",
    unit="fraction",
    reads=("trend_lines",),
    window=120,
    label="Slope of the trend, 120 days",
    reading="Growth per year of the straight line through half a year of ln P.",
    pitfall="A line fits anything: read it with its R².",
    paper="M04",
)
def trend_slope_120d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """A × b of the least-squares line a + b t through the last 120 ln P, A = 243, New York 252."""
    return measured(trend_lines, ANNUAL_SLOPE, 120)


@metric(
    "trend_r2_120d",
    unit="ratio",
    reads=("trend_lines",),
    window=120,
    label="Fit of the trend, 120 days",
    reading="1 is a straight line in ln P, 0 no line at all.",
    pitfall="A steady fall fits as well as a steady rise.",
    paper="M04",
)
def trend_r2_120d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """R² of the least-squares line through the last 120 ln P; none where nothing moved."""
    return measured(trend_lines, pl.col("r2_120"), 120)


@metric(
    "trend_quality_120d",
    unit="fraction",
    reads=("trend_lines",),
    window=120,
    score=Percentile(),
    direction="momentum",
    block="momentum/trend",
    weight=0.5,
    entities=LEADING,
    label="Slope of the trend times its fit",
    reading="A steep and straight advance ranks highest; a jump counts little.",
    pitfall="A blow-off is steep and, for a while, straight as well.",
    paper="M04; Clenow (2015)",
)
def trend_quality_120d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """Annual slope × R² of the line through the last 120 ln P."""
    return measured(trend_lines, ANNUAL_SLOPE * pl.col("r2_120"), 120)


@metric(
    "bars_since_cross",
    unit="count",
    reads=("series_bars",),
    window=WHOLE,
    label="Trading days since the means crossed",
    reading="Positive since a golden cross (50-day mean above the 200-day mean), negative since a "
    "death cross; 1 is the day itself.",
    pitfall="The crossing comes late: half of the move is over when it shows.",
    paper="M04",
)
def since_cross(series_bars: pl.DataFrame) -> pl.DataFrame:
    """± bars from the last crossing of the means of 50 and 200 closes, that day counted."""
    sided = series_bars.with_columns(side=side_of(FAST, SLOW).over("entity"))
    return measured(sided, bars_on_side(pl.col("side")), WHOLE)
