"""Yields, output, and what publishers say the market and the boards cost."""

from __future__ import annotations

import random
from datetime import date

import polars as pl

from tests.markets.drawing import known, walk

MONEY = {"buffett_index": ["market_value_cny", "gdp_cny"], "gdp": ["gdp_cny"]}


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    return {
        "government_yield": yields(chance, days),
        "gdp": output(chance, days),
        "buffett_index": values(chance, days),
        "market_valuation": all_shares(chance, days),
        "board_valuation": boards(chance, days),
        "equity_bond_spread": spread(chance, days),
    }


def yields(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Of a day, known on the next; the bond market rests now and then."""
    rows = [
        (country, day, chance.uniform(0.01, 0.05))
        for country in ("CN", "US")
        for day in days
        if chance.random() > 0.05
    ]
    frame = pl.DataFrame(rows, schema=["country", "yield_date", "yield_10y"], orient="row")
    return known(frame, "yield_date", 24)


def output(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Accumulated over each year, known 107 days after the quarter began."""
    rows = []
    for year in range(days[0].year - 1, days[-1].year + 1):
        total = 0.0
        for month in (1, 4, 7, 10):
            total += chance.uniform(2.5e13, 3.5e13)
            rows.append((date(year, month, 1), total))
    frame = pl.DataFrame(rows, schema=["quarter", "gdp_cny"], orient="row")
    return known(frame, "quarter", 107 * 24)


def values(chance: random.Random, days: list[date]) -> pl.DataFrame:
    table = {"trade_date": days, "market_value_cny": walk(chance, len(days), 1e14)}
    return known(pl.DataFrame(table).with_columns(gdp_cny=1.3e14), "trade_date", 10)


def all_shares(chance: random.Random, days: list[date]) -> pl.DataFrame:
    names = ("pe_ttm_median", "pe_weighted", "pb_median")
    table = {name: walk(chance, len(days), 40.0) for name in names}
    return known(pl.DataFrame({"trade_date": days, **table}), "trade_date", 10)


def boards(chance: random.Random, days: list[date]) -> pl.DataFrame:
    rows = [
        (board, day, chance.uniform(10, 90), chance.choice([None, 2.0, 5.0]))
        for board in ("Shanghai", "STAR")
        for day in days[::21]
    ]
    names = ["board", "trade_date", "pe_weighted", "pb_weighted"]
    frame = pl.DataFrame(
        rows, schema=names, orient="row", schema_overrides={"pb_weighted": pl.Float64}
    )
    return known(frame, "trade_date", 10)


def spread(chance: random.Random, days: list[date]) -> pl.DataFrame:
    table = {"trade_date": days, "spread": [chance.uniform(0.02, 0.07) for _ in days]}
    return known(pl.DataFrame(table), "trade_date", 10)
