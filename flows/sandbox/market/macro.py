"""The simulated economy: money, credit, prices, output, interest and exchange rates.

It does not depend on a market's first or last day, so that markets of different length agree. Each
figure comes out when its office publishes it; the view decides what is public.
"""

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from flows.sandbox.market.paths import Floats, Point, log_path
from flows.sandbox.market.trading_days import Days, trading_days

FIRST, LAST = date(2014, 1, 1), date(2026, 12, 1)
SINCE = np.datetime64("2014-12-31")
NEW_LPR = date(2019, 8, 20)  # before it one rate was quoted every day, not two a month


def _path(noise: float, levels: dict[str, float]) -> tuple[Point, ...]:
    return tuple(Point(date.fromisoformat(d), level, noise) for d, level in levels.items())


# Level in CNY (money), index points (PMI) or per cent.
MONEY = {
    "m2_cny": _path(0.001, {"2014-01-01": 112e12, "2020-01-01": 199e12, "2024-01-01": 293e12,
                            "2025-01-01": 318.5e12, "2025-12-01": 340e12, "2026-12-01": 366e12}),
    "m1_cny": _path(0.003, {"2014-01-01": 82e12, "2020-01-01": 93e12, "2024-01-01": 104e12,
                            "2025-01-01": 112.4e12, "2025-12-01": 115.5e12, "2026-12-01": 121e12}),
    "m0_cny": _path(0.01, {"2014-01-01": 6.2e12, "2020-01-01": 8.1e12, "2024-01-01": 11.6e12,
                           "2025-01-01": 13.2e12, "2025-12-01": 14.1e12, "2026-12-01": 15.2e12}),
}  # fmt: skip
SURVEYS = {
    "manufacturing_pmi": _path(0.004, {"2014-01-01": 50.4, "2022-04-01": 48.5, "2023-03-01": 51.2,
                                       "2025-05-01": 49.4, "2025-12-01": 50.1, "2026-12-01": 50.3}),
    "non_manufacturing_pmi": _path(0.005, {"2014-01-01": 53.7, "2022-04-01": 47.0,
                                           "2023-03-01": 56.0, "2025-12-01": 50.2,
                                           "2026-12-01": 50.8}),
    "price_level": _path(0.002, {"2014-01-01": 100.0, "2020-01-01": 114.0, "2024-01-01": 119.0,
                                 "2025-12-01": 120.5, "2026-12-01": 121.8}),
}  # fmt: skip
GROSS_PRODUCT = {2013: 59.3e12, 2014: 64.4e12, 2015: 68.9e12, 2016: 74.6e12, 2017: 83.2e12,
                 2018: 91.9e12, 2019: 98.7e12, 2020: 101.6e12, 2021: 114.9e12, 2022: 120.5e12,
                 2023: 126.1e12, 2024: 134.9e12, 2025: 140.2e12, 2026: 146.5e12}  # fmt: skip
BY_QUARTER = (0.225, 0.475, 0.73, 1.0)
YIELDS = {
    ("CN", 2): _path(0.006, {"2014-12-31": 3.4, "2020-04-30": 1.3, "2021-01-04": 2.7,
                             "2024-12-31": 1.1, "2025-09-30": 1.5, "2026-12-31": 1.4}),
    ("CN", 5): _path(0.006, {"2014-12-31": 3.5, "2020-04-30": 1.8, "2021-01-04": 2.9,
                             "2024-12-31": 1.4, "2025-09-30": 1.62, "2026-12-31": 1.6}),
    ("CN", 10): _path(0.005, {"2014-12-31": 3.65, "2020-04-30": 2.5, "2021-01-04": 3.15,
                              "2024-12-31": 1.68, "2025-09-30": 1.86, "2026-12-31": 1.85}),
    ("CN", 30): _path(0.005, {"2014-12-31": 4.2, "2020-04-30": 3.3, "2021-01-04": 3.7,
                              "2024-12-31": 1.91, "2025-09-30": 2.25, "2026-12-31": 2.3}),
    ("US", 2): _path(0.012, {"2014-12-31": 0.67, "2018-11-08": 2.97, "2020-12-31": 0.13,
                             "2023-10-18": 5.19, "2025-12-31": 3.5, "2026-12-31": 3.4}),
    ("US", 5): _path(0.012, {"2014-12-31": 1.65, "2018-11-08": 3.09, "2020-12-31": 0.36,
                             "2023-10-18": 4.92, "2025-12-31": 3.7, "2026-12-31": 3.6}),
    ("US", 10): _path(0.01, {"2014-12-31": 2.17, "2018-11-08": 3.24, "2020-12-31": 0.93,
                             "2023-10-18": 4.91, "2025-12-31": 4.17, "2026-12-31": 4.1}),
    ("US", 30): _path(0.008, {"2014-12-31": 2.75, "2018-11-08": 3.43, "2020-12-31": 1.65,
                              "2023-10-18": 4.99, "2025-12-31": 4.84, "2026-12-31": 4.8}),
}  # fmt: skip
PARITIES = {
    "USD": _path(0.0012, {"2014-12-31": 6.12, "2018-02-07": 6.28, "2020-05-29": 7.13,
                          "2022-03-01": 6.31, "2023-09-08": 7.21, "2025-12-31": 7.03,
                          "2026-12-31": 6.92}),
    "HKD": _path(0.0012, {"2014-12-31": 0.789, "2018-02-07": 0.803, "2020-05-29": 0.919,
                          "2022-03-01": 0.808, "2023-09-08": 0.919, "2025-12-31": 0.903,
                          "2026-12-31": 0.889}),
}  # fmt: skip


