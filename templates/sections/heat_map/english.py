"""The sentences of the thirteen weeks in English."""

from __future__ import annotations

from templates.sections.heat_map.facts import Axis, Course, HeatMap, is_warm
from templates.wording.speller import Speller
from templates.wording.text import Text, say

MISSING = "Scores of axes and blocks"
AXES = {"momentum": "Structural momentum", "heat": "Overheating"}
NOW, COVERAGE = "Now", "Coverage"
NOTE = say(
    "Scores from 0 to 100 against their own past, on the last session of each week; darker is "
    "higher. Hatched: no data. Bold change: ten points or more. Coverage: share of the weight with "
    "data, blank where that is all of it. Indicators without data in all the weeks are left out."
)
INDICATORS = {
    "series_runup_30d": "Rise above 30-day low",
    "convexity_120d_rising": "Convexity of the advance",
    "share_above_ma50": "Shares above 50-day mean",
    "share_above_ma200": "Shares above 200-day mean",
    "breadth_up_share_5d": "Shares that rose",
    "ad_line_change_20d": "Advance–decline line",
    "new_highs_minus_lows": "New highs less new lows",
    "mcclellan_oscillator": "McClellan oscillator",
    "absorption_shift": "Shift of absorption ratio",
    "turnover_hhi": "Turnover by industry, HHI",
    "turnover_cap_distance": "Turnover against market value",
    "crowding": "Crowding of TMT",
    "dispersion_abs_z": "Dispersion of shares",
    "earnings_growth": "Profits, China 7",
    "earnings_growth_gap": "China 7 less Magnificent 7",
    "earnings_growth_a_shares": "Profits, technology shares",
    "explosive_p_value": "Test for explosiveness",
    "ipo_hk_first_day_return_90d": "First days, Hong Kong",
    "ipo_a_first_day_return_90d": "First days, mainland",
    "ipo_tech_share_12m": "Technology's share of IPOs",
    "ipo_proceeds_12m_to_cap": "Raised on the mainland",
    "ipo_hk_proceeds_90d_hkd": "Raised in Hong Kong",
    "relative_strength_vs_ma200": "Strength against CSI 300",
    "limit_up_share": "Limit-ups",
    "lppls_confidence_positive": "LPPLS fits",
    "margin_financing_change_20d": "Margin loans, 20 sessions",
    "margin_financing_change_60d": "Margin loans, 60 sessions",
    "margin_to_tradable_cap": "Margin loans to tradable cap",
    "margin_intensity_5d": "Purchases on margin",
    "margin_industry_hhi": "Margin loans by industry, HHI",
    "momentum_12_1": "Momentum 12–1",
    "tsmom_score": "Time-series momentum",
    "risk_adjusted_momentum": "Momentum per volatility",
    "abnormal_moves_5d": "Abnormal fluctuations",
    "up_week_share_26w": "Rising weeks, half a year",
    "trend_r2_250d": "Fit of the year's trend",
    "path_continuity_250d": "Continuity of the year",
    "policy_intensity": "Policy terms in evening news",
    "policy_season_gap": "Policy terms above season",
    "years_since_higher_close": "Years since a close as high",
    "rsi_14": "RSI-14",
    "runup_30d_ge_90pct_count": "Shares up 90% from low",
    "close_vs_ma200": "Distance from 200-day mean",
    "trend_quality_120d": "Slope of trend times fit",
    "turnover_vs_250d": "Turnover to its yearly mean",
    "turnover_20d_vs_250d": "Turnover of a month to year",
    "turnover_rate_20d": "Turnover rate",
    "unicorn_growth_1y": "Growth of unicorns",
    "pe_ttm": "P/E, trailing",
    "yield_gap": "Bond less earnings yield",
    "buffett_ratio": "Market value to GDP",
    "volatility_20d_rising": "Volatility in rising markets",
}


def headline(found: HeatMap, s: Speller) -> Text:
    """Leverage is the hottest block at 79; policy fell 23 points in the week."""
    top, moved = found.top, found.moved
    told = _clause(found, s)
    if top is None or top.now is None:
        return told.capitalized()
    if moved is None and found.drifted is top:
        return told.capitalized()
    what = _what(top)
    if moved is top:
        return say("{block}, the {what}, {verb} {x} points to {v} {span}", block=s.block(top.entity),
                   what=what, verb=_verb(top.change), x=top.points(s), v=s.level(top.now),
                   span=span(found)).capitalized()  # fmt: skip
    be = "was" if s.stale else "is"
    first = say("{block} {be} the {what} at {v}", block=s.block(top.entity), be=be, what=what,
                v=s.level(top.now))  # fmt: skip
    return s.fitting((first + "; " + told).capitalized(), told.capitalized())


def _what(top: Course) -> str:
    """The hottest block; no block is called so below the line of warm."""
    if not top.entity.startswith("heat/"):
        return "strongest block"
    return "hottest block" if is_warm(top) else "highest block of heat"


def _clause(found: HeatMap, s: Speller) -> Text:
    moved, drifted = found.moved, found.drifted
    if moved:
        return say("{block} {verb} {x} points {span}", block=s.block(moved.entity),
                   verb=_verb(moved.change), x=moved.points(s), span=span(found))  # fmt: skip
    if drifted and drifted.weeks[0] and drifted.now:
        return say("{block} {verb} from {a} to {b} since {d}", block=s.block(drifted.entity),
                   verb=_verb(drifted.drift), a=s.level(drifted.weeks[0]), b=s.level(drifted.now),
                   d=s.day(found.days[0]))  # fmt: skip
    return say("no block moved by ten points {span}", span=span(found))


def span(found: HeatMap) -> str:
    """In the week; in five sessions."""
    return "in the week" if found.week else "in five sessions"


def change_head(found: HeatMap) -> str:
    """The head of the column of changes."""
    return "Week" if found.week else "5 days"


def title(axis: Axis, found: HeatMap, s: Speller) -> Text:
    """Structural momentum 79, trend highest at 88."""
    name, top, now = AXES[axis.side], axis.top, axis.score.now
    if top is None or top.now is None:
        return say("{name}", name=name)
    highest = say("{block} highest at {v}", block=s.block(top.entity), v=s.level(top.now))
    if now is None:
        if axis.low is None or axis.high is None:
            return say("{name} withheld, {highest}", name=name, highest=highest)
        return say("{name} on {c} of its weight, between {a} and {b}; {highest}", name=name,
                   c=s.covered(axis.low), a=s.level(axis.low), b=s.level(axis.high),
                   highest=highest)  # fmt: skip
    gained = s.week_change(now)
    moved = say(" ({x} {span})", x=gained, span=span(found)) if gained else Text()
    return say("{name} {v}{moved}, {highest}", name=name, v=s.level(now), moved=moved,
               highest=highest)  # fmt: skip


def _verb(change: int) -> str:
    return "rose" if change > 0 else "fell"
