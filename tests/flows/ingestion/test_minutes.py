"""Minute bars through akshare: what core holds adds up, whoever sent it, and gaps are said."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from flows.ingestion.import_files import import_path
from flows.monitoring.freshness import gaps
from flows.sandbox import Fault, Kind
from warehouse.catalog import dataset
from warehouse.datasets.stock_minute import StockMinute, from_minutes

TUESDAY = date(2025, 11, 25)
NAME = "stock_minute"
SINA_DOWN = Fault(Kind.RESET, endpoint="sina_minutes")


def by_day(bars: pl.DataFrame) -> pl.DataFrame:
    return bars.group_by("code", "trade_date").agg(
        pl.len(), pl.col("volume_shares", "amount_cny").sum()
    )


def test_all_days_that_the_pages_show_come_with_the_first_collection(desk, assert_true, truth):
    evening = desk()
    outcomes = evening.collect(NAME)
    assert [(o.missing, o.incidents) for o in outcomes] == [([], []), ([], [])]
    assert_true(evening, NAME)
    held = evening.core(NAME)
    days = by_day(held)
    shown = truth(NAME).filter(pl.col("trade_date") <= TUESDAY)["trade_date"].unique().sort()[-8:]
    assert days["trade_date"].unique().sort().to_list() == shown.to_list()
    assert set(days["len"]) == {240}
    keys = truth(NAME).filter(pl.col("trade_date").is_in(shown.implode()))
    assert keys.join(held, on=dataset(NAME).key, how="anti").is_empty()
    assert set(held["source"]) == {"Sina"}


def test_where_sina_is_down_eastmoney_tells_the_same_of_five_days(desk, assert_true):
    evening = desk()
    evening.break_(SINA_DOWN)
    evening.collect(NAME)
    assert_true(evening, NAME)
    held = evening.core(NAME)
    assert held["trade_date"].n_unique() == 5
    assert set(held["source"]) == {"Eastmoney"}
    opened = held.filter(pl.col("open").is_not_null())
    first = opened.filter(pl.col("minute") == 571)
    assert first["trade_date"].n_unique() == 5, "the auction tells the opening price"
    assert opened.filter(pl.col("minute") > 571)["trade_date"].unique().to_list() == [TUESDAY]


def test_a_missed_evening_is_made_up_for_and_nothing_is_counted_twice(desk, assert_true):
    monday = desk(2025, 11, 24, 19)
    monday.break_(SINA_DOWN)
    monday.collect(NAME)
    evening = desk(2025, 11, 26, 19)
    outcomes = evening.collect(NAME)
    assert [o.missing for o in outcomes] == [[], []]
    assert_true(evening, NAME)
    days = by_day(evening.core(NAME))
    assert set(days["len"]) == {240}
    assert days["trade_date"].max() == date(2025, 11, 26)


def test_a_gap_that_no_page_shows_any_more_is_said_and_not_requested(desk):
    desk(2025, 10, 31, 19).collect(NAME)
    evening = desk()
    evening.collect(NAME)
    before = evening.asked().total()
    evening.collect(NAME)
    assert evening.asked().total() == before
    held = set(evening.core(NAME)["trade_date"])
    calendar = evening.ws.calendar.filter(evening.ws.calendar <= TUESDAY)
    missed = calendar.filter(calendar > date(2025, 10, 31)).len() - 8
    assert missed > 0
    assert date(2025, 11, 10) not in held
    with evening.ws.writing() as warehouse:
        assert gaps(evening.ws, warehouse, dataset(NAME)) == missed


def test_a_page_that_is_cut_off_within_the_day_gives_no_day(desk):
    evening = desk()
    evening.break_(Fault(Kind.TRUNCATED, endpoint="sina_minutes"))
    evening.break_(Fault(Kind.RESET, endpoint="eastmoney_minutes"))
    outcomes = evening.collect(NAME)
    assert all(o.missing for o in outcomes)
    assert set(by_day(evening.core(NAME))["len"].to_list()) <= {240}


@pytest.mark.parametrize("endpoint", ["sina_stock_history", "sina_adjustment_factors"])
def test_what_akshare_looks_up_beside_the_page_loses_nothing(desk, assert_true, endpoint):
    evening = desk()
    evening.break_(Fault(Kind.RESET, endpoint=endpoint))
    outcomes = evening.collect(NAME)
    assert [o.missing for o in outcomes] == [[], []]
    assert set(evening.core(NAME)["source"]) == {"Sina"}
    assert_true(evening, NAME)


def test_files_of_vendors_hold_times_of_shanghai(tmp_path, desk):
    rows = pl.DataFrame(
        {
            "ts_code": ["600118.SH", "600118.SH"],
            "trade_time": ["2025-11-25 09:31:00", "2025-11-25 15:00:00"],
            "open": [10.0, 10.1], "high": [10.2, 10.1], "low": [9.9, 10.0],
            "close": [10.1, 10.1], "vol": [1000.0, 500.0], "amount": [10_050.0, 5_030.0],
        }
    )  # fmt: skip
    assert from_minutes(rows)["minute"].to_list() == [571, 900]
    rows.write_csv(tmp_path / "stk_mins.csv")
    rows.write_parquet(tmp_path / "stk_mins.parquet")
    evening = desk()
    import_path(evening.ws, tmp_path / "stk_mins.csv")
    held = evening.core(NAME)
    assert held["minute"].to_list() == [571, 900]
    assert StockMinute.is_valid(held.select(StockMinute.column_names()))
