"""Minute bars of the followed shares and indices: how a day went, not only where it ended.

Sina's page shows the newest 1,970 minutes, eight days; Eastmoney's five days, of which only the
newest has opening prices. What is older comes by files, or stays a gap. Sina gives shares;
Eastmoney gives lots (手). akshare looks up daily bars after Sina's page, to adjust prices; nothing
of that is used.

Trading after the close, at a fixed price from 15:05 to 15:30 on STAR and ChiNext, has no bars; the
daily bar counts it.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import Daily
from warehouse.catalog import Call, Chain, Dataset, Plausibility, Publication, Request, Source
from warehouse.contract import Bounds, Table, day, measure, minute_of_day, text
from warehouse.readers import minute_bars
from warehouse.readers.followed import MAINLAND_INDICES, followed_since
from warehouse.readers.minute_bars import EASTMONEY_DAYS, SINA_DAYS, in_session, is_index
from warehouse.units import Unit

PRICE: Bounds = {"min": 0.01, "max": 1e5}
BUCKETS = 16  # of codes: a month of all shares in one is 1.7 million rows


class StockMinute(Table):
    """Minute bars of shares and indices as traded; a minute is named by its end."""

    code = text("Code with exchange suffix", key=True, pattern=r"^\d{6}\.(SH|SZ|BJ)$")
    trade_date = day("Trading day", key=True)
    minute = minute_of_day(
        "End of the minute; 565 and 570 are the opening auction, 571 is 09:31, 900 is 15:00. "
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

    @dy.rule()
    def minute_is_of_a_session(cls) -> pl.Expr:
        """A bar ends at 09:25, from 09:30 to 11:30, or from 13:00 to 15:00."""
        return in_session()

    @dy.rule()
    def prices_are_ordered(cls) -> pl.Expr:
        """Low ≤ open, close ≤ high, give or take a cent; of an index up to rounding."""
        give = 0.011 + pl.when(is_index()).then(1e-4 * pl.col("high")).otherwise(0.0)
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
    return minute_bars.bars(answer, call, CHINESE)


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
STEADY = Plausibility(steady=True)
SINA = Source(
    "Sina", "quotes.sina.cn", frozenset(ENGLISH.values()), sina, read_sina, plausibility=STEADY
)
EASTMONEY = Source(
    "Eastmoney", "push2his.eastmoney.com", frozenset(CHINESE.values()), eastmoney, read_eastmoney,
    plausibility=STEADY,
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
        Chain("shares", (SINA, EASTMONEY), "code", followed_since()),
    ),
    trading_day="trade_date",
    partitioned=(
        "strftime(trade_date, '%Y-%m')",
        f"(md5_number_lower(code) % {BUCKETS})::BIGINT",
    ),
    foreign={"stk_mins": from_minutes},
)
