"""Chinese sentences about the state, the axes, and what is missing, restated or quiet."""

from __future__ import annotations

from templates.wording.chinese.teller import FIVE_SESSIONS, Chinese, without_comma
from templates.wording.names import (
    AXES,
    HEAT_WORDS,
    MEASURES,
    MOMENTUM_WORDS,
    STATES,
    WHYS,
    block,
    known,
)
from templates.wording.states import ADVANCE, HOT, WEAK, lost
from templates.wording.subjects import subject
from templates.wording.text import Text, joined, say
from templates.wording.told import Said
from templates.wording.verbs import HEAT_FROM, MOMENTUM_FROM, beside, value_word
from transforms.findings.span import Kind

LOST = {HOT: "市场不再过热", ADVANCE: "上涨状态结束", WEAK: "动能不再偏弱"}
TURNS = {"turned": "转为“{s}”", "still": "仍为“{s}”", "again": "再度转为“{s}”"}


def state(t: Chinese) -> Said:
    """市场状态仍为“上涨且过热”，第12周（结构动能75分，过热70分）."""
    turn = t.term("turn")
    begun = t.figure("weeks").base if t.has("weeks") else None
    when = t.day(begun) if begun and turn != "still" else None
    if turn == "no longer":
        told = news = say(LOST[lost(t.term("before"), t.term("state"))])
    else:
        news = say(TURNS[turn], s=STATES[t.term("state")].zh)
        told = say("市场状态") + news
    weeks = Text()
    if turn == "still" and t.has("weeks"):
        weeks = say("，第{n}", n=t.many("weeks", "周"))
    axes = say("（结构动能{m}，过热{h}）", m=t.size("momentum"), h=t.size("heat"))
    plain = say("结构动能{m}，过热{h}", m=t.size("momentum"), h=t.size("heat"))
    dated = say("{when}{told}{weeks}", when=when, told=told, weeks=weeks)
    return Said((dated + axes, dated), (news,), (plain,))


def axes(t: Chinese) -> Said:
    """结构动能81分（强，周+4分，主要来自宽度），过热59分（偏热，周−2分），略低于分界线60分."""
    momentum_word = MOMENTUM_WORDS[value_word(t.value("momentum"), MOMENTUM_FROM)].zh
    heat_word = HEAT_WORDS[value_word(t.value("heat"), HEAT_FROM)].zh
    line = _line(t)
    said = say("结构动能{m}{mc}，过热{h}{hc}{line}", m=t.size("momentum"),
               mc=_change(t, "momentum_change", momentum_word, mover=True), h=t.size("heat"),
               hc=_change(t, "heat_change", "" if heat_word == AXES["heat"].zh else heat_word,
                          mover=False), line=line)  # fmt: skip
    brief = say("结构动能{m}{mc}，过热{h}{hc}{line}", m=t.size("momentum"),
                mc=_change(t, "momentum_change", mover=False), h=t.size("heat"),
                hc=_change(t, "heat_change", mover=False), line=line)  # fmt: skip
    sentences = [said, brief]
    if t.term("hottest"):
        sentences.insert(0, said + say("，分项中{b}最高", b=block(t.term("hottest")).zh))
    news = say("过热{h}{line}", h=t.size("heat"), line=line)
    return Said(tuple(sentences), (news, say("过热") + without_comma(line)))


def _change(t: Chinese, role: str, word: str = "", *, mover: bool) -> Text:
    """In brackets: a word for the value, how much it gained, and mostly by which block."""
    inside = [say("{word}", word=word)] if word else []
    if t.has(role) and t.flat(role):
        inside.append(say("{span}{c}", span=t.bracketed(), c=t.marked(role, "持平")))
    elif t.has(role):
        inside.append(say("{span}{c}", span=t.bracketed(), c=t.scored(role)))
        if mover and t.term("mover"):
            inside.append(say("主要来自{b}", b=block(t.term("mover")).zh))
    return say("（{all}）", all=joined(inside, by="，")) if inside else Text()


def _line(t: Chinese) -> Text:
    """Where heat stands beside its line: 略低于分界线60分, 恰在分界线60分."""
    here = beside(t.value("heat"), t.value("line"))
    side = {0: "恰在", 1: "高于", -1: "低于"}[here.side]
    near = "略" if here.near and here.side else ""
    return say("，{near}{side}分界线{line}", near=near, side=side, line=t.size("line"))


def axis(t: Chinese) -> Said:
    """结构动能81分（周+4分），过热无数据."""
    name = known(AXES, t.term("axis")).zh
    other = AXES["heat" if t.term("axis") == "momentum" else "momentum"].zh
    value = say("{axis}{v}{c}", axis=name, v=t.size("value"), c=_change(t, "change", mover=False))
    full = value + say("，{other}无数据", other=other)
    told = (value,) if t.term("other") == "range" else (full, value)
    return Said(told, (say("{axis}{v}", axis=name, v=t.size("value")),))


def partial_axis(t: Chinese) -> Said:
    """过热仅覆盖权重55%，区间40～70分，技术面96分."""
    axis = known(AXES, t.term("axis")).zh
    band = say("{a}～{b}", a=t.marked("low", str(t.size("low")).removesuffix("分")),
               b=t.size("high"))  # fmt: skip
    said = say("{axis}仅覆盖权重{c}，区间{band}", axis=axis, c=t.size("coverage", 0), band=band)
    news = say("{axis}数据不全，区间{band}", axis=axis, band=band)
    if not t.has("hottest") or not t.term("hottest"):
        return Said((said,), (news,))
    highest = say("，{b}{v}", b=block(t.term("hottest")).zh, v=t.size("hottest"))
    return Said((said + highest, said), (news,))


def missing(t: Chinese) -> Said:
    """融资余额1月8日后无新数据."""
    what = known(MEASURES, t.term("what")).zh
    if not t.has("last"):
        gone = say("{what}未取得", what=what)
        return Said((gone,), (gone,))
    gone = say("{what}{d}后无新数据", what=what, d=t.on("last"))
    return Said((gone,), (gone,))


def restated(t: Chinese) -> Said:
    """1月13日两市成交额由3.60万亿元修订为3.65万亿元."""
    what = subject(t.term("what"), t.entity, t.setting.names).zh
    said = say("{d}{what}由{b}修订为{v}", d=t.on("value"), what=what, b=t.level("before"),
               v=t.level("value"))  # fmt: skip
    why = say("（{why}）", why=known(WHYS, t.term("why")).zh) if t.term("why") else Text()
    return Said((said + why, said), (say("{what}修订", what=what),))


def quiet(t: Chinese) -> Said:
    """本周平稳，无异常变动."""
    when = FIVE_SESSIONS if t.kind is Kind.SESSIONS else "本周"
    return Said((say("{when}平稳，无异常变动", when=when),), (say("{when}平稳", when=when),))
