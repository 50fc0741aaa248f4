"""The HTML edition: one responsive file that needs nothing outside itself, with or without script.

It prints the same blocks as the PDF (templates.page) through macros of its own. Each number is a
link to its lineage at the end of the file. The policy in its head lets no style or script run but
the two that are in it, and nothing be fetched.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

import polars as pl
from markupsafe import Markup, escape

from templates import revision_note
from templates.canvas import MM_PER_INCH, PHONE, POINTS_PER_INCH, Drawn
from templates.format import plain
from templates.page import Content, Figure, Panel, Passages
from templates.palette import Direction, Palette
from templates.publication import Publication, publication
from templates.render import environment
from templates.screen import policy, script_of, style_of
from templates.web.drawings import Drawings, Plot, night, width_of
from templates.web.lineage import PARTS, Lineage
from templates.wording.fixed import drawn, head
from templates.wording.speller import Speller
from transforms.issue.issue import Issue

DIGITS, MOST_PLACES = 5, 4  # of a value in the table under a figure
# What the names of units say of the values beside them, which are shares and whole sums.
WORTH = {"%": 0.01, "万亿": 1e12, "亿": 1e8, "tn": 1e12, "bn": 1e9}
UNIT = re.compile(r"%|万亿|亿|\b(?:tn|bn)\b")

PHONE_POINTS = PHONE / MM_PER_INCH * POINTS_PER_INCH


@dataclass(frozen=True)
class Values:
    """What a figure draws, as a table of finished texts; heads has one for each column."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass
class Printer:
    """What the macros ask for while a file is made; it keeps what its end and its style need."""

    speller: Speller
    drawings: Drawings = field(default_factory=Drawings)
    ids: Any = field(default_factory=count)

    def draw(self, svg: str) -> Plot:
        """The figure as part of the page."""
        return self.drawings.inline(svg)

    def slim(self, svg: str) -> Plot | None:
        """The figure as a phone shows it; None where that is how it is drawn anyway."""
        if isinstance(svg, Drawn) and width_of(svg) > PHONE_POINTS:
            return self.drawings.inline(svg.on_phone())
        return None

    def identity(self) -> int:
        """A number that no other part of the page has."""
        return int(next(self.ids))

    def values(self, block: Figure | Panel) -> Values | None:
        """The table under a figure, None where it has no data."""
        return values_of(block.data, str(block.unit), self.speller)


def web(issue: Issue, language: str = "en", direction: Direction = "blue") -> str:
    """An issue in one language as one HTML document."""
    return document(publication(issue, language, direction))


@dataclass(frozen=True)
class Link:
    """A page beside the edition: its name, its language and its address."""

    name: str
    language: str
    address: str


def document(whole: Publication, beside: Sequence[Link] = ()) -> str:
    """The HTML edition. beside: pages that it leads to, such as the other language."""
    issue, contents, speller = whole.issue, whole.sections, whole.speller
    printer, origins = Printer(speller), Lineage(issue, speller, defined(contents))
    blocks: Any = environment().get_template("web/blocks.html.j2").module
    bodies = [Markup(origins.linked(blocks.content(one, printer))) for one in contents]  # noqa: S704
    note = Markup(origins.linked(str(escape(revision_note.note(issue, speller)))))  # noqa: S704
    style = _style(printer.drawings, speller.palette)
    script = script_of("web", "web.js")
    return environment().get_template("web/web.html.j2").render(
        issue=issue, contents=contents, bodies=bodies, groups=origins.groups, s=speller,
        note=note, beside=beside, parts=PARTS,
        style=Markup(style), script=Markup(script), policy=policy(style, script),  # noqa: S704
    )  # fmt: skip


def defined(contents: Sequence[Content]) -> frozenset[str]:
    """The metrics whose meaning these sections tell."""
    blocks = (block for one in contents for row in one.rows for block in row.blocks)
    told = (passage for block in blocks if isinstance(block, Passages) for passage in block.items)
    return frozenset(passage.metric for passage in told if passage.metric)


def values_of(data: pl.DataFrame, unit: str, speller: Speller) -> Values | None:
    """A frame as texts: days as days, numbers in the unit of their column, else of the figure."""
    if data.is_empty():
        return None
    columns = [_spelled(column, unit, speller) for column in data.iter_columns()]
    names = [head(name, speller.code) for name in data.columns]
    heads = ("", *names[1:]) if data.dtypes[0] == pl.Date else tuple(names)
    return Values(heads, tuple(zip(*columns, strict=True)))


def _spelled(column: pl.Series, unit: str, speller: Speller) -> list[str]:
    if not column.dtype.is_numeric():
        return [_word(value, speller) for value in column]
    # Whole numbers beside what is drawn are counts, whatever the figure measures.
    named = UNIT.search(column.name) or (UNIT.search(unit) if column.dtype.is_float() else None)
    shown = [None if v is None else v / WORTH[named[0]] if named else v for v in column]
    highest = max((abs(v) for v in shown if v is not None and math.isfinite(v)), default=0.0)
    whole = all(v is None or v == round(v) for v in shown if v is None or math.isfinite(v))
    size = math.floor(math.log10(highest)) if highest else 0
    places = 0 if whole else min(max(DIGITS - 1 - size, 0), MOST_PLACES)
    return ["" if v is None or not math.isfinite(v) else plain(v, places) for v in shown]


def _word(value: object, speller: Speller) -> str:
    if value is None:
        return ""
    return str(speller.dated(value)) if isinstance(value, date) else drawn(str(value), speller.code)


def _style(drawings: Drawings, palette: Palette) -> str:
    ways = {"up": palette.up, "down": palette.down, "heat": palette.heat}
    tokens = ";".join(f"--{name}:{_in_both(one)}" for name, one in ways.items())
    grounds = "".join(
        f".{way}{step}{{background:{_in_both(ground)}}}"
        for way, tints in (("up", palette.rises), ("down", palette.falls))
        for step, ground in enumerate(tints)
    )
    return f"{style_of('web', 'web.css')}:root{{{tokens}}}\n{grounds}\n{drawings.rules()}"


def _in_both(colour: str) -> str:
    """A colour on light paper, and what it is on dark."""
    return f"light-dark({colour},{night(colour)})"
