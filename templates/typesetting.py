"""What WeasyPrint need not do twice while it sets a page.

It lays columns out again and again until they are balanced, and cells, flex items and pieces that
move to the next page twice at least. Each time it breaks the same texts into the same lines, which
is most of the work. Here lines are kept for as long as a document is laid out, and columns of
paragraphs that may not be parted are balanced by the heights of these, which are measured once.

That goes into functions that WeasyPrint does not publish, so it is tied to the version that it was
written for: with another one pages are the same, and slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import weasyprint
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline, preferred
from weasyprint.svg.text import Style
from weasyprint.text import line_break

WRITTEN_FOR = "70.0"
OF_FIGURES = ("font_family", "font_style", "font_weight", "font_size", "direction")
BOX_LAYOUT, SPLIT = block.block_box_layout, line_break.split_first_line


def hasten() -> None:
    """Puts the functions below in the place of the slow ones."""
    if weasyprint.__version__ == WRITTEN_FOR:
        block.block_box_layout = column_tried
        inline.split_first_line = preferred.split_first_line = line_kept
        line_break.split_first_line = line_kept  # whence figures take it


def leave() -> None:
    """Puts WeasyPrint's own functions back."""
    block.block_box_layout = BOX_LAYOUT
    inline.split_first_line = preferred.split_first_line = line_break.split_first_line = SPLIT


def line_kept(
    text: str, style: Any, context: Any, max_width: float | None, justification_spacing: float,
    is_line_start: bool = True, minimum: bool = False,
) -> Any:  # fmt: skip
    """The first line of a text, which is broken once for a style and a width.

    The style is kept beside it, so that no other one can have its identity meanwhile. The text of a
    figure is broken into letters, each with a style of its own.
    """
    kept = context.__dict__.setdefault("lines_kept", {})
    drawn = isinstance(style, Style)
    look: object = tuple(str(style[name]) for name in OF_FIGURES) if drawn else id(style)
    key = (text, look, max_width, justification_spacing, is_line_start, minimum)
    if key not in kept:
        line = SPLIT(text, style, context, max_width, justification_spacing, is_line_start, minimum)
        kept[key] = line, style
    return kept[key][0]


def column_tried(
    context: Any, box: Any, bottom_space: float, skip_stack: Any, containing_block: Any,
    page_is_empty: bool, absolute_boxes: Any, fixed_boxes: Any, adjoining_margins: Any,
    *styles: Any, **ends: Any,
) -> Any:  # fmt: skip
    """A block; of a column that is only tried, no more than where its paragraphs end.

    A column is tried without margins around it, and set with None in their place.
    """
    if box.is_column and adjoining_margins == [] and _is_whole(box, skip_stack):
        first = next(iter(skip_stack)) if skip_stack else 0
        measured = _measured(context, box, containing_block, *styles, **ends)
        bottom = context.page_bottom - bottom_space
        moved = box.position_y - measured[first].position_y
        end = first
        while end < len(measured) and _fits(context, measured[end], bottom - moved):
            end += 1
        if end > first:  # else it is too high for any column
            return _trial(box, measured[first:end], moved, end if end < len(measured) else None)
    return BOX_LAYOUT(
        context, box, bottom_space, skip_stack, containing_block, page_is_empty, absolute_boxes,
        fixed_boxes, adjoining_margins, *styles, **ends,
    )  # fmt: skip


def _is_whole(box: Any, skip_stack: Any) -> bool:
    """Whether a column begins with a whole paragraph, and none of its paragraphs may be parted."""
    starts = not skip_stack or all(rest is None for rest in skip_stack.values())
    return starts and all(
        isinstance(child, boxes.BlockLevelBox)
        and child.style["break_inside"] == "avoid"
        and child.style["break_before"] == child.style["break_after"] == "auto"
        and child.is_in_normal_flow()
        for child in box.children
    )


def _measured(
    context: Any, box: Any, containing_block: Any, *styles: Any, **ends: Any
) -> Sequence[Any]:
    """The paragraphs of a column as high as all of them together; laid out once for all trials."""
    kept = context.__dict__.setdefault("columns_kept", {})
    key = id(box.children[0])
    if key not in kept:
        high, *_ = BOX_LAYOUT(
            context, box.copy(), -inf, None, containing_block, True, [], [], [], *styles, **ends
        )
        kept[key] = high.children, box.children
    measured: Sequence[Any] = kept[key][0]
    return measured


def _fits(context: Any, paragraph: Any, bottom: float) -> bool:
    """Whether a paragraph ends with its margin above the bottom, as `_in_flow_layout` asks."""
    foot = paragraph.border_box_y() + paragraph.border_height()
    return not context.overflows(bottom - paragraph.margin_bottom, foot)


def _trial(box: Any, paragraphs: Sequence[Any], moved: float, rest: int | None) -> Any:
    """The column of a trial, as `block_box_layout` answers; rest: the first paragraph of the next."""
    outlines = [one.copy() for one in paragraphs]
    for one in outlines:
        one.position_y += moved
        one.children = ()
    page = {"break": "any", "page": paragraphs[-1].page_values()[1]}
    return (
        box.copy_with_children(outlines), None if rest is None else {rest: None}, page, [], False,
        None,
    )  # fmt: skip
