"""Figures as part of a page: no styles of their own, no ids twice, colours by the theme."""

from __future__ import annotations

import colorsys
import re
import xml.etree.ElementTree as ET  # what it reads is matplotlib's own
from dataclasses import dataclass, field

from markupsafe import Markup

COLOUR = re.compile(r"#[0-9a-f]{6}")
GEOMETRY = {"d", "x", "y", "transform"}
LONG = 400  # characters of a path, which is then a line or many bars, not a mark
DECIMALS = re.compile(r"-?\d+\.\d{2,}")
SPACE = re.compile(r"\s+")
BETWEEN = re.compile(r">\s+<")
COMMAND = re.compile(r" ?([MLQCz]) ?")
REFERENCE = re.compile(r"#([\w.-]+)")
WHITE = "#ffffff"
FURNITURE = {"metadata", "style", "title"}
OF_THE_PAGE = {"font-family", "font"}  # the page has its own type
DARKEST, SPAN = 0.086, 0.93  # lightness of the dark paper, and how far ink stands from it
SMALLEST, LARGEST = 1.46, 2.1  # pixels a point of a figure: its text of 7 has 10 to 15


@dataclass(frozen=True)
class Plot:
    """A figure as SVG, and where its days stand: left and right in it, first and last place."""

    svg: Markup
    width: int
    days: str


@dataclass
class Drawings:
    """The figures of one file. Their colours and widths become rules of its style."""

    colours: set[str] = field(default_factory=set)
    widths: set[int] = field(default_factory=set)
    number: int = 0

    def inline(self, svg: str) -> Plot:
        """The figure without what a page must not have twice, or must not have at all."""
        self.number += 1
        root = ET.fromstring(svg)  # noqa: S314
        used = {name for one in root.iter() for name in _references(one)}
        _bare(root)
        for one in root.iter():
            one.tag = one.tag.rpartition("}")[2]
            one.attrib = dict(self._attributes(one, used))
        width, height = (float(size) for size in root.attrib["viewBox"].split()[2:])
        self.widths.add(round(width))
        days = root.attrib.pop("data-days", "")
        root.attrib = {
            "viewBox": f"0 0 {width:g} {height:g}",
            "class": f"w{round(width)}",
            "aria-hidden": "true",
        }
        _unwrap(root)
        text = ET.tostring(root, encoding="unicode")
        return Plot(Markup(BETWEEN.sub("><", text)), round(width), days)  # noqa: S704

    def rules(self) -> str:
        """The style of all figures so far: sizes at which they can be read, colours by theme."""
        sizes = (
            f".w{w}{{min-width:{w * SMALLEST:.0f}px;max-width:{w * LARGEST:.0f}px}}"
            for w in sorted(self.widths)
        )
        inks = (
            f"[{how}='{colour}']{{{how}:light-dark({colour},{night(colour)})}}"
            for colour in sorted(self.colours)
            for how in ("fill", "stroke")
        )
        return "\n".join([*sizes, *inks])

    def _attributes(self, one: ET.Element, used: set[str]) -> list[tuple[str, str]]:
        styled = (part.partition(":") for part in one.attrib.get("style", "").split(";") if part)
        found = {**one.attrib, **{name.strip(): value.strip() for name, _, value in styled}}
        kept = []
        for name, value in found.items():
            local = name.rpartition("}")[2]
            if local in OF_THE_PAGE or local == "style" or (local == "id" and value not in used):
                continue
            self.colours.update(COLOUR.findall(value) if local in {"fill", "stroke"} else ())
            kept.append((local, _short(local, self._own(local, value))))
        return kept

    def _own(self, name: str, value: str) -> str:
        """The value with ids that no other figure has."""
        if name == "id":
            return f"d{self.number}-{value}"
        if name == "href" or value.startswith("url("):
            return value.replace("#", f"#d{self.number}-")
        return value


def night(colour: str) -> str:
    """The same hue on dark paper: what was dark is as light, and white is the paper."""
    if colour == WHITE:
        return "var(--paper)"
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(*parts)
    turned = colorsys.hls_to_rgb(hue, DARKEST + (1 - lightness) * SPAN, saturation)
    return "#" + "".join(f"{round(part * 255):02x}" for part in turned)


def _references(one: ET.Element) -> list[str]:
    named = (v for k, v in one.attrib.items() if k.endswith("href") or "url(" in v)
    return [name for value in named for name in REFERENCE.findall(value)]


def _bare(root: ET.Element) -> None:
    """Takes out titles and styles, and shapes that nobody sees."""
    for parent in list(root.iter()):
        for child in list(parent):
            unseen = child.attrib.get("style") == "fill: none"
            if child.tag.rpartition("}")[2] in FURNITURE or unseen:
                parent.remove(child)


def _unwrap(root: ET.Element) -> None:
    """Takes out groups that only hold others, and what holds nothing."""
    for parent in list(root.iter()):
        kept: list[ET.Element] = []
        for child in parent:
            hollow = child.tag == "defs" and not len(child)
            kept += _inside(child) if child.tag == "g" else [] if hollow else [child]
        parent[:] = kept


def _inside(group: ET.Element) -> list[ET.Element]:
    """The group, or all that it holds where it says nothing itself."""
    if group.attrib:
        return [group]
    held = [one for child in group for one in (_inside(child) if child.tag == "g" else [child])]
    return [one for one in held if one.tag != "defs" or len(one)]


def _short(name: str, value: str) -> str:
    """The same shape in fewer bytes; of a long line tenths of a point, of a mark hundredths."""
    if name not in GEOMETRY:
        return value
    places = 1 if len(value) > LONG else 2
    rounded = DECIMALS.sub(lambda one: f"{round(float(one[0]), places):g}", value)
    return SPACE.sub(" ", rounded) if name != "d" else COMMAND.sub(r"\1", SPACE.sub(" ", rounded))
