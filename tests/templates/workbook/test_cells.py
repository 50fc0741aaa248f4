"""A printed number becomes a number at full precision that prints the same again."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.format import MINUS, Day, Number
from templates.page import Bar, Boxed, Missing, Picture, Shaded, Stack, Strong
from templates.wording.speller import SPELLERS
from templates.wording.text import Text, say
from templates.workbook.cells import (
    Value,
    content,
    number_of,
    plain,
    series_format,
    series_value,
    unit_name,
)
from transforms.facts import Fact, FactBook, fact_id
from transforms.formulas.printed_value import rounded

DAY = date(2026, 1, 16)
SPEAK = {code: speller(as_of=DAY) for code, speller in SPELLERS.items()}
UNITS = ("fraction", "CNY", "HKD", "index points", "ratio", "pp", "count", "percentile 0-100",
         "probability", "probability under", "score 0-100", "brier")  # fmt: skip


def fact(value: float, unit: str = "ratio", metric: str = "m", **more: object) -> Fact:
    return Fact(
        fact_id(metric, "e", DAY), metric, "e", DAY, value, unit, datetime(2026, 1, 16, 8), 9,
        date(2020, 1, 1), ("drawn",), "SELECT 1", **more,
    )  # fmt: skip


def shown(value: Value) -> str:
    """The number as a spreadsheet prints it, for the formats that we write."""
    number, sections = value.number, value.format.split(";")
    style, number = sections[0 if number > 0 else 1 if number < 0 else 2], abs(number)
    pattern = re.fullmatch(r'((?:"[^"]*")*)([#0,.]+?)(,*)(%?)((?:"[^"]*")*)', style)
    assert pattern, style
    before, digits, thousands, per_cent, after = pattern.groups()
    scaled = number * (100 if per_cent else 1) / 1000 ** len(thousands)
    places = len(digits.partition(".")[2])
    text = f"{rounded(scaled, places):{',' if ',' in digits else ''}.{places}f}"
    return f"{before}{text}{per_cent}{after}".replace('"', "")


@given(
    value=st.floats(-1e13, 1e13).filter(lambda v: v == 0 or abs(v) > 1e-9),
    unit=st.sampled_from(UNITS),
    how=st.sampled_from(["level", "signed", "size"]),
    code=st.sampled_from(["en", "zh"]),
)
def test_a_number_prints_in_its_cell_as_on_the_page(value, unit, how, code):
    one = fact(value, unit)
    number = getattr(SPEAK[code], how)(one)
    cell = content(number, FactBook([one]))

    assert isinstance(cell, Value)
    if "亿" in number.text.replace("万亿", "") or re.search("万(?!亿)", number.text):
        assert "元" in shown(cell) or "港元" in shown(cell)
        assert abs(cell.number) == abs(value)
    else:
        assert shown(cell) == plain(number)
        if unit != "percentile 0-100":
            assert abs(cell.number) == abs(value)


@pytest.mark.parametrize(
    ("text", "value", "cell"),
    [
        ("+2.6%", 0.0258135, Value(0.0258135, f'"+"0.0%;"{MINUS}"0.0%;0.0%')),
        ("CNY 3.03 tn", 3.0263e12, Value(3.0263e12, f'"CNY "0.00,,,," tn";"{MINUS}""CNY "0.00,,,," tn";"CNY "0.00,,,," tn"')),
        ("364亿元", 36412345678.0, Value(36412345678.0, f'#,##0"元";"{MINUS}"#,##0"元";#,##0"元"')),
        (f"{MINUS}0.45%", None, Value(-0.0045, f'0.00%;"{MINUS}"0.00%;0.00%')),
        ("1,012", None, Value(1012.0, f'#,##0;"{MINUS}"#,##0;#,##0')),
        ("0.0%", -0.0001, Value(-0.0001, "0.0%;0.0%;0.0%")),
    ],
)  # fmt: skip
def test_the_value_is_that_of_the_fact_and_the_format_that_of_the_page(text, value, cell):
    assert number_of(text, value) == cell


def test_what_the_fact_does_not_say_is_kept_as_printed():
    """A rank of 99.8 is told as 99; and a number of another fact is not taken for it."""
    assert number_of("99", 99.8).number == 99
    assert number_of("12.3%", 0.5).number == 0.123


def test_the_size_of_a_fall_has_no_sign():
    assert number_of("3.2%", -0.0321).number == 0.0321
    assert number_of(f"{MINUS}3.2%", -0.0321).number == -0.0321


def test_a_number_in_words_is_a_text():
    assert number_of("six") is None
    assert content(Number("six", ""), FactBook([])) == "six"


def test_a_change_of_a_share_is_in_percentage_points():
    one = fact(0.5, "fraction", change_1w=0.0261)
    cell = content(SPEAK["en"].week_change(one), FactBook([one]))

    assert (cell.number, shown(cell)) == (2.61, "+2.6 pp")


@pytest.mark.parametrize(
    ("cell", "held"),
    [
        (Missing("no data"), "no data"),
        (Bar(0.5), None),
        (Picture("<svg/>", "rising"), "rising"),
        ("", None),
        (Day("16 Jan", "2026-01-16"), DAY),
        (Day("16 Jan 16:05", "2026-01-16T16:05"), datetime(2026, 1, 16, 16, 5)),
        (say("{d}", d=Day("16 Jan", "2026-01-16")), DAY),
        (say("of {n}", n=Number("12", "")), "of 12"),
        (Text(("=1+1",)), "=1+1"),
    ],
)
def test_a_cell_is_what_it_says(cell, held):
    assert content(cell, FactBook([])) == held


@pytest.mark.parametrize("frame", [Boxed, Strong, lambda number: Shaded(number, 2, "blue")])
def test_a_number_in_a_frame_is_a_number(frame):
    assert content(frame(Number("7.0", "")), FactBook([])).number == 7.0


def test_a_cell_of_several_texts_says_all_of_them():
    assert content(
        Stack(say("over"), below=(say("line"), say("since")), tone="heat"), FactBook([])
    ) == ("over · line · since")


@given(st.text(st.characters(), max_size=40))
def test_a_text_can_always_be_written(text):
    told = plain(text)

    told.encode("utf-8")
    assert not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", told)
    assert plain(told) == told


@pytest.mark.parametrize(
    ("unit", "english", "chinese", "style"),
    [
        ("fraction", "%", "%", f'0.0%;"{MINUS}"0.0%;0.0%'),
        ("probability under", "%", "%", f'0%;"{MINUS}"0%;0%'),
        ("CNY", "CNY", "元", "#,##0"),
        ("percentile 0-100", "", "", f'0;"{MINUS}"0;0'),
        ("count", "", "", f'0;"{MINUS}"0;0'),
        ("ratio", "", "", f'0.0;"{MINUS}"0.0;0.0'),
        ("score 0-100", "0–100", "0–100", f'0;"{MINUS}"0;0'),
        ("p value", "", "", f'0.000;"{MINUS}"0.000;0.000'),
        ("no such unit", "no such unit", "", f'0.00;"{MINUS}"0.00;0.00'),
    ],
)
def test_a_column_has_the_name_and_the_format_of_its_unit(unit, english, chinese, style):
    assert [unit_name(unit, s) for s in SPEAK.values()] == [english, chinese]
    assert series_format(unit, SPEAK["en"]) == style


def test_a_value_that_is_no_number_is_a_text():
    assert series_value(float("nan"), "") == "nan"
    assert series_value("=A1", "") == "=A1"
    assert series_value(DAY, "") == DAY
