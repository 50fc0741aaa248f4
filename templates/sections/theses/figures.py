"""How the values of theses and claims are spelled in cells."""

from __future__ import annotations

from templates.format import Number, sign_of
from templates.wording.page_words import PageWords
from templates.wording.speller import Speller
from transforms.facts import Fact
from transforms.issue.scorecard import Reading

BETWEEN_SHARES = {"earnings_growth_gap"}


def number(fact: Fact, s: Speller) -> Number:
    """A value with its sign where it is a change; between two shares in percentage points."""
    if fact.metric in BETWEEN_SHARES:
        text = s.spelled(abs(fact.value) * 100, "pp")
        return Number(sign_of(fact.value, text, signed=True) + text, fact.fact_id)
    return s.level(fact) if fact.unit == "count" else s.natural(fact)


def line(reading: Reading, words: PageWords) -> Number:
    """The line of a thesis, in the unit of what is held against it."""
    fact = reading.line
    if reading.thesis.metric in BETWEEN_SHARES:
        return words.line(fact.value * 100, "pp", fact.fact_id)
    return words.line(fact.value, fact.unit, fact.fact_id)
