"""The printed value is the one that templates.format spells, and halves go away from zero."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from templates.format import CURRENCY_PREFIX, spell
from transforms.formulas import printed_value
from transforms.formulas.printed_value import printed, printed_rank, same_print, whole, wholes

UNITS = [*printed_value.PLACES, *CURRENCY_PREFIX, "fraction", "z-score"]
METRICS = ["", "margin_financing_change_20d", "unicorn_growth_1y"]
numbers = st.floats(-5e12, 5e12) | st.floats(-200, 200) | st.floats(-1, 1)


@settings(max_examples=60)
@given(st.sampled_from(UNITS), st.sampled_from(METRICS), numbers, st.floats(-0.02, 0.02))
@example("CNY", "", 999_400.0, 0.0002)
@example("CNY", "", 999_600.0, 0.0002)
@example("CNY", "", 1000.0, -0.01)
def test_values_print_alike_where_their_spelling_is_the_same(
    unit: str, metric: str, value: float, moved: float
) -> None:
    """Of a value and one beside it; halves between two digits are left to another test."""
    other = value * (1 + moved)
    exact = [Decimal(repr(v)) * 10**8 for v in (value, other)]
    if any(digits % 10 == 5 for digits in exact):
        return
    spelled = spell(value, unit, metric=metric) == spell(other, unit, metric=metric)
    assert same_print(value, other, unit, metric) == spelled


def test_the_currencies_are_those_of_the_page() -> None:
    assert set(printed_value.MONEY) == set(CURRENCY_PREFIX)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (59.5, "score 0-100", "60"),
        (58.5, "score 0-100", "59"),
        (-0.0005, "fraction", "-0.001"),
        (0.9285, "fraction", "0.929"),
        (2.5, "count", "3"),
        (3.645e12, "CNY", "3.65e12"),
        (12.345, "CNY", "12.35"),
        (1234.5, "CNY", "1235"),
        (0.0, "HKD", "0.00"),
    ],
)
def test_halves_go_away_from_zero(value: float, unit: str, shown: str) -> None:
    assert printed(value, unit) == Decimal(shown)


def test_a_rank_is_printed_from_the_first_to_the_ninety_ninth() -> None:
    ranks = [printed_rank(value) for value in (0.0, 0.4, 1.5, 89.5, 99.6, 100.0)]
    assert ranks == [1, 1, 2, 90, 99, 99]


@settings(max_examples=60)
@given(st.lists(st.floats(-5, 105) | st.integers(-5, 105).map(lambda n: n + 0.5)))
@example([59.499999999999999, 59.4999999999999964, 59.5000000000001, -0.5, -1.5, 0.49999999])
def test_many_scores_are_rounded_as_each_is(scores: list[float]) -> None:
    assert wholes(np.array(scores, dtype=float)) == [whole(score) for score in scores]
