"""The figures of page 1: sparks, the map of the two axes, bars of lines, dots of what followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes

from templates.canvas import (
    MM_PER_INCH,
    POINTS_PER_INCH,
    SMALL,
    TEXT,
    drawing,
    fitting,
    for_phones,
    once,
    panel,
    svg_of,
)
from templates.page import FOURTH, HALF
from templates.palette import BLUES, GREY, HAIR, INK, PALE, RUSTS, SUPPORT
from templates.sections.verdict.facts import Mark, Reach
from templates.wording.text import squares

TILE, DOTS = 26.0, 17.0  # mm
LEAST_WIDTH, LEAST_HEIGHT, EDGE = 44.0, 38.0, 6.0
LEFT, RIGHT, BOTTOM, TOP = 8.0, 2.6, 8.5, 4.5
ZONES = (("weak", "cool"), ("unclear", "cool"), ("advance", "cool"),
         ("weak", "hot"), ("unclear", "hot"), ("advance", "hot"))  # fmt: skip
SHADES = {"cool": ("#f4f5f7", "#f8f9fa", BLUES[0]), "hot": ("#f8f4f2", "#faf6f4", RUSTS[0])}
LINE_HEIGHT = 1.32
GAP = 3.0  # points between words beside each other
VEIL = {"facecolor": "white", "alpha": 0.55, "linewidth": 0, "pad": 0.4}  # under words


@dataclass(frozen=True)
class Words:
    """All that the map says.

    - across, up: its axes; zones: names of its six regions, from the lower left, row by row
    - line: at the line of heat; last: beside the last mark, in lines; others: beside other marks
    """

    across: str
    up: str
    zones: Sequence[str]
    line: str
    last: Sequence[str]
    others: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Lines:
    """The lines of momentum and of heat, and the colour of the latter."""

    fading: float
    advance: float
    hot: float
    colour: str


@once
def spark(values: Sequence[float], low: str, high: str, rank: float | None, heat: str) -> str:
    """A year of a series with its lowest and highest value, and under it where it ranks."""
    with drawing(TILE, 13.0) as figure:
        room = 2.0 + 1.25 * max(2.0 * squares(low), 2.0 * squares(high))
        axes = panel(figure, left=0.8, right=room, bottom=4.6, top=1.4)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.plot(range(len(values)), values, color=GREY, linewidth=0.8)
        axes.plot(len(values) - 1, values[-1], "o", color=INK, markersize=3.4, clip_on=False)
        least, most = min(values), max(values)
        spare = (most - least or 1.0) * 0.06
        axes.set_ylim(least - spare, most + spare)
        axes.set_yticks([])
        for label, at in ((high, 1.0), (low, 0.0)):
            axes.annotate(label, (1, at), xycoords="axes fraction", xytext=(4, 0), va="center",
                          textcoords="offset points", fontsize=SMALL, color=GREY,
                          gid="tick_bound", annotation_clip=False, bbox=VEIL)  # fmt: skip
        if rank is not None:
            _rank(panel(figure, left=0.8, right=room, bottom=0.4, top=10.2), rank, heat)
        return svg_of(figure)


def _rank(axes: Axes, rank: float, heat: str) -> None:
    """A line from 0 to 100, its middle, and a dot at the rank."""
    axes.set_axis_off()
    axes.set(xlim=(0, 100), ylim=(-1, 1))
    axes.plot([0, 100], [0, 0], color=HAIR, linewidth=0.9, clip_on=False)
    axes.plot([50, 50], [-0.7, 0.7], color=PALE, linewidth=0.6)
    colour = heat if rank >= 90 else INK
    axes.plot(rank, 0, "o", color=colour, markersize=4.0, clip_on=False)


@for_phones
def position_map(
    marks: Sequence[Mark],
    cross: Sequence[Reach],
    words: Words,
    *,
    lines: tuple[float, float, float],
    hollow: bool,
    heat: str,
    height: float,
) -> str:
    """Momentum across, heat up: one mark a week; hollow with a bar where only a range is known.

    cross: where other weights would put the last mark, across and up; empty where that is not
    known; lines: of momentum (two) and of heat; hollow: the last mark is where the market was;
    height: in mm.
    """
    with drawing(HALF, height) as figure:
        axes = panel(figure, left=LEFT, right=RIGHT, bottom=BOTTOM, top=TOP)
        _limits(axes, marks, cross, lines)
        _zones(axes, lines, heat)
        placed = _Placed(axes, marks, height)
        for across, up in _bars(marks[-1], cross):
            placed.bar((across[0], up[0]), (across[1], up[1]))
        _trail(axes, marks)
        _last(axes, marks[-1], cross, hollow=hollow, heat=heat, hot=lines[2])
        _names(axes, placed, marks, words, Lines(*lines, heat))
        axes.set_xlabel(words.across, color=INK, fontsize=SMALL, labelpad=2, loc="right",
                        fontweight="bold")  # fmt: skip
        axes.annotate(words.up, (0, 1), xycoords="axes fraction", va="bottom", fontsize=SMALL,
                      xytext=(-LEFT * POINTS_PER_INCH / MM_PER_INCH, 3), color=INK,
                      textcoords="offset points", fontweight="bold")  # fmt: skip
        axes.spines["left"].set_visible(True)
        return svg_of(figure)


def _limits(
    axes: Axes, marks: Sequence[Mark], cross: Sequence[Reach], lines: tuple[float, float, float]
) -> None:
    """As much of the map as the marks and the nearest lines need."""
    across = [v for m in marks for v in (m.momentum.low, m.momentum.high)]
    up = [v for m in marks for v in (m.heat.low, m.heat.high)]
    if cross:
        across += [cross[0].low, cross[0].high]
        up += [cross[1].low, cross[1].high]
    near = min(lines[:2], key=lambda line: abs(line - marks[-1].momentum.value))
    axes.set_xlim(*_room([*across, near], LEAST_WIDTH))
    axes.set_ylim(*_room([*up, lines[2]], LEAST_HEIGHT))
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        step = 10 if high - low <= 70 else 20
        axis.set_ticks([v for v in range(0, 101, step) if low <= v <= high])


def _room(values: Sequence[float], least: float) -> tuple[float, float]:
    low, high = min(values) - EDGE, max(values) + EDGE
    spare = max(least - (high - low), 0.0) / 2
    low, high = low - spare, high + spare
    if low < 0:
        low, high = 0.0, max(high - low, least) if high - low <= 100 else 100.0
    if high > 100:
        low, high = max(low - (high - 100), 0.0), 100.0
    return low, min(high, 100.0)


def _zones(axes: Axes, lines: tuple[float, float, float], heat: str) -> None:
    """The six regions and the lines between them."""
    edges = (0.0, lines[0], lines[1], 100.0)
    for shades, low, high in ((SHADES["cool"], 0.0, lines[2]), (SHADES["hot"], lines[2], 100.0)):
        for place, shade in enumerate(shades):
            axes.fill_between(edges[place : place + 2], low, high, color=shade, linewidth=0)
    dashes = (0, (4, 3))
    for line in lines[:2]:
        axes.axvline(line, color=PALE, linewidth=0.6, linestyle=dashes)
    axes.axhline(lines[2], color=heat, linewidth=0.8, linestyle=dashes)


def _trail(axes: Axes, marks: Sequence[Mark]) -> None:
    """The way there: the newest weeks darker, ranges of partial ones as thin bars."""
    way = [(m.momentum.value, m.heat.value) for m in marks]
    for place in range(len(way) - 1):
        recent = place >= len(way) - 4
        axes.plot(*zip(way[place], way[place + 1], strict=True), color=INK if recent else PALE,
                  linewidth=1.2 if recent else 0.8, zorder=2)  # fmt: skip
        axes.plot(*way[place], "o", markersize=3.6, markerfacecolor="white", zorder=3,
                  markeredgecolor=INK if recent else PALE, markeredgewidth=0.8)  # fmt: skip


def _last(
    axes: Axes, mark: Mark, cross: Sequence[Reach], *, hollow: bool, heat: str, hot: float
) -> None:
    """The newest mark: full where both axes are known and of now, else hollow, with its ranges."""
    x, y = mark.momentum, mark.heat
    partial = x.partial or y.partial
    colour = heat if not partial and y.value + 0.5 >= hot else INK
    for across, upward in _bars(mark, cross):
        axes.plot(across, upward, color=colour, linewidth=1.6 if partial else 1.2, zorder=4,
                  marker="_" if across[0] == across[1] else "|", markersize=5,
                  markeredgewidth=1.1)  # fmt: skip
    axes.plot(x.value, y.value, "o", markersize=8.0, zorder=5, markeredgecolor=colour,
              markeredgewidth=1.4, markerfacecolor="white" if partial or hollow else colour)  # fmt: skip


Ends = tuple[float, float]


def _bars(mark: Mark, cross: Sequence[Reach]) -> list[tuple[Ends, Ends]]:
    """The bars through the newest mark, across and up: its ranges, or those of other weights."""
    x, y = mark.momentum, mark.heat
    across, up = (x, y) if x.partial or y.partial or not cross else cross
    both = [((across.low, across.high), (y.value, y.value)),
            ((x.value, x.value), (up.low, up.high))]  # fmt: skip
    return [(one, other) for one, other in both if one[0] < one[1] or other[0] < other[1]]


Box = tuple[float, float, float, float]


class _Placed:
    """Finds room for words: in points from the lower left corner of the axes."""

    def __init__(self, axes: Axes, marks: Sequence[Mark], height: float) -> None:
        low, high = axes.get_xlim(), axes.get_ylim()
        self.width = (fitting(HALF) - LEFT - RIGHT) * POINTS_PER_INCH / MM_PER_INCH
        self.height = (height - BOTTOM - TOP) * POINTS_PER_INCH / MM_PER_INCH
        self._x = (low[0], self.width / (low[1] - low[0]))
        self._y = (high[0], self.height / (high[1] - high[0]))
        self.taken: list[Box] = []
        way = [self.at(m.momentum.value, m.heat.value) for m in marks]
        self.taken += [(x - 4, y - 4, x + 4, y + 4) for x, y in way]
        self.path = [(a[0] + (b[0] - a[0]) * t / 8, a[1] + (b[1] - a[1]) * t / 8)
                     for a, b in pairwise(way) for t in range(9)]  # fmt: skip

    def bar(self, low: tuple[float, float], high: tuple[float, float]) -> None:
        """Keeps a bar free of words."""
        (a, b), (c, d) = self.at(*low), self.at(*high)
        self.take((a - 3, b - 3, c + 3, d + 3))

    def at(self, momentum: float, heat: float) -> tuple[float, float]:
        """Where a point lies."""
        return (momentum - self._x[0]) * self._x[1], (heat - self._y[0]) * self._y[1]

    def take(self, box: Box) -> None:
        """Keeps a place free of others, and a gap to its left and right."""
        left, low, right, high = box
        self.taken.append((left - GAP, low, right + GAP, high))

    def room(self, x: float, y: float, size: tuple[float, float], far: int) -> Box | None:
        """The first free place beside a point for words of a width and height.

        far: how many steps away they may stand.
        """
        for box in _around(x, y, *size, STEPS[:far]):
            inside = box[0] >= 1 and box[1] >= 1 and box[2] <= self.width and box[3] <= self.height
            crossed = any(box[0] <= a <= box[2] and box[1] <= b <= box[3] for a, b in self.path)
            if inside and not crossed and not any(_touch(box, other) for other in self.taken):
                self.take(box)
                return box
        return None


STEPS = (5.0, 9.0, 14.0, 20.0, 28.0)  # points from a mark to its words


def _around(
    x: float, y: float, width: float, height: float, steps: Sequence[float]
) -> Iterator[Box]:
    for far in steps:
        for dx, dy in ((far, far / 2), (far, -far / 2 - height), (-far - width, far / 2),
                       (-far - width, -far / 2 - height), (far, -height / 2),
                       (-far - width, -height / 2), (-width / 2, far), (-width / 2, -far - height)):  # fmt: skip
            yield x + dx, y + dy, x + dx + width, y + dy + height


def _touch(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) > max(one[0], other[0])
    return across and min(one[3], other[3]) > max(one[1], other[1])


def _size(text: str, points: float) -> tuple[float, float]:
    """Width and height of words, wide enough for bold ones."""
    longest = max((squares(line) for line in text.split("\n")), default=0.0)
    return longest * points * 1.22 + 2, points * LINE_HEIGHT * (1 + text.count("\n"))


def _names(
    axes: Axes,
    placed: _Placed,
    marks: Sequence[Mark],
    words: Words,
    lines: Lines,
) -> None:
    """Regions and lines first, since they have one place; then the last mark, then others."""
    for place, name in enumerate(words.zones):
        _zone_name(axes, placed, place, name, lines)
    _line_name(axes, placed, words.line, lines)
    _, line = placed.at(0, lines.hot)
    placed.take((0, line - 1, placed.width, line + 1))
    for said in ("\n".join(words.last), words.last[0]):  # its day alone where there is little room
        if _beside(axes, placed, marks[-1], said, TEXT, bold=True):
            break
    for place, label in words.others:
        _beside(axes, placed, marks[place], label, SMALL, bold=False)


def _zone_name(
    axes: Axes,
    placed: _Placed,
    place: int,
    name: str,
    lines: Lines,
) -> None:
    """In the outer corner of a region, if it is wide and high enough and nothing is there."""
    edges = (0.0, lines.fading, lines.advance, 100.0)
    column, hot = place % 3, place >= 3
    left, _ = placed.at(max(edges[column], axes.get_xlim()[0]), 0)
    right, _ = placed.at(min(edges[column + 1], axes.get_xlim()[1]), 0)
    _, line = placed.at(0, lines.hot)
    line = min(max(line, 0.0), placed.height)
    width, height = _size(name, SMALL)
    tall = placed.height - line if hot else line
    if right - left < width + 6 or tall < height + 4:
        return
    starts = [left + 4] if column == 2 else [left + 4, right - width - 2]
    for x in (*starts, right - width - 2):
        y = placed.height - height - 2 if hot else 3.0
        box = (x, y, x + width, y + height)
        if not any(_touch(box, other) for other in placed.taken):
            placed.take(box)
            colour = (lines.colour if hot else SUPPORT) if column == 2 else GREY
            _write(axes, name, box, SMALL, colour, bold=column == 2)
            return


def _line_name(axes: Axes, placed: _Placed, name: str, lines: Lines) -> None:
    width, height = _size(name, SMALL)
    _, y = placed.at(0, lines.hot)
    for x in (placed.width - width - 2, 4.0):
        for low in (y - height - 1, y + 1):
            box = (x, low, x + width, low + height)
            if not any(_touch(box, other) for other in placed.taken):
                placed.take(box)
                _write(axes, name, box, SMALL, lines.colour, bold=False)
                return


def _beside(
    axes: Axes, placed: _Placed, mark: Mark, text: str, points: float, *, bold: bool
) -> bool:
    """Writes a mark's name where there is room; whether there is."""
    x, y = placed.at(mark.momentum.value, mark.heat.value)
    box = placed.room(x, y, _size(text, points), len(STEPS) if bold else 2)
    if box:
        right = box[2] <= x
        _write(axes, text, box, points, INK if bold else GREY, bold=bold, right=right)
    return box is not None


