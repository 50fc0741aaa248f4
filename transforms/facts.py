"""The numbers that a briefing may print, each with its date, history, sources and query.

Nothing is printed that is not a Fact; what a Fact holds is decided here, how it is worded is
decided in the templates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Self

from transforms.formulas.expressions import MIN_RECORD_OBSERVATIONS
from warehouse.errors import UnknownFact
from warehouse.storage.ddl import quoted

WEEK = 5  # observations of a daily series


@dataclass(frozen=True)
class Fact:
    """One number: a value of one metric for one entity on one day, and what its history says.

    change_1w: value minus the value 5 observations before; first_observation: where the history
    starts; highest_since: last earlier day with a value at least as high; largest_since: last
    earlier day of the same sign at least as large; record, previous_record: whether all earlier
    values are lower, and the day of the highest of them. None where it does not apply, and where
    the history is too short to have a record (`has_record`).
    """

    fact_id: str
    metric: str
    entity: str
    observation_date: date
    value: float
    unit: str
    known_at: datetime
    n_obs: int
    first_observation: date
    sources: tuple[str, ...]
    query: str
    score: float | None = None
    percentile: float | None = None
    percentile_5y: float | None = None
    n: int | None = None
    coverage: float | None = None
    change_1w: float | None = None
    highest_since: date | None = None
    largest_since: date | None = None
    record: bool | None = None
    previous_record: date | None = None
    previous_record_value: float | None = None

    @property
    def has_record(self) -> bool:
        """Whether the history is long enough for a record, or for «the highest since»."""
        return self.n_obs >= MIN_RECORD_OBSERVATIONS

    def as_dict(self) -> dict[str, object]:
        """The fact as plain JSON values, without the keys that do not apply."""
        return {name: _plain(value) for name, value in vars(self).items() if value is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The fact that as_dict wrote."""
        read: dict[str, Any] = dict(values)
        read |= {name: date.fromisoformat(read[name]) for name in _DAYS if name in read}
        read["known_at"] = datetime.fromisoformat(read["known_at"])
        read["sources"] = tuple(read["sources"])
        return cls(**read)


_DAYS = (
    "observation_date",
    "first_observation",
    "highest_since",
    "largest_since",
    "previous_record",
)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


class FactBook:
    """All facts of one issue, in the order of metric, entity and day; looked up by fact_id."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._by_id = {fact.fact_id: fact for fact in facts}
        self._latest = {(fact.metric, fact.entity): fact for fact in self._by_id.values()}

    def __getitem__(self, fact_id: str) -> Fact:
        """The fact of that id; UnknownFact with the nearest ids when there is none."""
        if fact_id not in self._by_id:
            raise UnknownFact(fact_id, list(self._by_id))
        return self._by_id[fact_id]

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._by_id.values())

    def __contains__(self, fact_id: object) -> bool:
        return fact_id in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, fact_id: str) -> Fact | None:
        """The fact of that id, None when there is none."""
        return self._by_id.get(fact_id)

    def on(self, metric: str, entity: str, day: date) -> Fact:
        """The fact of that day; UnknownFact when there is none."""
        return self[fact_id(metric, entity, day)]

    def latest(self, metric: str, entity: str) -> Fact:
        """The newest fact of a series, whatever its date; UnknownFact when there is none."""
        if (metric, entity) not in self._latest:
            raise UnknownFact(f"{metric}/{entity}", ["/".join(key) for key in self._latest])
        return self._latest[metric, entity]

    def maybe_latest(self, metric: str, entity: str) -> Fact | None:
        """The newest fact of a series, None when there is none."""
        return self._latest.get((metric, entity))

    def of(self, metric: str) -> tuple[Fact, ...]:
        """All facts of a metric, by entity and day."""
        return tuple(self._by_metric.get(metric, ()))

    @cached_property
    def _by_metric(self) -> Mapping[str, Sequence[Fact]]:
        found: dict[str, list[Fact]] = {}
        for fact in self:
            found.setdefault(fact.metric, []).append(fact)
        return found

    @cached_property
    def as_json(self) -> bytes:
        """All facts as a file; kept, since it is what identifies an issue too."""
        return _as_file(self.as_dicts())

    def json_of(self, names: Container[str]) -> bytes:
        """The same with only the facts that are named."""
        return _as_file([one.as_dict() for one in self if one.fact_id in names])

    def as_dicts(self) -> list[dict[str, object]]:
        """All facts as plain JSON values."""
        return [fact.as_dict() for fact in self]


def _as_file(facts: list[dict[str, object]]) -> bytes:
    """A fact a line: `indent` would have each of five thousand written by Python, not by C."""
    lines = ",\n".join(json.dumps(fact, ensure_ascii=False) for fact in facts)
    return f"[\n{lines}\n]\n".encode()


def fact_id(metric: str, entity: str, day: date) -> str:
    """The stable name of a fact."""
    return f"{metric}/{entity}/{day.isoformat()}"


# The parts of a stored query, for who shows many of them as one. Of its conditions the day of the
# issue is left out: it is the same in all.
STORED = re.compile(r"SELECT (?P<column>\w+) FROM (?P<table>\S+)")
CONDITION = re.compile(
    r"(?<=AND )(?P<name>\w+) = (?P<day>DATE )?(?:'(?P<text>(?:[^']|'')*)'|(?P<number>\d+))"
)


def stored_query(table: str, column: str, as_of: date, where: Mapping[str, object]) -> str:
    """SQL for one number of the published warehouse: the column of the row so named."""
    named = "".join(f" AND {name} = {_literal(value)}" for name, value in where.items())
    return f"SELECT {column} FROM {table} WHERE as_of = DATE '{as_of}'{named}"


def _literal(value: object) -> str:
    """A value as SQL."""
    if isinstance(value, int):
        return str(value)
    return f"DATE '{value}'" if isinstance(value, date) else quoted(str(value))
