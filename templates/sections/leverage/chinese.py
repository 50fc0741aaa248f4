"""The sentences of leverage and flows in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from templates.format import Day, Number
from templates.sections.leverage.facts import Industries, News, Reading, leading
from templates.wording.chinese.teller import Chinese
from templates.wording.language import CHINESE
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.facts import Fact
from transforms.findings.finding import Finding

GROUPS = {
    "borrowed": "杠杆资金",
    "shares": "个股热度",
    "trading": "成交与集中度",
    "flows": "资金流向与担保比例",
}
NAMES = {
    "loans": "融资余额",
    "purchases": "融资买入额",
    "pace": "融资余额近20日变动",
    "limit_ups": "涨停占比",
    "run_ups": "较30日低点涨90%以上",
    "highs": "创新高减创新低家数",
    "moves": "近五日异常波动",
    "turnover": "周均与年均成交额之比",
    "tmt": "TMT行业成交占比",
    "busiest": "成交最活跃5%个股",
    "turnover_5d": "近五日日均成交额",
    "turnover_20d": "月均与年均成交额之比",
    "southbound": "南向资金近20日净买入",
    "etf": "科技类ETF近20日净申购",
    "collateral": "平均维持担保比例",
}
UNITS = {
    "loans": "元",
    "purchases": "占成交额，五日均值",
    "pace": "",
    "run_ups": "只",
    "highs": "占个股，一年内",
    "moves": "例/千只个股",
    "turnover": "倍",
    "tmt": "占成交额",
    "busiest": "占成交额",
    "turnover_5d": "元",
    "turnover_20d": "倍",
    "southbound": "港元",
    "etf": "元",
    "collateral": "倍",
}
INDUSTRY = "行业"
INDUSTRIES = "分行业融资余额"
NOTE = say(
    "各图列示最新值、五个交易日变动及历史分位（自所示年份起）；曲线为近52周走势，右侧为其最高、最低值，"
    "虚线为中位数。"
)
NOTES = {
    "moves": "异常波动指价格达到交易所异常波动认定标准的次数。",
    "tmt": "TMT指电子、计算机、传媒、通信。",
    "busiest": "成交最活跃5%个股的成交额占全市场比重。",
    "collateral": "维持担保比例为全部两融账户均值。",
}
INDUSTRIES_NOTE = say(
    "实心点及数字为占融资余额比重，空心点为占流通市值比重；列示融资余额最多的12个行业，不足则全列。"
)
SHARES = ("占融资余额比重", "占流通市值比重")
RULE, SIZE, SPREAD, HELD = "规则", "规模", "分布", "封板"


def headline(told: News, readings: Sequence[Reading], s: Speller) -> Text:
    """融资余额五日增加3.8%，创新高，融资保证金最低比例由80%提高到100%."""
    clauses = [forms for one in leading(told) if (forms := _clauses(one, told, s))]
    if not clauses:
        return _no_news(readings, s)
    pairs = [joined(pair, by=CHINESE.between) for pair in product(*clauses)]
    return s.fitting(*pairs, *clauses[0]).capitalized()


def _clauses(finding: Finding, told: News, s: Speller) -> list[Text]:
    """A finding as a clause, the fullest form first; of a past day, as in English, loans only."""
    if finding is told.loans:
        return [*_loans(finding, s, record=told.record)]
    said = CHINESE.told(finding, s.setting)
    forms = () if s.stale else said.headlines or said.neutral
    return [one for one in forms if CHINESE.measure(one) <= CHINESE.lengths.headline]


def _loans(finding: Finding, s: Speller, *, record: bool) -> tuple[Text, ...]:
    """融资余额五日增加3.8%，创新高: the fullest form first."""
    t = Chinese(finding, s.setting)
    if t.flat("change"):
        return (say("融资余额{span}基本持平", span=t.short_count()),)
    verb = "增加" if t.up() else "减少"
    to = "，创新高" if record else ""
    return (say("融资余额{span}{verb}{x}{to}", span=t.short_count(), verb=verb,
                x=t.size("change"), to=to),)  # fmt: skip


def _no_news(readings: Sequence[Reading], s: Speller) -> Text:
    """1月15日融资余额2.70万亿元."""
    panel = next((one for one in readings if one.measure.name == "loans"), None)
    if panel is None:
        return say("融资与资金数据未取得")
    return say("{d}融资余额{v}", d=s.day(panel.fact.observation_date), v=s.size(panel.fact))


def unit(panel: Reading, s: Speller) -> Text:
    """占5,187只个股，截至1月15日."""
    fact = panel.fact
    what = say("{unit}", unit=UNITS.get(panel.measure.name))
    if panel.measure.name == "limit_ups":
        what = say("占{n}只个股", n=s.members(fact)) if fact.n else say("占个股")
    if fact.observation_date == s.as_of:
        return what
    to = say("截至{d}", d=s.day(fact.observation_date))
    return say("{what}，{to}", what=what, to=to) if what else to


def change(gained: Number, way: int) -> Text:
    """五日981亿元."""
    return say("五日{x}", x=gained) if way else say("五日持平")


def rank(panel: Reading, since: Day, s: Speller) -> Text:
    """2012年以来90%分位；2012年以来最高."""
    if panel.standing == "young":
        return say("历史不足，无分位")
    if panel.standing != "ranked":
        most = {"highest": "最高", "lowest": "最低"}[panel.standing]
        return say("{year}以来{most}", most=most, year=since)
    return say("{year}以来{p}", p=s.percentile(panel.fact), year=since)


def absent(names: list[str], s: Speller) -> Text:
    """What has no value, in one line."""
    return s.absent("、".join(names))


def industries_title(one: Industries, name: str, s: Speller) -> Text:
    """非银金融占融资余额10.4%，为其市值占比的2.1倍，居所列行业之首."""
    most = one.heaviest
    return say("{on}{name}占融资余额{x}，为其市值占比的{v}倍，居所列行业之首", name=name,
               on=_on(most.weight, s), x=s.level(most.loans), v=s.level(most.weight))  # fmt: skip


def size_line(fact: Fact, s: Speller) -> Text:
    """融资余额占流通市值2.6%，2012年以来84%分位。"""
    what = "流通市值" if "tradable" in fact.metric else "总市值"
    return say("{on}融资余额占{what}{x}{rank}。", on=_on(fact, s), what=what, x=s.level(fact),
               rank=_rank(fact, s))  # fmt: skip


def rule_line(required: Fact, in_rule: Fact | None, s: Speller) -> Text:
    """现行融资保证金最低比例80.0%，融资买入额占比为该规则下均值的1.2倍。"""
    said = say("{on}融资保证金最低比例{x}", on=_on(required, s) or "现行", x=s.level(required))
    if in_rule is None:
        return said + "。"
    return said + say("，融资买入额占比为该规则下均值的{v}倍。", v=s.level(in_rule))


def spread_line(fact: Fact, s: Speller) -> Text:
    """成交额集中度相当于9个等规模行业，2022年以来1%分位。"""
    what = {"turnover_effective_sectors": "成交额", "margin_industry_effective": "融资余额"}
    return say("{on}{what}集中度相当于{n}个等规模行业{rank}。", on=_on(fact, s),
               what=what[fact.metric], n=s.level(fact), rank=_rank(fact, s))  # fmt: skip


def held_line(fact: Fact, s: Speller) -> Text:
    """封板率72.0%，2022年以来84%分位。"""
    return say("{on}封板率{x}{rank}。", on=_on(fact, s), x=s.level(fact), rank=_rank(fact, s))


def _rank(fact: Fact, s: Speller) -> Text:
    """，2012年以来84%分位."""
    if fact.percentile is None:
        return Text()
    day = fact.first_observation
    return say("，{year}以来{p}", p=s.percentile(fact),
               year=Day(s.year_tick(day), day.isoformat()))  # fmt: skip


def _on(fact: Fact, s: Speller) -> Text:
    """1月12日, where a fact is not of the issue's day."""
    if fact.observation_date == s.as_of:
        return Text()
    return say("{d}", d=s.day(fact.observation_date))
