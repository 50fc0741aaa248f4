"""How far each dataset reaches, how far it should, and what went wrong on the way.

Each dataset is judged by its own publication rule: daily figures by the trading calendar, monthly
ones and lists by the age that they may reach.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import polars as pl

from flows.workspace import Workspace
from transforms.engine.metric import lineage, metrics
from transforms.issue.staleness import CORE, staleness
from warehouse.catalog import NEVER_DUE, Chain, Dataset, catalogue, cutoff
from warehouse.errors import IssueHeld
from warehouse.records import collection_log, coverage, evaluations
from warehouse.records.collection_log import PartLog
from warehouse.records.coverage import Reach
from warehouse.storage.store import Reader

WINDOW = 30  # days in which gaps, refusals and incidents are counted
MOMENTS = {"known_at": pl.Datetime("us"), "fetched_at": pl.Datetime("us")}
REMEDY = (
    "Run `briefing collect` or import the missing days, see `briefing status --incidents`, and run "
    "the issue again; `briefing send {}` mails it as it is"
)


@dataclass(frozen=True)
class Stand:
    """An open file, as it stood at the end of a day: what is asked of all datasets is asked once.

    names: the datasets that are looked at. loaded_by: only rows and answers that had been loaded by
    then (naive UTC).
    """

    ws: Workspace
    reader: Reader
    as_of: date
    names: Collection[str]
    loaded_by: datetime | None = None

    @property
    def datasets(self) -> list[Dataset]:
        return [d for d in catalogue().values() if d.name in self.names]

    @cached_property
    def reach(self) -> dict[tuple[str, str | None], Reach]:
        """How far a dataset (name, None) reaches, or its part that has an exchange of its own."""
        parts: list[tuple[Dataset, Chain | None]] = [(d, None) for d in self.datasets]
        parts += [(d, chain) for d in self.datasets for chain in abroad(d)]
        found = coverage.reaches(self.reader, parts, self.as_of, self.loaded_by)
        names = [(d.name, chain.part if chain else None) for d, chain in parts]
        return dict(zip(names, found, strict=True))

    @cached_property
    def fetched_at(self) -> dict[str, datetime]:
        """When each dataset was loaded last, by now."""
        return collection_log.loaded_at(self.reader, self.ws.now_utc)

    @cached_property
    def read_at(self) -> dict[str, datetime]:
        """When each dataset was loaded last, by the end of the day."""
        return collection_log.loaded_at(self.reader, self.out_by)

    @property
    def out_by(self) -> datetime:
        """The cut-off, or on the day itself now (naive UTC): what is out by then is expected."""
        return min(cutoff(self.as_of), self.ws.now_utc)

    @cached_property
    def unplanned(self) -> dict[str, set[date]]:
        """The expected sessions of each foreign exchange that did not take place lately."""
        own = [d.cadence for d in self.datasets]
        own += [chain.cadence for d in self.datasets for chain in abroad(d) if chain.cadence]
        found: dict[str, set[date]] = {}
        for exchange in {one.exchange for one in own if one.exchange}:
            sessions = [one.sessions(self.ws.calendar, self.as_of).tail(WINDOW)
                        for one in own if one.exchange == exchange]  # fmt: skip
            recent = pl.concat(sessions).unique().sort()
            closed = coverage.unplanned_closes(self.reader, exchange, recent, self.out_by)
            found[exchange] = set(closed)
        return found


def abroad(d: Dataset) -> list[Chain]:
    """The parts of a dataset that go by a foreign exchange of their own."""
    return [one for one in d.chains if one.cadence is not None and one.cadence.exchange is not None]


def health(ws: Workspace, as_of: date, names: Collection[str] | None = None) -> pl.DataFrame:
    """The freshness table that the issue of a day prints: as its evaluation was made, no later.

    What comes afterwards, of whatever day, is news for another evaluation; of a past day nothing
    counts that was fetched after its end. names: of these datasets only.
    """
    with ws.store.published() as reader:
        measured_at = evaluations.measured_at(reader, as_of)
    if measured_at is None:
        return freshness_table(ws, as_of, names=names)
    then = ws.at(min(measured_at, cutoff(as_of)))
    return freshness_table(then, as_of, measured_at, names)


def freshness_table(
    ws: Workspace,
    as_of: date,
    loaded_by: datetime | None = None,
    names: Collection[str] | None = None,
) -> pl.DataFrame:
    """Per dataset what was known by the end of a day: newest and expected observation, sources.

    loaded_by: only rows and answers that had been loaded by then (naive UTC). names: of these
    datasets only. A part that goes by the calendar of a foreign exchange, in a dataset that does
    not, has a row of its own while it is late.
    """
    read = frozenset().union(*(lineage(name) for name in metrics()))
    with ws.store.published() as reader:
        stand = Stand(ws, reader, as_of, catalogue() if names is None else names, loaded_by)
        rows = [
            # Of a partitioned dataset there are figures, and no page prints what they say.
            row | {"read": d.name in read and not d.partitioned}
            for d in stand.datasets
            for row in (freshness(stand, d), *late_abroad(stand, d))
        ]
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=MOMENTS)


def freshness(stand: Stand, d: Dataset) -> dict[str, object]:
    """What was known of a dataset at a day's cut-off, and whether that is what there should be."""
    newest = stand.reach[d.name, None].newest
    if d.name in CORE:
        newest = coverage.newest_whole_day(stand.reader, d, stand.as_of, stand.loaded_by)
    by = stand.loaded_by or NEVER_DUE
    logs = [log(stand.ws, stand.reader, d, c, by) for c in d.chains]
    newest = d.cadence.newest(newest, logs, stand.as_of)
    return {"dataset": d.name, "label": d.label, **judged(stand, d, newest)}


