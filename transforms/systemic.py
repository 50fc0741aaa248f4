"""How heat in several blocks goes together: the ECB's composite indicator of systemic stress.

Source: Holló, Kremer, Lo Duca (2012); metrics.md 5.3. With s the scores as fractions and w their
weights, sigma is the exponentially weighted mean of the products of s - 1/2, rho the correlation
that follows from it, and CISS = (w∘s)' rho (w∘s): the square of the weighted mean where all
scores move together, less where they do not. The square root is on the scale of the scores.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FIRST_ROWS = 52
DECAY = 0.93


class Systemic(NamedTuple):
    """CISS of each row, NaN where no score is there; settled: whether no later row enters it."""

    ciss: Floats
    settled: npt.NDArray[np.bool_]


def systemic(
    scores: Floats, weights: Floats, decay: float = DECAY, first_rows: int = FIRST_ROWS
) -> Systemic:
    """CISS of each row of scores (rows in order of time, a column per block, fractions 0-1).

    The covariance of a pair starts as the mean product of the first `first_rows` rows in which
    both are there, and each row from the first on is blended into it with 1 - decay; so the rows
    before the last of those look ahead and are not settled. A score that is NaN takes no part: its
    pairs keep their covariance, and the weights of the others are scaled up to the same sum.
    """
    centred = scores - 0.5
    products = centred[:, :, None] * centred[:, None, :]
    there = np.isfinite(products)
    counts = np.cumsum(there, axis=0)
    covariance = _first_covariance(np.where(there, products, 0.0), counts, first_rows)
    found = Systemic(np.full(len(scores), np.nan), np.zeros(len(scores), dtype=np.bool_))
    for row, score in enumerate(scores):
        blended = decay * covariance + (1 - decay) * products[row]
        covariance = np.where(there[row], blended, covariance)
        known = np.isfinite(score)
        if weights[known].sum() > 0:
            both = np.ix_(known, known)
            scaled = weights[known] * (weights.sum() / weights[known].sum()) * score[known]
            found.ciss[row] = scaled @ _correlation(covariance[both]) @ scaled
            found.settled[row] = bool((counts[row][both] >= first_rows).all())
    return found


def _first_covariance(products: Floats, counts: npt.NDArray[np.int64], rows: int) -> Floats:
    """Mean product of the first rows in which both of a pair are there."""
    if not len(products):
        return np.zeros(products.shape[1:])
    until = (counts < rows).sum(axis=0).clip(max=len(products) - 1)
    sums = np.take_along_axis(np.cumsum(products, axis=0), until[None], axis=0)[0]
    number = np.take_along_axis(counts, until[None], axis=0)[0]
    return np.asarray(sums / np.maximum(number, 1), dtype=np.float64)


def _correlation(covariance: Floats) -> Floats:
    """Correlations; a score that never left 1/2 has none and counts as its own only."""
    spread = np.sqrt(np.diag(covariance))
    scale = np.outer(spread, spread)
    found: Floats = np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 0)
    np.fill_diagonal(found, 1.0)
    return found
