"""The sentences of definitions and notice in Chinese."""

from __future__ import annotations

from templates.format import Number
from templates.wording.speller import Speller
from templates.wording.text import Text, say

NOTICE_TITLE = say("声明")
CHECK_TITLE = say("如何核对数字")
CHECK = say(
    "指标代码见释义后的灰字，briefing facts列出本期全部数字。briefing explain 指标/对象/日期"
    "可列出数值、在数据仓库中的查询语句、来源与获知时间。"
)
_LAST = "市场有风险，投资需谨慎。"


def headline(cited: int) -> Text:
    """本期118项指标释义."""
    if not cited:
        return say("声明与核对方法")
    return say("本期{n}项指标释义", n=Number(f"{cited}", "cited#metrics"))


def notice(s: Speller, *, simulated: bool) -> Text:
    """The whole notice: that a drawn market is one, and that the publisher has no licence."""
    whole = s.fixed("notice").removesuffix(_LAST)
    licence = s.fixed("notice.licence") if s.unlicensed else ""
    first = f"{s.fixed('footer.simulated')}。" if simulated else ""
    return say(
        "{first}{whole}{licence}{last}", first=first, whole=whole, licence=licence, last=_LAST
    )
