"""What a series is called inside a sentence: the measure, and whom it is about.

Numbers beside it are told by the pages; a measure without a name here is called by its label.
"""

from __future__ import annotations

from collections.abc import Mapping

from templates.format import company_name, index_name
from templates.wording.names import AXES, GROUPS, INDICES, MEASURES, WITH_ARTICLE, Name, known
from transforms.axes.composite import AXES as METRICS_OF_AXES
from transforms.engine.metric import metrics

WHOLE = {"CN", "SSE+SZSE", "all", "HK", "A", "CN7-M7", "technology", ""}  # of the market: unnamed
OWN_NAMES = {
    "close": Name("close", "收盘价"),
    "rsi_14": Name("RSI", "RSI"),
    "pe_ttm": Name("P/E", "市盈率（TTM）"),
    "breadth_up_share": Name("share rising", "上涨家数占比"),
    "share_above_ma50": Name("share above the 50-day average", "站上50日均线占比"),
    "share_above_ma200": Name("share above the 200-day average", "站上200日均线占比"),
    "crowding": Name("crowding", "拥挤度"),
    "equity_risk_premium": Name("equity risk premium", "股权风险溢价"),
    "volatility_20d": Name("20-day volatility", "20日波动率"),
    "margin_financing_change_20d": Name("20-session change of margin loans", "融资余额20日变动"),
    "margin_financing_change_1d": Name("one-day change of margin loans", "融资余额单日变动"),
    "margin_intensity_5d": Name("purchases on margin to turnover", "融资买入额占比"),
    "runup_30d_ge_90pct_count": Name(
        "number of shares 90% or more above their 30-session low", "较30日低点涨90%以上的个股数"
    ),
    "policy_intensity": Name("policy in the evening news", "政策强度"),
    "policy_frequency_30d": Name("mentions in the evening news", "《新闻联播》提及频率"),
    "ipo_hk_proceeds_90d_hkd": Name("Hong Kong proceeds of 90 days", "港股新股90日募资额"),
    "ipo_hk_proceeds_ytd_hkd": Name("Hong Kong proceeds this year", "港股年内募资额"),
    "ipo_hk_proceeds_mtd_hkd": Name("Hong Kong proceeds this month", "港股本月募资额"),
    "ipo_first_day_return": Name("first day", "首日涨跌幅"),
    "ipo_first_day_return_median_90d": Name(
        "median first day of 90 days", "近90日新股首日涨跌幅中位数"
    ),
    "earnings_growth_gap": Name(
        "growth of the China 7 less that of the Magnificent 7", "中国七家与美股七巨头净利润增速之差"
    ),
    "explosive_p_value": Name("test of explosive growth", "爆炸性检验"),
    "block_score": Name("score", "得分"),
}
RECORD = "#record"  # behind a measure whose record is told


def subject(metric: str, entity: str, names: Mapping[str, str]) -> Name:
    """A series: the RSI of the Shanghai Composite, 上证指数RSI; margin loans, 融资余额.

    names: what companies are called, by code. With #record behind the metric, its record is meant.
    """
    bare = metric.removesuffix(RECORD)
    measure = _measure(bare)
    if bare != metric:
        measure = Name(f"record of {measure.en}", f"{measure.zh}纪录")
    who = _who(entity, names)
    if who is None or bare in METRICS_OF_AXES.values():
        return measure
    return Name(f"{measure.en} of {who.en}", f"{who.zh}{measure.zh}")


def _measure(metric: str) -> Name:
    axes = {name: AXES[side] for side, name in METRICS_OF_AXES.items() if side in AXES}
    named = axes.get(metric) or OWN_NAMES.get(metric) or MEASURES.get(metric)
    if named:
        return named
    label = metrics()[metric].label if metric in metrics() else metric
    return Name(label, label)


def _who(entity: str, names: Mapping[str, str]) -> Name | None:
    """Whom a series is about; None where it is the whole market."""
    if entity in WHOLE:
        return None
    if entity in INDICES:
        article = "the " if entity in WITH_ARTICLE else ""
        return Name(article + index_name(entity, names), INDICES[entity])
    if entity in GROUPS:
        return GROUPS[entity]
    if entity in names:
        name = company_name(entity, names)
        return Name(name, name)
    return known({}, entity)
