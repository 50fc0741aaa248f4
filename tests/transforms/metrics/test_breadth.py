"""Specs of breadth: who is counted, and against whom."""

from datetime import date, datetime

import polars as pl
import pytest

from transforms.formulas.breadth import thrust

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


@pytest.mark.parametrize("metric", ["mcclellan_summation", "breadth_thrusts_per_year"])
def test_a_sum_over_all_days_is_known_when_its_oldest_day_is(bars, measure, metric):
    """The first bar was corrected this morning; the sum of 300 days holds it."""
    stocks = bars(**{"600001_SH": [10 + n / 100 for n in range(300)]})
    late = datetime(2026, 1, 13, 3, 0)
    first = pl.col("trade_date") == pl.col("trade_date").min()
    corrected = pl.when(first).then(pl.lit(late)).otherwise(pl.col("known_at"))
    found = measure(metric, column="known_at", stock_daily=stocks.with_columns(known_at=corrected))

    assert found["2026-01-12"] == late


UP_AND_DOWN = """
    code      | trade_date | close | amount_cny
    600001.SH | 2026-01-12 | 10    | 1
    600001.SH | 2026-01-13 | 11    | 30
    600002.SH | 2026-01-12 | 10    | 1
    600002.SH | 2026-01-13 | 12    | 30
    600003.SH | 2026-01-12 | 10    | 1
    600003.SH | 2026-01-13 | 9     | 20
    600004.SH | 2026-01-12 | 10    | 1
    600004.SH | 2026-01-13 | 10    | 500
    """


def test_unchanged_stocks_are_in_no_ratio(table, measure):
    stocks = table(UP_AND_DOWN)

    assert measure("advance_decline", stock_daily=stocks)["2026-01-13"] == 1
    assert measure("advance_ratio", stock_daily=stocks) == {"2026-01-13": 2 / 3}
    assert measure("advance_ratio", column="n", stock_daily=stocks) == {"2026-01-13": 3}
    assert measure("unchanged_share", stock_daily=stocks) == {"2026-01-13": 1 / 4}
    assert measure("up_volume_share", stock_daily=stocks) == {"2026-01-13": 60 / 80}


def test_without_amounts_nothing_is_said_of_money(table, measure):
    stocks = table(UP_AND_DOWN).drop("amount_cny")

    assert measure("up_volume_share", stock_daily=stocks) == {}
    assert measure("value_above_ma50", stock_daily=stocks) == {}
    assert measure("value_above_ma200", stock_daily=stocks) == {}


def test_the_line_s_change_adds_up_twenty_days(bars, measure):
    """One stock rises on 20 days and falls on the last; the other rests."""
    stocks = bars(**{"600001_SH": [*range(10, 31), 29.0], "600002_SH": [5.0] * 22})

    assert measure("ad_line_change_20d", stock_daily=stocks) == {
        "2026-01-12": 20,
        "2026-01-13": 18,
    }


def test_a_week_s_gain_counts_from_five_bars_before(bars, measure):
    stocks = bars(
        **{"600001_SH": [10.0, 9, 9, 9, 9, 10.1], "600002_SH": [10.0, 11, 11, 11, 11, 10.0]}
    )

    assert measure("risen_in_5d_share", stock_daily=stocks) == {"2026-01-13": 1 / 2}


def test_an_industry_s_share_stands_under_its_name(bars, table, measure):
    """600002 left the chips for the banks on 9 January."""
    stocks = bars(
        **{
            "600001_SH": [10.0] * 55 + [11.0],
            "600002_SH": [10.0] * 55 + [9.0],
            "600003_SH": [10.0] * 55 + [9.0],
        }
    )
    frames = {"stock_daily": stocks, "security": table(INDUSTRIES)}
    found = measure("share_above_ma50", by="entity", **frames)

    assert found["半导体"] == 1 / 2
    assert found["银行"] == 0
    assert found["all"] == found["Main"] == 1 / 3


@pytest.mark.parametrize("days", [50, 200])
def test_large_stocks_weigh_more_by_value(bars, measure, days):
    """Tradable value the day before: 30 million above its mean, 10 million below."""
    stocks = bars(**{"600001_SH": [10.0] * days + [11.0], "600002_SH": [10.0] * days + [9.0]})
    shares = {"600001.SH": 3e6, "600002.SH": 1e6}
    traded = stocks.with_columns(
        volume_shares=pl.col("code").replace_strict(shares) * 0.01, turnover_rate=0.01
    )

    value, share = (
        measure(f"{one}_above_ma{days}", stock_daily=traded)["2026-01-13"]
        for one in ("value", "share")
    )
    assert (value, share) == (pytest.approx(3 / 4), 1 / 2)


