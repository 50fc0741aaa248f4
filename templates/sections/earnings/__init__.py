"""Whether earnings grow, what is expected of them, and what shares cost against them."""

from __future__ import annotations

from datetime import date
from types import ModuleType

import polars as pl

from templates.canvas import ACCENT, Line
from templates.format import Number
from templates.issue_view import late, sourced
from templates.page import (
    THIRD,
    Absent,
    Block,
    Column,
    Content,
    Figure,
    Grid,
    Missing,
    Table,
    TableRow,
    rows,
)
from templates.palette import GREY, INK
from templates.sections.earnings import chart, chinese, english
from templates.sections.earnings.facts import (
    AMERICA,
    CHINA,
    Multiple,
    Said,
    band,
    comparable,
    growth,
    multiples,
    premium,
    said,
    told,
)
from templates.wording.speller import Speller
from transforms.facts import Fact
from transforms.issue.issue import Issue

SLUG = "earnings"
INPUTS = (
    "index_valuation",
    "us_megacap_earnings",
    "hk_megacap_earnings",
    "earnings_report",
    "analyst_eps",
    "government_yield",
)
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
USUAL = 2  # the column of usual ranges, which old evaluations lack
DIFFERENCES = ("eps_revision_breadth_90d",)  # told in points, for they are no growth


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words = WORDS[s.code]
    ranked, one = multiples(issue), growth(issue)
    first = [_growth(issue, words, s), _band(issue, words, s)]
    last = [_said(issue, words, s), _premium(issue, words, s)]
    table = _ranks(issue, words, s)
    drawn = [block for block in (*first, table, *last) if not isinstance(block, Absent)]
    gone = [block for block in (*first, table, *last) if isinstance(block, Absent)]
    return Content(
        SLUG,
        s.fixed("section.earnings"),
        words.headline(told(issue, "earnings_gap"), ranked, one, s),
        (
            *rows(*(block for block in first if block in drawn), grid=Grid.HALVES),
            *rows(*(block for block in [table] if block in drawn)),
            *rows(*(block for block in last if block in drawn), grid=Grid.TWO_THIRDS),
            *rows(*gone),
        ),
        late=s.late(late(issue, *INPUTS)),
    )


def _growth(issue: Issue, words: ModuleType, s: Speller) -> Block:
    one = growth(issue)
    if one is None:
        return Absent(s.absent(words.BLOCKS["growth"]))
    sides = [(name, side) for name, side in ((CHINA, one.china), (AMERICA, one.america)) if side]
    days = sorted({day for _, side in sides for day in side.past.days})
    known = {name: dict(zip(side.past.days, side.past.values, strict=True)) for name, side in sides}
    drawn = [
        Line(
            [known[name].get(day) for day in days],
            str(words.label(name, side, s)),
            ACCENT if name == CHINA else INK,
        )
        for name, side in sides
    ]
    quarters = [
        _quarter(day, year=place == 0 or day.year != days[place - 1].year)
        for place, day in enumerate(days)
    ]
    facts = [side.fact for _, side in sides] + list(one.quarter or ())
    return Figure(
        words.growth_title(one, s),
        chart.growth(days, drawn, quarters),
        unit=words.UNITS[one.span],
        data=pl.DataFrame(
            {"day": days}
            | {words.SEVENS[name]: [known[name].get(d) for d in days] for name in known}
        ),
        note=words.growth_note(one, s),
        source=sourced(issue, s, *facts, one.gap),
    )


def _band(issue: Issue, words: ModuleType, s: Speller) -> Block:
    one = band(issue)
    if one is None:
        return Absent(s.absent(words.BLOCKS["band"]))
    edges = [
        Line(values, str(words.edge(role, one, s)), GREY) for role, values in enumerate(one.lines)
    ]
    line = Line(one.past.values, str(s.level(one.fact)), ACCENT)
    ratio, *edge_names = words.BAND_DATA
    columns = dict(zip(edge_names, one.lines, strict=False))
    return Figure(
        words.band_title(one, s),
        chart.band(one.past.days, line, edges, s),
        unit=words.PE_UNIT,
        data=pl.DataFrame({"day": one.past.days, ratio: one.past.values} | columns),
        note=words.band_note(one, s),
        source=sourced(issue, s, one.fact, *(one.edges or ())),
    )


