"""The simulated indices: from their constituents while companies exist, from the story before that.

Capitalisation-weighted by total shares, constituents chosen once by size at the start (newcomers
count in the all-share indices from their second day). Index history before the first day of the
companies follows the story's market path, so that levels run on without a jump.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from flows.sandbox.market.abroad import hong_kong_days
from flows.sandbox.market.companies import REAL_NUMBER
from flows.sandbox.market.paths import Floats, Point, log_path
from flows.sandbox.market.prices import Flags, Simulation
from flows.sandbox.market.script import Script
from flows.sandbox.market.trading_days import Days


@dataclass(frozen=True)
class IndexRule:
    """A mainland index: what it holds and where it stood at the end of 2022."""

    code: str
    name: str
    english: str
    base: float
    beta: float  # to the market path, before the companies exist
    tilt: float  # to the technology path, before the companies exist
    pe: float  # trailing price/earnings around the peak day
    since: date = date(2014, 12, 31)
    exchanges: tuple[str, ...] = ("SSE", "SZSE")
    boards: tuple[str, ...] = ("Main", "ChiNext", "STAR")
    industries: tuple[str, ...] = ()
    ranks: tuple[int, int] | None = None  # by size; None: all of them


_CHIPS = ("半导体",)
_AI = ("半导体", "软件服务", "IT设备", "通信设备", "互联网")

RULES = (
    IndexRule("000001.SH", "上证指数", "SSE Composite", 3089.3, 1, 0, 16.8, exchanges=("SSE",)),
    IndexRule("399001.SZ", "深证成指", "SZSE Component", 11016, 1.1, 0.25, 31.5,
              exchanges=("SZSE",), ranks=(0, 500)),
    IndexRule("399106.SZ", "深证综指", "SZSE Composite", 1976, 1.1, 0.25, 44.0,
              exchanges=("SZSE",)),
    IndexRule("399006.SZ", "创业板指", "ChiNext", 2347, 1.2, 0.5, 42.0,
              boards=("ChiNext",), ranks=(0, 100)),
    IndexRule("000688.SH", "科创50", "STAR 50", 960, 1.1, 0.9, 168.0, since=date(2019, 12, 31),
              boards=("STAR",), ranks=(0, 50)),
    IndexRule("000685.SH", "科创芯片", "STAR Chips", 1340, 1.2, 1.1, 190.0,
              since=date(2019, 12, 31), boards=("STAR",), industries=_CHIPS, ranks=(0, 50)),
    IndexRule("000016.SH", "上证50", "SSE 50", 2636, 0.9, -0.1, 12.0,
              exchanges=("SSE",), ranks=(0, 50)),
    IndexRule("000300.SH", "沪深300", "CSI 300", 3872, 1, 0.1, 14.4, ranks=(0, 300)),
    IndexRule("000905.SH", "中证500", "CSI 500", 5865, 1.1, 0.3, 34.0, ranks=(300, 800)),
    IndexRule("000852.SH", "中证1000", "CSI 1000", 6282, 1.15, 0.35, 48.0, ranks=(800, 1800)),
    IndexRule("930713.CSI", "CS人工智", "CSI Artificial Intelligence", 2290, 1.2, 0.9, 66.0,
              industries=_AI, ranks=(0, 50)),
    IndexRule("H30184.CSI", "半导体", "CSI Semiconductors", 5120, 1.2, 1.0, 98.0,
              industries=_CHIPS, ranks=(0, 100)),
    IndexRule("931071.CSI", "人工智能", "CSI AI Industry", 1020, 1.2, 0.9, 64.0,
              industries=_AI, ranks=(0, 80)),
    IndexRule("931160.CSI", "通信设备", "CSI Communication Equipment", 3310, 1.15, 0.7, 45.0,
              industries=("通信设备",), ranks=(0, 40)),
    IndexRule("980017.SZ", "国证芯片", "CNI Chips", 5430, 1.2, 1.0, 115.0,
              industries=_CHIPS, ranks=(0, 30)),
    IndexRule("899050.BJ", "北证50", "BSE 50", 942, 1.1, 0.3, 70.0, since=date(2022, 11, 21),
              exchanges=("BSE",), boards=("BSE",), ranks=(0, 50)),
    IndexRule("950180.CSI", "科创AI", "STAR AI", 1000, 1.2, 1.1, 155.0, since=date(2022, 12, 30),
              boards=("STAR",), industries=_AI, ranks=(0, 30)),
    IndexRule("970070.SZ", "创业板人工智能", "ChiNext AI", 1450, 1.25, 1.1, 62.0,
              since=date(2018, 12, 28), boards=("ChiNext",), industries=_AI, ranks=(0, 50)),
)  # fmt: skip


class HongKongIndex(NamedTuple):
    """An index without constituents: a path of its own, on Hong Kong's trading days."""

    code: str
    name: str
    points: tuple[Point, ...]


