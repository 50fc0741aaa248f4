"""Lists of months: how a month is written, and when a list has not been kept up."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from warehouse.catalog import Call
from warehouse.errors import SourceEmpty
from warehouse.readers.dated_lists import due_month, month, up_to_date

OCTOBER, NOVEMBER = date(2025, 10, 1), date(2025, 11, 1)


@pytest.mark.parametrize(
    "text", ["2025年10月份", "2025年10月", "2025.10", "2025-10", "202510", " 2025.10 "]
)
def test_a_month_is_read_however_it_is_written(text: str) -> None:
    assert pl.DataFrame({"m": [text]}).select(month("m")).item() == OCTOBER


@pytest.mark.parametrize("text", ["2025.1", "2025年1月份"])
def test_a_month_of_one_digit_is_one_too(text: str) -> None:
    assert pl.DataFrame({"m": [text]}).select(month("m")).item() == date(2025, 1, 1)


@pytest.mark.parametrize(("oldest", "kept"), [(NOVEMBER, True), (date(2025, 12, 1), False)])
def test_a_list_that_ends_before_it_must_is_no_answer(oldest, kept) -> None:
    rows = pl.DataFrame({"month": [NOVEMBER, OCTOBER]})
    if kept:
        assert up_to_date(rows, "month", oldest) is rows
    else:
        with pytest.raises(SourceEmpty, match=r"ends with 2025-11-01.* 2025-12-01 or later"):
            up_to_date(rows, "month", oldest)


def test_an_empty_list_is_no_answer() -> None:
    with pytest.raises(SourceEmpty, match="ends with None"):
        up_to_date(pl.DataFrame(schema={"month": pl.Date}), "month", OCTOBER)


def test_the_month_that_is_due_is_that_of_the_newest_day() -> None:
    assert due_month(Call("f", {}, (date(2025, 11, 3), date(2025, 10, 31)))) == NOVEMBER
