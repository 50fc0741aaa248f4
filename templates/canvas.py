"""The paper that all figures share: its type, its greys, its axes of trading days.

matplotlib draws, but nothing of pyplot: no global figure, no clock (`Date: None`), ids from a fixed
salt. Text stays text, so that it is set in the page's own font and can be read out of the PDF.
Sizes are millimetres on paper, type sizes are points.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, TypeVar, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullFormatter

from templates.palette import GREY, HAIR, HEAT, INK, PALE, SUPPORT
from templates.wording.speller import EnglishSpeller, Scale, Speller

ACCENT, ALARM = SUPPORT, HEAT
BAR = "#aacbde"
TEXT, SMALL = 7.5, 7.0  # points; nothing is smaller
ENGLISH = EnglishSpeller(date.max)  # of sections that are not yet told in both languages
MM_PER_INCH, POINTS_PER_INCH = 25.4, 72.0
BAR_WIDTH = 0.82
CLOSEST_MARKS = 0.06
DAYS = "days"  # the name of axes whose places across are trading days

STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "briefing",
    "font.family": ["Noto Sans CJK SC"],
    "font.size": TEXT,
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.unicode_minus": True,
    "axes.grid": False,
    "axes.axisbelow": True,
    "grid.color": HAIR,
    "grid.linewidth": 0.4,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "xtick.labelcolor": GREY,
    "ytick.labelcolor": GREY,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 2.0,
    "xtick.major.width": 0.5,
    "ytick.major.size": 0.0,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "lines.linewidth": 1.0,
    "lines.solid_joinstyle": "round",
    "path.simplify_threshold": 0.2,
}


@dataclass(frozen=True)
class Line:
    """One line of a figure and the words at its end."""

    values: Sequence[float | None]
    label: str
    colour: str = INK
    width: float = 1.0


@dataclass(frozen=True)
class Rule:
    """A horizontal line the reader should compare with, and its name."""

    value: float
    label: str
    colour: str = GREY


@dataclass(frozen=True)
class Note:
    """An answer to «what is that?» at one point of a figure."""

    index: int
    value: float
    label: str
    colour: str = INK


Draw = TypeVar("Draw", bound=Callable[..., str])
MOST_KEPT = 200


def once(draw: Draw) -> Draw:
    """Have a picture drawn once for the same data and words: rows and languages share many."""
    kept: dict[str, str] = {}

    @wraps(draw)
    def drawn(*data: Any, **look: Any) -> str:
        key = repr((data, look, narrow()))
        if key not in kept:
            if len(kept) >= MOST_KEPT:
                del kept[next(iter(kept))]  # the oldest
            kept[key] = draw(*data, **look)
        return kept[key]

    vars(drawn)["kept"] = kept
    return cast("Draw", drawn)


PHONE = 76.0  # millimetres: a figure so wide fills a phone, and its least text has 11 pixels there
_room: ContextVar[float] = ContextVar("room across", default=math.inf)


@contextmanager
def on_a_phone() -> Iterator[None]:
    """Inside, no figure is wider than a phone."""
    before = _room.set(PHONE)
    try:
        yield
    finally:
        _room.reset(before)


def narrow() -> bool:
    """Whether a figure is drawn for a phone."""
    return _room.get() < math.inf


def fitting(width: float) -> float:
    """How wide a figure is drawn that is so wide on paper."""
    return min(width, _room.get())


class Drawn(str):
    """The SVG of a figure for paper and wide screens; on_phone: draws it for a phone."""

    __slots__ = ("on_phone",)
    on_phone: Callable[[], str]


def for_phones(draw: Draw) -> Draw:
    """Have a figure know how it is drawn for a phone; nothing is drawn twice until it is asked."""

    @wraps(draw)
    def drawn(*data: Any, **look: Any) -> str:
        svg = Drawn(draw(*data, **look))

        def slim() -> str:
            with on_a_phone():
                return draw(*data, **look)

        svg.on_phone = slim
        return svg

    return cast("Draw", drawn)


@contextmanager
def drawing(width: float, height: float) -> Iterator[Figure]:
    with mpl.rc_context(cast("Any", STYLE)):
        yield Figure(figsize=(fitting(width) / MM_PER_INCH, height / MM_PER_INCH))


def svg_of(figure: Figure) -> str:
    _unmeasured(figure)
    buffer = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(buffer, format="svg", metadata=metadata, transparent=True)
    return buffer.getvalue().replace("<svg ", f"<svg {_days_of(figure)}", 1)


def _unmeasured(figure: Figure) -> None:
    """Has labels of ticks drawn without being measured first: nothing gives way to them."""
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        if axis.get_label_text():  # stands beside them
            continue
        axis.set_label_coords(0.0, 0.0)  # of no label; else its place is sought beside those
        for tick in axis.get_major_ticks():
            tick.label1.set_in_layout(False)


def _days_of(figure: Figure) -> str:
    """Where the trading days of a figure stand: its left and right end in points, and their places.

    A reader of the page points at a day by it. Empty where a figure has no axis of days, or several
    that differ.
    """
    width = figure.get_size_inches()[0] * POINTS_PER_INCH
    dated = [axes for axes in figure.axes if axes.get_gid() == DAYS]
    places = {(*axes.get_position().intervalx * width, *axes.get_xlim()) for axes in dated}
    ends = " ".join(f"{end:g}" for end in places.pop()) if len(places) == 1 else ""
    return f'data-days="{ends}" ' if ends else ""


def panel(figure: Figure, *, left: float, right: float, bottom: float, top: float) -> Axes:
    """Axes with the given margins in millimetres."""
    width, height = (inch * MM_PER_INCH for inch in figure.get_size_inches())
    return figure.add_axes(
        (
            left / width,
            bottom / height,
            (width - left - right) / width,
            (height - bottom - top) / height,
        )
    )


def _inches(axes: Axes) -> tuple[float, float]:
    """Width and height of the whole figure."""
    figure = axes.get_figure(root=True)
    width, height = figure.get_size_inches() if figure else (0.0, 0.0)
    return float(width), float(height)


def upright(values: Sequence[float], first: int, colour: str) -> PathPatch:
    """Bars from zero as one shape: hundreds of single ones are slow to draw and to print."""
    left = np.arange(first, first + len(values)) - BAR_WIDTH / 2
    right, zero, height = left + BAR_WIDTH, np.zeros(len(values)), np.asarray(values, dtype=float)
    corners = [(left, zero), (left, height), (right, height), (right, zero)]
    polygons = np.stack([np.stack(corner, axis=1) for corner in corners], axis=1)
    path = Path.make_compound_path_from_polys(polygons)
    return PathPatch(path, facecolor=colour, linewidth=0)


def plot(axes: Axes, drawn: Sequence[Line]) -> None:
    for line in drawn:
        values = [float("nan") if v is None else v for v in line.values]
        axes.plot(range(len(values)), values, color=line.colour, linewidth=line.width)
        axes.plot(len(values) - 1, values[-1], "o", color=line.colour, markersize=2.8)
        axes.set_xlim(-1, len(values))


def finish(
    axes: Axes,
    days: Sequence[date],
    scale: Scale,
    *,
    speller: Speller = ENGLISH,
    months: bool = True,
    ticks: Sequence[float] | None = None,
) -> None:
    """Months below, hairlines and round numbers at the left, above them the unit if named."""
    axes.set_gid(DAYS)
    low, high = axes.get_ylim()
    chosen = list(ticks) if ticks else _round_values(low, high)
    axes.yaxis.set_major_locator(FixedLocator(chosen))
    axes.yaxis.set_major_formatter(FixedFormatter(scale.ticks(chosen)))
    axes.set_ylim(low, high)
    axes.grid(axis="y")
    if scale.label:
        axes.annotate(
            scale.label,
            (0, 1),
            xycoords="axes fraction",
            xytext=(-9 * POINTS_PER_INCH / MM_PER_INCH, 5),
            textcoords="offset points",
            fontsize=SMALL,
            color=GREY,
        )
    width = axes.get_position().width * _inches(axes)[0] * MM_PER_INCH
    places, names = month_marks(days, max(3, int(width / 9)), speller)
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_major_formatter(FixedFormatter(names) if months else NullFormatter())


def _round_values(low: float, high: float) -> list[float]:
    found = MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(v) for v in found if low <= v <= high]


def month_marks(
    days: Sequence[date], most: int = 8, speller: Speller = ENGLISH
) -> tuple[list[int], list[str]]:
    """Where months begin on an axis of trading days, and their names; the year under the first.

    An axis that is too short for months is marked at its ends.
    """
    starts = [i for i in range(1, len(days)) if days[i].month != days[i - 1].month]
    if len(starts) < 2:
        ends = sorted({0, *starts, len(days) - 1}) if days else []
        return ends, [speller.day_tick(days[i]) for i in ends]
    step = next(n for n in (1, 2, 3, 6, 12) if len(starts) <= most * n or n == 12)
    months = _apart([(i, days[i]) for i in starts if (days[i].month - 1) % step == 0], len(days))
    names: list[str] = []
    for position, (_, day) in enumerate(months):
        new_year = position == 0 or day.year != months[position - 1][1].year
        month = speller.tick(day)
        names.append(f"{month}\n{speller.year_tick(day)}" if new_year else month)
    return [i for i, _ in months], names


def _apart(months: list[tuple[int, date]], count: int) -> list[tuple[int, date]]:
    """The months whose names do not touch the name before, on an axis of `count` days."""
    kept: list[tuple[int, date]] = []
    for place, day in months:
        if not kept or place - kept[-1][0] >= count * CLOSEST_MARKS:
            kept.append((place, day))
    return kept


def draw_rule(axes: Axes, rule: Rule, count: int) -> None:
    axes.axhline(rule.value, color=rule.colour, linewidth=0.6, linestyle=(0, (2, 2)))
    if rule.label:
        axes.annotate(
            rule.label,
            (0, rule.value),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=SMALL,
            color=rule.colour,
            clip_on=False,
        )
    axes.set_xlim(-1, count)


def annotate(axes: Axes, note: Note, count: int) -> None:
    """The note's words beside its point, on the side where there is room, above if it is high."""
    late = note.index > count * 0.45
    axes.plot(note.index, note.value, "o", color=note.colour, markersize=3.0, clip_on=False)
    axes.annotate(
        note.label,
        (note.index, note.value),
        xytext=(-4 if late else 4, 4),
        textcoords="offset points",
        ha="right" if late else "left",
        va="bottom",
        fontsize=SMALL,
        color=note.colour,
        annotation_clip=False,
    )


