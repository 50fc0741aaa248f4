"""Hong Kong shares by the day on which we first saw them listed.

No upstream lists Hong Kong IPOs. New listings are what a list of all shares has today and did not
have before; the first list is the baseline, in which nothing is new. `stock_ipo_hk_ths` calls
itself such a list and shows mainland shares; it is not asked.
"""

from __future__ import annotations

from datetime import time

import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Plausibility, Publication, Request, Source
from warehouse.contract import Table, day, text
from warehouse.errors import UnknownFormat
from warehouse.readers.text import day as published_day
from warehouse.readers.text import label

# Codes say what a security is: the exchange's plan gives whole ranges to what is no share. Neither
# upstream tells: Sina's 交易类型 has been empty since March 2026, Eastmoney has no such column.
NO_SHARES = (
    (2800, 2849, "exchange-traded funds"),
    (2900, 2999, "temporary counters of shares that are there"),
    (3000, 3199, "exchange-traded funds"),
    (3400, 3499, "exchange-traded funds"),
    (4000, 6029, "debt, preference shares for professionals, warrants of SPACs"),
    (6200, 6399, "depositary receipts"),
    (7200, 7399, "leveraged and inverse products"),
    (7500, 7599, "leveraged and inverse products"),
    (7700, 7799, "leveraged and inverse products"),
    (9000, 9599, "exchange-traded funds, leveraged and inverse products in dollars"),
    (9700, 9849, "exchange-traded funds in dollars"),
    (
        10000,
        99999,
        "warrants, certificates, debt; from 80000 on counters in yuan of shares that are there",
    ),
)
# Real estate investment trusts have codes between those of shares; their names tell.
TRUST = r"REIT|房托|产业信托|房地?产(信托|基金)"
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
    """The shares of a list, chosen by their codes and names.

    A row whose code is not five digits, or a share's without a name, is left to the contract, which
    sets it aside and refuses a list of many such: akshare names the columns of Sina's list by their
    position.
    """
    rows = answer.select(
        code=pl.col("代码").cast(pl.String).str.extract("^([0-9]{5})$", 1),
        name=label(name),
        first_seen=seen,
    )
    called = pl.col("name").fill_null("")
    kept = rows.filter(pl.col("code").is_null() | is_share(pl.col("code"), called))
    return kept.with_columns(pl.col("code") + ".HK")


def is_share(code: pl.Expr, name: pl.Expr) -> pl.Expr:
    """Whether a code of five digits is in none of the ranges of other securities, nor the name a
    trust's.
    """
    number = code.cast(pl.Int64)
    elsewhere = pl.any_horizontal(number.is_between(first, last) for first, last, _ in NO_SHARES)
    return ~elsewhere & ~name.str.contains(TRUST)


def read(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """Sina's list bears its own time; a holiday in Hong Kong shows the day before.

    Raises UnknownFormat where akshare stopped before the end.
    """
    if answer.height >= MOST_ROWS:
        raise UnknownFormat(f"the list has {answer.height} rows or more; akshare reads no further")
    return shares(answer, "中文名称", published_day("日期时间", "%Y/%m/%d").max())


def read_eastmoney(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return shares(answer, "名称", pl.lit(call.days[0]))


SINA = Source(
    "Sina",
    "vip.stock.finance.sina.com.cn",
    frozenset({"代码", "中文名称", "日期时间"}),
    ask,
    read,
    plausibility=Plausibility(steady=True),
)
EASTMONEY = Source(
    "Eastmoney",
    "push2delay.eastmoney.com",
    frozenset({"代码", "名称"}),
    ask_eastmoney,
    read_eastmoney,
    plausibility=Plausibility(steady=True),
    counted=True,
)

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
