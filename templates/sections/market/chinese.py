"""The sentences of market and breadth in Chinese."""

from __future__ import annotations

from datetime import date

from templates.sections.market.facts import (
    Averages,
    Indices,
    Mark,
    Price,
    Risers,
    Turnover,
    move,
)
from templates.wording import verbs
from templates.wording.chinese.teller import Chinese
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.facts import Fact
from transforms.findings.finding import Finding

EVENTS = {
    "lowest": "图中最低收盘",
    "highest": "图中最高收盘",
    "best_day": "最大单日涨幅",
    "worst_day": "最大单日跌幅",
}
# What is called missing: indices, price, turnover, risers, averages.
BLOCKS = ("指数涨跌幅", "上证指数", "两市成交额", "科技股上涨占比", "站上均线占比")
AVERAGES = ("50日均线", "200日均线")
ABOVE, WEEKLY = "较200日均线", "周线RSI"
TABLE_NOTE = say(
    "按首列涨跌幅排序；实心为涨，空心为跌。涨跌分位为同等时段全部涨跌幅中的位置，市盈率分位取近十年或"
    "有数据以来。处于超买区间的RSI加框。"
)
DASH = say("短横线表示未取得市盈率。")


def headline(table: Indices, traded: Turnover | None, s: Speller) -> Text:
    """科创50周涨2.6%，沪深300跌0.6%，成交额创新高."""
    moves = _moves(table, s)
    record = say("成交额创新高") if traded and traded.fact.record else Text()
    if not moves:
        return record or say("指数涨跌未取得")
    return s.fitting(moves + "，" + record if record else moves, moves)


def _moves(table: Indices, s: Speller) -> Text:
    told = [row.week for row in table.moved if row.week]
    if not told:
        return Text()
    best, worst = Chinese(told[0], s.setting), Chinese(told[-1], s.setting)
    highest, lowest = move(table.moved[0]), move(table.moved[-1])
    if highest == lowest:
        return say("{i}{moved}", i=best.index(), moved=_moved(best, best.in_short()))
    if lowest > 0 or highest < 0:
        some = "" if len(told) == len(table.rows) else "有数据的"
        most = best if lowest > 0 else worst
        way = "上涨" if lowest > 0 else "下跌"
        size = say("（{x}）", x=most.signed("change"))
        return say("{span}{some}指数全部{way}，{i}幅度最大{size}", span=most.span(), some=some,
                   way=way, i=most.index(), size=size)  # fmt: skip
    return say("{i}{moved}，{j}{other}", i=best.index(), moved=_moved(best, best.in_short()),
               j=worst.index(), other=_moved(worst, ""))  # fmt: skip


def _moved(t: Chinese, span: Text | str) -> Text:
    """周涨2.6%; 基本持平."""
    word = t.verb(verbs.CHINESE, alone=True).present(up=t.up())
    if t.flat("change"):
        return say("{word}", word=word)
    return say("{span}{word}{x}", span=span, word=word, x=t.size("change"))


def span_head(week: Finding | None, s: Speller) -> Text:
    """The head of the column of moves: 周; 五日."""
    if week is None:
        return say("{week}", week=s.fixed("head.week"))
    return say("{span}", span=Chinese(week, s.setting).in_short())


def other_day(name: str, day: date, s: Speller) -> Text:
    """An index whose newest close is of another day than the table."""
    return say("{name}（{d}）", name=name, d=s.day(day))


def price_title(p: Price, s: Speller) -> Text:
    """上证指数创2015年7月2日以来收盘新高."""
    on = _when(p.close, s)
    if p.state == "young":
        return say("{on}上证指数收于{v}点", on=on, v=s.level(p.close))
    if p.state == "high":
        return say("{on}上证指数创{since}收盘新高", on=on, since=_since(p.close, s))
    if p.state == "stepped_back" and p.before:
        verb = "较前一日回落，此前创" if p.close.value < p.before.value else "维持"
        return say("{on}上证指数{verb}{since}收盘新高", on=on, verb=verb,
                   since=_since(p.before, s))  # fmt: skip
    return say("{on}上证指数低于{d}高点", on=on, d=s.day(p.high_day))


