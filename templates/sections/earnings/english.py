"""The sentences of earnings and valuation in English."""

from __future__ import annotations

from collections.abc import Mapping

from templates.format import Number
from templates.issue_view import counted
from templates.sections.earnings.facts import (
    AMERICA,
    CHINA,
    Band,
    Growth,
    Multiples,
    Premium,
    Said,
    Side,
)
from templates.wording.english.teller import English
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.findings.finding import Finding
from transforms.prepared.indices import CSI_300, STAR_50

BLOCKS: Mapping[str, str] = {
    "growth": "Profits of the China 7 and the Magnificent 7",
    "band": "P/E of STAR 50",
    "ranks": "P/E of indices against their own histories",
    "said": "Results, guidance and estimates",
    "premium": "Equity risk premium",
}
SEVENS: Mapping[str, str] = {CHINA: "China 7", AMERICA: "Magnificent 7"}
UNITS: Mapping[str, str] = {
    "four quarters": "Net profit of four quarters, on the four before",
    "quarter": "Net profit of the quarter, on a year before",
}
HEADS = ("Index", "P/E", "Usual range", "Since")
BAND_DATA = ("P/E", "Low", "Median", "High")  # columns of what is drawn
RANKS_DATA = ("Percentile", "Percentile a year ago")
SCALE = ("lowest", "", "median", "", "highest")
COLUMNS = ("Companies and analysts", "Newest", "Before", "n", "Of")
ROWS: Mapping[tuple[str, str], str] = {
    ("earnings_growth_a_shares", "tech"): "Net profit on a year before, tech shares",
    ("earnings_growth_a_shares", "all"): "Net profit on a year before, mainland",
    ("guidance_rising_share", "tech"): "Guidance above the year before, tech",
    ("flash_rising_share", "tech"): "Early results above the year before, tech",
    ("eps_revision_breadth_90d", "all"): "Estimates raised less cut, in 90 days",
    ("eps_growth_expected_median", "tech"): "Expected EPS growth, tech, median",
    ("earnings_growth_expected", CHINA): "Expected profit growth, China 7",
}
PE_UNIT = "times trailing earnings"
RANKS_UNIT = "P/E rank within ten years, or since the series began"


def headline(gap: Finding | None, ranked: Multiples | None, one: Growth | None, s: Speller) -> Text:
    """P/E in the dearest tenth of its history: 8 of 14 indices; STAR 50 at 177.3."""
    news = Text()
    if gap:
        t = English(gap, s.setting)
        news = say("Net profit: China 7 {c}, Magnificent 7 {a}", c=t.signed("china"),
                   a=t.signed("america"))  # fmt: skip
    if ranked is None:
        return news or (growth_title(one, s) if one else say("No earnings or valuations are known"))
    dear = _dear(ranked)
    if news:
        return s.fitting(news + "; " + dear, news)
    lead = next((row for row in ranked.rows if row.code == STAR_50 and row.dear), ranked.rows[0])
    name, ratio = s.index(lead.code), s.size(lead.ratio)
    price = say("; {i} at {v}", i=name, v=ratio)
    return s.fitting(dear + price + " times", dear + price, dear)


def _dear(one: Multiples) -> Text:
    """P/E in the dearest tenth of its history: 8 of 14 indices."""
    what = "P/E in the dearest tenth of its history: "
    n = counted(len(one.rows), "earnings#ranked")
    if one.dear == 0:
        return say("{what}none of {n} indices", what=what, n=n)
    if one.dear == len(one.rows):
        return say("{what}all {n} indices", what=what, n=n)
    return say("{what}{k} of {n} indices", what=what, k=counted(one.dear, "earnings#dear"), n=n)


def growth_title(one: Growth, s: Speller) -> Text:
    """Profits: the Magnificent 7 grow faster, +21.2% against +7.6% of the China 7."""
    if one.china is None or one.america is None:
        (side,) = one.sides
        name = CHINA if one.china else AMERICA
        other = AMERICA if one.china else CHINA
        return say("{who}: net profit {x} on a year before; no figure of the {other}",
                   who=SEVENS[name], x=s.signed(side.fact), other=SEVENS[other])  # fmt: skip
    china, america = one.china.fact, one.america.fact
    c, a = s.signed(china), s.signed(america)
    if str(c) == str(a):
        return say("Profits of both sevens change alike: {c} on a year before", c=c)
    if min(china.value, america.value) > 0:
        ahead, x, behind, y = ("China 7", c, "Magnificent 7", a)
        if america.value > china.value:
            ahead, x, behind, y = ("Magnificent 7", a, "China 7", c)
        return say("Profits: the {ahead} {grow} faster, {x} against {y} of the {behind}",
                   ahead=ahead, grow="grew" if s.stale else "grow", x=x, y=y,
                   behind=behind)  # fmt: skip
    return say("Net profit on a year before: China 7 {c}, Magnificent 7 {a}", c=c, a=a)


