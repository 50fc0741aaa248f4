"""Frames that several metrics share: sorted bars, dated theme members, counts per trading day.

Codes of stocks are Categorical here (4 bytes, in no order that means anything): at 13 million
rows that decides the memory and the time. Metrics hand plain text on.
"""

from __future__ import annotations

import polars as pl

from transforms.expressions import (
    ROUNDING,
    YEAR,
    above_mean,
    adjusted_close,
    latest_known,
    one_bar_return,
    positive,
    run_up,
)
from transforms.metric import prepared

RUN_UP_WINDOW = 30
RUN_UP_ALARM = 0.9
DAYS_PER_CODE = 1_000_000
FRIDAY = 5
WHOLE = 0  # the window of a metric that looks at every earlier bar


@prepared("index_bars", reads=("index_daily",))
def index_bars(index_daily: pl.DataFrame) -> pl.DataFrame:
    """Closes of all indices sorted by (entity, observation_date), days without a close left out."""
    return (
        index_daily.filter(positive(pl.col("close")))
        .select("close", "known_at", entity="code", observation_date="trade_date")
        .sort("entity", "observation_date")
    )


@prepared("series_bars", optional=("index_daily", "sector_daily", "board_daily"))
def series_bars(
    index_daily: pl.DataFrame | None,
    sector_daily: pl.DataFrame | None,
    board_daily: pl.DataFrame | None,
) -> pl.DataFrame:
    """Every followed series by (entity, observation_date): indices, Shenwan sectors, theme boards.

    Columns entity, kind ("index", "sector", "board"), observation_date, close, high and
    amount_cny (null where nobody publishes them), bars_per_year, known_at. Days without a close
    are left out. A board is its publisher's own: "人工智能 (THS)" and "人工智能 (Eastmoney)" are
    two series. The technology ETFs stay out: their prices are as traded, so that a split of the
    fund's shares reads as a crash and the splits are not published with them; STAR 50 and the CSI
    themes that they follow are here.
    """
    board = pl.format("{} ({})", "board", "publisher")
    found = [
        _series(index_daily, "index", pl.col("code")),
        _series(sector_daily, "sector", pl.col("code")),
        _series(board_daily, "board", board),
    ]
    return pl.concat([frame for frame in found if frame is not None])


def _series(bars: pl.DataFrame | None, kind: str, entity: pl.Expr) -> pl.DataFrame | None:
    """The bars of one dataset in the columns of series_bars, sorted; None without the dataset."""
    if bars is None:
        return None
    missing = {"high", "amount_cny"} - set(bars.columns)
    return (
        bars.filter(positive(pl.col("close")))
        .with_columns(pl.lit(None, pl.Float64).alias(name) for name in sorted(missing))
        .select(
            "known_at",
            pl.col("close", "high", "amount_cny").cast(pl.Float64),
            entity=entity.cast(pl.String),
            kind=pl.lit(kind),
            observation_date="trade_date",
        )
        .with_columns(bars_per_year=_bars_per_year())
        .sort("entity", "observation_date")
    )


def _bars_per_year() -> pl.Expr:
    """Trading days of a year in New York and elsewhere; Hong Kong has three more than we say."""
    abroad = pl.col("entity").str.ends_with(".US")
    return pl.when(abroad).then(252.0).otherwise(float(YEAR))


def measured(bars: pl.DataFrame, value: pl.Expr, window: int) -> pl.DataFrame:
    """The value of each series with the time at which its window was known: a metric's rows."""
    known = pl.col("known_at").cum_max() if window == WHOLE else latest_known(window)
    return bars.select(
        "entity", "observation_date", value=value.over("entity"), known_at=known.over("entity")
    )


