"""Turnover, margin financing and valuation."""

from __future__ import annotations

import random
from datetime import date

import polars as pl

from tests.markets.drawing import bars, known, walk
from tests.markets.prices import INDICES

MONEY = {"market_turnover": ["amount_cny"], "margin_market": ["financing_balance_cny"]}


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    turnover = [
        (exchange, day, amount)
        for exchange in ("SSE", "SZSE")
        for day, amount in zip(days, walk(chance, len(days), 1e12), strict=True)
        if chance.random() > 0.01
    ]
    margin = {"trade_date": days, "financing_balance_cny": walk(chance, len(days), 2e12)}
    named = ["exchange", "trade_date", "amount_cny"]
    return {
        "index_valuation": bars(chance, days, INDICES, 0.01).rename({"close": "pe_ttm"}),
        "market_turnover": known(pl.DataFrame(turnover, schema=named, orient="row"), "trade_date"),
        "margin_market": known(pl.DataFrame(margin), "trade_date", 25),
    }
