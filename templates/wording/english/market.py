"""English sentences about prices, activity and leverage."""

from __future__ import annotations

from templates.wording.english.teller import English
from templates.wording.text import Slots, Text, say
from templates.wording.told import Said
from templates.wording.verbs import ENGLISH, as_many_as, only, sharply, turned_round, yet
from transforms.formulas.rsi import OVERBOUGHT, OVERSOLD


def index_change(t: English) -> Said:
    """STAR 50 jumped 9.8% in the week, the most since 22 Aug 2025."""
    if t.flat("change"):
        flat = say("{i} was flat {span}", i=t.index(), span=t.span())
        return Said((flat,), (say("{i} is flat {span}", i=t.short_index(), span=t.span()),))
    moved = say("{i} {verb} {x} {span}{rare}", i=t.index(), verb=_moved(t), x=t.size("change"),
                span=t.span(), rare=t.rarely("change", "the most"))  # fmt: skip
    news, alone = (
        say("{i} {verb} {x}", i=t.short_index(), x=t.size("change"),
            verb=t.verb(ENGLISH, alone=alone).present(up=t.up()))
        for alone in (False, True)
    )  # fmt: skip
    since = t.news("most", "most of its series")
    headlines = [news + say(" {span}", span=t.span()) + since, news + since] if since else []
    sentences = [moved]
    if t.has("from_peak"):
        peak = t.day(t.figure("from_peak").base or t.newest)
        below: Slots = {"x": t.size("from_peak"), "d": peak}
        sentences.insert(0, moved + say("; it is {x} below its peak of {d}", **below))
        headlines.append(alone + say(", to {x} below its peak of {d}", **below))
    headlines += [alone + say(" {span}", span=t.span()), alone]
    return Said(tuple(sentences), tuple(headlines))


def _moved(t: English) -> str:
    """The verb of a sentence: rebounded and fell back where the move before was large as well."""
    before = t.value("before") if t.has("before") else None
    q_before = t.value("before_q") if t.has("before_q") else None
    if turned_round(t.value("change"), before, q_before):
        return "rebounded" if t.up() else "fell back"
    return t.verb(ENGLISH).past(up=t.up())


def index_day(t: English) -> Said:
    """Hang Seng Tech plunged 17.2% on 7 Apr, its worst day since the series began in July 2020."""
    best = "its best day" if t.up() else "its worst day"
    verb = t.verb(ENGLISH)
    day = say("{i} {verb} {x} on {d}{rare}", i=t.index(), verb=verb.past(up=t.up()),
              x=t.size("change"), d=t.on("change"), rare=t.rarely("change", best))  # fmt: skip
    sentences = [day]
    if t.has("span_change"):
        sentences.insert(0, day + _over_the_span(t))
    news, alone = (
        say("{i} {verb} {x}", i=t.short_index(), x=t.size("change"),
            verb=t.verb(ENGLISH, alone=alone).present(up=t.up()))
        for alone in (False, True)
    )  # fmt: skip
    on = say(" on {d}", d=t.on("change"))
    since = t.news(best, best)
    headlines = [news + on + since, news + since, alone + on] if since else [alone + on]
    return Said(tuple(sentences), tuple(headlines))


def _over_the_span(t: English) -> Text:
    """Yet rose 3.0% in the week: how the span went that the day is of."""
    if t.flat("span_change"):
        return say("; it was flat {span}", span=t.span())
    verb = "rose" if t.up("span_change") else "fell"
    however = ", yet {verb} {x} {span}"
    agrees = "; it {verb} {x} {span}"
    pattern = however if yet(t.value("change"), t.value("span_change")) else agrees
    return say(pattern, verb=verb, x=t.size("span_change"), span=t.span())


def index_high(t: English) -> Said:
    """The Shanghai Composite closed at 3884 on 25 Aug, its highest since August 2015."""
    return _new_level(t, "highest")


def index_low(t: English) -> Said:
    """STAR 50 closed at 646 on 5 Feb, its lowest since the series began in December 2019."""
    return _new_level(t, "lowest")


def _new_level(t: English, most: str) -> Said:
    close = say("{i} closed at {v} on {d}{rare}", i=t.index(), v=t.size("level"), d=t.on("level"),
                rare=t.rarely("level", f"its {most}"))  # fmt: skip
    sentences = [close]
    if t.has("after") and not t.flat("after"):
        sentences.insert(0, close + say(", and {ended}", ended=t.ended("after")))
    news = say("{i} closes at {v}", i=t.short_index(), v=t.size("level"))
    if t.dated and t.rarity.record:
        news = say("{i} closes at its {most} on record", i=t.short_index(), most=most)
    elif t.dated:
        news = say("{i} closes at its {most} since {d}", i=t.short_index(), most=most,
                   d=t.since(short=True))  # fmt: skip
    if t.has("after"):  # it stood so on that day, and no longer at the end
        news = news + say(" on {d}", d=t.on("level"))
    return Said(tuple(sentences), (news,))


