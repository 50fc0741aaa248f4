"""An issue without news says so first, and tells of what was, not of what is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from templates import render
from templates.letter import letter
from templates.page import Figure
from templates.sections import verdict
from templates.sections.market.facts import indices, price
from templates.sections.verdict import chart
from templates.sections.verdict.facts import position
from tests.templates.conftest import AS_OF, NOVEMBER, frames, issue
from transforms.facts import FactBook
from transforms.findings.summary import summary
from transforms.issue.issue import Issue
from transforms.issue.staleness import CORE, staleness

# "Over half of … stand above …" is a thesis: its sentence is timeless.
PRESENT = re.compile(
    r"The (?:rally is strong|market is )|Momentum is weak|\bnow\b(?! say)|stands |this week|is overbought"
    r"|(?<!Over half of technology shares )stand above"
    r"|cannot be measured"
)
SINCE = "No new data since 13 Jan 2026"
THEN = "on that day the market advanced and was not hot"


def behind(issue: Issue, **days: int) -> Issue:
    lag = pl.col("dataset").replace_strict(days, default=0, return_dtype=pl.Int64)
    return replace(issue, health=issue.health.with_columns(behind=lag))


def test_headline_subject_and_map_lead_with_it(issues: dict[str, Issue], texts) -> None:
    page = texts["standing"][0].replace("\xa0", " ")
    letter = render.mail(issues["standing"])
    subject = letter.subject.replace("\xa0", " ")
    assert subject == f"{SINCE}; {THEN} | {issues['standing'].issue_id}"
    assert f"{SINCE}; {THEN}" in page
    assert f"{SINCE}: advance, not hot" in page
    for body in (letter.text, letter.html):
        assert SINCE in body.replace("\xa0", " ").replace("</time>", "").replace(
            '<time datetime="2026-01-13">', ""
        )


def test_every_page_says_it(texts) -> None:
    assert all(SINCE in text.replace("\xa0", " ") for text in texts["standing"])
    assert not any("No new data" in text for text in texts["rising"])


def test_nothing_is_said_in_the_present_tense(issues: dict[str, Issue], texts) -> None:
    """The definitions, which are timeless, stand on the last page."""
    letter = render.mail(issues["standing"])
    told = [*texts["standing"][:7], letter.subject, letter.text, letter.html]
    assert [found[0] for text in told if (found := PRESENT.search(text))] == []
    assert PRESENT.search(" ".join(texts["rising"]))


def test_what_did_come_is_listed_though_the_lede_tells_of_the_axes(issues) -> None:
    drawn = issues["falling"]
    told = summary(drawn.findings)
    said = letter(drawn, render.speller_of(drawn))
    assert drawn.stale
    assert str(said.headline).startswith("No new")
    assert "in five sessions:" not in str(said.lede)
    assert len(said.findings) >= min(len(told.findings), 3) > 0
    assert "5.7% in five sessions" in str(said.findings[0])


def test_no_axis_is_dated_after_its_last_price(issues: dict[str, Issue]) -> None:
    axes = pl.col("metric").is_in(["structural_momentum", "overheating", "block_score"])
    for name in ("rising", "standing"):
        scores = issues[name].series.filter(axes)
        assert scores["observation_date"].max() == AS_OF
    assert position(issues["standing"]).day == AS_OF


def test_axes_end_with_the_prices_while_other_data_go_on() -> None:
    """Within the two sessions that a score may be old, the calendar alone made scores before."""
    core = frames(520, 0.0009)
    last = date(2026, 1, 9)
    core["index_daily"] = core["index_daily"].filter(pl.col("trade_date") <= last)
    series = issue(core).series
    axes = series.filter(pl.col("metric") == "block_score")
    assert axes.height and axes["observation_date"].max() == last


@pytest.mark.parametrize(("lag", "stale"), [(0, False), (2, False), (3, True)])
def test_two_trading_days_are_borne(issues: dict[str, Issue], lag, stale) -> None:
    drawn = behind(issues["rising"], margin_market=lag)
    assert bool(drawn.stale) == stale
    said = "No new margin loans since" in render.mail(drawn).subject
    assert said == stale


def test_inputs_are_named_as_long_as_a_headline_has_room(issues: dict[str, Issue]) -> None:
    drawn = issues["rising"]

    def what(**days: int) -> str:
        stale = behind(drawn, **days).stale
        return stale.what if stale else ""

    assert what(stock_daily=3) == "share prices"
    assert what(stock_daily=3, margin_market=9) == "share prices and margin loans"
    three = {"index_daily": 3, "stock_daily": 3, "market_turnover": 3}
    assert what(**three) == "index closes and other core data"
    assert what(**three, margin_market=1) == "data"  # a day behind is no news either
    assert what(policy_news=90) == ""


def test_what_never_came_is_absent_and_not_stale(issues: dict[str, Issue]) -> None:
    assert issues["thin"].stale is None
    assert issues["empty"].stale is None
    nothing = issues["thin"].health.filter(~pl.col("dataset").is_in(list(CORE)))
    assert staleness(nothing) is None


def test_the_dot_is_hollow_and_bears_its_day(issues: dict[str, Issue], monkeypatch) -> None:
    hollow = []
    draw = chart.position_map

    def seen(*of, **how):
        hollow.append(how["hollow"])
        return draw(*of, **how)

    monkeypatch.setattr(chart, "position_map", seen)
    for name in ("standing", "rising"):
        page = verdict.build(issues[name], render.speller_of(issues[name]))
        svg = next(b.svg for row in page.rows for b in row.blocks if isinstance(b, Figure))
        assert "13 Jan" in svg.replace("\xa0", " ")
    assert hollow == [True, False]
    assert issues["standing"].as_of == NOVEMBER


def test_a_young_series_has_no_record_high_or_since(issues: dict[str, Issue], documents) -> None:
    """Thirty sessions, of which the last but one closed highest."""
    course = price(issues["thin"])
    assert course.state == "young"
    assert course.close.highest_since is None
    text = documents["thin"].split("</style>")[-1]
    for word in ("record", "highest close since", "highest since", "largest", "stepped back"):
        assert word not in text.split('id="leverage"')[0]


def test_an_index_that_went_on_alone_bears_its_day() -> None:
    """Shanghai's closes end in December, Hong Kong's in January."""
    core = frames(520, 0.0009)
    late, hong_kong = pl.col("trade_date") > date(2025, 12, 31), pl.col("code") == "HSTECH.HK"
    doubled = pl.when(late).then(pl.col("close") * 2).otherwise("close")
    core["index_daily"] = core["index_daily"].filter(~late | hong_kong).with_columns(close=doubled)
    drawn = issue(core)
    page = render.html(drawn)
    assert re.search(r">Hang Seng Tech, <time datetime=.2026-01-13.>", page)
    table = page.split('id="market"')[1].split("<section")[0]
    assert not re.search(r">Shanghai Composite, <time", table)
    ends = {row.week.numbers["change"].day for row in indices(drawn).moved}
    assert len(ends) <= 1  # moves of one span are compared, and no others


def test_a_block_that_lost_its_data_leads_no_axis(issues: dict[str, Issue]) -> None:
    """Its last score is of an earlier day, and not in the score of this one."""
    rising = issues["rising"]
    name = position(rising).heat.blocks[0].entity
    lost = (pl.col("metric") == "block_score") & (pl.col("entity") == name)
    early = lost & (pl.col("observation_date") > date(2026, 1, 6))
    named = [f for f in rising.facts if (f.metric, f.entity) == ("block_score", name)]
    old = replace(named[0], observation_date=date(2026, 1, 6), value=99.0)
    facts = FactBook([*(f for f in rising.facts if f not in named), old])
    drawn = replace(rising, facts=facts, series=rising.series.filter(~early))
    assert name not in {block.entity for block in position(drawn).heat.blocks}
