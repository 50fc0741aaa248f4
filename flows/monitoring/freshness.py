"""How far each dataset reaches, how far it should, and what went wrong on the way.

Each dataset is judged by its own publication rule: daily figures by the trading calendar, monthly
ones and lists by the age that they may reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import polars as pl

from flows.workspace import Workspace
from transforms.engine.metric import lineage, metrics
from transforms.issue.staleness import CORE, staleness
from warehouse.catalog import NEVER_DUE, Chain, Dataset, catalogue, cutoff
from warehouse.errors import IssueHeld
from warehouse.records import collection_log, coverage, evaluations
from warehouse.records.collection_log import PartLog
from warehouse.storage.store import Reader

WINDOW = 30  # days in which gaps, refusals and incidents are counted
MOMENTS = {"known_at": pl.Datetime("us"), "fetched_at": pl.Datetime("us")}
REMEDY = (
    "Run `briefing collect` or import the missing days, see `briefing status --incidents`, and run "
    "the issue again; `briefing send {}` mails it as it is"
)


def health(ws: Workspace, as_of: date) -> pl.DataFrame:
    """The freshness table that the issue of a day prints: as its evaluation was made, no later.

    What comes afterwards, of whatever day, is news for another evaluation; of a past day nothing
    counts that was fetched after its end.
    """
    with ws.store.published() as reader:
        measured_at = evaluations.measured_at(reader, as_of)
    if measured_at is None:
        return freshness_table(ws, as_of)
    return freshness_table(ws.at(min(measured_at, cutoff(as_of))), as_of, measured_at)


def freshness_table(ws: Workspace, as_of: date, loaded_by: datetime | None = None) -> pl.DataFrame:
    """Per dataset what was known by the end of a day: newest and expected observation, sources.

    loaded_by: only rows and answers that had been loaded by then (naive UTC). A part that goes by
    the calendar of a foreign exchange, in a dataset that does not, has a row of its own while it is
    late.
    """
    read = frozenset().union(*(lineage(name) for name in metrics()))
    with ws.store.published() as reader:
        rows = [
            row | {"read": d.name in read}
            for d in catalogue().values()
            for row in (
                freshness(ws, reader, d, as_of, loaded_by),
                *late_abroad(ws, reader, d, as_of, loaded_by),
            )
        ]
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=MOMENTS)


def freshness(
    ws: Workspace, reader: Reader, d: Dataset, as_of: date, loaded_by: datetime | None = None
) -> dict[str, object]:
    """What was known of a dataset at a day's cut-off, and whether that is what there should be."""
    seen = coverage.reach(reader, d, as_of, loaded_by=loaded_by)
    newest = seen.newest
    if d.name in CORE:
        newest = coverage.newest_whole_day(reader, d, as_of, loaded_by)
    logs = [log(ws, reader, d, c, loaded_by or NEVER_DUE) for c in d.chains]
    newest = d.cadence.newest(newest, logs, as_of)
    return {
        "dataset": d.name,
        "label": d.label,
        **judged(ws, reader, d, as_of, seen=seen, newest=newest),
    }


def late_abroad(
    ws: Workspace, reader: Reader, d: Dataset, as_of: date, loaded_by: datetime | None = None
) -> Iterator[dict[str, object]]:
    """The parts of a dataset that lack sessions of a foreign exchange of their own."""
    for chain in d.chains:
        if chain.cadence is None or chain.cadence.exchange is None:
            continue
        seen = coverage.reach(reader, d, as_of, chain, loaded_by=loaded_by)
        found = judged(ws, reader, d, as_of, seen=seen, newest=seen.newest, chain=chain)
        if found["state"] == "late":
            name, label = f"{d.name} ({chain.part})", f"{d.label}, {chain.part}"
            yield {"dataset": name, "label": label, **found}


