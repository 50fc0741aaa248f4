"""A share whose code changed half-way is one share to every metric that counts shares."""

from __future__ import annotations

import polars as pl
import pytest

from warehouse.catalog import dataset
from warehouse.quality.contract_checks import shaped

BARS = """
    code      | trade_date | open | high | low | close | volume_shares | amount_cny
    430047.BJ | 2025-09-29 | 10   | 10   | 10  | 10    | 100           | 1000
    430047.BJ | 2025-09-30 | 10   | 13   | 10  | 13    | 100           | 1300
    920047.BJ | 2025-10-09 | 13   | 14   | 13  | 14    | 100           | 1400
    920047.BJ | 2025-10-10 | 14   | 14   | 12  | 12    | 100           | 1200
    600001.SH | 2025-09-29 | 10   | 10   | 10  | 10    | 100           | 1000
    600001.SH | 2025-09-30 | 10   | 10   | 9   | 9     | 100           | 900
    600001.SH | 2025-10-09 | 9    | 9    | 8   | 8.5   | 100           | 850
    600001.SH | 2025-10-10 | 9    | 9    | 8   | 9     | 100           | 900
    """
RISEN = {"2025-09-30": 1 / 2, "2025-10-09": 1 / 2, "2025-10-10": 1 / 2}


@pytest.fixture
def moved(table) -> pl.DataFrame:
    """Bars as the warehouse takes them in: under the old code before the holiday, the new after."""
    sent = table(BARS)
    bare = sent.drop("known_at").with_columns(turnover_rate=pl.lit(0.01))
    return shaped(dataset("stock_daily"), bare, "x").with_columns(sent["known_at"])


def test_it_is_counted_on_the_day_of_the_change_and_not_twice(moved, table, measure) -> None:
    assert measure("breadth_up_share", stock_daily=moved) == RISEN
    assert set(measure("breadth_up_share", column="n", stock_daily=moved).values()) == {2}
    assert set(measure("breadth_up_share", column="coverage", stock_daily=moved).values()) == {1}
    # As sent, it would be a new listing that waits for its second day.
    asis = measure("breadth_up_share", column="n", stock_daily=table(BARS))
    assert asis["2025-10-09"] == 1


@pytest.mark.parametrize("metric", ["limit_up_share", "limit_streak_longest", "breadth_up_share"])
def test_other_counts_of_shares_are_those_of_one_code(metric, moved, measure, table) -> None:
    one = table(BARS.replace("430047", "920047"))
    assert measure(metric, stock_daily=moved) == measure(metric, stock_daily=one)
