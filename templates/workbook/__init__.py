"""The workbook of an issue: each table, and what each picture draws, as numbers that can be used.

`sheets` turns the blocks of the sections into sheets, `cells` their cells into numbers, days and
texts, and `writer` writes the file. No cell is a formula, whatever the data hold.
"""

from __future__ import annotations

from templates.page import Table
from templates.publication import Publication, publication
from templates.workbook.sheets import Sheet, contents_sheet, data_sheets, facts_sheet
from templates.workbook.writer import written
from transforms.issue.issue import Issue


def workbook(issue: Issue, language: str = "en") -> bytes:
    """The workbook of an issue in one language: same issue and code, same bytes."""
    return workbook_of(publication(issue, language))


def workbook_of(whole: Publication) -> bytes:
    """The workbook of sections that are built already.

    Raises RenderFailed where an issue has more than a sheet holds.
    """
    data = data_sheets(whole.sections, whole.issue, whole.speller)
    return _bound(whole, [*data, facts_sheet(whole.issue, whole.speller)])


def tables_of(whole: Publication) -> bytes:
    """A smaller workbook, of the tables alone: nothing that pictures draw, and no list of facts."""
    return _bound(whole, data_sheets(whole.sections, whole.issue, whole.speller, (Table,)))


def _bound(whole: Publication, sheets: list[Sheet]) -> bytes:
    contents = contents_sheet(whole.sections, sheets, whole.issue, whole.speller)
    return written([contents, *sheets], title=contents.title, created=whole.issue.cutoff)
