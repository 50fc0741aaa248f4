"""The sentences of the nine theses in English."""

from __future__ import annotations

from collections.abc import Iterator

from templates.format import Number
from templates.sections.theses.facts import VERDICTS, Card, Claimed, Group, Standing
from templates.sections.theses.figures import line, number
from templates.wording.page_words import PageWords
from templates.wording.speller import Speller
from templates.wording.spelling import cardinal
from templates.wording.text import Text, joined, say
from transforms.facts import Fact
from transforms.issue.scorecard import Status
from transforms.issue.theses import Measure

# What is called missing: the scorecard.
BLOCK = "Nine theses"
HEADS = ("Thesis, and what its line decides", "Value, and since when")
WEEKS = "The last year by week"
BETWEEN = ", "  # a value and its line
THEN = "; "  # since when, and how often
SPACE = " "  # between two sentences
CLAIM_HEADS = ("The verdict, and what the article said", "Measured", "Then", "Latest")
# What a claim is measured by; {who} is a company.
MEASURED = {
    "rsi_14": "RSI-14, Shanghai Composite",
    "return_mtd": "STAR 50, month to date",
    "margin_financing_change_1d": "Margin loans, change in a day",
    "turnover_cny": "Turnover in a day",
    "close": "Shanghai Composite, close",
    "breadth_up_share": "Technology shares rising",
    "share_above_ma50": "… above their 50-day average",
    "runup_30d": "{who}, above its 30-day low",
    "return_1d": "{who}, change in a day",
    "ipo_hk_proceeds_ytd_hkd": "Raised in Hong Kong, this year",
    "ipo_hk_proceeds_90d_hkd": "Raised in Hong Kong, 90 days",
    "ipo_hk_tech_share_ytd": "… by makers of AI and chips, this year",
    "unicorn_growth_1y": "AI unicorns, growth in a year",
    "ipo_first_day_return": "{who}, first day",
    "earnings_growth_gap": "Profit growth, China 7 less Magnificent 7",
    "earnings_growth": "Net profit growth, Magnificent 7",
    "policy_intensity": "New quality productive forces, z-score",
    "policy_frequency_30d": "… mentions per 10,000 characters",
}
CARD_NOTE = say(
    "The first five support the advance, the last four warn of heat; all lines were fixed "
    "beforehand. A full bar: the thesis held at the end of that week; a low one: it did not; "
    "hatched: no data."
)
CLAIMS_NOTE = say(
    "Claims of the article of 13 January 2026, in our words. Then: its own days; latest: the "
    "same measure at its newest day."
)
SUPPORT = {Status.HOLDS: "holds", Status.FAILS: "fails", Status.NO_DATA: "no data"}
WARNING = {Status.HOLDS: "warns", Status.FAILS: "quiet", Status.NO_DATA: "no data"}
# What is said of one that changed, and of several: by whether they warn, and whether they hold.
_TURNED = {
    (False, True): ("now stands", "now stand"),
    (False, False): ("no longer stands", "no longer stand"),
    (True, True): ("now warns", "now warn"),
    (True, False): ("no longer warns", "no longer warn"),
}
_PLURAL = {"listings", "earnings"}


def headline(card: Card, s: Speller) -> Text:
    """Four supports stand, one of three warnings is on; overbought no longer warns."""
    if not card.standings:
        return say("The nine theses have no data")
    said = say("{supports}, {warnings}", supports=_supports(card.supports, s),
               warnings=_warnings(card.warnings, s)).capitalized()  # fmt: skip
    if s.stale:
        return said
    if not card.new:
        return s.fitting(said + "; none changed", said)
    turned = joined(_turned(card), by=", ")
    many = say("{n} changed", n=Number(cardinal(len(card.new)), "theses#new"))
    brief = _brief(card) + "; " + turned
    return s.fitting(said + "; " + turned, brief, said + "; " + many, said)


def _brief(card: Card) -> Text:
    """How many stand and warn, without how many there are."""
    up, on = card.supports.holding, card.warnings.holding
    return say("{k} support{stand}, {w} warning{are} on", k=_count(up, "supports_held"),
               stand="s stand" if up > 1 else " stands", w=_count(on, "warnings_on"),
               are="s are" if on > 1 else " is").capitalized()  # fmt: skip


