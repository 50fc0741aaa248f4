"""What the first day of a new listing paid, and how eagerly the shares were asked for (H12).

Rich first days are a sign of heat. Figures stand on listing days and are never carried forward: a
day without a listing has no row. Those of ninety days need ten listings.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Trailing, metric, prepared
from transforms.formulas.expressions import trailing_percentile
from transforms.metrics.listings import HONG_KONG, MAINLAND, SPAN, in_full_spans

RANKED_OVER = "24mo"
FEWEST_LISTINGS = 10
POP_PITFALL = "Mainland first days count only since prices may move freely on them, board by board."


@prepared("first_days", optional=("a_listings", "hk_listings"))
def first_days(a_listings: pl.DataFrame | None, hk_listings: pl.DataFrame | None) -> pl.DataFrame:
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


@metric(
    "ipo_first_day_return",
    unit="fraction",
    reads=("hk_listings",),
    direction="heat",
    label="First-day return of a Hong Kong listing",
    reading="First close over offer price: what those who were allotted shares made in a day.",
    pitfall="Most who asked for shares got few or none: nobody earned it on what was asked for.",
    paper="H12; Loughran and Ritter (2002)",
)
def ipo_first_day_return(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """First close / offer price - 1, one row per listing, dated on the listing day."""
    return hk_listings.select("entity", "observation_date", "known_at", value="first_day")


@metric(
    "ipo_hk_first_day_return_90d",
    unit="fraction",
    reads=("hk_listings",),
    window=90,
    score=Trailing(RANKED_OVER, FEWEST_LISTINGS),
    version=2,
    direction="heat",
    block="heat/activity",
    weight=1.5,
    entities=(HONG_KONG,),
    max_age=10,
    label="Mean first-day return in Hong Kong, 90 days",
    reading="Rich first days show demand beyond the price asked.",
    pitfall="The mean of a skewed lot: read it with the median and the share below the offer.",
    paper="H12; Baker and Wurgler (2006)",
)
def ipo_hk_first_day_return_90d(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Mean of first close / offer price - 1 over the listings of 90 days, ten or more; n = listings."""
    priced = in_full_spans(hk_listings.filter(pl.col("first_day").is_not_null()))
    enough = priced.filter(pl.col("n") >= FEWEST_LISTINGS)
    return enough.with_columns(value=pl.col("first_day") / pl.col("n"))


@metric(
    "ipo_a_first_day_return_90d",
    unit="fraction",
    reads=("first_days",),
    window=90,
    score=Trailing(RANKED_OVER, FEWEST_LISTINGS),
    version=2,
    direction="heat",
    block="heat/activity",
    weight=0.5,
    entities=(MAINLAND,),
    max_age=20,
    label="Mean first-day return on the mainland, 90 days",
    reading="What a listing gained on its first day, on average: the price of being allotted shares.",
    pitfall=POP_PITFALL,
    paper="H12; Baker and Wurgler (2006)",
)
def ipo_a_first_day_return_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Mean of first close / offer price - 1 over the listings of 90 days, ten or more; n = listings."""
    mainland = first_days.filter(pl.col("entity") == MAINLAND)
    return _of_90_days(mainland, pl.col("first_day").rolling_mean_by("observation_date", SPAN))


@metric(
    "ipo_first_day_return_median_90d",
    unit="fraction",
    reads=("first_days",),
    window=90,
    direction="heat",
    label="Median first-day return, 90 days",
    reading="What the listing in the middle gained: free of the few that multiplied.",
    pitfall=POP_PITFALL,
    paper="H12; Loughran and Ritter (2002)",
)
def ipo_first_day_return_median_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Median of first close / offer price - 1 over 90 days, ten listings or more, A and HK."""
    return _of_90_days(first_days, pl.col("first_day").rolling_median_by("observation_date", SPAN))


@metric(
    "ipo_first_day_return_rank_24m",
    unit="percentile 0-100",
    reads=("ipo_first_day_return_median_90d",),
    window=500,
    direction="heat",
    label="Median first-day return, rank in 24 months",
    reading="Share of the listing days of two years on which the median stood lower.",
    pitfall="Two years hold few independent spans of ninety days: read it as hot, usual or cold.",
    paper="H12",
)
def ipo_first_day_return_rank_24m(ipo_first_day_return_median_90d: pl.DataFrame) -> pl.DataFrame:
    """Mid-rank percentile of the 90-day median among those of 24 months, ten at least."""
    day = pl.col("observation_date")
    rank = trailing_percentile(pl.col("value"), day, RANKED_OVER, FEWEST_LISTINGS)
    ordered = ipo_first_day_return_median_90d.sort("entity", "observation_date")
    return ordered.select(
        "entity",
        "observation_date",
        "n",
        value=rank.over("entity"),
        known_at=pl.col("known_at").cum_max().over("entity"),
    )


