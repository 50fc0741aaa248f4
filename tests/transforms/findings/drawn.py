"""Drawn markets for the specs of findings: metric rows and datasets whose rare moments are known.

Everything is known on the evening of its day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from flows.workspace import packaged_calendar
from transforms.findings.finding import Finding
from transforms.findings.report import findings

FRIDAY = date(2025, 12, 19)
CALENDAR = packaged_calendar()
DAYS = CALENDAR.filter(CALENDAR.is_between(date(2023, 1, 1), FRIDAY)).to_list()
WEEK, BASE = DAYS[-5:], DAYS[-6]
EVENING = time(10)  # 18:00 in Shanghai, in UTC
STAR, TURNOVER = ("close", "000688.SH"), ("turnover_cny", "SSE+SZSE")
BALANCE = ("margin_financing_balance_cny", "CN")
MEMBERS = 100  # what each metric counts

Series = Mapping[tuple[str, str], np.ndarray]
Frames = Mapping[str, pl.DataFrame]


def wobble(count: int = len(DAYS), size: float = 0.01) -> np.ndarray:
    """A level that no day moves by more than `size`, and most by less."""
    steps = np.random.default_rng(1).uniform(-0.9 * size, 0.9 * size, count)
    steps[: count // 3 : 20] = size
    return 1000 * np.cumprod(1 + steps - steps.mean())


def ebbing() -> np.ndarray:
    """A level that is a little lower each day."""
    return np.linspace(1100, 1000, len(DAYS))


def swinging(low: float, high: float, last: Sequence[float] = ()) -> np.ndarray:
    """Values that swing between two levels, and end with some."""
    return np.append(np.resize([low, high], len(DAYS) - len(last)), last)


def rising_to(low: float, high: float, last: Sequence[float] = ()) -> np.ndarray:
    """Values that go from one level to another, and end with some."""
    return np.append(np.linspace(low, high, len(DAYS) - len(last)), last)


def frame(series: Series, days: Sequence[date] = DAYS, late: int = 0) -> pl.DataFrame:
    """Metric rows that end on the last of the days; late: days until they are known."""
    day = pl.Series("observation_date", days, pl.Date)
    parts = [
        pl.DataFrame({"value": values.astype(float)}).select(
            day.tail(len(values)), "value", metric=pl.lit(metric), entity=pl.lit(entity)
        )
        for (metric, entity), values in series.items()
    ]
    known_at = pl.col("observation_date").cast(pl.Datetime("us")) + pl.duration(days=late, hours=10)
    return pl.concat(parts).with_columns(known_at=known_at, n=pl.lit(MEMBERS, pl.Int64))


def known(day: date, late: int = 0) -> datetime:
    """The evening of a day, or of one so many days later."""
    return datetime.combine(day + timedelta(days=late), EVENING)


def dated(rows: Sequence[Mapping[str, object]], day: str) -> pl.DataFrame:
    """Rows of a dataset, known on the evening of the day that they bear in a column."""
    return pl.DataFrame([{**row, "known_at": known(row[day])} for row in rows])  # type: ignore[arg-type]


def shares(steps: np.ndarray, days: Sequence[date] = DAYS) -> pl.DataFrame:
    """stock_daily of as many shares as there are columns of daily changes: 600001.SH and so on."""
    closes = 10 * np.cumprod(1 + steps, axis=0)
    used = days[-len(steps) :]
    return pl.concat(
        [
            pl.DataFrame({"trade_date": used, "close": closes[:, n]}).with_columns(
                code=pl.lit(code),
                previous_close=pl.col("close").shift(),
                known_at=pl.col("trade_date").cast(pl.Datetime("us")) + pl.duration(hours=10),
            )
            for n, code in enumerate(codes(closes.shape[1]))
        ]
    )


def codes(count: int) -> list[str]:
    return [f"{600001 + n}.SH" for n in range(count)]


def themes(members: Mapping[str, Sequence[str]], drawn_up: date = DAYS[0]) -> pl.DataFrame:
    """theme_membership of single shares, from the first day on."""
    rows = [
        {
            "theme": theme,
            "kind": "code",
            "member": code,
            "valid_from": DAYS[0],
            "valid_to": None,
            "list_version": drawn_up.isoformat(),
        }
        for theme, listed in members.items()
        for code in listed
    ]
    return pl.DataFrame(rows, schema_overrides={"valid_to": pl.Date})


def told(
    series: Series, frames: Frames | None = None, as_of: date = FRIDAY, **options: object
) -> list[Finding]:
    """All findings of the week, ranked."""
    rows = frame(series) if series else frame({STAR: np.array([1.0])}).clear()
    return told_of(rows, frames or {}, as_of, **options)


def told_of(
    rows: pl.DataFrame, frames: Frames, as_of: date = FRIDAY, **options: object
) -> list[Finding]:
    """The same of metric rows."""
    calendar = {"trade_calendar": pl.DataFrame({"trade_date": CALENDAR})}
    return findings(rows, {**calendar, **frames}, as_of, **options)  # type: ignore[arg-type]


def by_kind(
    series: Series, frames: Frames | None = None, as_of: date = FRIDAY, **options: object
) -> dict[str, Finding]:
    """The findings of the week by kind; of one kind the most surprising."""
    found = told(series, frames, as_of, **options)
    return {one.kind: one for one in reversed(found)}


def reading(metric: str, entity: str, values: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
    """One series."""
    return {(metric, entity): values}


def all_metrics(draw: np.random.Generator) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """Every metric that findings read, for an entity or several, as random as they come."""
    n = len(DAYS)

    def walk(size: float) -> np.ndarray:
        return np.exp(draw.normal(0, size, n).cumsum())

    for index in ("000688.SH", "399006.SZ", "000001.SH", "HSTECH.HK", "000300.SH", "NDX.US"):
        yield ("close", index), 1000 * walk(0.015)
        yield ("rsi_14", index), draw.uniform(10, 90, n)
        yield ("explosive_p_value", index), draw.uniform(0, 0.2, n)
        yield ("explosive_weeks", index), draw.integers(0, 9, n).astype(float)
        yield ("lppls_confidence_positive", index), draw.uniform(0, 0.2, n)
        yield ("pe_ttm", index), 20 * walk(0.01)
    yield TURNOVER, 1e12 * np.exp(draw.normal(0, 0.2, n))
    yield ("turnover_to_tradable_cap", "SSE+SZSE"), draw.uniform(0.005, 0.05, n)
    yield BALANCE, 1e12 * walk(0.005)
    for group in ("tech", "all"):
        for metric in ("breadth_up_share", "risen_in_5d_share", "share_above_ma50"):
            yield (metric, group), draw.uniform(0, 1, n)
    for metric, entity in (
        ("margin_intensity_5d", "CN"),
        ("limit_up_share", "all"),
        ("limit_sealed_rate", "all"),
        ("turnover_share", "TMT"),
        ("equity_risk_premium", "000300.SH"),
        ("crowding", "TMT"),
    ):
        yield (metric, entity), draw.uniform(0.01, 0.9, n)
    for metric, entity in (
        ("runup_30d_ge_90pct_count", "all"),
        ("abnormal_notices_5d", "all"),
        ("ipo_pipeline_count", "running"),
        ("ipo_pipeline_count", "registered"),
    ):
        yield (metric, entity), draw.integers(0, 200, n).astype(float)
    yield ("policy_intensity", "算力"), draw.normal(1.5, 1, n)
    yield ("policy_frequency_30d", "算力"), draw.uniform(0, 3, n)
    yield ("eps_revision_breadth_90d", "all"), draw.uniform(-1, 1, n)
    yield ("etf_inflow_20d_cny", "technology"), draw.normal(0, 1e10, n)
    for company in ("CN7", "M7"):
        yield ("earnings_growth", company), draw.normal(0, 0.3, n)
    for axis in ("structural_momentum", "overheating"):
        yield (axis, "CN"), draw.uniform(30, 90, n)
        yield ("composite_coverage", axis), draw.uniform(0.4, 1, n)
        for side in ("low", "high"):
            yield (f"{axis}_{side}", "CN"), draw.uniform(0, 100, n)
    for block in ("momentum/trend", "momentum/breadth", "heat/technical", "heat/leverage"):
        yield ("block_score", block), draw.uniform(0, 100, n)


def listings(draw: np.random.Generator) -> dict[str, pl.DataFrame]:
    """A listing a day in Hong Kong, some without a first day's return, and one in Shenzhen."""
    listed = [{"listing_date": day, "n": n} for n, day in enumerate(DAYS[-120:])]
    hong_kong = [
        {
            "code": f"{row['n']:05d}.HK",
            "name": f"甲{row['n']}",
            "listing_date": row["listing_date"],
            "offer_price_hkd": 10.0,
            "funds_raised_hkd": float(draw.uniform(1e8, 1e10)),
            "first_day_close_hkd": 10.0,
            "first_day_return": float(draw.normal(0, 0.3)) if draw.random() < 0.8 else None,
            "industry": "芯片",
        }
        for row in listed
    ]
    mainland = [
        {
            "code": f"{301000 + row['n']}.SZ",
            "name": f"乙{row['n']}",
            "board": "ChiNext",
            "listing_date": row["listing_date"],
            "proceeds_cny": 1e9,
            "first_day_return": float(draw.normal(1, 0.3)),
        }
        for row in listed
    ]
    return {
        "ipo_hk": dated(hong_kong, "listing_date"),
        "ipo_a": dated(mainland, "listing_date"),
    }


def all_frames(draw: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Every dataset that findings read, as random as they come."""
    notices = [
        {"code": code, "announcement_date": day, "kind": kind}
        for day in DAYS[-10:]
        for code, kind in zip(
            codes(2), ("abnormal_fluctuation", "severe_abnormal_fluctuation"), strict=True
        )
    ]
    connect = [
        {"direction": "southbound", "trade_date": day, "net_buy_hkd": float(draw.normal(0, 1e9))}
        for day in DAYS
    ]
    lists = [
        {"scope": "CN-AI", "list_name": "one", "year": year, "count": 10 * n, "observation_date": d}
        for n, (year, d) in enumerate([(2024, DAYS[-200]), (2025, DAYS[-3])], start=1)
    ]
    members = codes(40)
    return {
        **listings(draw),
        "announcement": dated(notices, "announcement_date"),
        "stock_connect": dated(connect, "trade_date"),
        "unicorn_count": dated(lists, "observation_date"),
        "policy_term": pl.DataFrame({"term": ["算力", "芯片"]}),
        "theme_membership": themes({"tech": members[:20], "commercial_aerospace": members[:8]}),
        "stock_daily": shares(draw.normal(0, 0.02, (300, 40))),
    }
