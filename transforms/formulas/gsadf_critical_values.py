"""How large the tests of explosiveness get where nothing is explosive.

Two answers. A table of critical values for random walks of steady noise, drawn by our own seeded
Monte Carlo (`python -m scripts.critical_values`), with standard errors. And a wild bootstrap of a
series itself: its own changes, each multiplied by a standard normal draw and added up again, so
that its calm and its stormy spells stay where they are (Harvey, Leybourne, Sollis and Taylor 2016).
Chinese shares are far from steady noise: the table is for orientation, the bootstrap decides.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from transforms.formulas.gsadf import AT_ONCE, Floats, explosiveness

LEVELS = (0.90, 0.95, 0.99)
REPETITIONS = 199
# Two years: the chance of one false alarm within them is what the bootstrap's p-value tells.
CONTROL = 104
SEED = 20260113
# Walks for a smallest window that the table does not have.
WALKS = 2000
STATISTICS = ("sadf", "gsadf")


def random_walks(
    min_window: int, values: int, repetitions: int, at: list[int], seed: int
) -> tuple[Floats, Floats]:
    """SADF and GSADF of seeded random walks after `at` values each: (repetition, at).

    The walks have the drift 1 / values and standard normal changes, as in PSY (2015). One walk
    serves all its beginnings, for the smallest window stays.
    """
    draws = np.random.default_rng([seed, min_window, values])
    last = np.array(at) - 1
    sadf, gsadf = np.empty((2, repetitions, len(at)))
    for first in range(0, repetitions, AT_ONCE):
        some = slice(first, min(first + AT_ONCE, repetitions))
        changes = draws.standard_normal((some.stop - first, values)) + 1 / values
        found = explosiveness(np.cumsum(changes, axis=1), min_window, precision=np.float32)
        sadf[some] = np.fmax.accumulate(found.badf, axis=1)[:, last]
        gsadf[some] = np.fmax.accumulate(found.bsadf, axis=1)[:, last]
    return sadf, gsadf


def critical_value(
    values: int | Floats, min_window: int, level: float = 0.95, statistic: str = "sadf"
) -> Floats:
    """Critical value of SADF or GSADF ("sadf", "gsadf") for samples of so many values.

    Between the simulated sizes it lies on a line over the logarithm of the number of windows;
    beyond the largest it stays; NaN for a sample too short for one window. The SADF value of a
    sample of n is also what PSY compare the BSADF of the n-th value with. Raises ValueError for a
    smallest window, level or statistic that the table does not have.
    """
    return interpolated(_table(), values, min_window, level, statistic)


def critical_value_with_error(
    values: int, min_window: int, level: float, statistic: str
) -> tuple[float, float]:
    """The critical value for any smallest window, and its standard error.

    Out of the table where it has the window; otherwise WALKS seeded random walks are drawn, once in
    the life of the process. NaN for a sample too short for one window. Raises ValueError for a
    level or statistic that there is not, or a window that leaves no degree of freedom.
    """
    _check(level, statistic)
    if min_window in _table()["min_window"]:
        found = [
            float(interpolated(_table(), values, min_window, level, statistic, column=column))
            for column in ("value", "se")
        ]
        return found[0], found[1]
    if values <= min_window:
        return math.nan, math.nan
    return quantile(_drawn(values, min_window)[STATISTICS.index(statistic)], level)


@cache
def _drawn(values: int, min_window: int) -> tuple[Floats, Floats]:
    """SADF and GSADF of WALKS random walks of so many values, each sorted."""
    sadf, gsadf = random_walks(min_window, values, WALKS, [values], SEED)
    return np.sort(sadf[:, 0]), np.sort(gsadf[:, 0])


def quantile(draws: Floats, level: float) -> tuple[float, float]:
    """The quantile of sorted draws and its standard error.

    The error is half the distance of the order statistics one binomial standard error to each side.
    """
    spread = math.sqrt(len(draws) * level * (1 - level))
    ranks = np.array([-spread, spread]) + level * (len(draws) - 1)
    low, high = draws[np.clip(ranks.round().astype(int), 0, len(draws) - 1)]
    return float(np.quantile(draws, level)), float(high - low) / 2


def interpolated(
    table: pl.DataFrame,
    values: int | Floats,
    min_window: int,
    level: float,
    statistic: str,
    *,
    column: str = "value",
) -> Floats:
    """A column of a simulated table for samples of so many values, as in `critical_value`.

    table: min_window, n (ascending), statistic, level and the column.
    """
    known = table.filter(
        (pl.col("min_window") == min_window)
        & (pl.col("level") == level)
        & (pl.col("statistic") == statistic)
    )
    if known.is_empty():
        there = {
            name: table[name].unique().sort().to_list() for name in ("statistic", "min_window")
        }
        raise ValueError(
            f"no critical values for {statistic} at {level} with windows of {min_window} rows and "
            f"more: there are {there}, levels {LEVELS}"
        )
    sizes = np.asarray(values, dtype=float) - min_window
    place = np.log(np.where(sizes >= 1, sizes, np.nan))
    found: Floats = np.interp(place, np.log(known["n"] - min_window), known[column])
    return found


def _check(level: float, statistic: str) -> None:
    if level not in LEVELS or statistic not in STATISTICS:
        raise ValueError(
            f"no critical values for {statistic!r} at {level}: there are {STATISTICS} at {LEVELS}"
        )


@cache
def _table() -> pl.DataFrame:
    """min_window, n, statistic, level, value, se, repetitions; sorted by n."""
    packaged = files("transforms") / "tables" / "gsadf_critical_values.csv"
    return pl.read_csv(packaged.read_bytes()).sort("n")


def bootstrapped(
    y: Floats,
    min_window: int,
    repetitions: int = REPETITIONS,
    control: int = CONTROL,
    first: int = 0,
) -> Floats:
    """The largest BSADF of the last `control` values in each null series: (value, repetition).

    Values before `first` are left out. NaN where BSADF is undefined. The draws go through the
    series in time, all repetitions of one value before those of the next, so that what comes later
    changes nothing that was.
    """
    changes = np.diff(y)[:, None]
    draws = np.random.default_rng(SEED).standard_normal((len(changes), repetitions))
    null = np.concatenate([np.zeros((1, repetitions)), np.cumsum(draws * changes, axis=0)])
    earliest = max(first - control + 1, 0)
    found = explosiveness(null.T.copy(), min_window, precision=np.float32, first=earliest)
    return largest_of_the_last(found.bsadf.T, control)[first:]


def largest_of_the_last(statistics: Floats, control: int) -> Floats:
    """The largest of the last `control` values in each column, NaN without one: (value, column)."""
    trailing = pl.all().fill_nan(None).rolling_max(control, min_samples=1).fill_null(np.nan)
    return pl.DataFrame(np.ascontiguousarray(statistics)).select(trailing).to_numpy()