def late_abroad(stand: Stand, d: Dataset) -> Iterator[dict[str, object]]:
    """The parts of a dataset that lack sessions of a foreign exchange of their own."""
    for chain in abroad(d):
        found = judged(stand, d, stand.reach[d.name, chain.part].newest, chain)
        if found["state"] == "late":
            name, label = f"{d.name} ({chain.part})", f"{d.label}, {chain.part}"
            yield {"dataset": name, "label": label, **found}


def judged(
    stand: Stand, d: Dataset, newest: date | None, chain: Chain | None = None
) -> dict[str, object]:
    """The newest day of a dataset, or of a part of it, beside the day that is due."""
    cadence = d.cadence_of(chain) if chain else d.cadence
    seen = stand.reach[d.name, chain.part if chain else None]
    expected = expected_day(stand, d, chain)
    sessions = cadence.sessions(stand.ws.calendar, stand.as_of)
    return {
        "newest_observation": newest if d.dated_by else None,
        "expected_observation": expected,
        "behind": sessions_between(sessions, newest, expected),
        "known_at": seen.known_at,
        # An issue that is made again as of a moment knows of no later fetch.
        "fetched_at": stand.fetched_at.get(d.name),
        "sources": seen.sources,
        "rows": seen.rows,
        "state": cadence.state(
            stand.as_of,
            rows=seen.rows,
            newest=newest,
            expected=expected,
            read_at=stand.read_at.get(d.name),
        ),
    }


def log(
    ws: Workspace, reader: Reader, d: Dataset, chain: Chain, by: datetime = NEVER_DUE
) -> PartLog:
    """The collection log of a part in a file that is open, as it stood at a moment."""
    return PartLog(lambda: reader, d, chain, ws.calendar, by)


def expected_day(stand: Stand, d: Dataset, chain: Chain | None) -> date | None:
    """The day whose figures are there by the cut-off; None where no day is due."""
    calendar = stand.ws.calendar
    cadence, rule = (d.cadence_of(chain), d.rule_of(chain)) if chain else (d.cadence, d.publication)
    closed = stand.unplanned[cadence.exchange] if cadence.exchange else set()

    def due_on(day: date) -> datetime:
        return NEVER_DUE if day in closed else rule.due_on(day, calendar)

    return cadence.expected(stand.as_of, stand.out_by, calendar, due_on)


def sessions_between(calendar: pl.Series, newest: date | None, expected: date | None) -> int:
    """How many trading days are due after the newest that is there."""
    if newest is None or expected is None:
        return 0
    return int(calendar.is_between(newest, expected, closed="right").sum())


def hold(ws: Workspace, as_of: date, issue_id: str) -> None:
    """Raises IssueHeld when the core inputs of an issue stand still: it is not mailed by itself."""
    if stale := staleness(health(ws, as_of, CORE)):
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
