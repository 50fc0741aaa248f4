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
    days = (
        _revisions(analyst_eps)
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


@expected.metric(window=90, direction="momentum")
def guidance_rising_share(
    earnings_guidance: pl.DataFrame,
    security: pl.DataFrame | None = None,
    theme_membership: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Companies that expect more profit than a year before / all with guidance of the newest
    period, by their newest notice, entities all and tech; n = companies, 30 at least.
    """
    return _rising(earnings_guidance, security, theme_membership)


@expected.metric(window=90, direction="momentum")
def flash_rising_share(
    earnings_flash: pl.DataFrame,
    security: pl.DataFrame | None = None,
    theme_membership: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Companies with more profit than a year before / all with preliminary results of the newest
    period, entities all and tech; n = companies, 30 at least.
    """
    return _rising(earnings_flash, security, theme_membership)


def _rising(
    notices: pl.DataFrame, security: pl.DataFrame | None, theme_membership: pl.DataFrame | None
) -> pl.DataFrame:
    """Share of companies whose newest notice names more profit, on each day with a notice.

    Of two periods that are told about on one day the newer one counts.
    """
    told = notices.select(
        "known_at",
        "period_end",
        "notice_date",
        entity="code",
        up=(pl.col("net_profit_cny") > pl.col("net_profit_year_ago_cny")).cast(pl.Int64),
    ).drop_nulls()
    ordered = told.sort("entity", "period_end", "notice_date")
    of_one = ["entity", "period_end"]
    moves = ordered.with_columns(
        step=pl.col("up") - pl.col("up").shift().over(of_one).fill_null(0),
        new=pl.col("up").shift().over(of_one).is_null().cast(pl.Int64),
    )
    groups = all_and_technology(moves.select(of_one).unique(), security, theme_membership)
    days = (
        moves.join(groups, on=of_one)
        .group_by("group", "period_end", "notice_date")
        .agg(pl.col("step", "new").sum(), pl.col("known_at").max())
        .sort("group", "period_end", "notice_date")
    )
    period = ["group", "period_end"]
    sums = days.with_columns(
        pl.col("step", "new").cum_sum().over(period), pl.col("known_at").cum_max().over(period)
    ).filter(pl.col("new") >= FEWEST_COMPANIES)
    newest = sums.sort("period_end").unique(
        ["group", "notice_date"], keep="last", maintain_order=True
    )
    return newest.select(
        "known_at",
        entity="group",
        observation_date="notice_date",
        value=pl.col("step") / pl.col("new"),
        n="new",
    ).sort("entity", "observation_date")


def _revisions(analyst_eps: pl.DataFrame) -> pl.DataFrame:
    """Each estimate as it was made: report_date, known_at, and change, the sign of its revision.

    change is null where the broker had none of that company and year, or an older one.
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
    eps, day = pl.col("eps"), pl.col("report_date")
    recent = day.shift().over(of_one) >= day.dt.offset_by(f"-{STALE_ESTIMATE}")
    change = pl.when(recent).then((eps - eps.shift().over(of_one)).sign())
    ordered = estimates.sort(*of_one, "report_date").with_columns(change=change)
    return ordered.select("report_date", "known_at", "change")
