"""Moments of windows and what is read from them, against numpy on each window by itself."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from transforms.formulas import covariance
from transforms.formulas.covariance import (
    Moments,
    absorption,
    absorption_ratios,
    correlations,
    distances,
    mean_correlations,
    moments,
    shrunk,
    stretches,
    turbulence,
)

NAN = float("nan")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of three windows, so that a few days are some blocks and a rest."""
    monkeypatch.setattr(covariance, "BLOCK", 3)


def drawn(days: int, count: int, seed: int = 1) -> np.ndarray:
    """Returns of series that share a force."""
    chance = np.random.default_rng(seed)
    return chance.normal(0.001, 0.01, (days, count)) + chance.normal(0, 0.01, (days, 1))


def one_by_one(returns: np.ndarray, **options) -> dict[int, Moments]:
    """The moments of each window by the row with which it ends."""
    found = {}
    for ends, past in moments(returns, **options):
        for at, row in enumerate(range(ends.start, ends.stop)):
            found[row] = past.of(slice(at, at + 1))
    return found


def by_hand(rows: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, float]:
    mean = weights @ rows / weights.sum()
    away = rows - mean
    fourth = (weights * (away**2).sum(axis=1) ** 2).sum()
    return weights.sum(), mean, (away * weights[:, None]).T @ away, fourth


@pytest.mark.parametrize("half_life", [None, 4.0])
@pytest.mark.parametrize("window", [None, 1, 5])
def test_moments_are_those_of_the_rows_of_each_window(window, half_life):
    returns = drawn(14, 3)
    found = one_by_one(returns, window=window, half_life=half_life)

    assert list(found) == list(range((window or 1) - 1, 14))
    for row, past in found.items():
        rows = returns[0 if window is None else row - window + 1 : row + 1]
        age = np.arange(len(rows))[::-1]
        weight, mean, products, fourth = by_hand(rows, 0.5 ** (age / (half_life or 1e12)))
        assert past.weight[0] == pytest.approx(weight)
        assert past.mean[0] == pytest.approx(mean)
        assert past.products[0] == pytest.approx(products, abs=1e-12)
        assert past.fourth[0] == pytest.approx(fourth, abs=1e-12)


@pytest.mark.parametrize("first", [4, 6, 13])
def test_windows_may_begin_to_be_told_later(first):
    returns = drawn(14, 2)
    found, whole = one_by_one(returns, window=5, first=first), one_by_one(returns, window=5)

    assert list(found) == list(range(first, 14))
    for row, past in found.items():
        assert (past.products == whole[row].products).all()


def test_a_stretch_ends_where_a_column_comes_or_goes():
    returns = np.ones((9, 3))
    returns[0, 0] = returns[5, 1] = NAN
    found = [(r.first, r.last, r.since, r.columns.tolist()) for r in stretches(returns, 3)]

    assert found == [
        (2, 2, 0, [1, 2]),
        (3, 4, 1, [0, 1, 2]),
        (5, 7, 1, [0, 2]),
        (8, 8, 6, [0, 1, 2]),
    ]
    assert [r.first for r in stretches(returns, 3, fewest=3)] == [3, 8]
    assert list(stretches(returns[:, :1], 3)) == []


def test_correlations_are_one_of_itself_and_nothing_beside_what_stands_still():
    returns = drawn(20, 3)
    found = correlations(np.cov(returns.T)[None])[0]

    assert found == pytest.approx(np.corrcoef(returns.T))
    returns[:, 1] = 0.5
    returns[3, 1] += 1e-9
    assert np.isnan(correlations(np.cov(returns.T)[None])).all()


def test_the_mean_correlation_of_a_series_is_with_the_others():
    returns = drawn(9, 4)
    returns[2, 3] = NAN
    found = mean_correlations(returns, 5)

    for row in range(4, 9):
        alive = [0, 1, 2, 3] if row >= 7 else [0, 1, 2]
        matrix = np.corrcoef(returns[row - 4 : row + 1, alive].T)
        expected = (matrix.sum(axis=0) - 1) / (len(alive) - 1)
        assert found[row, alive] == pytest.approx(expected)
        assert np.isnan(found[row]).sum() == 4 - len(alive)
    assert np.isnan(found[:4]).all()
    assert np.isnan(mean_correlations(returns, 5, fewest=4)[:7]).all()


def share(matrix: np.ndarray, leading: int) -> float:
    values = np.sort(np.linalg.eigvalsh(matrix))
    return values[-leading:].sum() / values.sum()


