"""The sentences of the scenarios and of their record in Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from templates.sections.scenarios.facts import (
    Event,
    Explosive,
    Growth,
    Outlook,
    Reading,
    Record,
    RunUp,
    Trigger,
)
from templates.wording import names
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.facts import Fact

# What is called missing, in the order of the page.
BLOCKS = (
    "情景概率",
    "历史同类情形",
    "途中事件概率",
    "状态周度变化",
    "触发线",
    "历史检验",
    "预测与实际",
    "爆炸性检验",
    "上证指数历次急涨",
)
HEADS = {
    "reading": "读数",
    "measured": "指数",
    "median": "中位数",
    "base": "基准",
    "within": "期限内",
    "series": "项目",
    "index": "指数",
    "horizon": "期限",
    "independent": "独立样本",
    "brier": "评分",
    "brier_base": "基准",
    "skill": "技巧评分",
    "alike": "同类日",
    "p": "p",
    "statistic": "统计量",
    "critical": "临界值",
    "weeks": "持续周数",
    "pattern": "LPPLS",
    "rose": "涨幅",
    "cases": "次数",
    "fell": "其后大幅回撤",
    "fell_share": "占比",
    "year_after": "一年后中位数",
    "was": "前一周",
}
EVENTS = {
    "fall_10": "自高点回撤10%",
    "fall_20": "自高点回撤20%",
    "fall_30": "自高点回撤30%",
    "gain_10": "途中涨幅达10%",
    "gain_20": "途中涨幅达20%",
}
SERIES = {
    "structural_momentum": "结构动能",
    "overheating": "过热",
    "rsi_14": "沪深300 RSI-14",
    "volatility_20d": "沪深300 20日波动率",
    "margin_financing_change_20d": "融资余额20日变动",
    "share_above_ma50": "科技股站上50日均线占比",
    "policy_intensity": "“新质生产力”政策强度",
}
# What crossing a line downwards (or upwards) means.
EFFECTS = {
    "advance begins": "转为上涨",
    "advance ends": "上涨结束",
    "fading begins": "动能偏弱",
    "fading ends": "动能不再偏弱",
    "turns hot": "转为过热",
    "cools": "不再过热",
    "enters its highest tenth": "进入历史最高10%",
    "enters its lowest tenth": "进入历史最低10%",
}
CLASSES = {
    "20% in 30 sessions": "30个交易日涨20%",
    "30% in 30 sessions": "30个交易日涨30%",
    "doubled in a year": "一年涨100%",
    "doubled in two years": "两年涨100%",
}
PRIORS = {
    "industry_doubled_in_two_years_then_fell_40": "两年翻倍的行业中{x}其后下跌40%",
    "market_doubled_in_a_year_then_halved_in_one": "一年翻倍的市场中{x}次年下跌50%",
    "market_doubled_in_a_year_then_halved_in_five": "五年内下跌50%的占{x}",
}
# The columns of what the pictures draw.
OUTLOOK_DATA = ("指数", "交易日数", "结果", "概率", "下限", "上限", "基准概率")
RELIABILITY_DATA = {"forecast": "预测概率", "frequency": "实际频率", "low": "下限", "high": "上限"}
TOO_FEW, NOT_TESTED = "样本不足", "未检验"
OUTLOOK_UNIT = "柱：概率（以5%为一档）；竖线：基准概率；细线：80%区间"
READINGS_NOTE = say(
    "20、60、120个交易日后涨跌幅。样本相互独立，前一例结束后方计下一例；满8例方列中位数。"
    "基准为该读数可判定以来全部交易日的中位数。读数取两轴的固定核心指标。"
)
TRIGGERS_TITLE = say("尚未触及的分界线及其含义")
TRIGGERS_NOTE = say("两轴满分100分；其余分界线为该序列历史最高或最低10%的边界。")
FORECAST, FREQUENCY = "预测概率", "实际频率"
RELIABILITY_TITLE = say("科创50未来60个交易日：预测与实际")
RELIABILITY_NOTE = say(
    "圆点落在虚线上，即实际频率与预测相符。色带为准确预测十次中九次应落入的范围。"
)
TESTS_NOTE = say(
    "p为纯随机波动下出现同等统计量的概率，小于0.05视为检出。LPPLS为符合该形态的窗口占比，"
    "不指示时点。"
)
COURSE = ("统计量", "95%临界值")
STATISTIC = "BSADF，周度"
FOLLOWED_TITLE = say("次周状态（周数）")
FOLLOWED_NOTE = say("行为前一周状态，列为次周状态，仅计已结束的周。")


def sessions(horizon: int) -> str:
    """60个交易日."""
    return f"{horizon}个交易日"


def cases_within(horizon: int) -> str:
    """60日样本."""
    return f"{horizon}日样本"


OUTCOME = {
    "continuation": "上涨且未回撤10%",
    "consolidation": "未上涨且未回撤10%",
    "correction": "回撤10%～20%",
    "bust": "回撤20%以上",
}


def headline(ahead: Outlook | None, made: Record | None, s: Speller) -> Text:
    """情景未优于基准：60个交易日后科创50上涨且未回撤10%占40%."""
    if ahead is None:
        return record_title(made, s) if made else say("情景概率未取得")
    said = _said(ahead, s)
    return said if ahead.informed else say("情景未优于基准：{said}", said=said)


def _said(ahead: Outlook, s: Speller) -> Text:
    return say("{h}后科创50{what}占{x}", h=sessions(ahead.horizon),
               what=OUTCOME[ahead.likeliest.outcome], x=s.level(ahead.likeliest.value))  # fmt: skip


def outlook_title(ahead: Outlook, s: Speller) -> Text:
    """科创50历史上40%的60个交易日区间上涨且未回撤10%."""
    what, x = OUTCOME[ahead.likeliest.outcome], s.level(ahead.likeliest.value)
    if not ahead.informed:
        return say("科创50历史上{x}的{h}区间{what}", x=x, h=sessions(ahead.horizon), what=what)
    on = say("{d}", d=s.day(ahead.likeliest.value.observation_date)) if s.stale else Text()
    return say("{on}{said}，{rank}", on=on, said=_said(ahead, s),
               rank="并列居首" if ahead.tied else "居首")  # fmt: skip


def outlook_note(ahead: Outlook, s: Speller) -> Text:
    """How the outcomes add up, and on how many cases they rest."""
    rest = joined((say("{h}{n}例", n=s.level(n), h=sessions(h)) for h, n in ahead.rests), by="，")
    plain = (
        "各种同类情形的选法均未显著优于基准，故直接列示基准概率。"
        if not ahead.informed
        else "同类情形在历史检验中显著优于基准者采用之，其余列示基准概率。"
    )
    return say("四种结果互斥；回撤以当日收盘为起点，按收盘计。{plain}科创50独立样本：{rest}。",
               plain=plain, rest=rest)  # fmt: skip


def reading(one: Reading, s: Speller) -> Text:
    """状态：上涨且过热; 结构动能：强."""
    if one.kind == "state":
        return say("状态：{word}", word=s.state(one.word))
    axis, table = (
        ("结构动能", names.MOMENTUM_WORDS)
        if one.kind == "momentum"
        else ("过热得分", names.HEAT_WORDS)
    )
    word = next((each.zh for each in table if each.en == one.word), one.word)
    return say("{axis}：{word}", axis=axis, word=word)


def readings_title(read: Sequence[Reading], s: Speller) -> Text:
    """13次同类状态后沪深300六十个交易日中位数+5.2%（基准−0.1%）."""
    for one in read:
        after = one.by_horizon[1]
        if after and after.median and after.base:
            return say("{n}次同类{kind}后60个交易日{i}中位数{x}（基准{y}）",
                       n=s.level(after.cases), kind=KINDS[one.kind], i=s.index(one.index),
                       x=s.signed(after.median), y=s.signed(after.base))  # fmt: skip
    return say("同类情形样本不足，不作汇总")


KINDS = {"state": "状态", "momentum": "动能读数", "heat": "过热读数"}


def events_title(found: Sequence[Event], s: Speller) -> Text:
    """科创50未来60个交易日：回撤10%概率60%，上涨10%概率50%."""
    by = {one.target: one.by_horizon[1][0] for one in found}
    fall, rise = by.get("fall_10"), by.get("gain_10")
    if fall is None or rise is None:
        return say("科创50途中事件概率")
    return say("科创50未来60个交易日：回撤10%占{x}，上涨10%占{y}", x=s.level(fall), y=s.level(rise))


def events_note(*, informed: bool) -> Text:
    """What counts, and what stands beside it."""
    beside = "右侧为基准概率" if informed else "各数均即基准概率"
    return say("期限内任一收盘触及即计，回撤自途中最高收盘起算；{beside}。", beside=beside)


def trigger(one: Trigger, s: Speller) -> Text:
    """过热跌破55则不再过热，现60."""
    now = (
        say("，{now}{v}", now="当时" if s.stale else "现", v=s.level(one.now))
        if one.now
        else Text()
    )
    return say("{what}{verb}{line}则{effect}{now}", what=SERIES[one.metric],
               verb="跌破" if one.below else "升至", line=s.level(one.line),
               effect=EFFECTS[one.effect], now=now)  # fmt: skip


def record_title(made: Record, s: Speller) -> Text:
    """历史检验：未优于基准概率."""
    if made.verdict == "better":
        best = next(row for row in made.rows if row.beyond_chance)
        return say("历史检验：{i}{h}优于基准概率", i=s.index(best.index), h=sessions(best.horizon))
    if all(row.skill and row.skill.value == 0 for row in made.rows):
        return say("历史检验：各种预测方法均未优于基准概率")
    return say("历史检验：{word}基准概率", word="劣于" if made.verdict == "worse" else "未优于")


def record_note(made: Record, s: Speller) -> Text:
    """What score and skill mean, and how our own issues did."""
    what = say(
        "评分（布赖尔评分）为预测与实际之差的平方，越低越好；技巧评分为较基准评分改善的比例，负值即劣于"
        "基准。同类日为始终取价格最相似交易日的技巧评分及其p值。独立样本为互不重叠的结果数。"
    )
    if not made.own:
        return what + "本刊自身预测尚未到期，暂无评分。"
    own = joined((_own(one.horizon, one.issues, one.independent, one.skill, s) for one in made.own),
                 by="；")  # fmt: skip
    return what + say("本刊自身预测：{own}。", own=own)


def _own(horizon: int, issues: Fact, free: Fact | None, skill: Fact | None, s: Speller) -> Text:
    told = say("{h}{n}期", n=s.level(issues), h=sessions(horizon))
    if free:
        told = told + say("，独立样本{n}", n=s.level(free))
    return told + say("，技巧评分{x}", x=s.signed(skill)) if skill else told


def tests_title(found: Explosive, s: Speller) -> Text:
    """未检出爆炸性上涨，p最小0.705."""
    least = min(found.rows, key=lambda one: one.p.value)
    if not least.found:
        return say("未检出爆炸性上涨，p值最小{p}", p=s.level(least.p))
    return say("{i}检出爆炸性上涨（p={p}）", i=s.index(least.index), p=s.level(least.p))


def course_title(one: Growth, s: Speller) -> Text:
    """科创50爆炸性检验统计量低于临界值."""
    if one.statistic is None or one.critical is None:
        return say("{i}爆炸性检验统计量", i=s.index(one.index))
    side = "高于" if one.statistic.value > one.critical.value else "低于"
    return say("{i}爆炸性检验统计量{side}临界值", i=s.index(one.index), side=side)


def run_ups_title(found: Sequence[RunUp], s: Speller) -> Text:
    """上证指数14次急涨（30个交易日涨20%）中7次其后大幅回撤."""
    first = found[0]
    if first.fell is None:
        return say("上证指数历次急涨之后")
    return say("上证指数{n}次急涨（{name}）后{m}次大幅回撤", n=s.level(first.completed),
               name=CLASSES[first.name], m=s.level(first.fell))  # fmt: skip


def run_ups_note(known: Sequence[Fact], s: Speller) -> Text:
    """What a hard fall is, and what others found."""
    what = say(
        "大幅回撤：两年内自高点回撤40%；一年涨100%者，为其后一年内回撤50%。满5例方列占比与中位数。"
    )
    if not known:
        return what
    told = joined((_prior(fact, s) for fact in known), by="；")
    return what + say("境外研究：{told}。", told=told)


def _prior(fact: Fact, s: Speller) -> Text:
    name = fact.metric.removeprefix("published_base_rates_")
    return say(PRIORS[name], x=s.level(fact)) + say("，{who}", who=fact.entity)
