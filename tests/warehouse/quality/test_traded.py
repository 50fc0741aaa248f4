"""When prices are taken for adjusted, by hand: how many are off, among which bars, since when."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from warehouse.quality.traded import Adjusted, adjusted, adjusted_days, adjusted_rows, off_cent

FIRST = date(2026, 1, 5)


def test_a_price_is_off_from_a_hundredth_of_a_cent_on() -> None:
    assert off_cent(np.array([10.0, 10.01, 10.0000999, 10.00011, 10.009])).tolist() == [
        False, False, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("odd", "bars", "found"),
    [(2, 10, False), (3, 10, True), (3, 2999, True), (3, 3000, False), (4, 3000, True)],
)
def test_three_and_more_than_one_in_a_thousand_are_adjusted(odd: int, bars: int, found) -> None:
    off = np.arange(bars) < odd

    assert adjusted_days(off, np.zeros(bars, dtype=int), 1).tolist() == [found]


def test_a_day_is_judged_by_the_twenty_up_to_it() -> None:
    day = np.repeat(np.arange(30), 3)
    found = adjusted_days(day == 5, day, 30)

    assert np.flatnonzero(found).tolist() == list(range(5, 25))


def test_bars_with_and_without_a_previous_close_are_judged_apart() -> None:
    close = np.array([10.001] * 3 + [10.0] * 3)
    stated = np.array([np.nan, 0.0, np.nan, 10.0, 10.0, 10.0])
    day = np.zeros(6, dtype=int)

    assert adjusted_rows(close, stated, day, 1).tolist() == [True] * 3 + [False] * 3


def test_the_account_counts_closes_and_those_that_are_off_or_unstated() -> None:
    days = [FIRST + timedelta(days=n) for n in range(3)]
    rows = pl.DataFrame({
        "trade_date": [days[1]] * 4 + [days[2]] * 2 + [days[0]],
        "close": [10.001, 10.002, 10.003, 10.0, 10.004, 10.0, 10.0],
        "previous_close": [None, None, None, None, None, None, 10.0],
    })  # fmt: skip
    found = adjusted(rows)

    assert found == Adjusted(days[1], days[2], closes=6, off_cent=4, unstated=6)
    assert str(found) == (
        "prices are adjusted, not as traded, from 2026-01-06 to 2026-01-07: "
        "66.7% of these closes are no whole cents, 100% have no previous close"
    )
    assert adjusted(rows.tail(1)) is None
    assert adjusted(rows.drop("previous_close")) == found  # the first day is judged by itself
