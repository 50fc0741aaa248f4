"""Specs of turnover, margin financing and valuation."""

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


def test_pe_is_taken_as_published_and_a_missing_one_is_no_row(table, measure):
    drawn = """
        code      | trade_date | pe_ttm
        000688.SH | 2026-01-12 | 170.5
        000688.SH | 2026-01-13 | .
        """
    assert measure("pe_ttm", index_valuation=table(drawn)) == {"2026-01-12": 170.5}
