"""An issue in which every block of every section has something to tell.

The drawn markets have no earnings, no mainland listings, no notices and no flows. Here a market's
issue is given drawn series of them, and a finding of every kind.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from templates.sections.leverage.facts import SPREADS
from templates.sections.listings.facts import REVIEWS, RUNNING, STAGES
from templates.sections.scenarios.facts import CLASSES, RUN_UPS
from tests.drawn.findings import AS_OF, FRIDAY_BEFORE, WEEK, by_strength
from tests.templates.sections.drawn import SERIES, fact
from tests.templates.sections.test_restatements import CAME, CHANGED
from transforms.ahead.entry import Certainty, Entry, Kind
from transforms.engine.metric import metrics
from transforms.facts import Fact, FactBook
from transforms.findings.kinds import KINDS
from transforms.issue.issue import Compared, Issue
from transforms.issue.restatements import RESTATEMENTS
from transforms.metrics.margin_industry import SHENWAN_CODE
from transforms.outlook.event_study import STUDY
from transforms.prepared.indices import SHANGHAI_COMPOSITE

Row = tuple[str, str, Sequence[date], list[float], str]  # metric, entity, days, values, unit

SESSIONS = [day for back in range(539, -1, -1)
            if (day := AS_OF - timedelta(days=back)).weekday() < 5]  # fmt: skip
QUARTERS = [date(year, month, day) for year in (2023, 2024, 2025)
            for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))][:-1]  # fmt: skip
MONTHS = [date(2025, month, 28) for month in range(1, 13)]

# metric, entity, where its values lie, and how far they swing
DAILY = (
    ("margin_intensity_5d", "CN", 0.11, 0.03),
    ("limit_up_share", "all", 0.02, 0.015),
    ("turnover_share", "TMT", 0.38, 0.06),
    ("congestion", "CN", 0.41, 0.05),
    ("southbound_net_20d_hkd", "southbound", 4e10, 7e10),
    ("etf_inflow_20d_cny", "technology", -2e10, 5e10),
    ("margin_maintenance_ratio", "CN", 2.7, 0.2),
    ("margin_to_tradable_cap", "CN", 0.025, 0.003),
    ("margin_intensity_in_rule", "CN", 1.1, 0.2),
    ("limit_sealed_rate", "all", 0.7, 0.1),
    ("equity_risk_premium", "000300.SH", 0.052, 0.01),
    ("eps_revision_breadth_90d", "all", -0.1, 0.25),
    ("abnormal_notices_5d", "all", 24.0, 20.0),
    ("severe_notices_5d", "all", 3.0, 2.5),
    ("risk_notices_5d", "all", 9.0, 8.0),
    ("abnormal_notices_tech_share", "tech", 0.4, 0.2),
    *((name, "CN", 12.0, 2.0) for name in SPREADS),
)
QUARTERLY = (
    ("earnings_growth_ttm", "CN7", 0.1, 0.2),
    ("earnings_growth_ttm", "M7", 0.25, 0.1),
    ("earnings_growth", "CN7", 0.08, 0.3),
    ("earnings_growth", "M7", 0.2, 0.15),
    ("earnings_growth_gap", "CN7-M7", -0.12, 0.1),
    ("earnings_growth_a_shares", "tech", 0.15, 0.1),
    ("earnings_growth_a_shares", "all", 0.02, 0.05),
    ("guidance_rising_share", "tech", 0.6, 0.2),
    ("flash_rising_share", "tech", 0.55, 0.2),
)
MONTHLY = (
    ("eps_growth_expected_median", "tech", 0.3, 0.1),
    ("earnings_growth_expected", "CN7", 0.12, 0.05),
    *((name, "A", 0.8, 0.1) for name in REVIEWS),
    ("unicorn_net_adds", "CN-AI", 5.0, 3.0),
    ("unicorn_net_adds", "US-AI", 9.0, 4.0),
    ("ipo_first_day_return_median_12m", "A", 1.6, 0.4),
    ("ipo_hk_proceeds_ytd_hkd", "HK", 2e10, 1e10),
    ("ipo_oversubscription_90d", "HK", 320.0, 200.0),
)


def wave(place: int, step: int, middle: float, swing: float) -> float:
    """A value that is another one for each series and each step."""
    return middle + swing * math.sin(step / (5 + place % 7) + place) * (0.6 + 0.4 * math.cos(step))


def series(turn: int) -> Iterator[Row]:
    """All that is added; turn: which of the waves."""
    place = turn
    for rows, days in ((DAILY, SESSIONS), (QUARTERLY, QUARTERS), (MONTHLY, MONTHS)):
        for metric, entity, middle, swing in rows:
            place += 1
            drawn = [wave(place, step, middle, swing) for step in range(len(days))]
            unit = metrics()[metric].unit
            yield metric, entity, days, [round(v) if unit == "count" else v for v in drawn], unit
    for at, (name, code) in enumerate(SHENWAN_CODE.items()):
        last = SESSIONS[-2:]
        share, weight = 0.2 / (2 + (at * 7 + turn) % 13), 0.4 + ((at * 5 + turn) % 11) / 5
        yield "margin_industry_share", name, last, [share] * 2, "fraction"
        yield "margin_overleverage", code, last, [weight] * 2, "ratio"
    for at, stage in enumerate((RUNNING, *STAGES)):
        last = SESSIONS[-6::5]
        yield "ipo_pipeline_count", stage, last, [300.0 - 40 * at, 312.0 - 41 * at], "count"
        yield "ipo_pipeline_change_7d", stage, last, [3.0, float(2 - at)], "count"
    for at in range(9):
        day, code = [AS_OF - timedelta(days=3 + at * at * 4)], f"30{at:04d}.SZ"
        yield "ipo_a_raised_cny", code, day, [(1 + (at * 5 + turn) % 9) * 6e8], "CNY"
        if at % 4 != 2:
            yield "ipo_a_first_day_return", code, day, [0.9 * ((at + turn) % 4) - 0.3], "fraction"
    for at, code in enumerate(("300476.SZ", "688041.SH", "600118.SH")):
        yield "notice_repeats_20d", code, [AS_OF - timedelta(days=2 * at)], [2.0 + at], "count"
    yield from _studies(turn)


def _studies(turn: int) -> Iterator[Row]:
    of = {"completed": 48.0, "placebo_completed": 212.0, "pending": 9.0}
    yield from ((f"{STUDY}_{name}", "CN", [AS_OF], [value], "count") for name, value in of.items())
    medians = ("after_median", "held_median", "drawdown_median", "fell_20_share")
    for at, name in enumerate(medians):
        for before in ("", "placebo_"):
            value = 0.04 * (at + 1) * (-1) ** (at + turn) - 0.01 * bool(before)
            yield f"{STUDY}_{before}{name}", "CN", [AS_OF], [value], "fraction"
    for name, value in (("", -0.03), ("_low", -0.09), ("_high", 0.02 - 0.03 * turn)):
        yield f"{STUDY}_difference{name}", "CN", [AS_OF], [value], "fraction"
    yield f"{STUDY}_overlap_share", "CN", [AS_OF], [0.31], "fraction"
    for at, name in enumerate(CLASSES):
        entity = f"{SHANGHAI_COMPOSITE} {name}"
        for one, value in (("completed", 2.0 + 3 * at), ("fell", 1.0 + at)):
            yield f"{RUN_UPS}_{one}", entity, [AS_OF], [value], "count"
        for one, value in (("fell_share", 0.4), ("median_250_sessions_ahead", -0.1 + 0.1 * turn)):
            yield f"{RUN_UPS}_{one}", entity, [AS_OF], [value], "fraction"


def _facts(place: int, row: Row) -> Iterator[Fact]:
    """The last two of a series, with what a long history says of them."""
    metric, entity, days, values, unit = row
    for back in (2, 1)[-len(days) :]:
        value = values[-back]
        rank = 100 * (sum(v < value for v in values) + 0.5) / len(values)
        yield fact(
            metric, entity, days[-back], value, unit, n=5 + place % 9 * 31, n_obs=260 + len(values),
            first_observation=days[0], percentile=rank if len(days) > 2 else None,
            change_1w=value - values[-back - 5] if len(days) > 7 else None,
        )  # fmt: skip


AHEAD = (
    Entry(date(2026, 1, 19), Kind.POLICY, "margin", "Minimum margin ratio rises to 100%",
          "融资保证金最低比例升至100%", "SSE, 2026-01-14", Certainty.ANNOUNCED),
    Entry(date(2026, 1, 20), Kind.RATE, "LPR", "Loan prime rate", "贷款市场报价利率", "rule",
          beijing_time="09:00"),
    Entry(date(2026, 1, 28), Kind.MEETING, "FOMC", "Federal Reserve decides", "美联储议息",
          "calendar", Certainty.ANNOUNCED, beijing_time="03:00+1"),
    Entry(date(2026, 1, 27), Kind.STATISTICS, "profits", "Industrial profits", "工业企业利润",
          "rule", until=date(2026, 1, 29)),
    Entry(date(2026, 1, 26), Kind.CALENDAR, "later", "Dates of the year", "全年日程", "none",
          Certainty.UNKNOWN),
)  # fmt: skip
STRENGTHS = ("ordinary", "notable", "rare", "record")


def whole(base: Issue, turn: int) -> Issue:
    """The issue of the drawn week with everything; turn: 0 or 1, other values and strengths."""
    added, rows = [], []
    for place, row in enumerate(series(turn)):
        added += _facts(place, row)
        metric, entity, days, values, _ = row
        rows += [(metric, entity, d, v) for d, v in zip(days, values, strict=True)]
    found = [by_strength(kind)[STRENGTHS[(at + turn) % 4]] for at, kind in enumerate(KINDS)]
    drawn = pl.DataFrame(rows, schema=SERIES, orient="row")
    return replace(
        base, issue_id="2026-W03", as_of=AS_OF, requested=AS_OF, span=WEEK.span, ahead=AHEAD,
        facts=FactBook([*base.facts, *added]), series=pl.concat([base.series, drawn], how="diagonal"),
        findings=tuple(sorted(found, key=lambda one: -one.surprise)), simulated=bool(turn),
        restatements=pl.DataFrame([*CHANGED, CAME], RESTATEMENTS),
        compared=Compared(FRIDAY_BEFORE, 214),
    )  # fmt: skip
