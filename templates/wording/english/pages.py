"""How English pages tell readings and theses."""

from __future__ import annotations

from datetime import date

from templates.format import Day, index_name, short_day
from templates.wording.names import (
    AXES,
    HEAT_WORDS,
    MOMENTUM_WORDS,
    STATES,
    THESES_HELD,
    WITH_ARTICLE,
)
from templates.wording.page_words import (
    PageWords,
    ThesisWords,
    is_up,
)
from templates.wording.spelling import english_size
from templates.wording.text import Text, say
from transforms.issue.scorecard import Reading, Status
from transforms.outlook.aftermath import Aftermath


class EnglishPages(PageWords):
    """The sentences of pages in English."""

    def day(self, day: date) -> Day:
        return short_day(day, self.as_of)

    def size(self, value: float, unit: str) -> str:
        return english_size(value, unit)

    def index(self, code: str) -> str:
        """An index in a sentence: the CSI 300."""
        return ("the " if code in WITH_ARTICLE else "") + index_name(code, self.names)

    def reading(self, one: Aftermath) -> Text:
        condition = one.condition
        if condition.shape == "state":
            return say("state: {s}", s=STATES[condition.side].en)
        if condition.shape == "band":
            words = {"momentum": MOMENTUM_WORDS, "heat": HEAT_WORDS}[one.kind]
            word = next(word for word in words if word.en == condition.side)
            return say("{axis}: {word}", axis=AXES[one.kind].en, word=word.en)
        what = self.index(one.entity) if one.metric == "close" else ""
        return say("{what}: {how}", what=what or self.measured(one.metric, one.entity).en,
                   how=self._condition(one))  # fmt: skip

    def _condition(self, one: Aftermath) -> Text:
        """What a day had to meet, without its subject."""
        shape, up = one.condition.shape, is_up(one)
        if shape == "zone":
            return say("{side}", side=one.condition.side)
        if shape == "test":
            return say("explosive growth found")
        if shape == "record":
            return say("{most} of its series", most="highest" if up else "lowest")
        if shape == "extreme":
            return say("{most} of a year", most="highest" if up else "lowest")
        if shape in {"change", "day"}:
            span = say("in {n} sessions", n=self.sessions(one)) if shape == "change" else "in a day"
            return say("{way} {span}, more than {x} of moves before", span=span,
                       way="up" if up else "down", x=self.least(one))  # fmt: skip
        total = say("total of {n} sessions ", n=self.sessions(one)) if shape == "total" else Text()
        return say("{total}{way} than {x} of those before", way="higher" if up else "lower",
                   x=self.least(one), total=total)  # fmt: skip

    def thesis(self, one: Reading) -> ThesisWords:
        now = Text()
        if one.fact:
            line = self.line(one.line.value, one.line.unit, one.line.fact_id)
            stale = one.status is Status.NO_DATA
            when = say(" on {d}", d=self.day(one.fact.observation_date)) if stale else Text()
            now = say("{v}{when}, line {line}", v=self.thesis_number(one, one.fact), when=when,
                      line=line)  # fmt: skip
        change = say("no data so far")
        if one.changed_on:
            change = say("since {d}", d=self.day(one.changed_on))
        elif one.first_day:
            change = say("since the series began, {d}", d=self.day(one.first_day))
        return ThesisWords(
            one.thesis.name,
            one.thesis.claim.removesuffix("."),
            THESES_HELD[one.status.value].en,
            now,
            change,
            say("true in {a} of {b} weeks", a=self.count(one.held), b=self.count(one.known)),
        )
