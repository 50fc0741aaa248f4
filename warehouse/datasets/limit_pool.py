"""Shares at their price limit: up, down, and those that were at the upper limit and fell off it.

Eastmoney keeps its pools for a month, so they must be taken daily. Its answer is read from the
responses, because only they say how many shares there are (`tc`). They do not say which day they
show: `qdate` is the newest trading day whatever day was asked for. The closes of the pool's members
tell, beside those of core; a pool without members tells nothing unless it is the newest day's.
For other days the pools follow from the prices: a share is in a pool if its close or its high is
the limit that its previous close and its board give. Neither counts shares under special
treatment (ST).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import EventDays
from warehouse.catalog import (
    Call,
    Chain,
    Claims,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Table, choice, count, day, measure, share_code, text
from warehouse.errors import NotAnswered, NothingYet, UnknownFormat
from warehouse.readers.responses import documents, nothing, of
from warehouse.readers.text import (
    KNOWN_CODES,
    board,
    code,
    doubting,
    is_a_share,
    number,
    short_name,
)
from warehouse.readers.text import count as published_count
from warehouse.response import Response
from warehouse.units import PERCENT, Unit

# Pool → akshare's function, the page that it asks.
POOLS = {
    "up": ("stock_zt_pool_em", "getTopicZTPool"),
    "down": ("stock_zt_pool_dtgc_em", "getTopicDTPool"),
    "broken": ("stock_zt_pool_zbgc_em", "getTopicZBPool"),
}
KEPT = timedelta(days=29)  # akshare refuses days that are more than 30 days before the machine's
THOUSANDTHS = 0.001  # prices are in 厘
LIMITS = {"Main": 0.10, "ChiNext": 0.20, "STAR": 0.20, "BSE": 0.30}
COUNTS = {
    "up": {"consecutive_days": "lbc", "times_opened": "zbc"},
    "down": {"consecutive_days": "days", "times_opened": "oc"},
    "broken": {"times_opened": "zbc"},
}


class LimitPool(Table):
    """Shares at their price limit at the close, or fallen off the upper one, by trading day."""

    trade_date = day("Trading day", key=True)
    pool = choice(
        "Closed at the upper limit, at the lower one, or fell off the upper one",
        list(POOLS),
        key=True,
    )
    code = share_code("Code with exchange suffix", key=True)
    name = text("Short name of the company then", nullable=True)
    close_cny = measure("Closing price", Unit.CNY_PER_SHARE, min=0.01, max=5e3)
    change = measure("Close over previous close, minus one", Unit.FRACTION, min=-0.45, max=0.45)
    amount_cny = measure("Value traded", Unit.CNY, nullable=True, min=1e3, max=1e11)
    turnover_rate = measure(
        "Shares traded over tradable shares", Unit.FRACTION, nullable=True, min=0, max=2
    )
    consecutive_days = count(
        "Days in a row at this limit, this one included", nullable=True, min=1, max=200
    )
    times_opened = count(
        "Times that the limit was left during the day", nullable=True, min=0, max=10_000
    )
    sealed_cny = measure(
        "Orders waiting at the limit at the close", Unit.CNY, nullable=True, min=0, max=1e12
    )
    industry = text("Industry, in the publisher's words", nullable=True)

    @dy.rule()
    def sealed_cny_is_plausible(cls) -> pl.Expr:
        """Nothing waits at the limit, or a lot of shares at least; between, the unit slipped."""
        return (pl.col("sealed_cny") == 0) | (pl.col("sealed_cny") >= 100)

    @dy.rule()
    def change_agrees_with_the_pool(cls) -> pl.Expr:
        """Who closed at the upper limit has risen by 4 % at least, at the lower one fallen so much;
        else pools, columns or units were mixed up.
        """
        change = pl.col("change")
        up, down = pl.col("pool") == "up", pl.col("pool") == "down"
        return (~up | (change >= 0.04)) & (~down | (change <= -0.04))


def ask(request: Request) -> list[Call]:
    """All pools of each day that Eastmoney still has."""
    kept = [d for d in request.days if request.now.date() - d <= KEPT]
    return [
        Call(function, {"date": f"{d:%Y%m%d}"}, (d,), label=pool)
        for d in kept
        for pool, (function, _) in POOLS.items()
    ]


def transcript(heard: Sequence[Response], call: Call) -> pl.DataFrame:
    """The rows of a pool, all of them; none at all only
    where the page says that it is of the day.
    """
    _, page = POOLS[call.label]
    (document,) = documents(of(heard, page))
    data = document["data"]
    if data is None:
        raise NothingYet("the page has no data")
    if not data["tc"] and str(data["qdate"]) != f"{call.days[0]:%Y%m%d}":
        raise NothingYet(f"a pool without shares on a page of {data['qdate']} may be of that day")
    if len(data["pool"]) != data["tc"]:
        raise NotAnswered(f"{len(data['pool'])} of {data['tc']} shares are there")
    rows = [{k: v for k, v in row.items() if k != "zttj"} for row in data["pool"]]
    return pl.DataFrame(rows, infer_schema_length=None) if rows else nothing()


def agreeing(answer: pl.DataFrame) -> pl.DataFrame:
    """The answer, if the money in it is in one unit: value traded is turnover rate times tradable
    value, and no more is waiting at the limit than there is. The money of a stray share that says
    otherwise is doubted.
    """
    tradable = number("ltsz")
    paid = number("amount") / (tradable * number("hs", PERCENT))
    waiting = number("fund") if "fund" in answer.columns else pl.lit(0.0)
    wrong = ~paid.is_between(0.5, 2) | (waiting > 2 * tradable)
    money = [c for c in ("amount", "hs", "fund") if c in answer.columns]
    return doubting(answer, wrong, money, "amounts do not agree with each other")


def closes(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The closes that the members of a pool state for the day that was asked for."""
    return answer.filter(is_a_share("c")).select(
        code=code("c"), trade_date=pl.lit(call.days[0]), close=number("p", THOUSANDTHS)
    )


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The pools differ in what they say of a share."""
    answer = agreeing(answer)
    counts = {ours: published_count(key) for ours, key in COUNTS[call.label].items()}
    sealed = {} if call.label == "broken" else {"sealed_cny": number("fund")}
    rows = answer.filter(is_a_share("c")).select(
        trade_date=pl.lit(call.days[0]),
        pool=pl.lit(call.label),
        code=code("c"),
        name=short_name("n"),
        close_cny=number("p", THOUSANDTHS),
        change=number("zdp", PERCENT),
        amount_cny=number("amount"),
        turnover_rate=number("hs", PERCENT),
        industry="hybk",
        **counts,
        **sealed,
    )
    if rows.is_empty():
        raise UnknownFormat("no share of the pool has the code of an A-share")
    return rows


# The bars of a day with the ex-rights previous close, or where that was not published the close
# before; no bars of a day that is there in part.
BARS = """
    WITH near AS (
        SELECT code, trade_date, high, close, amount_cny, turnover_rate,
               coalesce(previous_close, lag(close) OVER (PARTITION BY code ORDER BY trade_date))
                   AS previous_close,
               count(*) OVER (PARTITION BY trade_date) AS shares
        FROM core.stock_daily
        WHERE trade_date BETWEEN list_min($1) - INTERVAL 30 DAY AND list_max($1) + INTERVAL 30 DAY
    )
    SELECT * EXCLUDE (shares) FROM near
    WHERE list_contains($1, trade_date) AND shares >= 0.9 * (SELECT max(shares) FROM near)
      AND code NOT IN (SELECT code FROM core.security WHERE valid_to IS NULL AND name LIKE '%ST%')