def judged(
    ws: Workspace,
    reader: Reader,
    d: Dataset,
    as_of: date,
    *,
    seen: coverage.Reach,
    newest: date | None,
    chain: Chain | None = None,
) -> dict[str, object]:
    """The newest day of a dataset, or of a part of it, beside the day that is due."""
    cadence = d.cadence_of(chain) if chain else d.cadence
    expected = expected_day(ws, reader, d, as_of, chain)
    return {
        "newest_observation": newest if d.dated_by else None,
        "expected_observation": expected,
        "behind": sessions_between(cadence.sessions(ws.calendar, as_of), newest, expected),
        "known_at": seen.known_at,
        # An issue that is made again as of a moment knows of no later fetch.
        "fetched_at": collection_log.loaded_at(reader, d, ws.now_utc),
        "sources": seen.sources,
        "rows": seen.rows,
        "state": cadence.state(
            as_of,
            rows=seen.rows,
            newest=newest,
            expected=expected,
            read_at=collection_log.loaded_at(reader, d, min(cutoff(as_of), ws.now_utc)),
        ),
    }


def log(
    ws: Workspace, reader: Reader, d: Dataset, chain: Chain, by: datetime = NEVER_DUE
) -> PartLog:
    """The collection log of a part in a file that is open, as it stood at a moment."""
    return PartLog(lambda: reader, d, chain, ws.calendar, by)


def expected_day(
    ws: Workspace, reader: Reader, d: Dataset, as_of: date, chain: Chain | None
) -> date | None:
    """The day whose figures are there by the cut-off; None where no day is due."""
    cadence, rule = (d.cadence_of(chain), d.rule_of(chain)) if chain else (d.cadence, d.publication)
    by = min(cutoff(as_of), ws.now_utc)  # on the day itself, what is out by now
    closed: set[date] = set()
    if cadence.exchange:
        recent = cadence.sessions(ws.calendar, as_of).tail(WINDOW)
        closed = set(coverage.unplanned_closes(reader, cadence.exchange, recent, by))

    def due_on(day: date) -> datetime:
        return NEVER_DUE if day in closed else rule.due_on(day, ws.calendar)

    return cadence.expected(as_of, by, ws.calendar, due_on)


def sessions_between(calendar: pl.Series, newest: date | None, expected: date | None) -> int:
    """How many trading days are due after the newest that is there."""
    if newest is None or expected is None:
        return 0
    return int(calendar.is_between(newest, expected, closed="right").sum())


def hold(ws: Workspace, as_of: date, issue_id: str) -> None:
    """Raises IssueHeld when the core inputs of an issue stand still: it is not mailed by itself."""
    if stale := staleness(health(ws, as_of)):
        raise IssueHeld(issue_id, [str(one) for one in stale.inputs], REMEDY.format(issue_id))


def status_table(ws: Workspace) -> pl.DataFrame:
    """What an operator wants to know of each dataset now: state, last source, gaps, refusals."""
    as_of = ws.resolve(None)
    table = freshness_table(ws, as_of)
    with ws.store.published() as reader:
        troubles = [trouble(ws, reader, d) for d in catalogue().values()]
    shown = table.select(
        "dataset",
        "state",
        newest="newest_observation",
        expected="expected_observation",
        rows="rows",
    )
    return shown.join(
        pl.DataFrame(troubles, infer_schema_length=None),
        on="dataset",
        how="left",
        maintain_order="left",
    )


def trouble(ws: Workspace, reader: Reader, d: Dataset) -> dict[str, object]:
    """Gaps among the last published days, rows quarantined and incidents of the last month."""
    return {
        "dataset": d.name,
        "last_source": collection_log.last_source(reader, d),
        "gaps": gaps(ws, reader, d),
        **collection_log.troubles(reader, d, month_ago(ws)),
    }


def gaps(ws: Workspace, reader: Reader, d: Dataset) -> int:
    """How many of the last published days lack something, since the data begin."""
    missing: set[date] = set()
    for chain in d.chains:
        days = d.published_days(chain, ws.calendar, ws.now_utc)[-WINDOW:]
        missing |= d.cadence_of(chain).gaps(days, log(ws, reader, d, chain))
    return len(missing)


def incident_table(ws: Workspace) -> pl.DataFrame:
    """What went wrong in the last month, newest first."""
    with ws.store.published() as reader:
        return collection_log.incident_table(reader, month_ago(ws))


def refusal_table(ws: Workspace) -> pl.DataFrame:
    """The rows and fields quarantined in the last month, by dataset and rule, with one of them."""
    with ws.store.published() as reader:
        return collection_log.rejected_table(reader, month_ago(ws))


def month_ago(ws: Workspace) -> datetime:
    return ws.now_utc - timedelta(days=WINDOW)
