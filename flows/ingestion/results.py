"""What becomes of a part of a dataset while it is collected, and the book of what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from flows.network.transport import Recorder
from flows.workspace import Workspace
from warehouse.catalog import Call, Chain, Dataset, Source
from warehouse.errors import BriefingError


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
    spoken: set[tuple[date, str]] = field(default_factory=set)  # days and labels with an answer

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
        asked = f"{count:,} request{'s' if count != 1 else ''}"
        return (
            f"{self.dataset} ({self.part}): {self.state}, {self.received:,} rows{source}, {asked}"
        )


class CollectionIncomplete(BriefingError):
    """Something that was due could not be collected; the rest was."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = list(outcomes)
        lines = [o.shortfall for o in outcomes if o.missing]
        super().__init__("not everything could be collected:\n  " + "\n  ".join(lines))


@dataclass(frozen=True)
class Job:
    """One part of one dataset being collected."""

    ws: Workspace
    dataset: Dataset
    chain: Chain
    recorder: Recorder
    outcome: Outcome
    backfill: bool = False

    def heard(self, calls: Iterable[Call]) -> None:
        """Note that an upstream has answered these calls, be it that it has nothing yet."""
        self.outcome.spoken |= {(day, call.label) for call in calls for day in call.days}

    def answered(
        self, source: str, days: Iterable[tuple[date, str | None]], *, absent: bool = False
    ) -> list[dict[str, object]]:
        """The book entries of days, and entities, for which an upstream has answered in full."""
        entry = {
            "dataset": self.dataset.name,
            "part": self.chain.part,
            "source": source,
            "answered_at": self.ws.now_utc,
            "absent": absent,
        }
        return [entry | {"for_day": day, "entity": entity} for day, entity in days]

    def remember(self, entries: Iterable[dict[str, object]]) -> None:
        """Write down for which days somebody has answered."""
        with self.ws.writing() as warehouse:
            warehouse.append("meta.answered", entries)

    def note(self, source: Source, error: BriefingError) -> None:
        """Write an incident down."""
        self.outcome.incidents.append(str(error))
        with self.ws.writing() as warehouse:
            warehouse.append("meta.incident", [self.incident(source, error)])

    def incident(self, source: Source, error: BriefingError) -> dict[str, object]:
        """The book entry of something that went wrong."""
        return {
            "dataset": self.dataset.name,
            "source": source.name,
            "kind": type(error).__name__,
            "message": str(error),
            "happened_at": self.ws.now_utc,
        }
