"""The sentences of market and breadth in English."""

from __future__ import annotations

from datetime import date

from templates.sections.market.facts import (
    Averages,
    Indices,
    Mark,
    Price,
    Risers,
    Turnover,
    move,
)
from templates.wording import verbs
from templates.wording.english.teller import English
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.facts import Fact
from transforms.findings.finding import Finding

EVENTS = {
    "lowest": "Lowest close shown",
    "highest": "Highest close shown",
    "best_day": "Largest rise in a day",
    "worst_day": "Largest fall in a day",
}
# What is called missing: indices, price, turnover, risers, averages.
BLOCKS = (
    "Index returns",
    "Shanghai Composite",
    "Turnover, SSE and SZSE",
    "Share of technology stocks rising",
    "Shares of stocks above their averages",
)
AVERAGES = ("50-day", "200-day")
ABOVE, WEEKLY = "From 200-day mean", "RSI, weekly"
TABLE_NOTE = say(
    "Sorted by the first move. Filled bar rose, hollow fell. Percentiles: of the move among "
    "all of that length, of P/E in ten years or since the series began. An overbought RSI is "
    "boxed."
)
DASH = say(" A dash: no P/E has been received.")


def headline(table: Indices, traded: Turnover | None, s: Speller) -> Text:
    """STAR 50 rises 2.6% in the week, CSI 300 slips 0.6%; turnover sets a record."""
    moves = _moves(table, s)
    record = Text()
    if traded and traded.fact.record:
        record = say("turnover {sets} a record", sets="set" if s.stale else "sets")
    if not moves:
        return (record or say("no move of an index is known")).capitalized()
    both = moves + "; " + record if record else moves
    return s.fitting(both.capitalized(), moves.capitalized())


def _moves(table: Indices, s: Speller) -> Text:
    told = [row.week for row in table.moved if row.week]
    if not told:
        return Text()
    best, worst = English(told[0], s.setting), English(told[-1], s.setting)
    highest, lowest = move(table.moved[0]), move(table.moved[-1])
    if highest == lowest:
        return say("{i} {moved} {span}", i=best.index(), moved=_moved(best, s), span=best.span())
    if lowest > 0 or highest < 0:
        some = "" if len(told) == len(table.rows) else " with a figure"
        most = best if lowest > 0 else worst
        verb = ("rise", "rose") if lowest > 0 else ("fall", "fell")
        return say("all indices{some} {verb} {span}, {i} most ({x})", some=some,
                   verb=verb[s.stale], span=most.span(), i=most.index(),
                   x=most.signed("change"))  # fmt: skip
    return say("{i} {moved} {span}, {j} {other}", i=best.index(), moved=_moved(best, s),
               span=best.span(), j=worst.index(), other=_moved(worst, s))  # fmt: skip


def _moved(t: English, s: Speller) -> Text:
    """Rises 2.6%; is flat."""
    verb = t.verb(verbs.ENGLISH, alone=True)
    word = verb.past(up=t.up()) if s.stale else verb.present(up=t.up())
    return say("{word}", word=word) if t.flat("change") else say("{word} {x}", word=word,
                                                                 x=t.size("change"))  # fmt: skip


def span_head(week: Finding | None, s: Speller) -> Text:
    """The head of the column of moves: Week; Five sessions."""
    if week is None:
        return say("{week}", week=s.fixed("head.week"))
    t = English(week, s.setting)
    return (
        say("Week") if t.whole_week() else (say("{n} sessions", n=t.many("sessions"))).capitalized()
    )


def other_day(name: str, day: date, s: Speller) -> Text:
    """An index whose newest close is of another day than the table."""
    return say("{name}, {d}", name=name, d=s.day(day))


def price_title(p: Price, s: Speller) -> Text:
    """The Shanghai Composite is at its highest close since 2 Jul 2015."""
    on = _when(p.close, s)
    if p.state == "young":
        return say("The Shanghai Composite closed at {v}{on}", v=s.level(p.close), on=on)
    if p.state == "high":
        since = _since(p.close, s)
        return say("The Shanghai Composite {is_} at its highest close {since}{on}",
                   is_="was" if s.stale else "is", since=since, on=on)  # fmt: skip
    if p.state == "stepped_back" and p.before:
        verb = "stepped back from" if p.close.value < p.before.value else "stayed at"
        return say("The Shanghai Composite {verb} its highest close {since}{on}", verb=verb,
                   since=_since(p.before, s), on=on)  # fmt: skip
    return say("The Shanghai Composite {stands} below its high of {d}{on}",
               stands="stood" if s.stale else "stands", d=s.day(p.high_day), on=on)  # fmt: skip


