"""How steadily the series advance: many small rises or few large ones (M16).

Hurst exponents are too noisy under 500 observations and not published.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import FEWEST_WEEKS, WEEKLY, Group, Percentile, prepared
from transforms.formulas.expressions import (
    trailing_return,
    variance_ratios,
)
from transforms.prepared.indices import BROAD, LEADING
from transforms.prepared.series import measured, period_ends

CLOSE = pl.col("close")
ONE_YEAR = 250  # bars
HORIZON = 10


def _rose(bars: int) -> pl.Expr:
    """Share of the last changes that were rises; an unchanged close is no rise."""
    change = CLOSE.diff()
    return pl.when(change.is_not_null()).then((change > 0).cast(pl.Float64)).rolling_mean(bars)


steadiness = Group(unit="ratio", paper="M16", score=Percentile(), direction="momentum")
ratios = Group(unit="ratio", paper="M16; Lo and MacKinlay (1988)")


@steadiness.metric(unit="fraction", paper="M16; Da, Gurun and Warachka (2014)", window=127)
def up_day_share_126d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Share of the last 126 daily changes that were rises."""
    return measured(series_bars, _rose(126), 127)


@steadiness.metric(
    unit="fraction",
    window=27,
    score=Percentile(FEWEST_WEEKS),
    block="momentum/persistence",
    weight=20,
    core=4,
    core_entities=BROAD,
    entities=LEADING,
    step=WEEKLY,
    max_age=6,
)
def up_week_share_26w(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Share of the last 26 changes from one week's last close to the next that were rises."""
    return measured(period_ends(series_bars, "1w"), _rose(26), 27)


@steadiness.metric(
    window=ONE_YEAR,
    block="momentum/persistence",
    weight=20,
    core=4,
    core_entities=BROAD,
    entities=LEADING,
)
def trend_r2_250d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """sign(b) × R² of the least-squares line a + b t through the last 250 ln P."""
    signed = pl.col("slope_250").sign() * pl.col("r2_250")
    return measured(trend_lines, signed, ONE_YEAR)


@steadiness.metric(
    paper="M16; Da, Gurun and Warachka (2014)",
    window=ONE_YEAR + 1,
    block="momentum/persistence",
    weight=20,
    entities=LEADING,
)
def path_continuity_250d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """-ID = share of rising less share of falling days of the last 250, where P(t) > P(t-250)."""
    change = CLOSE.diff().sign()
    risen = trailing_return(CLOSE, bars=ONE_YEAR) > 0
    continuity = pl.when(risen).then(change.rolling_mean(ONE_YEAR))
    return measured(series_bars, continuity, ONE_YEAR + 1)


@prepared
def index_variance_ratios(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Variance ratio and z of the last 250 daily changes of ln
    P of each index: columns ratio, z.
    """
    indices = series_bars.filter(pl.col("kind") == "index")
    found = variance_ratios(pl.col("level"), HORIZON, ONE_YEAR).over("entity")
    return indices.with_columns(found=found).unnest("found")


@ratios.metric(window=ONE_YEAR + 1)
def variance_ratio_10d(index_variance_ratios: pl.DataFrame) -> pl.DataFrame:
    """Variance of 10-day changes of ln P / (10 × variance of daily ones), overlapping, 250 days."""
    return measured(index_variance_ratios, pl.col("ratio"), ONE_YEAR + 1)


@ratios.metric(window=ONE_YEAR + 1)
def variance_ratio_10d_z(index_variance_ratios: pl.DataFrame) -> pl.DataFrame:
    """√250 (VR - 1) / √θ, θ robust to changing variance."""
    return measured(index_variance_ratios, pl.col("z"), ONE_YEAR + 1)
