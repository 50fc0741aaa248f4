"""What a metric declares about itself: dictionary, warehouse and pages need no second source.

A metric is one decorated function in `transforms/metrics/`: it takes the frames it `reads`, in
that order, then the `optional` ones (None when absent), and returns the columns entity,
observation_date, value, known_at and, where it counts members, n and coverage.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar

import polars as pl

Compute = Callable[..., pl.DataFrame]
Declared = TypeVar("Declared", "Metric", "Prepared")
# The scored rows of every metric that belongs to a block, as one input of a composite.
SCORES = "scores"

Direction = Literal["momentum", "heat", "context"]


@dataclass(frozen=True)
class Percentile:
    """Score = expanding mid-rank percentile; null before `minimum` observations (S-pct)."""

    minimum: int = 500


@dataclass(frozen=True)
class Trailing:
    """Score = mid-rank percentile among the values of a trailing span, `minimum` or more of them.

    For what is compared within its regime only, such as first days (S-pct over 24 months).
    """

    span: str = "24mo"
    minimum: int = 10


@dataclass(frozen=True)
class Anchors:
    """Score = straight lines through (value, score) points, for values with their own scale.

    minimum: how many observations the percentile beside it needs: 104 weeks, 36 months.
    """

    points: tuple[tuple[float, float], ...]
    minimum: int = 500


@dataclass(frozen=True)
class Robust:
    """Score = 100 * Phi((value - median) / (1.4826 * MAD)), clipped at +-3 (S-rob).

    For short or strongly skewed histories; null before `minimum` observations.
    """

    minimum: int = 40


@dataclass(frozen=True)
class Itself:
    """The value is a score already."""


ScoreMap = Percentile | Trailing | Anchors | Robust | Itself | None


@dataclass(frozen=True)
class Metric:
    """One declared metric; `compute` holds the formula.

    reading says how to read a value, pitfall what may deceive about it;
    block and weight: where the score enters a composite ("heat/leverage"), shared equally by
    `entities`; max_age: how many sessions a value may be old and still count there; traded: it needs
    prices as traded, and is silent on adjusted ones.
    """

    id: str
    compute: Compute
    unit: str
    label: str
    reading: str
    paper: str
    pitfall: str = ""
    reads: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    window: int = 1
    score: ScoreMap = None
    direction: Direction = "context"
    block: str | None = None
    weight: float = 1.0
    entities: tuple[str, ...] = ()
    max_age: int = 2
    traded: bool = False
    version: int = 1

    @property
    def inputs(self) -> tuple[str, ...]:
        """All frames that the formula takes, in the order of its arguments."""
        return self.reads + self.optional

    @property
    def family(self) -> str:
        """The module that declares it: price, margin, breadth."""
        return self.compute.__module__.rpartition(".")[2]

    @property
    def formula(self) -> str:
        """The first paragraph of the formula's docstring, in one line."""
        return " ".join((self.compute.__doc__ or "").split("\n\n")[0].split())


@dataclass(frozen=True)
class Prepared:
    """A frame that several metrics share, computed once per evaluation and never published.

    One that `remembers` is handed the evaluation's memory as its last argument.
    """

    id: str
    compute: Compute
    reads: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    remembers: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """All frames that the preparation takes, in the order of its arguments."""
        return self.reads + self.optional


def metric(
    identifier: str,
    **declared: Any,
) -> Callable[[Compute], Metric]:
    """The decorated formula as a Metric; the keywords are its fields."""
    return lambda compute: Metric(id=identifier, compute=compute, **declared)


def prepared(
    identifier: str,
    **declared: Any,
) -> Callable[[Compute], Prepared]:
    """The decorated function as a Prepared frame; the keywords are its fields."""
    return lambda compute: Prepared(id=identifier, compute=compute, **declared)


@cache
def metrics() -> dict[str, Metric]:
    """Every metric declared in transforms.metrics, by id, in the order of modules and lines.

    Raises ValueError when two metrics bear one id.
    """
    return _by_id([found for found in _declared() if isinstance(found, Metric)])


@cache
def preparations() -> dict[str, Prepared]:
    """Every shared frame declared in transforms.prepared, by id."""
    return _by_id([found for found in _declared() if isinstance(found, Prepared)])


def _declared() -> Iterator[object]:
    for name in ("transforms.prepared", "transforms.metrics"):
        package = importlib.import_module(name)
        for module in pkgutil.iter_modules(package.__path__, f"{name}."):
            yield from vars(importlib.import_module(module.name)).values()


def _by_id(declared: list[Declared]) -> dict[str, Declared]:
    """The declarations by id; an imported declaration is the same object and counts once."""
    by_id: dict[str, Declared] = {}
    for one in declared:
        if by_id.setdefault(one.id, one) is not one:
            raise ValueError(f"two declarations share the id {one.id!r}: rename one of them")
    return by_id


@cache
def lineage(name: str) -> frozenset[str]:
    """The datasets that a metric or prepared frame follows from, through all steps between."""
    if name == SCORES:
        inputs = tuple(one.id for one in metrics().values() if one.block is not None)
    else:
        declared = metrics().get(name) or preparations().get(name)
        if declared is None:
            return frozenset({name})
        inputs = declared.inputs
    return frozenset().union(*(lineage(one) for one in inputs))
