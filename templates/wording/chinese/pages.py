"""How Chinese pages tell readings and theses."""

from __future__ import annotations

from datetime import date

from templates.format import Day
from templates.wording.names import (
    AXES,
    HEAT_WORDS,
    INDICES,
    MOMENTUM_WORDS,
    STATES,
    THESES_HELD,
)
from templates.wording.page_words import (
    PageWords,
    ThesisWords,
    is_up,
)
from templates.wording.spelling import chinese_day, chinese_size
from templates.wording.text import Text, say
from transforms.issue.scorecard import Reading, Status
from transforms.outlook.aftermath import Aftermath

ZONES = {"overbought": "超买", "oversold": "超卖"}


class ChinesePages(PageWords):
    """The sentences of pages in Chinese."""

    def day(self, day: date) -> Day:
        return chinese_day(day, self.as_of)

    def size(self, value: float, unit: str) -> str:
        return chinese_size(value, unit)

    def index(self, code: str) -> str:
        """An index by its short name."""
        return INDICES.get(code) or self.names.get(code, code)

    def reading(self, one: Aftermath) -> Text:
        condition = one.condition
        if condition.shape == "state":
            return say("状态：{s}", s=STATES[condition.side].zh)
        if condition.shape == "band":
            words = {"momentum": MOMENTUM_WORDS, "heat": HEAT_WORDS}[one.kind]
            word = next(word for word in words if word.en == condition.side)
            return say("{axis}：{word}", axis=AXES[one.kind].zh, word=word.zh)
        what = self.index(one.entity) if one.metric == "close" else ""
        return say("{what}：{how}", what=what or self.measured(one.metric, one.entity).zh,
                   how=self._condition(one))  # fmt: skip

    def _condition(self, one: Aftermath) -> Text:
        """What a day had to meet, without its subject."""
        shape, up = one.condition.shape, is_up(one)
        if shape == "zone":
            return say("{side}", side=ZONES[one.condition.side])
        if shape == "test":
            return say("检出爆炸性上涨")
        if shape == "record":
            return say("创有数据以来新{end}", end="高" if up else "低")
        if shape == "extreme":
            return say("创一年新{end}", end="高" if up else "低")
        if shape in {"change", "day"}:
            span = say("{n}个交易日", n=self.sessions(one)) if shape == "change" else "单日"
            return say("{span}{way}，幅度超过此前{x}的变动", span=span,
                       way="上升" if up else "下降", x=self.least(one))  # fmt: skip
        span = say("{n}个交易日合计", n=self.sessions(one)) if shape == "total" else Text()
        return say("{span}{way}于此前{x}的水平", span=span, way="高" if up else "低",
                   x=self.least(one))  # fmt: skip

    def thesis(self, one: Reading) -> ThesisWords:
        now = Text()
        if one.fact:
            line = self.line(one.line.value, one.line.unit, one.line.fact_id)
            stale = one.status is Status.NO_DATA
            when = say("{d}", d=self.day(one.fact.observation_date)) if stale else "现"
            now = say("{when}{v}，分界线{line}", when=when, v=self.thesis_number(one, one.fact),
                      line=line)  # fmt: skip
        change = say("尚无数据")
        if one.changed_on:
            change = say("{d}以来", d=self.day(one.changed_on))
        elif one.first_day:
            change = say("{d}有数据以来", d=self.day(one.first_day))
        return ThesisWords(
            one.thesis.name_zh,
            one.thesis.claim_zh.removesuffix("。"),
            THESES_HELD[one.status.value].zh,
            now,
            change,
            say("{b}周中{a}周成立", a=self.count(one.held), b=self.count(one.known)),
        )
