"""Random paths that pass exactly through given points, so that noise leaves the story as it is."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flows.sandbox.market.trading_days import Days

Floats = NDArray[np.float64]


class Point(NamedTuple):
    """The level a path has at the close of `day`, and the daily noise on the way there."""

    day: date
    level: float
    noise: float


def log_path(days: Days, points: Sequence[Point], rng: np.random.Generator) -> Floats:
    """The log level on each day: through every point, a Brownian bridge between two of them.

    Before the first and after the last point the path stays level, with noise.
    """
    knots = np.searchsorted(days, np.array([p.day for p in points], dtype="datetime64[D]"))
    index = np.arange(len(days))
    noise = np.array([p.noise for p in points])[
        np.minimum(np.searchsorted(knots, index), len(points) - 1)
    ]
    walk = np.cumsum(rng.standard_normal(len(days)) * noise)
    trend = np.interp(index, knots, np.log([p.level for p in points]))
    path: Floats = trend + walk - np.interp(index, knots, walk[knots])
    return path
