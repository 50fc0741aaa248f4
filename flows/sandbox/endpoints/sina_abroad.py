"""Sina Finance: packed daily history and adjustment factors of New York's shares and index."""

import json

import polars as pl

from flows.sandbox.endpoints.sina import FILES
from flows.sandbox.formats import klc
from flows.sandbox.formats.wire import Answer, Query, Row, klc_answer, text_answer
from flows.sandbox.registry import endpoint
from flows.sandbox.view import View

DIVIDEND = 0.2  # USD a share, each quarter since the first


@endpoint(FILES, r"/staticdata/us/(?P<symbol>\.?[A-Z]+)")
def sina_new_york_history(view: View, query: Query) -> Answer:
    """All bars of a share or an index (.NDX): shares; the amount of an index is zero."""
    symbol = query["symbol"]
    known = pl.lit(0.0) if symbol.startswith(".") else pl.col("amount")
    bars = view.abroad(f"{symbol.lstrip('.')}.US").select(
        "trade_date", "open", "high", "low", "close", volume="volume_shares", amount=known
    )
    return klc_answer(f"K_us_{symbol.lstrip('.')}", bars, klc.stock_file)


@endpoint(FILES, r"/us_stock/company/reinstatement/(?P<symbol>[A-Z]+)_qfq\.js")
def sina_new_york_factors(view: View, query: Query) -> Answer:
    """What undoes splits (f) and, by subtraction, dividends (c), newest first.

    Added up over decades, the dividends exceed early prices: adjusted, these are negative.
    """
    symbol = query["symbol"]
    bars = view.abroad(f"{symbol}.US")
    quarters = bars.group_by(quarter=pl.col("trade_date").dt.truncate("1q"), maintain_order=True)
    firsts = quarters.agg(day=pl.col("trade_date").first()).sort("quarter", descending=True)
    rows: list[Row] = [
        {"d": str(day), "f": "1", "c": str(-round(DIVIDEND * number, 4))}
        for number, day in enumerate(firsts["day"])
    ]
    rows += [{"d": "1900-01-01", "f": "1", "c": str(-round(DIVIDEND * len(rows), 4))}]
    return text_answer(rows, lambda rows: f"var {symbol}qfq={json.dumps({'data': rows})}\n/* */")
