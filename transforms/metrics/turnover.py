"""How much money changes hands in Shanghai and Shenzhen together, and how fast shares turn over.

"Tradable" is 流通市值, the exchanges' own figure: shares that may be traded, also those which a
founder or the state never sells. True free float is smaller, so true turnover is faster.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Percentile, metric, prepared
from transforms.formulas.expressions import SESSIONS_A_YEAR, has_record, latest_known, positive
from transforms.prepared.series import WHOLE

EXCHANGES = ("SSE", "SZSE")
BOTH = ("+".join(EXCHANGES),)
CAPS = ("market_cap_cny", "float_market_cap_cny")

amounts = Group(unit="CNY", paper="M11")
rates = Group(unit="fraction", paper="H05")


@prepared
def turnover_days(market_turnover: pl.DataFrame) -> pl.DataFrame:
    """Turnover of both exchanges by day; a day on which only one has published is left out."""
    published = market_turnover.filter(
        pl.col("exchange").is_in(EXCHANGES), positive(pl.col("amount_cny"))
    )
    days = published.group_by(observation_date="trade_date").agg(
        pl.col("known_at").max(),
        value=pl.col("amount_cny").cast(pl.Float64).sum(),
        exchanges=pl.col("exchange").n_unique(),
    )
    both = days.filter(pl.col("exchanges") == len(EXCHANGES)).sort("observation_date")
    return both.select("observation_date", "value", "known_at", entity=pl.lit(*BOTH))


@prepared
def capitalisation_days(market_turnover: pl.DataFrame) -> pl.DataFrame:
    """What the shares are worth at each close, by exchange and for both together.

    Columns entity ("SSE", "SZSE", "SSE+SZSE"), observation_date, amount_cny, market_cap_cny,
    float_market_cap_cny, known_at; days without a tradable capitalisation are left out, from
    "SSE+SZSE" also those on which one exchange lacks it. Quote pages, which stand in for an
    exchange, give turnover without capitalisation.
    """
    if not set(CAPS).issubset(market_turnover.columns):
        market_turnover = market_turnover.clear().with_columns(
            pl.lit(None, pl.Float64).alias(name) for name in CAPS
        )
    measures = ("amount_cny", *CAPS)
    each = market_turnover.filter(
        pl.col("exchange").is_in(EXCHANGES), *(positive(pl.col(name)) for name in measures)
    ).select(
        pl.col(measures).cast(pl.Float64),
        "known_at",
        entity=pl.col("exchange").cast(pl.String),
        observation_date="trade_date",
    )
    sums = (
        each.sort("observation_date", "entity")
        .group_by("observation_date")
        .agg(pl.col(measures).sum(), pl.col("known_at").max(), exchanges=pl.len())
    )
    both = sums.filter(pl.col("exchanges") == len(EXCHANGES)).with_columns(entity=pl.lit(*BOTH))
    return pl.concat([each, both.select(each.columns)]).sort("entity", "observation_date")


def _mean(days: pl.DataFrame, window: int) -> pl.DataFrame:
    """The rows with the mean of their last `window` values."""
    return days.with_columns(
        value=pl.col("value").rolling_mean(window).over("entity"),
        known_at=latest_known(window).over("entity"),
    )


@amounts.metric(score=Percentile(), direction="heat")
def turnover_cny(turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Value traded on SSE + value traded on SZSE."""
    return turnover_days


@amounts.metric(window=5)
def turnover_5d_cny(turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Mean turnover of 5 days."""
    return _mean(turnover_days, 5)


@amounts.metric(window=20)
def turnover_20d_cny(turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Mean turnover of 20 days."""
    return _mean(turnover_days, 20)


@amounts.metric(unit="ratio", window=WHOLE, version=2)
def turnover_vs_record(turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Turnover(t) / largest turnover before t; nothing on the first 249 days."""
    value = pl.col("value")
    return turnover_days.with_columns(
        value=pl.when(has_record()).then(value / value.cum_max().shift()),
        known_at=pl.col("known_at").cum_max(),
    )


@metric(
    unit="ratio",
    paper="H05; Baker and Stein (2004)",
    window=250,
    score=Percentile(),
    block="heat/activity",
    weight=14,
    core=30,
    core_entities=BOTH,
    entities=BOTH,
)
def turnover_vs_250d(turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Mean turnover of 5 days / mean turnover of 250 days."""
    value = pl.col("value")
    return turnover_days.with_columns(
        value=value.rolling_mean(5) / value.rolling_mean(250), known_at=latest_known(250)
    )


@amounts.metric(
    unit="ratio",
    window=250,
    score=Percentile(),
    block="momentum/persistence",
    weight=20,
    core=4,
    core_entities=BOTH,
    entities=BOTH,
)
def turnover_20d_vs_250d(turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Mean turnover of 20 days / mean turnover of 250 days."""
    value = pl.col("value")
    return turnover_days.with_columns(
        value=value.rolling_mean(20) / value.rolling_mean(250), known_at=latest_known(250)
    )


@rates.metric(paper="M11; H05", score=Percentile(), direction="heat")
def turnover_to_tradable_cap(capitalisation_days: pl.DataFrame) -> pl.DataFrame:
    """Value traded / tradable capitalisation (流通市值) at the close, by exchange and for both."""
    return _rate(capitalisation_days)


@rates.metric(window=20, score=Percentile(), block="heat/activity", weight=28, entities=BOTH)
def turnover_rate_20d(capitalisation_days: pl.DataFrame) -> pl.DataFrame:
    """Mean over 20 days of amount / tradable capitalisation."""
    return _mean(_rate(capitalisation_days), 20)


@rates.metric(unit="ratio", window=20)
def turnover_velocity(capitalisation_days: pl.DataFrame) -> pl.DataFrame:
    """243 x mean over 20 days of amount / tradable capitalisation."""
    month = _mean(_rate(capitalisation_days), 20)
    return month.with_columns(value=pl.col("value") * SESSIONS_A_YEAR)


def _rate(days: pl.DataFrame) -> pl.DataFrame:
    value = pl.col("amount_cny") / pl.col("float_market_cap_cny")
    return days.select("entity", "observation_date", "known_at", value=value)


@rates.metric(paper="H07")
def congestion(market_congestion: pl.DataFrame) -> pl.DataFrame:
    """Turnover of the busiest 5 % of the shares / turnover of all, as published."""
    return market_congestion.select(
        "known_at", entity=pl.lit("CN"), observation_date="trade_date", value="congestion"
    )
