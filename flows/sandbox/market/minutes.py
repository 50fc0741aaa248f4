"""How a day of the simulated market went: minutes that add up to its daily bar, to the last share.

A bridge from the opening price to the close that touches the day's high and low; where the close is
one of them the price stays there from some minute on, as at a limit. Trading crowds at both ends of
the day, and where it must for value ÷ volume to be that of the day.
"""

import zlib
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl

from flows.sandbox.market.paths import Floats

AUCTION = 570
TRADED = np.concatenate([np.arange(571, 691), np.arange(781, 901)])
MINUTES = len(TRADED)
LOT, CENTS = 100.0, 2
SEALED = (60, 200)  # minutes of trading between which a price that ends at its limit reaches it
STEPS = 60  # of the search for the weights


class DailyBar(NamedTuple):
    """A day to be told by the minute: shares in lots of 100, value in whole CNY."""

    trade_date: date
    open: float
    high: float
    low: float
    close: float
    volume_shares: float
    amount_cny: float


@lru_cache(maxsize=4096)
def minutes(seed: int, code: str, bar: DailyBar, digits: int) -> pl.DataFrame:
    """The bars of one code and day, oldest first, the auction's before all others.

    digits: decimals of prices, 2 of a share's; an index has 3, and its volume says nothing of its
    level. Columns: trade_date, minute, open, high, low, close, volume_shares, amount_cny.
    """
    rng = np.random.default_rng([seed, zlib.crc32(f"{code} {bar.trade_date}".encode())])
    path = _path(rng, bar, digits)
    opened = np.concatenate([path[:1], path[:-1]])
    average, mean = (opened + path) / 2, bar.amount_cny / bar.volume_shares
    usual = _usual(rng)
    weight = _tilted(usual, average, mean) if digits == CENTS else usual
    shares = _whole(weight * bar.volume_shares, bar.volume_shares, LOT)
    value = shares * (average if digits == CENTS else mean)
    money = _whole(value * (bar.amount_cny / value.sum()), bar.amount_cny, 1.0)
    money[shares == 0] = 0.0
    money[shares.argmax()] += bar.amount_cny - money.sum()
    columns = {
        "minute": np.concatenate([[AUCTION], TRADED]),
        "open": opened,
        "high": np.maximum(opened, path),
        "low": np.minimum(opened, path),
        "close": path,
        "volume_shares": shares,
        "amount_cny": money,
    }
    return pl.DataFrame(columns).select(pl.lit(bar.trade_date).alias("trade_date"), *columns)


def without_auction(bars: pl.DataFrame) -> pl.DataFrame:
    """The bars of a day with the auction in the first minute after it."""
    first = bars.head(2).select(
        "trade_date",
        pl.col("minute").last(),
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        pl.col("volume_shares", "amount_cny").sum(),
    )
    return pl.concat([first.tail(1), bars[2:]])


def _path(rng: np.random.Generator, bar: DailyBar, digits: int) -> Floats:
    """Prices at the auction and the end of each minute."""
    _, opened, high, low, close, *_ = bar
    walk = np.concatenate([[0.0], np.cumsum(rng.standard_normal(MINUTES))]) / np.sqrt(MINUTES)
    along = np.linspace(0.0, 1.0, MINUTES + 1)
    path = opened + (close - opened) * along + 0.6 * (high - low) * (walk - along * walk[-1])
    top, bottom = 1 + rng.permutation(SEALED[0] - 2)[:2]
    if close in {high, low}:
        path[int(rng.integers(*SEALED)) :] = close
    else:  # not in the first hour only
        top, bottom = 1 + rng.permutation(MINUTES - 1)[:2]
    path = np.round(np.clip(path, low, high), digits)
    path[0], path[top], path[bottom], path[-1] = opened, high, low, close
    found: Floats = path
    return found


def _usual(rng: np.random.Generator) -> Floats:
    """Share of the day's volume in each minute: a U, with some noise."""
    minute = np.arange(MINUTES + 1)
    shape = 1 + 2.5 * np.exp(-minute / 15) + 1.2 * np.exp((minute - MINUTES) / 12)
    weight: Floats = shape * rng.gamma(4.0, 0.25, MINUTES + 1)
    found: Floats = weight / weight.sum()
    return found


def _tilted(weight: Floats, price: Floats, mean: float) -> Floats:
    """The weights moved towards high or low prices so far that the mean price is that one."""
    spread = np.ptp(price)
    if spread == 0:
        return weight
    place, due = (price - price.min()) / spread, (mean - price.min()) / spread
    least, most = -80.0, 80.0
    for _ in range(STEPS):
        tilt = (least + most) / 2
        tilted = weight * np.exp(tilt * (place - (tilt > 0)))
        tilted /= tilted.sum()
        least, most = (tilt, most) if tilted @ place < due else (least, tilt)
    found: Floats = tilted
    return found


def _whole(parts: Floats, total: float, unit: float) -> Floats:
    """Parts in whole units that add up to the total; the largest remainders are rounded up."""
    units = parts / unit
    whole = np.floor(units)
    left = round(total / unit - whole.sum())
    whole[np.argsort(whole - units, kind="stable")[: max(left, 0)]] += 1.0
    found: Floats = whole * unit
    return found
