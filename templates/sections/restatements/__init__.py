"""What has changed of the numbers that the last issue printed, and of how many that is."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from templates.page import Absent, Cell, Column, Content, Missing, Table, TableRow, rows
from templates.sections.restatements import chinese, english
from templates.sections.restatements.facts import Restated, Row, restated
from templates.wording.language import LANGUAGES
from templates.wording.page_words import PageWords
from templates.wording.speller import Speller
from templates.wording.text import Text
from transforms.issue.issue import Issue
from transforms.issue.restatements import Field

SLUG = "restatements"
WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}


def build(issue: Issue, s: Speller) -> Content:
    """The section in the speller's language: one line where nothing was restated."""
    words, pages = WORDS[s.code], LANGUAGES[s.code].pages(issue.as_of, issue.names)
    found = restated(issue)
    title, headline = s.fixed("section.restatements"), words.headline(found, s)
    block = _table(found, words, pages, s) if found.rows else Absent(words.compared(found))
    return Content(SLUG, title, headline, (*rows(block),))


def _table(found: Restated, words: ModuleType, pages: PageWords, s: Speller) -> Table:
    number, day, printed, now, why, known = words.HEADS
    columns = (
        Column(number, "prose"),
        Column(day, "day"),
        Column(printed),
        Column(now, strong=True),
        Column(why, "prose"),
        Column(known, "day"),
    )
    drawn = tuple(TableRow(tuple(_cells(row, words, pages, s))) for row in found.rows)
    note = words.compared(found) + words.more(found)
    return Table(Text(), columns, drawn, framed=True, flows=True, note=note)


def _cells(row: Row, words: ModuleType, pages: PageWords, s: Speller) -> Iterator[Cell]:
    yield words.measured(row, pages)
    yield s.day(row["observation_date"])
    yield from (_told(row, column, words, pages, s) for column in ("before", "value"))
    yield words.why(row)
    yield pages.known_day(row) if row["known_at"] else ""


def _told(row: Row, column: str, words: ModuleType, pages: PageWords, s: Speller) -> Cell:
    """One of the two numbers; of a record its day as well, of a rank only since when."""
    day = row[f"{column}_day"]
    if row["field"] == Field.SINCE.value:
        since: Text = words.since(day, s)
        return since
    if row[column] is None:
        return Missing(words.MISSING if column == "before" else words.WITHDRAWN)
    number = pages.restated(row, column)
    if row["field"] != Field.RECORD.value:
        return number
    dated: Text = words.dated(number, day, s)
    return dated
