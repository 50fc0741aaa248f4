"""Moments of returns over moving windows, and what is read from them (metrics.md H09, H21).

Each window's sums follow from those of the day before: the new day comes in, the oldest goes out.
Sums are taken in the order of days and matrix by matrix, so that later days and other windows
never change a bit. Windows hold complete rows only: see `stretches`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.formulas.matrix import Floats

Flags = npt.NDArray[np.bool_]
# A variance or a pivot so much smaller than its scale is the rounding of a sum that is zero.
VANISHING = 1e-10
BLOCK = 128  # windows whose matrices of thirty series take a megabyte


@dataclass(frozen=True)
class Stretch:
    """Days (first to last, both in) on which the same columns are complete back to `since`."""

    first: int
    last: int
    since: int
    columns: npt.NDArray[np.intp]


@dataclass(frozen=True)
class Moments:
    """Of each window: the weight of its days, mean, sum of products about it, and fourth sum.

    products[window] = sum of w (y - m)(y - m)'; fourth[window] = sum of w |y - m|^4.
    """

    weight: Floats
    mean: Floats
    products: Floats
    fourth: Floats

    def of(self, windows: slice | Flags) -> Moments:
        """The moments of some of the windows."""
        parts = (self.weight, self.mean, self.products, self.fourth)
        return Moments(*(part[windows] for part in parts))


def stretches(returns: Floats, window: int, fewest: int = 2) -> Iterator[Stretch]:
    """Runs of days over whose last `window` rows the same columns, `fewest` at least, are whole.

    A column with a hole is out until the hole has left the window. `since` is the first row from
    which all the columns of the run are whole, at the latest its first day's window.
    """
    holes = np.where(np.isnan(returns), np.arange(returns.shape[0])[:, None], -1)
    last_hole = np.maximum.accumulate(holes, axis=0)
    whole = np.arange(returns.shape[0])[:, None] - last_hole >= window
    changes = np.flatnonzero((whole[1:] != whole[:-1]).any(axis=1)) + 1
    for days in np.split(np.arange(returns.shape[0]), changes):
        if days.size and whole[days[0]].sum() >= fewest:
            columns = np.flatnonzero(whole[days[0]])
            since = int(last_hole[days[0], columns].max()) + 1
            yield Stretch(int(days[0]), int(days[-1]), since, columns)


def moments(
    returns: Floats,
    window: int | None = None,
    half_life: float | None = None,
    first: int | None = None,
) -> Iterator[tuple[slice, Moments]]:
    """Moments of the windows of rows that end at row `first`, first + 1 …, with these rows.

    returns: [day, series], finite; window: rows, all so far by default; half_life: rows after
    which a row weighs half, equal weights by default; first: the end of the first full window by
    default. Block by block, so that what is computed of them stays in the processor's cache.
    """
    days, count = returns.shape
    decay = 1.0 if half_life is None else 0.5 ** (1 / half_life)
    gone = 0.0 if window is None else decay**window
    first = (window or 1) - 1 if first is None else first
    rows = np.column_stack([np.ones(days), returns, _squared_lengths(returns)])
    sums = np.empty((BLOCK, count + 2, count + 2))
    current = np.zeros(sums.shape[1:])
    for day, row in enumerate(rows):
        current = current * decay + row[:, None] * row
        if window is not None and day >= window:
            current = current - gone * (rows[day - window][:, None] * rows[day - window])
        place = (day - first) % BLOCK
        sums[place] = current
        if day >= first and (place == BLOCK - 1 or day == days - 1):
            yield slice(day - place, day + 1), _about_the_mean(sums[: place + 1])


def _squared_lengths(rows: Floats) -> Floats:
    """|y|^2 of each row."""
    squares = np.zeros(rows.shape[0])
    for column in rows.T:
        squares = squares + column * column
    return squares


def _about_the_mean(sums: Floats) -> Moments:
    """Moments from the sums of products of (1, y, |y|^2)."""
    weight, first = sums[:, 0, 0].copy(), sums[:, 0, 1:-1]
    mean = first / weight[:, None]
    products = sums[:, 1:-1, 1:-1] - weight[:, None, None] * mean[:, :, None] * mean[:, None, :]
    # |y - m|^4 = (|y|^2 - 2 m'y + |m|^2)^2, summed up.
    length = (mean * mean).sum(axis=1)
    towards = (mean * sums[:, 1:-1, -1]).sum(axis=1)
    spread = (mean * (sums[:, 1:-1, 1:-1] * mean[:, None, :]).sum(axis=2)).sum(axis=1)
    fourth = (
        sums[:, -1, -1]
        - 4 * towards
        + 2 * length * sums[:, 0, -1]
        + 4 * spread
        - 3 * weight * length * length
    )
    return Moments(weight, mean, products, fourth)


def correlations(products: Floats) -> Floats:
    """Correlation matrices; NaN throughout where a series of the window does not move."""
    variances = np.where(_still(products)[:, None], np.nan, _variances(products))
    deviation = np.sqrt(variances)
    found: Floats = products / (deviation[:, :, None] * deviation[:, None, :])
    return found


def _variances(products: Floats) -> Floats:
    return np.diagonal(products, axis1=1, axis2=2)


def _still(products: Floats) -> Flags:
    """The windows in which a series does not move: its variance is the rounding of a zero."""
    variances = _variances(products)
    largest = variances.max(axis=1, keepdims=True, initial=0.0)
    still: Flags = (variances <= VANISHING * largest).any(axis=1)
    return still


def mean_correlations(returns: Floats, window: int, fewest: int = 2) -> Floats:
    """Mean correlation of each series with the others over the last `window` rows.

    NaN for a series with a hole in the window, and where fewer than `fewest` have none. The mean
    over the series is the average pairwise correlation.
    """
    found = np.full(returns.shape, np.nan)
    for run in stretches(returns, window, fewest):
        start, count = run.first - window + 1, run.columns.size
        for ends, past in moments(returns[start : run.last + 1, run.columns], window):
            mean = (correlations(past.products).sum(axis=2) - 1) / (count - 1)
            found[start + ends.start : start + ends.stop, run.columns] = mean
    return found


@dataclass(frozen=True)
class Absorption:
    """Absorption ratios by day, of covariances and of correlations, and of how many series."""

    covariance: Floats
    correlation: Floats
    count: Floats


def absorption_ratios(
    returns: Floats,
    window: int,
    half_life: float | None,
    fewest: int = 5,
    leading: int | None = None,
) -> Absorption:
    """Absorption ratio of the last `window` rows, weights halving every `half_life` rows.

    leading: components counted, a fifth of the series by default. Series with a hole in the
    window are left out; NaN where fewer than `fewest` remain.
    """
    covariance, correlation, counts = np.full((3, returns.shape[0]), np.nan)
    for run in stretches(returns, window, fewest):
        start, most = run.first - window + 1, leading or max(1, round(run.columns.size / 5))
        values = returns[start : run.last + 1, run.columns]
        for ends, past in moments(values, window, half_life):
            days = slice(start + ends.start, start + ends.stop)
            covariance[days] = absorption(past.products, most)
            correlation[days] = absorption(correlations(past.products), most)
            counts[days] = run.columns.size
    return Absorption(covariance, correlation, counts)


def absorption(products: Floats, leading: int) -> Floats:
    """Share of the variance that the `leading` largest principal components take.

    products: matrices of covariance, to any scale, or of correlation. Source: Kritzman, Li, Page
    and Rigobon (2011). NaN where nothing moves.
    """
    usable = np.isfinite(products).all(axis=(1, 2))
    found = np.full(products.shape[0], np.nan)
    values = np.linalg.eigvalsh(products[usable])
    whole, largest = np.zeros(values.shape[0]), np.zeros(values.shape[0])
    for place in range(values.shape[1]):
        whole = whole + values[:, place]
        if place >= values.shape[1] - leading:
            largest = largest + values[:, place]
    with np.errstate(invalid="ignore", divide="ignore"):
        found[usable] = np.where(whole > 0, largest / whole, np.nan)
    return found


def shrunk(moments: Moments) -> Floats:
    """Sample covariances drawn towards equal variances without covariance, by Ledoit and Wolf.

    The intensity is that of Ledoit and Wolf (2004), which minimises the expected squared error;
    it is applied to the covariance with divisor T - 1, as the unshrunk one has.
    """
    count = moments.products.shape[1]
    size = moments.weight[:, None, None]
    biased = moments.products / size
    variance = np.trace(biased, axis1=1, axis2=2) / count
    norm = (biased.reshape(-1, count * count) ** 2).sum(axis=1)
    error = (moments.fourth / moments.weight - norm) / moments.weight
    spread = norm - count * variance**2
    with np.errstate(invalid="ignore", divide="ignore"):
        intensity = np.where(spread > 0, np.clip(error / spread, 0.0, 1.0), 1.0)
    target = variance[:, None, None] * size / (size - 1) * np.eye(count)
    mixed = intensity[:, None, None]
    covariance: Floats = (1 - mixed) * _sample(moments) + mixed * target
    return covariance


def distances(deviations: Floats, covariances: Floats) -> Floats:
    """Squared Mahalanobis distances y' S^-1 y of rows y to matrices S, NaN where S is singular."""
    found = np.full(deviations.shape[0], np.nan)
    roots = _roots(covariances)
    pivots = _variances(roots) ** 2
    scale = _variances(covariances).max(axis=1, keepdims=True, initial=0.0)
    regular = (pivots > VANISHING * scale).all(axis=1)
    scaled = np.linalg.solve(roots[regular], deviations[regular][:, :, None])[:, :, 0]
    found[regular] = (scaled * scaled).sum(axis=1)
    return found


