"""Hong Kong and New York: trading days, seven companies each, one index.

Their exchanges open and close on days of their own: those that are expected of them. Prices are as
traded: on the day of a split they fall by its ratio. Paths are stories, like the rest.
"""

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from flows.sandbox.market.paths import Floats, Point, log_path
from flows.sandbox.market.trading_days import Days
from warehouse.exchanges import HONG_KONG, NEW_YORK, expected_sessions
from warehouse.readers.foreign_markets import SPLITS

ORIGIN, END = date(2014, 12, 31), date(2026, 12, 31)


class Security(NamedTuple):
    """A company or index abroad: adjusted levels at turning points, value traded in a day."""

    code: str
    name: str
    english: str
    turnover: float
    levels: dict[str, float]


COMPANIES = (
    Security("00700.HK", "腾讯控股", "TENCENT", 9.0e9, {
        "2014-12-31": 112, "2018-01-26": 470, "2018-10-30": 256, "2021-02-18": 757,
        "2022-10-31": 206, "2024-01-22": 270, "2024-10-08": 470, "2025-10-02": 679,
        "2025-12-16": 600, "2026-01-12": 632, "2026-12-31": 660}),
    Security("09988.HK", "阿里巴巴-W", "BABA-W", 8.0e9, {
        "2019-11-26": 187, "2020-10-27": 307, "2022-10-31": 62, "2024-01-22": 67,
        "2024-10-08": 117, "2025-03-17": 144, "2025-10-02": 185, "2025-12-16": 146,
        "2026-01-12": 164, "2026-12-31": 170}),
    Security("01810.HK", "小米集团-W", "XIAOMI-W", 6.0e9, {
        "2018-07-09": 17, "2019-09-02": 8.5, "2021-01-05": 35, "2022-10-31": 8.9,
        "2024-02-05": 12, "2025-06-27": 60, "2025-12-16": 41, "2026-01-12": 38.5,
        "2026-12-31": 42}),
    Security("01211.HK", "比亚迪股份", "BYD COMPANY", 3.0e9, {
        "2014-12-31": 10.1, "2020-03-23": 12.6, "2022-06-28": 108, "2024-02-05": 56,
        "2025-05-23": 155, "2025-12-16": 96, "2026-01-12": 99, "2026-12-31": 104}),
    Security("00981.HK", "中芯国际", "SMIC", 4.5e9, {
        "2014-12-31": 7.1, "2019-12-31": 12, "2020-07-15": 38, "2022-10-31": 16,
        "2024-02-05": 14, "2025-10-02": 90, "2025-12-16": 66, "2026-01-12": 76,
        "2026-12-31": 80}),
    Security("09618.HK", "京东集团-SW", "JD-SW", 1.5e9, {
        "2020-06-18": 235, "2021-02-18": 416, "2024-02-05": 86, "2024-10-08": 188,
        "2025-12-16": 113, "2026-01-12": 116, "2026-12-31": 120}),
    Security("09999.HK", "网易-S", "NTES-S", 1.2e9, {
        "2020-06-11": 130, "2021-02-18": 199, "2022-10-31": 88, "2024-02-05": 146,
        "2025-09-30": 237, "2025-12-16": 213, "2026-01-12": 221, "2026-12-31": 230}),
    Security("AAPL.US", "苹果", "Apple", 1.2e10, {
        "2014-12-31": 27.6, "2018-10-03": 58, "2019-01-03": 35.5, "2022-01-03": 182,
        "2023-01-05": 125, "2024-12-26": 259, "2025-04-08": 172, "2025-12-02": 286,
        "2026-01-12": 260, "2026-12-31": 275}),
    Security("MSFT.US", "微软", "Microsoft", 1.1e10, {
        "2014-12-31": 46.5, "2018-10-03": 115, "2021-11-19": 343, "2022-11-03": 214,
        "2024-07-05": 467, "2025-04-08": 354, "2025-10-28": 542, "2026-01-12": 477,
        "2026-12-31": 510}),
    Security("NVDA.US", "英伟达", "NVIDIA", 3.2e10, {
        "2014-12-31": 0.5, "2018-10-01": 7.2, "2018-12-24": 3.2, "2021-11-29": 33.4,
        "2022-10-14": 11.2, "2024-06-18": 135.6, "2025-04-04": 94, "2025-10-29": 207,
        "2026-01-12": 185, "2026-12-31": 200}),
    Security("GOOGL.US", "谷歌", "Alphabet", 9.0e9, {
        "2014-12-31": 26.5, "2018-07-26": 63, "2021-11-18": 150, "2022-11-03": 83,
        "2024-07-10": 191, "2025-04-08": 145, "2026-01-12": 332, "2026-12-31": 345}),
    Security("AMZN.US", "亚马逊", "Amazon", 9.5e9, {
        "2014-12-31": 15.5, "2018-09-04": 102, "2021-07-08": 187, "2022-12-28": 82,
        "2025-02-04": 242, "2025-04-08": 171, "2025-11-03": 254, "2026-01-12": 246,
        "2026-12-31": 255}),
    Security("META.US", "脸书", "Meta", 1.0e10, {
        "2014-12-31": 78, "2018-07-25": 217, "2018-12-24": 124, "2021-09-07": 382,
        "2022-11-03": 89, "2025-08-12": 790, "2025-11-20": 590, "2026-01-12": 642,
        "2026-12-31": 690}),
    Security("TSLA.US", "特斯拉", "Tesla", 2.8e10, {
        "2014-12-31": 14.8, "2019-06-03": 11.9, "2021-11-04": 410, "2023-01-03": 108,
        "2024-12-17": 480, "2025-04-08": 222, "2025-12-16": 490, "2026-01-12": 449,
        "2026-12-31": 460}),
    Security("NDX.US", "纳斯达克100", "Nasdaq 100", 3.0e11, {
        "2014-12-31": 4237, "2018-10-01": 7660, "2018-12-24": 5900, "2020-02-19": 9718,
        "2020-03-20": 6994, "2021-11-19": 16573, "2022-10-14": 10692, "2024-07-10": 20675,
        "2025-04-08": 17090, "2025-10-29": 26120, "2026-01-12": 25788, "2026-12-31": 26500}),
)  # fmt: skip
NOISE = 0.016  # of a day


