"""The event calendar: what is ahead, as known at the end of a day; a function of its frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from transforms.ahead.closures import closures
from transforms.ahead.companies import company_days
from transforms.ahead.entry import Certainty, Entry, Kind
from transforms.ahead.mainland import Frames, mainland
from transforms.ahead.markets import market_days
from transforms.ahead.recurring import recurring

READ = (
    "cpi", "disclosure_date", "gdp", "ipo_a", "ipo_hk", "money_supply", "pmi", "policy_event",
    "scheduled_date", "trade_calendar",
)  # fmt: skip
HORIZON = 92  # days: a quarter, with the reviews and deadlines at its end
TWO_WEEKS = 14
ENTRIES = pl.Schema(
    {
        "event_date": pl.Date(),
        "kind": pl.String(),
        "subject": pl.String(),
        "until": pl.Date(),
        "beijing_time": pl.String(),
        "title_en": pl.String(),
        "title_zh": pl.String(),
        "certainty": pl.String(),
        "basis": pl.String(),
    }
)


def event_calendar(frames: Frames, as_of: date, days: int = HORIZON) -> list[Entry]:
    """What is ahead from the day after `as_of` on, by day; equals as their kinds are declared.

    frames: the datasets READ, as known at the end of `as_of`; one that lacks has no entries.
    """
    first, last = as_of + timedelta(days=1), as_of + timedelta(days=days)
    told = mainland(frames, as_of)
    entries = [
        *_policies(frames, as_of, last),
        *closures(told, first, last),
        *recurring(frames, told, as_of, first, last),
        *market_days(told, first, last),
        *company_days(frames, told, first, last),
    ]
    order = list(Kind)
    reviewed = _reviewed(frames, as_of)
    entries = [one for one in entries if one.kind != Kind.REVIEW or one.day not in reviewed]
    return sorted(entries, key=lambda one: (one.day, order.index(one.kind), one.subject))


def coming(frames: Frames, as_of: date, days: int = TWO_WEEKS) -> list[Entry]:
    """The next two weeks, for the page."""
    return event_calendar(frames, as_of, days)


def _policies(frames: Frames, as_of: date, last: date) -> Iterator[Entry]:
    """What was announced and comes into force in the span."""
    events = frames.get("policy_event")
    if events is None:
        return
    ahead = events.filter(
        pl.col("announced_on") <= as_of, pl.col("effective_on") > as_of,
        pl.col("effective_on") <= last,
    )  # fmt: skip
    for row in ahead.sort("event").iter_rows(named=True):
        sure = "" if row["confidence"] == "verified" else f" ({row['confidence']})"
        yield Entry(
            row["effective_on"], Kind.POLICY, row["event"], row["title_en"], row["title_zh"],
            f"{row['body']}, {row['announced_on']}{sure}", Certainty.ANNOUNCED,
        )  # fmt: skip


def _reviewed(frames: Frames, as_of: date) -> set[date]:
    """The days on which a review that was announced is in force: no rule need expect it."""
    events = frames.get("policy_event")
    if events is None:
        return set()
    told = events.filter(pl.col("announced_on") <= as_of, series="index review")
    return set(told["effective_on"].drop_nulls())


def entry_rows(entries: Sequence[Entry]) -> pl.DataFrame:
    """The rows of mart.event_calendar: ENTRIES."""
    told = [name for name in ENTRIES if name != "event_date"]
    rows = [
        {"event_date": one.day} | {name: getattr(one, name) for name in told} for one in entries
    ]
    return pl.DataFrame(rows, ENTRIES)


def entries_from(rows: pl.DataFrame, as_of: date, days: int = TWO_WEEKS) -> tuple[Entry, ...]:
    """The entries of rows of mart.event_calendar that begin within so many days of `as_of`.

    In the order of the calendar: by day, then as their kinds are declared.
    """
    order = list(Kind)
    ahead = rows.filter(pl.col("event_date") <= as_of + timedelta(days=days))
    found = (
        Entry(
            row["event_date"], Kind(row["kind"]), row["subject"], row["title_en"], row["title_zh"],
            row["basis"], Certainty(row["certainty"]), row["until"], row["beijing_time"],
        )
        for row in ahead.iter_rows(named=True)
    )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.day, order.index(one.kind), one.subject)))