def event(mark: Mark, fact: Fact | None, s: Speller) -> Text:
    """Highest close shown, 12 Jan: 4,165."""
    day = say("{what}, {d}", what=EVENTS[mark.event], d=s.day(mark.day))
    return day + say(": {v}", v=s.level(fact)) if fact else day


def turnover_title(one: Turnover, s: Speller) -> Text:
    """Turnover set a record: 3.65 trillion yuan."""
    fact, on = one.fact, _when(one.fact, s)
    if one.in_a_row:
        return say("Turnover set a record for the second session running: {v}{on}",
                   v=s.level(fact), on=on)  # fmt: skip
    if fact.record:
        return say("Turnover set a record: {v}{on}", v=s.level(fact), on=on)
    if fact.previous_record:
        return say("Turnover of {v}{on} {is_} below the record of {d}", v=s.level(fact), on=on,
                   is_="was" if s.stale else "is", d=s.day(fact.previous_record))  # fmt: skip
    return say("Turnover of {v}{on}", v=s.level(fact), on=on)


def turnover_rule(fact: Fact, s: Speller) -> Text:
    """The line of the record in the picture."""
    kind = "record before" if fact.record else "record"
    if fact.previous_record is None:
        return Text()
    return say("{kind}: {d}", kind=kind, d=s.day(fact.previous_record))


def turnover_note(one: Turnover, s: Speller) -> Text:
    """Since when a record is one, and how large turnover is beside what can be traded."""
    fact = one.fact
    first = s.dated(fact.first_observation)
    since = (
        say("Record of all days since {d}.", d=first)
        if fact.has_record
        else say("The data begin on {d}, too late to speak of a record.", d=first)
    )
    if one.deflated is None:
        return since
    what = {
        "turnover_to_tradable_cap": "Of the tradable value",
        "turnover_vs_250d": "Five days over the yearly mean",
    }[one.deflated.metric]
    return since + say(" {what}: {v}, {p}{on}.", what=what, v=s.level(one.deflated),
                       p=s.percentile(one.deflated), on=_when(one.deflated, s))  # fmt: skip


def risers_title(one: Risers, s: Speller) -> Text:
    """Most technology shares rose: 84.3% of 1,011."""
    fact, on = one.fact, _when(one.fact, s)
    if one.flipped and one.before:
        return say("Breadth flipped: {a} of tech shares rose, then {b}{on}",
                   a=s.level(one.before), b=s.level(fact), on=on)  # fmt: skip
    if fact.value in (0, 1):
        who = "All of" if fact.value else "None of"
        return say("{who} {n} technology shares rose{on}", who=who, n=s.members(fact), on=on)
    rose = (
        "Most technology shares rose" if fact.value > 0.5 else "Most technology shares did not rise"
    )
    return say("{rose}{on}: {x} of {n}", rose=rose, on=on, x=s.level(fact), n=s.members(fact)) + (
        "" if fact.value > 0.5 else " did"
    )


def averages_title(one: Averages, s: Speller) -> Text:
    """Most technology shares stand above both their 50- and 200-day averages."""
    who = "technology shares" if one.entity == "tech" else "shares"
    stand, on = "stood" if s.stale else "stand", _when(one.short, s)
    if one.state == "neither":
        return say("Neither average {has} most {who} above it{on}",
                   has="had" if s.stale else "has", who=who, on=on)  # fmt: skip
    where = {
        "both": "above both their 50- and 200-day averages",
        "long_only": "above the 200-day average, but not the 50-day one",
        "short_only": "above the 50-day average, but not the 200-day one",
    }[one.state]
    return say("Most {who} {stand} {where}{on}", who=who, stand=stand, where=where, on=on)


def _when(fact: Fact, s: Speller) -> Text:
    """On 12 Jan, where a fact is not of the issue's day."""
    if fact.observation_date == s.as_of:
        return Text()
    return say(" on {d}", d=s.day(fact.observation_date))


def _since(fact: Fact, s: Speller) -> Text:
    if fact.highest_since:
        return say("since {d}", d=s.day(fact.highest_since))
    return say("since records began on {d}", d=s.dated(fact.first_observation))
