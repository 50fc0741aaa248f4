"""Scenarios claim no more than their record, and say where they know too little."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

import polars as pl
import pytest
from matplotlib.figure import Figure as Drawing

from templates import canvas, render
from templates.issue_view import History
from templates.page import Absent, Entries, Figure, Missing, Table
from templates.sections import scenarios
from templates.sections.scenarios import chart, chinese, english
from templates.sections.scenarios.facts import (
    After,
    Chance,
    Event,
    Explosive,
    Growth,
    Outlook,
    Reading,
    Record,
    Scored,
    Trigger,
    followed,
)
from templates.wording.speller import SPELLERS
from tests.templates.fitting import misfits
from transforms.axes.regimes import quadrants
from transforms.facts import Fact, FactBook
from transforms.issue.issue import Issue
from transforms.outlook.scenarios import HEADLINE, HORIZONS, OUTCOMES
from transforms.prepared.indices import CSI_300

DAY = date(2026, 1, 13)
ENGLISH, CHINESE = (SPELLERS[code](as_of=DAY) for code in ("en", "zh"))


def fact(value: float, unit: str = "fraction", metric: str = "m", **more) -> Fact:
    return Fact(
        fact_id=f"{metric}/CN/{DAY}", metric=metric, entity="CN", observation_date=DAY,
        value=value, unit=unit, known_at=datetime(2026, 1, 13), n_obs=600,
        first_observation=date(2020, 1, 2), sources=("drawn",), query="", **more,
    )  # fmt: skip


def blocks(issue: Issue, code: str = "en") -> list:
    content = scenarios.build(issue, render.speller_of(issue, code))
    return [block for row in content.rows for block in row.blocks]


def titled(issue: Issue, start: str) -> Table:
    return next(
        b for b in blocks(issue) if not isinstance(b, Absent) and str(b.title).startswith(start)
    )


def chance(outcome: str = "continuation", value: float = 0.4) -> Chance:
    one = fact(value, "probability")
    return Chance(outcome, one, one, one, one)


def ahead(outcome: str = "continuation", *, informed: bool = False, tied: bool = False) -> Outlook:
    return Outlook((), chance(outcome), 60, informed, tied, ((60, fact(24, "count")),))


@pytest.mark.parametrize(
    ("one", "said", "told"),
    [
        (ahead(), "No better than the base rate: STAR 50 higher in 60 sessions with no 10% fall, 40%",
         "情景未优于基准：60个交易日后科创50上涨且未回撤10%占40%"),
        (ahead("bust"),
         "No better than the base rate: STAR 50 down 20% or more at some close in 60 sessions, 40%",
         "情景未优于基准：60个交易日后科创50回撤20%以上占40%"),
        (ahead(informed=True), "Most frequent: STAR 50 higher in 60 sessions with no 10% fall, 40%",
         "60个交易日后科创50上涨且未回撤10%占40%"),
        (ahead(informed=True, tied=True),
         "As frequent as any: STAR 50 higher in 60 sessions with no 10% fall, 40%",
         "60个交易日后科创50上涨且未回撤10%占40%"),
    ],
)  # fmt: skip
def test_it_is_said_plainly_that_nothing_beats_the_base_rate(one, said, told):
    assert str(english.headline(one, None, ENGLISH)) == said
    assert str(chinese.headline(one, None, CHINESE)) == told


def test_the_title_of_the_outcomes_is_of_the_past_where_the_base_rate_is_printed():
    assert str(english.outlook_title(ahead(), ENGLISH)) == (
        "STAR 50: 40% of past spans of 60 sessions ended higher with no 10% fall"
    )
    assert (
        str(chinese.outlook_title(ahead(), CHINESE))
        == "科创50历史上40%的60个交易日区间上涨且未回撤10%"
    )
    assert "most frequent" in str(english.outlook_title(ahead(informed=True), ENGLISH)).lower()
    assert str(chinese.outlook_title(ahead(informed=True), CHINESE)).endswith("，居首")
    assert "base rate itself" in str(english.outlook_note(ahead(), ENGLISH))


@pytest.mark.parametrize("mood", ["rising", "falling"])
def test_what_is_printed_adds_up_to_a_hundred(mood, issues):
    """Those that are no bounds, of the index that leads and of CSI 300."""
    for horizon, entity in product(HORIZONS, (HEADLINE, CSI_300)):
        said = [issues[mood].facts.latest(f"{t}_{horizon}d", entity) for t in OUTCOMES]
        exact = [one.value for one in said if one.unit == "probability"]
        assert sum(exact) == pytest.approx(1.0)


def test_nothing_is_printed_as_certain_or_as_impossible(issues):
    table = next(
        b
        for b in blocks(issues["rising"])
        if isinstance(b, Table) and "fall of 10%" in str(b.title)
    )
    shown = {str(cell) for row in table.rows for cell in row.cells[1:]}

    assert "<5%" in shown
    assert not {"0%", "100%"} & shown


def with_skill(issue: Issue, skill: float, p_adjusted: float) -> Issue:
    """The issue as if its published forecasts had had this skill over 60 sessions."""
    name = "hindcast_published_skill_60d"
    facts = [replace(f, value=skill) if f.metric == name else f for f in issue.facts]
    published = (pl.col("estimator") == "published") & (pl.col("horizon") == 60)
    record = issue.outlook.record.with_columns(
        p_adjusted=pl.when(published).then(p_adjusted).otherwise("p_adjusted")
    )
    return replace(issue, facts=FactBook(facts), outlook=issue.outlook._replace(record=record))


def test_a_skill_within_chance_is_not_called_one(issues):
    table = titled(with_skill(issues["rising"], 0.03, 0.6), "Tested on the past: no better")

    assert "+3.0%" in [str(row.cells[5]) for row in table.rows]


def test_a_skill_beyond_chance_is_named_with_its_index_and_horizon(issues):
    lucky = with_skill(issues["rising"], 0.2, 0.01)

    assert titled(lucky, "Tested: better than the base rate for STAR 50 over 60 sessions")


def scored(skill: float) -> Scored:
    return Scored(
        HEADLINE, 60, fact(14), fact(0.7), fact(0.7), fact(skill), None, None, beyond_chance=False
    )


@pytest.mark.parametrize(
    ("skills", "said", "told"),
    [
        ((0.0, 0.0), "Tested on the past: no way of forecasting beat the base rate",
         "历史检验：各种预测方法均未优于基准概率"),
        ((-0.04, -0.01), "Tested on the past: worse than the base rate", "历史检验：劣于基准概率"),
        ((-0.04, 0.02), "Tested on the past: no better than the base rate",
         "历史检验：未优于基准概率"),
    ],
)  # fmt: skip
def test_a_record_is_worse_only_where_none_is_as_good(skills, said, told):
    made = Record(tuple(map(scored, skills)), ())

    assert str(english.record_title(made, ENGLISH)) == said
    assert str(chinese.record_title(made, CHINESE)) == told


def after(cases: int, median: float | None) -> After:
    return After(fact(cases, "count"), None if median is None else fact(median), fact(-0.001))


def test_a_median_is_told_from_eight_cases_on_and_names_its_index():
    few = Reading("state", "undecided", HEADLINE, (after(7, None),) * 3)
    many = Reading("state", "undecided", CSI_300, (after(13, 0.052),) * 3)

    assert str(english.readings_title((few, many), ENGLISH)) == (
        "CSI 300 after 13 such states: 60-session median +5.2% (any day \N{MINUS SIGN}0.1%)"
    )
    assert str(chinese.readings_title((few, many), CHINESE)) == (
        "13次同类状态后60个交易日沪深300中位数+5.2%（基准−0.1%）"
    )
    assert "Too few" in str(english.readings_title((few,), ENGLISH))
    assert str(chinese.readings_title((few,), CHINESE)) == "同类情形样本不足，不作汇总"
    assert isinstance([*scenarios._after(few.by_horizon[1], english, ENGLISH)][1], Missing)


def test_a_line_is_a_sentence_with_its_direction():
    cools = Trigger(
        "overheating", fact(60, "score 0-100"), fact(55, "score 0-100"), "cools", below=True
    )
    begins = replace(cools, metric="structural_momentum", effect="advance begins", below=False)

    assert str(english.trigger(cools, ENGLISH)) == "Heat under 55, now 60: no longer hot"
    assert (
        str(english.trigger(begins, ENGLISH))
        == "Structural momentum at or above 55, now 60: an advance"
    )
    assert str(chinese.trigger(cools, CHINESE)) == "过热跌破55则不再过热，现60"
    assert (
        str(chinese.trigger(begins, replace(CHINESE, stale=True)))
        == "结构动能升至55则转为上涨，当时60"
    )


@pytest.mark.parametrize(
    ("p", "said", "told"),
    [
        (0.705, "No explosive growth is found: smallest p 0.705", "未检出爆炸性上涨，p值最小0.705"),
        (
            0.012,
            "The price of STAR 50 grows explosively (p = 0.012)",
            "科创50检出爆炸性上涨（p=0.012）",
        ),
    ],
)
def test_growth_is_explosive_only_where_chance_is_ruled_out(p, said, told):
    one = Growth(HEADLINE, fact(p, "p value"), None, None, None, None)
    found = Explosive(
        (replace(one, index=CSI_300, p=fact(0.9, "p value")), one), History([], []), ()
    )

    assert str(english.tests_title(found, ENGLISH)) == said
    assert str(chinese.tests_title(found, CHINESE)) == told


def test_base_rates_stand_beside_events_only_where_they_differ(issues):
    same = Event("fall_10", ((fact(0.5, "probability"), fact(0.5, "probability")),) * 3)
    more = Event("fall_10", ((fact(0.6, "probability"), fact(0.5, "probability")),) * 3)
    plain, beside = (
        scenarios._events(issues["rising"], (one,), english, ENGLISH) for one in (same, more)
    )

    assert (len(plain.columns), len(beside.columns)) == (4, 7)


def test_the_matrix_counts_each_finished_week_of_the_axes_once(issues):
    found = followed(issues["rising"])
    days = quadrants(issues["rising"].series)["observation_date"]
    weeks = days.filter(days < DAY - timedelta(days=DAY.weekday())).dt.truncate("1w").n_unique()

    assert sum(fact.value for row in found for fact in row.then if fact) == weeks - 1
    assert titled(issues["rising"], "State of the week after")


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_short_past_has_no_scenario_and_the_page_says_so(code, issues):
    empty = blocks(issues["empty"], code)

    assert all(isinstance(one, Absent) for one in empty)
    assert len(empty) == len(english.BLOCKS) == len(chinese.BLOCKS)
    assert not [
        one
        for one in blocks(issues["thin"], code)
        if isinstance(one, Figure | Entries) and not one.title
    ]


@pytest.mark.parametrize("mood", ["rising", "falling", "standing"])
@pytest.mark.parametrize("code", ["en", "zh"])
def test_no_words_of_its_own_figures_overlap(code, mood, issues, monkeypatch):
    drawn: list[Drawing] = []

    def kept(figure: Drawing) -> str:
        drawn.append(figure)
        return canvas.svg_of(figure)

    monkeypatch.setattr(chart, "svg_of", kept)
    blocks(issues[mood], code)

    assert drawn
    assert [misfit for figure in drawn for misfit in misfits(figure)] == []


def test_bars_of_all_horizons_have_one_scale():
    ones = [chart.Probability(0.5, 0.4, 0.8, 0.5, "50%")] * 4
    svg = chart.outcomes(
        [chart.Group("STAR 50", [ones] * 3)], ["a", "b", "c", "d"], ["x", "y", "z"]
    )

    assert svg.count("50%") >= 12