def rsi_zone(t: English) -> Said:
    """The Shanghai Composite is overbought (RSI 74.5)."""
    zone = t.term("zone")
    state = zone.removeprefix("left ")
    rsi: Slots = {"v": t.size("level")}
    if zone != state:
        left = say("{i} left the {state} zone on {d} (RSI {v})", i=t.index(), state=state,
                   d=t.on("level"), **rsi)  # fmt: skip
        return Said((left,), (say("{i} is no longer {state} (RSI {v})", i=t.short_index(),
                                  state=state, **rsi),))  # fmt: skip
    line = OVERBOUGHT if state == "overbought" else OVERSOLD
    entered = t.has("before") and (t.shown("before") < line) is (state == "overbought")
    verb = "became" if entered and t.shown("before") != line else "is"
    said = say("{i} {verb} {state} (RSI {v}{rare})", i=t.index(), verb=verb, state=state,
               rare=t.rarely("level", "its highest" if line == OVERBOUGHT else "its lowest"),
               **rsi)  # fmt: skip
    plain = say("{i} {verb} {state} (RSI {v})", i=t.index(), verb=verb, state=state, **rsi)
    return Said((said, plain), (say("{i} is {state} (RSI {v})", i=t.short_index(), state=state,
                                    **rsi),))  # fmt: skip


def turnover_total(t: English) -> Said:
    """Turnover totalled 17.1 trillion yuan in the week, a record."""
    most = "the lowest" if t.rarity.low else "the highest"
    total = say("turnover totalled {v} {span}{rare}", v=t.size("total"), span=t.span(),
                rare=t.rarely("total", most))  # fmt: skip
    sentences = [total + _rate(t), total] if t.has("rate") else [total]
    news = say("turnover of {v}", v=t.size("total"))
    record = say("a weekly record" if t.whole_week() else "a {n}-session record",
                 n=t.many("sessions"))  # fmt: skip
    if t.rarity.low:
        record = say("the lowest of its series")
    clause = t.news(most.removeprefix("the "), "")
    if clause and t.rarity.record:
        clause = say(", {record}", record=record)
    headlines = [news + clause] if clause else []
    if clause and t.rarity.record and not t.rarity.low:
        headlines.append(say("turnover at {record}", record=record))
    totals = say("turnover totals {v} {span}", v=t.size("total"), span=t.span())
    return Said(tuple(sentences), (*headlines, totals, news))


def _rate(t: English) -> Text:
    """Beside any record: how much of what can be traded changed hands."""
    rate = say("; turnover rate {x}", x=t.size("rate"))
    if not t.has("rate_rank"):
        return rate
    return rate + say(", the {p} percentile of its history", p=t.size("rate_rank"))


def turnover_high(t: English) -> Said:
    """Turnover of 3.94 trillion yuan on 14 Jan is a record; the one before was 3.65 (13 Jan)."""
    amount: Slots = {"v": t.size("level"), "d": t.on("level")}
    if t.dated and t.rarity.record:
        peak = say("turnover of {v} on {d} is a record since {s}", s=t.first(), **amount)
        news = [say("turnover of {v} on {d} is a record", **amount), say("turnover at a record")]
    elif t.second_only:
        peak = say(
            "turnover of {v} on {d} is second only to that of {D}", D=t.second_to(), **amount
        )
        news = [say("turnover of {v} is second only to that of {D}", v=t.size("level"),
                    D=t.second_to()),
                say("turnover second only to that of {D}", D=t.second_to())]  # fmt: skip
    else:
        peak = say("turnover reached {v} on {d}{rare}", rare=t.rarely("level", "the highest"),
                   **amount)  # fmt: skip
        news = [say("turnover reaches {v} on {d}", **amount) + t.news("highest", "a record"),
                say("turnover reaches {v}", v=t.size("level"))]  # fmt: skip
    sentences = [peak]
    before = Text()
    if t.has("before") and t.rarity.record:
        before = say("; the record before was {b} ({D})", b=t.size("before"), D=t.on("before"))
        sentences.insert(0, peak + before)
    if t.has("rate"):
        sentences = [peak + before + _rate(t), peak + _rate(t), *sentences]
    return Said(tuple(dict.fromkeys(sentences)), tuple(news))


def turnover_low(t: English) -> Said:
    """Turnover averaged 0.48 trillion yuan a day in the week, the lowest since September 2019."""
    said = say("turnover averaged {v} a day {span}{rare}", v=t.size("mean"), span=t.span(),
               rare=t.rarely("mean", "the lowest"))  # fmt: skip
    news = say("turnover averages {v} a day", v=t.size("mean"))
    return Said((said,), (news + t.news("lowest", "the lowest of its series"), news))