def _write(
    axes: Axes, text: str, box: Box, points: float, colour: str, *, bold: bool, right: bool = False
) -> None:
    axes.annotate(text, (0, 0), xycoords="axes fraction", textcoords="offset points",
                  xytext=(box[2] if right else box[0], (box[1] + box[3]) / 2), va="center",
                  ha="right" if right else "left", fontsize=points, color=colour, zorder=6,
                  fontweight="bold" if bold else "normal", linespacing=LINE_HEIGHT - 0.1,
                  annotation_clip=False)  # fmt: skip


@once
def bar(value: float, line: float, limits: tuple[float, float], label: str, *, rises: bool,
        colour: str) -> str:  # fmt: skip
    """A scale with the line, shaded beyond it, its name under it, and a dot at the value.

    rises: whether the line is crossed upwards.
    """
    with drawing(FOURTH, 9.6) as figure:
        axes = panel(figure, left=1.2, right=1.2, bottom=4.4, top=1.2)
        axes.set_axis_off()
        low, high = limits
        axes.set(xlim=limits, ylim=(-1, 1))
        axes.fill_between([low, high], -0.42, 0.42, color=HAIR, linewidth=0)
        beyond = [line, high] if rises else [low, line]
        axes.fill_between(beyond, -0.42, 0.42, color=colour, alpha=0.4, linewidth=0)
        axes.plot([line, line], [-0.95, 0.95], color=colour, linewidth=1.2)
        axes.plot(value, 0, "o", color=INK, markersize=5.5, clip_on=False, zorder=3)
        share = (line - low) / (high - low)
        side = "left" if share < 0.3 else "right" if share > 0.7 else "center"
        axes.annotate(label, (line, -1), xytext=(0, -3), textcoords="offset points", va="top",
                      ha=side, fontsize=SMALL, color=colour, annotation_clip=False)  # fmt: skip
        return svg_of(figure)


