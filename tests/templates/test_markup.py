"""Elements and classes of each kind of block, on paper and on a screen, as they were read last.

Statements have the words of the pages and nothing of their markup. `make statements` writes
tests/templates/markup anew.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from templates import render
from templates.format import Day, Number
from templates.page import (
    Absent,
    Bar,
    Boxed,
    Change,
    Column,
    Content,
    Entries,
    Entry,
    Figure,
    Findings,
    FrontPage,
    Grid,
    Hatched,
    Missing,
    Panel,
    Passage,
    Passages,
    Picture,
    Ranked,
    Row,
    Shaded,
    Source,
    Stack,
    Strong,
    Table,
    TableRow,
    Tile,
)
from templates.web import Printer
from templates.wording.speller import SPELLERS
from templates.wording.text import Text

MARKUP = Path(__file__).parent / "markup"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M 0 0 L 9 9"/></svg>'
ONE, DAY = Number("1.5%", "f1"), Day("16 Jan", "2026-01-16")
SOURCE = Source(Text(("Source: A",)), ("r1", "r2", "r3", "r4", "r5"))
DATA = pl.DataFrame({"day": [date(2026, 1, 15), date(2026, 1, 16)], "price": [1.0, 2.0]})


def text(*parts) -> Text:
    return Text(parts)


CELLS = (
    "plain", ONE, DAY, Missing("no data"), Bar(-0.5), Bar(0.25), Bar(0.0), Boxed(ONE), Strong(ONE),
    Shaded(ONE, 0, "blue"), Shaded(ONE, 3, "down"), Hatched(), Picture(SVG, "a course"),
    Stack(text("head"), text("beside"), (text("below"), text("further")), "heat"), Stack(text()),
)  # fmt: skip
KINDS = ("text", "prose", "code", "number", "bar", "day", "shade", "aside")
COLUMNS = tuple(
    Column(
        {0: "", 1: "RSI-14", 2: "two words-apart", 3: text("a-text"), 4: Picture(SVG, "p")}.get(
            place, f"c{place}"
        ),
        KINDS[place % len(KINDS)],
        strong=place == 2,
        width=12.0 if place == 1 else 0.0,
    )
    for place in range(len(CELLS))
)
ITEMS = (Entry(DAY, text("first"), text("aside")), Entry("2", text("second")))
NARROW = (Column("a", "text"), Column("b"))


def table(rows: int, **more) -> Table:
    """A table of two columns."""
    told = tuple(TableRow(("x", ONE)) for _ in range(rows))
    return Table(**{"title": text(), "columns": NARROW, "rows": told, **more})


TABLE = Table(
    text("All cells"), COLUMNS,
    (TableRow(CELLS), TableRow(CELLS[::-1], emphasis=True), TableRow(CELLS, part=True)),
    dense=True, framed=True, note=text("a note"), source=SOURCE,
)  # fmt: skip
BLOCKS = {
    "figure": Figure(
        text("A title"), SVG, "%", DATA, Entries(ITEMS, text("Marks")), text("note"), SOURCE
    ),
    "bare figure": Figure(text(), SVG),
    "table": TABLE,
    "lined table": table(5, every=2),
    "table of one part": Table(text(), NARROW, (TableRow(("x", ONE), part=True),)),
    "sortable table": table(2, framed=True),
    "entries": Entries(ITEMS, text("Entries"), 2, ruled=True, note=text("n"), source=SOURCE),
    "bare entries": Entries(ITEMS[1:]),
    "no entries": Entries(()),
    "passages": Passages(
        (Passage(text("head"), text("said"), text("aside"), "rsi_14"), Passage(text(), text("x"))),
        text("Passages"),
    ),
    "running passages": Passages((Passage(text("h"), text("x")),), columns=1, running=True),
    "risen panel": Panel("Name", ONE, "%", Change(text("+1"), 1), text("99th"), True, SVG, DATA),
    "fallen panel": Panel(text("Name"), ONE, "", Change(text("-1"), -1), svg=SVG),
    "still panel": Panel("Name", ONE, "points", Change(text("0"), 0), text("50th"), svg=SVG),
    "panel of nothing": Panel("Name", Missing("no data"), svg=SVG),
    "tile": Tile("Name", ONE, "%", Change(text("+1"), 1), text("99th"), True, SVG, DATA),
    "findings": Findings(
        text("Findings"),
        (
            Ranked(text("a"), text("rank"), text("history")),
            Ranked(text("b"), text("rank")),
            Ranked(text("c"), history=text("history")),
            Ranked(text("d")),
        ),
    ),
    "absent": Absent(text("nothing")),
}
PAIR = (BLOCKS["risen panel"], BLOCKS["tile"])


def content(*rows: Row, kind=Content, **more) -> Content:
    return kind("slug", "Title", text("Headline ", ONE), rows, **more)


PAGES = {
    **{name: content(Row((block,))) for name, block in BLOCKS.items()},
    "rows side by side": content(Row(PAIR, Grid.HALVES, "label"), Row(PAIR, Grid.HALVES)),
    "an absent one in a grid": content(Row((BLOCKS["absent"],), Grid.HALVES)),
    "rows that flow": content(Row((table(1, flows=True),)), Row((BLOCKS["absent"],))),
    "late": content(late=text("late"), sources=text("Sources")),
    "front": content(
        Row(PAIR, Grid.HALVES), kind=FrontPage, late=text("late"), lede=text("lede"),
        foot=text("foot"),
    ),
    "bare front": content(kind=FrontPage),
}  # fmt: skip


def on_paper(page: Content) -> str:
    return render.printed(page, 3)


def on_screen(page: Content) -> str:
    blocks = render.environment().get_template("web/blocks.html.j2").module
    return str(blocks.content(page, Printer(SPELLERS["en"](date(2026, 1, 16)))))


@pytest.mark.parametrize(("medium", "draw"), [("paper", on_paper), ("screen", on_screen)])
def test_the_markup_of_each_kind_of_block_is_the_one_that_was_read(medium, draw):
    file = MARKUP / f"{medium}.html"
    found = "\n".join(
        f"<!-- {name} -->\n" + "\n".join(filter(None, map(str.rstrip, draw(page).splitlines())))
        for name, page in PAGES.items()
    )
    if os.environ.get("WRITE_STATEMENTS"):
        file.write_text(f"{found}\n", encoding="utf-8")

    assert found.splitlines() == file.read_text(encoding="utf-8").splitlines()
