"""Headline figures of two hosts compared, so that no headline series has a single source.

A pair compares what core holds with what another host publishes for the same day. Which of the two
the briefing uses is fixed beforehand, with the reason; a difference never changes it silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from transforms.formulas.expressions import one_bar_return
from transforms.intraday.figures import SESSION, figures_of

WINDOW = timedelta(days=31)  # how far back of the as-of day pairs are compared
SUMMED = "sum of stock_minute"
FULL = 0.9  # a sum over shares counts only on days that have 90 % of the fullest day's shares
EXCHANGES = {"SH": "SSE", "SZ": "SZSE", "BJ": "BSE"}
COMPARED = pl.Schema(
    {
        "series": pl.String(),
        "entity": pl.String(),
        "observation_date": pl.Date(),
        "chosen": pl.Float64(),
        "chosen_source": pl.String(),
        "other": pl.Float64(),
        "other_source": pl.String(),
        "unit": pl.String(),
        "difference": pl.Float64(),
        "tolerance": pl.Float64(),
        "agrees": pl.Boolean(),
        "reason": pl.String(),
    }
)
Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Reconciliation:
    """A series, its second source, and how far they may differ.

    pair: the frames it `reads` → entity, observation_date, chosen, chosen_source, other,
    other_source. tolerance: largest |other / chosen - 1|; for fractions largest |other - chosen|.
    reason: why the chosen figure is the one that is used.
    """

    series: str
    unit: str
    tolerance: float
    reason: str
    reads: tuple[str, ...]
    pair: Callable[..., pl.DataFrame]


def reconcile(frames: Frames, as_of: date) -> pl.DataFrame:
    """Every pair of the last month that both sources have; columns COMPARED.

    frames: the core datasets by name as they were known at `as_of`, with source.
    """
    since = pl.col("trade_date").is_between(as_of - WINDOW, as_of)
    recent = {
        name: frames[name].filter(since) if "trade_date" in frames[name].columns else frames[name]
        for one in RECONCILIATIONS
        for name in one.reads
        if name in frames
    }
    found = [
        _judged(one, one.pair(*(recent[name] for name in one.reads)))
        for one in RECONCILIATIONS
        if all(recent.get(name, pl.DataFrame()).height for name in one.reads)
    ]
    if not found:
        return COMPARED.to_frame()
    return pl.concat(found).sort("series", "entity", "observation_date")


def _judged(one: Reconciliation, pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with their difference; a source is never compared with itself."""
    gap = pl.col("other") - pl.col("chosen")
    return (
        pairs.drop_nulls(["chosen", "other"])
        .filter(pl.col("chosen_source") != pl.col("other_source"))
        .with_columns(
            series=pl.lit(one.series),
            unit=pl.lit(one.unit),
            difference=gap if one.unit == "fraction" else gap / pl.col("chosen"),
            tolerance=pl.lit(one.tolerance),
            reason=pl.lit(one.reason),
        )
        .with_columns(agrees=pl.col("difference").abs() <= pl.col("tolerance"))
        .select(COMPARED.names())
        .cast(COMPARED)
    )


def _named_sources() -> pl.Expr:
    return pl.col("source").unique().sort().str.join(", ")


