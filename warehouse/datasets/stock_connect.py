"""Stock Connect: what the mainland buys in Hong Kong (southbound) and the reverse (northbound).

The exchanges stopped publishing northbound buying and selling after 2024-08-16. Later rows of it
hold nothing but their date: no net inflow exists, and none is inferred; whether any is published
again is asked once a week.

Southbound money is counted in Hong Kong dollars, northbound in yuan. Eastmoney writes 亿, but the
accumulated sum in 万亿; the daily sums must add up to it. A day on which either market is closed
has no row and is not asked for. The link closes on some more days, before holidays of Hong Kong, so
that a day without a row is no failure. No other host has the history; Eastmoney's page of
the day is not used: on a holiday it shows old figures under today's date.
"""

from __future__ import annotations

from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Daily
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
from warehouse.contract import Table, choice, day, measure, nothing_or
from warehouse.errors import UnknownFormat
from warehouse.exchanges import HONG_KONG
from warehouse.readers.text import adding_up, number
from warehouse.readers.text import day as published_day
from warehouse.units import YI, Unit

SYMBOLS = {"southbound": "南向资金", "northbound": "北向资金"}
SINCE = date(2014, 11, 17)
LAST_NORTHBOUND = date(2024, 8, 16)
WAN_YI = 1e12  # 万亿
ODD = 0.02  # share of days that may be off; a day that is lacking makes one


class StockConnect(Table):
    """Buying and selling through Stock Connect per direction and trading day."""

    direction = choice("Southbound: mainland money in Hong Kong", list(SYMBOLS), key=True)
    trade_date = day("Trading day", key=True)
    net_buy_hkd = measure(
        "Southbound: bought minus sold", Unit.HKD, nullable=True, min=-1e12, max=1e12
    )
    bought_hkd = measure("Southbound: bought", Unit.HKD, nullable=True, min=0, max=1e12)
    sold_hkd = measure("Southbound: sold", Unit.HKD, nullable=True, min=0, max=1e12)
    accumulated_net_buy_hkd = measure(
        "Southbound: net buying since the start", Unit.HKD, nullable=True, min=-1e12, max=5e13
    )
    net_buy_cny = measure(
        "Northbound: bought minus sold; not published after 2024-08-16",
        Unit.CNY,
        nullable=True,
        min=-1e12,
        max=1e12,
    )
    bought_cny = measure(
        "Northbound: bought; not published after 2024-08-16",
        Unit.CNY,
        nullable=True,
        min=0,
        max=1e12,
    )
    sold_cny = measure(
        "Northbound: sold; not published after 2024-08-16", Unit.CNY, nullable=True, min=0, max=1e12
    )
    accumulated_net_buy_cny = measure(
        "Northbound: net buying since the start; not published after 2024-08-16",
        Unit.CNY,
        nullable=True,
        min=-1e12,
        max=5e13,
    )

    net_buy_hkd_is_plausible = nothing_or("net_buy_hkd", 1e4)
    bought_hkd_is_plausible = nothing_or("bought_hkd", 1e4)
    sold_hkd_is_plausible = nothing_or("sold_hkd", 1e4)
    net_buy_cny_is_plausible = nothing_or("net_buy_cny", 1e4)
    bought_cny_is_plausible = nothing_or("bought_cny", 1e4)
    sold_cny_is_plausible = nothing_or("sold_cny", 1e4)
    accumulated_net_buy_hkd_is_plausible = nothing_or("accumulated_net_buy_hkd", 1e6)
    accumulated_net_buy_cny_is_plausible = nothing_or("accumulated_net_buy_cny", 1e6)

    @dy.rule()
    def net_buy_cny_has_ended(cls) -> pl.Expr:
        """After 2024-08-16 nobody publishes northbound money; a zero in its place is not one."""
        silent = pl.all_horizontal(pl.col(c).is_null() for c in IN["northbound"])
        return (pl.col("trade_date") <= LAST_NORTHBOUND) | silent

    @dy.rule()
    def net_buy_hkd_is_in_its_own_currency(cls) -> pl.Expr:
        """Southbound rows are in Hong Kong dollars and complete, northbound ones in yuan."""
        south = pl.col("direction") == "southbound"
        complete = pl.all_horizontal(pl.col(c).is_not_null() for c in IN["southbound"][:3])
        return pl.when(south).then(complete & no(IN["northbound"])).otherwise(no(IN["southbound"]))

    @dy.rule()
    def net_buy_is_bought_less_sold(cls) -> pl.Expr:
        """Bought minus sold is the net; else columns were mixed up."""
        gaps = [
            (pl.col(bought) - pl.col(sold) - pl.col(net)).abs() <= 5e6 + 1e-3 * pl.col(net).abs()
            for net, bought, sold, _ in IN.values()
        ]
        return pl.all_horizontal(gap.fill_null(value=True) for gap in gaps)


