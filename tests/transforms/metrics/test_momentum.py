"""Momentum and what it costs in risk."""

import math

import pytest

GROWTH = [100.0 * 1.01**day for day in range(300)]


def test_the_changes_over_so_many_days_count_bars(bars, measure):
    index = bars(**{"000300_SH": GROWTH})

    for days in (20, 21, 60, 250):
        found = measure(f"return_{days}d", index_daily=index)
        assert len(found) == 300 - days
        assert found["2026-01-13"] == pytest.approx(1.01**days - 1)


def test_momentum_and_the_month_that_it_leaves_out_make_the_year(zigzag, bars, measure):
    index = bars(**{"000300_SH": zigzag})
    before, month = (
        measure(one, index_daily=index)["2026-01-13"] for one in ("momentum_12_1", "return_21d")
    )

    assert (1 + before) * (1 + month) == pytest.approx(zigzag[-1] / zigzag[-253])


@pytest.fixture
def zigzag() -> list[float]:
    """Rises of 2% and falls of 1% in turn, over 300 days."""
    path = [100.0]
    for day in range(299):
        path.append(path[-1] * (1.02 if day % 2 else 0.99))
    return path


def test_sharpe_and_sortino_of_two_changes_in_turn(zigzag, bars, measure):
    """Mean 0.5%, deviations 1.5% (n - 1), falls of 1% every other day; a year has 243 days."""
    index = bars(**{"000300_SH": zigzag})
    deviation, falls = 0.015 * math.sqrt(60 / 59), math.sqrt(0.01**2 / 2)

    assert measure("sharpe_60d", index_daily=index)["2026-01-13"] == pytest.approx(
        0.005 / deviation * math.sqrt(243)
    )
    assert measure("sortino_60d", index_daily=index)["2026-01-13"] == pytest.approx(
        0.005 / falls * math.sqrt(243)
    )


def test_new_york_s_year_has_252_days(zigzag, bars, measure):
    index = bars(**{"000300_SH": zigzag, "NDX_US": zigzag})
    found = measure("volatility_20d", by="entity", index_daily=index)

    assert found["NDX.US"] / found["000300.SH"] == pytest.approx(math.sqrt(252 / 243))


def test_momentum_per_unit_of_volatility(zigzag, bars, measure):
    index = bars(**{"000300_SH": zigzag})
    up, down = math.log(1.02), math.log(0.99)
    deviation = (up - down) / 2 * math.sqrt(252 / 251)
    momentum = zigzag[-22] / zigzag[-253] - 1

    assert measure("risk_adjusted_momentum", index_daily=index)["2026-01-13"] == pytest.approx(
        momentum / (deviation * math.sqrt(243))
    )


def test_the_position_of_time_series_momentum_uses_the_volatility_of_the_day_before(bars, measure):
    """The last day's jump moves the sign of the year but not yet the volatility."""
    chance = [100 * math.exp(0.01 * math.sin(day) - 0.0004 * day) for day in range(400)]
    calm, jump = bars(**{"000300_SH": chance}), bars(**{"000300_SH": [*chance[:-1], 150.0]})
    before = measure("ex_ante_volatility", index_daily=calm)["2026-01-13"]

    assert measure("ex_ante_volatility", index_daily=jump)["2026-01-13"] == before
    assert measure("tsmom_position", index_daily=calm)["2026-01-13"] == pytest.approx(-0.4 / before)
    assert measure("tsmom_position", index_daily=jump)["2026-01-13"] == pytest.approx(0.4 / before)


def test_the_score_of_time_series_momentum_is_full_at_twice_the_volatility(bars, measure):
    chance = [100 * math.exp(0.01 * math.sin(day) + 0.0001 * day) for day in range(400)]
    index = bars(**{"000300_SH": chance})
    strength = measure("tsmom_strength", index_daily=index)["2026-01-13"]
    jump = bars(**{"000300_SH": [*chance[:-1], 900.0]})

    assert 0 < abs(strength) < 2
    assert measure("tsmom_score", index_daily=index)["2026-01-13"] == pytest.approx(
        50 + 25 * strength
    )
    assert measure("tsmom_score", index_daily=jump)["2026-01-13"] == 100
    assert measure("tsmom_score", column="score", index_daily=jump)["2026-01-13"] == 100
