"""Numbers, days and names as sentences spell them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from markupsafe import escape

from templates.format import INDEX_NAMES, Day, Number
from templates.wording import names, spelling
from templates.wording.states import TRAITS
from templates.wording.text import Text, joined, letters, say, squares
from transforms.axes.composite import WEIGHTS, components
from transforms.axes.regimes import STATES
from transforms.engine.metric import lineage

AS_OF = date(2026, 1, 16)


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (3.651e12, "CNY", "3.65 trillion yuan", "3.65万亿元"),
        (17.13e12, "CNY", "17.1 trillion yuan", "17.13万亿元"),
        (36.38e9, "HKD", "HK$36.4 bn", "364亿港元"),
        (-9.81e9, "CNY", "9.81 billion yuan", "98.1亿元"),
        (98.1e9, "CNY", "98.1 billion yuan", "981亿元"),
        (48.2e6, "CNY", "48.2 million yuan", "4,820万元"),
        (9.996e9, "CNY", "10.0 billion yuan", "100亿元"),
        (9.994e9, "CNY", "9.99 billion yuan", "99.9亿元"),
        (999.96e9, "CNY", "1.00 trillion yuan", "1.00万亿元"),
        (99_996_000.0, "CNY", "100 million yuan", "1.0亿元"),
        (4_321.0, "CNY", "4,320 yuan", "4,321元"),
        (0.0725, "fraction", "7.3%", "7.3%"),
        (-0.162, "fraction", "16.2%", "16.2%"),
        (2.64, "pp", "2.6 pp", "2.6个百分点"),
        (4165.29, "index points", "4165", "4165点"),
        (78.24, "index 0-100", "78.2", "78.2"),
        (59.5, "score 0-100", "60", "60分"),
        (1011.0, "count", "1,011", "1,011"),
        (173.07, "ratio", "173.1", "173.1倍"),
        (96.9, "percentile", "97th", "97%分位"),
        (99.8, "percentile", "99th", "99%分位"),
        (0.2, "percentile", "1st", "1%分位"),
    ],
)
def test_a_size_is_spelled_as_its_language_wants(value, unit, english, chinese):
    assert spelling.english_size(value, unit).replace("\u00a0", " ") == english
    assert spelling.chinese_size(value, unit) == chinese


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(0.0124, "fraction", "+1.2%"), (-0.0264, "fraction", "−2.6%"), (-0.0004, "fraction", "0.0%"),
     (4.0, "points", "+4"), (-0.4, "points", "0")],
)  # fmt: skip
def test_a_change_has_a_true_minus_and_none_on_nothing(value, unit, said):
    assert spelling.signed(value, unit) == said


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [
        (0, "no", "零"),
        (2, "two", "两"),
        (5, "five", "五"),
        (10, "ten", "十"),
        (11, "11", "11"),
        (14, "14", "14"),
    ],
)
def test_small_counts_are_words(count, english, chinese):
    assert (spelling.cardinal(count), spelling.chinese_numeral(count)) == (english, chinese)


def test_days_and_months_have_their_year_only_when_it_is_another_one():
    here, before = date(2026, 1, 13), date(2020, 2, 3)
    assert str(spelling.chinese_day(here, AS_OF)) == "1月13日"
    assert str(spelling.chinese_day(before, AS_OF)) == "2020年2月3日"
    assert str(spelling.chinese_month(here, AS_OF)) == "1月"
    assert str(spelling.chinese_month(before, AS_OF)) == "2020年2月"
    assert str(spelling.english_month(here, AS_OF)) == "January"
    assert str(spelling.english_month(before, AS_OF)).replace("\u00a0", " ") == "February 2020"
    short = spelling.english_month(before, AS_OF, short=True)
    assert str(short).replace("\u00a0", " ") == "Feb 2020"
    assert short.iso == "2020-02-03"


@pytest.mark.parametrize(
    ("code", "english", "chinese"),
    [("SSE; SZSE; BSE", "SSE, SZSE and BSE", "沪深北交易所"),
     ("CSRC; SFC", "CSRC and SFC of Hong Kong", "证监会、香港证监会"),
     ("CAC and six others", "CAC and six others", "国家网信办等七部门"),
     ("MOF and 18 others", "Ministry of Finance and 18 others", "财政部等19部门"),
     ("PBOC", "PBoC", "央行"), ("Unknown", "Unknown", "Unknown")],
)  # fmt: skip
def test_authorities_are_named_together(code, english, chinese):
    assert names.body(code) == names.Name(english, chinese)


def test_all_that_an_axis_may_lack_has_a_name_in_both_languages():
    needed = {name for metric in components()["metric"].unique() for name in lineage(metric)}
    assert needed <= set(names.MEASURES)
    assert all(re.search("[\u4e00-\u9fff]|RSI|GDP|LPR", one.zh) for one in names.MEASURES.values())


def test_every_code_of_the_axes_has_a_name_in_both_languages():
    assert {name.rpartition("/")[2] for name in WEIGHTS} == set(names.BLOCKS)
    assert (
        set(STATES.values())
        == set(names.STATES)
        == {s for t in TRAITS.values() for s in t} | {"undecided"}
    )
    assert set(names.INDICES) == set(INDEX_NAMES)


def test_a_title_has_a_capital_in_running_text_only_where_it_is_a_names():
    assert names.in_running_text("Reserve ratio cut") == "reserve ratio cut"
    assert names.in_running_text("Politburo: keep the market stable").startswith("Politburo")


def test_a_text_is_plain_or_marked_up():
    day = Day("13 Jan", "2026-01-13")
    text = say("a < b {x} on {d}{none}", x=Number("7.3%", "some/fact"), d=day, none=None)
    assert str(text) == "a < b 7.3% on 13 Jan"
    assert str(escape(text)) == (
        'a &lt; b <data value="some/fact">7.3%</data> on <time datetime="2026-01-13">13 Jan</time>'
    )
    assert [number.ref for number in text.numbers] == ["some/fact"]


def test_a_capital_stands_at_the_start_also_of_a_number_in_words():
    assert str(say("turnover").capitalized()) == "Turnover"
    six = say("{n} listings", n=Number("six", "some/fact")).capitalized()
    assert str(six) == "Six listings"
    assert six.numbers[0].ref == "some/fact"
    assert Text().capitalized() == Text()


def test_texts_are_joined_by_words_between_them():
    assert str(joined([say("a"), say("b"), say("c")], by="; ")) == "a; b; c"
    assert not joined([], by="; ")


@pytest.mark.parametrize(
    ("text", "wide"), [("科创50周涨2.6%。", 5 + 0.5 * 6), ("“强”", 3.0), ("3.65万亿元", 5.0)]
)
def test_a_full_width_character_counts_one_and_another_one_half(text, wide):
    assert squares(text) == wide


def test_letters_are_counted_as_they_are():
    assert letters(say("13\u00a0Jan")) == 6
