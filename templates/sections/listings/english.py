"""The sentences of listings in English."""

from __future__ import annotations

from collections.abc import Mapping

from templates.issue_view import counted
from templates.sections.listings.facts import (
    FEWEST,
    Cloud,
    Market,
    Newest,
    Pipeline,
    Proceeds,
    Unicorns,
    Week,
)
from templates.wording.english.teller import English
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.findings.finding import Finding

PLACES: Mapping[str, str] = {"HK": "Hong Kong", "A": "Mainland"}
# What is called missing: both markets' pictures and tables, money, applications, unicorns.
BLOCKS: Mapping[str, str] = {
    "HK": "Hong Kong listings",
    "A": "Mainland listings",
    "proceeds": "Money raised in Hong Kong in 90 days",
    "pipeline": "Applications for listing on the mainland",
    "unicorns": "AI unicorns",
}
HEADS: Mapping[str, str] = {
    "company": "Company",
    "stage": "Stage",
    "applications": "Applications",
    "scope": "AI unicorns",
    "count": "On the list",
    "added": "In a year",
}
MONEY: Mapping[str, str] = {"HKD": "Raised, HK$", "CNY": "Raised, CNY"}
STAGES: Mapping[str, str] = {
    "accepted": "Accepted",
    "inquiry": "Under inquiry",
    "passed": "Passed by the committee",
    "submitted": "Submitted for registration",
    "registered": "Registered so far",
}
SCOPES: Mapping[str, str] = {"CN-AI": "China", "US-AI": "United States"}
UNIT = "First-day return; area of a dot: money raised"
UNKNOWN = "no figure"
NO_FIGURE = "no figure"
SIZES: Mapping[str, Mapping[float, str]] = {
    "HKD": {1e9: "HK$1 bn", 10e9: "HK$10 bn"},
    "CNY": {1e9: "CNY 1 bn", 10e9: "CNY 10 bn"},
}


def headline(week: Week, money: Proceeds | None, s: Speller) -> Text:
    """Three Hong Kong listings raise HK$11.0 bn in the week; best first day GigaDevice +37.5%."""
    if week.proceeds:
        t = English(week.proceeds, s.setting)
        few = t.shown("n") == 1
        raised = say("{n} Hong Kong {listing} {verb} {v} {span}", n=t.many("n"),
                     listing="listing" if few else "listings", verb=_raise(s, few=few),
                     v=t.size("raised"), span=t.span())  # fmt: skip
        raised = raised.capitalized()
        return s.fitting(raised + _day_one(week.first_days, s), raised)
    if week.mainland:
        t = English(week.mainland, s.setting)
        listed = say("{n} mainland {listing} {span}", n=t.many("listed"), span=t.span(),
                     listing="listing" if t.shown("listed") == 1 else "listings")  # fmt: skip
        listed = listed.capitalized()
        return s.fitting(listed + _day_one(week.mainland, s), listed)
    if money:
        return say("No Hong Kong listing is known of these days; {n} raised {v} in the 90 days to {d}",
                   d=s.day(money.fact.observation_date), n=s.members(money.fact),
                   v=s.size(money.fact))  # fmt: skip
    return say("No listing of these days is known" if week.known else "Listings: no data received")


def _raise(s: Speller, *, few: bool) -> str:
    return "raised" if s.stale else "raises" if few else "raise"


def _day_one(finding: Finding | None, s: Speller) -> Text:
    """; their median first day is +26.9%. Of fewer than five the best is named instead."""
    if finding is None:
        return Text()
    t = English(finding, s.setting)
    if t.shown("n") == 1:
        return say("; {name} {x} on day one", name=t.company("best"),
                   x=t.signed("best"))  # fmt: skip
    if t.shown("n") < FEWEST:
        return say("; best first day: {name} {x}", name=t.company("best"), x=t.signed("best"))
    if t.shown("n") < t.shown("listed"):
        return say("; {n} first days: median {m}", n=t.many("n"), m=t.signed("median"))
    return say("; their median first day is {m}", m=t.signed("median"))


def cloud_title(one: Cloud, s: Speller) -> Text:
    """Hong Kong first days return less than usual: median +8.4%, in twelve months +15.0%."""
    place = PLACES[one.market.code]
    verb = "returned" if s.stale else "return"
    if one.lately and one.usual:
        how = {"more": "more than usual", "less": "less than usual", "same": "what is usual"}
        return say("{p} first days {verb} {how}: median {x}, in twelve months {y}", p=place,
                   verb=verb, how=how[one.state], x=s.signed(one.lately),
                   y=s.signed(one.usual))  # fmt: skip
    if one.lately:
        return say("{p} first days {verb} {x}, the median in 90 days", p=place, verb=verb,
                   x=s.signed(one.lately))  # fmt: skip
    if one.usual:
        return say("{p} first days {verb} {y}, the median in twelve months", p=place, verb=verb,
                   y=s.signed(one.usual))  # fmt: skip
    return say("{p}: what each listing raised, and its first day", p=place)


def lately(one: Cloud, s: Speller) -> Text:
    """What stands at the line of the median of 90 days."""
    if one.lately is None:
        return Text()
    return say("{x} in 90 days\nmedian of {n}", x=s.signed(one.lately), n=s.members(one.lately))


