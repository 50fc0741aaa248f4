"""Explosive prices: the right-tailed unit-root tests of Phillips, Shi and Yu (2015).

Over a window the change of y is regressed on a constant, the level before it and `lags` earlier
changes; ADF is the t statistic of the level, with as many degrees of freedom as the window has
rows less 2 + lags. A row of the regression is one change, so a window of m rows spans m + 1 + lags
values. `min_window` counts rows, as exuber's `minw` does; PSY's `swindow0` counts values, so that
without lags min_window = swindow0 - 1. The first statistic stands at index min_window + lags.

BADF of an end is the ADF of the window from the first row to it, BSADF the largest ADF of all
windows of at least `min_window` rows that end there; SADF and GSADF are their largest values.
A later value never changes an earlier statistic, not in its last bit, as long as `min_window`
stays: the rule of PSY moves it with the length of the sample and so rewrites the past.
"""

from __future__ import annotations

import math
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.floating]
Whole = npt.NDArray[np.intp]

# Ends, and windows of several series, that are worked on together: enough for numpy's calls to
# weigh little, few enough that the moments stay in the processor's cache.
TOGETHER = 96
CELLS = 300_000
AT_ONCE = 200  # seeded walks that are tested together
# A variance of which so few units of rounding are left is none: the window is flat, a line or a
# perfect fit.
ROUNDING = 500
# Columns of the regression; between the constant, which is the first, and these stand the lags.
LEVEL, CHANGE = -2, -1


class Explosiveness(NamedTuple):
    """Statistics aligned to y, NaN where undefined.

    start: index at which the window of BSADF begins, -1 where BSADF is undefined.
    """

    badf: Floats
    bsadf: Floats
    start: Whole

    def of(self, series: slice) -> Explosiveness:
        """Views of some of the series."""
        return Explosiveness(self.badf[series], self.bsadf[series], self.start[series])

    def shaped(self, *shape: int) -> Explosiveness:
        """The same statistics in another shape."""
        badf, bsadf = self.badf.reshape(shape), self.bsadf.reshape(shape)
        return Explosiveness(badf, bsadf, self.start.reshape(shape))


