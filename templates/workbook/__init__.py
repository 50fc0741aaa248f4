"""The workbook of an issue: each table, and what each picture draws, as numbers that can be used.

`sheets` turns the blocks of the sections into sheets, `cells` their cells into numbers, days and
texts, and `writer` writes the file. No cell is a formula, whatever the data hold.
"""

from __future__ import annotations

from templates.publication import Publication, publication
from templates.workbook.sheets import contents_sheet, data_sheets, facts_sheet
from templates.workbook.writer import written
from transforms.issue.issue import Issue


def workbook(issue: Issue, language: str = "en") -> bytes:
    """The workbook of an issue in one language: same issue and code, same bytes."""
    return workbook_of(publication(issue, language))


def workbook_of(whole: Publication) -> bytes:
    """The workbook of sections that are built already.

    Raises RenderFailed where an issue has more than a sheet holds.
    """
    sections, issue, speller = whole.sections, whole.issue, whole.speller
    data = data_sheets(sections, issue, speller)
    facts = facts_sheet(issue, speller)
    contents = contents_sheet(sections, [*data, facts], issue, speller)
    return written([contents, *data, facts], title=contents.title, created=issue.cutoff)
