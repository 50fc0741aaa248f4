"""The simulated market: one object that holds everything the exchange can be asked for."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from flows.sandbox import appraisal, money
from flows.sandbox.companies import companies
from flows.sandbox.indices import index_bars
from flows.sandbox.paths import Floats
from flows.sandbox.prices import Simulation, Tape, simulate
from flows.sandbox.script import script
from flows.sandbox.trading_days import Days, trading_days

SMALLEST = 30  # companies; the theme alone has sixteen


@dataclass(frozen=True)
class MarketParameters:
    """What may be chosen about a market. The same parameters give the same market, to the byte."""

    stocks: int = 400
    first_day: date = date(2023, 1, 3)
    last_day: date = date(2026, 1, 16)
    index_first_day: date = date(2015, 1, 5)
    seed: int = 20260113


@dataclass(frozen=True)
class Market:
    """A simulated market, complete from the first to the last day, unaware of what is public yet.

    Money in CNY (Hong Kong: HKD), volumes in shares, ratios as fractions.
    """

    parameters: MarketParameters
    days: Days
    companies: pl.DataFrame
    simulation: Simulation
    tape: Tape
    indices: pl.DataFrame
    margin: pl.DataFrame
    mainland_issues: pl.DataFrame
    hong_kong_issues: pl.DataFrame
    hong_kong_daily: pl.DataFrame

    @cached_property
    def stock_daily(self) -> pl.DataFrame:
        """Bars of all stocks: code, trade_date, open, high, low, close, previous_close,
        volume_shares, amount_cny, turnover_rate; no row while a stock is suspended.
        """
        t, i = np.nonzero(~np.isnan(self.tape.close))
        frame = {"trade_date": pl.Series(self.days[t]).cast(pl.Date)}
        values = {name: array[t, i] for name, array in self._columns().items()}
        rate = values["volume_shares"] / self.companies["float_shares"].to_numpy()[i]
        codes = {"code": self.companies["code"].gather(i)}
        return pl.DataFrame({**codes, **frame, **values, "turnover_rate": rate})

    @cached_property
    def position(self) -> dict[str, int]:
        """Where a symbol (sh600000) stands among the companies."""
        return {symbol: i for i, symbol in enumerate(self.companies["symbol"])}

    def bars_of(self, position: int) -> pl.DataFrame:
        """The bars of one company, oldest first, columns as in `stock_daily` without code."""
        traded = ~np.isnan(self.tape.close[:, position])
        frame = {"trade_date": pl.Series(self.days[traded]).cast(pl.Date)}
        columns = {name: values[traded, position] for name, values in self._columns().items()}
        rate = pl.col("volume_shares") / self.companies["float_shares"][position]
        return pl.DataFrame({**frame, **columns}).with_columns(turnover_rate=rate)

    def snapshot(self, day: date) -> pl.DataFrame:
        """The companies listed by `day` with that day's bar; without one: volume and amount 0, null
        prices, and in `previous_close` the last close. Empty before the first day.
        """
        t = int(np.searchsorted(self.days, np.datetime64(day), side="right")) - 1
        if t < 0:
            return self.companies.head(0)
        columns = {name: values[t] for name, values in self._columns().items()}
        frame = self.companies.with_columns(
            pl.Series(name, values).fill_nan(None) for name, values in columns.items()
        ).with_columns(
            pl.col("previous_close").fill_null(pl.Series(self.tape.last[t])),
            pl.col("volume_shares", "amount_cny").fill_null(0.0),
        )
        return frame.filter(pl.col("listing_date") <= day)

    def _columns(self) -> dict[str, Floats]:
        tape = self.tape
        prices = {"open": tape.open, "high": tape.high, "low": tape.low, "close": tape.close}
        traded = {"volume_shares": tape.volume, "amount_cny": tape.amount}
        return {**prices, "previous_close": tape.previous_close, **traded}

    @cached_property
    def turnover(self) -> pl.DataFrame:
        """Totals by exchange, board and day, see `money.turnover`."""
        return money.turnover(self.simulation)

    @cached_property
    def congestion(self) -> pl.DataFrame:
        """How much of a day's turnover its busiest shares take, see `appraisal.congestion`."""
        return appraisal.congestion(self.days, self.tape.amount)

    @cached_property
    def highs_and_lows(self) -> pl.DataFrame:
        """How many shares are at their highs and lows, see `appraisal.high_low`."""
        return appraisal.high_low(self.days, self.tape.close)


def build_market(parameters: MarketParameters | None = None) -> Market:
    """The market that these parameters determine.

    Raises ValueError for fewer than SMALLEST stocks or days outside the calendar.
    """
    p = parameters or MarketParameters()
    calendar = trading_days()
    first, last = np.datetime64(p.first_day), np.datetime64(p.last_day)
    days = calendar[(calendar >= first) & (calendar <= last)]
    if p.stocks < SMALLEST or not len(days):
        raise ValueError(f"a market needs {SMALLEST} stocks and a trading day, not {p}")
    plot = script(p.seed)
    listed = companies(p.stocks, p.seed)
    simulation = simulate(listed, plot, days, p.seed)
    earliest = np.datetime64(p.index_first_day)
    abroad = money.hong_kong_issues().filter(pl.col("listing_date") <= days[-1].item())
    return Market(
        parameters=p,
        days=days,
        companies=listed,
        simulation=simulation,
        tape=simulation.tape,
        indices=index_bars(simulation, earliest),
        margin=money.margin(plot, earliest, days[-1], p.seed),
        mainland_issues=money.mainland_issues(simulation),
        hong_kong_issues=abroad,
        hong_kong_daily=money.hong_kong_bars(abroad, days, p.seed),
    )
