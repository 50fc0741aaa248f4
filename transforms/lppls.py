"""Log-periodic power law singularity: the best fit in a box, for many windows at once.

The model of Johansen, Ledoit and Sornette in the form of Filimonov and Sornette (2013),
    ln p(t) = A + B x^m + C1 x^m cos(w ln x) + C2 x^m sin(w ln x),   x = |tc - t|,
is linear in A, B, C1, C2 once tc, m and w are given (metrics.md §4). All windows end on one day,
t2, the newest. Measured in lengths of the window, every window has the same box and the same
curves: the curves of a grid are made orthonormal once, and one matrix product gives the error of
the whole grid in many windows. The lowest valleys are then descended by Levenberg and Marquardt's
steps, first on means of some days, in a few windows whose neighbours begin where they end, then on
the days themselves. Nothing is random, and a window's fit depends on the prices up to t2 alone.

x^m stands as (x^m - 1) / m, which spans the same curves and turns into ln x where m falls to 0,
and time is scaled by dt: without both, the equations fail where m is small. Where tc lies before
t2 the distance |tc - t| is meant, as the reference files do: the days after tc mirror those
before it. There the error has a cusp at every day, which `_settled` looks into.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache, partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Span = tuple[float, float]

WINDOWS = range(125, 751, 5)  # lengths in trading days: 126 fits per t2
SHORTEST = 20  # days that seven parameters need at the very least
POINTS = 120  # means of days, per window, on which the grid and the first descents look
ANCHORS = 1.05  # windows that look at the grid are so much longer than the one before
VALLEYS = 6  # of the grid, that are descended in each of those anchors
KEPT = 3  # of these, that an anchor hands on to the windows between it and the next
FINAL = 2  # of these, that are descended on the days themselves
SETTLING = 2  # cusps of which the ground is sought
RIVAL = 1.15  # a valley that is worse by this on means of days is not the lowest on days
ROUNDS = 8  # steps of a descent: most need four, and neighbours help out
TOGETHER = 16_000  # points in one batch: it stays within the processor's cache
SAME = np.array([0.006, 0.05, 0.15])  # fits closer than this in tc, m and w are one
NO_WAVE = 1e6  # damping from which on the oscillation is rounding: no log-periodic curve
NEAR = 3.0  # days after t2 up to which single days count in where tc is
# Days by which tc is shifted in search of the lowest cusp: first between days, then within one.
SHIFTS = (np.arange(-9, 10) / 3, np.arange(-6, 7) / 12)
LEAST_M = 1e-6  # (x^m - 1) / m is ln x here, to five digits in the worst of a window


@dataclass(frozen=True)
class Box:
    """Where the parameters are sought: tc after t2 in lengths dt of the window, m and w."""

    tc: Span = (-0.2, 0.2)
    m: Span = (0.0, 2.0)
    w: Span = (1.0, 50.0)

    def corners(self) -> tuple[Floats, Floats]:
        """Lowest and highest (tc, m, w)."""
        low, high = zip(self.tc, self.m, self.w, strict=True)
        return np.array(low), np.array(high)


@dataclass(frozen=True)
class Filter:
    """What a fit must fulfil to count; spans include their ends, tc in lengths of the window."""

    tc: Span
    m: Span
    w: Span
    oscillations: float
    damping: float
    error: float


# Sornette et al. (2015), table 1: the search box, and conditions 1 (confidence) and 2 (trust).
S15 = Box()
CONFIDENCE = Filter((-0.05, 0.1), (0.01, 1.2), (2.0, 25.0), 2.5, 0.8, 0.05)
TRUST = Filter((-0.05, 0.1), (0.01, 0.99), (2.0, 25.0), 2.5, 1.0, 0.2)
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
    lengths, sampler = found.window[moved][chosen], partial(_days, newest)
    at, sse = _descended(at[chosen, rank], lengths, sampler, box)
    best = _lowest(chosen, sse)
    chosen, lengths, at, sse = moved[chosen[best]], lengths[best], at[best], sse[best]
    at, sse = _compared(at, sse, lengths, newest, box)
    at = _settled(at, sse, lengths, newest, box)
    for batch in _batches(lengths):
        _note(found, chosen[batch], at[batch], sampler(lengths[batch]))


def _note(found: Fits, places: Ints, at: Floats, sample: Sample) -> None:
    """Write down fits at (tc, m, w)."""
    solved, lengths = _solved(at, sample), found.window[places]
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
    sampler = partial(_means, newest)
    starts = _grid_valleys(sampler(lengths[anchors]).price, box)
    at, sse = _rivals(*_matrix(starts, lengths[anchors], sampler, box), KEPT)
    before = np.searchsorted(anchors, np.arange(len(lengths)), side="right") - 1
    after = np.minimum(before + 1, len(anchors) - 1)
    near = np.concatenate([at[before], at[after]], axis=1)
    some = np.ones(len(lengths), dtype=np.bool_)
    if hope is not None:
        promising = _promising(at, sse, lengths[anchors], sampler, hope)
        some = promising[before] | promising[after]
    at, sse = np.zeros((len(lengths), FINAL, 3)), np.full((len(lengths), FINAL), np.inf)
    if some.any():
        ends = _matrix(near[some], lengths[some], sampler, box, rounds=3)
        at[some], sse[some] = _rivals(*ends, FINAL, RIVAL)
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


def _matrix(
    starts: Floats,
    lengths: Ints,
    sampler: Sampler,
    box: Box,
    *,
    rounds: int = ROUNDS,
    enough: float = 1e-4,
) -> tuple[Floats, Floats]:
    """The descents from windows × starts × 3: where they end, and their errors."""
    count = starts.shape[1]
    at, sse = _descended(
        starts.reshape(-1, 3), np.repeat(lengths, count), sampler, box, rounds=rounds, enough=enough
    )
    return at.reshape(starts.shape), sse.reshape(-1, count)


def _rivals(at: Floats, sse: Floats, keep: int, within: float = np.inf) -> tuple[Floats, Floats]:
    """The best few of each window that are not the same; errors beyond a factor are infinite."""
    order = np.argsort(sse, axis=1, kind="stable")
    at, sse = np.take_along_axis(at, order[:, :, None], 1), np.take_along_axis(sse, order, 1)
    alike = (np.abs(at[:, :, None] - at[:, None]) < SAME).all(axis=3)
    repeated = np.tril(alike, -1).any(axis=2)
    sse = np.where(repeated | (sse > within * sse[:, :1]), np.inf, sse)
    order = np.argsort(sse, axis=1, kind="stable")[:, :keep]
    return np.take_along_axis(at, order[:, :, None], 1), np.take_along_axis(sse, order, 1)


# ---- descent ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """The prices of n windows at some points: arrays n × points.

    age: before t2, in lengths dt of the window; there: 1, or 0 where a shorter window is padded;
    price: ln p, 0 where padded; grain (n × 1): nearer to tc than this, slopes are not taken.
    """

    age: Floats
    there: Floats
    price: Floats
    grain: Floats


Sampler = Callable[[Ints], Sample]


def _days(newest: Floats, lengths: Ints, grain: float = 0.05) -> Sample:
    """The days themselves."""
    day, dt = np.arange(lengths.max()), lengths[:, None].astype(np.float64) - 1
    there = (day < lengths[:, None]).astype(np.float64)
    return Sample(day / dt, there, newest[: len(day)] * there, grain / dt)


def _means(newest: Floats, lengths: Ints) -> Sample:
    """Means over POINTS equal parts of each window, whose borders may lie within a day."""
    border = lengths[:, None] * np.arange(POINTS + 1) / POINTS
    whole = np.minimum(border.astype(np.int64), len(newest) - 1)
    total = np.concatenate([[0.0], np.cumsum(newest)])
    price = np.diff(total[whole] + (border - whole) * newest[whole]) * POINTS / lengths[:, None]
    age = (border[:, 1:] + border[:, :-1] - 1) / 2 / (lengths[:, None] - 1.0)
    return Sample(age, np.ones_like(age), price, np.full((len(lengths), 1), 0.25 / POINTS))


@dataclass(frozen=True)
class Solved:
    """Given (tc, m, w): the curves 1, f, g, h and room for three slopes (n × 7 × points), the
    logarithm and the power of x, the products of the curves, their lengths, the linear
    coefficients (n × 4), what is left, and its squares' sum.
    """

    curves: Floats
    signed: Floats
    log: Floats
    rise: Floats
    products: Floats
    norm: Floats
    linear: Floats
    residual: Floats
    sse: Floats


def _solved(at: Floats, sample: Sample) -> Solved:
    """Least squares for A, m B, C1, C2 of n windows."""
    tc, m, w = at[:, 0, None], np.maximum(at[:, 1, None], LEAST_M), at[:, 2, None]
    curves = np.empty((len(at), 7, sample.age.shape[1]))
    signed = tc + sample.age
    log = np.log(np.maximum(np.abs(signed), 1e-12))
    rise, turn = np.exp(m * log), w * log
    curves[:, 0] = sample.there
    curves[:, 1] = (rise - 1) / m * sample.there
    rise *= sample.there
    np.multiply(rise, np.cos(turn), out=curves[:, 2])
    np.multiply(rise, np.sin(turn), out=curves[:, 3])
    four = curves[:, :4]
    products = four @ four.transpose(0, 2, 1)
    norm = np.sqrt(np.einsum("nii->ni", products))
    products /= norm[:, :, None] * norm[:, None]
    np.einsum("nii->ni", products)[:] += 1e-13  # curves may be parallel where w is small
    right = (four @ sample.price[:, :, None])[:, :, 0] / norm
    linear = np.linalg.solve(products, right[:, :, None])[:, :, 0] / norm
    residual = sample.price - (linear[:, None] @ four)[:, 0]
    sse = np.einsum("np,np->n", residual, residual)
    return Solved(curves, signed, log, rise, products, norm, linear, residual, sse)


@dataclass
class State:
    """Where n descents stand: (tc, m, w), the error, its curvature (n × 3 × 3), minus its slope."""

    at: Floats
    sse: Floats
    curvature: Floats
    descent: Floats

    def take(self, places: Ints, other: State, which: Flags) -> None:
        """Move some descents to another state."""
        for one in fields(self):
            getattr(self, one.name)[places] = getattr(other, one.name)[which]


def _state(at: Floats, sample: Sample) -> State:
    """The error and what it does around (tc, m, w), the linear coefficients following (Kaufman)."""
    solved = _solved(at, sample)
    m, w = np.maximum(at[:, 1, None], LEAST_M), at[:, 2, None]
    _, f, g, h, by_tc, by_m, by_w = (solved.curves[:, k] for k in range(7))
    slope, c1, c2 = (solved.linear[:, k, None] for k in (1, 2, 3))
    wave = c1 * g + c2 * h
    np.subtract(c2 * g, c1 * h, out=by_w)
    np.multiply(slope, solved.rise, out=by_tc)
    by_tc += m * wave
    by_tc += w * by_w
    by_tc /= np.copysign(np.maximum(np.abs(solved.signed), sample.grain), solved.signed)
    np.multiply(solved.rise, solved.log, out=by_m)
    by_m -= f
    by_m *= slope / m
    by_m += solved.log * wave
    by_w *= solved.log
    slopes = solved.curves[:, 4:]
    shared = slopes @ solved.curves.transpose(0, 2, 1)
    across = shared[:, :, :4].transpose(0, 2, 1) / solved.norm[:, :, None]
    held = across.transpose(0, 2, 1) @ np.linalg.solve(solved.products, across)
    descent = (slopes @ solved.residual[:, :, None])[:, :, 0]
    return State(at, solved.sse, shared[:, :, 4:] - held, descent)


def _batches(lengths: Ints) -> list[slice]:
    """Problems that are computed together."""
    size = max(1, TOGETHER // int(lengths.max()))
    return [slice(start, start + size) for start in range(0, len(lengths), size)]


def _descended(
    starts: Floats,
    lengths: Ints,
    sampler: Sampler,
    box: Box,
    *,
    rounds: int = ROUNDS,
    enough: float = 1e-7,
    held: bool = False,
) -> tuple[Floats, Floats]:
    """Where the descents of n starts (n × 3) in windows of n lengths end, and their errors."""
    at, sse = starts.copy(), np.empty(len(starts))
    for batch in _batches(lengths):
        found = _descend(
            starts[batch], sampler(lengths[batch]), box, rounds=rounds, enough=enough, held=held
        )
        at[batch], sse[batch] = found.at, found.sse
    return at, sse


def _descend(
    starts: Floats, sample: Sample, box: Box, *, rounds: int, enough: float, held: bool
) -> State:
    """Levenberg and Marquardt's steps in a box, until a step gains less than `enough`."""
    low, high = box.corners()
    state = _state(np.clip(starts, low, high), sample)
    damping, live = np.full(len(starts), 1e-2), np.arange(len(starts))
    for _ in range(rounds):
        at = np.clip(
            state.at[live] + _step(state, live, damping, (low, high), held=held), low, high
        )
        tried = _state(at, _some(sample, live))
        gain = 1 - tried.sse / np.maximum(state.sse[live], 1e-300)
        state.take(live[gain > 0], tried, gain > 0)
        damping[live] = np.where(gain > 0, damping[live] / 5, damping[live] * 6)
        live = live[~((gain > 0) & (gain < enough)) & (damping[live] < 1e6)]
        if not len(live):
            break
    return state


