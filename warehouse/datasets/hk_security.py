"""Hong Kong shares by the day on which we first saw them listed.

No upstream lists Hong Kong IPOs. New listings are what a list of all shares has today and did not
have before; the first list is the baseline, in which nothing is new. `stock_ipo_hk_ths` calls itself
such a list and shows mainland shares; it is not asked.
"""

from __future__ import annotations

from datetime import time

import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Plausibility, Publication, Request, Source
from warehouse.contract import Table, day, text
from warehouse.errors import UnknownFormat
from warehouse.readers.text import day as published_day

SHARES = "EQTY"  # Sina's word; warrants, trusts and bonds have others
MOST_ROWS = 99 * 60  # akshare turns no more pages


class HkSecurity(Table):
    """Shares on the Hong Kong exchange's list, by the day on which we first saw them."""

    code = text("Five-digit code with .HK", key=True, pattern=r"^\d{5}\.HK$")
    name = text("Chinese name")
    first_seen = day("Day of the first list on which the share stood")


def ask(request: Request) -> list[Call]:
    return [Call("stock_hk_spot", days=(request.session,))]


def ask_eastmoney(request: Request) -> list[Call]:
    return [Call("stock_hk_spot_em", days=(request.session,))]


def shares(answer: pl.DataFrame, name: str, seen: pl.Expr) -> pl.DataFrame:
    """The shares of a list; codes that begin with 8 are counters in yuan of shares that are there."""
    code = pl.col("代码").cast(pl.String)
    rows = answer.select(
        code=code + ".HK", name=pl.col(name).cast(pl.String).str.strip_chars(), first_seen=seen
    )
    return rows.filter(~pl.col("code").str.starts_with("8"))


def read(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """Sina's list bears its own time; a holiday in Hong Kong shows the day before.

    Raises UnknownFormat where the columns, named by position, are not what they were, and where
    akshare stopped before the end.
    """
    if answer.height >= MOST_ROWS:
        raise UnknownFormat(f"the list has {answer.height} rows or more; akshare reads no further")
    kind = pl.col("交易类型").cast(pl.String)
    listed = answer.filter(kind == SHARES)
    if listed.is_empty():
        raise UnknownFormat(
            f"交易类型 is never {SHARES} but {answer['交易类型'].unique().to_list()}"
        )
    return shares(listed, "中文名称", published_day("日期时间", "%Y/%m/%d").max())


def read_eastmoney(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return shares(answer, "名称", pl.lit(call.days[0]))


SINA = Source(
    "Sina", "vip.stock.finance.sina.com.cn",
    frozenset({"代码", "中文名称", "交易类型", "日期时间"}), ask, read, plausibility=Plausibility(steady=True),
)  # fmt: skip
EASTMONEY = Source(
    "Eastmoney", "push2delay.eastmoney.com", frozenset({"代码", "名称"}), ask_eastmoney,
    read_eastmoney, plausibility=Plausibility(steady=True), counted=True,
)  # fmt: skip

DATASET = Dataset(
    name="hk_security",
    label="Hong Kong share list",
    grain="one row per share",
    contract=HkSecurity,
    publication=Publication("first_seen", time(17, 0)),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("HK", (SINA, EASTMONEY)),),
    first_wins=True,
)
