"""What a terminal shows of a long run, and what a pipe gets instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from flows.progress import Watcher, watched

BUSIEST = 3  # hosts that are shown beside the bar


class Lines(Watcher):
    """A calm line for everything that is finished."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def line(self, text: str) -> None:
        self.console.print(text, markup=False)


class Bars(Watcher):
    """A bar for the source being asked, with rate, time left and requests, and one for all datasets."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.all = bars.add_task("datasets", total=None, visible=False, hosts="")
        self.one = bars.add_task("starting", total=None, hosts="")
        self.doing = ""

    def step(self, what: str, done: int, total: int, requests: Mapping[str, int]) -> None:
        if what != self.doing:
            self.doing = what
            self.bars.reset(self.one, total=total or None, description=what)
        self.bars.update(self.one, completed=done, total=total or None, hosts=busiest(requests))

    def whole(self, done: int, total: int) -> None:
        self.bars.update(self.all, completed=done, total=total, visible=total > 1)


class Rate(ProgressColumn):
    """Steps in a second, or in a minute where there are few."""

    def render(self, task: Task) -> Text:
        speed = task.speed or 0.0
        return Text(f"{speed:.1f}/s" if speed >= 1 else f"{speed * 60:.0f}/min" if speed else "")


def busiest(requests: Mapping[str, int]) -> str:
    """The hosts that got most requests."""
    most = sorted(requests.items(), key=lambda item: -item[1])[:BUSIEST]
    return " · ".join(f"{host} {count:,}" for host, count in most)


@contextmanager
def shown(console: Console) -> Iterator[None]:
    """Inside, progress is a bar on a terminal, and lines in a pipe."""
    if not console.is_terminal:
        with watched(Lines(console)):
            yield
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[hosts]}"),
    )
    with Progress(*columns, console=console, transient=True) as bars, watched(Bars(bars)):
        yield
