"""Hong Kong listings: offer price, proceeds, first day.

Built from two upstreams per share: the profile gives offer price and issue size (before
over-allotment), the first bar gives the first close, from Sina or else from Eastmoney. A share has
a row as soon as it has a profile. Imported rows may include over-allotment.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import PerShare
from warehouse.catalog import (
    Asker,
    Call,
    Chain,
    Dataset,
    Figure,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Table, day, empty, measure, text
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number, short_name
from warehouse.units import Unit


class IpoHk(Table):
    """Listings on the Hong Kong exchange, one row per listing; not all raise money."""

    code = text("Five-digit code with .HK", key=True, pattern=r"^\d{5}\.HK$")
    name = text("Company name")
    prospectus_date = day("Date of the prospectus", nullable=True)
    listing_date = day("First trading day")
    offer_price_hkd = measure("Offer price", Unit.HKD_PER_SHARE, nullable=True, min=0.01, max=1e4)
    funds_raised_hkd = measure(
        "Gross proceeds; zero for introductions and transfers",
        Unit.HKD,
        nullable=True,
        min=0,
        max=1e12,
    )
    flags = text("Publisher's notes on the listing", nullable=True)
    first_day_close_hkd = measure(
        "Close of the first day", Unit.HKD_PER_SHARE, nullable=True, min=0.001, max=1e5
    )
    first_day_return = measure(
        "First close over offer price, minus one", Unit.FRACTION, nullable=True, min=-1, max=50
    )
    public_subscription_multiple = measure(
        "Public offer: times subscribed", Unit.RATIO, nullable=True, min=0, max=1e5
    )
    net_proceeds_hkd = measure("Proceeds after costs", Unit.HKD, nullable=True, min=1e6, max=1e12)
    industry = text("Industry, in the publisher's words", nullable=True)

    @dy.rule()
    def listing_date_is_a_weekday(cls) -> pl.Expr:
        """Nothing is listed on a Saturday or Sunday."""
        return pl.col("listing_date").dt.weekday() <= 5

    @dy.rule()
    def funds_raised_hkd_are_plausible(cls) -> pl.Expr:
        """A listing raises nothing or at least a million; between, the unit slipped."""
        raised = pl.col("funds_raised_hkd")
        return (raised == 0) | (raised >= 1e6)

    @dy.rule()
    def first_day_return_is_of_the_first_close(cls) -> pl.Expr:
        """First close / offer price - 1 within half a point; else per cent and fractions were mixed
        up, or one of the prices is another.
        """
        gain = pl.col("first_day_close_hkd") / pl.col("offer_price_hkd") - 1
        return (pl.col("first_day_return") - gain).abs() < 0.005 * (1 + gain)

    @dy.rule()
    def net_proceeds_hkd_are_of_the_size_of_funds_raised_hkd(cls) -> pl.Expr:
        """What is left after costs is a fifth of what was raised at least; it may count the
        over-allotment that the gross figure leaves out.
        """
        kept = pl.col("net_proceeds_hkd") / pl.col("funds_raised_hkd")
        return (pl.col("funds_raised_hkd") == 0) | kept.is_between(0.2, 1.5)


def conform(rows: pl.DataFrame) -> pl.DataFrame:
    """Bare codes get their leading zeros and the suffix of their market."""
    bare = pl.col("code").str.contains(r"^\d{1,5}$")
    suffixed = pl.when(bare).then(pl.col("code").str.zfill(5) + ".HK").otherwise(pl.col("code"))
    return rows.with_columns(code=suffixed, name=short_name("name"))


def ask(*functions: str) -> Asker:
    """These questions about each share."""

    def calls(request: Request) -> list[Call]:
        return [
            Call(function, {"symbol": code.removesuffix(".HK")}, request.days, label=code)
            for code in request.codes
            for function in functions
        ]

    return calls


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The profile's offer price is taken to be in HKD, as
    the exchange quotes it; it says no unit.
    """
    if call.function != PROFILE:
        day, close = BARS[call.function]
        bars = answer.select(
            code=pl.lit(call.label), first_bar=published_day(day), first_day_close_hkd=number(close)
        )
        return bars.sort("first_bar").head(1)
    return answer.select(
        code=pl.lit(call.label),
        name=short_name("证券简称"),
        listing_date=published_day("上市日期"),
        offer_price_hkd=number("发行价"),
        funds_raised_hkd=number("发行价") * number("发行量(股)"),
    )


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """Profile and first close in one row, for shares that have both: the others are asked again.

    The first bar that a source has is the first day only if it is of the listing date.
    """
    if not {"listing_date", "first_bar"}.issubset(rows.columns):
        return empty(IpoHk)
    joined = rows.group_by("code", maintain_order=True).agg(pl.all().drop_nulls().first())
    of_the_day = pl.col("first_bar") == pl.col("listing_date")
    close = pl.when(of_the_day).then("first_day_close_hkd")
    return (
        joined.filter(pl.col("listing_date").is_not_null(), pl.col("first_bar").is_not_null())
        .with_columns(first_day_close_hkd=close)
        .with_columns(
            first_day_return=pl.col("first_day_close_hkd") / pl.col("offer_price_hkd") - 1
        )
        .drop("first_bar")
    )


