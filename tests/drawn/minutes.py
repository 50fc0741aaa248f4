"""Drawn minute bars: a walk of cents through the sessions of some days."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import polars as pl

AUCTION = 570
TRADED = (*range(571, 691), *range(781, 901))


def minute_bars(
    seed: int, codes: Iterable[str], days: Iterable[date], *, auction: bool = True
) -> pl.DataFrame:
    """Whole days of minute bars in the columns of stock_minute, known at 16:00 in Shanghai."""
    rows = [
        bar
        for code in codes
        for day in days
        for bar in _day(random.Random(f"{seed} {code} {day}"), code, day, auction=auction)
    ]
    return pl.DataFrame(rows).with_columns(pl.col("known_at").cast(pl.Datetime("us")))


def _day(chance: random.Random, code: str, day: date, *, auction: bool) -> Iterator[dict[str, Any]]:
    cents = chance.randrange(900, 1100)
    for minute in (*((AUCTION,) if auction else ()), *TRADED):
        opened = cents
        if minute != AUCTION:
            cents = max(cents + chance.choice((-2, -1, 0, 0, 1, 2)), 1)
        shares = 100 * chance.randrange(1, 90)
        yield {
            "code": code,
            "trade_date": day,
            "minute": minute,
            "open": opened / 100,
            "high": max(opened, cents) / 100,
            "low": min(opened, cents) / 100,
            "close": cents / 100,
            "volume_shares": float(shares),
            "amount_cny": shares * (opened + cents) / 200,
            "known_at": datetime(day.year, day.month, day.day, 8),
            "source": "drawn",
        }
