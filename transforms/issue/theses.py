"""Nine standing theses, each held every week against one line that was fixed beforehand.

The dimensions are those of the article of 13 January 2026; a thesis holds or does not, by the
printed value of one series, and is without data where that series has no value that is fresh. The
lines are the article's own, or those of the field; none was fitted to what followed:

- policy: z of 0, the mean since the terms were coined. The article says that policy drives the
  advance; the least that this can mean is that the news speaks of it more than it used to.
- capital formation: the median of the series' own history. The article says that capital is
  deployed on a large scale and counts what listings in Hong Kong raised; the score of a robust
  series is 50 at the median of its past.
- listings: a first day at the offer price. The article reads appetite off first days; a broken
  issue (close under offer) is the exchanges' own word for the lack of it.
- earnings: growth alike. The article says that China's giants outgrow the Magnificent 7.
- breadth: one half above the average of 50 days, the usual line between a broad and a narrow
  market. The article calls the advance broad.
- leverage: 1.8 % in 20 sessions, a month. The article gives 1.8 % as the rise of January.
- concentration, blow-off: the 90th percentile of the series' own history. The article says
  "extreme" and names shares that had risen 90 %; that nine days in ten were less is the line from
  which this paper calls anything notable.
- overbought: RSI 70 (Wilder 1978), which the article goes by.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from transforms.engine.metric import metrics
from transforms.formulas.printed_value import RANK, printed, printed_rank
from transforms.metrics.earnings import AMERICA, CHINA, GAP
from transforms.prepared.indices import SHANGHAI_COMPOSITE

VERSION = 1  # of the lines; it rises when one of them changes
NOTABLE = 90.0


class Measure(StrEnum):
    """What of a row is held against the line: the value, its percentile, or its score."""

    VALUE = "value"
    PERCENTILE = "percentile"
    SCORE = "score"


class Side(StrEnum):
    """Where the measure lies if the thesis holds; at the line it holds only where it says so."""

    ABOVE = "above"
    AT_LEAST = "at least"


UNITS = {Measure.PERCENTILE: RANK, Measure.SCORE: "score 0-100"}
COMPARED: dict[Side, Callable[[Decimal, Decimal], bool]] = {
    Side.ABOVE: operator.gt,
    Side.AT_LEAST: operator.ge,
}


@dataclass(frozen=True)
class Thesis:
    """One thesis: a series, what of it is measured, a line, and the side on which it holds.

    - name, name_zh: the dimension; claim, claim_zh: what would be false on the line's other side
    - max_age: sessions that the newest value may be old; older, the thesis is without data
    - evidence: further series, by metric and entity, that are shown beside it and decide nothing
    """

    id: str
    name: str
    name_zh: str
    claim: str
    claim_zh: str
    metric: str
    entity: str
    line: float
    side: Side
    max_age: int
    measure: Measure = Measure.VALUE
    evidence: tuple[tuple[str, str], ...] = ()

    @property
    def unit(self) -> str:
        """Of the measure and the line."""
        return UNITS.get(self.measure) or metrics()[self.metric].unit

    def holds(self, measured: float) -> bool:
        """Whether it holds, by the measure as it is printed and the line."""
        return COMPARED[self.side](self.shown(measured), Decimal(repr(self.line)))

    def shown(self, measured: float) -> Decimal:
        """The measure as it is printed."""
        if self.measure is Measure.PERCENTILE:
            return printed_rank(measured)
        return printed(measured, self.unit, self.metric)


THESES = (
    Thesis(
        "policy",
        "Policy",
        "政策",
        "The evening news speaks of industrial policy more than it has on average.",
        "《新闻联播》对产业政策的提及多于历史平均。",
        metric="policy_intensity",
        entity="CN",
        line=0.0,
        side=Side.ABOVE,
        max_age=10,
        evidence=(("policy_frequency_30d", "新质生产力"),),
    ),
    Thesis(
        "capital formation",
        "Capital formation",
        "股权融资",
        "Listings in Hong Kong raise more in 90 days than the median of such sums before.",
        "港股新股90日募资额高于此前的中位数。",
        metric="ipo_hk_proceeds_90d_hkd",
        entity="HK",
        line=50.0,
        side=Side.ABOVE,
        max_age=10,
        measure=Measure.SCORE,
        evidence=(
            ("ipo_hk_proceeds_ytd_hkd", "HK"),
            ("ipo_proceeds_12m_to_cap", "A"),
            ("unicorn_growth_1y", "CN-AI"),
        ),
    ),
    Thesis(
        "listings",
        "Listings",
        "新股",
        "The median Hong Kong listing of 90 days closed its first day above the offer price.",
        "近90日港股新股首日收盘中位数高于发行价。",
        metric="ipo_first_day_return_median_90d",
        entity="HK",
        line=0.0,
        side=Side.ABOVE,
        max_age=10,
        evidence=(("ipo_below_offer_share_90d", "HK"), ("ipo_hk_tech_share_ytd", "HK")),
    ),
    Thesis(
        "earnings",
        "Earnings",
        "盈利",
        "Net profit of the China 7 grows faster than that of the Magnificent 7.",
        "中国七家净利润增速高于美股七巨头。",
        metric="earnings_growth_gap",
        entity=GAP,
        line=0.0,
        side=Side.ABOVE,
        max_age=130,
        evidence=(("earnings_growth", CHINA), ("earnings_growth", AMERICA)),
    ),
    Thesis(
        "breadth",
        "Breadth",
        "宽度",
        "Over half of technology shares stand above their 50-day average.",
        "过半科技股站上50日均线。",
        metric="share_above_ma50",
        entity="tech",
        line=0.5,
        side=Side.ABOVE,
        max_age=2,
        evidence=(("breadth_up_share", "tech"), ("share_above_ma200", "tech")),
    ),
    Thesis(
        "leverage",
        "Leverage",
        "杠杆",
        "Margin loans have grown by 1.8% or more in 20 sessions.",
        "融资余额20个交易日增幅不低于1.8%。",
        metric="margin_financing_change_20d",
        entity="CN",
        line=0.018,
        side=Side.AT_LEAST,
        max_age=2,
        evidence=(("margin_financing_balance_cny", "CN"), ("margin_intensity_5d", "CN")),
    ),
    Thesis(
        "concentration",
        "Concentration",
        "集中度",
        "Technology's share of turnover beside its market value is at its 90th percentile or above.",
        "科技板块拥挤度处于历史90%分位或以上。",
        metric="crowding",
        entity="TMT",
        line=NOTABLE,
        side=Side.AT_LEAST,
        max_age=2,
        measure=Measure.PERCENTILE,
        evidence=(("turnover_share", "TMT"), ("turnover_hhi", "CN")),
    ),
    Thesis(
        "overbought",
        "Overbought",
        "超买",
        "The RSI of the Shanghai Composite is 70 or above.",
        "上证指数RSI不低于70。",
        metric="rsi_14",
        entity=SHANGHAI_COMPOSITE,
        line=70.0,
        side=Side.AT_LEAST,
        max_age=2,
        evidence=(("rsi_14_weekly", SHANGHAI_COMPOSITE), ("close_vs_ma200", SHANGHAI_COMPOSITE)),
    ),
    Thesis(
        "blow-off",
        "Blow-off",
        "短期急涨",
        "Shares 90% or more above their 30-day low are as many as on one day in ten, or more.",
        "较30日低点涨90%以上的个股数处于历史90%分位或以上。",
        metric="runup_30d_ge_90pct_count",
        entity="all",
        line=NOTABLE,
        side=Side.AT_LEAST,
        max_age=2,
        measure=Measure.PERCENTILE,
        evidence=(("severe_moves_5d", "all"), ("abnormal_moves_5d", "all")),
    ),
)
BY_ID = {one.id: one for one in THESES}
