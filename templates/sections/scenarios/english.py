"""The sentences of the scenarios and of their record in English."""

from __future__ import annotations

from collections.abc import Sequence

from templates.sections.scenarios.facts import (
    Event,
    Explosive,
    Growth,
    Outlook,
    Reading,
    Record,
    RunUp,
    Trigger,
)
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.facts import Fact

# What is called missing, in the order of the page.
BLOCKS = (
    "Scenarios",
    "What followed readings of the axes",
    "Events on the way",
    "Weekly changes of state",
    "Lines not crossed",
    "The record of such forecasts",
    "Forecast against outcome",
    "Tests of explosive growth",
    "Earlier run-ups of the Shanghai Composite",
)
HEADS = {
    "reading": "Reading",
    "measured": "Measured on",
    "median": "Median",
    "base": "Any day",
    "within": "Within",
    "series": "Series",
    "index": "Index",
    "horizon": "Horizon",
    "independent": "Independent",
    "brier": "Score",
    "brier_base": "Base rate",
    "skill": "Skill",
    "alike": "Similar days",
    "p": "p",
    "statistic": "Statistic",
    "critical": "Line",
    "weeks": "Weeks on end",
    "pattern": "LPPLS",
    "rose": "Rose",
    "cases": "Cases",
    "fell": "Fell hard",
    "fell_share": "Share",
    "year_after": "Median year after",
    "was": "Week before",
}
EVENTS = {
    "fall_10": "Fall of 10% from a high",
    "fall_20": "Fall of 20% from a high",
    "fall_30": "Fall of 30% from a high",
    "gain_10": "10% higher on the way",
    "gain_20": "20% higher on the way",
}
SERIES = {
    "structural_momentum": "Structural momentum",
    "overheating": "Heat",
    "rsi_14": "RSI-14, CSI 300",
    "volatility_20d": "20-day volatility, CSI 300",
    "margin_financing_change_20d": "Margin loans, 20 sessions",
    "share_above_ma50": "Tech above 50-day average",
    "policy_intensity": "Policy intensity",
}
# What crossing a line downwards (or upwards) means.
EFFECTS = {
    "advance begins": "an advance",
    "advance ends": "no longer an advance",
    "fading begins": "weak momentum",
    "fading ends": "no longer weak",
    "turns hot": "hot",
    "cools": "no longer hot",
    "enters its highest tenth": "in its highest tenth",
    "enters its lowest tenth": "in its lowest tenth",
}
CLASSES = {
    "20% in 30 sessions": "20% in 30 sessions",
    "30% in 30 sessions": "30% in 30 sessions",
    "doubled in a year": "100% in a year",
    "doubled in two years": "100% in two years",
}
PRIORS = {
    "industry_doubled_in_two_years_then_fell_40": "of industries that had doubled in two years "
    "{x} then fell by 40%",
    "market_doubled_in_a_year_then_halved_in_one": "of markets that had doubled in a year {x} "
    "fell by half in the next",
    "market_doubled_in_a_year_then_halved_in_five": "{x} within five years",
}
# The columns of what the pictures draw.
OUTLOOK_DATA = ("Index", "Sessions", "Outcome", "Probability", "Low", "High", "Base rate")
RELIABILITY_DATA = {"forecast": "Forecast", "frequency": "Came true", "low": "Low", "high": "High"}
TOO_FEW, NOT_TESTED = "too few", "not tested"
OUTLOOK_UNIT = "Bar: probability in steps of 5%; tick: any day; thin line: 80% interval"
READINGS_NOTE = say(
    "Return within 20, 60 and 120 sessions. Cases are independent: none begins before the last is "
    "over. Medians from eight cases on. Any day: the median of all sessions since the reading could "
    "first be judged. Readings are those of the fixed core of each axis."
)
TRIGGERS_TITLE = say("Lines not crossed, and what crossing them means")
TRIGGERS_NOTE = say(
    "Axes in points of 100; the other lines end the highest or lowest tenth of the series so far."
)
FORECAST, FREQUENCY = "forecast", "came true"
RELIABILITY_TITLE = say("STAR 50 over 60 sessions: forecast against outcome")
RELIABILITY_NOTE = say(
    "A dot on the dashed line came as often as forecast. Bars: where a true forecast would lie nine "
    "times out of ten."
)
TESTS_NOTE = say(
    "p: how often chance alone shows as large a statistic; under 0.05 counts as found. LPPLS: share "
    "of windows that fit the LPPLS bubble pattern; it gives no date."
)
COURSE = ("statistic", "95% line")
STATISTIC = "BSADF, weekly"
FOLLOWED_TITLE = say("State of the week after, in weeks")
FOLLOWED_NOTE = say("Rows: the week before; columns: the week after. Finished weeks only.")


