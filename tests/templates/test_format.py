"""Spelling: what a number, a date or a name looks like on the page."""

from __future__ import annotations

from datetime import date

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


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (42, "42nd"), (97, "97th")],
)
def test_ordinals(number, expected):
    assert words.ordinal(number) == expected


def test_a_short_date_has_its_year_only_when_it_is_another_one():
    assert str(words.short_day(date(2026, 1, 12), AS_OF)) == "12\xa0Jan"
    assert str(words.short_day(date(2025, 9, 8), AS_OF)) == "8\xa0Sep\xa02025"


def test_a_printed_number_says_in_html_which_fact_it_is():
    number = words.Number("81.4", "rsi_14/000001.SH/2026-01-12")

    assert number.__html__() == '<data value="rsi_14/000001.SH/2026-01-12">81.4</data>'
    assert str(number) == "81.4"


def test_a_number_cannot_smuggle_markup_onto_the_page():
    assert "<b>" not in words.Number("<b>1</b>", "x").__html__()


@pytest.mark.parametrize(
    ("value", "places", "said"),
    [(58.5, 0, "59"), (59.5, 0, "60"), (-58.5, 0, "-59"), (0.25, 1, "0.3"), (0.0725 * 100, 1, "7.3"),
     (0.0035 * 100, 1, "0.4"), (7.249, 1, "7.2")],
)  # fmt: skip
def test_half_is_rounded_away_from_zero(value, places, said):
    assert words.decimal(value, places) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(2.665e12, "2.67 tn"), (36.25e9, "36.3 bn"), (999.4, "999.40"), (1000.0, "1,000"),
     (9.994e8, "999 m"), (9.996e8, "1.00 bn"), (12.34e9, "12.3 bn"), (123.4e9, "123 bn"),
     (9.994e9, "9.99 bn")],
)  # fmt: skip
def test_amounts_have_three_digits_and_half_is_rounded_away_from_zero(value, said):
    assert words.money_digits(value).replace("\u00a0", " ") == said
