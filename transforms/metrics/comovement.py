"""Whether sectors move as one: correlation, absorption and turbulence of Shenwan's first level.

Sectors, not stocks: 5,000 stocks over 500 days have a covariance without full rank. A sector with
a hole in the window is left out of it, n counts the others. All three rise in crashes as
in booms: they say how fragile the market is, not which way it goes.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.engine.metric import Anchors, Group, Percentile, metric, prepared
from transforms.formulas.covariance import absorption_ratios, mean_correlations, turbulence
from transforms.formulas.expressions import ROUNDING, latest_known
from transforms.formulas.matrix import Floats, Wide, long, wide
from transforms.prepared.series import WHOLE

CORRELATED_DAYS = 60
ABSORBED_DAYS, HALF_LIFE = 500, 250
SHIFT_DAYS, SHIFT_AGAINST = 15, 250
TURBULENT_DAYS = 250
FEWEST_SECTORS = 5

absorptions = Group(
    unit="fraction", paper="H09; Kritzman, Li, Page and Rigobon (2011)", window=ABSORBED_DAYS
)
turbulences = Group(unit="ratio", paper="H21; Kritzman and Li (2010)", score=Percentile())


@prepared
def sector_returns(shenwan_days: pl.DataFrame) -> pl.DataFrame:
    """Log returns of the first-level sectors, one column each, with observation_date and known_at.

    Between the days of `shenwan_days`, so that a change may span a day that was left out; null
    where a sector lacks one of both closes.
    """
    closes = wide(shenwan_days, "close")
    returns = np.log(closes.values[1:] / closes.values[:-1])
    known = shenwan_days.group_by("observation_date").agg(pl.col("known_at").max())
    days = pl.DataFrame({"observation_date": closes.days}).join(
        known, on="observation_date", maintain_order="left"
    )
    columns = [pl.Series(n, returns[:, at]) for at, n in enumerate(closes.names)]
    return days.with_columns(known_at=latest_known(2)).slice(1).with_columns(columns)


def matrix(sector_returns: pl.DataFrame) -> Floats:
    """The returns alone, [day, sector], NaN where there is none."""
    rows = sector_returns.drop("observation_date", "known_at")
    return np.array(rows.to_numpy(), dtype=float, order="C")


@prepared
def sector_correlations(sector_returns: pl.DataFrame) -> pl.DataFrame:
    """Mean correlation of each sector with the others over 60 days: entity, day, correlation."""
    days, names = sector_returns["observation_date"], sector_returns.columns[2:]
    mean = mean_correlations(matrix(sector_returns), CORRELATED_DAYS, FEWEST_SECTORS)
    known = sector_returns.select("observation_date", known_at=latest_known(CORRELATED_DAYS))
    rows = long(Wide(days, names, mean), correlation=mean)
    return rows.join(known, on="observation_date").sort("observation_date", "entity")


@prepared
def sector_absorption(sector_returns: pl.DataFrame) -> pl.DataFrame:
    """Absorption ratios by day: observation_date, covariance, correlation, sectors, known_at."""
    found = absorption_ratios(matrix(sector_returns), ABSORBED_DAYS, HALF_LIFE, FEWEST_SECTORS)
    return _days(
        sector_returns,
        covariance=found.covariance,
        correlation=found.correlation,
        sectors=found.count,
    )


def _days(sector_returns: pl.DataFrame, **figures: Floats) -> pl.DataFrame:
    """Figures by day beside observation_date and known_at, null for NaN."""
    columns = {name: pl.Series(values).fill_nan(None) for name, values in figures.items()}
    return sector_returns.select("observation_date", "known_at", **columns)


def _figure(days: pl.DataFrame, name: str, count: str, window: int) -> pl.DataFrame:
    """The days that have a figure, as rows of a metric."""
    rows = days.select(
        "observation_date",
        entity=pl.lit("CN"),
        value=name,
        n=pl.col(count).cast(pl.Int64),
        known_at=latest_known(window),
    )
    return rows.drop_nulls("value")


@metric(unit="fraction", paper="H09", window=CORRELATED_DAYS, score=Percentile())
def average_correlation_60d(sector_correlations: pl.DataFrame) -> pl.DataFrame:
    """(Sum of all entries of the correlation matrix - N) / (N (N - 1)), log returns of 60 days."""
    return sector_correlations.group_by("observation_date", maintain_order=True).agg(
        pl.col("known_at").first(),
        entity=pl.lit("CN"),
        value=pl.col("correlation").mean(),
        n=pl.len(),
    )


@absorptions.metric()
def absorption_ratio(sector_absorption: pl.DataFrame) -> pl.DataFrame:
    """Sum of the N/5 largest eigenvalues / sum of all, of the covariance of N sectors.

    Over 500 days of log returns with weights of half-life 250 days.
    """
    return _figure(sector_absorption, "covariance", "sectors", ABSORBED_DAYS)


@absorptions.metric()
def absorption_ratio_correlation(sector_absorption: pl.DataFrame) -> pl.DataFrame:
    """Sum of the N/5 largest eigenvalues / N, of the weighted correlation matrix of N sectors."""
    return _figure(sector_absorption, "correlation", "sectors", ABSORBED_DAYS)


@absorptions.metric(
    unit="standard deviations",
    window=ABSORBED_DAYS + SHIFT_AGAINST,
    score=Anchors(((-2, 0), (-1, 25), (0, 50), (1, 75), (2, 100))),
    block="heat/concentration",
    weight=22,
    entities=("CN",),
)
def absorption_shift(absorption_ratio: pl.DataFrame) -> pl.DataFrame:
    """(Mean of AR over 15 days - mean over 250) / standard deviation over 250."""
    return shifted(absorption_ratio)


def shifted(ratio: pl.DataFrame) -> pl.DataFrame:
    """Rows of an absorption ratio by day as its shift; null until 250 days, or when it is still."""
    value = pl.col("value")
    usual, spread = value.rolling_mean(SHIFT_AGAINST), value.rolling_std(SHIFT_AGAINST)
    return ratio.select(
        "entity",
        "observation_date",
        "n",
        value=(value.rolling_mean(SHIFT_DAYS) - usual) / pl.when(spread > ROUNDING).then(spread),
        known_at=latest_known(SHIFT_AGAINST),
    )


@prepared
def sector_turbulence(sector_returns: pl.DataFrame) -> pl.DataFrame:
    """Turbulence by day: observation_date, rolling and expanding with sectors, known_at of each."""
    returns = matrix(sector_returns)
    rolling, rolling_n = turbulence(returns, TURBULENT_DAYS)
    expanding, expanding_n = turbulence(returns, None, TURBULENT_DAYS)
    return _days(
        sector_returns,
        rolling=rolling,
        rolling_n=rolling_n,
        expanding=expanding,
        expanding_n=expanding_n,
    )


def _expanding(days: pl.DataFrame) -> pl.DataFrame:
    """The rows of the expanding figure, which knows all days before."""
    return _figure(days.with_columns(pl.col("known_at").cum_max()), "expanding", "expanding_n", 1)


def _per_sector(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(value=pl.col("value") / pl.col("n"))


@turbulences.metric(window=TURBULENT_DAYS + 1)
def turbulence_250d(sector_turbulence: pl.DataFrame) -> pl.DataFrame:
    """Distance d = (y - m)' S^-1 (y - m), m and S of the 250 days before.

    S is shrunk after Ledoit and Wolf where there are fewer than ten days per sector.
    """
    return _figure(sector_turbulence, "rolling", "rolling_n", TURBULENT_DAYS + 1)


@turbulences.metric(window=TURBULENT_DAYS + 1)
def turbulence_250d_per_sector(turbulence_250d: pl.DataFrame) -> pl.DataFrame:
    """Turbulence d against the 250 days before, over the number of sectors N."""
    return _per_sector(turbulence_250d)


@turbulences.metric(window=WHOLE)
def turbulence_expanding(sector_turbulence: pl.DataFrame) -> pl.DataFrame:
    """Distance d = (y - m)' S^-1 (y - m), m and S of all days before, at least 250.

    S is shrunk after Ledoit and Wolf where there are fewer than ten days per sector.
    """
    return _expanding(sector_turbulence)


@turbulences.metric(window=WHOLE)
def turbulence_expanding_per_sector(turbulence_expanding: pl.DataFrame) -> pl.DataFrame:
    """Turbulence d against all days before, over the number of sectors N."""
    return _per_sector(turbulence_expanding)
