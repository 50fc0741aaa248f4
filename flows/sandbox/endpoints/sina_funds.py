"""Sina Finance: packed daily history of exchange-traded funds."""

from functools import partial

import polars as pl

from flows.sandbox.endpoints.sina import FILES
from flows.sandbox.formats import klc
from flows.sandbox.formats.wire import Answer, Query, klc_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

PLACES = 3  # decimals of a fund's price


@endpoint(FILES, r"/realstock/company/(?P<symbol>sh5\d+|sz1\d+)/hisdata_klc2/klc_kl\.js")
def sina_fund_history(view: View, query: Query) -> Answer:
    """All bars of a fund: shares and CNY."""
    symbol = query["symbol"]
    bars = view.fund(f"{symbol[2:]}.{symbol[:2].upper()}").select(
        pl.col("trade_date", "open", "high", "low", "close"),
        volume="volume_shares",
        amount="amount_cny",
    )
    return klc_answer(f"KLC_K2_{symbol}", bars, partial(klc.stock_file, decimals=PLACES))
