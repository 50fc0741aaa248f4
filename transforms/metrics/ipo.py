"""Money raised by new listings in Hong Kong and on the mainland: capital formation (M12).

Issuance is structural when it is broad and a sign of heat at extremes: proceeds enter momentum.
Sums stand on listing days and are never carried forward: a day without a listing has no row.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import FEWEST_WEEKS, Group, Percentile, Robust, metric, prepared
from transforms.prepared.listings import HONG_KONG, MAINLAND, TECHNOLOGY, by_day, in_full_spans

MONTH, QUARTER, YEAR = "1mo", "3mo", "1y"
QUARTERS = 4
BOTH = "A+HK"
SHORTEST_NAME = 3  # characters: shorter ones stand in other companies' names
FEWEST_STATED = 0.5  # of the money: under it the industries that are known say nothing of the rest

raised = Group(unit="CNY", paper="M12", direction="momentum")
hong_kong = Group(unit="HKD", paper="M12", direction="momentum")


@prepared
def issuance(offers: pl.DataFrame) -> pl.DataFrame:
    """Listing days of each venue, of A, of HK and of both, sorted by (entity, day).

    Columns: raised, raised_tech, raised_stated (by listings whose industry is known), unknown
    (listings whose money is not known in yuan), companies (the later listing of a company on both
    markets is money, and no new company), known_at. Both together begin with the younger history.
    """
    listings = offers.with_columns(new=~_listed_before(offers))
    parts = [listings.with_columns(entity="venue"), listings.with_columns(entity="place")]
    begun = listings.group_by("place").agg(pl.col("observation_date").min())
    if begun.height > 1:
        since = listings.filter(pl.col("observation_date") >= begun["observation_date"].max())
        parts.append(since.with_columns(entity=pl.lit(BOTH)))
    named = pl.concat(parts).unique(["entity", "code"], maintain_order=True)
    tech = pl.col("tech").fill_null(value=False)
    return (
        named.drop_nulls("entity")
        .group_by("entity", "observation_date", maintain_order=True)
        .agg(
            pl.col("raised").sum(),
            pl.col("known_at").max(),
            raised_tech=pl.col("raised").filter(tech).sum(),
            raised_stated=pl.col("raised").filter(pl.col("tech").is_not_null()).sum(),
            unknown=pl.col("raised").null_count().cast(pl.Int64),
            companies=pl.col("new").sum().cast(pl.Int64),
        )
        .sort("entity", "observation_date")
    )


def _listed_before(offers: pl.DataFrame) -> pl.Series:
    """Whether a company had listed on the other market: its short name stands in the full one."""
    rows = offers.select("place", "name", "observation_date").with_row_index("row")
    short = rows.filter(
        pl.col("place") == MAINLAND, pl.col("name").str.len_chars() >= SHORTEST_NAME
    )
    full = rows.filter(pl.col("place") == HONG_KONG).drop_nulls("name")
    if short.is_empty() or full.is_empty():
        return pl.repeat(value=False, n=offers.height, dtype=pl.Boolean, eager=True)
    found = pl.col("name").str.extract_many(short["name"].unique().sort().to_list())
    both = (
        full.with_columns(found=found)
        .explode("found")
        .join(short, left_on="found", right_on="name", suffix="_a")
    )
    second = pl.when(pl.col("observation_date") >= pl.col("observation_date_a"))
    later = both.select(second.then("row").otherwise("row_a"))
    return rows["row"].is_in(later.to_series().implode())


def _trailing(issuance: pl.DataFrame, *columns: str, span: str) -> pl.DataFrame:
    """Sums of a span up to each listing day, once the history of the venue is that long.

    Spans with money that is not known in yuan have none.
    """
    day = pl.col("observation_date")
    sums = pl.col(*columns, "unknown").rolling_sum_by("observation_date", span).over("entity")
    spans = issuance.with_columns(sums, pl.col("known_at").cum_max().over("entity"))
    full = day >= day.min().over("entity").dt.offset_by(span)
    return spans.filter(full, pl.col("unknown") == 0)


def _proceeds(issuance: pl.DataFrame, span: str) -> pl.DataFrame:
    sums = _trailing(issuance, "raised", "companies", span=span)
    return sums.with_columns(value="raised", n="companies")


@raised.metric()
def ipo_proceeds_1m_cny(issuance: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds of the last month; n = companies."""
    return _proceeds(issuance, MONTH)


