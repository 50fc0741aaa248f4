"""The pictures of the scorecard: a strip of weeks, its months, and the mark of where it stands.

A full bar is a thesis that holds, a low one a thesis that does not, a hatched one has no data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from templates.canvas import SMALL, drawing, month_marks, once, panel, svg_of
from templates.palette import GREY
from templates.wording.speller import Speller
from transforms.issue.scorecard import Status

STRIP, TALL, MARK, AXIS = 42.0, 4.6, 3.0, 4.4  # mm
LOW, GAP = 0.1, 0.93  # height of a low bar; width of a bar of its week
FAINT = "#9aa4b0"
HATCHES = 3.0  # strokes a bar is high
MONTHS = 5

Ramp = Literal["support", "heat"]
GROUNDS: dict[Ramp, str] = {"support": "#e3edf4", "heat": "#f7e6df"}


@once
def strip(statuses: Sequence[Status], ramp: Ramp, colour: str) -> str:
    """One bar a week, oldest first."""
    with drawing(STRIP, TALL) as figure:
        axes = _bare(figure, len(statuses))
        _bars(axes, statuses, ramp, colour, shape=TALL / STRIP * len(statuses))
        return svg_of(figure)


@once
def mark(status: Status, ramp: Ramp, colour: str) -> str:
    """The last bar alone, beside the word for it."""
    with drawing(MARK, MARK) as figure:
        _bars(_bare(figure, 1), [status], ramp, colour, shape=1.0)
        return svg_of(figure)


def months(days: Sequence[date], speller: Speller) -> str:
    """The names of months over the weeks in which they begin."""
    with drawing(STRIP, AXIS) as figure:
        axes = _bare(figure, len(days))
        places, names = month_marks(days, MONTHS, speller)
        for place, name in zip(places, names, strict=True):
            said = name.partition("\n")[0]
            at_the_end = (1 - place / len(days)) * STRIP < _width(said)
            axes.text(place + (1 if at_the_end else 0), 0.28, said,
                      ha="right" if at_the_end else "left", va="baseline", fontsize=SMALL,
                      color=GREY)  # fmt: skip
        return svg_of(figure)


def _width(text: str) -> float:
    """About how wide small type is, in millimetres; Chinese characters are wider."""
    return sum(2.6 if ord(one) > 0x2E80 else 1.5 for one in text)


def _bare(figure: Figure, count: int) -> Axes:
    axes = panel(figure, left=0.0, right=0.0, bottom=0.0, top=0.0)
    axes.set_axis_off()
    axes.set(xlim=(0, max(count, 1)), ylim=(0, 1))
    return axes


def _bars(axes: Axes, statuses: Sequence[Status], ramp: Ramp, colour: str, *, shape: float) -> None:
    """The bars on their grounds, those of a kind as one shape: hundreds of single ones are slow.

    shape: how many bars are as wide as one is high.
    """
    places = list(enumerate(statuses))
    unknown = [place for place, status in places if status is Status.NO_DATA]
    known = [place for place, status in places if status is not Status.NO_DATA]
    high = [place for place, status in places if status is Status.HOLDS]
    low = sorted({*known} - {*high})
    if unknown:
        _draw(axes, _upright(unknown, 1.0), facecolor="white", edgecolor=FAINT, linewidth=0.3)
        _draw(axes, _hatches(unknown, shape), fill=False, edgecolor=FAINT, linewidth=0.4,
              capstyle="butt")  # fmt: skip
    for standing, tall, filled in (
        (known, 1.0, GROUNDS[ramp]),
        (high, 1.0, colour),
        (low, LOW, colour),
    ):
        if standing:
            _draw(axes, _upright(standing, tall), facecolor=filled, linewidth=0)


def _draw(axes: Axes, path: Path, **look: Any) -> None:
    """Adds a shape whose limits need not be known: those of the axes are set."""
    axes.add_artist(PathPatch(path, **look))


def _upright(places: Sequence[int], tall: float) -> Path:
    """Bars from zero, as wide as a bar is."""
    return Path.make_compound_path(
        *(Path([(at, 0), (at + GAP, 0), (at + GAP, tall), (at, tall), (at, 0)], closed=True)
          for at in places)
    )  # fmt: skip


def _hatches(places: Sequence[int], shape: float) -> Path:
    """Strokes at 45 degrees over bars, cut at their sides."""
    return Path.make_compound_path(*(stroke for place in places for stroke in _hatch(place, shape)))


def _hatch(place: int, shape: float) -> Iterator[Path]:
    rise = GAP / shape  # as high as the bar is wide
    low = -rise
    while low < 1:
        start, end = max(low, 0.0), min(low + rise, 1.0)
        yield Path([(place + (y - low) / rise * GAP, y) for y in (start, end)])
        low += 1 / HATCHES