@pytest.mark.parametrize("leading", [1, 2, 3])
def test_absorption_is_the_share_of_the_largest_components(leading):
    matrices = np.array([np.diag([3.0, 1.0, 6.0]), np.full((3, 3), 2.0), np.zeros((3, 3))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = absorption(np.concatenate([matrices, np.full((1, 3, 3), NAN)]), leading)

    assert found[0] == pytest.approx([0.6, 0.9, 1.0][leading - 1])
    assert found[1] == pytest.approx(1.0)
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize(
    ("count", "leading", "expected"), [(5, None, 1), (7, None, 1), (8, None, 2), (5, 3, 3)]
)
def test_a_fifth_of_the_series_are_the_components_that_count(count, leading, expected):
    returns = drawn(12, count)
    found = absorption_ratios(returns, 10, 4.0, leading=leading)
    weights = 0.5 ** (np.arange(10)[::-1] / 4.0)

    for row in (9, 11):
        _, _, products, _ = by_hand(returns[row - 9 : row + 1], weights)
        deviation = np.sqrt(np.diag(products))
        assert found.covariance[row] == pytest.approx(share(products, expected))
        scaled = products / np.outer(deviation, deviation)
        assert found.correlation[row] == pytest.approx(share(scaled, expected))
        assert found.count[row] == count
    assert np.isnan(found.covariance[:9]).all()
    assert np.isnan(found.count[:9]).all()


def test_absorption_wants_five_series():
    assert np.isnan(absorption_ratios(drawn(12, 4), 10, None).covariance).all()
    assert np.isfinite(absorption_ratios(drawn(12, 4), 10, None, fewest=4).covariance[9:]).all()


def ledoit_wolf(rows: np.ndarray) -> np.ndarray:
    """Covariance with divisor T - 1, shrunk by the intensity of Ledoit and Wolf (2004)."""
    days, count = rows.shape
    away = rows - rows.mean(axis=0)
    sample = away.T @ away / days
    target = np.trace(sample) / count * np.eye(count)
    spread = ((sample - target) ** 2).sum()
    error = sum(((np.outer(y, y) - sample) ** 2).sum() for y in away) / days**2
    intensity = min(error / spread, 1.0)
    return ((1 - intensity) * sample + intensity * target) * days / (days - 1)


def test_shrinkage_is_that_of_ledoit_and_wolf():
    for rows in (drawn(30, 3), drawn(5, 4), np.random.default_rng(2).normal(size=(4, 4))):
        (past,) = (one for _, one in moments(rows, first=len(rows) - 1))
        assert shrunk(past)[0] == pytest.approx(ledoit_wolf(rows))


def test_what_is_its_own_target_is_drawn_all_the_way_and_warns_nobody():
    """One series has nothing but its variance."""
    (past,) = (one for _, one in moments(np.array([[1.0], [-1.0], [1.0], [-1.0]]), first=3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = shrunk(past)

    assert found.tolist() == [[[pytest.approx(4 / 3)]]]


def test_distances_are_those_of_mahalanobis_and_none_to_what_is_singular():
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])
    row = np.array([1.0, -2.0])
    flat, almost = np.ones((2, 2)), np.diag([1.0, 1e-11])
    negative = np.diag([1.0, -1.0])
    found = distances(np.array([row] * 5), np.array([matrix, flat, matrix, almost, negative]))

    exact = row @ np.linalg.inv(matrix) @ row
    assert found == pytest.approx([exact, NAN, exact, NAN, NAN], nan_ok=True)
    assert distances(row[None], np.diag([4.0, 1.0])[None]) == pytest.approx([1 / 4 + 4])
    assert np.isnan(distances(row[None], flat[None])).all()


def unusual(returns: np.ndarray, row: int, since: int, *, shrink: bool) -> float:
    past = returns[since:row]
    matrix = ledoit_wolf(past) if shrink else np.cov(past.T)
    away = returns[row] - past.mean(axis=0)
    return away @ np.linalg.inv(matrix) @ away


@pytest.mark.parametrize("window", [19, 20, 21])
def test_turbulence_is_against_the_window_before_shrunk_under_ten_rows_a_series(window):
    returns = drawn(26, 2)
    found, counts = turbulence(returns, window)

    for row in range(window, 26):
        expected = unusual(returns, row, row - window, shrink=window < 20)
        assert found[row] == pytest.approx(expected)
        assert counts[row] == 2
    assert np.isnan(found[:window]).all()
    assert np.isnan(counts[:window]).all()


def test_turbulence_against_all_rows_so_far_begins_after_the_fewest():
    returns = drawn(28, 2)
    found, _ = turbulence(returns, None, fewest=18)

    assert np.isnan(found[:18]).all()
    for row in (18, 19, 20, 27):
        assert found[row] == pytest.approx(unusual(returns, row, 0, shrink=row < 20))


def test_turbulence_leaves_out_what_has_a_hole_and_begins_where_the_others_do():
    returns = drawn(30, 3)
    returns[:4, 0] = NAN
    returns[25, 2] = NAN
    found, counts = turbulence(returns, None, fewest=10)

    assert counts[[10, 13, 14, 24, 25, 29]].tolist() == [2, 2, 3, 3, 2, 2]
    assert found[24] == pytest.approx(unusual(returns[4:25], 20, 0, shrink=True))
    assert found[29] == pytest.approx(unusual(returns[4:, :2], 25, 0, shrink=False))


def test_a_series_that_stands_still_has_no_turbulence():
    returns = drawn(12, 3)
    returns[:, 1] = 0.0
    found, counts = turbulence(returns, 8)

    assert np.isnan(found).all()
    assert np.isnan(counts).all()
