"""Pictures on a calendar: listings do not come one a session."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.path import Path
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullFormatter
from matplotlib.transforms import Bbox, BboxBase, ScaledTranslation, Transform

from templates.canvas import (
    ACCENT,
    BAR,
    MM_PER_INCH,
    POINTS_PER_INCH,
    SMALL,
    TEXT,
    drawing,
    for_phones,
    narrow,
    panel,
    svg_of,
)
from templates.page import FULL, HALF
from templates.palette import GREY, INK, PALE
from templates.sections.listings.facts import Cloud, Dot, Proceeds
from templates.wording.speller import Scale, Speller

LARGEST, SMALLEST = 26.0, 3.0  # points across
LEAST = 1e10  # money of the largest dot, at the least
RIGHT, LEFT = 36.0, 11.0  # millimetres beside the picture
RIGHT_ON_PHONE, TALLER = 22.0, 1.7  # there a median is named on a line more
LATELY_DAYS = 90
LEGEND_UP = 2.0  # points above the picture
PROCEEDS_HEIGHT = 36.0
HEIGHTS = {"HK": 47.0, "A": 35.0}  # millimetres
APART = 1.6  # points between two texts
LEADER = {"arrowstyle": "-", "color": GREY, "linewidth": 0.4, "shrinkA": 0}
BEFORE_AFTER = 0.02  # of the axis, left free at either end
EDGE = 1.0  # points between a dot and the edge of the picture
CROSS = 3.2  # points across
WIDENINGS = 40  # each leaves about half of what the one before lacked, or less
# Where a name may stand: right, up, and points farther away, with a line to its dot.
WAYS = ((1, 0), (-1, 0), (1, 1), (-1, 1), (0, 1), (0, -1), (1, -1), (-1, -1))
NEAR = [(right, up, 0) for right, up in WAYS]
FARTHER = [(right, 1, points) for points in (8, 16, 24) for right in (-1, 0, 1)]
ALIGNED = {1: "left", -1: "right", 0: "center"}
UPRIGHT = {1: "bottom", -1: "top", 0: "center"}


@dataclass(frozen=True)
class Words:
    """The texts of the picture of listings.

    names: of dots by code; lately, usual: at the lines of the medians; unknown: at the foot;
    sizes: what the dots of the legend are, by money.
    """

    names: dict[str, str]
    lately: str
    usual: str
    unknown: str
    sizes: dict[float, str]


@for_phones
def cloud(one: Cloud, words: Words, s: Speller) -> str:
    """First-day return over the calendar; area is money, the newest dark, medians as lines."""
    tall, right = (TALLER, RIGHT_ON_PHONE) if narrow() else (1.0, RIGHT)
    with drawing(FULL, HEIGHTS[one.market.code] * tall) as figure:
        canvas = FigureCanvasAgg(figure)  # measures texts; svg_of draws
        axes = panel(figure, left=LEFT, right=right, bottom=8.5, top=6.0)
        foot = _frame(axes, one, s)
        largest = _largest(one)
        taken = [_dot(axes, dot, largest, dark=dot.code in one.recent) for dot in _drawn(one)]
        unknown = [dot.day.toordinal() for dot in one.dots if dot.first_day is None]
        axes.plot(unknown, [foot] * len(unknown), "x", color=PALE, markersize=CROSS,
                  markeredgewidth=0.7, clip_on=False)  # fmt: skip
        beside = [*_beside(axes, one, words, foot), *_legend(axes, canvas, words, largest, right)]
        texts = [_extent(text, canvas) for text in beside]
        inside, page = axes.get_window_extent(), canvas.figure.bbox
        texts.append(_legend_box(inside, page, _pixels(axes)))
        medians = [fact.value for fact in (one.lately, one.usual) if fact]
        lines = [float(axes.transData.transform((0, value))[1]) for value in (0.0, *medians)]
        within = Bbox.from_extents(inside.x0, inside.y0, page.x1, inside.y1)
        _Names(axes, canvas, one, words, _Room(within, taken, texts, lines)).place()
        return svg_of(figure)


def _drawn(one: Cloud) -> Iterator[Dot]:
    """The dots with a first day, the largest first, so that none hides another."""
    known = (dot for dot in one.dots if dot.first_day is not None)
    return iter(sorted(known, key=lambda dot: (-dot.raised, dot.code)))


def _frame(axes: Axes, one: Cloud, s: Speller) -> float:
    """Axes of days and of per cent; returns the height of the foot, where unknown ones stand."""
    returns = [dot.first_day for dot in one.dots if dot.first_day is not None]
    low, high = min([0.0, *returns]), max([0.1, *returns])
    spare = (high - low) * 0.09
    foot = _limit(axes, one, low, high)
    ticks = [float(v) for v in MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5]).tick_values(low, high)]
    ticks = [v for v in ticks if low - spare <= v <= high + spare]
    labels = Scale(0.01, "").ticks(ticks)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FixedFormatter([f"{text}%" for text in labels]))
    axes.grid(axis="y")
    axes.axhline(0, color=GREY, linewidth=0.6)
    calendar(axes, one.first, one.last, s, every=3 if narrow() else 1)
    (width, _), largest = _size(axes), _largest(one)
    dots = [(dot.day.toordinal(), _across(dot.raised, largest) / 2) for dot in _drawn(one)]
    axes.set_xlim(_widened(*axes.get_xlim(), width, dots))
    return foot


def _limit(axes: Axes, one: Cloud, low: float, high: float) -> float:
    """Limits of the returns from low to high, whole dots within; returns the foot."""
    spare, (_, height), largest = (high - low) * 0.09, _size(axes), _largest(one)
    dots = [(dot.first_day or 0.0, _across(dot.raised, largest) / 2) for dot in _drawn(one)]
    under = 0.0
    if one.unknown:  # the crosses stand under all dots
        under = spare * 0.8
        dots += [(value - under, radius + CROSS / 2) for value, radius in dots]
    foot = low - spare * (1.2 if one.unknown else 0.5)
    bottom, top = _widened(foot - under, high + spare * 1.4, height, dots)
    axes.set_ylim(bottom, top)
    return bottom + under


def _widened(
    low: float, high: float, length: float, dots: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Limits of an axis of so many points in which dots (value, radius in points) lie whole.

    Wider limits make a dot cover more of them, so that it takes some steps.
    """
    least, most = low, high
    for _ in range(WIDENINGS):
        point = (most - least) / length
        least = min([low, *(value - (radius + EDGE) * point for value, radius in dots)])
        most = max([high, *(value + (radius + EDGE) * point for value, radius in dots)])
    return least, most


