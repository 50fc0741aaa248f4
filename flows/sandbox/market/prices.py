"""From the story to daily bars: one pass over the trading days, all companies at once.

Per day: the desired returns (market, group, industry, the company's own luck; the theme by its
script), shifted so that Shanghai's capitalisation-weighted return is the story's; then what the
exchange allows (price limits, ticks, suspensions, dividends); then the day's money, shared out to
where the prices move. Each day draws from its own generator: the same day is the same in every
market of the same companies.
"""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.sandbox.market.companies import LIMIT
from flows.sandbox.market.paths import Floats
from flows.sandbox.market.script import Day, Script
from flows.sandbox.market.story import BREAK_DAY, PEAK_DAY, RUN_UP_DAYS
from flows.sandbox.market.trading_days import Days, trading_days

Flags = NDArray[np.bool_]

FREE_DAYS = 5  # trading days after a listing without price limits
AFTERMATH = {1: -0.045, 2: -0.02, 3: 0.01}  # the theme's mean returns after the break day
YEARS = np.arange(2015, 2028)  # in each of which a company may pay a dividend
PAYERS = 0.6  # share of companies that do
INTERIM = 0.3  # share of dividends that are paid in autumn, not in early summer


@dataclass(frozen=True)
class Tape:
    """Arrays of days × companies. A company without a bar that day has NaN in all but `last`.

    Prices in CNY, `volume` in shares, `amount` in CNY; `last` is the newest close up to that day
    (before the listing: the offer price).
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    previous_close: Floats
    volume: Floats
    amount: Floats
    last: Floats

    @classmethod
    def blank(cls, days: int, companies: int) -> "Tape":
        """A tape full of NaN."""
        return cls(*(np.full((days, companies), np.nan) for _ in fields(cls)))


@dataclass(frozen=True)
class Ground:
    """What does not change from day to day: the companies' columns as arrays."""

    shares: Floats
    float_shares: Floats
    beta: Floats
    volatility: Floats
    liquidity: Floats
    limit: Floats
    theme: Flags
    run_up: Floats
    plunge: Floats
    shanghai: Flags
    group: NDArray[np.int64]
    industry: NDArray[np.int64]
    listed_on: NDArray[np.int64]  # index into the days; negative: long before

    @classmethod
    def of(cls, companies: pl.DataFrame, script: Script, days: Days) -> "Ground":
        """The companies' columns, with groups and industries as positions in the script."""
        listing = companies["listing_date"].to_numpy().astype("datetime64[D]")
        listed_on = np.where(listing < days[0], -99, np.searchsorted(days, listing))
        return cls(
            shares=companies["shares"].to_numpy(),
            float_shares=companies["float_shares"].to_numpy(),
            beta=companies["beta"].to_numpy(),
            volatility=companies["volatility"].to_numpy(),
            liquidity=companies["liquidity"].to_numpy(),
            limit=np.array([LIMIT[b] for b in companies["board"]]),
            theme=companies["theme"].to_numpy(),
            run_up=companies["run_up"].to_numpy(),
            plunge=companies["plunge"].to_numpy(),
            shanghai=(companies["exchange"] == "SSE").to_numpy(),
            group=np.array([script.groups.index(g) for g in companies["group"]]),
            industry=np.array([script.industries.index(i) for i in companies["industry"]]),
            listed_on=listed_on,
        )


@dataclass(frozen=True)
class Simulation:
    """A market's companies on its days, and what becomes of them."""

    companies: pl.DataFrame
    script: Script
    days: Days
    seed: int
    ground: Ground
    tape: Tape

    def number(self, day: Day) -> int:
        """The number of a trading day, which may lie after the last one."""
        return self.script.at(day) - self.script.at(self.days[0])


@dataclass(frozen=True)
class Session:
    """One trading day: its number, its luck, the closes before it, the same without the dividend of
    the day (from which returns and limits count), who may trade, how far.
    """

    t: int
    day: np.datetime64
    rng: np.random.Generator
    last: Floats
    base: Floats
    trading: Flags
    limit: Floats


