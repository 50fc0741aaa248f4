"""Closes of the headline indices from a second host, only ever held against core.index_daily."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import polars as pl

from warehouse.cadence import Daily
from warehouse.catalog import Chain, Dataset, Figure, Publication
from warehouse.contract import Table, day, measure, text
from warehouse.readers.followed import MAINLAND_INDICES
from warehouse.readers.index_bars import CSI_AND_CNI, LEVEL, TENCENT
from warehouse.units import Unit

HEADLINES = ("000001.SH", "000688.SH", "399006.SZ")


class IndexCloseCheck(Table):
    """Closing levels of headline indices as a second host publishes them; no metric reads them."""

    code = text("Index code with suffix", key=True, pattern=r"^\d{6}\.(SH|SZ)$")
    trade_date = day("Trading day", key=True)
    close = measure("Closing level", Unit.INDEX_POINTS, **LEVEL)


def closes(rows: pl.DataFrame) -> pl.DataFrame:
    """Bars of a source of index_daily, without what is not compared."""
    return rows.select("code", "trade_date", "close")


SECOND = tuple(replace(source, combine=closes) for source in (TENCENT, CSI_AND_CNI))

DATASET = Dataset(
    name="index_close_check",
    label="Index closes, second source",
    grain="one row per index and trading day",
    contract=IndexCloseCheck,
    publication=Publication("trade_date", time(16, 0)),
    cadence=Daily(),
    chains=(Chain("headlines", SECOND, "code", {c: MAINLAND_INDICES[c] for c in HEADLINES}),),
    trading_day="trade_date",
    figures=(Figure("close", near=3, typical=(300, 4e4)),),
)