def event(mark: Mark, fact: Fact | None, s: Speller) -> Text:
    """图中最高收盘，1月12日：4,165."""
    day = say("{what}，{d}", what=EVENTS[mark.event], d=s.day(mark.day))
    return day + say("：{v}", v=s.level(fact)) if fact else day


def turnover_title(one: Turnover, s: Speller) -> Text:
    """两市成交额3.65万亿元，创新高."""
    fact, on = one.fact, _when(one.fact, s)
    if one.in_a_row:
        return say("{on}两市成交额{v}，连续两个交易日创新高", on=on, v=s.level(fact))
    if fact.record:
        return say("{on}两市成交额{v}，创新高", on=on, v=s.level(fact))
    if fact.previous_record:
        return say("{on}两市成交额{v}，低于{d}纪录", on=on, v=s.level(fact),
                   d=s.day(fact.previous_record))  # fmt: skip
    return say("{on}两市成交额{v}", on=on, v=s.level(fact))


def turnover_rule(fact: Fact, s: Speller) -> Text:
    """The line of the record in the picture."""
    kind = "此前纪录" if fact.record else "纪录"
    if fact.previous_record is None:
        return Text()
    return say("{kind}：{d}", kind=kind, d=s.day(fact.previous_record))


def turnover_note(one: Turnover, s: Speller) -> Text:
    """Since when a record is one, and how large turnover is beside what can be traded."""
    fact = one.fact
    first = s.dated(fact.first_observation)
    since = (
        say("纪录自{d}起计。", d=first)
        if fact.has_record
        else say("数据始于{d}，不足以称纪录。", d=first)
    )
    if one.deflated is None:
        return since
    what = {
        "turnover_to_tradable_cap": "占流通市值",
        "turnover_vs_250d": "五日均值与年均值之比",
    }[one.deflated.metric]
    return since + say("{on}{what}{v}，{p}。", on=_when(one.deflated, s), what=what,
                       v=s.size(one.deflated), p=s.percentile(one.deflated))  # fmt: skip


def risers_title(one: Risers, s: Speller) -> Text:
    """1,011只科技股中84.3%上涨."""
    fact, on = one.fact, _when(one.fact, s)
    if one.flipped and one.before:
        return say("{on}科技股上涨占比{b}，前一日{a}", on=on, a=s.level(one.before),
                   b=s.level(fact))  # fmt: skip
    if fact.value in (0, 1):
        what = "全部上涨" if fact.value else "无一上涨"
        return say("{on}{n}只科技股{what}", on=on, n=s.members(fact), what=what)
    return say("{on}{n}只科技股中{x}上涨", on=on, n=s.members(fact), x=s.level(fact))


def averages_title(one: Averages, s: Speller) -> Text:
    """多数科技股站上50日和200日均线."""
    who, on = "科技股" if one.entity == "tech" else "个股", _when(one.short, s)
    if one.state == "neither":
        return say("{on}站上50日、200日均线的{who}均未过半", on=on, who=who)
    where = {
        "both": "站上50日和200日均线",
        "long_only": "站上200日均线，但未站上50日均线",
        "short_only": "站上50日均线，但未站上200日均线",
    }[one.state]
    return say("{on}多数{who}{where}", on=on, who=who, where=where)


def _when(fact: Fact, s: Speller) -> Text:
    """1月12日, where a fact is not of the issue's day."""
    return (
        say("{d}", d=s.day(fact.observation_date)) if fact.observation_date != s.as_of else Text()
    )


def _since(fact: Fact, s: Speller) -> Text:
    if fact.highest_since:
        return say("{d}以来", d=s.day(fact.highest_since))
    return say("{d}有数据以来", d=s.dated(fact.first_observation))
