"""How few sectors carry the market: its turnover and its rise, by Shenwan's first level.

Shares of turnover and tradable capitalisation are the publisher's. A day counts when nearly all
sectors have a row: a stand-in source gives some of them only.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.engine.metric import Group, Percentile, prepared
from transforms.formulas import stock_arrays
from transforms.formulas.carino_linking import leaders, linked
from transforms.formulas.concentration import (
    distance,
    effective_number,
    entropy_number,
    herfindahl,
    largest,
    normalised_herfindahl,
)
from transforms.formulas.expressions import latest_known, positive
from transforms.formulas.matrix import Floats, Wide, long, total, wide
from transforms.prepared.series import with_columns_of
from transforms.prepared.stocks import ground_of

# Technology, media, telecoms as sell-side desks count it: electronics, computers, media, telecoms.
TMT = ("801080.SW", "801750.SW", "801760.SW", "801770.SW")
FEWEST_SECTORS = 0.9
FEWEST_TURNOVER = 0.95
LINKED_DAYS = 60
LEAST_RETURN = 0.02
LEADERS = 10
FEWEST_WEIGHED = 0.9

turnover = Group(unit="fraction", paper="H07")
contributions = Group(unit="fraction", paper="H07", window=LINKED_DAYS + 1)


@prepared
def shenwan_days(sector_daily: pl.DataFrame) -> pl.DataFrame:
    """First-level sectors by (entity, observation_date) on the days that have nearly all of them.

    Columns entity, observation_date, close, amount_share, float_value_cny, known_at. A day with
    less than 90 % of the sectors seen on the fullest of the last 20 days is left out, so that
    changes span it.
    """
    rows = (
        with_columns_of(sector_daily, "amount_share", "float_value_cny")
        .filter(pl.col("level") == "L1", positive(pl.col("close")))
        .select(
            "known_at",
            pl.col("close", "amount_share", "float_value_cny").cast(pl.Float64),
            entity=pl.col("code").cast(pl.String),
            observation_date="trade_date",
        )
    )
    counts = rows.group_by("observation_date").agg(sectors=pl.len()).sort("observation_date")
    fullest = pl.col("sectors").cast(pl.Float64).rolling_max(20, min_samples=1)
    full = counts.filter(pl.col("sectors") >= FEWEST_SECTORS * fullest)
    return rows.join(full, on="observation_date", how="semi").sort("entity", "observation_date")


@prepared
def turnover_shares(shenwan_days: pl.DataFrame) -> pl.DataFrame:
    """Shares of the sectors in turnover and in tradable capitalisation, by day and sector.

    Columns entity, observation_date, share (of turnover), cap_share (null unless every sector of
    the day has a capitalisation), coverage (turnover of the market in these sectors), known_at of
    the day's last row. Days whose sectors have less than 95 % of the turnover are left out.
    """
    total = pl.col("amount_share").sum().over("observation_date", order_by="entity")
    caps = pl.col("float_value_cny")
    whole = (
        pl.when(positive(caps).fill_null(value=False).all())
        .then(caps.sum())
        .over("observation_date", order_by="entity")
    )
    return (
        shenwan_days.filter(pl.col("amount_share") >= 0, pl.col("amount_share").is_finite())
        .with_columns(coverage=total)
        .filter(pl.col("coverage") >= FEWEST_TURNOVER)
        .select(
            "entity",
            "observation_date",
            share=pl.col("amount_share") / pl.col("coverage"),
            cap_share=caps / whole,
            coverage=pl.min_horizontal(1.0, "coverage"),
            known_at=pl.col("known_at").max().over("observation_date"),
        )
        .sort("observation_date", "entity")
    )


def of_market(shares: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """One row per day for the market: a figure of the shares of all its parts; n counts them.

    shares: observation_date, share, coverage and known_at, in a fixed order within each day.
    """
    return shares.group_by("observation_date", maintain_order=True).agg(
        pl.col("known_at").max(),
        pl.col("coverage").first(),
        entity=pl.lit("CN"),
        value=value,
        n=pl.len(),
    )


@turnover.metric(paper="H08", score=Percentile(), direction="heat")
def turnover_share(turnover_shares: pl.DataFrame) -> pl.DataFrame:
    """Turnover of the sector / turnover of all sectors; TMT = sum of its four sectors."""
    together = tmt(turnover_shares, "share")
    return pl.concat([turnover_shares, together], how="diagonal").with_columns(value="share")


@turnover.metric(
    unit="index 0-1", score=Percentile(), block="heat/concentration", weight=22, entities=("CN",)
)
def turnover_hhi(turnover_shares: pl.DataFrame) -> pl.DataFrame:
    """HHI = sum of squared turnover shares of the first-level sectors."""
    return of_market(turnover_shares, herfindahl(pl.col("share")))


@turnover.metric(unit="index 0-1")
def turnover_hhi_normalised(turnover_shares: pl.DataFrame) -> pl.DataFrame:
    """(HHI - 1/N) / (1 - 1/N) of the turnover shares of N sectors."""
    return of_market(turnover_shares, normalised_herfindahl(pl.col("share")))


@turnover.metric(unit="count")
def turnover_effective_sectors(turnover_shares: pl.DataFrame) -> pl.DataFrame:
    """1 / HHI of the turnover shares."""
    return of_market(turnover_shares, effective_number(pl.col("share")))


@turnover.metric(unit="count", paper="H07; Shannon (1948)")
def turnover_entropy_sectors(turnover_shares: pl.DataFrame) -> pl.DataFrame:
    """Value of exp(H), H = -sum of s ln s over the turnover shares s."""
    return of_market(turnover_shares, entropy_number(pl.col("share")))


@turnover.metric()
def turnover_top3_share(turnover_shares: pl.DataFrame) -> pl.DataFrame:
    """Sum of the three largest turnover shares."""
    return of_market(turnover_shares, largest(pl.col("share"), 3))


@turnover.metric(
    paper="H08; Cremers and Petajisto (2009)",
    score=Percentile(),
    block="heat/concentration",
    weight=22,
    entities=("CN",),
)
def turnover_cap_distance(turnover_shares: pl.DataFrame) -> pl.DataFrame:
    """0.5 x sum of |turnover share - share of tradable capitalisation| over the sectors."""
    return of_market(turnover_shares, distance(pl.col("share"), pl.col("cap_share")))


@prepared
def sector_contributions(shenwan_days: pl.DataFrame) -> pl.DataFrame:
    """What each sector gave to the market's return of the last 60 days, by day and sector.

    Columns entity, observation_date, contribution (linked after Carino: they add up to `whole`
    exactly), whole (return of all sectors, weighted by the tradable capitalisation of the day
    before), known_at. On a day a sector counts that has both closes and a capitalisation of the
    day before.
    """
    closes, caps = wide(shenwan_days, "close"), wide(shenwan_days, "float_value_cny")
    change = closes.values[1:] / closes.values[:-1] - 1
    value = np.where(np.isfinite(change) & (caps.values[:-1] > 0), caps.values[:-1], np.nan)
    market = total(value)[:, None]
    weight = value / np.where(market > 0, market, np.nan)
    result = linked(weight * change, LINKED_DAYS)
    ends = Wide(closes.days[LINKED_DAYS:], closes.names, result.contributions)
    rows = long(ends, contribution=ends.values, whole=ends.values * 0 + result.whole[:, None])
    known = shenwan_days.group_by("observation_date").agg(pl.col("known_at").max())
    window = known.sort("observation_date").with_columns(known_at=latest_known(LINKED_DAYS + 1))
    return rows.join(window, on="observation_date").sort("observation_date", "entity")


def _of_rise(contributions: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """One row per day on which the market moved by 2 % at least: a figure of all contributions."""
    moved = contributions.filter(pl.col("whole").abs() >= LEAST_RETURN)
    rows = moved.group_by("observation_date", maintain_order=True).agg(
        pl.col("known_at").max(), entity=pl.lit("CN"), value=value, n=pl.len()
    )
    return rows.drop_nulls("value")


@contributions.metric(paper="H07; Carino (1999)")
def contribution_60d(sector_contributions: pl.DataFrame) -> pl.DataFrame:
    """C(k) = sum over 60 days of k(t) w(k, t-1) r(k, t) / K, TMT = sum of its four sectors.

    k(t) = ln(1+R(t)) / R(t), K = ln(1+R) / R of the compound return R.
    """
    together = tmt(sector_contributions, "contribution")
    return pl.concat([sector_contributions, together], how="diagonal").with_columns(
        value="contribution"
    )


@contributions.metric(paper="H07; M17")
def tmt_contribution_share_60d(sector_contributions: pl.DataFrame) -> pl.DataFrame:
    """Contributions of electronics, computers, media and telecoms / return of the market."""
    moved = sector_contributions.filter(pl.col("whole").abs() >= LEAST_RETURN)
    return tmt(moved, "contribution").with_columns(
        entity=pl.lit("CN"), value=pl.col("contribution") / pl.col("whole")
    )


@contributions.metric(unit="count")
def contribution_effective_60d(sector_contributions: pl.DataFrame) -> pl.DataFrame:
    """1 / HHI of the positive contributions to 60 days' return."""
    gain = pl.col("contribution").clip(lower_bound=0.0)
    some = pl.when(gain.sum() > 0).then(effective_number(gain / gain.sum()))
    return _of_rise(sector_contributions, some)


