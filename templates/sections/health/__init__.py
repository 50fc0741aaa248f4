"""Page 6: how far each input reaches, what every metric means, and what this paper is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from templates.evidence import IMPORTED, Lateness, counted, lateness
from templates.format import Number
from transforms.facts import Issue
from transforms.metric import metrics

SLUG, TITLE = "health", "Data health, definitions, notice"


@dataclass(frozen=True)
class Input:
    """One dataset: what it reaches, what it should reach, when it was fetched and from where."""

    label: str
    dataset: str
    newest: date | None
    expected: date | None
    fetched: datetime | None
    sources: str
    state: str


@dataclass(frozen=True)
class Others:
    """The datasets of the warehouse that no metric of the issue reads."""

    total: Number
    fresh: Number
    late: list[str]
    missing: Number


@dataclass(frozen=True)
class Definition:
    """What one metric means, in the words of its own declaration."""

    id: str
    label: str
    unit: str
    reading: str


@dataclass(frozen=True)
class HealthPage:
    """Page 6."""

    inputs: list[Input]
    others: Others
    late: list[Lateness]
    definitions: list[Definition]


def build(issue: Issue) -> HealthPage:
    """Page 6 of the issue."""
    rows = issue.health.filter("read").sort("dataset").iter_rows(named=True)
    return HealthPage(
        inputs=[
            Input(
                r["label"],
                r["dataset"],
                r["newest_observation"],
                r["expected_observation"],
                r["fetched_at"],
                IMPORTED.sub("import", r["sources"] or ""),
                r["state"],
            )
            for r in rows
        ],
        others=_others(issue),
        late=lateness(issue),
        definitions=_definitions(issue),
    )


def _others(issue: Issue) -> Others:
    rest = issue.health.filter(~pl.col("read"))
    missing = rest.filter(pl.col("state") == "missing").height
    late = rest.filter(pl.col("state") == "late")["label"].sort().to_list()
    return Others(
        total=counted(rest.height, "health#others"),
        fresh=counted(rest.height - missing - len(late), "health#others_fresh"),
        late=late,
        missing=counted(missing, "health#others_missing"),
    )


def _definitions(issue: Issue) -> list[Definition]:
    """The metrics that this issue has facts of, in the order in which they are declared."""
    used = {fact.metric for fact in issue.facts}
    return [
        Definition(m.id, m.label, m.unit, m.reading) for m in metrics().values() if m.id in used
    ]
