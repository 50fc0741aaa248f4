"""Results of the large technology companies of Hong Kong and New York in the simulated market.

Invented; only names, currencies, fiscal years and the order of magnitude are theirs. Quarters are
simple; Hong Kong's are accumulated where they are published.
"""

from calendar import SATURDAY
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

FIRST_YEAR, LAST_YEAR = 2022, 2026


class Company(NamedTuple):
    """Revenue and profit of a year at the beginning in billions, growth a year, fiscal year."""

    code: str
    currency: str
    revenue: float
    profit: float
    growth: float
    year_end: int  # month with which the fiscal year ends
    saturdays: bool = False  # quarters end on last Saturdays
    shares: float = 9.0  # billions


HONG_KONG = (
    Company("00700.HK", "人民币", 555.0, 188.0, 0.12, 12),
    Company("09988.HK", "人民币", 853.0, 80.0, 0.06, 3),
    Company("01810.HK", "人民币", 280.0, 17.0, 0.25, 12),
    Company("01211.HK", "人民币", 424.0, 17.0, 0.20, 12),
    Company("00981.HK", "美元", 7.3, 0.9, 0.10, 12),
    Company("09618.HK", "人民币", 1046.0, 20.0, 0.07, 12),
    Company("09999.HK", "人民币", 96.0, 20.0, 0.08, 12),
)
NEW_YORK = (
    Company("AAPL", "美元", 394.0, 99.0, 0.04, 9, saturdays=True),
    Company("MSFT", "美元", 198.0, 72.0, 0.14, 6),
    Company("NVDA", "美元", 27.0, 9.7, 0.60, 1, saturdays=True),
    Company("GOOGL", "美元", 282.0, 76.0, 0.13, 12),
    Company("AMZN", "美元", 514.0, 33.0, 0.12, 12),
    Company("META", "美元", 117.0, 39.0, 0.16, 12),
    Company("TSLA", "美元", 81.0, 12.0, 0.05, 12),
)


def quarters(listed: tuple[Company, ...], seed: int, lag: tuple[int, int]) -> pl.DataFrame:
    """Single quarters. Columns: code, currency, period_end, month_end, fiscal_quarter (1–4),
    fiscal_year, notice_date, revenue, profit, eps; `lag` is in days after the end.
    """
    rng = np.random.default_rng([seed, 45, lag[0]])
    rows = [row for company in listed for row in _quarters_of(company, rng, lag)]
    return pl.DataFrame(rows)


def _quarters_of(
    company: Company, rng: np.random.Generator, lag: tuple[int, int]
) -> list[dict[str, object]]:
    rows = []
    for number in range(4 * (LAST_YEAR - FIRST_YEAR + 1)):
        year, month = FIRST_YEAR + number // 4, 3 * (number % 4) + 1 + (company.year_end - 1) % 3
        month_end = _month_end(year, month)
        level = (1 + company.growth) ** (number / 4) / 4
        revenue = round(company.revenue * level * float(np.exp(rng.normal(0, 0.04))) * 1e9, -6)
        profit = round(company.profit * level * float(np.exp(rng.normal(0, 0.12))) * 1e9, -6)
        end = _last_saturday(month_end) if company.saturdays else month_end
        quarter = (month - company.year_end - 1) % 12 // 3 + 1
        rows.append(
            {
                "code": company.code,
                "currency": company.currency,
                "period_end": end,
                "month_end": month_end,
                "fiscal_quarter": quarter,
                "fiscal_year": year + (month > company.year_end),
                "notice_date": end + timedelta(days=int(rng.integers(lag[0], lag[1] + 1))),
                "revenue": revenue,
                "profit": profit,
                "eps": round(profit / company.shares / 1e9, 2),
            }
        )
    return rows


def _month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def _last_saturday(day: date) -> date:
    return day - timedelta(days=(day.weekday() - SATURDAY) % 7)


def accumulated(single: pl.DataFrame) -> pl.DataFrame:
    """The quarters accumulated over each fiscal year, with growth over the year before.

    Adds months, revenue_yoy, profit_yoy (fractions).
    """
    within = ("code", "fiscal_year")
    sums = single.sort("code", "period_end").with_columns(
        *(pl.col(c).cum_sum().over(within) for c in ("revenue", "profit", "eps")),
        months=3 * pl.col("fiscal_quarter"),
        began=pl.col("fiscal_quarter").min().over(within),
    )
    whole = sums.filter(pl.col("began") == 1).drop("began")
    before = pl.col("revenue", "profit").shift(4).over("code").name.suffix("_before")
    return whole.with_columns(before).with_columns(
        revenue_yoy=(pl.col("revenue") / pl.col("revenue_before") - 1).round(6),
        profit_yoy=(pl.col("profit") / pl.col("profit_before") - 1).round(6),
    )


def expected(cumulative: pl.DataFrame, day: date) -> pl.DataFrame:
    """What analysts expect of Hong Kong's companies on a day: three fiscal years each.

    Columns: code, currency, fiscal_year, profit, high, low, eps.
    """
    year = cumulative.filter(pl.col("months") == 12, pl.col("notice_date") <= day)
    latest = year.sort("period_end").group_by("code", maintain_order=True).last()
    hope = 0.1 + 0.0002 * (day - date(2025, 1, 1)).days  # growth that they expect a year
    return pl.concat(_ahead(latest, years, 1 + years * hope) for years in (1, 2, 3)).sort(
        "code", "fiscal_year"
    )


def _ahead(latest: pl.DataFrame, years: int, growth: float) -> pl.DataFrame:
    """The last year's profit grown, in whole millions, and a fifth more and less."""
    profit = (pl.col("profit") * growth / 1e6).round() * 1e6
    return latest.select(
        "code",
        "currency",
        fiscal_year=pl.col("fiscal_year") + years,
        profit=profit,
        high=profit * 1.2,
        low=profit * 0.8,
        eps=(pl.col("eps") * growth).round(2),
    )
