"""Specs of turnover, margin financing and valuation."""

from datetime import date, datetime

import polars as pl
import pytest

TURNOVER = """
    exchange | trade_date | amount_cny
    SSE      | 2026-01-08 | 1_000
    SZSE     | 2026-01-08 | 2_000
    BSE      | 2026-01-08 | 30
    SSE      | 2026-01-09 | 1_500
    BSE      | 2026-01-09 | 30
    SSE      | 2026-01-12 | 1_600
    SZSE     | 2026-01-12 | .
    """

MARGIN = """
    trade_date | financing_balance_cny | known_at
    2026-01-07 | 1_000                 | 2026-01-08 01:00:00
    2026-01-08 | 1_100                 | 2026-01-09 01:00:00
    2026-01-12 | 1_210                 | 2026-01-13 01:00:00
    2026-01-13 | 9_999                 | 2026-01-14 01:00:00
    """

SESSIONS = """
    code      | trade_date | close
    000001.SH | 2026-01-07 | 1
    000001.SH | 2026-01-08 | 1
    000001.SH | 2026-01-09 | 1
    000001.SH | 2026-01-12 | 1
    000001.SH | 2026-01-13 | 1
    """


def test_turnover_is_shanghai_and_shenzhen_and_only_when_both_have_published(table, measure):
    found = measure("turnover_cny", market_turnover=table(TURNOVER))

    assert found == {"2026-01-08": 1_000 + 2_000}


def test_turnover_is_deflated_by_its_own_yearly_mean(weekdays, measure, table):
    days = weekdays(250)
    amounts = [100.0] * 245 + [200.0] * 5
    frame = pl.concat(
        pl.DataFrame({"exchange": exchange, "trade_date": days, "amount_cny": amounts})
        for exchange in ("SSE", "SZSE")
    ).with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))
    found = measure("turnover_vs_250d", market_turnover=frame)

    assert found == {"2026-01-13": pytest.approx(400 / ((245 * 200 + 5 * 400) / 250))}


def test_the_balance_of_a_day_is_not_known_on_that_day(table, measure):
    found = measure("margin_financing_balance_cny", margin_market=table(MARGIN))

    assert found == {"2026-01-07": 1_000, "2026-01-08": 1_100, "2026-01-12": 1_210}


def test_a_one_day_change_needs_the_trading_day_before(table, measure):
    """Friday the 9th is missing: Monday's change would span two days."""
    found = measure(
        "margin_financing_change_1d", margin_market=table(MARGIN), index_daily=table(SESSIONS)
    )

    assert found == {"2026-01-08": pytest.approx(1_100 / 1_000 - 1)}


def test_without_sessions_the_row_before_is_the_day_before(table, measure):
    found = measure("margin_financing_change_1d", margin_market=table(MARGIN))

    assert found["2026-01-12"] == pytest.approx(1_210 / 1_100 - 1)


def test_the_change_over_20_days(weekdays, measure):
    frame = pl.DataFrame(
        {"trade_date": weekdays(21), "financing_balance_cny": [100.0] + [5.0] * 19 + [120.0]}
    ).with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))
    found = measure("margin_financing_change_20d", margin_market=frame)

    assert found == {"2026-01-13": pytest.approx(120 / 100 - 1)}


def balances(days: list[date], *values: float, purchases: list[float] | None = None):
    """margin_market of the last days, each known the day after."""
    columns = {"trade_date": days[-len(values) :], "financing_balance_cny": list(values)}
    if purchases is not None:
        columns["financing_purchases_cny"] = purchases
    return known(pl.DataFrame(columns, strict=False))


def known(frame: pl.DataFrame, day: str = "trade_date") -> pl.DataFrame:
    return frame.with_columns(known_at=pl.col(day).cast(pl.Datetime("us")))


def test_the_change_over_60_days(weekdays, measure):
    found = measure(
        "margin_financing_change_60d",
        margin_market=balances(weekdays(61), 100.0, *[7.0] * 59, 150.0),
    )

    assert found == {"2026-01-13": pytest.approx(0.5)}


