"""In every figure of the drawn issues no words overlap, and none are cut off or crossed."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from matplotlib.figure import Figure

from templates import canvas, render
from templates.section import SECTIONS
from tests.templates.fitting import draw_with, misfits, unwritten

SCREENS = {"paper": nullcontext, "phone": canvas.on_a_phone}
MOODS = ("rising", "falling", "standing", "thin")


@pytest.fixture
def drawn(monkeypatch) -> list[Figure]:
    """The figures that are drawn, in their order."""
    figures: list[Figure] = []

    def kept(figure: Figure) -> str:
        figures.append(figure)
        return canvas.svg_of(figure)

    draw_with(monkeypatch, kept)
    unwritten(monkeypatch)
    return figures


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.SLUG)
@pytest.mark.parametrize("screen", SCREENS)
def test_no_words_of_a_figure_overlap_or_are_cut(  # noqa: PLR0917 - pytest names them
    screen, section, code, mood, issues, drawn
):
    with SCREENS[screen]():
        section.build(issues[mood], render.speller_of(issues[mood], code))

    assert [misfit for figure in drawn for misfit in misfits(figure)] == []


def test_overlap_and_clipping_are_found():
    with canvas.drawing(60.0, 30.0) as figure:
        axes = canvas.panel(figure, left=5, right=5, bottom=5, top=5)
        axes.set_axis_off()
        axes.text(0.5, 0.5, "one word")
        axes.text(0.52, 0.5, "another")
        axes.text(0.9, 0.1, "far too long for the room that is left")
        found = misfits(figure)

    assert found == ["far too long for the room that is left outside", "one word | another"]


def test_a_line_through_another_text_is_found():
    with canvas.drawing(60.0, 30.0) as figure:
        axes = canvas.panel(figure, left=5, right=5, bottom=5, top=5)
        axes.set_axis_off()
        axes.text(0.5, 0.5, "between", ha="center", va="center")
        for name, across in (("far", 0.5), ("aside", 0.9)):
            axes.annotate(name, (across, 0.0), xytext=(across, 0.9), ha="center",
                          arrowprops={"arrowstyle": "-"})  # fmt: skip
        found = misfits(figure)

    assert found == ["far / between"]
