"""Page 1 in English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from templates.format import NO_BREAK, Day, Number, ordinal
from templates.sections.verdict.facts import (
    NAMED,
    After,
    Axis,
    Health,
    Position,
    Reading,
    is_few,
    named,
)
from templates.sections.verdict.shifts import Shift
from templates.wording.english.teller import English
from templates.wording.names import CERTAINTY, MEANINGS, block, body, in_running_text
from templates.wording.page_words import Crossing
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.ahead.entry import Certainty, Entry, Kind
from transforms.axes.regimes import HOT
from transforms.facts import Fact
from transforms.findings.finding import Finding
from transforms.findings.span import Kind as Span
from transforms.formulas.printed_value import printed_rank
from transforms.issue.staleness import Stale

PAST_STATES = {
    "overheated advance": "the advance was overheated",
    "healthy advance": "the market advanced and was not hot",
    "undecided, hot": "the market was hot and had no clear trend",
    "undecided": "the market had no clear trend",
    "froth without trend": "the market was hot without a trend",
    "fading": "momentum was weak and the market not hot",
}
NO_SCORE = "No score can be given: inputs are missing, or their history is too short."
NO_FINDING = "Nothing has come that could be compared."
ACROSS, UP = "structural momentum, 0–100 →", "↑ overheating, 0–100"
LINE = f"line {HOT}"
BY_ZONE = ("Weak, not hot", "No clear trend", "Advance, not hot",
           "Hot without trend", "No clear trend, hot", "Overheated advance")  # fmt: skip
LINES = {
    "heat": "Heat",
    "momentum": "Momentum",
    "rsi": "RSI-14, Shanghai",
    "financing": "Margin loans, 20 sessions",
    "ma50": "Tech above 50-day average",
    "runups": "Shares 90% above their low",
}
BACK = "{name} had no score on {a} and one on {b}, which alone moved {axis} by {x}."
GONE = "{name} had a score on {a} and none on {b}, which alone moved {axis} by {x}."
SESSIONS, MEDIAN, ANY_DAY, CASES = "sessions", "median", "any day", "cases"
MAP, FOLLOWED = "The map of the two axes", "What followed"
NO_EVENTS = "No announcement of the week is known."
NO_CALENDAR = "Nothing is dated for the next two weeks."
BEIJING = "Beijing time."


def headline(told: Text, stale: Stale | None, place: Position, s: Speller) -> Text:
    """What happened; of a day that is past, that nothing new has come, and how it stood."""
    if stale is None:
        return told or say("Nothing is known of this week")
    return say(
        "{standstill}; {then}", standstill=_standstill(stale, s), then=_then(stale, place, s)
    )


def _standstill(stale: Stale, s: Speller) -> Text:
    return say("No new {what} since {d}", what=stale.what, d=s.dated(stale.since))


def _then(stale: Stale, place: Position, s: Speller) -> Text:
    if place.state is None or place.day is None:
        partial = place.partial
        return say("both axes in part only" if partial else "the two axes could not be measured")
    return say(
        "{when} {state}", when=_that_day(stale, place.day, s), state=PAST_STATES[place.state]
    )


def _that_day(stale: Stale, day: date, s: Speller) -> Text:
    return say("on that day") if day == stale.since else say("on {d}", d=s.day(day))


def lede(told: Text, stale: Stale | None, place: Position, s: Speller) -> Text:
    """What front tells; of a day that is past the axes alone."""
    axes = [one for one in (place.momentum, place.heat) if one]
    if stale:
        told = joined((_axis(one, s) for one in axes), by=" ")
    return told if axes else joined(filter(None, (told, say(NO_SCORE))), by=" ")


def _axis(one: Axis, s: Speller) -> Text:
    name = {"momentum": "Momentum", "heat": "Heat"}[one.side]
    when = say(" on {d}", d=s.day(one.day)) if one.day != s.as_of else Text()
    if one.fact is None:
        if one.within is None:
            return Text()
        low, high = one.within
        return say("{name} in part only{when}, between {a} and {b} of 100.", name=name, when=when,
                   a=s.level(low), b=s.level(high))  # fmt: skip
    change = s.week_change(one.fact)
    most = say(", above all {b}", b=block(one.mover).en) if one.mover else Text()
    gained = say(" ({c} in five sessions{most})", c=change, most=most) if change else Text()
    ends = Text()
    if len(one.blocks) > 1:
        ends = say(": {a} led, {b} trailed", a=block(one.blocks[0].entity).en,
                   b=block(one.blocks[-1].entity).en)  # fmt: skip
    return say("{name} {v} of 100{when}{gained}{ends}.", name=name, v=s.level(one.fact), when=when,
               gained=gained, ends=ends)  # fmt: skip


def map_title(stale: Stale | None, place: Position, s: Speller) -> Text:
    """Overheated advance since 12 Jan."""
    if stale:
        told = say("no position on the map")
        if place.state and place.day:
            told = say("{state} {when}", state=s.state(place.state).lower(),
                       when=_that_day(stale, place.day, s))  # fmt: skip
        return say("{standstill}: {told}", standstill=_standstill(stale, s), told=told)
    if place.state:
        since = (
            say(" since {d}", d=s.day(place.since)) if place.since else say(" in the whole series")
        )
        return say("{state}{since}", state=s.state(place.state), since=since)
    ranges = [one for one in (place.momentum, place.heat) if one and one.within]
    if place.marks and len(ranges) == 1 and ranges[0].within:
        low, high = ranges[0].within
        return say("{axis} in part only: between {a} and {b}", axis=LINES[ranges[0].side],
                   a=s.level(low), b=s.level(high))  # fmt: skip
    return say("Both axes in part only") if place.marks else say("No position on the map")


def map_note(place: Position, s: Speller) -> Text:
    """How the map is to be read."""
    said = [say("One mark a week, 13 at most; axes are cut.")]
    if place.partial:
        said.append(say("Hollow: known in part only; the bar is the range."))
    elif any(one and one.spread for one in (place.momentum, place.heat)):
        said.append(say("Cross: 80% range under other weights."))
    said += [_shift(one, s) for one in place.shifts]
    read = [
        say("{axis} {c}", axis=one.side, c=one.read_told)
        for one in (place.momentum, place.heat)
        if one and one.known
    ]
    if read:
        said.append(say("Share of the whole axis that has readings: {all}.",
                        all=joined(read, by=", ")))  # fmt: skip
    return joined(said, by=" ")


def _shift(one: Shift, s: Speller) -> Text:
    """Earnings had no score on 9 Jan and had one on 13 Jan, which moved momentum by −11."""
    how = BACK if one.back else GONE
    return say(how, name=block(one.block).en, a=s.day(one.before), b=s.day(one.day),
               axis=one.side, x=one.told).capitalized()  # fmt: skip


def point(place: Position, s: Speller) -> tuple[Text, ...]:
    """What stands beside the last mark."""
    lines = [say("{d}", d=s.day(place.day))] if place.day else []
    for one in (place.momentum, place.heat):
        if one and one.fact:
            lines.append(say("{axis} {v}", axis=one.side, v=s.level(one.fact)))
        elif one and one.within:
            low, high = one.within
            lines.append(say("{axis} {a}–{b}", axis=one.side, a=s.level(low), b=s.level(high)))
    return tuple(lines)


def tile_name(one: Reading, s: Speller) -> Text:
    """The name of a place, with the day of a value that is late."""
    name = Text((s.fixed(f"tile.{one.place.key}"),))
    late = one.fact and one.fact.observation_date != s.as_of and one.place.key != "raised"
    return name + say(", {d}", d=s.day(one.fact.observation_date)) if late and one.fact else name


def change(moved: Number, one: Reading) -> Text:
    """+2.6% in the week."""
    return say("{x} {span}", x=moved, span="in the week" if one.in_week else "in 5 sessions")


def raised(gained: Number, s: Speller) -> Text:
    """What listings of the span raised."""
    week = s.setting.span.kind is not Span.SESSIONS
    return say("{v} {span}", v=gained, span="in the week" if week else "in 5 sessions")


def rank(one: Reading, s: Speller) -> Text:
    """Where a tile's value stands in its history."""
    fact = one.fact
    if fact is None:
        return Text()
    if fact.percentile is None:
        if one.place.key == "raised" and fact.n:
            return say("{n} listings to {d}", n=s.members(fact), d=s.day(fact.observation_date))
        return Text()
    if one.top or one.bottom:
        most = "highest" if one.top else "lowest"
        return say("{most} since {y}", most=most, y=_year(fact.first_observation))
    if one.moved and one.place.finding:
        return _move(one.moved, s)
    return say("{p} pct since {y}", p=_percentile(fact.percentile, f"{fact.fact_id}#percentile"),
               y=_year(fact.first_observation))  # fmt: skip


