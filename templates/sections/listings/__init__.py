"""What was listed, what it raised and what first days paid; what waits; young companies."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import polars as pl

from templates.format import Day
from templates.issue_view import late, sourced
from templates.page import (
    HALF,
    THIRD,
    Absent,
    Bar,
    Block,
    Cell,
    Column,
    Content,
    Entries,
    Figure,
    Grid,
    Missing,
    Row,
    Table,
    TableRow,
    rows,
)
from templates.sections.listings import chart, chinese, english
from templates.sections.listings.facts import (
    MARKETS,
    SCOPES,
    Listing,
    Market,
    cloud,
    named,
    newest,
    pipeline,
    proceeds,
    unicorns,
    week,
)
from templates.wording.speller import Scale, Speller
from transforms.facts import Fact
from transforms.issue.issue import Issue

SLUG = "listings"
INPUTS = ("ipo_hk", "ipo_a", "ipo_pipeline", "ipo_review", "unicorn_count")
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words, money = WORDS[s.code], proceeds(issue)
    hong_kong, mainland = MARKETS["HK"], MARKETS["A"]
    first, table = _market(issue, hong_kong, words, s)
    second, other = _market(issue, mainland, words, s)
    beside: list[Block | None] = [_pipeline(issue, words, s), _unicorns(issue, words, s)]
    narrow = isinstance(other, Table) and not any(isinstance(one, Absent) for one in beside)
    raised = _proceeds(issue, words, s, THIRD if narrow else HALF)
    return Content(
        SLUG,
        s.fixed("section.listings"),
        words.headline(week(issue), money, s),
        tuple(
            _laid(
                ([first], Grid.FULL),
                ([second], Grid.FULL),
                *(
                    [([table, other], Grid.HALVES), ([raised, *beside], Grid.THIRDS)]
                    if narrow
                    else [([table, raised], Grid.HALVES), ([other, *beside], Grid.HALVES)]
                ),
            )
        ),
        late=s.late(late(issue, *INPUTS)),
    )


def _laid(*groups: tuple[list[Block | None], Grid]) -> Iterator[Row]:
    """The blocks of each group side by side; absent ones follow all of them, as lines."""
    gone: list[Block] = []
    for group, grid in groups:
        there = [one for one in group if one is not None]
        gone += [one for one in there if isinstance(one, Absent)]
        present = [one for one in there if not isinstance(one, Absent)]
        yield from rows(*present, grid=grid)
    yield from rows(*gone)


def _market(
    issue: Issue, market: Market, words: ModuleType, s: Speller
) -> tuple[Block | None, Block | None]:
    """The picture and the table of a market; one line for both where it has no listing."""
    one, table = cloud(issue, market), _newest(issue, market, words, s)
    if one is None:
        return (None, table) if table else (Absent(s.absent(words.BLOCKS[market.code])), None)
    texts = chart.Words(
        {dot.code: _name(issue, market, dot.code, s) for dot in named(one)},
        str(words.lately(one, s)),
        str(words.usual(one, s)),
        words.UNKNOWN,
        dict(words.SIZES[market.currency]),
    )
    facts = [f for f in (one.lately, one.usual, one.below) if f] or list(_recent(issue, market))
    figure = Figure(
        words.cloud_title(one, s),
        chart.cloud(one, texts, s),
        unit=words.UNIT,
        data=pl.DataFrame(
            {
                "day": [dot.day for dot in one.dots],
                s.fixed("head.code"): [dot.code for dot in one.dots],
                market.currency: [dot.raised for dot in one.dots],
                s.fixed("head.first_day"): [dot.first_day for dot in one.dots],
            }
        ),
        note=words.cloud_note(one, s),
        source=sourced(issue, s, *facts),
    )
    return figure, table


def _name(issue: Issue, market: Market, code: str, s: Speller) -> str:
    """A dot's name, with its first day where that is a fact of the issue."""
    fact = issue.facts.maybe_latest(market.first_day, code)
    return f"{s.company(code)} {s.signed(fact)}" if fact else s.company(code)


def _recent(issue: Issue, market: Market) -> Iterator[Fact]:
    return (row.raised for row in newest(issue, market).rows)


