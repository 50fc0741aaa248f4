"""Log-periodic power law singularity: the best fit in a box, for many windows at once.

The model of Johansen, Ledoit and Sornette in the form of Filimonov and Sornette (2013),
    ln p(t) = A + B x^m + C1 x^m cos(w ln x) + C2 x^m sin(w ln x),   x = |tc - t|,
is linear in A, B, C1, C2 once tc, m and w are given (metrics.md 4). All windows end on one day,
t2, the newest. Measured in lengths of the window, every window has the same box and the same
curves: the curves of a grid are made orthonormal once, and one matrix product gives the error of
the whole grid in many windows. The lowest valleys are then descended by Levenberg and Marquardt's
steps, first on means of some days, in a few windows whose neighbours begin where they end, then on
the days themselves. Nothing is random, and a window's fit depends on the prices up to t2 alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache, partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from transforms.formulas.lppls_fit import (
    LEAST_M,
    POINTS,
    Box,
    Flags,
    Floats,
    Ints,
    Sample,
    Sampler,
    Span,
    all_descended,
    averaged,
    batches,
    compared,
    daily,
    descended,
    least_squares,
    rivals,
    settled,
)

WINDOWS = range(125, 751, 5)  # lengths in trading days: 126 fits per t2
SHORTEST = 20  # days that seven parameters need at the very least
ANCHORS = 1.04  # windows that look at the grid are so much longer than the one before
VALLEYS = 8  # of the grid, that are descended in each of those anchors
KEPT = 4  # of these, that an anchor hands on to the windows between it and the next
FINAL = 3  # of these, that are descended on the days themselves
RIVAL = 1.15  # a valley that is worse by this on means of days is not the lowest on days
NO_WAVE = 1e6  # damping from which on the oscillation is rounding: no log-periodic curve


@dataclass(frozen=True)
class Filter:
    """What a fit must fulfil to count; spans include their ends, tc in lengths of the window."""

    tc: Span
    m: Span
    w: Span
    oscillations: float
    damping: float
    error: float


# Sornette et al. (2015), table 1: the search box, and condition 1 (confidence).
S15 = Box()
CONFIDENCE = Filter((-0.05, 0.1), (0.01, 1.2), (2.0, 25.0), 2.5, 0.8, 0.05)
# A fit on means of days that misses even these will not meet condition 1 on days.
HOPE = Filter((-0.08, 0.13), (0.0, 1.3), (1.6, 27.0), 2.1, 0.6, 0.07)


@dataclass
class Fits:
    """The best fit of each window; NaN where there is none. Arrays, one number per window.

    tc: days after t2; slope: m B and amplitude: |C|, both for x in lengths of the window (their
    quotient is the same in days); sse: sum of squared errors of ln p; error: the mean of
    |p - fitted| / fitted.
    """

    window: Ints
    tc: Floats
    m: Floats
    w: Floats
    slope: Floats
    amplitude: Floats
    sse: Floats
    error: Floats

    @property
    def length(self) -> Floats:
        """Days from the first to the last, dt = t2 - t1."""
        return self.window.astype(np.float64) - 1

    @property
    def damping(self) -> Floats:
        """Quotient m |B| / (w |C|); from 1 on the hazard of a crash is never negative."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs(self.slope) / (self.w * self.amplitude)

    @property
    def oscillations(self) -> Floats:
        """(w / pi) ln |(tc - t1) / (tc - t2)|: half-periods within the window."""
        with np.errstate(divide="ignore"):
            return self.w / np.pi * np.log(np.abs((self.tc + self.length) / self.tc))

    def passing(self, demanded: Filter) -> Flags:
        """Which fits fulfil a filter."""
        spans = ((self.tc / self.length, demanded.tc), (self.m, demanded.m), (self.w, demanded.w))
        inside = [(value >= low) & (value <= high) for value, (low, high) in spans]
        damped = (self.damping >= demanded.damping) & (self.damping < NO_WAVE)
        wavy = damped & (self.oscillations >= demanded.oscillations)
        return inside[0] & inside[1] & inside[2] & wavy & (self.error <= demanded.error)

    def __getitem__(self, chosen: Ints | Flags) -> Self:
        return type(self)(*(getattr(self, one.name)[chosen] for one in fields(self)))


@dataclass(frozen=True)
class Confidence:
    """Shares of all windows that qualify as a bubble (B < 0) or as a negative one (B > 0), and the
    interquartile range of the qualified fits' tc in days, None of fewer than four.
    """

    positive: float
    negative: float
    tc_iqr: float | None