def sessions(horizon: int) -> str:
    """60 sessions."""
    return f"{horizon} sessions"


def cases_within(horizon: int) -> str:
    """Cases, 60."""
    return f"Cases, {horizon}"


OUTCOME = {
    "continuation": "higher in {h} sessions with no 10% fall",
    "consolidation": "not higher in {h} sessions, no 10% fall",
    "correction": "down 10–20% at some close in {h} sessions",
    "bust": "down 20% or more at some close in {h} sessions",
}


def headline(ahead: Outlook | None, made: Record | None, s: Speller) -> Text:
    """No better than the base rate: STAR 50 higher in 60 sessions with no 10% fall, 40%."""
    if ahead is None:
        return record_title(made, s) if made else say("No scenario is known")
    said = say("STAR 50 {what}, {x}", what=_outcome(ahead), x=s.level(ahead.likeliest.value))
    if ahead.informed:
        return say("{first}: {said}", first="As frequent as any" if ahead.tied else "Most frequent",
                   said=said)  # fmt: skip
    return say("No better than the base rate: {said}", said=said)


def _outcome(ahead: Outlook) -> str:
    return OUTCOME[ahead.likeliest.outcome].format(h=ahead.horizon)


def outlook_title(ahead: Outlook, s: Speller) -> Text:
    """STAR 50: 40% of past spans of 60 sessions ended higher with no 10% fall."""
    x, h = s.level(ahead.likeliest.value), sessions(ahead.horizon)
    if not ahead.informed:
        return say("STAR 50: {x} of past spans of {h} {what}", x=x, h=h,
                   what=_PAST[ahead.likeliest.outcome])  # fmt: skip
    on = say(" on {d}", d=s.day(ahead.likeliest.value.observation_date)) if s.stale else Text()
    how = "As frequent as any" if ahead.tied else "Most frequent"
    return say("{how}{on}: STAR 50 {what}, {x}", how=how, on=on, what=_outcome(ahead), x=x)


_PAST = {
    "continuation": "ended higher with no 10% fall",
    "consolidation": "ended no higher, with no 10% fall",
    "correction": "fell 10–20% at some close",
    "bust": "fell 20% or more at some close",
}


def outlook_note(ahead: Outlook, s: Speller) -> Text:
    """How the outcomes add up, and on how many cases they rest."""
    rest = joined((say("{n} ({h})", n=s.level(n), h=sessions(h)) for h, n in ahead.rests), by=", ")
    plain = (
        "No way of picking similar days beat the base rate by more than chance, so that the base "
        "rate itself is printed."
        if not ahead.informed
        else "Where similar days did better than chance in the past, they decide; else the base "
        "rate itself is printed."
    )
    return say(
        "The four outcomes exclude each other; falls are closes below that of the day itself. "
        "{plain} Independent past cases of STAR 50: {rest}.", plain=plain, rest=rest,
    )  # fmt: skip


def reading(one: Reading, s: Speller) -> Text:
    """State: overheated advance; Momentum: strong."""
    if one.kind == "state":
        return say("State: {word}", word=s.state(one.word).lower())
    return say("{axis}: {word}", axis={"momentum": "Momentum", "heat": "Heat"}[one.kind],
               word=one.word)  # fmt: skip


def readings_title(read: Sequence[Reading], s: Speller) -> Text:
    """CSI 300 after 13 such states: median +5.2% in 60 sessions (any day −0.1%)."""
    for one in read:
        after = one.by_horizon[1]
        if after and after.median and after.base:
            return say("{i} after {n} such {kind}: 60-session median {x} (any day {y})",
                       i=s.index(one.index), n=s.level(after.cases), kind=KINDS[one.kind],
                       x=s.signed(after.median), y=s.signed(after.base))  # fmt: skip
    return say("Too few cases like this to sum up what followed")


KINDS = {"state": "states", "momentum": "momentum readings", "heat": "heat readings"}


def events_title(found: Sequence[Event], s: Speller) -> Text:
    """STAR 50 within 60 sessions: a fall of 10% in 60% of cases, a rise of 10% in 50%."""
    by = {one.target: one.by_horizon[1][0] for one in found}
    fall, rise = by.get("fall_10"), by.get("gain_10")
    if fall is None or rise is None:
        return say("STAR 50: events on the way")
    return say("STAR 50, 60 sessions: {x} with a fall of 10%, {y} with a rise of 10%", x=s.level(fall),
               y=s.level(rise))  # fmt: skip


