"""The scorecard: where each thesis stands, where it stood in each of 52 weeks, and since when.

What was known at the end of a day decides for that day, so that a later evaluation says the same of
it. A value that is too old says nothing: the thesis is without data then, and shows its last value
with its day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from transforms.facts import Fact, FactBook, fact_id, stored_query
from transforms.issue.theses import BY_ID, THESES, VERSION, Thesis
from warehouse.catalog import cutoff
from warehouse.shanghai import DAY_END_UTC

WEEKS = 52


class Status(StrEnum):
    """Whether a thesis holds on a day."""

    HOLDS = "holds"
    FAILS = "does not hold"
    NO_DATA = "no data"


_READING = {
    "thesis": pl.String(),
    "status": pl.String(),
    "measured": pl.Float64(),
    "value": pl.Float64(),
    "observation_date": pl.Date(),
}
READINGS = pl.Schema(
    {
        **_READING,
        "place": pl.Int64(),
        "metric": pl.String(),
        "entity": pl.String(),
        "measure": pl.String(),
        "unit": pl.String(),
        "side": pl.String(),
        "line": pl.Float64(),
        "changed_on": pl.Date(),
        "first_day": pl.Date(),
        "held": pl.Int64(),
        "known": pl.Int64(),
        "known_at": pl.Datetime("us"),
        "version": pl.Int64(),
    }
)
THESIS_WEEKS = pl.Schema({"week": pl.Date(), "last_session": pl.Date(), **_READING})


@dataclass(frozen=True)
class Scorecard:
    """Where the theses stand: READINGS, a row each in their order, and THESIS_WEEKS."""

    readings: pl.DataFrame
    weeks: pl.DataFrame


def scorecard(
    metric_frame: pl.DataFrame, trade_calendar: pl.DataFrame | None, as_of: date
) -> Scorecard:
    """Each thesis now, and at the end of each of the last 52 weeks with a session.

    metric_frame: METRIC_FRAME as known at the end of the day, all of each series; trade_calendar:
    its trade_date. A day is judged by what was known at its end; the running week by its last
    session so far. The last change is the last session whose status is the other one than that of
    the last session before it that had data. known_at: of the newest value.
    """
    sessions = _sessions(trade_calendar, as_of)
    read = metric_frame.filter(pl.col("metric").is_in([one.metric for one in THESES]))
    readings: list[dict[str, object]] = []
    weeks = [THESIS_WEEKS.to_frame()]
    for place, one in enumerate(THESES, start=1):
        days = _days(one, read, sessions)
        of_weeks = _weekly(days).rename({"day": "last_session"})
        weeks.append(of_weeks.select(THESIS_WEEKS.names()).cast(THESIS_WEEKS))
        if days.height:
            readings.append({"place": place, **_reading(one, days, of_weeks)})
    frame = pl.DataFrame(readings, READINGS)
    return Scorecard(frame, pl.concat(weeks))


def _sessions(calendar: pl.DataFrame | None, as_of: date) -> pl.DataFrame:
    """The trading days up to a day, each with its number and the end of the day in Shanghai."""
    days = pl.Series("day", [], pl.Date) if calendar is None else calendar["trade_date"]
    known = days.filter(days <= as_of).unique().sort().alias("day").to_frame()
    return known.with_row_index("session").with_columns(
        pl.col("session").cast(pl.Int64), cutoff=pl.col("day").dt.combine(DAY_END_UTC)
    )


def _days(one: Thesis, metric_frame: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """The thesis at the end of each session, by the newest value known then; sorted by day."""
    rows = metric_frame.filter(metric=one.metric, entity=one.entity)
    news = (
        rows.select("observation_date", "known_at", "value", measured=pl.col(one.measure.value))
        .sort("known_at", "observation_date")
        .filter(pl.col("observation_date") == pl.col("observation_date").cum_max())
    )
    numbered = news.sort("observation_date").join_asof(
        sessions.select(session_observed="session", session_day="day"),
        left_on="observation_date",
        right_on="session_day",
    )
    seen = sessions.join_asof(
        numbered.sort("known_at", "observation_date"),
        left_on="cutoff",
        right_on="known_at",
        coalesce=False,
        check_sortedness=False,
    )
    age = pl.col("session") - pl.col("session_observed")
    fresh = (age <= one.max_age) & (pl.col("observation_date") <= pl.col("day"))
    judged = fresh.fill_null(value=False)
    measured = zip(seen.select(judged).to_series(), seen["measured"], strict=True)
    status = [_status(one, value if counts else None) for counts, value in measured]
    return seen.with_columns(pl.Series("status", status, pl.String), thesis=pl.lit(one.id))


def _status(one: Thesis, measured: float | None) -> Status:
    if measured is None:
        return Status.NO_DATA
    return Status.HOLDS if one.holds(measured) else Status.FAILS


def _weekly(days: pl.DataFrame) -> pl.DataFrame:
    """The last session of each of the last 52 weeks that have one; week: its Monday."""
    weeks = days.with_columns(week=pl.col("day").dt.truncate("1w"))
    return weeks.group_by("week", maintain_order=True).last().sort("week").tail(WEEKS)


def _reading(one: Thesis, days: pl.DataFrame, weeks: pl.DataFrame) -> dict[str, object]:
    """The thesis on the last session, with its last change and how many weeks it held."""
    last = days.row(-1, named=True)
    told = days.filter(pl.col("status") != Status.NO_DATA)
    turns = told.filter((pl.col("status") != pl.col("status").shift()).fill_null(value=False))
    known = weeks.filter(pl.col("status") != Status.NO_DATA)
    taken = {name: last[name] for name in (*_READING, "known_at")}
    return taken | {
        "metric": one.metric,
        "entity": one.entity,
        "measure": one.measure.value,
        "unit": one.unit,
        "side": one.side.value,
        "line": one.line,
        "changed_on": turns["day"].max(),
        "first_day": told["day"].min(),
        "held": known.filter(pl.col("status") == Status.HOLDS).height,
        "known": known.height,
        "version": VERSION,
    }


FACTS = {
    "line": "thesis_line",
    "held": "thesis_weeks_held",
    "known": "thesis_weeks_known",
}


def thesis_facts(card: Scorecard, as_of: date) -> list[Fact]:
    """The numbers of the scorecard that are no metric's: the line, the weeks held, those with data.

    fact_id: thesis_line/breadth/2026-01-16. The measured value is the fact of its metric.
    """
    found = []
    for row in card.readings.iter_rows(named=True):
        one = BY_ID[row["thesis"]]
        for column, name in FACTS.items():
            found.append(
                Fact(
                    fact_id=fact_id(name, one.id, as_of),
                    metric=name,
                    entity=one.id,
                    observation_date=as_of,
                    value=float(row[column]),
                    unit=one.unit if column == "line" else "count",
                    known_at=row["known_at"] or cutoff(as_of),
                    n_obs=row["known"],
                    first_observation=row["first_day"] or as_of,
                    sources=(),
                    query=stored_query("mart.thesis", column, as_of, {"thesis": one.id}),
                )
            )
    return found


@dataclass(frozen=True)
class Reading:
    """One thesis as an issue prints it.

    - fact: the newest value of its series, also where it is too old to count; measured: what of it
      is held against the line
    - changed_on: the session of the last change, None if there was none since first_day, the first
      with data; both None where there never was any
    - line, held, known: facts of the line, of the weeks in which it held, of those with data
    - weeks: the status at the end of each week, oldest first, by its last session
    - evidence: the newest facts of the series beside it, as far as there are any
    """

    thesis: Thesis
    status: Status
    fact: Fact | None
    measured: float | None
    changed_on: date | None
    first_day: date | None
    line: Fact
    held: Fact
    known: Fact
    weeks: tuple[tuple[date, Status], ...]
    evidence: tuple[Fact, ...]


def readings(card: Scorecard, book: FactBook, as_of: date) -> tuple[Reading, ...]:
    """The scorecard of an evaluation as it is printed, out of its rows and facts."""
    rows = card.readings.sort("place").iter_rows(named=True)
    return tuple(_printed(row, card.weeks, book, as_of) for row in rows)


def _printed(row: Mapping[str, Any], weeks: pl.DataFrame, book: FactBook, as_of: date) -> Reading:
    one = BY_ID[row["thesis"]]
    own = weeks.filter(thesis=one.id).sort("week").select("last_session", "status").iter_rows()
    beside = (book.maybe_latest(*series) for series in one.evidence)
    return Reading(
        thesis=one,
        status=Status(row["status"]),
        fact=book.maybe_latest(one.metric, one.entity),
        measured=row["measured"],
        changed_on=row["changed_on"],
        first_day=row["first_day"],
        line=book[fact_id(FACTS["line"], one.id, as_of)],
        held=book[fact_id(FACTS["held"], one.id, as_of)],
        known=book[fact_id(FACTS["known"], one.id, as_of)],
        weeks=tuple((day, Status(status)) for day, status in own),
        evidence=tuple(fact for fact in beside if fact),
    )
