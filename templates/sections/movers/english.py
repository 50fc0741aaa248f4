"""The sentences of run-ups and company notices in English."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from templates.companies import english_company_name
from templates.format import Number, ordinal
from templates.issue_view import counted
from templates.sections.movers.facts import (
    FEWEST,
    Aftermath,
    Movers,
    Moves,
    Notices,
    RunUps,
)
from templates.wording.english.teller import English
from templates.wording.language import LANGUAGES
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.facts import Fact
from transforms.findings.finding import Finding

# What is called missing: the shares of themes, cases, notices, what followed.
BLOCKS = (
    "Followed shares",
    "Cases by the rule and notices",
    "What followed company warnings",
    "Company notices",
)
HEADS = {
    "company": "Company",
    "close": "Close, CNY",
    "run_up": "Run-up, 30 sessions",
    "run_up_week": "Change in the week",
    "peak": "Peak",
    "notices": "Notices",
    "case": "Within five sessions",
    "cases": "Cases",
    "per_thousand": "Per 1,000",
    "week": "On the week",
    "percentile": "Percentile",
    "measure": "Within 60 sessions",
    "warned": "Warned",
    "control": "Not warned",
}
CASES = {
    "moves": "Abnormal, by the rule",
    "severe_moves": "Severe, by the rule",
    "notices": "Abnormal, announced",
    "severe_notices": "Severe, announced",
    "risk_notices": "Risk notices",
}
MEASURES = {
    "after_median": "Median return less the industry",
    "held_median": "Median return",
    "drawdown_median": "Median largest fall",
    "fell_20_share": "Share that fell 20% or more",
}
SHORT_PAST = "short past"
CASES_TITLE = say("What prices met and what companies announced")
CASES_NOTE = say(
    "By the rule: three sessions at ±20% against the index, ±30% on STAR and ChiNext; rises and "
    "falls alike. Percentiles in the history of each series, from 500 observations on. Notices come "
    "a day after the prices, and are read off their titles."
)
NOTICES_TITLE = say("Notices in the week")
NOTICES_NOTE = say("Listed by share: three notices or more within 20 sessions.")


def headline(count: RunUps | None, moves: Moves | None, theme: Movers, s: Speller) -> Text:
    """Run-ups of 90% are no rarity (45 shares); abnormal fluctuations are (97th percentile)."""
    rare = moves.rare if moves else None
    if count is None:
        if rare:
            return say("Abnormal fluctuations {are} at their {p}", are=_be(s), p=s.percentile(rare))
        return _theme_news(theme, s) or say("No run-up is known")
    shares = _shares(count, s.level(count.fact))
    if count.standing == "unknown":
        return say("Run-ups of 90% above the 30-session low: {shares}", shares=shares)
    if count.standing == "usual":
        plain = say("Run-ups of 90% {are} no rarity ({shares})", are=_be(s), shares=shares)
        if rare:
            return plain + say("; abnormal fluctuations {are} ({p})", are=_be(s),
                               p=s.percentile(rare))  # fmt: skip
        return say("Run-ups of 90% {are} no rarity ({shares}{after})", are=_be(s), shares=shares,
                   after=_after(count, s))  # fmt: skip
    word = "As many as" if count.standing == "high" else "Only"
    plain = say("{word} {shares} {stand} 90% above {their} 30-session low", word=word,
                shares=shares, stand=_stand(count, s), their=_their(count))  # fmt: skip
    if count.fact.value == 0:
        plain = say("No share {stands} 90% above its 30-session low",
                    stands="stood" if s.stale else "stands")  # fmt: skip
    rank = plain + say(", {p}", p=_short_rank(count, s)) if count.finding else plain
    more = say("; abnormal fluctuations at their {p}", p=s.percentile(rare)) if rare else Text()
    return s.fitting(plain + more, rank) if rare else s.fitting(rank, plain)


def _theme_news(theme: Movers, s: Speller) -> Text:
    return theme_title(theme, s) if theme.moves else Text()


def _be(s: Speller) -> str:
    return "were" if s.stale else "are"


def _one(count: RunUps) -> bool:
    return round(count.fact.value) == 1


def _shares(count: RunUps, n: Number) -> Text:
    return say("{n} {shares}", n=n, shares="share" if _one(count) else "shares")


def _stand(count: RunUps, s: Speller) -> str:
    if s.stale:
        return "stood"
    return "stands" if _one(count) else "stand"


def _their(count: RunUps) -> str:
    return "its" if _one(count) else "their"


def _rank(count: RunUps, s: Speller) -> Text:
    """The 81st percentile since February 2023."""
    if count.finding is None or count.percentile is None:
        return Text()
    return English(count.finding, s.setting).standing("count")


def _short_rank(count: RunUps, s: Speller) -> Text:
    """The 81st percentile, without its history."""
    rank = s.stated_rank(count.finding, "count") if count.finding else None
    if rank is None:
        return Text()
    return say("the {p} percentile", p=replace(rank, text=ordinal(int(rank.text))))


def _after(one: RunUps, s: Speller) -> Text:
    """After 54 on 9 Jan."""
    if one.finding is None or "before" not in one.finding.numbers:
        return Text()
    before = one.finding.numbers["before"]
    return say(", after {n} on {d}", n=s.stated(one.finding, "before"), d=s.day(before.day))


def moves_title(fact: Fact, s: Speller) -> Text:
    """183 abnormal fluctuations by the rule in five sessions, 97th percentile."""
    n, on = fact.n or 0, _when(fact, s)
    if n == 0:
        return say("No share met the rule of abnormal fluctuation in five sessions{on}", on=on)
    rank = say(", {p}", p=s.percentile(fact)) if fact.percentile is not None else Text()
    return say("{n} abnormal {moves} by the rule in five sessions{on}{rank}", n=s.members(fact),
               moves="fluctuation" if n == 1 else "fluctuations", on=on, rank=rank)  # fmt: skip


def theme_title(one: Movers, s: Speller) -> Text:
    """Commercial aerospace: median of 14 shares +10.0% on 12 Jan."""
    if not one.moves:
        return say("The largest run-ups of the followed shares")
    said = LANGUAGES["en"].told(one.moves[0], s.setting)
    return said.sentences[-1].capitalized()


def theme_note(one: Movers, s: Speller) -> Text:
    """The best and the worst of each theme, and what the columns mean."""
    ends = joined((_ends(move, s) for move in one.moves), by=" ")
    many = say("Shown: the largest run-ups of {m} shares, of which {n} {stand} 90% above their low.",
               m=counted(one.followed, "movers#all"), n=counted(one.ran_up, "movers#ran_up"),
               stand="stood" if s.stale else "stand")  # fmt: skip
    ends = joined(filter(None, (ends, many)), by=" ")
    what = say(
        "Run-up: close above the lowest of 30 sessions before. Peak: the highest close of 60 sessions. "
        "The lists of themes were drawn up afterwards."
    )
    return ends + " " + what


def _ends(move: Finding, s: Speller) -> Text:
    t = English(move, s.setting)
    low = say("{y}", y=t.signed("worst"))
    return say("Best {a} {x}, worst {b} {y}.", a=_named(t.term("best"), s), x=t.signed("best"),
               b=_named(t.term("worst"), s), y=low)  # fmt: skip


def _named(code: str, s: Speller) -> str:
    return f"{english_company_name(code, s.names)} ({code})"


def other_day(name: str, day: date, s: Speller) -> Text:
    """A row whose newest value is of another day than the table."""
    return say("{name}, to {d}", name=name, d=s.day(day))


def repeated(fact: Fact, s: Speller) -> Text:
    """How often a share gave notice, and when last: 3, 9 Jan."""
    return say("{n}, {d}", n=s.level(fact), d=s.day(fact.observation_date))


def repeat(fact: Fact, s: Speller) -> Text:
    """Zhenlei Keji (688270.SH): notice 3 in 20 sessions."""
    return say("{name}: notice {n} in 20 sessions", name=_named(fact.entity, s), n=s.level(fact))


def notices(told: Notices, s: Speller) -> Iterator[Text]:
    """What companies announced in the week."""
    if told.week:
        said = LANGUAGES["en"].told(told.week, s.setting)
        yield said.sentences[-1].capitalized() + "."
    share = told.technology
    if share and (share.n or 0) >= FEWEST:
        yield say("Of {n} notices in 20 sessions{on}, {x} came from technology shares.",
                  n=s.members(share), x=s.level(share), on=_to(share, s))  # fmt: skip


def _to(fact: Fact, s: Speller) -> Text:
    other = fact.observation_date != s.as_of
    return say(" to {d}", d=s.day(fact.observation_date)) if other else Text()


def aftermath_title(one: Aftermath, s: Speller) -> Text:
    """After 627 warnings 31.4% fell 20% in 60 sessions; of those not warned, 24.0%."""
    fell = one.of("fell_20_share")
    n = s.members(one.warned)
    if fell is None:
        return say("What followed {n} company warnings", n=n)
    return say("After {n} warnings {x} fell 20% in 60 sessions; of those not warned, {y}", n=n,
               x=s.level(fell.warned), y=s.level(fell.control))  # fmt: skip


def aftermath_note(one: Aftermath, s: Speller) -> Text:
    """Who the others are, what is left out, and how sure the difference is."""
    beside = say(
        "Not warned, the control group: for each warning the share of the same board whose run-up of 30 sessions came "
        "nearest. {n} warnings are less than 60 sessions old and not counted.",
        n=s.level(one.pending),
    )
    apart = say(" {x} of notices followed an earlier one within 60 sessions and are left out.",
                x=s.level(one.overlap)) if one.overlap else Text()  # fmt: skip
    if one.difference is None:
        return beside + apart
    mean, low, high = map(s.signed, one.difference)
    sure = say(" Mean difference of return: {m} (80% interval {a} to {b}).", m=mean, a=low, b=high)
    return beside + apart + sure


def _when(fact: Fact, s: Speller) -> Text:
    """On 12 Jan, where a fact is not of the issue's day."""
    other = fact.observation_date != s.as_of
    return say(" on {d}", d=s.day(fact.observation_date)) if other else Text()
