"""Figures: typed data in, one deterministic SVG string out.

Bars and lines stand on an axis of trading days, so that holidays leave no holes. Tick labels are
the only digits that a figure invents; all other text is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matplotlib.axes import Axes

from templates.canvas import (
    ACCENT,
    ALARM,
    BAR,
    FULL,
    GREY,
    HAIR,
    HALF,
    PALE,
    POINTS,
    SMALL,
    TEXT,
    Line,
    Note,
    Rule,
    Scale,
    annotate,
    draw_rule,
    drawing,
    finish,
    name_lines,
    panel,
    plot,
    svg_of,
    upright,
)
from transforms.formulas.rsi import OVERBOUGHT, OVERSOLD


@dataclass(frozen=True)
class Point:
    """A place on the map of the two axes (both 0-100)."""

    momentum: float
    heat: float


@dataclass(frozen=True)
class Probability:
    """One probability with its interval, its base rate and its words; numbers 0 to 1."""

    value: float
    low: float
    high: float
    base: float
    label: str


def spark(values: Sequence[float], low: str, high: str, *, alarm: bool = False) -> str:
    """A line without axes but with its lowest and highest value, the last point marked."""
    with drawing(25.0, 9.0) as figure:
        axes = panel(figure, left=0.8, right=9.5, bottom=1.2, top=1.2)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.plot(range(len(values)), values, color=ACCENT, linewidth=0.7)
        axes.plot(
            len(values) - 1,
            values[-1],
            "o",
            color=ALARM if alarm else ACCENT,
            markersize=2.6,
            clip_on=False,
        )
        bounds = [min(values), max(values)]
        axes.yaxis.tick_right()
        axes.set_yticks(bounds if bounds[1] > bounds[0] else bounds[:1])
        axes.set_yticklabels([low, high][: len(axes.get_yticks())], fontsize=5.2, color=PALE)
        return svg_of(figure)


def two_axis_map(
    trail: Sequence[Point],
    first: str,
    last: str,
    *,
    lines: tuple[float, float],
    hot: float,
    hollow: bool = False,
) -> str:
    """Structural momentum across, overheating up; one mark a week, the last one named.

    hollow: the last mark is where the market was, not where it is.
    """
    with drawing(HALF, 70.0) as figure:
        axes = panel(figure, left=9.0, right=2.0, bottom=9.0, top=1.0)
        _zones(axes, lines, hot)
        axes.plot(
            [p.momentum for p in trail],
            [p.heat for p in trail],
            color=GREY,
            linewidth=0.7,
            marker="o",
            markersize=2.6,
            markerfacecolor="white",
            markeredgewidth=0.6,
        )
        colour = ALARM if trail[-1].heat >= hot else ACCENT
        axes.plot(
            trail[-1].momentum,
            trail[-1].heat,
            "o",
            color=colour,
            markersize=6.5,
            markerfacecolor="white" if hollow else colour,
        )
        _name_point(axes, trail[-1], last, colour, above=_room_above(trail), bold=True)
        if len(trail) > 1:
            _name_point(axes, trail[0], first, GREY, above=not _rises(trail), bold=False)
        axes.set_xlabel("structural momentum, 0 to 100", color=GREY, fontsize=SMALL, labelpad=2)
        axes.set_ylabel("overheating, 0 to 100", color=GREY, fontsize=SMALL, labelpad=2)
        return svg_of(figure)


def price_and_strength(
    days: Sequence[date], price: Line, strength: Line, notes: Sequence[Note], bands: Sequence[Note]
) -> str:
    """A price above its RSI, one axis of trading days for both, the overbought zone shaded."""
    with drawing(FULL, 72.0) as figure:
        upper = panel(figure, left=9.0, right=12.0, bottom=31.0, top=5.0)
        lower = panel(figure, left=9.0, right=12.0, bottom=8.5, top=47.0)
        plot(upper, [price])
        finish(upper, days, POINTS, months=False)
        plot(lower, [strength])
        lower.set_ylim(10, 95)
        lower.axhspan(OVERBOUGHT, 95, color="#f6e7e2", linewidth=0)
        finish(lower, days, Scale(1.0, "RSI-14"), ticks=[OVERSOLD, 50.0, OVERBOUGHT])
        lower.set_ylim(10, 95)
        name_lines(upper, [price])
        name_lines(lower, [strength])
        for axes, marks in ((upper, notes), (lower, bands)):
            for note in marks:
                annotate(axes, note, len(days))
        return svg_of(figure)


def bars(
    days: Sequence[date],
    values: Sequence[float],
    scale: Scale,
    label: str,
    *,
    rules: Sequence[Rule] = (),
    notes: Sequence[Note] = (),
    strong: bool = False,
    width: float = HALF,
    height: float = 50.0,
    room: float = 11.0,
    top: float | None = None,
) -> str:
    """One bar a trading day, the last one darker (in alarm if `strong`) and named at its side."""
    with drawing(width, height) as figure:
        axes = panel(figure, left=9.0, right=room, bottom=8.5, top=5.0)
        colour = ALARM if strong else ACCENT
        axes.add_patch(upright(values[:-1], 0, BAR))
        axes.add_patch(upright(values[-1:], len(values) - 1, colour))
        lowest, highest = min(0.0, *values), max(0.0, *values, *(r.value for r in rules))
        spare = (highest - lowest or 1.0) * 0.13
        axes.set_ylim(lowest - (spare if lowest < 0 else 0), top or highest + spare)
        for rule in rules:
            draw_rule(axes, rule, len(values))
        for note in notes:
            annotate(axes, note, len(values))
        axes.set_xlim(-1, len(values))
        finish(axes, days, scale)
        if lowest < 0:
            axes.axhline(0, color=PALE, linewidth=0.5)
        name_lines(axes, [Line(values, label, colour)])
        return svg_of(figure)


def lines(
    days: Sequence[date],
    drawn: Sequence[Line],
    scale: Scale,
    *,
    rules: Sequence[Rule] = (),
    notes: Sequence[Note] = (),
    width: float = HALF,
    height: float = 50.0,
    room: float = 17.0,
    limits: tuple[float, float] | None = None,
) -> str:
    """Lines over trading days, each named at its own end; `room` mm are kept for the names."""
    with drawing(width, height) as figure:
        axes = panel(figure, left=9.0, right=room, bottom=8.5, top=5.0)
        plot(axes, drawn)
        if limits is not None:
            axes.set_ylim(*limits)
        for rule in rules:
            draw_rule(axes, rule, len(days))
        for note in notes:
            annotate(axes, note, len(days))
        finish(axes, days, scale)
        name_lines(axes, drawn)
        return svg_of(figure)


def dumbbells(
    names: Sequence[str],
    before: Sequence[float | None],
    now: Sequence[float],
    labels: Sequence[str],
    *,
    colour: str,
    width: float = HALF,
    left: float = 28.0,
    room: float = 9.0,
    row: float = 5.2,
) -> str:
    """One row a block: where its score was, where it is (0-100), the score at the row's end."""
    with drawing(width, 7.0 + row * len(names)) as figure:
        axes = panel(figure, left=left, right=room, bottom=5.5, top=1.5)
        for level, (name, old, new, label) in enumerate(
            zip(names, before, now, labels, strict=True)
        ):
            _dumbbell(axes, level, old, new, colour)
            for text, point, side in ((name, 0, "right"), (label, 100, "left")):
                axes.annotate(
                    text,
                    (point, level),
                    xytext=(-7 if point == 0 else 7, 0),
                    ha=side,
                    textcoords="offset points",
                    va="center",
                    annotation_clip=False,
                    fontweight="normal" if point == 0 else "bold",
                )
        axes.set_xlim(0, 100)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_yticks([])
        axes.set_xticks([0, 25, 50, 75, 100])
        return svg_of(figure)


