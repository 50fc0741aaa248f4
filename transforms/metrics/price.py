"""What the prices of the indices, sectors and boards say: level, change, highs and falls.

All are price indices: dividends are not reinvested, which costs some 2% a year in Shanghai.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import ROW, Group, Percentile, metric, prepared
from transforms.formulas.expressions import (
    DAYS_A_YEAR,
    bars_since_as_high,
    has_record,
    latest_known,
    max_drawdown,
    one_bar_return,
    trailing_return,
)
from transforms.prepared.indices import BROAD, LEADING
from transforms.prepared.series import WHOLE, measured

returns = Group(unit="fraction", paper="metrics.md 0.3")
highs = Group(unit="count", paper="M10", window=WHOLE, version=2)


@metric(unit="index points", paper="M10")
def close(index_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t), as published."""
    return measured(index_bars, pl.col("close"), 1)


@returns.metric(window=2)
def return_1d(
    index_bars: pl.DataFrame | None = None, followed_bars: pl.DataFrame | None = None
) -> pl.DataFrame:
    """P(t) / P(t-1) - 1, for the indices and for the followed stocks."""
    found = []
    if index_bars is not None:
        change = one_bar_return(pl.col("close"), pl.lit(None, pl.Float64))
        found.append(measured(index_bars, change, 2))
    if followed_bars is not None:
        known = followed_bars.with_columns(known_at=latest_known(2).over("entity"))
        found.append(known.filter("member").with_columns(value="return_1d"))
    return pl.concat([frame.select(ROW) for frame in found])


@returns.metric(window=24)
def return_mtd(index_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(last close of the previous month) - 1."""
    return _since_period_end(index_bars, "1mo", 24)


@returns.metric(window=253)
def return_ytd(index_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(last close of the previous year) - 1."""
    return _since_period_end(index_bars, "1y", 253)


def _since_period_end(bars: pl.DataFrame, period: str, window: int) -> pl.DataFrame:
    """Change from the last close of the previous period; null where that period has no bar."""
    start = pl.col("observation_date").dt.truncate(period)
    ends = bars.group_by("entity", period=start.dt.offset_by(period)).agg(
        base=pl.col("close").sort_by("observation_date").last()
    )
    based = bars.with_columns(period=start).join(ends, on=["entity", "period"], how="left")
    ordered = based.sort("entity", "observation_date")
    return measured(ordered, pl.col("close") / pl.col("base") - 1, window)


@returns.metric(window=6)
def return_5d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-5) - 1."""
    return measured(series_bars, trailing_return(pl.col("close"), bars=5), 6)


@returns.metric(window=21)
def return_20d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-20) - 1."""
    return measured(series_bars, trailing_return(pl.col("close"), bars=20), 21)


@returns.metric(window=61)
def return_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-60) - 1."""
    return measured(series_bars, trailing_return(pl.col("close"), bars=60), 61)


@returns.metric(paper="M01; metrics.md 0.3", window=251)
def return_250d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-250) - 1."""
    return measured(series_bars, trailing_return(pl.col("close"), bars=250), 251)


@returns.metric(paper="M03; Young (1991)", window=251)
def max_drawdown_250d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Minimum over s <= t of P(s) / max over u <= s of P(u) -
    1, s and u among the last 251 bars.
    """
    return measured(series_bars, max_drawdown(pl.col("close"), 250), 251)


@prepared
def earlier_closes(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The last earlier day with a close as high: columns since and bars_back, null if none.

    `begun` is the first day of the series. Beside them the columns of series_bars.
    """
    return _looked_back(series_bars, "close")


@prepared
def earlier_highs(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The same of the highest price of the day, for the series whose highs are published."""
    return _looked_back(series_bars.filter(pl.col("high").is_finite()), "high")


def _looked_back(bars: pl.DataFrame, price: str) -> pl.DataFrame:
    """`long_enough`: whether the series is, by then, to speak of a record; a young one is not."""
    day, back = pl.col("observation_date"), pl.col("bars_back")
    found = bars.with_columns(
        bars_back=bars_since_as_high(pl.col(price)).over("entity"),
        begun=day.first().over("entity"),
        long_enough=has_record().over("entity"),
    )
    return found.with_columns(since=day.gather(pl.int_range(pl.len()) - back.cast(pl.Int64)))


@highs.metric(
    unit="years",
    score=Percentile(),
    block="momentum/persistence",
    weight=20,
    core=4,
    core_entities=BROAD,
    entities=LEADING,
)
def years_since_higher_close(earlier_closes: pl.DataFrame) -> pl.DataFrame:
    """(t - max{s < t: P(s) >= P(t)}) / 365.25 days; without such a day, t - first bar.

    Nothing in the first 249 bars, as for everything that speaks of a record.
    """
    return _years_since(earlier_closes)


@highs.metric(unit="years")
def years_since_higher_high(earlier_highs: pl.DataFrame) -> pl.DataFrame:
    """(t - max{s < t: H(s) >= H(t)}) / 365.25 days, from the 250th bar with a high on."""
    return _years_since(earlier_highs)


def _years_since(looked_back: pl.DataFrame) -> pl.DataFrame:
    """Years since the last day as high, else since the first day of the series."""
    day, begun = pl.col("observation_date"), pl.col("begun")
    years = (day - pl.col("since").fill_null(begun)).dt.total_days() / DAYS_A_YEAR
    return measured(looked_back, pl.when("long_enough").then(years), WHOLE)


@highs.metric(paper="M10; metrics.md 0.9")
def bars_since_higher_close(earlier_closes: pl.DataFrame) -> pl.DataFrame:
    """Bars in t - max{s < t: P(s) >= P(t)}; none in the first 249 bars."""
    return measured(earlier_closes, pl.when("long_enough").then("bars_back"), WHOLE)


@highs.metric()
def record_close(earlier_closes: pl.DataFrame) -> pl.DataFrame:
    """1 if P(t) > P(s) for every s < t, else 0; nothing in the first 249 bars."""
    return _record(earlier_closes)


@highs.metric()
def record_high(earlier_highs: pl.DataFrame) -> pl.DataFrame:
    """1 if H(t) > H(s) for every s < t, else 0; nothing in the first 249 bars."""
    return _record(earlier_highs)


def _record(looked_back: pl.DataFrame) -> pl.DataFrame:
    record = pl.col("since").is_null().cast(pl.Float64)
    return measured(looked_back, pl.when("long_enough").then(record), WHOLE)
