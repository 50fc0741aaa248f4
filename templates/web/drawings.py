"""Figures as part of a page: no styles of their own, no ids twice, colours by the theme."""

from __future__ import annotations

import colorsys
import re
import xml.etree.ElementTree as ET  # what it reads is matplotlib's own
from dataclasses import dataclass, field
from math import ceil

from markupsafe import Markup

from templates.web.shapes import Corners, corners, moved, radius, short, steps

COLOUR = re.compile(r"#[0-9a-f]{6}")
LONG = 400  # characters of a path, which is then a line or many bars, not a mark
PLACED = re.compile(r"translate\((-?[\d.]+) (-?[\d.]+)\)|rotate\(-?0 .*\)")
CLIP = re.compile(r"url\(#([\w.-]+)\)")
WHITE = "#ffffff"
FURNITURE = {"metadata", "style", "title"}
OF_THE_PAGE = {"font-family", "font"}  # the page has its own type
# Attributes that say how a shape looks: what many shapes share is told once, in the page's style.
LOOKS = {
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap",
    "stroke-linejoin", "stroke-opacity", "opacity", "font-size", "font-weight", "font-style", "text-anchor",
}  # fmt: skip
CLEAR = {"fill-opacity", "stroke-opacity", "opacity"}  # two such shapes are darker than one of both
NOTHING = {
    ("stroke-dashoffset", "0"),
    ("text-anchor", "start"),
    ("stroke-linejoin", "round"),
    ("stroke-linecap", "butt"),
}
DARKEST, SPAN = 0.086, 0.93  # lightness of the dark paper, and how far ink stands from it
BOX = re.compile(r'viewBox="0 0 ([\d.]+) ')
SMALLEST, LARGEST = 1.4, 2.1  # pixels a point of a figure: its text of 7 has 10 to 15
ON_PHONE = 1.575  # there its text has 11 at least


@dataclass(frozen=True)
class Plot:
    """A figure as SVG, and where its days stand: left and right in it, first and last place."""

    svg: Markup
    width: int
    days: str


@dataclass
class Drawings:
    """The figures of one file. Their looks and widths become rules of its style."""

    looks: dict[str, str] = field(default_factory=dict)
    widths: set[int] = field(default_factory=set)
    number: int = 0

    def inline(self, svg: str) -> Plot:
        """The figure without what a page must not have twice, or must not have at all."""
        self.number += 1
        root = ET.fromstring(svg)  # noqa: S314
        _bare(root)
        for one in root.iter():
            one.tag = one.tag.rpartition("}")[2]
            one.attrib = _attributes(one)
        width, height = (float(size) for size in root.attrib["viewBox"].split()[2:])
        self.widths.add(round(width))
        days = root.attrib.get("data-days", "")
        _unwrap(root)
        clips = _clips(root)
        drawn = [one for each in root for one in _drawn(each, clips, _marks(root))]
        root[:] = _joined(drawn)
        self._dress(root, clips)
        root.attrib = {
            "viewBox": f"0 0 {width:g} {height:g}",
            "class": f"w{round(width)}",
            "aria-hidden": "true",
        }
        text = ET.tostring(root, encoding="unicode").replace(" />", "/>")
        return Plot(Markup(text), round(width), days)  # noqa: S704

    def rules(self) -> str:
        """The style of all figures so far: sizes at which they can be read, looks by theme."""
        sizes = (
            f".w{w}{{min-width:{w * SMALLEST:.0f}px;max-width:{w * LARGEST:.0f}px}}"
            for w in sorted(self.widths)
        )
        small = "".join(f".w{w}{{min-width:{ceil(w * ON_PHONE)}px}}" for w in sorted(self.widths))
        looks = (f".{name}{{{COLOUR.sub(_themed, look)}}}" for look, name in self.looks.items())
        return "\n".join([*sizes, f"@media screen and (max-width:800px){{{small}}}", *looks])

    def _dress(self, root: ET.Element, clips: dict[str, Corners]) -> None:
        """Gives shapes the class of their look, and clips ids that no other figure has."""
        used = {
            name for one in root.iter() for name in CLIP.findall(one.attrib.get("clip-path", ""))
        }
        named = {name: f"d{self.number}-{at}" for at, name in enumerate(sorted(used))}
        for one in root.iter():
            look = ";".join(f"{k}:{v}" for k, v in sorted(one.attrib.items()) if k in LOOKS)
            kept = {name: value for name, value in one.attrib.items() if name not in LOOKS}
            if look:
                kept["class"] = self.looks.setdefault(look, f"s{len(self.looks)}")
            if cut := CLIP.match(kept.get("clip-path", "")):
                kept["clip-path"] = f"url(#{named[cut[1]]})"
            one.attrib = kept
        for name, own in named.items():
            left, top, right, bottom = clips[name]
            clip = ET.SubElement(root, "clipPath", {"id": own})
            sides = {"x": left, "y": top, "width": right - left, "height": bottom - top}
            ET.SubElement(clip, "rect", {side: f"{size:.4g}" for side, size in sides.items()})


def width_of(svg: str) -> float:
    """How wide a figure is, in points."""
    found = BOX.search(svg)
    return float(found[1]) if found else 0.0


