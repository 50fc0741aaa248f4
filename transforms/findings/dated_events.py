"""What was announced in the span, and what came into force in it. No event is given as a cause.

An event is as surprising as its like is rare: of the weeks of the last ten years, how many had an
announcement of its series («margin ratio»), or of its kind where it stands alone. The list is a
selection and thin before 2022, so that old kinds look rarer than they were. What a company did, and
a review of an index that came on its day, are listed without a rank.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from transforms.findings.finding import Finding, Number
from transforms.findings.rarity import FEWEST, Rarity
from transforms.findings.span import Span

KIND, BLOCK = "policy_event", "policy"
UNRANKED = ("corporate", "index_event")  # of one company, or on days that a rule names: no policy
TEN_YEARS = timedelta(days=3652)
WEEK = timedelta(days=7)

Row = Mapping[str, Any]


def policy_events(frames: Mapping[str, pl.DataFrame], span: Span) -> Iterator[Finding]:
    """A finding for each event whose announcement or first day in force lies in the span.

    frames: the datasets, as known at the end of the span or later. Weekends after the base belong
    to the span. The entity is the event's key; terms without a value are empty.
    """
    listed = frames.get("policy_event")
    if listed is None:
        return
    known = listed.filter(pl.col("announced_on") <= span.last)
    for row in known.sort("announced_on", "event").iter_rows(named=True):
        in_force = _within(row["effective_on"], span)
        if in_force or _within(row["announced_on"], span):
            yield _finding(row, known, row["effective_on"] if in_force else row["announced_on"])


def events_of(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The events among findings, by the day that brings each into the span."""
    events = (one for one in findings if one.kind == KIND)
    return tuple(sorted(events, key=lambda one: (one.numbers["weeks"].day, one.entity)))


def _within(day: date | None, span: Span) -> bool:
    return day is not None and span.base < day <= span.last


def _finding(row: Row, known: pl.DataFrame, day: date) -> Finding:
    """An event of the span. day: the one that brings it into the span, its number's day."""
    rarity, weeks = _rarity(row, known)
    numbers = {"weeks": Number(weeks, "count", day, row["known_at"], rarity.first)}
    if row["number"] is not None:
        numbers["number"] = Number(row["number"], row["unit"], day, row["known_at"])
    effective = row["effective_on"]
    terms = {
        "body": row["body"],
        "title_en": row["title_en"],
        "title_zh": row["title_zh"],
        "announced": row["announced_on"].isoformat(),
        "effective": effective.isoformat() if effective else "",
    }
    surprise = 0.0 if row["kind"] in UNRANKED else rarity.surprise
    return Finding(KIND, row["event"], BLOCK, rarity, surprise, numbers, terms)


def _rarity(row: Row, known: pl.DataFrame) -> tuple[Rarity, int]:
    """How rare its like is among the weeks up to its announcement, and how many weeks had one."""
    announced: date = row["announced_on"]
    listed_from: date = known["announced_on"].min()  # type: ignore[assignment]
    first = max(listed_from, announced - TEN_YEARS)
    weeks = (announced - first) // WEEK + 1
    likes = known.filter(_like(row))["announced_on"]
    had_one = likes.filter(likes.is_between(first, announced)).dt.truncate("1w").n_unique()
    enough = weeks >= FEWEST
    rarity = Rarity(
        q=100 * (1 - had_one / weeks) if enough else None,
        surprise=-math.log10(had_one / (weeks + 1)) if enough else 0.0,
        since=likes.filter(likes < announced).max(),  # type: ignore[arg-type]
        record=False,  # the first of its kind in a list is none in the world
        first=first,
        observations=weeks,
    )
    return rarity, had_one


def _like(row: Row) -> pl.Expr:
    """Whether an event is of the series of another one, or of its kind where it has none."""
    name = "series" if row["series"] else "kind"
    return pl.col(name).eq(row[name])
