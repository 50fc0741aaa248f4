"""How much a price moved within a day, and how much of that were jumps.

Realised variance counts all moves. Bipower variation multiplies neighbouring ones, so that a single
jump hardly enters it; what it leaves of the realised variance is the jumps' part. Sources:
Andersen and Bollerslev (1998); Barndorff-Nielsen and Shephard (2004, 2006); the ratio statistic
with the largest power in small samples: Huang and Tauchen (2005).
"""

from __future__ import annotations

import math

import polars as pl

# Factors: where polars divides a column by a number, the last bits depend on the place of the row.
PER_MU_1 = math.pi / 2  # μ₁⁻², μ₁ = E|Z| of a standard normal
PER_MU_43 = (2 ** (2 / 3) * math.gamma(7 / 6) / math.gamma(1 / 2)) ** -3  # of E|Z|^(4/3)
THETA = math.pi**2 / 4 + math.pi - 5  # how the ratio varies without jumps


def with_terms(changes: pl.DataFrame) -> pl.DataFrame:
    """Columns square, pair and triple beside `change`: r(i)², |r(i) r(i-1)| and
    |r(i) r(i-1) r(i-2)|^(4/3), 0 where one of them is of another day.

    changes: those of the logarithm in the order of time; begins: whether one is the first of a day.
    """
    size, first = pl.col("change").abs(), pl.col("begins")
    root = size.cbrt()
    power = root * root * root * root
    second = first.shift(fill_value=True)
    return changes.with_columns(
        square=(size * size).fill_null(0.0),
        pair=pl.when(~first).then(size * size.shift()).fill_null(0.0),
        triple=pl.when(~(first | second))
        .then(power * power.shift() * power.shift(2))
        .fill_null(0.0),
    )


def bipower_variation(pairs: pl.Expr, n: pl.Expr) -> pl.Expr:
    """μ₁⁻² n/(n-1) Σ |r(i)| |r(i-1)|, of the sum of pairs; null of fewer than two changes."""
    return pl.when(n > 1).then(pairs * PER_MU_1 * (n / (n - 1)))


def tripower_quarticity(triples: pl.Expr, n: pl.Expr) -> pl.Expr:
    """μ₄₃⁻³ n²/(n-2) Σ |r(i) r(i-1) r(i-2)|^(4/3), of the sum of triples; null of fewer than three
    changes.
    """
    return pl.when(n > 2).then(triples * PER_MU_43 * n * (n / (n - 2)))


def jump_share(variance: pl.Expr, bipower: pl.Expr) -> pl.Expr:
    """Part of the variance that jumps made, 0 to 1: max(RV - BV, 0) / RV; null where none moved."""
    return pl.when(variance > 0).then((1 - bipower / variance).clip(lower_bound=0.0))


def jump_statistic(
    variance: pl.Expr, bipower: pl.Expr, quarticity: pl.Expr, returns: pl.Expr
) -> pl.Expr:
    """(1 - BV/RV) / √(θ/n max(1, TQ/BV²)): standard normal of a day without jumps.

    Null where bipower variation is 0: of a price that hardly moved it says nothing.
    """
    spread = (THETA / returns * (quarticity / bipower**2).clip(lower_bound=1.0)).sqrt()
    return pl.when((variance > 0) & (bipower > 0)).then((1 - bipower / variance) / spread)