@metric(
    "ipo_first_day_return_weighted_90d",
    unit="fraction",
    reads=("first_days",),
    window=90,
    direction="heat",
    label="First-day return weighted by money raised, 90 days",
    reading="Of each yuan raised, what the first day added: small listings count little.",
    pitfall=POP_PITFALL,
    paper="H12; Loughran and Ritter (2002)",
)
def ipo_first_day_return_weighted_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds × first-day return / Σ proceeds over 90 days, ten listings or more, A and HK."""
    gain, raised = pl.col("first_day") * pl.col("raised"), pl.col("raised")
    sums = [x.rolling_sum_by("observation_date", SPAN) for x in (gain, raised)]
    return _of_90_days(first_days, sums[0] / sums[1])


@metric(
    "ipo_below_offer_share_90d",
    unit="fraction",
    reads=("first_days",),
    window=90,
    direction="heat",
    label="Share of listings below their offer price, 90 days",
    reading="Listings that closed their first day below the offer price: few when the market is hot.",
    pitfall="In Hong Kong the sponsor may support the price for a month.",
    paper="H12",
)
def ipo_below_offer_share_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Listings with a first-day return under 0 / listings, 90 days, ten or more, A and HK."""
    below = (pl.col("first_day") < 0).cast(pl.Float64)
    return _of_90_days(first_days, below.rolling_mean_by("observation_date", SPAN))


@metric(
    "ipo_oversubscription_90d",
    unit="ratio",
    reads=("first_days",),
    window=90,
    direction="heat",
    label="Median oversubscription of Hong Kong listings, 90 days",
    reading="Times that the public offer was subscribed, in the middle of the listings.",
    pitfall="Applications on borrowed money inflate it, and rules on them have changed.",
    paper="H12",
)
def ipo_oversubscription_90d(first_days: pl.DataFrame) -> pl.DataFrame:
    """Median times subscribed over 90 days, ten listings or more, HK."""
    told = first_days.drop_nulls("multiple")
    return _of_90_days(told, pl.col("multiple").rolling_median_by("observation_date", SPAN))


@metric(
    "ipo_money_left_90d_cny",
    unit="CNY",
    reads=("offers",),
    window=90,
    direction="heat",
    label="Money left on the table, 90 days",
    reading="What issuers would have had more at the first close: paid to those allotted shares.",
    pitfall="First days below the offer price count against it; on the mainland most offers are"
    " priced low by rule.",
    paper="H12; Loughran and Ritter (2002)",
)
def ipo_money_left_90d_cny(offers: pl.DataFrame) -> pl.DataFrame:
    """Σ (first close - offer price) × shares = Σ proceeds × first-day return over 90 days."""
    told = offers.drop_nulls("first_day").rename({"place": "entity"})
    left = (pl.col("first_day") * pl.col("raised")).rolling_sum_by("observation_date", SPAN)
    unknown = pl.col("raised").is_null().cast(pl.Int64).rolling_sum_by("observation_date", SPAN)
    complete = pl.when(unknown == 0).then(left)
    return _of_90_days(told.sort("entity", "observation_date", "code"), complete)


def _of_90_days(listings: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """A rolling value over listings sorted by (entity, day), where 90 days hold ten or more."""
    day = pl.col("observation_date")
    spans = listings.with_columns(
        value=value.over("entity"),
        n=pl.col("known_at").is_not_null().cast(pl.Int64).rolling_sum_by(day, SPAN).over("entity"),
        known_at=pl.col("known_at").cum_max().over("entity"),
        first=day.min().over("entity"),
    )
    full = spans.filter(day >= pl.col("first").dt.offset_by(SPAN), pl.col("n") >= FEWEST_LISTINGS)
    last = full.unique(["entity", "observation_date"], keep="last", maintain_order=True)
    return last.select("entity", "observation_date", "value", "n", "known_at")
