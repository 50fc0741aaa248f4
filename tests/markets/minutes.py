"""Minute bars of an index and a share, before some ends of months and in the last weeks."""

from __future__ import annotations

import random
from datetime import date

import polars as pl

from tests.drawn.minutes import minute_bars

MONEY = {"stock_minute": ["open", "high", "low", "close", "amount_cny"]}
CODES = ("000300.SH", "600001.SH")
UNTIL = (date(2022, 12, 30), date(2025, 9, 30), date(2025, 11, 28), date(2025, 12, 31))
NEAR, LAST = 8, 16  # sessions before each of these days, and the newest


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    drawn = {*days[-LAST:]}
    for until in UNTIL:
        drawn |= {*[day for day in days if day <= until][-NEAR:]}
    return {"stock_minute": minute_bars(chance.randrange(1000), CODES, sorted(drawn))}
