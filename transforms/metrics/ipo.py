"""New listings in Hong Kong and on the mainland: money raised, and what the first day paid.

Issuance is structural when it is broad and a sign of heat at extremes: proceeds enter momentum,
first-day returns enter heat (M12, H12). Money and companies are both dated by the listing day: no
source dates the pricing, which comes some days before. Sums stand on listing days and are never
carried forward: a day without a listing has no row.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from transforms.expressions import positive, trailing_percentile
from transforms.metric import Percentile, Robust, metric, prepared
from transforms.metrics.panels import classified, theme_members

SPAN, RANKED_OVER = "90d", "24mo"
FEWEST_LISTINGS = 10
MONTH, QUARTER, YEAR = "1mo", "3mo", "1y"
QUARTERS = 4
MAINLAND, HONG_KONG, BOTH = "A", "HK", "A+HK"
VENUES = {("Main", "SH"): "SSE main", ("STAR", "SH"): "STAR", ("Main", "SZ"): "SZSE main",
          ("ChiNext", "SZ"): "ChiNext", ("BSE", "BJ"): "BSE"}  # fmt: skip
# From these days on a first day's price may move freely; before them it was held down (H12).
FREE_FIRST_DAYS = {"STAR": date(2019, 7, 22), "ChiNext": date(2020, 8, 24),
                   "SSE main": date(2023, 4, 10), "SZSE main": date(2023, 4, 10),
                   "BSE": date(2021, 11, 15)}  # fmt: skip


def _marked(letter: str) -> str:
    """A name with this mark, alone or among others: 甲 - B, 甲 - B - H股, 甲-SB, Gamma - W - P."""
    return rf"[-–]\s*[{MARKS}]*{letter}[{MARKS}]*\s*(?:[-–]\s*(?:[{MARKS}]+|H股)\s*)*$"


# Hong Kong marks the names of companies that list without profits (biotechnology, special
# technology), and of shells that raise money to buy a company later (SPACs).
MARKS = "BPRSWXZ"
CHAPTERS = {"HK 18A": _marked("B"), "HK 18C": _marked("P")}
SHELL = _marked("Z")
HK_MAIN = "HK main"
PARITY_MAY_BE_OLD = "15d"
SHORTEST_NAME = 3  # characters: shorter ones stand in other companies' names
FEWEST_STATED = 0.5  # of the money: under it the industries that are known say nothing of the rest

# Words of the exchange's free-text industry that make a listing one of AI or chips.
TECHNOLOGY = "芯片|半导体|集成电路|人工智能|AI"

LISTED = {"name": pl.String, "public_subscription_multiple": pl.Float64}


@prepared("hk_listings", reads=("ipo_hk",))
def hk_listings(ipo_hk: pl.DataFrame) -> pl.DataFrame:
    """Listings that raised money, by date; introductions, transfers and mergers raise none.

    Shells (SPACs) are left out: what they raise waits for a company to buy.
    """
    offer_price = pl.col("offer_price_hkd")
    unstated = [pl.lit(None, LISTED[c]).alias(c) for c in LISTED if c not in ipo_hk.columns]
    return (
        ipo_hk.with_columns(unstated)
        .filter(positive(pl.col("funds_raised_hkd")))
        .filter(~pl.col("name").str.contains(SHELL).fill_null(value=False))
        .select(
            "known_at",
            entity="code",
            observation_date="listing_date",
            name="name",
            industry=pl.col("industry").cast(pl.String),
            raised=pl.col("funds_raised_hkd").cast(pl.Float64),
            multiple=pl.col("public_subscription_multiple").cast(pl.Float64),
            first_day=pl.coalesce(
                _finite(pl.col("first_day_return")),
                _finite(pl.col("first_day_close_hkd") / offer_price - 1),
            ),
        )
        .sort("observation_date", "entity")
    )


def _finite(value: pl.Expr) -> pl.Expr:
    """The value where it is a number: one NaN would spoil every sum after it."""
    return pl.when(value.is_finite()).then(value)


@prepared("a_listings", reads=("ipo_a",), optional=("security", "theme_membership"))
def a_listings(
    ipo_a: pl.DataFrame, security: pl.DataFrame | None, theme_membership: pl.DataFrame | None
) -> pl.DataFrame:
    """Mainland listings by date: entity, observation_date, name, venue, raised, tech, first_day.

    first_day is null before first days were free; tech is null where nobody knows: without dated
    lists of themes, or of a share whose industry is not known on its first day.
    """
    venues = [
        pl.when((pl.col("board") == board) & pl.col("code").str.ends_with(suffix)).then(
            pl.lit(venue)
        )
        for (board, suffix), venue in VENUES.items()
    ]
    listings = ipo_a.filter(positive(pl.col("proceeds_cny"))).select(
        "known_at",
        "name",
        entity="code",
        observation_date="listing_date",
        venue=pl.coalesce(venues),
        raised=pl.col("proceeds_cny").cast(pl.Float64),
        first_day=_finite(pl.col("first_day_return").cast(pl.Float64)),
    )
    free_from = pl.col("venue").replace_strict(FREE_FIRST_DAYS, default=None, return_dtype=pl.Date)
    free = listings.with_columns(
        first_day=pl.when(pl.col("observation_date") >= free_from).then("first_day")
    )
    return _with_technology(free, security, theme_membership).sort("observation_date", "entity")


def _with_technology(
    listings: pl.DataFrame, security: pl.DataFrame | None, theme_membership: pl.DataFrame | None
) -> pl.DataFrame:
    """Whether each share was on the list of technology on its first day."""
    if theme_membership is None:
        return listings.with_columns(tech=pl.lit(None, pl.Boolean))
    spans = theme_members("tech", security, theme_membership)
    is_member = _on_first_day(listings, spans)
    if theme_membership.filter(theme="tech", kind="industry").is_empty():
        return listings.with_columns(tech=is_member)
    known = spans if security is None else classified(security.drop_nulls("industry"))
    is_known = is_member | _on_first_day(listings, known)
    return listings.with_columns(tech=pl.when(is_known).then(is_member))


def _on_first_day(listings: pl.DataFrame, spans: pl.DataFrame) -> pl.Expr:
    """Whether one of a share's spans (entity, valid_from, valid_to) holds its first day."""
    day, last = pl.col("observation_date"), pl.col("valid_to")
    inside = (day >= pl.col("valid_from")) & (last.is_null() | (day <= last))
    found = listings.join(spans, on="entity").filter(inside)
    return pl.col("entity").is_in(found["entity"].implode())


