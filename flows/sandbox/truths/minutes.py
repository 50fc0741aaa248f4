"""Minute bars of the followed shares and indices, of the market's last weeks."""

from datetime import datetime, time

import polars as pl

from flows.sandbox.archive import archived
from flows.sandbox.market.market import Market
from flows.sandbox.market.minutes import without_auction
from flows.sandbox.view import View
from warehouse.datasets.stock_minute import SHARES
from warehouse.readers.followed import MAINLAND_INDICES

SESSIONS = 20  # pages show eight


@archived("stock_minute")
def minutes(market: Market) -> pl.DataFrame:
    view = View(market, datetime.combine(market.days[-1].item(), time(18)))
    codes = (*MAINLAND_INDICES, *SHARES)
    return pl.concat(
        without_auction(bars).with_columns(code=pl.lit(code))
        for code in codes
        for bars in view.minutes(code, SESSIONS)
    )
