"""English sentences about earnings, valuation, flows, policy and tests of explosiveness."""

from __future__ import annotations

from datetime import date

from templates.wording.english.teller import English
from templates.wording.names import TERMS, body, in_running_text
from templates.wording.text import Slots, Text, say
from templates.wording.told import Said
from transforms.findings.span import FULL_WEEK

SEVEN = 7


def earnings_gap(t: English) -> Said:
    """Net profit, quarter to 30 Sep on a year before: China 7 +4.1%, Magnificent 7 +15.2%."""
    sides: Slots = {
        "c": t.signed("china"),
        "a": t.signed("america"),
        "cn": _of_seven(t, "n_china"),
        "an": _of_seven(t, "n_america"),
        "d": t.on("china"),
    }
    said = say("net profit, quarter to {d} on a year before: China 7{cn} {c}, "
               "Magnificent 7{an} {a}", **sides)  # fmt: skip
    news = say("net profit: China 7 {c}, Magnificent 7 {a}", c=sides["c"], a=sides["a"])
    return Said((said,), (news,))


def _of_seven(t: English, role: str) -> Text:
    if t.shown(role) >= SEVEN:
        return Text()
    return say(" ({n} with a figure)", n=t.many(role))


def revisions(t: English) -> Said:
    """Of 312 estimates in 90 days, 61.0% were raised and 25.0% cut."""
    part: Slots = {"n": t.size("n"), "x": t.size("raised"), "y": t.size("cut")}
    said = say("of {n} estimates in 90 days, {x} were raised and {y} cut", **part)
    rare = t.rarely("raised", "the fewest raised" if t.rarity.low else "the most raised")
    news = say("of {n} estimates, {x} are raised and {y} cut", **part)
    return Said((said + rare, said), (news,))


def pe_level(t: English) -> Said:
    """STAR 50 trades at 173.1 times trailing earnings, the 97th percentile of ten years."""
    said = say("{i} trades at {v} times trailing earnings{rare}", i=t.index(), v=t.size("level"),
               rare=t.rarely("level", _most(t)))  # fmt: skip
    news = say("{i} trades at {v} times earnings", i=t.short_index(), v=t.size("level"))
    clause = t.news(_most(t).removeprefix("the "), f"{_most(t)} of its series")
    return Said((said,), (news + clause, news) if clause else (news,))


def _most(t: English) -> str:
    return "the lowest" if t.rarity.low else "the highest"


def risk_premium(t: English) -> Said:
    """The equity risk premium of the CSI 300 is 5.2%, the 80th percentile of ten years."""
    level = t.level("level")
    said = say("the equity risk premium of {i} is {x}{rare}", i=t.index(), x=level,
               rare=t.rarely("level", _most(t)))  # fmt: skip
    news = say("equity risk premium at {x}", x=level)
    clause = t.news(_most(t).removeprefix("the "), f"{_most(t)} of its series")
    return Said((said,), (news + clause, news) if clause else (news,))


def southbound(t: English) -> Said:
    """Southbound net purchases came to HK$36.4 bn in the week."""
    bought = t.value("total") >= 0
    side = "purchases" if bought else "sales"
    when = t.span() if t.shown("sessions") <= FULL_WEEK else t.in_sessions()
    said = say("southbound net {side} came to {v} {when}{rare}", side=side, v=t.size("total"),
               when=when, rare=t.rarely("total", _most_of_net(t, bought=bought)))  # fmt: skip
    news = say("southbound net {side} of {v}", side=side, v=t.size("total"))
    return Said((said,), (news + say(" {when}", when=when), news))


def _most_of_net(t: English, *, bought: bool) -> str:
    """Of what was sold, the lowest net amount is the largest."""
    return "the largest" if bought is not t.rarity.low else "the smallest"


def etf_inflow(t: English) -> Said:
    """Technology ETFs took in 12.3 billion yuan net in 20 sessions."""
    bought = t.value("total") >= 0
    verb, news_verb = ("took in", "take in") if bought else ("lost", "lose")
    rare = t.rarely("total", _most_of_net(t, bought=bought))
    said = say("technology ETFs {verb} {v} net in 20 sessions{rare}", verb=verb, v=t.size("total"),
               rare=rare)  # fmt: skip
    news = say("technology ETFs {verb} {v} in 20 sessions", verb=news_verb, v=t.size("total"))
    return Said((said,), (news,))


def policy_words(t: English) -> Said:
    """Evening news named “chips” 1.48 times per 10,000 characters."""
    term = TERMS.get(t.term("term"), t.term("term"))
    said = say("evening news named “{term}” {v} times per 10,000 characters{rare}", term=term,
               v=t.size("rate"), rare=t.rarely("rate", "the most"))  # fmt: skip
    return Said((said,), (say("“{term}” named more than usual in evening news", term=term),))


def policy_event(t: English) -> Said:
    """SSE, SZSE and BSE on 14 Jan: minimum margin ratio raised to 100%; in force on 19 Jan."""
    title, actor = t.term("title_en"), body(t.term("body")).en
    announced, effective = (_iso(t.term(role)) for role in ("announced", "effective"))
    told = say("{body}", body=actor)
    if announced:
        told = told + say(" on {d}", d=t.day(announced))
    told = told + say(": {title}", title=title)
    sentences = [told]
    if effective and effective != announced:
        tense = "since" if effective <= t.setting.as_of else "on"
        force = say("; in force {tense} {d}", tense=tense, d=t.day(effective))
        sentences.insert(0, told + force)
    short = title.partition(", ")[0].partition("; ")[0].partition(" (")[0]
    when = announced or effective
    plain = say("announcement by {body}", body=actor)
    plain = plain + say(" on {d}", d=t.day(when)) if when else plain
    news = [say("{title}", title=in_running_text(one)) for one in (title, short)]
    return Said((*sentences, plain), tuple(news), (plain,))


def _iso(day: str) -> date | None:
    return date.fromisoformat(day) if day else None


def psy(t: English) -> Said:
    """STAR 50’s price grows explosively (p = 0.012), week 3."""
    p = t.size("p")
    if t.term("found") != "yes":
        gone = say("explosive growth of {i} is no longer found (p = {p})", i=t.index(), p=p)
        return Said((gone,), (gone,))
    week = say(", week {n}", n=t.size("weeks")) if t.has("weeks") else Text()
    said = say("the price of {i} grows explosively (p = {p}){week}", i=t.index(), p=p, week=week)
    return Said((said,), (say("{i}’s price grows explosively (p = {p})", i=t.short_index(), p=p),))


def lppls(t: English) -> Said:
    """Of 126 windows, 12.0% fit the LPPLS bubble pattern; it gives no date."""
    part: Slots = {"n": t.size("windows"), "x": t.size("share"), "i": t.index()}
    said = say("of {n} windows of {i}, {x} fit the LPPLS bubble pattern; it gives no date", **part)
    return Said((said,), (say("of {n} windows, {x} fit the LPPLS pattern", x=part["x"],
                              n=part["n"]),))  # fmt: skip
