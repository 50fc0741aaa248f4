"""Turnover and capitalisation, margin financing, valuation, funds, and money across the border."""

from __future__ import annotations

import random
from datetime import date

import polars as pl

from tests.markets.drawing import bars, known, walk
from tests.markets.prices import INDICES

EXCHANGES = ("SSE", "SZSE")
FUNDS = ("588000.SH", "159995.SZ")
SHARES = [f"60000{n}.SH" for n in range(1, 7)]
MONEY = {
    "market_turnover": ["amount_cny", "market_cap_cny", "float_market_cap_cny"],
    "market_cap_monthly": ["market_cap_cny"],
    "margin_market": ["financing_balance_cny", "financing_purchases_cny"],
    "margin_security": ["financing_balance_cny"],
    "fund_daily": ["close"],
    "stock_connect": ["net_buy_hkd", "net_buy_cny"],
}


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    return {
        "index_valuation": valuation(chance, days),
        "market_turnover": turnover(chance, days),
        "market_cap_monthly": capitalisation(chance, days),
        "margin_market": margin(chance, days),
        "margin_security": loans(chance, days),
        **retail(chance, days),
    }


def valuation(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Price over earnings; net assets and dividends go with it."""
    ratios = bars(chance, days, INDICES, 0.01).rename({"close": "pe_ttm"})
    return ratios.with_columns(pb=pl.col("pe_ttm") / 9, dividend_yield=0.4 / pl.col("pe_ttm"))


def turnover(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Both exchanges; a stand-in for one of them gives no capitalisation now and then."""
    rows = []
    for exchange in EXCHANGES:
        paths = (walk(chance, len(days), start) for start in (1e12, 5e13))
        for day, amount, cap in zip(days, *paths, strict=True):
            caps = (None, None) if chance.random() < 0.02 else (cap, 0.8 * cap)
            if chance.random() > 0.01:
                rows.append((exchange, day, amount, *caps))
    named = ["exchange", "trade_date", *MONEY["market_turnover"]]
    return known(pl.DataFrame(rows, schema=named, orient="row"), "trade_date")


def capitalisation(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """By month, known on the 20th of the next."""
    months = sorted({day.replace(day=1) for day in days})
    rows = [
        (exchange, month, cap)
        for exchange in EXCHANGES
        for month, cap in zip(months, walk(chance, len(months), 5e13), strict=True)
    ]
    frame = pl.DataFrame(rows, schema=["exchange", "month", "market_cap_cny"], orient="row")
    return known(frame, "month", 50 * 24)


def margin(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Balances and purchases, published the day after; the first month has no purchases."""
    balances, bought = (walk(chance, len(days), start) for start in (2e12, 1e11))
    columns = {
        "trade_date": days,
        "financing_balance_cny": balances,
        "financing_purchases_cny": [None] * 20 + bought[20:],
    }
    return known(pl.DataFrame(columns), "trade_date", 25)


def loans(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """By security, a fund among them; a share without an industry now and then owes much."""
    rows = [
        (code, day, "fund" if code in FUNDS else "share", balance)
        for code in [*SHARES[:3], SHARES[4], FUNDS[0]]
        for day, balance in zip(days, walk(chance, len(days), 1e10), strict=True)
    ]
    rows += [(SHARES[5], day, "share", chance.choice([1e7, 1e11])) for day in days[::7]]
    named = ["code", "trade_date", "kind", "financing_balance_cny"]
    return known(pl.DataFrame(rows, schema=named, orient="row"), "trade_date", 25)


def retail(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    """What is known of small investors; one fund splits its shares half-way."""
    return {
        "fund_share": known(
            _by_fund(chance, days, "fund_shares", 1e9, split=2.0), "trade_date", 25
        ),
        "fund_daily": known(_by_fund(chance, days, "close", 1.5, split=0.5), "trade_date"),
        "margin_account": known(
            pl.DataFrame(
                {
                    "trade_date": days,
                    "individual_investors": walk(chance, len(days), 7e6),
                    "trading_investors": walk(chance, len(days), 4e5),
                    "indebted_investors": walk(chance, len(days), 1e6),
                    "maintenance_ratio": walk(chance, len(days), 2.8),
                }
            ),
            "trade_date",
            25,
        ),
        "investor_account": known(
            pl.DataFrame(
                {"month": sorted({day.replace(day=1) for day in days[:200]})}
            ).with_row_index("new_investors", 1_000_000),
            "month",
            50 * 24,
        ),
        "market_fund_flow": known(
            pl.DataFrame(
                {
                    "trade_date": days[-120:],
                    "main_net_share": [chance.uniform(-0.1, 0.1) for _ in range(120)],
                }
            ),
            "trade_date",
        ),
        "market_congestion": known(
            pl.DataFrame(
                {"trade_date": days, "congestion": [chance.uniform(0.2, 0.6) for _ in days]}
            ),
            "trade_date",
        ),
        "stock_connect": across(chance, days),
    }


def _by_fund(
    chance: random.Random, days: list[date], column: str, start: float, split: float
) -> pl.DataFrame:
    middle = len(days) // 2
    rows = [
        (code, day, value * (split if code == FUNDS[0] and at >= middle else 1.0))
        for code in FUNDS
        for at, (day, value) in enumerate(zip(days, walk(chance, len(days), start), strict=True))
    ]
    return pl.DataFrame(rows, schema=["code", "trade_date", column], orient="row")


def across(chance: random.Random, days: list[date]) -> pl.DataFrame:
    """Both directions; the north falls silent half-way."""
    middle = days[len(days) // 2]
    rows: list[tuple[str, date, float | None, float | None]] = []
    for day in days:
        rows.append(("southbound", day, chance.uniform(-1e10, 1e10), None))
        heard = chance.uniform(-1e10, 1e10) if day < middle else None
        rows.append(("northbound", day, None, heard))
    named = {"direction": pl.String, "trade_date": pl.Date}
    named |= {"net_buy_hkd": pl.Float64, "net_buy_cny": pl.Float64}
    return known(pl.DataFrame(rows, schema=named, orient="row"), "trade_date")
