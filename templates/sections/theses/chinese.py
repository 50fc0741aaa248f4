"""The sentences of the nine theses in Chinese."""

from __future__ import annotations

from collections.abc import Iterator

from templates.format import Number
from templates.sections.theses.facts import VERDICTS, Card, Claimed, Group, Standing
from templates.sections.theses.figures import line, number
from templates.wording.page_words import PageWords
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say
from transforms.facts import Fact
from transforms.issue.scorecard import Status
from transforms.issue.theses import Measure

# What is called missing: the scorecard.
BLOCK = "九项命题"
HEADS = ("命题及判定标准", "数值与起始")
WEEKS = "近一年逐周"
BETWEEN = "，"  # a value and its line
THEN = "；"  # since when, and how often
SPACE = ""  # between two sentences
CLAIM_HEADS = ("检验结果与文章所述", "指标", "当时", "最新值")
# What a claim is measured by; {who} is a company.
MEASURED = {
    "rsi_14": "上证指数RSI-14",
    "return_mtd": "科创50本月涨跌幅",
    "margin_financing_change_1d": "融资余额单日变动",
    "turnover_cny": "单日成交额",
    "close": "上证指数收盘",
    "breadth_up_share": "科技股上涨占比",
    "share_above_ma50": "科技股站上50日均线占比",
    "runup_30d": "{who}较30日低点涨幅",
    "return_1d": "{who}单日涨跌幅",
    "ipo_hk_proceeds_ytd_hkd": "港股年内募资额",
    "ipo_hk_proceeds_90d_hkd": "港股90日募资额",
    "ipo_hk_tech_share_ytd": "其中人工智能与芯片企业占比",
    "unicorn_growth_1y": "AI独角兽一年增幅",
    "ipo_first_day_return": "{who}首日涨跌幅",
    "earnings_growth_gap": "中国七家与美股七巨头净利润增速之差",
    "earnings_growth": "美股七巨头净利润增速",
    "policy_intensity": "“新质生产力”政策强度（z值）",
    "policy_frequency_30d": "“新质生产力”每万字提及次数",
}
CARD_NOTE = say(
    "前五项为支撑，后四项为预警，分界线均事先设定。满格表示当周末成立，低格表示不成立，斜线表示无数据。"
)
CLAIMS_NOTE = say(
    "所列为2026年1月13日文章的论断，措辞为本刊概括。当时指文章所述日期，最新值为同一指标截至本期的数值。"
)
SUPPORT = {Status.HOLDS: "成立", Status.FAILS: "不成立", Status.NO_DATA: "无数据"}
WARNING = {Status.HOLDS: "预警", Status.FAILS: "未预警", Status.NO_DATA: "无数据"}
_TURNED = {(False, True): "转为成立", (False, False): "转为不成立",
           (True, True): "触发预警", (True, False): "预警解除"}  # fmt: skip


def headline(card: Card, s: Speller) -> Text:
    """5项支撑中4项成立，3项预警中1项触发，超买预警解除."""
    if not card.standings:
        return say("九项命题均无数据")
    said = say("{supports}，{warnings}", supports=_supports(card.supports),
               warnings=_warnings(card.warnings))  # fmt: skip
    if s.stale:
        return said
    if not card.new:
        return s.fitting(said + "，当周无变化", said)
    turned = joined(_turned(card), by="，")
    many = say("，{n}项有变化", n=Number(f"{len(card.new)}", "theses#new"))
    return s.fitting(said + "，" + turned, _brief(card) + "，" + turned, said + many, said)


def _brief(card: Card) -> Text:
    """How many stand and warn, without how many there are."""
    return say("{k}项支撑成立，{w}项预警触发", k=_count(card.supports.holding, "supports_held"),
               w=_count(card.warnings.holding, "warnings_on"))  # fmt: skip


