"""Breadth of a day as legulegu counts it; the briefing holds its own count against it.

The page shows the newest day only and says which; a day that nobody asked about is lost.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import SessionPage
from warehouse.catalog import Call, Chain, Dataset, Plausibility, Publication, Request, Source
from warehouse.contract import Table, count, day
from warehouse.errors import SourceEmpty, UnknownFormat
from warehouse.readers.text import count as published_count

MOST = 10_000  # shares
ITEMS = {
    "advancing": "上涨", "declining": "下跌", "unchanged": "平盘", "suspended": "停牌",
    "limit_up": "涨停", "limit_down": "跌停",
    "traded_limit_up": "真实涨停", "traded_limit_down": "真实跌停",
}  # fmt: skip
LINES = f"^({'|'.join(ITEMS.values())}|统计日期|活跃度|st st\\*(涨停|跌停))$"


class MarketActivity(Table):
    """How many shares rose, fell, hit their limits or did not trade on a day."""

    trade_date = day("Trading day", key=True)
    advancing = count("Shares that rose", min=0, max=MOST)
    declining = count("Shares that fell", min=0, max=MOST)
    unchanged = count("Shares that closed where they were", min=0, max=MOST)
    suspended = count("Shares that did not trade", min=0, max=MOST)
    counted = count("Shares on the page: risen, fallen, unchanged and suspended", min=1, max=MOST)
    limit_up = count("Shares that closed at their upper limit", min=0, max=MOST)
    limit_down = count("Shares that closed at their lower limit", min=0, max=MOST)
    traded_limit_up = count("Of those at their upper limit: had traded below it", min=0, max=MOST)
    traded_limit_down = count("Of those at their lower limit: had traded above it", min=0, max=MOST)

    @dy.rule()
    def limit_up_is_among_the_advancing(cls) -> pl.Expr:
        """Shares at their upper limit have risen, at their
        lower fallen; else rows were mixed up.
        """
        return (
            (pl.col("limit_up") <= pl.col("advancing"))
            & (pl.col("limit_down") <= pl.col("declining"))
            & (pl.col("traded_limit_up") <= pl.col("limit_up"))
            & (pl.col("traded_limit_down") <= pl.col("limit_down"))
        )

    @dy.rule()
    def suspended_are_few(cls) -> pl.Expr:
        """Most shares trade; else rows were mixed up."""
        traded = pl.col("advancing") + pl.col("declining") + pl.col("unchanged")
        return pl.col("suspended") < traded


def ask(request: Request) -> list[Call]:
    """The page, after the session whose figures it shows."""
    return [Call("stock_market_activity_legu", days=request.shown)] if request.shown else []


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """One row for the day that the page names; the page of another day raises SourceEmpty."""
    values = dict(answer.select(pl.col("item", "value").cast(pl.String)).iter_rows())
    if missing := sorted({"统计日期", *ITEMS.values()} - set(values)):
        raise UnknownFormat(f"the page has no {', '.join(missing)}")
    numbers = {c: published_count(item) for c, item in ITEMS.items()}
    shown = pl.col("统计日期").str.extract(r"(\d{4}-\d{2}-\d{2})").str.to_date(strict=True)
    row = pl.DataFrame([values]).select(trade_date=shown, **numbers)
    whole = pl.col("advancing") + pl.col("declining") + pl.col("unchanged") + pl.col("suspended")
    row = row.with_columns(counted=whole)
    if row["trade_date"].item() not in call.days:
        raise SourceEmpty(f"the page shows {row['trade_date'].item()}, not {call.days[0]}")
    return row


LEGULEGU = Source(
    "legulegu",
    "legulegu.com",
    frozenset({"item", "value"}),
    ask,
    read,
    plausibility=Plausibility(level="counted"),
    vocabulary={"item": LINES},
)

DATASET = Dataset(
    name="market_activity",
    label="Breadth as published",
    grain="one row per trading day",
    contract=MarketActivity,
    publication=Publication("trade_date", time(15, 30)),
    cadence=SessionPage(),
    chains=(Chain("A-shares", (LEGULEGU,)),),
    trading_day="trade_date",
)
