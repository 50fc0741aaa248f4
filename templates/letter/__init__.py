"""The letter that carries an issue: page 1 on one screen, for a mail program.

verdict/facts.py says what is true; english.py and chinese.py say beside the words of page 1 what
only a letter has. letter.html.j2 and letter.txt.j2 print the same texts in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType

from templates import revision_note
from templates.format import Number, spell
from templates.letter import chinese, english
from templates.sections import verdict
from templates.sections.verdict import facts
from templates.sections.verdict.facts import Axis
from templates.sections.verdict.triggers import crossings
from templates.wording.front import subject
from templates.wording.language import LANGUAGES
from templates.wording.page_words import Crossing
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.axes.regimes import HOT
from transforms.findings.summary import summary
from transforms.issue.issue import Issue

WORDS: dict[str, ModuleType] = {"en": english, "zh": chinese}
DATES = 5  # days that are named
PIN = 1.2  # per cent of the bar that the score takes


@dataclass(frozen=True)
class Stretch:
    """A part of the bar of a score: rest, spread, score or line, and its width in per cent."""

    kind: str
    width: float


@dataclass(frozen=True)
class Score:
    """One of the two axes. side: momentum or heat; bar: from 0 to 100, empty without a score."""

    side: str
    name: Text
    value: Text
    change: Text
    spread: Text
    bar: tuple[Stretch, ...]


@dataclass(frozen=True)
class Trigger:
    """A line that would change the reading: what crosses it and how, and where that is."""

    name: str
    crossing: Text
    value: Text


@dataclass(frozen=True)
class Letter:
    """What a letter says.

    head: the issue and its day; revision: which one it replaces, empty of a first one; state: where
    the market stands; title: of the findings; dates: day and what it brings; foot: data health.
    """

    head: Text
    revision: Text
    subject: Text
    headline: Text
    lede: Text
    scores: tuple[Score, ...]
    state: Text
    title: Text
    findings: tuple[Text, ...]
    triggers: tuple[Trigger, ...]
    dates: tuple[tuple[Text, Text], ...]
    foot: Text


def letter(issue: Issue, s: Speller) -> Letter:
    """The letter of an issue in the speller's language."""
    page, own = verdict.WORDS[s.code], WORDS[s.code]
    place, told = facts.position(issue), verdict.told_in(issue, s)
    headline = page.headline(told.headline, issue.stale, place, s)
    axes = [one for one in (place.momentum, place.heat) if one]
    return Letter(
        own.head(f"{issue.issue_id}{revision_note.mark(issue)}", s),
        revision_note.note(issue, s),
        _subject(issue, headline, s),
        headline,
        page.lede(told.lede, issue.stale, place, s),
        tuple(_score(one, own, s) for one in axes if one.known),
        page.map_title(issue.stale, place, s),
        page.told_title(issue.stale, s),
        told.findings,
        tuple(_trigger(one, page, s) for one in crossings(issue)),
        tuple(_dates(issue, page, s)),
        page.foot(facts.health(issue), s),
    )


def _subject(issue: Issue, headline: Text, s: Speller) -> Text:
    """The top finding and the issue; of what is past, the headline."""
    language, told = LANGUAGES[s.code], summary(issue.findings)
    if issue.span is not None and not issue.stale and told.headline:
        return subject(told.headline[0], s.setting, language, issue.issue_id,
                       simulated=issue.simulated)  # fmt: skip
    before = language.simulated if issue.simulated else ""
    return say("{before}{h}{bar}{i}", before=before, h=headline, bar=language.bar, i=issue.issue_id)


def _score(one: Axis, own: ModuleType, s: Speller) -> Score:
    """A score with its week and its spread under other weights; of a partial one the range."""
    name: Text = own.score_name(one, s)
    if one.fact is None:
        low, high = one.within or (None, None)
        value = own.between(s.level(low), s.level(high)) if low and high else Text()
        ends = (low.value, high.value) if low and high else (0.0, 0.0)
        return Score(one.side, name, value, own.PARTIAL, Text(), _bar(ends, None, one.side))
    change, spread = s.week_change(one.fact), Text()
    ends = (one.fact.value, one.fact.value)
    if one.spread:
        low, high = one.spread
        spread, ends = own.spread(s.level(low), s.level(high)), (low.value, high.value)
    moved = own.change(change) if change else Text()
    value = say("{v}", v=s.level(one.fact))
    return Score(one.side, name, value, moved, spread, _bar(ends, one.fact.value, one.side))


def _bar(spread: tuple[float, float], score: float | None, side: str) -> tuple[Stretch, ...]:
    """The scale from 0 to 100 cut where something begins: the spread, the score, the line of heat.

    Mail programs draw no pictures, so it is a row of cells with these widths.
    """
    pins = [] if score is None else [("score", min(max(score - PIN / 2, 0), 100 - PIN))]
    if side == "heat" and (score is None or abs(score - HOT) > PIN):
        pins.append(("line", HOT - PIN / 4))
    widths = {"score": PIN, "line": PIN / 2}
    cuts = {0.0, 100.0, *spread, *(at for _, at in pins), *(at + widths[k] for k, at in pins)}
    found = []
    for start, end in pairwise(sorted(cuts)):
        middle = (start + end) / 2
        kind = next((k for k, at in pins if at < middle < at + widths[k]), "")
        kind = kind or ("spread" if spread[0] < middle < spread[1] else "rest")
        found.append(Stretch(kind, round(end - start, 2)))
    return tuple(found)


def _trigger(one: Crossing, page: ModuleType, s: Speller) -> Trigger:
    fact, slug = one.fact, one.ref.removeprefix("rule/")
    line = Number(spell(one.line, fact.unit).replace(".0", ""), one.ref)
    value = s.level(fact) if fact.unit == "count" else s.natural(fact)
    when = say(" ({d})", d=s.day(fact.observation_date))
    dated = say("{v}", v=value) + (when if fact.observation_date != s.as_of else Text())
    return Trigger(page.LINES[slug], page.crossed(one, line), dated)


def _dates(issue: Issue, page: ModuleType, s: Speller) -> Iterator[tuple[Text, Text]]:
    for day, each in list(facts.by_day(facts.ahead(issue)))[:DATES]:
        yield say("{d}", d=page.mark(day, s)), page.ahead(each, s)
