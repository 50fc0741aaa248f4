"""Measures the words of a figure as they are drawn: which overlap, or are cut off or crossed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import combinations, product

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from templates import canvas
from templates.canvas import STYLE

TOUCH = 0.8  # points by which two boxes may overlap: ascent and descent are mostly empty


def misfits(figure: Figure) -> list[str]:
    """What does not fit: `a | b` where two texts overlap, `a outside` where one is cut off.

    `a / b` where the line that leads from a to its place runs through b.
    """
    return [*_misfits(figure)]


def _misfits(figure: Figure) -> Iterator[str]:
    canvas = FigureCanvasAgg(figure)
    with mpl.rc_context(STYLE):
        canvas.draw()
        texts = [one for one in figure.findobj(Text) if _drawn(one)]
        boxes = [(_said(one), _box(one, canvas)) for one in texts]
        leaders = [
            (place, one.arrow_patch.get_path())
            for place, one in enumerate(texts)
            if isinstance(one, Annotation) and one.arrow_patch
        ]
    slack = TOUCH * figure.dpi / 72
    width, height = figure.bbox.width, figure.bbox.height
    for said, box in boxes:
        if min(box.x0, box.y0) < -slack or box.x1 > width + slack or box.y1 > height + slack:
            yield f"{said} outside"
    for (one, a), (other, b) in combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        up = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > slack and up > 2 * slack:
            yield f"{one} | {other}"
    for (place, leader), (other, (said, box)) in product(leaders, enumerate(boxes)):
        if other != place and leader.intersects_bbox(box.padded(-slack), filled=False):
            yield f"{boxes[place][0]} / {said}"


def _drawn(text: Text) -> bool:
    return bool(text.get_visible() and text.get_text().strip() and text.get_window_extent().width)


def _box(text: Text, canvas: FigureCanvasAgg) -> Bbox:
    return Text.get_window_extent(text, canvas.get_renderer())


def _said(text: Text) -> str:
    return " ".join(text.get_text().split())


def draw_with(monkeypatch: pytest.MonkeyPatch, draw: Callable[[Figure], str]) -> None:
    """Have `draw` turn figures into SVG, in charts and in the sections that have one of their own.

    canvas itself keeps its own, which `draw` may call. What is drawn once is drawn again.
    """
    for name, module in [*sys.modules.items()]:
        if name.startswith("templates.") and module is not canvas and hasattr(module, "svg_of"):
            monkeypatch.setattr(module, "svg_of", draw)
            for shared, one in [*vars(module).items()]:
                if hasattr(one, "kept"):
                    monkeypatch.setattr(module, shared, one.__wrapped__)


def unwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have figures drawn and not written as SVG, which takes longer and moves no word of them."""
    monkeypatch.setattr(Figure, "savefig", lambda _, file, **_how: file.write("<svg></svg>"))
