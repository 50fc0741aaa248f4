"""The test of explosive prices: whole, for one new week, and its bootstrap; on random walks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import numpy as np
import polars as pl

from benchmarks.alone import Run, Task, alone
from benchmarks.race import Line, growth, race
from transforms.formulas.gsadf_critical_values import REPETITIONS, bootstrapped
from transforms.indicators import bsadf_newest, gsadf

REPEATS = 9
LEAST = 84  # rows of the shortest window, as for a history of 1,500 weeks


def walk(weeks: int) -> np.ndarray:
    """The log price of so many weeks."""
    return np.random.default_rng(20260113).normal(0.001, 0.03, weeks).cumsum()


def our_gsadf(weeks: int, lags: int, least: int) -> Sequence[Task]:
    y = pl.Series(walk(weeks))
    return [lambda: gsadf(y, least, lags) or 0.0] * REPEATS


def exuber_gsadf(weeks: int, lags: int, least: int) -> Sequence[Task]:
    """pyexuber, whose kernel is compiled."""
    from exuber import radf  # noqa: PLC0415 - only where somebody installed it

    y = walk(weeks)
    return [lambda: float(np.max(radf(y, minw=least, lag=lags).gsadf))] * REPEATS


def plain_gsadf(weeks: int, lags: int, least: int) -> Sequence[Task]:
    """A least-squares regression for each window, as the paper reads."""
    y = walk(weeks)

    def task() -> float:
        starts = [
            (start, end)
            for end in range(least + lags + 1, weeks + 1)
            for start in range(end - least - lags)
        ]
        return max(adf(y[start:end], lags) for start, end in starts)

    return [task]


def adf(y: np.ndarray, lags: int) -> float:
    """The t statistic of the level in one window."""
    change = np.diff(y)
    before = [change[lags - lag : len(change) - lag] for lag in range(1, lags + 1)]
    design = np.column_stack([np.ones(len(change) - lags), y[lags:-1], *before])
    slopes, errors, _, _ = np.linalg.lstsq(design, change[lags:])
    variance = errors[0] / (len(design) - design.shape[1])
    return float(slopes[1] / np.sqrt(variance * np.linalg.inv(design.T @ design)[1, 1]))


def our_week(weeks: int) -> Sequence[Task]:
    """The statistic of the newest week alone."""
    y = pl.Series(walk(weeks))
    return [lambda: bsadf_newest(y, LEAST) or 0.0] * 100


def exuber_week(weeks: int) -> Sequence[Task]:
    """Without an update: pyexuber tests the whole history anew."""
    from exuber import radf  # noqa: PLC0415 - only where somebody installed it

    y = walk(weeks)
    return [lambda: float(np.ravel(radf(y, minw=LEAST, lag=0).bsadf)[-1])] * REPEATS


def our_bootstrap(weeks: int) -> Sequence[Task]:
    y = walk(weeks)
    return [lambda: float(bootstrapped(y, LEAST)[-1].max())]


def lines(*, quick: bool) -> Iterator[Line | str]:
    """The test against its peers, then the parts that none of them has, then how it grows."""
    weeks = 1500
    whole = alone(our_gsadf, weeks=weeks, lags=0, least=LEAST)
    yield from against_exuber(weeks, whole)
    small = {"weeks": 200, "lags": 0, "least": 40}
    ours, theirs = alone(our_gsadf, **small), alone(plain_gsadf, **small)
    yield race("GSADF", "200 weeks", ours, "numpy lstsq per window", theirs, within=1e-9)
    history = 500 if quick else weeks
    bootstrap = alone(our_bootstrap, weeks=history)
    yield Line("wild bootstrap of BSADF", f"{REPETITIONS} × {history:,} weeks", bootstrap)
    for times in (2,) if quick else (2, 4):
        longer = alone(our_gsadf, weeks=weeks * times, lags=0, least=LEAST)
        yield growth(
            f"GSADF of {times} × {weeks:,} weeks, by windows",
            (windows(weeks), whole),
            (windows(weeks * times), longer),
        )


def against_exuber(weeks: int, whole: Run) -> Iterator[Line]:
    """With and without a lag, and for one more week; without the peer, our figures alone."""
    size = f"{weeks:,} weeks"
    lagged = alone(our_gsadf, weeks=weeks, lags=1, least=LEAST)
    week = alone(our_week, weeks=weeks)
    if not find_spec("exuber"):
        yield Line("GSADF", size, whole)
        yield Line("GSADF, one lag", size, lagged)
        yield Line("BSADF of one new week", size, week)
        return
    peer = "pyexuber"
    theirs = alone(exuber_gsadf, weeks=weeks, lags=0, least=LEAST)
    yield race("GSADF", size, whole, peer, theirs, within=1e-9)
    theirs = alone(exuber_gsadf, weeks=weeks, lags=1, least=LEAST)
    yield race("GSADF, one lag", size, lagged, peer, theirs, within=1e-8)
    yield race(
        "BSADF of one new week", size, week, peer, alone(exuber_week, weeks=weeks), within=1e-9
    )


def windows(weeks: int) -> int:
    """How many regressions a history has."""
    ends = weeks - LEAST
    return ends * (ends + 1) // 2
