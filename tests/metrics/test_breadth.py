"""Specs of breadth: who is counted, and against whom."""

from datetime import date, datetime

import polars as pl
import pytest

FOUR_STOCKS = """
    code      | trade_date | close | previous_close
    600001.SH | 2026-01-08 | 10    | .
    600001.SH | 2026-01-09 | 11    | .
    600002.SH | 2026-01-08 | 10    | .
    600002.SH | 2026-01-09 | 10    | .
    600003.SH | 2026-01-08 | 10    | .
    600003.SH | 2026-01-09 | 8     | 7
    600004.SH | 2026-01-09 | 10    | 5
    """

INDUSTRIES = """
    code      | valid_from | valid_to   | industry
    600001.SH | 2020-01-01 | .          | 半导体
    600002.SH | 2020-01-01 | 2026-01-08 | 半导体
    600002.SH | 2026-01-09 | .          | 银行
    600003.SH | 2020-01-01 | .          | 半导体
    """

TECH = """
    theme | kind     | member    | valid_from | valid_to
    tech  | industry | 半导体    | 2020-01-01 | .
    """


def test_risers_are_counted_among_stocks_that_traded_and_have_an_earlier_bar(table, measure):
    """One rose, one stood still, one rose from its ex-rights close; the new listing waits."""
    stocks = table(FOUR_STOCKS)

    assert measure("breadth_up_share", stock_daily=stocks) == {"2026-01-09": 2 / 3}
    assert measure("breadth_up_share", column="n", stock_daily=stocks) == {"2026-01-09": 3}


def test_coverage_is_the_share_of_a_full_day(table, measure):
    found = measure("breadth_up_share", column="coverage", stock_daily=table(FOUR_STOCKS))

    assert found == {"2026-01-09": 3 / 4}


def test_technology_is_who_was_in_a_technology_industry_on_that_day(table, measure):
    """600002 left the chip industry on 9 January."""
    found = measure(
        "breadth_up_share",
        by="entity",
        column="n",
        stock_daily=table(FOUR_STOCKS),
        security=table(INDUSTRIES),
        theme_membership=table(TECH),
    )

    assert found == {"all": 3, "tech": 2, "Main": 3}


def test_a_newer_classification_ends_an_older_one_that_names_no_end(table, measure):
    undated = INDUSTRIES.replace("2026-01-08 | 半导体", ".          | 半导体")
    found = measure(
        "breadth_up_share",
        by="entity",
        column="n",
        stock_daily=table(FOUR_STOCKS),
        security=table(undated),
        theme_membership=table(TECH),
    )

    assert found["tech"] == 2


def test_a_stock_listed_by_code_and_by_industry_counts_once(table, measure):
    twice = TECH + "\n    tech  | code     | 600001.SH | 2020-01-01 | 2026-01-09"
    found = measure(
        "breadth_up_share",
        by="entity",
        column="n",
        stock_daily=table(FOUR_STOCKS),
        security=table(INDUSTRIES),
        theme_membership=table(twice),
    )

    assert found["tech"] == 2


def test_the_last_day_of_a_membership_still_counts(table, measure):
    until = TECH.replace("半导体    | 2020-01-01 | .", "半导体    | 2020-01-01 | 2026-01-09")
    frames = {"stock_daily": table(FOUR_STOCKS), "security": table(INDUSTRIES)}

    counted = measure("breadth_up_share", by="entity", theme_membership=table(until), **frames)
    assert "tech" in counted
    ended = until.replace("2026-01-09", "2026-01-08")
    gone = measure("breadth_up_share", by="entity", theme_membership=table(ended), **frames)
    assert "tech" not in gone


def test_a_stock_needs_as_many_bars_as_the_mean(bars, measure):
    """600001 has 50 bars and ends above its mean, 600002 below, 600003 has 49 bars only."""
    stocks = bars(
        **{
            "600001_SH": [10.0] * 49 + [11.0],
            "600002_SH": [10.0] * 49 + [9.0],
            "600003_SH": [None] + [10.0] * 48 + [11.0],
        }
    )

    assert measure("share_above_ma50", stock_daily=stocks) == {"2026-01-13": 1 / 2}
    assert measure("share_above_ma50", column="coverage", stock_daily=stocks)["2026-01-13"] == 2 / 3


def test_the_200_day_share_counts_a_suspended_stocks_own_bars(bars, measure):
    """A stock that paused has its 200 bars later, and none on the days of the pause."""
    stocks = bars(
        **{
            "600001_SH": [10.0] * 200 + [11.0],
            "600002_SH": [10.0] * 100 + [None] + [10.0] * 99 + [9.0],
        }
    )

    assert measure("share_above_ma200", stock_daily=stocks)["2026-01-13"] == 1 / 2
    assert list(measure("share_above_ma200", column="n", stock_daily=stocks).values()) == [1, 2]


def test_the_five_day_share_is_the_mean_of_five_days(bars, measure):
    """Two stocks: both up, one up, none, one, both."""
    stocks = bars(
        **{"600001_SH": [10, 11, 12, 11, 12, 13.0], "600002_SH": [10, 11, 10, 10, 9, 10.0]}
    )
    found = measure("breadth_up_share_5d", stock_daily=stocks)

    assert found == {"2026-01-13": pytest.approx((2 / 2 + 1 / 2 + 0 / 2 + 1 / 2 + 2 / 2) / 5)}


def test_breadth_scores_run_through_the_declared_anchors(table, measure):
    found = measure("breadth_up_share", column="score", stock_daily=table(FOUR_STOCKS))

    assert found["2026-01-09"] == pytest.approx(50 + (2 / 3 - 0.5) / (0.8 - 0.5) * (85 - 50))


def test_a_day_is_known_when_its_last_bar_is_known(table, measure):
    stocks = table(FOUR_STOCKS)
    late = datetime(2026, 1, 10, 3, 0)
    corrected = pl.col("code") == "600002.SH"
    revised = stocks.with_columns(
        known_at=pl.when(corrected).then(pl.lit(late)).otherwise(pl.col("known_at"))
    )
    found = measure("breadth_up_share", column="known_at", stock_daily=revised)

    assert found == {str(date(2026, 1, 9)): late}
