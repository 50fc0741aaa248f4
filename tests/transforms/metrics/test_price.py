"""Specs of the metrics on index prices."""

from datetime import date

import pytest

JANUARY = """
    code      | trade_date | close
    000688.SH | 2024-12-31 | 900
    000688.SH | 2025-11-28 | 1000
    000688.SH | 2025-12-30 | 1100
    000688.SH | 2025-12-31 | 1200
    000688.SH | 2026-01-05 | 1260
    000688.SH | 2026-01-06 | 1320
    """


def test_close_is_the_published_close(table, measure):
    assert measure("close", index_daily=table(JANUARY))["2026-01-06"] == 1320


def test_a_day_without_a_close_has_no_row(table, measure):
    drawn = """
        code      | trade_date | close
        399001.SZ | 2026-01-05 | 100
        399001.SZ | 2026-01-06 | .
        399001.SZ | 2026-01-07 | 110
        """
    found = measure("return_1d", index_daily=table(drawn))

    assert found == {"2026-01-07": pytest.approx(110 / 100 - 1)}


def test_the_change_on_the_day_counts_from_the_bar_before(table, measure):
    assert measure("return_1d", index_daily=table(JANUARY))["2026-01-06"] == 1320 / 1260 - 1


def test_the_change_this_month_counts_from_the_last_close_of_the_month_before(table, measure):
    found = measure("return_mtd", index_daily=table(JANUARY))

    assert found == {
        "2025-12-30": 1100 / 1000 - 1,
        "2025-12-31": 1200 / 1000 - 1,
        "2026-01-05": 1260 / 1200 - 1,
        "2026-01-06": 1320 / 1200 - 1,
    }


def test_the_change_this_year_counts_from_the_last_close_of_the_year_before(table, measure):
    found = measure("return_ytd", index_daily=table(JANUARY))

    assert found["2025-12-31"] == 1200 / 900 - 1
    assert found["2026-01-06"] == 1320 / 1200 - 1
    assert "2024-12-31" not in found


def test_rsi_14_of_fourteen_changes_is_the_share_of_the_rises(bars, measure):
    """Seven rises of 2 and seven falls of 1: 14 / (14 + 7)."""
    path = [100.0]
    for step in range(14):
        path.append(path[-1] + (2 if step % 2 else -1))
    found = measure("rsi_14", index_daily=bars(**{"000001_SH": path}))

    assert found == {"2026-01-13": pytest.approx(100 * 14 / (14 + 7))}


def test_rsi_scores_run_through_the_declared_anchors(bars, measure):
    """All rises: RSI 100 lies beyond the last anchor, (90, 97)."""
    rising = bars(**{"000001_SH": [float(step) for step in range(1, 17)]})

    assert measure("rsi_14", column="score", index_daily=rising) == {
        "2026-01-12": 97,
        "2026-01-13": 97,
    }


def test_momentum_leaves_out_the_latest_21_days(bars, measure):
    path = [100.0] * 10 + [150.0] * 222 + [900.0] * 21
    found = measure("momentum_12_1", index_daily=bars(**{"000300_SH": path}))

    assert len(path) == 253
    assert found == {"2026-01-13": 150 / 100 - 1}


def test_the_distance_from_the_200_day_mean(bars, measure):
    path = [100.0] * 199 + [120.0]
    found = measure("close_vs_ma200", index_daily=bars(**{"000300_SH": path}))

    assert found == {"2026-01-13": pytest.approx(120 / ((199 * 100 + 120) / 200) - 1)}


def test_the_share_of_rising_days_counts_an_unchanged_day_as_not_risen(bars, measure):
    path = [100.0 + min(step, 100) for step in range(127)]
    found = measure("up_day_share_126d", index_daily=bars(**{"000300_SH": path}))

    assert found == {"2026-01-13": pytest.approx(100 / 126)}


HIGHS = """
    code      | trade_date | close | high
    000001.SH | 2015-07-24 | 110   | 112
    000001.SH | 2015-08-17 | 100   | 101
    000001.SH | 2015-08-18 | 80    | 90
    000001.SH | 2025-08-22 | 90    | .
    000001.SH | 2025-08-25 | 100   | 111
    000001.SH | 2025-10-29 | 120   | 125
    """


def test_a_close_as_high_is_found_ties_included_and_else_the_first_day_counts(
    table, measure, young_records
):
    found = measure("years_since_higher_close", index_daily=table(HIGHS))

    assert found == {
        "2015-08-17": pytest.approx(24 / 365.25),
        "2015-08-18": pytest.approx(1 / 365.25),
        "2025-08-22": pytest.approx((date(2025, 8, 22) - date(2015, 8, 17)).days / 365.25),
        "2025-08-25": pytest.approx((date(2025, 8, 25) - date(2015, 8, 17)).days / 365.25),
        "2025-10-29": pytest.approx((date(2025, 10, 29) - date(2015, 7, 24)).days / 365.25),
    }


def test_the_first_bar_sets_no_record_and_a_record_says_so(table, measure, young_records):
    assert measure("record_close", index_daily=table(HIGHS)) == {
        "2015-08-17": 0,
        "2015-08-18": 0,
        "2025-08-22": 0,
        "2025-08-25": 0,
        "2025-10-29": 1,
    }
    assert measure("bars_since_higher_close", index_daily=table(HIGHS)) == {
        "2015-08-17": 1,
        "2015-08-18": 1,
        "2025-08-22": 2,
        "2025-08-25": 3,
    }


def test_intraday_highs_leave_out_days_without_one(table, measure, young_records):
    found = measure("years_since_higher_high", index_daily=table(HIGHS))

    assert found["2025-08-25"] == pytest.approx(
        (date(2025, 8, 25) - date(2015, 7, 24)).days / 365.25
    )
    assert "2025-08-22" not in found


def test_a_record_within_the_day_need_not_hold_to_its_close(table, measure, young_records):
    spike = """
        code      | trade_date | close | high
        000001.SH | 2026-01-09 | 100   | 105
        000001.SH | 2026-01-12 | 99    | 106
        000001.SH | 2026-01-13 | 101   | 106
        """

    assert list(measure("record_high", index_daily=table(spike)).values()) == [1, 0]
    assert list(measure("record_close", index_daily=table(spike)).values()) == [0, 1]


@pytest.mark.parametrize("metric", [
    "record_close", "record_high", "years_since_higher_close", "years_since_higher_high",
    "bars_since_higher_close",
])  # fmt: skip
def test_a_series_of_less_than_250_bars_has_no_record(metric, bars, measure):
    falling = [300.0 - n for n in range(251)]

    def of(path):
        index = bars(**{"000001_SH": path}).with_columns(high="close")
        return list(measure(metric, index_daily=index))

    assert of(falling[-5:]) == of(falling[-249:]) == []
    assert of(falling) == ["2026-01-12", "2026-01-13"]


def test_the_deepest_fall_of_a_year_may_be_made_good(bars, measure):
    path = [100.0, 80.0, 120.0, 90.0, *[130.0] * 247]
    found = measure("max_drawdown_250d", index_daily=bars(**{"000300_SH": path}))

    assert found == {"2026-01-13": 90 / 120 - 1}