"""


def from_prices(request: Request) -> list[Call]:
    return [Call("core.stock_daily", {"date": f"{d:%Y%m%d}"}, (d,)) for d in request.days]


def at_limit(bars: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """The pools that follow from the prices of a day.

    Limits are rounded to cents, half up. New shares have none in their first days; that one of
    them closes on the very cent is left to chance.
    """
    share = board().replace_strict(LIMITS)
    rows = bars.with_columns(
        ceiling=cents(pl.col("previous_close") * (1 + share)),
        floor=cents(pl.col("previous_close") * (1 - share)),
    )
    close, ceiling = cents(pl.col("close")), pl.col("ceiling")
    pool = (
        pl.when(close == ceiling).then(pl.lit("up"))
        .when(close == pl.col("floor")).then(pl.lit("down"))
        .when(cents(pl.col("high")) == ceiling).then(pl.lit("broken"))
    )  # fmt: skip
    return rows.with_columns(pool=pool).drop_nulls("pool").select(
        "trade_date", "pool", "code", "amount_cny", "turnover_rate",
        close_cny="close", change=pl.col("close") / pl.col("previous_close") - 1,
    )  # fmt: skip


def cents(price: pl.Expr) -> pl.Expr:
    return (price * 100 + 0.5 + 1e-6).floor().cast(pl.Int64)


EASTMONEY = Source(
    "Eastmoney", "push2ex.eastmoney.com",
    frozenset({"c", "n", "p", "zdp", "amount", "ltsz", "hs", "hybk"}), ask, read, transcript=transcript,
    apart=True,
    plausibility=Plausibility(claims=Claims("stock_daily", closes)), vocabulary={"c": KNOWN_CODES},
)  # fmt: skip
PRICES = Source(
    "share prices",
    "",
    frozenset({"code", "high", "close", "previous_close"}),
    from_prices,
    at_limit,
    query=BARS,
)

DATASET = Dataset(
    name="limit_pool",
    label="Shares at their limit",
    grain="one row per trading day, pool and share",
    contract=LimitPool,
    publication=Publication("trade_date", time(16, 0)),
    cadence=EventDays(),
    chains=(Chain("A", (EASTMONEY, PRICES)),),
    trading_day="trade_date",
    figures=(
        Figure("close_cny", typical=(1, 200)),
        Figure("amount_cny", typical=(1e7, 1e11)),
        Figure("turnover_rate", typical=(0.005, 0.5)),
        Figure("change", typical=(0.03, 0.35)),
    ),
)