def period_ends(bars: pl.DataFrame, period: str) -> pl.DataFrame:
    """The last bar of each series in each finished week ("1w") or month ("1mo").

    A period is over when a bar of a later one is there, and then known when that bar is. A week
    whose Friday has a bar is over with it; that of a month nobody knows without a calendar.
    """
    day = pl.col("observation_date")
    begins = day.dt.truncate(period)
    followed = (begins.shift(-1) > begins).over("entity")
    last_known = pl.max_horizontal("known_at", pl.col("known_at").shift(-1).over("entity"))
    friday = (day.dt.weekday() >= FRIDAY) & pl.lit(period == "1w")
    known_at = pl.when(friday).then("known_at").otherwise(last_known)
    return bars.with_columns(known_at=known_at).filter(followed.fill_null(friday))


@prepared("sessions", reads=("index_daily",), optional=("trade_calendar",))
def sessions(index_daily: pl.DataFrame, trade_calendar: pl.DataFrame | None) -> pl.DataFrame:
    """Mainland trading days so far, numbered from 0: columns observation_date, session."""
    mainland = pl.col("code").str.contains(r"\.(?:SH|SZ|CSI)$")
    days = [index_daily.filter(mainland)["trade_date"]]
    if trade_calendar is not None:
        days.append(trade_calendar["trade_date"])
    return pl.select(observation_date=pl.concat(days).unique().sort()).with_row_index("session")


@prepared("stock_bars", reads=("stock_daily",))
def stock_bars(stock_daily: pl.DataFrame) -> pl.DataFrame:
    """What every metric on stocks needs of each traded day: each stock's bars together, by day.

    A suspended stock has no row, so that windows count the stock's own bars. above_ma50,
    above_ma200 and run_up are null until the stock has as many bars as they need.
    """
    close, previous = pl.col("close"), pl.col("previous_close")
    bars = _sorted_by_code_and_day(stock_daily.filter(close > 0))
    if "previous_close" not in bars.columns or bars["previous_close"].null_count() == bars.height:
        bars = bars.with_columns(pl.lit(None, pl.Float64).alias("previous_close"), adjusted=close)
    else:
        bars = bars.with_columns(adjusted=adjusted_close(close, previous).over("entity"))
    adjusted = pl.col("adjusted")
    return bars.with_columns(
        return_1d=one_bar_return(close, previous).over("entity"),
        above_ma50=above_mean(adjusted, 50).over("entity"),
        above_ma200=above_mean(adjusted, 200).over("entity"),
        run_up=run_up(adjusted, RUN_UP_WINDOW).over("entity"),
    ).drop("previous_close")


def _sorted_by_code_and_day(stock_daily: pl.DataFrame) -> pl.DataFrame:
    """The bars of each stock together, by day; one whole number as key sorts 3 times faster."""
    entity, day = pl.col("code").cast(pl.Categorical), pl.col("trade_date")
    key = entity.to_physical().cast(pl.Int64) * DAYS_PER_CODE + day.to_physical().cast(pl.Int64)
    kept = stock_daily.select(
        pl.col("^(close|previous_close)$").cast(pl.Float64),
        "known_at",
        entity=entity,
        observation_date=day,
        key=key,
    )
    return kept.sort("key").drop("key")


def theme_members(
    theme: str, security: pl.DataFrame | None, theme_membership: pl.DataFrame
) -> pl.DataFrame:
    """When each stock belonged to a theme: entity, valid_from, valid_to (last day, null = open).

    A theme lists stocks by code or by industry; an industry counts while the stock was in it.
    """
    listed = theme_membership.filter(pl.col("theme") == theme)
    span = ["valid_from", "valid_to"]
    members = [listed.filter(pl.col("kind") == "code").select(*span, entity="member")]
    if security is not None:
        industries = listed.filter(pl.col("kind") == "industry").select(*span, industry="member")
        both = classified(security).join(industries, on="industry")
        members.append(
            both.select(
                "entity",
                valid_from=pl.max_horizontal("valid_from", "valid_from_right"),
                valid_to=pl.min_horizontal("valid_to", "valid_to_right"),
            )
        )
    return pl.concat(members, how="diagonal_relaxed").select("entity", *span)