def _dumbbell(axes: Axes, level: int, old: float | None, new: float, colour: str) -> None:
    """A hollow dot where a score was, a full one where it is, and the way between them."""
    axes.plot([0, 100], [level, level], color=HAIR, linewidth=0.5, zorder=0)
    if old is not None:
        axes.plot([old, new], [level, level], color=colour, linewidth=1.2, alpha=0.45)
        axes.plot(
            old,
            level,
            "o",
            markersize=3.2,
            markerfacecolor="white",
            markeredgecolor=colour,
            markeredgewidth=0.7,
            clip_on=False,
        )
    axes.plot(new, level, "o", markersize=5.0, color=colour, clip_on=False)


def probabilities(
    names: Sequence[str],
    columns: Mapping[str, Sequence[Probability]],
    *,
    left: float = 50.0,
    row: float = 4.2,
) -> str:
    """Panels side by side, a row a name: mark, line of the interval, tick at the base rate."""
    with drawing(FULL, 12.0 + row * len(names)) as figure:
        share = (FULL - left) / len(columns)
        for place, (title, values) in enumerate(columns.items()):
            edge = FULL - left - share * (place + 1)
            axes = panel(figure, left=left + share * place, right=edge + 11.0, bottom=5.5, top=6.0)
            for at, one in enumerate(values):
                axes.plot([0, 1], [at, at], color=HAIR, linewidth=0.5, zorder=0)
                axes.plot([one.low, one.high], [at, at], color=BAR, linewidth=2.6, zorder=1)
                axes.plot([one.base, one.base], [at - 0.32, at + 0.32], color=GREY, linewidth=1.0)
                axes.plot(one.value, at, "o", markersize=4.6, color=ACCENT, clip_on=False)
                _beside(axes, one.label, 1.0, at, "left", bold=True)
                if place == 0:
                    _beside(axes, names[at], 0.0, at, "right", bold=False)
            axes.set_title(title, fontsize=TEXT, color=GREY, loc="left", pad=4)
            axes.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5))
            axes.set_yticks([])
            axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100%"])
        return svg_of(figure)


