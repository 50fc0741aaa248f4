"""Page 1: one page whatever there is to say, true in every part, the same facts in the mail."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from matplotlib.figure import Figure
from pypdf import PdfReader

from templates import canvas, publication, render
from templates.page import Entries, Findings, FrontPage
from templates.sections import verdict
from templates.sections.verdict import chart, chinese, english, facts
from templates.sections.verdict.facts import Mark, Place, Position, Reach, Reading
from templates.wording.page_words import Crossing
from templates.wording.speller import SPELLERS
from tests.drawn import findings as drawn
from tests.templates.fitting import misfits
from transforms.ahead.entry import Certainty, Entry, Kind
from transforms.facts import Fact, FactBook

DAY = drawn.AS_OF
BOTH = ("en", "zh")
WORDS = {"en": english, "zh": chinese}
LONG = "A rule on the disclosure of holdings above five per cent, for all boards, new accounts only"


def fact(metric: str, value: float, unit: str = "score 0-100", **extra: object) -> Fact:
    return Fact(
        fact_id=f"{metric}/CN/{DAY}", metric=metric, entity="CN", observation_date=DAY, value=value,
        unit=unit, known_at=datetime(2026, 1, 16), n_obs=1000, sources=("drawn",), query="",
        first_observation=date(2012, 9, 27), **extra,
    )  # fmt: skip


def entry(day: date, title: str = LONG, kind: Kind = Kind.STATISTICS, **extra: object) -> Entry:
    return Entry(day, kind, title, title, "未来两周的一项日程安排与数据公布", "drawn", **extra)


def speller(code: str, issue=None):
    if issue is not None:
        return render.speller_of(issue, code)
    return SPELLERS[code](as_of=DAY, span=drawn.WEEK.span, names=drawn.NAMES)


def crowded(issue):
    """An issue with more findings, events and days ahead than page 1 has room for."""
    told = [drawn.finding(kind, drawn.RECORD) for kind in drawn.KINDS if kind != "quiet"]
    events = [
        drawn.finding("policy_event", drawn.NOTABLE, entity=f"event-{n}", terms={"title_en": LONG})
        for n in range(9)
    ]
    days = [drawn.AS_OF + timedelta(days=1 + n % 12) for n in range(20)]
    ahead = tuple(entry(day, until=day + timedelta(days=3), beijing_time="09:30") for day in days)
    return replace(issue, findings=(*told, *events), span=drawn.WEEK.span, ahead=ahead,
                   facts=FactBook([*issue.facts]))  # fmt: skip


@pytest.mark.parametrize("code", BOTH)
@pytest.mark.parametrize("mood", ["rising", "falling", "standing", "thin", "empty", "crowded"])
def test_page_one_is_exactly_one_page(mood, code, issues, monkeypatch):
    issue = crowded(issues["rising"]) if mood == "crowded" else issues[mood]
    monkeypatch.setattr(publication, "SECTIONS", (verdict,))

    pages = PdfReader(io.BytesIO(render.pdf(render.html(issue, code), issue.as_of))).pages

    assert len(pages) == 1
    assert float(pages[0].mediabox.height) == pytest.approx(841.9, abs=0.1)


@pytest.mark.parametrize("code", BOTH)
def test_lists_keep_to_their_room_and_tell_the_same_in_both_languages(code, issues):
    issue = crowded(issues["rising"])
    page = verdict.build(issue, speller(code, issue))
    lists = [b for row in page.rows for b in row.blocks if isinstance(b, Entries)]
    told = next(b for row in page.rows for b in row.blocks if isinstance(b, Findings))

    assert isinstance(page, FrontPage)
    assert 1 <= len(told.items) <= 5
    assert all(1 <= len(one.items) <= 4 for one in lists)
    assert not any("minimum margin ratio" in str(one.text) for one in told.items)


def test_of_many_dates_those_come_first_that_move_all_shares():
    days = [DAY + timedelta(days=n) for n in (1, 2, 3, 4)]
    kinds = [Kind.EXPIRY, Kind.EXPIRY, Kind.EXPIRY, Kind.POLICY]
    entries = tuple(entry(day, kind=kind) for day, kind in zip(days, kinds, strict=True))

    kept = facts.ahead(SimpleNamespace(ahead=entries))

    assert [one.kind for one in kept] == [Kind.EXPIRY, Kind.POLICY]
    assert [one.day for one in kept] == [days[0], days[3]]


def test_a_day_ahead_says_its_hour_its_latest_day_and_that_it_is_expected():
    one = entry(DAY + timedelta(days=3), "Industrial profits", until=date(2026, 1, 23),
                beijing_time="09:30")  # fmt: skip
    sure = replace(one, certainty=Certainty.ANNOUNCED, until=None, beijing_time="02:00+1")

    assert said("en", english.ahead([one], speller("en"))) == (
        "Industrial profits, 09:30, by Fri 23 (expected)"
    )
    assert said("en", english.ahead([sure], speller("en"))) == (
        "Industrial profits, 02:00 the next day"
    )
    assert said("zh", chinese.ahead([one], speller("zh"))).endswith(
        "，09:30，最迟23日 周五（预计）"
    )


def said(code: str, text: object) -> str:
    return str(text).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("percentile", "in_english", "in_chinese"),
    [
        (99.95, "highest since 2012", "2012年以来最高"),
        (0.05, "lowest since 2012", "2012年以来最低"),
        (99.85, "99th pct since 2012", "2012年以来99%分位"),
        (82.4, "82nd pct since 2012", "2012年以来82%分位"),
    ],
)
def test_a_tile_says_highest_only_of_the_highest(percentile, in_english, in_chinese):
    """The percentile of the highest of 1000 values is 99.95, that of the second 99.85."""
    one = Reading(Place("rsi", "rsi_14", "CN"), fact("rsi_14", 65.6, percentile=percentile), None,
                  facts.History([], []), in_week=True)  # fmt: skip

    assert str(english.rank(one, speller("en"))) == in_english
    assert str(chinese.rank(one, speller("zh"))) == in_chinese


@pytest.mark.parametrize(
    ("rare", "in_english", "in_chinese"),
    [
        (drawn.RECORD, "record", "第一位"),
        (drawn.NOTABLE, "93rd pct", "93%分位"),
        (replace(drawn.NOTABLE, low=True), "7th pct", "7%分位"),
        (drawn.rarity(None), "", ""),
    ],
)
def test_the_column_of_rarity(rare, in_english, in_chinese):
    found = drawn.finding("index_change", rare)

    assert str(english.rarity(found, "change", speller("en"))[0]) == in_english
    assert str(chinese.rarity(found, "change", speller("zh"))[0]) == in_chinese


def test_a_flip_is_not_ranked_by_a_number_that_it_prints():
    assert facts.role(drawn.finding("breadth_flip", drawn.NOTABLE)) is None
    assert facts.role(drawn.finding("index_change", drawn.NOTABLE)) == "change"
    assert facts.role(drawn.finding("turnover_total", drawn.NOTABLE)) == "total"


@pytest.mark.parametrize(
    ("value", "unit", "line", "away"),
    [(59.73, "score 0-100", 55, 5.0), (0.92814, "fraction", 0.5, 42.8), (65.61, "index 0-100", 70, 4.4)],
)  # fmt: skip
def test_the_way_to_a_line_is_that_of_the_printed_value(value, unit, line, away):
    assert verdict.distance(value, line, unit) == pytest.approx(away)


@pytest.mark.parametrize("code", BOTH)
def test_a_line_says_from_which_side_it_is_crossed(code):
    crossing = Crossing(
        "cooler", fact("overheating", 60.0), rises=False, line=55.0, ref="rule/heat"
    )
    number = verdict.Number("55", "rule/heat")

    told = str(WORDS[code].crossed(crossing, number))
    assert told in {"cooler < 55", "降温<55"}
    assert "≥" in str(WORDS[code].crossed(replace(crossing, rises=True), number))


def place(momentum: Reach, heat: Reach, state: str | None = None) -> Position:
    axes = [
        facts.Axis(side, DAY, None if reach.partial else fact(side, reach.value, coverage=0.9),
                   (fact(f"{side}_low", reach.low, coverage=0.6), fact(f"{side}_high", reach.high))
                   if reach.partial else None, None, (), None)
        for side, reach in (("momentum", momentum), ("heat", heat))
    ]  # fmt: skip
    return Position(axes[0], axes[1], state, None, DAY, (Mark(DAY, momentum, heat),))


KNOWN, PART = Reach(79.3, 79.3, 79.3), Reach(51.0, 34.0, 68.4)


def test_a_partial_axis_is_a_range_in_title_and_label():
    where = place(KNOWN, PART)

    assert where.partial
    assert str(english.map_title(None, where, speller("en"))) == (
        "Heat in part only: between 34 and 68"
    )
    assert str(chinese.map_title(None, where, speller("zh"))) == "过热仅有部分数据：34～68分"
    assert "heat 34–68" in [str(one) for one in english.point(where, speller("en"))]
    assert "Hollow" in str(english.map_note(where, speller("en")))


def test_a_known_state_is_the_title_of_the_map():
    where = place(KNOWN, Reach(62.0, 62.0, 62.0), "overheated advance")
    since = replace(where, since=date(2026, 1, 12))

    assert said("en", english.map_title(None, since, speller("en"))) == (
        "Overheated advance since 12 Jan"
    )
    assert str(chinese.map_title(None, since, speller("zh"))) == "1月12日以来“上涨且过热”"
    assert not where.partial


SCATTER = {
    "known": [Mark(DAY, Reach(m, m, m), Reach(h, h, h))
              for m, h in ((75, 62), (77, 64), (64, 52), (70, 50), (73, 47), (81, 59), (79, 60))],
    "part": [Mark(DAY, Reach(m, m, m), Reach(h, h - 18, h + 18))
             for m, h in ((22, 35), (24, 36), (40, 33), (49, 46), (59, 51))],
    "corner": [Mark(DAY, Reach(m, m, m), Reach(h, h, h)) for m, h in ((97, 99), (99, 100))],
    "one": [Mark(DAY, Reach(50, 20, 80), Reach(38, 0, 75))],
}  # fmt: skip


@pytest.mark.parametrize("code", BOTH)
@pytest.mark.parametrize("height", [verdict.LOW, verdict.TALL])
@pytest.mark.parametrize("marks", SCATTER.values(), ids=SCATTER.keys())
def test_no_words_of_the_map_overlap_or_are_cut(marks, height, code, monkeypatch):
    figures: list[Figure] = []
    monkeypatch.setattr(chart, "svg_of", lambda one: figures.append(one) or canvas.svg_of(one))
    words = WORDS[code]
    last = (
        ("16 Jan", "momentum 79", "heat 34–69") if code == "en" else ("1月16日", "动能79", "过热60")
    )
    others = [(0, "24 Oct"), (len(marks) // 2, "21 Nov")] if len(marks) > 2 else []
    told = chart.Words(words.ACROSS, words.UP, words.BY_ZONE, words.LINE, last, others)

    chart.position_map(marks, (), told, lines=(45, 55, 60), hollow=False, heat="#a8431f",
                       height=height)  # fmt: skip

    assert [misfit for one in figures for misfit in misfits(one)] == []


@pytest.mark.parametrize("code", BOTH)
def test_a_headline_of_two_clauses_is_broken_between_them(code):
    two = {"en": "Turnover at a weekly record; minimum margin ratio raised from 80% to 100%",
           "zh": "周成交额17.13万亿元创新高，融资保证金最低比例由80%提高到100%"}[code]  # fmt: skip
    first, second = str(verdict._in_lines(verdict.say(two), speller(code))).split("\n")

    assert first[-1] in ";，"
    assert second
    assert "\n" not in str(verdict._in_lines(verdict.say(two[:20]), speller(code)))


def test_a_headline_whose_first_clause_may_be_wider_than_a_line_is_left_to_the_page():
    wide = verdict.say(
        "STAR 50 jumps 9.8% in the week, most since Aug 2025; heat 59, just below the line of 60"
    )
    assert "\n" not in str(verdict._in_lines(wide, speller("en")))


def test_of_several_marks_the_one_that_halves_the_headline_breaks_it():
    three = verdict.say(
        "科创50周大涨{x}，为2025年8月以来最大，过热略低于分界线60分", x=verdict.Number("9.8%", "x")
    )
    broken = str(verdict._in_lines(three, speller("zh")))
    assert broken == "科创50周大涨9.8%，为2025年8月以来最大，\n过热略低于分界线60分"


@pytest.mark.parametrize("mood", ["rising", "falling", "standing", "thin", "empty"])
def test_the_mail_says_what_page_one_says_in_either_language(mood, issues):
    for code in BOTH:
        issue = issues[mood]
        page, letter = verdict.build(issue, speller(code, issue)), render.mail(issue, code)

        assert str(page.headline).replace("\n", " " if code == "en" else "") in letter.text
        assert str(page.lede) in letter.text
        assert letter.subject
    assert "中国科技股行情周报" in render.mail(issues[mood], "zh").html


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "lock-up ends: Mirxes, Heng Rui"), ("zh", "lock-up ends: Mirxes、恒瑞")],
)
def test_every_company_of_a_title_bears_its_short_name(language, told) -> None:
    short = {"1.HK": "Mirxes", "2.HK": {"en": "Heng Rui", "zh": "恒瑞"}[language], "3.HK": "no"}
    names = {"1.HK": "Mirxes Holding Company Limited - B", "2.HK": "恆瑞醫藥", "3.HK": "恆瑞醫"}
    s = SimpleNamespace(names=names, company=short.__getitem__)
    between = "、" if language == "zh" else ", "

    title = f"lock-up ends: {names['1.HK']}{between}{names['2.HK']}"

    assert facts.named(title, s) == told


@pytest.mark.parametrize(
    ("limits", "ends"),
    [((-0.5, 1.5), [0.0, 1.5]), ((-0.3, 0.1), [0.0, -0.3]), ((-0.2, 0.2), [0.0])],
)
def test_names_at_the_ends_of_a_scale_do_not_touch(limits, ends) -> None:
    assert verdict._round_ends(limits) == ends
