"""The exchanges' rules for abnormal fluctuation, bar by bar."""

from __future__ import annotations

import numpy as np
import pytest

from transforms.formulas.abnormal_fluctuation import (
    Candidates,
    abnormal,
    announced,
    risen,
    severe,
)

QUIET = 5  # first bars of a share, which do not count


def candidates(*change: float, benchmark: float = 0.0, starts: list[int] | None = None):
    """Rows after the quiet ones at which +20 % is met, and the days it takes."""
    moves = np.array([0.0] * QUIET + list(change))
    against = np.where(np.arange(len(moves)) < QUIET, 0.0, benchmark)
    bounds = np.array(starts or [0, len(moves)])
    found = abnormal(moves, against, np.full(len(moves), 0.2), bounds)
    return [(int(row) - QUIET, int(days)) for row, days in zip(*found, strict=True)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ([0.2], [(0, 1)]),
        ([0.199], []),
        ([-0.2], [(0, 1)]),  # a fall is abnormal as well
        ([0.1, 0.1], [(1, 2)]),
        ([0.15, 0.0, 0.05], [(2, 3)]),
        ([0.07, 0.07, 0.06, 0.0], [(2, 3)]),
        ([0.15, 0.0, 0.0, 0.05], []),  # four days do not add up
        ([0.1, -0.1, 0.2], [(2, 1)]),  # the fewest days over which it is met
    ],
)
def test_deviations_of_up_to_three_days_add_up(change, expected):
    assert candidates(*change) == expected


def test_the_deviation_is_what_the_share_does_more_than_its_index():
    assert candidates(0.2, benchmark=0.1) == []
    assert candidates(0.15, benchmark=-0.05) == [(0, 1)]
    assert candidates(0.2, benchmark=float("nan")) == []


def test_the_first_five_bars_do_not_count():
    moves = np.array([0.3] * 7)
    found = abnormal(moves, np.zeros(7), np.full(7, 0.25), np.array([0, 7]))

    assert found.rows.tolist() == [5, 6]
    two = abnormal(moves, np.zeros(7), np.full(7, 0.5), np.array([0, 7]))
    assert two.rows.tolist() == [6], "two days want two bars that count"


def test_a_share_does_not_go_on_from_the_one_before():
    moves = np.array([0.0] * 6 + [0.15] + [0.1] + [0.0] * 6)
    found = abnormal(moves, np.zeros(14), np.full(14, 0.2), np.array([0, 7, 14]))

    assert found.rows.tolist() == []


@pytest.mark.parametrize(
    ("rows", "days", "starts", "expected"),
    [
        ([10, 11, 12], [1, 1, 1], [0, 50], [10, 11, 12]),
        ([10, 11, 12], [3, 3, 3], [0, 50], [10]),
        ([10, 12, 13], [3, 3, 3], [0, 50], [10, 13]),
        ([10, 12], [3, 2], [0, 50], [10, 12]),  # two days after: both days of it are new
        ([10, 12], [2, 3], [0, 12, 50], [10, 12]),  # another share has announced nothing
        ([0], [3], [0, 50], [0]),
        ([], [], [0, 50], []),
    ],
)
def test_after_an_announcement_days_before_it_no_longer_count(rows, days, starts, expected):
    given = Candidates(np.array(rows, dtype=np.int64), np.array(days, dtype=np.int64))
    found = announced(given, np.array(starts))

    assert found.tolist() == expected
    assert found.dtype == np.int64


def severe_days(prices: list[float], level: list[float] | None = None) -> list[tuple[int, int]]:
    adjusted = np.array(prices)
    index = np.array(level or [1.0] * len(prices))
    rows = np.arange(len(prices))
    found = severe(rows, rows, adjusted, lambda at: index[at])
    return [(int(row), int(days)) for row, days in zip(*found, strict=True)]


def path(days: int, end: float) -> list[float]:
    """At 1 for one bar, so many days later at the end, at 1.6 on all other days."""
    return [1.6] * (QUIET - 1) + [1.0] + [1.6] * (days - 1) + [end]


@pytest.mark.parametrize(
    ("days", "end", "met"),
    [
        (1, 2.0, True),
        (10, 2.0, True),
        (10, 1.99, False),
        (11, 2.0, False),  # over more than ten days it takes 200 %
        (11, 3.0, True),
        (30, 3.0, True),
        (30, 2.99, False),
        (31, 3.0, False),
    ],
)
def test_a_rise_is_severe_at_100_per_cent_in_ten_days_and_200_in_thirty(days, end, met):
    prices = path(days, end)
    last = len(prices) - 1

    assert severe_days(prices) == ([(last, days)] if met else [])


def test_the_days_of_a_severe_rise_are_the_fewest_and_it_is_measured_against_the_index():
    assert severe_days([1.0] * 8 + [2.0]) == [(8, 1)]
    risen_too = [1.0] * 8 + [1.5]
    assert severe_days([1.0] * 8 + [2.0], risen_too) == []
    assert severe_days([1.0] * 8 + [2.5], risen_too) == [(8, 1)]


def test_no_severe_rise_is_measured_from_the_first_four_bars():
    assert severe_days([1.0] * 4 + [2.0, 2.0]) == []
    assert severe_days([1.0] * 5 + [2.0]) == [(5, 1)]


@pytest.mark.parametrize(("end", "looked_at"), [(1.5, True), (1.49, False)])
def test_only_what_stands_half_above_its_lowest_of_thirty_days_is_looked_at(end, looked_at):
    prices = np.array([2.0] * 10 + [1.0] + [1.2] * 29 + [end])
    found = risen(prices, np.array([0, len(prices)])).tolist()

    assert (40 in found) is looked_at
    assert found[: 30 - QUIET] == list(range(QUIET, 30)), "a young share is always looked at"


def test_the_lowest_price_is_forgotten_after_thirty_days():
    prices = np.array([1.0] * 31 + [1.2] * 30 + [1.5])

    assert 61 not in risen(prices, np.array([0, 62])).tolist()
    assert 60 not in risen(prices, np.array([0, 62])).tolist()
