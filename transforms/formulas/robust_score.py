"""Where a value stands against the median and the spread of the values up to it (metrics.md 0.9).

Exact and in one pass: the values so far are kept in order, so that the median is read off, and the
median distance from it follows from a bisection, because the nearest values lie side by side.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence

NORMAL = 1.4826  # the median distance of a normal variable times this is its standard deviation
FARTHEST = 3.0


def robust_scores(values: Iterable[float], minimum: int) -> Iterator[float | None]:
    """100 * Phi((x - median) / (1.4826 * MAD)), clipped at ±3, of each value among those so far.

    None for the first minimum - 1 values, and while at least half of them are equal to the median,
    so that there is no spread. Source: metrics.md 0.9.
    """
    ordered: list[float] = []
    for value in values:
        insort(ordered, value)
        yield _score(ordered, value) if len(ordered) >= minimum else None


def _score(ordered: Sequence[float], value: float) -> float | None:
    middle = median(ordered)
    spread = NORMAL * median_distance(ordered, middle)
    if spread == 0.0:
        return None
    z = max(-FARTHEST, min(FARTHEST, (value - middle) / spread))
    return 50 * (1 + math.erf(z / math.sqrt(2)))


def median(ordered: Sequence[float]) -> float:
    """The median of numbers in ascending order."""
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2


def median_distance(ordered: Sequence[float], middle: float) -> float:
    """The median of the distances of ascending numbers from a point among them."""
    half = len(ordered) // 2
    above = _nearest(ordered, middle, half + 1)
    return above if len(ordered) % 2 else (_nearest(ordered, middle, half) + above) / 2


def _nearest(ordered: Sequence[float], middle: float, count: int) -> float:
    """The distance of the count-th nearest number: the nearest ones stand side by side."""
    first = bisect_left(
        range(len(ordered) - count),
        True,  # noqa: FBT003
        key=lambda start: middle - ordered[start] <= ordered[start + count] - middle,
    )
    return max(middle - ordered[first], ordered[first + count - 1] - middle)
