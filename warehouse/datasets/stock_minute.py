"""Minute bars of the followed shares and indices: how a day went, not only where it ended.

Sina's page shows the newest 1,970 minutes, eight days; Eastmoney's five days, of which only the
newest has opening prices. What is older comes by files, or stays a gap. Sina gives shares, of
Shanghai's indices too; Eastmoney gives lots (手). Sina counts the opening auction in 09:31; where
Eastmoney has a bar of it, it is counted there too. akshare looks up daily bars after Sina's page,
to adjust prices; nothing of that is used, and Sina's page is read without it.

Trading after the close, at a fixed price from 15:05 to 15:30 on STAR and ChiNext, has no bars; the
daily bar counts it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse.cadence import Daily
from warehouse.catalog import Call, Chain, Dataset, Plausibility, Publication, Request, Source
from warehouse.contract import Bounds, Table, day, measure, minute_of_day, of_one_size, share_code
from warehouse.errors import NotAnswered, NothingYet
from warehouse.readers import minute_bars
from warehouse.readers.followed import MAINLAND_INDICES, followed_shares
from warehouse.readers.minute_bars import EASTMONEY_DAYS, SINA_DAYS, in_session, is_index
from warehouse.readers.responses import FAILED, of
from warehouse.response import Response
from warehouse.units import LOT, Unit

PRICE: Bounds = {"min": 0.01, "max": 1e5}
SHARES = dict.fromkeys(followed_shares(), date(2025, 1, 1))  # a day that no page shows any more
BUCKETS = 32  # of codes: a month of all shares in one is 0.9 million rows


class StockMinute(Table):
    """Minute bars of shares and indices as traded; a minute is named by its end."""

    code = share_code("Code with exchange suffix, of a share or an index", key=True)
    trade_date = day("Trading day", key=True)
    minute = minute_of_day(
        "End of the minute; 571 is 09:31, 900 is 15:00; files may have the opening auction as 565 "
        "or 570, else 571 has it. "
        "trade_date + to_minutes(minute) is the time in Shanghai",
    )
    open = measure(
        "Opening price, CNY per share; of an index its level in points. Absent where the page "
        "gives none",
        Unit.DECLARED,
        nullable=True,
        **PRICE,
    )
    high = measure("Highest price, as open", Unit.DECLARED, **PRICE)
    low = measure("Lowest price, as open", Unit.DECLARED, **PRICE)
    close = measure("Closing price, as open", Unit.DECLARED, **PRICE)
    volume_shares = measure(
        "Shares traded, of an index in its constituents",
        Unit.SHARES,
        nullable=True,
        min=0,
        max=1e11,
    )
    amount_cny = measure("Value traded", Unit.CNY, nullable=True, min=0, max=1e12)

    high_is_of_the_size_of_low = of_one_size("high", "low", 3, 0)

    @dy.rule()
    def minute_is_of_a_session(cls) -> pl.Expr:
        """A bar ends at 09:25, from 09:30 to 11:30, or from 13:00 to 15:00."""
        return in_session()

    @dy.rule()
    def prices_are_ordered(cls) -> pl.Expr:
        """Low ≤ open, close ≤ high, to the cent; of an index up to rounding."""
        give = pl.when(is_index()).then(0.011).otherwise(0.001)
        low, high = pl.col("low") - give, pl.col("high") + give
        ordered = pl.all_horizontal(
            pl.col(c).is_between(low, high).fill_null(value=True) for c in ("open", "close")
        )
        return ordered & (pl.col("low") <= pl.col("high"))

    @dy.rule()
    def amount_cny_is_volume_times_price(cls) -> pl.Expr:
        """Value ÷ volume lies between low and high, give or take 2 % and a cent; of an index's
        constituents between 1 and 500 CNY. What has no volume has no value.
        """
        paid = pl.col("amount_cny") / pl.col("volume_shares")
        low, high = 0.98 * pl.col("low") - 0.01, 1.02 * pl.col("high") + 0.01
        fits = (
            pl.when(is_index()).then(paid.is_between(1, 500)).otherwise(paid.is_between(low, high))
        )
        return pl.when(pl.col("volume_shares") > 0).then(fits).otherwise(pl.col("amount_cny") == 0)


def sina(request: Request) -> list[Call]:
    return minute_bars.calls("stock_zh_a_minute", request, SINA_DAYS, period="1", adjust="")


def read_sina(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return minute_bars.bars(answer, call, ENGLISH)


def page(responses: Sequence[Response], _call: Call) -> pl.DataFrame:
    """Sina's page itself: a failure of the requests that akshare makes after it would lose it.

    Raises NotAnswered where it did not come, and NothingYet where it holds no bars.
    """
    pages = [r for r in of(responses, "getKLineData") if 0 < r.status < FAILED]
    bodies = [found[1] for r in pages if (found := JSONP.search(r.text))]
    if not bodies:
        raise NotAnswered("the page of minutes did not come")
    try:
        rows = json.loads(bodies[-1])
    except ValueError as error:
        raise NotAnswered("the page of minutes is cut off") from error
    if not rows:
        raise NothingYet("the page of minutes is empty")
    return pl.DataFrame(rows, infer_schema_length=None)


def eastmoney(request: Request) -> list[Call]:
    """One call per code; indices have a function of their own, and each wants bare digits."""
    return [
        Call(
            "index_zh_a_hist_min_em" if c.label in MAINLAND_INDICES else "stock_zh_a_hist_min_em",
            {"symbol": c.label[:6], "period": "1"},
            c.days,
            c.label,
        )
        for c in minute_bars.calls("", request, EASTMONEY_DAYS)
    ]


def read_eastmoney(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return minute_bars.bars(answer, call, CHINESE, LOT)


def from_minutes(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a file as data vendors write them: ts_code, trade_time (the end of the minute in
    Shanghai), open, high, low, close, vol (shares), amount (CNY).
    """
    time_ = pl.col("trade_time").cast(pl.String)
    clock = time_.str.slice(11, 5)
    return rows.select(
        "open",
        "high",
        "low",
        "close",
        code="ts_code",
        trade_date=time_.str.slice(0, 10),
        minute=clock.str.slice(0, 2).cast(pl.Int64) * 60 + clock.str.slice(3, 2).cast(pl.Int64),
        volume_shares="vol",
        amount_cny="amount",
    )


