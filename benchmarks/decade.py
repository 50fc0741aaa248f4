"""Ten years of drawn bars of a whole market, in the columns of the warehouse: 13 million rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import polars as pl

from benchmarks import AS_OF
from benchmarks.alone import Task

DAYS = 2430  # ten years of trading days
SEED = 20260113
DAILY, DIVIDENDS, SUSPENDED, YOUNG = 0.02, 1 / 243, 0.01, 0.3


def drawn(path: str, codes: str) -> Sequence[Task]:
    """Write the bars of the codes that a parquet file lists; the answer is their number."""
    return [partial(written, path, codes)]


def written(path: str, codes: str) -> float:
    """Walks in whole cents: some go ex rights, some pause, a third is listed on the way."""
    names = pl.read_parquet(codes)["code"]
    rng = np.random.default_rng(SEED)
    size = (DAYS, len(names))
    close = np.exp(rng.normal(0.0003, DAILY, size).clip(-0.09, 0.09).cumsum(axis=0))
    close = np.maximum(np.rint(close * 1000), 50) / 100
    previous = np.vstack([close[:1], close[:-1]])
    previous = np.where(rng.random(size) < DIVIDENDS, np.rint(previous * 98) / 100, previous)
    listed = rng.integers(0, DAYS // 2, len(names)) * (rng.random(len(names)) < YOUNG)
    day, stock = np.nonzero((rng.random(size) > SUSPENDED) & (np.arange(DAYS)[:, None] >= listed))
    end = np.datetime64(AS_OF)
    dates = np.busday_offset(end, np.arange(1 - DAYS, 1), roll="backward")
    volume = rng.integers(10**5, 10**7, len(day)).astype(np.float64)
    price = close[day, stock]
    bars = pl.DataFrame(
        {
            "code": names.gather(stock),
            "trade_date": pl.Series(dates.astype("datetime64[D]")[day]),
            "open": price,
            "high": price,
            "low": price,
            "close": price,
            "previous_close": previous[day, stock],
            "volume_shares": volume,
            "amount_cny": volume * price,
            "turnover_rate": volume / 1e9,
        }
    ).with_columns(
        known_at=pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(hours=8),
        source=pl.lit("drawn"),
    )
    bars.write_parquet(path)
    return float(bars.height)
