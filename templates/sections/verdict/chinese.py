"""Page 1 in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from templates.format import NO_BREAK, Day, Number
from templates.sections.verdict.facts import (
    NAMED,
    After,
    Axis,
    Health,
    Position,
    Reading,
    is_few,
    named,
)
from templates.sections.verdict.shifts import Shift
from templates.wording import names
from templates.wording.chinese.teller import Chinese
from templates.wording.names import CERTAINTY, MEANINGS, block, body, known
from templates.wording.page_words import Crossing
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.ahead.entry import Certainty, Entry, Kind
from transforms.axes.regimes import HOT
from transforms.facts import Fact
from transforms.findings.finding import Finding
from transforms.findings.span import Kind as Span
from transforms.formulas.printed_value import printed_rank
from transforms.issue.staleness import Stale

PAST_STATES = {
    "overheated advance": "市场上涨且过热",
    "healthy advance": "市场上涨，未过热",
    "undecided, hot": "市场过热，方向不明",
    "undecided": "市场方向不明",
    "froth without trend": "市场过热而无趋势",
    "fading": "市场动能偏弱，未过热",
}
NO_SCORE = "数据缺失或历史不足，两轴无法评分。"
NO_FINDING = "无可比较的数据。"
ACROSS, UP = "结构动能（0～100）→", "↑ 过热（0～100）"
LINE = f"分界线{HOT}"
BY_ZONE = ("动能偏弱", "方向不明", "上涨未过热", "过热而无趋势", "方向不明且过热", "上涨且过热")
LINES = {
    "heat": "过热",
    "momentum": "结构动能",
    "rsi": "上证指数RSI-14",
    "financing": "融资余额20日变动",
    "ma50": "站上50日均线科技股",
    "runups": "较低点涨90%以上个股",
}
BACK = "{name}分项{a}无得分，{b}有得分，仅此使{axis}变动{x}分。"
GONE = "{name}分项{a}有得分，{b}无得分，仅此使{axis}变动{x}分。"
SESSIONS, MEDIAN, ANY_DAY, CASES = "交易日后", "中位数", "任一日", "样本"
MAP, FOLLOWED = "两轴图", "历史同类情形"
NO_EVENTS = "当周无已知公告。"
NO_CALENDAR = "未来两周无已定日程。"
BEIJING = "北京时间。"


def headline(told: Text, stale: Stale | None, place: Position, s: Speller) -> Text:
    """What happened; of a day that is past, that nothing new has come, and how it stood."""
    if stale is None:
        return told or say("本周无已知数据")
    return say(
        "{standstill}；{then}", standstill=_standstill(stale, s), then=_then(stale, place, s)
    )


def _standstill(stale: Stale, s: Speller) -> Text:
    what = "新数据"
    if not stale.whole:
        told = [known(names.MEASURES, one.dataset).zh for one in stale.inputs]
        what = f"{told[0]}等新数据" if len(told) > 2 else f"{'、'.join(told)}新数据"
    return say("{d}后无{what}", what=what, d=s.dated(stale.since))


def _then(stale: Stale, place: Position, s: Speller) -> Text:
    if place.state is None or place.day is None:
        return say("两轴仅有部分数据" if place.partial else "两轴无法评分")
    return say("{when}{state}", when=_that_day(stale, place.day, s), state=PAST_STATES[place.state])


def _that_day(stale: Stale, day: date, s: Speller) -> Text:
    return say("当日") if day == stale.since else say("{d}", d=s.day(day))


def lede(told: Text, stale: Stale | None, place: Position, s: Speller) -> Text:
    """What front tells; of a day that is past the axes alone."""
    axes = [one for one in (place.momentum, place.heat) if one]
    if stale:
        told = joined((_axis(one, s) for one in axes), by="")
    return told if axes else joined(filter(None, (told, say(NO_SCORE))), by="")


def _axis(one: Axis, s: Speller) -> Text:
    name = {"momentum": "结构动能", "heat": "过热"}[one.side]
    when = say("{d}", d=s.day(one.day)) if one.day != s.as_of else Text()
    if one.fact is None:
        if one.within is None:
            return Text()
        low, high = one.within
        return say("{when}{name}仅有部分数据，区间{a}～{b}分。", name=name, when=when,
                   a=s.level(low), b=s.level(high))  # fmt: skip
    change = s.week_change(one.fact)
    most = say("，主要来自{b}", b=block(one.mover).zh) if one.mover else Text()
    gained = say("（五日{c}分{most}）", c=change, most=most) if change else Text()
    ends = Text()
    if len(one.blocks) > 1:
        ends = say("，分项中{a}最高、{b}最低", a=block(one.blocks[0].entity).zh,
                   b=block(one.blocks[-1].entity).zh)  # fmt: skip
    return say("{when}{name}{v}分{gained}{ends}。", name=name, v=s.level(one.fact), when=when,
               gained=gained, ends=ends)  # fmt: skip


def map_title(stale: Stale | None, place: Position, s: Speller) -> Text:
    """1月12日以来“上涨且过热”."""
    if stale:
        told = say("两轴图无位置")
        if place.state and place.day:
            told = say("{when}“{state}”", state=s.state(place.state),
                       when=_that_day(stale, place.day, s))  # fmt: skip
        return say("{standstill}：{told}", standstill=_standstill(stale, s), told=told)
    if place.state:
        since = say("{d}以来", d=s.day(place.since)) if place.since else say("有数据以来始终")
        return say("{since}“{state}”", state=s.state(place.state), since=since)
    ranges = [one for one in (place.momentum, place.heat) if one and one.within]
    if place.marks and len(ranges) == 1 and ranges[0].within:
        low, high = ranges[0].within
        return say("{axis}仅有部分数据：{a}～{b}分", axis=LINES[ranges[0].side],
                   a=s.level(low), b=s.level(high))  # fmt: skip
    return say("两轴均仅有部分数据") if place.marks else say("两轴图无位置")


def map_note(place: Position, s: Speller) -> Text:
    """How the map is to be read."""
    said = [say("每周一点，至多13周，坐标轴有截断。")]
    if place.partial:
        said.append(say("空心点仅有部分数据，横竖线为区间。"))
    elif any(one and one.spread for one in (place.momentum, place.heat)):
        said.append(say("十字为改用其他权重时的80%区间。"))
    said += [_shift(one, s) for one in place.shifts]
    read = [
        say("{axis}{c}", axis=names.AXES[one.side].zh, c=one.read_told)
        for one in (place.momentum, place.heat)
        if one and one.known
    ]
    if read:
        said.append(say("整轴权重中有读数的比重：{all}。", all=joined(read, by="，")))
    return joined(said, by="")


def _shift(one: Shift, s: Speller) -> Text:
    """盈利分项1月9日无得分，1月13日有得分，仅此使结构动能变动−11分."""
    how = BACK if one.back else GONE
    return say(how, name=block(one.block).zh, a=s.day(one.before), b=s.day(one.day),
               axis=names.AXES[one.side].zh, x=one.told)  # fmt: skip


def point(place: Position, s: Speller) -> tuple[Text, ...]:
    """What stands beside the last mark."""
    lines = [say("{d}", d=s.day(place.day))] if place.day else []
    for one in (place.momentum, place.heat):
        name = {"momentum": "动能", "heat": "过热"}[one.side] if one else ""
        if one and one.fact:
            lines.append(say("{axis}{v}", axis=name, v=s.level(one.fact)))
        elif one and one.within:
            low, high = one.within
            lines.append(say("{axis}{a}～{b}", axis=name, a=s.level(low), b=s.level(high)))
    return tuple(lines)


def tile_name(one: Reading, s: Speller) -> Text:
    """The name of a place, with the day of a value that is late."""
    name = Text((s.fixed(f"tile.{one.place.key}"),))
    late = one.fact and one.fact.observation_date != s.as_of and one.place.key != "raised"
    return name + say("（{d}）", d=s.day(one.fact.observation_date)) if late and one.fact else name


def change(moved: Number, one: Reading) -> Text:
    """较上周+2.6%."""
    return say("{span}{x}", x=moved, span="较上周" if one.in_week else "五日")


def raised(gained: Number, s: Speller) -> Text:
    """What listings of the span raised."""
    week = s.setting.span.kind is not Span.SESSIONS
    return say("{span}{v}", v=gained, span="周" if week else "五日")


def rank(one: Reading, s: Speller) -> Text:
    """Where a tile's value stands in its history."""
    fact = one.fact
    if fact is None:
        return Text()
    if fact.percentile is None:
        if one.place.key == "raised" and fact.n:
            return say("截至{d}{n}只新股", n=s.members(fact), d=s.day(fact.observation_date))
        return Text()
    if one.top or one.bottom:
        most = "最高" if one.top else "最低"
        return say("{y}以来{most}", most=most, y=_year(fact.first_observation))
    if one.moved and one.place.finding:
        return _move(one.moved, s)
    return say("{y}以来{p}", p=_percentile(fact.percentile, f"{fact.fact_id}#percentile"),
               y=_year(fact.first_observation))  # fmt: skip


