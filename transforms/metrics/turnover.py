"""How much money changes hands in Shanghai and Shenzhen together."""

from __future__ import annotations

import polars as pl

from transforms.expressions import latest_known
from transforms.metric import Percentile, metric, prepared

EXCHANGES = ("SSE", "SZSE")
BOTH = ("+".join(EXCHANGES),)


@prepared("turnover_days", reads=("market_turnover",))
def turnover_days(market_turnover: pl.DataFrame) -> pl.DataFrame:
    """Turnover of both exchanges by day; a day on which only one has published is left out."""
    published = market_turnover.filter(
        pl.col("exchange").is_in(EXCHANGES) & pl.col("amount_cny").is_not_null()
    )
    days = published.group_by(observation_date="trade_date").agg(
        pl.col("known_at").max(),
        value=pl.col("amount_cny").cast(pl.Float64).sum(),
        exchanges=pl.col("exchange").n_unique(),
    )
    both = days.filter(pl.col("exchanges") == len(EXCHANGES)).sort("observation_date")
    return both.select("observation_date", "value", "known_at", entity=pl.lit(*BOTH))


@metric(
    "turnover_cny",
    unit="CNY",
    reads=("turnover_days",),
    score=Percentile(),
    direction="heat",
    block="heat/activity",
    entities=BOTH,
    label="Turnover, Shanghai and Shenzhen",
    reading="Nominal, so records come easily as the market grows; read it with the ratio below.",
    paper="M11",
)
def turnover_cny(turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Value traded on SSE and SZSE together; Beijing is not in it."""
    return turnover_days


@metric(
    "turnover_vs_250d",
    unit="ratio",
    reads=("turnover_days",),
    window=250,
    score=Percentile(),
    direction="heat",
    block="heat/activity",
    entities=BOTH,
    label="Turnover against its yearly mean",
    reading="Mean of 5 days over mean of 250: at 2, twice the usual money changes hands.",
    paper="M11; Baker and Stein (2004)",
)
def turnover_vs_250d(turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Mean turnover of 5 days over the mean of 250: the deflated form that M11 asks for."""
    value = pl.col("value")
    return turnover_days.with_columns(
        value=value.rolling_mean(5) / value.rolling_mean(250), known_at=latest_known(250)
    )
