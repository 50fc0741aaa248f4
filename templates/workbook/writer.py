"""Writes sheets into a file of Excel's format: fixed properties, no clock, no formula.

Each cell is written as what it is: a text that begins like a formula or an address stays a text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell_fast
from xlsxwriter.worksheet import CellStringTuple, Worksheet

from templates.wording.text import squares
from templates.workbook.cells import Value
from templates.workbook.sheets import Cell, Link, Sheet
from warehouse.errors import RenderFailed

DAYS, MOMENTS = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
EPOCH = date(1899, 12, 30).toordinal()  # from which Excel counts the days since March 1900
NARROWEST, WIDEST = 9, 60  # of a column, in characters


def written(sheets: Sequence[Sheet], *, title: str, created: datetime) -> bytes:
    """The bytes of a workbook. created: naive UTC, in its properties.

    Raises RenderFailed where a sheet has more rows, columns or letters than Excel reads.
    """
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})  # its files then bear no time of their own
    book.set_properties({"title": title, "created": created})
    styles = _Styles(book)
    for one in sheets:
        _write(book.add_worksheet(one.name, _Page), one, styles)
    book.close()
    return file.getvalue()


class _Page(Worksheet):
    """A sheet whose cells are numbers and texts, so that none is asked what else it may be."""

    fh: Any  # the file of the sheet

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        style = f' s="{cell.format._get_xf_index()}"' if cell.format else ""  # noqa: SLF001
        place = f'<c r="{xl_rowcol_to_cell_fast(row, col)}"{style}'
        if isinstance(cell, CellStringTuple):  # by its number among all texts
            self.fh.write(f'{place} t="s"><v>{cell.string}</v></c>')
        else:
            self.fh.write(f"{place}><v>{cell.number:.16G}</v></c>")


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}
        self.bold = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})

    def number(self, style: str) -> Format | None:
        """A number format; None for numbers as they come."""
        if style and style not in self._made:
            self._made[style] = self._book.add_format({"num_format": style, "align": "right"})
        return self._made.get(style)


def _write(page: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    top = len(sheet.above) + 1  # the row of the heads
    lines: list[tuple[int, Sequence[Cell], Format | None]] = [
        (0, (sheet.title,), styles.bold),
        *((row, line, None) for row, line in enumerate(sheet.above, start=1)),
        (top, sheet.heads, styles.head),
        *((row, line, None) for row, line in enumerate(sheet.rows, start=top + 1)),
        *((row, (text,), None) for row, text in enumerate(sheet.below, top + len(sheet.rows) + 2)),
    ]
    for row, line, style in lines:
        for column, cell in enumerate(line):
            if _put(page, (row, column), cell, styles, style):
                raise RenderFailed(
                    f"the sheet {sheet.name!r} of the workbook has no room for row {row + 1}, "
                    f"column {column + 1}: Excel reads 1,048,576 rows, 16,384 columns, and 32,767 "
                    "letters in a cell"
                )
    page.freeze_panes(top + 1, 0)
    page.repeat_rows(top)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    if sheet.filtered and sheet.rows:
        page.autofilter(top, 0, top + len(sheet.rows), len(sheet.heads) - 1)
    for column, head in enumerate(sheet.heads):
        under = (line[column] for line in (*sheet.above, *sheet.rows) if column < len(line))
        width = max(_width(cell) for cell in (head, *under))
        page.set_column(column, column, min(WIDEST, max(NARROWEST, width + 2)))


def _put(
    page: Worksheet, place: tuple[int, int], cell: Cell, styles: _Styles, style: Format | None
) -> int:
    """One cell; not 0 where the format has no room for it."""
    match cell:
        case None:
            return 0
        case Link():
            where = f"internal:'{cell.sheet}'!A1"
            return int(page.write_url(*place, where, None, cell.sheet))
        case Value():
            return int(page.write_number(*place, cell.number, styles.number(cell.format)))
        case datetime():
            return int(page.write_datetime(*place, cell, styles.number(MOMENTS)))
        case date():
            days = cell.toordinal() - EPOCH
            return int(page.write_number(*place, days, styles.number(DAYS)))
        case str():
            return int(page.write_string(*place, cell, style))


def _width(cell: Cell) -> int:
    """About how many digits wide a cell prints."""
    match cell:
        case None:
            return 0
        case Value():
            return len(f"{cell.number:,.0f}") + 4
        case Link():
            return round(2 * squares(cell.sheet))
        case datetime():
            return len(MOMENTS)
        case date():
            return len(DAYS)
        case str():
            return round(2 * squares(cell))
