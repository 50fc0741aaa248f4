"""English sentences about breadth, crowding, run-ups, notices and listings."""

from __future__ import annotations

from templates.wording.english.teller import English
from templates.wording.names import GROUPS, LISTS, MARKETS, THEMES, UNICORNS_OF, known
from templates.wording.text import Slots, Text, say
from templates.wording.told import Said
from templates.wording.verbs import as_many_as, only


def _rising(t: English, group: str, role: str = "rising") -> tuple[Text, str]:
    """Only 0.6% of 995 technology shares: how many rose, and what was true of «rose»."""
    members = say("{n} {group}", n=t.marked("n", t.size("n").text), group=group)
    share, rank = t.value(role), t.rarity.percentile
    if share == 1:
        return say("all {of} with a figure", of=members), "most"
    if share == 0:
        return say("none of {of} with a figure", of=members), "fewest"
    if as_many_as(rank):
        return say("as many as {x} of {of}", x=t.size(role), of=members), "most"
    if only(rank):
        return say("only {x} of {of}", x=t.size(role), of=members), "fewest"
    return say("of {of}, {x}", x=t.size(role), of=members), "fewest" if t.rarity.low else "most"


def _median(t: English) -> Text:
    """The median fell 16.2%."""
    if t.flat("median"):
        return say("the median was flat")
    return say("the median {verb} {x}", verb="rose" if t.up("median") else "fell",
               x=t.size("median"))  # fmt: skip


def _group(t: English, *, short: bool = False) -> str:
    name = known(GROUPS, t.entity).en
    return name.replace("technology", "tech") if short else name


def breadth_week(t: English) -> Said:
    """Of 995 technology shares, 61.0% rose in the week; the median rose 1.2%."""
    who, most = _rising(t, _group(t))
    rose = say("{who} rose {span}", who=who, span=t.span())
    rare = t.rarely("rising", f"the {most}")
    news = _news_of_rising(t, t.span())
    return Said((rose + rare + say("; {m}", m=_median(t)), rose + rare), (news,))


def _news_of_rising(t: English, when: Text) -> Text:
    """Only 9.1% of tech shares rise on 21 Nov; all or none of 995, for some have no figure."""
    share, rank, group = t.value("rising"), t.rarity.percentile, _group(t, short=True)
    if share in {0, 1}:
        return say("{who} {n} {group} with a figure rise {when}", who="all" if share else "none of",
                   n=t.size("n"), group=group, when=when)  # fmt: skip
    word = "as many as " if as_many_as(rank) else "only " if only(rank) else ""
    if word:
        return say("{word}{x} of {group} rise {when}", word=word, x=t.size("rising"), group=group,
                   when=when)  # fmt: skip
    return say("of {group}, {x} rise {when}", x=t.size("rising"), group=group, when=when)


def breadth_day(t: English) -> Said:
    """Only 0.6% of 995 technology shares rose on 7 Apr, the fewest since January 2023."""
    who, most = _rising(t, _group(t))
    rose = say("{who} rose on {d}{rare}", who=who, d=t.on("rising"),
               rare=t.rarely("rising", f"the {most}"))  # fmt: skip
    sentences = (rose + say("; {m}", m=_median(t)), rose) if t.has("median") else (rose,)
    news = _news_of_rising(t, say("on {d}", d=t.on("rising")))
    clause = t.news(most, f"the {most} of the series")
    return Said(sentences, (news + clause, news) if clause else (news,))


def breadth_flip(t: English) -> Said:
    """Of 995 technology shares, 82.0% rose on 12 Jan and 15.2% on 13 Jan."""
    day: Slots = {
        "x": t.size("before"),
        "d": t.on("before"),
        "y": t.size("rising"),
        "e": t.on("rising"),
    }
    said = say("of {n} {group}, {x} rose on {d} and {y} on {e}", n=t.size("n"), group=_group(t),
               **day)  # fmt: skip
    group = _group(t, short=True)
    news = say("breadth turns: {x} of {group} rise on {d}, {y} on {e}", group=group, **day)
    brief = say("{group} that rise: {x}, then {y}", group=group, x=day["x"], y=day["y"])
    return Said((said,), (news, brief))


def breadth_narrow(t: English) -> Said:
    """The rise was narrow in the week: STAR 50 +3.2%, the median of 995 technology shares +0.4%."""
    measured: Slots = {"i": t.index(t.term("index")), "x": t.signed("change"),
                       "m": t.signed("median")}  # fmt: skip
    when = say("on {d}", d=t.on("change")) if t.of_a_day("change") else t.span()
    said = say("the rise was narrow {when}: {i} {x}, the median of {n} {group} {m}", when=when,
               n=t.size("n"), group=_group(t), **measured)  # fmt: skip
    news = say("the rise is narrow: {i} {x}, median {share} {m}",
               share=_group(t, short=True).removesuffix("s"), **measured)  # fmt: skip
    return Said((said,), (news, say("the rise is narrow")))


