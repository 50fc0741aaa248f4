"""A finding beside the issue that tells it: its numbers as facts, its history, its span.

What each language adds stands in templates.wording.english and templates.wording.chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from templates.format import Number
from templates.wording.spelling import printed, signed
from templates.wording.text import Text
from templates.wording.verbs import Band, Verb, band
from transforms.facts import fact_id
from transforms.findings.finding import Finding, Strength
from transforms.findings.finding import Number as Figure
from transforms.findings.span import FULL_WEEK, Kind, Span

FRESH_DAYS = 28  # a move as large four weeks ago is no «most since»
TEN_YEARS, QUARTER = 3652.5, 91.0  # days
YEAR_DAYS, TWO_MONTHS = 365, 62
TIE = 0.25  # a value that was reached twice counts half in a percentile


@dataclass(frozen=True)
class Setting:
    """What a sentence must know of its issue.

    as_of: its day; span: what it tells about; names: what companies are called in the language of
    the edition, by code; said: what was said of a finding in a language, so that it is said once.
    """

    as_of: date
    span: Span
    names: Mapping[str, str] = field(default_factory=dict)
    said: dict[tuple[str, int], tuple[Finding, Said]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )


@dataclass(frozen=True)
class Said:
    """What is said of a finding, the fullest form first, each true by itself.

    sentences: without their full stop; headlines: in running form, a capital only where it is a
    name's; neutral: a headline where none of these fits, or may stand beside another reading.
    """

    sentences: tuple[Text, ...]
    headlines: tuple[Text, ...]
    neutral: tuple[Text, ...] = ()


class Told:
    """One finding in one issue."""

    def __init__(self, finding: Finding, setting: Setting) -> None:
        self.finding, self.setting = finding, setting
        self.rarity, self.entity = finding.rarity, finding.entity

    def has(self, role: str) -> bool:
        """Whether an optional number is there."""
        return role in self.finding.numbers

    def figure(self, role: str) -> Figure:
        """The number of a role; KeyError where the finding has none."""
        return self.finding.numbers[role]

    def value(self, role: str) -> float:
        """The value of a role."""
        return self.figure(role).value

    def shown(self, role: str, places: int | None = None) -> float:
        """The value as it is printed, a fraction in per cent."""
        return printed(self.value(role), self.figure(role).unit, places)

    def term(self, role: str) -> str:
        """The name or code of a role."""
        return self.finding.terms.get(role, "")

    def marked(self, role: str, text: str) -> Number:
        """A text that states the number of a role."""
        day = self.figure(role).day
        return Number(text, fact_id(f"finding_{self.finding.kind}_{role}", self.entity, day))

    def signed(self, role: str, places: int | None = None) -> Number:
        """The number of a role with its sign."""
        figure = self.figure(role)
        return self.marked(role, signed(figure.value, figure.unit, places))

    def rank(self, role: str, text: str) -> Number:
        """A text that states where the number of a role stands in its history."""
        return Number(text, f"{self.marked(role, text).ref}#percentile")

    @property
    def kind(self) -> Kind:
        """How the span is called."""
        return self.setting.span.kind

    def of_a_day(self, role: str) -> bool:
        """Whether a change is that of one day, and the span has more."""
        figure, span = self.figure(role), self.setting.span
        if figure.base is None:
            return False
        # The first day of a span is measured from the same close as the whole of it.
        opens = figure.day == span.sessions[0] and len(span.sessions) > 1
        return figure.base > span.eve or (figure.base in {span.base, span.eve} and opens)

    @property
    def newest(self) -> date:
        """The day of its newest number, that of the issue where it has none."""
        days = [number.day for number in self.finding.numbers.values()]
        return max(days, default=self.setting.as_of)

    @property
    def dated(self) -> bool:
        """Whether it is rare, and it can be said since when, or that it is a record."""
        if self.finding.strength is not Strength.RARE:
            return False
        since = self.rarity.since
        long = since is not None and (self.newest - since).days >= FRESH_DAYS
        return self.rarity.record or long

    @property
    def ranked(self) -> bool:
        """Whether it is told with its percentile: notable, or rare where no day can be named."""
        return self.finding.strength is not Strength.ORDINARY and self.rarity.q is not None

    @property
    def ten_years(self) -> bool:
        """Whether its history is one of ten years, to a quarter."""
        return abs((self.newest - self.rarity.first).days - TEN_YEARS) <= QUARTER

    @property
    def recent(self) -> bool:
        """Whether the last one as large is within a year, so that its day is named."""
        since = self.rarity.since
        return since is not None and (self.newest - since).days <= YEAR_DAYS

    @property
    def second_only(self) -> bool:
        """Whether one day alone was farther out: the one since when nothing was as far."""
        if self.rarity.record or self.rarity.q is None or self.rarity.since is None:
            return False
        farther = (1 - self.rarity.q / 100) * (self.rarity.observations - 1)
        return abs(farther - 1) < TIE

    @property
    def lately(self) -> bool:
        """Whether the last one as large is within two months: a headline names months further."""
        since = self.rarity.since
        return since is not None and (self.newest - since).days <= TWO_MONTHS

    def whole_week(self, role: str = "sessions") -> bool:
        """Whether the span may be called a week without saying how short it was."""
        if self.kind is not Kind.WEEK:
            return False
        return not self.has(role) or self.value(role) >= FULL_WEEK

    def verb(self, table: Mapping[Band, Verb], *, alone: bool = False) -> Verb:
        """The verb that fits the size of a change in its history.

        alone: nothing beside it says since when it is the largest.
        """
        return table[
            band(
                self.rarity.q,
                printed_zero=self.flat("change"),
                dated=self.dated and not alone,
            )
        ]

    def up(self, role: str = "change") -> bool:
        """Whether a change is a rise."""
        return self.value(role) > 0

    def flat(self, role: str, places: int | None = None) -> bool:
        """Whether a change prints as nothing."""
        return self.shown(role, places) == 0