def test_the_largest_move_in_so_many_months(weekdays, measure):
    """Moves of 5 days: +50 on the 6th day, then -40, then nothing, at last +45."""
    days = weekdays(70)
    levels = [100.0] * 5 + [150.0] * 5 + [110.0] * 59 + [155.0]
    frame = balances(days, *levels)
    moves = measure("margin_move_5d_cny", margin_market=frame)
    months = measure("margin_move_5d_months", margin_market=frame)
    back = measure("margin_move_5d_months", column="n", margin_market=frame)
    last, rise = days[-1], days[9]

    assert moves[str(last)] == pytest.approx(45.0)
    assert months[str(last)] == pytest.approx((last - rise).days / (365.25 / 12))
    assert back[str(last)] == 60


def test_a_move_never_matched_is_told_as_a_lower_bound(weekdays, measure):
    days = weekdays(30)
    frame = balances(days, *[100.0 + at for at in range(29)], 400.0)
    months = measure("margin_move_5d_months", margin_market=frame)
    back = measure("margin_move_5d_months", column="n", margin_market=frame)

    assert back["2026-01-13"] is None
    assert months["2026-01-13"] == pytest.approx((days[-1] - days[5]).days / (365.25 / 12))
    assert back[str(days[-2])] == 1  # a tie counts as matched


def test_rises_are_compared_with_rises_and_falls_with_falls(weekdays, measure):
    levels = [500.0] * 20 + [900.0] * 20 + [500.0] * 20 + [800.0]
    frame = balances(weekdays(61), *levels)
    rises = measure("margin_rise_20d_months", margin_market=frame)
    falls = measure("margin_fall_20d_months", margin_market=frame)

    assert not set(rises) & set(falls)
    assert "2026-01-13" in rises
    assert str(weekdays(61)[45]) in falls


CAPS = """
    exchange | trade_date | amount_cny | market_cap_cny | float_market_cap_cny
    SSE      | 2026-01-12 | 30         | 800            | 600
    SZSE     | 2026-01-12 | 50         | 400            | 200
    BSE      | 2026-01-12 | 9          | 90             | 90
    SSE      | 2026-01-13 | 30         | 800            | 600
    SZSE     | 2026-01-13 | 50         | .              | .
    """


def test_margin_over_capitalisation_names_its_denominator(table, weekdays, measure):
    """Both exchanges, the same day; the day on which one gives no capitalisation has none."""
    frames = {"market_turnover": table(CAPS), "margin_market": balances(weekdays(2), 40.0, 44.0)}

    assert measure("margin_to_tradable_cap", **frames) == {"2026-01-12": 40 / 800}
    assert measure("margin_to_total_cap", **frames) == {"2026-01-12": 40 / 1200}


def test_turnover_rate_is_over_tradable_shares_by_exchange_and_for_both(table, measure):
    found = measure("turnover_to_tradable_cap", by="entity", market_turnover=table(CAPS))

    assert found == {"SSE": 30 / 600, "SZSE": 50 / 200, "SSE+SZSE": 80 / 800}


def test_a_year_at_the_pace_of_a_month(weekdays, measure):
    frame = known(
        pl.DataFrame({"trade_date": weekdays(20)}).with_columns(
            amount_cny=2.0, market_cap_cny=300.0, float_market_cap_cny=100.0
        )
    )
    both = pl.concat([frame.with_columns(exchange=pl.lit(name)) for name in ("SSE", "SZSE")])
    rate = measure("turnover_rate_20d", market_turnover=both)
    velocity = measure("turnover_velocity", market_turnover=both)

    assert rate == {"2026-01-13": pytest.approx(0.02)}
    assert velocity == {"2026-01-13": pytest.approx(243 * 0.02)}


def test_without_capitalisation_there_is_no_rate_and_no_ratio(table, measure):
    frames = {"market_turnover": table(TURNOVER), "margin_market": table(MARGIN)}
    for metric in ("turnover_to_tradable_cap", "margin_to_tradable_cap", "margin_to_total_cap"):
        assert measure(metric, **frames) == {}


def test_margin_over_capitalisation_by_month(measure):
    """The last balance of a finished month over both exchanges' capitalisation at its end."""
    margin = known(
        pl.DataFrame(
            {
                "trade_date": [date(2025, 11, 27), date(2025, 11, 28), date(2025, 12, 1)],
                "financing_balance_cny": [90.0, 100.0, 120.0],
            }
        )
    )
    caps = pl.DataFrame(
        {
            "exchange": ["SSE", "SZSE", "SSE"],
            "month": [date(2025, 11, 1), date(2025, 11, 1), date(2025, 12, 1)],
            "market_cap_cny": [3000.0, 1000.0, 3000.0],
        }
    )
    found = measure(
        "margin_to_total_cap_monthly",
        margin_market=margin,
        market_cap_monthly=known(caps, "month").with_columns(
            pl.col("known_at").dt.offset_by("49d")
        ),
    )

    assert found == {"2025-11-28": 100 / 4000}