def _supports(group: Group, s: Speller) -> Text:
    if not group.known:
        return say("no support has data")
    verb, verbs = ("stood", "stood") if s.stale else ("stands", "stand")
    held, known = _count(group.holding, "supports_held"), _count(group.known, "supports")
    if group.holding == group.known:
        every = "all " if group.known == group.all else ""
        some = "s" if group.known > 1 else ""
        return say("{every}{n} support{some} {verb}", every=every, n=known, some=some,
                   verb=verbs if some else verb)  # fmt: skip
    if not group.holding:
        return say("none of {n} supports {verb}", n=known, verb=verb)
    one = verb if group.holding == 1 else verbs
    return say("{k} of {n} supports {verb}", k=held, n=known, verb=one)


def _warnings(group: Group, s: Speller) -> Text:
    if not group.known:
        return say("no warning has data")
    is_, are = ("was", "were") if s.stale else ("is", "are")
    on, known = _count(group.holding, "warnings_on"), _count(group.known, "warnings")
    if group.known == 1:
        return say("the {n} warning with data {is_} {way}", n=known, is_=is_,
                   way="on" if group.holding else "off")  # fmt: skip
    if group.holding == group.known:
        return say("all {n} warnings {are} on", n=known, are=are)
    if not group.holding:
        return say("none of {n} warnings {is_} on", n=known, is_=is_)
    return say("{k} of {n} warnings {is_} on", k=on, n=known,
               is_=is_ if group.holding == 1 else are)  # fmt: skip


def _count(number: int, part: str) -> Number:
    return Number(cardinal(number), f"theses#{part}")


def _turned(card: Card) -> Iterator[Text]:
    """What changed, told together where it changed alike: overbought and blow-off now warn."""
    for kind, turned in _TURNED.items():
        names = [one.reading.thesis.name.lower() for one in card.new
                 if (one.warns, one.holds) == kind]  # fmt: skip
        if names:
            *first, last = names
            listed = f"{', '.join(first)} and {last}" if first else last
            yield say(
                "{names} {turned}", names=listed, turned=turned[len(names) > 1 or last in _PLURAL]
            )


def value(one: Standing, s: Speller) -> Text:
    """What its series stands at, with its day where that is not the issue's."""
    fact = one.reading.fact
    if fact is None:
        return Text()
    on = (
        say(" on {d}", d=s.day(fact.observation_date))
        if fact.observation_date != s.as_of
        else Text()
    )
    last = Text() if one.known else say("last ")
    return last + say("{v}", v=number(fact, s)) + on


def beside_line(one: Standing, words: PageWords) -> Text:
    """What of the value is held against the line: 81st percentile, line 90th; line 50%."""
    reading = one.reading
    limit = line(reading, words)
    if reading.fact is None or reading.thesis.measure is Measure.VALUE:
        return say("line {line}", line=limit)
    pattern = {
        Measure.PERCENTILE: "{v} percentile, line {line}",
        Measure.SCORE: "score {v}, line {line}",
    }[reading.thesis.measure]
    return say(pattern, v=words.thesis_number(reading, reading.fact), line=limit)


def since(one: Standing, s: Speller) -> Text:
    """New since 15 Jan, before: warns; since 23 Dec, before: fails."""
    reading = one.reading
    if reading.first_day is None:
        return say("never measured")
    if not one.known:
        return say("too old to count")
    if reading.changed_on is None:
        return say("since the series began, {d}", d=s.day(reading.first_day))
    other = Status.FAILS if one.holds else Status.HOLDS
    before = (WARNING if one.warns else SUPPORT)[other]
    pattern = "new since {d}, before: {before}" if one.new else "since {d}, before: {before}"
    return say(pattern, d=s.day(reading.changed_on), before=before)


def claims_title(claims: tuple[Claimed, ...]) -> Text:
    """Of thirteen claims of the article four stand, three are weakened or broken."""
    kinds = [one.check.verdict for one in claims]
    numbers = {name: sum(kind in some for kind in kinds) for name, some in VERDICTS.items()}
    stand, part, wrong, untested = (
        Number(cardinal(number) if number else "none", f"claims#{name}")
        for name, number in numbers.items()
    )
    return say(
        "Of the article's {n} claims {a} {stand}, {b} in part; {c} misdated, weakened or broken; "
        "{d} untested",
        n=Number(cardinal(len(kinds)), "claims#all"), a=stand, b=part, c=wrong, d=untested,
        stand="stand" if numbers["stand"] > 1 else "stands",
    )  # fmt: skip


def claim(one: Claimed) -> Text:
    """What the article said."""
    return say("{said}", said=one.check.statement)


def reason(one: Claimed) -> Text:
    """Why the verdict is what it is."""
    return say("{note}", note=one.check.note)


def dated(fact: Fact, s: Speller) -> Text:
    """A value with its day."""
    return say("{v}, {d}", v=number(fact, s), d=s.day(fact.observation_date))
