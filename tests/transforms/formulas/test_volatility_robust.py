"""Specs of the volatility-robust test of explosive prices and of its thresholds."""

import numpy as np
import pytest

from tests.transforms.formulas.test_gsadf import bubble, walk
from transforms.formulas import volatility_robust
from transforms.formulas.gsadf import explosiveness
from transforms.formulas.volatility_robust import (
    robust_explosiveness,
    sign_path,
    sign_walks,
    thresholds,
)


def test_the_path_of_signs_counts_rises_less_falls():
    assert sign_path(np.array([5.0, 7.0, 6.5, 6.5, 9.0])).tolist() == [0, 1, 0, 0, 1]


def test_no_volatility_enters():
    """Changes made larger or smaller by any positive factor leave the statistic bit by bit."""
    y = walk(3, 150)
    storms = np.exp(np.random.default_rng(1).normal(0, 2, 149))
    other = np.concatenate([[0.0], np.cumsum(np.diff(y) * storms)])

    assert np.array_equal(
        robust_explosiveness(y, 40).bsadf, robust_explosiveness(other, 40).bsadf, equal_nan=True
    )
    plain, moved = (explosiveness(one, 40).bsadf for one in (y, other))
    assert not np.array_equal(plain, moved, equal_nan=True)


def test_a_bubble_is_found():
    y = bubble(count=160, start=100, seed=8)
    statistic = robust_explosiveness(y, 40).bsadf

    assert np.nanmax(statistic[100:]) > thresholds(160, 40).origination


def test_the_thresholds_are_in_order():
    table = volatility_robust._table()
    wide = table.pivot(on="level", index=["min_window", "n", "statistic"], values="value")
    both = table.pivot(on="statistic", index=["min_window", "n", "level"], values="value")

    assert (wide["0.9"] <= wide["0.95"]).all()
    assert (wide["0.95"] <= wide["0.99"]).all()
    assert (both["collapse"] <= both["origination"]).all()
    later = both.filter(both["n"] > both["min_window"] + 50)
    assert (later["origination"] - later["collapse"]).min() > 0.3
    assert table.filter(level=0.95)["se"].max() < 0.08


def test_a_sample_too_short_has_no_threshold_and_an_unknown_window_is_refused():
    assert np.isnan(thresholds(40, 40).origination)
    with pytest.raises(ValueError, match="min_window"):
        thresholds(100, 41)


def test_new_draws_agree_with_the_table():
    """Another seed, fewer draws: within four of their standard errors."""
    drawn = sign_walks(40, 140, 1000, [100, 140], seed=1)

    for threshold, draws in zip(thresholds(np.array([100.0, 140.0]), 40, 0.9), drawn, strict=True):
        assert np.quantile(draws, 0.9, axis=0) == pytest.approx(threshold, abs=4 * 0.05)


def test_the_beginning_of_a_walk_is_a_walk():
    short = sign_walks(40, 100, 3, [60], seed=1)
    long = sign_walks(40, 100, 3, [60, 100], seed=1)

    for one, other in zip(short, long, strict=True):
        assert (one[:, 0] == other[:, 0]).all()
