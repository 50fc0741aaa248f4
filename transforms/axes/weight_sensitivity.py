"""How far an axis depends on its weights: the same scores under a thousand other weights.

The weights are priors; a Dirichlet distribution with alpha = 20 × weight varies them around what
is declared (metrics.md 5.1). The draws are made once, with a fixed seed and a generator whose
stream numpy promises never to change, so that the band of a day is the same for ever.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.axes.composite import FEWEST_OF_AXIS, WEIGHTS, WHOLE

Floats = npt.NDArray[np.float64]

DRAWS = 1_000
CONCENTRATION = 20.0
SEED = 20
LOW, HIGH = 0.10, 0.90
DAYS_AT_ONCE = 500  # a thousand weights for each of them: 4 MB


def band(block_scores: pl.DataFrame, side: str) -> pl.DataFrame:
    """The 10th and 90th percentile of an axis over all draws, by day.

    Columns observation_date, low, high, known_at.

    A block that is missing on a day is missing in each draw, whose other weights are scaled up.
    Days on which the axis itself is withheld have no row.
    """
    names = [name for name in WEIGHTS if name.startswith(f"{side}/")]
    rows = block_scores.filter(pl.col("entity").is_in(names))
    known = rows.group_by("observation_date").agg(pl.col("known_at").max())
    wide = rows.pivot("entity", index="observation_date", values="value")
    absent = [pl.lit(None, pl.Float64).alias(name) for name in names if name not in wide.columns]
    days = wide.with_columns(absent).join(known, on="observation_date").sort("observation_date")
    scores = days.select(names).to_numpy()
    there = np.isfinite(scores) @ np.array([WEIGHTS[name] for name in names])
    enough = there * FEWEST_OF_AXIS.denominator >= WHOLE * FEWEST_OF_AXIS.numerator
    low, high = _quantiles(scores[enough], draws(tuple(names)))
    return (
        days.filter(enough)
        .select("observation_date", "known_at")
        .with_columns(low=pl.Series(low, dtype=pl.Float64), high=pl.Series(high, dtype=pl.Float64))
    )


@cache
def draws(names: tuple[str, ...]) -> Floats:
    """The drawn weights of the blocks of an axis: a row per draw, each adding up to 1."""
    alpha = CONCENTRATION * np.array([WEIGHTS[name] for name in names]) / WHOLE
    chance = np.random.RandomState(SEED)  # its stream is frozen for ever
    return chance.dirichlet(alpha, size=DRAWS)


def _quantiles(scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Low and high per row; block after block, so that a day's bits depend on no other day."""
    found = [np.empty((2, 0))]
    for start in range(0, len(scores), DAYS_AT_ONCE):
        part = scores[start : start + DAYS_AT_ONCE]
        sums, total = np.zeros((2, len(part), len(weights)))
        for score, weight in zip(part.T, weights.T, strict=True):
            known = np.isfinite(score)
            sums += np.where(known, score, 0.0)[:, None] * weight
            total += known[:, None] * weight
        found.append(np.quantile(sums / total, [LOW, HIGH], axis=1))
    low, high = np.concatenate(found, axis=1)
    return low, high
