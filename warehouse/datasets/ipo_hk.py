"""Hong Kong listings: offer price, proceeds, first day.

Built from two upstreams per share: the profile gives offer price and issue size (before
over-allotment), the first bar gives the first close. Imported rows may include over-allotment.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.catalog import Call, Chain, Dataset, Publication, Request, Shares, Source
from warehouse.contract import Table, day, measure, text
from warehouse.reading import day as published_day
from warehouse.reading import number
from warehouse.units import Unit


class IpoHk(Table):
    """Listings on the Hong Kong exchange, one row per listing; not all raise money."""

    code = text("Five-digit code with .HK", key=True, pattern=r"^\d{5}\.HK$")
    name = text("Company name")
    prospectus_date = day("Date of the prospectus", nullable=True)
    listing_date = day("First trading day")
    offer_price_hkd = measure("Offer price", Unit.HKD_PER_SHARE, nullable=True, min=0.01, max=1e4)
    funds_raised_hkd = measure("Gross proceeds; zero for introductions and transfers", Unit.HKD,
                               nullable=True, min=0, max=1e12)  # fmt: skip
    flags = text("Publisher's notes on the listing", nullable=True)
    first_day_close_hkd = measure("Close of the first day", Unit.HKD_PER_SHARE, nullable=True,
                                  min=0.001, max=1e5)  # fmt: skip
    first_day_return = measure("First close over offer price, minus one", Unit.FRACTION,
                               nullable=True, min=-1, max=50)  # fmt: skip
    public_subscription_multiple = measure("Public offer: times subscribed", Unit.RATIO,
                                           nullable=True, min=0, max=1e5)  # fmt: skip
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


def conform(rows: pl.DataFrame) -> pl.DataFrame:
    """Bare codes get their leading zeros and the suffix of their market."""
    bare = pl.col("code").str.contains(r"^\d{1,5}$")
    suffixed = pl.when(bare).then(pl.col("code").str.zfill(5) + ".HK").otherwise(pl.col("code"))
    return rows.with_columns(code=suffixed, name=pl.col("name").str.strip_chars())


def ask(request: Request) -> list[Call]:
    """Profile and first bar of each new share."""
    functions = ("stock_hk_security_profile_em", "stock_hk_daily")
    return [
        Call(function, {"symbol": code.removesuffix(".HK")}, request.days, label=code)
        for code in request.codes
        for function in functions
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    if call.function == "stock_hk_daily":
        first = answer.sort("date").head(1)
        return first.select(code=pl.lit(call.label), first_day_close_hkd=number("close"))
    return answer.select(
        code=pl.lit(call.label),
        name=pl.col("证券简称").cast(pl.String).str.strip_chars(),
        listing_date=published_day("上市日期"),
        offer_price_hkd=number("发行价"),
        funds_raised_hkd=number("发行价") * number("发行量(股)"),
    )


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """Profile and first close in one row, for shares that have a listing date.

    A share without a profile has no row: it is asked again.
    """
    if "listing_date" not in rows.columns:
        return rows.clear()
    if "first_day_close_hkd" not in rows.columns:
        rows = rows.with_columns(first_day_close_hkd=pl.lit(None, pl.Float64))
    joined = rows.group_by("code", maintain_order=True).agg(pl.all().drop_nulls().first())
    return joined.filter(pl.col("listing_date").is_not_null()).with_columns(
        first_day_return=pl.col("first_day_close_hkd") / pl.col("offer_price_hkd") - 1
    )


# New on the list since its first version, without a listing row or without its first close.
NEW = """
    SELECT s.code FROM core.hk_security s LEFT JOIN core.ipo_hk i USING (code)
    WHERE i.first_day_close_hkd IS NULL
"""
SINCE_THE_FIRST_LIST = "AND s.first_seen > (SELECT min(first_seen) FROM core.hk_security)"
PROFILES = Source("Eastmoney, Sina", "datacenter.eastmoney.com", frozenset(), ask, read, combine)

DATASET = Dataset(
    name="ipo_hk",
    label="Hong Kong IPOs",
    grain="one row per listing",
    contract=IpoHk,
    publication=Publication("listing_date", time(17, 0)),
    chains=(Chain("HK", (PROFILES,), shares=Shares(NEW + SINCE_THE_FIRST_LIST, NEW, "00700.HK")),),
    required_daily=False,
    conform=conform,
)
