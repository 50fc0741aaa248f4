"""Where a mean broke: sums by hand, the ends of short series, and the draws of a stated seed."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from transforms.formulas.structural_breaks import (
    DRAWS,
    _explained,
    _statistics,
    inflection,
    mean_break,
)

WALK = np.array([0.1, 0.3, 0.2, 0.4, 0.1, 0.3, 0.9, 0.7, 0.8, 1.0, 0.6, 0.9])


def squares(values: np.ndarray) -> float:
    return float(((values - values.mean()) ** 2).sum())


def test_what_a_break_explains_is_what_two_means_leave_over_less_than_one():
    by_hand = [squares(WALK) - squares(WALK[:row]) - squares(WALK[row:]) for row in range(3, 10)]

    assert _explained(WALK) == pytest.approx(by_hand)
    assert _explained(np.vstack([WALK, WALK[::-1]]))[1] == pytest.approx(by_hand[::-1])


def test_the_statistic_is_the_ratio_of_what_is_explained_to_what_is_left():
    left = np.array([squares(WALK[:row]) + squares(WALK[row:]) for row in range(3, 10)])
    by_hand = (squares(WALK) - left) / (left / (12 - 2))

    assert _statistics(WALK) == pytest.approx(by_hand)


def test_a_break_that_explains_everything_is_infinitely_strong_and_warns_nobody():
    step = np.array([0.0] * 4 + [1.0] * 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = mean_break(step)

    assert found is not None
    assert (found.row, found.statistic) == (4, math.inf)
    assert (found.earliest, found.latest) == (4, 4)


@pytest.mark.parametrize(("count", "there"), [(5, False), (6, True), (7, True)])
def test_a_break_needs_three_values_on_each_side(count, there):
    values = np.array([0.0, 0.1, 0.0, 1.0, 1.1, 1.0, 1.1])[:count]
    found = mean_break(values)

    assert (found is not None) is there
    assert found is None or found.row == 3


def test_the_rounding_of_a_constant_is_no_break():
    values = np.full(12, 0.1) * 3
    values[5] += 1e-17

    assert mean_break(values) is None
    assert mean_break(np.full(12, 1e6)) is None
    assert mean_break(np.full(12, 1e-9) + np.arange(12) * 1e-10) is not None


def test_a_p_value_counts_the_series_itself_and_its_shuffles():
    """No shuffle of a clean step is as strong but the step itself and its mirror."""
    values = np.array([0.0, 0.01, -0.01, 0.02, 0.0, 0.01] * 2) + np.repeat([0.0, 5.0], 6)
    strong, weak = mean_break(values), mean_break(np.tile([0.1, -0.1, 0.0], 5))

    assert strong is not None
    assert weak is not None
    assert 1 / (1 + DRAWS) <= strong.p_value < 5 / (1 + DRAWS)
    assert weak.p_value > 0.9
    assert (strong.p_value * (1 + DRAWS)) % 1 == pytest.approx(0, abs=1e-9)


def test_the_draws_are_those_of_the_seed():
    """Printed numbers hang on them: p, and the interval that holds the row four times in five."""
    found = mean_break(np.array([0.3, 0.1, 0.5, 0.2, 0.6, 0.4, 0.9, 0.3, 0.7, 0.8, 0.2, 0.9]))

    assert found is not None
    assert (found.row, found.p_value, found.earliest, found.latest) == DRAWN


DRAWN = (4, 0.24, 3, 7)


@pytest.mark.parametrize(
    ("values", "row"),
    [([0, 1, 3], 1), ([0, 0, 0, 5], 2), ([0, 5, 0, 0], 1), ([9, 0, 0, 0, 1], 1)],
)
def test_the_sharpest_bend_up_or_down_is_the_inflection(values, row):
    assert inflection(np.array(values, dtype=float)) == row
