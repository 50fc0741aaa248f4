"""Steady advances and jumps."""

import math

import polars as pl
import pytest


def test_the_share_of_rising_weeks_counts_finished_weeks(bars, measure):
    """27 weeks up to Friday 2026-01-09, of whose 26 changes 13 rose."""
    weekly = [100.0 + (week % 2) for week in range(27)]
    path = [close for close in weekly for _ in range(5)] + [500.0, 500.0]
    found = measure("up_week_share_26w", index_daily=bars(**{"000300_SH": path}))

    assert found == {"2026-01-09": 13 / 26}


def test_the_fit_of_a_falling_year_is_negative(bars, measure):
    path = [100 * math.exp(-0.002 * day) for day in range(250)]
    found = measure("trend_r2_250d", index_daily=bars(**{"000300_SH": path}))

    assert found == {"2026-01-13": pytest.approx(-1)}


def test_many_small_rises_are_continuous_and_one_jump_is_not(bars, measure):
    steady = [100.0 + 0.1 * day for day in range(251)]
    jump = [200.0 - 0.1 * day for day in range(250)] + [900.0]
    falling = steady[::-1]
    found = measure(
        "path_continuity_250d",
        by="entity",
        index_daily=bars(**{"000300_SH": steady, "000688_SH": jump, "399006_SZ": falling}),
    )

    assert found == {"000300.SH": 1, "000688.SH": pytest.approx((1 - 249) / 250)}


def test_the_variance_ratio_of_changes_that_turn_back_is_small(bars, measure):
    """Up and down in turn: a change over ten days is none."""
    path = [100.0 * (1.01 if day % 2 else 1.0) for day in range(251)]
    index = bars(**{"000300_SH": path})

    assert measure("variance_ratio_10d", index_daily=index)["2026-01-13"] < 1e-3
    assert measure("variance_ratio_10d_z", index_daily=index)["2026-01-13"] < -2


def test_variance_ratios_are_of_indices_alone(bars, measure):
    path = [100.0 * (1.01 if day % 2 else 1.0) for day in range(251)]
    sector = bars(**{"801080_SW": path}).with_columns(level=pl.lit("L1"))
    frames = {"index_daily": bars(**{"000300_SH": path}), "sector_daily": sector}

    assert list(measure("variance_ratio_10d", by="entity", **frames)) == ["000300.SH"]
