"""What the issues of the drawn markets hold besides words: facts, doubts, gaps, theses, movers.

`make statements` writes tests/templates/issues anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from transforms.facts import Fact
from transforms.issue.issue import Issue

FOLDER = Path(__file__).parent / "issues"
FRAMES = ("absent", "doubted", "discrepancies", "movers", "restatements", "refusals", "health")


def of_row(row: dict[str, object]) -> str:
    """The cells of a row that has them; six digits, which no order of sums moves."""
    cells = {
        name: f"{value:.6g}" if isinstance(value, float) else str(value)
        for name, value in row.items()
        if value not in (None, [])
    }
    return " ".join(f"{name}={' '.join(text.split())[:80]}" for name, text in cells.items())


def of_metric(metric: str, facts: list[Fact]) -> str:
    """The facts of a metric: how many, and what their parts add up to."""
    sums = {
        name: sum(getattr(one, name) or 0.0 for one in facts)
        for name in ("value", "score", "percentile", "n_obs")
    }
    days = sum(one.observation_date.toordinal() % 1009 for one in facts)
    first = min(one.first_observation for one in facts)
    parts = " ".join(f"{name} {total:.8g}" for name, total in sums.items())
    return f"{metric}: {len(facts)} facts, {parts}, days {days}, first {first}, {facts[0].unit}"


def lines(issue: Issue) -> Iterator[str]:
    yield f"{issue.issue_id} {issue.as_of} {issue.requested} {issue.span} {issue.stale}"
    by_metric: dict[str, list[Fact]] = {}
    for one in issue.facts:
        by_metric.setdefault(one.metric, []).append(one)
    yield "== facts"
    yield from (of_metric(name, by_metric[name]) for name in sorted(by_metric))
    for name in FRAMES:
        frame: pl.DataFrame = getattr(issue, name)
        yield f"== {name}"
        yield from sorted(of_row(row) for row in frame.iter_rows(named=True))
    yield "== theses"
    for one in issue.theses:
        weeks = "".join(status.value[0] for _, status in one.weeks)
        yield f"{one.thesis.id} {one.status.value} {one.changed_on} {one.first_day} {weeks}"
    yield "== ahead"
    yield from (f"{one.day} {one.last} {one.kind} {one.subject}" for one in issue.ahead)
    yield "== findings"
    for found in issue.findings:
        told = " ".join(f"{role} {n.value:.6g} {n.day}" for role, n in found.numbers.items())
        yield f"{found.kind} {found.entity} {found.surprise:.6g} {told}"


@pytest.mark.parametrize("mood", ["rising", "falling"])
def test_an_issue_holds_what_was_read_last(mood, issues):
    file, found = FOLDER / f"{mood}.txt", [line.rstrip() for line in lines(issues[mood])]
    if os.environ.get("WRITE_STATEMENTS"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text("\n".join(found) + "\n", encoding="utf-8")

    assert found == file.read_text(encoding="utf-8").splitlines()
