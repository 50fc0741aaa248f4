"""Blocks that are drawn, and how long they should be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from transforms.formulas.bootstrap import (
    _autocovariances,
    _first_calm,
    block_length,
    stationary_bootstrap,
    times_drawn,
)


def test_blocks_of_one_are_independent_draws_and_endless_ones_wrap_around():
    whole = stationary_bootstrap(7, 1e12, 20, seed=5)
    steps = np.diff(whole, axis=1) % 7

    assert (steps == 1).all()
    assert len(set(whole[:, 0].tolist())) > 3, "each draw starts anywhere"
    single = stationary_bootstrap(500, 1, 2, seed=5)
    assert (np.diff(single, axis=1) % 500 == 1).mean() < 0.02


def test_a_seed_gives_its_numbers():
    assert stationary_bootstrap(5, 2.0, 2, seed=1).tolist() == DRAWN


DRAWN = [[2, 2, 3, 4, 0], [0, 1, 2, 3, 0]]


@pytest.mark.parametrize(("length", "block"), [(1, 1), (1, 5.0), (3, 1.0)])
def test_the_shortest_series_and_blocks_can_be_drawn(length, block):
    assert stationary_bootstrap(length, block, 4, seed=2).shape == (4, length)


def test_a_resample_is_counted_by_draw_and_position():
    counted = times_drawn(np.array([[0, 0, 2], [1, 2, 1]]))

    assert counted.tolist() == [[2.0, 0.0, 1.0], [0.0, 2.0, 1.0]]


def test_autocovariances_are_over_the_whole_length_and_correlations_over_the_pairs():
    centred = np.array([1.0, -2.0, 3.0, -1.0, -1.0])
    covariances, correlations = _autocovariances(centred, 2)

    assert covariances == pytest.approx([16 / 5, (-2 - 6 - 3 + 1) / 5, (3 + 2 - 3) / 5])
    late, early = centred[2:] @ centred[2:], centred[:3] @ centred[:3]
    assert correlations[1] == pytest.approx(10 / math.sqrt(late * early))
    assert (correlations >= 0).all()


def test_what_never_moves_has_no_correlation():
    assert _autocovariances(np.zeros(4), 1)[1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("correlations", "expected"),
    [
        ([0.1, 0.1, 0.1, 0.1], 0),
        ([0.9, 0.1, 0.1, 0.1], 1),
        ([0.9, 0.1, 0.9, 0.1], 3),  # never two calm ones in a row before the last
        ([0.5, 0.1, 0.1, 0.1], 1),  # at the limit is not under it
    ],
)
def test_the_first_lag_that_calm_ones_follow(correlations, expected):
    assert _first_calm(np.array(correlations), 0.5, 2) == expected


def ar(count: int, phi: float, seed: int = 3) -> np.ndarray:
    """An autoregressive series of first order."""
    shocks = np.random.default_rng(seed).standard_normal(count)
    values = np.zeros(count)
    for n in range(1, count):
        values[n] = phi * values[n - 1] + shocks[n]
    return values


def test_blocks_are_longer_where_a_series_remembers_longer_and_never_beyond_their_bound():
    """The bound: three roots of the count, or a third of it where that is less."""
    lengths = [block_length(ar(400, phi)) for phi in (0.0, 0.5, 0.9)]

    assert lengths == sorted(lengths)
    assert lengths[0] < 4 < lengths[2]
    assert block_length(np.arange(12.0)) <= 4
    assert block_length(np.arange(100.0)) <= 30


def test_blocks_do_not_hang_on_the_unit_or_the_level():
    values = ar(200, 0.6)

    assert block_length(values * 8 + 5) == pytest.approx(block_length(values))


@pytest.mark.parametrize("count", [9, 10])
def test_under_ten_values_blocks_are_single_days(count):
    values = np.array([0.0, 1, 2, 3, 4, 4, 3, 2, 1, 0])[:count]

    assert (block_length(values) == 1.0) is (count == 9)
