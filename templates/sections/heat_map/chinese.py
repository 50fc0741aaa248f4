"""The sentences of the thirteen weeks in Chinese."""

from __future__ import annotations

from templates.sections.heat_map.facts import Axis, HeatMap
from templates.wording.speller import Speller
from templates.wording.text import Text, say

MISSING = "两轴与分项得分"
AXES = {"momentum": "结构动能", "heat": "过热"}
NOW, COVERAGE = "现值", "覆盖率"
NOTE = say(
    "得分0至100，与自身历史相比，取每周最后一个交易日；颜色越深得分越高。斜纹为无数据，变动10分及以上加粗。"
    "覆盖率为有数据的权重占比，完整者留空。各周均无数据的指标未列。"
)
INDICATORS = {
    "series_runup_30d": "指数较30日低点涨幅",
    "convexity_120d_rising": "上涨凸性",
    "share_above_ma50": "站上50日均线占比",
    "share_above_ma200": "站上200日均线占比",
    "breadth_up_share_5d": "上涨家数占比",
    "ad_line_change_20d": "腾落线变动",
    "new_highs_minus_lows": "新高减新低占比",
    "mcclellan_oscillator": "麦克莱伦摆动指标",
    "absorption_shift": "吸收比率变动",
    "turnover_hhi": "行业成交集中度",
    "turnover_cap_distance": "成交与市值分布差",
    "crowding": "TMT拥挤度",
    "dispersion_abs_z": "个股离散度",
    "earnings_growth": "中国七家净利润",
    "earnings_growth_gap": "中国七家减美股七巨头",
    "earnings_growth_a_shares": "科技股净利润",
    "explosive_p_value": "爆炸性检验",
    "ipo_hk_first_day_return_90d": "港股首日涨跌幅",
    "ipo_a_first_day_return_90d": "A股首日涨跌幅",
    "ipo_tech_share_12m": "科技募资占比",
    "ipo_proceeds_12m_to_cap": "A股募资额",
    "ipo_hk_proceeds_90d_hkd": "港股募资额",
    "relative_strength_vs_ma200": "对沪深300相对强弱",
    "limit_up_share": "涨停占比",
    "lppls_confidence_positive": "LPPLS拟合占比",
    "margin_financing_change_20d": "融资余额20日变动",
    "margin_financing_change_60d": "融资余额60日变动",
    "margin_to_tradable_cap": "融资余额占流通市值",
    "margin_intensity_5d": "融资买入额占比",
    "margin_industry_hhi": "融资行业集中度",
    "momentum_12_1": "12-1动量",
    "tsmom_score": "时间序列动量",
    "risk_adjusted_momentum": "波动率调整动量",
    "abnormal_moves_5d": "异常波动家数",
    "up_week_share_26w": "半年上涨周占比",
    "trend_r2_250d": "年趋势拟合度",
    "path_continuity_250d": "年涨势连续性",
    "policy_intensity": "政策强度",
    "policy_season_gap": "政策强度（去季节）",
    "years_since_higher_close": "距上次同等收盘年数",
    "rsi_14": "RSI-14",
    "runup_30d_ge_90pct_count": "急涨90%以上个股",
    "close_vs_ma200": "偏离200日均线",
    "trend_quality_120d": "趋势斜率与拟合度",
    "turnover_vs_250d": "成交额与年均值比",
    "turnover_20d_vs_250d": "月均成交与年均值比",
    "turnover_rate_20d": "换手率",
    "unicorn_growth_1y": "独角兽增速",
    "pe_ttm": "市盈率（TTM）",
    "yield_gap": "债券与盈利收益率差",
    "buffett_ratio": "证券化率",
    "volatility_20d_rising": "上涨期波动率",
}


def headline(found: HeatMap, s: Speller) -> Text:
    """过热分项中杠杆最高（79分），政策分项当周下降23分."""
    top, moved = found.top, found.moved
    told = _clause(found, s)
    if top is None or top.now is None:
        return told
    if moved is None and found.drifted is top:
        return told
    side = "过热" if top.entity.startswith("heat/") else "结构动能"
    if moved is top:
        return say("{block}{span}{verb}{x}分至{v}分，为{side}分项最高", block=s.block(top.entity),
                   span=span(found), verb=_verb(top.change), x=top.points(s),
                   v=s.level(top.now), side=side)  # fmt: skip
    first = say("{side}分项中{block}最高（{v}分）", side=side, block=s.block(top.entity),
                v=s.level(top.now))  # fmt: skip
    return s.fitting(first + "，" + told, told)


def _clause(found: HeatMap, s: Speller) -> Text:
    moved, drifted = found.moved, found.drifted
    if moved:
        return say("{block}分项{span}{verb}{x}分", block=s.block(moved.entity), span=span(found),
                   verb=_verb(moved.change), x=moved.points(s))  # fmt: skip
    if drifted and drifted.weeks[0] and drifted.now:
        return say("{block}分项自{d}以来由{a}分{verb}至{b}分", block=s.block(drifted.entity),
                   d=s.day(found.days[0]), a=s.level(drifted.weeks[0]), verb=_verb(drifted.drift),
                   b=s.level(drifted.now))  # fmt: skip
    return say("各分项{span}变动均不足10分", span=span(found))


def span(found: HeatMap) -> str:
    """当周; 五日."""
    return "当周" if found.week else "五日"


def change_head(found: HeatMap) -> str:
    """The head of the column of changes."""
    return "周" if found.week else "五日"


def title(axis: Axis, found: HeatMap, s: Speller) -> Text:
    """结构动能79分（当周−2分），趋势最高（88分）."""
    name, top, now = AXES[axis.side], axis.top, axis.score.now
    if top is None or top.now is None:
        return say("{name}", name=name)
    highest = say("{block}最高（{v}分）", block=s.block(top.entity), v=s.level(top.now))
    if now is None:
        if axis.low is None or axis.high is None:
            return say("{name}未列得分，{highest}", name=name, highest=highest)
        return say("{name}仅覆盖权重{c}，区间{a}～{b}分，{highest}", name=name,
                   c=s.covered(axis.low), a=s.level(axis.low), b=s.level(axis.high),
                   highest=highest)  # fmt: skip
    gained = s.week_change(now)
    moved = say("（{span}{x}分）", x=gained, span=span(found)) if gained else Text()
    return say("{name}{v}分{moved}，{highest}", name=name, v=s.level(now), moved=moved,
               highest=highest)  # fmt: skip


def _verb(change: int) -> str:
    return "上升" if change > 0 else "下降"
