"""What a metric declares about itself: dictionary, warehouse and pages need no second source.

A metric is one decorated function in `transforms/metrics/`. Its name is the metric's id. Its
parameters name the frames that it takes (datasets, prepared frames, other metrics); one with the
default None is optional, and None when that frame is absent. It returns the columns entity,
observation_date, value, known_at and, where it counts members, n and coverage. Label, reading and
pitfall stand in the table beside its module (transforms.engine.texts).
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypedDict, TypeVar, Unpack, cast

import polars as pl

from transforms.engine.texts import texts_of

Compute = Callable[..., pl.DataFrame]
Declared = TypeVar("Declared", "Metric", "Prepared")
# The scored rows of every metric that belongs to a block, as one input of a composite.
SCORES = "scores"
# The columns that every metric's row has.
ROW = ("entity", "observation_date", "value", "known_at")
# Observations that a rank needs: two years of days or weeks, three of months (metrics.md 0.9).
FEWEST_DAYS, FEWEST_WEEKS, FEWEST_MONTHS = 500, 104, 36
# Sessions between two observations of what has none on each of them.
WEEKLY, MONTHLY, QUARTERLY, YEARLY = 5, 21, 61, 243
# The parameter by which a prepared frame takes the evaluation's memory.
MEMORY = "memory"

Direction = Literal["momentum", "heat", "context"]


@dataclass(frozen=True)
class Percentile:
    """Score = expanding mid-rank percentile; null before `minimum` observations."""

    minimum: int = FEWEST_DAYS


@dataclass(frozen=True)
class Trailing:
    """Score = mid-rank percentile among the values of a trailing span, `minimum` or more of them.

    For what is compared within its regime only, such as first days.
    """

    span: str = "24mo"
    minimum: int = 10


@dataclass(frozen=True)
class Anchors:
    """Score = straight lines through (value, score) points, for values with their own scale.

    minimum: how many observations the percentile beside it needs: 104 weeks, 36 months.
    """

    points: tuple[tuple[float, float], ...]
    minimum: int = FEWEST_DAYS


@dataclass(frozen=True)
class Robust:
    """Score = 100 * Phi((value - median) / (1.4826 * MAD)), clipped at +-3.

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

    paper: where it comes from, parted by semicolons: an indicator's number, a chapter of
    docs/metrics.md, a publication of bibliography.toml; window: how many observations a value looks
    back on, 0 for all; step: how many sessions lie between two of its own observations; block and
    weight: where the score enters a composite ("heat/leverage"), in per cent of that block, shared
    equally by `entities`; core: its weight in the core of the block's axis, in per cent, shared by
    `core_entities`; max_age: how many sessions a value may be old and still count in either;
    traded: it needs prices as traded, and has no value on adjusted ones.
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
    step: int = 1
    score: ScoreMap = None
    direction: Direction = "context"
    block: str | None = None
    weight: int = 0
    entities: tuple[str, ...] = ()
    core: int = 0
    core_entities: tuple[str, ...] = ()
    max_age: int = 2
    traded: bool = False
    version: int = 1

    @property
    def inputs(self) -> tuple[str, ...]:
        """All frames that the formula takes, by the names of its parameters."""
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

    One that `remembers` takes the evaluation's memory as its argument `memory`.
    """

    id: str
    compute: Compute
    reads: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    remembers: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """All frames that the preparation takes, by the names of its parameters."""
        return self.reads + self.optional


class Declaration(TypedDict, total=False):
    """What a decorator may say of a metric; the fields are those of Metric."""

    unit: str
    paper: str
    window: int
    step: int
    score: ScoreMap
    direction: Direction
    block: str
    weight: int
    entities: tuple[str, ...]
    core: int
    core_entities: tuple[str, ...]
    max_age: int
    traded: bool
    version: int


class Group:
    """What several metrics of a family declare alike: `returns = Group(unit="fraction", ...)`."""

    def __init__(self, **shared: Unpack[Declaration]) -> None:
        self.shared = shared

    def metric(self, **own: Unpack[Declaration]) -> Callable[[Compute], Metric]:
        """The decorated formula as a Metric: what the group declares, and what is its own."""
        return lambda compute: _declare(compute, self.shared | own, own.get("direction"))


def metric(**declared: Unpack[Declaration]) -> Callable[[Compute], Metric]:
    """The decorated formula as a Metric that shares nothing with others.

    Raises KeyError, like Group.metric, when no text is written for it.
    """
    return Group().metric(**declared)


def _declare(compute: Compute, declared: Declaration, direction: Direction | None) -> Metric:
    """The formula as a Metric; a member of a block points the way of the block's axis."""
    name, module = compute.__name__, compute.__module__
    if name not in texts_of(module):
        raise KeyError(f"no texts of {name}: write label, reading and pitfall beside {module}")
    if direction is None and "block" in declared:
        direction = cast("Direction", declared["block"].partition("/")[0])
    if direction is not None:
        declared["direction"] = direction
    reads, optional = _inputs(compute)
    texts = texts_of(module)[name]
    return Metric(
        id=name,
        compute=compute,
        label=texts.label,
        reading=texts.reading,
        pitfall=texts.pitfall,
        reads=reads,
        optional=optional,
        **declared,
    )


def prepared(compute: Compute) -> Prepared:
    """The decorated function as a Prepared frame; its name is the id, its parameters the inputs."""
    reads, optional = _inputs(compute)
    kept = tuple(name for name in reads if name != MEMORY)
    return Prepared(compute.__name__, compute, kept, optional, remembers=kept != reads)


def _inputs(compute: Compute) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parameters of a function: those without a default, and those with one."""
    parameters = inspect.signature(compute).parameters.values()
    needed = tuple(one.name for one in parameters if one.default is one.empty)
    optional = tuple(one.name for one in parameters if one.default is not one.empty)
    return needed, optional


@cache
def metrics() -> dict[str, Metric]:
    """Every metric declared in transforms.metrics, by id, in the order of modules and lines.

    Raises ValueError when two metrics bear one id.
    """
    return _by_id([found for found in _declared() if isinstance(found, Metric)])


@cache
def preparations() -> dict[str, Prepared]:
    """Every shared frame declared in transforms.prepared or beside its metrics, by id."""
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
