"""An issue from a warm warehouse, and its pages alone; nobody else makes the same to race with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks import AS_OF
from benchmarks.alone import Task, alone
from benchmarks.ground import workspace
from benchmarks.race import MEGABYTE, Line
from flows.briefing import build, contents
from flows.editions import OFFERED
from flows.weekly import issue
from templates.publication import publication
from templates.render import html, mail, pdf
from transforms.issue.issue import Issue


def warm_run(home: str) -> Sequence[Task]:
    """What `briefing run --as-of` does: measure, publish, render; the answer is the PDF's size."""
    ws = workspace(home)
    return [lambda: issue(ws, AS_OF, "en").path.stat().st_size / MEGABYTE]


def rendering(home: str) -> Sequence[Task]:
    """The PDF of one language, from an issue that is there; the answer is its size."""
    ready = build(workspace(home), AS_OF)
    task = partial(pdf_of, ready)
    task()  # fonts, templates and code are read once for all issues
    return [task]


def pdf_of(ready: Issue) -> float:
    return len(pdf(html(ready), AS_OF)) / MEGABYTE


def publishing(home: str) -> Sequence[Task]:
    """All files of an issue in both languages; the answer is their size."""
    ready = build(workspace(home), AS_OF)
    task = partial(files_of, ready)
    task()
    return [task]


def files_of(ready: Issue) -> float:
    files = [
        file
        for language in OFFERED
        for file in contents(ready, mail(ready, language), publication(ready, language))[0].values()
    ]
    return sum(map(len, files)) / MEGABYTE


def lines(home: str, rows: int) -> Iterator[Line | str]:
    """A whole run first: it measures what the pages print."""
    yield Line("briefing run, warm", f"{rows:,} bars", alone(warm_run, home=home))
    one = alone(rendering, home=home)
    yield Line("PDF in one language, warm", f"{one.answer:.2f} MB", one)
    both = alone(publishing, home=home)
    yield Line("PDF, HTML, workbook in both languages, warm", f"{both.answer:.2f} MB", both)