def _move(moved: Finding, s: Speller) -> Text:
    """变动2020年以来76%分位."""
    told, since = rarity(moved, "change", s)
    return say("变动{since}{rank}", rank=told, since=since) if told else Text()


def rarity(finding: Finding, role: str, s: Speller) -> tuple[Text, Text]:
    """How rare a finding is, and since when its history runs."""
    t, rare = Chinese(finding, s.setting), finding.rarity
    if rare.percentile is None:
        return Text(), Text()
    since = say("{y}以来", y=_year(rare.first))
    if rare.record:
        return say("第一位"), since
    if t.second_only:
        return say("第二位"), since
    return say("{p}", p=_percentile(rare.percentile, f"{t.marked(role, '').ref}#percentile")), since  # fmt: skip


def _percentile(value: float, ref: str) -> Number:
    return Number(f"{int(printed_rank(value))}%分位", ref)


def _year(day: date) -> Day:
    return Day(f"{day.year}年", day.isoformat())


def told_title(stale: Stale | None, s: Speller) -> Text:
    """What the list is called."""
    return say("最新数据要点") if stale else say("{t}", t=s.fixed("section.week"))


def mark(day: date, s: Speller) -> Day:
    """19日 周一: within some weeks no month is needed."""
    return Day(f"{day.day}日{NO_BREAK}{s.weekday(day)}", day.isoformat())