def usual(one: Cloud, s: Speller) -> Text:
    """What stands at the line of the median of twelve months."""
    if one.usual is None:
        return Text()
    return say("{x} in twelve months\nmedian of {n}", x=s.signed(one.usual),
               n=s.members(one.usual))  # fmt: skip


def cloud_note(one: Cloud, s: Speller) -> Text:
    """Which dots are dark, how many have no figure, and how many closed below offer."""
    note = say("Dark: the newest, in the table.") if one.recent else Text()
    if one.unknown:
        number = counted(one.unknown, f"listings#{one.market.code}/unknown")
        note += say(" Crosses: {n} without a known first day.", n=number)
    if one.below:
        note += say(" Of {n} with a figure in 90 days, {x} closed below offer.",
                    n=s.members(one.below), x=s.level(one.below))  # fmt: skip
    if one.lately is None:
        note += say(" Under ten first days in 90 days: no median.")
    return note


def newest_title(one: Newest, s: Speller) -> Text:
    """Of the newest 9 with a figure none closed below offer."""
    n = counted(len(one.priced), f"listings#{one.market.code}/priced")
    below = counted(one.below, f"listings#{one.market.code}/below")
    some = " with a figure" if len(one.priced) < len(one.rows) else ""
    if not one.priced:
        return say("The newest {p} listings: no first day is known yet", p=_adjective(one.market))
    if len(one.priced) == 1 and one.priced[0].first_day:
        return say("The one first day{some}: {x}", some=" that is known" if some else "",
                   x=s.signed(one.priced[0].first_day))  # fmt: skip
    if one.below == 0:
        return say("None of the newest {n}{some} closed below offer", n=n, some=some)
    if one.below == len(one.priced):
        return say("All of the newest {n}{some} closed below offer", n=n, some=some)
    return say("Of the newest {n}{some}, {k} closed below offer", n=n, some=some, k=below)


def _adjective(market: Market) -> str:
    return "Hong Kong" if market.code == "HK" else "mainland"


NEWEST_NOTE = say("First day: first close over the offer price. Raised: gross.")


def proceeds_title(one: Proceeds, s: Speller) -> Text:
    """54 Hong Kong listings raised HK$133 bn in 90 days, below the high of 5 Dec."""
    raised = say("{n} Hong Kong listings raised {v} in 90 days", n=s.members(one.fact),
                 v=s.size(one.fact))  # fmt: skip
    if one.fact.percentile is not None:
        return raised + say(", {p}", p=s.percentile(one.fact))
    if one.high_day == one.past.days[-1]:
        return raised + ", the most shown"
    return raised + say(", below the high of {d}", d=s.day(one.high_day))


def proceeds_note(one: Proceeds, s: Speller) -> Text:
    """What the year has brought, and since when the series runs."""
    note = Text()
    if one.year:
        note = say("This year: {n} listings, {v}. ", n=s.members(one.year), v=s.size(one.year))
    if one.wanted:
        note = note + say(
            "Offers of 90 days: {x} times subscribed (median). ", x=s.level(one.wanted)
        )
    short = ", too short for a rank" if one.fact.percentile is None else ""
    return note + say("The series begins on {d}{short}.", d=s.dated(one.fact.first_observation),
                      short=short)  # fmt: skip


def pipeline_title(one: Pipeline, s: Speller) -> Text:
    """312 mainland applications under review; 12 were registered in the week."""
    review = say("{n} mainland applications under review", n=s.level(one.running))
    if one.week is None:
        return review
    t = English(one.week, s.setting)
    none = t.shown("registered") == 0
    return review + say("; {r} registered {span}",
                        r=t.marked("registered", "none") if none else t.many("registered"),
                        span=t.span())  # fmt: skip


def pipeline_note(one: Pipeline, s: Speller) -> Text:
    """What the committee let pass, and how many of those that ran were registered."""
    note = Text()
    if one.passed:
        note = say("Listing committee, twelve months: {x} of {n} meetings passed.",
                   x=s.level(one.passed), n=s.members(one.passed))  # fmt: skip
    if one.through:
        note += say(" Registered in 90 days: {x} of the {n} that ran before.",
                    x=s.level(one.through), n=s.members(one.through))  # fmt: skip
    return note


def unicorns_title(found: tuple[Unicorns, ...], s: Speller) -> Text:
    """9 Chinese AI unicorns, +7 in a year."""
    names = {"CN-AI": "Chinese", "US-AI": "American"}
    told = [say("{n} {who}", n=s.members(one.added), who=names[one.scope]) for one in found]
    if len(told) == 2:
        return told[0] + " AI unicorns, " + told[1]
    return told[0] + say(" AI unicorns, {x} in a year", x=s.signed(found[0].added))


def unicorns_note(found: tuple[Unicorns, ...], s: Speller) -> Text:
    """Of which day the list is, and who is not counted."""
    day = max(one.added.observation_date for one in found)
    note = say("List of {d}, beside the same list of the year before.", d=s.dated(day))
    return note if len(found) == len(SCOPES) else note + " It has no count of the others."
