"""Frames that several metrics share: sorted bars of all series, sessions, dated theme members."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import prepared
from transforms.formulas.expressions import (
    SESSIONS_A_YEAR,
    SESSIONS_A_YEAR_US,
    latest_known,
    log_level,
    one_bar_return,
    positive,
    trailing_percentile,
)

FRIDAY = 5
MAINLAND = r"\.(?:SH|SZ|CSI)$"
WHOLE = 0  # the window of a metric that looks at every earlier bar


@prepared
def index_bars(index_daily: pl.DataFrame) -> pl.DataFrame:
    """Closes of all indices sorted by (entity, observation_date), days without a close left out."""
    return (
        index_daily.filter(positive(pl.col("close")))
        .select("close", "known_at", entity="code", observation_date="trade_date")
        .sort("entity", "observation_date")
    )


@prepared
def series_bars(
    index_daily: pl.DataFrame | None = None,
    sector_daily: pl.DataFrame | None = None,
    board_daily: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Every followed series by (entity, observation_date): indices, Shenwan sectors, theme boards.

    Columns entity, kind ("index", "sector", "board"), observation_date, close, high and amount_cny
    (null where they are not published), known_at, bars_per_year, and of the close its change
    (fraction) and its level, ln(P / P(first)). Days without a close are left out. A board is its
    publisher's own: "人工智能 (THS)" and "人工智能 (Eastmoney)" are two series. The technology ETFs
    stay out: their prices are as traded, so that a split of the fund's shares reads as a
    crash and the splits are not published with them; STAR 50 and the CSI themes that they
    follow are here.
    """
    board = pl.format("{} ({})", "board", "publisher")
    found = [
        _series(index_daily, "index", pl.col("code")),
        _series(sector_daily, "sector", pl.col("code")),
        _series(board_daily, "board", board),
    ]
    # Sorted by entity as one frame: polars then knows it, and windows over entities are fast.
    bars = pl.concat([frame for frame in found if frame is not None])
    close = pl.col("close")
    return bars.sort("entity", "observation_date").with_columns(
        bars_per_year=_bars_per_year(),
        change=one_bar_return(close, pl.lit(None, pl.Float64)).over("entity"),
        level=log_level(close).over("entity"),
    )


def with_columns_of(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The frame with these columns of numbers: null where its source does not publish one."""
    missing = [name for name in names if name not in frame.columns]
    return frame.with_columns(pl.lit(None, pl.Float64).alias(name) for name in missing)


def _series(bars: pl.DataFrame | None, kind: str, entity: pl.Expr) -> pl.DataFrame | None:
    """The bars of one dataset in the columns of series_bars; None without the dataset."""
    if bars is None:
        return None
    filled = with_columns_of(bars, "high", "amount_cny")
    return filled.filter(positive(pl.col("close"))).select(
        "known_at",
        pl.col("close", "high", "amount_cny").cast(pl.Float64),
        entity=entity.cast(pl.String),
        kind=pl.lit(kind),
        observation_date="trade_date",
    )


def _bars_per_year() -> pl.Expr:
    """Trading days of a year in New York and elsewhere; Hong Kong has three more than we say."""
    abroad = pl.col("entity").str.ends_with(".US")
    return pl.when(abroad).then(float(SESSIONS_A_YEAR_US)).otherwise(float(SESSIONS_A_YEAR))


def measured(bars: pl.DataFrame, value: pl.Expr, window: int) -> pl.DataFrame:
    """The value of each series with the time at which its window was known: a metric's rows."""
    known_at = known_within(window).over("entity")
    return bars.select("entity", "observation_date", value=value.over("entity"), known_at=known_at)


def ranked(rows: pl.DataFrame, span: str, fewest: int) -> pl.DataFrame:
    """The rows with the place of each value among those of its series within a span, 0-100.

    rows: entity, observation_date, value, known_at, and others, which stay; span: as "24mo"; null
    where the span has fewer values than `fewest`.
    """
    rank = trailing_percentile(pl.col("value"), pl.col("observation_date"), span, fewest)
    return rows.sort("entity", "observation_date").with_columns(
        value=rank.over("entity"), known_at=pl.col("known_at").cum_max().over("entity")
    )


def known_within(window: int) -> pl.Expr:
    """When the last of the inputs within `window` rows, or of the WHOLE past, became known."""
    return pl.col("known_at").cum_max() if window == WHOLE else latest_known(window)


def period_ends(bars: pl.DataFrame, period: str) -> pl.DataFrame:
    """The last bar of each series in each finished week ("1w") or month ("1mo").

    A period is over when a bar of a later one is there, and then known when that bar is. A week
    whose Friday has a bar is over with it; that of a month cannot be known without a calendar.
    """
    day = pl.col("observation_date")
    begins = day.dt.truncate(period)
    followed = (begins.shift(-1) > begins).over("entity")
    last_known = pl.max_horizontal("known_at", pl.col("known_at").shift(-1).over("entity"))
    friday = (day.dt.weekday() >= FRIDAY) & pl.lit(period == "1w")
    known_at = pl.when(friday).then("known_at").otherwise(last_known)
    return bars.with_columns(known_at=known_at).filter(followed.fill_null(friday))


@prepared
def sessions(index_daily: pl.DataFrame, trade_calendar: pl.DataFrame | None = None) -> pl.DataFrame:
    """Mainland trading days so far, numbered from 0: columns observation_date, session."""
    mainland = pl.col("code").str.contains(MAINLAND)
    days = [index_daily.filter(mainland)["trade_date"]]
    if trade_calendar is not None:
        days.append(trade_calendar["trade_date"])
    return pl.select(observation_date=pl.concat(days).unique().sort()).with_row_index("session")


@prepared
def priced_sessions(sessions: pl.DataFrame, index_daily: pl.DataFrame) -> pl.DataFrame:
    """The sessions of which a mainland close is there: no axis is dated after its last price."""
    mainland = pl.col("code").str.contains(MAINLAND)
    closes = index_daily.filter(mainland, positive(pl.col("close")))
    return sessions.join(
        closes.select(observation_date="trade_date"), on="observation_date", how="semi"
    )


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


def within_span(day: pl.Expr) -> pl.Expr:
    """Whether a day lies between valid_from and valid_to, both included; null means open."""
    last = pl.col("valid_to")
    return (day >= pl.col("valid_from")) & (last.is_null() | (day <= last))


def while_members(bars: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The bars of the days on which their stock was a member, each once."""
    spans = members.with_columns(pl.col("entity").cast(pl.Categorical))
    inside = within_span(pl.col("observation_date"))
    kept = bars.join(spans, on="entity").filter(inside).select(bars.columns)
    return kept.unique(["entity", "observation_date"]) if _repeated(spans) else kept


def _repeated(spans: pl.DataFrame) -> bool:
    return spans["entity"].n_unique() < spans.height
