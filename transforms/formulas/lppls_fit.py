"""From a point of the box down to the best fit of the power law around it; many windows at once.

x^m stands as (x^m - 1) / m, which spans the same curves and turns into ln x where m falls to 0,
and time is scaled by dt: without both, the equations fail where m is small. Where tc lies before
t2 the distance |tc - t| is meant, as the reference files do: the days after tc mirror those
before it. There the error has a cusp at every day, which `settled` looks into.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Span = tuple[float, float]

POINTS = 120  # means of days, per window, on which the grid and the first descents look
SETTLING = 2  # cusps of which the ground is sought
ROUNDS = 8  # steps of a descent: most need four, and neighbours help out
TOGETHER = 16_000  # points in one batch: it stays within the processor's cache
SAME = np.array([0.006, 0.05, 0.15])  # fits closer than this in tc, m and w are one
PASSES = 4  # of handing on where the best lies, from a window to the next
GAIN = 1e-7  # of all errors together, with which it stops
NEAR = 8.0  # days after t2 up to which single days count in where tc is
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


def daily(newest: Floats, lengths: Ints, grain: float = 0.05) -> Sample:
    """The days themselves."""
    day, dt = np.arange(lengths.max()), lengths[:, None].astype(np.float64) - 1
    there = (day < lengths[:, None]).astype(np.float64)
    return Sample(day / dt, there, newest[: len(day)] * there, grain / dt)


def averaged(newest: Floats, lengths: Ints) -> Sample:
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


def least_squares(at: Floats, sample: Sample) -> Solved:
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
    solved = least_squares(at, sample)
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


def batches(lengths: Ints) -> list[slice]:
    """Problems that are computed together."""
    size = max(1, TOGETHER // int(lengths.max()))
    return [slice(start, start + size) for start in range(0, len(lengths), size)]


def descended(
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
    for batch in batches(lengths):
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


def compared(
    at: Floats, sse: Floats, lengths: Ints, newest: Floats, box: Box
) -> tuple[Floats, Floats]:
    """The fits after each descended from where its neighbours ended, if that lies lower.

    tc is handed on in days, m and w as they are, PASSES times or until none gains.
    """
    at, sse, sampler = at.copy(), sse.copy(), partial(daily, newest)
    (low, high), dt = box.corners(), lengths - 1.0
    for _ in range(PASSES):
        before = sse.sum()
        for step in (1, -1):
            theirs = np.roll(at, step, axis=0)
            theirs[:, 0] *= np.roll(dt, step) / dt
            theirs = np.clip(theirs, low, high)
            errors = [
                least_squares(theirs[some], sampler(lengths[some])).sse for some in batches(lengths)
            ]
            lower = np.flatnonzero(np.concatenate(errors) < sse)
            if len(lower):
                at[lower], sse[lower] = descended(theirs[lower], lengths[lower], sampler, box)
        if sse.sum() > (1 - GAIN) * before:
            break
    return at, sse


def settled(
    at: Floats, sse: Floats, lengths: Ints, newest: Floats, box: Box
) -> tuple[Floats, Floats]:
    """The best fits around those whose tc lies before t2 or next to it.

    The error has a cusp wherever tc meets a day, and its slope says nothing about what lies
    behind. So tc is shifted along the valley, m and w following, and the best two descend again.
    """
    at, sse = at.copy(), sse.copy()
    (low, high), sampler = box.corners(), partial(daily, newest, grain=1e-3)
    for shifts in SHIFTS:
        near = np.flatnonzero(at[:, 0] * (lengths - 1) < NEAR)
        for batch in batches(lengths[near]) if len(near) else []:
            places, many = near[batch], np.repeat(lengths[near[batch]], len(shifts))
            valley = _valley(_state(at[places], daily(newest, lengths[places], 0.5)))
            moves = shifts[:, None] / (lengths[places, None, None] - 1.0)
            shifted = (at[places, None] + moves * valley[:, None]).reshape(-1, 3)
            shifted, errors = descended(
                np.clip(shifted, low, high), many, sampler, box, rounds=2, held=True
            )
            lowest = np.argsort(errors.reshape(len(places), -1), axis=1, kind="stable")
            starts = np.take_along_axis(
                shifted.reshape(len(places), -1, 3), lowest[:, :SETTLING, None], axis=1
            )
            ends, errors = all_descended(starts, lengths[places], sampler, box, enough=1e-7)
            first = errors.argmin(axis=1)
            lower = errors[np.arange(len(places)), first] < sse[places]
            at[places[lower]] = ends[lower, first[lower]]
            sse[places[lower]] = errors[lower, first[lower]]
    return at, sse


def _valley(state: State) -> Floats:
    """How (tc, m, w) move along the valley when tc moves by 1."""
    block = state.curvature[:, 1:, 1:] * (1 + 1e-9 * np.eye(2)) + 1e-30 * np.eye(2)
    follow = -np.linalg.solve(block, state.curvature[:, 1:, :1])[:, :, 0]
    return np.concatenate([np.ones((len(follow), 1)), follow], axis=1)


def all_descended(
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
    at, sse = descended(
        starts.reshape(-1, 3), np.repeat(lengths, count), sampler, box, rounds=rounds, enough=enough
    )
    return at.reshape(starts.shape), sse.reshape(-1, count)


def rivals(at: Floats, sse: Floats, keep: int, within: float = np.inf) -> tuple[Floats, Floats]:
    """The best few of each window that are not the same; errors beyond a factor are infinite."""
    order = np.argsort(sse, axis=1, kind="stable")
    at, sse = np.take_along_axis(at, order[:, :, None], 1), np.take_along_axis(sse, order, 1)
    alike = (np.abs(at[:, :, None] - at[:, None]) < SAME).all(axis=3)
    repeated = np.tril(alike, -1).any(axis=2)
    sse = np.where(repeated | (sse > within * sse[:, :1]), np.inf, sse)
    order = np.argsort(sse, axis=1, kind="stable")[:, :keep]
    return np.take_along_axis(at, order[:, :, None], 1), np.take_along_axis(sse, order, 1)