def events_note(*, informed: bool) -> Text:
    """What counts, and what stands beside it."""
    beside = (
        "beside it the base rate, of any day" if informed else "all are the base rate, of any day"
    )
    return say(
        "At some close within the horizon, falls from the highest close on the way; {beside}.",
        beside=beside,
    )


def trigger(one: Trigger, s: Speller) -> Text:
    """Heat under 55, now 60: no longer hot."""
    side = "under" if one.below else "at or above"
    now = Text()
    if one.now:
        now = say(", {was} {v}", was="then" if s.stale else "now", v=s.level(one.now))
    return say("{what} {side} {line}{now}: {effect}", what=SERIES[one.metric], side=side,
               line=s.level(one.line), now=now, effect=EFFECTS[one.effect])  # fmt: skip


def record_title(made: Record, s: Speller) -> Text:
    """Tested on the past, such forecasts were no better than the base rate."""
    if made.verdict == "better":
        best = next(row for row in made.rows if row.beyond_chance)
        return say("Tested: better than the base rate for {i} over {h}", i=s.index(best.index),
                   h=sessions(best.horizon))  # fmt: skip
    if all(row.skill and row.skill.value == 0 for row in made.rows):
        return say("Tested on the past: no way of forecasting beat the base rate")
    word = "worse than" if made.verdict == "worse" else "no better than"
    return say("Tested on the past: {word} the base rate", word=word)


def record_note(made: Record, s: Speller) -> Text:
    """What score and skill mean, and how our own issues did."""
    what = say(
        "Score (Brier): squared distance of forecast and outcome, the lower the better. Skill: "
        "share of the score of the base rate saved; minus is worse. Similar days: skill of the days most "
        "alike in price, and how likely by chance (p). Independent: outcomes that do not overlap. "
    )
    if not made.own:
        return what + "No forecast of our own issues is old enough to be scored."
    own = joined((_own(one.horizon, one.issues, one.independent, one.skill, s) for one in made.own),
                 by="; ")  # fmt: skip
    return what + say("Our own issues: {own}.", own=own)


def _own(horizon: int, issues: Fact, free: Fact | None, skill: Fact | None, s: Speller) -> Text:
    told = say("{n} over {h}", n=s.level(issues), h=sessions(horizon))
    if free:
        told = told + say(", {n} independent", n=s.level(free))
    return told + say(", skill {x}", x=s.signed(skill)) if skill else told


def tests_title(found: Explosive, s: Speller) -> Text:
    """No index grows explosively; smallest p 0.705."""
    least = min(found.rows, key=lambda one: one.p.value)
    if not least.found:
        return say("No explosive growth {is_} found: smallest p {p}",
                   is_="was" if s.stale else "is", p=s.level(least.p))  # fmt: skip
    return say("The price of {i} {grows} explosively (p = {p})", i=s.index_in_text(least.index),
               grows="grew" if s.stale else "grows", p=s.level(least.p))  # fmt: skip


def course_title(one: Growth, s: Speller) -> Text:
    """STAR 50: the statistic stands below its line."""
    if one.statistic is None or one.critical is None:
        return say("{i}: statistic of explosive growth", i=s.index(one.index))
    side = "above" if one.statistic.value > one.critical.value else "below"
    return say("{i}: statistic of explosive growth {side} its line", i=s.index(one.index),
               side=side)  # fmt: skip


def run_ups_title(found: Sequence[RunUp], s: Speller) -> Text:
    """Of 14 rises of 20% in 30 sessions, 7 were followed by a fall of 40%."""
    first = found[0]
    if first.fell is None:
        return say("After earlier run-ups of the Shanghai Composite")
    return say("Shanghai Composite: after {m} of {n} rises of {name}, a hard fall",
               n=s.level(first.completed), name=CLASSES[first.name], m=s.level(first.fell))  # fmt: skip


def run_ups_note(known: Sequence[Fact], s: Speller) -> Text:
    """What a hard fall is, and what others found."""
    what = say(
        "Hard fall: 40% from a peak within two years; after doubling in a year, 50% within one. "
        "Shares and medians from five cases on."
    )
    if not known:
        return what
    told = joined((_prior(fact, s) for fact in known), by="; ")
    return what + say(" Elsewhere: {told}.", told=told)


def _prior(fact: Fact, s: Speller) -> Text:
    name = fact.metric.removeprefix("published_base_rates_")
    return say(PRIORS[name], x=s.level(fact)) + say(", {who}", who=fact.entity)
