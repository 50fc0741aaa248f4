"""Spells facts, days and names in one language; what a converted section asks for every text.

Numbers carry what they state. `level` and `signed` are for cells and values that stand alone,
`size` is for sentences, whose verb carries the sign.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

from babel.dates import format_date

from templates import format as words
from templates.companies import english_company_name
from templates.format import NO_BREAK, Day, Number, sign_of
from templates.palette import PALETTES, Palette
from templates.wording import spelling
from templates.wording.catalogue import industry, label
from templates.wording.fixed import fixed
from templates.wording.language import LANGUAGES
from templates.wording.names import INDICES, MEASURES, STATES, WITH_ARTICLE, block, known
from templates.wording.text import Text, joined, say
from templates.wording.told import Setting
from transforms.facts import Fact, fact_id
from transforms.findings.finding import Finding
from transforms.findings.span import Span
from transforms.formulas.printed_value import RANK, printed_rank


@dataclass(frozen=True)
class Scale:
    """How an axis counts: what one step of it is worth, and what the reader calls it."""

    factor: float
    label: str

    def ticks(self, values: Sequence[float]) -> list[str]:
        """The tick labels, with as many decimals as the closest two need."""
        shown = [value / self.factor for value in values]
        places = next((p for p in (0, 1, 2) if _distinct(shown, p)), 3)
        return [words.plain(value, places) for value in shown]


def _distinct(values: Sequence[float], places: int) -> bool:
    return all(abs(value - round(value, places)) < 1e-6 for value in values)


@dataclass(frozen=True)
class Late:
    """An input that is not where it should be, and how far it reaches."""

    dataset: str
    label: str
    newest: date | None
    expected: date | None


@dataclass(frozen=True)
class Speller(ABC):
    """One language on the day of one issue.

    span: what the issue tells about, None where there is no session; names: what the warehouse
    calls entities; stale: whether the issue tells of a day that is past, so that nothing is worded
    in the present; unlicensed: whether the notice says that the publisher has no licence.
    """

    as_of: date
    span: Span | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    palette: Palette = PALETTES["blue"]
    stale: bool = False
    unlicensed: bool = False
    code: ClassVar[str]

    @property
    def setting(self) -> Setting:
        """What a teller of findings must know. Raises ValueError where there is no session."""
        if self.span is None:
            raise ValueError(f"nothing is told of {self.as_of}: it has no session before it")
        return Setting(self.as_of, self.span, self.names)

    # Values of facts

    def level(self, fact: Fact) -> Number:
        """The value as a cell has it: 15.1%, CNY 3.65 tn; 3.65万亿元."""
        text = self.spelled(abs(fact.value), fact.unit, fact.metric)
        return Number(sign_of(fact.value, text, signed=False) + text, fact.fact_id)

    def signed(self, fact: Fact) -> Number:
        """The value of a change as a cell has it: +2.6%."""
        text = self.spelled(abs(fact.value), fact.unit, fact.metric)
        return Number(sign_of(fact.value, text, signed=True) + text, fact.fact_id)

    def natural(self, fact: Fact) -> Number:
        """The value: with its sign if the metric is a change, without if it is a level."""
        return (
            self.signed(fact) if fact.metric.startswith(words.SIGNED_STARTS) else self.level(fact)
        )

    def size(self, fact: Fact) -> Number:
        """The magnitude in a sentence: 3.65 trillion yuan; 3.65万亿元."""
        return Number(self.said(abs(fact.value), fact.unit, fact.metric), fact.fact_id)

    def points(self, fact: Fact, *, signed: bool = False) -> Number:
        """A difference of two shares: 10.9 pp; 10.9个百分点."""
        text = self.spelled(abs(fact.value) * 100, "pp", fact.metric)
        return Number(sign_of(fact.value, text, signed=True) * signed + text, fact.fact_id)

    @abstractmethod
    def bare(self, fact: Fact) -> Number:
        """A sum without its currency, which stands beside it: 3.65 tn; 3.65万亿."""

    def week_change(self, fact: Fact) -> Number | None:
        """What the value gained over five observations, signed; None if the history is shorter."""
        if fact.change_1w is None:
            return None
        unit = "pp" if fact.unit == "fraction" else fact.unit
        gained = fact.change_1w * (100 if fact.unit == "fraction" else 1)
        text = self.spelled(abs(gained), unit, fact.metric)
        return Number(sign_of(gained, text, signed=True) + text, f"{fact.fact_id}#change_1w")

    def week_step(self, fact: Fact) -> Number | None:
        """The size of the same, for a text whose ▲ or ▼ says the way: 98.1 bn, 4.1 pp."""
        if fact.change_1w is None:
            return None
        ref = f"{fact.fact_id}#change_1w"
        if fact.unit in spelling.MONEY:
            return Number(self.bare(replace(fact, value=abs(fact.change_1w))).text, ref)
        unit, times = ("pp", 100) if fact.unit == "fraction" else (fact.unit, 1)
        return Number(self.spelled(abs(fact.change_1w) * times, unit, fact.metric), ref)

    def week_points(self, fact: Fact) -> Number | None:
        """The same without its sign, for a sentence whose verb carries it."""
        signed = self.week_change(fact)
        return signed and Number(signed.text.lstrip(f"+{words.MINUS}"), signed.ref)

    def rank(self, fact: Fact) -> Number | None:
        """Where the value stands in its history, as a cell of percentiles has it: 86."""
        if fact.percentile is None:
            return None
        return Number(f"{printed_rank(fact.percentile)}", f"{fact.fact_id}#percentile")

    @abstractmethod
    def percentile(self, fact: Fact) -> Number:
        """The same in a sentence: 86th percentile; 86%分位."""

    def members(self, fact: Fact) -> Number:
        """How many members the fact counts."""
        return Number(words.decimal(fact.n or 0, 0), f"{fact.fact_id}#n")

    def covered(self, fact: Fact) -> Number:
        """The share of the declared inputs that had data."""
        return Number(self.spelled(fact.coverage or 0.0, "fraction"), f"{fact.fact_id}#coverage")

    def earlier_record(self, fact: Fact) -> Number:
        """The maximum that stood before this observation."""
        text = self.spelled(fact.previous_record_value or 0.0, fact.unit, fact.metric)
        return Number(text, f"{fact.fact_id}#previous_record_value")

    # Numbers of findings

    def stated(self, finding: Finding, role: str, *, signed: bool = False) -> Number:
        """A number of a finding as a cell has it."""
        figure = finding.numbers[role]
        text = self.spelled(abs(figure.value), figure.unit)
        name = fact_id(f"finding_{finding.kind}_{role}", finding.entity, figure.day)
        return Number(sign_of(figure.value, text, signed=signed) + text, name)

    def stated_rank(self, finding: Finding, role: str) -> Number | None:
        """Where a number of a finding stands in its history, in a cell of percentiles."""
        if finding.rarity.percentile is None:
            return None
        ref = self.stated(finding, role).ref
        return Number(f"{printed_rank(finding.rarity.percentile)}", f"{ref}#percentile")

    # Magnitudes

    @abstractmethod
    def spelled(self, value: float, unit: str, metric: str = "") -> str:
        """A magnitude as a cell has it."""

    @abstractmethod
    def said(self, value: float, unit: str, metric: str = "") -> str:
        """A magnitude as a sentence has it."""

    @abstractmethod
    def money(self, unit: str, highest: float) -> Scale:
        """The scale of an axis of money that reaches to `highest`."""

    # Days

    @abstractmethod
    def day(self, day: date) -> Day:
        """13 Jan; 1月13日. With its year where that is not the issue's."""

    @abstractmethod
    def dated(self, day: date) -> Day:
        """13 Jan 2026; 2026年1月13日."""

    @abstractmethod
    def full_day(self, day: date) -> Day:
        """13 January 2026; 2026年1月13日."""

    @abstractmethod
    def long_day(self, day: date) -> Day:
        """Tuesday 13 January 2026; 2026年1月13日 周二."""

    @abstractmethod
    def weekday(self, day: date) -> Day:
        """Tue; 周二."""

    @abstractmethod
    def month(self, day: date) -> Day:
        """January; 1月. With its year where that is not the issue's."""

    @abstractmethod
    def tick(self, day: date) -> str:
        """A month under an axis: Jan; 1月."""

    @abstractmethod
    def day_tick(self, day: date) -> str:
        """A day under an axis: 13 Jan; 1月13日."""

    @abstractmethod
    def year_tick(self, day: date) -> str:
        """A year under an axis: 2026; 2026年."""

    # Names

    @abstractmethod
    def index(self, code: str) -> str:
        """The name of an index as it stands alone: Shanghai Composite; 上证指数."""

    @abstractmethod
    def index_in_text(self, code: str) -> str:
        """The name of an index in a sentence: the Shanghai Composite; 上证指数."""

    @abstractmethod
    def company(self, code: str) -> str:
        """The short name of a company: Zhipu; 智谱."""

    @abstractmethod
    def block(self, entity: str) -> str:
        """The name of a block in a sentence, told as metrics name it: technical; 技术面."""

    @abstractmethod
    def state(self, code: str) -> str:
        """How a state is printed."""

    def fitting(self, *forms: Text) -> Text:
        """The first of the forms that fits in a headline, the fullest first; else the shortest."""
        language = LANGUAGES[self.code]
        fits = (one for one in forms if language.measure(one) <= language.lengths.headline)
        return next(fits, min(forms, key=language.measure))

    def industry(self, entity: str) -> str:
        """The name of an industry, by what the data have for it: 电子 or 801080.SW."""
        return industry(entity, self.code)

    def label(self, english: str) -> str:
        """A head, a metric's name or a reason, out of the catalogue."""
        return label(english, self.code)

    def fixed(self, key: str, **slots: object) -> str:
        """A fixed text of the publication."""
        return fixed(key, self.code, **slots)

    # Sentences that every section has

    @abstractmethod
    def source(self, newest: date | None, sources: str, older: Sequence[date] = ()) -> Text:
        """To 16 Jan. Source: sse. 数据截至1月16日。来源：sse。

        older: to which days a part of it reaches.
        """

    @abstractmethod
    def standstill(self, since: date, *, whole: bool) -> Text:
        """That nothing new has come since a day; whole: of no input at all."""

    @abstractmethod
    def absent(self, what: str) -> Text:
        """That nothing is known of something, so that nothing is shown."""

    @abstractmethod
    def late(self, gaps: Sequence[Late]) -> Text:
        """Which inputs are late: their name, newest and expected day. Empty if none is."""


