"""Rises from a low, the bend of the path, acceleration."""

import math

import pytest


def test_the_rise_counts_from_the_low_of_31_closes_and_the_change_from_the_first(bars, measure):
    path = [50.0, 100.0, *[90.0] * 29, 120.0]
    index = bars(**{"000300_SH": path})

    assert measure("series_runup_30d", index_daily=index)["2026-01-13"] == 120 / 90 - 1
    assert measure("return_30d", index_daily=index)["2026-01-13"] == pytest.approx(120 / 100 - 1)


def test_how_long_ago_a_rise_was_as_large(bars, measure, young_records):
    """Rises of 30%, 20%, 25% and 60% above a low of 100: the largest has no predecessor."""
    calm = [100.0] * 31
    path = [*calm, 130.0, *calm, 120.0, 125.0, 160.0]
    found = measure("bars_since_runup_as_large", index_daily=bars(**{"000300_SH": path}))

    assert found["2026-01-09"] == 32
    assert found["2026-01-12"] == 33
    assert "2026-01-13" not in found


def test_how_long_ago_is_told_after_250_bars_only(bars, measure):
    calm = [100.0] * 31
    young, old = [130.0, *calm, 120.0], [100.0] * 217 + [130.0, *calm, 120.0]

    def of(path):
        return measure("bars_since_runup_as_large", index_daily=bars(**{"000300_SH": path}))

    assert of(young) == {}
    assert of(old)["2026-01-13"] == 32


@pytest.fixture
def parabola() -> list[float]:
    """ln P = 5 + 0.2 τ + 0.05 τ², τ from -1 to 1 over 120 days."""
    taus = [-1 + 2 * day / 119 for day in range(120)]
    return [math.exp(5 + 0.2 * tau + 0.05 * tau**2) for tau in taus]


def test_the_convexity_of_a_parabola_is_its_c(parabola, bars, measure):
    index = bars(**{"000300_SH": parabola})

    for metric in ("convexity_120d", "convexity_120d_rising"):
        assert measure(metric, index_daily=index) == {"2026-01-13": pytest.approx(0.05)}


def test_a_fall_that_slows_is_convex_but_no_advance(parabola, bars, measure):
    index = bars(**{"000300_SH": parabola[::-1]})

    assert measure("convexity_120d", index_daily=index) == {"2026-01-13": pytest.approx(0.05)}
    assert measure("convexity_120d_rising", index_daily=index) == {}


def test_the_acceleration_is_the_rise_of_the_second_year_over_the_price_before_both(bars, measure):
    path = [100.0, *[150.0] * 243, *[210.0] * 243]
    found = measure("acceleration_24m", index_daily=bars(**{"000300_SH": path}))

    assert found == {"2026-01-13": pytest.approx((210 - 150) / 100)}
