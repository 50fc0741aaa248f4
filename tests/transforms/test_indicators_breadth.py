"""Specs of the public indicators of breadth on plain series and frames."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.formulas import rsi as wilder
from transforms.indicators import mcclellan, new_highs_lows, rsi

DAY = date(2026, 1, 1)


def dated(count: int) -> list[date]:
    return [DAY + timedelta(days=n) for n in range(count)]


def test_the_oscillator_is_null_for_38_days_and_0_while_nothing_changes():
    found = mcclellan(pl.Series([30] * 45), pl.Series([10] * 45))

    assert found.null_count() == 38
    assert found.is_null().to_list() == [True] * 38 + [False] * 7
    assert found.drop_nulls().to_list() == pytest.approx([0.0] * 7)


def test_the_oscillator_s_first_step_worked_out_by_hand():
    """R is 500 for 39 days, then 0: EMA19 falls by a tenth of it, EMA39 by a twentieth."""
    up, down = pl.Series([30] * 39 + [20]), pl.Series([10] * 39 + [20])

    assert mcclellan(up, down)[39] == pytest.approx(500 * 0.9 - 500 * 0.95)


@pytest.mark.parametrize("hole", [None, float("nan"), float("inf")])
def test_a_day_without_figures_is_passed_over(hole):
    up, down = [30.0, 10, 25] * 20, [10.0, 30, 5] * 20
    whole = mcclellan(pl.Series(up), pl.Series(down))
    gapped = mcclellan(pl.Series([*up[:5], hole, *up[5:]]), pl.Series([*down[:5], 7, *down[5:]]))

    assert gapped[5] is None
    assert [*gapped[:5], *gapped[6:]] == whole.to_list()
    still = mcclellan(pl.Series([*up, 0]), pl.Series([*down, 0]))
    assert still.to_list() == [*whole, None]


def test_the_oscillator_refuses_what_are_no_numbers_of_shares():
    with pytest.raises(ValueError, match="2 days of advances, 1 of declines"):
        mcclellan(pl.Series([1, 2]), pl.Series([1]))
    with pytest.raises(ValueError, match="not negative"):
        mcclellan(pl.Series([1, -2]), pl.Series([1, 1]))
    assert mcclellan(pl.Series([], dtype=pl.Int64), pl.Series([], dtype=pl.Int64)).is_empty()


WIDE = pl.DataFrame(
    {
        "date": dated(5),
        "a": [1.0, 2.0, 3.0, 3.0, 1.0],
        "b": [5.0, None, 4.0, 6.0, 6.0],
        "c": [None, None, None, 1.0, 2.0],
    }
)


def test_highs_and_lows_take_a_share_s_own_closes_and_count_ties():
    """a: high, high (tie), low; b has three closes on the 4th day only: high, then high again."""
    found = new_highs_lows(WIDE, 3)

    assert found.columns == ["date", "highs", "lows"]
    assert found["highs"].to_list() == [0, 0, 1, 2, 1]
    assert found["lows"].to_list() == [0, 0, 0, 0, 1]


def test_long_and_wide_panels_say_the_same_in_any_order():
    long = WIDE.unpivot(index="date", variable_name="stock", value_name="close")

    assert new_highs_lows(long.reverse(), 3).equals(new_highs_lows(WIDE, 3))
    enums = long.cast({"stock": pl.Categorical}).select("close", "date", "stock")
    assert new_highs_lows(enums, 3).equals(new_highs_lows(WIDE, 3))


def test_whole_numbers_and_a_window_of_one():
    """Each close is the highest and the lowest of itself."""
    found = new_highs_lows(pl.DataFrame({"day": dated(2), "x": [3, 4]}), 1)

    assert found.select("highs", "lows").rows() == [(1, 1), (1, 1)]
    assert new_highs_lows(WIDE.clear(), 3).is_empty()


def test_a_table_of_bars_is_a_panel_of_its_closes():
    """Other columns may stand beside those whose names say what they are."""
    bars = WIDE.unpivot(index="date", variable_name="symbol", value_name="close")
    full = bars.with_columns(
        open=pl.col("close") - 1, volume=pl.lit(7), industry=pl.lit("x"), listed=pl.lit(DAY)
    )
    numbered = full.with_columns(symbol=pl.col("symbol").rank("dense"))
    texts = bars.with_columns(pl.col("date").cast(pl.String))

    for panel in (full, numbered, full.rename(str.title)):
        assert new_highs_lows(panel, 3).equals(new_highs_lows(WIDE, 3))
    assert new_highs_lows(texts, 3).drop("date").equals(new_highs_lows(WIDE, 3).drop("date"))


def test_closes_without_a_name_are_of_one_share():
    one = WIDE.select("date", close="a")

    expected = new_highs_lows(WIDE.select("date", "a"), 3)
    assert new_highs_lows(one, 3).equals(expected)
    assert new_highs_lows(one.with_columns(high=pl.col("close") + 1), 3).equals(expected)
    never = one.with_columns(close=None)
    assert new_highs_lows(never, 3).select("highs", "lows").sum().row(0) == (0, 0)


def test_panels_of_another_shape_are_refused():
    twice = pl.DataFrame({"date": [DAY] * 2, "name": ["a", "a"], "close": [1.0, 2.0]})
    with pytest.raises(ValueError, match="two closes on one day"):
        new_highs_lows(twice, 1)
    with pytest.raises(ValueError, match="a window is 1 close at least, got 0"):
        new_highs_lows(WIDE, 0)
    returns = twice.rename({"close": "ret"}).with_columns(amount=1.0)
    unnamed = twice.rename({"name": "area"}).with_columns(board=pl.lit("main"))
    for wrong in (
        *(WIDE.drop("date"), WIDE.with_columns(n=pl.lit("x")), WIDE.select("date")),
        *(returns, unnamed),
    ):
        with pytest.raises(ValueError, match="one column of dates"):
            new_highs_lows(wrong, 3)


def test_the_rsi_of_one_series_ignores_what_lies_beside_it():
    """The kernel works on many series at once; alone or in company each gives the same bits."""

    paths = [np.cumsum(np.sin(np.arange(n) * (n % 7 + 1)) + 0.1) + 50 for n in (40, 14, 200, 15)]
    starts = np.concatenate([[0], np.cumsum([len(path) for path in paths])])
    together = wilder.rsi(np.concatenate(paths), starts)

    for path, first, end in zip(paths, starts[:-1], starts[1:], strict=True):
        alone = rsi(pl.Series(path)).fill_null(float("nan")).to_numpy()
        assert np.array_equal(alone, together[first:end], equal_nan=True)