def index_closes(bars: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Close of an index against the same close from another host."""
    return bars.join(second, on=["code", "trade_date"], suffix="_other").select(
        entity="code",
        observation_date="trade_date",
        chosen="close",
        chosen_source="source",
        other="close_other",
        other_source="source_other",
    )


def turnover(totals: pl.DataFrame, bars: pl.DataFrame) -> pl.DataFrame:
    """An exchange's own total against the sum over its shares, on days that have nearly all."""
    exchange = pl.col("code").str.slice(7).replace_strict(EXCHANGES, default=None)
    summed = (
        bars.drop_nulls("amount_cny")
        .group_by("trade_date", exchange=exchange)
        .agg(other=pl.col("amount_cny").sum(), shares=pl.len(), other_source=_named_sources())
        .filter(pl.col("shares") >= FULL * pl.col("shares").max().over("exchange"))
    )
    own = totals.filter(~pl.col("source").str.starts_with("sum of "))  # the fallback is that sum
    return own.join(summed, on=["exchange", "trade_date"]).select(
        entity="exchange",
        observation_date="trade_date",
        chosen="amount_cny",
        chosen_source="source",
        other="other",
        other_source="other_source",
    )


def margin(market: pl.DataFrame, exchanges: pl.DataFrame) -> pl.DataFrame:
    """The market's balance against the sum of the three exchanges on the same day."""
    summed = (
        exchanges.group_by("trade_date")
        .agg(
            other=pl.col("financing_balance_cny").sum(),
            exchanges=pl.col("exchange").n_unique(),
            other_source=_named_sources(),
        )
        .filter(pl.col("exchanges") == len(EXCHANGES))
    )
    independent = ~pl.col("source").str.contains("+", literal=True)  # the fallback is that sum
    return (
        market.filter(independent)
        .join(summed, on="trade_date")
        .select(
            entity=pl.lit("CN"),
            observation_date="trade_date",
            chosen="financing_balance_cny",
            chosen_source="source",
            other="other",
            other_source="other_source",
        )
    )


def breadth(bars: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Advancers among the shares that rose or fell: counted from our bars, and by another host."""
    change = one_bar_return(pl.col("close"), pl.col("previous_close")).over("code")
    ours = (
        bars.sort("code", "trade_date")
        .with_columns(change=change)
        .group_by("trade_date")
        .agg(
            up=(pl.col("change") > 0).sum(),
            down=(pl.col("change") < 0).sum(),
            chosen_source=_named_sources(),
        )
        .filter(pl.col("up") + pl.col("down") > 0)
    )
    return ours.join(counted, on="trade_date").select(
        entity=pl.lit("all"),
        observation_date="trade_date",
        chosen=pl.col("up") / (pl.col("up") + pl.col("down")),
        chosen_source="chosen_source",
        other=pl.col("advancing") / (pl.col("advancing") + pl.col("declining")),
        other_source="source",
    )


def minutes(bars: pl.DataFrame, stock_minute: pl.DataFrame) -> pl.DataFrame:
    """A share's value traded on a day against the sum of its minutes, on days that are whole."""
    summed = figures_of(stock_minute).filter(pl.col("minutes") >= FULL * SESSION)
    return bars.join(summed, on=["code", "trade_date"], suffix="_minutes").select(
        entity="code",
        observation_date="trade_date",
        chosen="amount_cny",
        chosen_source="source",
        other="amount_cny_minutes",
        other_source=pl.lit(SUMMED),
    )


def list_size(securities: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Shares on the exchanges' lists against the shares that another host counts on a day."""
    listed = securities.select(
        chosen=pl.col("code").n_unique().cast(pl.Float64), chosen_source=_named_sources()
    )
    shares = pl.sum_horizontal("advancing", "declining", "unchanged", "suspended")
    newest = counted.filter(pl.col("trade_date") == pl.col("trade_date").max())
    return newest.join(listed, how="cross").select(
        entity=pl.lit("all"),
        observation_date="trade_date",
        chosen="chosen",
        chosen_source="chosen_source",
        other=shares.cast(pl.Float64),
        other_source="source",
    )


RECONCILIATIONS = (
    Reconciliation(
        "index_close",
        "index points",
        1e-4,
        "Sina gives the longest history with open, high and low",
        ("index_daily", "index_close_check"),
        index_closes,
    ),
    Reconciliation(
        "turnover",
        "CNY",
        0.02,
        "the exchange's own total counts every share, B shares and suspended ones too",
        ("market_turnover", "stock_daily"),
        turnover,
    ),
    Reconciliation(
        "margin_financing_balance",
        "CNY",
        0.005,
        "one total of China Securities Finance has no gaps; the exchanges publish apart",
        ("margin_market", "margin_exchange"),
        margin,
    ),
    Reconciliation(
        "breadth_up_share",
        "fraction",
        0.02,
        "our own count says which shares it counts and knows the ex-rights closes",
        ("stock_daily", "market_activity"),
        breadth,
    ),
    Reconciliation(
        "minute_turnover",
        "CNY",
        0.02,
        "the daily bar counts auctions and trading after the close",
        ("stock_daily", "stock_minute"),
        minutes,
    ),
    Reconciliation(
        "a_share_list_size",
        "count",
        0.01,
        "the exchanges' own lists name every share",
        ("security", "market_activity"),
        list_size,
    ),
)
