"""What Chinese sentences are built of: names, spans, days, and how rare a thing is."""

from __future__ import annotations

from datetime import date

from templates.format import Day, Number, company_name, sign_of
from templates.wording.names import IN_HEADLINES, INDICES
from templates.wording.spelling import (
    chinese_day,
    chinese_month,
    chinese_numeral,
    chinese_size,
    percentile,
)
from templates.wording.text import Text, say
from templates.wording.told import Told
from transforms.findings.span import Kind

FIVE_SESSIONS = "近五个交易日"


class Chinese(Told):
    """A finding as Chinese tells it."""

    def size(self, role: str, places: int | None = None) -> Number:
        """The number of a role without its sign, with its unit."""
        figure = self.figure(role)
        return self.marked(role, chinese_size(figure.value, figure.unit, places))

    def level(self, role: str) -> Number:
        """The number of a role, with a minus where it is negative."""
        text = str(self.size(role))
        return self.marked(role, sign_of(self.value(role), text, signed=False) + text)

    def times(self, role: str) -> Number:
        """How often: 1.48次."""
        return self.marked(role, f"{self.size(role)}次")

    def points(self, role: str) -> Number:
        """A change in percentage points, signed: +2.6个百分点."""
        return self.marked(role, f"{self.signed(role)}个百分点")

    def scored(self, role: str) -> Number:
        """A change of a score, signed: +4分."""
        return self.marked(role, f"{self.signed(role)}分")

    def many(self, role: str, measure: str) -> Number:
        """A count with its measure word: 8只."""
        return self.marked(role, chinese_size(self.value(role), "count") + measure)

    def on(self, role: str) -> Day:
        """The day of a number."""
        return self.day(self.figure(role).day)

    def day(self, day: date) -> Day:
        """A day: 1月13日."""
        return chinese_day(day, self.setting.as_of)

    def index(self, code: str | None = None) -> str:
        """An index: 上证指数."""
        code = code or self.entity
        return INDICES.get(code) or self.setting.names.get(code, code)

    def short_index(self) -> str:
        """An index in a headline: 恒生科技."""
        short = IN_HEADLINES.get(self.entity)
        return short.zh if short else self.index()

    def company(self, role: str) -> str:
        """A company by its short name."""
        return company_name(self.term(role), self.setting.names)

    def span(self) -> Text:
        """当周; 当周（4个交易日）; 近五个交易日."""
        if self.whole_week():
            return say("当周")
        if self.kind is Kind.SESSIONS:
            return (
                say("近{n}", n=self.in_sessions()) if self.has("sessions") else say(FIVE_SESSIONS)
            )
        if not self.has("sessions"):
            return say("当周")
        return say("当周（{n}）", n=self.many("sessions", "个交易日"))

    def in_sessions(self) -> Text:
        """五个交易日, whatever the span: for series that come a day late."""
        count = chinese_numeral(self.value("sessions"))
        return say("{n}", n=self.marked("sessions", f"{count}个交易日"))

    def in_short(self) -> Text | str:
        """周, 五日: the span in a headline, before a verb."""
        if self.kind is not Kind.SESSIONS:
            return "周"
        return self.short_count() if self.has("sessions") else "五日"

    def short_count(self) -> Text:
        """五日: how many sessions, in a headline."""
        count = chinese_numeral(self.value("sessions"))
        return say("{n}", n=self.marked("sessions", f"{count}日"))

    def bracketed(self) -> str:
        """周, 五日: the span inside brackets, where no others may stand."""
        return "五日" if self.kind is Kind.SESSIONS else "周"

    def by_the_end(self, role: str) -> str | Day:
        """周末; of five sessions, the day of the number that is the last of the span."""
        return self.on(role) if self.kind is Kind.SESSIONS else "周末"

    def way(self, role: str, up: str = "涨", down: str = "跌") -> Text:
        """涨7.3%, 跌7.3%, 持平."""
        if self.flat(role):
            return say("持平")
        return say("{verb}{x}", verb=up if self.up(role) else down, x=self.size(role))

    def since(self, *, short: bool = False) -> Day:
        """The last day before on which it was as far out: a month, or the day within a year."""
        since = self.rarity.since or self.rarity.first
        by_day = self.lately if short else self.recent
        return self.day(since) if by_day else chinese_month(since, self.setting.as_of)

    def second_to(self) -> Day:
        """The one day on which it was farther out."""
        return self.day(self.rarity.since or self.rarity.first)

    def first(self) -> Day:
        """The month in which its history starts."""
        return chinese_month(self.rarity.first, self.setting.as_of)

    def standing(self, role: str) -> Text:
        """近十年86%分位; 2019年12月以来86%分位."""
        rank = self.rank(role, f"{percentile(self.rarity.percentile or 0)}%分位")
        if self.ten_years:
            return say("近十年{rank}", rank=rank)
        return say("{first}以来{rank}", first=self.first(), rank=rank)

    def rarely(self, role: str, most: str, rank: str = "处于") -> Text:
        """The clause that says how rare it is, with its comma; empty where it is ordinary.

        most: 最大周涨幅, 最高; rank: what stands before the percentile.
        """
        if self.dated and self.rarity.record:
            return say("，为{d}有数据以来{most}", d=self.first(), most=most)
        if self.dated:
            return say("，为{d}以来{most}", d=self.since(), most=most)
        return say("，{rank}{p}", rank=rank, p=self.standing(role)) if self.ranked else Text()

    def news(self, most: str, record: str) -> Text:
        """The same clause in a headline: since when, or that it is a record; nothing else."""
        if not self.dated:
            return Text()
        if self.rarity.record:
            return say("{record}", record=record)
        return say("，为{d}以来{most}", d=self.since(short=True), most=most)


def without_comma(clause: Text) -> Text:
    """A clause where it follows its own subject."""
    first = str(clause.parts[0]).removeprefix("，")
    return Text((first, *clause.parts[1:]))
