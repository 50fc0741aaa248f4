"""Which characters a text may hold: what can be read, and no more.

Three kinds of characters show nothing themselves:

- Marks that are merely invisible (byte-order mark, zero width, soft hyphen, direction marks) come
  along when text is copied. They are left out, so that two spellings of one name are one name.
- Line breaks and tabs within a label are spaces to a reader, and become spaces.
- All other control and format characters drive terminals and turn text around. They are refused.

Files and answers are treated alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

INVISIBLE = "[\u00ad\u200b-\u200f\u2060\ufeff]"
BREAKS = "[\t\n\v\f\r\x85\u2028\u2029]+"
# All of Unicode's control and format characters, separators of lines, and characters that are none:
# written out, so that polars and Python mean the same whatever version of Unicode they know.
LINE_FEED, OTHER_CONTROLS = "\n", "\x00-\t\v-\x1f\x7f-\x9f"
FORMATS = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f"
)
FORBIDDEN = f"[{OTHER_CONTROLS}{LINE_FEED}{FORMATS}]"
FORBIDDEN_IN_LINES = f"[{OTHER_CONTROLS}{FORMATS}]"
RULE = "no_control_characters"
POINTS = re.compile(FORBIDDEN)


def readable(text: pl.Expr) -> pl.Expr:
    """Whether a text of one line holds nothing but what can be read."""
    return ~text.str.contains(FORBIDDEN)


def readable_lines(text: pl.Expr) -> pl.Expr:
    """The same of a text of several lines, whose lines end with a line feed."""
    return ~text.str.contains(FORBIDDEN_IN_LINES)


def without_invisible(text: pl.Series) -> pl.Series:
    """The texts without marks that are merely invisible."""
    return text.str.replace_all(INVISIBLE, "")


def on_one_line(text: pl.Series) -> pl.Series:
    """The texts with their breaks and tabs as spaces."""
    return text.str.replace_all(BREAKS, " ")


def points(texts: Iterable[str]) -> str:
    """The characters that show nothing themselves, by code point, each once: U+0007, U+202E."""
    found = sorted({c for text in texts for c in POINTS.findall(text)})
    return ", ".join(f"U+{ord(c):04X}" for c in found)


def escaped(text: str, *, keep: str = "") -> str:
    r"""The text with its unreadable characters as they are written in a program: \x1b, \u202e."""
    return POINTS.sub(lambda one: one[0] if one[0] in keep else ascii(one[0])[1:-1], text)
