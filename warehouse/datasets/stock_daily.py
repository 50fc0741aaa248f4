"""Daily bars of all A-shares: today's from a quote page, the past share by share.

Prices are as traded. `previous_close` is the exchange's ex-rights previous close where the source
gives it, so that close ÷ previous_close is a return free of dividends and splits. A suspended
share has no row. Sina's snapshot is in shares and yuan; Eastmoney's volume is in 手; Tencent's
volume is in 手 for some codes and in shares for others, and is put right by its own turnover.

Tencent's page of all shares is no source of bars: it shows no opening, highest and lowest price,
and a bar without them breaks the contract. Its names and codes do serve `security` and
`special_treatment`.
"""

from __future__ import annotations

from datetime import date, time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import Daily, PerShare
from warehouse.catalog import (
    Asker,
    Call,
    Chain,
    Claims,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Reader,
    Request,
    Source,
)
from warehouse.contract import Bounds, Table, day, measure, of_one_size, share_code
from warehouse.readers.text import code, number, sina_symbol
from warehouse.readers.text import day as published_day
from warehouse.units import LOT, PERCENT, Unit

RECEIPTS = "stock_zh_a_cdr_daily"
PRICE: Bounds = {"min": 0.01, "max": 1e5}
PAID = pl.col("amount_cny") / pl.col("volume_shares")


class StockDaily(Table):
    """Daily bars of A-shares; a day without trading has no row."""

    code = share_code("Code with exchange suffix", key=True)
    trade_date = day("Trading day", key=True)
    open = measure("Opening price", Unit.CNY_PER_SHARE, **PRICE)
    high = measure("Highest price", Unit.CNY_PER_SHARE, **PRICE)
    low = measure("Lowest price", Unit.CNY_PER_SHARE, **PRICE)
    close = measure("Closing price", Unit.CNY_PER_SHARE, **PRICE)
    previous_close = measure(
        "Ex-rights close of the day before, where published",
        Unit.CNY_PER_SHARE,
        optional=True,
        **PRICE,
    )
    volume_shares = measure("Shares traded", Unit.SHARES, nullable=True, min=1, max=1e11)
    amount_cny = measure("Value traded", Unit.CNY, nullable=True, min=1e3, max=1e12)
    turnover_rate = measure(
        "Shares traded over tradable shares", Unit.FRACTION, nullable=True, min=0, max=2
    )

    high_is_of_the_size_of_low = of_one_size("high", "low", 30, 0)

    @dy.rule()
    def prices_are_ordered(cls) -> pl.Expr:
        """Low ≤ open, close ≤ high."""
        low, high = pl.col("low") - 0.011, pl.col("high") + 0.011
        return pl.all_horizontal(pl.col(c).is_between(low, high) for c in ("open", "close"))

    @dy.rule()
    def amount_cny_is_plausible(cls) -> pl.Expr:
        """Value ÷ volume lies within a factor of 20 of the close, adjusted or not;
        outside, a unit slipped (手 and 股, 元 and 万元).
        """
        return (PAID / pl.col("close")).is_between(1 / 20, 20)

    @dy.rule()
    def amount_cny_is_volume_times_price(cls) -> pl.Expr:
        """Where prices are as traded, with the exchange's previous close, value ÷ volume lies
        between low and high, give or take a hundredth.
        """
        low, high = 0.99 * pl.col("low") - 0.01, 1.01 * pl.col("high") + 0.01
        return pl.col("previous_close").is_null() | PAID.is_between(low, high)

    @dy.rule()
    def previous_close_is_of_the_size_of_close(cls) -> pl.Expr:
        """A close is at most sixty times the close before,
        on a first day, and at least a fiftieth.
        """
        return (pl.col("close") / pl.col("previous_close")).is_between(0.02, 60)


def snapshot(function: str) -> Asker:
    """One call for the whole market, if the page shows the close of a day that is wanted.

    The call also names the trading day before: the page's previous closes tell whether it is the
    page of the day at all.
    """

    def calls(request: Request) -> list[Call]:
        return [
            Call(function, {}, (d,), f"{request.before(d)}", shared=True) for d in request.shown
        ]

    return calls


