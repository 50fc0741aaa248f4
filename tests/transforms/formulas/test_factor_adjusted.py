"""Specs of the part of a price that its market and its industry do not explain."""

import numpy as np
import pytest

from transforms.formulas.factor_adjusted import FEWEST, LONGEST, adjusted_level, unexplained


def returns(seed: int, weeks: int = 200, own: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """An index of slopes 1.2 and 0.4 with changes of its own of such a size, and its factors."""
    chance = np.random.default_rng(seed)
    factors = 0.03 * chance.standard_normal((weeks, 2))
    return factors @ [1.2, 0.4] + own * chance.standard_normal(weeks), factors


def test_what_the_factors_explain_is_taken_out_and_no_more():
    index, factors = returns(1)
    left = unexplained(index, factors)

    assert np.isnan(left[:FEWEST]).all()
    assert left[FEWEST:] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("row", [FEWEST, 90, 150])
def test_the_slopes_are_those_of_the_weeks_before(row):
    """By the normal equations of the two years before the row, or of all weeks before it."""
    index, factors = returns(2, own=0.02)
    past = slice(max(0, row - LONGEST), row)
    design = np.column_stack([np.ones(row - past.start), factors[past]])
    slopes = np.linalg.inv(design.T @ design) @ design.T @ index[past]

    assert unexplained(index, factors)[row] == pytest.approx(index[row] - factors[row] @ slopes[1:])


def test_a_later_week_changes_no_earlier_one():
    index, factors = returns(3, own=0.02)
    other = np.concatenate([index[:120], 5 * index[120:]])

    assert (
        unexplained(index, factors)[FEWEST:120] == unexplained(other, factors)[FEWEST:120]
    ).all()
    assert (
        unexplained(index[:120], factors[:120])[FEWEST:] == unexplained(index, factors)[FEWEST:120]
    ).all()


def test_a_drift_of_its_own_stays():
    """What explodes is a drift that grows: a constant that were taken out would take it along."""
    index, factors = returns(4, own=0.001)

    assert unexplained(index + 0.02, factors)[FEWEST:].mean() == pytest.approx(0.02, abs=0.001)


def test_a_market_that_never_moves_explains_nothing():
    index, factors = returns(5, own=0.02)

    assert (unexplained(index, 0 * factors)[FEWEST:] == index[FEWEST:]).all()


def test_the_adjusted_level_adds_up_what_is_left():
    index, factors = returns(6, own=0.02)
    start = np.zeros((1, 2))
    levels = np.concatenate([start, np.cumsum(factors, axis=0)])
    level = adjusted_level(np.concatenate([[0.0], np.cumsum(index)]), levels)

    assert len(level) == len(index) + 1 - FEWEST
    assert level[0] == 0
    assert np.diff(level) == pytest.approx(unexplained(index, factors)[FEWEST:], abs=1e-12)