def _size(axes: Axes) -> tuple[float, float]:
    """Width and height of the picture inside its axes, in points."""
    inside = axes.get_window_extent()
    return inside.width / _pixels(axes), inside.height / _pixels(axes)


def calendar(axes: Axes, first: date, last: date, s: Speller, *, every: int = 1) -> None:
    """An axis of days: a tick where a month begins, its name in its middle, or at every so many."""
    begins, names, middles = _months(first, last, s, every)
    spare = (last - first).days * BEFORE_AFTER
    axes.set_xlim(first.toordinal() - spare, last.toordinal() + spare)
    axes.xaxis.set_major_locator(FixedLocator(begins))
    if every > 1:
        axes.xaxis.set_major_formatter(FixedFormatter(names))
        return
    axes.xaxis.set_major_formatter(NullFormatter())
    axes.xaxis.set_minor_locator(FixedLocator(middles))
    axes.xaxis.set_minor_formatter(FixedFormatter(names))
    axes.tick_params(axis="x", which="minor", length=0, labelsize=SMALL, labelcolor=GREY)


def _months(
    first: date, last: date, s: Speller, every: int
) -> tuple[list[int], list[str], list[float]]:
    """Where months begin, what they are called (the year under the first of it), their middles."""
    begins, names, middles = [], [], []
    day, year = first.replace(day=1), 0
    while day <= last:
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        shown = (day.month - 1) % every == 0
        begin, end = max(day, first).toordinal(), min(following, last).toordinal()
        if shown and end - begin >= 8:
            begins.append(begin)
            middles.append((begin + end) / 2)
            names.append(s.tick(day) if day.year == year else f"{s.tick(day)}\n{s.year_tick(day)}")
            year = day.year
        day = following
    return begins, names, middles


