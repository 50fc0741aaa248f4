"""Money that crosses borders and money by size of order, as the upstreams count it."""

import numpy as np
import polars as pl

from flows.sandbox.market.abroad import hong_kong_days
from flows.sandbox.market.paths import Floats
from flows.sandbox.market.script import Script

START = np.datetime64("2014-11-17")
LAST_NORTHBOUND = np.datetime64("2024-08-16")


def stock_connect(script: Script, last: np.datetime64, seed: int) -> pl.DataFrame:
    """Per direction and day on which both markets trade: direction, trade_date, net_buy, bought,
    sold, accumulated_net_buy. Southbound in HKD, northbound in CNY, in whole ten thousands; nothing
    northbound after 2024-08-16 but the day.
    """
    both = np.isin(script.days, hong_kong_days()) & (script.days > START) & (script.days <= last)
    rng = np.random.default_rng([seed, 32])
    market = np.exp(script.turnover_path[both])
    days = script.days[both]
    south = _direction("southbound", days, market * 0.03, 0.05, rng)
    north = _direction("northbound", days, market * 0.11, 0.01, rng)
    money = pl.col("net_buy", "bought", "sold", "accumulated_net_buy")
    silent = pl.col("trade_date") > LAST_NORTHBOUND.item()
    return pl.concat([south, north.with_columns(pl.when(~silent).then(money))])


def _direction(
    name: str, days: np.ndarray, gross: Floats, leaning: float, rng: np.random.Generator
) -> pl.DataFrame:
    """The accumulated sum begins with the opening day, on which everybody bought."""
    net = _ten_thousands(gross * (leaning + 0.09 * rng.standard_normal(len(days))))
    sold = _ten_thousands((gross - net) / 2.0)
    return pl.DataFrame(
        {
            "direction": name,
            "trade_date": pl.Series(days).cast(pl.Date),
            "net_buy": net,
            "bought": sold + net,
            "sold": sold,
            "accumulated_net_buy": _ten_thousands(gross[:1]) + np.cumsum(net),
        }
    )


def _ten_thousands(money: Floats) -> Floats:
    rounded: Floats = np.rint(money / 1e4) * 1e4
    return rounded


def by_size_of_order(turnover: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Net inflow per day in whole CNY, Shanghai and Shenzhen: trade_date, amount_cny (traded),
    main_net_cny and its parts super_large and large, medium, small. All orders add up to nothing.
    """
    traded = (
        turnover.filter(pl.col("exchange") != "BSE")
        .group_by("trade_date")
        .agg(pl.col("amount_cny").sum())
        .sort("trade_date")
    )
    days = traded["trade_date"].to_list()
    luck = np.array([np.random.default_rng([seed, 33, d.toordinal()]).normal(size=3) for d in days])
    amount = traded["amount_cny"].to_numpy()
    main = np.rint(amount * (-0.012 + 0.018 * luck[:, 0]))
    super_large = np.rint(main * (0.6 + 0.1 * luck[:, 1]))
    small = np.rint(-main * (0.7 + 0.05 * luck[:, 2]))
    return traded.with_columns(
        main_net_cny=pl.Series(main),
        super_large_net_cny=pl.Series(super_large),
        large_net_cny=pl.Series(main - super_large),
        medium_net_cny=pl.Series(-main - small),
        small_net_cny=pl.Series(small),
    )
