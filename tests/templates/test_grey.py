"""What a colour says, a grey print says too: by a sign, a weight, a filled or hollow mark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from lxml import html

from templates import render
from templates.page import Panel, Shaded, Table, Tile

ARROWS = {"way1": "▲", "way-1": "▼", "way0": "="}


@pytest.fixture(scope="module")
def contents(published):
    return {
        (mood, code): published(mood, code)
        for mood in ("rising", "falling")
        for code in ("en", "zh")
    }


def blocks(whole, *kinds):
    for section in whole.sections:
        for row in section.rows:
            yield from (one for one in row.blocks if isinstance(one, kinds))


def test_a_ground_of_a_direction_bears_a_number_with_its_sign(contents):
    cells = [
        cell
        for whole in contents.values()
        for table in blocks(whole, Table)
        for row in table.rows
        for cell in row.cells
        if isinstance(cell, Shaded) and cell.ramp in ("up", "down")
    ]
    assert len(cells) > 10
    for cell in cells:
        sign = "−" if cell.ramp == "down" else "+"
        assert str(cell.number).startswith(sign), cell


def test_each_shade_of_a_score_bears_its_number(contents):
    for whole in contents.values():
        for table in blocks(whole, Table):
            for row in table.rows:
                shaded = [cell for cell in row.cells if isinstance(cell, Shaded)]
                assert all(re.search(r"\d", str(cell.number)) for cell in shaded)


def test_a_change_has_an_arrow_beside_its_colour(contents):
    for whole in contents.values():
        page = html.document_fromstring(render.document(whole))
        marks = page.xpath("//span[starts-with(@class, 'way')]")
        assert marks
        for one in marks:
            assert one.text == ARROWS[one.get("class")]


def test_what_is_rare_is_bold_and_what_is_not_is_not(contents):
    hot = [
        one.hot
        for whole in contents.values()
        for one in blocks(whole, Panel, Tile)
        if str(one.rank)
    ]
    assert {True, False} <= set(hot)
    for sheet in ("style.css", "web/web.css"):
        style = files("templates").joinpath(sheet).read_text(encoding="utf-8")
        (rule,) = re.findall(r"(?m)(?:^|\} ?)\.rank\.hot ?\{([^}]*)\}", style)
        assert re.search("font-weight: ?(?:bold|700)", rule), sheet


def test_a_bar_that_fell_is_hollow_on_paper_and_screen():
    for sheet, rule in (("style.css", r"i\.down \{ background: white"),
                        ("web/web.css", r"\.bar \.down\{fill:var\(--paper\)")):  # fmt: skip
        assert re.search(rule, files("templates").joinpath(sheet).read_text(encoding="utf-8"))
