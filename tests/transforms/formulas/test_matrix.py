"""Long rows as a matrix and back: a row a day, a column a series, NaN where there is nothing."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from transforms.formulas.matrix import Wide, long, total, wide

NAN = float("nan")
DAYS = [date(2026, 1, day) for day in (5, 6, 7)]
ROWS = pl.DataFrame(
    {
        "entity": ["b", "a", "b", "a", "b"],
        "observation_date": [DAYS[2], DAYS[1], DAYS[0], DAYS[0], DAYS[1]],
        "value": [30, 2, 10, 1, 20],
        "other": [3, 7, 1, 6, 2],
    }
)


def test_days_ascend_and_series_stand_by_name_whatever_the_order_of_rows():
    found = wide(ROWS, "value")

    assert found.days.to_list() == DAYS
    assert found.names == ["a", "b"]
    np.testing.assert_array_equal(found.values, [[1, 10], [2, 20], [NAN, 30]])
    assert found.values.dtype == np.float64


def test_a_series_that_begins_before_the_others_keeps_its_days_in_order():
    early = pl.DataFrame({"entity": ["z"], "observation_date": [date(2026, 1, 2)], "value": [9]})
    found = wide(pl.concat([ROWS.drop("other"), early]), "value")

    assert found.days.to_list() == [date(2026, 1, 2), *DAYS]
    np.testing.assert_array_equal(found.values[0], [NAN, NAN, 9])


def test_the_matrix_is_its_own_and_lies_row_by_row():
    found = wide(ROWS, "other").values
    found[0, 0] = 99

    assert found.flags["C_CONTIGUOUS"]
    assert ROWS["other"].to_list() == [3, 7, 1, 6, 2]


def test_rows_come_back_by_day_and_series():
    found = long(wide(ROWS, "value"), value=wide(ROWS, "value").values)
    expected = ROWS.select("entity", "observation_date", pl.col("value").cast(pl.Float64))

    assert found.equals(expected.sort("observation_date", "entity"))


def test_a_row_is_left_out_only_where_all_its_columns_are_missing():
    like = Wide(pl.Series(DAYS[:2]), ["a", "b"], np.zeros((2, 2)))
    one, other = np.array([[1, NAN], [NAN, 4]]), np.array([[5, NAN], [7, NAN]])
    found = long(like, one=one, other=other)

    assert found["entity"].to_list() == ["a", "a", "b"]
    assert found["observation_date"].to_list() == [DAYS[0], DAYS[1], DAYS[1]]
    np.testing.assert_array_equal(found["one"].to_numpy(), [1, NAN, 4])
    np.testing.assert_array_equal(found["other"].to_numpy(), [5, 7, NAN])


def test_a_sum_leaves_out_what_is_missing_and_a_day_without_any_is_nothing():
    values = np.array([[1.0, 2.0, 4.0], [NAN, 2.0, -5.0], [NAN, NAN, NAN]])

    assert total(values).tolist() == [7.0, -3.0, 0.0]
    assert total(np.zeros((2, 0))).tolist() == [0.0, 0.0]


def test_a_series_more_changes_no_bit_of_a_sum():
    """Added from the first to the last: 1e16 first swallows a one, and so it stays."""
    values = np.array([[1e16, 1.0, 1.0, 1.0]])

    assert total(values)[0] == 1e16
    assert total(np.hstack([values, [[NAN]]]))[0] == 1e16