def months() -> Days:
    """First days of the months."""
    return np.arange(np.datetime64(FIRST, "M"), np.datetime64(LAST, "M") + 1).astype(
        "datetime64[D]"
    )


def _levels(paths: dict[str, tuple[Point, ...]], seed: int, stream: int) -> dict[str, Floats]:
    rng = np.random.default_rng([seed, stream])
    return {name: np.exp(log_path(months(), points, rng)) for name, points in paths.items()}


@lru_cache(maxsize=2)
def money_supply(seed: int) -> pl.DataFrame:
    """month, m2_cny, m1_cny, m0_cny, and of each its growth on the year (null in the first)."""
    levels = {c: np.round(v / 1e8) * 1e8 for c, v in _levels(MONEY, seed, 31).items()}
    frame = pl.DataFrame({"month": pl.Series(months()).cast(pl.Date), **levels})
    growth = {
        c.replace("_cny", "_yoy"): (pl.col(c) / pl.col(c).shift(12) - 1).round(3) for c in levels
    }
    return frame.with_columns(**growth)


@lru_cache(maxsize=2)
def social_financing(seed: int) -> pl.DataFrame:
    """Flows of a month in CNY: month, total_cny, the parts that the ministry lists, and
    new_loans_cny, all banks' new loans in yuan.
    """
    rng = np.random.default_rng([seed, 32])
    starts = months()
    n = len(starts)
    season = np.where(starts.astype("datetime64[M]").astype(int) % 12 == 0, 2.2, 0.85)
    loans = 1.4e12 * season * rng.uniform(0.7, 1.3, n)
    parts = {
        "rmb_loans_cny": loans,
        "foreign_currency_loans_cny": rng.normal(-2e10, 3e10, n),
        "entrusted_loans_cny": rng.normal(0, 4e10, n),
        "trust_loans_cny": rng.normal(1e10, 4e10, n),
        "undiscounted_bills_cny": rng.normal(0, 2e11, n),
        "corporate_bonds_cny": rng.normal(2e11, 1e11, n),
        "equity_cny": rng.uniform(2e10, 9e10, n),
    }
    parts = {c: np.round(v / 1e8) * 1e8 for c, v in parts.items()}
    government = np.round(rng.uniform(4e11, 1.4e12, n) / 1e8) * 1e8
    total = {"total_cny": sum(parts.values()) + government}
    new = {"new_loans_cny": np.round(loans * rng.uniform(0.95, 1.1, n) / 1e8) * 1e8}
    return pl.DataFrame({"month": pl.Series(starts).cast(pl.Date), **total, **parts, **new})


@lru_cache(maxsize=2)
def surveys(seed: int) -> pl.DataFrame:
    """month, manufacturing_pmi, non_manufacturing_pmi (points), cpi_yoy, cpi_mom (fractions)."""
    levels = _levels(SURVEYS, seed, 33)
    level = pl.Series(levels.pop("price_level"))
    frame = pl.DataFrame({"month": pl.Series(months()).cast(pl.Date), **levels})
    return frame.with_columns(
        pl.col("manufacturing_pmi", "non_manufacturing_pmi").round(1),
        cpi_yoy=(level / level.shift(12) - 1).round(3),
        cpi_mom=(level / level.shift(1) - 1).round(3),
    ).filter(pl.col("cpi_yoy").is_not_null())


