"""Sentences that several sections print: what a reading is like, and where a thesis stands.

Input are the parts of an issue (transforms.issue.issue); what is true was decided there. A text is
a clause without its full stop, with each number bound to what it states. Language.pages makes them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from templates.format import Day, Number, sign_of
from templates.wording.names import Name
from templates.wording.spelling import size
from templates.wording.subjects import subject
from templates.wording.text import Text
from transforms.facts import Fact, fact_id
from transforms.formulas.printed_value import RANK, rounded
from transforms.issue.scorecard import Reading
from transforms.issue.theses import Measure
from transforms.outlook.aftermath import Aftermath
from warehouse.shanghai import AHEAD_OF_UTC

UP = {"up", "high"}
WHOLE = re.compile(r"\.0+(?!\d)")


@dataclass(frozen=True)
class ThesisWords:
    """One thesis: its name, what would be false on the other side of its line, where it stands.

    now: the measure beside its line, empty where there never was a value; change: since when it
    stands so; held: in how many of the weeks with data it held.
    """

    name: str
    claim: str
    status: str
    now: Text
    change: Text
    held: Text


@dataclass(frozen=True)
class Crossing:
    """A line that a series may cross, and what that would mean.

    meaning: hotter, cooler, stronger or weaker; rises: whether it is crossed upwards; line: in the
    unit of the fact, which is the newest value; ref: what the line's number states.
    """

    meaning: str
    fact: Fact
    rises: bool
    line: float
    ref: str


class PageWords(ABC):
    """What one language says on the pages of an issue.

    as_of: its day, whose year is not told; names: what companies are called, by code.
    """

    def __init__(self, as_of: date, names: Mapping[str, str]) -> None:
        self.as_of, self.names = as_of, names

    # What is said.

    @abstractmethod
    def reading(self, one: Aftermath) -> Text:
        """What a day had to meet to be like today: STAR 50: daily falls among the largest 2.5%."""

    @abstractmethod
    def thesis(self, one: Reading) -> ThesisWords:
        """Where a thesis stands."""

    # What it is built of.

    @abstractmethod
    def day(self, day: date) -> Day:
        """A day, without its year in the year of the issue."""

    def number(self, fact: Fact) -> Number:
        """A fact as a level of its unit."""
        return Number(self.level(fact.value, fact.unit), fact.fact_id)

    def measured(self, metric: str, entity: str) -> Name:
        """What a series is called in both languages."""
        return subject(metric, entity, self.names)

    def count(self, fact: Fact) -> Number:
        """A count in digits."""
        return Number(size(fact.value, "count"), fact.fact_id)

    def least(self, one: Aftermath) -> Number:
        """How many of a hundred days before were less far out: 97.5%."""
        least = one.condition.least or 0.0
        return Number(
            f"{size(least, '', 0 if least == rounded(least, 0) else 1)}%", _ref(one, "least")
        )

    def sessions(self, one: Aftermath) -> Number:
        """Over how many sessions a reading is."""
        return Number(size(one.condition.sessions, "count"), _ref(one, "sessions"))

    def thesis_number(self, one: Reading, fact: Fact) -> Number:
        """The measure of a thesis: the value, its percentile, or its score."""
        part = {Measure.VALUE: "", Measure.PERCENTILE: "#percentile", Measure.SCORE: "#score"}
        measured = fact.value if one.measured is None else one.measured
        told = self.level(float(one.thesis.shown(measured)), one.thesis.unit)
        return Number(told, fact.fact_id + part[one.thesis.measure])

    @abstractmethod
    def size(self, value: float, unit: str) -> str:
        """A magnitude as a sentence spells it."""

    def level(self, value: float, unit: str) -> str:
        """A level as a sentence spells it: with a minus where it is negative."""
        text = self.size(value, "percentile" if unit == RANK else unit)
        return sign_of(value, text, signed=False) + text

    def line(self, value: float, unit: str, ref: str) -> Number:
        """A line, without decimals where it has none: 50%, 1.8%, 70."""
        return Number(WHOLE.sub("", self.level(value, unit)), ref)

    def known_day(self, row: Mapping[str, Any]) -> Day:
        """The day in Shanghai on which a restatement became known."""
        return self.day((row["known_at"] + AHEAD_OF_UTC).date())

    def restated(self, row: Mapping[str, Any], column: str) -> Number:
        """One of the two numbers of a restatement; column: value or before."""
        prefix = {"value": "restated", "before": "restated_from"}[column]
        name = f"{prefix}_{row['field']}_{row['metric']}"
        ref = fact_id(name, row["entity"], row["observation_date"])
        return Number(self.level(row[column], row["unit"]), ref)


def _ref(one: Aftermath, part: str) -> str:
    return f"reading/{one.kind}/{one.entity}#{part}"


def is_up(one: Aftermath) -> bool:
    """Whether a reading is of something that rose, or is high."""
    return one.condition.side in UP
