"""One part of a dataset while it is collected, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from flows.ingestion.collection import Collection
from flows.network.transport import Recorder
from warehouse.cadence import Absent, Cadence
from warehouse.catalog import Call, Chain, Dataset, Source
from warehouse.errors import BriefingError
from warehouse.records.collection_log import PartLog, add_answered, add_incidents


@dataclass
class Outcome:
    """What became of one part of a dataset."""

    dataset: str
    part: str
    sources: list[str] = field(default_factory=list)
    received: int = 0
    new: int = 0
    revised: int = 0
    rejected: int = 0
    missing: list[str] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    answered: set[tuple[date, str]] = field(default_factory=set)  # days and labels with an answer

    @property
    def state(self) -> str:
        if not self.missing:
            return "complete"
        return "partial" if self.received else "failed"

    @property
    def shortfall(self) -> str:
        """What is missing and why, in a line."""
        reason = self.incidents[-1] if self.incidents else "no source can serve it; try a back-fill"
        more = " …" if len(self.missing) > 5 else ""
        what = ", ".join(self.missing[:5]) + more
        return f"{self.dataset} ({self.part}) {self.state}: missing {what}; {reason}"

    @property
    def account(self) -> dict[str, object]:
        """What came of it, as a row of the collection's table."""
        hosts = ", ".join(f"{host} {count:,}" for host, count in self.requests.most_common())
        return {
            "dataset": self.dataset,
            "part": self.part,
            "state": self.state,
            "source": ", ".join(self.sources),
            "rows": self.received,
            "new": self.new,
            "revised": self.revised,
            "rejected": self.rejected,
            "requests": hosts,
            "missing": ", ".join(self.missing[:5]),
        }

    @property
    def line(self) -> str:
        """The same in a sentence."""
        source = f" from {', '.join(self.sources)}" if self.sources else ""
        count = self.requests.total()
        requests = f"{count:,} request{'s' if count != 1 else ''}"
        came = f"{self.state}, {self.received:,} rows{source}"
        return f"{self.dataset} ({self.part}): {came}, {requests}"


class CollectionIncomplete(BriefingError):
    """Something that was due could not be collected; the rest was."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = list(outcomes)
        lines = [o.shortfall for o in outcomes if o.missing]
        super().__init__("not everything could be collected:\n  " + "\n  ".join(lines))


class NetworkDown(CollectionIncomplete):
    """No host could be reached; the others were not tried."""

    def __init__(self, said: str, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = list(outcomes)
        BriefingError.__init__(
            self,
            f"{said}. Nothing else was requested; see to the connection, or to the proxy, and run "
            "the same command again.",
        )


@dataclass(frozen=True)
class Job:
    """One part of one dataset being collected."""

    run: Collection
    dataset: Dataset
    chain: Chain
    recorder: Recorder
    outcome: Outcome
    backfill: bool = False
    wanted: tuple[date, ...] = ()  # the days that were asked for at first

    @property
    def cadence(self) -> Cadence:
        return self.dataset.cadence_of(self.chain)

    @cached_property
    def keeps_pages(self) -> bool:
        """Whether rows of days that nobody asked for are kept: of a part that has none yet."""
        if not self.cadence.keeps_pages or (self.backfill and not self.run.bootstrap):
            return False
        with self.log() as log:
            return not log.held_days()

    def log(self) -> AbstractContextManager[PartLog]:
        """The collection log of the part, for a look."""
        return self.run.log(self.dataset, self.chain)

    def answered(self, calls: Iterable[Call]) -> None:
        """Note that an upstream has answered these calls, be it that it has nothing yet."""
        self.outcome.answered |= {(day, call.label) for call in calls for day in call.days}

    def log_answered(self, source: str, days: Sequence[Absent], *, absent: bool = False) -> None:
        """Log days, and entities, that a source has answered in full, or without their rows."""
        if days:
            with self.run.writing(self.dataset.name) as warehouse:
                now = self.run.ws.now_utc
                add_answered(
                    warehouse,
                    self.dataset,
                    self.chain,
                    source,
                    days,
                    answered_at=now,
                    absent=absent,
                )

    def log_incident(self, source: Source, error: BriefingError) -> None:
        """Log what went wrong with a source, and keep it for the account."""
        self.outcome.incidents.append(str(error))
        with self.run.writing(self.dataset.name) as warehouse:
            add_incidents(warehouse, self.dataset, source, [error], self.run.ws.now_utc)
