"""The table of gross domestic product by quarter, which gdp and buffett_index read."""

from __future__ import annotations

import polars as pl

from warehouse.readers.text import adding_up, number
from warehouse.units import PERCENT, YI

TOTAL, SECTORS = "国内生产总值-绝对值", ("第一产业-绝对值", "第二产业-绝对值", "第三产业-绝对值")
GROWTH = "国内生产总值-同比增长"


def cumulated(answer: pl.DataFrame) -> pl.DataFrame:
    """Output from January on of each quarter: quarter, gdp_cny, gdp_yoy."""
    parts = pl.col("季度").cast(pl.String).str.extract_groups(r"^(\d{4})年第(?:1-)?([1-4])季度$")
    year, last = parts.struct["1"].cast(pl.Int32), parts.struct["2"].cast(pl.Int32)
    return adding_up(answer, TOTAL, SECTORS).select(
        quarter=pl.date(year, 3 * last - 2, 1),
        gdp_cny=number(TOTAL, YI),
        gdp_yoy=number(GROWTH, PERCENT),
    )