def _some(sample: Sample, places: Ints) -> Sample:
    if len(places) == len(sample.age):
        return sample
    return Sample(*(getattr(sample, one.name)[places] for one in fields(sample)))


def _step(
    state: State, live: Ints, damping: Floats, corners: tuple[Floats, Floats], *, held: bool
) -> Floats:
    """The damped step of each descent; a parameter that would leave the box stays where it is."""
    at, descent, (low, high) = state.at[live], state.descent[live], corners
    stuck = ((at <= low) & (descent < 0)) | ((at >= high) & (descent > 0))
    stuck[:, 0] |= held
    matrix = np.where(stuck[:, :, None] | stuck[:, None], 0.0, state.curvature[live])
    diagonal = np.einsum("nii->ni", matrix)
    diagonal[:] = np.where(stuck, 1.0, diagonal * (1 + damping[live, None]) + 1e-30)
    right = np.where(stuck, 0.0, descent)
    return np.linalg.solve(matrix, right[:, :, None])[:, :, 0]


def _compared(
    at: Floats, sse: Floats, lengths: Ints, newest: Floats, box: Box
) -> tuple[Floats, Floats]:
    """The fits after each was compared with where its two neighbours ended."""
    at, sse, sampler = at.copy(), sse.copy(), partial(_days, newest)
    for theirs in (np.roll(at, 1, axis=0), np.roll(at, -1, axis=0)):
        errors = np.concatenate(
            [_solved(theirs[batch], sampler(lengths[batch])).sse for batch in _batches(lengths)]
        )
        lower = np.flatnonzero(errors < sse)
        if len(lower):
            at[lower], sse[lower] = _descended(theirs[lower], lengths[lower], sampler, box)
    return at, sse


