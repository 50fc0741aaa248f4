"""Indices, boards, sectors and megacaps abroad."""

import polars as pl

from flows.sandbox.archive import archived
from flows.sandbox.market.market import Market
from warehouse.datasets import hk_stock_daily, us_stock_daily
from warehouse.datasets.board_daily import BOARDS
from warehouse.datasets.sector_daily import NAMES
from warehouse.readers.followed import (
    CNI_THEMES,
    CSI_THEMES,
    HONG_KONG_INDICES,
    MAINLAND_INDICES,
    NEW_YORK_INDICES,
)

BARS = ("code", "trade_date", "open", "high", "low", "close", "volume_shares")


@archived("index_daily")
def indices(market: Market) -> pl.DataFrame:
    followed = [*MAINLAND_INDICES, *CSI_THEMES, *CNI_THEMES, *HONG_KONG_INDICES]
    here = market.indices.filter(pl.col("code").is_in(followed))
    there = market.abroad.filter(pl.col("code").is_in(list(NEW_YORK_INDICES))).select(BARS)
    return pl.concat([here, there], how="diagonal")


@archived("hk_stock_daily")
def hong_kong_megacaps(market: Market) -> pl.DataFrame:
    shares = market.abroad.filter(pl.col("code").is_in(list(hk_stock_daily.CHINA_SEVEN)))
    return shares.select(*BARS, "split_ratio", amount_hkd="amount")


@archived("us_stock_daily")
def new_york_megacaps(market: Market) -> pl.DataFrame:
    shares = market.abroad.filter(pl.col("code").is_in(list(us_stock_daily.MAGNIFICENT_SEVEN)))
    return shares.select(*BARS, "split_ratio", amount_usd="amount")


@archived("board_daily")
def boards(market: Market) -> pl.DataFrame:
    names = {board.ths: name for name, board in BOARDS.items()}
    return market.boards.with_columns(pl.col("board").replace(names))


@archived("sector_daily")
def sectors(market: Market) -> pl.DataFrame:
    levels = {name: level for level, name in NAMES.items()}
    return market.sectors.with_columns(
        pl.col("code") + ".SW", pl.col("level").replace_strict(levels)
    )
