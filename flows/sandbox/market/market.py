"""The simulated market: one object that holds all that the exchange can serve."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from flows.sandbox.market import (
    abroad,
    appraisal,
    boards,
    capital_flows,
    funds,
    leverage,
    megacaps,
    money,
    results,
    securities,
)
from flows.sandbox.market.companies import companies
from flows.sandbox.market.events import Events
from flows.sandbox.market.hong_kong import older_shares, quotes
from flows.sandbox.market.indices import index_bars
from flows.sandbox.market.paths import Floats
from flows.sandbox.market.prices import Simulation, Tape, simulate
from flows.sandbox.market.primary import PrimaryMarket
from flows.sandbox.market.script import script
from flows.sandbox.market.securities import EarlierCode
from flows.sandbox.market.trading_days import Days, trading_days

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

    @cached_property
    def earlier_codes(self) -> Mapping[str, EarlierCode]:
        """The codes that shares of Beijing had before, see `securities.earlier_codes`."""
        return securities.earlier_codes(self.companies)

    def digits(self, code: str, day: date) -> str:
        """A share's number as it was on a day; most upstreams leave a day of before as it was."""
        earlier = self.earlier_codes.get(code)
        return (earlier.code if earlier and day < earlier.until else code)[:6]

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
        frame = (
            self.named(day)
            .with_columns(
                pl.Series(name, values).fill_nan(None) for name, values in columns.items()
            )
            .with_columns(
                pl.col("previous_close").fill_null(pl.Series(self.tape.last[t])),
                pl.col("volume_shares", "amount_cny").fill_null(0.0),
            )
        )
        return frame.filter(pl.col("listing_date") <= day)

    def _columns(self) -> dict[str, Floats]:
        tape = self.tape
        prices = {"open": tape.open, "high": tape.high, "low": tape.low, "close": tape.close}
        traded = {"volume_shares": tape.volume, "amount_cny": tape.amount}
        return {**prices, "previous_close": tape.previous_close, **traded}

    @cached_property
    def special_treatment(self) -> pl.DataFrame:
        """Who was under special treatment when, see `securities.special_treatment`."""
        return securities.special_treatment(self.companies, self.parameters.seed)

    def named(self, day: date) -> pl.DataFrame:
        """The companies with the names of that day."""
        return securities.named(self.companies, self.special_treatment, day)

    @cached_property
    def delisted(self) -> pl.DataFrame:
        """Shares that left the exchanges before the story, see `securities.delisted`."""
        return securities.delisted(self.companies, self.parameters.seed)

    @cached_property
    def monthly_statistics(self) -> pl.DataFrame:
        """Whole months of both exchanges, see `securities.monthly_statistics`."""
        return securities.monthly_statistics(self.indices, self.turnover)

    @cached_property
    def events(self) -> Events:
        """Price limits, warnings and suspensions of the companies."""
        return Events(self.simulation, self.special_treatment)

    @cached_property
    def turnover(self) -> pl.DataFrame:
        """Totals by exchange, board and day, see `money.turnover`."""
        return money.turnover(self.simulation)

    @cached_property
    def abroad(self) -> pl.DataFrame:
        """Megacaps in Hong Kong and New York, and New York's index, see `abroad.daily`."""
        p = self.parameters
        return abroad.daily(p.index_first_day, self.days[-1].item(), p.seed)

    @cached_property
    def boards(self) -> pl.DataFrame:
        """Theme and industry boards as two publishers compute them, see `boards.boards`."""
        return boards.boards(self.simulation)

    @cached_property
    def sectors(self) -> pl.DataFrame:
        """Shenwan's industry indices with their valuation, see `boards.sectors`."""
        return boards.sectors(self.simulation)

    @cached_property
    def congestion(self) -> pl.DataFrame:
        """How much of a day's turnover its busiest shares take, see `appraisal.congestion`."""
        return appraisal.congestion(self.days, self.tape.amount)

    @cached_property
    def highs_and_lows(self) -> pl.DataFrame:
        """How many shares are at their highs and lows, see `appraisal.high_low`."""
        return appraisal.high_low(self.days, self.tape.close)

    @cached_property
    def primary(self) -> PrimaryMarket:
        """Applications, review meetings and issues on the mainland."""
        return PrimaryMarket(self.companies, self.mainland_issues, self.days, self.parameters.seed)

    @cached_property
    def hong_kong_older(self) -> pl.DataFrame:
        """The shares listed in Hong Kong before the story, see `hong_kong.older_shares`."""
        return older_shares(self.parameters.stocks)

    def hong_kong_quotes(self, day: date) -> pl.DataFrame:
        """The list of all Hong Kong shares at the close of a day, see `hong_kong.quotes`."""
        return quotes(self.hong_kong_older, self.hong_kong_issues, self.hong_kong_daily, day)

    @cached_property
    def fund_daily(self) -> pl.DataFrame:
        """Shares and bars of exchange-traded funds, see `funds.daily`."""
        p = self.parameters
        return funds.daily(self.indices, self.days, p.stocks, p.seed)

    def margin_of(self, exchange: str, day: date) -> dict[str, Any] | None:
        """Margin of an exchange and day, columns as in `money.margin`; None if there is none."""
        there = self.margin.filter(exchange=exchange, trade_date=day)
        return next(there.iter_rows(named=True), None)

    @cached_property
    def margin_accounts(self) -> pl.DataFrame:
        """Who borrows, against what, see `leverage.accounts`."""
        return leverage.accounts(self.margin, self.indices)

    @cached_property
    def investor_accounts(self) -> pl.DataFrame:
        """Investors of the depository by month, see `leverage.investors`."""
        return leverage.investors(self.parameters.seed)

    @cached_property
    def stock_connect(self) -> pl.DataFrame:
        """Buying and selling across the border, see `capital_flows.stock_connect`."""
        return capital_flows.stock_connect(
            self.simulation.script, self.days[-1], self.parameters.seed
        )

    @cached_property
    def flow_by_order(self) -> pl.DataFrame:
        """Net inflow by size of order, see `capital_flows.by_size_of_order`."""
        return capital_flows.by_size_of_order(self.turnover, self.parameters.seed)

    @cached_property
    def earnings(self) -> pl.DataFrame:
        """Reports of all companies and periods, see `results.reports`."""
        return results.reports(self.companies, self.parameters.seed)

    @cached_property
    def guidance(self) -> pl.DataFrame:
        """Notices before the reports, see `results.guidance`."""
        return results.guidance(self.earnings, self.parameters.seed)

    @cached_property
    def flashes(self) -> pl.DataFrame:
        """Preliminary results, see `results.flashes`."""
        return results.flashes(self.earnings, self.parameters.seed)

    def consensus(self, day: date) -> pl.DataFrame:
        """What analysts expect on a day, see `results.consensus`."""
        return results.consensus(self.earnings, day, self.parameters.seed)

    @cached_property
    def hong_kong_earnings(self) -> pl.DataFrame:
        """Accumulated results of China's technology companies, see `megacaps.accumulated`."""
        single = megacaps.quarters(megacaps.HONG_KONG, self.parameters.seed, (40, 58))
        return megacaps.accumulated(single)

    @cached_property
    def new_york_earnings(self) -> pl.DataFrame:
        """Quarters of the large American technology companies, see `megacaps.quarters`."""
        return megacaps.quarters(megacaps.NEW_YORK, self.parameters.seed, (22, 48))


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