def _settled(at: Floats, sse: Floats, lengths: Ints, newest: Floats, box: Box) -> Floats:
    """The best (tc, m, w) around fits whose tc lies before t2 or next to it.

    The error has a cusp wherever tc meets a day, and its slope says nothing about what lies
    behind. So tc is shifted along the valley, m and w following, and the best two descend again.
    """
    at, sse = at.copy(), sse.copy()
    (low, high), sampler = box.corners(), partial(_days, newest, grain=1e-3)
    for shifts in SHIFTS:
        near = np.flatnonzero(at[:, 0] * (lengths - 1) < NEAR)
        for batch in _batches(lengths[near]) if len(near) else []:
            places, many = near[batch], np.repeat(lengths[near[batch]], len(shifts))
            valley = _valley(_state(at[places], _days(newest, lengths[places], 0.5)))
            moves = shifts[:, None] / (lengths[places, None, None] - 1.0)
            shifted = (at[places, None] + moves * valley[:, None]).reshape(-1, 3)
            shifted, errors = _descended(
                np.clip(shifted, low, high), many, sampler, box, rounds=2, held=True
            )
            lowest = np.argsort(errors.reshape(len(places), -1), axis=1, kind="stable")
            starts = np.take_along_axis(
                shifted.reshape(len(places), -1, 3), lowest[:, :SETTLING, None], axis=1
            )
            ends, errors = _matrix(starts, lengths[places], sampler, box, enough=1e-7)
            first = errors.argmin(axis=1)
            lower = errors[np.arange(len(places)), first] < sse[places]
            at[places[lower]] = ends[lower, first[lower]]
            sse[places[lower]] = errors[lower, first[lower]]
    return at


def _valley(state: State) -> Floats:
    """How (tc, m, w) move along the valley when tc moves by 1."""
    block = state.curvature[:, 1:, 1:] * (1 + 1e-9 * np.eye(2)) + 1e-30 * np.eye(2)
    follow = -np.linalg.solve(block, state.curvature[:, 1:, :1])[:, :, 0]
    return np.concatenate([np.ones((len(follow), 1)), follow], axis=1)
