"""Whether the blocks are hot together: the ECB's indicator of systemic stress, and a first factor.

Both take scores as fractions, a row per week and a column per block, NaN where a block is missing.
All sums run forward in time, one row after the other, so that later rows change no earlier bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from transforms.formulas.expressions import ROUNDING

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FIRST_ROWS = 52
DECAY = 0.93
FEWEST_BLOCKS = 3


class Systemic(NamedTuple):
    """CISS of each row, NaN where it has none, and the share of the weights that took part."""

    ciss: Floats
    coverage: Floats


def systemic(
    scores: Floats,
    weights: Floats,
    decay: float = DECAY,
    *,
    real_time: bool = False,
    first_rows: int = FIRST_ROWS,
) -> Systemic:
    """CISS = (w∘s)' C (w∘s) of each row (Holló, Kremer, Lo Duca 2012; metrics.md 5.3).

    C are the correlations of exponentially weighted products of s - 1/2. The covariance of a pair
    starts as the mean product of the first `first_rows` rows in which both are there, and each row
    from the first on is blended in with 1 - decay. So the first rows look ahead: real_time leaves a
    block out until so many of its rows are past. What is left out takes no part: its pairs keep
    their covariance, and the weights of the others are scaled up to the same sum.
    """
    centred = scores - 0.5
    products = centred[:, :, None] * centred[:, None, :]
    there = np.isfinite(products)
    counts = np.cumsum(there, axis=0)
    ready = counts >= (first_rows if real_time else 0)
    covariance = _first_covariance(np.where(there, products, 0.0), counts, first_rows)
    found = Systemic(np.full(len(scores), np.nan), np.zeros(len(scores)))
    for row, score in enumerate(scores):
        blended = decay * covariance + (1 - decay) * products[row]
        covariance = np.where(there[row], blended, covariance)
        known = np.isfinite(score) & np.diag(ready[row])
        both = np.ix_(known, known)
        share = weights[known].sum() / weights.sum()
        if share > 0 and ready[row][both].all():
            stress = weights[known] / share * score[known]
            found.ciss[row] = stress @ _correlation(covariance[both]) @ stress
            found.coverage[row] = share
    return found


def _first_covariance(products: Floats, counts: Ints, rows: int) -> Floats:
    """Mean product of the first rows in which both of a pair are there."""
    if not len(products):
        return np.zeros(products.shape[1:])
    until = (counts < rows).sum(axis=0).clip(max=len(products) - 1)
    sums = np.take_along_axis(np.cumsum(products, axis=0), until[None], axis=0)[0]
    number = np.take_along_axis(counts, until[None], axis=0)[0]
    found: Floats = sums / np.maximum(number, 1)
    return found


def _correlation(covariance: Floats) -> Floats:
    """Correlations; a score that never left 1/2 has none and counts as its own only."""
    spread = np.sqrt(np.diag(covariance))
    scale = np.outer(spread, spread)
    found: Floats = np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 0)
    np.fill_diagonal(found, 1.0)
    return found


def chained_factor(scores: Floats, named: int, first_rows: int = FIRST_ROWS) -> Floats:
    """First principal component of standardised scores, in real time; NaN where it has none.

    Each row has its own loadings, from the correlations of all rows up to it, with a positive one
    on the column `named`. The level moves by loadings × change of the standardised scores, so that
    new loadings do not move it, and a block that comes later rewrites nothing: it takes part once
    `first_rows` rows are past. After Monin (2019), OFR Financial Stress Index; metrics.md 5.4.
    """
    moments = _moments(scores)
    there = np.isfinite(scores)
    level = np.full(len(scores), np.nan)
    last: int | None = None
    for row in range(len(scores)):
        ready = moments.rows[row] >= first_rows
        taken = there[row] & np.diag(ready) & (moments.spread[row] > 0)
        if last is not None:
            taken &= there[last]
        both = np.ix_(taken, taken)
        correlation = moments.correlation[row][both]
        settled = ready[both].all() and np.isfinite(correlation).all()
        if not taken[named] or taken.sum() < FEWEST_BLOCKS or not settled:
            continue
        loading = np.linalg.eigh(correlation)[1][:, -1]
        loading *= np.sign(loading[taken[:named].sum()]) or 1.0
        before = moments.mean[row] if last is None else scores[last]
        change = (scores[row] - before)[taken] / moments.spread[row][taken]
        level[row] = (0.0 if last is None else level[last]) + (loading * change).sum()
        last = row
    return level


def running_correlation(left: Floats, right: Floats, first_rows: int) -> Floats:
    """Correlation of two series over all rows so far in which both are there; NaN before enough."""
    moments = _moments(np.column_stack([left, right]))
    enough = moments.rows[:, 0, 1] >= first_rows
    now = np.isfinite(left) & np.isfinite(right)
    return np.where(enough & now, moments.correlation[:, 0, 1], np.nan)


class Moments(NamedTuple):
    """Per row, of all rows up to it: mean and spread of columns, row count and correlation of
    pairs.
    """

    mean: Floats
    spread: Floats
    rows: Ints
    correlation: Floats


def _moments(scores: Floats) -> Moments:
    """Expanding moments; pairs from the rows in which both columns are there."""
    there = np.isfinite(scores)
    both = there[:, :, None] & there[:, None, :]
    values = np.where(there, scores, 0.0)
    rows: Ints = np.cumsum(both, axis=0, dtype=np.int64)
    number = np.maximum(rows, 1)
    mean = np.cumsum(np.where(both, values[:, :, None], 0.0), axis=0) / number
    square = np.cumsum(np.where(both, (values**2)[:, :, None], 0.0), axis=0) / number
    product = np.cumsum(values[:, :, None] * values[:, None, :], axis=0) / number
    spread = np.sqrt(_positive(square - mean**2))
    scale = spread * np.swapaxes(spread, 1, 2)
    covariance = product - mean * np.swapaxes(mean, 1, 2)
    correlation = np.divide(covariance, scale, out=np.full_like(scale, np.nan), where=scale > 0)
    diagonal = np.arange(scores.shape[1])
    return Moments(
        mean[:, diagonal, diagonal],
        spread[:, diagonal, diagonal],
        rows,
        correlation.clip(-1.0, 1.0),
    )


def _positive(variance: Floats) -> Floats:
    """The variance, 0 where it is a residue of rounding."""
    return np.where(variance > ROUNDING, variance, 0.0)
