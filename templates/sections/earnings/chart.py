"""Pictures of earnings and valuation: growth by quarter, ranks now and a year ago, a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from templates.canvas import (
    BAR,
    SMALL,
    TEXT,
    Line,
    drawing,
    finish,
    name_lines,
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


# Millimetres: where columns stand, and what the picture of ranks has at its sides.
PLACES = {"name": 0.0, "ratio": 42.0, "usual": 154.0, "since": 179.0}
BEFORE, AFTER = 50.0, 50.0
ACROSS = FULL - BEFORE - AFTER


def ranks(rows: Sequence[RankRow], heads: Sequence[str], scale: Sequence[str]) -> str:
    """A row an index: a hollow dot where it ranked a year ago, a full one where it ranks now.

    heads: of the columns name, P/E, usual range, since; scale: words at 0, 25, 50, 75 and 100.
    """
    height = HEAD + ROW * len(rows) + 1.0
    with drawing(FULL, height) as figure:
        axes = panel(figure, left=BEFORE, right=AFTER, bottom=1.0, top=HEAD)
        axes.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5))
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(False)
        for at, word in zip(QUARTER, scale, strict=True):
            axes.plot([at, at], [-0.5, len(rows) - 0.5], color=HAIR, linewidth=0.6, zorder=0)
            axes.annotate(word, (at, -0.9), ha="center", va="center", fontsize=SMALL, color=GREY,
                          annotation_clip=False)  # fmt: skip
        for column, head in zip(("name", "ratio", "usual", "since"), heads, strict=True):
            _column(axes, column, -0.9, head, small=True)
        for level, row in enumerate(rows):
            _row(axes, level, row)
        return svg_of(figure)


def _row(axes: Axes, level: int, row: RankRow) -> None:
    colour = HEAT if row.hot else INK
    axes.annotate("", (_at(0.0), level + 0.5), (_at(FULL), level + 0.5),
                  arrowprops={"arrowstyle": "-", "color": HAIR, "linewidth": 0.4},
                  annotation_clip=False)  # fmt: skip
    if row.before is not None:
        axes.plot([row.before, row.now], [level, level], color=BAR, linewidth=2.2, zorder=1)
        axes.plot(row.before, level, "o", markersize=4.4, markerfacecolor="white",
                  markeredgecolor=INK, markeredgewidth=0.8, clip_on=False)  # fmt: skip
    axes.plot(row.now, level, "o", markersize=5.4, color=colour, clip_on=False, zorder=3)
    left = row.before is not None and row.before > row.now
    axes.annotate(row.rank, (row.now, level), xytext=(-6 if left else 6, 0),
                  textcoords="offset points", ha="right" if left else "left", va="center",
                  fontsize=TEXT, color=colour, fontweight="bold", annotation_clip=False)  # fmt: skip
    _column(axes, "name", level, row.name)
    _column(axes, "ratio", level, row.ratio, strong=True)
    _column(axes, "usual", level, row.usual)
    _column(axes, "since", level, row.since)


def _at(millimetres: float) -> float:
    """A place of the page as one of the axis of ranks."""
    return (millimetres - BEFORE) / ACROSS * 100


def _column(
    axes: Axes, column: str, level: float, text: str, *, small: bool = False, strong: bool = False
) -> None:
    """A text of a column."""
    axes.annotate(text, (_at(PLACES[column]), level), ha="left" if column == "name" else "right", va="center",
                  fontsize=SMALL if small else TEXT, color=GREY if small else INK,
                  fontweight="bold" if strong else "normal", annotation_clip=False)  # fmt: skip


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
