"""Specs of dispersion: equal and by value, and how far from its usual."""

from datetime import datetime, timedelta
from statistics import mean, pstdev, stdev

import polars as pl
import pytest

from tests.transforms.conftest import NOW
from transforms.engine.evaluate import evaluate

DAYS = 300


def path(swing: float, period: int) -> list[float]:
    """A price that moves by `swing` up and down, in turns of so many days."""
    closes = [10.0]
    for n in range(1, DAYS):
        closes.append(closes[-1] * (1 + swing * (-1 if n % period == 0 else 1)))
    return closes


PATHS = {"600001_SH": path(0.01, 2), "600002_SH": path(0.03, 3), "600003_SH": path(-0.02, 2)}


def returns(day: int) -> list[float]:
    return [closes[day] / closes[day - 1] - 1 for closes in PATHS.values()]


def test_the_dispersion_is_the_mean_of_daily_standard_deviations(bars, measure):
    found = measure("dispersion_21d", stock_daily=bars(**PATHS))
    expected = mean(stdev(returns(day)) for day in range(DAYS - 21, DAYS))

    assert found["2026-01-13"] == pytest.approx(expected, rel=1e-12)
    assert len(found) == DAYS - 21


def test_the_weighed_dispersion_uses_the_value_of_the_day_before(bars, measure):
    """Tradable shares 1, 2 and 5 million: volume over turnover rate."""
    shares = {"600001.SH": 1e6, "600002.SH": 2e6, "600003.SH": 5e6}
    stocks = bars(**PATHS).with_columns(
        volume_shares=pl.col("code").replace_strict(shares) * 0.02, turnover_rate=0.02
    )
    found = measure("dispersion_weighted_21d", stock_daily=stocks)

    def spread(day: int) -> float:
        values = [
            closes[day - 1] * n for closes, n in zip(PATHS.values(), shares.values(), strict=True)
        ]
        weights = [value / sum(values) for value in values]
        market = sum(w * r for w, r in zip(weights, returns(day), strict=True))
        return sum(w * (r - market) ** 2 for w, r in zip(weights, returns(day), strict=True)) ** 0.5

    expected = mean(spread(day) for day in range(DAYS - 21, DAYS))
    assert found["2026-01-13"] == pytest.approx(expected, rel=1e-10)


def test_without_the_values_of_half_of_the_stocks_none_is_weighed(bars, measure):
    stocks = bars(**PATHS).with_columns(volume_shares=1e4, turnover_rate=0.02)
    lacking = pl.col("code").is_in(["600001.SH", "600002.SH"])
    partly = stocks.with_columns(turnover_rate=pl.when(~lacking).then("turnover_rate"))

    assert measure("dispersion_weighted_21d", stock_daily=partly) == {}
    assert measure("value_above_ma50", stock_daily=partly) == {}
    assert measure("value_above_ma50", stock_daily=stocks)


def test_stocks_that_move_as_one_have_no_dispersion(bars, measure):
    together = bars(**dict.fromkeys(PATHS, path(0.02, 2)))
    found = measure("dispersion_21d", stock_daily=together)

    assert set(found.values()) == {0.0}
    assert measure("dispersion_abs_z", stock_daily=together) == {}


def test_the_distance_is_known_when_the_oldest_day_of_its_past_is(bars):
    """The first bars were collected late: every distance since then rests on them."""
    late = datetime(2026, 1, 12, 8)
    stocks = bars(**PATHS)
    known = pl.when(pl.col("trade_date") < stocks["trade_date"].min() + timedelta(days=9))
    collected = stocks.with_columns(known_at=known.then(late).otherwise("known_at"))
    found = evaluate({"stock_daily": collected}, NOW).filter(metric="dispersion_abs_z")

    assert found.filter(pl.col("entity") == "all")["known_at"].min() == late


def test_the_distance_is_told_in_standard_deviations_of_the_past(bars):
    found = evaluate({"stock_daily": bars(**PATHS)}, NOW).filter(entity="all")
    plain = found.filter(metric="dispersion_21d")["value"].to_list()
    distance = found.filter(metric="dispersion_abs_z").sort("observation_date")["value"]
    spread = pstdev(plain) * (len(plain) / (len(plain) - 1)) ** 0.5

    assert len(distance) == len(plain) - 249
    assert distance[-1] == pytest.approx(abs(plain[-1] - mean(plain)) / spread, rel=1e-6)
