"""The sentences on data, sources and gaps in English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from templates.format import Number
from templates.issue_view import counted
from templates.sections.sources.facts import Input, Inputs, Pair
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say

LATE_HEADS = ("Late", "Newest", "Expected", "Fetched", "Source")
PAIR_HEADS = (
    "Figure", "Largest difference", "Where", "Used", "Second source", "Why the first is used"
)  # fmt: skip
REFUSED_HEADS = ("Dataset", "Rows", "Fault, or broken rule", "Last")
SERIES = {
    "index_close": "Index close",
    "turnover": "Turnover",
    "margin_financing_balance": "Margin loans",
    "breadth_up_share": "Share rising",
    "minute_turnover": "Turnover by minute",
    "a_share_list_size": "Shares listed",
}
WHOLE = {"CN": "all exchanges", "all": "all shares", "SSE": "SSE", "SZSE": "SZSE", "BSE": "BSE"}
PAIRS_NOTE = say(
    "Both figures as they were known at this date, over the month before. Which of the two is used "
    "is fixed beforehand; a difference never changes it."
)
NO_PAIRS = "Second sources"
SILENT_TITLE = say("Not measured, and why")
SPEAKING_TITLE = say("Building up: readings that speak once their history is long enough")
SPEAKING_NOTE = say(
    "With what comes each session, if none is missed; a back-fill brings them sooner."
)
BETWEEN = ", "
ODD = "{shown}{code} ({where}){signs}"
GAPS_TITLE = say("What no source offers, and what stands here instead")
REFUSED_TITLE = say("Rows that broke a rule in the month before: left out whole or in one figure")
SURVIVORS = say(
    "Before our first list of shares, breadth and run-ups count the shares of that list: companies "
    "delisted earlier are missing (survivorship)."
)
ADJUSTED = (
    "prices are adjusted, not as traded, from {a} to {b}. Price limits of these days are not told."
)


def headline(found: Inputs, compared: Sequence[Pair], s: Speller) -> Text:
    """Of 45 inputs 30 were not received; a second source differs on turnover."""
    stand, second = _inputs(found), _second(compared)
    both = say("{a}; {b}", a=stand, b=second)
    return s.fitting(both.capitalized(), stand.capitalized())


def _inputs(found: Inputs) -> Text:
    if not found.read:
        return say("no input is known at this date")
    if not found.late and not found.missing:
        return say("all {n} inputs are on time", n=counted(found.read, "inputs#read"))
    lacking = []
    if found.missing:
        lacking.append(say("{k} {were} not received", k=counted(len(found.missing), "inputs#missing"),
                           were=_were(len(found.missing))))  # fmt: skip
    if found.late:
        lacking.append(say("{k} {is_} late", k=counted(len(found.late), "inputs#late"),
                           is_="is" if len(found.late) == 1 else "are"))  # fmt: skip
    return say("of {n} inputs {lacking}", n=counted(found.read, "inputs#read"),
               lacking=joined(lacking, by=", "))  # fmt: skip


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _second(compared: Sequence[Pair]) -> Text:
    if not compared:
        return say("no second source at this date")
    differing = [one for one in compared if one.apart] or [one for one in compared if one.outside]
    if not differing:
        return say("second sources agree")
    names = joined((say("{name}", name=SERIES[one.series].lower()) for one in differing), by=", ")
    several = len(differing) > 1
    if differing[0].apart:
        verb, its = ("differ", "their") if several else ("differs", "its")
        return say("{names} {verb} from {its} second source", names=names, verb=verb, its=its)
    return say("{names} differed from {its} second source in the month", names=names,
               its="their" if several else "its")  # fmt: skip


def missing_title(found: Inputs) -> Text:
    """Not received: 30 inputs."""
    return say("Not received: {n} input{s}", n=counted(len(found.missing), "inputs#missing"),
               s="" if len(found.missing) == 1 else "s")  # fmt: skip


def on_time_title(found: Inputs) -> Text:
    """On time: 15 inputs."""
    return say("On time: {n} input{s}, with their newest day",
               n=counted(len(found.on_time), "inputs#on_time"),
               s="" if len(found.on_time) == 1 else "s")  # fmt: skip


def others(found: Inputs) -> Text:
    """How many datasets no figure reads."""
    if not found.others:
        return Text()
    parts = []
    if found.others_missing:
        parts.append(
            say("{k} not received", k=counted(found.others_missing, "inputs#others_missing"))
        )
    if found.others_late:
        parts.append(say("{k} late", k=counted(found.others_late, "inputs#others_late")))
    lacking = say(": {all}", all=joined(parts, by=", ")) if parts else Text()
    return say("The warehouse holds {n} further datasets that no figure here reads{lacking}.",
               n=counted(found.others, "inputs#others"), lacking=lacking)  # fmt: skip


def due(one: Input, s: Speller) -> Text:
    """By when something missing was expected."""
    return say("expected {d}", d=s.day(one.expected)) if one.expected else Text()


def reach(one: Input, s: Speller) -> Text:
    """How far something on time reaches."""
    return say("{d}", d=s.day(one.newest)) if one.newest else say("undated")


def outside(one: Pair) -> Text:
    """On how many of the figures compared the sources differ."""
    return say("{k} of {n} differ", k=counted(one.outside, f"reconciled/{one.series}#outside"),
               n=counted(one.days, f"reconciled/{one.series}#days"))  # fmt: skip


def allowed(tolerance: Number) -> Text:
    """Up to which difference two sources agree."""
    return say("{x} allowed", x=tolerance)


def silent(reason: str, dataset: str) -> Text:
    """A reason, with the dataset that decides."""
    if dataset:
        return say("{dataset}: {reason}", dataset=dataset, reason=reason)
    return say("{reason}", reason=reason).capitalized()


def listed(names: Sequence[str], total: int, ref: str) -> Text:
    """Some names, and how many more there are."""
    further = total - len(names)
    more = say(" and {n} more", n=counted(further, ref)) if further > 0 else Text()
    return say("{names}", names=", ".join(names)) + more


def unprinted(number: Number) -> Text:
    """How many measures have no value that no page prints."""
    return say("Measures that no page prints and that have no value: {n}.", n=number)


def of_whom(label: str, entity: str) -> str:
    """A measure of one of several."""
    return f"{label} ({entity})"


def block(name: str) -> str:
    """The score of a block."""
    return f"block {name}"


def partial(day: date, there: Number, usual: Number, s: Speller) -> Text:
    """A day that is not whole."""
    return say("{d}: {there} of {usual} codes", d=s.dated(day), there=there, usual=usual)


def partial_days(days: Sequence[Text], more: Number | None) -> Text:
    """All of them, and what follows."""
    further = say("; {n} more", n=more) if more else Text()
    return say("days that are not whole, which no count across shares uses: {days}{further}.",
               days=joined(days, by="; "), further=further)  # fmt: skip


def odd(shown: Sequence[Text], more: Number | None) -> Text:
    """Characters that no font has."""
    further = say("; and {n} more", n=more) if more else Text()
    return say("Characters that no font of this page has are shown as □ or left out: {all}{further}.",
               all=joined(shown, by="; "), further=further)  # fmt: skip


def cut_off(as_of: date, requested: date, s: Speller) -> Text:
    """What was known when."""
    known = say(
        "Everything known by the end of {d} in Beijing, and nothing later.", d=s.full_day(as_of)
    )
    if requested == as_of:
        return known
    return known + say(" Asked for {d}, which was not a trading day.", d=s.full_day(requested))
