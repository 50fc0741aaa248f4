"""What the archive says in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from templates.wording.speller import Speller
from transforms.formulas.printed_value import whole

TITLE = "往期"
UNIT = "两轴得分，0～100，按交易日；底色为状态，编号对应下列要点"
NOTE = "两轴按目前已知数据重算；各期保留当时所载数值。"
WEEKS = "逐周数据"
HEADS = ("期号", "要点", "状态", "结构动能", "过热", "阅读")
MOVES = "得分旁为较前一期的变动。"
SEARCH, STATE, ALL = "搜索", "状态", "全部"
FOUND = "期"
WEB = "网页"
LIST = "各期一览"
NONE = "本期无中文版。"
INSTEAD = "请阅读"
LEADS = "阅读本期"
FEED = "订阅各期（Atom）"


def summary(issues: int, hot: int, _s: Speller) -> str:
    """How many there are."""
    return f"共{issues}期，其中{hot}期处于过热。"


def title(scores: Mapping[str, float | None], state: str, since: date | None, s: Speller) -> str:
    """1月12日以来“上涨且过热”：结构动能79分，过热60分."""
    names = {"momentum": "结构动能", "heat": "过热"}
    said = [f"{names[k]}{whole(value)}分" for k, value in scores.items() if value is not None]
    told = "，".join(said) or "尚无得分"
    return f"{s.day(since)}以来“{state}”：{told}" if state and since else told