def reliability(
    said: Sequence[float], came: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> str:
    """Frequency over forecast, both 0 to 1, with consistency bars of a reliable forecast."""
    with drawing(HALF, 40.0) as figure:
        axes = panel(figure, left=11.0, right=30.0, bottom=8.5, top=1.5)
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
        for at, bottom, top in zip(said, low, high, strict=True):
            axes.plot([at, at], [bottom, top], color=BAR, linewidth=2.2, solid_capstyle="butt")
        axes.plot(said, came, "o", markersize=4.2, color=ACCENT, clip_on=False)
        ticks, labels = [0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100%"]
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.set_xticks(ticks, labels)
        axes.set_yticks(ticks, labels)
        axes.set_xlabel("said", color=GREY, fontsize=SMALL, labelpad=1)
        axes.set_ylabel("came", color=GREY, fontsize=SMALL, labelpad=1)
        return svg_of(figure)


def _beside(axes: Axes, text: str, x: float, y: float, side: str, *, bold: bool) -> None:
    """Words beside the end of a row."""
    axes.annotate(
        text,
        (x, y),
        xytext=(7 if side == "left" else -7, 0),
        textcoords="offset points",
        ha=side,
        va="center",
        annotation_clip=False,
        fontweight="bold" if bold else "normal",
    )


ROOM_ABOVE = 82  # heat above which a name would run into the name of the zone


def _zones(axes: Axes, lines: tuple[float, float], hot: float) -> None:
    shades = (
        (("#f1f2f4", "Fading"), ("#f7f8f9", ""), ("#e4eef4", "Healthy advance")),
        (("#f6f0e4", "Froth without trend"), ("#faf3ea", ""), ("#f4e0d9", "Overheated advance")),
    )
    across, up = (0.0, *lines, 100.0), (0.0, hot, 100.0)
    for row, columns in enumerate(shades):
        for column, (shade, name) in enumerate(columns):
            left, right = across[column], across[column + 1]
            axes.fill_between([left, right], up[row], up[row + 1], color=shade, linewidth=0)
            axes.text(
                (left + right) / 2,
                97 if row else 3,
                name,
                ha="center",
                va="top" if row else "bottom",
                fontsize=SMALL,
                color=GREY,
            )
    axes.text(
        sum(lines) / 2,
        3,
        "Undecided",
        rotation=90,
        ha="center",
        va="bottom",
        fontsize=SMALL,
        color=PALE,
    )
    axes.set(xlim=(0, 100), ylim=(0, 100))
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.spines["left"].set_visible(True)


def _rises(trail: Sequence[Point]) -> bool:
    return trail[-1].heat >= trail[0].heat


def _room_above(trail: Sequence[Point]) -> bool:
    """Whether the last point's name goes above it: clear of the trail and of the zone's name."""
    return _rises(trail) and trail[-1].heat < ROOM_ABOVE


def _name_point(
    axes: Axes, point: Point, label: str, colour: str, *, above: bool, bold: bool
) -> None:
    side = "right" if point.momentum > 65 else "left"
    shift = (-6 if side == "right" else 6, 7 if above else -7)
    axes.annotate(
        label,
        (point.momentum, point.heat),
        xytext=shift,
        textcoords="offset points",
        ha=side,
        va="bottom" if above else "top",
        fontsize=TEXT if bold else SMALL,
        color=colour,
        fontweight="bold" if bold else "normal",
    )