def _path(noise: float, levels: dict[str, float]) -> tuple[Point, ...]:
    return tuple(Point(date.fromisoformat(d), level, noise) for d, level in levels.items())


HONG_KONG = (
    HongKongIndex("HSI.HK", "恒生指数", _path(0.011, {
        "2014-12-31": 23600, "2015-04-27": 28400, "2016-02-12": 18300, "2018-01-26": 33100,
        "2020-03-23": 21700, "2021-02-18": 30900, "2022-10-31": 14700, "2023-01-27": 22600,
        "2024-01-22": 15000, "2024-10-08": 22900, "2025-01-13": 18900, "2025-10-09": 26900,
        "2025-12-16": 25300, "2026-01-12": 26600, "2026-12-31": 27500})),
    HongKongIndex("HSTECH.HK", "恒生科技指数", _path(0.017, {
        "2014-12-31": 3000, "2018-01-26": 5600, "2018-12-28": 3700, "2021-02-18": 10900,
        "2022-10-31": 2850, "2023-01-20": 4700, "2024-02-05": 3000, "2024-10-08": 5000,
        "2025-01-13": 4220, "2025-10-09": 6500, "2025-12-16": 5420, "2026-01-12": 5860,
        "2026-12-31": 6100})),
    HongKongIndex("HSCEI.HK", "国企指数", _path(0.011, {
        "2014-12-31": 11980, "2015-05-26": 14800, "2018-01-26": 13700, "2022-10-31": 4940,
        "2023-01-27": 7770, "2024-01-22": 5000, "2024-10-08": 8200, "2025-01-13": 6870,
        "2025-10-09": 9600, "2025-12-16": 8800, "2026-01-12": 9230, "2026-12-31": 9500})),
)  # fmt: skip


class Series(NamedTuple):
    """The bars of one index, oldest first."""

    close: Floats
    open: Floats
    high: Floats
    low: Floats
    volume: Floats
    amount: Floats


def index_bars(simulation: Simulation, first: np.datetime64) -> pl.DataFrame:
    """All indices from `first` to the simulation's last day.

    Columns: code, name, english, trade_date, open, high, low, close (points), volume_shares,
    amount_cny, pe_ttm, members. Hong Kong indices have no pe_ttm and members 0.
    """
    frames = [_mainland(rule, simulation) for rule in RULES]
    frames += [_hong_kong(index, simulation) for index in HONG_KONG]
    return pl.concat(frames).filter(pl.col("trade_date") >= pl.lit(first).cast(pl.Date))


def _mainland(rule: IndexRule, simulation: Simulation) -> pl.DataFrame:
    rng = np.random.default_rng([simulation.seed, 3, RULES.index(rule)])
    script, days = simulation.script, simulation.days
    past = script.days[script.days < days[0]]
    before = _before(rule, script, len(past), rng)
    chosen = _members(rule, simulation.companies)
    after = from_members(chosen, simulation, before.close[-1])
    before = _met(before, after)
    parts = ("open", "high", "low", "close", "volume", "amount")
    columns = {p: np.concatenate([getattr(before, p), getattr(after, p)]) for p in parts}
    all_days = np.concatenate([past, days])
    columns["pe"] = _price_earnings(rule, columns["close"], all_days)
    names = {"code": rule.code, "name": rule.name, "english": rule.english}
    frame = _frame({**names, "members": int(chosen.sum())}, all_days, columns)
    return frame.filter(pl.col("trade_date") >= rule.since)


def _before(rule: IndexRule, script: Script, number: int, rng: np.random.Generator) -> Series:
    """The story's path, with a little noise of its own unless it is the market itself."""
    technology = script.group_paths[:, script.groups.index("technology")]
    own = np.cumsum(rng.standard_normal(len(script.days))) * (0.003 if rule.tilt else 0.0)
    path = rule.beta * script.market + rule.tilt * technology + own
    anchor = script.at(date(2022, 12, 30))
    close = rule.base * np.exp(path - path[anchor])[:number]
    amount = np.exp(script.turnover_path[:number]) * _share_of_turnover(rule)
    return _with_ranges(close, amount, rng)


def _met(before: Series, after: Series) -> Series:
    """The bars before, with so much traded that it goes on without a jump in the members' bars."""
    month = 20
    volume, amount = (
        np.rint(
            getattr(before, p)
            * getattr(after, p)[:month].mean()
            / getattr(before, p)[-month:].mean()
        )
        for p in ("volume", "amount")
    )
    return before._replace(volume=volume, amount=amount)


def _share_of_turnover(rule: IndexRule) -> float:
    return 0.45 if rule.ranks is None else 0.2


