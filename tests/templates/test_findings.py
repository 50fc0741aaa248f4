"""Titles are findings: whatever the market does, what they say must be true of the numbers."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from templates import canvas, render
from templates.issue_view import History
from templates.palette import HEAT
from templates.sections import sources
from templates.sections.market.facts import average_state, price, price_state
from templates.sections.sources.facts import pairs
from templates.sections.verdict.chart import spark
from templates.sections.verdict.facts import position, tiles
from templates.sections.verdict.triggers import crossings, rules
from templates.wording.never import banned
from transforms.facts import Fact, FactBook

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
    assert price_state(close, before) == expected


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [(0.9, 0.8, "both"), (0.4, 0.6, "long_only"), (0.6, 0.4, "short_only"), (0.5, 0.5, "neither")],
)
def test_where_most_shares_stand(short, long, expected):
    assert average_state(short, long) == expected


def text_of(document: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", document))


@pytest.mark.parametrize("mood", ["rising", "falling", "standing", "thin"])
def test_no_page_uses_a_word_that_no_sentence_may(mood, issues, documents):
    body = re.sub(r"<(style|title)>.*?</\1>", "", documents[mood], flags=re.DOTALL)
    pages, _, definitions = body.partition('id="definitions"')  # they explain, and have the notice
    said = html.unescape(text_of(pages))

    assert definitions
    assert len(said) > 1000
    assert banned(said, "en") == []
    assert banned(render.mail(issues[mood]).text, "en") == []


def test_a_market_whose_scores_stopped_has_a_range_on_the_map_and_no_state(issues):
    on_time = issues["falling"].health.with_columns(behind=pl.lit(0))
    place = position(replace(issues["falling"], health=on_time))

    assert place.state is None
    assert place.partial
    assert place.momentum.fact is None
    assert place.momentum.within[0].value < place.momentum.within[1].value


@pytest.mark.parametrize("mood", ["rising", "falling", "thin"])
def test_each_rule_is_told_from_the_side_on_which_the_reading_stands(mood, issues):
    lines = {f"rule/{rule.slug}": rule.line for rule in rules(issues[mood])}
    for one in crossings(issues[mood]):
        assert one.rises is (one.fact.value < lines[one.ref])


def test_a_source_that_differed_within_the_month_does_not_agree_with_everything(issues):
    issue = issues["rising"]
    newest = pl.col("observation_date") == pl.col("observation_date").max()
    wavering = issue.discrepancies.with_columns(agrees=newest)
    drawn = replace(issue, discrepancies=wavering)
    (close,) = pairs(drawn)

    assert close.outside == close.days - 2
    assert close.apart == ()
    headline = str(sources.build(drawn, render.speller_of(drawn)).headline)
    assert headline.endswith("index close differed from its second source in the month")


@pytest.mark.parametrize(("hotter", "state"), [(0, "healthy advance"), (20, "overheated advance")])
def test_the_state_on_page_one_is_the_quadrant_of_the_scores(issues, hotter, state):
    issue = issues["rising"]
    heat = pl.when(pl.col("metric") == "overheating").then(hotter).otherwise(0)
    place = position(replace(issue, series=issue.series.with_columns(pl.col("value") + heat)))

    assert place.momentum.fact.value >= 55
    assert 40 <= place.heat.fact.value < 60
    assert place.state == state


def test_a_claim_before_its_article_is_not_tested(issues):
    issue = replace(issues["rising"], claims=(), facts=FactBook(()))

    assert price(issue) is None
    assert tiles(issue)[0].fact is None


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
        return spark([1.0, 3.0, 2.0], "1", "3", 97.0, HEAT)

    assert draw() == draw()