def _move(moved: Finding, s: Speller) -> Text:
    """How rare a move is, where there is no room for since when: move: 76th percentile."""
    told, since = rarity(moved, "change", s)
    if not told or moved.rarity.percentile is None:
        return Text()
    if moved.rarity.record:
        return say("{rank} move {since}", rank=told, since=since)
    ref = f"{English(moved, s.setting).marked('change', '').ref}#percentile"
    return say("move: {p} percentile", p=_percentile(moved.rarity.percentile, ref))


def rarity(finding: Finding, role: str, s: Speller) -> tuple[Text, Text]:
    """How rare a finding is, and since when its history runs."""
    t, rare = English(finding, s.setting), finding.rarity
    if rare.percentile is None:
        return Text(), Text()
    since = say("since {y}", y=_year(rare.first))
    if rare.record:
        return say("record"), since
    if t.second_only:
        return say("second"), since
    return say("{p} pct", p=_percentile(rare.percentile, f"{t.marked(role, '').ref}#percentile")), since  # fmt: skip


def _percentile(value: float, ref: str) -> Number:
    return Number(ordinal(int(printed_rank(value))), ref)


def _year(day: date) -> Day:
    return Day(f"{day.year}", day.isoformat())


def told_title(stale: Stale | None, s: Speller) -> Text:
    """What the list is called."""
    return say("What the newest data say") if stale else say("{t}", t=s.fixed("section.week"))