def test_highs_and_lows_of_a_year_count_ties_and_need_252_closes(bars, measure):
    """One at its high again, one at a new low, one in between, one listed for 251 days."""
    stocks = bars(
        **{
            "600001_SH": [12.0] + [10.0] * 250 + [12.0],
            "600002_SH": [10.0] * 251 + [9.0],
            "600003_SH": [9.0, 12.0] + [10.0] * 250,
            "600004_SH": [None] + [10.0] * 250 + [99.0],
            "600005_SH": [10.0] * 251 + [11.0],
        }
    )

    assert measure("new_highs_minus_lows", stock_daily=stocks) == {"2026-01-13": (2 - 1) / 4}


def test_the_ratio_of_highs_is_the_mean_of_ten_days(bars, measure):
    """A stock that rises every day is at its high every day."""
    rising = bars(**{"600001_SH": [10 + n / 100 for n in range(262)]})

    assert measure("new_high_ratio_10d", stock_daily=rising) == {
        "2026-01-12": 1,
        "2026-01-13": 1,
    }


def test_the_oscillator_begins_on_the_39th_day_of_movement(bars, measure):
    """Two stocks that rise every day: the net share is 1000, both means are, their gap is 0."""
    stocks = bars(**{"600001_SH": [10 + n / 100 for n in range(41)]})
    found = measure("mcclellan_oscillator", stock_daily=stocks)

    assert found == {"2026-01-12": pytest.approx(0), "2026-01-13": pytest.approx(0)}
    assert list(measure("mcclellan_summation", stock_daily=stocks)) == list(found)


def thrusting() -> dict[str, list[float]]:
    """Ten stocks: on 30 days one rises and nine fall, then all ten rise."""
    moves = [[1 if n == 0 else -1] * 30 + [1] * 12 for n in range(10)]
    paths = {}
    for n, signs in enumerate(moves):
        path = [100.0]
        for sign in signs:
            path.append(path[-1] * (1 + sign / 100))
        paths[f"6000{n:02}_SH"] = path
    return paths


def test_a_thrust_is_the_way_from_under_40_to_over_61_percent_in_ten_days(bars, measure):
    """q goes from 0.1 by 2/11 of the rest a day: 0.1, 0.26, 0.40, 0.51, 0.60, 0.67 …"""
    stocks = bars(**thrusting())
    mean = list(measure("advance_ratio_ema10", stock_daily=stocks).values())
    flags = list(measure("breadth_thrust", stock_daily=stocks).values())

    assert mean[20:26] == pytest.approx([1 - 0.9 * (9 / 11) ** n for n in range(6)])
    assert mean[22] < 0.40 < mean[23]
    assert [n + 9 for n, flag in enumerate(flags) if flag] == list(range(25, 32))


def test_a_thrust_s_window_holds_ten_days_and_today_is_one_of_them():
    days = pl.DataFrame({"q": [0.39] + [0.5] * 8 + [0.62, 0.62]})
    found = days.select(thrust(pl.col("q"))).to_series().to_list()

    assert found[9:] == [True, False]


def test_thrusts_are_counted_once_and_told_per_year(bars, measure):
    """One event in 243 + 12 days on which the mean is there."""
    paths = {
        code: [100.0 * 1.001 ** (n % 2) for n in range(222)] + [x * 1.0 for x in path]
        for code, path in thrusting().items()
    }
    found = measure("breadth_thrusts_per_year", stock_daily=bars(**paths))
    count = len(measure("advance_ratio_ema10", stock_daily=bars(**paths)))

    assert list(found.values())[-1] == pytest.approx(1 / (count / 243))


def test_a_divergence_needs_the_index_at_its_high_and_the_line_long_below(bars, measure):
    """The index rises for 300 days; of three stocks two begin to fall 20 days before the end."""
    days = 300
    up = [100 + n / 10 for n in range(days)]
    turned = up[:-20] + [up[-21] - n / 10 for n in range(1, 21)]
    frames = {
        "stock_daily": bars(**{"600001_SH": up, "600002_SH": turned, "600003_SH": turned}),
        "index_daily": bars(**{"000001_SH": up}),
    }
    found = list(measure("breadth_divergence", **frames).values())
    fallen = bars(**{"000001_SH": [*up[:-1], 100.0]})

    assert sum(found) == 20 - 9
    assert found[-11:] == [1] * 11
    assert list(measure("breadth_divergence", **frames | {"index_daily": fallen}).values())[-1] == 0
