"""Published text as dates and numbers: strictly, and never a guess."""

from __future__ import annotations

import math
from datetime import date

import polars as pl
import pytest

from warehouse.errors import UnknownFormat
from warehouse.quality.contract_checks import EARLIEST
from warehouse.readers.text import (
    KNOWN_CODES,
    NO_DAY,
    adding_up,
    board,
    code,
    count,
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
def test_a_column_that_is_neither_is_refused(published) -> None:
    with pytest.raises(pl.exceptions.PolarsError):
        read(number("x"), published)


@pytest.mark.parametrize("published", ["1.2亿", "12%", "abc", "１２"])
def test_a_stray_cell_that_is_neither_is_marked(published) -> None:
    """Beside others, or one, and two beside two; three of twenty are a column of another format."""
    for others in (1, 39):
        found = read(number("x", 100.0), "1,000", *["2"] * (others - 1), published)
        assert found[:-1] == [100_000.0] + [200.0] * (others - 1)
        assert math.isnan(found[-1])
        assert read(count("x"), *["3"] * others, "-", published) == [3] * others + [None, -1]
    with pytest.raises(pl.exceptions.PolarsError):
        read(number("x"), *["2"] * 17, "1.2亿", "1.3亿", "1.4亿")
    assert len(read(number("x"), *["2"] * 2, "1.2亿", "1.3亿")) == 4


def test_absent_cells_are_no_evidence_for_a_column() -> None:
    with pytest.raises(pl.exceptions.PolarsError):
        read(number("x"), *["-"] * 100, "1", "1.2亿", "1.3亿")
    with pytest.raises(pl.exceptions.PolarsError):
        read(day("x"), *["-"] * 100, "2026-01-13", "13.1.2026", "14.1.2026")


def test_a_count_is_whole() -> None:
    assert read(count("x"), "1,200", "7.0", "-") == [1200, 7, None]


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


def test_a_stray_day_is_marked_as_one_before_all_others() -> None:
    found = read(day("x"), "2025-11-25", "25/11/2025", "-")
    assert found == [date(2025, 11, 25), NO_DAY, None]
    assert NO_DAY < EARLIEST


def test_codes_get_the_suffix_of_their_exchange_and_their_board() -> None:
    codes = read(
        code("x"), "600000", "sh688981", "sz000001", "300750", "bj920002", "833874", "900901"
    )
    assert codes == ["600000.SH", "688981.SH", "000001.SZ", "300750.SZ", "920002.BJ", "833874.BJ", "900901.SH"]  # fmt: skip
    boards = pl.DataFrame({"code": codes}).select(b=board())["b"].to_list()
    assert boards == ["Main", "STAR", "Main", "ChiNext", "BSE", "BSE", "Main"]
    assert sina_symbol("600000.SH") == "sh600000"


@pytest.mark.parametrize(
    ("published", "suffix", "read_as"),
    [
        ("430047.BJ", None, "920047.BJ"),
        ("430047.BJ", ".BJ", "920047.BJ"),
        (" 510300 ", ".SH", "510300.SH"),
        (630, None, None),
        ("2", ".SZ", "000002.SZ"),
        ("", ".SZ", None),
        ("-", None, None),
        ("60000", None, None),
        ("sh60000", None, None),
        ("6000001", None, None),
        ("６０００００", None, None),
    ],
)
def test_a_code_is_read_one_way_wherever_it_stands(published, suffix, read_as) -> None:
    assert read(code("x", suffix), published) == [read_as]


def test_parts_that_do_not_add_up_are_an_unknown_format() -> None:
    answer = pl.DataFrame({"total": [3.0, 5.0], "a": [1.0, 2.0], "b": [2.0, None]})
    assert adding_up(answer, "total", ("a", "b")) is answer  # the second row cannot be judged
    with pytest.raises(UnknownFormat, match="total is not a \\+ b in 2 rows"):
        adding_up(answer.with_columns(b=pl.lit(9.0)), "total", ("a", "b"))


def test_a_stray_sum_that_does_not_add_up_is_doubted_with_its_parts() -> None:
    answer = pl.DataFrame({"total": [3.0, 5.0], "a": [1.0, 2.0], "b": [2.0, 2.0], "c": ["x", "y"]})
    found = adding_up(answer, "total", ("a", "b"))
    read_again = found.select(number("total"), number("a"), number("b"), "c")
    assert str(read_again.rows()) == "[(3.0, 1.0, 2.0, 'x'), (nan, nan, nan, 'y')]"


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


@pytest.mark.parametrize(
    ("total", "part", "fits"),
    [(0.0, 0.02, True), (0.0, 0.021, False), (100.0, 100.119, True), (-100.0, -100.13, False)],
)
def test_parts_add_up_to_a_thousandth_and_two_hundredths(
    total: float, part: float, *, fits: bool
) -> None:
    """Sums are published with two digits."""
    answer = pl.DataFrame({"total": [total] * 2, "a": [part] * 2, "b": [0.0] * 2})
    if fits:
        assert adding_up(answer, "total", ("a", "b")) is answer
    else:
        with pytest.raises(UnknownFormat):
            adding_up(answer, "total", ("a", "b"))


@pytest.mark.parametrize(
    ("code_", "known"),
    [("600000", True), ("sh600000", True), ("bj920001", True), ("900901", True), ("510300", True),
     ("019547", True), ("400001", True), ("A19001", True), ("00700", True), ("6000000", False),
     ("hk600000", False), ("990000", False), ("xA19001", False)],
)  # fmt: skip
def test_codes_of_kinds_that_are_known_are_told_from_others(code_: str, *, known: bool) -> None:
    assert pl.Series([code_]).str.contains(KNOWN_CODES).item() is known