def both_exchanges(days: list[date], amount: float) -> pl.DataFrame:
    frame = pl.DataFrame({"trade_date": days, "amount_cny": [amount] * len(days)})
    return known(pl.concat([frame.with_columns(exchange=pl.lit(name)) for name in ("SSE", "SZSE")]))


def test_purchases_on_margin_over_turnover(weekdays, measure):
    days = weekdays(6)
    frames = {
        "margin_market": balances(days, *[100.0] * 6, purchases=[None, 10, 10, 10, 10, 20]),
        "market_turnover": both_exchanges(days, 50.0),
    }

    assert measure("margin_intensity_5d", **frames) == {"2026-01-13": pytest.approx(0.12)}


def test_intensity_is_compared_under_one_rule_only(measure, policy_event):
    """The margin was raised on 2015-11-23: five days later nothing of before is in the mean."""
    before = [date(2015, 11, day) for day in (16, 17, 18, 19, 20)]
    after = [date(2015, 11, day) for day in (23, 24, 25, 26, 27, 30)]
    days = [*before, *after]
    bought = [50.0] * 5 + [10.0] * 5 + [16.0]
    frames = {
        "margin_market": balances(days, *[100.0] * 11, purchases=bought),
        "market_turnover": both_exchanges(days, 50.0),
        "policy_event": policy_event,
    }
    found = measure("margin_intensity_in_rule", **frames)
    counted = measure("margin_intensity_in_rule", column="n", **frames)
    rule = measure("margin_requirement", **frames)

    assert found["2015-11-20"] == pytest.approx(1.0)
    assert "2015-11-26" not in found
    assert found["2015-11-30"] == pytest.approx((56 / 5) / (66 / 6))
    assert counted["2015-11-30"] == 6
    assert (rule["2015-11-20"], rule["2015-11-23"]) == (0.5, 1.0)


def test_the_margin_rules_of_2023_and_2026(measure, policy_event):
    """That of 2026 is known on 14 January and in force from the 19th on."""
    days = [date(2023, 9, 7), date(2023, 9, 8), date(2026, 1, 13)]
    frames = {"margin_market": balances(days, 1.0, 1.0, 1.0), "policy_event": policy_event}

    assert list(measure("margin_requirement", **frames).values()) == [1.0, 0.8, 0.8]


def test_a_margin_rule_that_was_learned_late_changes_nothing_before(measure, policy_event):
    days = [date(2023, 9, 7), date(2023, 9, 8), date(2026, 1, 12)]
    of_2023 = pl.col("announced_on") == date(2023, 8, 27)
    late = pl.when(of_2023).then(datetime(2025, 1, 1)).otherwise("known_at")
    frames = {
        "margin_market": balances(days, 1.0, 1.0, 1.0),
        "policy_event": policy_event.with_columns(known_at=late),
    }

    assert list(measure("margin_requirement", **frames).values()) == [1.0, 1.0, 0.8]


LOANS = """
    code      | trade_date | kind  | financing_balance_cny
    600001.SH | 2026-01-12 | share | 50
    600002.SH | 2026-01-12 | share | 30
    600003.SH | 2026-01-12 | share | 20
    510300.SH | 2026-01-12 | fund  | 900
    600001.SH | 2026-01-13 | share | 50
    600002.SH | 2026-01-13 | share | 30
    600003.SH | 2026-01-13 | share | 20
    600009.SH | 2026-01-13 | share | 5
    """
SECURITY = """
    code      | industry | valid_from | valid_to
    600001.SH | 电子     | 1990-12-19 | .
    600002.SH | 电子     | 1990-12-19 | .
    600002.SH | 银行     | 2026-01-13 | .
    600003.SH | 银行     | 1990-12-19 | .
    """
SECTORS = """
    code      | trade_date | close | float_value_cny
    801080.SW | 2026-01-12 | 1     | 200
    801780.SW | 2026-01-12 | 1     | 600
    """


