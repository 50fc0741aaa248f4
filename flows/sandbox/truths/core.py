"""The datasets of the first briefing: index valuation, shares, turnover, margin, listings."""

import polars as pl

from flows.sandbox.archive import archived
from flows.sandbox.market.market import Market
from warehouse.datasets.index_valuation import FOLLOWED


@archived("index_valuation")
def index_valuations(market: Market) -> pl.DataFrame:
    return market.indices.filter(pl.col("code").is_in(list(FOLLOWED)))


@archived("stock_daily")
def bars(market: Market) -> pl.DataFrame:
    return market.stock_daily


@archived("market_turnover")
def turnover(market: Market) -> pl.DataFrame:
    caps = pl.col("market_value_cny", "float_value_cny").sum()
    return (
        market.turnover.group_by("exchange", "trade_date", maintain_order=True)
        .agg(pl.col("amount_cny").sum(), caps)
        .rename({"market_value_cny": "market_cap_cny", "float_value_cny": "float_market_cap_cny"})
    )


@archived("margin_exchange")
def margin(market: Market) -> pl.DataFrame:
    return market.margin.filter(pl.col("financing_balance_cny") > 0)


@archived("margin_market")
def margin_total(market: Market) -> pl.DataFrame:
    balances = pl.col("^(financing|securities_lending)_.*_cny$|^financing_purchases_cny$")
    return margin(market).group_by("trade_date", maintain_order=True).agg(balances.sum())
