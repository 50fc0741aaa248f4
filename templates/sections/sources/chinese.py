"""The sentences on data, sources and gaps in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from templates.format import Number
from templates.issue_view import counted
from templates.sections.sources.facts import Input, Inputs, Pair
from templates.wording.speller import Speller
from templates.wording.text import Text, joined, say

LATE_HEADS = ("逾期", "最新", "应到", "取得", "来源")
PAIR_HEADS = ("数字", "最大差异", "所在", "采用值", "第二来源", "采用理由")
REFUSED_HEADS = ("数据", "行数", "问题", "最近")
SERIES = {
    "index_close": "指数收盘",
    "turnover": "成交额",
    "margin_financing_balance": "融资余额",
    "breadth_up_share": "上涨家数占比",
    "minute_turnover": "分钟成交额合计",
    "a_share_list_size": "A股家数",
}
WHOLE = {"CN": "沪深北合计", "all": "全部个股", "SSE": "上交所", "SZSE": "深交所", "BSE": "北交所"}
PAIRS_NOTE = say("两个来源均以当日已知数据为准，比较此前一个月。采用何者事先确定，不因差异而改变。")
NO_PAIRS = "第二来源"
SILENT_TITLE = say("未测算的指标及原因")
SPEAKING_TITLE = say("历史积累中，足够长后即可列示")
SPEAKING_NOTE = say("以每个交易日数据如期取得为前提，补录历史数据可提前。")
BETWEEN = "、"
ODD = "{shown}{code}（{where}）{signs}"
GAPS_TITLE = say("没有来源的数据及本刊的替代")
REFUSED_TITLE = say("此前一个月未通过检查的数据行，整行或个别数值未予采用")
SURVIVORS = say(
    "首份股票名单之前的市场宽度与短期急涨按该名单的个股统计，此前退市的公司不在其中（幸存者偏差）。"
)
ADJUSTED = "{a}至{b}的价格已复权，非实际成交价，此间不统计涨跌停。"


def headline(found: Inputs, compared: Sequence[Pair], s: Speller) -> Text:
    """45项输入中30项未取得，第二来源成交额不符."""
    stand, second = _inputs(found), _second(compared)
    return s.fitting(say("{a}，{b}", a=stand, b=second), stand)


def _inputs(found: Inputs) -> Text:
    if not found.read:
        return say("截至当日无任何数据")
    if not found.late and not found.missing:
        return say("{n}项数据全部正常", n=counted(found.read, "inputs#read"))
    lacking = []
    if found.missing:
        lacking.append(say("{k}项未取得", k=counted(len(found.missing), "inputs#missing")))
    if found.late:
        lacking.append(say("{k}项逾期", k=counted(len(found.late), "inputs#late")))
    return say("{n}项数据中{lacking}", n=counted(found.read, "inputs#read"),
               lacking=joined(lacking, by="、"))  # fmt: skip


def _second(compared: Sequence[Pair]) -> Text:
    if not compared:
        return say("无第二来源可比")
    differing = [one for one in compared if one.apart] or [one for one in compared if one.outside]
    if not differing:
        return say("第二来源相符")
    names = joined((say("{name}", name=SERIES[one.series]) for one in differing), by="、")
    if differing[0].apart:
        return say("{names}与第二来源不符", names=names)
    return say("{names}一个月内曾与第二来源不符", names=names)


def missing_title(found: Inputs) -> Text:
    """未取得30项."""
    return say("未取得{n}项", n=counted(len(found.missing), "inputs#missing"))


def on_time_title(found: Inputs) -> Text:
    """正常15项."""
    return say("正常{n}项及最新日期", n=counted(len(found.on_time), "inputs#on_time"))


def others(found: Inputs) -> Text:
    """How many datasets no figure reads."""
    if not found.others:
        return Text()
    parts = []
    if found.others_missing:
        parts.append(say("{k}项未取得", k=counted(found.others_missing, "inputs#others_missing")))
    if found.others_late:
        parts.append(say("{k}项逾期", k=counted(found.others_late, "inputs#others_late")))
    lacking = say("，其中{all}", all=joined(parts, by="、")) if parts else Text()
    return say("数据仓库另有{n}项数据，本期数字未用到{lacking}。",
               n=counted(found.others, "inputs#others"), lacking=lacking)  # fmt: skip


def due(one: Input, s: Speller) -> Text:
    """By when something missing was expected."""
    return say("应到{d}", d=s.day(one.expected)) if one.expected else Text()


def reach(one: Input, s: Speller) -> Text:
    """How far something on time reaches."""
    return say("{d}", d=s.day(one.newest)) if one.newest else say("无日期")


def outside(one: Pair) -> Text:
    """On how many of the figures compared the sources differ."""
    return say("{n}项中{k}项不符", k=counted(one.outside, f"reconciled/{one.series}#outside"),
               n=counted(one.days, f"reconciled/{one.series}#days"))  # fmt: skip


def allowed(tolerance: Number) -> Text:
    """Up to which difference two sources agree."""
    return say("容许{x}", x=tolerance)


def silent(reason: str, dataset: str) -> Text:
    """A reason, with the dataset that decides."""
    if dataset:
        return say("{dataset}：{reason}", dataset=dataset, reason=reason)
    return say("{reason}", reason=reason)


def listed(names: Sequence[str], total: int, ref: str) -> Text:
    """Some names, and how many more there are."""
    further = total - len(names)
    more = say("，另有{n}项", n=counted(further, ref)) if further > 0 else Text()
    return say("{names}", names="、".join(names)) + more


def unprinted(number: Number) -> Text:
    """How many measures have no value that no page prints."""
    return say("各页均不刊载的指标中，另有{n}项无值。", n=number)


def of_whom(label: str, entity: str) -> str:
    """A measure of one of several."""
    return f"{label}（{entity}）"


def block(name: str) -> str:
    """The score of a block."""
    return f"{name}分项"


def partial(day: date, there: Number, usual: Number, s: Speller) -> Text:
    """A day that is not whole."""
    return say("{d}应有{usual}只，实有{there}只", d=s.dated(day), there=there, usual=usual)


def partial_days(days: Sequence[Text], more: Number | None) -> Text:
    """All of them, and what follows."""
    further = say("；另有{n}日", n=more) if more else Text()
    return say("数据不全日，不计入跨个股统计：{days}{further}。", days=joined(days, by="；"),
               further=further)  # fmt: skip


def odd(shown: Sequence[Text], more: Number | None) -> Text:
    """Characters that no font has."""
    further = say("；另有{n}处", n=more) if more else Text()
    return say("本刊字体没有的字符以□代替或省略：{all}{further}。", all=joined(shown, by="；"),
               further=further)  # fmt: skip


def cut_off(as_of: date, requested: date, s: Speller) -> Text:
    """What was known when."""
    known = say("所载均为北京时间{d}结束前已知的数据，此后的一概不用。", d=s.full_day(as_of))
    if requested == as_of:
        return known
    return known + say("所求{d}非交易日。", d=s.full_day(requested))