def simulate(companies: pl.DataFrame, script: Script, days: Days, seed: int) -> Simulation:
    """The bars of all companies on `days` (consecutive trading days)."""
    ground = Ground.of(companies, script, days)
    tape = Tape.blank(len(days), len(companies))
    simulation = Simulation(companies, script, days, seed, ground, tape)
    halted = _suspensions(companies, days, seed)
    dividends = _dividends(companies, seed)
    last = companies["price"].to_numpy().copy()
    for t, day in enumerate(days):
        rng = np.random.default_rng([seed, int(day.astype(int))])
        trading = (ground.listed_on <= t) & ~halted[t]
        unlimited = ground.listed_on > t - FREE_DAYS
        limit = np.where(unlimited, 9.0, ground.limit)
        base = _without_dividend(last, dividends.on(day), trading & (ground.listed_on < t))
        session = Session(t, day, rng, last, base, trading, limit)
        close = _settle(simulation, session, _wanted(simulation, session))
        _record(simulation, session, close)
        last = np.where(trading, close, last)
        tape.last[t] = last
    return simulation


def _wanted(simulation: Simulation, session: Session) -> Floats:
    """The return each company would have without limits, ticks and the market's shift."""
    ground, script, rng = simulation.ground, simulation.script, session.rng
    luck = rng.standard_t(4, len(ground.beta)) * ground.volatility / np.sqrt(2.0)
    group = script.group_returns(session.day)[ground.group]
    industry = script.industry_returns(session.day)[ground.industry]
    usual = ground.beta * script.market_return(session.day) + group + industry + luck
    debut = np.expm1(rng.normal(0.8, 0.5, len(luck)))
    usual = np.where(ground.listed_on == session.t, debut, usual)
    return np.where(ground.theme, _theme_returns(simulation, session.t, usual, luck), usual)


def _theme_returns(simulation: Simulation, t: int, usual: Floats, luck: Floats) -> Floats:
    """The craze: a run-up that steepens to the peak day, the plunge, its aftermath."""
    ground, last = simulation.ground, simulation.tape.last
    peak, broken = (simulation.number(day) for day in (PEAK_DAY, BREAK_DAY))
    start = peak - RUN_UP_DAYS
    if start < 0 or t <= start or t > broken + max(AFTERMATH):
        return usual
    if t > peak:
        return ground.plunge if t == broken else AFTERMATH[t - broken] + luck
    done = np.log(last[t - 1] / last[start])
    due = np.log1p(ground.run_up) * ((t - start) / RUN_UP_DAYS) ** 1.5
    returns: Floats = np.expm1(due - done) + (0.0 if t == peak else 0.7) * luck
    return returns


def _settle(simulation: Simulation, session: Session, wanted: Floats) -> Floats:
    """Closing prices within limits and ticks, on which Shanghai as a whole returns the story's."""
    ground, last, base = simulation.ground, session.last, session.base
    seasoned = ground.listed_on < session.t
    weight = np.where(ground.shanghai & seasoned, ground.shares * last, 0.0)
    movable = session.trading & seasoned & ~ground.theme
    due = simulation.script.market_return(session.day) * weight.sum()
    returns = np.where(session.trading, wanted, 0.0)
    for _ in range(2):
        close = _allowed(base, returns, session.limit)
        missing = due - (weight * (close / last - 1.0)).sum()
        returns = np.where(movable, returns + missing / max(weight[movable].sum(), 1.0), returns)
    return _allowed(base, returns, session.limit)


def _allowed(last: Floats, returns: Floats, limit: Floats) -> Floats:
    """Prices in whole cents within the day's limits (which are themselves rounded to cents)."""
    price = np.clip(last * (1.0 + returns), _cents(last * (1 - limit)), _cents(last * (1 + limit)))
    return np.maximum(_cents(price), 0.01)


def _cents(price: Floats) -> Floats:
    cents: Floats = np.floor(price * 100.0 + 0.5 + 1e-9)
    return cents / 100.0