class EnglishSpeller(Speller):
    """English of the issue's day."""

    code = "en"

    def spelled(self, value: float, unit: str, metric: str = "") -> str:
        if unit == RANK:
            return f"{printed_rank(value)}"
        return words.spell(abs(value), unit, metric=metric)

    def said(self, value: float, unit: str, metric: str = "") -> str:
        if unit in spelling.MONEY:
            return spelling.english_money(value, unit)
        if unit.startswith("probability"):
            share = words.spell(abs(value), unit)
            return share.replace("<", "under ").replace(">", "over ")
        return words.spell(abs(value), unit, metric=metric)

    def bare(self, fact: Fact) -> Number:
        minus = words.sign_of(fact.value, "1", signed=False)
        return Number(minus + words.money_digits(abs(fact.value)), fact.fact_id)

    def percentile(self, fact: Fact) -> Number:
        ranked = words.percentile(fact)
        return Number(f"{ranked.text} percentile", ranked.ref)

    def money(self, unit: str, highest: float) -> Scale:
        steps = ((1e12, "tn"), (1e9, "bn"))
        factor, name = next((one for one in steps if highest >= one[0]), (1e6, "m"))
        return Scale(factor, f"{ {'CNY': 'CNY ', 'HKD': 'HK$', 'USD': 'US$'}[unit] }{name}")

    def day(self, day: date) -> Day:
        return words.short_day(day, self.as_of)

    def dated(self, day: date) -> Day:
        return words.dated(day)

    def full_day(self, day: date) -> Day:
        return words.full_day(day)

    def long_day(self, day: date) -> Day:
        return words.long_day(day)

    def weekday(self, day: date) -> Day:
        return Day(format_date(day, "EEE", locale=words.LOCALE), day.isoformat())

    def month(self, day: date) -> Day:
        return spelling.english_month(day, self.as_of)

    def tick(self, day: date) -> str:
        return words.short_month(day, "{}")

    def day_tick(self, day: date) -> str:
        return words.short_month(day, "d {}")

    def year_tick(self, day: date) -> str:
        return f"{day.year}"

    def index(self, code: str) -> str:
        return words.index_name(code, self.names)

    def company(self, code: str) -> str:
        return english_company_name(code, self.names)

    def index_in_text(self, code: str) -> str:
        return ("the " if code in WITH_ARTICLE else "") + self.index(code)

    def block(self, entity: str) -> str:
        return block(entity).en

    def state(self, code: str) -> str:
        return known(STATES, code).en

    def source(self, newest: date | None, sources: str, older: Sequence[date] = ()) -> Text:
        part = joined([say("{d}", d=self.day(one)) for one in older], by=", ")
        behind = say(" (in part to {part})", part=part) if older else Text()
        to = say("To {d}{behind}. ", d=self.day(newest), behind=behind) if newest else Text()
        return to + say("Source: {sources}.", sources=sources or "not recorded")

    def standstill(self, since: date, *, whole: bool) -> Text:
        what = "No new data" if whole else "Inputs missing"
        return say("{what} since {d}", what=what, d=self.dated(since))

    def absent(self, what: str) -> Text:
        return say("{what}: no value is known at this date, so nothing is shown.", what=what)

    def late(self, gaps: Sequence[Late]) -> Text:
        if not gaps:
            return Text()
        return say("Late here. {all}.", all=joined([self._late(one) for one in gaps], by="; "))

    def _late(self, gap: Late) -> Text:
        due = say(", expected {d}", d=self.day(gap.expected)) if gap.expected else Text()
        if gap.newest is None:
            return say("{what}: never received{due}", what=gap.label, due=due)
        last = self.day(gap.newest)
        return say("{what}: last good value {d}{due}", what=gap.label, d=last, due=due)


