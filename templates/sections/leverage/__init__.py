"""Borrowed money, heat in single shares, where the money trades, and flows.

Panels of one form over 52 weeks, three in a row; one without data leaves no gap, so that a row may
hold two groups. Below: margin loans by industry, and what the panels leave out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from types import ModuleType

import polars as pl

from templates.format import Day, Number
from templates.issue_view import late, sourced
from templates.page import (
    Absent,
    Block,
    Change,
    Content,
    Entries,
    Entry,
    Figure,
    Grid,
    Panel,
    Row,
    rows,
)
from templates.sections.leverage import chart, chinese, english
from templates.sections.leverage.chart import Course, Shares
from templates.sections.leverage.facts import (
    ACROSS,
    COURSE,
    Industries,
    News,
    Panels,
    Reading,
    beside,
    industries,
    news,
    panels,
)
from templates.wording.front import sentence
from templates.wording.language import LANGUAGES
from templates.wording.speller import Speller
from transforms.facts import Fact
from transforms.issue.issue import Issue

SLUG = "leverage"
INPUTS = ("margin_market", "margin_security", "limit_pool", "sector_daily", "market_congestion",
          "stock_connect", "fund_share", "margin_account")  # fmt: skip
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
MONEY = ("CNY", "HKD")
BETWEEN_GROUPS = " · "
ROWS, HIGH, LOW = 3, 15.0, 12.6  # mm of a course with up to three rows of panels, and with more


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words = WORDS[s.code]
    shown, split, happened = panels(issue), industries(issue), news(issue)
    missing = [words.NAMES[one.name] for one in shown.missing]
    missing += [] if split else [words.INDUSTRIES]
    return Content(
        SLUG,
        s.fixed("section.leverage"),
        words.headline(happened, shown.readings, s),
        (
            *_panels(shown, words, s),
            *(_industries(issue, split, words, s) if split else ()),
            *(rows(_beside(issue, shown, happened, words, s)) if shown.readings else ()),
            *(rows(Absent(words.absent(missing, s))) if missing else ()),
        ),
        late=s.late([one for one in late(issue, *INPUTS) if one.newest]),
    )


def _panels(shown: Panels, words: ModuleType, s: Speller) -> Iterator[Row]:
    """All panels in rows of three, each row under the names of its groups."""
    height = LOW if len(shown.readings) > ROWS * ACROSS else HIGH
    last = max((one.fact.observation_date for one in shown.readings), default=s.as_of)
    drawn = [
        (words.GROUPS[name], _panel(one, last, height, words, s))
        for name, group in shown.groups.items()
        for one in group
    ]
    for begins in range(0, len(drawn), ACROSS):
        row = drawn[begins : begins + ACROSS]
        names = dict.fromkeys(name for name, _ in row)
        yield Row(tuple(panel for _, panel in row), Grid.THIRDS, BETWEEN_GROUPS.join(names))


def _panel(one: Reading, last: date, height: float, words: ModuleType, s: Speller) -> Panel:
    fact, name = one.fact, words.NAMES[one.measure.name]
    gained = s.week_step(fact)
    since = Day(s.year_tick(fact.first_observation), fact.first_observation.isoformat())
    ends = (replace(fact, value=end(one.past.values)) for end in (max, min))
    high, low = (_shown(end, one, s).text for end in ends)
    drawn = Course(one.past, high, low, bars=one.measure.bars)
    moved = None
    if gained and one.way is not None:
        moved = Change(words.change(gained, one.way), one.way)
    return Panel(
        name,
        _shown(fact, one, s),
        words.unit(one, s),
        moved,
        words.rank(one, since, s),
        hot=one.hot,
        svg=chart.course(drawn, last - COURSE, last, height, s),
        data=pl.DataFrame({"day": one.past.days, name: one.past.values}),
    )


def _shown(fact: Fact, one: Reading, s: Speller) -> Number:
    """The value of a panel; of a sum without its currency, which stands beside it."""
    if fact.unit in MONEY:
        return s.bare(fact)
    return s.signed(fact) if one.measure.signed else s.level(fact)


def _industries(issue: Issue, split: Industries, words: ModuleType, s: Speller) -> Iterator[Row]:
    named = [(s.industry(one.name), one) for one in split.rows]
    drawn = [Shares(name, one.loans.value, one.value, str(s.level(one.loans)))
             for name, one in named]  # fmt: skip
    full, hollow = words.SHARES
    data = {words.INDUSTRY: [one.name for one in drawn], full: [one.loans for one in drawn],
            hollow: [one.value for one in drawn]}  # fmt: skip
    facts = [fact for one in split.rows for fact in (one.loans, one.weight)]
    title = words.industries_title(split, s.industry(split.heaviest.name), s)
    figure = Figure(
        title, chart.industries(drawn), data=pl.DataFrame(data), note=words.INDUSTRIES_NOTE,
        source=sourced(issue, s, *facts, refs=("margin_industry_share", "margin_overleverage")),
    )  # fmt: skip
    return rows(figure)


def _beside(issue: Issue, shown: Panels, happened: News, words: ModuleType, s: Speller) -> Block:
    """Rules that changed, and what the panels leave out, over the line that explains them."""
    known, language = beside(issue), LANGUAGES[s.code]
    lines = [(words.RULE, sentence(one, s.setting, language)) for one in happened.rules]
    if known.required:
        lines.append((words.RULE, words.rule_line(known.required, known.in_rule, s)))
    if known.ratio:
        lines.append((words.SIZE, words.size_line(known.ratio, s)))
    lines += [(words.SPREAD, words.spread_line(one, s)) for one in known.spreads]
    if known.held:
        lines.append((words.HELD, words.held_line(known.held, s)))
    names = [one.measure.name for one in shown.readings]
    note = words.NOTE + "".join(words.NOTES.get(name, "") for name in names)
    return Entries(
        tuple(Entry(mark, text) for mark, text in lines),
        columns=min(2, len(lines)) or 1,
        note=note,
        source=sourced(
            issue,
            s,
            *(one.fact for one in shown.readings),
            refs=[one.measure.metric for one in shown.readings],
        ),
    )