def hong_kong_days() -> Days:
    """The days on which Hong Kong trades, end of 2014 to the end of 2026."""
    return _days(HONG_KONG)


def new_york_days() -> Days:
    """The days on which New York trades, end of 2014 to the end of 2026."""
    return _days(NEW_YORK)


def _days(market: str) -> Days:
    return np.array(expected_sessions(market, ORIGIN, END), dtype="datetime64[D]")


def daily(first: date, last: date, seed: int) -> pl.DataFrame:
    """Bars between two days: code, trade_date, open, high, low, close, volume_shares, amount,
    split_ratio; HKD for .HK, USD for .US, points and the constituents' shares for the index.
    """
    calendars = {"HK": hong_kong_days(), "US": new_york_days()}
    frames = [
        _bars(number, security, calendars[security.code[-2:]], seed)
        for number, security in enumerate(COMPANIES)
    ]
    return pl.concat(frames).filter(pl.col("trade_date").is_between(first, last))


def _bars(number: int, security: Security, days: Days, seed: int) -> pl.DataFrame:
    """As traded: the path of adjusted prices, undone for the splits that were still to come."""
    rng = np.random.default_rng([seed, 8, number])
    points = [Point(date.fromisoformat(d), x, NOISE) for d, x in security.levels.items()]
    since = days[days >= np.datetime64(points[0].day)]
    to_come, ratio = _splits(security.code, since)
    adjusted = np.exp(log_path(since, points, rng))
    close = np.round(adjusted * to_come, 2)
    noise = rng.standard_normal((4, len(since)))
    last = np.concatenate([close[:1], close[:-1] / ratio[1:]])
    open_ = np.round(last * np.exp(0.003 * noise[0]) * (close / last) ** 0.3, 2)
    high = np.round(np.maximum(open_, close) * np.exp(0.006 * np.abs(noise[1])), 2)
    low = np.round(np.minimum(open_, close) * np.exp(-0.006 * np.abs(noise[2])), 2)
    price = 250.0 if security.code == "NDX.US" else close  # an index trades its constituents
    grown = np.sqrt(adjusted / adjusted[-1])  # a share that cost cents had less money in it
    traded = security.turnover * grown * np.exp(0.25 * noise[3])
    volume = np.rint(traded / price / 100.0) * 100.0
    return pl.DataFrame(
        {
            "code": security.code,
            "trade_date": pl.Series(since).cast(pl.Date),
            "open": open_,
            "high": high,
            "low": low,
            "close": close,
            "volume_shares": volume,
            "amount": np.rint(volume * price * (high + low) / 2 / close),
            "split_ratio": ratio,
        }
    )


def _splits(code: str, days: Days) -> tuple[Floats, Floats]:
    """What an old share is worth in today's on each day, and the ratio of a split on its day."""
    to_come, ratio = np.ones(len(days)), np.ones(len(days))
    for day, many in SPLITS.get(code, {}).items():
        to_come[days < np.datetime64(day)] *= many
        ratio[days == np.datetime64(day)] = many
    return to_come, ratio
