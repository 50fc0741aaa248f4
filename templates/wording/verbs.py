"""Which word a move may have: its strength by rank, and the conditions of the words beside it.

The printed value decides: what prints 0.0 has not moved, and 59.86 stands at the line of 60.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum

from transforms.formulas.printed_value import whole

NEAR = 2  # points of the printed score within which a line is named
FEW, MANY = 10.0, 90.0  # percentiles of «only» and of «as many as»
SHARP, TURNED_FROM = 95.0, 75.0


class Band(IntEnum):
    """How strong a move is, by its percentile among moves of its span."""

    FLAT = 0
    SLIGHT = 1
    PLAIN = 2
    CLEAR = 3
    GREAT = 4
    EXTREME = 5


EDGES = (75.0, 90.0, 97.5, 99.0)  # percentiles from which the next band begins


@dataclass(frozen=True)
class Verb:
    """The words of one band: of a rise and of a fall, told as past and as news."""

    rose: str
    fell: str
    rises: str
    falls: str

    def past(self, *, up: bool) -> str:
        """As a sentence tells it."""
        return self.rose if up else self.fell

    def present(self, *, up: bool) -> str:
        """As a headline tells it."""
        return self.rises if up else self.falls


ENGLISH = {
    Band.FLAT: Verb("was flat", "was flat", "is flat", "is flat"),
    Band.SLIGHT: Verb("edged up", "slipped", "edges up", "slips"),
    Band.PLAIN: Verb("rose", "fell", "rises", "falls"),
    Band.CLEAR: Verb("climbed", "dropped", "climbs", "drops"),
    Band.GREAT: Verb("jumped", "slumped", "jumps", "slumps"),
    Band.EXTREME: Verb("surged", "plunged", "surges", "plunges"),
}
# A headline is short: it leaves out what a small or a clear move is called.
CHINESE = {
    Band.FLAT: Verb("基本持平", "基本持平", "基本持平", "基本持平"),
    Band.SLIGHT: Verb("小幅上涨", "小幅下跌", "涨", "跌"),
    Band.PLAIN: Verb("上涨", "下跌", "涨", "跌"),
    Band.CLEAR: Verb("明显上涨", "明显下跌", "涨", "跌"),
    Band.GREAT: Verb("大涨", "大跌", "大涨", "大跌"),
    Band.EXTREME: Verb("大涨", "大跌", "大涨", "大跌"),
}


def band(q: float | None, *, printed_zero: bool, dated: bool) -> Band:
    """The band of a move.

    q: its percentile, 0-100, None where the history is too short for one; printed_zero: whether it
    prints as nothing; dated: whether the sentence says since when no other was as large, without
    which no move is extreme.
    """
    if printed_zero:
        return Band.FLAT
    if q is None:
        return Band.PLAIN
    found = Band(bisect_right(EDGES, q) + 1)
    return Band.GREAT if found is Band.EXTREME and not dated else found


def only(percentile: float | None) -> bool:
    """Whether a level is so low in its history that «only» is true of it."""
    return percentile is not None and percentile <= FEW


def as_many_as(percentile: float | None) -> bool:
    """Whether a level is so high in its history that «as many as» is true of it."""
    return percentile is not None and percentile >= MANY


def sharply(q: float | None) -> bool:
    """Whether a change of a balance is large among those of its span."""
    return q is not None and q >= SHARP


def turned_round(change: float, before: float | None, q_before: float | None) -> bool:
    """Whether a move rebounded or fell back: the one before had the other sign, and was large."""
    if before is None or q_before is None:
        return False
    return yet(change, before) and q_before >= TURNED_FROM


def yet(one: float, other: float) -> bool:
    """Whether two facts point opposite ways."""
    return one * other < 0


@dataclass(frozen=True)
class Line:
    """Where a score stands beside a line: below it, at it or above it, and whether near it."""

    side: int
    near: bool


def beside(score: float, line: float) -> Line:
    """Where the printed score stands beside a line."""
    distance = whole(score) - whole(line)
    return Line((distance > 0) - (distance < 0), abs(distance) <= NEAR)


MOMENTUM_FROM, HEAT_FROM = (30, 45, 55, 70), (30, 50, 60, 75)


def value_word(score: float, begins: tuple[int, ...]) -> int:
    """The place of a printed score among the words of strength, 0 for the weakest."""
    return bisect_right(begins, whole(score))
