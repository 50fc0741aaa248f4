"""Price–earnings and price–book ratios of indices, as their publisher computes them.

Legulegu computes the same ratio for a dozen indices, of which CSI 300 is followed here; no other
host has those of the themes.
"""

from __future__ import annotations

from datetime import date, time

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
from warehouse.contract import Table, day, measure, text
from warehouse.readers.followed import CSI_THEMES
from warehouse.readers.index_bars import official_calls, without_copied_start
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import Unit

FOLLOWED = {"000300.SH": date(2005, 4, 8), "000688.SH": date(2019, 12, 31), **CSI_THEMES}


class IndexValuation(Table):
    """Valuation ratios of indices, aggregate over the constituents, losses included."""

    code = text("Index code with suffix", key=True, pattern=r"^[A-Z0-9]+\.(SH|SZ|CSI|HK|US)$")
    trade_date = day("Trading day of the index's own exchange", key=True)
    pe_ttm = measure(
        "Price to trailing twelve months' earnings", Unit.RATIO, nullable=True, min=-2000, max=2000
    )
    pb = measure("Price to book value", Unit.RATIO, nullable=True, min=0, max=200)
    dividend_yield = measure(
        "Dividends of twelve months over price", Unit.FRACTION, nullable=True, min=0, max=0.5
    )


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    rows = without_copied_start(answer, call).select(
        code=pl.lit(call.label), trade_date=published_day("日期"), pe_ttm=number("滚动市盈率")
    )
    return rows.filter(pl.col("trade_date").is_in(list(call.days)))


CSI = Source(
    "CSI",
    "www.csindex.com.cn",
    frozenset({"日期", "滚动市盈率"}),
    official_calls,
    read,
    plausibility=Plausibility(level="pe_ttm"),
)

LEGULEGU_NAMES = {"000300.SH": "沪深300"}


def ask_legulegu(request: Request) -> list[Call]:
    """The whole history of each index that it has."""
    named = [(c, LEGULEGU_NAMES[c]) for c in request.codes if c in LEGULEGU_NAMES]
    return [Call("stock_index_pe_lg", {"symbol": name}, request.days, c) for c, name in named]


LEGULEGU = Source(
    "legulegu",
    "legulegu.com",
    frozenset({"日期", "滚动市盈率"}),
    ask_legulegu,
    read,
    plausibility=Plausibility(level="pe_ttm"),
)

DATASET = Dataset(
    name="index_valuation",
    label="Index valuation",
    grain="one row per index and trading day",
    contract=IndexValuation,
    publication=Publication("trade_date", time(17, 30)),
    cadence=Daily(),
    chains=(Chain("CSI", (CSI, LEGULEGU), "code", FOLLOWED),),
    trading_day="trade_date",
    on_mainland=~pl.col("code").str.contains(r"\.(HK|US)$"),
    figures=(
        Figure("pe_ttm", near=4, typical=(5, 200), apart=1.5),
        Figure("pb", near=4, typical=(0.4, 25), apart=1),
        Figure("dividend_yield", near=5, typical=(0.002, 0.12), apart=4),
    ),
)
