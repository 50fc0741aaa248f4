"""The ground of the races on the whole market: a simulated warehouse, filled by `import`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import requests

from benchmarks import AS_OF
from benchmarks.alone import Task
from warehouse.readers.text import board
from warehouse.shanghai import SHANGHAI

# ruff: noqa: PLC0415 - prefect takes seconds, and most contestants only want a name from here
if TYPE_CHECKING:
    from flows.sandbox import Market
    from flows.workspace import Workspace

LISTED_FROM = date(1990, 12, 19)
LATER = "later.parquet"


def nobody(request: requests.PreparedRequest) -> requests.Response:
    """Stands where the network would be; the races ask nothing."""
    raise requests.ConnectionError(f"a benchmark asks nobody, not even {request.url}")


def workspace(home: str) -> Workspace:
    """The workspace of a simulated warehouse, on the evening of the demo's day."""
    from flows.settings import Settings
    from flows.workspace import Workspace

    evening = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 19, tzinfo=SHANGHAI)
    return Workspace(Settings(home=Path(home)), lambda: evening, nobody)


def laid(home: str, stocks: int) -> Sequence[Task]:
    """Import a market of so many stocks into a new home; the answer is the number of bars."""
    from flows.demo import ARCHIVED_PRICES, write_archive
    from flows.sandbox import MarketParameters, build_market

    folder = Path(home) / "archive"
    folder.mkdir(parents=True)
    market = build_market(MarketParameters(stocks=stocks))
    write_archive(market, folder)
    securities(market).write_parquet(folder / "security.parquet")
    later = market.stock_daily.filter(pl.col("trade_date") > ARCHIVED_PRICES)
    later.write_parquet(Path(home) / LATER)
    return [partial(imported, home, folder)]


def securities(market: Market) -> pl.DataFrame:
    """The companies as the dataset `security`."""
    return market.companies.select(
        "code",
        "name",
        "industry",
        board().alias("board"),
        valid_from=pl.lit(LISTED_FROM),
        valid_to=pl.lit(None, pl.Date),
        area=pl.lit(None, pl.String),
    )


def imported(home: str, folder: Path) -> float:
    """The number of stock bars that came in."""
    from flows.ingestion.import_files import import_path

    done = import_path(workspace(home), folder)
    return next(one.rows for one in done if one.dataset == "stock_daily")
