"""When a run-up begins to count: each rule by itself, on paths that no other rule stops."""

from __future__ import annotations

import numpy as np
import pytest

from tests.transforms.outlook.test_event_study import INDEX, TWENTY, index
from transforms.outlook.base_rates import COOL_DOWN, NEAR_HIGH, armed, run_ups


def steps(*levels_and_days: tuple[float, int]) -> np.ndarray:
    """A path of levels held for so many sessions."""
    return np.concatenate([np.full(days, level) for level, days in levels_and_days])


@pytest.mark.parametrize(("apart", "events"), [(COOL_DOWN - 1, 1), (COOL_DOWN, 2)])
def test_a_second_run_up_counts_from_250_sessions_after_the_first(apart, events):
    """Both are at their high; the first level is left on session 50."""
    path = steps((100, 50), (120, apart), (150, 1))

    assert len(armed(path, TWENTY)) == events
    assert armed(path, TWENTY)[0] == 50


@pytest.mark.parametrize(("peak", "events"), [(75 / NEAR_HIGH, 1), (75 / NEAR_HIGH + 1, 0)])
def test_a_rebound_far_below_the_high_of_a_year_is_no_run_up(peak, events):
    """It rises by a quarter; that high was reached by slow steps, which arm nothing."""
    slow = np.linspace(60, peak, 200)
    path = np.concatenate([slow, steps((60, 60), (75, 20))])

    assert len(armed(path, TWENTY)) == events


def test_the_high_is_that_of_250_sessions_and_this_one():
    slow, tail = np.linspace(60, 200, 400), steps((60, COOL_DOWN - 1), (75, 1))

    assert armed(np.concatenate([slow, tail]), TWENTY) == []
    longer = np.concatenate([slow, steps((60, COOL_DOWN), (75, 1))])
    assert armed(longer, TWENTY) == [len(longer) - 1]


@pytest.mark.parametrize("sessions", [TWENTY.sessions, TWENTY.sessions + 1])
def test_the_rise_is_over_thirty_sessions(sessions):
    path = np.concatenate([steps((100, 60)), np.linspace(100, 120, sessions + 1)[1:]])

    assert bool(armed(path, TWENTY)) is (sessions == TWENTY.sessions)


def test_a_rise_of_exactly_a_fifth_counts():
    assert armed(steps((100, 40), (120, 1)), TWENTY) == [40]
    assert armed(steps((100, 40), (119.9, 1)), TWENTY) == []


@pytest.mark.parametrize(
    ("after", "completed"), [(TWENTY.within - 1, False), (TWENTY.within, True)]
)
def test_the_fall_after_a_run_up_is_told_when_its_window_is_over(after, completed):
    path = list(steps((100, 50), (120, 2), (60, after - 1)))
    study, events = run_ups(index(path), (INDEX,))
    name = f"{INDEX} {TWENTY.name}"
    (event,) = events.filter(reference=name).iter_rows(named=True)

    assert event["completed"] is completed
    assert event["sessions_so_far"] == after
    assert event["drawdown"] == (pytest.approx(-0.5) if completed else None)
    assert event["held"] == pytest.approx(-0.5), "of a year ahead, which is over"
    assert ("fell" in study.filter(reference=name)["measure"].to_list()) is completed


@pytest.mark.parametrize(("low", "fell"), [(72.0, 1.0), (72.1, 0.0)])
def test_a_fall_of_exactly_two_fifths_is_a_fall(low, fell):
    path = list(steps((100, 50), (120, 1), (low, TWENTY.within)))
    study, _ = run_ups(index(path), (INDEX,))
    row = study.filter(reference=f"{INDEX} {TWENTY.name}", measure="fell_share")

    assert row["value"].to_list() == [fell]


def test_a_fall_is_from_the_highest_close_since_and_not_from_the_first():
    path = list(steps((100, 50), (120, 1), (200, 1), (130, TWENTY.within)))
    _, events = run_ups(index(path), (INDEX,))
    (event,) = events.filter(reference=f"{INDEX} {TWENTY.name}").iter_rows(named=True)

    assert event["drawdown"] == pytest.approx(130 / 200 - 1)
