"""Heat of blocks together, against loops that follow the papers word by word."""

from __future__ import annotations

import math

import numpy as np
import pytest

from transforms.formulas.ciss import (
    DECAY,
    FEWEST_BLOCKS,
    FIRST_ROWS,
    chained_factor,
    running_correlation,
    systemic,
)

WEIGHTS = np.array([0.4, 0.3, 0.2, 0.1])


def scores(rows: int = 40, seed: int = 1, *, holes: bool = True) -> np.ndarray:
    """Blocks that move together a little; one begins late, one has holes."""
    chance = np.random.default_rng(seed)
    common = chance.normal(size=(rows, 1))
    found = 1 / (1 + np.exp(-(0.7 * common + chance.normal(size=(rows, len(WEIGHTS))))))
    if holes:
        found[:9, 2] = np.nan
        found[[13, 14, 27], 3] = np.nan
    return found


def naive(values: np.ndarray, decay: float, first: int, *, real_time: bool) -> list[tuple]:
    """CISS and coverage row by row: the pairs' covariances one after the other."""
    rows, blocks = values.shape
    centred = values - 0.5
    pairs = [(i, j) for i in range(blocks) for j in range(blocks)]
    both = {(i, j): [r for r in range(rows) if np.isfinite(values[r, [i, j]]).all()]
            for i, j in pairs}  # fmt: skip
    covariance = {
        (i, j): float(np.mean([centred[r, i] * centred[r, j] for r in both[i, j][:first]]))
        for i, j in pairs
    }
    found = []
    for row in range(rows):
        for i, j in pairs:
            if row in both[i, j]:
                new = centred[row, i] * centred[row, j]
                covariance[i, j] = decay * covariance[i, j] + (1 - decay) * new
        known = [
            i for i in range(blocks)
            if math.isfinite(values[row, i])
            and (not real_time or sum(r <= row for r in both[i, i]) >= first)
        ]  # fmt: skip
        paired = [sum(r <= row for r in both[i, j]) >= first for i in known for j in known]
        share = WEIGHTS[known].sum() / WEIGHTS.sum()
        if not known or (real_time and not all(paired)):
            found.append((math.nan, 0.0))
            continue
        total = 0.0
        for i in known:
            for j in known:
                scale = math.sqrt(covariance[i, i] * covariance[j, j])
                rho = 1.0 if i == j else covariance[i, j] / scale if scale else 0.0
                total += rho * math.prod(WEIGHTS[k] / share * values[row, k] for k in (i, j))
        found.append((total, share))
    return found


@pytest.mark.parametrize("real_time", [True, False])
@pytest.mark.parametrize(("decay", "first"), [(0.93, 10), (0.8, 5), (1.0, 10)])
def test_ciss_is_that_of_the_paper(decay: float, first: int, *, real_time: bool):
    values = scores()
    found = systemic(values, WEIGHTS, decay, real_time=real_time, first_rows=first)
    expected = np.array(naive(values, decay, first, real_time=real_time))
    np.testing.assert_allclose(found.ciss, expected[:, 0], rtol=1e-12)
    np.testing.assert_allclose(found.coverage, expected[:, 1], rtol=1e-12)


def test_blocks_that_move_as_one_add_up_and_one_that_rests_counts_as_its_own():
    heat = scores(holes=False)[:, 0]
    resting = np.full_like(heat, 0.5)
    values = np.column_stack([heat, heat, heat, resting])
    found = systemic(values, WEIGHTS).ciss
    np.testing.assert_allclose(found, (0.9 * heat) ** 2 + (0.1 * 0.5) ** 2, rtol=1e-12)


def test_in_real_time_later_rows_change_nothing():
    values = scores()
    whole = systemic(values, WEIGHTS, real_time=True, first_rows=10)
    for rows in (15, 25):
        part = systemic(values[:rows], WEIGHTS, real_time=True, first_rows=10)
        np.testing.assert_array_equal(part.ciss, whole.ciss[:rows])
    assert not np.array_equal(
        systemic(values[:5], WEIGHTS).ciss, systemic(values, WEIGHTS).ciss[:5]
    ), "otherwise the first rows look ahead"


def test_without_any_row_or_block_there_is_no_ciss():
    assert systemic(np.empty((0, 4)), WEIGHTS).ciss.size == 0
    found = systemic(np.full((3, 4), np.nan), WEIGHTS)
    assert np.isnan(found.ciss).all()
    assert (found.coverage == 0).all()


def correlated(left: np.ndarray, right: np.ndarray) -> float:
    both = np.isfinite(left) & np.isfinite(right)
    return float(np.corrcoef(left[both], right[both])[0, 1])


def test_a_running_correlation_is_that_of_the_rows_so_far():
    values = scores()
    found = running_correlation(values[:, 0], values[:, 3], 10)
    for row in range(len(values)):
        if row < 9 or not np.isfinite(values[row, 3]):
            assert math.isnan(found[row])
        else:
            so_far = values[: row + 1]
            assert found[row] == pytest.approx(correlated(so_far[:, 0], so_far[:, 3]), rel=1e-9)


def naive_factor(values: np.ndarray, named: int, first: int) -> list[float]:
    """The first component row by row, out of the rows so far."""
    level: list[float] = []
    last: int | None = None
    for row in range(len(values)):
        past = values[: row + 1]
        there = np.isfinite(past)
        taken = [
            c for c in range(values.shape[1])
            if there[row, c] and there[:, c].sum() >= first and np.nanstd(past[:, c]) > 0
            and (last is None or there[last, c])
        ]  # fmt: skip
        pairs = [(there[:, a] & there[:, b]).sum() >= first for a in taken for b in taken]
        if named not in taken or len(taken) < FEWEST_BLOCKS or not all(pairs):
            level.append(math.nan)
            continue
        rho = np.array([[correlated(past[:, a], past[:, b]) for b in taken] for a in taken])
        loading = np.linalg.eigh(rho)[1][:, -1]
        loading = loading * np.sign(loading[taken.index(named)])
        spread = np.array([np.nanstd(past[:, c]) for c in taken])
        before = np.array([np.nanmean(past[:, c]) for c in taken]) if last is None else (
            values[last, taken])  # fmt: skip
        moved = float((loading * (values[row, taken] - before) / spread).sum())
        level.append(moved if last is None else level[last] + moved)
        last = row
    return level


@pytest.mark.parametrize("named", [0, 1, 3])
def test_the_factor_is_the_first_component_chained(named: int):
    values = scores(60)
    found = chained_factor(values, named, 10)
    np.testing.assert_allclose(found, naive_factor(values, named, 10), rtol=1e-8)
    assert np.isfinite(found).sum() > 30


def test_later_rows_move_no_earlier_level():
    values = scores(60)
    whole = chained_factor(values, 0, 10)
    np.testing.assert_array_equal(chained_factor(values[:40], 0, 10), whole[:40])


def test_fewer_than_three_blocks_have_no_factor():
    values = scores(60)
    values[:, 2:] = np.nan
    assert np.isnan(chained_factor(values, 0, 10)).all()
    values[:, 2] = 0.5  # it never moved
    assert np.isnan(chained_factor(values, 0, 10)).all()


def test_a_year_of_weeks_comes_before_the_first_value():
    assert (FIRST_ROWS, DECAY) == (52, 0.93)
    assert np.isfinite(systemic(scores(60, holes=False), WEIGHTS, real_time=True).ciss).sum() == 9
    assert np.isfinite(chained_factor(scores(60, holes=False), 0)).sum() == 9
