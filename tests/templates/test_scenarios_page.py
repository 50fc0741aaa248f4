"""The page of scenarios claims no more than its record, and says where it knows too little."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from templates import render
from templates.sections import scenarios
from transforms.axes.regimes import quadrants
from transforms.facts import FactBook
from transforms.issue.issue import Issue
from transforms.outlook.backtest import Outlook
from transforms.outlook.scenarios import HORIZONS, OUTCOMES

AS_OF = date(2026, 1, 13)


def page(issue: Issue) -> str:
    """The section alone, out of the document."""
    document = render.html(issue)
    return document.partition(f'id="{scenarios.SLUG}"')[2].partition("</section>")[0]


def skill_printed(told: str) -> str:
    found = re.search(r'<data value="hindcast_published_skill_60d/[^"]*">([^<]*)<', told)
    return found[1].strip() if found else ""


def with_skill(issue: Issue, skill: float, p_adjusted: float) -> Issue:
    """The issue as if its published forecasts had had this skill over 60 sessions."""
    name = "hindcast_published_skill_60d"
    facts = [replace(f, value=skill) if f.metric == name else f for f in issue.facts]
    published = (pl.col("estimator") == "published") & (pl.col("horizon") == 60)
    record = issue.outlook.record.with_columns(
        p_adjusted=pl.when(published).then(p_adjusted).otherwise("p_adjusted")
    )
    seen = Outlook(issue.outlook.scenarios, record, issue.outlook.reliability)
    return replace(issue, facts=FactBook(facts), outlook=seen)


@pytest.mark.parametrize("mood", ["rising", "falling"])
def test_what_is_printed_adds_up_to_a_hundred(mood, issues):
    for horizon in HORIZONS:
        said = [issues[mood].facts.latest(f"{t}_{horizon}d", "000300.SH").value for t in OUTCOMES]
        assert sum(said) == pytest.approx(1.0)


def test_a_skill_within_chance_is_not_called_one(issues):
    lucky = page(with_skill(issues["rising"], 0.03, 0.6))

    assert "no better than the base rate" in lucky
    assert skill_printed(lucky) == "+3.0%"


def test_a_skill_beyond_chance_is_named_with_its_horizon(issues):
    assert "better than the base rate over 60 sessions" in page(
        with_skill(issues["rising"], 0.2, 0.01)
    )


def test_a_negative_skill_is_printed(issues):
    worse = page(with_skill(issues["rising"], -0.04, 0.01))

    assert skill_printed(worse) == "\N{MINUS SIGN}4.0%"
    assert "no better than the base rate" in worse


def test_the_matrix_counts_each_finished_week_of_the_axes_once(issues):
    found = scenarios.build(issues["rising"]).followed
    days = quadrants(issues["rising"].series)["observation_date"]
    weeks = days.filter(days < AS_OF - timedelta(days=AS_OF.weekday())).dt.truncate("1w").n_unique()

    assert sum(fact.value for row in found for fact in row.then if fact) == weeks - 1
    assert "State of the week after" in page(issues["rising"])


def test_too_few_analogues_are_said_to_be_too_few(issues):
    assert "insufficient analogues" in page(issues["rising"]).lower()


@pytest.mark.parametrize("mood", ["thin", "empty"])
def test_a_short_past_has_no_scenario_and_the_page_says_so(mood, issues):
    told = page(issues[mood])

    assert "Scenarios: no value is known" in told
    assert "The record of such forecasts: no value is known" in told
