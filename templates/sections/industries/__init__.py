"""Industries by the move of their middle share, themes, and the shares that moved most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

from templates.issue_view import late, sourced
from templates.page import (
    Absent,
    Bar,
    Block,
    Cell,
    Column,
    Content,
    Grid,
    Kind,
    Missing,
    Shaded,
    Table,
    TableRow,
    rows,
)
from templates.sections.industries import chinese, english
from templates.sections.industries.facts import (
    BEST,
    CROWDED,
    WEEK,
    WORST,
    Industries,
    Industry,
    Theme,
    industries,
    is_week,
    of_the_week,
    shares,
    themes,
)
from templates.wording.catalogue import industry
from templates.wording.speller import Speller
from templates.wording.text import Text
from transforms.facts import Fact
from transforms.formulas.printed_value import printed_rank
from transforms.issue.issue import Issue

SLUG = "industries"
INPUTS = ("stock_daily", "security", "sector_daily", "board_daily")
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
EVERY = 5
ROOM = 16  # rows that have room for type of the usual size
RISEN_STEPS = (0.2, 0.4, 0.6, 0.8)  # shares of stocks up from which the next shade begins
MOVE_STEPS = (0.15, 0.4, 0.7)  # shares of the largest move from which the next shade begins
CROWDED_STEPS = (60, 80, int(CROWDED))  # percentiles from which a cell is shaded


@dataclass(frozen=True)
class Measured:
    """A column of industries: its head, how a cell is made of a row (None: not measured)."""

    head: str
    cell: Callable[[Industry], Cell | None]
    kind: Kind = "number"
    strong: bool = False


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language."""
    words = WORDS[s.code]
    found = industries(issue)
    named = themes(issue, found)
    missing = [Absent(s.absent(what)) for what in words.BLOCKS]
    best, worst = shares(issue, BEST), shares(issue, WORST)
    lists: list[Block] = [
        _shares(issue, one, name, words, s)
        for one, name in zip((best, worst), words.LISTS, strict=True)
        if one
    ]
    table: Block = _table(issue, found, words, s) if found else missing[0]
    of_themes: Block = _themes(issue, named, words, s) if named else missing[1]
    return Content(
        SLUG,
        s.fixed("section.industries"),
        words.headline(found, of_the_week(named), s),
        (
            *rows(table),
            *rows(of_themes),
            *rows(*(lists or [missing[2]]), grid=Grid.HALVES),
        ),
        late=s.late(late(issue, *INPUTS)),
    )


def _table(issue: Issue, found: Industries, words: ModuleType, s: Speller) -> Table:
    columns = _columns(found, words, s)
    there = [one for one in columns if any(one.cell(row) is not None for row in found.rows)]
    gone = [one.head for one in columns if one not in there and one.head != words.GAINED]
    none = Missing(s.fixed("cell.no_data"))
    heads = (Column(words.INDUSTRY, "text"), *(Column(c.head, c.kind, c.strong) for c in there))
    drawn = tuple(
        TableRow((industry(row.entity, s.code), *(_or(one.cell(row), none) for one in there)),
                 emphasis=row.technology)
        for row in found.rows
    )  # fmt: skip
    facts = [
        fact for row in found.rows for fact in (row.week, row.risen, row.turnover, row.crowding)
    ]
    refs = tuple(dict.fromkeys(fact.metric for fact in facts if fact))
    return Table(
        words.title(found),
        heads,
        drawn,
        every=EVERY,
        dense=len(drawn) > ROOM,
        flows=True,
        note=words.note(gone) + words.crowded(found, s),
        source=sourced(issue, s, *facts, refs=refs),
    )


def _or(cell: Cell | None, otherwise: Cell) -> Cell:
    return otherwise if cell is None else cell


