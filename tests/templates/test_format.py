"""Spelling: what a number, a date or a name looks like on the page."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from templates import format as words

AS_OF = date(2026, 1, 13)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (81.3966, "index 0-100", "81.4"),
        (4165.287, "index points", "4,165"),
        (0.1517, "fraction", "15.2%"),
        (3_651_064_769_869.0, "CNY", "CNY 3.65 tn"),
        (999_600_000_000.0, "CNY", "CNY 1.00 tn"),
        (36_382_598_926.0, "HKD", "HK$36.4 bn"),
        (482_300_000.0, "HKD", "HK$482 m"),
        (74.12, "CNY", "CNY 74.12"),
        (67.0, "count", "67"),
        (173.07, "ratio", "173.1"),
        (-0.183341, "fraction", "−18.3%"),
    ],
)
def test_a_level_is_spelled_as_its_unit_wants(value, unit, expected):
    assert words.spell(value, unit).replace("\xa0", " ") == expected


def test_leverage_has_two_decimals_because_a_day_moves_it_by_tenths_of_a_percent():
    spelled = words.spell(0.017644, "fraction", metric="margin_financing_change_1d", signed=True)

    assert spelled == "+1.76%"


def test_a_number_that_rounds_to_zero_has_no_sign():
    assert words.spell(-0.0004, "fraction", signed=True) == "0.0%"


def test_a_change_of_a_fraction_is_in_percentage_points():
    assert words.spell_difference(-0.0264, "fraction").replace("\xa0", " ") == "−2.6 pp"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (42, "42nd"), (97, "97th")],
)
def test_ordinals(number, expected):
    assert words.ordinal(number) == expected


def test_a_short_date_has_its_year_only_when_it_is_another_one():
    assert str(words.short_day(date(2026, 1, 12), AS_OF)) == "12\xa0Jan"
    assert str(words.short_day(date(2025, 9, 8), AS_OF)) == "8\xa0Sep\xa02025"


def test_a_moment_is_told_in_beijing_time():
    assert str(words.moment(datetime(2026, 1, 13, 16, 5))) == "14\xa0Jan\xa02026\xa000:05"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("蘇州瑞博生物技術股份有限公司 - B - H股", "蘇州瑞博生物技術"),
        ("豪威集成電路（集團）股份有限公司 - H股", "豪威集成電路"),
        ("MiniMax Group Inc.", "MiniMax Group Inc."),
        ("A Very Long Company Name Holdings Limited", "A Very Long Compan…"),
    ],
)
def test_a_company_is_named_without_its_legal_form(name, expected):
    assert words.company_name("00100.HK", {"00100.HK": name}) == expected


def test_an_unknown_company_keeps_its_code():
    assert words.company_name("00100.HK", {}) == "00100.HK"


def test_a_printed_number_says_in_html_which_fact_it_is():
    number = words.Number("81.4", "rsi_14/000001.SH/2026-01-12")

    assert number.__html__() == '<data value="rsi_14/000001.SH/2026-01-12">81.4</data>'
    assert str(number) == "81.4"


def test_a_number_cannot_smuggle_markup_onto_the_page():
    assert "<b>" not in words.Number("<b>1</b>", "x").__html__()
