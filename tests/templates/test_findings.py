"""Titles are findings: whatever the market does, what they say must be true of the numbers."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, datetime
from importlib.resources import files

import polars as pl
import pytest
from pypdf import PdfReader

from templates import canvas, charts, render
from templates.issue_view import History, latest
from templates.sections import leverage, market, movers, sources, verdict
from templates.sections.verdict.triggers import rules, triggers
from templates.signals import Signal, is_large_step, standing_out
from transforms.facts import Fact, FactBook
from transforms.issue.issue import Issue

DAY, BEFORE = date(2026, 1, 13), date(2026, 1, 12)


def fact(metric: str, value: float, day: date = DAY, entity: str = "CN", **extra: object) -> Fact:
    return Fact(
        fact_id=f"{metric}/{entity}/{day}", metric=metric, entity=entity, observation_date=day,
        value=value, unit="fraction", known_at=datetime(2026, 1, 13), n_obs=600,
        first_observation=date(2020, 1, 2), sources=("drawn",), query="", **extra,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("close", "before", "expected"),
    [
        (fact("close", 9, highest_since=date(2015, 6, 30)), None, "high"),
        (fact("close", 9, highest_since=BEFORE),
         fact("close", 10, BEFORE, highest_since=date(2015, 6, 30)), "stepped_back"),
        (fact("close", 9, highest_since=BEFORE),
         fact("close", 10, BEFORE, highest_since=date(2025, 12, 1)), "below"),
        (fact("close", 9), None, "high"),
    ],
)  # fmt: skip
def test_a_close_is_called_a_high_only_after_a_year(close, before, expected):
    assert market.price_state(close, before) == expected


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [(0.9, 0.8, "both"), (0.4, 0.6, "long_only"), (0.6, 0.4, "short_only"), (0.5, 0.5, "neither")],
)
def test_where_most_shares_stand(short, long, expected):
    assert market.average_state(short, long) == expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [(date(2026, 1, 9), False), (date(2025, 10, 9), True), (None, True)],
)
def test_a_step_is_large_when_no_larger_one_is_two_months_near(since, expected):
    step = fact("margin_financing_change_1d", 0.017, largest_since=since)

    assert is_large_step(step) is expected


def text_of(document: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", document))


STATES = ("overheated advance", "healthy advance", "undecided, hot", "undecided",
          "froth without trend", "fading", "hot only", "not hot only",
          "strong only", "weak only", "undecided only", "unknown")  # fmt: skip


def longest_headlines(issue: Issue) -> list[str]:
    """What every state says at its longest: a step of leverage of last year, and a hard fall."""
    hot = Signal("leverage_jump", fact("m", 0.02, largest_since=date(2025, 8, 26)), 1.0, hot=True)
    cool = Signal("hard_fall", fact("return_1d", -0.183, entity="688523.SH"), 1.0, hot=False)
    module = render.environment().get_template("sections/verdict/headline.html.j2").module
    view = verdict.build(issue)
    return [
        module.headline(
            replace(view, state=state, on_map=state in STATES[:6], hot=hot, cool=cool),
            issue.as_of,
            issue.names,
        )
        for state in STATES
    ]


def test_no_headline_takes_more_than_two_lines(issues):
    style = files("templates").joinpath("style.css").read_text("utf-8")
    headlines = longest_headlines(issues["rising"])
    pages = "".join(f'<section class="page"><h1>{text}</h1></section>' for text in headlines)
    content = render.pdf(render.space_inside(f"<style>{style}</style>{pages}"), DAY)
    printed = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    heads = [[line for line in text.splitlines() if " / " not in line] for text in printed]

    assert len(heads) == len(STATES)
    assert max(len(lines) for lines in heads) <= 2, heads


@pytest.mark.parametrize("mood", ["rising", "falling"])
def test_a_record_is_announced_exactly_when_it_is_one(mood, issues, documents):
    turnover = latest(issues[mood], "turnover_cny", "SSE+SZSE")

    assert ("Turnover set a record" in text_of(documents[mood])) is turnover.record


@pytest.mark.parametrize("mood", ["rising", "falling"])
def test_rise_and_fall_follow_the_sign(mood, issues, documents):
    step = latest(issues[mood], "margin_financing_change_1d", "CN")
    trend = latest(issues[mood], "margin_financing_change_20d", "CN")
    said = text_of(documents[mood])

    assert ("Leverage rose" in said) is (step.value >= 0)
    assert ("the balance grew" in said) is (trend.value >= 0)


def test_old_readings_do_not_make_the_headline(issues):
    newest = sorted(issues["falling"].series.filter(metric="close")["observation_date"].unique())

    assert all(s.fact.observation_date >= newest[-2] for s in standing_out(issues["falling"]))


def test_a_market_whose_scores_stopped_has_no_place_on_the_map(issues):
    on_time = issues["falling"].health.with_columns(behind=pl.lit(0))
    view = verdict.build(replace(issues["falling"], health=on_time))

    assert not view.on_map
    assert view.map is None
    assert view.momentum.fact.observation_date < issues["falling"].as_of


@pytest.mark.parametrize("mood", ["rising", "falling", "thin"])
def test_each_rule_is_told_from_the_side_on_which_the_reading_stands(mood, issues):
    lines = {rule.subject: rule.line for rule in rules(issues[mood])}
    for trigger in triggers(issues[mood]):
        assert trigger.rises is (trigger.fact.value < lines[trigger.subject])


def test_a_source_that_differed_within_the_month_does_not_agree_with_everything(issues):
    issue = issues["rising"]
    newest = pl.col("observation_date") == pl.col("observation_date").max()
    wavering = issue.discrepancies.with_columns(agrees=newest)
    view = sources.build(replace(issue, discrepancies=wavering))

    assert view.pairs
    assert view.wavering == view.pairs
    assert view.apart == []


@pytest.mark.parametrize(("hotter", "state"), [(0, "healthy advance"), (20, "overheated advance")])
def test_the_state_on_page_one_is_the_quadrant_of_the_scores(issues, hotter, state):
    issue = issues["rising"]
    heat = pl.when(pl.col("metric") == "overheating").then(hotter).otherwise(0)
    view = verdict.build(replace(issue, series=issue.series.with_columns(pl.col("value") + heat)))

    assert view.momentum.fact.value >= 55
    assert 40 <= view.heat.fact.value < 60
    assert view.state == state


def test_a_claim_before_its_article_is_not_tested(issues):
    issue = replace(issues["rising"], claims=(), facts=FactBook(()))

    assert market.build(issue).price is None
    assert verdict.build(issue).tiles[0].fact is None


def test_a_suspended_share_stands_still_in_the_episode():
    days = [date(2026, 1, d) for d in (5, 6, 7)]
    past = History([days[0], days[2]], [0.1, 0.1])

    assert movers.growth(past, days) == pytest.approx([1.0, 1.0, 1.0 * 1.1])


@pytest.mark.parametrize("mood", ["rising", "falling"])
def test_what_moved_an_axis_adds_up_to_its_change(mood, issues):
    built = leverage.build(issues[mood])
    for figure, axis in ((built.momentum, "structural_momentum"), (built.heat, "overheating")):
        change = latest(issues[mood], axis, "CN").change_1w

        assert 5 <= len(figure.moved) <= 7
        assert sum(one.points.value for one in figure.moved) == pytest.approx(change, abs=1e-9)


def test_a_week_is_closed_by_its_last_observation():
    past = History([date(2026, 1, d) for d in (5, 8, 12)], [1.0, 2.0, 3.0])

    assert past.weekly(2) == History([date(2026, 1, 8), date(2026, 1, 12)], [2.0, 3.0])


def test_months_are_marked_where_they_begin_on_the_axis_of_trading_days():
    days = [date(2025, 11, 27), date(2025, 11, 28), date(2025, 12, 1), date(2026, 1, 5)]

    assert canvas.month_marks(days) == ([2, 3], ["Dec\n2025", "Jan\n2026"])


def test_a_short_axis_is_marked_at_its_ends():
    days = [date(2026, 1, 2), date(2026, 1, 8), date(2026, 1, 13)]

    assert canvas.month_marks(days) == ([0, 2], ["2 Jan", "13 Jan"])


def test_figures_are_the_same_bytes_twice():
    def draw() -> str:
        return charts.spark([1.0, 3.0, 2.0], "1", "3")

    assert draw() == draw()
