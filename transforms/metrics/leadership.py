"""Whether technology leads: its price against that of the broad market (M17).

Technology is STAR 50 and ChiNext, the chip, AI and communication themes, Shenwan's technology
industries and the theme boards; the broad market is CSI 300, of 300 large shares of both exchanges.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Percentile, metric, prepared
from transforms.prepared.series import measured
from warehouse.datasets.sector_daily import TECH_FIRST, TECH_SECOND
from warehouse.readers.followed import CNI_THEMES, CSI_THEMES

BROAD = "000300.SH"
STAR_50, CHINEXT, STAR_CHIPS = "000688.SH", "399006.SZ", "000685.SH"
THEMES = (*CSI_THEMES, *CNI_THEMES)
TECHNOLOGY = (STAR_50, CHINEXT, STAR_CHIPS, *THEMES, *TECH_FIRST, *TECH_SECOND)
THREE_YEARS = 3 * 243
RELATIVE = pl.col("relative")


@prepared("relative_bars", reads=("series_bars",))
def relative_bars(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Price of each technology series over CSI 300's on their common days: column `relative`."""
    technology = pl.col("entity").is_in(TECHNOLOGY) | (pl.col("kind") == "board")
    broad = series_bars.filter(pl.col("entity") == BROAD)
    both = series_bars.filter(technology).join(
        broad.select("observation_date", "close", "known_at"), on="observation_date"
    )
    return both.select(
        "entity",
        "observation_date",
        relative=pl.col("close") / pl.col("close_right"),
        known_at=pl.max_horizontal("known_at", "known_at_right"),
    ).sort("entity", "observation_date")


@metric(
    "relative_strength",
    unit="ratio",
    reads=("relative_bars",),
    label="Price over CSI 300",
    reading="Rising: technology beats the broad market. Its level alone means nothing.",
    pitfall="CSI 300 holds much technology itself, which hides part of the lead.",
    paper="M17; Levy (1967)",
)
def relative_strength(relative_bars: pl.DataFrame) -> pl.DataFrame:
    """P(technology) / P(CSI 300)."""
    return measured(relative_bars, RELATIVE, 1)


@metric(
    "relative_strength_vs_ma200",
    unit="fraction",
    reads=("relative_bars",),
    window=200,
    score=Percentile(),
    direction="momentum",
    block="momentum/trend",
    entities=(STAR_50, CHINEXT),
    label="Price over CSI 300, distance from its 200-day mean",
    reading="Above 0 technology leads by more than it did on average of the last 200 days.",
    pitfall="In a falling market it may lead by falling less.",
    paper="M17",
)
def relative_strength_vs_ma200(relative_bars: pl.DataFrame) -> pl.DataFrame:
    """RS(t) / mean of the last 200 RS - 1, RS = P(technology) / P(CSI 300)."""
    return measured(relative_bars, RELATIVE / RELATIVE.rolling_mean(200) - 1, 200)


@metric(
    "relative_strength_vs_3y_high",
    unit="fraction",
    reads=("relative_bars",),
    window=THREE_YEARS,
    label="Price over CSI 300, distance from its 3-year high",
    reading="0: technology has never led by more within three years.",
    pitfall="It needs three years of history, which young themes do not have.",
    paper="M17",
)
def relative_strength_vs_3y_high(relative_bars: pl.DataFrame) -> pl.DataFrame:
    """RS(t) / highest RS of the last 729 days - 1, RS = P(technology) / P(CSI 300)."""
    return measured(relative_bars, RELATIVE / RELATIVE.rolling_max(THREE_YEARS) - 1, THREE_YEARS)
