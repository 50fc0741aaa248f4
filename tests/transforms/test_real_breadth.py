"""Breadth of the real market that lies beside the project: plausible, or absent for a reason."""

from datetime import date

import polars as pl
import pytest

pytestmark = pytest.mark.real
RECORD_DAY = date(2024, 10, 8)


@pytest.fixture(scope="module")
def on(real_metrics: pl.DataFrame):
    def value(metric: str, day: date, entity: str = "all") -> float:
        found = real_metrics.filter(metric=metric, entity=entity, observation_date=day)
        return found["value"].item()

    return value


def test_the_october_of_2024_was_a_rush_of_all_stocks(on):
    """Nearly every stock stood above its 50-day mean, and the thrust is dated by it."""
    assert on("share_above_ma50", RECORD_DAY) > 0.99
    assert on("risen_in_5d_share", RECORD_DAY) > 0.99
    assert on("breadth_thrust", RECORD_DAY) == 1
    assert 0.1 < on("new_highs_minus_lows", RECORD_DAY) < 0.3


def test_january_2026_had_more_abnormal_rises_than_the_record_day(on):
    january = date(2026, 1, 12)

    assert on("abnormal_moves_5d", january) > 2 * on("abnormal_moves_5d", RECORD_DAY)
    assert on("severe_moves_5d", january) > 2 * on("severe_moves_5d", RECORD_DAY)
    assert 0.02 < on("dispersion_21d", january) < 0.04


def test_adjusted_prices_without_previous_closes_have_no_limits(real_metrics):
    """The file is adjusted by subtraction: a tenth of its closes are no whole cents, and none bears
    the exchange's previous close.
    """
    names = real_metrics["metric"].unique().to_list()

    assert not [name for name in names if name.startswith("limit_")]


def test_every_industry_and_board_has_its_share(real_metrics):
    entities = real_metrics.filter(metric="share_above_ma200")["entity"].unique().to_list()

    assert {"all", "tech", "Main", "ChiNext", "STAR", "BSE", "半导体"} <= set(entities)
    assert len(entities) > 100