def _with_ranges(close: Floats, amount: Floats, rng: np.random.Generator) -> Series:
    """Bars round a path of closes: opens near the last close, ranges of about one per cent."""
    noise = rng.standard_normal((3, len(close)))
    last = np.concatenate([close[:1], close[:-1]])
    open_ = last * np.exp(0.002 * noise[0]) * (close / last) ** 0.2
    high = np.maximum(open_, close) * np.exp(0.004 * np.abs(noise[1]))
    low = np.minimum(open_, close) * np.exp(-0.004 * np.abs(noise[2]))
    return Series(close, open_, high, low, np.rint(amount / 1200.0) * 100.0, np.rint(amount))


def _members(rule: IndexRule, companies: pl.DataFrame) -> Flags:
    """Which companies the index holds."""
    fits = pl.col("exchange").is_in(rule.exchanges) & pl.col("board").is_in(rule.boards)
    if rule.industries:
        fits &= pl.col("industry").is_in(rule.industries)
    if rule.ranks is None:
        return companies.select(fits).to_series().to_numpy()
    low, high = (round(r * len(companies) / REAL_NUMBER) for r in rule.ranks)
    fits &= ~pl.col("newcomer")
    size = pl.when(fits).then(pl.col("price") * pl.col("shares")).rank("ordinal", descending=True)
    held = size.is_between(low + 1, max(high, low + 10))
    return companies.select(held.fill_null(value=False)).to_series().to_numpy()


def from_members(chosen: Flags, simulation: Simulation, start: float) -> Series:
    """Chained capitalisation-weighted returns of the members' bars, from a level on."""
    companies, tape = simulation.companies, simulation.tape
    first = companies["price"].to_numpy()[None, chosen]
    shares = companies["shares"].to_numpy()[chosen]
    last = np.vstack([first, tape.last[:, chosen]])[:-1]
    counted = simulation.ground.listed_on[chosen] < np.arange(len(tape.last))[:, None]
    value = np.where(counted, shares * last, 0.0)
    total = np.maximum(value.sum(axis=1), 1.0)

    def change(prices: Floats) -> Floats:
        priced = np.where(np.isnan(prices[:, chosen]), last, prices[:, chosen])
        ratio: Floats = np.where(counted, shares * priced, 0.0).sum(axis=1) / total
        return ratio

    close = (start * np.cumprod(change(tape.close))).astype(np.float64)
    base = np.concatenate([[start], close[:-1]])
    open_ = base * change(tape.open)
    top, bottom = np.maximum(open_, close), np.minimum(open_, close)
    high = top + 0.4 * np.maximum(base * change(tape.high) - top, 0.0)
    low = bottom - 0.4 * np.maximum(bottom - base * change(tape.low), 0.0)
    volume = np.nansum(tape.volume[:, chosen], axis=1)
    return Series(close, open_, high, low, volume, np.nansum(tape.amount[:, chosen], axis=1))


def _price_earnings(rule: IndexRule, close: Floats, days: Days) -> Floats:
    """Price over earnings that grow by 6 % a year to the level implied at the peak day."""
    years = (days - np.datetime64("2026-01-12")).astype(float) / 365.25
    peak = rule.base * 1.346 * (1.0 + 0.45 * max(rule.tilt, 0.0))
    return np.round(close / (peak / rule.pe * 1.06**years), 2)


def _hong_kong(index: HongKongIndex, simulation: Simulation) -> pl.DataFrame:
    rng = np.random.default_rng([simulation.seed, 4, HONG_KONG.index(index)])
    script = simulation.script
    levels = log_path(script.days, index.points, rng)
    days = hong_kong_days()
    number, known = days.astype(float), script.days.astype(float)
    close = np.exp(np.interp(number, known, levels))
    turnover = np.exp(np.interp(number, known, script.turnover_path))
    bars = _with_ranges(close, turnover * 0.08, rng)
    days = days[days <= simulation.days[-1]]
    parts = ("open", "high", "low", "close", "volume", "amount")
    columns = {p: getattr(bars, p)[: len(days)] for p in parts}
    columns["pe"] = np.full(len(days), np.nan)
    names = {"code": index.code, "name": index.name, "english": index.code.split(".")[0]}
    return _frame({**names, "members": 0}, days, columns)


def _frame(names: dict[str, str | int], days: Days, columns: dict[str, Floats]) -> pl.DataFrame:
    prices = {p: np.round(columns[p], 3) for p in ("open", "high", "low", "close")}
    measured = {"volume_shares": columns["volume"], "amount_cny": columns["amount"]}
    frame = pl.DataFrame({"trade_date": days, **prices, **measured, "pe_ttm": columns["pe"]})
    return frame.select(
        *(pl.lit(value).alias(name) for name, value in names.items()),
        pl.col("trade_date").cast(pl.Date),
        pl.exclude("trade_date").fill_nan(None),
    )
