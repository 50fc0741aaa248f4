"""The words of finished texts that have a condition, written down anew from the style guide."""

from __future__ import annotations

import re

# How a move is told: its way, and the percentiles from and below which the verb is its own.
SLIGHT, ANY, CLEAR, GREAT, EXTREME = (0, 75), (0, 100), (90, 97.5), (97.5, 100), (99, 100)
_EN = {
    "edged up": (1, SLIGHT), "edges up": (1, SLIGHT), "slipped": (-1, SLIGHT),
    "slips": (-1, SLIGHT), "rose": (1, ANY), "rises": (1, ANY), "rise": (1, ANY),
    "fell": (-1, ANY), "falls": (-1, ANY), "fall": (-1, ANY), "climbed": (1, CLEAR),
    "climbs": (1, CLEAR), "dropped": (-1, CLEAR), "drops": (-1, CLEAR), "jumped": (1, GREAT),
    "jumps": (1, GREAT), "slumped": (-1, GREAT), "slumps": (-1, GREAT), "surged": (1, EXTREME),
    "surges": (1, EXTREME), "plunged": (-1, EXTREME), "plunges": (-1, EXTREME),
    "rebounded": (1, ANY), "fell back": (-1, ANY),
}  # fmt: skip
_ZH = {
    "小幅上涨": (1, SLIGHT), "小幅下跌": (-1, SLIGHT), "明显上涨": (1, CLEAR),
    "明显下跌": (-1, CLEAR), "大涨": (1, GREAT), "大跌": (-1, GREAT), "上涨": (1, ANY),
    "下跌": (-1, ANY), "涨": (1, ANY), "跌": (-1, ANY), "增加": (1, ANY), "减少": (-1, ANY),
    "增长": (1, ANY), "下降": (-1, ANY), "反弹": (1, ANY), "回落": (-1, ANY),
}  # fmt: skip
VERBS_OF = {
    language: {
        word: (way, float(edges[0]), float(edges[1])) for word, (way, edges) in words.items()
    }
    for language, words in (("en", _EN), ("zh", _ZH))
}
SURGES = {"surged", "surges", "plunged", "plunges"}


