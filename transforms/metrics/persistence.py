"""How steadily the series advance: many small rises or few large ones (M16).

Hurst exponents are too noisy under 500 observations and not published.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Percentile, metric, prepared
from transforms.formulas.expressions import (
    trailing_return,
    variance_ratios,
)
from transforms.metrics.price import LEADING
from transforms.prepared.series import measured, period_ends

CLOSE = pl.col("close")
YEAR_OF_BARS = 250
HORIZON = 10


def _rose(bars: int) -> pl.Expr:
    """Share of the last changes that were rises; an unchanged close is no rise."""
    change = CLOSE.diff()
    return pl.when(change.is_not_null()).then((change > 0).cast(pl.Float64)).rolling_mean(bars)


@metric(
    "up_day_share_126d",
    unit="fraction",
    reads=("series_bars",),
    window=127,
    score=Percentile(),
    direction="momentum",
    label="Share of rising days, half a year",
    reading="A steady advance has many small rises; a spurt has few large ones.",
    pitfall="It counts rises, not their size: many small ones may end below where they began.",
    paper="M16; Da, Gurun and Warachka (2014)",
)
def up_day_share_126d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Share of the last 126 daily changes that were rises."""
    return measured(series_bars, _rose(126), 127)


@metric(
    "up_week_share_26w",
    unit="fraction",
    reads=("series_bars",),
    window=27,
    score=Percentile(104),
    direction="momentum",
    block="momentum/persistence",
    entities=LEADING,
    max_age=6,
    label="Share of rising weeks, half a year",
    reading="Weeks that closed above the week before, of the last 26; 0.5 is a coin.",
    pitfall="26 weeks are few: chance alone moves it by 0.1 either way.",
    paper="M16",
)
def up_week_share_26w(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Share of the last 26 changes from one week's last close to the next that were rises."""
    return measured(period_ends(series_bars, "1w"), _rose(26), 27)


@metric(
    "trend_r2_250d",
    unit="ratio",
    reads=("trend_lines",),
    window=YEAR_OF_BARS,
    score=Percentile(),
    direction="momentum",
    block="momentum/persistence",
    entities=LEADING,
    label="Fit of the year's trend, signed",
    reading="+1 is a straight rise in ln P, -1 a straight fall, 0 no line at all.",
    pitfall="R² itself has no sign: it is taken from the slope, so that a steady fall is not "
    "counted as strength.",
    paper="M16",
)
def trend_r2_250d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """sign(b) × R² of the least-squares line a + b t through the last 250 ln P."""
    signed = pl.col("slope_250").sign() * pl.col("r2_250")
    return measured(trend_lines, signed, YEAR_OF_BARS)


@metric(
    "path_continuity_250d",
    unit="ratio",
    reads=("series_bars",),
    window=YEAR_OF_BARS + 1,
    score=Percentile(),
    direction="momentum",
    block="momentum/persistence",
    entities=LEADING,
    label="Continuity of the year's advance",
    reading="High: the year's rise came in many small steps that nobody noticed; low or negative: "
    "in a few jumps.",
    pitfall="It is information discreteness with its sign turned, and is stated for years that "
    "rose only.",
    paper="M16; Da, Gurun and Warachka (2014)",
)
def path_continuity_250d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """-ID = share of rising less share of falling days of the last 250, where P(t) > P(t-250)."""
    change = CLOSE.diff().sign()
    risen = trailing_return(CLOSE, bars=YEAR_OF_BARS) > 0
    continuity = pl.when(risen).then(change.rolling_mean(YEAR_OF_BARS))
    return measured(series_bars, continuity, YEAR_OF_BARS + 1)


@prepared("index_variance_ratios", reads=("series_bars",))
def index_variance_ratios(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Variance ratio and z of the last 250 daily changes of ln P of each index: columns ratio, z."""
    indices = series_bars.filter(pl.col("kind") == "index")
    found = variance_ratios(pl.col("level"), HORIZON, YEAR_OF_BARS).over("entity")
    return indices.with_columns(found=found).unnest("found")


@metric(
    "variance_ratio_10d",
    unit="ratio",
    reads=("index_variance_ratios",),
    window=YEAR_OF_BARS + 1,
    label="Variance ratio of 10 days, one year",
    reading="Above 1 rises follow rises, below 1 they turn back; a random walk has 1.",
    pitfall="A year is short for it: read it with its z.",
    paper="M16; Lo and MacKinlay (1988)",
)
def variance_ratio_10d(index_variance_ratios: pl.DataFrame) -> pl.DataFrame:
    """Variance of 10-day changes of ln P / (10 × variance of daily ones), overlapping, 250 days."""
    return measured(index_variance_ratios, pl.col("ratio"), YEAR_OF_BARS + 1)


@metric(
    "variance_ratio_10d_z",
    unit="ratio",
    reads=("index_variance_ratios",),
    window=YEAR_OF_BARS + 1,
    label="Variance ratio of 10 days, z",
    reading="Beyond +2 or -2 the variance ratio departs from a random walk by more than chance.",
    pitfall="Asked every day of many series, one in twenty departs by chance.",
    paper="M16; Lo and MacKinlay (1988)",
)
def variance_ratio_10d_z(index_variance_ratios: pl.DataFrame) -> pl.DataFrame:
    """√250 (VR - 1) / √θ, θ robust to changing variance."""
    return measured(index_variance_ratios, pl.col("z"), YEAR_OF_BARS + 1)
