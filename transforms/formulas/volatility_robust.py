"""Explosive prices whatever their volatility does: the test on the signs of the changes.

Sarkar and Wells (2026) give a right-tailed Dickey-Fuller test that holds under persistent changes
of volatility, without nuisance parameters, and compare its statistic with two thresholds, one for
the origination and one for the collapse of an episode. Only their abstract was at hand. From them
are the aim and the two thresholds. Ours is the rest:

- The statistic is BSADF of the path of signs, Σ sign Δy (Harvey, Leybourne and Zu 2020): while a
  rise is as likely as a fall, no volatility enters, be it a break, GARCH or a wandering one.
  Dividing by an estimated volatility instead kept the size less well when it was tried (8 to 30 %
  for 5 %), for the estimate lags behind.
- Origination: what the largest statistic of two years exceeds with 5 % probability where nothing is
  explosive. Collapse: what the statistic of a single week exceeds with 5 % probability. The second
  lies lower, so that an episode does not end because the first alarm fades a little.

Both thresholds are drawn once, from random walks of steps +1 and -1 (`scripts/critical_values.py`).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import polars as pl

from transforms.formulas.gsadf import AT_ONCE, Explosiveness, Floats, explosiveness
from transforms.formulas.gsadf_critical_values import CONTROL, interpolated, largest_of_the_last

TABLE = "volatility_robust_thresholds.csv"


class Thresholds(NamedTuple):
    """What the statistic of each value is compared with; NaN where it has none."""

    origination: Floats
    collapse: Floats


def sign_path(y: Floats) -> Floats:
    """The sum of the signs of the changes of y so far, from 0 on; or of each row of y."""
    steps = np.sign(np.diff(y))
    return np.concatenate([np.zeros((*steps.shape[:-1], 1)), np.cumsum(steps, axis=-1)], axis=-1)


def robust_explosiveness(y: Floats, min_window: int) -> Explosiveness:
    """BADF and BSADF of the path of signs at every index of y, or of each row of y."""
    return explosiveness(sign_path(y), min_window)


def thresholds(values: int | Floats, min_window: int, level: float = 0.95) -> Thresholds:
    """The two thresholds of samples of so many values; interpolated as PSY's critical values.

    Raises ValueError for a smallest window or a level that was not simulated.
    """
    found = [
        interpolated(_table(), values, min_window, level, statistic)
        for statistic in Thresholds._fields
    ]
    return Thresholds(*found)


@cache
def _table() -> pl.DataFrame:
    """min_window, n, statistic, level, value, se, repetitions; sorted by n."""
    packaged = files("transforms") / "tables" / TABLE
    return pl.read_csv(packaged.read_bytes()).sort("n")


def sign_walks(
    min_window: int, values: int, repetitions: int, at: list[int], seed: int
) -> tuple[Floats, Floats]:
    """The largest of the last CONTROL statistics, and the last one, of seeded walks of steps ±1.

    Both are (repetition, at): after `at` values each.
    """
    draws = np.random.default_rng([seed, min_window, values])
    last = np.array(at) - 1
    largest, single = np.empty((2, repetitions, len(at)))
    for first in range(0, repetitions, AT_ONCE):
        some = slice(first, min(first + AT_ONCE, repetitions))
        steps = draws.integers(0, 2, (some.stop - first, values)) * 2.0 - 1.0
        found = explosiveness(np.cumsum(steps, axis=1), min_window, precision=np.float32).bsadf
        largest[some] = largest_of_the_last(found.T, CONTROL).T[:, last]
        single[some] = found[:, last]
    return largest, single
