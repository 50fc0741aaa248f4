"""Draw the critical values of the tests of explosiveness anew; eight minutes on one idle core.

`python -m scripts.critical_values` writes two tables of transforms/tables: those of SADF and GSADF,
and the thresholds of the volatility-robust test; with the name of one, only that. Every number
follows from SEED.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from transforms.formulas.gsadf import Floats
from transforms.formulas.gsadf_critical_values import (
    LEVELS,
    SEED,
    STATISTICS,
    quantile,
    random_walks,
)
from transforms.formulas.volatility_robust import TABLE, Thresholds, sign_walks

TABLES = Path(__file__).parents[1] / "transforms" / "tables"
Runs = dict[int, tuple[int, int, int]]
Draw = Callable[[int, int, int, list[int], int], tuple[Floats, Floats]]
Row = tuple[int, int, str, float, float, float, int]
# Smallest window: longest sample, repetitions, a size that must be among the sizes. 84 and 40 rows
# are the windows of the metrics; the others are PSY's for their samples, to compare tables.
RUNS: Runs = {
    19: (100, 20_000, 100),
    27: (200, 20_000, 200),
    40: (1000, 10_000, 400),
    59: (800, 8_000, 800),
    88: (1600, 5_000, 1600),
    84: (2000, 8_000, 1500),
}
# The windows of the metrics alone.
ROBUST_RUNS: Runs = {40: (1000, 4_000, 400), 84: (2000, 2_000, 1500)}
SIZES = 32


def sizes(min_window: int, longest: int, wanted: int) -> list[int]:
    """Sample sizes, closer together where the values climb faster."""
    windows = np.geomspace(1, longest - min_window, SIZES).round().astype(int)
    return sorted({int(count) + min_window for count in windows} | {wanted})


def rows(runs: Runs, draw: Draw, statistics: tuple[str, ...]) -> Iterator[Row]:
    """A table, row by row."""
    for min_window, (longest, repetitions, wanted) in runs.items():
        at = sizes(min_window, longest, wanted)
        drawn = draw(min_window, longest, repetitions, at, SEED)
        for statistic, draws in zip(statistics, drawn, strict=True):
            for n, column in zip(at, np.sort(draws, axis=0).T, strict=True):
                for level in LEVELS:
                    value, error = quantile(column, level)
                    yield min_window, n, statistic, level, value, error, repetitions


WRITTEN: dict[str, tuple[Runs, Draw, tuple[str, ...]]] = {
    "gsadf_critical_values.csv": (RUNS, random_walks, STATISTICS),
    TABLE: (ROBUST_RUNS, sign_walks, Thresholds._fields),
}


if __name__ == "__main__":
    names = ["min_window", "n", "statistic", "level", "value", "se", "repetitions"]
    for table in sys.argv[1:] or WRITTEN:
        found = list(rows(*WRITTEN[table]))
        pl.DataFrame(found, schema=names, orient="row").write_csv(TABLES / table, float_precision=4)
