"""Which parts of which datasets need rows of which others, and the order that follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from warehouse.cadence import Cadence, Daily, PerShare
from warehouse.catalog import Chain, Dataset, Source

CALENDAR = "trade_calendar"


class Needy(Protocol):
    """Work that needs rows, and brings some: names of datasets, or of parts of them."""

    @property
    def after(self) -> frozenset[str]:
        """What must be there first."""

    @property
    def brings(self) -> set[str]:
        """What others wait for."""


Some = TypeVar("Some", bound=Needy)


def waves(works: Sequence[Some]) -> tuple[tuple[Some, ...], ...]:
    """The work in waves, each after those whose rows it needs, in the order given."""
    left, found = list(works), []
    while left:
        to_come = set().union(*(w.brings for w in left))
        wave = [w for w in left if not (w.after & to_come)] or left
        found.append(tuple(wave))
        left = [w for w in left if w not in wave]
    return tuple(found)


def part(d: Dataset, chain: Chain) -> str:
    return f"{d.name} ({chain.part})"


def reads(d: Dataset, chain: Chain, by_share: PerShare | None) -> frozenset[str]:
    """The datasets and parts whose rows a part needs: to be read, dated, checked, or listed."""
    sql = [query for source in chain.sources for query in queries(source)]
    claims = {s.plausibility.claims.of for s in chain.sources if s.plausibility.claims}
    found = tables(*sql, *((by_share.backfill,) if by_share else ())) | claims | {CALENDAR}
    if by_share:  # a list of shares may be of those that an earlier part has found
        found |= {part(d, c) for c in d.chains[: d.chains.index(chain)]}
    return frozenset(found - {d.name})


def share_by_share(cadence: Cadence) -> PerShare | None:
    """How the past of a part is read share by share, if it is."""
    if isinstance(cadence, PerShare):
        return cadence
    return cadence.past if isinstance(cadence, Daily) else None


def queries(source: Source) -> list[str]:
    """The SQL on core that a source's rows follow from, or are checked by."""
    totals = (total.known for total in source.plausibility.totals)
    return [sql for sql in (source.query, source.plausibility.listed, *totals) if sql]


def tables(*sql: str) -> set[str]:
    """The datasets that queries read."""
    return {name for text in sql for name in re.findall(r"core\.(\w+)", text)}
