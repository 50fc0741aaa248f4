"""What no sentence may say, whatever its numbers: drawn values of every kind, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from templates.format import Day, Number
from templates.wording.language import LANGUAGES, Language
from templates.wording.never import banned
from templates.wording.text import Text
from templates.wording.told import Setting
from tests.drawn import findings as drawn
from transforms.findings.finding import Finding
from transforms.findings.kinds import KINDS, TERMS
from transforms.formulas.printed_value import rounded

SHARES = {"rising", "sealed", "turnover_share", "value_share", "raised", "cut", "share", "coverage"}
SETTINGS = (drawn.WEEK, drawn.SHORT, drawn.SESSIONS)
# Digits that belong to names and definitions.
FURNITURE = re.compile(
    r"STAR 50|CSI 300|科创50|沪深300|Top 500|500强|Magnificent 7|China 7|50-day|50日|30-session"
    r"|80%(?: to |提高到)100%|30日|90%|90 days|90日|20 sessions|20个交易日|10,000|of 100"
)
HAN, LATIN = "\u4e00-\u9fff", "A-Za-z0-9"
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def rarities(draw: st.DrawFn):
    """Rarities that can be: a record has no day before, a short history has no rank."""
    q = draw(st.none() | st.floats(0, 100))
    record = q == 100 or (q is not None and q > 99.9 and draw(st.booleans()))
    since = None if record else draw(st.none() | st.dates(date(2019, 12, 31), date(2026, 1, 9)))
    return replace(drawn.rarity(q, since, record=record), low=draw(st.booleans()))


def values_of(kind: str, draw: st.DrawFn) -> dict[str, float]:
    declared = KINDS[kind]
    return {
        role: draw(_values(kind, role, unit))
        for role, unit in {**declared.numbers, **declared.optional}.items()
    }


def _values(kind: str, role: str, unit: str) -> st.SearchStrategy[float]:
    if unit == "fraction" and (role in SHARES or (kind, role) in _LEVELS):
        return st.floats(0, 1)
    ranges = {"fraction": (-0.9, 3.0), "pp": (-40, 40), "count": (0, 6000), "points": (-60, 60),
              "score 0-100": (0, 100), "index 0-100": (0, 100), "percentile": (0, 100),
              "index points": (100, 50_000), "ratio": (1, 400), "p value": (0, 1),
              "per 10,000 characters": (0, 30)}  # fmt: skip
    low, high = ranges.get(unit, (-5e12, 5e12))
    if role == "sessions":
        return st.integers(1, 5).map(float)
    if role in {"level", "mean", "before", "raised", "year_raised"} and unit in {"CNY", "HKD"}:
        low = 1e6
    return st.integers(low, high).map(float) if unit == "count" else st.floats(low, high)


_LEVELS = {("purchases_level", "level"), ("above_average", "level"), ("breadth_flip", "before")}


@st.composite
def findings(draw: st.DrawFn, kind: str) -> Finding:
    """A finding of a kind with any numbers, terms and rarity that it may have."""
    values = values_of(kind, draw)
    if kind == "first_days":
        values["listed"] = max(values["listed"], values["n"] + 0.0, 1.0)
        values["n"] = max(values["n"], 1.0)
        values["listed"] = max(values["listed"], values["n"])
        values["below"] = min(values["below"], values["n"])
    optional = KINDS[kind].optional
    without = tuple(role for role in optional if draw(st.booleans()))
    terms = {
        role: draw(st.sampled_from(TERMS[role])) for role in KINDS[kind].terms if role in TERMS
    }
    if kind == "state":
        before, state, turn = draw(st.sampled_from(_TURNS))
        terms |= {"before": before, "state": state, "turn": turn}
    return drawn.finding(kind, draw(rarities()), terms, without=without, **values)


_STATES = ("overheated advance", "healthy advance", "undecided", "undecided, hot",
           "froth without trend", "fading")  # fmt: skip
_TURNS = (
    *((one, one, "still") for one in _STATES),
    *((a, b, turn) for a in _STATES for b in _STATES if a != b for turn in ("turned", "again")),
    ("overheated advance", "healthy advance", "no longer"),
    ("undecided, hot", "undecided", "no longer"),
    ("froth without trend", "fading", "no longer"),
)  # fmt: skip


def said(language: Language, finding: Finding, setting: Setting) -> list[Text]:
    told = language.told(finding, setting)
    return [*told.sentences, *told.headlines]


@pytest.mark.parametrize("kind", KINDS)
@QUICK
@given(st.data())
def test_no_sentence_breaks_a_rule_of_the_guide(kind, data):
    finding = data.draw(findings(kind))
    setting = data.draw(st.sampled_from(SETTINGS))
    for language in LANGUAGES.values():
        for text in said(language, finding, setting):
            assert not banned(str(text), language.code), str(text)
            assert not re.search("[!?！？]|  |\\bNone\\b", str(text)), str(text)
            check_digits(text)
            check_references(text, finding)
            (check_chinese if language.code == "zh" else check_english)(str(text))


def check_digits(text: Text) -> None:
    """Every digit is part of a number, a day, or a name; no two numbers run together."""
    words = " ".join(part for part in text.parts if isinstance(part, str))
    assert not re.search(r"\d", FURNITURE.sub("", words)), words
    marked = [part for part in text.parts if str(part)]
    for one, other in pairwise(marked):
        assert not (str(one)[-1].isdigit() and str(other)[0].isdigit()), str(text)


def check_references(text: Text, finding: Finding) -> None:
    """Each number states a number of the finding, or where it stands in its history."""
    stated = {
        f"finding_{finding.kind}_{role}/{finding.entity}/{number.day.isoformat()}"
        for role, number in finding.numbers.items()
    }
    assert {number.ref.removesuffix("#percentile") for number in text.numbers} <= stated


def check_chinese(text: str) -> None:
    """No space beside a Chinese character, full-width marks, no English left over."""
    assert not re.search(rf"[{HAN}] |  | [{HAN}]", text), text
    assert not re.search(r"[,;:()\"']", re.sub(r"\d,\d{3}", "", text)), text
    assert "-" not in text, text


def check_english(text: str) -> None:
    """No full-width mark and no hyphen for a minus; no digit at the start of a headline."""
    assert not re.search("[，。；：（）《》、]", text), text
    assert not re.search(r"(?<![\w-])-\d", text), text
    assert not text[:1].isdecimal(), text


@pytest.mark.parametrize("kind", ["index_change", "index_day", "financing_change", "financing_day"])
@QUICK
@given(st.data())
def test_the_verb_fits_the_sign_and_flat_is_said_of_nothing_alone(kind, data):
    finding = data.draw(findings(kind))
    places = 2 if kind == "financing_day" else 1
    change = rounded(finding.numbers["change"].value * 100, places)
    rises = re.compile("edged up|rose|climbed|jumped|surged|rebounded|上涨|大涨|增加|增长|反弹")
    falls = re.compile("slipped|fell|dropped|slumped|plunged|下跌|大跌|减少|下降|回落")
    for language in LANGUAGES.values():
        text = str(language.told(finding, drawn.WEEK).sentences[-1])
        assert bool(re.search("flat|持平", text)) is (change == 0), text
        assert bool(rises.search(text)) is (change > 0), text
        assert bool(falls.search(text)) is (change < 0), text
        if kind.startswith("financing"):
            assert not re.search("上涨|下跌|大涨|大跌", text), text


@pytest.mark.parametrize("kind", ["index_change", "index_day"])
@QUICK
@given(st.data())
def test_no_headline_surges_without_saying_since_when(kind, data):
    finding = data.draw(findings(kind))
    for text in map(str, LANGUAGES["en"].told(finding, drawn.WEEK).headlines):
        if re.search("surges|plunges", text):
            assert re.search("most|its best day|its worst day", text), text


@QUICK
@given(st.data())
def test_record_and_since_are_said_only_where_they_are_so(data):
    finding = data.draw(findings("index_high"))
    rarity = finding.rarity
    for language in LANGUAGES.values():
        text = str(language.told(finding, drawn.WEEK).sentences[-1])
        record = bool(re.search("since the series began|有数据以来", text))
        assert record is bool(rarity.record), text
        if not rarity.record and re.search("highest since|以来收盘新高", text):
            assert rarity.since is not None
            assert (finding.numbers["level"].day - rarity.since).days >= 28 - 2
        if rarity.q is None:
            assert not re.search("since|percentile|以来|分位", text), text


@pytest.mark.parametrize(("days", "said"), [(27, False), (28, True)])
def test_a_move_as_large_within_four_weeks_is_no_most_since(days, said):
    rare = drawn.rarity(99.5, drawn.days_before(days))
    finding = drawn.finding("index_change", rare)
    english, chinese = (
        str(LANGUAGES[code].told(finding, drawn.WEEK).sentences[0]) for code in ("en", "zh")
    )
    assert ("the most since" in english) is said
    assert ("surged" in english) is said
    assert ("以来最大周涨幅" in chinese) is said
    assert ("99th percentile" in english.replace("\u00a0", " ")) is not said


@pytest.mark.parametrize(
    ("first", "english", "chinese"),
    [(date(2016, 1, 16), "of ten years", "近十年"), (date(2015, 11, 1), "of ten years", "近十年"),
     (date(2015, 9, 1), "since September 2015", "2015年9月以来"),
     (date(2019, 12, 31), "since December 2019", "2019年12月以来")],
)  # fmt: skip
def test_a_history_is_named_by_its_years_or_by_its_start(first, english, chinese):
    finding = drawn.finding("pe_level", replace(drawn.NOTABLE, first=first))
    said_en, said_zh = (
        str(LANGUAGES[code].told(finding, drawn.WEEK).sentences[0]) for code in ("en", "zh")
    )
    assert f"the 93rd percentile {english}" in said_en.replace("\u00a0", " ")
    assert f"{chinese}93%分位" in said_zh


@pytest.mark.parametrize(
    ("rising", "english", "chinese"),
    [(1.0, "All 995 technology shares with a figure rose", "有数据的995只科技股全部上涨"),
     (0.9996, "Of 995 technology shares, 100.0% rose", "995只科技股中100.0%上涨"),
     (0.0, "None of 995 technology shares with a figure rose", "有数据的995只科技股无一上涨"),
     (0.0004, "Of 995 technology shares, 0.0% rose", "995只科技股中0.0%上涨")],
)  # fmt: skip
def test_all_is_said_of_all_alone(rising, english, chinese):
    finding = drawn.finding("breadth_week", rising=rising)
    assert str(LANGUAGES["en"].told(finding, drawn.WEEK).sentences[0].capitalized()).startswith(
        english
    )
    assert chinese in str(LANGUAGES["zh"].told(finding, drawn.WEEK).sentences[0])


@pytest.mark.parametrize("kind", ["breadth_week", "breadth_day"])
@pytest.mark.parametrize("rising", [0.0, 1.0])
def test_a_headline_too_says_of_which_all_or_none_rose(kind, rising):
    finding = drawn.finding(kind, rising=rising)
    for code, of_which in (
        ("en", "995 tech shares with a figure rise"),
        ("zh", "有数据的995只科技股"),
    ):
        assert all(
            of_which in str(one) for one in LANGUAGES[code].told(finding, drawn.WEEK).headlines
        )


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    ("momentum", "heat", "state", "named"),
    [(80, 60, "overheated advance", False), (80, 59.4, "overheated advance", True),
     (80, 59.5, "overheated advance", False), (54.4, 40, "healthy advance", True),
     (44.4, 40, "fading", False), (45.4, 40, "fading", True)],
)  # fmt: skip
def test_a_state_that_its_value_has_left_is_told_by_its_name(code, momentum, heat, state, named):
    finding = drawn.finding("state", terms={"state": state, "before": state}, momentum=momentum,
                            heat=heat)  # fmt: skip
    text = str(LANGUAGES[code].told(finding, drawn.WEEK).sentences[0])
    assert ("“" in text) is (named or code == "zh")


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [("shares soar amid fever", "en", ["soar", "amid", "fever"]), ("a Bubble", "en", ["Bubble"]),
     ("fit the LPPLS bubble pattern", "en", []), ("Global Unicorn Top 500", "en", []),
     ("受消息提振，股价暴涨", "zh", ["受消息提振", "暴涨"]), ("检出爆炸性上涨", "zh", []),
     ("holds buyers", "en", [])],
)  # fmt: skip
def test_banned_words_are_found(text, code, words):
    assert banned(text, code) == words


def test_numbers_and_days_are_parts_of_a_text():
    text = LANGUAGES["en"].told(drawn.finding("index_day", drawn.SINCE), drawn.WEEK).sentences[0]
    kinds = {type(part) for part in text.parts}
    assert kinds == {str, Number, Day}
