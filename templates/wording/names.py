"""What things are called in Chinese and in English: indices, blocks, states, themes, authorities.

English names of indices stand in templates.format. A name that is not here is printed as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """A name in both languages."""

    en: str
    zh: str


INDICES = {
    "000001.SH": "上证指数",
    "399001.SZ": "深证成指",
    "399006.SZ": "创业板指",
    "000688.SH": "科创50",
    "000685.SH": "科创芯片",
    "000300.SH": "沪深300",
    "000905.SH": "中证500",
    "000852.SH": "中证1000",
    "000985.CSI": "中证全指",
    "930713.CSI": "中证人工智能主题",
    "931071.CSI": "中证人工智能产业",
    "931160.CSI": "中证全指通信设备",
    "H30184.CSI": "中证全指半导体",
    "950180.CSI": "科创AI",
    "970070.SZ": "创业板人工智能",
    "HSI.HK": "恒生指数",
    "HSTECH.HK": "恒生科技指数",
    "HSCEI.HK": "国企指数",
    "NDX.US": "纳斯达克100",
    "SPX.US": "标普500",
}
WITH_ARTICLE = {
    "000001.SH", "399001.SZ", "000300.SH", "000905.SH", "000852.SH", "000985.CSI", "930713.CSI",
    "931071.CSI", "HSI.HK", "NDX.US",
}  # fmt: skip
IN_HEADLINES = {
    "000001.SH": Name("Shanghai", "上证指数"),
    "399001.SZ": Name("Shenzhen", "深证成指"),
    "HSTECH.HK": Name("Hang Seng Tech", "恒生科技"),
}

BLOCKS = {
    "trend": Name("trend", "趋势"),
    "breadth": Name("breadth", "宽度"),
    "capital formation": Name("capital formation", "股权融资"),
    "earnings": Name("earnings", "盈利"),
    "policy": Name("policy", "政策"),
    "persistence": Name("persistence", "持续性"),
    "technical": Name("technical", "技术面"),
    "leverage": Name("leverage", "杠杆"),
    "activity": Name("activity", "交易活跃度"),
    "concentration": Name("concentration", "集中度"),
    "valuation": Name("valuation", "估值"),
    "explosiveness": Name("explosiveness", "爆炸性"),
}
AXES = {"momentum": Name("momentum", "结构动能"), "heat": Name("heat", "过热")}
STATES = {
    "overheated advance": Name("Overheated advance", "上涨且过热"),
    "healthy advance": Name("Advance, not hot", "上涨未过热"),
    "undecided": Name("No clear trend", "方向不明"),
    "undecided, hot": Name("No clear trend, hot", "方向不明且过热"),
    "froth without trend": Name("Hot without trend", "过热而无趋势"),
    "fading": Name("Weak, not hot", "动能偏弱"),
}
MOMENTUM_WORDS = (
    Name("very weak", "弱"),
    Name("weak", "偏弱"),
    Name("mixed", "中性"),
    Name("firm", "偏强"),
    Name("strong", "强"),
)
HEAT_WORDS = (
    Name("cool", "偏冷"),
    Name("moderate", "适中"),
    Name("warm", "偏热"),
    Name("hot", "过热"),
    Name("very hot", "明显过热"),
)

GROUPS = {
    "tech": Name("technology shares", "科技股"),
    "all": Name("mainland shares", "A股"),
    "TMT": Name("TMT shares", "TMT行业"),
}
THEMES = {
    "tech": Name("technology", "科技"),
    "commercial_aerospace": Name("commercial aerospace", "商业航天"),
}
MARKETS = {"HK": Name("Hong Kong", "港股"), "A": Name("mainland", "A股")}
TERMS = {
    "新质生产力": "new quality productive forces",
    "人工智能": "artificial intelligence",
    "人工智能+": "AI Plus",
    "大模型": "large models",
    "算力": "computing power",
    "半导体": "semiconductors",
    "芯片": "chips",
    "集成电路": "integrated circuits",
    "科技自立自强": "self-reliance in technology",
    "自主可控": "under one's own control",
}
LISTS = {
    "Global Unicorn Top 500": Name("Global Unicorn Top 500", "全球独角兽企业500强"),
    "China Unicorn Enterprise Development Report": Name(
        "China Unicorn Enterprise Development Report", "中国独角兽企业发展报告"
    ),
}
UNICORNS_OF = {"CN-AI": Name("Chinese AI unicorns", "中国AI独角兽"),
               "US-AI": Name("US AI unicorns", "美国AI独角兽")}  # fmt: skip

THESES_HELD = {
    "holds": Name("true", "成立"),
    "does not hold": Name("not true", "不成立"),
    "no data": Name("no data", "无数据"),
}
WHYS = {
    "restated": Name("revised by its source", "来源修订"),
    "late": Name("came late", "迟到数据"),
    "corrected": Name("corrected by us", "本刊更正"),
}
# What crossing a line would mean: of heat, and of momentum and what carries it.
MEANINGS = {
    "hotter": Name("Hotter", "升温"),
    "cooler": Name("Cooler", "降温"),
    "stronger": Name("Stronger", "转强"),
    "weaker": Name("Weaker", "转弱"),
}
CERTAINTY = {
    "announced": Name("", ""),
    "expected": Name("expected", "预计"),
    "unknown": Name("day not announced", "日期未公布"),
}

# What may be missing or restated, by metric or by dataset.
MEASURES = {
    "close": Name("index closes", "指数收盘价"),
    "index_daily": Name("index closes", "指数收盘价"),
    "stock_daily": Name("share prices", "个股行情"),
    "board_daily": Name("theme boards", "主题板块行情"),
    "sector_daily": Name("industry indices", "行业指数"),
    "adjustment_factor": Name("price adjustments", "复权因子"),
    "security": Name("list of shares", "证券列表"),
    "special_treatment": Name("ST shares", "ST股"),
    "theme_membership": Name("lists of themes", "主题名单"),
    "trade_calendar": Name("trading days", "交易日历"),
    "turnover_cny": Name("turnover", "两市成交额"),
    "market_turnover": Name("turnover", "两市成交额"),
    "margin_financing_balance_cny": Name("margin loans", "融资余额"),
    "margin_market": Name("margin loans", "融资余额"),
    "margin_exchange": Name("margin loans by exchange", "分交易所融资余额"),
    "margin_security": Name("margin loans by share", "个股融资余额"),
    "margin_account": Name("margin accounts", "两融账户"),
    "margin_intensity_5d": Name("purchases on margin", "融资买入额占比"),
    "breadth_up_share": Name("share rising", "上涨家数占比"),
    "share_above_ma50": Name("shares above their 50-day average", "站上50日均线占比"),
    "high_low_count": Name("new highs and lows", "创新高、新低家数"),
    "limit_pool": Name("limit-ups", "涨停"),
    "market_activity": Name("limit-ups", "涨停"),
    "announcement": Name("company notices", "公司公告"),
    "rsi_14": Name("RSI", "RSI"),
    "pe_ttm": Name("P/E ratios", "市盈率（TTM）"),
    "index_valuation": Name("P/E ratios", "市盈率（TTM）"),
    "equity_risk_premium": Name("equity risk premium", "股权风险溢价"),
    "government_yield": Name("government bond yields", "国债收益率"),
    "lpr": Name("loan prime rates", "LPR"),
    "ipo_hk": Name("Hong Kong listings", "港股新股"),
    "ipo_a": Name("mainland listings", "A股新股"),
    "ipo_pipeline": Name("listing applications", "上市申请"),
    "ipo_review": Name("listing reviews", "上市审核"),
    "earnings_report": Name("earnings reports", "定期报告"),
    "hk_megacap_earnings": Name("earnings of the China 7", "中国七家盈利"),
    "us_megacap_earnings": Name("earnings of the Magnificent 7", "美股七巨头盈利"),
    "analyst_eps": Name("earnings estimates", "盈利预测"),
    "consensus_eps": Name("consensus estimates", "一致预期"),
    "stock_connect": Name("southbound flows", "南向资金"),
    "southbound_net_20d_hkd": Name("southbound flows", "南向资金"),
    "fund_share": Name("ETF shares", "ETF份额"),
    "fund_daily": Name("ETF prices", "ETF行情"),
    "etf_inflow_20d_cny": Name("ETF net subscriptions", "ETF净申购"),
    "policy_news": Name("evening news", "《新闻联播》"),
    "policy_term_count": Name("evening news", "《新闻联播》"),
    "unicorn_company": Name("lists of unicorns", "独角兽企业名单"),
    "policy_term": Name("policy terms", "政策词表"),
    "buffett_index": Name("market value to GDP", "证券化率"),
    "gdp": Name("GDP", "GDP"),
    "fx_rate": Name("exchange rates", "汇率"),
    "unicorn_count": Name("unicorn lists", "独角兽榜单"),
    "overheating": Name("heat", "过热"),
    "structural_momentum": Name("momentum", "结构动能"),
}

BODIES = {
    "CSRC": Name("CSRC", "证监会"),
    "SSE; SZSE; BSE": Name("SSE, SZSE and BSE", "沪深北交易所"),
    "SSE; SZSE": Name("SSE and SZSE", "沪深交易所"),
    "SSE": Name("SSE", "上交所"),
    "SZSE": Name("SZSE", "深交所"),
    "BSE": Name("BSE", "北交所"),
    "HKEX": Name("HKEX", "港交所"),
    "SFC": Name("SFC of Hong Kong", "香港证监会"),
    "HKSAR": Name("Hong Kong government", "香港特区政府"),
    "PBOC": Name("PBoC", "央行"),
    "NFRA": Name("NFRA", "金融监管总局"),
    "MOF": Name("Ministry of Finance", "财政部"),
    "MOFCOM": Name("Ministry of Commerce", "商务部"),
    "NDRC": Name("NDRC", "国家发展改革委"),
    "NEA": Name("NEA", "国家能源局"),
    "CAC": Name("CAC", "国家网信办"),
    "CNSA": Name("CNSA", "国家航天局"),
    "SC": Name("State Council", "国务院"),
    "CPC": Name("Party leadership", "中央"),
    "NPC": Name("NPC", "全国人大"),
    "BIS": Name("US Commerce (BIS)", "美国商务部"),
    "US": Name("United States", "美国"),
    "Central Huijin": Name("Central Huijin", "中央汇金"),
}
# «等七部门» counts the one that is named as well.
WITH_OTHERS = {"one": "两", "two": "三", "three": "四", "four": "五", "five": "六", "six": "七",
               "seven": "八", "eight": "九", "nine": "十"}  # fmt: skip


def known(table: Mapping[str, Name], key: str) -> Name:
    """The name of a key; the key itself in both languages where the table lacks it."""
    return table.get(key) or Name(key, key)


def block(key: str) -> Name:
    """The name of a block, told as metrics name it: heat/technical."""
    return known(BLOCKS, key.rpartition("/")[2])


def body(code: str) -> Name:
    """Who acted: a known group by its common name, others one by one, «and six others» said."""
    if code in BODIES:
        return BODIES[code]
    first, _, others = code.partition(" and ")
    if others.endswith(" others"):
        leader, number = body(first), others.removesuffix(" others")
        total = str(int(number) + 1) if number.isdecimal() else WITH_OTHERS.get(number, "多")
        return Name(f"{leader.en} and {others}", f"{leader.zh}等{total}部门")
    each = [known(BODIES, one) for one in code.split("; ")]
    english = ", ".join(one.en for one in each[:-1])
    return Name(
        f"{english} and {each[-1].en}" if english else each[-1].en,
        "、".join(one.zh for one in each),
    )


# Words that titles of policy events begin with and that are no names.
PLAIN_STARTS = {
    "A", "Affiliates", "Agencies", "An", "Commercial", "Controlling", "Eight", "Export", "First",
    "Five", "Four", "Government", "Guideline", "Half-year", "High-bandwidth", "Interim",
    "Lending", "Licence", "Listing", "Loan", "Local", "Margin", "Minimum", "Mutual", "National",
    "Nine-point", "One-year", "Opinions", "Over-five-year", "Pause", "Plan", "Programme",
    "Reciprocal", "Registration-based", "Relending", "Reserve", "Rules", "Seven-day", "Six",
    "Stamp", "Support", "Swap", "Targets:", "Ten", "The", "Three", "Trading", "Trial", "Two",
    "Work",
}  # fmt: skip


def in_running_text(title: str) -> str:
    """A title as a clause begins with it: with a capital only where it is a name's."""
    return (
        title[:1].lower() + title[1:] if title.split(" ", maxsplit=1)[0] in PLAIN_STARTS else title
    )
