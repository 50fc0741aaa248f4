"""How far each dataset reaches, how far it should, and what went wrong on the way.

Each dataset is judged by its own publication rule: daily figures by the trading calendar, monthly
ones and lists by the age that they may reach.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import compress

import polars as pl

from flows.ingestion.due_days import answered_days, days_held, lacking, published_days
from flows.workspace import Workspace
from transforms.engine.metric import lineage, metrics
from transforms.issue.staleness import CORE, staleness
from warehouse.catalog import Dataset, catalogue, cutoff
from warehouse.errors import IssueHeld
from warehouse.storage.ddl import asof, stamp
from warehouse.storage.store import Reader, shanghai_date

WINDOW = 30  # days in which gaps, refusals and incidents are counted
BEIJING = "{} + INTERVAL 8 HOUR"  # the operator's clock; the books are in UTC
ASKED_TWICE = 2  # a list that was not asked again for two of its intervals is late
# What counts as a day of a core input: the home market, and more than a few of its shares.
MAINLAND = r"NOT regexp_matches(code, '\.(HK|US)$')"
REMEDY = (
    "Run `briefing collect` or import the missing days, see `briefing status --incidents`, and run "
    "the issue again; `briefing send {}` mails it as it is"
)
COUNTED, FULL = {"index_daily": MAINLAND}, {"stock_daily": 0.5}


def freshness_table(ws: Workspace, as_of: date) -> pl.DataFrame:
    """Per dataset what was known by the end of a day: newest and expected observation, sources."""
    read = frozenset().union(*(lineage(name) for name in metrics()))
    with Reader.open(ws.places.current) as reader:
        rows = [freshness(ws, reader, d, as_of) for d in catalogue().values()]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        read=pl.col("dataset").is_in(read)
    )


def freshness(ws: Workspace, reader: Reader, d: Dataset, as_of: date) -> dict[str, object]:
    """What was known of a dataset at a day's cut-off, and whether that is what there should be."""
    seen = reader.query(
        f"SELECT max({d.dated_by or 'known_at'})::DATE AS newest, max(known_at) AS known_at, "
        "count(*) AS n, string_agg(DISTINCT source, ', ' ORDER BY source) AS sources "
        f"FROM ({known(d, as_of)})"
    ).row(0, named=True)
    # An issue that is made again as of a moment knows of no later fetch.
    asked = "SELECT max(fetched_at) FROM meta.load WHERE dataset = ? AND fetched_at <= ?"
    fetched = reader.query(asked, [d.name, ws.now_utc])
    newest, expected = seen["newest"], expected_day(ws, d, as_of)
    if d.name in CORE:
        newest = newest_whole_day(reader, d, as_of)
    if d.events:
        newest = max((newest, *told(reader, d, as_of)), key=lambda day: day or date.min)
    return {
        "dataset": d.name,
        "label": d.label,
        "newest_observation": newest if d.dated_by else None,
        "expected_observation": expected,
        "behind": sessions_between(ws, newest, expected),
        "known_at": seen["known_at"],
        "fetched_at": fetched.item(),
        "sources": seen["sources"] or "",
        "rows": seen["n"],
        "state": state(
            d,
            as_of,
            rows=seen["n"],
            newest=newest,
            expected=expected,
            asked=asked_at(reader, d, as_of),
        ),
    }


def known(d: Dataset, as_of: date) -> str:
    """SQL for the rows that were known at a day's cut-off, in the version believed then."""
    return asof(d, stamp(cutoff(as_of)))


def newest_whole_day(reader: Reader, d: Dataset, as_of: date) -> date | None:
    """The last day of a core input that is more than a beginning.

    Hong Kong's closes make no new day of the mainland's indices, a handful of quotes none of prices.
    """
    found: date | None = reader.query(
        f"WITH days AS (SELECT {d.dated_by} AS day, count(*) AS n FROM ({known(d, as_of)}) "
        f"WHERE {COUNTED.get(d.name, 'true')} GROUP BY ALL ORDER BY day DESC LIMIT {WINDOW}) "
        "SELECT max(day)::DATE FROM days WHERE n >= ? * (SELECT max(n) FROM days)",
        [FULL.get(d.name, 0.0)],
    ).item()
    return found


def sessions_between(ws: Workspace, newest: date | None, expected: date | None) -> int:
    """How many trading days are due after the newest that is there."""
    if newest is None or expected is None:
        return 0
    return int(ws.calendar.is_between(newest, expected, closed="right").sum())


def hold(ws: Workspace, as_of: date, issue_id: str) -> None:
    """Raises IssueHeld when the core inputs of an issue stand still: it is not mailed by itself."""
    if stale := staleness(freshness_table(ws, as_of)):
        raise IssueHeld(issue_id, [str(one) for one in stale.inputs], REMEDY.format(issue_id))