def event(one: Finding, day: date, s: Speller) -> Text:
    """沪深北交易所：融资保证金最低比例由80%提高到100%，1月19日起实施."""
    t = Chinese(one, s.setting)
    title, who = t.term("title_zh"), body(t.term("body")).zh
    told = say("{what}", what=title) if who in title else say("{who}：{what}", who=who, what=title)
    begins = t.term("effective")
    if not begins or date.fromisoformat(begins) == day:
        return told
    return told + say("，{d}起实施", d=s.day(date.fromisoformat(begins)))


def ahead(entries: Sequence[Entry], s: Speller) -> Text:
    """What a day brings, each with its hour in Beijing."""
    told = joined((_entry(one, s) for one in entries), by="；")
    sure = {CERTAINTY[Certainty(one.certainty).value].zh for one in entries}
    return told + f"（{sure.pop()}）" if len(sure) == 1 and sure != {""} else told


def _entry(one: Entry, s: Speller) -> Text:
    hour = f"，{one.beijing_time}" if one.beijing_time else ""
    if hour.endswith("+1"):
        hour = f"，次日{hour[1:].removesuffix('+1')}"
    last = "至" if one.kind is Kind.CLOSED else "最迟"
    until = say("，{last}{d}", last=last, d=mark(one.until, s)) if one.until else Text()
    force = "起实施" if one.kind is Kind.POLICY else ""
    return say("{title}{force}{hour}{until}", title=named(one.title_zh, s), force=force, hour=hour,
               until=until)  # fmt: skip


def followed_note(one: After, reading: Text, s: Speller) -> Text:
    """The condition, the index, and how many readings were looked at."""
    first = one.horizons[0]
    few = say("不足{n}次的不计中位数。", n="8") if any(map(is_few, one.horizons)) else Text()
    return say("{i}，情形：{r}。{d}以来独立样本，细线为任一日。{few}共比对{n}种情形。",
               i=s.index(first.measured_on), r=reading, few=few, d=s.day(first.since),
               n=Number(f"{one.looked}", "followed#looked"))  # fmt: skip


def scenario(found: tuple[Fact, Fact] | None, s: Speller) -> Text:
    """科创50此后60个交易日：上涨且未回撤10%占历史情形的40%."""
    if found is None:
        return Text()
    calm, deep = found
    return say("科创50此后60个交易日：上涨且未回撤10%占历史情形的{x}，回撤20%以上占{y}。",
               x=s.level(calm), y=s.level(deep))  # fmt: skip


def distance(one: Crossing, now: Number, away: Number, s: Speller) -> Text:
    """60，距降温5."""
    day = one.fact.observation_date
    when = say("（{d}）", d=s.day(day)) if day != s.as_of else Text()
    return say("{v}{when}，距{meaning}{x}", v=now, when=when, x=away,
               meaning=MEANINGS[one.meaning].zh)  # fmt: skip


def crossed(one: Crossing, line: Number) -> Text:
    """降温 < 55."""
    return say("{meaning}{way}{line}", meaning=MEANINGS[one.meaning].zh,
               way="≥" if one.rises else "<", line=line)  # fmt: skip


def foot(one: Health, s: Speller) -> Text:
    """What the numbers stand on."""
    never = say("，{n}项未取得", n=one.never) if str(one.never) != "0" else Text()
    said = [say("数据：{b}项输入中{a}项正常{never}。", a=one.fresh, b=one.total, never=never)]
    said += [
        say("{what}最近值{d}。", what=known(names.MEASURES, gap.dataset).zh, d=s.day(gap.day))
        for gap in one.late[:NAMED]
    ]
    if one.fresh.text != one.total.text:
        said.append(say("明细见末页。"))
    if one.restated:
        said.append(say("较上期修订{n}个数字。", n=Number(f"{one.restated}", "restated#all")))
    said.append(say("每个数字均有编号，可用briefing explain查询。"))
    return joined(said, by="")
