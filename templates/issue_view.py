"""What an issue knows about one metric: its latest fact, the one before, its history.

Sections ask here and nowhere else, so that "the latest" means the same on every page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from templates.format import Day, Number, decimal, short_day
from templates.page import Source
from templates.wording.catalogue import host, is_host
from templates.wording.speller import Late, Speller
from transforms.facts import Fact
from transforms.issue.issue import Issue

BETWEEN = {"en": ", ", "zh": "、"}  # names in a row
LATE_STATES = ("late", "missing")
# A file is named after its dataset, which stands beside it already.
IMPORTED = re.compile(r"import \S+\.(parquet|csv)")


@dataclass(frozen=True)
class History:
    """One metric of one entity over time, oldest first."""

    days: list[date]
    values: list[float]

    def __len__(self) -> int:
        return len(self.days)

    def last(self, count: int) -> History:
        """The newest `count` observations."""
        return History(self.days[-count:], self.values[-count:])

    def since(self, first: date) -> History:
        """The observations from `first` on."""
        kept = [(d, v) for d, v in zip(self.days, self.values, strict=True) if d >= first]
        return History([d for d, _ in kept], [v for _, v in kept])

    def weekly(self, count: int) -> History:
        """The last observation of each of the newest `count` ISO weeks that have one."""
        closing = {d.isocalendar()[:2]: (d, v) for d, v in zip(self.days, self.values, strict=True)}
        kept = list(closing.values())[-count:]
        return History([d for d, _ in kept], [v for _, v in kept])


@dataclass(frozen=True)
class Footing:
    """What a figure or table stands on, for the line under it."""

    sources: tuple[str, ...]
    newest: Day | None
    refs: tuple[str, ...]


def found(issue: Issue, metric: str, entity: str) -> list[Fact]:
    """All facts of one metric and entity, oldest first."""
    chosen = [fact for fact in issue.facts.of(metric) if fact.entity == entity]
    return sorted(chosen, key=lambda fact: fact.observation_date)


def latest(issue: Issue, metric: str, entity: str) -> Fact | None:
    """The newest fact, or None if the metric has never been computed."""
    return issue.facts.maybe_latest(metric, entity)


def earlier(issue: Issue, metric: str, entity: str) -> Fact | None:
    """The fact of the observation before the newest one."""
    facts = found(issue, metric, entity)
    return facts[-2] if len(facts) > 1 else None


def newest_of_each(issue: Issue, metric: str) -> list[Fact]:
    """The newest fact of every entity that has one, ordered by entity."""
    names = sorted({fact.entity for fact in issue.facts.of(metric)})
    return [issue.facts.latest(metric, name) for name in names]


def history(issue: Issue, metric: str, entity: str) -> History:
    """The series behind a figure; empty if the metric has no values."""
    rows = issue.values_of(metric).filter(pl.col("entity") == entity).sort("observation_date")
    return History(rows["observation_date"].to_list(), rows["value"].to_list())


def entities(issue: Issue, metric: str) -> list[str]:
    """The entities that have values of this metric, in alphabetical order."""
    return sorted(issue.values_of(metric)["entity"].unique().to_list())


def footing(issue: Issue, *facts: Fact | None) -> Footing:
    """The sources, newest date and fact names of what is shown, each once."""
    present = [f for f in facts if f is not None]
    sources = sorted({IMPORTED.sub("import", name) for fact in present for name in fact.sources})
    newest = max((f.observation_date for f in present), default=None)
    refs = tuple(dict.fromkeys(f"{f.metric}/{f.entity}" for f in present))
    return Footing(tuple(sources), _day(newest, issue.as_of), refs)


def late(issue: Issue, *datasets: str) -> list[Late]:
    """The datasets, of those named, that are late or missing, in no language."""
    rows = issue.health.filter(
        pl.col("state").is_in(LATE_STATES), pl.col("dataset").is_in(datasets)
    ).sort("dataset")
    names = ("dataset", "label", "newest_observation", "expected_observation")
    # When nothing new has come at all, the head of each page says so.
    return (
        []
        if issue.stale and issue.stale.whole
        else [Late(*r) for r in rows.select(names).iter_rows()]
    )


def sourced(
    issue: Issue, speller: Speller, *facts: Fact | None, refs: Sequence[str] | None = None
) -> Source:
    """The line under a block: how far its facts reach, their sources, and the names of its series.

    refs: the names, where there are too many facts to name each.
    """
    under = footing(issue, *facts)
    newest = max((f.observation_date for f in facts if f), default=None)
    text = speller.source(newest, hosts_told(under.sources, speller))
    return Source(text, tuple(refs or under.refs), newest, under.sources)


def hosts_told(hosts: Sequence[str], speller: Speller) -> str:
    """Hosts as the reader's language names them; what only the data name stays as it is there.

    A source may name several hosts: each is told once.
    """
    told = (host(part, speller.code) for one in hosts for part in _parts(one))
    return BETWEEN[speller.code].join(dict.fromkeys(told))


def _parts(name: str) -> Sequence[str]:
    """The hosts that a source names, if each has a name of its own."""
    parts = name.split(", ")
    return parts if all(map(is_host, parts)) else (name,)


def counted(number: int, ref: str) -> Number:
    """A count that the page makes of what it shows."""
    return Number(decimal(number, 0), ref)


def _day(day: date | None, as_of: date) -> Day | None:
    return None if day is None else short_day(day, as_of)


def blocks(issue: Issue, side: str) -> list[Fact]:
    """The blocks of an axis on the last day that one has, the highest first.

    A block of an earlier day has lost its data: it is no part of the score of that day.
    """
    names = [name for name in entities(issue, "block_score") if name.startswith(f"{side}/")]
    known = [fact for name in names if (fact := latest(issue, "block_score", name))]
    last = max((fact.observation_date for fact in known), default=None)
    scored = (fact for fact in known if fact.observation_date == last)
    return sorted(scored, key=lambda fact: (-fact.value, fact.entity))
