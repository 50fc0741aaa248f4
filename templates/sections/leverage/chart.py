"""The two pictures of the section: a course of 52 weeks, and shares of industries side by side.

The courses of all panels stand on one axis of calendar days, so that a day has the same place in
each, and a late series ends before the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from matplotlib.axes import Axes

from templates.canvas import BAR, SMALL, drawing, fitting, for_phones, narrow, panel, svg_of
from templates.issue_view import History
from templates.page import FULL, HALF, THIRD
from templates.palette import GREY, HAIR, INK, PALE, SUPPORT
from templates.wording.speller import Speller

BELOW, ABOVE = 4.6, 1.6  # mm
ROOM = 13.5  # at the right of a course, for the names of its high and low, mm
ROW, LEFT, RIGHT = 4.6, 37.0, 11.0  # of a row of an industry, mm
GAP = timedelta(days=20)  # longer than any holiday: what is missing is not drawn over
MONTHS_APART = 3
# A name needs half its width before its day: a month's name, and a year's.
HALF_NAME, HALF_YEAR_NAME = timedelta(days=12), timedelta(days=28)
CLOSEST = 2.8  # mm between the names of high and low
FINE = 0.2  # an axis that ends here or before has ticks of 5%
DASHES = (0, (3, 2))


@dataclass(frozen=True)
class Course:
    """What a panel draws: its values and what the highest and lowest of them are called."""

    past: History
    high: str
    low: str
    bars: bool = False


def course(one: Course, first: date, last: date, height: float, speller: Speller) -> str:
    """A line, or bars from zero, from `first` to `last`: high and low named, the median dashed.

    height: in mm.
    """
    with drawing(THIRD, height) as figure:
        axes = panel(figure, left=0.8, right=ROOM, bottom=BELOW, top=ABOVE)
        begin, end = (day.toordinal() for day in (first, last))
        _draw(axes, one)
        values = one.past.values
        axes.axhline(median(values), color=PALE, linewidth=0.6, linestyle=DASHES)
        low, high = min(values), max(values)
        if low < 0 < high:
            axes.axhline(0, color=PALE, linewidth=0.5)
        axes.plot(one.past.days[-1].toordinal(), values[-1], "o", color=INK, markersize=3.2,
                  clip_on=False, zorder=5)  # fmt: skip
        axes.set_xlim(begin, end + 3)
        bottom = min(low, 0.0) if one.bars else low
        spare = (high - bottom or abs(high) or 1.0) * 0.06
        axes.set_ylim(bottom - (0 if one.bars and low >= 0 else spare), high + spare)
        _name_ends(axes, one, low, high, CLOSEST / (height - BELOW - ABOVE))
        marks = list(_months(first, last, speller))
        axes.set_xticks([day.toordinal() for day, _ in marks], [name for _, name in marks])
        return svg_of(figure)


def _draw(axes: Axes, one: Course) -> None:
    """The values over their days; none where there is none for weeks."""
    days = [day.toordinal() for day in one.past.days]
    values = one.past.values
    for start, stop in _pieces(one.past.days):
        x, y = days[start:stop], values[start:stop]
        if one.bars:
            axes.fill_between(x, y, 0, step="mid", color=BAR, linewidth=0)
        else:
            axes.plot(x, y, color=INK, linewidth=1.0)
    if one.bars:
        axes.plot([days[-1]] * 2, [0, values[-1]], color=INK, linewidth=1.0)


def _pieces(days: Sequence[date]) -> Iterator[tuple[int, int]]:
    """Where a course begins and ends without a gap."""
    breaks = [i for i, (a, b) in enumerate(pairwise(days), start=1) if b - a > GAP]
    return pairwise([0, *breaks, len(days)])


def _name_ends(axes: Axes, one: Course, low: float, high: float, apart: float) -> None:
    """High and low at the right, no closer than a share of the height."""
    axes.yaxis.tick_right()
    bottom, top = axes.get_ylim()
    least = (top - bottom) * apart
    ends = (
        [(low, one.low), (max(high, low + least), one.high)] if high > low else [(high, one.high)]
    )
    axes.set_yticks([value for value, _ in ends], [name for _, name in ends])
    axes.tick_params(axis="y", pad=3.5, colors=PALE, labelcolor=GREY, labelsize=SMALL)


def _months(first: date, last: date, speller: Speller) -> Iterator[tuple[date, str]]:
    """Each third month, January as its year."""
    for year in range(first.year, last.year + 1):
        for month in range(1, 13, MONTHS_APART):
            day = date(year, month, 1)
            name = speller.year_tick(day) if month == 1 else speller.tick(day)
            if first + (HALF_YEAR_NAME if month == 1 else HALF_NAME) <= day <= last:
                yield day, name


@dataclass(frozen=True)
class Shares:
    """A row of an industry: its shares of loans and of value, 0 to 1, and the words at its end."""

    name: str
    loans: float
    value: float
    label: str


@for_phones
def industries(rows: Sequence[Shares]) -> str:
    """Two columns, on a phone one, a row an industry: a full dot at its share of loans, an open one
    at its share of value.
    """
    end = math.ceil(max(max(one.loans, one.value) for one in rows) * 20) / 20
    half = len(rows) if narrow() else math.ceil(len(rows) / 2)
    width, full = fitting(HALF), fitting(FULL)
    with drawing(FULL, 6.5 + ROW * half) as figure:
        for place, column in enumerate(filter(None, (rows[:half], rows[half:]))):
            before = (full - width) * place
            axes = panel(figure, left=before + LEFT, right=full - before - width + RIGHT,
                         bottom=5.0, top=1.0)  # fmt: skip
            for level, one in enumerate(column):
                _row(axes, level, one, end)
            axes.set(xlim=(0, end), ylim=(half - 0.4, -0.6))
            axes.set_yticks([])
            step = 0.05 if end <= FINE else 0.1
            ticks = [step * n for n in range(int(end / step + 1e-9) + 1)]
            axes.set_xticks(ticks, [f"{100 * tick:.0f}%" for tick in ticks])
            axes.spines["bottom"].set_visible(False)
        return svg_of(figure)


def _row(axes: Axes, level: int, one: Shares, end: float) -> None:
    """The way between the dots is strong where loans are more than the size."""
    way = SUPPORT if one.loans > one.value else BAR
    axes.plot([0, end], [level, level], color=HAIR, linewidth=0.5, zorder=0)
    axes.plot([one.value, one.loans], [level, level], color=way, linewidth=1.6, zorder=1)
    axes.plot(one.value, level, "o", markersize=4.2, markerfacecolor="white",
              markeredgecolor=INK, markeredgewidth=0.8, clip_on=False, zorder=3)  # fmt: skip
    axes.plot(one.loans, level, "o", markersize=4.2, color=SUPPORT, clip_on=False, zorder=4)
    for text, at, side in ((one.name, 0.0, "right"), (one.label, end, "left")):
        axes.annotate(text, (at, level), xytext=(-6 if at == 0 else 6, 0), ha=side,
                      textcoords="offset points", va="center", annotation_clip=False,
                      fontweight="normal" if at == 0 else "bold")  # fmt: skip
