"""Exchange-traded funds: who follows which index, how many shares there are, and their bars.

A fund's price is its index at a scale of its own; its shares grow when money comes in, and on many
a day nobody makes or redeems any. One of them splits its shares in the autumn of 2025.
"""

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from flows.sandbox.market.indices import RULES
from flows.sandbox.market.paths import Floats
from flows.sandbox.market.trading_days import Days, trading_days

ORIGIN = np.datetime64("2019-12-31")
RALLY = np.datetime64("2025-06-20")
PER_STOCK = 0.25  # funds per company of the market


class Fund(NamedTuple):
    """A fund: the index it follows, when it was listed, its shares in billions at the start."""

    code: str
    name: str
    follows: str
    listed: date
    billions: float


class Split(NamedTuple):
    """From this day on, one share is so many."""

    day: date
    ratio: int


# There is no robot index here: that fund follows companies which make artificial intelligence.
NAMED = (
    Fund("588000.SH", "科创50ETF", "000688.SH", date(2020, 11, 16), 45.0),
    Fund("588200.SH", "科创芯片ETF", "000685.SH", date(2022, 10, 26), 9.0),
    Fund("159995.SZ", "芯片ETF", "980017.SZ", date(2020, 2, 10), 18.0),
    Fund("512480.SH", "半导体ETF", "H30184.CSI", date(2019, 6, 12), 15.0),
    Fund("515070.SH", "人工智能AIETF", "930713.CSI", date(2019, 12, 24), 6.0),
    Fund("562500.SH", "机器人ETF", "931071.CSI", date(2021, 12, 29), 8.0),
    Fund("510300.SH", "沪深300ETF", "000300.SH", date(2012, 5, 28), 60.0),
    Fund("510050.SH", "上证50ETF", "000016.SH", date(2005, 2, 23), 40.0),
    Fund("510500.SH", "中证500ETF", "000905.SH", date(2013, 3, 15), 12.0),
    Fund("159915.SZ", "创业板ETF", "399006.SZ", date(2011, 12, 9), 25.0),
    Fund("159919.SZ", "沪深300ETF嘉实", "000300.SH", date(2012, 5, 28), 22.0),
)
SPLITS = {"512480.SH": Split(date(2025, 10, 20), 2)}
TECHNOLOGY = {fund.code for fund in NAMED[:6]}
FOLLOWABLE = tuple(rule for rule in RULES if not rule.code.endswith(".BJ"))
PREFIXES = ("513", "516", "159", "159", "561", "159")  # in turn; Shenzhen has one for all its funds


def funds(stocks: int) -> list[Fund]:
    """The funds of a market of so many companies; those beyond the named ones are invented."""
    return [*NAMED, *(_invented(k) for k in range(max(0, round(PER_STOCK * stocks) - len(NAMED))))]


def _invented(k: int) -> Fund:
    turn, place = divmod(k, len(PREFIXES))
    start = PREFIXES[place]
    number = turn * PREFIXES.count(start) + PREFIXES[:place].count(start)
    suffix = "SZ" if start == "159" else "SH"
    rule = FOLLOWABLE[k % len(FOLLOWABLE)]
    luck = np.random.default_rng([31, k])
    billions = round(float(np.exp(luck.normal(-1.0, 1.0))) + 0.02, 2)
    return Fund(
        f"{start}{number:03d}.{suffix}",
        f"模拟ETF{k + 1:04d}",
        rule.code,
        date(2021, 3, 1),
        billions,
    )


def daily(indices: pl.DataFrame, days: Days, stocks: int, seed: int) -> pl.DataFrame:
    """Shares and bars on `days`: code, name, exchange, trade_date, fund_shares, open, high, low,
    close (CNY), volume_shares, amount_cny.
    """
    since = indices.filter(pl.col("trade_date") >= days[0].item()).sort("trade_date")
    followed = {code: bars for (code,), bars in since.group_by("code", maintain_order=True)}
    frames = [
        _fund(fund, followed[fund.follows], np.random.default_rng([seed, 30, number]))
        for number, fund in enumerate(funds(stocks))
    ]
    return pl.concat(frames).sort("code", "trade_date")


def _fund(fund: Fund, index: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The bars of one fund, on the days on which its index has any: some indices are young."""
    calendar, days = trading_days(), index["trade_date"].to_numpy()
    past = calendar[calendar >= ORIGIN]
    now = np.searchsorted(past, days)
    shares = _shares(fund, past, rng)[now]
    scale = 10.0 ** np.round(np.log10(index["close"][0])) * _one_is(fund, days)
    prices = {c: np.round(index[c].to_numpy() / scale, 3) for c in ("open", "high", "low", "close")}
    turnover = rng.uniform(0.02, 0.08, len(past))[now]
    volume = np.maximum(np.rint(shares * turnover / 100.0), 1.0) * 100.0
    frame = pl.DataFrame(
        {
            "code": fund.code,
            "name": fund.name,
            "exchange": "SSE" if fund.code.endswith(".SH") else "SZSE",
            "trade_date": pl.Series(days).cast(pl.Date),
            "fund_shares": shares,
            **prices,
            "volume_shares": volume,
            "amount_cny": np.rint(volume * sum(prices.values()) / 4.0),
        }
    )
    return frame.filter(pl.col("trade_date") >= fund.listed)


def _shares(fund: Fund, past: Days, rng: np.random.Generator) -> Floats:
    """Shares outstanding on all days, in whole 10,000; unchanged while nobody creates any."""
    technology = fund.code in TECHNOLOGY
    busy = rng.random(len(past)) < (0.98 if fund in NAMED else rng.uniform(0.25, 0.8))
    drift = np.where((past >= RALLY) & technology, 0.0012, 0.0)
    change = np.where(busy, drift + 0.006 * rng.standard_normal(len(past)), 0.0)
    outstanding = np.rint(fund.billions * 1e5 * np.exp(np.cumsum(change))) * 1e4
    shares: Floats = outstanding * _one_is(fund, past)
    return shares


def _one_is(fund: Fund, days: Days) -> Floats:
    """How many shares one share of the beginning has become."""
    split = SPLITS.get(fund.code)
    if split is None:
        return np.ones(len(days))
    return np.where(days >= np.datetime64(split.day), float(split.ratio), 1.0)
