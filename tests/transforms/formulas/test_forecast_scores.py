"""Scores worked out by hand, and what they do with nonsense."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from transforms import indicators
from transforms.formulas import forecast_scores
from transforms.formulas.bootstrap import block_length, stationary_bootstrap, times_drawn


def test_brier_is_the_mean_square_of_what_was_missing():
    assert indicators.brier(pl.Series([1.0, 0.5, 0.2]), pl.Series([1, 0, 0])) == pytest.approx(
        (0 + 0.25 + 0.04) / 3
    )


def test_brier_takes_booleans_and_leaves_pairs_without_an_outcome_out():
    found = indicators.brier(pl.Series([0.5, None, 0.1]), pl.Series([True, False, None]))

    assert found == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("probability", "outcome"), [([], []), ([None], [1]), ([0.4], [None]), ([math.nan], [1])]
)
def test_brier_of_nothing_is_null(probability, outcome):
    pair = [pl.Series(values, dtype=pl.Float64) for values in (probability, outcome)]

    assert indicators.brier(*pair) is None


@pytest.mark.parametrize(
    ("probability", "outcome", "said"),
    [([40.0], [1], "from 0 to 1"), ([0.4], [2], "0 or 1"), ([0.4, 0.5], [1], "2 probabilities")],
)
def test_brier_refuses_nonsense(probability, outcome, said):
    with pytest.raises(ValueError, match=said):
        indicators.brier(pl.Series(probability), pl.Series(outcome))


def test_one_trial_needs_no_deflation():
    """Then it is the probabilistic Sharpe ratio: Phi(SR * sqrt(T - 1) / sqrt(1 + SR² / 2))."""
    found = indicators.deflated_sharpe(0.1, 101, 0, 3, 0.01, 1)

    assert found == pytest.approx(forecast_scores.NORMAL.cdf(1.0 / math.sqrt(1 + 0.005)))


@pytest.mark.parametrize(
    "arguments",
    [(0.1, 1, 0, 3, 0.01, 10), (0.1, 100, 0, 3, -0.01, 10), (0.1, 100, 0, 3, 0.01, 0),
     (0.1, 100, 0, 0.5, 0.01, 10), (math.nan, 100, 0, 3, 0.01, 10),
     (0.1, math.nan, 0, 3, 0.01, 10), (0.1, 100, 0, 3, 0.01, math.inf)],
)  # fmt: skip
def test_the_deflated_sharpe_ratio_refuses_nonsense(arguments):
    with pytest.raises(ValueError, match=r"deflated Sharpe"):
        indicators.deflated_sharpe(*arguments)


def test_estimated_moments_need_not_be_those_of_a_distribution():
    """Unbiased estimates from few returns can have a kurtosis under 1 + skew²."""
    assert 0 < indicators.deflated_sharpe(0.1, 100, -3, 3, 0.01, 10) < 1


def test_very_many_trials_leave_nothing():
    assert 0 <= indicators.deflated_sharpe(0.1, 100, 0, 3, 0.01, 10**18) < 1e-9


def test_murphy_s_parts_by_hand():
    """Two bins: 0.2 came never and once in two, 0.8 always."""
    parts = forecast_scores.murphy(np.array([0.2, 0.2, 0.8, 0.8]), np.array([0.0, 1.0, 1.0, 1.0]))

    assert parts.reliability == pytest.approx((0.3**2 + 0.2**2) / 2)
    assert parts.resolution == pytest.approx(0.25**2)
    assert parts.uncertainty == pytest.approx(0.75 * 0.25)


def test_last_bits_move_no_forecast_into_another_bin():
    """They differ from one processor to another, and many forecasts are shares such as 3 of 10."""
    edges = np.arange(1, 10) / 10
    said = np.concatenate([np.nextafter(edges, 0), edges, np.nextafter(edges, 1)])
    diagram = forecast_scores.reliability(said, np.zeros(len(said)))
    assert diagram.count.tolist() == [3.0] * 9
    assert diagram.forecast == pytest.approx(edges)


def test_consistency_bars_widen_when_outcomes_overlap():
    forecast, outcome = np.full(100, 0.5), np.tile([0.0, 1.0], 50)
    alone = forecast_scores.reliability(forecast, outcome)
    overlapping = forecast_scores.reliability(forecast, outcome, independent=0.25)

    assert alone.frequency.tolist() == [0.5]
    assert alone.high[0] - 0.5 == pytest.approx(1.645 * 0.05, rel=1e-3)
    assert overlapping.high[0] - 0.5 == pytest.approx(2 * (alone.high[0] - 0.5))


def test_crps_of_one_member_is_the_distance_to_it():
    found = forecast_scores.crps(np.ones((3, 1)), np.array([2.0]), np.array([1.0, 2.0, 5.0]))

    assert found.tolist() == [1.0, 0.0, 3.0]


def test_crps_of_two_members_by_hand():
    """F = 1/2 from 0 to 1: ∫F² to 0.4 and ∫(1-F)² beyond, 0.25 in all.

    Outside, the distance too.
    """
    shares, members = np.tile([0.5, 1.0], (2, 1)), np.array([0.0, 1.0])

    assert forecast_scores.crps(shares, members, np.array([0.4, 3.0])) == pytest.approx(
        [0.25, 2.25]
    )


def test_pit_and_quantiles_of_a_weighted_past():
    shares = forecast_scores.distribution(np.array([[1.0, 1.0, 2.0]]))
    members = np.array([-0.1, 0.0, 0.1])

    assert forecast_scores.pit(shares, members, np.array([0.05])).tolist() == [0.5]
    assert forecast_scores.pit(shares, members, np.array([-0.2])).tolist() == [0.0]
    assert forecast_scores.quantiles(shares, members, 0.5).tolist() == [0.0]
    assert forecast_scores.quantiles(shares, members, 0.51).tolist() == [0.1]


def test_diebold_mariano_by_hand():
    """Without lags it is the t-statistic with the population's variance."""
    found = forecast_scores.diebold_mariano(np.array([1.0, 2.0, 3.0, 2.0]), np.zeros(4), lags=0)

    assert found.mean == 2.0
    assert found.statistic == pytest.approx(2.0 / math.sqrt(0.5 / 4))


