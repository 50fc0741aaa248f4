"""The sentences of industries and themes in Chinese."""

from __future__ import annotations

from templates.format import company_name
from templates.issue_view import counted
from templates.sections.industries.facts import (
    Industries,
    Industry,
    Theme,
    move,
    strength,
)
from templates.wording import verbs
from templates.wording.catalogue import industry
from templates.wording.names import THEMES
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from templates.wording.verbs import Band
from transforms.facts import Fact

# What is called missing: industries, themes, single shares.
BLOCKS = ("行业涨跌", "主题涨跌", "涨跌幅居前个股")
INDUSTRY, SHARES, MONTH, RISEN = "行业", "个股数", "近20日", "上涨占比"
HIGHS, AVERAGE = "新高占比", "站上50日均线"
TURNOVER, GAINED, CROWDING = "成交占比", "五日变动", "拥挤度"
THEME, COMPANY, CODE = "主题", "公司", "代码"
BOARDS = {"Eastmoney": "东方财富板块指数", "THS": "同花顺板块指数"}
LISTED, OF_INDUSTRY = "个股中位数", "行业，个股中位数"
MEASURED = "口径"
LISTS = ("涨幅前五", "跌幅前五")
SHARES_NOTE = say("样本为此前已交易满60个交易日的个股，仅为规则筛选的样本。")


def span_head(*, week: bool) -> str:
    """The head of the column of moves."""
    return "周" if week else "五日"


def span(*, week: bool) -> str:
    """当周; 近五个交易日."""
    return "当周" if week else "近五个交易日"


def headline(found: Industries | None, top: Theme | None, s: Speller) -> Text:
    """当周个股中位数：半导体涨4.2%，航空跌6.1%."""
    if found is None:
        return _of_theme(top, s) if top else say("行业涨跌未取得")
    best, worst = found.named[0], found.named[-1]
    high, low = move(best.week), move(worst.week)
    when, same = span(week=found.week), found.rose in {0, len(found.all)}
    if best is worst or high == low:
        return say("{when}{moved}", when=when, moved=_moved(best, s))
    if (low > 0 or high < 0) and same:
        most, way = (best, "上涨") if low > 0 else (worst, "下跌")
        return say("{when}{n}个行业全部{way}，{name}幅度最大（{x}）", when=when, way=way,
                   n=counted(len(found.all), "industries#all"), name=industry(most.entity, s.code),
                   x=s.signed(most.week))  # fmt: skip
    if low > 0 or high < 0:
        most = best if low > 0 else worst
        return say("{when}{moved}，{n}个行业中{k}个上涨", when=when, moved=_moved(most, s),
                   n=counted(len(found.all), "industries#all"),
                   k=counted(found.rose, "industries#rose"))  # fmt: skip
    return s.fitting(
        say("{when}个股中位数：{a}，{b}", when=when, a=_moved(best, s), b=_moved(worst, s)),
        say("{when}{a}，{b}", when=when, a=_moved(best, s), b=_moved(worst, s)),
        say(
            "{when}{a}居前，{b}居后",
            when=when,
            a=industry(best.entity, s.code),
            b=industry(worst.entity, s.code),
        ),
    )


def _moved(one: Industry, s: Speller) -> Text:
    word = verbs.CHINESE[strength(one.week)].present(up=one.week.value > 0)
    if strength(one.week) is Band.FLAT:
        return say("{name}{word}", name=industry(one.entity, s.code), word=word)
    return say("{name}{word}{x}", name=industry(one.entity, s.code), word=word, x=s.size(one.week))


def _of_theme(top: Theme, s: Speller) -> Text:
    return say("{name}：{x}", name=theme_name(top, s), x=s.signed(top.week))


def title(found: Industries) -> Text:
    """当周110个行业中52个个股中位数上涨，列首尾各15个."""
    n, k = counted(len(found.all), "industries#all"), counted(found.rose, "industries#rose")
    some = {
        0: say("{n}个行业个股中位数无一上涨", n=n),
        len(found.all): say("{n}个行业个股中位数全部上涨", n=n),
    }.get(found.rose, say("{n}个行业中，{k}个行业个股中位数上涨", n=n, k=k))
    some = say("{when}{some}", when=span(week=found.week), some=some)
    if not found.cut:
        return some
    return some + say("；列首尾各{m}个", m=counted(len(found.rows) // 2, "industries#shown"))


def note(gone: list[str]) -> Text:
    """How the columns are meant, and which are not there."""
    told = say(
        "涨跌幅为个股中位数，各股权重相同；仅列有5只以上个股的行业，按当日分类，科技行业加粗，标题仅取20只"
        "个股以上的行业。分位为该行业历史全部五日涨跌幅中的位置。上涨占比为五日上涨个股占比，新高为收盘价创一年新高。"
    )
    if CROWDING not in gone:
        told = told + "拥挤度为成交占比与流通市值占比之比在自身历史中的分位。"
    if gone:
        told = told + say("未取得：{names}。", names="、".join(gone))
    return told


def crowded(found: Industries, s: Speller) -> Text:
    """拥挤度最高：国防军工，94%分位."""
    one = found.crowded
    if one is None or one.crowding is None:
        return Text()
    return say(
        "拥挤度最高：{name}，{p}。", name=industry(one.entity, s.code), p=s.percentile(one.crowding)
    )


def theme_name(one: Theme, s: Speller) -> str:
    """商业航天; 人工智能, of a board."""
    if one.industry:
        return industry(one.entity, s.code)
    if one.board:
        return industry(one.entity.partition(" (")[0], s.code)
    return THEMES[one.entity].zh


def theme_title(top: Theme, s: Speller, *, week: bool) -> Text:
    """当周主题：商业航天，14只个股中位数−7.3%."""
    which = "当周主题" if week else "近五个交易日主题"
    n = say("{n}只个股中位数", n=s.members(top.week)) if top.week.n else Text()
    ranked = top.ranked and top.week.percentile is not None
    rank = say("，{p}", p=s.percentile(top.week)) if ranked else Text()
    return say("{which}：{name}，{n}{x}{rank}", which=which, name=theme_name(top, s), n=n,
               x=s.signed(top.week), rank=rank)  # fmt: skip


def theme_note(found: tuple[Theme, ...]) -> Text:
    """How the theme of the week is found."""
    told = say(
        "标题所列为涨跌幅在自身历史中最少见的主题，20只以上个股的行业一并比较；名单编制于其后的，不列分位。"
    )
    if any(one.board for one in found):
        return told + "板块为数据商自编指数。"
    return told


def company(fact: Fact, s: Speller) -> str:
    """A company by its short name."""
    return company_name(fact.entity, s.names)


def shares_title(facts: tuple[Fact, ...], list_name: str, s: Speller) -> Text:
    """涨幅前五：戈碧迦+65.8%."""
    return say("{name}：{who}{x}", name=list_name, who=company(facts[0], s),
               x=s.signed(facts[0]))  # fmt: skip
