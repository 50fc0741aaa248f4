"""How far back each metric of days looks, by when its newest value was known.

The older a row, the later it became known here: the newest value of a metric is known with the
oldest row that it was made of. `make values` writes known_windows.txt anew.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from tests.transforms.conftest import NOW, only
from transforms.engine.evaluate import evaluate
from transforms.engine.metric import lineage, metrics
from warehouse.catalog import cutoff
from warehouse.datasets.security import SHENWAN_INDEX

FILE = Path(__file__).with_name("known_windows.txt")
BARS = 900
FITTED = {"lppls", "explosive"}  # which take long, and look back on all there is
SHARES = [f"60000{n}.SH" for n in range(1, 7)]
SECTORS = [f"{number}.SW" for number in list(SHENWAN_INDEX.values())[:6]]


def days() -> pl.DataFrame:
    """The last weekdays, the oldest known last, a minute apart."""
    dates = pl.date_range(NOW - timedelta(days=2 * BARS), NOW, eager=True)
    minutes = pl.Series(range(BARS, 0, -1)) - BARS
    return pl.DataFrame({
        "trade_date": dates.filter(dates.dt.weekday() <= 5).tail(BARS),
        "known_at": pl.Series([cutoff(NOW)] * BARS, dtype=pl.Datetime("us")) + minutes * timedelta(minutes=1),
    })  # fmt: skip


def walks(names: list[str], column: str, start: float = 1000.0, of: str = "code") -> pl.DataFrame:
    """A walk of each name on each of the days."""
    return pl.concat(
        days().with_columns(
            pl.lit(name).alias(of),
            pl.Series(
                column,
                start * np.exp(np.random.default_rng(7 + n).normal(0.0005, 0.012, BARS).cumsum()),
            ),
        )
        for n, name in enumerate(names)
    )


def frames() -> dict[str, pl.DataFrame]:
    """An index, some shares and sectors, turnover and margin loans."""
    amount = pl.col("amount_cny")
    return {
        "index_daily": walks(["000300.SH"], "close"),
        "stock_daily": walks(SHARES, "close", 10.0),
        "sector_daily": walks(SECTORS, "close").with_columns(
            level=pl.lit("L1"), amount_share=1 / len(SECTORS), float_value_cny=pl.col("close")
        ),
        "market_turnover": walks(["SSE", "SZSE"], "amount_cny", of="exchange").with_columns(
            market_cap_cny=90 * amount, float_market_cap_cny=70 * amount
        ),
        "margin_market": walks(["CN"], "financing_balance_cny").with_columns(
            financing_purchases_cny=pl.col("financing_balance_cny") / 20
        ),
    }


OF_DAYS = [
    one.id
    for one in metrics().values()
    if set(frames()) & lineage(one.id) and one.family not in FITTED
]


def rows_back(known_at: datetime) -> int:
    """Which day was known then, counted from the newest."""
    return BARS - round((cutoff(NOW) - known_at) / timedelta(minutes=1))


def more(others: int) -> str:
    """How many entities are known with as old a row."""
    return f" +{others}" if others else ""


def test_a_value_is_known_with_the_oldest_row_of_its_window_as_read_last() -> None:
    with only(*OF_DAYS):
        found = evaluate(frames(), NOW).filter(pl.col("metric").is_in(OF_DAYS))
    last = found.sort("observation_date").group_by("metric", "entity").last()
    alike = last.group_by("metric", "observation_date", "known_at").agg(
        first=pl.col("entity").min(), others=pl.len().cast(pl.Int64) - 1
    )
    told = sorted(
        f"{row['metric']} {row['first']}{more(row['others'])} "
        f"{row['observation_date']}: {rows_back(row['known_at'])}"
        for row in alike.iter_rows(named=True)
    )
    if os.environ.get("WRITE_VALUES"):
        FILE.write_text("\n".join(told) + "\n", encoding="utf-8")

    assert told == FILE.read_text(encoding="utf-8").splitlines()