@pytest.mark.parametrize(("lags", "variance"), [(0, 1.5), (1, 1.0), (2, 0.5), (9, 0.15)])
def test_neighbours_count_by_bartlett_s_weights(lags, variance):
    """Deviations -1, 0, 2, -1: their products are 6 with themselves, -2, -2 and 1 with the next."""
    values = np.array([1.0, 2.0, 4.0, 1.0])

    assert forecast_scores.long_run_variance(values, lags) == pytest.approx(variance)


def test_neighbours_that_repeat_each_other_count_less():
    losses = np.repeat(np.array([0.3, -0.1, 0.2, 0.25, -0.05, 0.1, 0.3, -0.1]), 6)
    naive = forecast_scores.diebold_mariano(losses, np.zeros(48), lags=0)
    honest = forecast_scores.diebold_mariano(losses, np.zeros(48), lags=5)

    assert honest.statistic < 0.6 * naive.statistic


def test_forecasts_that_never_differ_have_no_difference():
    assert math.isnan(forecast_scores.diebold_mariano(np.ones(9), np.ones(9), lags=2).p_value)


def test_skill_against_a_perfect_reference_is_unknown():
    assert math.isnan(forecast_scores.skill(0.1, 0.0))
    assert forecast_scores.skill(0.2, 0.1) == pytest.approx(-1.0)


def test_the_bootstrap_repeats_itself_and_counts_every_day():
    drawn = stationary_bootstrap(40, 8, 200, seed=3)
    counted = times_drawn(drawn)

    assert (drawn == stationary_bootstrap(40, 8, 200, seed=3)).all()
    assert (counted.sum(axis=1) == 40).all()
    assert counted.mean(axis=0) == pytest.approx(np.ones(40), abs=0.35)
    steps = np.diff(drawn, axis=1) % 40
    assert (steps == 1).mean() == pytest.approx(1 - 1 / 8, abs=0.03)


@pytest.mark.parametrize("values", [[], [1.0] * 50, [1.0, 2.0]])
def test_a_series_that_tells_nothing_has_blocks_of_one(values):
    assert block_length(np.array(values)) == 1.0


@pytest.mark.parametrize(("length", "block"), [(0, 5.0), (10, 0.5)])
def test_nothing_is_drawn_from_nothing(length, block):
    with pytest.raises(ValueError, match="nothing to draw"):
        stationary_bootstrap(length, block, 1, seed=1)


@pytest.mark.parametrize("lags", [0, 3, 23])
def test_the_test_so_far_is_that_of_each_beginning(lags):
    losses = np.random.default_rng(3).normal(0.01, 0.1, 60).cumsum() / 8
    losses[:4] = 0.0
    found = forecast_scores.diebold_mariano_so_far(losses, lags)
    alone = [forecast_scores.diebold_mariano(losses[:n], np.zeros(n), lags) for n in range(1, 61)]

    assert len(found.p_value) == 61
    assert np.isnan(found.p_value[:5]).all()
    assert found.mean[1:] == pytest.approx([one.mean for one in alone])
    assert found.p_value[1:] == pytest.approx([one.p_value for one in alone], nan_ok=True)


def test_losses_that_never_differ_have_no_test_at_any_length():
    for losses in (np.zeros(30), np.full(30, 0.123), np.array([])):
        found = forecast_scores.diebold_mariano_so_far(losses, 5)

        assert np.isnan(found.p_value).all()
        assert len(found.p_value) == len(losses) + 1
