"""Blocks that came or went between two marks of the map, and moved an axis by that alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from templates.format import MINUS, Number, decimal
from templates.issue_view import history
from transforms.axes.composite import WEIGHTS
from transforms.formulas.printed_value import whole
from transforms.issue.issue import Issue

CLEAR = 5  # points of an axis: a smaller shift is not told


@dataclass(frozen=True)
class Shift:
    """A block without a score on one mark and with one on the next, or the other way round.

    points: how much that alone moved the axis, of 100.
    """

    side: str
    block: str
    before: date
    day: date
    back: bool
    points: int

    @property
    def told(self) -> Number:
        """The points as the page prints them."""
        text = decimal(abs(self.points), 0)
        return Number(f"{'+' if self.points > 0 else MINUS}{text}", f"axis#{self.side}/shift")


def shift(issue: Issue, side: str, days: Sequence[date]) -> Shift | None:
    """The newest block of an axis that came or went between two marks and moved it clearly.

    days: of the marks, rising.
    """
    names = [name for name in WEIGHTS if name.startswith(f"{side}/")]
    scores: dict[date, dict[str, float]] = {}
    for name in names:
        past = history(issue, "block_score", name)
        for day, value in zip(past.days, past.values, strict=True):
            scores.setdefault(day, {})[name] = value
    for before, day in reversed([*pairwise(days)]):
        then, now = scores.get(before, {}), scores.get(day, {})
        for name in names:
            if (name in then) is not (name in now) and then and now:
                points = _moved_by(name, now) if name in now else -_moved_by(name, then)
                if abs(points) >= CLEAR:
                    return Shift(side, name, before, day, name in now, points)
    return None


def _moved_by(name: str, scores: Mapping[str, float]) -> int:
    """How much higher an axis is for one of its blocks, in points."""
    others = {other: value for other, value in scores.items() if other != name}
    return whole(_mean(scores)) - whole(_mean(others)) if others else 0


def _mean(scores: Mapping[str, float]) -> float:
    weight = sum(WEIGHTS[name] for name in scores)
    return sum(WEIGHTS[name] * value for name, value in scores.items()) / weight
