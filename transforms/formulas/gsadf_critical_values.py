"""How large the tests of explosiveness get where nothing is explosive.

Two answers. A table of critical values for random walks of steady noise, drawn by our own seeded
Monte Carlo (`python -m scripts.critical_values`), with standard errors. And a wild bootstrap of a
series itself: its own changes, each multiplied by a standard normal draw and added up again, so
that its calm and its stormy spells stay where they are (Harvey, Leybourne, Sollis and Taylor 2016).
Chinese shares are far from steady noise: the table is for orientation, the bootstrap decides.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from transforms.formulas.gsadf import Floats, explosiveness

LEVELS = (0.90, 0.95, 0.99)
REPETITIONS = 199
# Two years: the chance of one false alarm within them is what the bootstrap's p-value tells.
CONTROL = 104
SEED = 20260113
AT_ONCE = 200


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
    smallest window, level or statistic that was not simulated.
    """
    known = _table().filter(
        (pl.col("min_window") == min_window)
        & (pl.col("level") == level)
        & (pl.col("statistic") == statistic)
    )
    if known.is_empty():
        there = _table().select(pl.col("min_window").unique().sort()).to_series().to_list()
        raise ValueError(
            f"no critical values for {statistic} at {level} with windows of {min_window} rows and "
            f"more: there are sadf and gsadf, levels {LEVELS}, min_window {there}"
        )
    sizes = np.asarray(values, dtype=float) - min_window
    with np.errstate(divide="ignore", invalid="ignore"):
        place = np.log(np.where(sizes >= 1, sizes, np.nan))
    found: Floats = np.interp(place, np.log(known["n"] - min_window), known["value"])
    return found


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
    trailing = pl.all().fill_nan(None).rolling_max(control, min_samples=1).fill_null(np.nan)
    return pl.DataFrame(found.bsadf.T).select(trailing).to_numpy()[first:]
