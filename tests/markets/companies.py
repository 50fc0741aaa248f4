"""Listings in Hong Kong and on the mainland, applications, meetings, counts of young companies."""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl

from tests.markets.drawing import known

MONEY = {
    "ipo_hk": ["offer_price_hkd", "first_day_close_hkd", "funds_raised_hkd"],
    "ipo_a": ["proceeds_cny"],
}
BOARDS = {"Main": "60{}.SH", "STAR": "68{}.SH", "ChiNext": "30{}.SZ", "BSE": "92{}.BJ"}
LISTED_TWICE = 7  # every so many listings in Hong Kong have a mainland share already


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    return {
        "ipo_hk": listings(chance, days),
        "ipo_a": mainland(chance, days),
        "ipo_pipeline": applications(chance, days),
        "ipo_review": meetings(chance, days),
        "unicorn_count": unicorns(),
        "unicorn_company": unicorn_list(chance, days[-1]),
    }


def listings(chance: random.Random, days: list[date]) -> pl.DataFrame:
    rows = [
        (f"{n:05d}.HK", f"第{n // LISTED_TWICE}号科技股份有限公司 - H股", day, 10.0,
         chance.uniform(1e8, 1e10), chance.uniform(5, 30), None, chance.choice([None, 3.0, 200.0]),
         chance.choice(["AI", "医药", None]))
        for n, day in enumerate(days) if chance.random() < 0.25
    ]  # fmt: skip
    names = ["code", "name", "listing_date", "offer_price_hkd", "funds_raised_hkd"]
    names += ["first_day_close_hkd", "first_day_return", "public_subscription_multiple", "industry"]
    typed = {
        "first_day_return": pl.Float64,
        "public_subscription_multiple": pl.Float64,
        "industry": pl.String,
    }
    frame = pl.DataFrame(rows, schema=names, orient="row", schema_overrides=typed)
    return known(frame, "listing_date", 9)


def mainland(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Two shares out of five are technology of tests/markets/prices.py."""
    rows = []
    for n, day in enumerate(days):
        board = chance.choice(list(BOARDS))
        if chance.random() < 0.3:
            code = f"60000{n % 6 + 1}.SH" if n % 5 < 2 else BOARDS[board].format(f"{n:04d}")
            gain = chance.choice([None, -0.1, 0.4, 2.0])
            rows.append((code, f"第{n}号", board, day, chance.uniform(2e8, 5e9), gain))
    names = ["code", "name", "board", "listing_date", "proceeds_cny", "first_day_return"]
    frame = pl.DataFrame(
        rows, schema=names, orient="row", schema_overrides={"first_day_return": pl.Float64}
    )
    return known(frame.unique("code", keep="first", maintain_order=True), "listing_date", 9)


def applications(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Each goes through some stages, half a month to three months apart, or stops."""
    rows = []
    for n, accepted in enumerate(days):
        if chance.random() < 0.5:
            continue
        day = accepted
        for stage in ("accepted", "inquiry", "passed", chance.choice(["registered", "ended"])):
            rows.append((f"{n}公司", "STAR", day, stage))
            day += timedelta(days=chance.randint(15, 90))
            if chance.random() < 0.1:
                break
    names = ["company", "board", "updated_on", "stage"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return known(frame.filter(pl.col("updated_on") <= days[-1]), "updated_on", 25)


def meetings(chance: random.Random, days: list[date]) -> pl.DataFrame:
    rows = [
        (f"{n}公司", day, chance.choice(["passed", "passed", "passed", "refused", "other"]))
        for n, day in enumerate(days)
        if chance.random() < 0.4
    ]
    frame = pl.DataFrame(rows, schema=["company", "review_date", "outcome"], orient="row")
    return known(frame, "review_date", 12)


def unicorns() -> pl.DataFrame:
    counted = {
        "list_name": ["A", "A"],
        "scope": ["CN-AI", "CN-AI"],
        "year": [2024, 2025],
        "observation_date": [date(2024, 12, 31), date(2025, 12, 31)],
        "count": [2, 9],
    }
    return known(pl.DataFrame(counted), "observation_date")


def unicorn_list(chance: random.Random, last: date) -> pl.DataFrame:
    """One list by name, of eight years."""
    rows = [
        ("胡润", year, f"{n}", date(year, 12, 31))
        for year in range(last.year - 8, last.year)
        for n in range(60)
        if chance.random() < 0.7
    ]
    names = ["list_name", "year", "company", "published_on"]
    return known(pl.DataFrame(rows, schema=names, orient="row"), "published_on", 4)
