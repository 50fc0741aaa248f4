"""Issues drawn from single values: what a section says depends on nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

import polars as pl

from templates import render
from templates.page import Content
from templates.section import Section
from tests.drawn.findings import AS_OF, WEEK
from tests.templates.conftest import empty
from transforms.facts import Fact, FactBook, fact_id
from transforms.findings.finding import Finding
from transforms.issue.issue import Issue

Value = tuple[str, str, date, float, str]  # metric, entity, day, value, unit
SERIES = {
    "metric": pl.String,
    "entity": pl.String,
    "observation_date": pl.Date,
    "value": pl.Float64,
}


@cache
def _nothing() -> Issue:
    return empty()


def fact(metric: str, entity: str, day: date, value: float, unit: str, **parts: object) -> Fact:
    """A fact with a short history."""
    given = {"n_obs": 10, "first_observation": date(2025, 1, 2), "sources": ("drawn",)} | parts
    return Fact(
        fact_id=fact_id(metric, entity, day), metric=metric, entity=entity, observation_date=day,
        value=value, unit=unit, known_at=datetime(2026, 1, 16), query="", **given,
    )  # type: ignore[arg-type]  # fmt: skip


def issue(
    facts: Sequence[Fact], past: Sequence[Value] = (), found: Sequence[Finding] = ()
) -> Issue:
    """An issue of 16 January 2026 of these facts; they and `past` are its series."""
    rows = {(f.metric, f.entity, f.observation_date): f.value for f in facts}
    rows |= {row[:3]: row[3] for row in past}
    series = pl.DataFrame(
        [(*key, value) for key, value in rows.items()], schema=SERIES, orient="row"
    )
    return replace(_nothing(), issue_id="2026-W03", as_of=AS_OF, span=WEEK.span, facts=FactBook(facts),
                   series=series, findings=tuple(found), names={})  # fmt: skip


def built(section: Section, one: Issue) -> dict[str, Content]:
    """The section in both languages."""
    return {code: section.build(one, render.speller_of(one, code)) for code in ("en", "zh")}


def plain(text: object) -> str:
    """A text with plain spaces."""
    return str(text).replace("\xa0", " ")


def titles(content: Content) -> list[str]:
    """The titles of all blocks, and the texts of absent ones."""
    blocks = [block for row in content.rows for block in row.blocks]
    return [plain(getattr(block, "title", None) or getattr(block, "text", "")) for block in blocks]


def days(count: int, last: date = AS_OF) -> list[date]:
    """So many days up to the last one."""
    return [last - timedelta(days=back) for back in range(count)][::-1]
