"""What the prices of the indices, sectors and boards say: level, change, highs and falls.

All are price indices: dividends are not reinvested, which costs some 2% a year in Shanghai.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Percentile, metric, prepared
from transforms.formulas.expressions import (
    bars_since_as_high,
    has_record,
    latest_known,
    max_drawdown,
    one_bar_return,
    trailing_return,
)
from transforms.prepared.series import WHOLE, measured

LEADING = ("000300.SH", "399006.SZ", "000688.SH")
ROW = ("entity", "observation_date", "value", "known_at")
DAYS_OF_A_YEAR = 365.25


@metric(
    "close",
    unit="index points",
    reads=("index_bars",),
    label="Close",
    reading="Last price of the day; price indices leave dividends out.",
    pitfall="A total-return index would have made its highs on other days.",
    paper="M10 multi-year high",
)
def close(index_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t), as published."""
    return measured(index_bars, pl.col("close"), 1)


@metric(
    "return_1d",
    unit="fraction",
    optional=("index_bars", "followed_bars"),
    window=2,
    label="Change on the day",
    reading="Change from the previous close; for stocks from the ex-rights previous close.",
    pitfall="After a suspension it spans all the days without a bar.",
    paper="metrics.md 0.3",
)
def return_1d(index_bars: pl.DataFrame | None, followed_bars: pl.DataFrame | None) -> pl.DataFrame:
    """P(t) / P(t-1) - 1, for the indices and for the followed stocks."""
    found = []
    if index_bars is not None:
        change = one_bar_return(pl.col("close"), pl.lit(None, pl.Float64))
        found.append(measured(index_bars, change, 2))
    if followed_bars is not None:
        known = followed_bars.with_columns(known_at=latest_known(2).over("entity"))
        found.append(known.filter("member").select(*ROW[:2], "known_at", value="return_1d"))
    return pl.concat([frame.select(ROW) for frame in found])


@metric(
    "return_mtd",
    unit="fraction",
    reads=("index_bars",),
    window=24,
    label="Change this month",
    reading="Change from the last close of the month before.",
    pitfall="It starts anew with each month: early in a month it spans a few days only.",
    paper="metrics.md 0.3",
)
def return_mtd(index_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(last close of the previous month) - 1."""
    return _since_period_end(index_bars, "1mo", 24)


@metric(
    "return_ytd",
    unit="fraction",
    reads=("index_bars",),
    window=253,
    label="Change this year",
    reading="Change from the last close of the year before.",
    pitfall="It starts anew with each year: in January it spans a few days only.",
    paper="metrics.md 0.3",
)
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


@metric(
    "return_20d",
    unit="fraction",
    reads=("series_bars",),
    window=21,
    label="Change over 20 days",
    reading="A month's change.",
    pitfall="One day of 2024-10-08's kind stays in it for a month and then drops out at once.",
    paper="metrics.md 0.3",
)
def return_20d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-20) - 1."""
    return measured(series_bars, trailing_return(pl.col("close"), bars=20), 21)


@metric(
    "return_60d",
    unit="fraction",
    reads=("series_bars",),
    window=61,
    label="Change over 60 days",
    reading="A quarter's change.",
    pitfall="It moves as much by the day that drops out as by the day that enters.",
    paper="metrics.md 0.3",
)
def return_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-60) - 1."""
    return measured(series_bars, trailing_return(pl.col("close"), bars=60), 61)


@metric(
    "return_250d",
    unit="fraction",
    reads=("series_bars",),
    window=251,
    label="Change over 250 days",
    reading="About a year's change: Shanghai stood at +154.5% on 2015-06-12, its top.",
    pitfall="250 bars are a year and some days on the mainland, where a year has 243.",
    paper="M01; metrics.md 0.3",
)
def return_250d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-250) - 1."""
    return measured(series_bars, trailing_return(pl.col("close"), bars=250), 251)


@metric(
    "max_drawdown_250d",
    unit="fraction",
    reads=("series_bars",),
    window=251,
    label="Deepest fall within 250 days",
    reading="The worst that a holder of the last year lived through, from a high to a later low.",
    pitfall="It says nothing of today: the fall may long be made good.",
    paper="M03; Young (1991)",
)
def max_drawdown_250d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Minimum over s <= t of P(s) / max over u <= s of P(u) - 1, s and u among the last 251 bars."""
    return measured(series_bars, max_drawdown(pl.col("close"), 250), 251)


@prepared("earlier_closes", reads=("series_bars",))
def earlier_closes(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The last earlier day with a close as high: columns since and bars_back, null if none.

    `begun` is the first day of the series. Beside them the columns of series_bars.
    """
    return _looked_back(series_bars, "close")


