"""Forms of our formulas that only tests need, to hold them against what others computed."""

import numpy as np
import polars as pl

from transforms.formulas.lppls import Filter
from transforms.formulas.rsi import rsi

# Condition 2 (trust) of Sornette et al. (2015), table 1; the product asks for condition 1 only.
TRUST = Filter((-0.05, 0.1), (0.01, 0.99), (2.0, 25.0), 2.5, 1.0, 0.2)


def wilder_rsi(close: pl.Expr, window: int = 14) -> pl.Expr:
    """Wilder's index of one series as an expression."""

    def of_one(closes: pl.Series) -> pl.Series:
        values = closes.cast(pl.Float64).to_numpy()
        return pl.Series(rsi(values, np.array([0, len(values)]), window)).fill_nan(None)

    return close.map_batches(of_one, return_dtype=pl.Float64)


def unseeded_ema(value: pl.Expr, days: int) -> pl.Expr:
    """Exponential mean with k = 2 / (days + 1) that starts as the first value."""
    return value.ewm_mean(span=days, adjust=False, ignore_nulls=True)
