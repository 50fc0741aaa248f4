"""New listings in Hong Kong: money raised, and what the first day paid.

Issuance is structural when it is broad and a sign of heat at extremes: proceeds enter momentum,
first-day returns enter heat (M12, H12). All sums are dated on listing days, never carried
forward: a day without a listing has no row.
"""

from __future__ import annotations

import polars as pl

from transforms.metric import Robust, metric, prepared

SPAN = "90d"
FEWEST_LISTINGS = 10

# Words of the exchange's free-text industry that make a listing one of AI or chips.
TECHNOLOGY = "芯片|半导体|集成电路|人工智能|AI"


@prepared("hk_listings", reads=("ipo_hk",))
def hk_listings(ipo_hk: pl.DataFrame) -> pl.DataFrame:
    """Listings that raised money, by date; introductions, transfers and mergers raise none."""
    offer_price = pl.col("offer_price_hkd")
    return (
        ipo_hk.filter(pl.col("funds_raised_hkd") > 0)
        .select(
            "known_at",
            entity="code",
            observation_date="listing_date",
            industry=pl.col("industry").cast(pl.String),
            raised=pl.col("funds_raised_hkd").cast(pl.Float64),
            first_day=pl.coalesce(
                "first_day_return",
                pl.when(offer_price > 0).then(pl.col("first_day_close_hkd") / offer_price - 1),
            ),
        )
        .sort("observation_date", "entity")
    )


@metric(
    "ipo_first_day_return",
    unit="fraction",
    reads=("hk_listings",),
    direction="heat",
    label="First-day return of a Hong Kong listing",
    reading="First close over offer price: what those who were allotted shares made in a day.",
    paper="H12; Loughran and Ritter (2002)",
)
def ipo_first_day_return(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """First close / offer price - 1, one row per listing, dated on the listing day."""
    return hk_listings.select("entity", "observation_date", "known_at", value="first_day")


@metric(
    "ipo_hk_proceeds_ytd_hkd",
    unit="HKD",
    reads=("hk_listings",),
    direction="momentum",
    label="Raised by Hong Kong listings this year",
    reading="Gross, with over-allotment where reported, counted on the listing day.",
    paper="M12",
)
def ipo_hk_proceeds_ytd_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Money raised since 1 January, dated on each listing day; n = listings."""
    return _raised_since(hk_listings, "1y")


@metric(
    "ipo_hk_proceeds_mtd_hkd",
    unit="HKD",
    reads=("hk_listings",),
    direction="momentum",
    label="Raised by Hong Kong listings this month",
    reading="Gross, with over-allotment where reported, counted on the listing day.",
    paper="M12",
)
def ipo_hk_proceeds_mtd_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Money raised since the first of the month, dated on each listing day; n = listings."""
    return _raised_since(hk_listings, "1mo")


@metric(
    "ipo_hk_tech_share_ytd",
    unit="fraction",
    reads=("hk_listings",),
    direction="momentum",
    label="Share of AI and chips in Hong Kong proceeds this year",
    reading="By words of the stated industry; a listing without one counts as another industry.",
    paper="M12",
)
def ipo_hk_tech_share_ytd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Money raised by AI and chip makers since 1 January over all money raised; n = listings.

    A day before which no listing of the year states an industry has no row.
    """
    industry, raised = pl.col("industry"), pl.col("raised")
    technology = industry.str.contains(TECHNOLOGY).fill_null(value=False)
    part = _raised_since(hk_listings.with_columns(raised=raised * technology), "1y")
    stated = _raised_since(hk_listings.with_columns(raised=raised * industry.is_not_null()), "1y")
    whole = _raised_since(hk_listings, "1y")
    share = whole.with_columns(value=part["value"] / whole["value"])
    return share.filter(stated["value"] > 0)


@metric(
    "ipo_hk_proceeds_90d_hkd",
    unit="HKD",
    reads=("hk_listings",),
    window=90,
    score=Robust(),
    direction="momentum",
    block="momentum/capital formation",
    entities=("HK",),
    max_age=10,
    label="Raised by Hong Kong listings in 90 days",
    reading="Scored against its own short history, so read the level with care.",
    paper="M12",
)
def ipo_hk_proceeds_90d_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Money raised in the last 90 days, once the history is that long; n = listings."""
    return _in_full_spans(hk_listings).with_columns(value="raised")


@metric(
    "ipo_hk_first_day_return_90d",
    unit="fraction",
    reads=("hk_listings",),
    window=90,
    score=Robust(),
    direction="heat",
    block="heat/activity",
    entities=("HK",),
    max_age=10,
    label="Mean first-day return in Hong Kong, 90 days",
    reading="Rich first days show demand beyond the price asked; needs ten listings.",
    paper="H12; Baker and Wurgler (2006)",
)
def ipo_hk_first_day_return_90d(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Mean first-day return of the listings of the last 90 days, at least ten; n = listings."""
    priced = _in_full_spans(hk_listings.filter(pl.col("first_day").is_not_null()))
    enough = priced.filter(pl.col("n") >= FEWEST_LISTINGS)
    return enough.with_columns(value=pl.col("first_day") / pl.col("n"))


def _by_day(listings: pl.DataFrame) -> pl.DataFrame:
    """Sums and number of the listings of each listing day, entity HK."""
    days = listings.group_by("observation_date", maintain_order=True).agg(
        pl.col("raised", "first_day").sum(),
        pl.col("known_at").max(),
        n=pl.len().cast(pl.Int64),
    )
    return days.with_columns(entity=pl.lit("HK"))


def _raised_since(listings: pl.DataFrame, period: str) -> pl.DataFrame:
    """Running sum and number of listings within each calendar period."""
    within = pl.col("observation_date").dt.truncate(period)
    return _by_day(listings).with_columns(
        pl.col("known_at").cum_max().over(within),
        n=pl.col("n").cum_sum().over(within),
        value=pl.col("raised").cum_sum().over(within),
    )


def _in_full_spans(listings: pl.DataFrame) -> pl.DataFrame:
    """Sums and number of listings of the last 90 days, for days at least 90 after the first."""
    day = pl.col("observation_date")
    sums = pl.col("raised", "first_day", "n").rolling_sum_by("observation_date", SPAN)
    spans = _by_day(listings).with_columns(sums, pl.col("known_at").cum_max())
    return spans.filter(day >= day.min().dt.offset_by(SPAN))