def name_lines(axes: Axes, drawn: Sequence[Line]) -> None:
    """Each line's name at its end, pushed apart where the ends would overlap."""
    named = [line for line in drawn if line.label and line.values[-1] is not None]
    low, high = axes.get_ylim()
    height = axes.get_position().height * _inches(axes)[1] * POINTS_PER_INCH
    gap = (high - low) * 8.5 / height
    wanted = sorted(((_last(line), line) for line in named), key=lambda pair: pair[0])
    levels: list[float] = []
    for value, line in wanted:
        below = levels[-1] if levels else float("-inf")
        levels.append(max(value, below + gap * (1 + line.label.count("\n"))))
    ceiling = high + gap
    for place in range(len(levels) - 1, -1, -1):
        tall = gap * (1 + wanted[place][1].label.count("\n"))
        levels[place] = min(levels[place], ceiling - tall / 2)
        ceiling = levels[place] - tall / 2
    for level, (_, line) in zip(levels, wanted, strict=True):
        axes.annotate(
            line.label,
            (len(line.values) - 1, level),
            xytext=(5, 0),
            va="center",
            textcoords="offset points",
            fontsize=TEXT,
            color=line.colour,
            fontweight="bold",
            annotation_clip=False,
            linespacing=1.05,
        )


def _last(line: Line) -> float:
    value = line.values[-1]
    return float("nan") if value is None else value


