"""The indicators of the briefing on plain polars series and frames: a documented library.

Each function takes values in order of time and gives values aligned to its input; what is null or
too short gives null, and nonsense raises a ValueError that says what is wrong. A list or an array
serves as well as a series. The formulas are those of the metrics: nothing is computed here that is
not computed there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars import selectors

from transforms.formulas import (
    breadth,
    forecast_scores,
    gsadf_critical_values,
    lppls,
    stock_arrays,
)
from transforms.formulas.ciss import DECAY, systemic
from transforms.formulas.gsadf import Floats, episodes, explosiveness, newest, rose
from transforms.formulas.rsi import rsi as wilder_rsi

Values = pl.Series | Sequence[float | None] | NDArray[np.number]
# By these names the columns of a panel are known where there are several of a kind.
DATES = ("date", "trade_date")
SHARES = ("symbol", "code", "ticker", "entity", "stock", "share", "name")
CLOSES = ("close",)
TEXTS = (pl.String, pl.Categorical, pl.Enum)


def ciss(
    scores: pl.DataFrame,
    weights: Mapping[str, float] | Sequence[float] | pl.Series,
    decay: float = DECAY,
) -> pl.Series:
    """Composite indicator of systemic stress (Holló, Kremer, Lo Duca 2012; metrics.md 5.3).

    scores: a row per period, a column per block, fractions 0-1 such as ranks in an expanding
    history; weights: by column name, other columns then being left aside, or one number per
    column that is not one of dates; decay: of the covariance per row, 0.93 for weeks. Gives
    (w∘s)' C (w∘s), aligned to the rows, which is on a square scale: its square root compares with
    the scores.

    The covariance starts as the mean product of the first 52 rows, as the reference does, so the
    first 51 values are no real-time values. A row with a null or NaN gives null and changes
    nothing for later rows. Raises ValueError for scores outside 0-1, negative weights, weights
    that do not fit the columns, or a decay outside 0 … 1.
    """
    blocks = scores.select(~selectors.temporal())
    named = weights if isinstance(weights, Mapping) else _by_column(weights, blocks.columns)
    if unknown := [name for name in named if name not in blocks.columns]:
        raise ValueError(f"no column {unknown[0]!r} in the scores: they have {blocks.columns}")
    if not all(weight >= 0 for weight in named.values()) or not 0 < sum(named.values()) < math.inf:
        raise ValueError(f"weights must not be negative and not all zero, got {dict(named)}")
    if not 0 <= decay < 1:
        raise ValueError(f"decay is a share from 0 to under 1, got {decay}")
    blocks = pl.DataFrame([_numbers("scores", blocks[name]).fill_nan(None) for name in named])
    whole = blocks.select(~pl.any_horizontal(pl.all().is_null())).to_series()
    values = blocks.filter(whole).to_numpy()
    if values.size and (values.min() < 0 or values.max() > 1):
        raise ValueError("scores are fractions from 0 to 1: divide scores of 0-100 by 100")
    found = np.full(scores.height, np.nan)
    weighting = np.array([*named.values()], dtype=float)
    found[whole.to_numpy()] = systemic(values, weighting, decay).ciss
    return pl.Series("ciss", found).fill_nan(None)


def _by_column(weights: Sequence[float] | pl.Series, columns: list[str]) -> dict[str, float]:
    if len(weights) != len(columns):
        raise ValueError(f"{len(weights)} weights for {len(columns)} columns: one for each")
    return dict(zip(columns, weights, strict=True))


def deflated_sharpe(  # noqa: PLR0917 - in the order of the paper's formula
    sharpe: float,
    n_obs: int,
    skew: float,
    kurtosis: float,
    trial_variance: float,
    n_trials: int,
) -> float:
    """Probability that the best of `n_trials` Sharpe ratios is above zero in truth.

    sharpe and trial_variance (the variance of the trials' ratios): per observation, not annualised;
    n_obs: observations; kurtosis: raw, 3 for a normal distribution. Bailey and López de Prado
    (2014); metrics.md 6.7. A single trial is not deflated; NaN where the moments leave the estimate
    without a variance. Raises ValueError for fewer than 2 observations, a negative variance, no
    trial, or a kurtosis under 1, which is that of excess over the normal distribution.
    """
    numbers = (sharpe, n_obs, skew, kurtosis, trial_variance, n_trials)
    # True moments have kurtosis >= 1 + skew²; unbiased estimates from few returns need not.
    possible = all(map(math.isfinite, numbers)) and kurtosis >= 1
    if n_obs < 2 or trial_variance < 0 or n_trials < 1 or not possible:
        raise ValueError(
            "a deflated Sharpe ratio needs at least 2 observations and 1 trial, a variance that is "
            f"not negative, and a raw kurtosis, 3 for normal returns, got {n_obs=}, {n_trials=}, "
            f"{trial_variance=}, {kurtosis=}, {skew=}, {sharpe=}"
        )
    return forecast_scores.deflated_sharpe(
        sharpe,
        n_obs,
        skew=skew,
        kurtosis=kurtosis,
        trial_variance=trial_variance,
        n_trials=n_trials,
    )


def brier(probability: Values, outcome: Values) -> float | None:
    """Mean of (probability - outcome)², 0 at best (Brier 1950; metrics.md 6.5).

    probability: fractions 0-1; outcome: 0 or 1, or booleans, of the same length. Pairs with a null
    or NaN are left out; without any pair the score is None. Raises ValueError for other values.
    """
    if len(probability) != len(outcome):
        raise ValueError(f"{len(probability)} probabilities for {len(outcome)} outcomes")
    pairs = {
        "p": _numbers("probabilities", probability),
        "o": _numbers("outcomes", outcome, pl.Boolean),
    }
    known = pl.DataFrame(pairs).fill_nan(None).drop_nulls()
    if known.is_empty():
        return None
    if not known["p"].is_between(0, 1).all():
        raise ValueError("probabilities are fractions from 0 to 1: divide per cents by 100")
    if not known["o"].is_in([0.0, 1.0]).all():
        raise ValueError("an outcome is 0 or 1: it came or it did not")
    return float(forecast_scores.brier_scores(known["p"].to_numpy(), known["o"].to_numpy()).mean())


def rsi(close: Values, window: int = 14) -> pl.Series:
    """Wilder's relative strength index, 0-100, aligned to `close` (Wilder 1978; metrics.md H01).

    The mean gain and loss start as plain means of the first `window` changes, so that the first
    value stands at the close number `window` + 1 (TA-Lib's convention, and equal to it). A null,
    NaN or infinite close is a day without trading: null there, and its neighbours are neighbours.
    Only rises give 100, only falls 0; where no close has moved yet it is 0/0 and null, which
    TA-Lib calls 0. Raises ValueError for a window under 1 or closes that are no numbers.
    """
    if window < 1:
        raise ValueError(f"a window is 1 change at least, got {window}")
    values, there = _finite("closes", close)
    return _aligned("rsi", wilder_rsi(values, np.array([0, len(values)]), window), there)


def mcclellan(advances: Values, declines: Values) -> pl.Series:
    """McClellan oscillator, ratio-adjusted: EMA19 - EMA39 of 1000 (A - D) / (A + D).

    advances, declines: numbers of shares that rose and fell, a value per day. Both means start as
    plain means of the first 19 and 39 days, as StockCharts and TA-Lib do: the first 38 values are
    null, the 39th is the first (McClellan 1970; metrics.md M08). A day without a riser or a faller,
    or with a null, NaN or infinity, gives null and is passed over by the means. Raises ValueError
    for series of different lengths or negative numbers.
    """
    if len(advances) != len(declines):
        raise ValueError(f"{len(advances)} days of advances, {len(declines)} of declines")
    counts = pl.DataFrame(
        {"up": _numbers("advances", advances), "down": _numbers("declines", declines)}
    ).select(pl.when(pl.all().is_finite()).then(pl.all()))
    if counts.select((pl.all() < 0).any()).sum_horizontal().item():
        raise ValueError("numbers of shares are not negative: give risers and fallers, not changes")
    found = counts.select(breadth.mcclellan(pl.col("up"), pl.col("down")))
    return found.to_series().rename("mcclellan")


def new_highs_lows(panel: pl.DataFrame, window: int = 252) -> pl.DataFrame:
    """How many shares closed at their highest and lowest of `window` closes (metrics.md M07).

    panel: long, with a column of dates, one of names and one of closes; or wide, with a column of
    dates and one of closes per share. With a column `close` it is long, of one share where none is
    named, and other columns may stand beside those called `date` and `symbol` or `code`. The window
    is the share's own last closes, today's included; ties count, shares with fewer closes do not; a
    null, NaN or infinity is a day on which it did not trade. Gives date, highs and lows, a row per
    date of the panel, in order. Raises ValueError for other columns, two closes of a share on a
    day, or a window under 1.
    """
    if window < 1:
        raise ValueError(f"a window is 1 close at least, got {window}")
    rows = _long(panel).drop_nulls("date")
    there = rows.filter(pl.col("close").is_finite()).sort("name", "date")
    stamp = pl.struct("name", "date")
    if there.select((stamp == stamp.shift()).any()).item():
        raise ValueError("a share has two closes on one day")
    firsts = stock_arrays.beginnings(there["name"].rle_id().to_numpy())
    bar = stock_arrays.bar_numbers(np.append(firsts, there.height))
    high, low = stock_arrays.new_highs_lows(there["close"].to_numpy(), bar, window)
    counted = (
        there.with_columns(high=pl.Series(high), low=pl.Series(low))
        .group_by("date")
        .agg(highs=pl.col("high").sum(), lows=pl.col("low").sum())
    )
    days = rows.select(pl.col("date").unique().sort())
    joined = days.join(counted, on="date", how="left", maintain_order="left")
    return joined.with_columns(pl.col("highs", "lows").fill_null(0).cast(pl.Int64))


def _long(panel: pl.DataFrame) -> pl.DataFrame:
    """The panel as date, name, close."""
    times = [name for name, kind in panel.schema.items() if kind.is_temporal()]
    day = _called(DATES, times) or _only(times) or _called(DATES, panel.columns)
    kinds = {name: kind for name, kind in panel.schema.items() if name != day}
    texts = [name for name, kind in kinds.items() if kind.base_type() in TEXTS]
    numbers = [name for name, kind in kinds.items() if kind.is_numeric() or kind == pl.Null]
    close = _called(CLOSES, numbers)
    share = _called(SHARES, texts) or (close and _called(SHARES, numbers)) or _only(texts)
    if day and close is None and not texts and numbers:
        dated = panel.select(pl.col(day).alias("date"), pl.col(numbers).cast(pl.Float64))
        return dated.unpivot(index="date", variable_name="name", value_name="close")
    close = close or _only([name for name in numbers if name != share])
    if day is None or close is None or (texts and share is None):
        raise ValueError(
            "a panel has one column of dates and either names and closes, or a column of closes per "
            "share; with other columns beside them these are called date, symbol or code, and "
            f"close; got {dict(panel.schema)}"
        )
    return panel.select(
        pl.col(day).alias("date"),
        (pl.col(share).cast(pl.String) if share else pl.lit("")).alias("name"),
        pl.col(close).cast(pl.Float64).alias("close"),
    )


def _called(known: Sequence[str], there: Sequence[str]) -> str | None:
    """The first column that has one of these names, in capitals or not."""
    return next((name for one in known for name in there if name.lower() == one), None)


def _only(there: Sequence[str]) -> str | None:
    return there[0] if len(there) == 1 else None


def bsadf(y: Values, min_window: int, lags: int = 0) -> pl.Series:
    """Backward sup ADF of Phillips, Shi and Yu (2015), aligned to y; metrics.md 3.

    y: usually the log of a price or of a price over its fundamental; min_window: the rows of the
    shortest regression (exuber's `minw`; PSY's `swindow0` counts values, so min_window =
    swindow0 - 1 - lags); lags: earlier changes in the regression. A null, NaN or infinite y is
    absent: null there, and its neighbours are neighbours. The value at position i among those
    present follows from them up to i; the first stands at min_window + lags. Null before, and
    where every window is flat, a line or a perfect fit. Raises ValueError for negative lags or a
    min_window below lags + 3.
    """
    values, there = _finite("y", y)
    return _aligned("bsadf", explosiveness(values, min_window, lags).bsadf, there)


def bsadf_newest(y: Values, min_window: int, lags: int = 0) -> float | None:
    """The last value of `bsadf`, bit by bit, in a fraction of its time: for one new week."""
    values, there = _finite("y", y)
    found = newest(values, min_window, lags).bsadf[0]
    return None if math.isnan(found) or not there[-1] else float(found)


def gsadf(y: Values, min_window: int, lags: int = 0) -> float | None:
    """Generalised sup ADF, the largest `bsadf`; None where there is none."""
    largest = bsadf(y, min_window, lags).max()
    return None if largest is None else float(cast("float", largest))


def sadf(y: Values, min_window: int, lags: int = 0) -> float | None:
    """Sup ADF, the largest ADF of the windows that begin with the series; None without one."""
    values, there = _finite("y", y)
    badf = explosiveness(values, min_window, lags).badf
    largest = _aligned("badf", badf, there).max()
    return None if largest is None else float(cast("float", largest))


def psy_critical_value(
    n: int, min_window: int, level: float = 0.95, statistic: str = "gsadf"
) -> float | None:
    """Critical value of "sadf" or "gsadf" for n values of a random walk; own Monte Carlo.

    level: 0.90, 0.95 or 0.99; None for a sample too short for one window. The SADF value for n is
    also what PSY compare the n-th BSADF with. The table has windows of 19, 27, 40, 59, 84 and 88
    rows; for another one 2,000 walks are drawn the first time, which takes a second for 300 values
    and half a minute for 1,500. Raises ValueError for another level or statistic, or for a
    min_window below 3.
    """
    return _drawn_value(n, min_window, level, statistic)[0]


def psy_critical_value_error(
    n: int, min_window: int, level: float = 0.95, statistic: str = "gsadf"
) -> float | None:
    """Standard error of `psy_critical_value`: how far another draw of it would lie off."""
    return _drawn_value(n, min_window, level, statistic)[1]


def _drawn_value(
    n: int, min_window: int, level: float, statistic: str
) -> tuple[float | None, float | None]:
    found, error = gsadf_critical_values.critical_value_with_error(n, min_window, level, statistic)
    return (None, None) if math.isnan(found) else (found, error)


def explosive_episodes(  # noqa: PLR0917 - in the order in which they are used
    dates: pl.Series | Sequence[date],
    y: Values,
    critical_value: float | Values,
    min_window: int,
    lags: int = 0,
    min_duration: float | None = None,
) -> pl.DataFrame:
    """When y was explosive: start, end, direction; metrics.md 3.

    dates: sorted, one for each y; critical_value: one number, or a series aligned to y. An episode
    starts with the first BSADF above its critical value and ends with the first later one below:
    `end` is that first date after it, null while it lasts. Kept are episodes of at least
    `min_duration` values, by default ln of the number of values. `direction` is "exuberance" where
    y rose over the window of the episode's largest BSADF, else "collapse": the test rejects in
    both. Absent values of y and settings as in `bsadf`; raises ValueError also for dates that are
    not sorted or lengths that differ.
    """
    values, there = _finite("y", y)
    if isinstance(critical_value, int | float | np.number):
        critical_value = np.full(len(y), critical_value)
    critical = _floats("critical values", critical_value)
    dates = dates if isinstance(dates, pl.Series) else pl.Series("dates", dates)
    if len(dates) != len(y) or len(critical) != len(y):
        raise ValueError("dates, y and a series of critical values must be of one length")
    if dates.null_count() or not dates.is_sorted():
        raise ValueError("dates must be sorted and without null")
    found = explosiveness(values, min_window, lags)
    least = math.log(max(len(values), 1)) if min_duration is None else min_duration
    spans = episodes(found.bsadf, critical[there], least)
    risen = rose(values, found.start)
    peaks = [start + int(np.nanargmax(found.bsadf[start:end])) for start, end in spans]
    days = dates.filter(pl.Series(there))
    return pl.DataFrame(
        {
            "start": days.gather(pl.Series([start for start, _ in spans], dtype=pl.UInt32)),
            "end": days.gather(pl.Series([end for _, end in spans], dtype=pl.UInt32)),
            "direction": pl.Series(
                ["exuberance" if risen[peak] else "collapse" for peak in peaks], dtype=pl.String
            ),
        }
    )


def lppls_confidence(
    close: Values, windows: Sequence[int] = lppls.WINDOWS
) -> tuple[float | None, float | None]:
    """Shares of windows that look like a bubble and like a negative one; metrics.md 4.

    close: daily, in any unit; windows: lengths in days, each ending with the last close. A share
    counts the windows whose best fit of the log-periodic power law passes condition 1 of Sornette
    et al. (2015) with 0 < m < 1, among all windows: one longer than the series cannot qualify, but
    counts. The first number has B < 0 (an accelerating rise), the second B > 0 (such a fall).
    A null or NaN is a day without trading, and its neighbours are neighbours. Both are None where
    the series is shorter than the shortest window, or the price never moved in the longest that
    fits. Raises ValueError for closes that are infinite, zero or negative, and for no windows,
    repeated ones, or one under 20 days.
    """
    lengths = sorted(windows)
    if not lengths or lengths[0] < lppls.SHORTEST or len(set(lengths)) < len(lengths):
        raise ValueError(
            f"windows are different numbers of days, {lppls.SHORTEST} at least, got {windows}"
        )
    values = _floats("closes", close)
    values = values[~np.isnan(values)]
    if not (np.isfinite(values) & (values > 0)).all():
        raise ValueError("closes are positive and finite: give prices, not their logs or changes")
    found = lppls.confidence(values, lengths)
    return (None, None) if found is None else (found.positive, found.negative)


def _numbers(what: str, values: Values, *also: type[pl.DataType]) -> pl.Series:
    """The values as a series of floats; raises ValueError for what are no numbers."""
    series = values if isinstance(values, pl.Series) else pl.Series(values, strict=False)
    if not (series.dtype.is_numeric() or series.dtype in (pl.Null, *also)):
        raise ValueError(f"{what} are numbers, got {series.dtype}")
    return series.cast(pl.Float64)


def _floats(what: str, values: Values) -> Floats:
    """The values as floats, NaN for null."""
    return _numbers(what, values).fill_null(float("nan")).to_numpy()


def _finite(what: str, values: Values) -> tuple[Floats, NDArray[np.bool_]]:
    """The finite values without gaps, and where they stood."""
    floats = _floats(what, values)
    there = np.isfinite(floats)
    return floats[there], there


def _aligned(name: str, values: Floats, there: NDArray[np.bool_]) -> pl.Series:
    """The values in the places from which their inputs came, null elsewhere and for NaN."""
    whole = np.full(len(there), np.nan)
    whole[there] = values
    return pl.Series(name, whole).fill_nan(None)
