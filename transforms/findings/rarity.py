"""How rare a move or a level is in its own history.

Every surprise has one unit, so that unlike things can be ranked: log10 of how many spans one waits
for something as far out. Of a move over the span that is -log10 of the share of the history that
is as far out. Of a day it is that less log10 of the days among which it was the rarest, for a span
has five of them. A level lasts: what is so week after week is no news, so that one waits no longer
than since the last of its kind. Where less than a year is known, nothing is surprising.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import numpy as np
import numpy.typing as npt

FEWEST = 250  # observations that a percentile or a record needs

YEAR = 250  # sessions of which a peak is the highest, and which a new high must have been awaited

Values = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Rarity:
    """Where the last value of a series stands in its history.

    - q: percentile in the direction of the value, 0-100; None with fewer than 250 observations
    - surprise: log10 of how many spans one waits for it; 0 where q is None
    - since: the last day before on which it was as far out, in the same direction; None if never
    - record: nothing in the whole history is as far out, spans that overlap this one included
    - first: where the history starts; observations: how many values it has
    - low: far out is far down: a fall, or a level that is told as a low one
    """

    q: float | None
    surprise: float
    since: date | None
    record: bool
    first: date
    observations: int
    low: bool = False

    @property
    def percentile(self) -> float | None:
        """Where the value itself stands, 0-100: of the 2% largest falls it is the second."""
        return self.q if self.q is None or not self.low else 100 - self.q


def rarity_of_move(days: Days, moves: Values, overlap: int) -> Rarity:
    """Rarity of the last of the moves, each over the same number of sessions: `overlap`.

    days: on which each move ends, oldest first; moves: finite. The day as large is looked for among
    moves that share no session with the last one.
    """
    last = moves[-1]
    low = bool(last < 0)
    return _rarity(days, -moves if low else moves, max(overlap, 1), same_sign=True, low=low)


def rarity_of_level(days: Days, levels: Values, *, high: bool) -> Rarity:
    """Rarity of the last of the levels, as a high one or as a low one."""
    return _rarity(days, levels if high else -levels, 1, same_sign=False, low=not high)


def _rarity(days: Days, outward: Values, overlap: int, *, same_sign: bool, low: bool) -> Rarity:
    here, n = outward[-1], len(outward)
    as_far = int((outward >= here).sum())
    below = float((outward < here).sum() + ((outward == here).sum() - 1) / 2)
    enough = n >= FEWEST
    earlier = outward[: max(n - overlap, 0)]
    like = np.flatnonzero((earlier >= here) & ((earlier > 0) | (not same_sign)))
    before = cast("date", days[int(like[-1])].item()) if like.size else None
    return Rarity(
        q=100 * below / max(n - 1, 1) if enough else None,
        surprise=-math.log10(as_far / (n + 1)) if enough else 0.0,
        since=before,
        record=enough and as_far == 1 and (here > 0 or not same_sign),
        first=cast("date", days[0].item()),
        observations=n,
        low=low,
    )


def unranked(day: date) -> Rarity:
    """The rarity of what has no history that it could be held against."""
    return Rarity(None, 0.0, None, record=False, first=day, observations=1)


def rarity_either_way(days: Days, levels: Values) -> Rarity:
    """Rarity of the last of the levels as a high one or as a low one, whichever it is."""
    ways = (rarity_of_level(days, levels, high=high) for high in (True, False))
    return max(ways, key=lambda one: one.q or 0.0)


def once_in(days: Days, times: int, span: int) -> Rarity:
    """The rarity of what happened so many times on these days, the last time within the span.

    span: observations of the span, times the series in any of which it would have been seen.
    """
    first, enough = cast("date", days[0].item()), len(days) >= FEWEST
    surprise = math.log10(len(days) / max(times, 1) / max(span, 1)) if enough else 0.0
    return Rarity(None, max(surprise, 0.0), None, record=False, first=first, observations=len(days))


def among(rarity: Rarity, many: int) -> Rarity:
    """The rarity of the rarest of so many things looked at: days of a span, unlike terms."""
    return replace(rarity, surprise=max(rarity.surprise - math.log10(max(many, 1)), 0.0))


def awaited(rarity: Rarity, levels: Values, begins: int, span: int, *, high: bool) -> Rarity:
    """The rarity of the last of the levels, no more surprising than its kind was awaited.

    begins: how many levels lie before the span; span: how many the span has. Of its kind is a level
    as far out; where the span had the farthest of a year, or of all, another one that was: a record
    after a record is no news.
    """
    outward = levels if high else -levels
    alike = outward[:begins] >= outward[-1]
    place = begins + int(np.argmax(outward[begins:]))
    if is_farthest(outward, place, place):
        alike |= _farthest(outward[:begins], begins)
    elif is_farthest(outward, place, YEAR):
        alike |= _farthest(outward[:begins], YEAR)
    last = np.flatnonzero(alike)
    waited = begins - int(last[-1]) if last.size else begins + 1
    surprise = min(rarity.surprise, math.log10(waited / max(span, 1)))
    return replace(rarity, surprise=max(surprise, 0.0))


def is_farthest(outward: Values, place: int, before: int) -> bool:
    """Whether a value is farther out than so many before it, which must be there: a year's."""
    if place < max(before, YEAR):
        return False
    return bool(outward[place - before : place].max() < outward[place])


def _farthest(outward: Values, before: int) -> npt.NDArray[np.bool_]:
    """Which of the values are farther out than so many before them, or than all: a year's."""
    found = np.zeros(len(outward), dtype=np.bool_)
    if len(outward) <= YEAR:
        return found
    if before >= len(outward):
        farthest = np.maximum.accumulate(outward)[YEAR - 1 : -1]
    else:
        farthest = np.lib.stride_tricks.sliding_window_view(outward, YEAR).max(axis=1)[:-1]
    found[YEAR:] = outward[YEAR:] > farthest
    return found
