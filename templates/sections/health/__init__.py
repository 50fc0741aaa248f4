"""How far each input reaches, and what is late or missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from templates.evidence import IMPORTED, Lateness, counted, lateness
from templates.format import Number
from transforms.facts import Issue

SLUG, TITLE = "health", "Data health"


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
class HealthPage:
    """What the page prints."""

    inputs: list[Input]
    others: Others
    late: list[Lateness]
    late_count: Number


def build(issue: Issue) -> HealthPage:
    """The page of an issue."""
    late = lateness(issue)
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
        late=late,
        late_count=counted(len(late), "health#late"),
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
