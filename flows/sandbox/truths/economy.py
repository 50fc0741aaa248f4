"""What the market costs, how crowded it is, and the economy around it."""

import polars as pl

from flows.sandbox.archive import archived
from flows.sandbox.market import appraisal, macro
from flows.sandbox.market.market import Market


@archived("market_valuation")
def market_valuation(market: Market) -> pl.DataFrame:
    return appraisal.market_valuation(market.parameters.seed)


@archived("board_valuation")
def board_valuation(market: Market) -> pl.DataFrame:
    return appraisal.board_valuation(market.parameters.seed)


@archived("equity_bond_spread")
def equity_bond_spread(market: Market) -> pl.DataFrame:
    return appraisal.equity_bond_spread(market.indices, market.parameters.seed)


@archived("buffett_index")
def buffett_index(market: Market) -> pl.DataFrame:
    return appraisal.buffett_index(market.turnover)


@archived("market_congestion")
def congestion(market: Market) -> pl.DataFrame:
    return market.congestion


@archived("high_low_count")
def highs_and_lows(market: Market) -> pl.DataFrame:
    return market.highs_and_lows


@archived("market_activity")
def breadth(market: Market) -> pl.DataFrame:
    rows = [
        {"trade_date": day, **appraisal.breadth(market.snapshot(day), market.days, day)}
        for day in pl.Series(market.days).cast(pl.Date)
    ]
    return pl.DataFrame(rows)


@archived("money_supply")
def money_supply(market: Market) -> pl.DataFrame:
    return macro.money_supply(market.parameters.seed)


@archived("social_financing")
def social_financing(market: Market) -> pl.DataFrame:
    return macro.social_financing(market.parameters.seed)


@archived("pmi")
def purchasing_managers(market: Market) -> pl.DataFrame:
    return macro.surveys(market.parameters.seed).select(
        "month", "manufacturing_pmi", "non_manufacturing_pmi"
    )


@archived("cpi")
def consumer_prices(market: Market) -> pl.DataFrame:
    return macro.surveys(market.parameters.seed).select("month", "cpi_yoy", "cpi_mom")


@archived("gdp")
def gross_product(_market: Market) -> pl.DataFrame:
    return macro.gross_product().select("quarter", "gdp_cny", "gdp_yoy")


@archived("lpr")
def prime_rates(_market: Market) -> pl.DataFrame:
    return macro.prime_rates()


@archived("government_yield")
def yields(market: Market) -> pl.DataFrame:
    return macro.yields(market.parameters.seed)


@archived("fx_rate")
def parities(market: Market) -> pl.DataFrame:
    return macro.parities(market.parameters.seed)
