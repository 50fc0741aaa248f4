"""Python's own JSON decoder in the place of demjson, by which akshare reads texts of JavaScript.

demjson takes 250 times as long: 8 s of a collection for the 55 pages of Sina's list of all shares.
It stays where a text is no JSON, and where the two would read it differently.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

Decode = Callable[..., Any]
DIGITS = 15  # a float holds so many; of more, demjson makes a Decimal


def json_first(demjson: Decode) -> Decode:
    """The same decoder, quick where the text is plain JSON."""

    @wraps(demjson)  # who looks at what akshare runs must find demjson's own code
    def decode(text: str, *options: Any, **named: Any) -> Any:
        if options or named or not isinstance(text, str) or "\\ud" in text.lower():
            return demjson(text, *options, **named)  # half a pair of surrogates is refused there
        try:
            return json.loads(text, parse_float=short, parse_int=whole)
        except (ValueError, RecursionError):
            return demjson(text)

    return decode


def short(number: str) -> float:
    """The float; ValueError where demjson would make another number of it."""
    if len(number) > DIGITS or "e" in number or "E" in number:
        raise ValueError(number)
    return float(number)


def whole(number: str) -> int:
    """The integer; ValueError for the zero below zero, which demjson makes a float."""
    if number == "-0":
        raise ValueError(number)
    return int(number)
