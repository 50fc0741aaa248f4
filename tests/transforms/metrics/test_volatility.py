"""Volatility, skewness and the two sides of deviation."""

import math

import pytest

UP, DOWN = math.log(1.1), math.log(0.9)


def test_the_volatility_of_changes_in_turn(bars, measure):
    path = [100.0]
    for day in range(20):
        path.append(path[-1] * (1.1 if day % 2 else 0.9))
    found = measure("volatility_20d", index_daily=bars(**{"000300_SH": path}))

    assert found == {"2026-01-13": pytest.approx((UP - DOWN) / 2 * math.sqrt(20 / 19 * 243))}


def test_the_volatility_of_an_advance_is_there_while_the_quarter_rose(bars, measure):
    up = [100.0 * 1.001**day * (1.01 if day % 2 else 1.0) for day in range(61)]
    index = bars(**{"000300_SH": up, "000688_SH": up[::-1]})
    found = measure("volatility_20d_rising", by="entity", index_daily=index)

    assert found == {
        "000300.SH": measure("volatility_20d", by="entity", index_daily=index)["000300.SH"]
    }


def test_the_skewness_of_one_jump_among_sixty(bars, measure):
    """One in n: the unbiased skewness is √n."""
    path = [100.0] * 60 + [130.0]
    found = measure("skewness_60d", index_daily=bars(**{"000300_SH": path}))

    assert found == {"2026-01-13": pytest.approx(math.sqrt(60))}


def test_the_ratio_of_rises_to_falls(bars, measure):
    path = [100.0]
    for day in range(60):
        path.append(path[-1] * (1.1 if day % 2 else 0.9))
    found = measure("upside_deviation_ratio_60d", index_daily=bars(**{"000300_SH": path}))

    assert found == {"2026-01-13": pytest.approx(-UP / DOWN)}


@pytest.mark.parametrize(("last", "there"), [(100.0, False), (100.1, True)])
def test_a_quarter_that_ends_where_it_began_is_no_advance(bars, measure, last, there):
    path = [100.0, *[100.0 + day % 3 for day in range(59)], last]
    found = measure("volatility_20d_rising", index_daily=bars(**{"000300_SH": path}))

    assert bool(found) is there
