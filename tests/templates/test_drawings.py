"""A figure as it stands in a page for a screen and in the PDF: as it was read last."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from matplotlib.patches import Rectangle

from templates.canvas import DAYS, drawing, panel, svg_of
from templates.lean import lean
from templates.web.drawings import Drawings

MARKUP = Path(__file__).parent / "markup"


def figure(width: float = 50.0) -> str:
    """Lines, marks, a shape, words, a cut line, and an axis of days."""
    with drawing(width, 20.0) as paper:
        axes = panel(paper, left=5.0, right=5.0, bottom=5.0, top=5.0)
        axes.set_gid(DAYS)
        axes.set(xlim=(0, 4), ylim=(0, 4))
        axes.plot([0, 1, 2, 3], [1.0, 3.0, 2.0, 5.0], color="#123456")
        axes.plot([1, 2, 3], [1.0, 1.5, 2.0], "o", color="#0b5c8a", markeredgecolor="white")
        axes.plot([0.5], [2.0], "x", color="#a8431f", clip_on=False)
        axes.fill_between([0, 2, 4], [1, 2, 1], color="#aacbde", alpha=0.4, linewidth=0)
        axes.add_patch(Rectangle((0, 1), 1, 1, facecolor="#abcdef"))
        axes.annotate("words & more\nin two lines", (2, 3), (3, 1), fontweight="bold",
                      arrowprops={"arrowstyle": "-", "linewidth": 0.4})  # fmt: skip
        axes.grid(axis="y")
        return svg_of(paper)


def on_screen() -> str:
    drawings = Drawings()
    plots = [drawings.inline(figure()), drawings.inline(figure(70.0))]
    parts = [f"{one.svg}\n{one.width} {one.days}" for one in plots]
    return "\n".join([*parts, drawings.rules()])


@pytest.mark.parametrize(
    ("name", "draw"), [("drawing", on_screen), ("lean", lambda: lean(figure()))]
)
def test_a_figure_is_written_as_it_was_read(name, draw):
    file = MARKUP / f"{name}.html"
    found = draw().replace("><", ">\n<")
    if os.environ.get("WRITE_STATEMENTS"):
        file.write_text(f"{found}\n", encoding="utf-8")

    assert found.splitlines() == file.read_text(encoding="utf-8").splitlines()
