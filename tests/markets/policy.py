"""Five years of evening news with one broadcast in fifty missing; one term is coined half-way."""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl

from tests.markets.drawing import known

MONEY: dict[str, list[str]] = {}
TERMS = {"新质生产力": "NQPF", "人工智能": "AI", "芯片": "SEMI", "自主可控": "SELF"}
COUNTED_WITHOUT_ITEMS = "自主可控"
YEARS = 5
RATIOS = {date(2015, 11, 23): 100.0, date(2023, 9, 8): 80.0, date(2026, 1, 19): 100.0}


def frames(chance: random.Random, days: list[date]) -> dict[str, pl.DataFrame]:
    first = days[-1] - timedelta(days=365 * YEARS)
    return {
        "policy_term": terms(days),
        "policy_term_count": mentions(chance, first, days[-1]),
        "policy_event": margin_ratios(),
    }


def margin_ratios() -> pl.DataFrame:
    """The steps of the margin ratio, each announced some days before it is in force."""
    frame = pl.DataFrame(
        {
            "announced_on": [day - timedelta(days=10) for day in RATIOS],
            "effective_on": list(RATIOS),
            "series": ["margin ratio"] * len(RATIOS),
            "number": list(RATIOS.values()),
        }
    )
    return known(frame, "announced_on", 15)


def terms(days: list[date]) -> pl.DataFrame:
    coined = days[len(days) // 4]
    begin = [coined if basket == "NQPF" else date(2012, 7, 2) for basket in TERMS.values()]
    return pl.DataFrame({"term": list(TERMS), "basket": list(TERMS.values()), "valid_from": begin})


def mentions(chance: random.Random, first: date, last: date) -> pl.DataFrame:
    rows = []
    for back in range((last - first).days, -1, -1):
        day, items = last - timedelta(days=back), chance.randint(9, 20)
        characters = chance.choice([300, 7_000, 7_500, 8_100])
        for term in TERMS if chance.random() > 0.02 else ():
            hits = chance.choice([0, 0, 1, 3, 8])
            counted = None if term == COUNTED_WITHOUT_ITEMS else min(hits, chance.randint(1, 4))
            rows.append((day, term, hits, counted, items, characters))
    named = ["broadcast_date", "term", "hits", "items_with_term", "items", "characters"]
    frame = pl.DataFrame(
        rows, schema=named, orient="row", schema_overrides={"items_with_term": pl.Int64}
    )
    return known(frame, "broadcast_date", 13)
