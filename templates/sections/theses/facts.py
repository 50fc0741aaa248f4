"""Where the nine theses stand, and what became of the article's claims, in no language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from transforms.facts import Fact
from transforms.findings.span import Span
from transforms.issue.claims import ClaimCheck, Verdict
from transforms.issue.issue import Issue
from transforms.issue.scorecard import Reading, Status

# These warn where they hold; the others support the advance.
WARNINGS = ("leverage", "concentration", "overbought", "blow-off")
TONES: dict[Verdict, Literal["support", "heat", "grey", ""]] = {
    Verdict.HOLDS: "support",
    Verdict.IN_PART: "support",
    Verdict.BROKEN: "heat",
    Verdict.UNTESTABLE: "grey",
}
# How a title counts the verdicts.
VERDICTS = {
    "stand": (Verdict.HOLDS,),
    "part": (Verdict.IN_PART,),
    "wrong": (Verdict.MISDATED, Verdict.WEAKENED, Verdict.BROKEN),
    "untested": (Verdict.UNTESTABLE,),
}


@dataclass(frozen=True)
class Standing:
    """One thesis. warns: it is a warning and no support; new: it changed within the span."""

    reading: Reading
    warns: bool
    new: bool

    @property
    def holds(self) -> bool:
        """Whether it holds: a support carries, a warning is on."""
        return self.reading.status is Status.HOLDS

    @property
    def known(self) -> bool:
        """Whether it has data."""
        return self.reading.status is not Status.NO_DATA


@dataclass(frozen=True)
class Group:
    """Supports, or warnings: how many there are, have data, and hold."""

    all: int
    known: int
    holding: int


@dataclass(frozen=True)
class Card:
    """All theses in their order."""

    standings: tuple[Standing, ...]

    @property
    def supports(self) -> Group:
        """The theses that carry the advance."""
        return _group([one for one in self.standings if not one.warns])

    @property
    def warnings(self) -> Group:
        """Those that warn of heat."""
        return _group([one for one in self.standings if one.warns])

    @property
    def new(self) -> tuple[Standing, ...]:
        """Those that changed within the span."""
        return tuple(one for one in self.standings if one.new)


@dataclass(frozen=True)
class Pair:
    """One measure of a claim on both sides; None where the data do not have it."""

    metric: str
    entity: str
    then: Fact | None
    now: Fact | None


@dataclass(frozen=True)
class Claimed:
    """A claim of the article with its measures, each on both sides."""

    check: ClaimCheck
    pairs: tuple[Pair, ...]


def _group(some: list[Standing]) -> Group:
    return Group(len(some), sum(one.known for one in some), sum(one.holds for one in some))


def card(issue: Issue) -> Card:
    """The scorecard of the issue."""
    return Card(
        tuple(
            Standing(one, one.thesis.id in WARNINGS, _is_new(one, issue.span))
            for one in issue.theses
        )
    )


def _is_new(one: Reading, span: Span | None) -> bool:
    """Whether a thesis that has data changed after the last session before the span."""
    if span is None or one.changed_on is None or one.status is Status.NO_DATA:
        return False
    return one.changed_on > span.base


def claimed(issue: Issue) -> tuple[Claimed, ...]:
    """The claims; of a measure that has several days then, the last one is shown."""
    return tuple(Claimed(one, _pairs(one)) for one in issue.claims)


def _pairs(check: ClaimCheck) -> tuple[Pair, ...]:
    then, now = ({(f.metric, f.entity): f for f in side} for side in (check.then, check.now))
    return tuple(Pair(*key, then.get(key), now.get(key)) for key in {**then, **now})
