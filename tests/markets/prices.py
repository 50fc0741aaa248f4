"""Indices, industries and themes; one stock leaves technology half-way."""

from __future__ import annotations

import random
from datetime import date

import polars as pl

from tests.markets.drawing import bars, with_range

MONEY = {
    "index_daily": ["open", "high", "low", "close", "amount_cny"],
}
INDICES = ["000001.SH", "000300.SH", "000688.SH", "399006.SZ"]
SHENZHEN = "399001.SZ"
# Enough for a median of a theme.
AEROSPACE = ["600004.SH", "600006.SH", "000001.SZ", "300001.SZ", "688001.SH", "430001.BJ"]


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    leading = with_range(chance, bars(chance, days, INDICES, 0.0))
    own = random.Random(SHENZHEN)  # so that the other paths of a market are what they were
    return {
        "index_daily": pl.concat([leading, with_range(own, bars(own, days, [SHENZHEN], 0.0))]),
        **references(days),
    }


def references(days: list[date]) -> dict[str, pl.DataFrame]:
    middle = days[len(days) // 2]
    span = {"valid_from": pl.Date, "valid_to": pl.Date}
    return {
        "security": pl.DataFrame(
            {
                "code": ["600001.SH", "600002.SH", "600002.SH", "600003.SH", "600005.SH"],
                "industry": ["电子", "电子", "银行", "电子", "食品饮料"],
                "valid_from": [days[0], days[0], middle, days[0], days[0]],
                "valid_to": [None] * 5,
            },
            schema_overrides=span,
        ),
        "theme_membership": pl.DataFrame(
            {
                "theme": ["tech", *["commercial_aerospace"] * len(AEROSPACE)],
                "kind": ["industry", *["code"] * len(AEROSPACE)],
                "member": ["电子", *AEROSPACE],
                "valid_from": [days[0], *[days[40]] * len(AEROSPACE)],
                "valid_to": [None] * (1 + len(AEROSPACE)),
                "list_version": [days[0].isoformat()] * (1 + len(AEROSPACE)),
            },
            schema_overrides=span,
        ),
    }