@prepared("offers", optional=("hk_listings", "a_listings", "fx_rate"))
def offers(
    hk_listings: pl.DataFrame | None, a_listings: pl.DataFrame | None, fx_rate: pl.DataFrame | None
) -> pl.DataFrame:
    """All listings in yuan: place (A, HK), venue, code, name, observation_date, raised, tech,
    first_day, multiple, known_at; by day and code.

    Hong Kong dollars become yuan at the last parity known on the listing day; without a parity of
    the fortnight before, `raised` is null.
    """
    parts = []
    if a_listings is not None:
        parts.append(a_listings.with_columns(place=pl.lit(MAINLAND)))
    if hk_listings is not None and fx_rate is not None:
        parts.append(_converted(hk_listings, fx_rate))
    if not parts:
        return pl.DataFrame(schema={"place": pl.String})
    known = ["place", "venue", "name", "observation_date", "raised", "tech", "first_day"]
    rows = pl.concat(parts, how="diagonal_relaxed").rename({"entity": "code"})
    return rows.select(*known, "code", "known_at").sort("observation_date", "code")


def _converted(hk_listings: pl.DataFrame, fx_rate: pl.DataFrame) -> pl.DataFrame:
    """Hong Kong's listings in yuan, with what the industry says of technology."""
    parities = fx_rate.filter(pl.col("currency") == "HKD").select(
        "rate_date", "cny_per_unit", fixed_at="known_at"
    )
    joined = hk_listings.sort("observation_date").join_asof(
        parities.sort("rate_date"),
        left_on="observation_date",
        right_on="rate_date",
        tolerance=PARITY_MAY_BE_OLD,
    )
    chapter = [
        pl.when(pl.col("name").str.contains(mark)).then(pl.lit(venue))
        for venue, mark in CHAPTERS.items()
    ]
    return joined.with_columns(
        place=pl.lit(HONG_KONG),
        venue=pl.coalesce(*chapter, pl.lit(HK_MAIN)),
        raised=pl.col("raised") * pl.col("cny_per_unit"),
        tech=pl.col("industry").str.contains(TECHNOLOGY),
        known_at=pl.max_horizontal("known_at", "fixed_at"),
    )