def label(name: str, side: Side, s: Speller) -> Text:
    """What stands at the end of a line: Magnificent 7, its growth and of how many."""
    return say("{name}\n{x}, n {n}", name=SEVENS[name], x=s.signed(side.fact),
               n=s.members(side.fact))  # fmt: skip


def growth_note(one: Growth, s: Speller) -> Text:
    """Since when both are shown, how many of the sevens are in it, and the last quarter alone."""
    first = min(side.past.days[0] for side in one.sides)
    note = say("From the quarter to {d}. n: companies with a figure, of seven.", d=s.dated(first))
    if one.quarter:
        china, america = one.quarter
        note += say(" Quarter to {d} alone: China 7 {c}, Magnificent 7 {a}",
                    d=s.day(china.observation_date), c=s.signed(china),
                    a=s.signed(america))  # fmt: skip
        note += say(", a gap of {g}.", g=s.points(one.gap)) if one.gap else "."
    return note


def band_title(one: Band, s: Speller) -> Text:
    """STAR 50 at 177.3 times earnings, above its usual range."""
    ratio = say("STAR 50 at {v} times trailing earnings", v=s.size(one.fact))
    where = {"above": ", above its usual range", "below": ", below its usual range",
             "within": ", within its usual range", "unknown": ""}[one.place]  # fmt: skip
    return ratio + where


def edge(role: int, one: Band, s: Speller) -> Text:
    """What stands at an edge of the band: low, median or high."""
    if one.edges is None:
        return Text()
    return say("{name} {v}", name=("low", "median", "high")[role], v=s.level(one.edges[role]))


def band_note(one: Band, s: Speller) -> Text:
    """What the band is."""
    if one.edges is None:
        return say("No usual range is known: it needs two years.")
    return say("Usual range: eight days in ten of ten years up to each day, since {d}.",
               d=s.dated(one.fact.first_observation))  # fmt: skip


def ranks_title(one: Multiples, s: Speller) -> Text:
    """P/E in the dearest tenth of its history: 8 of 14 indices, a year ago 1 of 13."""
    if not one.before:
        return _dear(one)
    ago = "a year before" if s.stale else "a year ago"
    n = counted(len(one.before), "earnings#ranked_before")
    if one.dear_before == 0:
        return _dear(one) + say(", {ago} none of {n}", ago=ago, n=n)
    k = counted(one.dear_before, "earnings#dear_before")
    return _dear(one) + say(", {ago} {k} of {n}", ago=ago, k=k, n=n)


def ranks_note(one: Multiples, s: Speller) -> Text:
    """How the picture is read, and who is not in it."""
    note = say("Full dot and number: the newest percentile. Open dot: a year before. Usual range: P/E of "
               "eight days in ten.")  # fmt: skip
    if not one.unranked:
        return note
    n = Number(s.spelled(one.unranked, "count"), "earnings#unranked")
    return note + say(" Without a rank, for under two years of history: {n}.", n=n)


def said_title(found: tuple[Said, ...], revisions: Finding | None, s: Speller) -> Text:
    """Of 3,399 estimates in 90 days, 39.6% were raised and 60.4% cut."""
    if revisions:
        t = English(revisions, s.setting)
        return say("Of {n} revised estimates in 90 days, {x} were raised and {y} cut",
                   n=t.size("n"), x=t.size("raised"), y=t.size("cut"))  # fmt: skip
    first = found[0]
    return say("{what}: {x}", what=ROWS[first.metric, first.entity], x=s.signed(first.fact))


SAID_NOTE = say(
    "Guidance, early results: share of companies with more profit. Before: the last value, if two "
    "weeks to a quarter older. Under thirty companies nothing is shown."
)


def premium_title(one: Premium, s: Speller) -> Text:
    """Equity risk premium of the CSI 300: 5.7%, 70th percentile."""
    value = say("Equity risk premium of {i}: {x}", i=s.index_in_text(CSI_300), x=s.level(one.fact))
    return value + say(", {p}", p=s.percentile(one.fact)) if s.rank(one.fact) else value


def premium_note(one: Premium, s: Speller) -> Text:
    """What it is, and since when it is ranked."""
    return say("Earnings yield less the ten-year government yield; history since {d}.",
               d=s.dated(one.fact.first_observation))  # fmt: skip
