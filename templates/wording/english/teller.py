"""What English sentences are built of: names, spans, days, and how rare a thing is."""

from __future__ import annotations

from datetime import date

from templates.companies import english_company_name
from templates.format import (
    NO_BREAK,
    Day,
    Number,
    index_name,
    ordinal,
    short_day,
    sign_of,
)
from templates.wording.names import IN_HEADLINES, WITH_ARTICLE
from templates.wording.spelling import (
    cardinal,
    english_month,
    english_size,
    percentile,
)
from templates.wording.text import Text, say
from templates.wording.told import Told
from transforms.findings.span import Kind


class English(Told):
    """A finding as English tells it."""

    def size(self, role: str, places: int | None = None) -> Number:
        """The number of a role without its sign."""
        figure = self.figure(role)
        return self.marked(role, english_size(figure.value, figure.unit, places))

    def level(self, role: str) -> Number:
        """The number of a role, with a minus where it is negative."""
        text = str(self.size(role))
        return self.marked(role, sign_of(self.value(role), text, signed=False) + text)

    def many(self, role: str) -> Number:
        """A count, in words up to ten."""
        return self.marked(role, cardinal(self.value(role)))

    def counted(self, role: str, thing: str) -> Text:
        """A count with what it counts: one share, six shares, 101 shares, no share."""
        plural = "" if round(self.value(role)) in {0, 1} else "s"
        return say("{n} {thing}{s}", n=self.many(role), thing=thing, s=plural)

    def points(self, role: str) -> Number:
        """A change in percentage points, signed: +2.6 pp."""
        return self.marked(role, f"{self.signed(role)}{NO_BREAK}pp")

    def on(self, role: str) -> Day:
        """The day of a number."""
        return self.day(self.figure(role).day)

    def day(self, day: date) -> Day:
        """A day: 13 Jan."""
        return short_day(day, self.setting.as_of)

    def index(self, code: str | None = None) -> str:
        """An index in a sentence: the Shanghai Composite, STAR 50."""
        code = code or self.entity
        article = "the " if code in WITH_ARTICLE else ""
        return article + index_name(code, self.setting.names)

    def short_index(self) -> str:
        """An index in a headline: Shanghai, STAR 50."""
        if self.entity in IN_HEADLINES:
            return IN_HEADLINES[self.entity].en
        return index_name(self.entity, self.setting.names)

    def company(self, role: str) -> str:
        """A company by its short name."""
        return english_company_name(self.term(role), self.setting.names)

    def span(self) -> Text:
        """In the week; in the four-session week; in five sessions."""
        if self.whole_week():
            return say("in the week")
        spoken = cardinal(len(self.setting.span))
        n = self.many("sessions") if self.has("sessions") else spoken
        if self.kind is Kind.SESSIONS:
            return say("in {n} sessions", n=n)
        return say("in the {n}-session week", n=n)

    def in_sessions(self) -> Text:
        """In five sessions, whatever the span: for series that come a day late."""
        return say("in {n} sessions", n=self.many("sessions"))

    def ended(self, role: str) -> Text:
        """And ended the week lower: where the number of a role is the last of the span."""
        if self.kind is Kind.SESSIONS:
            return say("stood {x} {way} on {d}", x=self.size(role), way=self.way(role),
                       d=self.on(role))  # fmt: skip
        return say("ended the week {x} {way}", x=self.size(role), way=self.way(role))

    def way(self, role: str) -> str:
        """Higher, lower."""
        return "higher" if self.up(role) else "lower"

    def since(self, *, short: bool = False) -> Day:
        """The last day before on which it was as far out: a month, or the day within a year."""
        since = self.rarity.since or self.rarity.first
        if self.lately if short else self.recent:
            return self.day(since)
        return english_month(since, self.setting.as_of, short=short)

    def second_to(self) -> Day:
        """The one day on which it was farther out."""
        return self.day(self.rarity.since or self.rarity.first)

    def first(self) -> Day:
        """The month in which its history starts."""
        return english_month(self.rarity.first, self.setting.as_of)

    def history(self) -> Text:
        """Of ten years; since December 2019."""
        return say("of ten years") if self.ten_years else say("since {first}", first=self.first())

    def standing(self, role: str) -> Text:
        """The 86th percentile of ten years."""
        rank = ordinal(percentile(self.rarity.percentile or 0))
        return say("the {rank} percentile {of}", rank=self.rank(role, rank), of=self.history())

    def rarely(self, role: str, most: str) -> Text:
        """The clause that says how rare it is, with its comma; empty where it is ordinary.

        most: the most, its worst day, the highest.
        """
        if self.dated and self.rarity.record:
            return say(", {most} since the series began in {d}", most=most, d=self.first())
        if self.dated:
            return say(", {most} since {d}", most=most, d=self.since())
        return say(", {standing}", standing=self.standing(role)) if self.ranked else Text()

    def news(self, most: str, record: str) -> Text:
        """The same clause in a headline: since when, or that it is a record; nothing else."""
        if not self.dated:
            return Text()
        if self.rarity.record:
            return say(", {record}", record=record)
        return say(", {most} since {d}", most=most, d=self.since(short=True))


def without_comma(clause: Text) -> Text:
    """A clause where it follows its own subject."""
    first = str(clause.parts[0]).removeprefix(",")
    return Text((first, *clause.parts[1:]))
