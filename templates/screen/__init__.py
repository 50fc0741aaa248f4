"""What all pages for a screen share: their parts as files, the theme, what a browser may do."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files


@cache
def part(room: str, name: str) -> str:
    """A style sheet or script of a room of templates, as text."""
    return files("templates").joinpath(room, name).read_text(encoding="utf-8")


def style_of(room: str, name: str) -> str:
    """The style of a page, behind the one that all pages share."""
    return part("screen", "screen.css") + part(room, name)


def script_of(room: str, name: str) -> str:
    """The script of a page, behind those that choose light or dark and read charts."""
    return part("screen", "theme.js") + part("screen", "reading.js") + part(room, name)


def policy(style: str, script: str) -> str:
    """What a browser may do with the file: run these two, show its pictures, fetch nothing."""
    allowed = (
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(allowed)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
