"""Shares that have run up, what the exchanges' rule says of them, and what companies announced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType

from templates.issue_view import late, sourced
from templates.page import (
    Absent,
    Bar,
    Cell,
    Column,
    Content,
    Entries,
    Entry,
    Grid,
    Missing,
    Table,
    TableRow,
    rows,
)
from templates.sections.movers import chinese, english
from templates.sections.movers.facts import (
    Aftermath,
    Case,
    Mover,
    Movers,
    Moves,
    Notices,
    aftermath,
    cases,
    longest,
    movers,
    moves,
    notices,
    run_ups,
)
from templates.wording.speller import Speller
from transforms.facts import Fact
from transforms.issue.issue import Issue

SLUG = "movers"
INPUTS = ("stock_daily", "theme_membership", "announcement")
REFS = ("runup_30d", "return_1d", "drawdown_60d", "close_cny")
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
SIGNED = ("after_median", "held_median", "drawdown_median")


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words = WORDS[s.code]
    count, fluctuations, told = run_ups(issue), moves(issue), notices(issue)
    table, theme, after = cases(issue), movers(issue), aftermath(issue)
    missing = [Absent(s.absent(what)) for what in words.BLOCKS]
    return Content(
        SLUG,
        s.fixed("section.movers"),
        words.headline(count, fluctuations, theme, s),
        (
            *rows(_theme(issue, theme, words, s) if theme.rows else missing[0]),
            *rows(
                _cases(issue, table, fluctuations, words, s) if table else missing[1],
                _aftermath(issue, after, words, s) if after else missing[2],
                grid=Grid.HALVES if table and after else Grid.FULL,
            ),
            *rows(_notices(issue, told, words, s) if told else missing[3]),
        ),
        late=s.late(late(issue, *INPUTS)),
    )


def _theme(issue: Issue, one: Movers, words: ModuleType, s: Speller) -> Table:
    columns = (
        Column(words.HEADS["company"], "text"),
        Column(s.fixed("head.code"), "code"),
        Column(words.HEADS["close"]),
        Column(s.fixed("head.day")),
        Column(words.HEADS["run_up"], strong=True),
        Column("", "bar"),
        Column(words.HEADS["run_up_week"]),
        Column(s.fixed("head.from_peak")),
        Column(words.HEADS["peak"], "day"),
        *((Column(words.HEADS["notices"], "text"),) if one.noticed else ()),
    )
    drawn = tuple(TableRow(tuple(_cells(row, one, words, s))) for row in one.rows)
    facts = [row.run_up for row in one.rows]
    return Table(
        words.theme_title(one, s), columns, drawn, every=4, dense=True, note=words.theme_note(one, s),
        source=sourced(issue, s, *facts, refs=REFS),
    )  # fmt: skip


def _cells(row: Mover, table: Movers, words: ModuleType, s: Speller) -> Iterator[Cell]:
    name, none = s.company(row.code), Missing(s.fixed("cell.no_data"))
    day = row.run_up.observation_date if row.run_up else None
    yield words.other_day(name, day, s) if day and day != table.day else name
    yield row.code
    yield s.bare(row.close) if row.close else none
    yield s.signed(row.day) if row.day else none
    yield s.signed(row.run_up) if row.run_up else none
    most = longest(table.rows)
    yield Bar(row.run_up.value / most) if row.run_up and most else ""
    yield (s.week_change(row.run_up) if row.run_up else None) or none
    yield s.signed(row.drawdown) if row.drawdown else none
    yield s.day(row.peak) if row.peak else none
    if table.noticed:
        yield words.repeated(row.repeats, s) if row.repeats else ""


def _cases(
    issue: Issue, table: tuple[Case, ...], met: Moves | None, words: ModuleType, s: Speller
) -> Table:
    names = ("case", "cases", "per_thousand", "week", "percentile")
    columns = tuple(
        Column(words.HEADS[name], "number" if at else "text", strong=name == "cases")
        for at, name in enumerate(names)
    )
    newest = max(one.fact.observation_date for one in table)
    drawn = tuple(TableRow(tuple(_of_case(one, newest, words, s))) for one in table)
    facts = [one.fact for one in table]
    title = words.moves_title(met.fact, s) if met else words.CASES_TITLE
    return Table(title, columns, drawn, dense=True, note=words.CASES_NOTE,
                 source=sourced(issue, s, *facts, refs=_metrics(facts)))  # fmt: skip


def _metrics(facts: Iterable[Fact | None]) -> tuple[str, ...]:
    """Each metric once, whatever its entity."""
    return tuple(dict.fromkeys(fact.metric for fact in facts if fact))


def _of_case(one: Case, newest: object, words: ModuleType, s: Speller) -> Iterator[Cell]:
    fact, name, none = one.fact, words.CASES[one.kind], Missing(s.fixed("cell.no_data"))
    last = fact.observation_date
    yield name if last == newest else words.other_day(name, last, s)
    yield s.members(fact)
    yield s.level(fact)
    yield s.week_change(fact) or none
    yield s.rank(fact) or Missing(words.SHORT_PAST)


def _notices(issue: Issue, told: Notices, words: ModuleType, s: Speller) -> Entries:
    items = [Entry("", text) for text in words.notices(told, s)]
    items += [Entry(s.day(one.observation_date), words.repeat(one, s)) for one in told.repeats]
    known: list[Fact | None] = [*told.repeats, told.technology]
    return Entries(tuple(items), columns=2, title=words.NOTICES_TITLE, note=words.NOTICES_NOTE,
                   source=sourced(issue, s, *known, refs=_metrics(known)) if any(known) else None)  # fmt: skip


def _aftermath(issue: Issue, one: Aftermath, words: ModuleType, s: Speller) -> Table:
    heads = (words.HEADS["measure"], words.HEADS["warned"], words.HEADS["control"])
    columns = tuple(Column(head, "number" if at else "text") for at, head in enumerate(heads))
    counts = TableRow((s.fixed("head.n"), s.members(one.warned), s.members(one.control)))
    drawn = [
        TableRow(
            (
                words.MEASURES[row.measure],
                *(
                    (s.signed if row.measure in SIGNED else s.level)(f)
                    for f in (row.warned, row.control)
                ),
            )
        )
        for row in one.rows
    ]
    shown = [row.warned for row in one.rows]
    return Table(
        words.aftermath_title(one, s), columns, (counts, *drawn),
        dense=True,
        note=words.aftermath_note(one, s),
        source=sourced(issue, s, one.warned, *shown, refs=_metrics(shown[:1])),
    )  # fmt: skip
