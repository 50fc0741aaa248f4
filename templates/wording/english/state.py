"""English sentences about the state, the axes, and what is missing, restated or quiet."""

from __future__ import annotations

from templates.wording.english.teller import English, without_comma
from templates.wording.names import (
    AXES,
    HEAT_WORDS,
    MEASURES,
    MOMENTUM_WORDS,
    STATES,
    WHYS,
    Name,
    block,
    known,
)
from templates.wording.states import ADVANCE, HOT, WEAK, lost, said_by_name
from templates.wording.subjects import subject
from templates.wording.text import Slots, Text, say
from templates.wording.told import Said
from templates.wording.verbs import HEAT_FROM, MOMENTUM_FROM, beside, value_word
from transforms.findings.span import Kind

# The state as it turned, as it turns in a headline, and as it still is.
TURNS = {
    "overheated advance": (
        "the advance turned overheated", "the advance turns overheated",
        "the advance is still overheated",
    ),
    "healthy advance": ("an advance began", "an advance begins", "the advance continues"),
    "undecided": (
        "the trend became unclear", "the trend becomes unclear", "the trend is still unclear",
    ),
    "undecided, hot": (
        "the market turned hot without a clear trend",
        "the market turns hot without a clear trend",
        "the market is still hot without a clear trend",
    ),
    "froth without trend": (
        "the market turned hot with weak momentum", "the market turns hot with weak momentum",
        "the market is still hot with weak momentum",
    ),
    "fading": ("momentum turned weak", "momentum turns weak", "momentum is still weak"),
}  # fmt: skip
LOST = {
    HOT: ("the market ceased to be hot", "the market is no longer hot"),
    ADVANCE: ("the advance ended", "the advance ends"),
    WEAK: ("momentum ceased to be weak", "momentum is no longer weak"),
}


def state(t: English) -> Said:
    """The advance is still overheated, week 12 (momentum 75 of 100, heat 70)."""
    past, present = _turn(t)
    since, begun = Text(), t.figure("weeks").base if t.has("weeks") else None
    if t.term("turn") == "still" and t.has("weeks"):
        since = say(", week {n}", n=t.size("weeks"))
    elif begun:
        since = say(" on {d}", d=t.day(begun))
    axes = say(" (momentum {m} of 100, heat {h})", m=t.size("momentum"), h=t.size("heat"))
    plain = say("momentum is {m} of 100, heat {h}", m=t.size("momentum"), h=t.size("heat"))
    return Said((past + since + axes, past + since), (present,), (plain,))


def _turn(t: English) -> tuple[Text, Text]:
    """How the state is told, in a sentence and in a headline.

    A state outlasts the value that made it. Once the value has left, the state is named as such.
    """
    name, turn = t.term("state"), t.term("turn")
    if turn == "no longer":
        past, present = LOST[lost(t.term("before"), name)]
        return say(past), say(present)
    if said_by_name(name, t.value("momentum"), t.value("heat")):
        verb = {"turned": "turned to", "still": "is still", "again": "turned again to"}[turn]
        told = say("the reading {verb} “{name}”", verb=verb, name=STATES[name].en)
        return told, say("the reading {verb} “{name}”", name=STATES[name].en,
                         verb=verb.replace("turned", "turns"))  # fmt: skip
    past, present, still = TURNS[name]
    if turn == "still":
        return say(still), say(still)
    again = " again" if turn == "again" else ""
    return say(past + again), say(present + again)


def axes(t: English) -> Said:
    """Momentum 81 of 100, strong (+4, mostly breadth); heat 59, warm, just below the line of 60."""
    said, brief = (
        say("momentum {m} of 100{mw}{mc}; heat {h}{hw}{hc}{line}", m=t.size("momentum"),
            mw=_word(t, "momentum", MOMENTUM_WORDS, MOMENTUM_FROM) if full else None,
            mc=_change(t, "momentum_change", mover=full), h=t.size("heat"),
            hw=_word(t, "heat", HEAT_WORDS, HEAT_FROM) if full else None,
            hc=_change(t, "heat_change", mover=False), line=_line(t))
        for full in (True, False)
    )  # fmt: skip
    sentences = [said, brief]
    if t.term("hottest"):
        sentences.insert(0, said + say("; the hottest block is {b}", b=block(t.term("hottest")).en))
    heat, line = t.size("heat"), _line(t)
    near = say("heat") + without_comma(line)
    return Said(tuple(sentences), (say("heat {h}{line}", h=heat, line=line), near))


