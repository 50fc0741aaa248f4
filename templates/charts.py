"""Figures: typed data in, one deterministic SVG string out.

Bars and lines stand on an axis of trading days, so that holidays leave no holes. Tick labels are
the only digits that a figure invents; all other text is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from templates.canvas import (
    ACCENT,
    ALARM,
    BAR,
    ENGLISH,
    Line,
    Note,
    Rule,
    annotate,
    draw_rule,
    drawing,
    finish,
    for_phones,
    name_lines,
    number_dots,
    panel,
    plot,
    svg_of,
    upright,
)
from templates.page import FULL, HALF
from templates.palette import PALE
from templates.wording.speller import Scale, Speller


@for_phones
def price(
    days: Sequence[date], line: Line, scale: Scale, dots: Sequence[Note], speller: Speller
) -> str:
    """A price over trading days, its last point valued, numbered dots at its events."""
    with drawing(FULL, 31.0) as figure:
        axes = panel(figure, left=9.0, right=14.0, bottom=8.5, top=3.5)
        plot(axes, [line])
        low, high = axes.get_ylim()
        spare = (
            high - low
        ) * 0.3  # a numbered dot stands below the lowest, another above the highest
        axes.set_ylim(low - spare, high + spare)
        finish(axes, days, scale, speller=speller)
        name_lines(axes, [line])
        number_dots(axes, dots)
        return svg_of(figure)


@for_phones
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
    speller: Speller = ENGLISH,
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
        finish(axes, days, scale, speller=speller)
        if lowest < 0:
            axes.axhline(0, color=PALE, linewidth=0.5)
        name_lines(axes, [Line(values, label, colour)])
        return svg_of(figure)


@for_phones
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
    speller: Speller = ENGLISH,
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
        finish(axes, days, scale, speller=speller)
        name_lines(axes, drawn)
        return svg_of(figure)
