"""Which words of a state still fit its values: a state outlasts the value that made it."""

from __future__ import annotations

from transforms.axes import regimes
from transforms.formulas.printed_value import whole

HOT, ADVANCE, WEAK = "hot", "advance", "weak"
TRAITS = {
    HOT: {"overheated advance", "undecided, hot", "froth without trend"},
    ADVANCE: {"overheated advance", "healthy advance"},
    WEAK: {"fading", "froth without trend"},
}


def said_by_name(state: str, momentum: float, heat: float) -> bool:
    """Whether a state is told by its name because a printed value no longer bears its words out."""
    score, warmth = whole(momentum), whole(heat)
    return (
        (state in TRAITS[HOT] and warmth < regimes.HOT)
        or (state in TRAITS[ADVANCE] and score < regimes.ADVANCE)
        or (state in TRAITS[WEAK] and score >= regimes.FADING)
    )


def lost(before: str, now: str) -> str:
    """What the state before had and this one has not; ValueError where that is nothing."""
    for trait, states in TRAITS.items():
        if before in states and now not in states:
            return trait
    raise ValueError(f"{before!r} has nothing that {now!r} has lost")
