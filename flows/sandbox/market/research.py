"""Reports of brokers about single shares of the simulated market: one a month per share."""

from datetime import date, timedelta

import numpy as np
import polars as pl

HOUSES = ("模拟证券", "样本证券", "示例证券")
RATINGS = ("买入", "增持", "中性")
FIRST_YEAR, LAST_YEAR = 2024, 2026


def research(reported: pl.DataFrame, code: str, seed: int) -> pl.DataFrame:
    """The reports about a share, oldest first; earnings of the report's year and the two after.

    Columns: code, name, report_date, broker, rating, fiscal_year, eps_cny, eps_next_year_cny,
    eps_second_year_cny.
    """
    annual = reported.filter(pl.col("period_end").dt.month() == 12, code=code).sort("period_end")
    rng = np.random.default_rng([seed, 46, int(code[:6])])
    months = [(y, m) for y in range(FIRST_YEAR, LAST_YEAR + 1) for m in range(1, 13)]
    rows = []
    for (year, month), draw in zip(months, rng.random((len(months), 3)), strict=True):
        day = _weekday(date(year, month, 1 + int(draw[0] * 27)))
        known = annual.filter(pl.col("notice_date") <= day).tail(1)
        if known.is_empty():
            continue
        base, growth = known["eps_cny"].item(), 0.05 + 0.3 * draw[1]
        ahead = [year + n - known["period_end"].item().year for n in range(3)]
        eps = [round(base + abs(base) * growth * n, 2) for n in ahead]
        rows.append(
            {
                "code": code,
                "name": known["name"].item(),
                "report_date": day,
                "broker": HOUSES[int(draw[2] * len(HOUSES))],
                "rating": RATINGS[int(draw[1] * len(RATINGS))],
                "fiscal_year": year,
                "eps_cny": eps[0],
                "eps_next_year_cny": eps[1],
                "eps_second_year_cny": eps[2],
            }
        )
    return pl.DataFrame(rows)


def _weekday(day: date) -> date:
    return day + timedelta(days=max(7 - day.isoweekday() + 1, 0) if day.isoweekday() > 5 else 0)
