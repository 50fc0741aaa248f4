"""How far back each dataset must reach, as metrics declare it: windows and fewest observations.

A value looks back on the window of its metric, which counts what it reads through other metrics,
and a score on a number of values. Composites of scores begin when their members do, and are left
out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from transforms.engine.metric import (
    SCORES,
    Metric,
    Percentile,
    Robust,
    ScoreMap,
    Trailing,
    lineage,
    metrics,
    preparations,
)


@dataclass(frozen=True)
class Need:
    """What the metrics want of a dataset: so many trading days, for these families."""

    sessions: int
    families: tuple[str, ...]


def fewest(score: ScoreMap) -> int:
    """How many values a score needs."""
    return score.minimum if isinstance(score, Percentile | Robust | Trailing) else 1


def looks_back(one: Metric) -> int:
    """Sessions from the first observation that a metric reads to the first day with its score."""
    return max(one.window, 1) + (fewest(one.score) - 1) * one.step


@cache
def needs() -> dict[str, Need]:
    """What the metrics want of each dataset that they read."""
    sessions: dict[str, int] = defaultdict(int)
    families: dict[str, set[str]] = defaultdict(set)
    for one in metrics().values():
        if composed(one.id):
            continue
        for dataset in lineage(one.id):
            sessions[dataset] = max(sessions[dataset], looks_back(one))
            families[dataset].add(one.family)
    return {name: Need(sessions[name], tuple(sorted(families[name]))) for name in sorted(sessions)}


@cache
def composed(name: str) -> bool:
    """Whether a metric or a prepared frame is made of the scores of others."""
    declared = metrics().get(name) or preparations().get(name)
    return name == SCORES or (declared is not None and any(map(composed, declared.inputs)))