@once
def dots(
    values: Sequence[float],
    median: float | None,
    base: float | None,
    limits: tuple[float, float],
    ticks: Sequence[tuple[float, str]] = (),
) -> str:
    """Every case as a circle, the median as a stroke, what any day brought as a thin one.

    ticks: under the last row.
    """
    with drawing(DOTS, 7.6 if ticks else 4.2) as figure:
        axes = panel(figure, left=2.6, right=2.6, bottom=3.6 if ticks else 0.2, top=0.2)
        axes.set_axis_off()
        axes.set(xlim=limits, ylim=(-1, 1))
        axes.plot(limits, [0, 0], color=HAIR, linewidth=0.7)
        axes.plot([0, 0], [-1, 1], color=PALE, linewidth=0.6)
        axes.plot(values, [0.0] * len(values), "o", markersize=2.8, markerfacecolor="white",
                  markeredgecolor=GREY, markeredgewidth=0.7, clip_on=False)  # fmt: skip
        if base is not None:
            axes.plot([base, base], [-0.9, 0.9], color=SUPPORT, linewidth=0.8)
        if median is not None:
            axes.plot([median, median], [-0.95, 0.95], color=INK, linewidth=1.8)
        for at, name in ticks:
            axes.annotate(name, (at, -1), xytext=(0, -1), textcoords="offset points", va="top",
                          ha="center", fontsize=SMALL, color=GREY, gid="tick_scale",
                          annotation_clip=False)  # fmt: skip
        return svg_of(figure)
