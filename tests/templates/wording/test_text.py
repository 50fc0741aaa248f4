"""Texts: their parts stay what they are, whatever they are put into; how long they are."""

from __future__ import annotations

import pytest

from templates.format import Day, Number
from templates.wording.text import Text, joined, letters, say, squares

ONE, DAY = Number("1.5%", "rsi/A/day"), Day("16 Jan", "2026-01-16")


def test_slots_keep_numbers_and_days_and_nothing_fills_one_with_nothing():
    said = say("{a} on {d}{none}{inner}.", a=ONE, d=DAY, none=None, inner=say(" ({n})", n=ONE))

    assert str(said) == "1.5% on 16 Jan (1.5%)."
    assert said.parts == (ONE, " on ", DAY, " (", ONE, ")", ".")
    assert said.numbers == (ONE, ONE)
    assert say("{a}", a=Number("", "x")) == Text()


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        (say("six listings"), "Six listings"),
        (say("{n} listings", n=Number("six", "f")), "Six listings"),
        (say("aB"), "AB"),
        (Text(), ""),
    ],
)
def test_a_sentence_begins_with_a_capital_also_in_a_number(text, raised):
    assert str(text.capitalized()) == raised
    assert text.capitalized().numbers[:1] == tuple(
        Number("Six", one.ref) for one in text.numbers[:1]
    )


def test_texts_are_joined_and_added():
    assert str(joined([say("a"), say("b"), say("c")], ", ")) == "a, b, c"
    assert joined([], ", ") == Text()
    assert str(say("a") + "b" + ONE + say("c")) == "ab1.5%c"


def test_a_text_of_empty_parts_says_nothing():
    assert not Text()
    assert not Text(("", ""))
    assert Text(("", "a"))


def test_markup_is_escaped_and_numbers_are_marked():
    assert say("<{n}", n=ONE).__html__() == '&lt;<data value="rsi/A/day">1.5%</data>'


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("科创50", 3.0),
        ("ab", 1.0),
        ("涨1.5%。", 4.0),
        ("", 0.0),
        ("“a”", 2.5),
        ("a—…", 2.5),
        ("é", 0.5),
    ],
)
def test_a_full_width_character_counts_one_and_another_one_half(text, long):
    assert squares(text) == long


def test_english_is_counted_in_characters_with_or_without_a_break():
    assert letters("16\N{NO-BREAK SPACE}Jan") == 6
