"""Telling somebody how far a long run has come, if somebody is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Reporter = Callable[[str, int, int], None]

_watching: ContextVar[Reporter | None] = ContextVar("reporter", default=None)


def progress(what: str, done: int = 0, total: int = 0) -> None:
    """Say what is being done, and how much of how much is done."""
    reporter = _watching.get()
    if reporter is not None:
        reporter(what, done, total)


@contextmanager
def watched(reporter: Reporter) -> Iterator[None]:
    """Inside, progress goes to the reporter."""
    token = _watching.set(reporter)
    try:
        yield
    finally:
        _watching.reset(token)
