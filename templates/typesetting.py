"""What WeasyPrint need not do twice while it sets a page.

It lays columns out again and again until they are balanced, and cells, flex items and pieces that
move to the next page twice at least. Each time it breaks the same texts into the same lines, which
is most of the work. Here lines are kept for as long as a document is laid out, and columns of
paragraphs that may not be parted are balanced by the heights of these, which are measured once.
A text that fits into one line is that line wherever there is as much room, and sizes that are no
percentages are the same on any ground.

That goes into functions that WeasyPrint does not publish, so it is tied to the version that it was
written for: with another one pages are the same, and slow.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any
from xml.etree import ElementTree as ET  # what it reads are our own templates

import pydyf
import weasyprint
from weasyprint import HTML
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline, percent, preferred
from weasyprint.svg import utils
from weasyprint.text import line_break
from weasyprint.urls import URLFetcher

WRITTEN_FOR = "70.0"
# What the lines of a text depend on, besides its family.
TYPE = (
    "direction", "font_feature_settings", "font_kerning", "font_language_override", "font_size",
    "font_stretch", "font_style", "font_variant_alternates", "font_variant_caps",
    "font_variant_east_asian", "font_variant_ligatures", "font_variant_numeric",
    "font_variant_position", "font_variation_settings", "font_weight", "hyphenate_character",
    "hyphenate_limit_chars", "hyphenate_limit_zone", "hyphens", "lang", "letter_spacing",
    "line_height", "overflow_wrap", "tab_size", "text_decoration_line", "white_space", "word_break",
    "word_spacing",
)  # fmt: skip
BOX_LAYOUT: Any = block.block_box_layout
SPLIT: Any = line_break.split_first_line
# Pseudo-elements that each element would get a style for, and pages have not.
NOTES = {"footnote-call", "footnote-marker", "note-call", "note-marker", "note-callback"}
RESUMED, WIDTH = 2, 3  # where a line that is broken says where the next begins, and its width
PSEUDO = 3  # where a selector names its pseudo-element
MATCHER: Any = weasyprint.UA_STYLESHEET.matcher  # type: ignore[attr-defined]
SELECTORS = tuple(MATCHER.other_selectors)
TO_BYTES: Any = vars(pydyf)["_to_bytes"]
SPLITTING = (line_break, inline, preferred)  # figures take it from the first
PERCENTAGES: Any = percent.resolve_percentages
ENDS = ("left", "right", "top", "bottom")
BORDERS = tuple(f"border_{end}_width" for end in ENDS)
SIZES = (
    *(f"{edge}_{end}" for edge in ("margin", "padding") for end in ENDS),
    *(f"{least}{side}" for side in ("width", "height") for least in ("", "min_", "max_")),
)
NUMBER: Any = utils.size
IN_FLOW: Any = boxes.Box.is_in_normal_flow
UNBROKEN = {"break_inside": "avoid", "break_before": "auto", "break_after": "auto"}
Replies = tuple[Any, ...]


def hasten() -> None:
    """Puts the functions below in the place of the slow ones."""
    if weasyprint.__version__ == WRITTEN_FOR:
        block.block_box_layout = column_tried
        for module in SPLITTING:
            vars(module)["split_first_line"] = line_kept
        for module in that_have("resolve_percentages", PERCENTAGES):
            vars(module)["resolve_percentages"] = sized
        for module in that_have("size", NUMBER):
            vars(module)["size"] = number
        boxes.Box.is_in_normal_flow = in_flow  # type: ignore[method-assign]
        vars(pydyf)["_to_bytes"] = written
        MATCHER.other_selectors = [one for one in SELECTORS if one[PSEUDO] not in NOTES]


def that_have(name: str, function: Any) -> list[Any]:
    """The modules of WeasyPrint that call a function by its name."""
    loaded = [module for place, module in sys.modules.items() if place.startswith("weasyprint.")]
    return [module for module in loaded if vars(module).get(name) is function]


def parsed(markup: str, fetcher: URLFetcher) -> HTML:
    """The document of a markup: well-formed, as templates are, it needs no parser of HTML."""
    try:
        root = ET.fromstring(markup)  # noqa: S314
    except ET.ParseError:
        return HTML(string=markup, url_fetcher=fetcher)  # type: ignore[no-untyped-call]
    document = HTML(string="", url_fetcher=fetcher)  # type: ignore[no-untyped-call]
    document.wrapper_element = type(document.wrapper_element).from_html_root(root)
    document.etree_element = root
    return document


def written(item: Any) -> bytes:
    """A part of a PDF as bytes: what most parts are is asked first."""
    kind = type(item)
    if kind is bytes:
        return bytes(item)
    if kind is str:
        return bytes(item.encode("ascii"))
    if kind is float:
        digits = f"{item:.0f}" if item.is_integer() else f"{item:f}".rstrip("0")
        return digits.encode("ascii") if item else b"0"
    plain: bytes = TO_BYTES(item)
    return plain


def line_kept(text: str, style: Any, context: Any, *width: Any, **ends: Any) -> Replies:
    """The first line of a text, which is broken once for a type and a width.

    width: the room for it, None without an end, and what is added to its spaces.
    """
    kept: dict[Any, Replies] = context.__dict__.setdefault("lines_kept", {})
    look = _type_of(style, context.__dict__.setdefault("types_kept", {}))
    key = (text, look, width, *ends.items())
    if key in kept:
        return kept[key]
    room, *spaces = width
    room = inf if room is None else room
    whole = (text, look, *spaces, *ends.items())
    if whole in kept and kept[whole][WIDTH] <= room:
        return kept[whole]
    line: Replies = SPLIT(text, style, context, *width, **ends)
    kept[key] = line
    if line[RESUMED] is None and line[WIDTH] <= room:
        kept[whole] = line
    return line


def _type_of(style: Any, kept: dict[int, Any]) -> object:
    """What tells a type from others. The style is kept too: no other one can have its identity."""
    if id(style) not in kept:
        kinds = (style[name] for name in TYPE)  # lines under or above a text come as a set
        kinds = (frozenset(kind) if isinstance(kind, set) else kind for kind in kinds)
        kept[id(style)] = (*style["font_family"], *kinds), style
    return kept[id(style)][0]


def sized(box: Any, containing_block: Any) -> None:
    """Gives a box the sizes that its style says, percentages of the ground that it stands on."""
    style = box.style
    said = [style[name] for name in SIZES]
    known, kept = style.__dict__.get("sizes_kept", (None, {}))
    if said != known:  # a flex item is given others
        PERCENTAGES(box, containing_block)
        plain = style["box_sizing"] == "content-box" and all(map(_is_fixed, said))
        style.sizes_kept = said, {name: getattr(box, name) for name in SIZES} if plain else {}
    elif kept:
        own = box.__dict__
        own.update(kept)
        collapses = style["border_collapse"] == "collapse"  # then it may have others already
        for name in BORDERS:
            if not (collapses and name in own):
                own[name] = style[name]
    else:
        PERCENTAGES(box, containing_block)


def _is_fixed(size: Any) -> bool:
    return size == "auto" or getattr(size, "unit", "%") != "%"


def in_flow(box: Any) -> bool:
    """Whether a box is in the normal flow, as nearly all are."""
    style = box.style
    plain = style["float"] == "none" and style["position"] in ("static", "relative")
    return plain or bool(IN_FLOW(box))


def number(text: str, *references: float | None) -> float:
    """A number of a figure; most have no unit."""
    try:
        return float(text or 0)
    except ValueError:
        value: float = NUMBER(text, *references)
        return value


def column_tried(
    context: Any, box: Any, bottom_space: float, skip_stack: Any, *around: Any, **ends: Any
) -> Replies:
    """A block; of a column that is only tried, no more than where its paragraphs end.

    around: what `block_box_layout` takes besides: containing block, whether the page is empty,
    absolute and fixed boxes, adjoining margins, two styles. A column is tried without margins
    around it, and set with None in their place.
    """
    if box.is_column and around[4] == [] and _is_whole(box, skip_stack):
        first = next(iter(skip_stack)) if skip_stack else 0
        measured = _measured(context, box, around, ends)
        bottom = context.page_bottom - bottom_space
        moved = box.position_y - measured[first].position_y
        end = first
        while end < len(measured) and _fits(context, measured[end], bottom - moved):
            end += 1
        if end > first:  # else it is too high for any column
            return _trial(box, measured[first:end], moved, end if end < len(measured) else None)
    replies: Replies = BOX_LAYOUT(context, box, bottom_space, skip_stack, *around, **ends)
    return replies


def _is_whole(box: Any, skip_stack: Any) -> bool:
    """Whether a column begins with a whole paragraph, and none of its paragraphs may be parted."""
    starts = not skip_stack or all(rest is None for rest in skip_stack.values())
    return starts and all(
        child.is_in_normal_flow()
        and all(child.style[name] == value for name, value in UNBROKEN.items())
        and isinstance(child, boxes.BlockLevelBox)
        for child in box.children
    )


def _measured(
    context: Any, box: Any, around: Sequence[Any], ends: Mapping[str, Any]
) -> Sequence[Any]:
    """The paragraphs of a column as high as all of them together, laid out once for all trials."""
    kept = context.__dict__.setdefault("columns_kept", {})
    key = id(box.children[0])
    if key not in kept:
        containing_block, _, _, _, _, *styles = around
        nothing_above: tuple[Any, ...] = (True, [], [], [])
        high, *_ = BOX_LAYOUT(
            context, box.copy(), -inf, None, containing_block, *nothing_above, *styles, **ends
        )
        kept[key] = high.children, box.children
    measured: Sequence[Any] = kept[key][0]
    return measured


def _fits(context: Any, paragraph: Any, bottom: float) -> bool:
    """Whether a paragraph ends with its margin above the bottom, as `_in_flow_layout` asks."""
    foot = paragraph.border_box_y() + paragraph.border_height()
    return not context.overflows(bottom - paragraph.margin_bottom, foot)


def _trial(box: Any, paragraphs: Sequence[Any], moved: float, rest: int | None) -> Replies:
    """The column of a trial, as `block_box_layout` answers. rest: what the next one begins with."""
    outlines = [one.copy() for one in paragraphs]
    for one in outlines:
        one.position_y += moved
        one.children = ()
    page = {"break": "any", "page": paragraphs[-1].page_values()[1]}
    resumed = None if rest is None else {rest: None}
    return box.copy_with_children(outlines), resumed, page, [], False, None
