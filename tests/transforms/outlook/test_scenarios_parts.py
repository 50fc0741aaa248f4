"""The steps of a forecast, each on a handful of origins and past days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.outlook import scenarios
from transforms.outlook.scenarios import (
    CLIMATOLOGY,
    FEWEST,
    FEWEST_DAYS,
    FIRST_KAPPA,
    INTERVAL,
    Design,
    Forecasts,
    Past,
    came,
    design,
    effective_number,
    expected_returns,
    independent,
    interval,
    paths,
    so_far,
)

NAN = float("nan")


def plan(
    at: list[int],
    grid: list[int],
    horizon: int = 20,
    outcomes: np.ndarray | None = None,
    returns: list[float] | None = None,
) -> Design:
    """Origins and past days; outcomes of four targets by past day."""
    happened = np.zeros((len(grid), 4)) if outcomes is None else outcomes
    known = np.array(grid)[None, :] + horizon <= np.array(at)[:, None]
    return Design(
        horizon, np.array(at), np.array(grid), known, happened, np.zeros((len(at), 4)),
        np.array(returns or [0.0] * len(grid)), np.zeros(len(at)),
    )  # fmt: skip


def test_the_mean_so_far_is_of_the_counted_origins_whose_outcome_is_known():
    """Of 20 sessions: at 120 the outcomes of 95 and 100 are known."""
    losses = np.array([1.0, 3.0, 5.0, 7.0, 9.0])
    counted = np.array([True, True, False, True, True])
    mean, count = so_far(losses, counted, plan([95, 100, 115, 119, 120], []))

    assert count.tolist() == [0, 0, 1, 1, 2]
    assert mean.tolist() == [0.0, 0.0, 1.0, 1.0, 2.0]
    wide, _ = so_far(
        np.stack([losses, 2 * losses], axis=1), counted, plan([95, 100, 115, 119, 120], [])
    )
    assert wide.tolist() == [[value, 2 * value] for value in mean]


@pytest.mark.parametrize(("count", "horizon", "worth"), [(8, 20, 2.0), (24, 60, 2.0), (7, 5, 7.0)])
def test_origins_in_a_row_are_worth_the_outcomes_that_do_not_overlap(count, horizon, worth):
    assert independent(np.array(count), horizon) == worth


@pytest.mark.parametrize(
    ("weights", "horizon", "worth"),
    [
        ([1, 0, 0, 0, 1], 20, 2.0),  # four steps apart share nothing
        ([1, 0, 0, 1, 0], 20, 4 * 4 / (2 * (4 + 1))),  # three share a quarter
        ([1, 0, 0, 0, 3], 20, 16 / 10),
        ([1, 1], 5, 2.0),
        ([0, 0], 20, 0.0),
    ],
)
def test_days_are_worth_less_the_more_of_their_outcome_they_share(weights, horizon, worth):
    found = effective_number(np.array([weights, [0.0] * len(weights)], dtype=float), horizon)

    assert found.tolist() == [pytest.approx(worth), 0.0]


@pytest.mark.parametrize(
    ("apart", "kept"),
    [(1, [5, 4, 3, 9, 2]), (2, [5, 0, 0, 9, 0]), (3, [5, 0, 0, 9, 0]), (4, [0, 0, 0, 9, 0])],
)
def test_of_near_days_the_heaviest_is_kept(apart, kept):
    weight = np.array([[5.0, 4, 3, 9, 2], [0.0] * 5])

    assert scenarios._one_per_episode(weight, apart).tolist() == [kept, [0] * 5]


def test_at_most_forty_days_are_kept():
    weight = np.arange(1.0, 51.0)[None, :]

    assert np.flatnonzero(scenarios._one_per_episode(weight, 1)[0]).tolist() == list(range(10, 50))


def test_an_outcome_is_one_of_four_by_its_lowest_close_and_its_last():
    """From 100: to 91, 89, 79, and back; or calm, up or not."""
    closes = [100, 90, 105, 100, 80.0, 130, 100, 91, 101, 100, 95, 100]
    found = came(paths(np.array(closes), 2))[:, :4]

    names = [scenarios.OUTCOMES[row.argmax()] if np.isfinite(row).all() else None for row in found]
    assert names == [
        "correction", "continuation", "bust", "bust", "continuation", "bust", "continuation",
        "continuation", "consolidation", "consolidation", None, None,
    ]  # fmt: skip
    assert (found[:10].sum(axis=1) == 1).all()


def test_what_followed_is_measured_within_the_horizon():
    found = paths(np.array([100.0, 120.0, 90.0, 108.0, 80.0]), 3)

    assert found["return"][:2].tolist() == [pytest.approx(0.08), pytest.approx(80 / 120 - 1)]
    assert found["gain"][:2].tolist() == [pytest.approx(0.2), pytest.approx(-0.1)]
    assert found["low"][:2].tolist() == [pytest.approx(-0.1), pytest.approx(-1 / 3)]
    assert found["drawdown"][:2].tolist() == [pytest.approx(-0.25), pytest.approx(-1 / 3)]
    assert np.isnan(found["return"][2:]).all()
    assert np.isnan(paths(np.array([1.0, 2.0, 3.0]), 3)["return"]).all()
    assert paths(np.array([1.0, 2.0, 3.0, 4.0]), 3)["return"][0] == 3.0


def past(count: int) -> Past:
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(count)]
    closes = np.linspace(100.0, 200.0, count)
    return Past("a", days, closes, {}, np.full(count, ""), pl.Series([]), "full")


@pytest.mark.parametrize(
    ("count", "origins"), [(516, [515]), (521, [515, 520]), (523, [515, 520, 522]), (515, [])]
)
def test_origins_are_every_fifth_session_and_the_newest_from_a_hundred_known_days_on(
    count, origins
):
    """Within 20 sessions: on session 515 the outcomes of 0, 5 … 495 are known."""
    found = design(past(count), 20)

    assert found.at.tolist() == origins
    assert found.grid.tolist() == list(range(0, count, 5))
    if origins:
        assert found.known[0].sum() == FEWEST_DAYS
        assert found.realised.shape[0] == len(origins)
        assert np.isnan(found.realised_returns).all()
        assert np.isnan(found.came[-4:]).any()


def test_states_are_measured_by_their_own_spread_up_to_each_origin():
    grid = list(range(0, 5 * FEWEST_DAYS + 5, 5))
    state = np.random.default_rng(1).normal(size=(len(grid), 2))
    usable = np.ones(len(grid), dtype=bool)
    usable[0] = False
    state[0] = 0.0
    precision, enough = scenarios._precision(state, usable, plan([grid[-2], grid[-1]], grid))

    assert enough.tolist() == [False, True]
    exact = np.linalg.inv(np.cov(state[1:].T, bias=True))
    assert precision[1] == pytest.approx(exact)


def forecast(share: list[float], own: list[float], effective: float, kappa: float = 10.0,
             name: str = "quadrant") -> Forecasts:  # fmt: skip
    rows = (np.array([share]), np.array([own]), np.array([effective]), np.array([kappa]))
    return Forecasts(name, *rows)


@pytest.mark.parametrize(
    ("name", "effective", "trust"),
    [("quadrant", FEWEST, 8 / 18), ("quadrant", 30.0, 0.75), ("quadrant", 7.9, 0.0),
     (CLIMATOLOGY, 30.0, 0.0)],
)  # fmt: skip
def test_an_estimator_is_trusted_by_its_days_against_kappa(name, effective, trust):
    assert scenarios._trust(forecast([1.0], [1.0], effective, name=name)) == pytest.approx(trust)


def test_a_draw_without_weight_has_the_frequency_of_all():
    counts = np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
    shares, happened = np.array([0.5, 0.0, 0.5]), np.array([[1.0], [1.0], [0.0]])

    assert scenarios._resampled(counts, shares, happened)[:, 0].tolist() == [
        pytest.approx(2 / 3), 0.5,
    ]  # fmt: skip


def test_an_interval_is_of_the_draws_holds_the_point_and_leaves_a_bound():
    """Of three targets: one came on half of the days, one never, one always."""
    outcomes = np.array([[1.0, 0, 1], [0, 0, 1], [1, 0, 1], [0, 0, 1]])
    made = plan([100], [0, 5, 10, 15], outcomes=outcomes)
    base = forecast([0.25] * 4, [0.25] * 4, 4.0, name=CLIMATOLOGY)
    drawn = np.array([[4.0, 0, 0, 0], [0, 4, 0, 0], [1, 1, 1, 1], [2, 2, 0, 0], [0, 0, 2, 2]])
    low, high = interval(base, base, made, drawn)

    again = np.array([1.0, 0.0, 0.5, 0.5, 0.5])
    assert (low[0], high[0]) == pytest.approx(tuple(np.quantile(again, INTERVAL)))
    beyond = 1 - 0.1 ** (1 / 4)
    assert (low[1], high[1]) == pytest.approx((0.0, beyond))
    assert (low[2], high[2]) == pytest.approx((1 - beyond, 1.0))


def test_an_interval_of_what_is_trusted_lies_between_its_own_and_climatology():
    made = plan([100], [0, 5], outcomes=np.array([[1.0], [0.0]]))
    base = forecast([0.5, 0.5], [0.5, 0.5], 2.0, name=CLIMATOLOGY)
    own = forecast([0.875, 0.125], [1.0, 0.0], 30.0)
    low, high = interval(own, base, made, np.array([[1.0, 1.0]] * 3))

    assert (low[0], high[0]) == pytest.approx((0.875, 0.875))


def test_returns_are_those_of_the_known_past_by_their_shares():
    made = plan([100], [0, 5, 10, 95], returns=[0.3, -0.1, 0.1, NAN])
    found = expected_returns(forecast([0.25, 0.25, 0.5, 0.0], [0.0] * 4, 1.0), made)

    assert found.tolist() == sorted(found)
    assert (found[0], found[2], found[-1]) == pytest.approx((-0.1, 0.1, 0.3))


def test_kappa_is_the_first_one_until_eight_independent_outcomes_were_scored():
    """Every origin lies its horizon apart; own forecasts are right, the base is not."""
    at = list(range(0, 5 * 20, 5))
    made = Design(
        5, np.array(at), np.array([0]), np.ones((20, 1), dtype=bool), np.array([[1.0, 0, 0, 0]]),
        np.tile([1.0, 0, 0, 0], (20, 1)), np.zeros(1), np.zeros(20),
    )  # fmt: skip
    own, base = np.ones((20, 1)), np.zeros((20, 1))
    found = scenarios._kappa(own, base, np.full(20, 9.0), made)

    assert found[:8].tolist() == [FIRST_KAPPA] * 8
    assert found[8:].tolist() == [min(scenarios.KAPPAS)] * 12
    wrong = scenarios._kappa(base, own, np.full(20, 9.0), made)
    assert wrong[8:].tolist() == [max(scenarios.KAPPAS)] * 12
    silent = scenarios._kappa(own, base, np.full(20, 7.9), made)
    assert silent.tolist() == [FIRST_KAPPA] * 20


@pytest.mark.parametrize(("late", "there"), [(0, True), (1, False)])
def test_a_state_counts_where_it_was_known_by_its_evening(late, there):
    evening = datetime(2026, 1, 5, 15, 59, 59, 999999) + timedelta(seconds=late)
    frame = pl.DataFrame({
        "metric": ["heat"], "entity": ["CN"], "observation_date": [date(2026, 1, 5)],
        "value": [1.0], "percentile": [2.0], "known_at": [evening],
    })  # fmt: skip
    found = scenarios._series(frame, "heat", "CN", "x", value="percentile")

    assert found["x"].to_list() == ([2.0] if there else [])
    assert scenarios._series(frame, "heat", "CN", "x", timely=False)["x"].to_list() == [1.0]
    assert scenarios._series(frame, "heat", "US", "x").is_empty()
