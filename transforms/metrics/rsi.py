"""Wilder's relative strength index by day, week and month (H01)."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import FEWEST_MONTHS, FEWEST_WEEKS, MONTHLY, WEEKLY, Anchors, Group
from transforms.formulas.rsi import OVERBOUGHT, OVERSOLD, rsi_of
from transforms.prepared.indices import BROAD, CSI_300, SHANGHAI_COMPOSITE, STAR_50
from transforms.prepared.series import measured, period_ends

# A bar older than so many moves the index by less than 1e-5.
MEMORY = 250
SCALE = ((OVERSOLD, 10), (50, 35), (OVERBOUGHT, 70), (80, 85), (90, 97))


def _of(bars: pl.DataFrame) -> pl.DataFrame:
    """The index of 14 changes of each series."""
    return measured(bars.with_columns(rsi=rsi_of(bars)), pl.col("rsi"), MEMORY)


strengths = Group(unit="index 0-100", paper="H01; Wilder (1978)", window=MEMORY, direction="heat")


@strengths.metric(
    score=Anchors(SCALE),
    block="heat/technical",
    weight=20,
    core=15,
    core_entities=BROAD,
    entities=(SHANGHAI_COMPOSITE, CSI_300, STAR_50),
)
def rsi_14(series_bars: pl.DataFrame) -> pl.DataFrame:
    """100 U / (U + V), U = (13 U + rise) / 14 and V = (13 V + fall) / 14, first their means of 14.

    A bar older than 250 days moves it by less than 1e-5.
    """
    return _of(series_bars)


@strengths.metric(score=Anchors(SCALE, minimum=FEWEST_WEEKS), step=WEEKLY, max_age=6)
def rsi_14_weekly(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Wilder's RSI of 14 weekly changes, from the last close of each finished week."""
    return _of(period_ends(series_bars, "1w"))


@strengths.metric(score=Anchors(SCALE, minimum=FEWEST_MONTHS), step=MONTHLY, max_age=45)
def rsi_14_monthly(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Wilder's RSI of 14 monthly changes, from the last close of each finished month."""
    return _of(period_ends(series_bars, "1mo"))
