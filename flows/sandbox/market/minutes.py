"""How a day of the simulated market went: minutes that add up to its daily bar, to the last share.

A bridge from the opening price to the close that touches the day's high and low; where the close is
one of them the price stays there from some minute on, as at a limit. Trading crowds at both ends of
the day, and where it must for value ÷ volume to be that of the day.
"""

import zlib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from flows.sandbox.market.paths import Floats

AUCTION = 570
TRADED = np.concatenate([np.arange(571, 691), np.arange(781, 901)])
MINUTES = len(TRADED)
LOT = 100.0
SEALED = (60, 200)  # minutes of trading between which a price that ends at its limit reaches it
STEPS = 60  # of the search for the weights


@lru_cache(maxsize=4096)
def minutes(
    seed: int, code: str, day: date, prices: tuple[float, float, float, float], volume: float,
    amount: float, digits: int,
) -> pl.DataFrame:  # fmt: skip
    """The bars of one code and day, oldest first, the auction's before all others.

    prices: the day's open, high, low, close, in whole units of `digits` decimals; volume in shares
    (lots of 100), amount in whole CNY. Columns: minute, open, high, low, close, volume_shares,
    amount_cny.
    """
    rng = np.random.default_rng([seed, zlib.crc32(f"{code} {day}".encode())])
    path = _path(rng, prices, digits)
    opened = np.concatenate([path[:1], path[:-1]])
    high, low = np.maximum(opened, path), np.minimum(opened, path)
    average = (opened + path) / 2
    usual = _usual(rng)
    weight = _tilted(usual, average, amount / volume) if digits == 2 else usual
    shares = _whole(weight * volume, volume, LOT)
    worth = average if digits == 2 else np.full(len(path), amount / volume)
    value = shares * worth
    money = _whole(value * (amount / value.sum()), amount, 1.0)
    money[shares == 0] = 0.0
    money[shares.argmax()] += amount - money.sum()
    return pl.DataFrame(
        {
            "minute": np.concatenate([[AUCTION], TRADED]),
            "open": opened, "high": high, "low": low, "close": path,
            "volume_shares": shares, "amount_cny": money,
        }
    )  # fmt: skip


def minutes_of(seed: int, code: str, bar: Mapping[str, object], digits: int) -> pl.DataFrame:
    """The minutes of a daily bar: trade_date, open, high, low, close, volume_shares, amount_cny."""
    numbers = {name: float(str(value)) for name, value in bar.items() if name != "trade_date"}
    day = bar["trade_date"]
    assert isinstance(day, date)
    prices = (numbers["open"], numbers["high"], numbers["low"], numbers["close"])
    return minutes(seed, code, day, prices, numbers["volume_shares"], numbers["amount_cny"], digits)


def _path(rng: np.random.Generator, prices: tuple[float, ...], digits: int) -> Floats:
    """Prices at the auction and the end of each minute."""
    opened, high, low, close = prices
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
    return path


def _usual(rng: np.random.Generator) -> Floats:
    """Share of the day's volume in each minute: a U, with some noise."""
    minute = np.arange(MINUTES + 1)
    shape = 1 + 2.5 * np.exp(-minute / 15) + 1.2 * np.exp((minute - MINUTES) / 12)
    weight: Floats = shape * rng.gamma(4.0, 0.25, MINUTES + 1)
    return weight / weight.sum()


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
    left = int(round(total / unit - whole.sum()))
    whole[np.argsort(whole - units, kind="stable")[: max(left, 0)]] += 1.0
    found: Floats = whole * unit
    return found
