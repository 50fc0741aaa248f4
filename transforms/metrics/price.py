"""What the prices of the indices say: level, change, momentum, trend and the RSI."""

from __future__ import annotations

import polars as pl

from transforms.expressions import latest_known, one_bar_return, trailing_return, wilder_rsi
from transforms.metric import Anchors, Percentile, metric

TREND_INDICES = ("000300.SH", "399006.SZ", "000688.SH")
ROW = ("entity", "observation_date", "value", "known_at")


def _measured(bars: pl.DataFrame, value: pl.Expr, window: int) -> pl.DataFrame:
    """The value of each series with the time at which its window was known."""
    return bars.select(
        "entity",
        "observation_date",
        value=value.over("entity"),
        known_at=latest_known(window).over("entity"),
    )


@metric(
    "rsi_14",
    unit="index 0-100",
    reads=("index_bars",),
    window=250,
    score=Anchors(((30, 10), (50, 35), (70, 70), (80, 85), (90, 97))),
    direction="heat",
    block="heat/technical",
    entities=("000001.SH", "000300.SH", "000688.SH"),
    label="RSI (14 days)",
    reading="Above 70 is called overbought. It tends to peak before prices do, so it times no top.",
    paper="Wilder (1978)",
)
def rsi_14(index_bars: pl.DataFrame) -> pl.DataFrame:
    """Wilder's RSI of 14 daily changes; a bar older than 250 days moves it by less than 1e-5."""
    return _measured(index_bars, wilder_rsi(pl.col("close")), 250)


@metric(
    "close",
    unit="index points",
    reads=("index_bars",),
    label="Close",
    reading="Last price of the day; price indices leave dividends out.",
    paper="M10 multi-year high",
)
def close(index_bars: pl.DataFrame) -> pl.DataFrame:
    """The close as published."""
    return _measured(index_bars, pl.col("close"), 1)


@metric(
    "return_1d",
    unit="fraction",
    optional=("index_bars", "followed_bars"),
    window=2,
    label="Change on the day",
    reading="Change from the previous close; for stocks from the ex-rights previous close.",
    paper="metrics.md 0.3",
)
def return_1d(index_bars: pl.DataFrame | None, followed_bars: pl.DataFrame | None) -> pl.DataFrame:
    """Change from the bar before, for the indices and for the followed stocks."""
    found = []
    if index_bars is not None:
        change = one_bar_return(pl.col("close"), pl.lit(None, pl.Float64))
        found.append(_measured(index_bars, change, 2))
    if followed_bars is not None:
        found.append(followed_bars.filter("member").select(*ROW[:2], "known_at", value="return_1d"))
    return pl.concat([frame.select(ROW) for frame in found])


@metric(
    "return_mtd",
    unit="fraction",
    reads=("index_bars",),
    window=24,
    label="Change this month",
    reading="Change from the last close of the month before.",
    paper="metrics.md 0.3",
)
def return_mtd(index_bars: pl.DataFrame) -> pl.DataFrame:
    """Change from the last close of the previous month."""
    return _since_period_end(index_bars, "1mo", 24)


@metric(
    "return_ytd",
    unit="fraction",
    reads=("index_bars",),
    window=253,
    label="Change this year",
    reading="Change from the last close of the year before.",
    paper="metrics.md 0.3",
)
def return_ytd(index_bars: pl.DataFrame) -> pl.DataFrame:
    """Change from the last close of the previous year."""
    return _since_period_end(index_bars, "1y", 253)


def _since_period_end(bars: pl.DataFrame, period: str, window: int) -> pl.DataFrame:
    """Change from the last close of the previous period; null where that period has no bar."""
    start = pl.col("observation_date").dt.truncate(period)
    ends = bars.group_by("entity", period=start.dt.offset_by(period)).agg(
        base=pl.col("close").sort_by("observation_date").last()
    )
    based = bars.with_columns(period=start).join(ends, on=["entity", "period"], how="left")
    ordered = based.sort("entity", "observation_date")
    return _measured(ordered, pl.col("close") / pl.col("base") - 1, window)


@metric(
    "momentum_12_1",
    unit="fraction",
    reads=("index_bars",),
    window=253,
    score=Percentile(),
    direction="momentum",
    block="momentum/trend",
    entities=TREND_INDICES,
    label="Momentum, 12 months without the last",
    reading="Change over twelve months that leaves out the latest month, the spurt under debate.",
    paper="Jegadeesh and Titman (1993); Asness, Moskowitz and Pedersen (2013)",
)
def momentum_12_1(index_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t-21) / P(t-252) - 1."""
    return _measured(index_bars, trailing_return(pl.col("close"), bars=252, skip=21), 253)


@metric(
    "close_vs_ma200",
    unit="fraction",
    reads=("index_bars",),
    window=200,
    score=Percentile(),
    direction="momentum",
    block="momentum/trend",
    entities=TREND_INDICES,
    label="Distance from the 200-day mean",
    reading="How far the index stands above its mean of 200 days; it includes the latest month.",
    paper="M04 trend",
)
def close_vs_ma200(index_bars: pl.DataFrame) -> pl.DataFrame:
    """P / mean of 200 closes - 1."""
    return _measured(index_bars, pl.col("close") / pl.col("close").rolling_mean(200) - 1, 200)


@metric(
    "up_day_share_126d",
    unit="fraction",
    reads=("index_bars",),
    window=127,
    score=Percentile(),
    direction="momentum",
    block="momentum/persistence",
    entities=TREND_INDICES,
    label="Share of rising days, half a year",
    reading="A steady advance has many small rises; a spurt has few large ones.",
    paper="Da, Gurun and Warachka (2014)",
)
def up_day_share_126d(index_bars: pl.DataFrame) -> pl.DataFrame:
    """Share of the last 126 daily changes that were rises (M16, in days)."""
    change = pl.col("close").diff()
    rose = pl.when(change.is_not_null()).then((change > 0).cast(pl.Float64))
    return _measured(index_bars, rose.rolling_mean(126), 127)
