"""What analysts expect China's technology companies in Hong Kong to earn: a snapshot each week.

etnet states amounts in millions of the currency that its headings name, per share in hundredths of
it. akshare takes that word out, so the response itself is read. A currency that we do not know is
kept in the page's word, without the figures per share, whose unit has a word of its own; a heading
that names none stops the reader. The page bears no day: a snapshot is dated by its fetch, and the
past cannot be had.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Figure, Publication, Request, Source
from warehouse.contract import Table, count, day, measure, text
from warehouse.errors import UnknownFormat
from warehouse.readers.followed import HONG_KONG_COMPANIES
from warehouse.readers.responses import page, table
from warehouse.readers.snapshots import snapshot, today
from warehouse.readers.text import count as published_count
from warehouse.readers.text import number
from warehouse.response import Response
from warehouse.units import PERCENT, Unit

MILLION = 1e6
CURRENCIES = {"人民币": "CNY", "港元": "HKD", "美元": "USD"}
AMOUNT = re.compile(r"\(百万(?:元(?!\)))?([\u4e00-\u9fff]{2,})\)")
CENTS = {"CNY": "分", "HKD": "港仙", "USD": "美仙"}


class HkConsensus(Table):
    """Mean expectations per company, fiscal year and snapshot, in the currency named."""

    snapshot_date = day("Day on which the page was fetched", key=True)
    code = text("Five-digit code with .HK", key=True, pattern=r"^\d{5}\.HK$")
    fiscal_year = count("Fiscal year that is expected", key=True, min=2000, max=2100)
    currency = text("Currency of the amounts, from the page's headings: CNY, HKD, USD or its word")
    net_profit_reported = measure(
        "Net profit, mean of the analysts", Unit.REPORTED, nullable=True, min=-1e12, max=1e12
    )
    net_profit_high_reported = measure(
        "Highest net profit expected", Unit.REPORTED, nullable=True, min=-1e12, max=1e12
    )
    net_profit_low_reported = measure(
        "Lowest net profit expected", Unit.REPORTED, nullable=True, min=-1e12, max=1e12
    )
    eps_reported = measure(
        "Earnings per share, mean", Unit.REPORTED_PER_SHARE, nullable=True, min=-1e3, max=1e3
    )

    @dy.rule()
    def net_profit_reported_is_between_low_and_high(cls) -> pl.Expr:
        """A mean lies between the extremes; else columns moved."""
        low, high = pl.col("net_profit_low_reported"), pl.col("net_profit_high_reported")
        return pl.col("net_profit_reported").is_between(low, high)

    @dy.rule()
    def fiscal_year_is_near_snapshot_date(cls) -> pl.Expr:
        """Expectations are of the last year to four years ahead."""
        ahead = pl.col("fiscal_year") - pl.col("snapshot_date").dt.year()
        return ahead.is_between(-2, 4)


def ask(request: Request) -> list[Call]:
    """One page per company."""
    return [
        Call(
            "stock_hk_profit_forecast_et",
            {"symbol": c[:5], "indicator": "综合盈利预测"},
            request.days,
            label=f"{c} on {today(request)}",
        )
        for c in HONG_KONG_COMPANIES
    ]


def means(heard: Sequence[Response], _call: Call) -> pl.DataFrame:
    """The page's table of means under its own headings, which name the currency; it alone has a
    highest and a lowest.
    """
    return table(page(heard, "quote_profit.php"), "最高")


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    profit, high, low = (heading(answer, word) for word in ("纯利", "最高", "最低"))
    currency = {currency_of(c) for c in (profit, high, low)}
    if len(currency) != 1:
        raise UnknownFormat(f"amounts are in {', '.join(sorted(currency))}")
    named = currency.pop()
    per_share = heading(answer, "每股盈利")
    if named in CENTS and not per_share.endswith(f"({CENTS[named]})"):
        raise UnknownFormat(f"{per_share} is not in {CENTS[named]}")
    eps = number(per_share, PERCENT) if named in CENTS else pl.lit(None, pl.Float64)
    return answer.select(
        snapshot_date=snapshot(call),
        code=pl.lit(call.label[:8]),
        fiscal_year=published_count(answer.columns[0]),
        currency=pl.lit(named),
        net_profit_reported=number(profit, MILLION),
        net_profit_high_reported=number(high, MILLION),
        net_profit_low_reported=number(low, MILLION),
        eps_reported=eps,
    )


def heading(answer: pl.DataFrame, word: str) -> str:
    """The column whose heading begins with the word, in full."""
    found = [c for c in answer.columns if c.startswith(word)]
    if len(found) != 1:
        raise UnknownFormat(f"{len(found)} headings begin with {word}: {', '.join(answer.columns)}")
    return found[0]


def currency_of(column: str) -> str:
    found = AMOUNT.search(column)
    if found is None:
        raise UnknownFormat(f"{column} names no currency")
    return CURRENCIES.get(found[1], found[1])


ETNET = Source("etnet", "www.etnet.com.hk", frozenset(), ask, read, transcript=means)

DATASET = Dataset(
    name="hk_consensus",
    label="Analysts' expectations, Hong Kong",
    grain="one row per snapshot, company and fiscal year",
    contract=HkConsensus,
    publication=Publication("snapshot_date", time(9, 0)),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("HK", (ETNET,)),),
    figures=(
        Figure("net_profit_reported", near=10, many=True, typical=(5e8, 1e12)),
        Figure("net_profit_high_reported", near=10, many=True, typical=(5e8, 5e11)),
        Figure("net_profit_low_reported", near=10, many=True, typical=(5e8, 1e12)),
        Figure("eps_reported", near=10, many=True, typical=(0.1, 60)),
    ),
)
