"""Chinese sentences about earnings, valuation, flows, policy and tests of explosiveness."""

from __future__ import annotations

from datetime import date

from templates.wording.chinese.teller import Chinese, without_comma
from templates.wording.names import body
from templates.wording.text import Slots, Text, say
from templates.wording.told import Said
from transforms.findings.span import FULL_WEEK

SEVEN = 7


def earnings_gap(t: Chinese) -> Said:
    """截至9月30日的季度，净利润同比：中国七家（有数据5家）+4.1%，美股七巨头+15.2%."""
    sides: Slots = {"c": t.signed("china"), "a": t.signed("america")}
    said = say("截至{d}的季度，净利润同比：中国七家{cn}{c}，美股七巨头{an}{a}", d=t.on("china"),
               cn=_of_seven(t, "n_china"), an=_of_seven(t, "n_america"), **sides)  # fmt: skip
    return Said((said,), (say("净利润同比：中国七家{c}，美股七巨头{a}", **sides),))


def _of_seven(t: Chinese, role: str) -> Text:
    if t.shown(role) >= SEVEN:
        return Text()
    return say("（有数据{n}）", n=t.many(role, "家"))


def revisions(t: Chinese) -> Said:
    """近90日312项盈利预测，上调61.0%，下调25.0%."""
    part: Slots = {"n": t.many("n", "项"), "x": t.size("raised"), "y": t.size("cut")}
    said = say("近90日{n}盈利预测，上调{x}，下调{y}", **part)
    rare = t.rarely("raised", "最低" if t.rarity.low else "最高", "上调占比处于")
    if t.dated:
        rare = say("，上调占比") + without_comma(rare)
    news = say("盈利预测上调{x}，下调{y}", x=part["x"], y=part["y"])
    return Said((said + rare, said), (news,))


def _most(t: Chinese) -> str:
    return "最低" if t.rarity.low else "最高"


def pe_level(t: Chinese) -> Said:
    """科创50市盈率（TTM）173.1倍，处于近十年97%分位."""
    said = say("{i}市盈率（TTM）{v}", i=t.index(), v=t.size("level"))
    news = say("{i}市盈率{v}", i=t.short_index(), v=t.size("level"))
    since = t.news(_most(t), "创历史新低" if t.rarity.low else "创新高")
    return Said((said + t.rarely("level", _most(t)),), (news + since, news) if since else (news,))


def risk_premium(t: Chinese) -> Said:
    """沪深300股权风险溢价5.2%，处于近十年80%分位."""
    said = say("{i}股权风险溢价{x}", i=t.index(), x=t.level("level"))
    news = say("股权风险溢价{x}", x=t.level("level"))
    since = t.news(_most(t), "创历史新低" if t.rarity.low else "创新高")
    return Said((said + t.rarely("level", _most(t)),), (news + since, news) if since else (news,))


def southbound(t: Chinese) -> Said:
    """当周南向资金净买入364亿港元."""
    bought = t.value("total") >= 0
    side = "净买入" if bought else "净卖出"
    when = t.span() if t.shown("sessions") <= FULL_WEEK else say("近{n}", n=t.in_sessions())
    rare = t.rarely("total", _most_of_net(t, bought=bought), "净额处于")
    said = say("{when}南向资金{side}{v}{rare}", when=when, side=side, v=t.size("total"), rare=rare)
    return Said((said,), (say("南向资金{side}{v}", side=side, v=t.size("total")),))


def _most_of_net(t: Chinese, *, bought: bool) -> str:
    """Of what was sold, the lowest net amount is the largest."""
    return "最大" if bought is not t.rarity.low else "最小"


def etf_inflow(t: Chinese) -> Said:
    """科技类ETF近20个交易日净申购123亿元."""
    bought = t.value("total") >= 0
    side = "净申购" if bought else "净赎回"
    rare = t.rarely("total", _most_of_net(t, bought=bought), "净额处于")
    said = say("科技类ETF近20个交易日{side}{v}{rare}", side=side, v=t.size("total"), rare=rare)
    return Said((said,), (say("科技类ETF{side}{v}", side=side, v=t.size("total")),))


def policy_words(t: Chinese) -> Said:
    """《新闻联播》每万字提及“芯片”1.48次."""
    said = say("《新闻联播》每万字提及“{term}”{v}", term=t.term("term"), v=t.times("rate"))
    news = say("《新闻联播》提及“{term}”多于常态", term=t.term("term"))
    return Said((said + t.rarely("rate", "最多"),), (news,))


def policy_event(t: Chinese) -> Said:
    """1月14日沪深北交易所：融资保证金最低比例由80%提高到100%，仅限新合约，1月19日起实施."""
    title, actor = t.term("title_zh"), body(t.term("body")).zh
    announced, effective = (_iso(t.term(role)) for role in ("announced", "effective"))
    when = t.day(announced) if announced else None
    who = "" if actor in title else f"{actor}："
    between = "，" if when and not who else ""
    told = say("{when}{between}{who}{title}", when=when, between=between, who=who, title=title)
    sentences = [told]
    if effective and effective != announced:
        sentences.insert(0, told + say("，{d}起实施", d=t.day(effective)))
    short = title.partition("，")[0].partition("；")[0].partition("（")[0]
    plain = say("{when}{actor}发布公告", when=when, actor=actor)
    news = (say("{title}", title=title), say("{short}", short=short))
    return Said((*sentences, plain), news, (plain,))


def _iso(day: str) -> date | None:
    return date.fromisoformat(day) if day else None


def psy(t: Chinese) -> Said:
    """科创50检出爆炸性上涨（p=0.012），第3周."""
    p = t.size("p")
    if t.term("found") != "yes":
        gone = say("{i}不再检出爆炸性上涨（p={p}）", i=t.index(), p=p)
        return Said((gone,), (say("{i}不再检出爆炸性上涨", i=t.short_index()),))
    week = say("，第{n}", n=t.many("weeks", "周")) if t.has("weeks") else Text()
    said = say("{i}检出爆炸性上涨（p={p}）{week}", i=t.index(), p=p, week=week)
    return Said((said,), (say("{i}检出爆炸性上涨", i=t.short_index()),))


def lppls(t: Chinese) -> Said:
    """科创50的126个窗口中12.0%符合LPPLS泡沫形态，不指示时点."""
    part: Slots = {"i": t.index(), "n": t.many("windows", "个窗口"), "x": t.size("share")}
    said = say("{i}的{n}中{x}符合LPPLS泡沫形态，不指示时点", **part)
    return Said((said,), (say("{n}中{x}符合LPPLS形态", n=part["n"], x=part["x"]),))