def _word(t: English, role: str, words: tuple[Name, ...], begins: tuple[int, ...]) -> Text:
    return say(", {word}", word=words[value_word(t.value(role), begins)].en)


def _change(t: English, role: str, *, mover: bool, spanned: bool = False) -> Text:
    """In brackets: how much, and mostly by which block."""
    if not t.has(role):
        return Text()
    if t.flat(role):
        return say(" ({c})", c=t.marked(role, "unchanged"))
    if spanned:
        return say(" ({c} {span})", c=t.signed(role), span=t.span())
    if not (mover and t.term("mover")):
        return say(" ({c})", c=t.signed(role))
    return say(" ({c} {span}, mostly {b})", c=t.signed(role), span=t.span(),
               b=block(t.term("mover")).en)  # fmt: skip


def _line(t: English) -> Text:
    """Where heat stands beside its line: just below the line of 60, at the line of 60."""
    here = beside(t.value("heat"), t.value("line"))
    if here.side == 0:
        return say(", at the line of {line}", line=t.size("line"))
    side = "above" if here.side > 0 else "below"
    near = "just " if here.near else ""
    return say(", {near}{side} the line of {line}", near=near, side=side, line=t.size("line"))


def axis(t: English) -> Said:
    """Momentum 81 of 100 (+4); the other axis has no value."""
    name = known(AXES, t.term("axis")).en
    value = say("{axis} {v} of 100{c}", axis=name, v=t.size("value"),
                c=_change(t, "change", mover=False, spanned=True))  # fmt: skip
    other = "heat" if t.term("axis") == "momentum" else "momentum"
    full = value + say("; {other} has no value", other=other)
    told = (value,) if t.term("other") == "range" else (full, value)
    return Said(told, (say("{axis} {v} of 100", axis=name, v=t.size("value")),))


def partial_axis(t: English) -> Said:
    """Heat, on 55% of its weight: between 40 and 70; technical 96."""
    axis = known(AXES, t.term("axis")).en
    part: Slots = {
        "axis": axis,
        "c": t.size("coverage", 0),
        "a": t.size("low"),
        "b": t.size("high"),
    }
    said = say("{axis}, on {c} of its weight: between {a} and {b} of 100", **part)
    highest = Text()
    if t.has("hottest") and t.term("hottest"):
        highest = say("; {block} {v}", block=block(t.term("hottest")).en, v=t.size("hottest"))
    news = say("{axis} in part only, between {a} and {b}", axis=axis, a=part["a"], b=part["b"])
    return Said((said + highest, said) if highest else (said,), (news,))


def missing(t: English) -> Said:
    """Margin loans: nothing received after 8 Jan."""
    what = known(MEASURES, t.term("what")).en
    if not t.has("last"):
        return Said((say("{what}: not received", what=what),), (say("no {what}", what=what),))
    gone = say("{what}: nothing received after {d}", what=what, d=t.on("last"))
    return Said((gone,), (say("no {what} after {d}", what=what, d=t.on("last")),))


def restated(t: English) -> Said:
    """Margin loans of 12 Jan restated to 3.65 trillion yuan from 3.60 trillion yuan."""
    what = subject(t.term("what"), t.entity, t.setting.names).en
    said = say("{what} of {d} restated to {v} from {b}", what=what, d=t.on("value"),
               v=t.level("value"), b=t.level("before"))  # fmt: skip
    why = say(" ({why})", why=known(WHYS, t.term("why")).en) if t.term("why") else Text()
    return Said((said + why, said), (say("{what} of {d} restated", what=what, d=t.on("value")),))


def quiet(t: English) -> Said:
    """A quiet week: no unusual move."""
    if t.kind is Kind.SESSIONS:
        return Said((say("no unusual move in five sessions"),), (say("no unusual move"),))
    return Said((say("a quiet week: no unusual move"),), (say("a quiet week"),))
