"""How full the pages of a document are, read from the boxes that WeasyPrint lays out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from unittest import mock

from weasyprint import Document
from weasyprint.formatting_structure.boxes import Box, ReplacedBox, TextBox

from templates import render


def pdf_and_filling(markup: str, as_of: date) -> tuple[bytes, list[float]]:
    """The PDF of a document, and how full its pages are: it takes seconds to lay them out."""
    found: list[float] = []
    write = Document.write_pdf

    def measured(document: Document, *where: Any, **how: Any) -> Any:
        found.extend(filled(document))
        return write(document, *where, **how)

    with mock.patch.object(Document, "write_pdf", measured):
        return render.pdf(markup, as_of), found


def filled(document: Document) -> list[float]:
    """Of each page, how far down its text area print reaches: 0 to 1."""
    return [_filled(page) for page in document.pages]


def _filled(page: Any) -> float:
    sheet = page._page_box
    top, height = sheet.content_box_y(), sheet.height
    body = sheet.children[0]  # the others are the margins
    reach = max((one.position_y + one.height for one in _printed(body)), default=top)
    return float((reach - top) / height)


def _printed(box: Box) -> Iterator[Box]:
    """Texts and pictures below a box; what is fixed in the margin is above the text area."""
    if isinstance(box, (TextBox, ReplacedBox)):
        yield box
    for child in getattr(box, "children", ()):
        yield from _printed(child)