def explosiveness(
    y: Floats,
    min_window: int,
    lags: int = 0,
    precision: npt.DTypeLike = np.float64,
    first: int = 0,
) -> Explosiveness:
    """BADF and BSADF at every index of y, finite values without gaps; or of each row of y.

    From `first` on, bit by bit as without it; before, they are left undefined and cost nothing.
    With precision float32 the moments of the windows, once summed, are worked on in 32 bits: a
    third faster and good to 1e-5, which is enough for draws. Raises ValueError when the smallest
    window leaves the regression no degree of freedom.
    """
    columns = _regression(y, min_window, lags)
    found = _undefined((columns.shape[1], y.shape[-1]))
    ends, starts = min(TOGETHER, min_window), max(columns.shape[-1] - min_window + 1, 1)
    series = min(max(1, CELLS // (ends * starts)), columns.shape[1])
    room = _room((len(columns), series, ends, starts), min_window, precision)
    blocks = [
        (base, wanted)
        for base, those in _blocks(columns.shape[-1], min_window)
        if len(wanted := those[those + lags + 1 >= first])
    ]
    for one in range(0, columns.shape[1], series):
        some = slice(one, one + series)
        part = found.of(some)
        for base, those in blocks:
            statistics = _statistics(columns[:, some], base, those, min_window, room)
            _enter(part, those + lags + 1, statistics)
    return found.shaped(*y.shape)


def newest(y: Floats, min_window: int, lags: int = 0) -> Explosiveness:
    """The last of `explosiveness`, bit by bit, without the work for the values before it."""
    columns = _regression(y, min_window, lags)
    found = _undefined((columns.shape[1], 1))
    blocks = _blocks(columns.shape[-1], min_window)
    if blocks:
        base, ends = blocks[-1]
        shape = (*columns.shape[:2], 1, int(ends[-1]) - min_window + 2)
        room = _room(shape, min_window, np.float64)
        statistics = _statistics(columns, base, ends[-1:], min_window, room)
        _enter(found, np.array([0]), statistics)
    return found.shaped(*y.shape[:-1], 1)


def least_window(values: int) -> int:
    """PSY's rule for the smallest window, ⌊(0.01 + 1.8 / √n) n⌋: it moves with the sample."""
    return math.floor(0.01 * values + 1.8 * math.sqrt(values))


def _regression(y: Floats, min_window: int, lags: int) -> Floats:
    """1, the changes of 1 … lags rows before, level, change: (column, series, row)."""
    if lags < 0:
        raise ValueError(f"lags counts earlier changes, it cannot be {lags}")
    if min_window < lags + 3:
        raise ValueError(
            f"{min_window} rows do not suffice for {lags + 2} coefficients and an error: "
            f"min_window must be {lags + 3} or more with {lags} lags"
        )
    y = np.atleast_2d(y)
    rows = max(y.shape[1] - 1 - lags, 0)
    # The statistics know no unit, and one that is a power of two costs no bit.
    largest = np.abs(np.diff(y)).max(axis=1, initial=0.0, keepdims=True)
    y = np.ldexp(y, -np.frexp(largest)[1])
    changes = np.diff(y)
    before = [changes[:, lags - lag : lags - lag + rows] for lag in range(1, lags + 1)]
    level, change = y[:, lags : lags + rows], changes[:, lags : lags + rows]
    return np.array([np.ones_like(level), *before, level, change])


def _undefined(shape: tuple[int, ...]) -> Explosiveness:
    return Explosiveness(np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, -1))


def _blocks(rows: int, min_window: int) -> list[tuple[int, Whole]]:
    """Ends (rows) that are worked on together, each time with the first of them as the base."""
    together = min(TOGETHER, min_window)
    return [
        (base, np.arange(base, min(base + together, rows)))
        for base in range(min_window - 1, rows, together)
    ]


def _enter(found: Explosiveness, at: Whole, statistics: Reals) -> None:
    """The first and the largest statistic of each end to its place."""
    start = statistics.argmax(axis=-1)
    first = statistics[..., 0]
    largest = np.take_along_axis(statistics, start[..., None], axis=-1)[..., 0]
    found.badf[..., at] = np.where(first > -np.inf, first, np.nan)
    found.bsadf[..., at] = np.where(largest > -np.inf, largest, np.nan)
    found.start[..., at] = np.where(largest > -np.inf, start, -1)


class _Room(NamedTuple):
    """What all blocks of ends use, made once: fresh memory costs more than the sums in it.

    moments: (column, column, cell); roots: √(rows - coefficients) by end and start, counted from
    the last of each in a full block; too_short: the same way, which windows are.
    """

    moments: Reals
    roots: Reals
    too_short: npt.NDArray[np.bool_]


def _room(shape: tuple[int, int, int, int], min_window: int, precision: npt.DTypeLike) -> _Room:
    """Room for so many columns, series, ends and starts."""
    columns, series, ends, starts = shape
    rows = min_window + np.arange(1 - ends, 1)[:, None] + np.arange(starts + ends)[::-1]
    return _Room(
        moments=np.empty((columns, columns, series * ends * starts), precision),
        roots=np.sqrt(np.maximum(rows - (columns - 1), 0)).astype(precision),
        too_short=rows[:, -ends:] < min_window,
    )


def _statistics(columns: Floats, base: int, ends: Whole, min_window: int, room: _Room) -> Reals:
    """ADF of the windows that end at each of the ends: (series, end, start).

    -inf stands where a window is too short or its regression degenerate. What lies below the
    diagonal of the moments is for working, and the answer stands there.
    """
    precision = room.moments.dtype
    back, ahead = _sums(columns[..., : ends[-1] + 1], base, ends - base, precision)
    shape = (columns.shape[1], len(ends), int(ends[-1]) - min_window + 2)
    moments: Reals = room.moments[..., : math.prod(shape)].reshape(*room.moments.shape[:2], *shape)
    for (first, second), one, other in zip(_pairs(len(moments)), back, ahead, strict=True):
        np.add(one[:, None, : shape[-1]], other[:, :, None], out=moments[first, second])
    fewer = len(room.roots) - len(ends)
    last = room.roots.shape[1] - fewer
    with np.errstate(divide="ignore", invalid="ignore"):
        _partial_out(moments)
        # The slope is covariance / level, its standard error the root of errors / freedom / level.
        statistics: Reals = moments[CHANGE, LEVEL]
        np.multiply(moments[LEVEL, LEVEL], moments[CHANGE, CHANGE], out=statistics)
        np.sqrt(statistics, out=statistics)
        np.divide(moments[LEVEL, CHANGE], statistics, out=statistics)
        statistics *= room.roots[: len(ends), last - shape[-1] : last]
    _silence_degenerate(statistics, moments, back, ahead, ends - min_window + 1)
    too_short = room.too_short[: len(ends), : len(ends)]
    np.copyto(statistics[..., -len(ends) :], -np.inf, where=too_short)
    return statistics


def _sums(
    columns: Floats, base: int, beyond: Whole, precision: npt.DTypeLike
) -> tuple[Reals, Reals]:
    """Σ of the product of two columns from each row to the base, and so far beyond it.

    Both are (pair, series, row), the pairs as in `_pairs`; the Σ of a window is the sum of the two,
    for every window contains the base. Levels are taken relative to the base's: only values of the
    window enter, and a quiet spell keeps its digits after a storm.
    """
    used = columns.copy()
    used[LEVEL] -= used[LEVEL, :, base, None]
    products = np.array([used[first] * used[second] for first, second in _pairs(len(used))])
    back = np.cumsum(products[..., base::-1], axis=-1)[..., ::-1]
    products[..., base] = 0.0
    ahead = np.cumsum(products[..., base:], axis=-1)[..., beyond]
    return back.astype(precision), ahead.astype(precision)


def _pairs(columns: int) -> list[tuple[int, int]]:
    return list(combinations_with_replacement(range(columns), 2))


def _partial_out(moments: Reals) -> None:
    """Regress each column on those before it, in place: the diagonal is what is left of it.

    That is Gauss's elimination; what is left of the last column are the squared errors.
    """
    size = len(moments)
    factor, explained = moments[1, 0], moments[2, 0]
    for pivot in range(size - 1):
        for first in range(pivot + 1, size):
            np.divide(moments[pivot, first], moments[pivot, pivot], out=factor)
            for second in range(first, size):
                np.multiply(factor, moments[pivot, second], out=explained)
                moments[first, second] -= explained


def _silence_degenerate(
    statistics: Reals, moments: Reals, back: Reals, ahead: Reals, shortest: Whole
) -> None:
    """-inf where a column is, but for rounding, a combination of those before it.

    A longer window of that kind contains a shorter one: an end whose shortest window is sound has
    none, and most series have none at all. shortest: the start of each end's shortest window.
    """
    nothing = ROUNDING * np.finfo(moments.dtype).eps
    rows, starts = np.arange(len(shortest)), statistics.shape[-1]
    sound = np.ones(statistics.shape[:2], dtype=np.bool_)
    squares = [(n, a) for n, (a, b) in enumerate(_pairs(len(moments))) if a == b > 0]
    for pair, column in squares:
        whole = back[pair][:, shortest] + ahead[pair]
        sound &= moments[column, column][:, rows, shortest] > nothing * whole
    if sound.all():
        return
    for series, row in np.argwhere(~sound):
        for pair, column in squares:
            whole = back[pair, series, :starts] + ahead[pair, series, row]
            left = moments[column, column, series, row]
            statistics[series, row, ~(left > nothing * whole)] = -np.inf


def episodes(
    statistic: Floats, critical: Floats, least_duration: float, collapse: Floats | None = None
) -> list[tuple[int, int | None]]:
    """First index above the critical value and first later one below it, None while it lasts.

    collapse: what it must fall below instead to end. An episode that lasts fewer than
    `least_duration` values is left out; NaN begins and ends none.
    """
    found: list[tuple[int, int | None]] = []
    starts, ends = statistic > critical, statistic < (critical if collapse is None else collapse)
    start: int | None = None
    for index, (above, below) in enumerate(zip(starts, ends, strict=True)):
        if start is None and above:
            start = index
        elif start is not None and below:
            found.append((start, index))
            start = None
    if start is not None:
        found.append((start, None))
    return [
        (first, end)
        for first, end in found
        if (len(statistic) if end is None else end) - first >= least_duration
    ]


def rose(y: Floats, start: Whole) -> npt.NDArray[np.bool_]:
    """Whether y rose over the window that gave BSADF: exuberance, where it fell a collapse.

    The test rejects in both. False where BSADF is undefined.
    """
    grown: npt.NDArray[np.bool_] = (y > y[start]) & (start >= 0)
    return grown
