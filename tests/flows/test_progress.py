"""Progress is told to who watches, and to nobody where nobody does."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from flows.progress import Watcher, finished, of_all, progress, staged, watched


class Told(Watcher):
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def step(self, what: str, done: int, total: int, requests: Mapping[str, int]) -> None:
        self.heard.append((what, done, total, dict(requests)))

    def whole(self, done: int, total: int) -> None:
        self.heard.append((done, total))

    def stage(self, name: str) -> None:
        self.heard.append(name)

    def line(self, text: str) -> None:
        self.heard.append(text)


def tell() -> None:
    progress("index_daily", 1, 2, {"a.cn": 3})
    progress("nothing yet")
    of_all(4, 5)
    staged("stage 2")
    finished("done")


HEARD = [("index_daily", 1, 2, {"a.cn": 3}), ("nothing yet", 0, 0, {}), (4, 5), "stage 2", "done"]


def test_who_watches_is_told_everything() -> None:
    told = Told()
    with watched(told):
        tell()
    assert told.heard == HEARD


def test_only_the_innermost_watcher_is_told_and_only_while_it_watches() -> None:
    outer, inner = Told(), Told()
    with watched(outer):
        with watched(inner):
            staged("inner")
        staged("outer")
        with pytest.raises(ZeroDivisionError), watched(Told()):
            raise ZeroDivisionError
        staged("after an error")
    tell()
    assert (outer.heard, inner.heard) == (["outer", "after an error"], ["inner"])