@contributions.metric()
def contribution_top3_60d(sector_contributions: pl.DataFrame) -> pl.DataFrame:
    """Three largest contributions in the market's direction / return of the market."""
    share = pl.col("contribution") / pl.col("whole")
    return _of_rise(sector_contributions, largest(share, 3))


@prepared
def stock_leaders(stock_bars: pl.DataFrame, market_days: pl.DataFrame) -> pl.DataFrame:
    """How much of 60 days' return the ten leading stocks made, by day: columns of a metric's row.

    Columns entity, observation_date, whole (return of all stocks, weighted by the value of their
    tradable shares at the bar before), top, effective, n (stocks with a weight), coverage (bars
    with a weight over all, in the window), known_at. Nothing where under 90 % have a weight: a
    part of the market has other leaders.
    """
    days = market_days.filter(pl.col("entity") == "all").sort("observation_date")
    market = days["weight"].to_numpy()
    if days.height < LINKED_DAYS or not market.any():
        return days.clear()
    daily = np.nan_to_num(days["weight_returns"].to_numpy() / np.where(market > 0, market, 1.0))
    found = leaders(_contributions(stock_bars, market), daily, LINKED_DAYS, LEADERS)
    with_weight, with_return = (
        pl.col(name).cast(pl.Float64).rolling_sum(LINKED_DAYS)
        for name in ("with_weight", "with_return")
    )
    windows = days.select(
        "entity",
        "observation_date",
        n=pl.col("with_weight").cast(pl.Int64),
        coverage=with_weight / with_return,
        known_at=latest_known(LINKED_DAYS + 1),
    ).slice(LINKED_DAYS - 1)
    return windows.with_columns(
        entity=pl.lit("CN"),
        whole=pl.Series(found.whole),
        top=pl.Series(found.share),
        effective=pl.Series(found.effective),
    ).filter(pl.col("coverage") >= FEWEST_WEIGHED)


