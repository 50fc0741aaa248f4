"""The RSI as a plain function, and by day, week and month."""

import math

import polars as pl
import pytest

from transforms.indicators import rsi

UP_AND_DOWN = [10.0, 12.0, 11.0, 14.0, 13.0]


def test_the_first_value_is_the_share_of_the_rises_and_then_it_is_smoothed():
    """Window 2: changes +2 -1 +3 -1."""
    rise, fall = (2 + 0) / 2, (0 + 1) / 2
    expected = [None, None, 100 * rise / (rise + fall)]
    for up, down in ((3, 0), (0, 1)):
        rise, fall = (rise + up) / 2, (fall + down) / 2
        expected.append(100 * rise / (rise + fall))

    assert rsi(pl.Series(UP_AND_DOWN), 2).to_list() == pytest.approx(expected)


@pytest.mark.parametrize("gap", [None, math.nan, math.inf])
def test_a_gap_is_a_day_without_trading_and_poisons_nothing(gap):
    whole = rsi(pl.Series(UP_AND_DOWN), 2).to_list()
    gapped = [gap, *UP_AND_DOWN[:2], gap, gap, *UP_AND_DOWN[2:], gap]

    assert rsi(pl.Series(gapped, strict=False), 2).to_list() == [
        *(None, *whole[:2]),
        *(None, None, *whole[2:], None),
    ]


def test_only_rises_are_100_only_falls_0_and_no_movement_nothing():
    assert rsi(pl.Series(range(40)))[14:].to_list() == [100.0] * 26
    assert rsi(pl.Series(range(40, 0, -1)))[14:].to_list() == [0.0] * 26
    assert rsi(pl.Series([5.0] * 40)).null_count() == 40


@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt8, pl.Float32, pl.Decimal(10, 2)])
def test_whole_numbers_and_other_numbers_will_do(dtype):
    closes = pl.Series(UP_AND_DOWN).cast(dtype)

    assert rsi(closes, 2).to_list() == pytest.approx(rsi(pl.Series(UP_AND_DOWN), 2).to_list())


@pytest.mark.parametrize("count", [0, 1, 14])
def test_a_short_series_has_none(count):
    found = rsi(pl.Series([1.0, 2.0] * 7)[:count].cast(pl.Float64))

    assert (len(found), found.null_count()) == (count, count)
    assert found.dtype == pl.Float64


def test_nonsense_is_refused_in_words():
    with pytest.raises(ValueError, match="window is 1 change at least, got 0"):
        rsi(pl.Series([1.0]), 0)
    with pytest.raises(ValueError, match="closes are numbers, got String"):
        rsi(pl.Series(["1.0"]))


def test_the_weekly_rsi_is_that_of_the_last_closes_of_finished_weeks(bars, measure):
    """NOW is a Tuesday: its week is not over, and Friday 2026-01-09 is the last."""
    path = [100.0 + 7 * math.sin(day) + day / 10 for day in range(200)]
    found = measure("rsi_14_weekly", index_daily=bars(**{"000001_SH": path}))
    fridays = pl.Series(path[:-2][::-1][::5][::-1])

    assert list(found)[-1] == "2026-01-09"
    assert list(found.values()) == pytest.approx(rsi(fridays).drop_nulls().to_list())


def test_a_week_that_ends_with_a_holiday_is_over_when_the_next_one_begins(table, measure):
    """Friday 2026-01-02 has no bar: Wednesday's close is the week's, known on Monday."""
    weeks = [f"000001.SH | 2025-{month:02d}-{day:02d} | {close}" for month, day, close in LONG_AGO]
    known = "\n".join(["code | trade_date | close", *weeks])
    ended = known + "\n000001.SH | 2025-12-31 | 130"
    followed = ended + "\n000001.SH | 2026-01-05 | 140"

    assert "2025-12-31" not in measure("rsi_14_weekly", index_daily=table(ended))
    assert "2025-12-31" in measure("rsi_14_weekly", index_daily=table(followed))


LONG_AGO = [(9, day, 100 + day) for day in (1, 8, 15, 22, 29)]
LONG_AGO += [(month, day, 90 + day) for month in (10, 11, 12) for day in (6, 13, 20, 27)]


def test_the_monthly_rsi_ends_with_the_last_finished_month(bars, measure):
    path = [100.0 + 7 * math.sin(day / 9) + day / 10 for day in range(400)]
    found = measure("rsi_14_monthly", index_daily=bars(**{"000001_SH": path}))

    assert list(found)[-1] == "2025-12-31"


def test_weeks_and_months_are_ranked_among_fewer_values_than_days(bars, measure):
    """metrics.md 0.9: 104 weeks, 36 months; five years hold 260 and 60 of them."""
    path = [100.0 + 7 * math.sin(day / 9) + day / 100 for day in range(5 * 130)]
    index = bars(**{"000001_SH": path})
    longer = bars(**{"000001_SH": [100.0 + 7 * math.sin(day / 9) for day in range(22 * 54)]})

    def ranked(metric: str, index_daily: pl.DataFrame) -> int:
        ranks = measure(metric, column="percentile_5y", index_daily=index_daily)
        return [rank is not None for rank in ranks.values()].index(True) + 1

    assert ranked("rsi_14_weekly", index) == 104
    assert ranked("rsi_14_monthly", longer) == 36
