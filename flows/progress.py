"""Progress of a long run, reported to a watcher if there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar


class Watcher:
    """Receives progress; this one ignores it."""

    def step(self, what: str, done: int, total: int, requests: Mapping[str, int]) -> None:
        """What is being done, how much of how much is done, and the requests made to each host."""

    def whole(self, done: int, total: int) -> None:
        """How many datasets of how many are done."""

    def stage(self, name: str) -> None:
        """A part of the run begins, such as `stage 2`, or `measuring`."""

    def line(self, text: str) -> None:
        """Something that is finished."""


_watching: ContextVar[Watcher] = ContextVar("watcher", default=Watcher())  # noqa: B039 - has no state


def progress(
    what: str, done: int = 0, total: int = 0, requests: Mapping[str, int] | None = None
) -> None:
    """Report what is being done, and how much of how much is done."""
    _watching.get().step(what, done, total, requests or {})


def of_all(done: int, total: int) -> None:
    """Report how many datasets of how many are done."""
    _watching.get().whole(done, total)


def staged(name: str) -> None:
    """Report that a part of the run begins; all that follows belongs to it."""
    _watching.get().stage(name)


def finished(text: str) -> None:
    """Report what is finished."""
    _watching.get().line(text)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Inside, progress is reported to the watcher."""
    token = _watching.set(watcher)
    try:
        yield
    finally:
        _watching.reset(token)
