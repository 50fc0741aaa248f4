"""Stocks of all boards with prices in whole cents, and what is published about them.

One leaves technology half-way; one is listed late, one vanishes, one is held at its limit.
"""

from __future__ import annotations

import random
from datetime import date

import polars as pl

from tests.markets.drawing import known

MONEY = {"stock_daily": ["close", "previous_close", "amount_cny"]}
STOCKS = [f"60000{n}.SH" for n in range(1, 7)]
OTHERS = ["000001.SZ", "300001.SZ", "688001.SH", "430001.BJ"]
LATE, GONE, LIMITED, FACTORED = "300001.SZ", "688001.SH", "600005.SH", "600006.SH"


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    return {
        "stock_daily": known(bars(chance, days), "trade_date"),
        "adjustment_factor": known(factors(chance, days), "ex_date", 1),
        "special_treatment": known(special(days), "trade_date"),
        "limit_pool": known(pools(chance, days), "trade_date"),
        "announcement": known(announcements(chance, days), "announcement_date", 15),
    }


def bars(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Prices in cents; one stock's bars, of a back-fill, lack the exchange's previous close."""
    rows = []
    for code in [*STOCKS, *OTHERS]:
        close = 1000
        for n, day in enumerate(days):
            if (code == LATE and n < 90) or (code == GONE and n > 700) or chance.random() < 0.03:
                continue
            before = max(100, round(close * 0.97)) if chance.random() < 0.01 else close
            close = moved(chance, before, code)
            stated = None if code == FACTORED else before / 100
            rate = None if chance.random() < 0.005 else chance.uniform(0.005, 0.05)
            volume = chance.uniform(1e6, 1e7)
            rows.append((code, day, close / 100, stated, volume, volume * close / 100, rate))
    names = ["code", "trade_date", "close", "previous_close", "volume_shares", "amount_cny"]
    schema = dict.fromkeys([*names, "turnover_rate"], pl.Float64)
    return pl.DataFrame(
        rows, schema=schema | {"code": pl.String, "trade_date": pl.Date}, orient="row"
    )


def moved(chance: random.Random, before: int, code: str) -> int:
    """A close in cents: at rest, anywhere within the limit, or at it."""
    limit = {"3": 0.2, "6": 0.1, "0": 0.1, "4": 0.3}[code[0]] * (2 if code[:2] == "68" else 1)
    up, down = (int(before * (1 + sign * limit) + 0.5) for sign in (1, -1))
    kind = chance.random()
    if kind < 0.15 or (code == LIMITED and kind < 0.4):
        return up
    if kind > (0.75 if before > 2000 else 0.9):
        return max(down, 100)
    return max(100, round(before * (1 + chance.choice([0.0, chance.gauss(0.001, 0.02)]))))


def factors(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Of the stock without stated previous closes: 1 at first, then more every hundred days."""
    grown = [(FACTORED, date(1990, 1, 1), 1.0)]
    for day in days[50::100]:
        grown.append((FACTORED, day, grown[-1][2] * chance.uniform(1.01, 1.3)))
    return pl.DataFrame(grown, schema=["code", "ex_date", "factor"], orient="row")


def special(days: list[date]) -> pl.DataFrame:
    """One share under special treatment in the middle of history."""
    seen = days[300:500]
    return pl.DataFrame({"code": STOCKS[3], "trade_date": seen, "mark": "ST"})


def pools(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Sealed and broken ones on most days."""
    rows = [
        (day, pool, code)
        for day in days
        for pool in ("up", "broken", "down")
        for code in STOCKS
        if chance.random() < 0.6
    ]
    return pl.DataFrame(rows, schema=["trade_date", "pool", "code"], orient="row")


def announcements(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Several a day, some on weekends; a few stocks warn again and again."""
    kinds = ["abnormal_fluctuation", "severe_abnormal_fluctuation", "risk_warning", "clarification"]
    rows = [
        (code, day, chance.choice(kinds))
        for day in days
        for code in STOCKS[:4]
        if code == STOCKS[0] or chance.random() < 0.3
    ]
    frame = pl.DataFrame(rows, schema=["code", "announcement_date", "kind"], orient="row")
    weekend = pl.col("announcement_date").dt.weekday() == 5
    later = pl.col("announcement_date").dt.offset_by("1d")
    moved = pl.when(weekend & (pl.col("kind") == "risk_warning")).then(later)
    return frame.with_columns(announcement_date=moved.otherwise("announcement_date"))
