"""Wilder's RSI and the expanding percentile, on random walks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import numpy as np
import pandas as pd
import polars as pl

from benchmarks.alone import Task, alone
from benchmarks.race import Line, growth, race
from transforms.formulas.expressions import mid_rank_percentile
from transforms.formulas.rsi import rsi_of

REPEATS = 3
WINDOW = 14


def walks(series: int, bars: int) -> np.ndarray:
    """Prices of so many series, one per row."""
    steps = np.random.default_rng(20260113).normal(0.0003, 0.02, (series, bars))
    return 10 * np.exp(steps.cumsum(axis=1))


def columns(series: int, bars: int) -> dict[str, np.ndarray]:
    """The same as one long table: series after series."""
    names = np.arange(series).astype(str)
    return {"entity": np.repeat(names, bars), "close": walks(series, bars).ravel()}


def our_rsi(series: int, bars: int) -> Sequence[Task]:
    frame = pl.DataFrame(columns(series, bars)).cast({"entity": pl.Categorical})

    def task() -> float:
        found = rsi_of(frame, WINDOW)
        return float(found.gather(range(bars - 1, len(found), bars)).sum())

    return [task] * REPEATS


def pandas_rsi(series: int, bars: int) -> Sequence[Task]:
    """As it is usually written: without the seed, so that the first hundred bars differ."""
    frame = pd.DataFrame(columns(series, bars)).astype({"entity": "category"})
    smooth = {"alpha": 1 / WINDOW, "adjust": False, "min_periods": WINDOW}

    def task() -> float:
        change = frame.groupby("entity", observed=True)["close"].diff()
        gain, loss = change.clip(lower=0), (-change).clip(lower=0)
        up, down = (
            x.groupby(frame["entity"], observed=True).ewm(**smooth).mean().to_numpy()
            for x in (gain, loss)
        )
        return float((100 * up / (up + down)).reshape(series, bars)[:, -1].sum())

    return [task]


def talib_rsi(series: int, bars: int) -> Sequence[Task]:
    """TA-Lib, series by series, on a dense array: no table, no names."""
    import talib  # noqa: PLC0415 - only where somebody installed it

    dense = walks(series, bars)
    return [lambda: float(sum(talib.RSI(row, WINDOW)[-1] for row in dense))] * REPEATS


def polars_talib_rsi(series: int, bars: int) -> Sequence[Task]:
    """TA-Lib inside polars, on the same table as ours."""
    import polars_talib  # noqa: PLC0415 - only where somebody installed it

    frame = pl.DataFrame(columns(series, bars)).cast({"entity": pl.Categorical})
    rsi = polars_talib.rsi(pl.col("close"), timeperiod=WINDOW).over("entity")

    def task() -> float:
        found = frame.select(value=rsi)["value"]
        return float(found.gather(range(bars - 1, len(found), bars)).sum())

    return [task] * REPEATS


def our_percentile(series: int, bars: int) -> Sequence[Task]:
    frame = pl.DataFrame(columns(series, bars)).cast({"entity": pl.Categorical})
    rank = mid_rank_percentile(pl.col("close"), bars).over("entity")
    return [lambda: float(frame.select(rank.sum()).item())] * REPEATS


def pandas_percentile(series: int, bars: int) -> Sequence[Task]:
    frame = pd.DataFrame(columns(series, bars)).astype({"entity": "category"})
    count = np.tile(np.arange(1, bars + 1), series)

    def task() -> float:
        prices = frame.groupby("entity", observed=True)["close"]
        rank = prices.expanding().rank(method="average").to_numpy()
        return float((100 * (rank - 0.5) / count).sum())

    return [task]


def scipy_percentile(series: int, bars: int) -> Sequence[Task]:
    from scipy.stats import percentileofscore  # noqa: PLC0415 - only where somebody installed it

    dense = walks(series, bars)

    def task() -> float:
        return float(
            sum(
                percentileofscore(row[: n + 1], row[n], kind="mean")
                for row in dense
                for n in range(bars)
            )
        )

    return [task]


def lines(*, quick: bool) -> Iterator[Line | str]:
    """RSI of a market and percentiles of the followed series, each against its peers."""
    yield from rsi_lines(series=540 if quick else 5400, bars=1250)
    yield from percentile_lines(series=20 if quick else 100, bars=2700)


def rsi_lines(series: int, bars: int) -> Iterator[Line | str]:
    what, size = "Wilder RSI", f"{series:,} × {bars:,}"
    ours = alone(our_rsi, series=series, bars=bars)
    peers = {"pandas, ewm per group": pandas_rsi}
    if find_spec("talib"):
        peers["TA-Lib, dense array"] = talib_rsi
    if find_spec("polars_talib"):
        peers["polars-talib, over"] = polars_talib_rsi
    for name, peer in peers.items():
        yield race(what, size, ours, name, alone(peer, series=series, bars=bars), within=1e-9)
    half, fourth = (alone(our_rsi, series=series // part, bars=bars) for part in (2, 4))
    yield growth(what, (series // 4, fourth), (series // 2, half))
    yield growth(what, (series // 4, fourth), (series // 4 * 4, ours))


def percentile_lines(series: int, bars: int) -> Iterator[Line | str]:
    what, size = "expanding percentile", f"{series:,} × {bars:,}"
    ours = alone(our_percentile, series=series, bars=bars)
    peers = {"pandas, expanding rank": pandas_percentile}
    if find_spec("scipy"):
        peers["scipy percentileofscore"] = scipy_percentile
    for name, peer in peers.items():
        yield race(what, size, ours, name, alone(peer, series=series, bars=bars), within=1e-9)
