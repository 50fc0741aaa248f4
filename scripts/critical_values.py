"""Draw the critical values of SADF and GSADF anew; five minutes on one idle core.

`python -m scripts.critical_values` writes transforms/tables/gsadf_critical_values.csv. Every number
follows from SEED; a standard error is half the distance of the order statistics one binomial
standard error to each side of the quantile.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl

from transforms.formulas.gsadf import Floats
from transforms.formulas.gsadf_critical_values import LEVELS, SEED, random_walks

TABLE = Path(__file__).parents[1] / "transforms" / "tables" / "gsadf_critical_values.csv"
# Smallest window: longest sample, repetitions, a size that must be among the sizes. 84 and 40 rows
# are the windows of the metrics; the others are PSY's for their samples, to compare tables.
RUNS = {
    19: (100, 20_000, 100),
    27: (200, 20_000, 200),
    40: (1000, 10_000, 400),
    59: (800, 8_000, 800),
    88: (1600, 5_000, 1600),
    84: (2000, 8_000, 1500),
}
SIZES = 32


def sizes(min_window: int, longest: int, wanted: int) -> list[int]:
    """Sample sizes, closer together where the values climb faster."""
    windows = np.geomspace(1, longest - min_window, SIZES).round().astype(int)
    return sorted({int(count) + min_window for count in windows} | {wanted})


def quantile(draws: Floats, level: float) -> tuple[float, float]:
    """The quantile of sorted draws and its standard error."""
    spread = math.sqrt(len(draws) * level * (1 - level))
    ranks = np.array([-spread, spread]) + level * (len(draws) - 1)
    low, high = draws[np.clip(ranks.round().astype(int), 0, len(draws) - 1)]
    return float(np.quantile(draws, level)), float(high - low) / 2


def rows() -> list[tuple[int, int, str, float, float, float, int]]:
    """The table, row by row."""
    found = []
    for min_window, (longest, repetitions, wanted) in RUNS.items():
        at = sizes(min_window, longest, wanted)
        drawn = random_walks(min_window, longest, repetitions, at, SEED)
        for statistic, draws in zip(("sadf", "gsadf"), drawn, strict=True):
            for n, column in zip(at, np.sort(draws, axis=0).T, strict=True):
                for level in LEVELS:
                    value, error = quantile(column, level)
                    found.append((min_window, n, statistic, level, value, error, repetitions))
    return found


if __name__ == "__main__":
    names = ["min_window", "n", "statistic", "level", "value", "se", "repetitions"]
    TABLE.parent.mkdir(exist_ok=True)
    pl.DataFrame(rows(), schema=names, orient="row").write_csv(TABLE, float_precision=4)
