"""Net inflow of orders by their size, Shanghai and Shenzhen together, as Eastmoney counts it.

Every trade has a buyer and a seller; «inflow» is what was bought by aggressive orders of a size
minus what was sold by them. Eastmoney shows about 120 days, on a host that it often closes. Nothing
stands in for it: the flows of Tonghuashun count other orders, bear no date, and their sum over
industries is another figure. Spliced, the two would show a jump that never happened.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import Daily
from warehouse.catalog import (
    Call,
    Chain,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Bounds, Table, day, measure, nothing_or
from warehouse.errors import UnknownFormat
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import PERCENT, Unit

FLOW: Bounds = {"min": -2e12, "max": 2e12}
INDEX, LEVELS = "上证-收盘价", (1e3, 2e4)
SIZES = {
    "main": "主力",
    "super_large": "超大单",
    "large": "大单",
    "medium": "中单",
    "small": "小单",
}


class MarketFundFlow(Table):
    """Net inflow by size of order per trading day."""

    trade_date = day("Trading day", key=True)
    main_net_cny = measure("Large and super large orders together (主力)", Unit.CNY, **FLOW)
    super_large_net_cny = measure("Super large orders (超大单)", Unit.CNY, **FLOW)
    large_net_cny = measure("Large orders (大单)", Unit.CNY, **FLOW)
    medium_net_cny = measure("Medium orders (中单)", Unit.CNY, **FLOW)
    small_net_cny = measure("Small orders (小单)", Unit.CNY, **FLOW)
    main_net_share = measure(
        "Large and super large orders over value traded", Unit.FRACTION, min=-1, max=1
    )

    super_large_net_cny_is_plausible = nothing_or("super_large_net_cny", 1e4)
    large_net_cny_is_plausible = nothing_or("large_net_cny", 1e4)
    medium_net_cny_is_plausible = nothing_or("medium_net_cny", 1e4)
    small_net_cny_is_plausible = nothing_or("small_net_cny", 1e4)

    @dy.rule()
    def main_net_cny_is_the_sum_of_large_orders(cls) -> pl.Expr:
        """Main = super large + large; else columns, which are named by their place, have moved."""
        total = pl.col("super_large_net_cny") + pl.col("large_net_cny")
        return (pl.col("main_net_cny") - total).abs() <= 1e6 + 1e-3 * total.abs()

    @dy.rule()
    def main_net_cny_is_plausible(cls) -> pl.Expr:
        """Inflow over its share is the value traded: 50 bn yuan to 20 trillion; outside, the unit
        slipped. A share under a thousandth is too coarse to tell.
        """
        traded = pl.col("main_net_cny") / pl.col("main_net_share")
        return (pl.col("main_net_share").abs() < 1e-3) | traded.is_between(5e10, 2e13)


def ask(request: Request) -> list[Call]:
    return [Call("stock_market_fund_flow", days=request.days)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Rows beside which Shanghai's index stands at a level that it can have."""
    level = number(INDEX)
    if answer.filter(~level.is_between(*LEVELS)).height:
        raise UnknownFormat(
            f"{INDEX} is {answer[INDEX][-1]}, which is no level of Shanghai's index"
        )
    rows = answer.select(
        trade_date=published_day("日期"),
        **{f"{size}_net_cny": number(f"{label}净流入-净额") for size, label in SIZES.items()},
        main_net_share=number("主力净流入-净占比", PERCENT),
    )
    return rows.filter(pl.col("trade_date").is_in(list(call.days)))


EASTMONEY = Source(
    "Eastmoney", "push2his.eastmoney.com",
    frozenset({"日期", INDEX, "主力净流入-净占比", *(f"{label}净流入-净额" for label in SIZES.values())}),
    ask, read, plausibility=Plausibility(moves=True, steady=True),
)  # fmt: skip

DATASET = Dataset(
    name="market_fund_flow",
    label="Fund flow, whole market",
    grain="one row per trading day",
    contract=MarketFundFlow,
    publication=Publication("trade_date", time(16, 0)),
    cadence=Daily(),
    chains=(Chain("CN", (EASTMONEY,)),),
    trading_day="trade_date",
    figures=(
        Figure("main_net_cny", typical=(1e9, 3e11)),
        Figure("super_large_net_cny", typical=(5e8, 2e11)),
        Figure("large_net_cny", typical=(5e8, 2e11)),
        Figure("medium_net_cny", typical=(3e8, 1e11)),
        Figure("small_net_cny", typical=(5e8, 2e11)),
        Figure("main_net_share", typical=(0.002, 0.2)),
    ),
)