def _roots(covariances: Floats) -> Floats:
    """Lower Cholesky factors, NaN for what is no covariance of full rank."""
    try:
        roots: Floats = np.asarray(np.linalg.cholesky(covariances), dtype=np.float64)
    except np.linalg.LinAlgError:
        if covariances.shape[0] == 1:
            return np.full(covariances.shape, np.nan)
    else:
        return roots
    middle = covariances.shape[0] // 2
    return np.concatenate([_roots(covariances[:middle]), _roots(covariances[middle:])])


def turbulence(returns: Floats, window: int | None, fewest: int = 250) -> tuple[Floats, Floats]:
    """How unusual each row is against the rows before it, and how many series say so.

    d = (y - m)' S^-1 (y - m), m and S of the `window` rows before (all so far by default, `fewest`
    at least), S shrunk where there are fewer than ten rows per series. Series with a hole in the
    last `fewest` rows are left out. Both are NaN where there is no d. Source: Kritzman and Li
    (2010).
    """
    found, counts = np.full((2, returns.shape[0]), np.nan)
    least = fewest if window is None else window
    for run in stretches(returns, least + 1):
        start = run.since if window is None else run.first - least
        values = returns[start : run.last + 1, run.columns]
        for ends, past in moments(values[:-1], window, first=run.first - start - 1):
            covariance = _sample(past)
            small = run.columns.size > 0.1 * past.weight
            covariance[small] = shrunk(past.of(small))
            covariance[_still(past.products)] = np.nan
            next_days = slice(ends.start + 1, ends.stop + 1)
            days = slice(start + ends.start + 1, start + ends.stop + 1)
            found[days] = distances(values[next_days] - past.mean, covariance)
            counts[days] = run.columns.size
    counts[np.isnan(found)] = np.nan
    return found, counts


def _sample(past: Moments) -> Floats:
    """Covariances with divisor T - 1."""
    covariance: Floats = past.products / (past.weight - 1)[:, None, None]
    return covariance
