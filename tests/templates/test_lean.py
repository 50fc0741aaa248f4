"""Figures for the PDF: what is drawn stays, what draws nothing goes."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from matplotlib.patches import Rectangle

from templates.canvas import drawing, panel, svg_of
from templates.lean import SVG, lean


def drawn() -> str:
    with drawing(60.0, 30.0) as figure:
        axes = panel(figure, left=5.0, right=5.0, bottom=5.0, top=5.0)
        axes.plot([0, 1, 2], [1.0, 3.0, 2.0], color="#123456")
        axes.plot(2, 2.0, "o", color="#654321")
        axes.add_patch(Rectangle((0, 1), 1, 1, facecolor="#abcdef"))
        axes.text(0, 1, "words & more")
        return svg_of(figure)


def test_words_shapes_and_colours_stay() -> None:
    root = ET.fromstring(lean(drawn()))
    assert "words & more" in [one.text for one in root.iter(f"{SVG}text")]
    colours = {value for one in root.iter() for value in (one.get("fill"), one.get("stroke"))}
    assert {"#123456", "#654321", "#abcdef"} <= colours
    assert root.get("viewBox") == ET.fromstring(drawn()).get("viewBox")
    assert (root.get("stroke-linejoin"), root.get("stroke-linecap")) == ("round", "butt")


def test_each_name_that_is_referred_to_stays_once() -> None:
    root = ET.fromstring(lean(drawn()))
    names = [one.get("id") for one in root.iter() if one.get("id")]
    referred = {
        value.strip("url()#")
        for one in root.iter()
        for name, value in one.attrib.items()
        if name.endswith("href") or value.startswith("url(")
    }
    assert sorted(names) == sorted(referred)
    assert referred


def test_no_style_group_or_paper_is_left_that_says_nothing() -> None:
    before, after = (list(ET.fromstring(one).iter()) for one in (drawn(), lean(drawn())))
    assert len(after) < len(before) / 2
    assert not [one for one in after if "style" in one.attrib or one.tag == f"{SVG}style"]
    assert not [one for one in after if one.tag == f"{SVG}g" and not one.attrib]
    assert not [
        one for one in after if one.attrib.keys() == {"d", "fill"} and one.get("fill") == "none"
    ]


def test_each_mark_stands_where_it_is_used() -> None:
    root = ET.fromstring(drawn())
    (use,) = (one for one in root.iter(f"{SVG}use") if "#654321" in one.get("style", ""))
    after = ET.fromstring(lean(drawn()))
    assert not [*after.iter(f"{SVG}use")]
    (mark,) = (one for one in after.iter(f"{SVG}path") if one.get("fill") == "#654321")
    assert mark.get("transform") == f"translate({use.get('x')} {use.get('y')})"
