"""Web pages as lxml reads them: texts of elements, and tables with their spans unfolded.

A page is data of somebody else. The parser runs no script, resolves no entity of the page's own and
opens no address; libxml2 bounds depth and length of texts, and what exceeds a bound is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lxml import etree

from warehouse.errors import UnknownFormat

PAGE_BYTES = 1_000_000  # the longest page that is read has a tenth of it
CHUNK, WITHOUT_TAG = 8_192, 65_536
CELLS = 100_000  # of a page's tables once unfolded: a span may claim any number
BREAKS = ("br", "div", "li", "p")  # elements that begin a line
UNSEEN = ("script", "style")

Hanging = dict[int, tuple[str, int]]  # column → text, and rows that it still reaches into


@dataclass(frozen=True)
class Table:
    """The rows of one table as text: a cell that spans rows or columns stands in each of them.

    `reach` says of each row how many rows its cells reach into, itself included.
    """

    rows: Sequence[Sequence[str]]
    reach: Sequence[int]

    def headings(self, heading: str) -> tuple[list[str], int] | None:
        """The names of the columns, and the row below them, if one begins with this heading.

        Where a cell joins several rows of headings, the lowest names the columns; a name that is
        there twice has those above it before it.
        """
        found = (n for n, row in enumerate(self.rows) if any(c.startswith(heading) for c in row))
        place = next(found, None)
        if place is None:
            return None
        first = next(n for n in range(place + 1) if n + self.reach[n] > place)
        below = max(n + self.reach[n] for n in range(first, place + 1))
        block = self.rows[first:below]
        lowest = block[-1]
        return [
            " ".join(dict.fromkeys(row[n] for row in block if n < len(row)))
            if lowest.count(name) > 1
            else name
            for n, name in enumerate(lowest)
        ], below


class Page:
    """One web page; raises UnknownFormat where it is longer or deeper than pages of data are."""

    def __init__(self, html: str) -> None:
        self.root = _parsed(html.encode()) if html.strip() else etree.Element("html")
        etree.strip_elements(self.root, *UNSEEN, with_tail=False)

    def first(self, *kinds: tuple[str, str]) -> str | None:
        """The text of the first element of the first of these kinds (tag, class or "") that the
        page has, one line per paragraph; None without one, or without text in it.
        """
        found = (e for kind in kinds for e in self._of(*kind))
        element = next(found, None)
        text = "" if element is None else "".join(_pieces(element)).replace("\xa0", " ")
        return "\n".join(filter(None, map(str.strip, text.splitlines()))) or None

    def items(self) -> list[str]:
        """The text of each list item, without those within it, on one line."""
        return [_on_one_line(item, "li") for item in self.root.iter("li")]

    def tables(self) -> Iterator[Table]:
        """The tables in the order in which they begin; one within a cell stands by itself."""
        left = CELLS
        for element in self.root.iter("table"):
            table = _unfolded(element, left)
            left -= sum(map(len, table.rows))
            yield table

    def _of(self, tag: str, name: str) -> Iterator[etree._Element]:
        """The elements of a tag that have a class of that name, or any where it is empty."""
        for element in self.root.iter(tag):
            if not name or name in element.get("class", "").split():
                yield element


def _parsed(content: bytes) -> etree._Element:
    """The root of the page, read in chunks: libxml2 compares the attributes of a tag with each
    other, so that one tag of a megabyte would take minutes; it waits for the end of a tag, and a
    long stretch in which none ends is refused before.
    """
    if len(content) > PAGE_BYTES:
        raise UnknownFormat(f"a page of {len(content):,} bytes; at most {PAGE_BYTES:,} are read")
    parser = etree.HTMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    last = 0  # where a tag was seen last
    for begin in range(0, len(content), CHUNK):
        parser.feed(content[begin : begin + CHUNK])
        last = begin if list(parser.read_events()) else last
        if begin - last > WITHOUT_TAG:
            raise UnknownFormat(f"a page with {WITHOUT_TAG:,} bytes and no tag in them")
    root = parser.close()
    if beyond := parser.feed_error_log.filter_from_fatals():
        raise UnknownFormat(f"a page built like none of data: {beyond[0].message}")
    return root


def _pieces(element: etree._Element, without: str = "") -> Iterator[str]:
    """The texts within an element, but not within elements of the tag that is left out."""
    yield element.text or ""
    for child in element:
        if child.tag in BREAKS:
            yield "\n"
        if child.tag != without:
            yield from _pieces(child, without)
        yield child.tail or ""


def _on_one_line(element: etree._Element, without: str) -> str:
    """The text of an element, each stretch of blanks as one space."""
    return " ".join("".join(_pieces(element, without)).split())


def _unfolded(table: etree._Element, limit: int) -> Table:
    """The table's own rows; raises UnknownFormat where its spans make more cells than the limit.

    No cell reaches beyond its group of rows: thead, tbody, or the table itself.
    """
    rows: list[list[str]] = []
    reach: list[int] = []
    own = (line for line in table.iter("tr") if next(line.iterancestors("table")) is table)
    for _, group in groupby(own, lambda line: line.getparent()):
        hanging: Hanging = {}
        lines = list(group)
        for number, line in enumerate(lines):
            row, fresh = _row(line, hanging, limit)
            limit -= len(row)
            rows.append(row)
            most = max((left for _, left in fresh.values()), default=0)
            reach.append(1 + min(most, len(lines) - number - 1))
            still = {n: (text, left - 1) for n, (text, left) in hanging.items() if left > 1}
            hanging = still | fresh
    return Table(rows, reach)


def _row(line: etree._Element, hanging: Hanging, limit: int) -> tuple[list[str], Hanging]:
    """The texts of one row, those that hang from rows above among them; and those that hang on."""
    row: list[str] = []
    fresh: Hanging = {}
    for cell in line.iterchildren("td", "th"):
        _hang(row, hanging)
        down, across = _span(cell, "rowspan"), _span(cell, "colspan")
        if len(row) + across > limit:
            raise UnknownFormat(f"tables of more than {CELLS:,} cells")
        text = _on_one_line(cell, "table")
        fresh |= {len(row) + n: (text, down - 1) for n in range(across) if down > 1}
        row += [text] * across
    _hang(row, hanging)
    return row, fresh


def _hang(row: list[str], hanging: Hanging) -> None:
    """Cells of rows above come next, as long as they reach into this place."""
    while len(row) in hanging:
        row.append(hanging[len(row)][0])


def _span(cell: etree._Element, name: str) -> int:
    """How many rows or columns a cell takes, 1 to 999,999; 1 where no number is stated."""
    stated = cell.get(name, "")
    return max(int(stated), 1) if stated.isdecimal() and len(stated) <= 6 else 1
