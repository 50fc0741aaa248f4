"""Where the market stands, how much trades, and how many shares take part.

The example of a section in both languages: facts.py says what is true, english.py and chinese.py
how it is said, and here it is put into blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import polars as pl

from templates import canvas, charts
from templates.canvas import Line, Note, Rule
from templates.issue_view import late, sourced
from templates.page import (
    THIRD,
    Absent,
    Bar,
    Block,
    Boxed,
    Cell,
    Column,
    Content,
    Entries,
    Entry,
    Figure,
    Grid,
    Missing,
    Table,
    TableRow,
    rows,
)
from templates.palette import INK
from templates.sections.market import chinese, english
from templates.sections.market.facts import (
    Averages,
    IndexRow,
    Indices,
    Price,
    Risers,
    Turnover,
    averages,
    indices,
    move,
    price,
    risers,
    turnover,
)
from templates.wording.speller import Scale, Speller
from templates.wording.text import Text
from transforms.facts import Fact
from transforms.formulas.rsi import OVERBOUGHT
from transforms.issue.issue import Issue
from transforms.prepared.indices import SHANGHAI_COMPOSITE

SLUG = "market"
INPUTS = ("index_daily", "market_turnover", "stock_daily", "index_valuation")
REFS = ("close", "finding_index_change_change", "return_mtd", "return_250d", "close_vs_ma200", "rsi_14",
        "rsi_14_weekly", "pe_ttm")  # fmt: skip
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
CHART_HEIGHT = 33.0
MANY = 14  # indices from which the table is set in small type
HALF_LINE = [Rule(0.5, "")]


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words = WORDS[s.code]
    table, traded = indices(issue), turnover(issue)
    missing = [Absent(s.absent(what)) for what in words.BLOCKS]
    course, up, above = price(issue), risers(issue), averages(issue)
    return Content(
        SLUG,
        s.fixed("section.market"),
        words.headline(table, traded, s),
        (
            *rows(_price(issue, course, words, s) if course else missing[1]),
            *rows(_table(issue, table, words, s) if table.rows else missing[0]),
            *rows(
                _turnover(issue, traded, words, s) if traded else missing[2],
                _risers(issue, up, words, s) if up else missing[3],
                _averages(issue, above, words, s) if above else missing[4],
                grid=Grid.THIRDS,
            ),
        ),
        late=s.late(late(issue, *INPUTS)),
    )


def _table(issue: Issue, table: Indices, words: ModuleType, s: Speller) -> Table:
    week = next((row.week for row in table.moved), None)
    longest = max((abs(move(row)) for row in table.rows if row.week or row.five), default=0.0)
    columns = (
        Column(s.fixed("head.index"), "text"),
        Column(s.fixed("head.code"), "code"),
        Column(s.fixed("head.close")),
        Column(str(words.span_head(week, s)), strong=True),
        Column("", "bar"),
        Column(s.fixed("head.percentile")),
        Column(s.fixed("head.month")),
        Column(s.fixed("head.months_12")),
        Column(words.ABOVE),
        Column("RSI-14"),
        Column(words.WEEKLY),
        Column(s.fixed("head.pe")),
        Column(s.fixed("head.pe_percentile")),
    )
    drawn = tuple(TableRow(tuple(_cells(row, table, longest, words, s))) for row in table.rows)
    facts = [row.close for row in table.rows]
    valued = all(row.valuation for row in table.rows)
    note = words.TABLE_NOTE if valued else words.TABLE_NOTE + words.DASH
    return Table(Text(), columns, drawn, dense=len(drawn) > MANY, note=note,
                 source=sourced(issue, s, *facts, refs=REFS))  # fmt: skip


def _cells(
    row: IndexRow, table: Indices, longest: float, words: ModuleType, s: Speller
) -> Iterator[Cell]:
    name = s.index(row.code)
    other = row.close is not None and row.close.observation_date != table.day
    yield words.other_day(name, row.close.observation_date, s) if row.close and other else name
    yield row.code
    none = Missing(s.fixed("cell.no_data"))
    yield s.level(row.close) if row.close else none
    if row.week:
        yield s.stated(row.week, "change", signed=True)
        yield Bar(move(row) / longest if longest else 0.0)
        yield s.stated_rank(row.week, "change") or none
    elif row.five:
        yield s.signed(row.five)
        yield Bar(move(row) / longest if longest else 0.0)
        yield s.rank(row.five) or none
    else:
        yield from (none, "", none)
    yield s.signed(row.month) if row.month else none
    yield s.signed(row.year) if row.year else none
    yield s.signed(row.above) if row.above else none
    yield _strength(row.strength, s) if row.strength else none
    yield _strength(row.weekly, s) if row.weekly else none
    # Most indices have none: a dash, so that those with one are seen.
    yield s.level(row.valuation) if row.valuation else Missing("–")
    yield s.level(row.valuation_rank) if row.valuation_rank else Missing("–")


def _strength(fact: Fact, s: Speller) -> Cell:
    """An RSI, boxed where it is overbought as printed."""
    return Boxed(s.level(fact)) if round(fact.value, 1) >= OVERBOUGHT else s.level(fact)


def _price(issue: Issue, one: Price, words: ModuleType, s: Speller) -> Block:
    scale = Scale(1.0, "")
    line = Line(one.past.values, str(s.level(one.close)))
    dots = [Note(m.index, m.value, f"{number}") for number, m in enumerate(one.marks, start=1)]
    known = {f.observation_date: f for f in (one.close, one.before) if f}
    items = tuple(
        Entry(f"{number}", words.event(mark, known.get(mark.day), s))
        for number, mark in enumerate(one.marks, start=1)
    )
    return Figure(
        words.price_title(one, s),
        charts.price(one.past.days, line, scale, dots, s),
        unit=s.fixed("unit.index_points"),
        data=pl.DataFrame({"day": one.past.days, s.index(SHANGHAI_COMPOSITE): one.past.values}),
        marks=Entries(items, columns=2),
        source=sourced(issue, s, one.close),
    )


def _turnover(issue: Issue, one: Turnover, words: ModuleType, s: Speller) -> Block:
    scale = s.money("CNY", max(one.past.values))
    fact = one.fact
    rule = (
        []
        if fact.previous_record_value is None
        else [Rule(fact.previous_record_value, str(words.turnover_rule(fact, s)))]
    )
    svg = charts.bars(
        one.past.days, one.past.values, Scale(scale.factor, ""), str(s.bare(fact)), rules=rule,
        strong=bool(fact.record), width=THIRD, height=CHART_HEIGHT, room=13.5, speller=s,
    )  # fmt: skip
    known = [fact, one.deflated] if one.deflated else [fact]
    return Figure(
        words.turnover_title(one, s),
        svg,
        unit=scale.label,
        data=pl.DataFrame({"day": one.past.days, scale.label: one.past.values}),
        note=words.turnover_note(one, s),
        source=sourced(issue, s, *known),
    )


def _risers(issue: Issue, one: Risers, words: ModuleType, s: Speller) -> Block:
    svg = charts.bars(
        one.past.days, one.past.values, Scale(0.01, ""), str(s.level(one.fact)), rules=HALF_LINE,
        strong=one.fact.value < HALF_LINE[0].value, top=1.08, width=THIRD, height=CHART_HEIGHT,
        room=12.0, speller=s,
    )  # fmt: skip
    return Figure(
        words.risers_title(one, s),
        svg,
        unit="%",
        data=pl.DataFrame({"day": one.past.days, "%": one.past.values}),
        source=sourced(issue, s, one.fact),
    )


def _averages(issue: Issue, one: Averages, words: ModuleType, s: Speller) -> Block:
    names = words.AVERAGES
    drawn = [
        Line(one.past.values, f"{s.level(one.short)}\n{names[0]}", canvas.ACCENT),
        Line(one.slow, f"{s.level(one.long)}\n{names[1]}", INK),
    ]
    svg = charts.lines(
        one.past.days, drawn, Scale(0.01, ""), rules=HALF_LINE, limits=(0.0, 1.08),
        width=THIRD, height=CHART_HEIGHT, room=16.0, speller=s,
    )  # fmt: skip
    return Figure(
        words.averages_title(one, s),
        svg,
        unit="%",
        data=pl.DataFrame({"day": one.past.days, names[0]: one.past.values, names[1]: one.slow}),
        source=sourced(issue, s, one.short, one.long),
    )