def confidence(
    closes: Floats, windows: Sequence[int] = WINDOWS, demanded: Filter = CONFIDENCE
) -> Confidence | None:
    """The indicator at the last of some daily closes (positive, oldest first), in any unit.

    Qualified is who fulfils the filter with 0 < m < 1. A window longer than the series cannot
    qualify, but counts; so does one in which the price never moved. Windows without hope on means
    of days are not fitted any further. None where not even the shortest window fits, or no window
    saw the price move.
    """
    fitting = [window for window in windows if window <= len(closes)]
    if not fitting or _still(closes[: -fitting[-1] - 1 : -1]) == fitting[-1]:
        return None
    last = closes[-fitting[-1] :]
    found = fits(np.log(last / last[0]), fitting, hope=HOPE)
    qualified = found[found.passing(demanded) & (found.m > 0) & (found.m < 1)]
    count, rising = len(qualified.tc), int((qualified.slope < 0).sum())
    spread = np.subtract(*np.quantile(qualified.tc, [0.75, 0.25])) if count > 3 else None
    return Confidence(
        positive=rising / len(windows),
        negative=(count - rising) / len(windows),
        tc_iqr=None if spread is None else float(spread),
    )


def fits(
    log_price: Floats, windows: Sequence[int], box: Box = S15, hope: Filter | None = None
) -> Fits:
    """The least squares of each window (so many days up to the last, ascending) within a box.

    hope: windows none of whose best valleys fulfils this filter get NaN and are not fitted; so do
    windows in which the price never moved. Raises ValueError for windows that are shorter than 20
    days, longer than the series, or do not ascend.
    """
    lengths = np.array(windows, dtype=np.int64)
    if len(lengths) and not SHORTEST <= lengths.min() <= lengths.max() <= len(log_price):
        raise ValueError(f"a window must have {SHORTEST} to {len(log_price)} days, got {windows}")
    if (np.diff(lengths) <= 0).any():
        raise ValueError(f"windows must ascend, got {windows}")
    newest = np.asarray(log_price, dtype=np.float64)[::-1]
    moved = lengths > _still(newest)
    found = _empty(lengths)
    if moved.any():
        newest = np.ascontiguousarray(newest[: lengths[-1]] - newest[: lengths[-1]].mean())
        _fit(found, np.flatnonzero(moved), newest, box, hope)
    return found


def _empty(lengths: Ints) -> Fits:
    return Fits(lengths, *(np.full(len(lengths), np.nan) for _ in range(7)))


def _still(newest: Floats) -> int:
    """How many days the price has stood still at the end."""
    moves = np.flatnonzero(newest != newest[0])
    return int(moves[0]) if len(moves) else len(newest)


def _fit(found: Fits, moved: Ints, newest: Floats, box: Box, hope: Filter | None) -> None:
    """Fill in the fits of the windows that moved."""
    at, sse = _candidates(newest, found.window[moved], box, hope)
    chosen, rank = np.nonzero(np.isfinite(sse))
    if not len(chosen):
        return
    lengths, sampler = found.window[moved][chosen], partial(daily, newest)
    at, sse = descended(at[chosen, rank], lengths, sampler, box)
    best = _lowest(chosen, sse)
    chosen, lengths, at, sse = moved[chosen[best]], lengths[best], at[best], sse[best]
    for step in (compared, settled, compared):
        at, sse = step(at, sse, lengths, newest, box)
    for batch in batches(lengths):
        _note(found, chosen[batch], at[batch], sampler(lengths[batch]))


def _note(found: Fits, places: Ints, at: Floats, sample: Sample) -> None:
    """Write down fits at (tc, m, w)."""
    solved, lengths = least_squares(at, sample), found.window[places]
    found.tc[places] = at[:, 0] * (lengths - 1)
    found.m[places], found.w[places] = at[:, 1], at[:, 2]
    found.slope[places] = solved.linear[:, 1]
    found.amplitude[places] = np.hypot(solved.linear[:, 2], solved.linear[:, 3])
    found.sse[places] = solved.sse
    error = np.abs(np.expm1(solved.residual)) * sample.there
    found.error[places] = error.sum(axis=1) / sample.there.sum(axis=1)


def _lowest(group: Ints, errors: Floats) -> Ints:
    """The place of the lowest error of each group, by group."""
    order = np.lexsort((errors, group))
    return order[np.unique(group[order], return_index=True)[1]]


# ---- the grid -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grid:
    """Cells tc × m × w; `curves` holds, per cell, three orthonormal curves without mean."""

    tc: Floats
    m: Floats
    w: Floats
    curves: NDArray[np.float32]


