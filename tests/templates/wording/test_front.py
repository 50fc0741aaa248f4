"""The first page in words: what fits, what is left out, and what never stands side by side."""

from __future__ import annotations

import re
from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from templates.wording.front import LINES, LISTED, front, headline, lede, sentence, subject
from templates.wording.language import CHINESE, ENGLISH, LANGUAGES, issue_label
from tests.drawn import findings as drawn
from transforms.findings.finding import Finding
from transforms.findings.kinds import KINDS
from transforms.findings.summary import Summary


def surprising(finding: Finding, surprise: float) -> Finding:
    return replace(finding, surprise=surprise)


STAR = drawn.finding("index_change", drawn.SINCE, change=0.098)
TURNOVER = drawn.finding("turnover_total", drawn.RECORD)
AXES = drawn.finding("axes")
MARGIN = surprising(drawn.finding("financing_change", drawn.SINCE), 2.0)
BREADTH = surprising(drawn.finding("breadth_day", drawn.SINCE, rising=0.936), 1.0)
LISTINGS = surprising(drawn.finding("first_days", below=0.0), 0.5)
GAP = drawn.finding("missing")
COOLED = drawn.finding(
    "state", terms={"state": "healthy advance", "turn": "no longer", "before": "overheated advance"},
    momentum=64.0, heat=52.0,
)  # fmt: skip


def plain(text: object) -> str:
    return str(text).replace("\u00a0", " ")


def test_a_headline_has_two_clauses_if_both_fit():
    assert plain(headline((TURNOVER, STAR), drawn.WEEK, ENGLISH)) == (
        "Turnover of 17.1 trillion yuan, a weekly record; STAR 50 jumps 9.8%, most since Oct 2024"
    )
    assert plain(headline((STAR, TURNOVER), drawn.WEEK, CHINESE)) == (
        "科创50周大涨9.8%，为2024年10月以来最大，周成交额17.13万亿元"
    )


def test_a_headline_of_one_finding_and_of_none():
    assert plain(headline((AXES,), drawn.WEEK, ENGLISH)) == "Heat 59, just below the line of 60"
    assert not headline((), drawn.WEEK, ENGLISH)


@pytest.mark.parametrize("hot", [drawn.finding("rsi_zone", drawn.SINCE), TURNOVER])
@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_not_hot_never_stands_beside_an_overbought_reading_or_a_record(hot, language):
    said = front(Summary((hot, COOLED), (COOLED, AXES), ()), drawn.WEEK, language)
    assert not any(word in str(said.headline) + str(said.lede) for word in language.cool)
    assert "52" in str(said.headline), "the score stands for the word"
    below = front(Summary((drawn.finding("quiet"), COOLED), (hot, AXES), ()), drawn.WEEK, language)
    assert not any(word in str(below.headline) for word in language.cool), "nor above it"
    small = drawn.finding("index_change", change=-0.055)
    beside = plain(headline((small, COOLED), drawn.WEEK, language))
    assert any(word in beside for word in language.cool)


def test_a_lede_tells_what_fits_the_axes_and_what_is_missing():
    said = plain(lede((MARGIN, BREADTH, LISTINGS, GAP, AXES), drawn.WEEK, ENGLISH))
    assert said.count(". ") == 3
    assert said.startswith("Margin loans rose by 98.1 billion yuan")
    assert "93.6% of 995" in said
    assert "listings" not in said, "the least surprising is left out"
    assert "Momentum 81 of 100" in said
    assert "heat 59" in said
    assert said.endswith("Margin loans: nothing received after 8 Jan.")


def test_several_gaps_are_one_sentence():
    other = drawn.finding("missing", terms={"what": "ipo_hk"}, entity="ipo_hk", without=("last",))
    said = plain(lede((AXES, GAP, other), drawn.WEEK, ENGLISH))
    assert said.endswith("Not received: margin loans (last 8 Jan), Hong Kong listings.")
    said = plain(lede((AXES, GAP, other), drawn.WEEK, CHINESE))
    assert said.endswith("融资余额（最近1月8日）、港股新股未取得。")


def test_the_state_is_told_once_and_the_scores_once():
    state = drawn.finding("state", heat=63.0)
    with_axes = plain(lede((state, AXES), drawn.WEEK, ENGLISH))
    assert with_axes.startswith("The advance is still overheated, week 3. Momentum 81")
    told = front(Summary((STAR, state), (state, AXES), ()), drawn.WEEK, ENGLISH)
    assert "overheated" in str(told.headline)
    assert "overheated" not in str(told.lede)
    near = front(Summary((STAR, AXES), (AXES,), ()), drawn.WEEK, ENGLISH)
    assert "heat 59" in str(near.headline)
    assert "Momentum 81" in str(near.lede), "both axes are always told"


def test_both_axes_are_told_where_the_headline_alone_has_them():
    told = front(Summary((STAR, AXES), (MARGIN, GAP), ()), drawn.WEEK, ENGLISH)
    assert "Momentum 81 of 100" in str(told.lede)
    assert plain(told.lede).endswith("Margin loans: nothing received after 8 Jan.")


def test_the_axes_are_told_more_briefly_before_a_finding_is_left_out():
    said = plain(lede((MARGIN, BREADTH, LISTINGS, AXES), drawn.WEEK, ENGLISH))
    assert said.count(". ") == 3
    assert said.endswith("Momentum 81 of 100 (+4); heat 59 (−2), just below the line of 60.")
    few = plain(lede((MARGIN, AXES), drawn.WEEK, ENGLISH))
    assert few.endswith("the hottest block is technical.")


