"""Seven years of results of large companies and of mainland ones, and what analysts expect."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from tests.markets.drawing import known

YEARS = 7
AMERICANS = ["AAPL", "MSFT", "NVDA", "GOOGL", "AMZN", "META", "TSLA"]
IN_HONG_KONG = ["00700", "09988", "01810", "01211", "00981", "09618", "09999"]
ON_THE_MAINLAND = ["002594.SZ", "688981.SH", *(f"600{n:03d}.SH" for n in range(1, 33))]

MONEY = {
    "us_megacap_earnings": ["net_income_usd"],
    "hk_megacap_earnings": ["net_profit_reported"],
    "earnings_report": ["net_profit_cny"],
    "hk_consensus": ["net_profit_reported"],
    "consensus_eps": ["eps_cny"],
    "analyst_eps": ["eps_cny", "eps_next_year_cny", "eps_second_year_cny"],
    "earnings_guidance": ["net_profit_cny", "net_profit_year_ago_cny"],
    "earnings_flash": ["net_profit_cny", "net_profit_year_ago_cny"],
}


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    return {
        "us_megacap_earnings": american(chance, days[-1]),
        "hk_megacap_earnings": hong_kong(chance, days[-1]),
        "earnings_report": mainland(chance, days[-1]),
        "hk_consensus": consensus(chance, days),
        "consensus_eps": consensus_per_share(chance, days),
        "analyst_eps": reports(chance, days),
        "fx_rate": parities(days),
        "earnings_guidance": notices(random.Random(days[-1].toordinal()), days[-1], corrected=3),
        "earnings_flash": notices(random.Random(len(days)), days[-1], corrected=0),
    }


def quarter_ends(last: date) -> Iterator[date]:
    for number in range(4 * YEARS):
        year, month = last.year - YEARS + number // 4, 3 * (number % 4 + 1)
        yield date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def profit(chance: random.Random) -> float:
    """Of a quarter; one in ten is a loss."""
    return chance.uniform(5e8, 3e9) if chance.random() > 0.1 else -chance.uniform(1e8, 1e9)


def published(rows: list[tuple[object, ...]], names: list[str], last: date) -> pl.DataFrame:
    """The rows out by the last day; the last column is the day of publication."""
    frame = pl.DataFrame(rows, schema=[*names, "published"], orient="row")
    return known(frame.filter(pl.col("published") <= last), "published", 12).drop("published")


def american(chance: random.Random, last: date) -> pl.DataFrame:
    rows: list[tuple[object, ...]] = [
        (ticker, end, profit(chance), end + timedelta(days=chance.randint(20, 55)))
        for ticker in AMERICANS
        for end in quarter_ends(last)
        if chance.random() > 0.02
    ]
    return published(rows, ["ticker", "quarter_end", "net_income_usd"], last)


def accumulated(
    chance: random.Random, codes: list[str], last: date, lag: tuple[int, int]
) -> list[tuple[object, ...]]:
    """Code, end, profit since January, months, day of publication; a report in fifty is missing."""
    rows: list[tuple[object, ...]] = []
    for code in codes:
        total = 0.0
        for end in quarter_ends(last):
            total = profit(chance) + (0.0 if end.month == 3 else total)
            if chance.random() > 0.02:
                out = end + timedelta(days=chance.randint(*lag))
                rows.append((code, end, total, end.month, out))
    return rows


def hong_kong(chance: random.Random, last: date) -> pl.DataFrame:
    codes = [f"{code}.HK" for code in IN_HONG_KONG]
    names = ["code", "period_end", "net_profit_reported", "period_months"]
    return published(accumulated(chance, codes, last, (50, 60)), names, last)


def mainland(chance: random.Random, last: date) -> pl.DataFrame:
    names = ["code", "period_end", "net_profit_cny", "months"]
    rows = accumulated(chance, ON_THE_MAINLAND, last, (15, 29))
    return published(rows, names, last).drop("months")


def consensus(chance: random.Random, days: list[date]) -> pl.DataFrame:
    rows = [
        (day, f"{code}.HK", year, "USD" if code == "00981" else "CNY", profit(chance))
        for day in days[::40]
        for code in IN_HONG_KONG
        for year in (day.year, day.year + 1)
    ]
    names = ["snapshot_date", "code", "fiscal_year", "currency", "net_profit_reported"]
    return known(pl.DataFrame(rows, schema=names, orient="row"), "snapshot_date", 2)


def consensus_per_share(chance: random.Random, days: list[date]) -> pl.DataFrame:
    rows = [
        (day, code, year, chance.uniform(0.1, 3))
        for day in days[::80]
        for code in ON_THE_MAINLAND
        for year in (day.year, day.year + 1)
    ]
    names = ["snapshot_date", "code", "fiscal_year", "eps_cny"]
    return known(pl.DataFrame(rows, schema=names, orient="row"), "snapshot_date", 2)


def reports(chance: random.Random, days: list[date]) -> pl.DataFrame:
    rows = [
        (day, chance.choice(ON_THE_MAINLAND[:3]), broker, day.year,
         chance.choice([0.5, 0.6, 0.7]), chance.choice([None, 0.8, 0.9]), 1.1)
        for day in days for broker in ("A", "B") if chance.random() > 0.2
    ]  # fmt: skip
    names = ["report_date", "code", "broker", "fiscal_year", *MONEY["analyst_eps"]]
    return known(pl.DataFrame(rows, schema=names, orient="row"), "report_date", 12)


def notices(chance: random.Random, last: date, *, corrected: int) -> pl.DataFrame:
    """What each company says of each quarter before its report; so many take it back later."""
    rows: list[tuple[object, ...]] = []
    for end in quarter_ends(last):
        for place, code in enumerate(ON_THE_MAINLAND):
            first = end + timedelta(days=chance.randint(5, 14))
            days = (first, first + timedelta(days=6))[: 2 if place < corrected else 1]
            rows += [(code, end, day, profit(chance), profit(chance), day) for day in days]
    names = ["code", "period_end", "notice_date", *MONEY["earnings_guidance"]]
    return published(rows, names, last)


def parities(days: list[date]) -> pl.DataFrame:
    rates = {"USD": 7.1, "HKD": 0.91}
    rows = [(currency, day, rate) for day in days for currency, rate in rates.items()]
    names = ["currency", "rate_date", "cny_per_unit"]
    return known(pl.DataFrame(rows, schema=names, orient="row"), "rate_date", 1)