ENGLISH = {c: c for c in ("open", "high", "low", "close", "volume", "amount")} | {"time": "day"}
CHINESE = {
    "time": "时间", "open": "开盘", "high": "最高", "low": "最低", "close": "收盘",
    "volume": "成交量", "amount": "成交额",
}  # fmt: skip
# Nobody trades while the closing auction collects orders: such minutes may repeat a day before.
PLAUSIBLE = Plausibility(level="close", moves=True, still=0.2, steady=True)
JSONP = re.compile(r"=\((.*?)\);", re.DOTALL)
SINA = Source(
    "Sina",
    "quotes.sina.cn",
    frozenset(ENGLISH.values()),
    sina,
    read_sina,
    plausibility=PLAUSIBLE,
    transcript=page,
)
EASTMONEY = Source(
    "Eastmoney", "push2his.eastmoney.com", frozenset(CHINESE.values()), eastmoney, read_eastmoney,
    plausibility=PLAUSIBLE,
)  # fmt: skip

DATASET = Dataset(
    name="stock_minute",
    label="Minute bars",
    grain="one row per followed share or index and minute",
    contract=StockMinute,
    publication=Publication("trade_date", time(16, 0)),
    cadence=Daily(shown=SINA_DAYS),
    chains=(
        Chain("indices", (SINA, EASTMONEY), "code", MAINLAND_INDICES),
        Chain("shares", (SINA, EASTMONEY), "code", SHARES),
    ),
    trading_day="trade_date",
    gap=("code", "trade_date"),
    partitioned=(
        "strftime(trade_date, '%Y-%m')",
        f"(md5_number_lower(code) % {BUCKETS})::BIGINT",
    ),
    # No buckets: DuckLake's are not those above, so that no file could be passed over by them, and
    # each load would write sixteen.
    layout=("year(trade_date)", "month(trade_date)"),
    exported_days=31,
    foreign={"stk_mins": from_minutes},
)
