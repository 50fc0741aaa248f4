"""How the families draw: walks, bars, and the time at which a row becomes known."""

from __future__ import annotations

import random
from datetime import date

import polars as pl


def walk(chance: random.Random, count: int, start: float = 100.0) -> list[float]:
    """A path of positive prices with jumps, rests and repeats."""
    path = [start]
    while len(path) < count:
        step = chance.choice([0.0, chance.gauss(0.0005, 0.02), chance.gauss(0, 0.08)])
        path.append(max(0.5, path[-1] * (1 + step)))
    return path


def bars(chance: random.Random, days: list[date], codes: list[str], gaps: float) -> pl.DataFrame:
    """Closes of each code; a share of the days is missing, some bars have an ex-rights close."""
    rows = []
    for code in codes:
        for day, close in zip(days, walk(chance, len(days)), strict=True):
            if chance.random() >= gaps:
                previous = close * chance.uniform(0.9, 1.1) if chance.random() < 0.1 else None
                rows.append((code, day, close, previous))
    schema = {"code": pl.String, "trade_date": pl.Date}
    schema |= {"close": pl.Float64, "previous_close": pl.Float64}
    return known(pl.DataFrame(rows, schema=schema, orient="row"), "trade_date")


def known(frame: pl.DataFrame, day: str, hours: int = 8) -> pl.DataFrame:
    """The rows, known so many hours after midnight UTC of their day."""
    return frame.with_columns(
        known_at=pl.col(day).cast(pl.Datetime("us")) + pl.duration(hours=hours)
    )


def with_range(chance: random.Random, bars: pl.DataFrame) -> pl.DataFrame:
    """The bars with open, high and low around their close, and the value traded."""

    def drawn(low: float, high: float) -> pl.Series:
        return pl.Series([chance.uniform(low, high) for _ in range(bars.height)], dtype=pl.Float64)

    close = pl.col("close")
    return bars.with_columns(
        open=close * drawn(0.99, 1.01),
        high=close * drawn(1.01, 1.03),
        low=close * drawn(0.97, 0.99),
        amount_cny=drawn(1e11, 1e12),
    )