def test_without_a_finding_the_state_is_the_headline():
    state = drawn.finding("state", heat=63.0)
    told = front(Summary((), (state, AXES), ()), drawn.WEEK, ENGLISH)
    assert plain(told.headline) == "The advance is still overheated"


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_fits_where_it_may_stand(kind, language):
    for finding in drawn.by_strength(kind).values():
        told = sentence(finding, drawn.WEEK, language)
        assert language.measure(told) <= language.lengths.finding, str(told)
        top = headline((finding, STAR), drawn.WEEK, language)
        assert language.measure(top) <= language.lengths.headline, str(top)
        for issue in ("2026-W03", "2026-01-13"):
            title = subject(finding, drawn.WEEK, language, issue)
            assert language.measure(title) <= language.lengths.subject, str(title)


ANNOUNCED = [drawn.finding("policy_event", entity=f"event {n}") for n in range(6)]


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_the_list_keeps_room_for_what_is_due(language):
    star = drawn.finding("index_change", change=0.026)
    told = front(Summary((TURNOVER,), (AXES,), (*ANNOUNCED, star), (star,)), drawn.WEEK, language)
    lines = sum(ceil(language.measure(one) / language.lengths.line) for one in told.findings)

    assert lines <= LINES
    assert len(told.findings) <= LISTED
    assert str(sentence(star, drawn.WEEK, language)) == str(told.findings[-1])
    assert len(told.findings) + len(told.further) == len(ANNOUNCED) + 1


def test_what_is_due_is_not_listed_where_headline_or_lede_tell_it():
    for said in (
        Summary((STAR,), (AXES,), (), (STAR,)),
        Summary((TURNOVER,), (STAR,), (), (STAR,)),
    ):
        assert front(said, drawn.WEEK, ENGLISH).findings == ()


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_span_is_not_listed_after_its_day_that_tells_it(language):
    day = drawn.finding("index_day", change=0.037, span_change=0.044)
    span = drawn.finding("index_change", change=0.044)
    both = front(Summary((AXES,), (AXES,), (day, span)), drawn.WEEK, language)
    assert both.listed == (day,)
    due = front(Summary((AXES,), (AXES,), (day,), (span,)), drawn.WEEK, language)
    assert due.listed == (day,), "its day stands for it"
    assert "4.4%" in str(both.findings[0])
    short = drawn.finding("index_day", without=("span_change",), change=0.037)
    apart = front(Summary((AXES,), (AXES,), (short, span)), drawn.WEEK, language)
    assert apart.listed == (short, span)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_the_turnover_rate_of_a_day_is_told_once_in_a_lede(language):
    total = drawn.finding("turnover_total", drawn.RECORD, rate=0.044, rate_rank=99.0)
    high = drawn.finding("turnover_high", drawn.RECORD, rate=0.044, rate_rank=99.0)
    said = str(lede((total, high, AXES), drawn.WEEK, language))
    assert said.count("4.4%") == 1


def test_what_the_headline_has_no_room_for_leads_the_lede():
    title = "rules on " + "programme trading and " * 3 + "others"
    rules = surprising(drawn.finding("policy_event", terms={"title_en": title}), 3.0)
    told = front(Summary((STAR, rules), (MARGIN, AXES), ()), drawn.WEEK, ENGLISH)
    assert "rules" not in str(told.headline)
    assert plain(told.lede).startswith("SSE, SZSE and BSE on 14 Jan")


every = st.sampled_from(
    [surprising(one, place / 10) for kind in KINDS if kind not in {"axes", "axis"}
     for place, one in enumerate(drawn.by_strength(kind).values())]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(every, max_size=8, unique_by=id), st.sampled_from(list(LANGUAGES.values())))
def test_a_lede_keeps_its_lengths_whatever_is_told(others, language):
    said = lede((*others, AXES), drawn.WEEK, language)
    text = plain(said)
    partial = sum(one.kind == "partial_axis" for one in others)
    ends = len(re.findall(r"\.(?: |$)|。", text))
    assert ends <= 4 or partial
    assert language.measure(said) <= language.lengths.lede or partial
    assert ("结构动能81分" if language is CHINESE else "omentum 81 of 100") in text
    for one in re.split(r"(?<=\.) (?=\S)", text):
        assert language is CHINESE or not one[:1].isdecimal(), text


@pytest.mark.parametrize(
    ("issue", "english", "chinese"),
    [("2026-W03", "2026-W03", "2026年第3周"), ("2026-01-13", "13 Jan 2026", "2026年1月13日")],
)
def test_an_issue_is_called_by_its_week_or_by_its_day(issue, english, chinese):
    assert plain(issue_label(issue, ENGLISH)) == english
    assert issue_label(issue, CHINESE) == chinese


def test_the_subject_of_the_mail():
    told = subject(STAR, drawn.WEEK, ENGLISH, "2026-W03")
    assert plain(told) == "STAR 50 jumps 9.8% in the week, most since Oct 2024 | 2026-W03"
    told = subject(STAR, drawn.WEEK, ENGLISH, "2026-W03", simulated=True)
    assert plain(told).startswith("SIMULATED: STAR 50 jumps 9.8%")
    assert len(plain(told)) <= 70
    told = subject(STAR, drawn.WEEK, CHINESE, "2026-W03")
    assert plain(told) == "科创50周大涨9.8%，为2024年10月以来最大｜2026年第3周"