DOT_ROOM = 11.0  # points between the centres of two numbers
WAYS = ((0, 1), (0, -1), (-1, 1), (-1, -1), (-1, 0), (0, 2), (-1, 2), (-2, 1))


def number_dots(axes: Axes, notes: Sequence[Note]) -> None:
    """Numbered dots at points of a line; what they are stands in the list below the figure.

    Each number is set where no other is: above its point, below it, or to the left.
    """
    placed: list[tuple[float, float]] = []
    to_points = POINTS_PER_INCH / axes.get_figure(root=True).dpi  # type: ignore[union-attr]
    low, high = axes.get_ylim()
    for note in notes:
        x, y = axes.transData.transform((note.index, note.value)) * to_points
        up = 1 if note.value >= (low + high) / 2 else -1
        spots = [(x + DOT_ROOM * right, y + DOT_ROOM * up * above) for right, above in WAYS]
        spot = next((one for one in spots if _is_free(one, placed)), spots[-1])
        placed.append(spot)
        axes.plot(note.index, note.value, "o", markersize=4.0, markerfacecolor="white",
                  markeredgecolor=note.colour, markeredgewidth=0.9, zorder=4)  # fmt: skip
        axes.annotate(
            note.label,
            (note.index, note.value),
            xytext=(spot[0] - x, spot[1] - y),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=SMALL,
            color="white",
            fontweight="bold",
            annotation_clip=False,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": note.colour, "linewidth": 0},
        )


def _is_free(spot: tuple[float, float], placed: Sequence[tuple[float, float]]) -> bool:
    return all(math.dist(spot, other) >= DOT_ROOM * 1.15 for other in placed)
