"""Published text as dates and numbers: strictly, and never a guess."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from warehouse.errors import UnknownFormat
from warehouse.readers.text import (
    adding_up,
    board,
    code,
    day,
    number,
    only,
    short_name,
    sina_symbol,
)


def read(expression: pl.Expr, *values: object) -> list[object]:
    return pl.DataFrame({"x": values}, strict=False).select(expression).to_series().to_list()


@pytest.mark.parametrize(
    ("published", "value"),
    [("1,234.50", 1234.5), (" 7 ", 7.0), ("-", None), ("--", None), ("nan", None), ("NaT", None)],
)
def test_a_number_is_read_or_absent(published, value) -> None:
    assert read(number("x"), published) == [value]


@pytest.mark.parametrize("published", ["1.2亿", "12%", "abc", "１２"])
def test_what_is_neither_is_refused(published) -> None:
    with pytest.raises(pl.exceptions.PolarsError):
        read(number("x"), published)


def test_a_multiple_is_applied_once() -> None:
    assert read(number("x", 1e8), "2.5") == [2.5e8]


@pytest.mark.parametrize(
    ("published", "form"),
    [("2025-11-25", "%Y-%m-%d"), ("2025-11-25 00:00:00", "%Y-%m-%d"), ("20251125", "%Y%m%d")],
)
def test_a_day_is_read_however_it_is_written(published, form) -> None:
    assert read(day("x", form), published) == [date(2025, 11, 25)]


def test_a_day_that_is_none_is_absent_and_another_format_is_refused() -> None:
    assert read(day("x"), "NaT") == [None]
    with pytest.raises(pl.exceptions.PolarsError):
        read(day("x"), "25/11/2025")


def test_codes_get_the_suffix_of_their_exchange_and_their_board() -> None:
    codes = read(
        code("x"), "600000", "sh688981", "sz000001", "300750", "bj920002", "430047", "900901"
    )
    assert codes == ["600000.SH", "688981.SH", "000001.SZ", "300750.SZ", "920002.BJ", "430047.BJ", "900901.SH"]  # fmt: skip
    boards = pl.DataFrame({"code": codes}).select(b=board())["b"].to_list()
    assert boards == ["Main", "STAR", "Main", "ChiNext", "BSE", "BSE", "Main"]
    assert sina_symbol("600000.SH") == "sh600000"


def test_parts_that_do_not_add_up_are_an_unknown_format() -> None:
    answer = pl.DataFrame({"total": [3.0, 5.0], "a": [1.0, 2.0], "b": [2.0, None]})
    assert adding_up(answer, "total", ("a", "b")) is answer  # the second row cannot be judged
    with pytest.raises(UnknownFormat, match="total is not a \\+ b in 1 rows"):
        adding_up(answer.fill_null(2.0), "total", ("a", "b"))


def test_a_label_stands_for_one_row() -> None:
    answer = pl.DataFrame({"item": ["股票", " 基金 ", "基金"]})
    assert only(answer, "item", "股票").height == 1
    for label in ("基金", "债券"):
        with pytest.raises(UnknownFormat):
            only(answer, "item", label)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("万  科Ａ", "万科A"),
        (" 五 粮 液 ", "五粮液"),
        ("ＴＣＬ科技", "TCL科技"),
        ("*ST 海润", "*ST海润"),
        ("CKH  HOLDINGS", "CKH HOLDINGS"),
        ("阿里巴巴－Ｗ", "阿里巴巴-W"),
        (None, None),
    ],
)
def test_a_short_name_has_one_normal_form(written, name) -> None:
    frame = pl.DataFrame({"n": [written]}, schema={"n": pl.String})
    assert frame.select(short_name("n")).item() == name