@lru_cache(maxsize=1)
def gross_product() -> pl.DataFrame:
    """Of the year so far: quarter (its first day), gdp_cny, three sectors that add up to it, and
    gdp_yoy.
    """
    rows = []
    for year, output in GROSS_PRODUCT.items():
        growth = round(output / GROSS_PRODUCT.get(year - 1, output / 1.08) - 1, 3)
        for place, share in enumerate(BY_QUARTER):
            total = round(output * share / 1e7) * 1e7
            primary, secondary = (round(total * part / 1e7) * 1e7 for part in (0.068, 0.365))
            rows.append({
                "quarter": date(year, 3 * place + 1, 1), "gdp_cny": total, "gdp_yoy": growth,
                "primary_cny": primary, "secondary_cny": secondary,
                "tertiary_cny": total - primary - secondary,
            })  # fmt: skip
    return pl.DataFrame(rows)


@lru_cache(maxsize=2)
def yields(seed: int) -> pl.DataFrame:
    """country, yield_date, yield_2y … yield_30y (fractions), on the mainland's trading days."""
    rng = np.random.default_rng([seed, 34])
    days = trading_days()[trading_days() >= SINCE]
    levels = {key: np.round(np.exp(log_path(days, p, rng)), 4) for key, p in YIELDS.items()}
    frames = [
        pl.DataFrame(
            {
                "country": country,
                "yield_date": pl.Series(days).cast(pl.Date),
                **{f"yield_{t}y": levels[country, t] / 100 for c, t in YIELDS if c == country},
            }
        )
        for country in ("CN", "US")
    ]
    return pl.concat(frames)


@lru_cache(maxsize=2)
def parities(seed: int) -> pl.DataFrame:
    """currency, rate_date, cny_per_unit: the central parity at which each day begins."""
    rng = np.random.default_rng([seed, 35])
    days = trading_days()[trading_days() >= SINCE]
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "currency": currency,
                    "rate_date": pl.Series(days).cast(pl.Date),
                    "cny_per_unit": np.round(100 * np.exp(log_path(days, points, rng)), 2) / 100,
                }
            )
            for currency, points in PARITIES.items()
        ]
    )


@lru_cache(maxsize=1)
def prime_rates() -> pl.DataFrame:
    """quoted_on, lpr_1y, lpr_5y (fractions; null before there was one): on the 20th of the month
    or the trading day after, earlier on every trading day.
    """
    days = trading_days()
    old = [d for d in days.tolist() if date(2013, 10, 25) <= d < NEW_LPR]
    twentieths = [date(y, m, 20) for y in range(2019, 2027) for m in range(1, 13)]
    new = [
        days[np.searchsorted(days, np.datetime64(d))].item()
        for d in twentieths[7:]
        if np.datetime64(d) <= days[-1]
    ]
    table = pl.DataFrame({"quoted_on": sorted({*old, *new})})
    steps = {"2013-10-25": 5.71, "2014-11-24": 5.51, "2015-10-26": 4.30, "2018-04-27": 4.31,
             "2019-08-20": 4.25, "2020-04-20": 3.85, "2022-01-20": 3.70, "2022-08-22": 3.65,
             "2023-08-21": 3.45, "2024-10-21": 3.10, "2025-05-20": 3.00}  # fmt: skip
    cuts = pl.DataFrame(
        {"quoted_on": [date.fromisoformat(d) for d in steps], "rate": list(steps.values())}
    )
    long = pl.when(pl.col("quoted_on") >= NEW_LPR).then(pl.col("rate") / 100 + 0.005)
    return table.join_asof(cuts, on="quoted_on").select(
        "quoted_on", lpr_1y=(pl.col("rate") / 100).round(4), lpr_5y=long.round(4)
    )


def published(
    rows: pl.DataFrame, column: str, today: date, *, day: int, months_later: int
) -> pl.DataFrame:
    """The rows of periods (first days in `column`) that are out by `today`: on that day of the
    month, so many months after the period's first.
    """
    return rows.filter(
        pl.col(column).dt.offset_by(f"{months_later}mo") + timedelta(days=day - 1) <= today
    )