def classified(security: pl.DataFrame) -> pl.DataFrame:
    """When each stock was in which industry; a newer classification ends the one before it."""
    successor = pl.col("valid_from").shift(-1).over("code").dt.offset_by("-1d")
    return security.sort("code", "valid_from").select(
        "valid_from",
        "industry",
        entity="code",
        valid_to=pl.min_horizontal("valid_to", successor),
    )


def while_members(bars: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The bars of the days on which their stock was a member, each once."""
    spans = members.with_columns(pl.col("entity").cast(pl.Categorical))
    day = pl.col("observation_date")
    open_ended = pl.col("valid_to").is_null()
    inside = (day >= pl.col("valid_from")) & (open_ended | (day <= pl.col("valid_to")))
    kept = bars.join(spans, on="entity").filter(inside).select(bars.columns)
    return kept.unique(["entity", "observation_date"]) if _repeated(spans) else kept


def _repeated(spans: pl.DataFrame) -> bool:
    return spans["entity"].n_unique() < spans.height


@prepared("market_days", reads=("stock_bars",), optional=("security", "theme_membership"))
def market_days(
    stock_bars: pl.DataFrame,
    security: pl.DataFrame | None,
    theme_membership: pl.DataFrame | None,
) -> pl.DataFrame:
    """Counts per trading day for all stocks and for technology, sorted by (entity, day).

    Entities "all" and "tech". `fullest` is the largest number of stocks that traded on one of
    the last 20 days: what a full day should show.
    """
    days = [_counts(stock_bars).with_columns(entity=pl.lit("all"))]
    if theme_membership is not None:
        tech = while_members(stock_bars, theme_members("tech", security, theme_membership))
        days.append(_counts(tech).with_columns(entity=pl.lit("tech")))
    fullest = pl.col("traded").rolling_max(20, min_samples=1).over("entity")
    return pl.concat(days).sort("entity", "observation_date").with_columns(fullest=fullest)


def _counts(bars: pl.DataFrame) -> pl.DataFrame:
    return bars.group_by("observation_date").agg(
        pl.len().cast(pl.Int64).alias("traded"),
        pl.col("known_at").max(),
        rose=(pl.col("return_1d") > 0).sum().cast(pl.Int64),
        with_return=pl.col("return_1d").count().cast(pl.Int64),
        above_ma50=pl.col("above_ma50").sum().cast(pl.Int64),
        with_ma50=pl.col("above_ma50").count().cast(pl.Int64),
        above_ma200=pl.col("above_ma200").sum().cast(pl.Int64),
        with_ma200=pl.col("above_ma200").count().cast(pl.Int64),
        ran_up=(pl.col("run_up") >= RUN_UP_ALARM - ROUNDING).sum().cast(pl.Int64),
        with_run_up=pl.col("run_up").count().cast(pl.Int64),
    )


@prepared("followed_bars", reads=("stock_bars", "theme_membership"), optional=("security",))
def followed_bars(
    stock_bars: pl.DataFrame, theme_membership: pl.DataFrame, security: pl.DataFrame | None
) -> pl.DataFrame:
    """All bars, by (entity, day), of every stock ever listed under commercial aerospace.

    `member` says whether the stock was listed on that day: windows need the bars before it.
    """
    members = theme_members("commercial_aerospace", security, theme_membership)
    codes = members.select(pl.col("entity").cast(pl.Categorical)).unique()
    bars = stock_bars.join(codes, on="entity", how="semi")
    days = while_members(bars, members).select("entity", "observation_date", member=True)
    marked = bars.join(days, on=["entity", "observation_date"], how="left")
    return marked.with_columns(
        pl.col("entity").cast(pl.String), pl.col("member").fill_null(value=False)
    ).sort("entity", "observation_date")
