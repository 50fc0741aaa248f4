"""One wide view per family of metrics, out of meta.metric:
a row a day, a column a metric, to plot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from warehouse.storage.ddl import quoted

PREFIX = "wide_"
KEYS = {
    "as_of": "The date of the newest evaluation, which these values are from",
    "entity": "What is measured: index, share, sector, exchange or country",
    "observation_date": "The day that the values describe",
}


def name(family: str) -> str:
    """The view of a family, with its schema."""
    return f"mart.{PREFIX}{family}"


def views(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The statements that make the views; entries: rows of meta.metric."""
    by_family = sorted(entries, key=lambda one: (one["family"], one["metric"]))
    for family, members in groupby(by_family, key=lambda one: one["family"]):
        yield from _view(family, list(members))


def _view(family: str, members: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = [one["metric"] for one in members]
    columns = ", ".join(f"max(value) FILTER (metric = '{one}') AS {one}" for one in names)
    chosen = ", ".join(quoted(one) for one in names)
    yield (
        f"CREATE OR REPLACE VIEW {name(family)} AS SELECT as_of, entity, observation_date, {columns} "
        f"FROM mart.metric WHERE as_of = (SELECT max(as_of) FROM mart.metric) "
        f"AND metric IN ({chosen}) GROUP BY as_of, entity, observation_date"
    )
    about = f"The metrics of {family} side by side, from the newest evaluation"
    yield f"COMMENT ON VIEW {name(family)} IS {quoted(about)}"
    comments = KEYS | {one["metric"]: _comment(one) for one in members}
    for column, comment in comments.items():
        yield f"COMMENT ON COLUMN {name(family)}.{column} IS {quoted(comment)}"


def _comment(one: Mapping[str, Any]) -> str:
    """What an analyst has to know of a column before plotting it."""
    return f"{one['label']} [{one['unit']}]: {one['formula']} {one['pitfall']}".strip()
