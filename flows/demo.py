"""The demo: the whole path offline, on the simulated market, in a home of its own.

As an operator would start: the past is imported from an archive of files, here written from the
simulated market, and what is missing since then is collected through akshare at the wire.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from flows.ingestion.import_files import import_path
from flows.machine import workspace
from flows.sandbox import Market, simulated_market
from flows.sandbox.archive import archive, archives
from flows.sandbox.market.trading_days import trading_days
from flows.settings import SIMULATED_STOCKS, default_home
from flows.weekly import weekly
from flows.workspace import Workspace
from warehouse.catalog import catalogue, cutoff

AS_OF = date(2026, 1, 13)
ARCHIVED = date(2025, 12, 31)  # the last day of the archive; the rest is collected
ARCHIVED_PRICES = date(2026, 1, 12)  # a quote page shows one day only
IMPORTED = (
    "index_daily", "index_valuation", "stock_daily", "market_turnover", "margin_exchange",
    "margin_market", "ipo_a", "ipo_hk", "hk_security",
)  # fmt: skip
# Only collected: counted from all bars, which takes longer than all other datasets together; given
# for single days only; shown by pages for a few days, as in life; or with a simulated past beyond
# what their contracts allow.
LEFT_OUT = (
    "limit_pool",
    "market_activity",
    "margin_security",
    "hk_stock_daily",
    "money_supply",
    "stock_minute",
)
HOME = "demo"  # markets of other sizes have homes of their own
READER = "reader@example.org"


@dataclass(frozen=True)
class Demonstration:
    """What the demo leaves behind."""

    pdf: str
    warehouse: Path
    mail: Path


def run_demo(stocks: int) -> Demonstration:
    """Import the archive of the simulated market, collect the rest, render, mail to the outbox."""
    ws = with_past(stocks)
    pdf = weekly.fn(as_of=AS_OF, collect=True, send=True, to=[READER])
    return Demonstration(pdf, ws.places.current, ws.settings.home / "outbox")


def with_past(stocks: int) -> Workspace:
    """The demo's home with the archive imported; the environment leads there from now on."""
    for name in [n for n in os.environ if n.startswith("BRIEFING_") and n != "BRIEFING_HOME"]:
        del os.environ[name]
    os.environ["BRIEFING_HOME"] = str(
        default_home() / (HOME if stocks == SIMULATED_STOCKS else f"{HOME}-{stocks}")
    )
    os.environ["BRIEFING_SANDBOX__ENABLED"] = "true"
    os.environ["BRIEFING_SANDBOX__STOCKS"] = str(stocks)
    ws = workspace()
    with tempfile.TemporaryDirectory() as folder:
        market = simulated_market(stocks)
        write_archive(market, Path(folder), [name for name in archives() if name not in LEFT_OUT])
        import_path(ws, Path(folder))
    return ws


def write_archive(market: Market, folder: Path, datasets: Iterable[str] = IMPORTED) -> None:
    """The simulated market's past as files that `briefing import` takes."""
    calendar = pl.Series(trading_days())
    for name in datasets:
        d, rows = catalogue()[name], archive(market, name)
        day = d.trading_day or d.publication.column
        if day is None:
            continue  # a list without dates has no past
        last = ARCHIVED_PRICES if name == "stock_daily" else ARCHIVED
        absent = {
            c: pl.lit(None if column.nullable else "archive", column.dtype)
            for c, column in d.contract.columns().items()
            if c not in rows.columns
        }
        public = d.publication.due(rows, calendar) <= cutoff(AS_OF)
        past = rows.with_columns(**absent).filter((pl.col(day) <= last) & public)
        past.select(d.contract.column_names()).write_parquet(folder / f"{name}.parquet")