class ChineseSpeller(Speller):
    """Chinese of the issue's day."""

    code = "zh"

    def spelled(self, value: float, unit: str, metric: str = "") -> str:
        if unit in spelling.MONEY:
            return spelling.chinese_money(value, unit)
        if unit == "pp":
            return spelling.chinese_size(value, unit)
        if unit == RANK:
            return f"{printed_rank(value)}"
        return words.spell(abs(value), unit, metric=metric)

    def said(self, value: float, unit: str, metric: str = "") -> str:
        if unit.startswith("probability"):
            share = words.spell(abs(value), unit)
            return f"{share[1:]}以上" if share[0] == ">" else share.replace("<", "不足")
        if unit == "fraction" or unit in spelling.MONEY:
            return self.spelled(value, unit, metric)
        return spelling.chinese_size(value, unit)

    def bare(self, fact: Fact) -> Number:
        if abs(fact.value) < words.SMALL_SUM:  # a price, which has its cents
            return words.bare(fact)
        minus = words.sign_of(fact.value, "1", signed=False)
        amount = spelling.chinese_money(abs(fact.value), "CNY")
        return Number(minus + amount.removesuffix("元"), fact.fact_id)

    def percentile(self, fact: Fact) -> Number:
        rank = printed_rank(fact.percentile or 0.0)
        return Number(f"{rank}%分位", f"{fact.fact_id}#percentile")

    def money(self, unit: str, highest: float) -> Scale:
        name = {"CNY": "元", "HKD": "港元", "USD": "美元"}[unit]
        if highest >= 1e12:
            return Scale(1e12, f"万亿{name}")
        return Scale(1e8, f"亿{name}")

    def day(self, day: date) -> Day:
        return spelling.chinese_day(day, self.as_of)

    def dated(self, day: date) -> Day:
        return Day(f"{day.year}年{day.month}月{day.day}日", day.isoformat())

    def full_day(self, day: date) -> Day:
        return self.dated(day)

    def long_day(self, day: date) -> Day:
        return Day(f"{self.dated(day)}{NO_BREAK}{self.weekday(day)}", day.isoformat())

    def weekday(self, day: date) -> Day:
        return Day("周" + "一二三四五六日"[day.weekday()], day.isoformat())

    def month(self, day: date) -> Day:
        return spelling.chinese_month(day, self.as_of)

    def tick(self, day: date) -> str:
        return f"{day.month}月"

    def day_tick(self, day: date) -> str:
        return f"{day.month}月{day.day}日"

    def year_tick(self, day: date) -> str:
        return f"{day.year}年"

    def index(self, code: str) -> str:
        return INDICES.get(code) or self.names.get(code) or code

    def company(self, code: str) -> str:
        return words.company_name(code, self.names)

    def index_in_text(self, code: str) -> str:
        return self.index(code)

    def block(self, entity: str) -> str:
        return block(entity).zh

    def state(self, code: str) -> str:
        return known(STATES, code).zh

    def source(self, newest: date | None, sources: str, older: Sequence[date] = ()) -> Text:
        part = joined([say("{d}", d=self.day(one)) for one in older], by="、")
        behind = say("（部分截至{part}）", part=part) if older else Text()
        to = say("数据截至{d}{behind}。", d=self.day(newest), behind=behind) if newest else Text()
        return to + say("来源：{sources}。", sources=sources or "未记录")

    def standstill(self, since: date, *, whole: bool) -> Text:
        what = "无新数据" if whole else "部分数据缺失"
        return say("{d}后{what}", what=what, d=self.dated(since))

    def absent(self, what: str) -> Text:
        return say("{what}：截至当日无数据，未予列示。", what=what)

    def late(self, gaps: Sequence[Late]) -> Text:
        if not gaps:
            return Text()
        return say("逾期数据：{all}。", all=joined([self._late(one) for one in gaps], by="；"))

    def _late(self, gap: Late) -> Text:
        what = known(MEASURES, gap.dataset).zh
        due = say("，应到{d}", d=self.day(gap.expected)) if gap.expected else Text()
        if gap.newest is None:
            return say("{what}从未取得{due}", what=what, due=due)
        return say("{what}最近值{d}{due}", what=what, d=self.day(gap.newest), due=due)


SPELLERS: dict[str, type[Speller]] = {one.code: one for one in (EnglishSpeller, ChineseSpeller)}