def above_average(t: English) -> Said:
    """Of technology shares, 58.0% stand above their 50-day average (+4.0 pp in the week)."""
    rank, group = t.rarity.percentile, _group(t)
    word = "only " if only(rank) else "as many as " if as_many_as(rank) else ""
    who = say("{word}{x} of {group}" if word else "of {group}, {x}", word=word, x=t.size("level"),
              group=group)  # fmt: skip
    stand = who + say(" stand above their 50-day average")
    change = (
        say(" ({c} {span})", c=t.points("change"), span=t.span()) if t.has("change") else Text()
    )
    rare = t.rarely("level", "the fewest" if t.rarity.low else "the most")
    brief = say("{g} above their 50-day average: {x}", x=t.size("level"), g=_group(t, short=True))
    return Said((stand + change + rare, stand + rare), (stand, brief))


def crowding_level(t: English) -> Said:
    """TMT shares took 45.2% of turnover, 30.1% of market value."""
    share: Slots = {"g": _group(t), "x": t.size("turnover_share"), "y": t.size("value_share")}
    took = say("{g} took {x} of turnover with {y} of market value", **share)
    rare = t.rarely("turnover_share", "the least crowded" if t.rarity.low else "the most crowded")
    if t.ranked and not t.dated:
        rare = say("; crowding at {p}", p=t.standing("turnover_share"))
    news = say("{g} take {x} of turnover with {y} of market value", **share)
    return Said((took + rare, took), (news, say("{g} take {x} of turnover", g=share["g"],
                                                x=share["x"])))  # fmt: skip


def runups(t: English) -> Said:
    """As many as 67 shares stand 90% or more above their 30-session low, after 41 on 9 Jan."""
    one = t.shown("count") == 1
    shares, rank = t.counted("count", "share"), t.rarity.percentile
    word = "as many as " if as_many_as(rank) else "only " if only(rank) else ""
    who = say("{word}{s} {stand}", word=word, s=shares, stand="stands" if one else "stand")
    if not word or t.shown("count") == 0:
        who = say("there {be} {s}", be="is" if one else "are", s=shares)
    far = say("{who} 90% or more above {their} 30-session low", who=who,
              their="its" if one else "their")  # fmt: skip
    rare = t.rarely("count", "the fewest" if t.rarity.low else "the most")
    news = (say("shares 90% above their 30-session low: {n}", n=t.size("count")),)
    if not t.has("before"):
        return Said((far + rare, far), news)
    before: Slots = {"n": _none(t, "before"), "d": t.on("before")}
    after = say(" (on {d}: {n})" if rare else ", after {n} on {d}", **before)
    return Said((far + rare + after, far + rare, far), news)


def theme_move(t: English) -> Said:
    """Commercial aerospace: median of 14 shares −9.3% on 13 Jan, its worst day since 7 Apr."""
    theme, median = known(THEMES, t.term("theme")).en, t.signed("median")
    day = t.of_a_day("median")
    when = say("on {d}", d=t.on("median")) if day else t.span()
    middle = say("{theme}: median of {n} shares {m} {when}", theme=theme, n=t.size("n"), m=median,
                 when=when)  # fmt: skip
    best = "best" if t.up("median") else "worst"
    rare = t.rarely("median", f"its {best} {'day' if day else 'week'}")
    before = Text()
    if t.has("before"):
        before = say("; {b} on {e}", b=t.signed("before"), e=t.on("before"))
    ends = say("; best {a} {x}, worst {b} {y}", a=t.company("best"), x=t.signed("best"),
               b=t.company("worst"), y=t.signed("worst"))  # fmt: skip
    news = say("{theme}: median {m} {when}", theme=theme, m=median, when=when)
    brief = say("{theme}: median share {m}", theme=theme, m=median)
    sentences = (middle + rare + before + ends, middle + before + ends, middle + ends, middle)
    return Said(sentences, (news, brief))


def warnings(t: English) -> Said:
    """In the week, 45 companies gave notice of abnormal fluctuation, three of them of severe."""
    if t.shown("abnormal") == 0:
        none = say("no company gave notice of abnormal fluctuation {span}", span=t.span())
        return Said((none,), (say("no notice of abnormal fluctuation {span}", span=t.span()),))
    many = t.shown("abnormal") != 1
    who = say("{n} {company}", n=t.many("abnormal"), company="companies" if many else "company")
    given = say("{span}, {who} gave notice of abnormal fluctuation", span=t.span(), who=who)
    severe = say(", {n} of {them} of severe", n=_none(t, "severe"), them="them" if many else "it")
    if not many:
        severe = say(", {n}", n=t.marked("severe", "severe" if t.shown("severe") else "not severe"))
    rare = t.rarely("abnormal", "the fewest" if t.rarity.low else "the most")
    news = say("notices of abnormal fluctuation from {who}", who=who)
    return Said((given + severe + rare, given + severe), (news + severe, news))