@raised.metric()
def ipo_proceeds_3m_cny(issuance: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds of the last three months; n = companies."""
    return _proceeds(issuance, QUARTER)


@raised.metric()
def ipo_proceeds_12m_cny(issuance: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds of the last twelve months; n = companies."""
    return _proceeds(issuance, YEAR)


@raised.metric(unit="count")
def ipo_count_12m(issuance: pl.DataFrame) -> pl.DataFrame:
    """Number of companies first listed in the last twelve months."""
    year = _trailing(issuance, "companies", span=YEAR)
    return year.with_columns(value=pl.col("companies").cast(pl.Float64))


@raised.metric(unit="ratio")
def ipo_acceleration(issuance: pl.DataFrame) -> pl.DataFrame:
    """4 × proceeds of three months / proceeds of twelve."""
    year = _trailing(issuance, "raised", "companies", span=YEAR)
    key = ["entity", "observation_date"]
    quarter = _trailing(issuance, "raised", span=QUARTER).select(*key, of_quarter="raised")
    both = year.join(quarter, on=key)
    return both.with_columns(
        value=QUARTERS * pl.col("of_quarter") / pl.col("raised"), n="companies"
    )


@raised.metric(
    unit="fraction",
    window=250,
    score=Percentile(FEWEST_WEEKS),
    block="momentum/capital formation",
    weight=13,
    entities=(MAINLAND,),
    max_age=45,
    version=2,
)
def ipo_tech_share_12m(issuance: pl.DataFrame) -> pl.DataFrame:
    """Proceeds of technology / proceeds of listings whose industry is known, twelve months.

    coverage = the latter / all proceeds, a half at least.
    """
    year = _trailing(issuance, "raised", "raised_tech", "raised_stated", "companies", span=YEAR)
    stated = year.with_columns(
        coverage=pl.min_horizontal(1.0, pl.col("raised_stated") / pl.col("raised"))
    ).filter(pl.col("coverage") >= FEWEST_STATED)
    return stated.with_columns(value=pl.col("raised_tech") / pl.col("raised_stated"), n="companies")


@metric(
    unit="fraction",
    paper="M12; Baker and Wurgler (2000)",
    window=250,
    score=Percentile(),
    block="momentum/capital formation",
    weight=31,
    entities=(MAINLAND,),
    max_age=10,
)
def ipo_proceeds_12m_to_cap(issuance: pl.DataFrame, market_caps: pl.DataFrame) -> pl.DataFrame:
    """Proceeds of the twelve months before each day / market value of the day, known by its end.

    Counted from listing day to listing day: money older than twelve months falls out on its day.
    """
    mainland = issuance.filter(pl.col("entity") == MAINLAND).sort("observation_date")
    total = mainland.select(
        "observation_date",
        total=pl.col("raised").cum_sum(),
        listed_known_at=pl.col("known_at").cum_max(),
        first=pl.col("observation_date").min(),
    )
    year_ago = total.select(year_ago="observation_date", total_before="total")
    days = market_caps.sort("observation_date").join_asof(total, on="observation_date")
    both = days.with_columns(pl.col("observation_date").dt.offset_by("-1y").alias("ago")).join_asof(
        year_ago, left_on="ago", right_on="year_ago"
    )
    full = both.filter(pl.col("ago") >= pl.col("first"))
    return full.select(
        "observation_date",
        entity=pl.lit(MAINLAND),
        value=(pl.col("total") - pl.col("total_before")) / pl.col("market_cap"),
        known_at=pl.max_horizontal("known_at", "listed_known_at"),
    )


@hong_kong.metric(window=1)
def ipo_hk_raised_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Gross proceeds, one row per listing, dated on the listing day."""
    return hk_listings.select("entity", "observation_date", "known_at", value="raised")


@raised.metric(window=1)
def ipo_a_raised_cny(a_listings: pl.DataFrame) -> pl.DataFrame:
    """Offer price × shares issued, one row per listing, dated on the listing day."""
    return a_listings.select("entity", "observation_date", "known_at", value="raised")


@hong_kong.metric()
def ipo_hk_proceeds_ytd_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds since 1 January, dated on each listing day; n = listings."""
    return _raised_since(hk_listings, "1y")


@hong_kong.metric()
def ipo_hk_proceeds_mtd_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds since the first of the month, dated on each listing day; n = listings."""
    return _raised_since(hk_listings, "1mo")


@raised.metric(unit="fraction")
def ipo_hk_tech_share_ytd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Proceeds of AI and chip makers since 1 January / all proceeds; n = listings.

    A day before which no listing of the year states an industry has no row.
    """
    industry, raised = pl.col("industry"), pl.col("raised")
    technology = industry.str.contains(TECHNOLOGY).fill_null(value=False)
    part = _raised_since(hk_listings.with_columns(raised=raised * technology), "1y")
    stated = _raised_since(hk_listings.with_columns(raised=raised * industry.is_not_null()), "1y")
    whole = _raised_since(hk_listings, "1y")
    share = whole.with_columns(value=part["value"] / whole["value"])
    return share.filter(stated["value"] > 0)


@hong_kong.metric(
    window=90,
    score=Robust(),
    block="momentum/capital formation",
    weight=50,
    entities=(HONG_KONG,),
    max_age=10,
)
def ipo_hk_proceeds_90d_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds of the last 90 days, once the history is that long; n = listings."""
    return in_full_spans(hk_listings).with_columns(value="raised")


def _raised_since(listings: pl.DataFrame, period: str) -> pl.DataFrame:
    """Running sum and number of listings within each calendar period."""
    within = pl.col("observation_date").dt.truncate(period)
    return by_day(listings).with_columns(
        pl.col("known_at").cum_max().over(within),
        n=pl.col("n").cum_sum().over(within),
        value=pl.col("raised").cum_sum().over(within),
    )
