"""What the first day of a new listing paid, and how far the shares were oversubscribed (H12).

Rich first days are a sign of heat. Figures stand on listing days and are never carried forward: a
day without a listing has no row. Those of ninety days need ten listings.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import ROW, Group, Trailing, prepared
from transforms.prepared.listings import HONG_KONG, MAINLAND, SPAN, in_full_spans
from transforms.prepared.series import ranked

RANKED_OVER, TWELVE_MONTHS = "24mo", "12mo"
FEWEST_LISTINGS = 10
opening = Group(
    unit="fraction", paper="H12; Loughran and Ritter (2002)", window=90, direction="heat"
)


@prepared
def first_days(
    a_listings: pl.DataFrame | None = None, hk_listings: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Listings with a first day, sorted: entity (A or HK), observation_date, first_day, raised,
    multiple (times the public offer was subscribed), known_at.
    """
    named = {MAINLAND: a_listings, HONG_KONG: hk_listings}
    columns = ["entity", "observation_date", "first_day", "raised", "known_at", "multiple", "code"]
    found = [
        pl.DataFrame(schema=dict.fromkeys(["multiple"], pl.Float64)),
        *(
            listings.rename({"entity": "code"}).with_columns(entity=pl.lit(place))
            for place, listings in named.items()
            if listings is not None
        ),
    ]
    rows = pl.concat(found, how="diagonal_relaxed").select(columns)
    return rows.drop_nulls("first_day").sort("entity", "observation_date", "code")


@opening.metric(window=1)
def ipo_first_day_return(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """First close / offer price - 1, one row per listing, dated on the listing day."""
    return hk_listings.select("entity", "observation_date", "known_at", value="first_day")


@opening.metric(window=1)
def ipo_a_first_day_return(a_listings: pl.DataFrame) -> pl.DataFrame:
    """First close / offer price - 1, one row per listing whose first day was free."""
    return a_listings.select("entity", "observation_date", "known_at", value="first_day")


@opening.metric(
    paper="H12; Baker and Wurgler (2006)",
    score=Trailing(RANKED_OVER, FEWEST_LISTINGS),
    block="heat/activity",
    weight=22,
    entities=(HONG_KONG,),
    max_age=10,
    version=2,
)
def ipo_hk_first_day_return_90d(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Mean of first close / offer price - 1 over the listings of 90 days, ten or more; n =
    listings.
    """
    priced = in_full_spans(hk_listings.filter(pl.col("first_day").is_not_null()))
    enough = priced.filter(pl.col("n") >= FEWEST_LISTINGS)
    return enough.with_columns(value=pl.col("first_day") / pl.col("n"))


@opening.metric(
    paper="H12; Baker and Wurgler (2006)",
    score=Trailing(RANKED_OVER, FEWEST_LISTINGS),
    block="heat/activity",
    weight=8,
    entities=(MAINLAND,),
    max_age=20,
    version=2,
)
def ipo_a_first_day_return_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Mean of first close / offer price - 1 over the listings of 90 days, ten or more; n =
    listings.
    """
    mainland = first_days.filter(pl.col("entity") == MAINLAND)
    return _of_90_days(mainland, pl.col("first_day").rolling_mean_by("observation_date", SPAN))


@opening.metric()
def ipo_first_day_return_median_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Median of first close / offer price - 1 over 90 days, ten listings or more, A and HK."""
    return _of_90_days(first_days, pl.col("first_day").rolling_median_by("observation_date", SPAN))


@opening.metric(window=250)
def ipo_first_day_return_median_12m(first_days: pl.DataFrame) -> pl.DataFrame:
    """Median of first close / offer price - 1 over 12 months, ten listings or more, A and HK."""
    median = pl.col("first_day").rolling_median_by("observation_date", TWELVE_MONTHS)
    return _of_span(first_days, median, TWELVE_MONTHS)


@opening.metric(unit="percentile 0-100", paper="H12", window=500)
def ipo_first_day_return_rank_24m(ipo_first_day_return_median_90d: pl.DataFrame) -> pl.DataFrame:
    """Mid-rank percentile of the 90-day median among those of 24 months, ten at least."""
    medians = ipo_first_day_return_median_90d.select(*ROW, "n")
    return ranked(medians, RANKED_OVER, FEWEST_LISTINGS)


@opening.metric()
def ipo_first_day_return_weighted_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds × first-day return / Σ proceeds over 90 days, ten listings or more, A and HK."""
    gain, raised = pl.col("first_day") * pl.col("raised"), pl.col("raised")
    sums = [x.rolling_sum_by("observation_date", SPAN) for x in (gain, raised)]
    return _of_90_days(first_days, sums[0] / sums[1])


@opening.metric(paper="H12")
def ipo_below_offer_share_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Listings with a first-day return under 0 / listings, 90 days, ten or more, A and HK."""
    below = (pl.col("first_day") < 0).cast(pl.Float64)
    return _of_90_days(first_days, below.rolling_mean_by("observation_date", SPAN))


@opening.metric(unit="ratio", paper="H12")
def ipo_oversubscription_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Median times subscribed over 90 days, ten listings or more, HK."""
    stated = first_days.drop_nulls("multiple")
    return _of_90_days(stated, pl.col("multiple").rolling_median_by("observation_date", SPAN))


@opening.metric(unit="CNY")
def ipo_money_left_90d_cny(offers: pl.DataFrame) -> pl.DataFrame:
    """Σ (first close - offer price) × shares = Σ proceeds × first-day return over 90 days."""
    listed = offers.drop_nulls("first_day").rename({"place": "entity"})
    left = (pl.col("first_day") * pl.col("raised")).rolling_sum_by("observation_date", SPAN)
    unknown = pl.col("raised").is_null().cast(pl.Int64).rolling_sum_by("observation_date", SPAN)
    complete = pl.when(unknown == 0).then(left)
    return _of_90_days(listed.sort("entity", "observation_date", "code"), complete)


def _of_90_days(listings: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """A rolling value over listings sorted by (entity, day), where 90 days hold ten or more."""
    return _of_span(listings, value, SPAN)


def _of_span(listings: pl.DataFrame, value: pl.Expr, span: str) -> pl.DataFrame:
    """The same of any span; it begins when the history is as long as the span."""
    day = pl.col("observation_date")
    spans = listings.with_columns(
        value=value.over("entity"),
        n=pl.col("known_at").is_not_null().cast(pl.Int64).rolling_sum_by(day, span).over("entity"),
        known_at=pl.col("known_at").cum_max().over("entity"),
        first=day.min().over("entity"),
    )
    full = spans.filter(day >= pl.col("first").dt.offset_by(span), pl.col("n") >= FEWEST_LISTINGS)
    last = full.unique(["entity", "observation_date"], keep="last", maintain_order=True)
    return last.select("entity", "observation_date", "value", "n", "known_at")
