"""Shares that have left Shanghai and Shenzhen: without them the past looks better than it was.

Shanghai's column is called 暂停上市日期 (suspended) by akshare, though it holds the day of
delisting. Beijing publishes no such list.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl

from warehouse.cadence import FOUR_WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Plausibility, Publication, Source
from warehouse.contract import Table, choice, day, text
from warehouse.readers.calls import always
from warehouse.readers.text import code, short_name
from warehouse.readers.text import day as published_day


class Delisting(Table):
    """Delisted A- and B-shares of Shanghai and Shenzhen, one row per share."""

    code = text("Code with exchange suffix", key=True, pattern=r"^\d{6}\.(SH|SZ)$")
    name = text("Last short name in Chinese")
    exchange = choice("Exchange it has left", ["SSE", "SZSE"])
    listing_date = day("First trading day", nullable=True)
    delisting_date = day("Day on which the listing ended")

    @dy.rule()
    def delisting_date_is_after_the_listing(cls) -> pl.Expr:
        """Nothing is delisted before it is listed."""
        return pl.col("delisting_date") > pl.col("listing_date")


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    columns = (
        ("公司代码", "公司简称", "暂停上市日期")
        if call.label == "SSE"
        else ("证券代码", "证券简称", "终止上市日期")
    )
    number, name, left = columns
    rows = answer.select(
        code=code(number),
        name=short_name(name),
        exchange=pl.lit(call.label),
        listing_date=published_day("上市日期"),
        delisting_date=published_day(left),
    )
    return rows.filter(pl.col("delisting_date").is_not_null())  # merged away, with a day to come


SHANGHAI = Source(
    "SSE", "query.sse.com.cn", frozenset({"公司代码", "公司简称", "上市日期", "暂停上市日期"}),
    always(Call("stock_info_sh_delist", {"symbol": "全部"}, label="SSE")), read,
    plausibility=Plausibility(steady=True),
)  # fmt: skip
SHENZHEN = Source(
    "SZSE", "www.szse.cn", frozenset({"证券代码", "证券简称", "上市日期", "终止上市日期"}),
    always(Call("stock_info_sz_delist", {"symbol": "终止上市公司"}, label="SZSE")), read,
    plausibility=Plausibility(steady=True),
)  # fmt: skip

DATASET = Dataset(
    name="delisting",
    label="Delisted shares",
    grain="one row per delisted share",
    contract=Delisting,
    publication=Publication("delisting_date"),
    cadence=Snapshot(FOUR_WEEKLY),
    chains=(Chain("SSE", (SHANGHAI,)), Chain("SZSE", (SHENZHEN,))),
)
