"""Lines, means and crossings."""

import math

import pytest


def test_a_straight_rise_of_the_logarithm_has_its_slope_and_fits_wholly(bars, measure):
    path = [100 * math.exp(0.001 * day) for day in range(130)]
    index = bars(**{"000300_SH": path})

    assert measure("trend_slope_120d", index_daily=index)["2026-01-13"] == pytest.approx(0.243)
    assert measure("trend_r2_120d", index_daily=index)["2026-01-13"] == pytest.approx(1)
    assert measure("trend_quality_120d", index_daily=index)["2026-01-13"] == pytest.approx(0.243)


def test_a_jump_fits_a_line_by_three_quarters(bars, measure):
    """A step in the middle of n rows: R² = 3/4 × n² / (n² - 1)."""
    index = bars(**{"000300_SH": [100.0] * 60 + [120.0] * 60})

    assert measure("trend_r2_120d", index_daily=index)["2026-01-13"] == pytest.approx(
        0.75 * 120**2 / (120**2 - 1)
    )


def test_the_distance_from_the_50_day_mean(bars, measure):
    index = bars(**{"000300_SH": [100.0] * 49 + [150.0]})

    assert measure("close_vs_ma50", index_daily=index) == {
        "2026-01-13": pytest.approx(150 / 101 - 1)
    }


@pytest.fixture
def valley() -> list[float]:
    """A rise, a fall and a rise, of 300 days each."""
    up = [100.0 + day for day in range(300)]
    return [*up, *(400.0 - day for day in range(300)), *up]


def test_the_days_since_the_means_crossed_are_positive_above_and_negative_below(
    valley, bars, measure
):
    found = list(measure("bars_since_cross", index_daily=bars(**{"000300_SH": valley})).values())
    mean = [
        sum(valley[end - 50 : end]) / 50 - sum(valley[end - 200 : end]) / 200
        for end in range(200, 901)
    ]
    death = next(day for day in range(1, 701) if mean[day] < 0 < mean[day - 1])
    golden = next(day for day in range(death, 701) if mean[day] > 0 > mean[day - 1])

    assert found[: golden - death] == [-float(day) for day in range(1, golden - death + 1)]
    assert found[golden - death :] == [float(day) for day in range(1, 701 - golden + 1)]


def test_before_the_first_crossing_there_is_no_date(bars, measure):
    rising = bars(**{"000300_SH": [100.0 + day for day in range(300)]})

    assert measure("bars_since_cross", index_daily=rising) == {}
