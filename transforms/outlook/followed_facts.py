"""What followed readings like this, as facts: medians beside the base rate, or the cases alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from transforms.engine.metric import lineage
from transforms.facts import Fact, fact_id, stored_query
from transforms.outlook.followed import FEWEST_CASES, KEY, Followed

# Printed of eight cases and more; of fewer the cases are listed.
SPREAD = ("lower_return", "median_return", "upper_return", "median_fall")
USUAL = ("base_median_return", "base_median_fall")
CASE = ("realised", "fall")


def followed_facts(
    followed: Followed, as_of: date, sources: Mapping[str, Sequence[str]]
) -> Iterator[Fact]:
    """The numbers of what followed that an issue may print.

    Metric: followed_<kind>_<column>_<horizon>d; entity: that of the reading / the index; day: of
    the reading, and of a case its own.
    """
    listed: dict[tuple[object, ...], tuple[str, ...]] = {}
    for row in followed.summary.iter_rows(named=True):
        read = frozenset({"index_daily"}) | lineage(row["metric"])
        origins = tuple(sorted({one for name in read for one in sources.get(name, ())}))
        is_few = row["cases"] < FEWEST_CASES
        if is_few:
            listed[_key(row)] = origins
        for column in ("cases", *(() if is_few else SPREAD), *USUAL):
            if row[column] is None:  # no day of the past has a return that was over by then
                continue
            of = row["base_days"] if column in USUAL else row["cases"]
            yield _fact("mart.followed", row, column, as_of, About(of, row["since"], origins))
    for row in followed.cases.iter_rows(named=True):
        if _key(row) in listed:
            about = About(1, row["begins"], listed[_key(row)])
            for column in CASE:
                yield _fact("mart.followed_case", row, column, as_of, about)


def _key(row: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(row[name] for name in KEY)


class About(NamedTuple):
    """What a number rests on: of how many cases or days, since when, from which sources."""

    n: int
    since: date
    origins: tuple[str, ...]


def _fact(table: str, row: Mapping[str, Any], column: str, as_of: date, about: About) -> Fact:
    """One number of a row."""
    metric = f"followed_{row['kind']}_{column}_{row['horizon']}d"
    entity, day = f"{row['entity']}/{row['measured_on']}", row["observation_date"]
    where = {name: row[name] for name in (*KEY, *(("observation_date",) if column in CASE else ()))}
    return Fact(
        fact_id=fact_id(metric, entity, day),
        metric=metric,
        entity=entity,
        observation_date=day,
        value=float(row[column]),
        unit="count" if column == "cases" else "fraction",
        known_at=row["known_at"],
        n_obs=about.n,
        n=about.n,
        first_observation=about.since,
        sources=about.origins,
        query=stored_query(table, column, as_of, where),
    )