def night(colour: str) -> str:
    """The same hue on dark paper: what was dark is as light, and white is the paper."""
    if colour == WHITE:
        return "var(--paper)"
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(*parts)
    turned = colorsys.hls_to_rgb(hue, DARKEST + (1 - lightness) * SPAN, saturation)
    return "#" + "".join(f"{round(part * 255):02x}" for part in turned)


def _themed(colour: re.Match[str]) -> str:
    return f"light-dark({colour[0]},{night(colour[0])})"


def _bare(root: ET.Element) -> None:
    """Takes out titles and styles, and shapes that nobody sees."""
    for parent in list(root.iter()):
        for child in list(parent):
            unseen = child.attrib.get("style") == "fill: none"
            if child.tag.rpartition("}")[2] in FURNITURE or unseen:
                parent.remove(child)


def _attributes(one: ET.Element) -> dict[str, str]:
    """The attributes of a shape and of its style; a text stands at x and y."""
    styled = (part.partition(":") for part in one.attrib.get("style", "").split(";") if part)
    found = {**one.attrib, **{name.strip(): value.strip() for name, _, value in styled}}
    plain = {name.rpartition("}")[2]: value for name, value in found.items() if name != "style"}
    kept = {n: v for n, v in plain.items() if n not in OF_THE_PAGE and (n, v) not in NOTHING}
    if one.tag == "text" and (placed := PLACED.fullmatch(kept.get("transform", ""))):
        del kept["transform"]
        kept |= {"x": placed[1], "y": placed[2]} if placed[1] else {}
    if one.tag == "text":
        kept |= {name: f"{float(kept[name]):.1f}" for name in ("x", "y") if name in kept}
    return kept


def _unwrap(root: ET.Element) -> None:
    """Takes out groups that only hold others."""
    for parent in list(root.iter()):
        parent[:] = [one for child in parent for one in _inside(child)]


def _inside(one: ET.Element) -> list[ET.Element]:
    """The element, or all that it holds where it is a group that says nothing itself."""
    one.attrib.pop("id", None) if one.tag == "g" else None
    if one.tag != "g" or one.attrib:
        return [one]
    return [each for child in one for each in _inside(child)]


def _clips(root: ET.Element) -> dict[str, Corners]:
    """The frames that cut shapes off, by name."""
    found = {}
    for one in root.iter("clipPath"):
        left, top, width, height = (float(one[0].attrib[n]) for n in ("x", "y", "width", "height"))
        found[one.attrib["id"]] = (left, top, left + width, top + height)
    return found


def _marks(root: ET.Element) -> dict[str, ET.Element]:
    """The shapes that are drawn at several places, by name."""
    return {
        one.attrib["id"]: one for defs in root.iter("defs") for one in defs if one.tag == "path"
    }


def _drawn(
    one: ET.Element, clips: dict[str, Corners], marks: dict[str, ET.Element]
) -> list[ET.Element]:
    """The shapes of an element, each with its own looks, clipped only where it is cut off."""
    if one.tag == "defs":
        return []
    if one.tag == "g":
        return [each for child in one for each in _drawn(_within(child, one), clips, marks)]
    if one.tag == "use":
        one = _placed(one, marks[one.attrib["href"][1:]])
    if one.tag == "path":
        path = steps(one.attrib.get("d", ""))  # an empty shape has none
        if not path:
            return []
        _unclipped(one, corners(path), clips)
        one.attrib["d"] = short(path, 1 if len(one.attrib["d"]) > LONG else 2)
    one.attrib.pop("id", None)
    return [one]


def _within(child: ET.Element, group: ET.Element) -> ET.Element:
    """The child with what its group says of all that it holds."""
    child.attrib = {**group.attrib, **child.attrib}
    return child


def _placed(use: ET.Element, mark: ET.Element) -> ET.Element:
    """A mark where it is used, as a shape of its own."""
    x, y = float(use.attrib.get("x", 0)), float(use.attrib.get("y", 0))
    looks = {**use.attrib, **mark.attrib}
    kept = {name: value for name, value in looks.items() if name in LOOKS or name == "clip-path"}
    across = radius(mark.attrib["d"])
    if across is not None:
        return ET.Element(
            "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{across:.3g}", **kept}
        )
    path = moved(steps(mark.attrib["d"]), x, y)
    told = "".join(command + " ".join(map(str, points)) for command, points in path)
    return ET.Element("path", {"d": told, **kept})


def _unclipped(one: ET.Element, own: Corners, clips: dict[str, Corners]) -> None:
    """Takes away a frame that cuts nothing off."""
    named = CLIP.match(one.attrib.get("clip-path", ""))
    if named is None:
        return
    left, top, right, bottom = clips[named[1]]
    slack = (
        float(one.attrib.get("stroke-width", 1)) / 2
        if one.attrib.get("stroke", "none") != "none"
        else 0
    )
    if (
        own[0] - slack >= left
        and own[1] - slack >= top
        and own[2] + slack <= right
        and own[3] + slack <= bottom
    ):
        del one.attrib["clip-path"]


def _joined(shapes: list[ET.Element]) -> list[ET.Element]:
    """Paths that follow each other and look alike as one."""
    found: list[ET.Element] = []
    for one in shapes:
        before = found[-1].attrib if found and found[-1].tag == one.tag == "path" else {}
        same = {**before, "d": ""} == {**one.attrib, "d": ""}
        if before and same and not CLEAR & before.keys():
            before["d"] += one.attrib["d"]
        else:
            found.append(one)
    return found