def _contributions(stock_bars: pl.DataFrame, market: Floats) -> Floats:
    """Weight of the bar before x return / weight of the market, [day, stock], 0 where unknown."""
    ground = ground_of(stock_bars)
    contributions = np.zeros((len(ground.days), len(ground.codes)))
    stock = np.repeat(np.arange(len(ground.codes), dtype=np.uint16), np.diff(ground.starts))
    scale = 1 / np.where(market > 0, market, np.inf)
    for rows, _ in stock_arrays.pieces(ground.starts):
        weight, change = (
            np.nan_to_num(stock_bars[name][rows].to_numpy()) for name in ("weight", "return_1d")
        )
        day = ground.day[rows]
        contributions[day, stock[rows]] = weight * change * scale[day]
    return contributions


@contributions.metric()
def stock_contribution_top10_60d(stock_leaders: pl.DataFrame) -> pl.DataFrame:
    """Ten largest linked contributions in the market's direction / return of the market."""
    moved = stock_leaders.filter(pl.col("whole").abs() >= LEAST_RETURN)
    return moved.with_columns(value="top")


@contributions.metric(unit="count")
def stock_contribution_effective_60d(stock_leaders: pl.DataFrame) -> pl.DataFrame:
    """1 / HHI of the stocks' positive contributions to 60 days' return."""
    moved = stock_leaders.filter(pl.col("whole").abs() >= LEAST_RETURN)
    return moved.with_columns(value="effective")


def tmt(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The four sectors of TMT together as entity TMT, on the days that have all four."""
    group = rows.filter(pl.col("entity").is_in(TMT))
    together = group.group_by("observation_date", maintain_order=True).agg(
        pl.col("known_at").max(),
        pl.col(columns).sum(),
        pl.col("^(whole|coverage)$").first(),
        entity=pl.lit("TMT"),
        sectors=pl.len(),
    )
    return together.filter(pl.col("sectors") == len(TMT)).drop("sectors")
