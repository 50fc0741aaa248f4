r"""What a terminal shows, and what a pipe gets instead.

What upstreams and files say is text, whatever it looks like: `:x:` is no emoji, `[red]` no markup,
and an escape sequence is printed as `\x1b` and what follows, never obeyed. A pipe gets the data's
own bytes as csv, and as JSON, which writes such characters out by itself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from threading import get_ident
from typing import Any, TextIO

import polars as pl
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from flows.progress import Watcher, watched
from warehouse.characters import POINTS, escaped

SILENCE = 60.0  # seconds after which a pipe hears of what is under way
BUSIEST = 3  # hosts that are shown beside the bar
ENDLESS = 10_000  # a table is never squeezed; the terminal breaks its lines


class Terminal(Console):
    """A console that prints text as text, and unreadable characters written out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, soft_wrap=True, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        plainly = options | {"emoji": False, "markup": False, "highlight": False}
        return super().render_str(escaped(text, keep="\n"), **plainly)


def changed_lines(changes: pl.DataFrame) -> list[str]:
    """What issues found changed of a fact that was printed, a line each; changes: mart.restatement.

    Such as: found 2026-01-23: record 3.94e12 (2026-01-14), now 3.65e12 (2026-01-13); restated.
    """
    return [
        f"found {row['as_of']}: {row['field']} {_dated(row, 'before')}, now {_dated(row, 'value')}; "
        f"{row['why']}" + (f", known {row['known_at']} UTC" if row["known_at"] else "")
        for row in changes.iter_rows(named=True)
    ]


def _dated(row: Mapping[str, Any], column: str) -> str:
    """A value with the day that it is of."""
    if row[column] is None:
        return "none"
    day = row[f"{column}_day"]
    return f"{row[column]} ({day})" if day else f"{row[column]}"


def as_csv(frame: pl.DataFrame, to: TextIO) -> None:
    """The frame as csv: to a pipe or file as it is, to a terminal with unreadable characters
    written out.
    """
    text = frame.select(flat(column) for column in frame).write_csv()
    to.write(escaped(text, keep="\n") if to.isatty() else text)


def flat(column: pl.Series) -> pl.Series:
    """A column that csv can hold: lists, structs and bytes as JSON in one cell."""
    if not (column.dtype.is_nested() or column.dtype == pl.Binary):
        return column
    cells = [
        None if v is None else json.dumps(v, ensure_ascii=False, default=str)
        for v in column.to_list()
    ]
    return pl.Series(column.name, cells, pl.String)


def as_json(value: object) -> str:
    """The value as JSON that a terminal may show: unreadable characters are written out."""
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    return POINTS.sub(lambda one: one[0] if one[0] == "\n" else json.dumps(one[0])[1:-1], text)


class Lines(Watcher):
    """A calm line for everything that is finished, and one a minute for what takes long."""

    def __init__(self, console: Console, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.console, self.monotonic = console, monotonic
        self.part = ""
        self.begun: dict[str, tuple[float, int]] = {}  # when, and how much was done by then
        self.said = monotonic()

    def stage(self, name: str) -> None:
        self.part = name
        self.line(f"{name} begins")

    def step(self, what: str, done: int, total: int, requests: Mapping[str, int]) -> None:
        now = self.monotonic()
        if done <= 1 or what not in self.begun:
            self.begun[what] = (now, done)
        if now - self.said >= SILENCE:
            self.said = now
            part = f"{self.part}: " if self.part else ""
            hosts = f" · {asked}" if (asked := busiest(requests)) else ""
            since, before = self.begun[what]
            pace = paced(done, total, done - before, now - since)
            self.line(f"{part}{what}, {pace}{hosts}")

    def line(self, text: str) -> None:
        self.console.print(Text(escaped(text, keep="\n")))


def paced(done: int, total: int, lately: int, seconds: float) -> str:
    """How far something is, how fast it goes, and how long it will take."""
    so_far = f"{done:,} of {total:,}" if total else f"{done:,}"
    if seconds <= 0 or lately <= 0:
        return so_far
    rate = lately / seconds
    left = f", {(total - done) / rate / 60:.0f} min left" if total else ""
    return f"{so_far}, {rate:.1f}/s{left}" if rate >= 1 else f"{so_far}, {rate * 60:.0f}/min{left}"


class Bars(Watcher):
    """A bar for each lane, with rate, time left and requests, and one for all datasets."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.all = bars.add_task("datasets", total=None, visible=False, hosts="")
        self.lanes: dict[int, TaskID] = {}
        self.doing: dict[int, str] = {}
        self.part = ""

    def stage(self, name: str) -> None:
        self.part = f"{escaped(name)} · "
        for lane in self.lanes.values():
            self.bars.remove_task(lane)
        self.lanes.clear()
        self.doing.clear()

    def step(self, what: str, done: int, total: int, requests: Mapping[str, int]) -> None:
        lane, what = get_ident(), self.part + escaped(what)
        if lane not in self.lanes:
            self.lanes[lane] = self.bars.add_task("starting", total=None, hosts="")
        if what != self.doing.get(lane):
            self.doing[lane] = what
            self.bars.reset(self.lanes[lane], total=total or None, description=what)
        hosts = busiest(requests)
        self.bars.update(self.lanes[lane], completed=done, total=total or None, hosts=hosts)

    def whole(self, done: int, total: int) -> None:
        self.bars.update(self.all, completed=done, total=total, visible=total > 1)

    def line(self, text: str) -> None:
        """What is finished scrolls by where somebody waits for long, or something is wrong."""
        if self.part or "attempt" in text:
            self.bars.console.print(Text(escaped(text, keep="\n")))


class Rate(ProgressColumn):
    """Steps in a second, or in a minute where there are few."""

    def render(self, task: Task) -> Text:
        speed = task.speed or 0.0
        return Text(f"{speed:.1f}/s" if speed >= 1 else f"{speed * 60:.0f}/min" if speed else "")


def busiest(requests: Mapping[str, int]) -> str:
    """The hosts that got most requests."""
    most = sorted(requests.items(), key=lambda item: -item[1])[:BUSIEST]
    return escaped(" · ".join(f"{host} {count:,}" for host, count in most))


@contextmanager
def shown(console: Console) -> Iterator[None]:
    """Inside, progress is a bar on a terminal, and lines in a pipe."""
    if not console.is_terminal:
        with watched(Lines(console)):
            yield
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[hosts]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bars, watched(Bars(bars)):
        yield


def plain(frame: pl.DataFrame) -> str:
    """A frame as a table for a terminal: nothing is cut, figures stand to the right."""
    grid = Table(box=None, pad_edge=False, header_style="", padding=(0, 2, 0, 0))
    for name, kind in frame.schema.items():
        grid.add_column(
            Text(escaped(name)), justify="right" if kind.is_numeric() else "left", no_wrap=True
        )
    for row in frame.iter_rows():
        grid.add_row(*(Text(escaped(cell(value))) for value in row))
    paper = Terminal(file=StringIO(), width=ENDLESS)
    paper.print(grid)
    assert isinstance(paper.file, StringIO)
    return "\n".join(line.rstrip() for line in paper.file.getvalue().splitlines())


def cell(value: object) -> str:
    """A value as it is typed; times to the minute, what is absent as a dash."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{value:.6g}"
    return str(value)
