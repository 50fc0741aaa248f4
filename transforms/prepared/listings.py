"""What was listed in Hong Kong and on the mainland: frames for money raised and for first days.

Money and companies are both dated by the listing day: no source dates the pricing, which comes some
days before.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import prepared
from transforms.formulas.expressions import positive
from transforms.formulas.price_limits import REGISTRATION
from transforms.prepared.series import classified, theme_members, within_span

SPAN = "90d"
MAINLAND, HONG_KONG = "A", "HK"
VENUES = {
    ("Main", "SH"): "SSE main",
    ("STAR", "SH"): "STAR",
    ("Main", "SZ"): "SZSE main",
    ("ChiNext", "SZ"): "ChiNext",
    ("BSE", "BJ"): "BSE",
}
# From these days on a first day's price may move freely; before them it was held down (H12).
FREE_FIRST_DAYS = {venue: REGISTRATION[board] for (board, _), venue in VENUES.items()}


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

# Words of the exchange's free-text industry that make a listing one of AI or chips.
TECHNOLOGY = "芯片|半导体|集成电路|人工智能|AI"

LISTED = {"name": pl.String, "public_subscription_multiple": pl.Float64}


@prepared
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


@prepared
def a_listings(
    ipo_a: pl.DataFrame,
    security: pl.DataFrame | None = None,
    theme_membership: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Mainland listings by date: entity, observation_date, name, venue, raised, tech, first_day.

    first_day is null before first days were free; tech is null where it is not known: without dated
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
    free_from = pl.col("venue").replace_strict(FREE_FIRST_DAYS, return_dtype=pl.Date)
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
    found = listings.join(spans, on="entity").filter(within_span(pl.col("observation_date")))
    return pl.col("entity").is_in(found["entity"].implode())


@prepared
def offers(
    hk_listings: pl.DataFrame | None = None,
    a_listings: pl.DataFrame | None = None,
    fx_rate: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """All listings in yuan: place (A, HK), venue, code, name, observation_date, raised, tech,
    first_day, known_at; by day and code.

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


def by_day(listings: pl.DataFrame) -> pl.DataFrame:
    """Sums and number of the listings of each listing day, entity HK."""
    days = listings.group_by("observation_date", maintain_order=True).agg(
        pl.col("raised", "first_day").sum(),
        pl.col("known_at").max(),
        n=pl.len().cast(pl.Int64),
    )
    return days.with_columns(entity=pl.lit(HONG_KONG))


def in_full_spans(listings: pl.DataFrame) -> pl.DataFrame:
    """Sums and number of listings of the last 90 days, for days at least 90 after the first."""
    day = pl.col("observation_date")
    sums = pl.col("raised", "first_day", "n").rolling_sum_by("observation_date", SPAN)
    spans = by_day(listings).with_columns(sums, pl.col("known_at").cum_max())
    return spans.filter(day >= day.min().dt.offset_by(SPAN))
