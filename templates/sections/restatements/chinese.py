"""The sentences of restatements in Chinese."""

from __future__ import annotations

from datetime import date

from templates.format import Number, decimal
from templates.sections.restatements.facts import Restated, Row
from templates.wording.names import WHYS
from templates.wording.page_words import PageWords
from templates.wording.speller import Speller
from templates.wording.text import Text, say

HEADS = ("数字", "日期", "原载", "修订后", "原因", "获知")
MISSING, WITHDRAWN = "原缺", "撤回"
NOTE = say(
    "比较范围为上期所载各指标数值、纪录所在日和“…以来最高”的起始日；仅印出结果不同者列为修订。"
)


FIRST = say("自下期起，本期所载数字逐一与届时已知的数据比较。")


def headline(one: Restated, s: Speller) -> Text:
    """1月9日一期214个数字中2个有修订."""
    if one.day is None:
        return say("尚无可比较的上期")
    day = s.day(one.day)
    if not one.changed:
        came = say("，{k}项原缺数据补到", k=_count(one.came, "came")) if one.came else Text()
        return say("{d}一期所载数字均无修订{came}", d=day, came=came)
    of = say("{n}个数字中", n=_count(one.compared, "compared")) if one.compared else Text()
    return say("{d}一期{of}{k}个有修订", d=day, of=of, k=_count(one.changed, "changed"))


def compared(one: Restated) -> Text:
    """What was compared, and of how many numbers where that is known."""
    if one.day is None:
        return FIRST
    if not one.compared:
        return NOTE
    return say("共比较{n}个数字。{note}", n=_count(one.compared, "compared"), note=NOTE)


def more(one: Restated) -> Text:
    """How many rows are not shown."""
    return say("另有{n}项未列。", n=_count(one.more, "more")) if one.more else Text()


def measured(row: Row, words: PageWords) -> Text:
    """What the number is: 两市成交额; 两市成交额纪录."""
    what = words.measured(row["metric"], row["entity"]).zh
    return say("{what}{record}", what=what, record="纪录" if row["field"] == "record" else "")


def why(row: Row) -> Text:
    """Why it is another one."""
    return say("{why}", why=WHYS[row["why"]].zh)


def dated(value: Number, day: date, s: Speller) -> Text:
    """A record with its day."""
    return say("{v}（{d}）", v=value, d=s.day(day))


def since(day: date | None, s: Speller) -> Text:
    """Since when a value was the most."""
    return say("{d}以来最大", d=s.day(day)) if day else say("有数据以来最大")


def _count(number: int, part: str) -> Number:
    return Number(decimal(number, 0), f"restatements#{part}")
