"""The sentences of run-ups and company notices in Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from templates.issue_view import counted
from templates.sections.movers.facts import (
    FEWEST,
    Aftermath,
    Movers,
    Moves,
    Notices,
    RunUps,
)
from templates.wording.chinese.teller import Chinese
from templates.wording.language import LANGUAGES
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.facts import Fact
from transforms.findings.finding import Finding

# What is called missing: the shares of themes, cases, notices, what followed.
BLOCKS = (
    "主题个股",
    "触及标准与公告情况",
    "风险公告后的走势",
    "公司公告",
)
HEADS = {
    "company": "公司",
    "close": "收盘（元）",
    "run_up": "较30日低点",
    "run_up_week": "较上周",
    "peak": "高点日",
    "notices": "公告",
    "case": "近五个交易日",
    "cases": "例数",
    "per_thousand": "每千只",
    "week": "较前一周",
    "percentile": "分位",
    "measure": "60个交易日内",
    "warned": "已公告",
    "control": "对照组",
}
CASES = {
    "moves": "触及异常波动标准",
    "severe_moves": "触及严重异常波动标准",
    "notices": "异常波动公告",
    "severe_notices": "严重异常波动公告",
    "risk_notices": "风险提示公告",
}
MEASURES = {
    "after_median": "超额收益中位数（相对行业）",
    "held_median": "涨跌幅中位数",
    "drawdown_median": "最大跌幅中位数",
    "fell_20_share": "跌幅达20%占比",
}
SHORT_PAST = "历史较短"
CASES_TITLE = say("触及标准与公司公告")
CASES_NOTE = say(
    "标准：三个交易日内偏离指数±20%，科创板、创业板±30%，涨跌均计。分位为各序列自身历史中的位置，"
    "满500个观测值起计。公告较股价晚一日，按标题识别。"
)
NOTICES_TITLE = say("当周公告")
NOTICES_NOTE = say("逐只列示20个交易日内公告三次及以上的个股。")


def headline(count: RunUps | None, moves: Moves | None, theme: Movers, s: Speller) -> Text:
    """较30日低点涨90%以上45只，属常态，异常波动处于97%分位."""
    rare = moves.rare if moves else None
    also = say("，异常波动处于{p}", p=s.percentile(rare)) if rare else Text()
    if count is None:
        if rare:
            return say("异常波动处于{p}", p=s.percentile(rare))
        return _theme_news(theme, s) or say("短期急涨数据未取得")
    n = s.level(count.fact)
    if count.standing == "unknown":
        return say("较30日低点涨90%以上的个股{n}只", n=n)
    if count.standing == "usual":
        plain = say("较30日低点涨90%以上{n}只，属常态", n=n)
        return s.fitting(plain + (also or _after(count, s)), plain)
    plain = say("较30日低点涨90%以上的个股{word}{n}只", n=n,
                word="多达" if count.standing == "high" else "仅")  # fmt: skip
    if count.fact.value == 0:
        plain = say("无个股较30日低点涨90%以上")
    rank = plain + say("，{p}", p=_short_rank(count, s)) if count.finding else plain
    return s.fitting(plain + also, rank) if rare else s.fitting(rank, plain)


def _theme_news(theme: Movers, s: Speller) -> Text:
    return theme_title(theme, s) if theme.moves else Text()


def _rank(count: RunUps, s: Speller) -> Text:
    """2023年2月以来81%分位."""
    if count.finding is None or count.percentile is None:
        return Text()
    return Chinese(count.finding, s.setting).standing("count")


def _short_rank(count: RunUps, s: Speller) -> Text:
    """处于81%分位, without its history."""
    rank = s.stated_rank(count.finding, "count") if count.finding else None
    return say("处于{p}", p=replace(rank, text=f"{rank}%分位")) if rank else Text()


def _after(one: RunUps, s: Speller) -> Text:
    """，1月9日54只."""
    if one.finding is None or "before" not in one.finding.numbers:
        return Text()
    before = one.finding.numbers["before"]
    return say("，{d}{n}只", n=s.stated(one.finding, "before"), d=s.day(before.day))


def moves_title(fact: Fact, s: Speller) -> Text:
    """五个交易日触及异常波动标准183例，97%分位."""
    on = say("截至{d}", d=s.day(fact.observation_date)) if _is_other(fact, s) else Text()
    if not fact.n:
        return say("{on}五个交易日无个股触及异常波动标准", on=on)
    rank = say("，{p}", p=s.percentile(fact)) if fact.percentile is not None else Text()
    return say("{on}五个交易日触及异常波动标准{n}例{rank}", on=on, n=s.members(fact), rank=rank)


def theme_title(one: Movers, s: Speller) -> Text:
    """1月12日商业航天14只个股中位数+10.0%."""
    if not one.moves:
        return say("主题个股中涨幅最大者")
    return LANGUAGES["zh"].told(one.moves[0], s.setting).sentences[-1]


def theme_note(one: Movers, s: Speller) -> Text:
    """The best and the worst of each theme, and what the columns mean."""
    ends = joined((_ends(move, s) for move in one.moves), by="")
    many = say("列示{m}只主题个股中涨幅居前者，其中涨90%以上{n}只。",
               m=counted(one.followed, "movers#all"), n=counted(one.ran_up, "movers#ran_up"))  # fmt: skip
    return (
        ends
        + many
        + say(
            "涨幅为收盘价较此前30个交易日最低收盘价，“较上周”为该涨幅的变动。高点为60个交易日最高收盘。"
            "主题名单系事后编制。"
        )
    )


def _ends(move: Finding, s: Speller) -> Text:
    t = Chinese(move, s.setting)
    return say("最高{a}{x}，最低{b}{y}。", a=_named(t.term("best"), s), x=t.signed("best"),
               b=_named(t.term("worst"), s), y=t.signed("worst"))  # fmt: skip


def _named(code: str, s: Speller) -> str:
    return f"{s.company(code)}（{code}）"


def other_day(name: str, day: date, s: Speller) -> Text:
    """A row whose newest value is of another day than the table."""
    return say("{name}（截至{d}）", name=name, d=s.day(day))


def repeated(fact: Fact, s: Speller) -> Text:
    """How often a share gave notice, and when last: 3次，1月9日."""
    return say("{n}次，{d}", n=s.level(fact), d=s.day(fact.observation_date))


def repeat(fact: Fact, s: Speller) -> Text:
    """臻镭科技（688270.SH）：20个交易日内第3次公告."""
    return say("{name}：20个交易日内第{n}次公告", name=_named(fact.entity, s), n=s.level(fact))


def notices(told: Notices, s: Speller) -> Iterator[Text]:
    """What companies announced in the week."""
    if told.week:
        yield LANGUAGES["zh"].told(told.week, s.setting).sentences[-1] + "。"
    share = told.technology
    if share and (share.n or 0) >= FEWEST:
        on = say("截至{d}，", d=s.day(share.observation_date)) if _is_other(share, s) else Text()
        yield say("{on}20个交易日内异常波动公告{n}则，科技股占{x}。", on=on, n=s.members(share),
                  x=s.level(share))  # fmt: skip


def aftermath_title(one: Aftermath, s: Speller) -> Text:
    """627次公告后60个交易日内31.4%跌逾20%，对照组24.0%."""
    fell = one.of("fell_20_share")
    n = s.members(one.warned)
    if fell is None:
        return say("{n}次风险公告后的走势", n=n)
    return say("{n}次公告后60个交易日内{x}跌幅达20%，对照组{y}", n=n, x=s.level(fell.warned),
               y=s.level(fell.control))  # fmt: skip


def aftermath_note(one: Aftermath, s: Speller) -> Text:
    """Who the others are, what is left out, and how sure the difference is."""
    beside = say("对照组：同一板块中30日涨幅最接近而未公告的个股。另有{n}次公告未满60个交易日，未计入。",
                 n=s.level(one.pending))  # fmt: skip
    apart = say("{x}的公告距前次不足60个交易日，已剔除。",
                x=s.level(one.overlap)) if one.overlap else Text()  # fmt: skip
    if one.difference is None:
        return beside + apart
    mean, low, high = map(s.signed, one.difference)
    return beside + apart + say("收益均值之差{m}（80%区间{a}至{b}）。", m=mean, a=low, b=high)


def _is_other(fact: Fact, s: Speller) -> bool:
    return fact.observation_date != s.as_of


def _when(fact: Fact, s: Speller) -> Text:
    """1月12日, where a fact is not of the issue's day."""
    return say("{d}", d=s.day(fact.observation_date)) if _is_other(fact, s) else Text()