def read_snapshot(lot: float, turnover: pl.Expr) -> Reader:
    """Reader of a quote page; suspended shares show a zero or no price, and are dropped."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        rows = answer.select(
            code=code("代码"),
            trade_date=pl.lit(call.days[0]),
            open=number("今开"),
            high=number("最高"),
            low=number("最低"),
            close=number("最新价"),
            previous_close=number("昨收"),
            volume_shares=number("成交量", lot),
            amount_cny=number("成交额"),
            turnover_rate=turnover,
        )
        return rows.filter((pl.col("volume_shares") > 0) & (pl.col("close") > 0))

    return read


def closes_before(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """What the page says were the closes of the day before, of shares that traded."""
    rows = answer.filter(number("成交量") > 0)
    before = pl.lit(date.fromisoformat(call.label))
    return rows.select(code=code("代码"), trade_date=before, close=number("昨收"))


def history(request: Request) -> list[Call]:
    """Sina answers share by share.

    At changes of its share capital akshare invents bars, and takes them out again if the bar that
    they repeat is in the span asked for: that therefore starts a year early, at no cost.
    """
    first = request.first - timedelta(days=366)
    span = {"start_date": f"{first:%Y%m%d}", "end_date": f"{request.last:%Y%m%d}"}
    return [history_of(c, span, request.days) for c in request.codes]


def history_of(share: str, span: dict[str, str], days: tuple[date, ...]) -> Call:
    arguments = {"symbol": sina_symbol(share), **span}
    if share.startswith("689"):
        return Call(RECEIPTS, arguments, days, share)
    return Call("stock_zh_a_daily", {**arguments, "adjust": ""}, days, share)


def read_history(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Bars of the days wanted; at share changes akshare invents bars on weekends."""
    rows = answer.select(
        code=pl.lit(call.label),
        trade_date=published_day("date"),
        open=number("open"),
        high=number("high"),
        low=number("low"),
        close=number("close"),
        previous_close=pl.lit(None, pl.Float64),
        volume_shares=number("volume"),
        amount_cny=number("amount"),
        turnover_rate=pl.lit(None, pl.Float64) if call.function == RECEIPTS else number("turnover"),
    )
    traded = (pl.col("volume_shares") > 0) & pl.col("trade_date").is_in(list(call.days))
    return rows.filter(traded)


def tencent(request: Request) -> list[Call]:
    span = {"start_date": f"{request.first:%Y-%m-%d}", "end_date": f"{request.last:%Y-%m-%d}"}
    return [
        Call(
            "stock_zh_a_hist_tx", {"symbol": sina_symbol(c), **span, "adjust": ""}, request.days, c
        )
        for c in request.codes
    ]


def read_tencent(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Value ÷ volume must be a price of the day; where it is a hundredfold, volume is in 手."""
    rows = read_history(answer, call)
    in_lots = pl.col("amount_cny") / pl.col("volume_shares") > 10 * pl.col("high")
    shares = pl.when(in_lots).then(pl.col("volume_shares") * LOT).otherwise(pl.col("volume_shares"))
    return rows.with_columns(volume_shares=shares)


QUOTES = frozenset({"代码", "最新价", "昨收", "今开", "最高", "最低", "成交量", "成交额"})
BARS = frozenset({"date", "open", "high", "low", "close", "volume", "amount", "turnover"})
SINA_BARS = Source("Sina", "finance.sina.com.cn", BARS - {"turnover"}, history, read_history)
TENCENT_BARS = Source("Tencent", "proxy.finance.qq.com", BARS, tencent, read_tencent)
PAGE = Plausibility(
    level="amount_cny",
    steady=True,
    listed=(
        "SELECT count(DISTINCT code) FROM core.security WHERE valid_to IS NULL "
        "AND code NOT IN (SELECT code FROM core.delisting)"
    ),
    claims=Claims("stock_daily", closes_before, witness=SINA_BARS),
)
SINA_SPOT = Source(
    "Sina",
    "vip.stock.finance.sina.com.cn",
    QUOTES,
    snapshot("stock_zh_a_spot"),
    read_snapshot(1.0, pl.lit(None, pl.Float64)),
    plausibility=PAGE,
)
EASTMONEY_SPOT = Source(
    "Eastmoney",
    "push2delay.eastmoney.com",
    QUOTES | {"换手率"},
    snapshot("stock_zh_a_spot_em"),
    read_snapshot(LOT, number("换手率", PERCENT)),
    plausibility=PAGE,
)

ALL_LISTED = "SELECT DISTINCT code FROM core.security"  # a page shows one day only

DATASET = Dataset(
    name="stock_daily",
    label="Share prices",
    grain="one row per share and trading day",
    contract=StockDaily,
    publication=Publication("trade_date", time(16, 0)),
    cadence=Daily(past=PerShare(None, ALL_LISTED)),
    chains=(Chain("A", (SINA_SPOT, EASTMONEY_SPOT, SINA_BARS, TENCENT_BARS)),),
    trading_day="trade_date",
    figures=(
        Figure("close", near=8, many=True, typical=(1, 200)),
        # On a first day it has been 9.9; ten times the highest price is no day of a share's later
        # life.
        Figure(
            "high",
            near=8,
            crowd=2,
            typical=(1, 1.5),
            of=pl.col("high") / pl.col("low"),
            says="high ÷ low",
        ),
        Figure("volume_shares", crowd=6, many=True, typical=(2e5, 1e10)),
        Figure("amount_cny", many=True, typical=(3e6, 1e12)),
        Figure(
            "amount_cny",
            near=7,
            crowd=1.2,
            many=True,
            typical=(0.2, 5),
            of=PAID / pl.col("close"),
            says="value ÷ volume ÷ close",
        ),
        Figure("turnover_rate", many=True, typical=(0.001, 0.15)),
        # Tradable shares: an unlocking makes ten of one.
        Figure(
            "turnover_rate",
            near=30,
            crowd=1.4,
            of=pl.col("volume_shares") / pl.col("turnover_rate"),
            says="volume ÷ turnover rate",
        ),
    ),
)
