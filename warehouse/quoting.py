"""How foreign text is quoted in a message: a cell may hold megabytes, a file a million columns."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST = 300  # characters of one cell, row or error that help somebody to find it
MOST = 20  # names that a reader still takes in
NAME = 60


def quoted(text: str, longest: int = LONGEST) -> str:
    """The beginning of a text, and how long it is where that is not all of it."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def named(names: Sequence[str]) -> str:
    """The first of many names, each at a readable length, and how many there are besides."""
    shown = ", ".join(quoted(name, NAME) for name in names[:MOST])
    return shown if len(names) <= MOST else f"{shown} and {len(names) - MOST:,} more"


def first_line(error: BaseException) -> str:
    """What an error says, without the advice for programmers that follows."""
    return quoted(str(error).partition("\n")[0] or type(error).__name__)