@cache
def _grid(box: Box) -> Grid:
    """About 14,000 cells, denser where tc is near t2; 20 MB, made in a third of a second."""
    near = np.array([0, 0.003, 0.007, 0.013, 0.02, 0.03, 0.045, 0.06, 0.08])
    after = np.concatenate([near, np.arange(0.1, max(map(abs, box.tc)), 0.02)])
    tc = _within(box.tc, np.concatenate([-after[::-1], after]))
    m = _within(box.m, np.array([0, 0.1, 0.3, 0.6, 1.0, 1.5, 2.0]))
    w = _within(box.w, np.arange(box.w[0], box.w[1], 0.7))
    age = (np.arange(POINTS) + 0.5) / POINTS
    log = np.log(np.maximum(np.abs(tc[:, None] + age), 0.25 / POINTS))
    rise = np.exp(np.maximum(m, LEAST_M)[:, None] * log[:, None])  # tc × m × point
    turn = w[:, None] * log[:, None]  # tc × w × point
    three = np.broadcast_arrays(
        rise[:, :, None], *(rise[:, :, None] * wave(turn)[:, None] for wave in (np.cos, np.sin))
    )
    curves = np.stack(three, axis=-2).reshape(-1, 3, POINTS)
    curves -= curves.mean(axis=2, keepdims=True)
    for k in range(3):
        for j in [*range(k), *range(k)]:  # twice is enough
            shared = np.einsum("np,np->n", curves[:, j], curves[:, k])
            curves[:, k] -= shared[:, None] * curves[:, j]
        curves[:, k] /= np.linalg.norm(curves[:, k], axis=1)[:, None]
    return Grid(tc, m, w, curves.reshape(-1, POINTS).astype(np.float32))


def _within(span: Span, values: Floats) -> Floats:
    """The ends of the span and the values inside it."""
    inside = values[(values > span[0]) & (values < span[1])]
    return np.unique(np.concatenate([[span[0]], inside, [span[1]]]))


def _grid_valleys(prices: Floats, box: Box) -> Floats:
    """The (tc, m, w) of the VALLEYS lowest valleys of the grid: windows × valleys × 3."""
    grid, count = _grid(box), len(prices)
    centred = (prices - prices.mean(axis=1, keepdims=True)).T.astype(np.float32)
    explained = np.square(grid.curves @ centred).reshape(-1, 3, count).sum(axis=1)
    explained = explained.reshape(len(grid.tc), len(grid.m), len(grid.w), count)
    bend = explained.argmax(axis=1)
    peaks = np.take_along_axis(explained, bend[:, None], axis=1)[:, 0]
    framed = np.pad(peaks, ((1, 1), (1, 1), (0, 0)), constant_values=-1)
    rows, columns = peaks.shape[:2]
    around = [framed[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    summits = np.where(peaks >= np.maximum.reduce(around), peaks, -1).reshape(-1, count)
    order = np.argsort(-summits, axis=0, kind="stable")[:VALLEYS].T
    tc, w = np.unravel_index(order, (rows, columns))
    m = bend[tc, w, np.arange(count)[:, None]]
    return np.stack([grid.tc[tc], grid.m[m], grid.w[w]], axis=-1)


def _candidates(
    newest: Floats, lengths: Ints, box: Box, hope: Filter | None
) -> tuple[Floats, Floats]:
    """Where the best fit of each window may lie: windows × 2 × (tc, m, w), and their errors on
    means of days; infinite errors mark what is no candidate.
    """
    anchors = _anchors(lengths)
    sampler = partial(averaged, newest)
    starts = _grid_valleys(sampler(lengths[anchors]).price, box)
    at, sse = rivals(*all_descended(starts, lengths[anchors], sampler, box), KEPT)
    before = np.searchsorted(anchors, np.arange(len(lengths)), side="right") - 1
    after = np.minimum(before + 1, len(anchors) - 1)
    near = np.concatenate([at[before], at[after]], axis=1)
    some = np.ones(len(lengths), dtype=np.bool_)
    if hope is not None:
        promising = _promising(at, sse, lengths[anchors], sampler, hope)
        some = promising[before] | promising[after]
    at, sse = np.zeros((len(lengths), FINAL, 3)), np.full((len(lengths), FINAL), np.inf)
    if some.any():
        ends = all_descended(near[some], lengths[some], sampler, box, rounds=3)
        at[some], sse[some] = rivals(*ends, FINAL, RIVAL)
    if hope is not None and some.any():
        some[some] = _promising(at[some], sse[some], lengths[some], sampler, hope)
        sse[~some] = np.inf
    return at, sse


def _promising(at: Floats, sse: Floats, lengths: Ints, sampler: Sampler, hope: Filter) -> Flags:
    """Windows of which a valley, not much worse than the best, fulfils a filter."""
    rival = sse <= RIVAL * sse[:, :1]
    place, rank = np.nonzero(rival)
    fits = _empty(lengths[place])
    _note(fits, np.arange(len(place)), at[place, rank], sampler(lengths[place]))
    promising = np.zeros(len(lengths), dtype=np.bool_)
    promising[place[fits.passing(hope)]] = True
    return promising


def _anchors(lengths: Ints) -> Ints:
    """Places of windows, each ANCHORS times the one before or more, with the first and the last."""
    places = [0]
    for place, length in enumerate(lengths):
        if length >= ANCHORS * lengths[places[-1]]:
            places.append(place)
    return np.unique([*places, len(lengths) - 1])
