"""The sentences of leverage and flows in English."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from templates.format import Day, Number
from templates.sections.leverage.facts import Industries, News, Reading, is_week, leading
from templates.wording.english.teller import English
from templates.wording.language import ENGLISH
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.facts import Fact
from transforms.findings.finding import Finding

GROUPS = {
    "borrowed": "Borrowed money",
    "shares": "Heat in single shares",
    "trading": "Where the money trades",
    "flows": "Flows and collateral",
}
NAMES = {
    "loans": "Margin loans",
    "purchases": "Purchases on margin, five days",
    "pace": "Margin loans over 20 sessions",
    "limit_ups": "Shares at the upper limit",
    "run_ups": "Up 90% from the 30-session low",
    "highs": "New highs less new lows",
    "moves": "Abnormal moves in five sessions",
    "turnover": "Turnover, week against year",
    "tmt": "TMT shares in turnover",
    "busiest": "Busiest twentieth of shares",
    "turnover_5d": "Turnover a day, mean of a week",
    "turnover_20d": "Turnover, month against year",
    "southbound": "Southbound net, 20 sessions",
    "etf": "Technology ETFs net, 20 sessions",
    "collateral": "Collateral over margin debt",
}
UNITS = {
    "loans": "CNY",
    "purchases": "of turnover",
    "pace": "",
    "run_ups": "shares",
    "highs": "of shares, over a year",
    "moves": "in a thousand shares",
    "turnover": "times, daily means",
    "tmt": "of turnover",
    "busiest": "of turnover",
    "turnover_5d": "CNY",
    "turnover_20d": "times, daily means",
    "southbound": "HKD",
    "etf": "CNY",
    "collateral": "times",
}
INDUSTRY = "Industry"
INDUSTRIES = "Margin loans by industry"
NOTE = say(
    "Each panel: newest value, change over five sessions, rank in its own history since the year "
    "named, and the course of 52 weeks with its high, low and median (dashes)."
)
NOTES = {
    "moves": " Abnormal moves: cases that meet the exchanges' rule for notices, by prices alone.",
    "tmt": " TMT: electronics, computers, media, telecoms.",
    "busiest": " Busiest: the twentieth of all shares that traded most.",
    "collateral": " Collateral: mean of all margin accounts, as published.",
}
INDUSTRIES_NOTE = say(
    "Full dot and number: share of margin loans. Open dot: share of tradable market value. "
    "Weight: the latter. The twelve industries with most loans, or all if fewer."
)
SHARES = ("share of margin loans", "share of tradable market value")
# What each line beside the panels is about.
RULE, SIZE, SPREAD, HELD = "Rule", "Size", "Spread", "Limits"


def headline(told: News, readings: Sequence[Reading], s: Speller) -> Text:
    """Margin loans rise 3.8% to a record; minimum margin ratio raised from 80% to 100%."""
    clauses = [forms for one in leading(told) if (forms := _clauses(one, told, s))]
    if not clauses:
        return _no_news(readings, s)
    pairs = [joined(pair, by=ENGLISH.between) for pair in product(*clauses)]
    return s.fitting(*pairs, *clauses[0]).capitalized()


def _clauses(finding: Finding, told: News, s: Speller) -> list[Text]:
    """A finding as a clause, the fullest form first; of a past day only what has a past tense."""
    if finding is told.loans:
        return [*_loans(finding, s, record=told.record)]
    said = ENGLISH.told(finding, s.setting)
    forms = () if s.stale else said.headlines or said.neutral
    room = ENGLISH.lengths.headline
    return [f for f in forms if ENGLISH.measure(f) <= room and not str(f)[:1].isdecimal()]


def _loans(finding: Finding, s: Speller, *, record: bool) -> tuple[Text, ...]:
    """Margin loans rise 3.8% in five sessions to a record: the fullest form first."""
    t = English(finding, s.setting)
    if t.flat("change"):
        verb = "were flat" if s.stale else "are flat"
        return (say("margin loans {verb} {span}", verb=verb, span=t.in_sessions()),)
    verb = {True: ("rise", "rose"), False: ("fall", "fell")}[t.up()][s.stale]
    moved = say("margin loans {verb} {x}", verb=verb, x=t.size("change"))
    to = " to a record" if record else ""
    spans = [t.in_sessions(), *([say("in a week")] if is_week(finding) else [])]
    return tuple(say("{moved} {span}{to}", moved=moved, span=span, to=to) for span in spans)


def _no_news(readings: Sequence[Reading], s: Speller) -> Text:
    """Margin loans stood at 2.70 trillion yuan on 15 Jan."""
    panel = next((one for one in readings if one.measure.name == "loans"), None)
    if panel is None:
        return say("No figure of margin loans or flows is known")
    return say("Margin loans stood at {v} on {d}", v=s.size(panel.fact),
               d=s.day(panel.fact.observation_date))  # fmt: skip


def unit(panel: Reading, s: Speller) -> Text:
    """Of 5,187 shares, to 15 Jan."""
    fact = panel.fact
    what = say("{unit}", unit=UNITS.get(panel.measure.name))
    if panel.measure.name == "limit_ups":
        what = say("of {n} shares", n=s.members(fact)) if fact.n else say("of shares")
    if fact.observation_date == s.as_of:
        return what
    to = say("to {d}", d=s.day(fact.observation_date))
    return say("{what}, {to}", what=what, to=to) if what else to


def change(gained: Number, way: int) -> Text:
    """98.1 bn in a week."""
    return say("{x} in a week", x=gained) if way else say("unchanged")


def rank(panel: Reading, since: Day, s: Speller) -> Text:
    """90th pct, 2012–; highest since 2012."""
    if panel.standing == "young":
        return say("no rank yet")
    if panel.standing != "ranked":
        return say("{most} since {year}", most=panel.standing, year=since)
    pct = s.percentile(panel.fact)
    short = Number(pct.text.replace(" percentile", ""), pct.ref)
    return say("{p} pct, {year}–", p=short, year=since)


def absent(names: list[str], s: Speller) -> Text:
    """What has no value, in one line."""
    return s.absent("; ".join(names))


def industries_title(one: Industries, name: str, s: Speller) -> Text:
    """Telecoms: 10.1% of margin loans, 1.6 times its market weight, most of those shown."""
    most = one.heaviest
    return say("{name}{on}: {x} of margin loans, {v} times its market weight, most of those shown",
               name=name, on=_on(most.weight, s), x=s.level(most.loans),
               v=s.level(most.weight))  # fmt: skip


def size_line(fact: Fact, s: Speller) -> Text:
    """Margin loans are 2.6% of tradable market value, 84th percentile since 2012."""
    what = "tradable" if "tradable" in fact.metric else "total"
    return say("Margin loans {are} {x} of {what} market value{rank}.", x=s.level(fact), what=what,
               are="were" if s.stale else "are", rank=_rank(fact, s))  # fmt: skip


def rule_line(required: Fact, in_rule: Fact | None, s: Speller) -> Text:
    """Minimum margin ratio in force: 80.0%; purchases on margin 1.2 times their mean under it."""
    said = say("Minimum margin ratio in force{on}: {x}", on=_on(required, s), x=s.level(required))
    if in_rule is None:
        return said + "."
    return said + say("; purchases on margin {v} times their mean under it.", v=s.level(in_rule))


def spread_line(fact: Fact, s: Speller) -> Text:
    """Turnover is as concentrated as in nine equal industries, 1st percentile since 2022."""
    what = {"turnover_effective_sectors": "Turnover", "margin_industry_effective": "Margin debt"}
    return say("{what} {is_} as concentrated as in {n} equal industries{rank}.",
               what=what[fact.metric], is_="was" if s.stale else "is", n=s.level(fact),
               rank=_rank(fact, s))  # fmt: skip


def held_line(fact: Fact, s: Speller) -> Text:
    """Of the shares that touched their upper limit 72.0% closed at it."""
    return say("Of the shares that touched their upper limit, {x} closed at it{rank}.",
               x=s.level(fact), rank=_rank(fact, s))  # fmt: skip


def _rank(fact: Fact, s: Speller) -> Text:
    """The percentile with its history, and the day where it is not the issue's."""
    day = fact.first_observation
    ranked = Text()
    if fact.percentile is not None:
        ranked = say(", {p} since {year}", p=s.percentile(fact),
                     year=Day(s.year_tick(day), day.isoformat()))  # fmt: skip
    return ranked + _on(fact, s)


def _on(fact: Fact, s: Speller) -> Text:
    """On 12 Jan, where a fact is not of the issue's day."""
    if fact.observation_date == s.as_of:
        return Text()
    return say(" on {d}", d=s.day(fact.observation_date))
