"""Leverage and flows: margin in detail, accounts, exchange-traded funds, Stock Connect, orders."""

from itertools import product

import polars as pl

from flows.sandbox.archive import archived
from flows.sandbox.market.margin_detail import detail
from flows.sandbox.market.market import Market
from warehouse.datasets.margin_security import conform
from warehouse.datasets.stock_connect import IN
from warehouse.readers.followed import FUNDS

EXCHANGES = ("SSE", "SZSE", "BSE")


@archived("margin_security")
def margin_by_security(market: Market) -> pl.DataFrame:
    """Shanghai says nothing of the value of shares lent, the others nothing of repayments."""
    frames = []
    for day, exchange in product(market.days.tolist(), EXCHANGES):
        silent = (
            "securities_lending_balance_cny" if exchange == "SSE" else "financing_repayments_cny"
        )
        parts = detail(market, exchange, day)
        if parts.height:
            frames.append(
                parts.with_columns(
                    pl.lit(None, pl.Float64).alias(silent),
                    trade_date=pl.lit(day),
                    exchange=pl.lit(exchange),
                )
            )
    return conform(pl.concat(frames))


@archived("margin_account")
def margin_accounts(market: Market) -> pl.DataFrame:
    counts = pl.col("securities_firms", "branches").cast(pl.Float64)
    return market.margin_accounts.with_columns(counts)


@archived("investor_account")
def investor_accounts(market: Market) -> pl.DataFrame:
    return market.investor_accounts


@archived("fund_share")
def fund_shares(market: Market) -> pl.DataFrame:
    return market.fund_daily.select("code", "trade_date", "exchange", "name", "fund_shares")


@archived("fund_daily")
def fund_bars(market: Market) -> pl.DataFrame:
    return market.fund_daily.filter(pl.col("code").is_in(list(FUNDS)))


@archived("stock_connect")
def stock_connect(market: Market) -> pl.DataFrame:
    """Hong Kong dollars southbound, yuan northbound."""
    published = ("net_buy", "bought", "sold", "accumulated_net_buy")
    columns = {
        name: pl.when(pl.col("direction") == direction).then(pl.col(column))
        for direction, names in IN.items()
        for name, column in zip(names, published, strict=True)
    }
    return market.stock_connect.select("direction", "trade_date", **columns)


@archived("market_fund_flow")
def flow_by_order(market: Market) -> pl.DataFrame:
    share = pl.col("main_net_cny") / pl.col("amount_cny")
    return market.flow_by_order.with_columns(main_net_share=share.round(4))
