"""What followed readings like those of an issue, as its pages tell it: out of rows and facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from transforms.facts import Fact, FactBook, fact_id
from transforms.outlook.followed import KEY, Followed
from transforms.outlook.readings import Condition


@dataclass(frozen=True)
class Case:
    """One earlier case: the day of the reading, the sessions it is measured from and to."""

    day: date
    begins: date
    ends: date
    realised: Fact
    fall: Fact


@dataclass(frozen=True)
class Aftermath:
    """What followed one reading, on one index, within one horizon.

    - kind, entity: of the finding, or state, momentum, heat of CN; day: of the reading
    - metric, condition: what a day had to meet to be like it
    - measured_on, horizon: the index, and after how many sessions
    - cases: how many independent ones there were since `since`
    - median, lower, upper, fall: of eight cases and more, else None; fall: the median of the
      largest fall on the way
    - listed: the cases one by one, oldest first, where they are fewer than eight
    - base, base_fall: the medians of all sessions since then, None where none was over
    """

    kind: str
    entity: str
    metric: str
    condition: Condition
    day: date
    measured_on: str
    horizon: int
    cases: Fact
    since: date
    median: Fact | None
    lower: Fact | None
    upper: Fact | None
    fall: Fact | None
    base: Fact | None
    base_fall: Fact | None
    listed: tuple[Case, ...]


def aftermaths(followed: Followed, book: FactBook) -> tuple[Aftermath, ...]:
    """What followed each reading, in the order of the rows: by reading, index and horizon."""
    listed = followed.cases.rows_by_key(list(KEY), named=True)
    return tuple(
        _one(row, tuple(_cases(row, listed.get(_key(row), []), book)), book)
        for row in followed.summary.iter_rows(named=True)
    )


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)


def _one(row: Mapping[str, Any], cases: tuple[Case, ...], book: FactBook) -> Aftermath:
    def fact(column: str) -> Fact | None:
        return book.get(_id(row, column, row["observation_date"]))

    return Aftermath(
        kind=row["kind"],
        entity=row["entity"],
        metric=row["metric"],
        condition=Condition(row["shape"], row["side"], row["sessions"], row["least"]),
        day=row["observation_date"],
        measured_on=row["measured_on"],
        horizon=row["horizon"],
        cases=book[_id(row, "cases", row["observation_date"])],
        since=row["since"],
        median=fact("median_return"),
        lower=fact("lower_return"),
        upper=fact("upper_return"),
        fall=fact("median_fall"),
        base=fact("base_median_return"),
        base_fall=fact("base_median_fall"),
        listed=cases,
    )


def _cases(row: Mapping[str, Any], found: list[dict[str, Any]], book: FactBook) -> Iterator[Case]:
    """The cases that are listed: those whose numbers are facts."""
    for case in sorted(found, key=lambda one: one["observation_date"]):
        day = case["observation_date"]
        realised, fall = (book.get(_id(row, name, day)) for name in ("realised", "fall"))
        if realised and fall:
            yield Case(day, case["begins"], case["ends"], realised, fall)


def _id(row: Mapping[str, Any], column: str, day: date) -> str:
    metric = f"followed_{row['kind']}_{column}_{row['horizon']}d"
    return fact_id(metric, f"{row['entity']}/{row['measured_on']}", day)
