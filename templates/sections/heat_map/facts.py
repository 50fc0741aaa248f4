"""What the scores of axes, blocks and indicators were at the end of each of thirteen weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from templates.issue_view import latest
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.axes.composite import AXES, WEIGHTS, members
from transforms.facts import Fact, fact_id
from transforms.findings.span import FULL_WEEK, Kind
from transforms.formulas.printed_value import whole
from transforms.issue.issue import Issue
from transforms.issue.printable import WEEKS

WARM = 50  # a heat block is called the hottest from this score on
CLEAR = 10  # points from which a change is told, and printed bold
SIDES: tuple[Side, ...] = ("momentum", "heat")

Side = Literal["momentum", "heat"]


@dataclass(frozen=True)
class Course:
    """One score at the end of each week, None where it had no data; entity: of the score."""

    entity: str
    weeks: tuple[Fact | None, ...]

    @property
    def now(self) -> Fact | None:
        """The score of the last week, None where it has lost its data."""
        return self.weeks[-1] if self.weeks else None

    @property
    def known(self) -> bool:
        """Whether any week has a score."""
        return any(self.weeks)

    @property
    def change(self) -> int:
        """What it gained over the week, in points as printed; 0 where that is not known."""
        now = self.now
        return whole(now.change_1w) if now and now.change_1w is not None else 0

    def points(self, s: Speller) -> Text:
        """How many points it gained over the week; empty where that is not known."""
        return say("{x}", x=s.week_points(self.now) if self.now else None)

    @property
    def drift(self) -> int:
        """What it gained since the first of the weeks, in points as printed; 0 where not known."""
        first, now = (self.weeks[0], self.weeks[-1]) if self.weeks else (None, None)
        return whole(now.value) - whole(first.value) if first and now else 0


def is_warm(course: Course) -> bool:
    """Whether a score is high enough now for its block to be called the hottest."""
    return course.now is not None and whole(course.now.value) >= WARM


@dataclass(frozen=True)
class Block:
    """A block and those of its indicators that any week has a score of, the highest first."""

    score: Course
    indicators: tuple[Course, ...]


@dataclass(frozen=True)
class Axis:
    """An axis, its blocks, the highest first, those without data last.

    low, high: what it can be, where it is withheld.
    """

    side: Side
    score: Course
    blocks: tuple[Block, ...]
    low: Fact | None
    high: Fact | None

    @property
    def top(self) -> Course | None:
        """The highest of its blocks that have a score now."""
        first = self.blocks[0].score if self.blocks else None
        return first if first and first.now else None


@dataclass(frozen=True)
class HeatMap:
    """Both axes over the weeks; week: whether a change is that of the issue's week."""

    days: tuple[date, ...]
    axes: tuple[Axis, ...]
    week: bool

    @property
    def blocks(self) -> tuple[Course, ...]:
        """All blocks that have a score now."""
        return tuple(b.score for axis in self.axes for b in axis.blocks if b.score.now)

    @property
    def top(self) -> Course | None:
        """The highest block of heat, of momentum where heat has none."""
        return self.axes[-1].top if self.axes else None

    @property
    def moved(self) -> Course | None:
        """The block that moved most over the week, if by as much as is told."""
        most = max(self.blocks, key=lambda one: abs(one.change), default=None)
        return most if most and abs(most.change) >= CLEAR else None

    @property
    def drifted(self) -> Course | None:
        """The block that moved most since the first week, if by as much as is told."""
        most = max(self.blocks, key=lambda one: abs(one.drift), default=None)
        return most if most and abs(most.drift) >= CLEAR else None


def heat_map(issue: Issue) -> HeatMap | None:
    """The scores of thirteen weeks; None before any block has one."""
    days = _week_ends(issue)
    if not days:
        return None
    span = issue.span
    week = span is not None and span.kind is Kind.WEEK and len(span) == FULL_WEEK
    axes = [_axis(issue, side, days) for side in SIDES]
    return HeatMap(days, tuple(axis for axis in axes if axis.top), week)


def _week_ends(issue: Issue) -> tuple[date, ...]:
    """The last scored day of each of the last weeks."""
    days = sorted({fact.observation_date for fact in issue.facts.of("block_score")})
    if not days:
        return ()
    first = days[-1] - timedelta(days=days[-1].weekday() + 7 * (WEEKS - 1))
    closing = {day.isocalendar()[:2]: day for day in days if day >= first}
    return tuple(closing.values())


def _axis(issue: Issue, side: Side, days: tuple[date, ...]) -> Axis:
    metric = AXES[side]
    names = [name for name in WEIGHTS if name.startswith(f"{side}/")]
    blocks = [
        Block(_course(issue, "block_score", name, days), _indicators(issue, name, days))
        for name in names
    ]
    known = sorted((b for b in blocks if b.score.known), key=lambda b: _place(b.score))
    score = _course(issue, metric, "CN", days)
    edges = [None if score.now else latest(issue, f"{metric}_{edge}", "CN")
             for edge in ("low", "high")]  # fmt: skip
    return Axis(side, score, (*known, *(b for b in blocks if not b.score.known)), *edges)


def _indicators(issue: Issue, block: str, days: tuple[date, ...]) -> tuple[Course, ...]:
    names = [f"{block}/{metric.id}" for metric in members() if metric.block == block]
    found = [_course(issue, "indicator_score", name, days) for name in names]
    return tuple(sorted((one for one in found if one.known), key=_place))


def _course(issue: Issue, metric: str, entity: str, days: tuple[date, ...]) -> Course:
    return Course(entity, tuple(issue.facts.get(fact_id(metric, entity, day)) for day in days))


def _place(course: Course) -> tuple[float, str]:
    """Where a score stands among its like: the highest now first, those without one last."""
    return (-course.now.value if course.now else 1.0, course.entity)
