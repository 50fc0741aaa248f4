"""Lists of shares, their adjustment, and the month's figures."""

import polars as pl

from flows.sandbox.archive import archived
from flows.sandbox.market.market import Market
from flows.sandbox.market.securities import adjustments
from flows.sandbox.market.story import INDUSTRIES
from warehouse.datasets.security import SHENWAN_FIRST_LEVEL
from warehouse.readers.text import board


@archived("security")
def securities(market: Market) -> pl.DataFrame:
    classes = {i.name: SHENWAN_FIRST_LEVEL[i.shenwan[:2]] for i in INDUSTRIES}
    return market.companies.select(
        "code",
        "name",
        valid_from="listing_date",
        industry=pl.col("industry").replace_strict(classes),
        board=board(),
    )


@archived("delisting")
def delistings(market: Market) -> pl.DataFrame:
    return market.delisted


@archived("special_treatment")
def special_treatment(market: Market) -> pl.DataFrame:
    days = pl.DataFrame({"trade_date": pl.Series(market.days).cast(pl.Date)})
    listed = market.companies.select("code", "name", "listing_date")
    spans = market.special_treatment.join(listed, on="code")
    return (
        days.join(spans, how="cross")
        .filter(
            pl.col("since") <= pl.col("trade_date"),
            pl.col("trade_date") < pl.col("until"),
            pl.col("listing_date") <= pl.col("trade_date"),
        )
        .select("code", "trade_date", "mark", name=pl.col("mark") + pl.col("name"))
    )


@archived("adjustment_factor")
def factors(market: Market) -> pl.DataFrame:
    return adjustments(market.simulation)


@archived("market_cap_monthly")
def months(market: Market) -> pl.DataFrame:
    return market.monthly_statistics.with_columns(month=pl.col("month").dt.month_start())
