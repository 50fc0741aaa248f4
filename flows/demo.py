"""The demo: the whole path offline, on the simulated market, in a home of its own.

As an operator would start: the past is imported from an archive of files, here written from the
simulated market, and what is missing since then is collected through akshare at the wire.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from flows.importing import import_path
from flows.sandbox import Market
from flows.settings import SIMULATED_STOCKS, default_home
from flows.weekly import weekly
from flows.workspace import simulated_market, workspace
from warehouse.catalog import catalogue
from warehouse.datasets.index_daily import CSI_THEMES, HONG_KONG, MAINLAND
from warehouse.datasets.index_valuation import FOLLOWED

AS_OF = date(2026, 1, 13)
ARCHIVED = date(2025, 12, 31)  # the last day of the archive; the rest is collected
ARCHIVED_PRICES = date(2026, 1, 12)  # a quote page shows one day only
HOME = "demo"  # markets of other sizes have homes of their own
READER = "reader@example.org"
BY_DAY = ["exchange", "trade_date"]


@dataclass(frozen=True)
class Demonstration:
    """What the demo leaves behind."""

    pdf: str
    warehouse: Path
    mail: Path


def run_demo(stocks: int) -> Demonstration:
    """Import the archive of the simulated market, collect the rest, render, mail to the outbox."""
    for name in [n for n in os.environ if n.startswith("BRIEFING_") and n != "BRIEFING_HOME"]:
        del os.environ[name]
    os.environ["BRIEFING_HOME"] = str(
        default_home() / (HOME if stocks == SIMULATED_STOCKS else f"{HOME}-{stocks}")
    )
    os.environ["BRIEFING_SANDBOX__ENABLED"] = "true"
    os.environ["BRIEFING_SANDBOX__STOCKS"] = str(stocks)
    ws = workspace()
    with tempfile.TemporaryDirectory() as folder:
        write_archive(simulated_market(stocks), Path(folder))
        import_path(ws, Path(folder))
    pdf = weekly.fn(as_of=AS_OF, collect=True, send=True, to=[READER])
    return Demonstration(pdf, ws.places.current, ws.settings.home / "outbox")


def write_archive(market: Market, folder: Path) -> None:
    """The simulated market's past as files that `briefing import` takes."""
    for name, rows in archive(market).items():
        d = catalogue()[name]
        day = d.trading_day or d.publication.column
        last = ARCHIVED_PRICES if name == "stock_daily" else ARCHIVED
        absent = {
            c: pl.lit(None, column.dtype)
            for c, column in d.contract.columns().items()
            if c not in rows.columns
        }
        past = rows.with_columns(**absent).filter(pl.col(str(day)) <= last)
        past.select(d.contract.column_names()).write_parquet(folder / f"{name}.parquet")


def archive(market: Market) -> Mapping[str, pl.DataFrame]:
    """The simulated market as datasets."""
    followed = [*MAINLAND, *CSI_THEMES, *HONG_KONG]
    indices = market.indices
    margin = market.margin.filter(pl.col("financing_balance_cny") > 0)
    hong_kong = market.hong_kong_issues
    balances = pl.col("^(financing|securities_lending)_.*_cny$|^financing_purchases_cny$")
    return {
        "index_daily": indices.filter(pl.col("code").is_in(followed)),
        "index_valuation": indices.filter(pl.col("code").is_in(list(FOLLOWED))),
        "stock_daily": market.stock_daily,
        "market_turnover": market.turnover.group_by(BY_DAY).agg(pl.col("amount_cny").sum()),
        "margin_exchange": margin,
        "margin_market": margin.group_by("trade_date").agg(balances.sum()),
        "ipo_a": market.mainland_issues.with_columns(
            first_day_return=pl.col("first_day_close_cny") / pl.col("offer_price_cny") - 1
        ),
        "ipo_hk": hong_kong,
        "hk_security": hong_kong.filter(pl.col("listing_date") <= ARCHIVED).with_columns(
            first_seen=pl.lit(ARCHIVED)
        ),
    }