@prepared("issuance", reads=("offers",))
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


RAISED_READING = "Gross, in yuan; per venue, for A, HK and both; n counts companies once."
RAISED_PITFALL = (
    "The regulator opens and closes the door (August 2023 closed it): supply is not only demand."
)


@metric(
    "ipo_proceeds_1m_cny",
    unit="CNY",
    reads=("issuance",),
    direction="momentum",
    label="Raised by listings in a month",
    reading=RAISED_READING,
    pitfall=RAISED_PITFALL,
    paper="M12",
)
def ipo_proceeds_1m_cny(issuance: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds of the last month; n = companies."""
    return _proceeds(issuance, MONTH)


@metric(
    "ipo_proceeds_3m_cny",
    unit="CNY",
    reads=("issuance",),
    direction="momentum",
    label="Raised by listings in three months",
    reading=RAISED_READING,
    pitfall=RAISED_PITFALL,
    paper="M12",
)
def ipo_proceeds_3m_cny(issuance: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds of the last three months; n = companies."""
    return _proceeds(issuance, QUARTER)


@metric(
    "ipo_proceeds_12m_cny",
    unit="CNY",
    reads=("issuance",),
    direction="momentum",
    label="Raised by listings in twelve months",
    reading=RAISED_READING,
    pitfall=RAISED_PITFALL,
    paper="M12",
)
def ipo_proceeds_12m_cny(issuance: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds of the last twelve months; n = companies."""
    return _proceeds(issuance, YEAR)


@metric(
    "ipo_count_12m",
    unit="count",
    reads=("issuance",),
    direction="momentum",
    label="Companies newly listed in twelve months",
    reading="Companies, each once: a second listing on the other market is not counted.",
    pitfall="Second listings are found by name; Hong Kong's traditional characters hide some.",
    paper="M12",
)
def ipo_count_12m(issuance: pl.DataFrame) -> pl.DataFrame:
    """Number of companies first listed in the last twelve months."""
    year = _trailing(issuance, "companies", span=YEAR)
    return year.with_columns(value=pl.col("companies").cast(pl.Float64))


@metric(
    "ipo_acceleration",
    unit="ratio",
    reads=("issuance",),
    direction="momentum",
    label="Pace of issuance",
    reading="Three months at a yearly rate over twelve months: above 1 the pace quickens.",
    pitfall="One large listing makes a quarter.",
    paper="M12",
)
def ipo_acceleration(issuance: pl.DataFrame) -> pl.DataFrame:
    """4 × proceeds of three months / proceeds of twelve."""
    year = _trailing(issuance, "raised", "companies", span=YEAR)
    key = ["entity", "observation_date"]
    quarter = _trailing(issuance, "raised", span=QUARTER).select(*key, of_quarter="raised")
    both = year.join(quarter, on=key)
    return both.with_columns(
        value=QUARTERS * pl.col("of_quarter") / pl.col("raised"), n="companies"
    )


@metric(
    "ipo_tech_share_12m",
    unit="fraction",
    reads=("issuance",),
    window=250,
    score=Percentile(104),
    direction="momentum",
    block="momentum/capital formation",
    weight=0.5,
    entities=(MAINLAND,),
    max_age=45,
    label="Technology's share of the money raised, twelve months",
    reading="Mainland by the dated list of technology shares, Hong Kong by AI and chips in its words.",
    pitfall="Old industries that cannot list raise the share as much as new ones that can.",
    paper="M12",
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
    "ipo_proceeds_12m_to_cap",
    unit="fraction",
    reads=("issuance", "market_caps"),
    window=250,
    score=Percentile(),
    direction="momentum",
    block="momentum/capital formation",
    weight=1.25,
    entities=(MAINLAND,),
    max_age=10,
    label="Money raised by mainland listings over market value",
    reading="Twelve months' proceeds against what all shares are worth: supply that the market bears.",
    pitfall="Structural when broad, a warning at extremes; pauses of the regulator break the series.",
    paper="M12; Baker and Wurgler (2000)",
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
    told = both.filter(pl.col("ago") >= pl.col("first"))
    return told.select(
        "observation_date",
        entity=pl.lit(MAINLAND),
        value=(pl.col("total") - pl.col("total_before")) / pl.col("market_cap"),
        known_at=pl.max_horizontal("known_at", "listed_known_at"),
    )


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
    "ipo_hk_proceeds_ytd_hkd",
    unit="HKD",
    reads=("hk_listings",),
    direction="momentum",
    label="Raised by Hong Kong listings this year",
    reading="Gross, counted on the listing day.",
    pitfall="With over-allotment where it is reported; later exercises are not added.",
    paper="M12",
)
def ipo_hk_proceeds_ytd_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds since 1 January, dated on each listing day; n = listings."""
    return _raised_since(hk_listings, "1y")


@metric(
    "ipo_hk_proceeds_mtd_hkd",
    unit="HKD",
    reads=("hk_listings",),
    direction="momentum",
    label="Raised by Hong Kong listings this month",
    reading="Gross, counted on the listing day.",
    pitfall="With over-allotment where it is reported; later exercises are not added.",
    paper="M12",
)
def ipo_hk_proceeds_mtd_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds since the first of the month, dated on each listing day; n = listings."""
    return _raised_since(hk_listings, "1mo")


@metric(
    "ipo_hk_tech_share_ytd",
    unit="fraction",
    reads=("hk_listings",),
    direction="momentum",
    label="Share of AI and chips in Hong Kong proceeds this year",
    reading="By words of the stated industry.",
    pitfall="A listing without a stated industry counts as another industry.",
    paper="M12",
)
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


@metric(
    "ipo_hk_proceeds_90d_hkd",
    unit="HKD",
    reads=("hk_listings",),
    window=90,
    score=Robust(),
    direction="momentum",
    block="momentum/capital formation",
    weight=2.0,
    entities=(HONG_KONG,),
    max_age=10,
    label="Raised by Hong Kong listings in 90 days",
    reading="Scored against its own history: high when the market takes new shares.",
    pitfall="One giant listing lifts it for a quarter, and the history is short.",
    paper="M12",
)
def ipo_hk_proceeds_90d_hkd(hk_listings: pl.DataFrame) -> pl.DataFrame:
    """Σ proceeds of the last 90 days, once the history is that long; n = listings."""
    return _in_full_spans(hk_listings).with_columns(value="raised")


@metric(
    "ipo_hk_first_day_return_90d",
    unit="fraction",
    reads=("hk_listings",),
    window=90,
    score=Robust(),
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
    return days.with_columns(entity=pl.lit(HONG_KONG))


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


POP_PITFALL = "Mainland first days count only since prices may move freely on them, board by board."


@metric(
    "ipo_a_first_day_return_90d",
    unit="fraction",
    reads=("first_days",),
    window=90,
    score=Robust(),
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
