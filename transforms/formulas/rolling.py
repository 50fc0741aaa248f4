"""What each full window of a series says, in numpy: lines, parabolas, variance ratios, falls.

Each function takes one series without gaps, in order of time, and returns arrays of its length, NaN
where the window is not full yet or the statistic does not exist. A window's sums run over its own
rows in one order, so that a later row never changes an earlier result by a bit, and no rounding of
a wild past reaches a quiet present.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Residuals so much smaller than the movement are the rounding of an exact fit.
EXACT = 1e-12


def slope(values: Floats, window: int) -> Floats:
    """Slope per row of the least-squares line through each window, 0 where nothing moved."""
    return _projected(values, np.arange(window) - np.float64(window - 1) / 2)


def convexity(values: Floats, window: int) -> Floats:
    """The c of a + b τ + c τ², fitted to each window by least squares; 0 where nothing moved.

    τ runs from -1 to 1 over the window; τ and τ² less its mean are orthogonal, so that b has the
    sign of `slope` over the same window. Source: metrics.md H18.
    """
    return _projected(values, _axes(window)[1])


def convexity_t(values: Floats, window: int) -> Floats:
    """The t of that c, none where the fit is exact.

    Newey and West (1987) with Bartlett weights and window / 10 lags, without a correction for
    small samples, as statsmodels has it for cov_type="HAC". All windows are worked on at once,
    one place within the window after the other.
    """
    if values.size < window:
        return np.full(values.size, np.nan)
    tau, square = _axes(window)
    b, c = (_projected(values, axis)[window - 1 :] for axis in (tau, square))
    mean = _moving_sum(values, window) / window
    scores = np.empty((window, c.size))
    for place in range(window):
        np.subtract(values[place : place + c.size], mean, out=scores[place])
        scores[place] -= b * tau[place]
        scores[place] -= c * square[place]
        scores[place] *= square[place]
    error = np.sqrt(_newey_west(scores, window // 10)) / (square @ square)
    moved = np.abs(b) + np.abs(c)
    inexact = (moved > 0) & (error > EXACT * moved)
    return _aligned(np.where(inexact, _ratio(c, error), np.nan), values)


def _axes(window: int) -> tuple[Floats, Floats]:
    """τ from -1 to 1, and τ² less its mean: the two are orthogonal to each other and to 1."""
    tau = np.linspace(-1.0, 1.0, window)
    return tau, tau**2 - (tau**2).mean()


def _projected(values: Floats, axis: Floats) -> Floats:
    """Coefficient of `axis`, orthogonal to 1, in the least-squares fit of each window."""
    if values.size < axis.size:
        return np.full(values.size, np.nan)
    changed = np.concatenate([[0], np.cumsum(np.diff(values) != 0)])
    moved = changed[axis.size - 1 :] > changed[: changed.size - axis.size + 1]
    coefficient = np.correlate(values, axis / (axis @ axis))
    return _aligned(np.where(moved, coefficient, 0.0), values)


def _newey_west(scores: Floats, lags: int) -> Floats:
    """Long-run variance of the sum down each column, Bartlett weights 1 - lag / (lags + 1).

    The weights are how much two stretches of lags + 1 rows overlap, so that the weighted sum of
    autocovariances is a plain sum of squares of moving sums: never negative, and one pass.
    """
    places = scores.shape[0]
    stretch, total = np.zeros(scores.shape[1]), np.zeros(scores.shape[1])
    for place in range(places + lags):
        if place < places:
            stretch += scores[place]
        if place > lags:
            stretch -= scores[place - lags - 1]
        total += stretch**2
    return total / (lags + 1)


def variance_ratio(values: Floats, horizon: int, window: int) -> tuple[Floats, Floats]:
    """Variance of `horizon`-row changes over `horizon` times that of one-row changes, and its z.

    Lo and MacKinlay (1988): overlapping changes, unbiased for the window, z robust to changing
    variance; like arch.unitroot.VarianceRatio. `window` changes enter. Above 1 changes go on,
    below 1 they turn back. Nothing where nothing moved.
    """
    if values.size <= window:
        return np.full(values.size, np.nan), np.full(values.size, np.nan)
    change, far = np.diff(values), values[horizon:] - values[:-horizon]
    mean = _moving_sum(change, window) / window
    overlaps = window - horizon + 1
    far_mean = horizon * mean
    far_sum, far_squares = _moving_sum(far, overlaps), _moving_sum(far**2, overlaps)
    far_spread = far_squares - 2 * far_mean * far_sum + overlaps * far_mean**2
    spread = _moving_sum(change**2, window) - window * mean**2
    spread = np.where(spread > EXACT * _moving_sum(change**2, window), spread, np.nan)
    unbiased = overlaps * (1 - horizon / window)
    ratio = _ratio(far_spread / (horizon * unbiased), spread / (window - 1))
    theta = np.zeros(mean.size)
    for lag in range(1, horizon):
        weight = 4 * window * (1 - lag / horizon) ** 2
        theta += weight * _joint_squares(change, mean, lag)
    z = np.sqrt(window) * _ratio(ratio - 1, np.sqrt(_ratio(theta, spread**2)))
    return _aligned(ratio, values), _aligned(z, values)


def _joint_squares(change: Floats, mean: Floats, lag: int) -> Floats:
    """Σ (x(t) - m)² (x(t - lag) - m)² over each window of `change` with its mean m, multiplied out.

    The window's length follows from the lengths of `change` and `mean`.
    """
    pairs = change.size - mean.size + 1 - lag
    late, early = change[lag:], change[:-lag]
    both, joint = late + early, late * early
    powers = np.stack([both, both**2 + 2 * joint, joint * both, joint**2])
    first, second, third, fourth = _moving_sum(powers, pairs)
    found: Floats = fourth - 2 * mean * third + mean**2 * second - 2 * mean**3 * first
    return found + pairs * mean**4


class Stretch(NamedTuple):
    """Highest, lowest and deepest fall of the rows that end at each row."""

    high: Floats
    low: Floats
    fall: Floats

    def after(self, older: Stretch, rows: int) -> Stretch:
        """This stretch of so many rows joined to the older one that ends before it."""
        high, low, fall = (_later(column, rows) for column in older)
        across = self.low / high - 1
        return Stretch(
            np.maximum(high, self.high),
            np.minimum(low, self.low),
            np.minimum(np.minimum(fall, self.fall), across),
        )


def deepest_fall(values: Floats, window: int) -> Floats:
    """Largest fall from a high to a later low within each window, fraction <= 0.

    The fall of two neighbouring stretches is the deepest of both and of the fall from the first
    one's high to the second one's low; stretches of 1, 2, 4 … rows make up any window.
    """
    stretch = Stretch(values, values, np.zeros_like(values))
    found, rows = None, 0
    for power in range(window.bit_length()):
        length = 1 << power
        if window & length:
            found = stretch if found is None else found.after(stretch, rows)
            rows += length
        stretch = stretch.after(stretch, length)
    return stretch.fall if found is None else found.fall


def _later(values: Floats, rows: int) -> Floats:
    """The values so many rows later, NaN before them."""
    return np.concatenate([np.full(min(rows, values.size), np.nan), values[:-rows]])


def _moving_sum(values: Floats, rows: int) -> Floats:
    """Sum of each full window along the last axis, in time that does not grow with the window.

    A window is the end of one block of `rows` values and the beginning of the next, so that no
    rounding piles up from farther back (van Herk's trick).
    """
    size = values.shape[-1]
    padded = np.zeros((*values.shape[:-1], size + -size % rows))
    padded[..., :size] = values
    blocks = padded.reshape(*values.shape[:-1], -1, rows)
    begins = blocks.cumsum(axis=-1).reshape(padded.shape)
    ends = blocks[..., ::-1].cumsum(axis=-1)[..., ::-1]
    ends[..., 0] = 0.0
    sums: Floats = begins[..., rows - 1 : size] + ends.reshape(padded.shape)[..., : size - rows + 1]
    return sums


def _ratio(over: Floats, under: Floats) -> Floats:
    """The quotient, NaN where `under` is not positive."""
    quotient: Floats = np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)
    return quotient


def _aligned(found: Floats, values: Floats) -> Floats:
    """One result per full window, set beside the last row of the window."""
    return np.concatenate([np.full(values.size - found.size, np.nan), found])
