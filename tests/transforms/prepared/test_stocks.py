"""Specs of the kernel for all stocks: windows, ties, the beginnings of stocks, and back-fills."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.engine.evaluate import evaluate
from transforms.engine.metric import preparations
from transforms.formulas import stock_arrays

NOW = date(2026, 1, 13)
stock_bars = preparations()["stock_bars"].compute


@given(st.lists(st.integers(1, 9), min_size=1, max_size=70), st.integers(1, 40))
def test_windows_put_together_from_powers_of_two_are_the_windows(values: list[int], size: int):
    array = np.array(values, dtype=float)
    (total,) = stock_arrays.rolling_sums(array, size)
    (highest,) = stock_arrays.rolling_extremes(np.maximum, array, size)

    for end in range(size, len(values) + 1):
        window = values[end - size : end]
        assert total[end - 1] == sum(window)
        assert highest[end - 1] == max(window)


@given(st.lists(st.floats(0.01, 1e6), min_size=60, max_size=90), st.floats(0.01, 1e6))
def test_a_window_depends_on_its_own_values_alone(values: list[float], other: float):
    """A running sum would remember the price before the window in its last bits."""
    array = np.array(values)
    changed = array.copy()
    changed[0] = other

    assert stock_arrays.rolling_sums(array, 50)[0][50:].tolist() == (
        stock_arrays.rolling_sums(changed, 50)[0][50:].tolist()
    )


def test_pieces_hold_whole_stocks(monkeypatch):
    monkeypatch.setattr(stock_arrays, "PIECE", 10)
    starts = np.array([0, 4, 8, 30, 33])

    found = [
        (rows.start, rows.stop, within.tolist()) for rows, within in stock_arrays.pieces(starts)
    ]

    assert found == [(0, 8, [0, 4, 8]), (8, 30, [0, 22]), (30, 33, [0, 3])]


@pytest.mark.parametrize("piece", [1, 7, 100])
def test_the_size_of_the_pieces_changes_nothing(monkeypatch, bars, piece):
    closes = {
        f"60000{n}_SH": [10 + (n * k * 7919 % 11) / 10 for k in range(260 + n)] for n in range(3)
    }
    stocks = bars(**closes)
    whole = evaluate({"stock_daily": stocks}, NOW)
    monkeypatch.setattr(stock_arrays, "PIECE", piece)

    assert evaluate({"stock_daily": stocks}, NOW).equals(whole)


def test_rows_in_order_stay_where_they_are():
    stock, day = np.array([0, 0, 1], np.uint16), np.array([3, 4, 1], np.uint16)

    assert stock_arrays.sorting(stock, day) is None
    assert stock_arrays.sorting(stock[::-1].copy(), day[::-1].copy()).tolist() == [2, 1, 0]


def test_an_ex_rights_day_is_bridged_in_prices_of_the_first_bar(table):
    drawn = """
        code      | trade_date | close | previous_close
        600001.SH | 2026-01-09 | 10    | .
        600001.SH | 2026-01-12 | 5     | 5
        600001.SH | 2026-01-13 | 6     | .
        """
    found = stock_bars(table(drawn), None, None)

    assert found["adjusted"].to_list() == [10, 10, 12]
    assert found["return_1d"].to_list() == [None, 0.0, pytest.approx(0.2)]


def test_a_later_ex_rights_day_leaves_earlier_prices_as_they_are(table):
    drawn = """
        code      | trade_date | close | previous_close
        600001.SH | 2026-01-09 | 10    | .
        600001.SH | 2026-01-12 | 11    | .
        600001.SH | 2026-01-13 | 5     | 5.5
        """
    whole = stock_bars(table(drawn), None, None)["adjusted"].to_list()
    earlier = stock_bars(table(drawn).head(2), None, None)["adjusted"].to_list()

    assert whole == [10, 11, 10]
    assert whole[:2] == earlier


FACTORS = """
    code      | ex_date    | factor | known_at
    600001.SH | 1900-01-01 | 1      | 1990-12-19 00:00:00
    600001.SH | 2026-01-12 | 2      | 2026-01-12 01:15:00
    """
UNSTATED = """
    code      | trade_date | close | previous_close
    600001.SH | 2026-01-09 | 10    | .
    600001.SH | 2026-01-12 | 5.5   | .
    600001.SH | 2026-01-13 | 6     | .
    """


@pytest.fixture
def factors(table):
    def drawn(text: str = FACTORS) -> pl.DataFrame:
        frame = table(text.replace("ex_date   ", "valid_from"))
        return frame.rename({"valid_from": "ex_date"})

    return drawn


def test_a_back_filled_bar_takes_its_ex_rights_day_from_the_factors(table, factors):
    """Factor 1 → 2: what closed at 10 was worth 5 on the ex-rights day."""
    found = stock_bars(table(UNSTATED), factors(), None)

    assert found["return_1d"].to_list() == [None, pytest.approx(0.1), pytest.approx(6 / 5.5 - 1)]
    assert found["adjusted"].to_list() == [10, 11, 12]


def test_a_stated_previous_close_is_believed_before_the_factors(table, factors):
    stated = UNSTATED.replace("5.5   | .", "5.5   | 5.2")
    found = stock_bars(table(stated), factors(), None)

    assert found["return_1d"][1] == pytest.approx(5.5 / 5.2 - 1)


def test_a_bar_is_known_when_its_factor_is(table, factors):
    late = FACTORS.replace("2026-01-12 01:15:00", "2026-01-13 02:00:00")
    found = stock_bars(table(UNSTATED), factors(late), None)

    assert found["known_at"].to_list()[1] == datetime(2026, 1, 13, 2)


def test_a_factor_before_the_first_bar_or_after_the_last_changes_nothing(table, factors):
    outside = FACTORS.replace("2026-01-12", "2026-01-09") + (
        "    600001.SH | 2026-02-02 | 4      | 2026-01-13 01:15:00\n"
        "    600002.SH | 2026-01-12 | 4      | 2026-01-13 01:15:00"
    )
    found = stock_bars(table(UNSTATED), factors(outside), None)

    assert found["adjusted"].to_list() == [10, 5.5, 6]


def of_one(closes: list[float | None], code: str = "600001.SH") -> pl.DataFrame:
    days = [NOW - timedelta(days=len(closes) - 1 - n) for n in range(len(closes))]
    drawn = {"code": code, "trade_date": days, "close": closes, "previous_close": None}
    return pl.DataFrame(
        drawn, schema_overrides={"close": pl.Float64, "previous_close": pl.Float64}
    ).with_columns(known_at=pl.col("trade_date").cast(pl.Datetime("us")))


def test_a_market_of_one_stock_has_breadth_but_no_dispersion():
    found = evaluate({"stock_daily": of_one([10 + n % 7 for n in range(300)])}, NOW)

    assert {"breadth_up_share", "share_above_ma200", "new_highs_minus_lows"} <= set(found["metric"])
    assert not set(found["metric"]) & {"dispersion_21d", "dispersion_weighted_21d"}


def test_flat_prices_stand_above_no_mean_and_make_no_riser():
    flat = evaluate({"stock_daily": of_one([10.1] * 300)}, NOW)
    last = dict(
        flat.filter(entity="all", observation_date=NOW).select("metric", "value").iter_rows()
    )

    assert last["share_above_ma50"] == last["breadth_up_share"] == 0
    assert last["new_highs_minus_lows"] == 0  # each close is the highest and the lowest of the year
    assert "advance_ratio" not in last
    assert "mcclellan_oscillator" not in last


def test_one_nan_or_null_is_a_day_without_a_bar():
    whole = [10 + n % 7 for n in range(300)]
    gap = of_one(whole).filter(pl.int_range(pl.len()) != 150)
    for hole in (float("nan"), None, 0.0, -1.0):
        broken = of_one([*whole[:150], hole, *whole[151:]])
        assert evaluate({"stock_daily": broken}, NOW).equals(evaluate({"stock_daily": gap}, NOW))


def test_bars_without_a_single_price_give_nothing():
    assert evaluate({"stock_daily": of_one([float("nan")] * 3)}, NOW).is_empty()


def test_a_stock_that_vanishes_leaves_the_count_and_keeps_its_past():
    gone, stays = of_one([10.0, 11.0, 12.0]), of_one([10.0, 9.0, 8.0, 9.0], "600002.SH")
    earlier = gone.with_columns(pl.col("trade_date") - timedelta(days=1))
    found = evaluate({"stock_daily": pl.concat([earlier, stays])}, NOW)
    shares = found.filter(metric="breadth_up_share", entity="all")

    assert shares["n"].to_list() == [2, 2, 1]
    assert shares["value"].to_list() == [0.5, 0.5, 1.0]
