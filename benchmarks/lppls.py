"""The log-periodic power law: 126 windows that end on one day, beside the package `lppls`.

The package starts each fit at one random point and leaves the box of the paper as it likes, so that
two runs differ and no answer can be held against ours. What can be told is whose curve is nearer to
the prices: both sums of squares are compared in every window.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from benchmarks.alone import Task, alone
from benchmarks.race import Line
from transforms.formulas.lppls import S15, WINDOWS, fits
from transforms.formulas.lppls_fit import Floats
from transforms.indicators import lppls_confidence

if TYPE_CHECKING:
    from lppls.lppls import LPPLS

REPEATS = 5
DAYS = max(WINDOWS)
SEARCHES = 25  # starts that the package tries until one converges: its own default
WORSE = 1e-4  # relative, of the sum of squares
SEED = 20260113


def log_price(kind: str) -> Floats:
    """Logarithms of 750 closes: a walk, or the same on top of a bubble that peaks in 20 days."""
    noise = np.random.default_rng(SEED).normal(0.0003, 0.013, DAYS).cumsum()
    if kind == "walk":
        return noise
    left = DAYS + 19.0 - np.arange(DAYS)
    return noise / 4 - left**0.5 * (0.03 + 0.002 * np.cos(9 * np.log(left)))


def our_fits(kind: str) -> Sequence[Task]:
    """The best fit of every window, none left out; the first makes the grid and is not counted."""
    prices = log_price(kind)
    fits(prices, WINDOWS)
    return [lambda: float(fits(prices, WINDOWS).sse.sum())] * REPEATS


def our_indicator(kind: str) -> Sequence[Task]:
    """Windows without hope are left, which changes nothing in the indicator."""
    close = pl.Series(np.exp(log_price(kind)))
    lppls_confidence(close)
    return [lambda: lppls_confidence(close)[0] or 0.0] * REPEATS


def their_fits(kind: str) -> Sequence[Task]:
    """All windows but the shortest, which the package's loop leaves out."""
    model = _package(kind)

    def task() -> float:
        nested = model.compute_nested_fits(
            window_size=DAYS,
            smallest_window_size=min(WINDOWS),
            outer_increment=1,
            inner_increment=WINDOWS.step,
            max_searches=SEARCHES,
        )
        return float(nested.size)

    return [task]


def nearer(kind: str, *, inside: bool) -> Sequence[Task]:
    """In how many windows the package's curve is nearer to the prices than ours, fits in the box or
    outside of it.
    """
    return [partial(_nearer, kind, inside=inside)]


def _nearer(kind: str, *, inside: bool) -> float:
    prices, model = log_price(kind), _package(kind)
    ours = dict(zip(WINDOWS, fits(prices, WINDOWS).sse, strict=True))
    count, (low, high) = 0, S15.corners()
    for window in list(WINDOWS)[:0:-1]:  # in the package's order, which its draws depend on
        observed = model.observations[:, -window:]
        tc, m, w, a, b, _, c1, c2, _, _ = model.fit(SEARCHES, obs=observed)
        error = observed[1] - model.lppls(observed[0], tc, m, w, a, b, c1, c2)
        at = np.array([(tc - DAYS + 1) / (window - 1), m, w])
        in_box = bool(((at >= low) & (at <= high)).all())
        count += in_box == inside and error @ error < ours[window] * (1 - WORSE)
    return float(count)


def _package(kind: str) -> LPPLS:
    """The package with the prices, warmed up, its draws seeded."""
    from lppls.lppls import LPPLS  # noqa: PLC0415 - only where somebody installed it

    warnings.simplefilter("ignore")
    model = LPPLS(np.array([np.arange(DAYS, dtype=float), log_price(kind)]))
    model.fit(SEARCHES, obs=model.observations[:, -60:])
    random.seed(SEED)
    return model


def lines(*, quick: bool) -> Iterator[Line | str]:
    """Time against the package, then whose fits are nearer; without the package our figures."""
    size = f"{len(WINDOWS)} windows of {min(WINDOWS)}-{DAYS} days"
    indicator = alone(our_indicator, kind="walk")
    ours = alone(our_fits, kind="walk")
    if not find_spec("lppls"):
        yield Line("LPPLS, best fits of one day", size, ours)
        yield Line("LPPLS indicator of one day", size, indicator)
        return
    theirs = alone(their_fits, kind="walk")
    peer = "lppls, one start each"
    yield Line("LPPLS, best fits of one day", size, ours, peer, theirs)
    yield Line("LPPLS indicator of one day", size, indicator, peer, theirs)
    for kind in ("walk",) if quick else ("walk", "bubble"):
        inside, outside = (alone(nearer, kind=kind, inside=which).answer for which in (True, False))
        yield (
            f"LPPLS fits of a {kind}, {len(WINDOWS) - 1} windows: the package is nearer to the prices "
            f"in {inside:.0f} of them within the paper's box, in {outside:.0f} by leaving it"
        )
