"""The page model: what a section prints, as typed blocks on a grid, whoever prints them.

A section is `build(issue, speller) -> Content`. Its blocks hold finished texts in one language, and
beside them the data: the PDF prints them through blocks.html.j2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

import polars as pl

from templates.format import Day, Number
from templates.wording.text import Text


class Grid(StrEnum):
    """How a row of the page is cut into columns, in millimetres of its 180."""

    FULL = "full"
    HALVES = "halves"
    THIRDS = "thirds"
    TWO_THIRDS = "two-thirds"
    FOURTHS = "fourths"
    SIXTHS = "sixths"


WIDTHS = {
    Grid.FULL: (180.0,),
    Grid.HALVES: (86.0, 86.0),
    Grid.THIRDS: (56.0, 56.0, 56.0),
    Grid.TWO_THIRDS: (118.0, 56.0),
    Grid.FOURTHS: (42.0,) * 4,
    Grid.SIXTHS: (30.0,) * 6,
}
FULL, HALF, THIRD, TWO_THIRDS, FOURTH, SIXTH = 180.0, 86.0, 56.0, 118.0, 42.0, 30.0


@dataclass(frozen=True)
class Source:
    """What a block stands on: the line under it, and the names of its series.

    newest, hosts: the day and the names of that line, so that a section may tell all of its blocks
    at once.
    """

    text: Text
    refs: tuple[str, ...] = ()
    newest: date | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """A cell without a value, and why, in a word or two."""

    reason: str


@dataclass(frozen=True)
class Bar:
    """A bar from the middle of its cell: share of the longest of its column, from −1 to 1."""

    share: float


@dataclass(frozen=True)
class Shaded:
    """A number on a ground that says how high it is: step 0 (palest) to 4 of its ramp.

    Moves have the ramps of their direction, up and down, of steps 0 to 3.
    """

    number: Number
    step: int
    ramp: Literal["blue", "rust", "up", "down"]


@dataclass(frozen=True)
class Boxed:
    """A number beyond the line that its table names."""

    number: Number


@dataclass(frozen=True)
class Strong:
    """A number that stands out of its column, printed bold."""

    number: Number


@dataclass(frozen=True)
class Hatched:
    """A shaded cell without a value: hatched, so that nothing is taken for zero."""


@dataclass(frozen=True)
class Picture:
    """A small picture in a cell, or at the head of a column; said: what it shows, in words."""

    svg: str
    said: str


@dataclass(frozen=True)
class Stack:
    """A cell of several lines: a bold head, what stands beside it, and what stands below.

    tone: whether the head is told in the colour of support, of heat, or in grey.
    """

    head: Text
    beside: Text = field(default_factory=Text)
    below: tuple[Text, ...] = ()
    tone: Literal["", "support", "heat", "grey"] = ""


Cell = (
    Text | Number | Day | str | Missing | Bar | Shaded | Boxed | Strong | Hatched | Picture | Stack
)
Kind = Literal["text", "prose", "code", "number", "bar", "day", "shade", "aside"]


@dataclass(frozen=True)
class Column:
    """The head of a column and how its cells stand; numbers and their heads at the right.

    kind: prose is text that may take several lines, shade centres cells of a ground, aside keeps
    numbers plain in rows of emphasis; strong: printed bold, the column that the table is about;
    width: in millimetres on paper, 0 for what its cells need.
    """

    label: str | Text | Picture
    kind: Kind = "number"
    strong: bool = False
    width: float = 0.0


@dataclass(frozen=True)
class TableRow:
    """The cells of a row, one for each column; emphasis: printed bold; part: of the row above."""

    cells: tuple[Cell, ...]
    emphasis: bool = False
    part: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    every: a darker line after so many rows, 0 for none; dense: of small type in low rows, for
    tables of a whole page; framed: in a box of its own; flows: a page may end between two of its
    rows.
    """

    title: Text
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    every: int = 0
    dense: bool = False
    framed: bool = False
    flows: bool = False
    note: Text = field(default_factory=Text)
    source: Source | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where a row has another number of cells than the table of columns."""
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.title}: each row has {len(self.columns)} cells")


@dataclass(frozen=True)
class Entry:
    """One line of a list: its day or number in front, what is said, and what stands beside it."""

    mark: Day | Number | str
    text: Text
    aside: Text = field(default_factory=Text)


@dataclass(frozen=True)
class Entries:
    """Dated or numbered lines. columns: how many stand side by side; ruled: parted by hairlines."""

    items: tuple[Entry, ...]
    title: Text = field(default_factory=Text)
    columns: int = 1
    ruled: bool = False
    note: Text = field(default_factory=Text)
    source: Source | None = None


@dataclass(frozen=True)
class Figure:
    """A picture whose title is its finding, which is its alternative text too.

    unit: of its upright axis, printed top left; data: what it draws, a named column for each line
    or set of bars, of values or of printed numbers; marks: what its numbered dots are.
    """

    title: Text
    svg: str
    unit: str = ""
    data: pl.DataFrame = field(default_factory=pl.DataFrame, compare=False)
    marks: Entries | None = None
    note: Text = field(default_factory=Text)
    source: Source | None = None


@dataclass(frozen=True)
class Passage:
    """A short paragraph: what it is about in bold, what is said, and what stands behind in grey.

    metric: the one whose meaning it tells, to which others may link.
    """

    head: Text
    text: Text
    aside: Text = field(default_factory=Text)
    metric: str = ""


@dataclass(frozen=True)
class Passages:
    """Short paragraphs of small type, between which a page may end.

    columns: into how many they are set; running: one after the other without a new line, as a
    glossary is.
    """

    items: tuple[Passage, ...]
    title: Text = field(default_factory=Text)
    columns: int = 2
    running: bool = False
    note: Text = field(default_factory=Text)
    source: Source | None = None


@dataclass(frozen=True)
class Change:
    """What a value gained: its words, and whether it rose (1), fell (−1) or stood still (0)."""

    text: Text
    way: int


@dataclass(frozen=True)
class Panel:
    """A small multiple: a value, what it gained in the week, where it ranks, and its course.

    hot: whether its rank is told in the colour of heat.
    """

    name: str | Text
    value: Number | Missing
    unit: Text | str = ""
    change: Change | None = None
    rank: Text = field(default_factory=Text)
    hot: bool = False
    svg: str = ""
    data: pl.DataFrame = field(default_factory=pl.DataFrame, compare=False)

    @property
    def title(self) -> Text:
        """What its picture is called."""
        return self.name if isinstance(self.name, Text) else Text((self.name,))


@dataclass(frozen=True)
class Tile(Panel):
    """One of the places at the top of page 1: its rank stands under its picture."""


@dataclass(frozen=True)
class Ranked:
    """A finding, how rare it is, and in which history; both empty where it has none."""

    text: Text
    rank: Text = field(default_factory=Text)
    history: Text = field(default_factory=Text)


@dataclass(frozen=True)
class Findings:
    """What is told of the week, numbered, the rarest first.

    It holds what headline and lede have no room for, so that the languages may differ in it.
    """

    title: Text
    items: tuple[Ranked, ...]
    note: Text = field(default_factory=Text)
    source: Source | None = None


@dataclass(frozen=True)
class Absent:
    """A block without data: one line."""

    text: Text


Block = Figure | Table | Entries | Passages | Panel | Findings | Absent


@dataclass(frozen=True)
class Row:
    """Blocks side by side, which no page break parts unless they flow.

    label: what they have in common.
    """

    blocks: tuple[Block, ...]
    grid: Grid = Grid.FULL
    label: str = ""

    @property
    def flows(self) -> bool:
        """Whether a page break may part it."""
        first, *others = self.blocks
        flowing = isinstance(first, Passages) or (isinstance(first, Table) and first.flows)
        return flowing and not others


@dataclass(frozen=True)
class Content:
    """A section: its fixed title, its finding as a headline of two lines at most, and its rows.

    late: which of its inputs are not where they should be; sources: what all of it stands on, which
    the paper prints once, at its end.
    """

    slug: str
    title: str
    headline: Text
    rows: tuple[Row, ...]
    late: Text = field(default_factory=Text)
    sources: Text = field(default_factory=Text)

    @property
    def is_absent(self) -> bool:
        """Whether it has no block but lines that say why."""
        return all(isinstance(block, Absent) for row in self.rows for block in row.blocks)

    @property
    def stands_on(self) -> tuple[Source, ...]:
        """The sources of its blocks, in their order."""
        every = (block for row in self.rows for block in row.blocks)
        found = (getattr(block, "source", None) for block in every)
        return tuple(one for one in found if one is not None)


@dataclass(frozen=True)
class FrontPage(Content):
    """Page 1, which has a page of its own: under the headline the lede, at the foot the data."""

    lede: Text = field(default_factory=Text)
    foot: Text = field(default_factory=Text)


def rows(*blocks: Block, grid: Grid = Grid.FULL, label: str = "") -> Iterator[Row]:
    """The blocks in rows of the grid; absent ones leave no gap, and follow as lines."""
    present: Sequence[Block] = [one for one in blocks if not isinstance(one, Absent)]
    across = len(WIDTHS[grid])
    for first in range(0, len(present), across):
        yield Row(tuple(present[first : first + across]), grid, "" if first else label)
    for one in blocks:
        if isinstance(one, Absent):
            yield Row((one,))
