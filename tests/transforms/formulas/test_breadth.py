"""Shares of risers, means that start as plain ones, and the thrust, on one series of days."""

from __future__ import annotations

import polars as pl
import pytest

from transforms.formulas.breadth import (
    FAST,
    SLOW,
    mcclellan,
    net_share,
    rising_share,
    seeded_ema,
    thrust,
)

UP, DOWN = pl.col("up"), pl.col("down")


def days(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(pairs, {"up": pl.Int64, "down": pl.Int64}, orient="row")


def test_shares_are_of_what_moved_and_none_where_nothing_did():
    frame = days((3, 1), (0, 4), (0, 0), (2, 2))

    assert frame.select(rising_share(UP, DOWN)).to_series().to_list() == [0.75, 0.0, None, 0.5]
    assert frame.select(net_share(UP, DOWN)).to_series().to_list() == [0.5, -1.0, None, 0.0]


def smoothed(values: list[float | None], count: int) -> list[float | None]:
    frame = pl.DataFrame({"x": values}, {"x": pl.Float64})
    return frame.select(seeded_ema(pl.col("x"), count)).to_series().to_list()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0, 6.0], [None, None, 3.0]),
        ([1.0, 2.0, 6.0, 7.0], [None, None, 3.0, 5.0]),
        ([1.0, 2.0, 6.0, 7.0, 1.0], [None, None, 3.0, 5.0, 3.0]),
        # Days without a value are passed over: they make no step and weigh nothing.
        ([1.0, None, 2.0, 6.0, None, None, 7.0], [None, None, None, 3.0, None, None, 5.0]),
        ([1.0, 2.0], [None, None]),
    ],
)
def test_a_mean_begins_as_the_plain_one_and_then_weighs_the_newest_by_two_of_one_more(
    values, expected
):
    assert smoothed(values, 3) == [None if x is None else pytest.approx(x) for x in expected]


def test_the_oscillator_is_the_difference_of_both_means_from_the_39th_day_on():
    pairs = [(n % 7 + 1, n % 5 + 1) for n in range(45)]
    pairs.insert(20, (0, 0))
    frame = days(*pairs)
    found = frame.select(mcclellan(UP, DOWN)).to_series().to_list()

    net = [1000 * (up - down) / (up + down) if up + down else None for up, down in pairs]
    fast, slow = smoothed(net, FAST), smoothed(net, SLOW)
    assert found[: SLOW + 1] == [None] * (SLOW - 1 + 1) + [pytest.approx(fast[SLOW] - slow[SLOW])]
    assert found[-1] == pytest.approx(fast[-1] - slow[-1])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.39, *[0.5] * 8, 0.615], True),
        ([0.39, *[0.5] * 8, 0.614], False),
        ([0.40, *[0.5] * 8, 0.615], False),
        ([0.39, *[0.5] * 9, 0.615], False),  # eleven days ago
        ([0.39, *[0.5] * 7, 0.615], None),  # nine days are too few
        ([0.7] * 10, False),
    ],
)
def test_a_thrust_is_a_rise_from_under_40_to_61_5_per_cent_within_ten_days(values, expected):
    frame = pl.DataFrame({"x": values})

    assert frame.select(thrust(pl.col("x"))).to_series().to_list()[-1] is expected