def _none(t: English, role: str) -> Text:
    """A count before «of them»: none, one, 14."""
    return say("{n}", n=t.marked(role, "none") if t.shown(role) == 0 else t.many(role))


def first_days(t: English) -> Said:
    """Of six Hong Kong listings in the week none closed below offer on day one."""
    place = known(MARKETS, t.entity).en
    listed = say("{n} {place} {listings} {span}", n=t.many("listed"), place=place, span=t.span(),
                 listings="listing" if t.shown("listed") == 1 else "listings")  # fmt: skip
    if t.shown("n") < t.shown("listed"):
        listed = say("the {n} with a figure among {listed}", n=t.many("n"), listed=listed)
    fell, n = t.shown("below"), t.shown("n")
    whole = "both" if n == 2 else "all"
    below = t.marked("below", whole) if fell == n > 1 else _none(t, "below")
    end = say("of {listed}, {below} closed below offer on day one", listed=listed, below=below)
    middle = say("; median {m}", m=t.signed("median"))
    best = say(", best {name} {x}", name=t.company("best"), x=t.signed("best"))
    whose = " with a figure" if t.shown("n") < t.shown("listed") else ""
    news = say("of {n} {place} listings{whose} {below} {verb} below offer", n=t.many("n"),
               place=place, whose=whose, below=below,
               verb="closes" if fell == 1 else "close")  # fmt: skip
    if n == 1:
        return _one_first_day(t, place)
    return Said((end + middle + best, end + middle, end), (news,))


def _one_first_day(t: English, place: str) -> Said:
    """MiniMax, the only Hong Kong listing of the week with a figure, closed 109.1% above offer."""
    side = "above" if t.up("best") else "below"
    how = (
        say("at offer") if t.flat("best") else say("{x} {side} offer", x=t.size("best"), side=side)
    )
    only_one = "the only {place} listing {span}" + (
        " with a figure" if t.shown("listed") > 1 else ""
    )
    one = say(only_one, place=place, span=t.span())
    said = say(
        "{name}, {one}, closed its first day {how}", name=t.company("best"), one=one, how=how
    )
    return Said((said,), (say("{name} closes its first day {how}", name=t.company("best"),
                              how=how),))  # fmt: skip


def proceeds(t: English) -> Said:
    """In Hong Kong six listings raised HK$19.0 bn in the week; this year 14 raised HK$33.4 bn."""
    place = known(MARKETS, t.entity).en
    raised = say("{place} {n} raised {v} {span}", place=_located(place),
                 n=t.counted("n", "listing"), v=t.size("raised"), span=t.span())  # fmt: skip
    year = say("; this year {n} raised {v}", n=t.many("year_n"), v=t.size("year_raised"))
    rare = t.rarely("raised", "the least" if t.rarity.low else "the most")
    verb = "raises" if t.shown("n") == 1 else "raise"
    news = say("{n} {place} {verb} {v}", n=t.counted("n", "listing"), place=_located(place),
               verb=verb, v=t.size("raised"))  # fmt: skip
    named = say("{place} listings raise {v}", place=place, v=t.size("raised"))
    return Said((raised + rare + year, raised + year), (news, named) if t.value("n") <= 10
                else (named,))  # fmt: skip


def _located(place: str) -> str:
    return "on the mainland" if place == "mainland" else f"in {place}"


def pipeline(t: English) -> Said:
    """Under review stand 312 applications; 12 were registered in the week."""
    review = say("under review are {n}; {r} registered {span}", n=t.counted("under_review",
                 "application"), r=_were(t), span=t.span())  # fmt: skip
    rare = t.rarely("under_review", "the fewest" if t.rarity.low else "the most")
    full = say(
        "under review are {n}{rare}; {r} registered {span}",
        n=t.counted("under_review", "application"),
        rare=rare,
        r=_were(t),
        span=t.span(),
    )
    return Said((full, review) if rare else (review,),
                (say("applications under review: {n}", n=t.size("under_review")),))  # fmt: skip


def _were(t: English) -> Text:
    verb = "was" if t.shown("registered") == 1 else "were"
    return say("{n} {verb}", n=_none(t, "registered"), verb=verb)


def unicorns(t: English) -> Said:
    """Global Unicorn Top 500: nine Chinese AI unicorns at 31 Dec 2025, two at 31 Dec 2024."""
    source, group = known(LISTS, t.term("list")).en, known(UNICORNS_OF, t.entity).en
    now = say("{list}: {n} {group} at {d}", list=source, n=t.many("count"), group=group,
              d=t.on("count"))  # fmt: skip
    before = Text()
    if t.has("before"):
        before = say(", {n} a year before", n=_none(t, "before"))
    return Said(
        (now + before,), (say("the list names {n} {group}", n=t.many("count"), group=group),)
    )
