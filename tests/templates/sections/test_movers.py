"""Run-ups and company notices: what may be said of a count, a theme and what followed warnings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from templates import render
from templates.issue_view import History
from templates.page import Absent, Figure, Table
from templates.sections import movers
from templates.sections.movers import chinese, english
from templates.sections.movers.facts import (
    Aftermath,
    Compared,
    Movers,
    Moves,
    Notices,
    RunUps,
    aftermath,
    notices,
    standing,
)
from templates.wording.language import LANGUAGES
from templates.wording.speller import SPELLERS
from transforms.facts import Fact, FactBook
from transforms.findings.span import Kind, Span

DAY = date(2026, 1, 16)
SPAN = Span(date(2026, 1, 9), tuple(date(2026, 1, d) for d in range(12, 17)), Kind.WEEK)
ENGLISH, CHINESE = (SPELLERS[code](as_of=DAY, span=SPAN) for code in ("en", "zh"))
NONE = Movers((), None, 0, 0, ())


def fact(value: float, unit: str = "count", metric: str = "m", entity: str = "all", **more) -> Fact:
    day = more.pop("day", DAY)
    return Fact(
        fact_id=f"{metric}/{entity}/{day}", metric=metric, entity=entity, observation_date=day,
        value=value, unit=unit, known_at=datetime(2026, 1, 16), n_obs=600,
        first_observation=date(2023, 1, 9), sources=("drawn",), query="", **more,
    )  # fmt: skip


def count(value: float, percentile: float | None = None) -> RunUps:
    past = History([DAY - timedelta(days=1), DAY], [1.0, value])
    return RunUps(fact(value, percentile=percentile), None, past)


def rule(percentile: float | None, n: int = 183) -> Moves:
    past = History([DAY - timedelta(days=1), DAY], [1.0, 37.0])
    return Moves(fact(37.3, n=n, percentile=percentile), past)


@pytest.mark.parametrize(
    ("percentile", "expected"),
    [(None, "unknown"), (95.0, "high"), (90.0, "high"), (50.0, "usual"), (10.0, "low")],
)
def test_a_count_is_news_by_its_own_history(percentile, expected):
    assert standing(percentile) == expected


@pytest.mark.parametrize(
    ("one", "moves", "said", "told"),
    [
        (count(21, 50.0), None, "Run-ups of 90% are no rarity (21 shares)",
         "较30日低点涨90%以上21只，属常态"),
        (count(45, 81.0), rule(97.3),
         "Run-ups of 90% are no rarity (45 shares); abnormal fluctuations are (97th percentile)",
         "较30日低点涨90%以上45只，属常态，异常波动处于97%分位"),
        (count(67, 96.0), rule(50.0), "As many as 67 shares stand 90% above their 30-session low",
         "较30日低点涨90%以上的个股多达67只"),
        (count(3, 7.0), None, "Only 3 shares stand 90% above their 30-session low",
         "较30日低点涨90%以上的个股仅3只"),
        (count(1, 7.0), None, "Only 1 share stands 90% above its 30-session low",
         "较30日低点涨90%以上的个股仅1只"),
        (count(0, 2.0), None, "No share stands 90% above its 30-session low",
         "无个股较30日低点涨90%以上"),
        (count(21), None, "Run-ups of 90% above the 30-session low: 21 shares",
         "较30日低点涨90%以上的个股21只"),
        (None, rule(97.3), "Abnormal fluctuations are at their 97th percentile",
         "异常波动处于97%分位"),
        (None, rule(50.0), "No run-up is known", "短期急涨数据未取得"),
    ],
)  # fmt: skip
def test_the_headline_is_in_proportion_to_the_history_of_the_count(one, moves, said, told):
    for words, s, expected in ((english, ENGLISH, said), (chinese, CHINESE, told)):
        headline = words.headline(one, moves, NONE, s)
        language = LANGUAGES[s.code]

        assert str(headline) == expected
        assert language.measure(headline) <= language.lengths.headline


def test_a_stale_count_is_told_as_past():
    stale = replace(ENGLISH, stale=True)

    assert str(english.headline(count(67, 96.0), None, NONE, stale)).startswith(
        "As many as 67 shares stood"
    )


def test_cases_by_the_rule_are_counted_and_none_is_said_as_none():
    assert str(english.moves_title(rule(97.3).fact, ENGLISH)) == (
        "183 abnormal fluctuations by the rule in five sessions, 97th percentile"
    )
    assert "1 abnormal fluctuation by" in str(english.moves_title(rule(None, 1).fact, ENGLISH))
    assert str(english.moves_title(rule(50.0, 0).fact, ENGLISH)).startswith("No share met")
    assert (
        str(chinese.moves_title(rule(50.0, 0).fact, CHINESE)) == "五个交易日无个股触及异常波动标准"
    )
    late = replace(rule(97.3).fact, observation_date=date(2026, 1, 15))
    assert "on 15\N{NO-BREAK SPACE}Jan" in str(english.moves_title(late, ENGLISH))
    assert str(chinese.moves_title(late, CHINESE)).startswith("截至1月15日")


def study(issue, warned: int, control: int):
    """The issue with a study of so many warnings and of so many shares beside them."""
    of = {"completed": warned, "placebo_completed": control, "pending": 2}
    shares = {"fell_20_share": 0.314, "placebo_fell_20_share": 0.24}
    facts = [
        *(fact(v, "count", f"company_warnings_{k}", "CN", n=v) for k, v in of.items()),
        *(fact(v, "fraction", f"company_warnings_{k}", "CN") for k, v in shares.items()),
    ]
    return replace(issue, facts=FactBook(facts))


def test_no_share_is_told_of_fewer_than_five_warnings(issues):
    assert aftermath(study(issues["rising"], 627, 588)) is not None
    assert aftermath(study(issues["rising"], 627, 4)) is None
    assert aftermath(study(issues["rising"], 4, 588)) is None


def test_what_followed_warnings_stands_beside_the_control_group_and_its_n(issues):
    after = aftermath(study(issues["rising"], 627, 588))
    said, told = english.aftermath_title(after, ENGLISH), chinese.aftermath_title(after, CHINESE)

    assert (
        str(said) == "After 627 warnings 31.4% fell 20% in 60 sessions; of those not warned, 24.0%"
    )
    assert str(told) == "627次公告后60个交易日内31.4%跌幅达20%，对照组24.0%"
    assert {n.ref for n in said.numbers} == {n.ref for n in told.numbers}
    content = movers.build(study(issues["rising"], 627, 588), ENGLISH)
    table = [b for row in content.rows for b in row.blocks if isinstance(b, Table)][-1]
    assert [str(cell) for cell in table.rows[0].cells] == ["n", "627", "588"]


def test_the_difference_is_told_with_its_interval():
    pair = Compared("fell_20_share", fact(0.3, "fraction"), fact(0.2, "fraction"))
    ends = (fact(-0.008, "fraction"), fact(-0.017, "fraction"), fact(0.003, "fraction"))
    one = Aftermath(fact(9, n=9), fact(9, n=9), fact(2), (pair,), ends, None)

    assert "\N{MINUS SIGN}0.8% (80% interval \N{MINUS SIGN}1.7% to +0.3%)" in str(
        english.aftermath_note(one, ENGLISH)
    )
    assert "−0.8%（80%区间−1.7%至+0.3%）" in str(chinese.aftermath_note(one, CHINESE))
    assert "interval" not in str(english.aftermath_note(replace(one, difference=None), ENGLISH))


def test_repeated_notices_are_those_of_the_span_and_few_notices_have_no_share(issues):
    old = fact(5, metric="notice_repeats_20d", entity="000547.SZ", day=date(2025, 5, 12))
    new = [
        fact(3, metric="notice_repeats_20d", entity="600118.SH", day=date(2026, 1, 13)),
        fact(4, metric="notice_repeats_20d", entity="688523.SH", day=date(2026, 1, 12)),
    ]
    share = fact(0.5, "fraction", "abnormal_notices_tech_share", "tech", n=4)
    issue = replace(
        issues["rising"], facts=FactBook([old, *new, share]), span=SPAN, as_of=DAY, findings=()
    )
    told = notices(issue)

    assert [one.entity for one in told.repeats] == ["688523.SH", "600118.SH"]
    assert told.technology is None
    assert not Notices(None, (), None)
    assert str(english.repeat(told.repeats[0], ENGLISH)).endswith(
        "(688523.SH): notice 4 in 20 sessions"
    )
    assert str(chinese.repeat(told.repeats[0], CHINESE)).endswith("：20个交易日内第4次公告")


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_largest_run_up_comes_first_and_a_theme_is_told_by_its_median(code, issues):
    issue = issues["rising"]
    content = movers.build(issue, render.speller_of(issue, code))
    tables = [b for row in content.rows for b in row.blocks if isinstance(b, Table)]
    codes = [row.cells[1] for row in tables[0].rows]
    heights = [issue.facts.latest("runup_30d", one).value for one in codes]

    assert heights == sorted(heights, reverse=True)
    assert (
        "中位数" in str(tables[0].title)
        or "median" in str(tables[0].title)
        or not movers.movers(issue).moves
    )


@pytest.mark.parametrize("code", ["en", "zh"])
def test_what_has_no_data_shrinks_to_a_line(code, issues):
    issue = issues["empty"]
    content = movers.build(issue, render.speller_of(issue, code))
    blocks = [block for row in content.rows for block in row.blocks]

    assert blocks
    assert all(isinstance(block, Absent) for block in blocks)
    assert len(blocks) == len(english.BLOCKS) == len(chinese.BLOCKS)


@pytest.mark.parametrize("code", ["en", "zh"])
def test_cases_are_headed_by_their_finding_and_no_course_is_drawn_twice(code, issues):
    """The courses of both counts are panels of leverage and flows."""
    issue = issues["rising"]
    content = movers.build(issue, render.speller_of(issue, code))
    blocks = [b for row in content.rows for b in row.blocks]
    title = {"en": english, "zh": chinese}[code].moves_title(
        movers.moves(issue).fact, render.speller_of(issue, code)
    )

    assert title in [one.title for one in blocks if isinstance(one, Table)]
    assert not any(isinstance(one, Figure) for one in blocks)