@prepared("earlier_highs", reads=("series_bars",))
def earlier_highs(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The same of the highest price of the day, for the series whose highs are published."""
    return _looked_back(series_bars.filter(pl.col("high").is_finite()), "high")


def _looked_back(bars: pl.DataFrame, price: str) -> pl.DataFrame:
    """`told`: whether the series is long enough by then for a record; a young one has none."""
    day, back = pl.col("observation_date"), pl.col("bars_back")
    found = bars.with_columns(
        bars_back=bars_since_as_high(pl.col(price)).over("entity"),
        begun=day.first().over("entity"),
        told=has_record().over("entity"),
    )
    return found.with_columns(since=day.gather(pl.int_range(pl.len()) - back.cast(pl.Int64)))


@metric(
    "years_since_higher_close",
    unit="years",
    reads=("earlier_closes",),
    window=WHOLE,
    version=2,
    score=Percentile(),
    direction="momentum",
    block="momentum/persistence",
    entities=LEADING,
    label="Years since a close as high",
    reading="3 means the highest close in three years. An old high that is passed has no sellers "
    "left who wait to get their money back.",
    pitfall="Where no earlier close was as high it counts from the first bar and is a lower bound: "
    "an index that began late makes records easily.",
    paper="M10",
)
def years_since_higher_close(earlier_closes: pl.DataFrame) -> pl.DataFrame:
    """(t - max{s < t: P(s) >= P(t)}) / 365.25 days; without such a day, t - first bar.

    Nothing in the first 249 bars, as for everything that speaks of a record.
    """
    return _years_since(earlier_closes)


@metric(
    "years_since_higher_high",
    unit="years",
    reads=("earlier_highs",),
    window=WHOLE,
    version=2,
    label="Years since an intraday high as high",
    reading="Like the years since a higher close, by the highest price of the day.",
    pitfall="Where no earlier day was as high it counts from the first bar with a high.",
    paper="M10",
)
def years_since_higher_high(earlier_highs: pl.DataFrame) -> pl.DataFrame:
    """(t - max{s < t: H(s) >= H(t)}) / 365.25 days, from the 250th bar with a high on."""
    return _years_since(earlier_highs)


def _years_since(looked_back: pl.DataFrame) -> pl.DataFrame:
    """Years since the last day as high, else since the first day of the series."""
    day, begun = pl.col("observation_date"), pl.col("begun")
    years = (day - pl.col("since").fill_null(begun)).dt.total_days() / DAYS_OF_A_YEAR
    return measured(looked_back, pl.when("told").then(years), WHOLE)


@metric(
    "bars_since_higher_close",
    unit="count",
    reads=("earlier_closes",),
    window=WHOLE,
    version=2,
    label="Trading days since a close as high",
    reading="1 means that the day before was as high; the count leads to the day named in the text.",
    pitfall="Absent on the days that set a record, for no earlier close was as high.",
    paper="M10; metrics.md 0.9",
)
def bars_since_higher_close(earlier_closes: pl.DataFrame) -> pl.DataFrame:
    """Bars in t - max{s < t: P(s) >= P(t)}; none in the first 249 bars."""
    return measured(earlier_closes, pl.when("told").then("bars_back"), WHOLE)


@metric(
    "record_close",
    unit="count",
    reads=("earlier_closes",),
    window=WHOLE,
    version=2,
    label="Highest close on record",
    reading="1 on a day that closed above every earlier one that we have, else 0.",
    pitfall="On record since the first bar collected, which may be long after the index began.",
    paper="M10",
)
def record_close(earlier_closes: pl.DataFrame) -> pl.DataFrame:
    """1 if P(t) > P(s) for every s < t, else 0; nothing in the first 249 bars."""
    return _record(earlier_closes)


@metric(
    "record_high",
    unit="count",
    reads=("earlier_highs",),
    window=WHOLE,
    version=2,
    label="Highest intraday high on record",
    reading="1 on a day that traded above every earlier day that we have, else 0.",
    pitfall="On record since the first bar with a high, which may be long after the index began.",
    paper="M10",
)
def record_high(earlier_highs: pl.DataFrame) -> pl.DataFrame:
    """1 if H(t) > H(s) for every s < t, else 0; nothing in the first 249 bars."""
    return _record(earlier_highs)


def _record(looked_back: pl.DataFrame) -> pl.DataFrame:
    record = pl.col("since").is_null().cast(pl.Float64)
    return measured(looked_back, pl.when("told").then(record), WHOLE)