def _columns(found: Industries, words: ModuleType, s: Speller) -> list[Measured]:
    longest = max(abs(row.week.value) for row in found.rows)
    farthest = max((abs(row.month.value) for row in found.rows if row.month), default=0.0)
    return [
        Measured(words.SHARES, lambda row: s.members(row.week)),
        Measured(words.span_head(week=found.week), lambda row: _move(row.week, longest, s),
                 strong=True),
        Measured("", lambda row: Bar(row.week.value / longest if longest else 0.0), "bar"),
        Measured(s.fixed("head.percentile"), lambda row: s.rank(row.week)),
        Measured(words.MONTH, lambda row: _move(row.month, farthest, s) if row.month else None),
        Measured(words.RISEN, lambda row: _risen(row.risen, s)),
        Measured(words.HIGHS, lambda row: s.level(row.highs) if row.highs else None),
        Measured(words.AVERAGE, lambda row: s.level(row.average) if row.average else None),
        Measured(words.TURNOVER, lambda row: s.level(row.turnover) if row.turnover else None),
        Measured(words.GAINED, lambda row: s.week_change(row.turnover) if row.turnover else None),
        Measured(words.CROWDING, lambda row: _crowding(row.crowding, s)),
    ]  # fmt: skip


def _move(fact: Fact, most: float, s: Speller) -> Cell:
    """A move on the ground of its direction, the darker the nearer to the largest shown."""
    step = _step(abs(fact.value) / most if most else 0.0, MOVE_STEPS)
    return (
        Shaded(s.signed(fact), step, "up" if fact.value > 0 else "down")
        if fact.value
        else s.signed(fact)
    )


def _risen(fact: Fact | None, s: Speller) -> Cell | None:
    if fact is None:
        return None
    return Shaded(s.level(fact), _step(fact.value, RISEN_STEPS[1:]), "blue")


def _crowding(fact: Fact | None, s: Speller) -> Cell | None:
    rank = s.rank(fact) if fact else None
    if fact is None or rank is None or fact.percentile is None:
        return None
    step = _step(int(printed_rank(fact.percentile)), CROWDED_STEPS)
    return Shaded(rank, step - 1, "rust") if step else rank


def _step(value: float, begins: Sequence[float]) -> int:
    """How many of the steps a value has reached."""
    return sum(value >= one for one in begins)


def _themes(issue: Issue, found: tuple[Theme, ...], words: ModuleType, s: Speller) -> Table:
    week, top = is_week(issue), of_the_week(found)
    longest = max(abs(one.week.value) for one in found)
    heads = (
        Column(words.THEME, "text"),
        Column(words.MEASURED, "text"),
        Column(words.SHARES),
        Column(words.span_head(week=week), strong=True),
        Column("", "bar"),
        Column(s.fixed("head.percentile")),
        Column(words.MONTH),
        Column(words.RISEN),
    )
    drawn = tuple(
        TableRow(tuple(_theme_cells(one, longest, words, s)), emphasis=one is top)
        for one in found
    )  # fmt: skip
    facts = [one.week for one in found]
    return Table(
        words.theme_title(top, s, week=week) if top else Text(),
        heads,
        drawn,
        dense=True,
        note=words.theme_note(found),
        source=sourced(issue, s, *facts, refs=(WEEK, "return_5d")),
    )


def _theme_cells(one: Theme, longest: float, words: ModuleType, s: Speller) -> Iterator[Cell]:
    vendor = one.entity.rpartition("(")[2].rstrip(")")
    none = Missing("–")
    yield words.theme_name(one, s)
    yield words.OF_INDUSTRY if one.industry else words.BOARDS[vendor] if one.board else words.LISTED
    yield s.members(one.week) if one.week.n else none
    yield s.signed(one.week)
    yield Bar(one.week.value / longest if longest else 0.0)
    yield (s.rank(one.week) if one.ranked else None) or none
    yield s.signed(one.month) if one.month else none
    yield s.level(one.risen) if one.risen else none


def _shares(
    issue: Issue, found: tuple[Fact, ...], name: str, words: ModuleType, s: Speller
) -> Table:
    longest = max(abs(fact.value) for fact in found)
    heads = (
        Column(words.COMPANY, "text"),
        Column(words.CODE, "code"),
        Column(words.span_head(week=is_week(issue)), strong=True),
        Column("", "bar"),
    )
    drawn = tuple(
        TableRow((words.company(fact, s), fact.entity, s.signed(fact),
                  Bar(fact.value / longest if longest else 0.0)))
        for fact in found
    )  # fmt: skip
    return Table(
        words.shares_title(found, name, s),
        heads,
        drawn,
        dense=True,
        note=words.SHARES_NOTE,
        source=sourced(issue, s, *found, refs=(found[0].metric,)),
    )
