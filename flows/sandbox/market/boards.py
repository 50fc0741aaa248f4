"""Boards of shares as publishers compute them: themes and industries, and Shenwan's classification.

Each is the capitalisation-weighted chain of its members' bars. The two publishers of a board hold
the same shares but began at levels of their own, so their levels must never be spliced.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from flows.sandbox.market.indices import Series, from_members
from flows.sandbox.market.paths import Floats
from flows.sandbox.market.prices import Flags, Simulation
from flows.sandbox.market.story import INDUSTRIES


class Board(NamedTuple):
    """A board: its names and codes at its publishers, its members, its levels at the start."""

    name: str
    page: str  # number of its page at THS
    line: str  # number of its bars at THS
    eastmoney: str
    industries: tuple[str, ...]  # none: the theme's companies
    levels: tuple[float, float]


CONCEPTS = (
    Board("商业航天", "309130", "886078", "BK0963", (), (1012.4, 1180.66)),
    Board("人工智能", "300008", "885728", "BK0800",
          ("半导体", "软件服务", "IT设备", "通信设备", "互联网"), (2210.5, 1404.1)),
    Board("机器人概念", "300816", "885517", "BK1090", ("专用机械", "元器件"), (1530.2, 998.5)),
)  # fmt: skip
TRADES = (Board("半导体", "881121", "881121", "BK1036", ("半导体",), (1304.7, 1222.8)),)
PUBLISHERS = ("THS", "Eastmoney")


class Sector(NamedTuple):
    """An industry of Shenwan's: code of its index, what its companies' codes begin with."""

    code: str
    name: str
    digits: str
    pe: float


SECTORS = (
    Sector("801080", "电子", "27", 52.0), Sector("801750", "计算机", "71", 58.0),
    Sector("801770", "通信", "73", 36.0), Sector("801760", "传媒", "72", 41.0),
    Sector("801740", "国防军工", "65", 74.0), Sector("801890", "机械设备", "64", 34.0),
    Sector("801730", "电力设备", "63", 33.0), Sector("801880", "汽车", "28", 28.0),
    Sector("801030", "基础化工", "22", 26.0), Sector("801950", "煤炭", "74", 14.0),
    Sector("801050", "有色金属", "24", 25.0), Sector("801150", "医药生物", "37", 31.0),
    Sector("801120", "食品饮料", "34", 21.0), Sector("801110", "家用电器", "33", 16.0),
    Sector("801720", "建筑装饰", "62", 11.0), Sector("801970", "环保", "76", 22.0),
    Sector("801180", "房地产", "43", 30.0), Sector("801790", "非银金融", "49", 15.0),
    Sector("801780", "银行", "48", 6.6),
    Sector("801081", "半导体", "2701", 88.0), Sector("801083", "元件", "2702", 46.0),
    Sector("801104", "软件开发", "7104", 85.0), Sector("801101", "计算机设备", "7101", 49.0),
    Sector("801102", "通信设备", "7302", 42.0), Sector("801767", "数字媒体", "7209", 62.0),
    Sector("801742", "航空装备Ⅱ", "6502", 66.0), Sector("801074", "专用设备", "6402", 33.0),
)  # fmt: skip
LEVELS = {2: "一级行业", 4: "二级行业"}  # by the number of digits
START = 3000.0


def boards(simulation: Simulation) -> pl.DataFrame:
    """One row per board, publisher and day: board, publisher, trade_date, open, high, low, close,
    volume_shares, amount_cny.
    """
    return pl.concat(
        frame for board in (*CONCEPTS, *TRADES) for frame in _published(board, simulation)
    )


def _published(board: Board, simulation: Simulation) -> Iterator[pl.DataFrame]:
    companies = simulation.companies
    fits = pl.col("industry").is_in(board.industries) if board.industries else pl.col("theme")
    held = companies.select(fits).to_series().to_numpy()
    series = from_members(held, simulation, 1.0)
    for publisher, level in zip(PUBLISHERS, board.levels, strict=True):
        named = pl.DataFrame({"board": board.name, "publisher": publisher})
        yield named.join(_frame(series, simulation, level), how="cross")


def _frame(series: Series, simulation: Simulation, level: float) -> pl.DataFrame:
    prices = {p: np.round(getattr(series, p) * level, 2) for p in ("open", "high", "low", "close")}
    traded = {"volume_shares": series.volume, "amount_cny": series.amount}
    days = pl.Series(simulation.days).cast(pl.Date)
    return pl.DataFrame({"trade_date": days, **prices, **traded})


def sectors(simulation: Simulation) -> pl.DataFrame:
    """One row per sector and day: code, name, level, trade_date, open, high, low, close, change,
    volume_shares, amount_cny, turnover_rate, pe, pb, mean_price_cny, amount_share,
    float_value_cny, mean_float_value_cny, dividend_yield; rounded as published.
    """
    codes = {i.name: i.shenwan for i in INDUSTRIES}
    shenwan = simulation.companies["industry"].replace_strict(codes)
    market = np.nansum(simulation.tape.amount, axis=1)
    frames = []
    for sector in SECTORS:
        held = shenwan.str.starts_with(sector.digits).to_numpy()
        named = {"code": sector.code, "name": sector.name, "level": LEVELS[len(sector.digits)]}
        bars = _frame(_chain(sector, held, simulation), simulation, 1.0)
        frames.append(
            bars.with_columns(
                *(pl.lit(value).alias(key) for key, value in named.items()),
                **_appraised(sector, held, simulation, bars["close"].to_numpy(), market),
            )
        )
    return pl.concat(frames)


def _chain(sector: Sector, held: Flags, simulation: Simulation) -> Series:
    """The chain of the members; a level that hardly moves while a small market has none."""
    if (simulation.ground.listed_on[held] <= 0).any():
        return from_members(held, simulation, START)
    rng = np.random.default_rng([simulation.seed, 9, SECTORS.index(sector)])
    close = START * np.exp(0.01 * rng.standard_normal(len(simulation.days)))
    nothing = np.zeros(len(close))
    return Series(close, close, close * 1.001, close * 0.999, nothing, nothing)


def _appraised(
    sector: Sector, held: Flags, simulation: Simulation, close: Floats, market: Floats
) -> dict[str, pl.Series]:
    companies, tape = simulation.companies, simulation.tape
    floating = companies["float_shares"].to_numpy()[held]
    listed = simulation.ground.listed_on[held] <= np.arange(len(close))[:, None]
    shares = np.where(listed, floating, 0.0).sum(axis=1)
    value = np.nansum(np.where(listed, floating * tape.last[:, held], 0.0), axis=1)
    volume = np.nansum(tape.volume[:, held], axis=1)
    amount = np.nansum(tape.amount[:, held], axis=1)
    years = (simulation.days - np.datetime64("2023-01-03")).astype(float) / 365.25
    pe = sector.pe * close / START / 1.06**years
    columns = {
        "change": np.round(np.diff(close, prepend=close[0]) / close, 4),
        "turnover_rate": np.round(volume / np.maximum(shares, 1.0), 4),
        "pe": np.round(pe, 2),
        "pb": np.round(pe * 0.09, 2),
        "mean_price_cny": np.round(amount / np.maximum(volume, 1.0), 2),
        "amount_share": np.round(amount / market, 4),
        "float_value_cny": np.round(value, -6),
        "mean_float_value_cny": np.round(value / max(held.sum(), 1), -6),
        "dividend_yield": np.round(0.35 / pe, 4),
    }
    return {name: pl.Series(name, values) for name, values in columns.items()}
