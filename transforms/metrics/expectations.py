"""What analysts expect companies to earn, and whether they raise or lower it (M15).

A snapshot of the consensus counts from the day on which it was taken: its past cannot be fetched.
Single estimates are dated by their reports.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Percentile
from transforms.metrics.earnings import (
    CHINA,
    FEWEST_COMPANIES,
    FEWEST_OF_SEVEN,
    SEVEN,
    all_and_technology,
    first_parity,
    growth,
)

REVISIONS_OF, STALE_ESTIMATE = "90d", "180d"
FEWEST_REVISIONS = 50

expected = Group(unit="fraction", paper="M15")


@expected.metric()
def earnings_growth_expected(
    hk_consensus: pl.DataFrame, fx_rate: pl.DataFrame | None = None
) -> pl.DataFrame:
    """ΣE(next fiscal year) / ΣE(fiscal year of the snapshot) - 1, five of seven companies or more.

    Amounts in other currencies weigh at the first parity known; without one they are left out.
    """
    rates = {"CNY": 1.0} | {
        currency: parity[0]
        for currency in ("USD", "HKD")
        if (parity := first_parity(fx_rate, currency))
    }
    rate = pl.col("currency").replace_strict(rates, default=None, return_dtype=pl.Float64)
    expected = hk_consensus.select(
        "snapshot_date",
        "code",
        "known_at",
        year=pl.col("fiscal_year") - pl.col("snapshot_date").dt.year(),
        profit=pl.col("net_profit_reported").cast(pl.Float64) * rate,
    ).drop_nulls()
    running = expected.filter(pl.col("year") == 0)
    pairs = running.join(
        expected.filter(pl.col("year") == 1), on=["snapshot_date", "code"], suffix="_next"
    ).sort("snapshot_date", "code")
    sums = pairs.group_by("snapshot_date", maintain_order=True).agg(
        pl.col("profit", "profit_next").sum(),
        pl.max_horizontal("known_at", "known_at_next").max().alias("known_at"),
        n=pl.len().cast(pl.Int64),
    )
    return sums.filter(pl.col("n") >= FEWEST_OF_SEVEN).select(
        "known_at",
        "n",
        entity=pl.lit(CHINA),
        observation_date="snapshot_date",
        value=growth(pl.col("profit_next"), pl.col("profit")),
        coverage=pl.col("n") / SEVEN,
    )


@expected.metric()
def eps_growth_expected_median(
    consensus_eps: pl.DataFrame,
    security: pl.DataFrame | None = None,
    theme_membership: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Median of EPS(next year) / EPS(year of the snapshot) - 1, of 30 companies or more."""
    expected = consensus_eps.select(
        "known_at",
        entity="code",
        period_end="snapshot_date",
        year=pl.col("fiscal_year") - pl.col("snapshot_date").dt.year(),
        eps=pl.col("eps_cny").cast(pl.Float64),
    )
    running = expected.filter(pl.col("year") == 0, pl.col("eps") > 0)
    pairs = running.join(
        expected.filter(pl.col("year") == 1), on=["period_end", "entity"], suffix="_next"
    ).select(
        "entity",
        "period_end",
        value=pl.col("eps_next") / pl.col("eps") - 1,
        known_at=pl.max_horizontal("known_at", "known_at_next"),
    )
    medians = (
        all_and_technology(pairs, security, theme_membership)
        .group_by("group", "period_end")
        .agg(pl.col("value").median(), pl.col("known_at").max(), n=pl.len().cast(pl.Int64))
        .filter(pl.col("n") >= FEWEST_COMPANIES)
    )
    return medians.rename({"group": "entity", "period_end": "observation_date"})


@expected.metric(window=90, score=Percentile(), direction="momentum")
def eps_revision_breadth_90d(analyst_eps: pl.DataFrame) -> pl.DataFrame:
    """(raised - lowered) / (raised + lowered) of the estimates of 90 days; n = both, 50 at least.

    A revision is a broker's earnings per share for a company and fiscal year against its own of at
    most 180 days before.
    """
    horizons = {0: "eps_cny", 1: "eps_next_year_cny", 2: "eps_second_year_cny"}
    estimates = pl.concat(
        analyst_eps.select(
            "report_date",
            "code",
            "broker",
            "known_at",
            year=pl.col("fiscal_year") + ahead,
            eps=pl.col(name).cast(pl.Float64),
        )
        for ahead, name in horizons.items()
    ).drop_nulls("eps")
    of_one = ["code", "broker", "year"]
    ordered = estimates.sort(*of_one, "report_date")
    eps, day = pl.col("eps"), pl.col("report_date")
    recent = day.shift().over(of_one) >= day.dt.offset_by(f"-{STALE_ESTIMATE}")
    change = pl.when(recent).then((eps - eps.shift().over(of_one)).sign())
    days = (
        ordered.with_columns(change=change)
        .group_by("report_date")
        .agg(
            pl.col("known_at").max(),
            raised=(pl.col("change") > 0).sum().cast(pl.Int64),
            lowered=(pl.col("change") < 0).sum().cast(pl.Int64),
        )
        .sort("report_date")
    )
    sums = days.with_columns(
        pl.col("raised", "lowered").rolling_sum_by("report_date", REVISIONS_OF),
        pl.col("known_at").cum_max(),
    ).with_columns(n=pl.col("raised") + pl.col("lowered"))
    first = pl.col("report_date").min().dt.offset_by(REVISIONS_OF)
    enough = sums.filter(pl.col("n") >= FEWEST_REVISIONS, pl.col("report_date") >= first)
    return enough.select(
        "known_at",
        "n",
        entity=pl.lit("all"),
        observation_date="report_date",
        value=(pl.col("raised") - pl.col("lowered")) / pl.col("n"),
    )