def test_loans_are_counted_in_the_industry_of_their_day(table, measure):
    """The second share becomes a bank on the 13th; funds and the unclassified are left out."""
    frames = {"margin_security": table(LOANS), "security": table(SECURITY)}
    hhi = measure("margin_industry_hhi", **frames)
    effective = measure("margin_industry_effective", **frames)
    coverage = measure("margin_industry_hhi", column="coverage", **frames)

    assert hhi == {
        "2026-01-12": pytest.approx(0.8**2 + 0.2**2),
        "2026-01-13": pytest.approx(0.5),
    }
    assert effective["2026-01-13"] == pytest.approx(2.0)
    assert coverage == {"2026-01-12": 1.0, "2026-01-13": pytest.approx(100 / 105)}
    assert measure("margin_industry_top3", **frames) == {}


def test_loans_that_are_mostly_unclassified_say_nothing(table, measure):
    known_few = table(SECURITY).filter(pl.col("code") == "600001.SH")
    frames = {"margin_security": table(LOANS), "security": known_few}

    assert measure("margin_industry_share", **frames) == {}


def test_a_day_on_which_one_exchange_has_not_published_says_nothing(weekdays, measure):
    """Shenzhen's loans, of banks, come a day late:
    Shanghai's alone would look like one industry.
    """
    codes = {"600001.SH": "电子", "600002.SH": "电子", "000001.SZ": "银行", "000002.SZ": "银行"}
    days = weekdays(3)
    loans = known(
        pl.DataFrame({"code": list(codes)}).join(pl.DataFrame({"trade_date": days}), how="cross")
    ).with_columns(kind=pl.lit("share"), financing_balance_cny=50.0)
    late = loans.filter((pl.col("trade_date") < days[-1]) | pl.col("code").str.ends_with(".SH"))
    security = pl.DataFrame(
        {"code": list(codes), "industry": list(codes.values()), "valid_from": date(1990, 12, 19)}
    ).with_columns(valid_to=pl.lit(None, pl.Date))
    frames = {"margin_security": late, "security": known(security, "valid_from")}

    found = measure("margin_industry_hhi", **frames)

    assert found == {str(day): pytest.approx(0.5) for day in days[:2]}


def test_a_sector_is_overleveraged_against_its_capitalisation(table, measure):
    frames = {
        "margin_security": table(LOANS),
        "security": table(SECURITY),
        "sector_daily": table(SECTORS).with_columns(level=pl.lit("L1")),
    }
    found = measure("margin_overleverage", by="entity", **frames)

    assert found == {
        "801080.SW": pytest.approx(0.8 / 0.25),
        "801780.SW": pytest.approx(0.2 / 0.75),
    }


def test_a_record_of_turnover_is_one_of_all_days_before(weekdays, measure, young_records):
    days = weekdays(4)
    frame = pl.concat(
        both_exchanges([day], amount)
        for day, amount in zip(days, (50.0, 40.0, 60.0, 60.0), strict=True)
    )
    found = measure("turnover_vs_record", market_turnover=frame)

    assert list(found.values()) == pytest.approx([0.8, 1.2, 1.0])


def test_five_days_of_turnover_have_no_record(weekdays, measure):
    days = weekdays(250)
    frame = pl.concat(both_exchanges([day], 50.0 + n) for n, day in enumerate(days))

    assert measure("turnover_vs_record", market_turnover=frame.tail(10)) == {}
    assert list(measure("turnover_vs_record", market_turnover=frame)) == ["2026-01-13"]


def test_a_turnover_that_is_no_number_is_no_turnover(weekdays, measure):
    frame = both_exchanges(weekdays(2), 50.0)
    broken = frame.with_columns(
        amount_cny=pl.when(pl.int_range(pl.len()) == 1).then(float("nan")).otherwise("amount_cny")
    )

    assert len(measure("turnover_cny", market_turnover=broken)) == 1


def test_congestion_is_as_published(table, measure):
    drawn = """
        trade_date | congestion
        2026-01-13 | 0.46
        """
    assert measure("congestion", market_congestion=table(drawn)) == {"2026-01-13": 0.46}


def test_pe_is_taken_as_published_and_a_missing_one_is_no_row(table, measure):
    drawn = """
        code      | trade_date | pe_ttm
        000688.SH | 2026-01-12 | 170.5
        000688.SH | 2026-01-13 | .
        """
    assert measure("pe_ttm", index_valuation=table(drawn)) == {"2026-01-12": 170.5}
