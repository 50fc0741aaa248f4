"""An issue from a warm warehouse, and its pages alone; nobody else makes the same to race with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks import AS_OF
from benchmarks.alone import Task, alone
from benchmarks.ground import workspace
from benchmarks.race import MEGABYTE, Line
from flows.briefing import build
from flows.weekly import issue
from templates.render import html, pdf


def warm_run(home: str) -> Sequence[Task]:
    """What `briefing run --as-of` does: measure, publish, render; the answer is the PDF's size."""
    ws = workspace(home)
    return [lambda: issue(ws, AS_OF, "en").path.stat().st_size / MEGABYTE]


def rendering(home: str) -> Sequence[Task]:
    """The pages alone, from an issue that is there; the answer is the PDF's size."""
    ready = build(workspace(home), AS_OF)
    return [lambda: len(pdf(html(ready), AS_OF)) / MEGABYTE]


def lines(home: str, rows: int) -> Iterator[Line | str]:
    """A whole run first: it measures what the pages print."""
    yield Line("briefing run, warm", f"{rows:,} bars", alone(warm_run, home=home))
    pages = alone(rendering, home=home)
    yield Line("pages to PDF", f"{pages.answer:.2f} MB", pages)
