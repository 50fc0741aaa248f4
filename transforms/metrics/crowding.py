"""Whether a sector is crowded: traded far beyond its weight, far ahead, wild and tied to the rest.

By Shenwan's first level; "TMT" is electronics, computers, media and telecoms together. How much
funds overweight a sector belongs here too, but is published half a year late.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import FEWEST_DAYS, Group, Itself, Percentile, prepared
from transforms.formulas.concentration import log_kappa
from transforms.formulas.expressions import mid_rank_percentile, observations, volatility
from transforms.metrics.concentration import tmt
from transforms.prepared.series import WHOLE

STRENGTH_DAYS = 60

crowded = Group(paper="H08", direction="heat")


@prepared
def kappas(turnover_shares: pl.DataFrame) -> pl.DataFrame:
    """Logarithm of kappa by sector and day, and of TMT, as rows of a metric."""
    shares = turnover_shares.drop_nulls("cap_share")
    together = tmt(shares, "share", "cap_share")
    value = log_kappa(pl.col("share"), pl.col("cap_share"))
    columns = ("entity", "observation_date", "known_at")
    found = pl.concat([shares, together], how="diagonal").select(*columns, value=value)
    return found.filter(pl.col("value").is_finite()).sort("entity", "observation_date")


@crowded.metric(
    unit="log ratio", score=Percentile(), block="heat/concentration", weight=22, entities=("TMT",)
)
def crowding(kappas: pl.DataFrame) -> pl.DataFrame:
    """Crowding(k) = ln kappa(k), kappa = share of k in turnover /
    share in tradable capitalisation.
    """
    return kappas


@prepared
def sector_traits(
    kappas: pl.DataFrame,
    sector_returns: pl.DataFrame,
    sector_correlations: pl.DataFrame,
    sector_contributions: pl.DataFrame,
) -> pl.DataFrame:
    """What makes a sector look crowded, by (entity, observation_date), on days that have it all.

    Columns kappa (ln), strength (log return of 60 days less the market's), volatility (of 20
    daily log returns), correlation (mean of those with the other sectors, 60 days), known_at.
    """
    keys = ["entity", "observation_date"]
    changes = sector_returns.unpivot(
        index="observation_date", on=sector_returns.columns[2:], variable_name="entity"
    ).sort(keys)
    moves = changes.fill_nan(None).with_columns(
        rise=pl.col("value").rolling_sum(STRENGTH_DAYS).over("entity"),
        volatility=volatility(pl.col("value"), 20).over("entity"),
    )
    market = sector_contributions.group_by("observation_date").agg(pl.col("whole").first())
    own = kappas.select(*keys, kappa="value", known_kappa="known_at")
    joined = moves.join(sector_correlations, on=keys).join(own, on=keys)
    return (
        joined.join(market, on="observation_date")
        .select(
            *keys,
            "kappa",
            "volatility",
            "correlation",
            strength=pl.col("rise") - pl.col("whole").log1p(),
            known_at=pl.max_horizontal("known_at", "known_kappa"),
        )
        .drop_nulls(TRAITS)
        .sort(keys)
    )


TRAITS = ["kappa", "strength", "volatility", "correlation"]


@crowded.metric(unit="score 0-100", window=WHOLE, score=Itself())
def crowding_score(sector_traits: pl.DataFrame) -> pl.DataFrame:
    """Mean of four percentiles of the sector's own past, 500 days at least.

    ln kappa; log return of 60 days less the market's; volatility of 20 days; mean correlation
    with the other sectors over 60 days.
    """
    height = sector_traits.height
    ranks = [mid_rank_percentile(pl.col(name), height).over("entity") for name in TRAITS]
    ranked = sector_traits.with_columns(
        value=pl.sum_horizontal(ranks) / len(ranks),
        known_at=pl.col("known_at").cum_max().over("entity"),
        n=observations().over("entity"),
    )
    return ranked.filter(pl.col("n") >= FEWEST_DAYS).drop("n")