def _supports(group: Group) -> Text:
    if not group.known:
        return say("支撑项均无数据")
    held, known = _count(group.holding, "supports_held"), _count(group.known, "supports")
    if group.holding == group.known:
        every = "均" if group.known == group.all else ""
        return say("{n}项支撑{every}成立", n=known, every=every)
    if not group.holding:
        return say("{n}项支撑均不成立", n=known)
    return say("{n}项支撑中{k}项成立", n=known, k=held)


def _warnings(group: Group) -> Text:
    if not group.known:
        return say("预警项均无数据")
    on, known = _count(group.holding, "warnings_on"), _count(group.known, "warnings")
    if group.holding == group.known:
        return say("{n}项预警全部触发", n=known)
    if not group.holding:
        return say("{n}项预警均未触发", n=known)
    return say("{n}项预警中{k}项触发", n=known, k=on)


def _count(number: int, part: str) -> Number:
    return Number(f"{number}", f"theses#{part}")


def _turned(card: Card) -> Iterator[Text]:
    """What changed, told together where it changed alike: 超买、短期急涨预警解除."""
    for kind, turned in _TURNED.items():
        names = [one.reading.thesis.name_zh for one in card.new if (one.warns, one.holds) == kind]
        if names:
            yield say("{names}{turned}", names="、".join(names), turned=turned)


def value(one: Standing, s: Speller) -> Text:
    """What its series stands at, with its day where that is not the issue's."""
    fact = one.reading.fact
    if fact is None:
        return Text()
    on = (
        say("（{d}）", d=s.day(fact.observation_date))
        if fact.observation_date != s.as_of
        else Text()
    )
    last = Text() if one.known else say("最近值")
    return last + say("{v}", v=number(fact, s)) + on


def beside_line(one: Standing, words: PageWords) -> Text:
    """81%分位，分界线90%分位; 分界线50%."""
    reading = one.reading
    limit = line(reading, words)
    if reading.fact is None or reading.thesis.measure is Measure.VALUE:
        return say("分界线{line}", line=limit)
    pattern = {
        Measure.PERCENTILE: "{v}，分界线{line}",
        Measure.SCORE: "得分{v}，分界线{line}",
    }[reading.thesis.measure]
    return say(pattern, v=words.thesis_number(reading, reading.fact), line=limit)


def since(one: Standing, s: Speller) -> Text:
    """1月15日转为，此前预警; 12月23日以来，此前不成立."""
    reading = one.reading
    if reading.first_day is None:
        return say("从未有数据")
    if not one.known:
        return say("数据过旧，不作判断")
    if reading.changed_on is None:
        return say("{d}有数据以来", d=s.day(reading.first_day))
    other = Status.FAILS if one.holds else Status.HOLDS
    before = (WARNING if one.warns else SUPPORT)[other]
    pattern = "新变化：{d}起，此前{before}" if one.new else "{d}起，此前{before}"
    return say(pattern, d=s.day(reading.changed_on), before=before)


def claims_title(claims: tuple[Claimed, ...]) -> Text:
    """文章13项论断中4项成立，5项部分成立."""
    kinds = [one.check.verdict for one in claims]
    stand, part, wrong, untested = (
        Number(f"{sum(kind in some for kind in kinds)}", f"claims#{name}")
        for name, some in VERDICTS.items()
    )
    return say(
        "文章{n}项论断：{a}项成立，{b}项部分成立，{c}项有误或减弱，{d}项无从检验",
        n=Number(f"{len(kinds)}", "claims#all"), a=stand, b=part, c=wrong, d=untested,
    )  # fmt: skip


def claim(one: Claimed) -> Text:
    """What the article said."""
    return say("{said}", said=one.check.statement_zh)


def reason(one: Claimed) -> Text:
    """Why the verdict is what it is."""
    return say("{note}", note=one.check.note_zh)


def dated(fact: Fact, s: Speller) -> Text:
    """A value with its day."""
    return say("{v}（{d}）", v=number(fact, s), d=s.day(fact.observation_date))