def _largest(one: Cloud) -> float:
    """The money of the largest dot; ten billion at least, so that small listings look small."""
    return max(LEAST, *(dot.raised for dot in one.dots))


def _across(raised: float, largest: float) -> float:
    """How wide a dot is, in points: its area is its money."""
    return max(SMALLEST, LARGEST * math.sqrt(raised / largest))


def _dot(axes: Axes, dot: Dot, largest: float, *, dark: bool) -> tuple[float, float, float]:
    """Draws one listing; returns its middle and radius in pixels."""
    x, y, across = dot.day.toordinal(), dot.first_day or 0.0, _across(dot.raised, largest)
    axes.plot(x, y, "o", markersize=across, color=ACCENT if dark else BAR, alpha=0.85,
              markeredgecolor=INK if dark else ACCENT, markeredgewidth=0.5)  # fmt: skip
    return *_middle(axes, dot), across / 2 * _pixels(axes)


def _middle(axes: Axes, dot: Dot) -> tuple[float, float]:
    x, y = axes.transData.transform((dot.day.toordinal(), dot.first_day or 0.0))
    return float(x), float(y)


def _pixels(axes: Axes) -> float:
    """Pixels of the measuring canvas in a point."""
    return float(axes.get_figure(root=True).dpi) / POINTS_PER_INCH  # type: ignore[union-attr]


def _beside(axes: Axes, one: Cloud, words: Words, foot: float) -> Iterator[Annotation]:
    """The medians, each drawn as far as it reaches and named at the right, and the foot."""
    last = one.last.toordinal()
    named: list[tuple[float, str, bool]] = []
    if one.usual is not None:
        axes.axhline(one.usual.value, color=INK, linewidth=0.7, linestyle=(0, (3, 2)))
        named.append((one.usual.value, words.usual, False))
    if one.lately is not None:
        _, end = axes.get_xlim()
        axes.plot([last - LATELY_DAYS, end], [one.lately.value] * 2, color=INK, linewidth=1.6)
        named.append((one.lately.value, words.lately, True))
    low, high = axes.get_ylim()
    height = axes.get_position().height * axes.get_figure(root=True).get_size_inches()[1]  # type: ignore[union-attr]
    line = (high - low) * 9.0 / (height * POINTS_PER_INCH)
    if one.unknown:
        yield _right(axes, words.unknown, foot, strong=False)
    level = foot + line * 0.5 if one.unknown else float("-inf")
    if narrow():
        named = [(value, text.replace(" ", "\n", 1), strong) for value, text, strong in named]
    for value, text, strong in sorted(named):
        tall = 1 + text.count("\n")
        level = max(value, level + line * tall / 2 + line * 0.25)
        yield _right(axes, text, level, strong=strong)
        level += line * tall / 2


def _right(axes: Axes, text: str, height: float, *, strong: bool) -> Annotation:
    return axes.annotate(text, (1, height), xycoords=("axes fraction", "data"), xytext=(5, 0),
                  textcoords="offset points", ha="left", va="center", fontsize=SMALL,
                  color=INK if strong else GREY, fontweight="bold" if strong else "normal",
                  annotation_clip=False, linespacing=1.15)  # fmt: skip


def _legend(
    axes: Axes, canvas: FigureCanvasAgg, words: Words, largest: float, room: float
) -> Iterator[Annotation]:
    """What the sizes are: in a row at the top right, beside the picture as far as there is room.

    room: millimetres beside the picture.
    """
    shown = []
    for money, text in words.sizes.items():
        across = _across(money, largest)
        if across <= LARGEST:
            label = axes.annotate(text, (1, 1), xycoords="axes fraction", xytext=(0, LEGEND_UP),
                                  textcoords="offset points", va="center", fontsize=SMALL,
                                  color=GREY, annotation_clip=False)  # fmt: skip
            shown.append((across, label, _extent(label, canvas).width / _pixels(axes)))
    whole = sum(across + 2.0 + width + 3.0 for across, _, width in shown) - 3.0
    right = min(1.0, (room - 1.5 * narrow()) / MM_PER_INCH * POINTS_PER_INCH - whole)
    for across, label, width in shown:
        axes.plot(1, 1, "o", markersize=across, color=BAR, markeredgecolor=ACCENT,
                  markeredgewidth=0.5, clip_on=False,
                  transform=_moved(axes, right + across / 2, LEGEND_UP))  # fmt: skip
        label.xyann = (right + across + 2.0, LEGEND_UP)
        right += across + 2.0 + width + 3.0
        yield label


