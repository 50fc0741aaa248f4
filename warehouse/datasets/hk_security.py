"""Hong Kong shares by the day on which we first saw them listed.

No upstream lists Hong Kong IPOs. New listings are what a list of all shares has today and did not
have before; the first list is the baseline, in which nothing is new.
"""

from __future__ import annotations

from datetime import time

import polars as pl

from warehouse.catalog import Belief, Call, Chain, Dataset, Publication, Request, Source
from warehouse.contract import Table, day, text


class HkSecurity(Table):
    """Shares on the Hong Kong exchange's list, by the day on which we first saw them."""

    code = text("Five-digit code with .HK", key=True, pattern=r"^\d{5}\.HK$")
    name = text("Chinese name")
    first_seen = day("Day of the first list on which the share stood")


def ask(request: Request) -> list[Call]:
    return [Call("stock_hk_spot", days=(request.session,))]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Equities of the list; warrants and certificates carry another trading type."""
    return answer.select(
        code=pl.col("代码").cast(pl.String) + ".HK",
        name=pl.col("中文名称").cast(pl.String).str.strip_chars(),
        first_seen=pl.lit(call.days[0]),
    )


SINA = Source(
    "Sina", "vip.stock.finance.sina.com.cn", frozenset({"代码", "中文名称"}), ask, read,
    belief=Belief(steady=True),
)  # fmt: skip

DATASET = Dataset(
    name="hk_security",
    label="Hong Kong share list",
    grain="one row per share",
    contract=HkSecurity,
    publication=Publication("first_seen", time(17, 0)),
    chains=(Chain("HK", (SINA,)),),
    required_daily=False,
    first_wins=True,
)
