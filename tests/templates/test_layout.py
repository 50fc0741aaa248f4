"""Type and colour: nothing under 7 pt, no text paler than 4.5 to 1, on paper as in the style."""

from __future__ import annotations

import io
import math
import re
from importlib.resources import files

import pytest
from pypdf import PdfReader

from templates import canvas, palette
from templates.palette import PALETTES

SMALLEST = 7.0
LEAST = 4.5
STYLE = files("templates").joinpath("style.css").read_text(encoding="utf-8")
HEX = re.compile("#[0-9a-f]{6}")


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Of two colours, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_style_has_no_type_under_seven_points():
    sizes = [float(size) for size in re.findall(r"font-size: ([0-9.]+)pt", STYLE)]

    assert len(sizes) > 20
    assert min(sizes) >= SMALLEST
    assert not re.findall(r"font-size: [0-9.]+(?:px|em|rem|%|mm)", STYLE)


def test_figures_have_no_type_under_seven_points():
    assert min(canvas.TEXT, canvas.SMALL) >= SMALLEST
    sizes = [v for k, v in canvas.STYLE.items() if k.endswith(("font.size", "labelsize"))]
    assert len(sizes) == 3
    assert min(sizes) >= SMALLEST


@pytest.mark.parametrize("mood", ["rising", "falling", "thin"])
def test_nothing_printed_is_smaller_than_seven_points(mood, pdfs):
    small: set[tuple[float, str]] = set()
    seen = 0

    def look(text, matrix, text_matrix, _font, size):
        nonlocal seen
        if not text.strip() or not size:
            return
        seen += 1
        a, b, c, d = text_matrix[:4]
        scale = math.sqrt(abs(a * d - b * c) * abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))
        if size * scale < SMALLEST - 0.05:
            small.add((round(size * scale, 2), text.strip()[:20]))

    for page in PdfReader(io.BytesIO(pdfs[mood])).pages:
        page.extract_text(visitor_text=look)

    assert seen > 300
    assert small == set()


def test_text_is_dark_enough_on_white():
    colours = set(re.findall(r"[{;\s](?:color): (#[0-9a-f]{6})", STYLE))
    drawn = {canvas.INK, canvas.GREY, canvas.PALE, canvas.ACCENT, canvas.ALARM, palette.SIMULATED}
    of_direction = {one for p in PALETTES.values() for one in (p.up, p.down, p.heat)}

    assert len(colours) >= 4
    pale = {one for one in colours | drawn | of_direction if contrast(one, "#ffffff") < LEAST}
    assert pale == set()


@pytest.mark.parametrize("ramp", [palette.BLUES, palette.RUSTS])
def test_numbers_on_a_ramp_can_be_read(ramp):
    """Ink on four steps, white on the darkest; the style has the same colours."""
    assert min(contrast(palette.INK, one) for one in ramp[:4]) >= 6
    assert contrast("#ffffff", ramp[4]) >= 6
    assert all(one in STYLE for one in ramp)


def test_direction_and_risk_have_different_colours():
    for one in PALETTES.values():
        assert len({one.up, one.down, one.heat}) == 3
