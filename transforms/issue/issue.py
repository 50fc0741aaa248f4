"""Everything that one briefing is rendered from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, wraps
from typing import TypeVar

import polars as pl

from transforms.ahead.entry import Entry
from transforms.facts import FactBook
from transforms.findings.dated_events import events_of
from transforms.findings.finding import Finding
from transforms.findings.span import Span
from transforms.issue.claims import ClaimCheck
from transforms.issue.doubts import DOUBTS
from transforms.issue.missing import ABSENCE
from transforms.issue.restatements import RESTATEMENTS
from transforms.issue.revisions import Replaced, Restated
from transforms.issue.scorecard import Reading
from transforms.issue.staleness import Stale, staleness
from transforms.outlook.aftermath import Aftermath, aftermaths
from transforms.outlook.backtest import Outlook


@dataclass(frozen=True)
class Substitute:
    """A text of a dataset with characters that the page cannot show.

    entity: who bears it; shown: how it is shown; characters: their code points.
    """

    dataset: str
    entity: str
    shown: str
    characters: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """What restatements were looked for in: the day of the last issue, and its numbers."""

    as_of: date
    numbers: int


@dataclass(frozen=True)
class Issue:
    """Everything that one briefing is rendered from.

    - issue_id: 2026-W03 for the regular one of a week, 2026-01-13 for one between two of them
    - as_of: the day it stands for; requested: the day that was asked for (differs on holidays)
    - cutoff: naive UTC
    - series: the metric frame of the last two years
    - health: one row per dataset: dataset, label, newest_observation, expected_observation, behind
      (trading days between them), known_at, fetched_at, sources, rows, state, read (whether a
      metric reads it)
    - discrepancies: see transforms.issue.reconciliation
    - gaps: what no source offers (subject, since, why, instead)
    - refusals: rows set aside in the month before (dataset, rule, rows, last)
    - names: entity → Chinese name; name_origins: entity → the dataset that the name is from
    - movers: see transforms.issue.movers
    - outlook: see transforms.outlook.backtest
    - absent: what was not measured and why, see transforms.issue.missing
    - restatements: what changed of what the issue before printed, see
      transforms.issue.restatements
    - compared: what they were looked for in, None where no issue before is known
    - ahead: the calendar of the next two weeks, see transforms.ahead.event_calendar
    - theses: where each of the nine stands, see transforms.issue.scorecard
    - doubted: data in doubt, see transforms.issue.doubts
    - findings: what happened in the span, the most surprising first; span: the sessions that the
      issue is about, None where there are none
    - replaced: the revision before that this one stands for, None of a first one
    - restated: what sources have restated since the cut-off of what is printed
    - substituted: the texts that the page shows with substitutes, see templates.glyphs
    """

    issue_id: str
    as_of: date
    requested: date
    cutoff: datetime
    facts: FactBook
    series: pl.DataFrame
    health: pl.DataFrame
    discrepancies: pl.DataFrame
    gaps: pl.DataFrame
    refusals: pl.DataFrame
    claims: tuple[ClaimCheck, ...]
    simulated: bool
    names: Mapping[str, str]
    movers: pl.DataFrame
    outlook: Outlook = field(default_factory=Outlook.empty)
    absent: pl.DataFrame = field(default_factory=ABSENCE.to_frame)
    doubted: pl.DataFrame = field(default_factory=DOUBTS.to_frame)
    restatements: pl.DataFrame = field(default_factory=RESTATEMENTS.to_frame)
    compared: Compared | None = None
    ahead: tuple[Entry, ...] = ()
    theses: tuple[Reading, ...] = ()
    name_origins: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    span: Span | None = None
    replaced: Replaced | None = None
    restated: tuple[Restated, ...] = ()
    substituted: tuple[Substitute, ...] = ()

    def values_of(self, metric: str) -> pl.DataFrame:
        """The values of one metric: entity, observation_date, value; in the order of `series`."""
        return self._values[metric] if metric in self._values else self._values[""]

    @cached_property
    def _values(self) -> Mapping[str, pl.DataFrame]:
        """Values by metric, parted once, since pages ask for hundreds; under "" there are none."""
        values = self.series.select("metric", "entity", "observation_date", "value").drop_nulls(
            "value"
        )
        parts = values.partition_by("metric", as_dict=True, include_key=False)
        return {"": values.drop("metric").clear()} | {name: rows for (name,), rows in parts.items()}

    @property
    def followed(self) -> tuple[Aftermath, ...]:
        """What followed readings like those of the issue, see transforms.outlook.aftermath."""
        return aftermaths(self.outlook.followed, self.facts)

    @property
    def events(self) -> tuple[Finding, ...]:
        """What was announced in the span or came into force in it, by day."""
        return events_of(self.findings)

    @property
    def stale(self) -> Stale | None:
        """The stale core inputs, if any; then nothing is worded in the present tense."""
        return staleness(self.health)


T = TypeVar("T")


def once_an_issue(work: Callable[[Issue], T]) -> Callable[[Issue], T]:
    """Have what follows from an issue alone worked out once, for all languages and its mail."""
    name = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def known(issue: Issue) -> T:
        kept = vars(issue)
        if name not in kept:
            kept[name] = work(issue)
        answer: T = kept[name]
        return answer

    return known