def _extent(text: Annotation, canvas: FigureCanvasAgg) -> Bbox:
    """The box of a text alone, without the line that leads to it."""
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    text.update_positions(renderer)
    return Text.get_window_extent(text, renderer)


def _legend_box(inside: Bbox, page: BboxBase, pixels: float) -> Bbox:
    """Where the legend stands, which no name may touch."""
    return Bbox.from_extents(inside.x1, inside.y1 - 6 * pixels, page.x1, page.y1)


def _moved(axes: Axes, right: float, up: float) -> Transform:
    """The corners of the axes, moved by so many points."""
    inches = axes.get_figure(root=True).dpi_scale_trans  # type: ignore[union-attr]
    shift = ScaledTranslation(right / POINTS_PER_INCH, up / POINTS_PER_INCH, inches)
    return axes.transAxes + shift


@dataclass(frozen=True)
class _Room:
    """What names may not touch: where they must lie, dots (middle and radius), texts, lines.

    leaders: the lines from names to their dots, which names and other leaders keep clear of.
    """

    inside: Bbox
    dots: Sequence[tuple[float, float, float]]
    texts: list[Bbox]
    lines: Sequence[float]
    leaders: list[Path] = field(default_factory=list)

    def has(self, box: Bbox, leader: Path | None) -> bool:
        """Whether a name and its leader lie within, and touch no other text, dot or line."""
        inside = self.inside
        if box.x0 < inside.x0 or box.x1 > inside.x1 or box.y0 < inside.y0 or box.y1 > inside.y1:
            return False
        if any(box.overlaps(other) for other in self.texts):
            return False
        if any(box.y0 < line < box.y1 for line in self.lines):
            return False
        if any(line.intersects_bbox(box, filled=False) for line in self.leaders):
            return False
        if leader and not self._leads_clear(leader):
            return False
        return not any(_touches(box, *dot) for dot in self.dots)

    def _leads_clear(self, leader: Path) -> bool:
        """Whether a line to a dot runs through no text and no other such line."""
        return not any(
            leader.intersects_bbox(text, filled=False) for text in self.texts
        ) and not any(leader.intersects_path(other, filled=False) for other in self.leaders)

    def crossed(self, leader: Path | None, own: tuple[float, float]) -> int:
        """How many dots a line runs through on the way to its own, whose middle is given."""
        return sum(
            leader is not None and Path.circle((x, y), radius).intersects_path(leader)
            for x, y, radius in self.dots
            if (x, y) != own
        )

    def take(self, box: Bbox, leader: Path | None) -> None:
        """A name stands here."""
        self.texts.append(box)
        self.leaders.extend([leader] if leader else [])


def _touches(box: Bbox, x: float, y: float, radius: float) -> bool:
    nearest_x, nearest_y = min(max(x, box.x0), box.x1), min(max(y, box.y0), box.y1)
    return math.hypot(x - nearest_x, y - nearest_y) < radius


