"""Which word a move may have: bands, printed zeros, and the words that need a condition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.wording import verbs
from templates.wording.names import HEAT_WORDS, MOMENTUM_WORDS
from templates.wording.verbs import CHINESE, ENGLISH, Band

# The table of the style guide: up to which percentile a word fits.
GUIDE = (
    (75.0, "edged up", "slipped", "小幅上涨", "小幅下跌"),
    (90.0, "rose", "fell", "上涨", "下跌"),
    (97.5, "climbed", "dropped", "明显上涨", "明显下跌"),
    (99.0, "jumped", "slumped", "大涨", "大跌"),
    (100.1, "surged", "plunged", "大涨", "大跌"),
)


@given(st.floats(0, 100), st.booleans())
def test_the_verb_is_that_of_the_band_of_the_guide(q, up):
    band = verbs.band(q, printed_zero=False, dated=True)
    rose, fell, zhang, die = next(row[1:] for row in GUIDE if q < row[0])

    assert ENGLISH[band].past(up=up) == (rose if up else fell)
    assert CHINESE[band].past(up=up) == (zhang if up else die)


@pytest.mark.parametrize(
    ("q", "band"),
    [(74.9, Band.SLIGHT), (75.0, Band.PLAIN), (89.9, Band.PLAIN), (90.0, Band.CLEAR),
     (97.4, Band.CLEAR), (97.5, Band.GREAT), (98.9, Band.GREAT), (99.0, Band.EXTREME)],
)  # fmt: skip
def test_a_band_begins_at_its_edge(q, band):
    assert verbs.band(q, printed_zero=False, dated=True) is band


def test_a_move_that_prints_as_nothing_is_flat_however_rare():
    assert verbs.band(99.9, printed_zero=True, dated=True) is Band.FLAT
    assert {ENGLISH[Band.FLAT].rose, ENGLISH[Band.FLAT].fell} == {"was flat"}
    assert {CHINESE[Band.FLAT].rises, CHINESE[Band.FLAT].falls} == {"基本持平"}


def test_no_move_is_extreme_of_which_it_is_not_said_since_when():
    assert verbs.band(99.9, printed_zero=False, dated=False) is Band.GREAT
    assert verbs.band(None, printed_zero=False, dated=True) is Band.PLAIN


@pytest.mark.parametrize(
    ("percentile", "only", "many"),
    [(None, False, False), (10.0, True, False), (10.1, False, False), (89.9, False, False),
     (90.0, False, True)],
)  # fmt: skip
def test_only_and_as_many_as_need_a_rank(percentile, only, many):
    assert (verbs.only(percentile), verbs.as_many_as(percentile)) == (only, many)


@pytest.mark.parametrize(("q", "sharp"), [(None, False), (94.9, False), (95.0, True)])
def test_sharply_begins_at_the_95th_percentile(q, sharp):
    assert verbs.sharply(q) is sharp


@pytest.mark.parametrize(
    ("change", "before", "q_before", "turned"),
    [(0.03, -0.05, 75.0, True), (0.03, -0.05, 74.9, False), (0.03, 0.05, 99.0, False),
     (-0.03, 0.05, 80.0, True), (0.03, None, None, False), (0.03, -0.05, None, False)],
)  # fmt: skip
def test_a_move_turned_round_after_a_large_one_of_the_other_sign(change, before, q_before, turned):
    assert verbs.turned_round(change, before, q_before) is turned


@pytest.mark.parametrize(
    ("score", "side", "near"),
    [(59.86, 0, True), (60.49, 0, True), (59.49, -1, True), (57.5, -1, True), (57.49, -1, False),
     (60.5, 1, True), (62.49, 1, True), (62.5, 1, False)],
)  # fmt: skip
def test_the_printed_score_decides_where_a_line_is(score, side, near):
    assert verbs.beside(score, 60.0) == verbs.Line(side, near)


@pytest.mark.parametrize(
    ("score", "momentum", "heat"),
    [(74.5, "strong", "very hot"), (69.5, "strong", "hot"), (69.4, "firm", "hot"),
     (59.5, "firm", "hot"), (59.4, "firm", "warm"), (54.4, "mixed", "warm"),
     (44.4, "weak", "moderate"), (29.4, "very weak", "cool")],
)  # fmt: skip
def test_words_of_strength_follow_the_printed_value(score, momentum, heat):
    assert MOMENTUM_WORDS[verbs.value_word(score, verbs.MOMENTUM_FROM)].en == momentum
    assert HEAT_WORDS[verbs.value_word(score, verbs.HEAT_FROM)].en == heat