def _any(words: dict[str, object]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


VERBS = {
    "en": re.compile(rf"\b(?:{_any({**_EN})})\b(?! is narrow| was narrow)"),
    "zh": re.compile(rf"(?:{_any({**_ZH})})(?!幅|跌|集中|停|逾|且|未|状态|占比)(?<!涨跌)"),
}
# The roles of a finding's numbers that its rarity is about.
MAIN: dict[str, tuple[str, ...]] = {
    "index_change": ("change",), "index_day": ("change",), "index_high": ("level",),
    "index_low": ("level",), "rsi_zone": ("level",), "turnover_total": ("total",),
    "turnover_high": ("level",), "turnover_low": ("mean",), "limit_ups": ("count",),
    "financing_change": ("change", "amount"), "financing_day": ("change",),
    "financing_high": ("level",), "purchases_level": ("level",), "breadth_week": ("rising",),
    "breadth_day": ("rising",), "above_average": ("level",), "crowding_level": ("turnover_share",),
    "runups": ("count",), "theme_move": ("median",), "warnings": ("abnormal",),
    "first_days": ("n",), "proceeds": ("raised",), "pipeline": ("under_review",),
    "revisions": ("raised",), "pe_level": ("level",), "risk_premium": ("level",),
    "southbound": ("total",), "etf_inflow": ("total",), "policy_words": ("rate",),
    "unicorns": ("count",), "breadth_flip": ("rising",), "breadth_narrow": ("change",),
}  # fmt: skip
RECORD = {
    "en": re.compile(
        r"\ba (?:weekly |\w+-session )?record\b(?! of| since| low)|, a record low|its (?:highest|lowest) on record"
        r"|at a record\b|(?:most|highest|lowest|fewest)(?: in a day)? of (?:its|their|the) series"
        r"|its (?:best|worst) day(?! since)"
    ),
    "zh": re.compile("创纪录|创历史新[高低]|(?<!月|日|年)创新高|成交额创新高|为有数据以来最[高低]"),
}
QUIET = {"en": re.compile("quiet|no unusual move"), "zh": re.compile("平稳|无异常变动")}
NOT_HOT = {
    "en": re.compile(r"\bnot hot\b|no longer hot|ceased to be hot", re.IGNORECASE),
    "zh": re.compile("未过热|不再过热"),
}
QUOTED = {
    "Overheated advance": "overheated advance", "Advance, not hot": "healthy advance",
    "No clear trend": "undecided", "No clear trend, hot": "undecided, hot",
    "Hot without trend": "froth without trend", "Weak, not hot": "fading",
    "上涨且过热": "overheated advance", "上涨未过热": "healthy advance", "方向不明": "undecided",
    "方向不明且过热": "undecided, hot", "过热而无趋势": "froth without trend", "动能偏弱": "fading",
}  # fmt: skip
# Patterns of a state, the state, and between which momentum and heat the words are true. Where a
# state was lost, the state that came is not named.
STATE_WORDS: dict[str, list[tuple[str, str | None, tuple[int, int, int, int]]]] = {
    "en": [
        ("advance (turn(s|ed)|is still) overheated", "overheated advance", (55, 100, 60, 100)),
        ("an advance (began|begins)|the advance continues", "healthy advance", (55, 100, 0, 100)),
        ("trend (became|becomes|is still) unclear", "undecided", (0, 100, 0, 100)),
        ("hot without a clear trend", "undecided, hot", (0, 100, 60, 100)),
        ("hot with weak momentum", "froth without trend", (0, 44, 60, 100)),
        ("momentum (turn(s|ed)|is still) weak", "fading", (0, 44, 0, 100)),
        ("no longer hot|ceased to be hot", None, (0, 100, 0, 59)),
        ("the advance end(s|ed)", None, (0, 54, 0, 100)),
        ("momentum (is no longer|ceased to be) weak", None, (45, 100, 0, 100)),
    ],
    "zh": [
        ("不再过热", None, (0, 100, 0, 59)),
        ("上涨状态结束", None, (0, 54, 0, 100)),
        ("动能不再偏弱", None, (45, 100, 0, 100)),
    ],
}
MOMENTUM_STEPS = {
    "en": {"very weak": (0, 29), "weak": (30, 44), "mixed": (45, 54), "firm": (55, 69),
           "strong": (70, 100)},
    "zh": {"弱": (0, 29), "偏弱": (30, 44), "中性": (45, 54), "偏强": (55, 69), "强": (70, 100)},
}  # fmt: skip
HEAT_STEPS = {
    "en": {"cool": (0, 29), "moderate": (30, 49), "warm": (50, 59), "hot": (60, 74),
           "very hot": (75, 100)},
    "zh": {"偏冷": (0, 29), "适中": (30, 49), "偏热": (50, 59), "过热": (60, 74),
           "明显过热": (75, 100)},
}  # fmt: skip
LINES = {
    "en": re.compile(r"(?:just below|just above|below|above|at) the line of"),
    "zh": re.compile("(?:略低于|略高于|低于|高于|恰在)分界线"),
}
NEVER = {
    "en": re.compile(
        r"\b(soar(?:s|ed)?|crash(?:es|ed)?|rout|frenzy|mania|euphoria|froth|bubble|amid|fuelled"
        r"|driven by|tailwinds?|headwinds?|fever|bulls|bears|smart money|healthy|attractive|cheap"
        r"|expensive|opportunity|should|must|buy|sell|hold|avoid|target|outperform|bottom|top"
        r"|suggests that|unprecedented|massive|risers|likeliest|sounder)\b", re.IGNORECASE),
    "zh": re.compile(
        "暴涨|暴跌|飙升|崩盘|引爆|牛市|熊市|抄底|逃顶|见顶|见底|赛道|风口|龙头|主力|国家队|聪明钱"
        "|赚钱效应|利好|利空|受[^，。；]*(?:提振|拖累)|或将|有望|料将|看好|看空|建议|推荐|关注|配置|加仓|减仓|买点"
        "|卖点|目标价|重磅|史诗级|天量|炸板|健康|稳健|性价比|进行了|值得注意的是"),
}  # fmt: skip
# Longer units first: a trillion in Chinese ends like ten thousand.
SCALES = (
    (" trillion", 1e12), (" billion", 1e9), (" million", 1e6), (" tn", 1e12), (" bn", 1e9),
    (" m", 1e6), ("万亿", 1e12), ("亿", 1e8), ("万", 1e4),
)  # fmt: skip
WORDS = {
    word: size
    for size, word in enumerate(
        ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
}
SHORT_NAMES = {"000001.SH": "Shanghai", "399001.SZ": "Shenzhen"}
ZH_NAMES = {
    "000001.SH": "上证指数", "399001.SZ": "深证成指", "399006.SZ": "创业板指", "000688.SH": "科创50",
    "000300.SH": "沪深300", "HSI.HK": "恒生指数", "HSTECH.HK": "恒生科技", "NDX.US": "纳斯达克100",
}  # fmt: skip
# Digits that every issue prints and that state nothing.
FURNITURE = re.compile(
    r"STAR 50|CSI (?:300|500|1000)|Nasdaq 100|科创50|沪深300|中证(?:500|1000)|纳斯达克100"
    r"|China 7|Magnificent 7|Top 500|500强|50-day|50日均线|30-session low|30日低点|90% (?:or more )?above"
    r"|涨(?:逾)?90%|20 sessions|20个交易日|90 days|近90日|of 100\b|10,000 characters"
    r"|\d{4}-W\d\d|\d{4}年第\d+周|(?<!\d)\d{5,6}\.(?:SH|SZ|HK|BJ)"
)
