"""Whether technology leads: its price against that of the broad market (M17).

Technology is STAR 50 and ChiNext, the chip, AI and communication themes, Shenwan's technology
industries and the theme boards; the broad market is CSI 300, of 300 large shares of both exchanges.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Percentile, metric, prepared
from transforms.formulas.expressions import SESSIONS_A_YEAR
from transforms.prepared.indices import CHINEXT, CSI_300, STAR_50
from transforms.prepared.series import measured
from warehouse.datasets.sector_daily import TECH_FIRST, TECH_SECOND
from warehouse.readers.followed import CNI_THEMES, CSI_THEMES

STAR_CHIPS = "000685.SH"
THEMES = (*CSI_THEMES, *CNI_THEMES)
TECHNOLOGY = (STAR_50, CHINEXT, STAR_CHIPS, *THEMES, *TECH_FIRST, *TECH_SECOND)
THREE_YEARS = 3 * SESSIONS_A_YEAR
RELATIVE = pl.col("relative")

strengths = Group(unit="fraction", paper="M17")


@prepared
def relative_bars(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Price of each technology series over CSI 300's on their common days: column `relative`."""
    technology = pl.col("entity").is_in(TECHNOLOGY) | (pl.col("kind") == "board")
    broad = series_bars.filter(pl.col("entity") == CSI_300)
    both = series_bars.filter(technology).join(
        broad.select("observation_date", "close", "known_at"), on="observation_date"
    )
    return both.select(
        "entity",
        "observation_date",
        relative=pl.col("close") / pl.col("close_right"),
        known_at=pl.max_horizontal("known_at", "known_at_right"),
    ).sort("entity", "observation_date")


@metric(unit="ratio", paper="M17; Levy (1967)")
def relative_strength(relative_bars: pl.DataFrame) -> pl.DataFrame:
    """P(technology) / P(CSI 300)."""
    return measured(relative_bars, RELATIVE, 1)


@strengths.metric(
    window=200, score=Percentile(), block="momentum/trend", weight=20, entities=(STAR_50, CHINEXT)
)
def relative_strength_vs_ma200(relative_bars: pl.DataFrame) -> pl.DataFrame:
    """RS(t) / mean of the last 200 RS - 1, RS = P(technology) / P(CSI 300)."""
    return measured(relative_bars, RELATIVE / RELATIVE.rolling_mean(200) - 1, 200)


@strengths.metric(window=THREE_YEARS)
def relative_strength_vs_3y_high(relative_bars: pl.DataFrame) -> pl.DataFrame:
    """RS(t) / highest RS of the last 729 days - 1, RS = P(technology) / P(CSI 300)."""
    return measured(relative_bars, RELATIVE / RELATIVE.rolling_max(THREE_YEARS) - 1, THREE_YEARS)