def mark(day: date, s: Speller) -> Day:
    """Mon 19: within some weeks no month is needed."""
    return Day(f"{s.weekday(day)}{NO_BREAK}{day.day}", day.isoformat())


def event(one: Finding, day: date, s: Speller) -> Text:
    """SSE, SZSE and BSE: minimum margin ratio raised; in force on 19 Jan."""
    t = English(one, s.setting)
    told = say(
        "{who}: {what}", who=body(t.term("body")).en, what=in_running_text(t.term("title_en"))
    )
    begins = t.term("effective")
    if not begins or date.fromisoformat(begins) == day:
        return told
    start = date.fromisoformat(begins)
    return told + say("; in force {since} {d}", since="since" if start <= s.as_of else "on",
                      d=s.day(start))  # fmt: skip


def ahead(entries: Sequence[Entry], s: Speller) -> Text:
    """What a day brings, each with its hour in Beijing."""
    told = joined((_entry(one, s) for one in entries), by="; ")
    sure = {CERTAINTY[Certainty(one.certainty).value].en for one in entries}
    return told + f" ({sure.pop()})" if len(sure) == 1 and sure != {""} else told


def _entry(one: Entry, s: Speller) -> Text:
    hour = f", {one.beijing_time}" if one.beijing_time else ""
    if hour.endswith("+1"):
        hour = f"{hour.removesuffix('+1')} the next day"
    last = "to" if one.kind is Kind.CLOSED else "by"
    until = say(", {last} {d}", last=last, d=mark(one.until, s)) if one.until else Text()
    if one.kind is Kind.POLICY:
        return say("in force: {title}", title=in_running_text(one.title_en)).capitalized()
    return say("{title}{hour}{until}", title=named(one.title_en, s), hour=hour, until=until)


def followed_note(one: After, reading: Text, s: Speller) -> Text:
    """The condition, the index, and how many readings were looked at."""
    first = one.horizons[0]
    few = say(" Fewer than {n} cases have no median.", n="8") if any(map(is_few, one.horizons)) else Text()  # fmt: skip
    return say("{i} after a reading like this: {r}. Independent cases since {d}; thin line: any day.{few} "
               "{n} readings were looked at.", i=s.index(first.measured_on), r=reading, few=few,
               d=s.day(first.since), n=Number(f"{one.looked}", "followed#looked"))  # fmt: skip


def scenario(found: tuple[Fact, Fact] | None, s: Speller) -> Text:
    """STAR 50 in 60 sessions: higher with no 10% fall in 40% of past cases."""
    if found is None:
        return Text()
    calm, deep = found
    return say(" STAR 50 in 60 sessions: higher with no 10% fall in {x} of past cases, a fall of 20% or "
               "more in {y}.", x=s.level(calm), y=s.level(deep))  # fmt: skip


def distance(one: Crossing, now: Number, away: Number, s: Speller) -> Text:
    """60: 5 from cooler."""
    day = one.fact.observation_date
    when = say(" ({d})", d=s.day(day)) if day != s.as_of else Text()
    return say("{v}{when}: {x} from {meaning}", v=now, when=when, x=away,
               meaning=MEANINGS[one.meaning].en.lower())  # fmt: skip


def crossed(one: Crossing, line: Number) -> Text:
    """Cooler < 55."""
    return say("{meaning} {way} {line}", meaning=MEANINGS[one.meaning].en.lower(),
               way="≥" if one.rises else "<", line=line)  # fmt: skip


def foot(one: Health, s: Speller) -> Text:
    """What the numbers stand on."""
    never = say(", {n} never received", n=one.never) if str(one.never) != "0" else Text()
    said = [say("Data: {a} of {b} inputs on time{never}.", a=one.fresh, b=one.total, never=never)]
    said += [
        say("{what}: last good value {d}.", what=s.label(gap.label), d=s.day(gap.day))
        for gap in one.late[:NAMED]
    ]
    if one.fresh.text != one.total.text:
        said.append(say("The last pages list all."))
    if one.restated:
        said.append(say("Restated since the last issue: {n} numbers.",
                        n=Number(f"{one.restated}", "restated#all")))  # fmt: skip
    said.append(say("Any number is a fact with a name: briefing explain shows its query."))
    return joined(said, by=" ")
