"""How much the evening news speaks of industrial policy, term by term and in four baskets (M14).

Counts come by broadcast and by the longest term that matches, so that nothing counts twice. They
are scaled twice, by the length of the broadcast and by its items. A day without a broadcast in the
warehouse is unknown, not a day without mentions. A term has a history from its first mention on:
before it was coined, its zeros say nothing.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Percentile, metric, prepared
from transforms.formulas.expressions import ROUNDING, latest_known

# A transcript of under a quarter of the usual length is a fragment: usual is the median of so many.
WHOLE, USUAL = 0.25, 60
PER = 10_000
MONTH, MONTH_DAYS, FEWEST_OF_MONTH = "30d", 30, 20
FOUR_WEEKS = 28
FEWEST_FOR_Z = 100
FEWEST_YEARS = 2
LAST_WEEK = 52
ALL_BASKETS, BASKETS = "CN", 4

SERIES = ["entity", "observation_date"]

mentions = Group(unit="mentions per 10,000 characters", paper="M14; Huang and Luk (2020)")
intensities = Group(unit="z-score", paper="M14", score=Percentile(), max_age=10)


@prepared
def policy_days(policy_term_count: pl.DataFrame, policy_term: pl.DataFrame) -> pl.DataFrame:
    """Mentions per term and broadcast since the first one, sorted by (entity, day).

    Columns: entity (the term), basket, observation_date, hits, characters, share (of items, null
    where only mentions were counted), mentioned (whether the term had been mentioned by then),
    known_at. Fragments of broadcasts are left out.
    """
    listed = policy_term.select("term", "basket", "valid_from")
    day, items = pl.col("broadcast_date"), pl.col("items").cast(pl.Float64)
    length = pl.col("characters").cast(pl.Float64)
    share = pl.when(items > 0).then(pl.col("items_with_term") / items)
    counted = (
        policy_term_count.join(listed, on="term")
        .filter(day >= pl.col("valid_from"), length > 0)
        .select(
            "basket",
            "known_at",
            entity="term",
            observation_date=day,
            hits=pl.col("hits").cast(pl.Float64),
            characters=length,
            share=share.cast(pl.Float64),
        )
        .sort(SERIES)
    )
    usual = pl.col("characters").rolling_median(USUAL, min_samples=1).over("entity")
    whole = counted.filter(pl.col("characters") >= WHOLE * usual)
    return whole.with_columns(mentioned=(pl.col("hits") > 0).cum_max().over("entity"))


@prepared
def policy_mentions(policy_days: pl.DataFrame) -> pl.DataFrame:
    """The days of the terms, and those of the baskets with the mentions of all their terms."""
    columns = [*SERIES, "hits", "characters", "mentioned", "known_at"]
    baskets = (
        policy_days.group_by("basket", "observation_date")
        .agg(
            pl.col("hits").sum(),
            pl.col("characters", "known_at").max(),
            pl.col("mentioned").any(),
        )
        .rename({"basket": "entity"})
    )
    return pl.concat([policy_days.select(columns), baskets.select(columns)]).sort(SERIES)


@mentions.metric()
def policy_frequency(policy_mentions: pl.DataFrame) -> pl.DataFrame:
    """10,000 × mentions / characters of the broadcast, per term
    and per basket (sum of its terms).
    """
    rate = PER * pl.col("hits") / pl.col("characters")
    return policy_mentions.filter("mentioned").select(*SERIES, "known_at", value=rate)


@mentions.metric(window=MONTH_DAYS)
def policy_frequency_30d(policy_mentions: pl.DataFrame) -> pl.DataFrame:
    """10,000 × mentions of 30 days / characters of 30 days, of 20 broadcasts or more; n = those."""
    day = "observation_date"
    sums = pl.col("hits", "characters", "broadcasts").rolling_sum_by(day, MONTH).over("entity")
    months = policy_mentions.with_columns(broadcasts=pl.lit(1, pl.Int64)).with_columns(
        sums, known_at=latest_known(MONTH_DAYS).over("entity")
    )
    enough = months.filter(pl.col("mentioned"), pl.col("broadcasts") >= FEWEST_OF_MONTH)
    # A rolling sum subtracts what has left the window: whole numbers of mentions stay exact.
    rate = PER * pl.col("hits") / pl.col("characters")
    return enough.select(*SERIES, "known_at", value=rate, n="broadcasts")


@metric(unit="fraction", paper="M14; Baker, Bloom and Davis (2016)")
def policy_item_share(policy_days: pl.DataFrame) -> pl.DataFrame:
    """Items with the term / items of the broadcast, per term."""
    known = policy_days.filter(pl.col("mentioned"), pl.col("share").is_not_null())
    return known.select(*SERIES, "known_at", value="share")


@intensities.metric(
    paper="M14; Baker, Bloom and Davis (2016); Davis, Liu and Sheng (2019)",
    window=FOUR_WEEKS,
    block="momentum/policy",
    weight=67,
    entities=(ALL_BASKETS,),
)
def policy_intensity(policy_days: pl.DataFrame) -> pl.DataFrame:
    """z(ln(1 + four-week EWMA of the share of items)), against the past since the first mention.

    Entities: each term; each basket, the mean of its terms; CN, the mean of the baskets. The EWMA
    has a span of 28 calendar days, missing days have no weight. z needs 100 broadcasts since the
    first mention. Where a broadcast of the past was counted without its items, mentions per 10,000
    characters take the place of the share throughout: one measure for the whole of a history.
    n = terms, coverage = share of the four baskets.
    """
    terms = _standardised(policy_days)
    baskets = _mean(terms, pl.col("basket"))
    whole = _mean(baskets, pl.lit(ALL_BASKETS)).with_columns(coverage=pl.col("parts") / BASKETS)
    return pl.concat([terms, baskets, whole], how="diagonal_relaxed")


def _standardised(policy_days: pl.DataFrame) -> pl.DataFrame:
    """The z-score of each term: entity, basket, observation_date, value, known_at, n."""
    calendar = policy_days.upsample("observation_date", every="1d", group_by=["entity"])
    measures = {
        "by_items": pl.col("share"),
        "by_length": PER * pl.col("hits") / pl.col("characters"),
    }
    logs = [_four_week_log(x).over("entity").alias(name) for name, x in measures.items()]
    broadcasts = calendar.sort(SERIES).with_columns(logs).filter(pl.col("hits").is_not_null())
    all_counted = pl.col("share").is_null().cum_sum().over("entity") == 0
    known = broadcasts.with_columns(
        all_counted=all_counted, known_at=pl.col("known_at").cum_max().over("entity")
    )
    z = [_expanding_z(pl.col(name)).over("entity").alias(name) for name in measures]
    scaled = known.filter("mentioned").with_columns(z)
    value = pl.when("all_counted").then("by_items").otherwise("by_length")
    row = {"value": value, "n": pl.lit(1, pl.Int64)}
    return scaled.select(*SERIES, "basket", "known_at", **row).drop_nulls("value")


def _four_week_log(x: pl.Expr) -> pl.Expr:
    """ln(1 + EWMA) over calendar days; a day without a value has none and no weight."""
    return (1 + x.ewm_mean(span=FOUR_WEEKS, ignore_nulls=False, min_samples=FEWEST_OF_MONTH)).log()


def _expanding_z(x: pl.Expr) -> pl.Expr:
    """(x - mean) / standard deviation of the values so far, null before 100 of them."""
    count = x.cum_count()
    mean = x.cum_sum() / count
    spread = ((x**2).cum_sum() / count - mean**2).clip(lower_bound=0).sqrt()
    return pl.when(count >= FEWEST_FOR_Z, spread > ROUNDING**0.5).then((x - mean) / spread)


def _mean(parts: pl.DataFrame, whole: pl.Expr) -> pl.DataFrame:
    """The mean of the parts of each whole on a day, added up in a fixed order; n = terms."""
    named = parts.sort(SERIES).with_columns(entity=whole)
    return named.group_by(SERIES, maintain_order=True).agg(
        pl.col("value").mean(), pl.col("known_at").max(), pl.col("n").sum(), parts=pl.len()
    )


@intensities.metric(block="momentum/policy", weight=33, entities=(ALL_BASKETS,))
def policy_season_gap(policy_intensity: pl.DataFrame) -> pl.DataFrame:
    """Intensity - median over earlier years of its mean in the same ISO week; two years or more.

    Week 53 counts as week 52. n = earlier years.
    """
    day = pl.col("observation_date")
    dated = policy_intensity.select(
        *SERIES,
        "value",
        "known_at",
        year=day.dt.iso_year(),
        week=day.dt.week().clip(upper_bound=LAST_WEEK),
    )
    season = ["entity", "week"]
    weeks = dated.group_by(*season, "year", maintain_order=True).agg(
        pl.col("value").mean().alias("of_week"), pl.col("known_at").max().alias("week_known_at")
    )
    usual = (
        weeks.select(*season, "year")
        .join(weeks.rename({"year": "earlier"}), on=season)
        .filter(pl.col("earlier") < pl.col("year"))
        .group_by(*season, "year")
        .agg(pl.col("of_week").median(), pl.col("week_known_at").max(), n=pl.len().cast(pl.Int64))
        .filter(pl.col("n") >= FEWEST_YEARS)
    )
    return dated.join(usual, on=[*season, "year"]).select(
        *SERIES,
        "n",
        value=pl.col("value") - pl.col("of_week"),
        known_at=pl.max_horizontal("known_at", "week_known_at"),
    )
