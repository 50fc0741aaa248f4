"""Figures for paper and, drawn anew, for a phone."""

from __future__ import annotations

from templates.canvas import PHONE, fitting, for_phones, on_a_phone

WIDE = PHONE + 60.0


def test_a_figure_is_drawn_for_a_phone_when_that_is_asked_and_not_before() -> None:
    widths: list[float] = []

    @for_phones
    def draw(width: float) -> str:
        widths.append(fitting(width))
        return f"<svg {widths[-1]}>"

    paper = draw(WIDE)
    assert (paper, widths) == (f"<svg {WIDE}>", [WIDE])
    assert paper.on_phone() == f"<svg {PHONE}>"
    assert widths == [WIDE, PHONE]
    assert draw(WIDE) == paper, "asking for the phone changes nothing for paper"


def test_no_figure_is_made_wider_for_a_phone() -> None:
    with on_a_phone():
        assert fitting(PHONE - 1) == PHONE - 1
    assert fitting(WIDE) == WIDE
