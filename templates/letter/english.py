"""What only a letter says, in English."""

from __future__ import annotations

from templates.format import Number
from templates.sections.verdict.facts import Axis
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.axes.regimes import HOT

PARTIAL = say("in part only")
NAMES = {"momentum": "Structural momentum, 0–100", "heat": f"Overheating, 0–100; hot from {HOT}"}


def head(issue: str, s: Speller) -> Text:
    """The issue and its day."""
    return say("{issue}, as of {d}", issue=issue, d=s.long_day(s.as_of))


def score_name(one: Axis, s: Speller) -> Text:
    """What a score is, with its day if that is not the issue's."""
    late = say(", {d}", d=s.day(one.day)) if one.day != s.as_of else Text()
    return say("{name}", name=NAMES[one.side]) + late


def change(gained: Number) -> Text:
    """What it gained."""
    return say("{c} in five sessions", c=gained)


def spread(low: Number, high: Number) -> Text:
    """Where other weights would put it."""
    return say("under other weights {a} to {b}", a=low, b=high)


def between(low: Number, high: Number) -> Text:
    """The range of a score of which only a part is known."""
    return say("{a}–{b}", a=low, b=high)
