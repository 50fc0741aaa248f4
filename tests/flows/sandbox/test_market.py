"""The simulated market obeys the rules of a market and tells the story."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows.sandbox import Market, build_market
from flows.sandbox.market.companies import LIMIT

from .conftest import SMALL

PEAK, BREAK = date(2026, 1, 12), date(2026, 1, 13)


def closes(market: Market, code: str) -> pl.Series:
    return market.indices.filter(pl.col("code") == code)["close"]


def wilder_rsi(close: pl.Series) -> float:
    change = np.diff(close.to_numpy())
    up, down = np.maximum(change, 0), np.maximum(-change, 0)
    gain, loss = up[:14].mean(), down[:14].mean()
    for u, d in zip(up[14:], down[14:], strict=True):
        gain, loss = (13 * gain + u) / 14, (13 * loss + d) / 14
    return float(100 * gain / (gain + loss))


def test_same_parameters_give_the_same_market(market: Market) -> None:
    again = build_market(SMALL)
    assert_frame_equal(again.stock_daily, market.stock_daily)
    assert_frame_equal(again.indices, market.indices)
    assert_frame_equal(again.margin, market.margin)


def test_another_seed_gives_another_market(market: Market) -> None:
    other = build_market(replace(SMALL, seed=7))
    assert closes(other, "000001.SH").to_list() != closes(market, "000001.SH").to_list()


def test_a_shorter_market_is_the_beginning_of_a_longer_one(market: Market) -> None:
    shorter = build_market(replace(SMALL, last_day=date(2025, 9, 30)))
    until = pl.col("trade_date") <= date(2025, 9, 30)
    assert_frame_equal(shorter.stock_daily, market.stock_daily.filter(until))
    assert_frame_equal(shorter.indices, market.indices.filter(until))


def test_too_small_a_market_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 30 stocks"):
        build_market(replace(SMALL, stocks=29))


def test_prices_stay_within_the_limits_of_their_board(market: Market) -> None:
    bars = market.stock_daily.join(market.companies, on="code").with_columns(
        limit=pl.col("board").replace_strict(LIMIT)
    )
    age = (pl.col("trade_date") - pl.col("listing_date")).dt.total_days()
    seasoned = bars.filter(age > 14)
    ceiling = seasoned["previous_close"] * (1 + seasoned["limit"]) + 0.0051
    floor = seasoned["previous_close"] * (1 - seasoned["limit"]) - 0.0051
    assert (seasoned["high"] <= ceiling).all()
    assert (seasoned["low"] >= floor).all()


def test_bars_are_ordered_and_paid_at_prices_of_the_day(market: Market) -> None:
    bars = market.stock_daily
    assert (bars["high"] >= bars.select(pl.max_horizontal("open", "close")).to_series()).all()
    assert (bars["low"] <= bars.select(pl.min_horizontal("open", "close")).to_series()).all()
    paid = bars["amount_cny"] / bars["volume_shares"]
    assert paid.is_between(bars["low"] - 0.01, bars["high"] + 0.01).all()


def test_no_stock_turns_over_more_than_its_tradable_shares(market: Market) -> None:
    assert market.stock_daily["turnover_rate"].max() <= 0.85


def test_suspended_stocks_have_no_bars(market: Market) -> None:
    possible = len(market.days) * market.companies.filter(~pl.col("newcomer")).height
    regular = market.stock_daily.join(market.companies, on="code").filter(~pl.col("newcomer"))
    assert 0.97 < regular.height / possible < 1


def test_previous_close_is_the_close_before_less_the_dividend(market: Market) -> None:
    before = pl.col("close").shift(1).over("code")
    bars = market.stock_daily.sort("code", "trade_date").with_columns(before=before).drop_nulls()
    paid = bars.filter(pl.col("previous_close") != pl.col("before"))
    assert 0 < paid.height < 0.01 * bars.height
    part = 1 - paid["previous_close"] / paid["before"]
    assert part.is_between(0, 0.035).all()
    theme = market.companies.filter(pl.col("theme"))["code"]
    assert not set(paid["code"]) & set(theme)


def test_shanghai_is_the_sum_of_its_stocks(market: Market) -> None:
    shanghai = (market.companies["exchange"] == "SSE").to_numpy()
    old = shanghai & ~market.companies["newcomer"].to_numpy()
    value = (market.tape.last * market.companies["shares"].to_numpy())[:, old].sum(axis=1)
    index = closes(market, "000001.SH").to_numpy()[-len(value) :]
    returns = np.diff(np.log(value)) - np.diff(np.log(index))
    assert np.abs(returns).max() < 2e-3


@pytest.mark.parametrize("code", ["000001.SH", "399001.SZ", "399006.SZ", "000688.SH", "000300.SH"])
def test_index_history_runs_on_where_the_stocks_begin(market: Market, code: str) -> None:
    assert closes(market, code).pct_change().abs().max() < 0.11


def test_shanghai_is_overbought_at_the_peak(market: Market) -> None:
    until_peak = market.indices.filter(pl.col("code") == "000001.SH", pl.col("trade_date") <= PEAK)
    assert 78 < wilder_rsi(until_peak["close"]) < 84


def test_technology_rises_broadly_at_the_peak_and_falls_the_day_after(market: Market) -> None:
    technology = market.companies.filter(group="technology")["code"]
    moves = market.stock_daily.filter(pl.col("code").is_in(technology.to_list())).group_by(
        "trade_date"
    )
    rising = dict(moves.agg((pl.col("close") > pl.col("previous_close")).mean()).rows())
    assert rising[PEAK] > 0.7
    assert rising[BREAK] < 0.5


def test_the_theme_runs_up_and_plunges(market: Market) -> None:
    theme = market.companies["theme"].to_numpy()
    peak = int(np.searchsorted(market.days, np.datetime64(PEAK)))
    last = market.tape.last[:, theme]
    run_up = last[peak] / last[peak - 30] - 1
    plunge = last[peak + 1] / last[peak] - 1
    assert run_up.min() > 0.85
    assert run_up.max() < 1.75
    assert plunge.max() < -0.095
    assert plunge.min() > -0.205


def test_turnover_sets_records_on_the_last_two_days_of_the_rally(market: Market) -> None:
    days = market.turnover.group_by("trade_date").agg(pl.col("amount_cny").sum())
    assert days.top_k(2, by="amount_cny")["trade_date"].to_list() == [BREAK, PEAK]


def test_turnover_is_the_sum_of_the_stocks(market: Market) -> None:
    stocks = market.stock_daily.filter(trade_date=BREAK)["amount_cny"].sum()
    assert market.turnover.filter(trade_date=BREAK)["amount_cny"].sum() == pytest.approx(stocks)


def test_margin_jumps_at_the_peak(market: Market) -> None:
    total = market.margin.group_by("trade_date").agg(pl.col("financing_balance_cny").sum())
    change = total.sort("trade_date").with_columns(pl.col("financing_balance_cny").pct_change())
    assert 0.015 < change.filter(trade_date=PEAK)["financing_balance_cny"].item() < 0.02


def test_hong_kong_has_a_wave_of_listings(market: Market) -> None:
    january = market.hong_kong_issues.filter(pl.col("listing_date") >= date(2026, 1, 1))
    assert january.height >= 8
    assert 1e10 < january["funds_raised_hkd"].sum() < 4e10


def test_some_companies_list_during_the_story(market: Market) -> None:
    issues = market.mainland_issues
    assert issues.height >= 1
    assert (issues["apply_date"] < issues["listing_date"]).all()
    first = issues.join(
        market.stock_daily, left_on=["code", "listing_date"], right_on=["code", "trade_date"]
    )
    assert first["close"].to_list() == first["first_day_close_cny"].to_list()
    assert first["previous_close"].to_list() == first["offer_price_cny"].to_list()