def _newest(issue: Issue, market: Market, words: ModuleType, s: Speller) -> Block | None:
    """The table; None where nothing was listed in two months."""
    one = newest(issue, market)
    if not one.rows:
        return None
    longest = max((abs(row.first_day.value) for row in one.priced if row.first_day), default=0.0)
    columns = (
        Column(s.fixed("head.listed"), "day"),
        Column(words.HEADS["company"], "text"),
        Column(s.fixed("head.code"), "code"),
        Column(words.MONEY[market.currency]),
        Column(s.fixed("head.first_day"), strong=True),
        Column("", "bar"),
    )
    drawn = tuple(TableRow(tuple(_cells(row, longest, words, s))) for row in one.rows)
    facts = [fact for row in one.rows for fact in (row.raised, row.first_day)]
    return Table(words.newest_title(one, s), columns, drawn, dense=True,
                 note=words.NEWEST_NOTE,
                 source=sourced(issue, s, *facts, refs=(market.raised, market.first_day)))  # fmt: skip


def _cells(row: Listing, longest: float, words: ModuleType, s: Speller) -> Iterator[Cell]:
    day = row.raised.observation_date
    yield Day(s.day_tick(day), day.isoformat())  # of two months: the year goes without saying
    yield s.company(row.code)
    yield row.code
    yield s.bare(row.raised)
    if row.first_day is None:
        yield from (Missing(words.NO_FIGURE), "")
        return
    yield s.signed(row.first_day)
    yield Bar(row.first_day.value / longest if longest else 0.0)


def _proceeds(issue: Issue, words: ModuleType, s: Speller, width: float) -> Block:
    one = proceeds(issue)
    if one is None:
        return Absent(s.absent(words.BLOCKS["proceeds"]))
    scale = s.money("HKD", max(one.past.values))
    return Figure(
        words.proceeds_title(one, s),
        chart.proceeds(one, Scale(scale.factor, ""), str(s.bare(one.fact)), s, width=width),
        unit=scale.label,
        data=pl.DataFrame({"day": one.past.days, "HKD": one.past.values}),
        note=words.proceeds_note(one, s),
        source=sourced(issue, s, one.fact, one.year, one.wanted),
    )


def _pipeline(issue: Issue, words: ModuleType, s: Speller) -> Block:
    one = pipeline(issue)
    if one is None:
        return Absent(s.absent(words.BLOCKS["pipeline"]))
    columns = (
        Column(words.HEADS["stage"], "text"),
        Column(words.HEADS["applications"], strong=True),
        Column(s.fixed("head.week")),
    )
    drawn = tuple(
        TableRow(
            (
                words.STAGES[stage.name],
                s.level(stage.count),
                s.signed(stage.change) if stage.change else Missing(s.fixed("cell.no_data")),
            )
        )
        for stage in one.stages
    )
    facts = [*(stage.count for stage in one.stages), one.running, one.passed, one.through]
    refs = ("ipo_pipeline_count", "ipo_pipeline_change_7d", "ipo_review_pass_rate_12m")
    return Table(words.pipeline_title(one, s), columns, drawn, dense=True,
                 note=words.pipeline_note(one, s),
                 source=sourced(issue, s, *facts, refs=refs))  # fmt: skip


def _unicorns(issue: Issue, words: ModuleType, s: Speller) -> Block:
    found = unicorns(issue)
    if not found:
        return Absent(s.absent(words.BLOCKS["unicorns"]))
    known = {one.scope: one.added for one in found}
    if len(known) == 1:  # the title says all that there is
        return Entries((), words.unicorns_title(found, s), note=words.unicorns_note(found, s),
                       source=sourced(issue, s, *known.values()))  # fmt: skip
    columns = (
        Column(words.HEADS["scope"], "text"),
        Column(words.HEADS["count"], strong=True),
        Column(words.HEADS["added"]),
    )
    none = Missing(s.fixed("cell.no_data"))
    drawn = tuple(
        TableRow(
            (
                words.SCOPES[scope],
                s.members(known[scope]) if scope in known else none,
                s.signed(known[scope]) if scope in known else none,
            )
        )
        for scope in SCOPES
    )
    return Table(words.unicorns_title(found, s), columns, drawn, note=words.unicorns_note(found, s),
                 source=sourced(issue, s, *known.values()))  # fmt: skip