def state(
    d: Dataset,
    as_of: date,
    *,
    rows: int,
    newest: date | None,
    expected: date | None,
    asked: datetime | None,
) -> str:
    """fresh, late, missing; reference for what has no day on which it is due."""
    if not rows and (newest is None or not d.events):
        return "missing"
    if expected is not None:
        return "fresh" if newest is not None and newest >= expected else "late"
    if d.refresh and asked is not None:
        age = as_of - shanghai_date(asked)
        return "fresh" if age <= ASKED_TWICE * d.refresh else "late"
    return "reference"


def told(reader: Reader, d: Dataset, as_of: date) -> list[date]:
    """The days for which every part of an events dataset was answered."""
    days = [answered_days(reader, d, chain) for chain in d.chains]
    return [day for day in set.intersection(*days) if day <= as_of] if days else []


def asked_at(reader: Reader, d: Dataset, as_of: date) -> datetime | None:
    """When a list was loaded last before a day's cut-off."""
    sql = "SELECT max(fetched_at) FROM meta.load WHERE dataset = ? AND fetched_at <= ?"
    found: datetime | None = reader.query(sql, [d.name, cutoff(as_of)]).item()
    return found


def expected_day(ws: Workspace, d: Dataset, as_of: date) -> date | None:
    """The day whose figures are there by the cut-off; None where no day is due."""
    if d.required_daily or d.events:
        days: list[date] = ws.calendar.filter(
            ws.calendar.is_between(as_of - timedelta(days=WINDOW), as_of)
        ).to_list()
        by = min(cutoff(as_of), ws.now_utc)  # on the day itself, what is out by now
        published = (d.publication.due_on(day, ws.calendar) <= by for day in days)
        return max(compress(days, published), default=None)
    return as_of - d.stale_after if d.stale_after else None


def status_table(ws: Workspace) -> pl.DataFrame:
    """What an operator wants to know of each dataset now: state, last source, gaps, refusals."""
    as_of = ws.resolve(None)
    table = freshness_table(ws, as_of)
    with Reader.open(ws.places.current) as reader:
        troubles = [trouble(ws, reader, d) for d in catalogue().values()]
    shown = table.select(
        "dataset",
        "state",
        newest="newest_observation",
        expected="expected_observation",
        rows="rows",
    )
    return shown.join(
        pl.DataFrame(troubles, infer_schema_length=None), on="dataset", maintain_order="left"
    )


def trouble(ws: Workspace, reader: Reader, d: Dataset) -> dict[str, object]:
    """Gaps among the last published days, rows set aside and incidents of the last month."""
    since = ws.now_utc - timedelta(days=WINDOW)
    last = "SELECT source FROM meta.load WHERE dataset = ? ORDER BY rowid DESC LIMIT 1"
    source = reader.query(last, [d.name])
    counts = {
        "set_aside": "SELECT count(*) FROM raw.rejected WHERE dataset = ? AND rejected_at > ?",
        "incidents": "SELECT count(*) FROM meta.incident WHERE dataset = ? AND happened_at > ?",
    }
    return {
        "dataset": d.name,
        "last_source": source.item() if source.height else None,
        "gaps": gaps(ws, reader, d),
        **{name: reader.query(sql, [d.name, since]).item() for name, sql in counts.items()},
    }


def gaps(ws: Workspace, reader: Reader, d: Dataset) -> int:
    """How many of the last published days lack something, since the data begin."""
    missing: set[date] = set()
    for chain in d.chains:
        days = published_days(ws, d, chain)[-WINDOW:]
        if d.events:
            held = answered_days(reader, d, chain)
            missing |= {day for day in days if held and day >= min(held)} - held
        elif d.required_daily and chain.daily:
            held = set(days_held(reader, d, chain))
            due = [day for day in days if held and day >= min(held)]
            missing |= set(lacking(reader, d, chain, due)["day"])
    return len(missing)


def incident_table(ws: Workspace) -> pl.DataFrame:
    """What went wrong in the last month, newest first."""
    return _recent(
        ws,
        f"SELECT {BEIJING.format('happened_at')} AS beijing_time, dataset, source, kind, message "
        "FROM meta.incident WHERE happened_at > ? ORDER BY happened_at DESC",
    )


def refusal_table(ws: Workspace) -> pl.DataFrame:
    """The rows set aside in the last month, by dataset and rule, with one of them."""
    return _recent(
        ws,
        f"SELECT dataset, rule, count(*) AS rows, {BEIJING.format('max(rejected_at)')} AS "
        "beijing_time, any_value(content) AS one_of_them "
        "FROM raw.rejected WHERE rejected_at > ? GROUP BY ALL ORDER BY dataset, rule",
    )


def _recent(ws: Workspace, sql: str) -> pl.DataFrame:
    with Reader.open(ws.places.current) as reader:
        return reader.query(sql, [ws.now_utc - timedelta(days=WINDOW)])
