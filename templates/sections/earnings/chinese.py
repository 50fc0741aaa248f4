"""The sentences of earnings and valuation in Chinese."""

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
from templates.wording.chinese.teller import Chinese
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.findings.finding import Finding
from transforms.prepared.indices import CSI_300, STAR_50

BLOCKS: Mapping[str, str] = {
    "growth": "中国七家与美股七巨头净利润",
    "band": "科创50市盈率",
    "ranks": "指数市盈率分位",
    "said": "业绩、预告与盈利预测",
    "premium": "股权风险溢价",
}
SEVENS: Mapping[str, str] = {CHINA: "中国七家", AMERICA: "美股七巨头"}
UNITS: Mapping[str, str] = {
    "four quarters": "归母净利润（近四季合计）同比",
    "quarter": "单季归母净利润同比",
}
HEADS = ("指数", "市盈率", "常见区间", "起始")
BAND_DATA = ("市盈率", "下沿", "中位数", "上沿")  # columns of what is drawn
RANKS_DATA = ("分位", "一年前分位")
SCALE = ("最低", "", "中位数", "", "最高")
COLUMNS = ("公司与分析师", "最新", "前值", "样本数", "截至")
ROWS: Mapping[tuple[str, str], str] = {
    ("earnings_growth_a_shares", "tech"): "科技股净利润同比",
    ("earnings_growth_a_shares", "all"): "全部A股净利润同比",
    ("guidance_rising_share", "tech"): "科技股业绩预告预增占比",
    ("flash_rising_share", "tech"): "科技股业绩快报增长占比",
    ("eps_revision_breadth_90d", "all"): "近90日盈利预测上调减下调",
    ("eps_growth_expected_median", "tech"): "科技股预期每股收益增速中位数",
    ("earnings_growth_expected", CHINA): "中国七家预期净利润增速",
}
PE_UNIT = "市盈率（TTM），倍"
RANKS_UNIT = "市盈率在近十年或有数据以来的分位"


def headline(gap: Finding | None, ranked: Multiples | None, one: Growth | None, s: Speller) -> Text:
    """14个指数中8个市盈率处于自身历史最高一成，科创50为177.3倍."""
    news = Text()
    if gap:
        t = Chinese(gap, s.setting)
        news = say("净利润同比：中国七家{c}，美股七巨头{a}", c=t.signed("china"),
                   a=t.signed("america"))  # fmt: skip
    if ranked is None:
        return news or (growth_title(one, s) if one else say("盈利与估值无数据"))
    dear = _dear(ranked, s)
    if news:
        return s.fitting(news + "；" + dear, news)
    lead = next((row for row in ranked.rows if row.code == STAR_50 and row.dear), ranked.rows[0])
    price = say("，{i}为{v}倍", i=s.index_in_text(lead.code), v=s.level(lead.ratio))
    return s.fitting(dear + price, dear)


def _dear(one: Multiples, s: Speller) -> Text:
    """14个指数中8个市盈率处于自身历史最高一成."""
    n, was = counted(len(one.rows), "earnings#ranked"), "当时" if s.stale else ""
    if one.dear == 0:
        return say("{n}个指数市盈率{was}均未处于自身历史最高一成", n=n, was=was)
    if one.dear == len(one.rows):
        return say("{n}个指数市盈率{was}全部处于自身历史最高一成", n=n, was=was)
    return say("{n}个指数中{k}个市盈率{was}处于自身历史最高一成", n=n, was=was,
               k=counted(one.dear, "earnings#dear"))  # fmt: skip


def growth_title(one: Growth, s: Speller) -> Text:
    """净利润同比：美股七巨头增长21.2%，快于中国七家的7.6%."""
    if one.china is None or one.america is None:
        (side,) = one.sides
        name = CHINA if one.china else AMERICA
        other = AMERICA if one.china else CHINA
        return say("{who}净利润同比{x}，{other}无数据", who=SEVENS[name], x=s.signed(side.fact),
                   other=SEVENS[other])  # fmt: skip
    china, america = one.china.fact, one.america.fact
    if str(s.signed(china)) == str(s.signed(america)):
        return say("两组七家公司净利润同比持平：{c}", c=s.signed(china))
    if min(china.value, america.value) > 0:
        ahead, x, behind, y = ("中国七家", china, "美股七巨头", america)
        if america.value > china.value:
            ahead, x, behind, y = ("美股七巨头", america, "中国七家", china)
        return say("净利润同比：{ahead}增长{x}，快于{behind}的{y}", ahead=ahead, x=s.size(x),
                   behind=behind, y=s.size(y))  # fmt: skip
    return say("净利润同比：中国七家{c}，美股七巨头{a}", c=s.signed(china), a=s.signed(america))


