"""The primary markets: issues, applications, meetings, money raised, Hong Kong, unicorns."""

from datetime import date

import polars as pl

from flows.sandbox.archive import archived
from flows.sandbox.market.market import Market
from flows.sandbox.market.unicorns import ON_THE_LIST, unicorns
from warehouse.datasets.ipo_pipeline import VENUES, stage
from warehouse.datasets.ipo_review import outcome
from warehouse.datasets.unicorn_company import LIST

FIRST_LIST = date(2025, 12, 31)  # the day on which the Hong Kong list was seen for the first time


@archived("ipo_a")
def mainland_issues(market: Market) -> pl.DataFrame:
    gain = pl.col("first_day_close_cny") / pl.col("offer_price_cny") - 1
    return market.primary.issues.with_columns(subscription_date="apply_date", first_day_return=gain)


@archived("ipo_pipeline")
def applications(market: Market) -> pl.DataFrame:
    """Every step, though a list shows the newest only."""
    return market.primary.progress.with_columns(
        exchange=pl.col("venue").replace_strict({v: e for v, (e, _) in VENUES.items()}),
        board=pl.col("venue").replace_strict({v: b for v, (_, b) in VENUES.items()}),
        stage=stage(pl.col("status")),
    )


@archived("ipo_review")
def meetings(market: Market) -> pl.DataFrame:
    return market.primary.meetings.with_columns(
        outcome=outcome(pl.col("result")),
        short_name="short",
        underwriter="sponsor",
        funds_sought_cny="funds_cny",
    )


@archived("ipo_proceeds_monthly")
def money_raised(market: Market) -> pl.DataFrame:
    issued = pl.when(pl.col("ipo_cny") > 0).then("ipo_cny")
    return market.primary.raised.with_columns(ipo_cny=issued)


@archived("ipo_hk")
def hong_kong_issues(market: Market) -> pl.DataFrame:
    return market.hong_kong_issues


@archived("hk_security")
def hong_kong_list(market: Market) -> pl.DataFrame:
    """The first list, on which nothing is new."""
    listed = pl.concat([market.hong_kong_issues, market.hong_kong_older], how="diagonal_relaxed")
    return listed.filter(pl.col("listing_date") <= FIRST_LIST).with_columns(
        first_seen=pl.lit(FIRST_LIST)
    )


@archived("unicorn_company")
def unicorn_lists(_market: Market) -> pl.DataFrame:
    years = [
        unicorns(y).with_columns(
            list_name=pl.lit(LIST), year=pl.lit(y), published_on=pl.lit(date(y, 12, 31))
        )
        for y in ON_THE_LIST
    ]
    return pl.concat(years)
