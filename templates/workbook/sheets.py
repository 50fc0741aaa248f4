"""From the blocks of the sections to sheets: heads, rows, and the lines above and below them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from templates.format import Number
from templates.page import (
    Absent,
    Column,
    Content,
    Entries,
    Figure,
    Hatched,
    Missing,
    Panel,
    Source,
    Table,
)
from templates.wording.fixed import drawn, head
from templates.wording.speller import Speller
from templates.workbook import cells
from templates.workbook.cells import plain
from transforms.facts import Fact, FactBook, fact_id
from transforms.issue.issue import Issue

NAME_LENGTH = 31
PARENTHESES = str.maketrans("", "", "()（）")
NOT_IN_NAMES = str.maketrans("'/\\[]:*?", "’--()   ")
LATIN = re.compile(r"[0-9A-Za-z.,%+−]+$")
DANGLING = " ,;:(-，；：、（“"  # at the end of a name that was cut
DAY = "day"
UNIT_LENGTH = 24  # Latin letters; what is longer over an axis explains it
WIDE = "\u2e80"  # from here on a character is as wide as two
TELLING = 1000  # whole numbers below are values of many facts by chance
FACT_HEADS = ("id", "metric", "entity", "day", "value", "unit", "percentile", "sources", "known_at")


@dataclass(frozen=True)
class Link:
    """The name of a sheet, which leads there."""

    sheet: str


Cell = cells.Content | Link


@dataclass(frozen=True)
class Sheet:
    """A table with a title.

    above, below: lines over its heads and under its rows; section: the title of the one that it is
    from; filtered: whether its heads choose among the rows.
    """

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    above: tuple[tuple[Cell, ...], ...] = ()
    below: tuple[str, ...] = ()
    section: str = ""
    filtered: bool = False


def data_sheets(
    sections: Sequence[Content],
    issue: Issue,
    s: Speller,
    kinds: tuple[type, ...] = (Table, Figure, Panel),
) -> list[Sheet]:
    """A sheet for each block of these kinds that has data, in the order of the pages."""
    taken = {s.fixed("workbook.contents").casefold(), s.fixed("workbook.facts").casefold()}
    facts = _ranked(issue)
    made = []
    for section in sections:
        number = 0
        for block in (block for row in section.rows for block in row.blocks):
            sheet = _sheet(block, section.title, facts, s) if isinstance(block, kinds) else None
            if sheet is None:
                continue
            number += 1
            name = _name(section.title, number, sheet.title, taken)
            below = (*sheet.below, plain(section.late)) if section.late else sheet.below
            sheet = replace(sheet, name=name, above=_simulated(issue, s), below=below)
            made.append(replace(sheet, section=section.title))
    return made


def _sheet(block: object, section: str, facts: FactBook, s: Speller) -> Sheet | None:
    if isinstance(block, Table):
        return _table(block, plain(block.title) or section, facts, s)
    if isinstance(block, Figure) and block.data.width:
        lines = (*_marks(block.marks), *_lines(block.note, block.source, s))
        drawn = Sheet("", plain(block.title) or section, (), (), below=lines)
        cited = block.source.refs if block.source else ()
        return _drawn(drawn, block.data, facts, cited, s, unit=plain(block.unit))
    if isinstance(block, Panel) and block.data.width:
        drawn = Sheet("", plain(block.name), (), (), below=tuple(_told(block)))
        cited = (block.value.ref,) if isinstance(block.value, Number) else ()
        return _drawn(drawn, block.data, facts, cited, s)
    return None


def _table(table: Table, title: str, facts: FactBook, s: Speller) -> Sheet:
    """The table without the columns that only draw."""
    kept = [place for place, column in enumerate(table.columns) if column.kind != "bar"]
    heads = tuple(
        _head(table.columns[place], [row.cells[place] for row in table.rows], facts, s)
        for place in kept
    )
    rows = tuple(
        tuple(
            s.fixed("cell.no_data")
            if isinstance(row.cells[place], Hatched)
            else cells.content(row.cells[place], facts)
            for place in kept
        )
        for row in table.rows
    )
    return Sheet("", title, heads, rows, below=tuple(_lines(table.note, table.source, s)))


def _head(column: Column, under: Sequence[object], facts: FactBook, s: Speller) -> str:
    """The head of a column, with the unit of its numbers where all have the same."""
    return _with_unit(_label(column.label, s), _unit_under(under, facts, s), s)


def _unit_under(under: Sequence[object], facts: FactBook, s: Speller) -> str:
    """What the facts of a column are counted in, bounds like values; empty where that differs."""
    names = {cells.unit_name(unit, s) for unit in cells.units_of(under, facts)}
    return names.pop() if len(names) == 1 else ""


def _label(head: object, s: Speller) -> str:
    """What a head says; a day whole, though on a page its month stands over another one."""
    match cells.content(head, FactBook(())):
        case date() as day:
            return plain(s.dated(day))
        case _:
            return cells.words(head)


def _with_unit(label: str, unit: str, s: Speller) -> str:
    if not unit or unit in label:
        return label
    unit = unit.translate(PARENTHESES)
    return s.fixed("workbook.with_unit", name=label, unit=unit) if label else unit


def _drawn(
    sheet: Sheet,
    data: pl.DataFrame,
    facts: FactBook,
    cited: Sequence[str],
    s: Speller,
    *,
    unit: str = "",
) -> Sheet:
    """The sheet with what a picture draws.

    cited: what its values are facts of; unit: of its axis, whose name a column may bear.
    """
    heads: list[str] = []
    columns: list[list[Cell]] = []
    none = s.fixed("cell.no_data")
    units = _units_by_value(facts, cited)
    if unit not in data.columns and unit.casefold() in {
        head(plain(name), s.code).casefold() for name in data.columns
    }:
        unit = ""  # over the axis stands what one of the columns is, not what it is counted in
    explains = unit in data.columns or _width(unit) > UNIT_LENGTH
    over = "" if explains else unit
    for column in data.iter_columns():
        label = s.fixed("head.day") if column.name == DAY else head(plain(column.name), s.code)
        label = label[:1].upper() + label[1:] if len(label) > 1 else label  # but not a p or an n
        if column.dtype == pl.Object:  # printed numbers, which name their facts
            under = column.to_list()
            heads.append(_with_unit(label, _unit_under(under, facts, s), s))
            columns.append([none if v is None else cells.content(v, facts) for v in under])
            continue
        own = _unit_of(column, units)
        style = cells.series_format(own, s) if own else ""
        if own is None:
            heads.append(_with_unit(label, over, s))
        else:
            name = cells.unit_name(own, s)
            bare = name and column.name in (unit, own)
            heads.append(_with_unit("" if bare else label, name, s))
        columns.append([none if v is None else _valued(v, style, s) for v in column])
    return replace(sheet, heads=tuple(heads), rows=tuple(zip(*columns, strict=True)))


def _width(text: str) -> int:
    return sum(1 + (sign >= WIDE) for sign in text)


def _valued(value: object, style: str, s: Speller) -> Cell:
    named = drawn(value, s.code) if isinstance(value, str) else value
    return cells.series_value(named, style)


def _ranked(issue: Issue) -> FactBook:
    """The facts of the issue, those of a finding with the rank that pages print beside them."""
    ranks = {
        fact_id(f"finding_{one.kind}_{role}", one.entity, number.day): one.rarity.percentile
        for one in issue.findings
        for role, number in one.numbers.items()
    }
    return FactBook(
        replace(fact, percentile=ranks[fact.fact_id]) if fact.fact_id in ranks else fact
        for fact in issue.facts
    )


def _units_by_value(facts: FactBook, cited: Sequence[str]) -> dict[float, set[str]]:
    """The units of the values of cited metrics; small whole numbers tell no unit.

    cited: names of metrics, or of facts and series, which begin with them.
    """
    metrics = {name.partition("/")[0] for name in cited}
    found: dict[float, set[str]] = {}
    for fact in (fact for metric in metrics for fact in facts.of(metric)):
        value = float(fact.value)
        if not value.is_integer() or abs(value) >= TELLING:
            found.setdefault(value, set()).add(fact.unit)
    return found


def _unit_of(column: pl.Series, units: dict[float, set[str]]) -> str | None:
    """The unit of what is drawn: the one of most facts among its values.

    A picture draws the history of facts; the newest values of it are facts themselves. Empty for
    what has no unit, such as days, names and counts; None where facts do not tell.
    """
    if not column.dtype.is_float():
        return ""
    counted = Counter(unit for value in column for unit in units.get(value, ()))
    match counted.most_common(2):
        case [(unit, _)]:
            return unit
        case [(unit, most), (_, other)] if most > other:
            return unit
        case _:
            return None


def _marks(marks: Entries | None) -> Iterator[str]:
    """What the numbered dots of a picture are, a line each."""
    for one in marks.items if marks else ():
        yield " ".join(filter(None, (plain(one.mark), plain(one.text), plain(one.aside))))


def _told(panel: Panel) -> Iterator[str]:
    """What a panel tells over its picture."""
    value = panel.value.reason if isinstance(panel.value, Missing) else panel.value.text
    told = (value, panel.unit, panel.change.text if panel.change else "", panel.rank)
    yield " ".join(filter(None, map(plain, told)))


def _lines(note: object, source: Source | None, s: Speller) -> Iterator[str]:
    """The note, the sources, and the names of the series."""
    yield from filter(None, [plain(note)])
    if source is None:
        return
    yield plain(source.text)
    if source.refs:
        yield plain(s.fixed("workbook.stands_on", names=", ".join(source.refs)))


def _simulated(issue: Issue, s: Speller) -> tuple[tuple[str, ...], ...]:
    """The line over all numbers that are not real."""
    return ((s.fixed("footer.simulated"),),) if issue.simulated else ()


def facts_sheet(issue: Issue, s: Speller) -> Sheet:
    """All facts of the issue, printed or not."""
    name = s.fixed("workbook.facts")
    heads = tuple(s.fixed(f"workbook.fact_{head}") for head in FACT_HEADS)
    rows = tuple(_fact(fact, s) for fact in issue.facts)
    return Sheet(name, name, heads, rows, above=_simulated(issue, s), filtered=True)


def _fact(fact: Fact, s: Speller) -> tuple[Cell, ...]:
    none = s.fixed("cell.no_rank")
    rank = none if fact.percentile is None else cells.series_value(fact.percentile, "")
    return (
        *map(plain, (fact.fact_id, fact.metric, fact.entity)),
        fact.observation_date,
        cells.series_value(fact.value, ""),
        plain(fact.unit),
        rank,
        plain(", ".join(fact.sources)),
        fact.known_at.replace(tzinfo=None),
    )


def contents_sheet(
    sections: Sequence[Content], sheets: Sequence[Sheet], issue: Issue, s: Speller
) -> Sheet:
    """What the workbook is of, what its sheets hold, and what is missing."""
    real = "footer.simulated" if issue.simulated else "workbook.real"
    above: tuple[tuple[Cell, ...], ...] = (
        (s.fixed("workbook.issue"), plain(issue.issue_id)),
        (s.fixed("workbook.as_of"), issue.as_of),
        (s.fixed("workbook.language"), s.fixed("workbook.this_language")),
        (s.fixed("workbook.data"), s.fixed(real)),
    )
    heads = tuple(s.fixed(f"workbook.{head}") for head in ("sheet", "section", "title"))
    rows = tuple((Link(one.name), one.section, one.title) for one in sheets)
    gone = tuple(
        plain(block.text)
        for section in sections
        for row in section.rows
        for block in row.blocks
        if isinstance(block, Absent)
    )
    name = s.fixed("workbook.contents")
    return Sheet(name, s.fixed("name"), heads, rows, above=above, below=gone)


def _name(section: str, number: int, title: str, taken: set[str]) -> str:
    """A legal name for a sheet that no other has; `taken` learns it.

    number: of the sheet in its section; it is never cut off. A title that only says the section
    again is left out.
    """
    place = _cut(_legal(section), NAME_LENGTH - len(f" {number}")) + f" {number}"
    legal = place if title == plain(section) else _legal(f"{place} {title}")
    name, same = _cut(legal, NAME_LENGTH), 1
    while name.casefold() in taken:
        same += 1
        tail = f" ({same})"
        name = _cut(legal, NAME_LENGTH - len(tail)) + tail
    taken.add(name.casefold())
    return name


def _legal(name: str) -> str:
    return " ".join(plain(name).translate(NOT_IN_NAMES).split())


def _cut(name: str, room: int) -> str:
    """The name as far as there is room, Latin words whole. Excel counts in UTF-16."""
    kept = name
    while len(kept.encode("utf-16-le")) > 2 * room:
        kept = kept[:-1]
    if LATIN.match(name[len(kept) : len(kept) + 1]):
        kept = LATIN.sub("", kept) or kept
    return kept.strip() if kept == name else kept.rstrip(DANGLING)