def label(name: str, side: Side, s: Speller) -> Text:
    """What stands at the end of a line: the basket, its growth and of how many."""
    return say("{name}\n{x}（{n}家）", name=SEVENS[name], x=s.signed(side.fact),
               n=s.members(side.fact))  # fmt: skip


def growth_note(one: Growth, s: Speller) -> Text:
    """Since when both are shown, how many of the sevens are in it, and the last quarter alone."""
    first = min(side.past.days[0] for side in one.sides)
    note = say("图示自截至{d}的季度起；括号内为七家中有数据的家数。", d=s.dated(first))
    if one.quarter:
        china, america = one.quarter
        note += say("截至{d}的单季：中国七家{c}，美股七巨头{a}", d=s.day(china.observation_date),
                    c=s.signed(china), a=s.signed(america))  # fmt: skip
        note += say("，相差{g}。", g=s.points(one.gap)) if one.gap else "。"
    return note


def band_title(one: Band, s: Speller) -> Text:
    """科创50市盈率177.3倍，高于常见区间."""
    ratio = say("科创50市盈率（TTM）{v}倍", v=s.level(one.fact))
    where = {"above": "，高于常见区间", "below": "，低于常见区间", "within": "，处于常见区间",
             "unknown": ""}[one.place]  # fmt: skip
    return ratio + where


def edge(role: int, one: Band, s: Speller) -> Text:
    """What stands at an edge of the band: low, median or high."""
    if one.edges is None:
        return Text()
    return say("{name}{v}", name=("下沿", "中位数", "上沿")[role], v=s.level(one.edges[role]))


def band_note(one: Band, s: Speller) -> Text:
    """What the band is."""
    if one.edges is None:
        return say("常见区间未知，其计算需两年数据。")
    return say("常见区间为截至各日近十年中八成交易日所处范围；数据始于{d}。",
               d=s.dated(one.fact.first_observation))  # fmt: skip


def ranks_title(one: Multiples, s: Speller) -> Text:
    """14个指数中8个市盈率处于自身历史最高一成，一年前13个中1个."""
    if not one.before:
        return _dear(one, s)
    ago = "此前一年" if s.stale else "一年前"
    n = counted(len(one.before), "earnings#ranked_before")
    if one.dear_before == 0:
        return _dear(one, s) + say("，{ago}{n}个中无一", ago=ago, n=n)
    k = counted(one.dear_before, "earnings#dear_before")
    return _dear(one, s) + say("，{ago}{n}个中{k}个", ago=ago, n=n, k=k)


def ranks_note(one: Multiples, s: Speller) -> Text:
    """How the picture is read, and who is not in it."""
    note = say("实心与数字为最新分位，空心为此前一年分位；常见区间为八成交易日的市盈率范围。")
    if not one.unranked:
        return note
    n = Number(s.spelled(one.unranked, "count"), "earnings#unranked")
    return note + say("另有{n}个指数历史不足两年，未计分位。", n=n)


def said_title(found: tuple[Said, ...], revisions: Finding | None, s: Speller) -> Text:
    """近90日3,399项盈利预测调整，上调39.6%，下调60.4%."""
    if revisions:
        t = Chinese(revisions, s.setting)
        return say("近90日{n}盈利预测调整，上调{x}，下调{y}", n=t.many("n", "项"),
                   x=t.size("raised"), y=t.size("cut"))  # fmt: skip
    first = found[0]
    return say("{what}{x}", what=ROWS[first.metric, first.entity], x=s.signed(first.fact))


SAID_NOTE = say(
    "预告、快报占比为净利润高于上年同期的公司占比；前值为两周至一季度之前的数值。样本不足30家不列。"
)


def premium_title(one: Premium, s: Speller) -> Text:
    """沪深300股权风险溢价5.7%，处于70%分位."""
    value = say("{i}股权风险溢价{x}", i=s.index_in_text(CSI_300), x=s.level(one.fact))
    return value + say("，处于{p}", p=s.percentile(one.fact)) if s.rank(one.fact) else value


def premium_note(one: Premium, s: Speller) -> Text:
    """What it is, and since when it is ranked."""
    return say("盈利收益率减十年期国债收益率；分位自{d}起计。",
               d=s.dated(one.fact.first_observation))  # fmt: skip
