"""How probabilities are printed: in steps of 5 %, inside their interval, never 0 nor 100 %."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.outlook.printed import OVER, UNDER, Printed, covering, event, outcomes

shares = st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda found: sum(found) > 0.01)


@given(shares)
def test_outcomes_that_are_no_bounds_add_up_to_a_hundred(drawn):
    exact = np.array(drawn) / sum(drawn)
    printed = outcomes(exact)
    values = [one.value for one in printed if one.bound is None]

    if any(one.bound == OVER for one in printed):
        assert values == []
    else:
        assert sum(values) == pytest.approx(1.0)
    for one, probability in zip(printed, exact, strict=True):
        assert true_of(one, probability)


@given(st.floats(0, 1))
def test_what_is_printed_of_an_event_is_true_of_it(probability):
    assert true_of(event(probability), probability, half=True)


def true_of(one: Printed, probability: float, *, half: bool = False) -> bool:
    """A bound holds; a step is the nearest one, or either of the two beside the probability."""
    if one.bound is not None:
        assert one.value == (0.05 if one.bound == UNDER else 0.95)
        return probability < 0.05 if one.bound == UNDER else probability > 0.95
    on_a_step = abs(one.value * 20 - round(one.value * 20)) < 1e-9
    reach = 0.025 if half else 0.05
    return on_a_step and 0.05 <= one.value <= 0.95 and abs(one.value - probability) < reach + 1e-9


@pytest.mark.parametrize(
    ("probability", "printed"),
    [(0.0, Printed(0.05, UNDER)), (0.0249, Printed(0.05, UNDER)), (0.025, Printed(0.05, None)),
     (0.075, Printed(0.10, None)), (0.974, Printed(0.95, None)), (0.975, Printed(0.95, OVER)),
     (1.0, Printed(0.95, OVER))],
)  # fmt: skip
def test_halves_are_rounded_up_and_certainty_is_a_bound(probability, printed):
    assert event(probability) == printed


def test_one_outcome_alone_is_nearly_certain_and_the_others_are_not_impossible():
    assert outcomes(np.array([1.0, 0.0, 0.0, 0.0])) == [Printed(0.95, OVER)] + 3 * [
        Printed(0.05, UNDER)
    ]


@given(st.floats(0, 1), st.floats(0, 0.2), st.floats(0, 0.2))
def test_an_interval_covers_what_is_printed_and_no_less_than_before(probability, left, right):
    low, high = np.array([probability - left]), np.array([probability + right])
    wider = covering(low, high, [event(probability)])

    assert wider[0][0] <= min(event(probability).value, low[0])
    assert wider[1][0] >= max(event(probability).value, high[0])
    assert wider[1][0] - wider[0][0] <= left + right + 0.05 + 1e-9
