"""Specs of linked contributions and of looking back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formulas.carino_linking import factor, leaders, linked
from transforms.formulas.lookback import last_at_least

daily = st.lists(
    st.lists(st.floats(-0.2, 0.2, allow_subnormal=False), min_size=3, max_size=3),
    min_size=1,
    max_size=12,
)


@given(days=daily)
def test_linked_contributions_add_up_to_the_compound_return_exactly(days):
    contributions = np.array(days)
    found = linked(contributions)
    compound = np.prod(1 + contributions.sum(axis=1)) - 1

    assert found.contributions.shape == (1, 3)
    assert found.contributions.sum() == pytest.approx(compound, rel=1e-10, abs=1e-12)
    assert found.whole[0] == pytest.approx(compound, rel=1e-10, abs=1e-12)


def test_plain_sums_would_not_add_up():
    """Two days of +10 % make +21 %; the member that gave half of both days gave half of it."""
    found = linked(np.array([[0.05, 0.05], [0.05, 0.05]]))

    assert found.whole[0] == pytest.approx(0.21)
    assert found.contributions[0] == pytest.approx([0.105, 0.105])


def test_a_member_that_is_absent_gives_nothing_that_day():
    found = linked(np.array([[0.1, np.nan], [0.05, 0.05]]))

    assert found.whole[0] == pytest.approx(1.1 * 1.1 - 1)
    assert found.contributions.sum() == pytest.approx(0.21)
    assert found.contributions[0, 0] == pytest.approx(0.21 * 0.15 / 0.2)


def test_a_window_ends_on_every_day_that_has_enough_before_it():
    days = np.array([[0.01], [0.02], [0.03]])

    assert linked(days, 2).whole == pytest.approx([1.01 * 1.02 - 1, 1.02 * 1.03 - 1])
    assert linked(days, 4).whole.size == 0


def test_no_return_at_all_is_shared_out_as_it_came():
    """Up 1 % and down as much: R is nearly 0, where ln(1+R)/R is 1."""
    found = linked(np.array([[0.02, -0.02], [-0.01, 0.01]]))

    assert found.whole[0] == 0.0
    assert found.contributions[0] == pytest.approx([0.01, -0.01])
    assert factor(np.array([0.0]))[0] == 1.0


def test_a_total_loss_has_no_linked_contributions():
    assert np.isnan(linked(np.array([[-0.6, -0.4], [0.1, 0.1]])).contributions).all()


def test_a_window_without_days_is_refused():
    with pytest.raises(ValueError, match="at least one day"):
        linked(np.zeros((3, 2)), 0)


def test_leaders_are_those_of_the_linked_contributions_of_each_window():
    chance = np.random.default_rng(3)
    contributions = chance.normal(scale=0.002, size=(90, 40))
    contributions[:30, 7] = 0.0  # listed late
    whole = linked(contributions, 20)
    found = leaders(contributions, contributions.sum(axis=1), 20, 10)
    for window, change in enumerate(whole.whole):
        share = np.sort(whole.contributions[window] / change)[-10:].sum()
        gains = np.maximum(whole.contributions[window] / factor(change[None]), 0.0)
        assert found.whole[window] == pytest.approx(change)
        assert found.share[window] == pytest.approx(share, rel=1e-8)
        assert found.effective[window] == pytest.approx(gains.sum() ** 2 / (gains**2).sum())


def test_a_market_without_gains_or_without_a_move_has_no_leaders():
    falling = leaders(np.full((3, 2), -0.01), np.full(3, -0.02), 2, 1)
    resting = leaders(np.zeros((3, 2)), np.zeros(3), 2, 1)

    assert np.isnan(falling.effective).all()
    assert falling.share == pytest.approx([0.5, 0.5])
    assert np.isnan(resting.share).all()


def test_fewer_members_than_leaders_are_all_of_them():
    assert leaders(np.full((2, 3), 0.01), np.full(2, 0.03), 2, 10).share == pytest.approx([1.0])


def test_the_last_row_at_least_as_high():
    found = last_at_least(np.array([3.0, 1.0, 2.0, 2.0, 5.0, 4.0]))

    assert found.tolist() == [-1, 0, 0, 2, -1, 4]


@given(values=st.lists(st.integers(0, 5), max_size=40))
def test_looking_back_agrees_with_a_search_of_all_rows_before(values):
    found = last_at_least(np.array(values, dtype=float))
    searched = [
        max((s for s in range(t) if values[s] >= value), default=-1)
        for t, value in enumerate(values)
    ]

    assert found.tolist() == searched


def test_a_total_loss_silences_its_windows_and_no_later_one():
    gains = np.full((12, 3), 0.01)
    lost = gains.copy()
    lost[4] = -0.5
    found = leaders(lost, lost.sum(axis=1), window=3, count=1)
    plain = leaders(gains, gains.sum(axis=1), window=3, count=1)

    assert np.isnan(found.share[2:5]).all()
    assert found.share[5:] == pytest.approx(plain.share[5:])
    assert found.effective[5:] == pytest.approx(plain.effective[5:])
