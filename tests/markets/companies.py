"""Listings in Hong Kong, about every fourth day, and counts of young companies."""

from __future__ import annotations

import random
from datetime import date

import polars as pl

from tests.markets.drawing import known

MONEY = {"ipo_hk": ["offer_price_hkd", "first_day_close_hkd", "funds_raised_hkd"]}


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    return {"ipo_hk": listings(chance, days), "unicorn_count": unicorns()}


def listings(chance: random.Random, days: list[date]) -> pl.DataFrame:
    rows = [
        (f"{n:05d}.HK", day, 10.0, chance.uniform(1e8, 1e10), chance.uniform(5, 30), None,
         chance.choice(["AI", "医药", None]))
        for n, day in enumerate(days) if chance.random() < 0.25
    ]  # fmt: skip
    names = ["code", "listing_date", "offer_price_hkd", "funds_raised_hkd"]
    names += ["first_day_close_hkd", "first_day_return", "industry"]
    typed = {"first_day_return": pl.Float64, "industry": pl.String}
    frame = pl.DataFrame(rows, schema=names, orient="row", schema_overrides=typed)
    return known(frame, "listing_date", 9)


def unicorns() -> pl.DataFrame:
    counted = {
        "list_name": ["A", "A"],
        "scope": ["CN-AI", "CN-AI"],
        "year": [2024, 2025],
        "observation_date": [date(2024, 12, 31), date(2025, 12, 31)],
        "count": [2, 9],
    }
    return known(pl.DataFrame(counted), "observation_date")
