"""Words that no sentence of an issue uses, as patterns; the notice and names are excepted."""

from __future__ import annotations

import re
from collections.abc import Iterable

from templates.wording.names import LISTS

_ENGLISH = re.compile(
    r"\b(soar|soars|soared|crash|crashes|crashed|rout|frenzy|mania|euphoria|froth|amid|fuelled"
    r"|driven by|tailwinds?|headwinds?|fever|bulls|bears|smart money|healthy|attractive|cheap"
    r"|expensive|opportunity|should|must|buy|sell|hold|avoid|target|outperform|bottom|top"
    r"|suggests that|unprecedented|massive|key|risers|likeliest|sounder)\b",
    re.IGNORECASE,
)
_BUBBLE = re.compile(r"(?<!LPPLS )\bbubble\b", re.IGNORECASE)  # in the name of a test only
_CHINESE = re.compile(
    "暴涨|暴跌|飙升|崩盘|引爆|牛市|熊市|抄底|逃顶|见顶|见底|赛道|风口|龙头|主力|国家队|聪明钱"
    "|赚钱效应|利好|利空|受[^，。；]*(?:提振|拖累)|或将|有望|料将|看好|看空|建议|推荐|关注|配置"
    "|加仓|减仓|买点|卖点|目标价|重磅|史诗级|天量|炸板|健康|稳健|性价比|进行了|值得注意的是"
)


def banned(text: str, language: str) -> list[str]:
    """The words of a text that no sentence uses, in their order."""
    plain = _without(text, (name for one in LISTS.values() for name in (one.en, one.zh)))
    if language == "zh":
        return _CHINESE.findall(plain)
    return [*_ENGLISH.findall(plain), *_BUBBLE.findall(plain)]


def _without(text: str, names: Iterable[str]) -> str:
    """The text without the names in it, which others chose."""
    for name in names:
        text = text.replace(name, "")
    return text
