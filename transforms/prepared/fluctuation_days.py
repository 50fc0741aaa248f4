"""What the exchanges' rules on abnormal fluctuation ask for, worked out from the prices of all
stocks.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.engine.metric import prepared
from transforms.formulas import abnormal_fluctuation as rules
from transforms.formulas import stock_arrays
from transforms.formulas.price_limits import BOARDS, REGISTRATION
from transforms.formulas.stock_arrays import Array
from transforms.prepared.indices import CHINEXT, SHANGHAI, SHENZHEN, STAR_50
from transforms.prepared.stocks import Ground, boards_of, ground_of, stocks_of

# The index against which the exchange measures a share's deviation, by board, and the deviation
# over three days that is abnormal. The composites stand for the indices of A-shares alone that the
# exchanges name; Beijing's index is in no dataset, and its shares are left out.
BENCHMARKS = (SHANGHAI, SHENZHEN, CHINEXT, STAR_50)
NO_INDEX = len(BENCHMARKS)
ABNORMAL = {"Main": 0.20, "ChiNext": 0.30, "STAR": 0.30, "BSE": 0.40}
# ChiNext had the main board's threshold as long as it had its limit.
CHINEXT_WIDENED = np.datetime64(REGISTRATION["ChiNext"])


@prepared
def fluctuations(
    stock_bars: pl.DataFrame, index_bars: pl.DataFrame, market_days: pl.DataFrame
) -> pl.DataFrame:
    """How many announcements of abnormal fluctuation the exchanges' rules ask for on each day.

    Columns observation_date, known_at, eligible (stocks to which the rules could be applied),
    abnormal and severe. Shares under special treatment are held to the threshold of their board.
    """
    ground = ground_of(stock_bars)
    level, change = _benchmarks(index_bars, ground)
    boards = boards_of(ground)
    of_stock, threshold = _benchmark_of(boards, ground), _thresholds(ground)
    adjusted = stock_bars["adjusted"].to_numpy()
    returns = stock_bars["return_1d"].fill_null(np.nan).to_numpy()
    eligible = np.zeros(len(ground.days), dtype=np.int64)
    cases, looked_at = [], []
    for rows, starts in stock_arrays.pieces(ground.starts):
        stocks = stocks_of(rows, starts, ground)
        day = ground.day[rows]
        against = change[of_stock[stocks], day]
        found = rules.abnormal(returns[rows], against, threshold[boards[stocks], day], starts)
        cases.append(rows.start + rules.announced(found, starts))
        looked_at.append(rows.start + rules.risen(adjusted[rows], starts))
        eligible += _by_day(day[np.isfinite(returns[rows]) & np.isfinite(against)], ground)

    def index(rows: Array) -> Array:
        stocks = np.searchsorted(ground.starts, rows, side="right") - 1
        return level[of_stock[stocks], ground.day[rows]]

    near = np.concatenate([np.zeros(0, dtype=np.int64), *looked_at])
    bar = near - ground.starts[np.searchsorted(ground.starts, near, side="right") - 1]
    rises = rules.announced(rules.severe(near, bar, adjusted, index), ground.starts)
    counts = {
        "eligible": eligible,
        "abnormal": _by_day(ground.day[np.concatenate([near[:0], *cases])], ground),
        "severe": _by_day(ground.day[rises], ground),
    }
    days = market_days.filter(pl.col("entity") == "all").select("observation_date", "known_at")
    benchmarks = index_bars.filter(pl.col("entity").is_in(BENCHMARKS))
    known = benchmarks.group_by("observation_date").agg(of_index=pl.col("known_at").max())
    both = pl.max_horizontal("known_at", "of_index")
    return (
        days.with_columns(pl.Series(name, count) for name, count in counts.items())
        .join(known, on="observation_date", how="left", maintain_order="left")
        .with_columns(known_at=both.rolling_max(LOOKED_BACK, min_samples=1))
        .drop("of_index")
    )


LOOKED_BACK = rules.SEVERE[-1][0] + 1


def _by_day(day: Array, ground: Ground) -> Array:
    return np.bincount(day, minlength=len(ground.days))


def _benchmark_of(boards: Array, ground: Ground) -> Array:
    """The number of each stock's index among BENCHMARKS."""
    shenzhen = np.array([code.endswith(".SZ") for code in ground.codes], dtype=np.int64)
    numbers = {"Main": 0, "ChiNext": 2, "STAR": 3, "BSE": NO_INDEX}
    number = np.array([numbers[name] for name in BOARDS])[boards]
    return np.where(boards == BOARDS.index("Main"), shenzhen, number)


def _thresholds(ground: Ground) -> Array:
    """The abnormal deviation of each board on each day: [board, day]."""
    of_boards = np.array([ABNORMAL[name] for name in BOARDS])
    found = np.repeat(of_boards[:, None], len(ground.days), axis=1)
    found[BOARDS.index("ChiNext"), ground.days < CHINEXT_WIDENED] = ABNORMAL["Main"]
    return found


def _benchmarks(index_bars: pl.DataFrame, ground: Ground) -> tuple[Array, Array]:
    """Level and change of each index on the stocks' days, NaN where it has no bar, and of none."""
    level = np.full((len(BENCHMARKS) + 1, len(ground.days)), np.nan)
    change = level.copy()
    for n, code in enumerate(BENCHMARKS):
        bars = index_bars.filter(pl.col("entity") == code)
        place = {day: k for k, day in enumerate(bars["observation_date"].to_list())}
        at = np.array([place.get(day, -1) for day in ground.days.tolist()], dtype=np.int64)
        close = bars["close"].cast(pl.Float64).to_numpy()
        level[n, at >= 0] = close[at[at >= 0]]
        change[n, at >= 1] = close[at[at >= 1]] / close[at[at >= 1] - 1] - 1
    return level, change
