"""The sentences of listings in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from templates.issue_view import counted
from templates.sections.listings.facts import (
    FEWEST,
    Cloud,
    Newest,
    Pipeline,
    Proceeds,
    Unicorns,
    Week,
)
from templates.wording.chinese.teller import Chinese
from templates.wording.speller import Speller
from templates.wording.text import Text, say
from transforms.findings.finding import Finding

PLACES: Mapping[str, str] = {"HK": "港股", "A": "A股"}
# What is called missing: both markets' pictures and tables, money, applications, unicorns.
BLOCKS: Mapping[str, str] = {
    "HK": "港股新股",
    "A": "A股新股",
    "proceeds": "港股近90日募资额",
    "pipeline": "A股上市申请",
    "unicorns": "AI独角兽企业",
}
HEADS: Mapping[str, str] = {
    "company": "公司",
    "stage": "阶段",
    "applications": "企业家数",
    "scope": "AI独角兽",
    "count": "上榜家数",
    "added": "一年增减",
}
MONEY: Mapping[str, str] = {"HKD": "募资额", "CNY": "募资额"}
STAGES: Mapping[str, str] = {
    "accepted": "已受理",
    "inquiry": "已问询",
    "passed": "审议通过",
    "submitted": "提交注册",
    "registered": "累计注册生效",
}
SCOPES: Mapping[str, str] = {"CN-AI": "中国", "US-AI": "美国"}
UNIT = "首日涨跌幅；圆面积为募资额"
UNKNOWN = "首日未知"
NO_FIGURE = "无数据"
SIZES: Mapping[str, Mapping[float, str]] = {
    "HKD": {1e9: "10亿港元", 10e9: "100亿港元"},
    "CNY": {1e9: "10亿元", 10e9: "100亿元"},
}


def headline(week: Week, money: Proceeds | None, s: Speller) -> Text:
    """当周港股3只新股募资110亿港元，兆易创新首日涨幅最大（37.5%）."""
    if week.proceeds:
        t = Chinese(week.proceeds, s.setting)
        raised = say("{span}港股{n}新股募资{v}", span=t.span(), n=t.many("n", "只"),
                     v=t.size("raised"))  # fmt: skip
        return s.fitting(raised + _day_one(week.first_days, s), raised)
    if week.mainland:
        t = Chinese(week.mainland, s.setting)
        listed = say("{span}A股{n}新股上市", span=t.span(), n=t.many("listed", "只"))
        return s.fitting(listed + _day_one(week.mainland, s), listed)
    if money:
        return say("近日无港股上市记录，截至{d}的90日内{n}只募资{v}",
                   d=s.day(money.fact.observation_date), n=s.members(money.fact),
                   v=s.size(money.fact))  # fmt: skip
    return say("近日无新股上市记录" if week.known else "新股数据未取得")


def _day_one(finding: Finding | None, s: Speller) -> Text:
    """，首日涨跌幅中位数+26.9%。不足五只时只说表现最好的."""
    if finding is None:
        return Text()
    t = Chinese(finding, s.setting)
    if t.shown("n") == 1:
        return say("，{name}首日{x}", name=t.company("best"), x=t.signed("best"))
    if t.shown("n") < FEWEST:
        return say("，首日最高为{name}（{x}）", name=t.company("best"), x=t.signed("best"))
    some = t.shown("n") < t.shown("listed")
    return say("，{some}首日涨跌幅中位数{m}", m=t.signed("median"),
               some=say("有数据的{n}", n=t.many("n", "只")) if some else Text())  # fmt: skip


def cloud_title(one: Cloud, s: Speller) -> Text:
    """港股首日涨幅低于常态：近90日中位数+8.4%，近一年+15.0%."""
    place = PLACES[one.market.code]
    if one.lately and one.usual:
        how = {"more": "高于常态", "less": "低于常态", "same": "与常态持平"}
        return say("{p}首日涨跌幅{how}：近90日中位数{x}，近一年{y}", p=place, how=how[one.state],
                   x=s.signed(one.lately), y=s.signed(one.usual))  # fmt: skip
    if one.lately:
        return say("{p}首日涨跌幅近90日中位数{x}", p=place, x=s.signed(one.lately))
    if one.usual:
        return say("{p}首日涨跌幅近一年中位数{y}", p=place, y=s.signed(one.usual))
    return say("{p}新股募资额与首日表现", p=place)


def lately(one: Cloud, s: Speller) -> Text:
    """What stands at the line of the median of 90 days."""
    if one.lately is None:
        return Text()
    return say("近90日{x}\n{n}只中位数", x=s.signed(one.lately), n=s.members(one.lately))


def usual(one: Cloud, s: Speller) -> Text:
    """What stands at the line of the median of twelve months."""
    if one.usual is None:
        return Text()
    return say("近一年{x}\n{n}只中位数", x=s.signed(one.usual), n=s.members(one.usual))


def cloud_note(one: Cloud, s: Speller) -> Text:
    """Which dots are dark, how many have no figure, and how many closed below offer."""
    note = say("深色为表中最新上市的新股。") if one.recent else Text()
    if one.unknown:
        number = counted(one.unknown, f"listings#{one.market.code}/unknown")
        note += say("叉号为首日未知的{n}只。", n=number)
    if one.below:
        note += say("近90日有数据的{n}只中{x}首日破发。", n=s.members(one.below),
                    x=s.level(one.below))  # fmt: skip
    if one.lately is None:
        note += say("近90日有首日数据的不足十只，不计中位数。")
    return note


def newest_title(one: Newest, s: Speller) -> Text:
    """最新上市有数据的9只首日均未破发."""
    place = PLACES[one.market.code]
    n = counted(len(one.priced), f"listings#{one.market.code}/priced")
    below = counted(one.below, f"listings#{one.market.code}/below")
    some = "有数据的" if len(one.priced) < len(one.rows) else ""
    if not one.priced:
        return say("最新{p}新股：首日表现未知", p=place)
    if len(one.priced) == 1 and one.priced[0].first_day:
        return say("最新{p}新股{some}首日{x}", p=place, some=some,
                   x=s.signed(one.priced[0].first_day))  # fmt: skip
    if one.below == 0:
        return say("最新{p}新股{some}{n}只首日均未破发", p=place, some=some, n=n)
    if one.below == len(one.priced):
        return say("最新{p}新股{some}{n}只首日全部破发", p=place, some=some, n=n)
    return say("最新{p}新股{some}{n}只中{k}只首日破发", p=place, some=some, n=n, k=below)


NEWEST_NOTE = say("首日涨跌幅为首日收盘价较发行价；募资额为发行总额，以上市地货币计。")


def proceeds_title(one: Proceeds, s: Speller) -> Text:
    """港股近90日54只新股募资1,332亿港元，低于12月5日高点."""
    raised = say("港股近90日{n}只新股募资{v}", n=s.members(one.fact), v=s.size(one.fact))
    if one.fact.percentile is not None:
        return raised + say("，处于{p}", p=s.percentile(one.fact))
    if one.high_day == one.past.days[-1]:
        return raised + "，为图中最高"
    return raised + say("，低于{d}高点", d=s.day(one.high_day))


def proceeds_note(one: Proceeds, s: Speller) -> Text:
    """What the year has brought, and since when the series runs."""
    note = Text()
    if one.year:
        note = say("年内{n}只募资{v}。", n=s.members(one.year), v=s.size(one.year))
    if one.wanted:
        note = note + say("近90日公开发售认购倍数中位数{x}倍。", x=s.level(one.wanted))
    short = "，不足以计算分位" if one.fact.percentile is None else ""
    return note + say("数据始于{d}{short}。", d=s.dated(one.fact.first_observation), short=short)


def pipeline_title(one: Pipeline, s: Speller) -> Text:
    """A股在审企业312家，当周注册生效12家."""
    review = say("A股在审企业{n}家", n=s.level(one.running))
    if one.week is None:
        return review
    t = Chinese(one.week, s.setting)
    if t.shown("registered") == 0:
        return review + say("，{span}{no}注册生效", span=t.span(), no=t.marked("registered", "无"))
    return review + say("，{span}注册生效{r}", span=t.span(), r=t.many("registered", "家"))


def pipeline_note(one: Pipeline, s: Speller) -> Text:
    """What the committee let pass, and how many of those that ran were registered."""
    note = Text()
    if one.passed:
        note = say("近一年上市委审议{n}次，通过率{x}。", n=s.members(one.passed),
                   x=s.level(one.passed))  # fmt: skip
    if one.through:
        note += say("90日前在审的{n}家中，{x}已注册生效。", n=s.members(one.through),
                    x=s.level(one.through))  # fmt: skip
    return note


def unicorns_title(found: tuple[Unicorns, ...], s: Speller) -> Text:
    """中国AI独角兽9家，一年增加7家."""
    names = {"CN-AI": "中国", "US-AI": "美国"}
    told = [say("{who}{n}家", n=s.members(one.added), who=names[one.scope]) for one in found]
    if len(told) == 2:
        return say("AI独角兽：{a}，{b}", a=told[0], b=told[1])
    return say("{who}AI独角兽{n}家，一年净增减{x}", who=names[found[0].scope],
               n=s.members(found[0].added), x=s.signed(found[0].added))  # fmt: skip


def unicorns_note(found: tuple[Unicorns, ...], s: Speller) -> Text:
    """Of which day the list is, and who is not counted."""
    day = max(one.added.observation_date for one in found)
    note = say("榜单截至{d}，与同一榜单上年比较。", d=s.dated(day))
    return note if len(found) == len(SCOPES) else note + "另一国未计入该榜单。"
