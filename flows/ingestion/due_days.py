"""What is published by now and not in the warehouse: decided from the calendar, before any call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from flows.workspace import Workspace
from warehouse.catalog import Chain, Dataset, Request
from warehouse.storage.store import Reader, shanghai_date

COLD_START = 5  # days that a first collection looks back
WINDOW = 30  # days in which later collections look for gaps
WEEKLY, SATURDAY = timedelta(days=6), 5
FULL = 0.9  # a day with fewer of the rows of the fullest day near it is a gap

Span = tuple[date, date]


def wanted(
    ws: Workspace, d: Dataset, chain: Chain, span: Span | None, *, named: bool = False
) -> Request:
    """The published days that a part lacks, and the codes that lack something on them.

    named: somebody asked for this dataset by its name, so that a list is asked for before its time.
    """
    days = published_days(ws, d, chain)
    with ws.reading_writer() as reader:
        if span is not None:
            days = [day for day in days if span[0] <= day <= span[1]]
        elif not named and fresh(ws, reader, d, chain, days):
            days = []
        else:
            days = days[since(reader, d, chain, days) :]
        codes = shares(reader, d, chain, days, backfill=span is not None)
        if d.events:
            answered = answered_days(reader, d, chain)
            days = [day for day in days if day not in answered]
        elif d.required_daily and not codes:
            gaps = lacking(reader, d, chain, days)
            days, codes = days_of(gaps), codes_of(gaps)
    return Request(tuple(days), ws.now, codes, tuple(ws.calendar))


def published_days(ws: Workspace, d: Dataset, chain: Chain) -> list[date]:
    """The days whose figures are out by now, oldest first: trading days, or all days."""
    past: list[date] = ws.calendar.filter(ws.calendar <= ws.today).to_list()
    if d.every_day:
        past = pl.date_range(past[0], ws.today, eager=True).to_list()
    rule = chain.publication or d.publication
    while past and rule.column and rule.due_on(past[-1], ws.calendar) > ws.now_utc:
        past.pop()
    return past


def fresh(
    ws: Workspace, reader: Reader | None, d: Dataset, chain: Chain, days: Sequence[date]
) -> bool:
    """Whether a list has answered in full so lately that it need not be asked again.

    Lists of a week or more are asked from Saturday on, for the weekly issue: counted from the last
    answer alone, they would wander to Friday, then Thursday, and each issue would have an older one.
    A page that shows a trading day is asked once the next day is out: on Monday morning it shows
    Friday's still, and by the evening Monday's must not count as asked.
    """
    refresh = chain.refresh or d.refresh
    if not refresh or reader is None:
        return False
    newest = "SELECT max(answered_at) FROM meta.answered WHERE dataset = ? AND part = ?"
    last = reader.query(newest, [d.name, chain.part]).item()
    if last is None:
        return False
    if refresh < WEEKLY and d.trading_day and days:
        rule = chain.publication or d.publication
        return bool(last >= rule.due_on(days[-1], ws.calendar))
    if refresh < WEEKLY:
        return bool(ws.now_utc - last < refresh)
    this_week = shanghai_date(last) >= saturday(ws.today)
    return bool(this_week or ws.now_utc - last < refresh - WEEKLY)


def saturday(day: date) -> date:
    """The last Saturday up to a day."""
    return day - timedelta(days=(day.weekday() - SATURDAY) % 7)


def since(reader: Reader | None, d: Dataset, chain: Chain, days: Sequence[date]) -> int:
    """Where a collection begins to look: a window back, further if the data end before it, and
    never before the data begin, because the past is a back-fill's matter.
    """
    if not (d.required_daily or d.events):
        return -WINDOW
    held = answered_days(reader, d, chain) if d.events else set(days_held(reader, d, chain))
    if not held:
        return -(1 if chain.shares else COLD_START)  # share by share, more would take hours
    first, last = min(held), max(held)
    later = sum(day > last for day in days)
    begun = sum(day >= first for day in days)
    return -max(min(max(later, WINDOW), begun), 1)


def answered_days(reader: Reader | None, d: Dataset, chain: Chain) -> set[date]:
    """The days for which a source has answered in full, and those that an imported file spans.

    Rows that follow from another dataset's are made from these wherever they are there: an imported
    file of such rows knows less.
    """
    if reader is None:
        return set()
    follows = all(s.query for s in chain.sources)
    sql = """
        SELECT for_day AS day FROM meta.answered WHERE dataset = ? AND part = ?
        UNION
        SELECT unnest(generate_series(first_date, last_date, INTERVAL 1 DAY))::DATE
        FROM meta.load WHERE dataset = ? AND starts_with(source, 'import ') AND NOT ?
    """
    return set(reader.query(sql, [d.name, chain.part, d.name, follows])["day"])


def days_held(reader: Reader | None, d: Dataset, chain: Chain) -> pl.Series:
    """The days of which a part has something; of all shares, those that are not mere beginnings."""
    if reader is None:
        return pl.Series("day", [], pl.Date)
    of = f"WHERE list_contains(?, {chain.column})" if chain.entities else ""
    there = reader.query(
        f"SELECT {d.dated_by} AS day, count(*) AS len FROM core.{d.name} {of} GROUP BY ALL",
        [list(chain.entities)] if chain.entities else [],
    )
    return (there if chain.entities else full_days(there))["day"]


def lacking(reader: Reader | None, d: Dataset, chain: Chain, days: Sequence[date]) -> pl.DataFrame:
    """The days, and of a part with entities the entities, of which something must be there and is
    not: columns day, entity.
    """
    there = pl.DataFrame(schema={"day": pl.Date, "entity": pl.String})
    if reader is not None and days:
        sql = (
            f"SELECT {d.dated_by} AS day, {chain.column or 'NULL'}::VARCHAR AS entity "
            f"FROM core.{d.name} WHERE {d.dated_by} BETWEEN ? AND ?"
        )
        there = reader.query(sql, [min(days), max(days)])
    asked = pl.DataFrame({"day": days}, schema={"day": pl.Date})
    if not chain.entities:
        return asked.join(
            full_days(there.group_by("day").len()), on="day", how="anti"
        ).with_columns(entity=pl.lit(None, pl.String))
    members = pl.DataFrame({"entity": list(chain.entities), "first": list(chain.entities.values())})
    due = asked.join(members, how="cross").filter(pl.col("first") <= pl.col("day"))
    return due.drop("first").join(there, on=["day", "entity"], how="anti").sort("day", "entity")


def full_days(counts: pl.DataFrame) -> pl.DataFrame:
    """The days (columns day, len) that are not mere beginnings, as a cut-off back-fill leaves."""
    return counts.filter(pl.col("len") >= FULL * pl.col("len").max())


def days_of(gaps: pl.DataFrame) -> list[date]:
    return gaps["day"].unique().sort().to_list()


def codes_of(gaps: pl.DataFrame) -> tuple[str, ...]:
    return tuple(gaps["entity"].drop_nulls().unique().sort())


def shares(
    reader: Reader | None, d: Dataset, chain: Chain, days: Sequence[date], *, backfill: bool
) -> tuple[str, ...]:
    """The shares that have to be asked for one by one: those listed that lack a bar on some day."""
    sql = chain.shares and (chain.shares.backfill if backfill else chain.shares.collect)
    if not sql or reader is None or not days:
        return ()
    listed = reader.query(sql).select("code")
    if d.trading_day:
        complete = reader.query(
            f"SELECT code FROM core.{d.name} WHERE list_contains(?, {d.trading_day}) "
            "GROUP BY code HAVING count(*) >= ?",
            [list(days), len(days)],
        )
        listed = listed.join(complete, on="code", how="anti")
    return tuple(listed["code"].sort())
