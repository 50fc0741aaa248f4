"""The pictures of the scenarios: outcomes as bars beside any day, and forecast against outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from templates.canvas import (
    ACCENT,
    BAR,
    SMALL,
    TEXT,
    drawing,
    for_phones,
    narrow,
    panel,
    svg_of,
)
from templates.page import FULL, THIRD
from templates.palette import GREY, HAIR, INK

NAMES, NUMBER, TOP = 58.0, 11.0, 5.0  # millimetres: of the names, of a number, above the bars
ROW, APART = 3.0, 0.4  # millimetres of a row; rows between two indices
INDEX = 17.0  # millimetres of the name of an index, which stands beside its first outcome


@dataclass(frozen=True)
class Probability:
    """One probability with its interval, that of any day, and its words; numbers 0 to 1."""

    value: float
    low: float
    high: float
    base: float
    label: str


@dataclass(frozen=True)
class Group:
    """The outcomes of one index: its name, and by horizon a probability for each outcome."""

    name: str
    columns: Sequence[Sequence[Probability]]


@for_phones
def outcomes(groups: Sequence[Group], names: Sequence[str], horizons: Sequence[str]) -> str:
    """A row an outcome, a column a horizon: bar, interval as a thin line, tick of any day.

    On a phone the horizons stand one under another, and the name of an index on a row of its own.
    All bars have one scale, which ends with the highest number drawn.
    """
    lines = len(names) + (1 if narrow() else 0)
    rows = len(groups) * lines + APART * (len(groups) - 1)
    every = [one for group in groups for column in group.columns for one in column]
    most = max(max(one.high, one.base, one.value) for one in every)
    tall, many = TOP + ROW * rows + 1.0, len(horizons)
    with drawing(FULL, tall * (many if narrow() else 1)) as figure:
        for place, title in enumerate(horizons):
            axes = panel(figure, **_margins(place, many, tall))
            axes.set(xlim=(0, most), ylim=(rows - 0.5, -0.5))
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines["bottom"].set_visible(False)
            axes.set_title(title, fontsize=SMALL, color=GREY, loc="left", pad=2)
            _column(axes, groups, names, place)
        return svg_of(figure)


def _margins(place: int, many: int, tall: float) -> dict[str, float]:
    """Where the bars of a horizon stand, in millimetres from the edges."""
    side = NUMBER + 2.0
    if narrow():
        above = tall * place
        return {"left": NAMES - INDEX, "right": side, "top": TOP + above,
                "bottom": 1.0 + tall * (many - 1) - above}  # fmt: skip
    share = (FULL - NAMES) / many
    left = NAMES + share * place
    return {"left": left, "right": FULL - left - share + side, "top": TOP, "bottom": 1.0}


def _column(axes: Axes, groups: Sequence[Group], names: Sequence[str], place: int) -> None:
    at, named = 0.0, place == 0 or narrow()
    for group in groups:
        if named:
            _beside(axes, group.name, at, bold=True)
        if narrow():
            at += 1.0
        for name, one in zip(names, group.columns[place], strict=True):
            _bar(axes, one, at)
            if named:
                _beside(axes, name, at, bold=False)
            at += 1.0
        at += APART


def _bar(axes: Axes, one: Probability, at: float) -> None:
    axes.plot(axes.get_xlim(), [at, at], color=HAIR, linewidth=0.5, zorder=0)
    axes.barh(at, one.value, height=0.52, color=BAR, zorder=1)
    axes.plot([one.low, one.high], [at, at], color=ACCENT, linewidth=0.8, zorder=2)
    axes.plot([one.base] * 2, [at - 0.36, at + 0.36], color=INK, linewidth=1.4, zorder=3,
              clip_on=False, solid_capstyle="butt")  # fmt: skip
    axes.annotate(
        one.label, (1.0, at), xycoords=("axes fraction", "data"), xytext=(NUMBER * 2.835, 0),
        textcoords="offset points", ha="right", va="center", fontweight="bold",
        annotation_clip=False,
    )  # fmt: skip


def _beside(axes: Axes, text: str, at: float, *, bold: bool) -> None:
    """The name of an index at the left edge; that of an outcome on paper right of it."""
    left = (INDEX if not bold and not narrow() else 0.0) - (NAMES - (INDEX if narrow() else 0.0))
    axes.annotate(
        text, (0.0, at), xycoords=("axes fraction", "data"), xytext=(left * 2.835, 0),
        textcoords="offset points", ha="left", va="center", annotation_clip=False,
        fontsize=TEXT, fontweight="bold" if bold else "normal",
    )  # fmt: skip


def reliability(
    said: Sequence[float],
    came: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    *,
    across: str,
) -> str:
    """Frequency over forecast, both 0 to 1, with the range in which a true forecast would lie."""
    with drawing(THIRD, 25.0) as figure:
        axes = panel(figure, left=9.0, right=6.0, bottom=8.5, top=3.0)
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
        for at, bottom, top in zip(said, low, high, strict=True):
            axes.plot([at, at], [bottom, top], color=BAR, linewidth=2.2, solid_capstyle="butt")
        axes.plot(said, came, "o", markersize=4.2, color=ACCENT, clip_on=False)
        ticks, labels = [0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100%"]
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.set_xticks(ticks, labels)
        axes.set_yticks(ticks, labels)
        axes.set_xlabel(across, color=GREY, fontsize=SMALL, labelpad=1)
        return svg_of(figure)
