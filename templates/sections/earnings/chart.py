"""Pictures of earnings and valuation: growth by quarter, ranks now and a year ago, a band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from templates.canvas import (
    BAR,
    PHONE,
    SMALL,
    TEXT,
    Line,
    drawing,
    finish,
    for_phones,
    name_lines,
    narrow,
    panel,
    plot,
    svg_of,
)
from templates.page import FULL, HALF
from templates.palette import GREY, HAIR, HEAT, INK
from templates.wording.speller import Scale, Speller

ROW, HEAD = 4.4, 7.0  # millimetres
GROWTH_HEIGHT, LABEL = 35.0, 7.6  # of the picture, and of a label of two lines
QUARTER = (0, 25, 50, 75, 100)


@for_phones
def growth(days: Sequence[date], drawn: Sequence[Line], quarters: Sequence[str]) -> str:
    """A dot a quarter; quarters: their names under the axis."""
    with drawing(HALF, GROWTH_HEIGHT) as figure:
        axes = panel(figure, left=9.0, right=27.0, bottom=8.5, top=3.5)
        for line in drawn:
            values = [float("nan") if v is None else v for v in line.values]
            axes.plot(range(len(values)), values, "o-", color=line.colour, linewidth=1.2,
                      markersize=3.6, markerfacecolor=line.colour if line is drawn[0] else "white",
                      markeredgewidth=0.9)  # fmt: skip
        known = [v for line in drawn for v in line.values if v is not None]
        low, high = min([0.0, *known]), max([0.0, *known])
        spare = (high - low or 0.1) * 0.12
        axes.set_ylim(low - (spare if low < 0 else 0), high + spare)
        axes.set_xlim(-0.4, len(days) - 0.6)
        ticks = [
            float(v) for v in MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5]).tick_values(low, high)
        ]
        ticks = [v for v in ticks if low - spare <= v <= high + spare]
        axes.yaxis.set_major_locator(FixedLocator(ticks))
        axes.yaxis.set_major_formatter(
            FixedFormatter([f"{text}%" for text in Scale(0.01, "").ticks(ticks)])
        )
        axes.grid(axis="y")
        axes.axhline(0, color=GREY, linewidth=0.6)
        axes.xaxis.set_major_locator(FixedLocator(list(range(len(days)))))
        axes.xaxis.set_major_formatter(FixedFormatter(list(quarters)))
        _name_ends(axes, drawn)
        return svg_of(figure)


def _name_ends(axes: Axes, drawn: Sequence[Line]) -> None:
    """Labels of two lines at the ends, the lower one below the other where they come close."""
    ends = [(line, [v for v in line.values if v is not None][-1]) for line in drawn]
    bottom, top = axes.get_ylim()
    room = (top - bottom) * LABEL / (axes.get_position().height * GROWTH_HEIGHT)
    level = float("inf")
    for line, value in sorted(ends, key=lambda end: -end[1]):
        level = min(value, level - room, top)
        axes.annotate(line.label, (len(line.values) - 1, level), xytext=(6, 0),
                      textcoords="offset points", va="center", fontsize=TEXT, color=line.colour,
                      fontweight="bold", annotation_clip=False, linespacing=1.25)  # fmt: skip


@dataclass(frozen=True)
class RankRow:
    """One index: finished texts of its columns, and its ranks (0-100)."""

    name: str
    ratio: str
    rank: str
    usual: str
    since: str
    now: float
    before: float | None
    hot: bool


@dataclass(frozen=True)
class Places:
    """Where the columns of the picture of ranks stand, in millimetres from its left edge.

    columns: the edge of each, its left one if `left` names it, and the line of a row that it stands
    on; before, after: what the picture has at its sides; lines: of a row.
    """

    columns: Mapping[str, tuple[float, int]]
    left: frozenset[str]
    before: float
    after: float
    full: float
    lines: int

    def across(self, millimetres: float) -> float:
        """A place of the picture as one of the axis of ranks."""
        return (millimetres - self.before) / (self.full - self.before - self.after) * 100


ON_PAPER = Places(
    {"name": (0.0, 0), "ratio": (42.0, 0), "usual": (154.0, 0), "since": (179.0, 0)},
    frozenset({"name"}), 50.0, 50.0, FULL, 1,
)  # fmt: skip
ON_A_PHONE = Places(
    {"name": (0.0, 0), "ratio": (0.0, 1), "usual": (33.0, 1)},
    frozenset({"name", "ratio"}), 38.0, 8.0, PHONE, 2,
)  # fmt: skip
COLUMNS = ("name", "ratio", "usual", "since")


@for_phones
def ranks(rows: Sequence[RankRow], heads: Sequence[str], scale: Sequence[str]) -> str:
    """A row an index: a hollow dot where it ranked a year ago, a full one where it ranks now.

    heads: of the columns name, P/E, usual range, since; scale: words at 0, 25, 50, 75 and 100. On a
    phone a row has two lines, and since when a range is known is left out.
    """
    places = ON_A_PHONE if narrow() else ON_PAPER
    end = len(rows) * places.lines - 0.5
    with drawing(FULL, HEAD + ROW * (end + 0.5) + 1.0) as figure:
        axes = panel(figure, left=places.before, right=places.after, bottom=1.0, top=HEAD)
        axes.set(xlim=(0, 100), ylim=(end, -0.5))
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(False)
        for at, word in zip(QUARTER, scale, strict=True):
            axes.plot([at, at], [-0.5, end], color=HAIR, linewidth=0.6, zorder=0)
            axes.annotate(word, (at, -0.9), ha="center", va="center", fontsize=SMALL, color=GREY,
                          annotation_clip=False)  # fmt: skip
        first = places.columns["ratio"][1]  # on a phone the name is its own head
        for column, head in zip(COLUMNS, heads, strict=True):
            if places.columns.get(column, (0.0, -1))[1] == first:
                _text(axes, places, column, -0.9, head, small=True)
        for level, row in enumerate(rows):
            _row(axes, places, level * places.lines, row)
        return svg_of(figure)


def _row(axes: Axes, places: Places, top: int, row: RankRow) -> None:
    colour, middle = HEAT if row.hot else INK, top + (places.lines - 1) / 2
    under = top + places.lines - 0.5
    axes.annotate("", (places.across(0.0), under), (places.across(places.full), under),
                  arrowprops={"arrowstyle": "-", "color": HAIR, "linewidth": 0.4},
                  annotation_clip=False)  # fmt: skip
    if row.before is not None:
        axes.plot([row.before, row.now], [middle, middle], color=BAR, linewidth=2.2, zorder=1)
        axes.plot(row.before, middle, "o", markersize=4.4, markerfacecolor="white",
                  markeredgecolor=INK, markeredgewidth=0.8, clip_on=False)  # fmt: skip
    axes.plot(row.now, middle, "o", markersize=5.4, color=colour, clip_on=False, zorder=3)
    left = row.before is not None and row.before > row.now
    axes.annotate(row.rank, (row.now, middle), xytext=(-6 if left else 6, 0),
                  textcoords="offset points", ha="right" if left else "left", va="center",
                  fontsize=TEXT, color=colour, fontweight="bold", annotation_clip=False)  # fmt: skip
    for column, (_, line) in places.columns.items():
        text = getattr(row, column)
        _text(axes, places, column, top + line, text, strong=column == "ratio")


def _text(axes: Axes, places: Places, column: str, level: float, text: str, *,
          small: bool = False, strong: bool = False) -> None:  # fmt: skip
    """A text of a column."""
    at, _ = places.columns[column]
    axes.annotate(text, (places.across(at), level), va="center", annotation_clip=False,
                  ha="left" if column in places.left else "right",
                  fontsize=SMALL if small else TEXT, color=GREY if small else INK,
                  fontweight="bold" if strong else "normal")  # fmt: skip


@for_phones
def band(
    days: Sequence[date],
    line: Line,
    edges: Sequence[Line],
    s: Speller,
    *,
    width: float = HALF,
    height: float = GROWTH_HEIGHT,
) -> str:
    """A ratio over trading days; edges: low, middle and high of its own history, if known."""
    with drawing(width, height) as figure:
        axes = panel(figure, left=9.0, right=19.0, bottom=8.5, top=3.5)
        if edges:
            low, middle, high = ([float("nan") if v is None else v for v in one.values]
                                 for one in edges)  # fmt: skip
            axes.fill_between(range(len(days)), low, high, color=BAR, alpha=0.35, linewidth=0)
            axes.plot(range(len(days)), middle, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)))
        plot(axes, [line])
        bottom, top = axes.get_ylim()
        spare = (top - bottom) * 0.06
        axes.set_ylim(bottom - spare, top + spare)
        finish(axes, days, Scale(1.0, ""), speller=s)
        name_lines(axes, [line, *edges])
        return svg_of(figure)