def limit_ups(t: English) -> Said:
    """On 13 Jan, 101 shares closed limit-up; 72.0% of those that touched the limit stayed there."""
    if t.shown("count") == 0:
        none = say("no share closed limit-up on {d}", d=t.on("count"))
        return Said((none,), (say("no share closes limit-up on {d}", d=t.on("count")),))
    rank = t.rarity.percentile
    word = "as many as " if as_many_as(rank) else "only " if only(rank) else ""
    count = say("on {d}, {word}{n} closed limit-up", d=t.on("count"), word=word,
                n=t.counted("count", "share"))  # fmt: skip
    rare = t.rarely("count", "the fewest" if t.rarity.low else "the most")
    held = Text()
    if t.has("sealed"):
        held = say("; {x} of those that touched the limit stayed there", x=t.size("sealed"))
    news = say("on {d}, {word}{n} at the upper limit", d=t.on("count"), word=word,
               n=t.counted("count", "share"))  # fmt: skip
    return Said((count + rare + held, count + held, count), (news,))


def financing_change(t: English) -> Said:
    """Margin loans rose by 98.1 billion yuan (3.8%) in five sessions to 2.70 trillion yuan."""
    now: Slots = {"v": t.size("level"), "d": t.on("level"), "span": t.in_sessions()}
    if t.flat("change"):
        flat = say("margin loans were flat {span}, at {v} on {d}", **now)
        return Said((flat,), (say("margin loans are flat at {v}", v=now["v"]),))
    verb, news_verb = ("rose", "rise") if t.up() else ("fell", "fall")
    adverb = " sharply," if sharply(t.rarity.q) and not t.dated else ""
    size: Slots = {"x": t.size("change"), "a": t.size("amount")}
    rare = t.rarely("change", "the most")
    full = say("margin loans {verb}{adverb} by {a} ({x}) {span} to {v} on {d}{rare}", verb=verb,
               adverb=adverb, rare=rare, **size, **now)  # fmt: skip
    brief = say("margin loans {verb} {x} {span} to {v} on {d}{rare}", verb=verb, x=size["x"],
                rare=rare, **now)  # fmt: skip
    news = say("margin loans {verb} {x}", verb=news_verb, x=size["x"])
    since = t.news("most", "most of their series")
    spanned = news + say(" {span}", span=now["span"])
    return Said((full, brief), tuple(dict.fromkeys((spanned + since, news + since, spanned, news))))


def financing_day(t: English) -> Said:
    """Margin loans rose 1.76% on 12 Jan, the most in a day since 9 Oct 2025."""
    size: Slots = {"x": t.size("change", 2), "d": t.on("change")}
    if t.flat("change", 2):
        return Said((say("margin loans were flat on {d}", d=size["d"]),),
                    (say("margin loans are flat on {d}", d=size["d"]),))  # fmt: skip
    verb, news_verb = ("rose", "rise") if t.up() else ("fell", "fall")
    day = say("margin loans {verb} {x} on {d}", verb=verb, **size)
    rare = t.rarely("change", "the most in a day")
    to = say(" to {v} on {d}", v=t.size("level"), d=size["d"])
    full = say("margin loans {verb} {x}{to}{rare}", verb=verb, x=size["x"], to=to, rare=rare)
    news = say("margin loans {verb} {x} on {d}", verb=news_verb, **size)
    since = t.news("most", "most in a day of their series")
    return Said((full, day + rare), (news + since, news) if since else (news,))


def financing_high(t: English) -> Said:
    """Margin loans reached 2.60 trillion yuan on 8 Jan, the highest since the series began."""
    level: Slots = {"v": t.size("level"), "d": t.on("level")}
    peak = say("margin loans reached {v} on {d}{rare}", rare=t.rarely("level", "the highest"),
               **level)  # fmt: skip
    sentences = [peak]
    if t.has("after") and not t.flat("after"):
        after = say("; by {d} they were {x} {way}", d=t.on("after"), x=t.size("after"),
                    way=t.way("after"))  # fmt: skip
        sentences.insert(0, peak + after)
    news = say("margin loans reach {v}", v=level["v"])
    since = t.news("highest", "a record")
    return Said(tuple(sentences), (news + since, news) if since else (news,))


def purchases_level(t: English) -> Said:
    """Purchases on margin were 11.2% of turnover, the 97th percentile of ten years."""
    level = say("purchases on margin were {x} of turnover", x=t.size("level"))
    change = (
        say(" ({c} {span})", c=t.points("change"), span=t.span()) if t.has("change") else Text()
    )
    rare = t.rarely("level", "the lowest" if t.rarity.low else "the highest")
    news = say("purchases on margin at {x} of turnover", x=t.size("level"))
    since = t.news(*(("lowest", "a record low") if t.rarity.low else ("highest", "a record")))
    return Said((level + change + rare, level + rare), (news + since, news) if since else (news,))