def _record(simulation: Simulation, session: Session, close: Floats) -> None:
    """Write the day's bars of the trading companies."""
    last, limit = session.base, session.limit
    noise = session.rng.standard_normal((3, len(last)))
    open_ = _allowed(last, 0.35 * (close / last - 1.0) + 0.004 * noise[0], limit)
    top, bottom = np.maximum(open_, close), np.minimum(open_, close)
    ceiling, floor = _cents(last * (1 + limit)), _cents(last * (1 - limit))
    high = np.minimum(_cents(top * (1 + 0.007 * np.abs(noise[1]))), np.maximum(ceiling, top))
    low = np.maximum(_cents(bottom * (1 - 0.007 * np.abs(noise[2]))), np.minimum(floor, bottom))
    average = (open_ + high + low + close) / 4.0
    volume = _volume(simulation, session, np.abs(close / last - 1.0), average)
    row = (open_, high, low, close, last, volume, np.rint(volume * average))
    for field, values in zip(fields(simulation.tape)[:-1], row, strict=True):
        getattr(simulation.tape, field.name)[session.t] = np.where(session.trading, values, np.nan)


def _volume(simulation: Simulation, session: Session, move: Floats, average: Floats) -> Floats:
    """Shares traded, in lots of 100: the day's money goes to where prices move."""
    ground = simulation.ground
    appeal = ground.float_shares * session.last * ground.liquidity
    appeal *= np.exp(6.0 * np.minimum(move, 0.2))
    appeal *= np.where(ground.listed_on == session.t, 8.0, 1.0) * session.trading
    money = simulation.script.turnover(session.day) * appeal / appeal.sum()
    most = np.floor(0.85 * ground.float_shares / 100.0)
    lots: Floats = np.clip(np.rint(money / average / 100.0), 1.0, most)
    return lots * 100.0


def _suspensions(companies: pl.DataFrame, days: Days, seed: int) -> Flags:
    """Days × companies: true while a company is suspended (some are, for one to two weeks, and
    nobody on the first day).
    """
    rng = np.random.default_rng([seed, 2])
    n = len(companies)
    start = np.datetime64("2023-01-03") + rng.integers(0, 1100, n)
    length = rng.integers(3, 14, n)
    affected = (rng.random(n) < 0.35) & ~companies["theme"].to_numpy()
    affected &= start > companies["listing_date"].to_numpy().astype("datetime64[D]")
    halted: Flags = affected & (days[:, None] >= start) & (days[:, None] < start + length)
    return halted


@dataclass(frozen=True)
class Dividends:
    """Years × companies: the day without the dividend, and what it takes of the last close."""

    day: Days
    part: Floats

    def on(self, day: np.datetime64) -> Floats:
        """What the dividends of a day take of each company's last close; mostly nothing."""
        part: Floats = np.where(self.day == day, self.part, 0.0).sum(axis=0)
        return part


def _dividends(companies: pl.DataFrame, seed: int) -> Dividends:
    """Cash only, so that no company's number of shares ever changes; the theme pays nothing."""
    rng = np.random.default_rng([seed, 8])
    size = (len(YEARS), len(companies))
    summer, autumn = rng.integers(150, 215, size), rng.integers(255, 345, size)
    days_later = np.where(rng.random(size) < INTERIM, autumn, summer)
    new_year = (YEARS - 1970).astype("datetime64[Y]").astype("datetime64[D]")[:, None]
    calendar = trading_days()
    reached = np.searchsorted(calendar, new_year + days_later)
    paying = (rng.random(size) < PAYERS) & ~companies["theme"].to_numpy()
    part = np.where(paying, rng.uniform(0.005, 0.03, size), 0.0)
    return Dividends(calendar[np.minimum(reached, len(calendar) - 1)], part)


def _without_dividend(last: Floats, part: Floats, entitled: Flags) -> Floats:
    """The ex-rights reference price: the last close less a payment in whole cents."""
    paid = np.where(entitled & (part > 0), np.maximum(_cents(last * part), 0.01), 0.0)
    return np.maximum(_cents(last - paid), 0.01)