def _ranks(issue: Issue, words: ModuleType, s: Speller) -> Block:
    one = multiples(issue)
    if one is None:
        return Absent(s.absent(words.BLOCKS["ranks"]))
    drawn = [_rank(row, s) for row in one.rows]
    usual = any(row.usual for row in drawn)
    heads = [head if usual or place != USUAL else "" for place, head in enumerate(words.HEADS)]
    return Figure(
        words.ranks_title(one, s),
        chart.ranks(drawn, heads, words.SCALE),
        unit=words.RANKS_UNIT,
        data=pl.DataFrame(
            {
                words.HEADS[0]: [row.name for row in drawn],
                words.HEADS[1]: [row.ratio.value for row in one.rows],
                words.RANKS_DATA[0]: [row.now for row in drawn],
                words.RANKS_DATA[1]: [row.before for row in drawn],
            }
        ),
        note=words.ranks_note(one, s),
        source=sourced(issue, s, *(row.ratio for row in one.rows),
                       refs=("pe_ttm", "pe_ttm_percentile_10y", "pe_ttm_low_10y", "pe_ttm_high_10y")),
    )  # fmt: skip


def _rank(row: Multiple, s: Speller) -> chart.RankRow:
    usual = f"{s.level(row.usual[0])}–{s.level(row.usual[1])}" if row.usual else ""
    return chart.RankRow(
        s.index(row.code),
        str(s.level(row.ratio)),
        str(s.level(row.rank)),
        usual,
        str(s.dated(row.ratio.first_observation)),
        row.rank.value,
        row.before,
        row.dear,
    )


def _said(issue: Issue, words: ModuleType, s: Speller) -> Block:
    found = said(issue)
    if not found:
        return Absent(s.absent(words.BLOCKS["said"]))
    heads = words.COLUMNS
    columns = (
        Column(heads[0], "text"),
        Column(heads[1], strong=True),
        Column(heads[2]),
        Column(heads[3]),
        Column(heads[4]),
    )
    drawn = tuple(
        TableRow(
            (
                words.ROWS[one.metric, one.entity],
                _value(one.fact, s),
                _value(one.before, s) if one.before and comparable(one) else Missing("–"),
                s.members(one.fact),
                s.day(one.fact.observation_date),
            )
        )
        for one in found
    )
    return Table(
        words.said_title(found, told(issue, "revisions"), s),
        columns,
        drawn,
        note=words.SAID_NOTE,
        source=sourced(issue, s, *(one.fact for one in found), refs=_named(found)),
    )


def _value(fact: Fact, s: Speller) -> Number:
    """A share as it is, growth with its sign, and a difference of shares in points."""
    if fact.metric in DIFFERENCES:
        return s.points(fact, signed=True)
    return s.level(fact) if fact.metric.endswith("_rising_share") else s.signed(fact)


def _named(found: tuple[Said, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{one.metric}/{one.entity}" for one in found))


def _premium(issue: Issue, words: ModuleType, s: Speller) -> Block:
    one = premium(issue)
    if one is None:
        return Absent(s.absent(words.BLOCKS["premium"]))
    line = Line([100 * value for value in one.past.values], str(s.level(one.fact)), ACCENT)
    return Figure(
        words.premium_title(one, s),
        chart.band(one.past.days, line, [], s, width=THIRD, height=28.0),
        unit="%",
        data=pl.DataFrame({"day": one.past.days, "%": one.past.values}),
        note=words.premium_note(one, s),
        source=sourced(issue, s, one.fact),
    )


def _quarter(day: date, *, year: bool) -> str:
    """A quarter under the axis, the year under the first of it."""
    name = f"Q{(day.month + 2) // 3}"
    return f"{name}\n{day.year}" if year else name