IN = {
    direction: tuple(
        f"{c}_{currency}" for c in ("net_buy", "bought", "sold", "accumulated_net_buy")
    )
    for direction, currency in (("southbound", "hkd"), ("northbound", "cny"))
}
PUBLISHED = ("当日成交净买额", "买入成交额", "卖出成交额", "历史累计净买额")


def no(columns: tuple[str, ...]) -> pl.Expr:
    return pl.all_horizontal(pl.col(c).is_null() for c in columns)


def ask(request: Request) -> list[Call]:
    """The history of a direction, four requests."""
    return [
        Call("stock_hsgt_hist_em", {"symbol": SYMBOLS[d]}, request.days, d) for d in request.codes
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    net, bought, sold, accumulated = PUBLISHED
    own = dict(zip(IN[call.label], PUBLISHED, strict=True))
    rows = accumulating(adding_up(answer, bought, (net, sold))).select(
        direction=pl.lit(call.label),
        trade_date=published_day("日期"),
        **{
            name: number(column, WAN_YI if column == accumulated else YI)
            for name, column in own.items()
        },
    )
    return rows.filter(pl.col("trade_date").is_in(list(call.days)))


def accumulating(answer: pl.DataFrame) -> pl.DataFrame:
    """The answer, if its accumulated sum in 万亿 grows by each day's net buying in 亿."""
    grown = number(PUBLISHED[3], WAN_YI / YI).diff()
    wrong = answer.sort("日期").filter((grown - number(PUBLISHED[0])).abs() > 0.1)
    if wrong.height > ODD * answer.height:
        raise UnknownFormat(
            f"{PUBLISHED[3]} does not grow by {PUBLISHED[0]} in {wrong.height} rows: "
            f"{wrong.row(0, named=True)}"
        )
    return answer


EASTMONEY = Source(
    "Eastmoney datacenter",
    "datacenter-web.eastmoney.com",
    frozenset({"日期", *PUBLISHED}),
    ask,
    read,
    plausibility=Plausibility(level="bought_hkd", moves=True),
    counted=True,
)

DATASET = Dataset(
    name="stock_connect",
    label="Stock Connect",
    grain="one row per direction and trading day",
    contract=StockConnect,
    publication=Publication("trade_date", time(16, 30)),
    cadence=Daily(strict=False, also=HONG_KONG),
    chains=(
        Chain("southbound", (EASTMONEY,), "direction", {"southbound": SINCE}),
        Chain("northbound", (EASTMONEY,), "direction", {"northbound": SINCE},
              cadence=Daily(strict=False, also=HONG_KONG, every=WEEKLY)),
    ),
    trading_day="trade_date",
    bare=True,  # northbound: nothing is published any more; southbound rows are complete
    figures=(
        Figure("bought_hkd", near=20, typical=(1e8, 2e11)), Figure("sold_hkd", near=20, typical=(1e8, 2e11)),
        Figure("net_buy_hkd", typical=(5e7, 5e10)),
        Figure("bought_cny", near=20, typical=(1e8, 5e11)), Figure("sold_cny", near=20, typical=(1e8, 5e11)),
        Figure("net_buy_cny", typical=(5e7, 5e10)),
        Figure("accumulated_net_buy_hkd", near=20, typical=(5e10, 2e13)), Figure("accumulated_net_buy_cny", near=20, typical=(5e10, 2e13)),
    ),
)  # fmt: skip