@dataclass(frozen=True)
class _Names:
    """The names of dots, in one line or two, beside their dots or farther away."""

    axes: Axes
    canvas: FigureCanvasAgg
    one: Cloud
    words: Words
    room: _Room

    def place(self) -> None:
        """Names that have no room beside their dots stand farther away, once all others stand."""
        known = (dot for dot in self.one.dots if dot.first_day is not None)
        dots = [dot for dot in known if dot.code in self.words.names]
        for spots in (NEAR, FARTHER):
            dots = [dot for dot in dots if not self._placed(dot, spots)]

    def _placed(self, dot: Dot, spots: Sequence[tuple[int, int, int]]) -> bool:
        """Whether there is room: at the first spot whose leader runs through the fewest dots."""
        name, middle = self.words.names[dot.code], _middle(self.axes, dot)
        best: tuple[int, Annotation, Bbox, Path | None] | None = None
        for text, spot in product(dict.fromkeys((name, _in_two(name))), spots):
            label = self._label(dot, text, spot)
            box = _extent(label, self.canvas).padded(APART * _pixels(self.axes))
            leader = _leader(box, middle) if spot[2] else None
            crossed = self.room.crossed(leader, middle)
            if not self.room.has(box, leader) or (best and crossed >= best[0]):
                label.remove()
                continue
            if best:
                best[1].remove()
            best = crossed, label, box, leader
            if not crossed:
                break
        if best:
            self.room.take(*best[2:])
        return best is not None

    def _label(self, dot: Dot, text: str, spot: tuple[int, int, int]) -> Annotation:
        """A name at one of the spots around its dot: right, up, and points farther away."""
        right, up, farther = spot
        strong = dot.code in self.one.recent
        radius = _across(dot.raised, _largest(self.one)) / 2
        near = radius * (0.75 if right and up else 1.0)
        return self.axes.annotate(
            text,
            (dot.day.toordinal(), dot.first_day or 0.0),
            xytext=(right * (near + 3), up * (near + 2 + farther)),
            textcoords="offset points",
            ha=ALIGNED[right],
            va=UPRIGHT[up],
            fontsize=TEXT if strong else SMALL,
            fontweight="bold" if strong else "normal",
            color=INK,
            linespacing=1.2,
            annotation_clip=False,
            arrowprops=LEADER | {"shrinkB": radius} if farther else None,
        )


def _leader(box: Bbox, middle: tuple[float, float]) -> Path:
    """The line from the middle of a name to that of its dot."""
    return Path([((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2), middle])


def _in_two(name: str) -> str:
    """A name with its number in a line of its own."""
    first, _, last = name.rpartition(" ")
    return f"{first}\n{last}" if first else name


@for_phones
def proceeds(one: Proceeds, scale: Scale, label: str, s: Speller, *, width: float = HALF) -> str:
    """Money raised in 90 days, a step where a listing comes, its high and its last value marked."""
    with drawing(width, PROCEEDS_HEIGHT) as figure:
        axes = panel(figure, left=9.0, right=17.0, bottom=8.5, top=3.5)
        days = [day.toordinal() for day in one.past.days]
        values = [value / scale.factor for value in one.past.values]
        axes.fill_between(days, values, step="post", color=BAR, alpha=0.45, linewidth=0)
        axes.step(days, values, where="post", color=ACCENT, linewidth=1.0)
        axes.plot(days[-1], values[-1], "o", color=ACCENT, markersize=3.4)
        top = one.high_day.toordinal()
        if one.high_day != one.past.days[-1]:
            axes.plot(top, max(values), "o", markersize=3.6, markerfacecolor="white",
                      markeredgecolor=INK, markeredgewidth=0.8)  # fmt: skip
            axes.annotate(str(s.day(one.high_day)), (top, max(values)), xytext=(0, 5),
                          textcoords="offset points", ha="center", fontsize=SMALL,
                          color=INK)  # fmt: skip
        axes.set_ylim(0, max(values) * 1.16)
        ticks = [float(v) for v in MaxNLocator(nbins=4).tick_values(0, max(values))]
        axes.yaxis.set_major_locator(FixedLocator([v for v in ticks if v <= max(values) * 1.1]))
        axes.yaxis.set_major_formatter(
            FixedFormatter(Scale(1.0, "").ticks([v for v in ticks if v <= max(values) * 1.1]))
        )
        axes.grid(axis="y")
        months = (one.past.days[-1] - one.past.days[0]).days / 30
        every = next((n for n in (1, 2, 3, 6) if months <= 6 * n), 12)
        calendar(axes, one.past.days[0], one.past.days[-1], s, every=every)
        axes.annotate(label, (days[-1], values[-1]), xytext=(6, 0), textcoords="offset points",
                      va="center", fontsize=TEXT, color=ACCENT, fontweight="bold",
                      annotation_clip=False)  # fmt: skip
        return svg_of(figure)
