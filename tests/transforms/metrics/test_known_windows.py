"""How far back each metric of closes looks, by when its newest value was known.

The older a bar, the later it became known here: the newest value of a metric is known with the
oldest bar that it was made of. `make values` writes known_windows.txt anew.
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

FILE = Path(__file__).with_name("known_windows.txt")
BARS = 900
FITTED = {"lppls", "explosive"}  # which take long, and look back on all there is
OF_CLOSES = [
    one.id
    for one in metrics().values()
    if "index_daily" in lineage(one.id) and one.family not in FITTED
]


def closes() -> pl.DataFrame:
    """An index on each weekday up to the last, the oldest bar known last, a minute apart."""
    days = pl.date_range(NOW - timedelta(days=2 * BARS), NOW, eager=True)
    weekdays = days.filter(days.dt.weekday() <= 5).tail(BARS)
    steps = np.random.default_rng(7).normal(0.0005, 0.012, BARS)
    minutes = pl.Series(range(BARS, 0, -1)) - BARS
    return pl.DataFrame({
        "code": "000300.SH", "trade_date": weekdays, "close": 1000 * np.exp(steps.cumsum()),
        "known_at": pl.Series([cutoff(NOW)] * BARS, dtype=pl.Datetime("us")) + minutes * timedelta(minutes=1),
    })  # fmt: skip


def bars_back(known_at: datetime) -> int:
    """Which bar was known then, counted from the newest."""
    return BARS - round((cutoff(NOW) - known_at) / timedelta(minutes=1))


def test_a_value_is_known_with_the_oldest_bar_of_its_window_as_read_last() -> None:
    with only(*OF_CLOSES):
        found = evaluate({"index_daily": closes()}, NOW).filter(pl.col("metric").is_in(OF_CLOSES))
    last = found.sort("observation_date").group_by("metric", "entity").last()
    told = sorted(
        f"{row['metric']} {row['entity']} {row['observation_date']}: {bars_back(row['known_at'])}"
        for row in last.iter_rows(named=True)
    )
    if os.environ.get("WRITE_VALUES"):
        FILE.write_text("\n".join(told) + "\n", encoding="utf-8")

    assert told == FILE.read_text(encoding="utf-8").splitlines()