def profiles_alone(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("listing_date").is_not_null())


PROFILE = "stock_hk_security_profile_em"
BARS = {"stock_hk_daily": ("date", "close"), "stock_hk_hist": ("日期", "收盘")}
F10 = "datacenter.eastmoney.com"
SINA_BARS = Source(
    "Eastmoney, Sina", F10, frozenset(), ask(PROFILE, "stock_hk_daily"), read, combine
)
EASTMONEY_BARS = Source("Eastmoney", F10, frozenset(), ask(PROFILE, "stock_hk_hist"), read, combine)
NO_BARS = Source("Eastmoney profile", F10, frozenset(), ask(PROFILE), read, profiles_alone)

# New on the list since its first version, and without its first close; two months are enough.
NEW = """
    SELECT s.code FROM core.hk_security s LEFT JOIN core.ipo_hk i USING (code)
    WHERE i.first_day_close_hkd IS NULL
    AND s.first_seen > (SELECT min(first_seen) FROM core.hk_security)
    AND s.first_seen > (SELECT max(first_seen) FROM core.hk_security) - INTERVAL 60 DAY
"""
# A back-fill asks once who every share is, and then for the first days of three years.
UNKNOWN = """
    SELECT s.code FROM core.hk_security s ANTI JOIN core.ipo_hk i USING (code)
"""
TENCENT = "00700.HK"
LATELY_LISTED = """
    SELECT i.code FROM core.ipo_hk i WHERE i.first_day_close_hkd IS NULL
    AND i.offer_price_hkd IS NOT NULL
    AND i.listing_date > (SELECT max(first_seen) FROM core.hk_security) - INTERVAL 3 YEAR
"""

DATASET = Dataset(
    name="ipo_hk",
    label="Hong Kong IPOs",
    grain="one row per listing",
    contract=IpoHk,
    publication=Publication("listing_date", time(17, 0)),
    cadence=PerShare(NEW, LATELY_LISTED, TENCENT),
    chains=(
        Chain("profiles", (NO_BARS,), cadence=PerShare(None, UNKNOWN, TENCENT)),
        Chain("HK", (SINA_BARS, EASTMONEY_BARS, NO_BARS)),
    ),
    conform=conform,
    figures=(
        Figure("offer_price_hkd", typical=(0.5, 200)),
        Figure("funds_raised_hkd", typical=(5e7, 5e9)),
        Figure("first_day_close_hkd", typical=(0.5, 200)),
        Figure("first_day_return", typical=(0.01, 2)),
        Figure("public_subscription_multiple", typical=(3, 5e3)),
    ),
)
