"""Specs of the turn and the break of the gap between two growths of earnings."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.markets.drawing import known
from transforms.formulas.structural_breaks import inflection, mean_break
from transforms.metrics.earnings_turns import TURNS, earnings_turns

NOISE = 0.1 * np.array([0.3, -0.2, 0.1, -0.4, 0.2, 0.4, -0.1, -0.3, 0.2, -0.2, 0.3, -0.3, 0.1, 0.0])
BROKEN = NOISE + np.where(np.arange(14) < 9, 0.0, 0.5)


def f_by_hand(values, row):
    """F of two means against one, as a regression on a step."""
    step = np.column_stack([np.ones(len(values)), np.arange(len(values)) >= row])
    _, (left,), *_ = np.linalg.lstsq(step, values, rcond=None)
    whole = ((values - values.mean()) ** 2).sum()
    return (whole - left) / (left / (len(values) - 2))


def test_the_break_is_the_step_whose_regression_explains_most():
    found = mean_break(BROKEN)
    by_hand = {row: f_by_hand(BROKEN, row) for row in range(3, 12)}

    assert found is not None
    assert found.row == 9 == max(by_hand, key=by_hand.__getitem__)
    assert found.statistic == pytest.approx(by_hand[9], rel=1e-9)
    assert found.p_value < 0.01
    assert found.earliest <= found.row <= found.latest


def test_noise_has_no_sure_break_and_a_wide_interval():
    found = mean_break(NOISE)

    assert found is not None
    assert found.p_value > 0.2
    assert found.latest - found.earliest >= 4


def test_one_in_ten_series_of_noise_has_a_p_value_under_a_tenth():
    draws = np.random.default_rng(1).normal(size=(200, 12))
    small = np.mean([found.p_value <= 0.1 for row in draws if (found := mean_break(row))])

    assert 0.05 < small < 0.16


def test_a_gap_that_never_moved_and_a_short_one_have_no_break():
    assert mean_break(np.full(10, 0.3)) is None
    assert mean_break(np.array([0.0, 0.0, 1.0, 1.0, 1.0])) is None


def test_the_inflection_is_the_sharpest_bend():
    assert inflection(np.array([0.0, 1, 2, 3, 2, 1, 1, 1])) == 3


def gap(values, begin=2020, without=()):
    ends = [
        date(begin + n // 4, 3 * (n % 4) + 3, 30 if n % 4 in (1, 2) else 31)
        for n in range(len(values))
    ]
    frame = pl.DataFrame({"observation_date": ends, "value": values}).with_columns(
        entity=pl.lit("CN7-M7")
    )
    kept = ~pl.int_range(pl.len()).is_in(list(without))
    return known(frame, "observation_date", 24 * 60).filter(kept)


def test_turns_are_told_in_quarters_back_from_each_quarter():
    found = earnings_turns.compute(gap(BROKEN))
    last = found.row(-1, named=True)

    assert found["n"].to_list() == list(range(8, 15))
    assert last["broke"] == 13 - 9
    assert last["earliest"] >= last["broke"] >= last["latest"] >= 0
    assert earnings_turns.compute(gap(BROKEN[:12])).equals(found[:5]), "nothing looks ahead"


def test_quarters_before_a_hole_are_not_counted():
    found = earnings_turns.compute(gap(BROKEN, without=[2]))

    assert found["n"].to_list() == [8, 9, 10, 11]
    assert earnings_turns.compute(gap(BROKEN[:7])).is_empty()
    assert earnings_turns.compute(gap(BROKEN).clear()).is_empty()


def test_a_gap_that_never_moved_has_no_turn_but_a_row():
    still = earnings_turns.compute(gap(np.full(8, 0.2)))

    assert still.select(TURNS[1:]).row(0) == (None,) * 4
