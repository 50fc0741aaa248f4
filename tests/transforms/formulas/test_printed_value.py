"""The printed value is the one that templates.format spells, and halves go away from zero."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from templates.format import CURRENCY_PREFIX, spell
from transforms.formulas import printed_value
from transforms.formulas.printed_value import (
    places_of,
    printed,
    printed_rank,
    rounded,
    same_print,
    whole,
    wholes,
)

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


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (0.0, 2, "0.00"),
        (0.0725 * 100, 1, "7.3"),
        (1234.5, 0, "1235"),
        (float("-inf"), 1, "-Infinity"),
    ],
)
def test_a_rounded_value_has_its_places_and_an_infinite_one_stays(value, places, shown) -> None:
    assert str(rounded(value, places)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(999.5, "999.50"), (1000.0, "1000"), (999_499.0, "999499"), (999_600.0, "1.00E+6"),
     (-2_345_678.0, "-2.35E+6"), (0.005, "0.01")],
)  # fmt: skip
def test_sums_have_cents_up_to_a_thousand_and_three_digits_from_a_million_on(value, shown) -> None:
    assert str(printed(value, "CNY")) == shown


@pytest.mark.parametrize(
    ("unit", "metric", "places"),
    [("fraction", "", 1), ("fraction", "margin_financing_change_1d", 2),
     ("fraction", "unicorn_growth_1y", 0), ("ratio", "unicorn_growth_1y", 1), ("z-score", "", 2)],
)  # fmt: skip
def test_places_are_those_of_the_unit_and_of_a_fraction_those_of_its_per_cent(
    unit, metric, places
) -> None:
    assert places_of(unit, metric) == places
