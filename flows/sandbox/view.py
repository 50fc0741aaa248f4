"""The market as far as it is public at a given moment: nothing later leaves the exchange.

Publication, Asia/Shanghai: bars of a day from 15:00 (Hong Kong 16:10), the exchanges' daily totals
from 16:30, margin of a day on the next trading day from 09:00 (Shenzhen 08:50). Between 09:30 and
15:00 the snapshots still show the day before: the exchange has no intraday prices.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

import numpy as np
import polars as pl

from flows.sandbox.market.market import Market
from flows.sandbox.market.minutes import DailyBar, minutes
from flows.sandbox.market.trading_days import trading_days
from warehouse.shanghai import SHANGHAI

BARS = time(15, 0)
HONG_KONG_BARS = time(16, 10)
NEW_YORK_BARS = time(5, 0)  # of the day after
SHENWAN_TABLE = time(20, 0)
TOTALS = time(16, 30)
CONNECT = time(16, 30)
MARGIN = time(9, 0)
MARGIN_SHENZHEN = time(8, 50)


def shanghai_time(moment: datetime) -> datetime:
    """The naive wall time in Shanghai; a naive moment is taken to be that already."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None) if moment.tzinfo else moment


@dataclass(frozen=True)
class View:
    """What can be known of `market` at `now` (naive, Asia/Shanghai)."""

    market: Market
    now: datetime

    def newest(self, published: time, days_later: int = 0) -> date:
        """The newest trading day whose data are out: at `published`, so many trading days later.

        It may lie before the market's first day: then there is nothing to show.
        """
        day = np.datetime64(self.now.date())
        reached = day if self.now.time() >= published else day - 1
        calendar = trading_days()
        position = int(np.searchsorted(calendar, reached, side="right")) - 1 - days_later
        newest = min(calendar[max(position, 0)], self.market.days[-1])
        return newest.item()  # type: ignore[no-any-return]

    @cached_property
    def bar_day(self) -> date:
        """The newest day with bars of the mainland."""
        return self.newest(BARS)

    def margin_day(self, exchange: str) -> date:
        """The newest day whose margin figures the exchange has published."""
        return self.newest(MARGIN_SHENZHEN if exchange == "SZSE" else MARGIN, days_later=1)

    def index(self, code: str) -> pl.DataFrame:
        """Public bars of an index, oldest first; empty if there is no such index."""
        until = self.day_abroad(code) if code.endswith(".HK") else self.bar_day
        return self.market.indices.filter(pl.col("code") == code, pl.col("trade_date") <= until)

    def day_abroad(self, code: str) -> date:
        """The day whose bars are out in Hong Kong (.HK) or New York (.US), if it was one."""
        here = code.endswith(".HK")
        out = self.now.time() >= (HONG_KONG_BARS if here else NEW_YORK_BARS)
        late = (0 if out else 1) + (0 if here else 1)
        return self.now.date() - timedelta(days=late)

    def abroad(self, code: str) -> pl.DataFrame:
        """Public bars of a megacap or index abroad, oldest first; empty if there is none."""
        until = self.day_abroad(code)
        return self.market.abroad.filter(pl.col("code") == code, pl.col("trade_date") <= until)

    def board(self, name: str, publisher: str) -> pl.DataFrame:
        """Public bars of a board as one publisher computes it, oldest first."""
        return self.market.boards.filter(
            pl.col("board") == name,
            pl.col("publisher") == publisher,
            pl.col("trade_date") <= self.bar_day,
        )

    @cached_property
    def sectors(self) -> pl.DataFrame:
        """Public rows of Shenwan's indices; their table comes out in the evening."""
        until = self.newest(SHENWAN_TABLE)
        return self.market.sectors.filter(pl.col("trade_date") <= until)

    def stock(self, symbol: str) -> pl.DataFrame:
        """Public bars of a mainland stock (Sina symbol), oldest first; empty if unknown.

        Columns as in `Market.stock_daily` without code.
        """
        position = self.market.position.get(symbol)
        if position is None:
            return self.market.bars_of(0).head(0)
        until = pl.col("trade_date") <= self.bar_day
        return self.market.bars_of(position).filter(until)

    def minutes(self, code: str, days: int) -> list[pl.DataFrame]:
        """The newest days of a share or index by the minute, oldest first, see `minutes`."""
        digits, exchange = code.split(".")
        bars = self.index(code)
        if bars.is_empty():
            bars = self.stock(exchange.lower() + digits)
        seed = self.market.parameters.seed
        newest = map(DailyBar._make, bars.tail(days).select(DailyBar._fields).iter_rows())
        return [minutes(seed, code, bar, self.digits(code)) for bar in newest]

    def digits(self, code: str) -> int:
        """Decimals of a price, or of an index's level."""
        return 2 if self.index(code).is_empty() else 3

    @cached_property
    def listed(self) -> pl.DataFrame:
        """Companies listed by the newest day with bars, with the names of that day."""
        return self.market.named(self.bar_day).filter(pl.col("listing_date") <= self.bar_day)

    @cached_property
    def snapshot(self) -> pl.DataFrame:
        """The listed companies with their bar of the newest day; suspended ones have volume 0,
        null prices and keep `previous_close`.
        """
        return self.market.snapshot(self.bar_day)

    def totals(self, exchange: str, day: date) -> pl.DataFrame:
        """Turnover by board of that exchange and day; empty until it is published."""
        if day > self.newest(TOTALS):
            return self.market.turnover.head(0)
        fits = (pl.col("exchange") == exchange) & (pl.col("trade_date") == day)
        return self.market.turnover.filter(fits)

    def margin(self, exchange: str) -> pl.DataFrame:
        """Published margin figures of one exchange, oldest first."""
        until = pl.col("trade_date") <= self.margin_day(exchange)
        return self.market.margin.filter(pl.col("exchange") == exchange, until)

    def fund_shares(self, exchange: str) -> pl.DataFrame:
        """Published shares of an exchange's funds: a day's come out with its margin figures."""
        until = pl.col("trade_date") <= self.newest(MARGIN, days_later=1)
        return self.market.fund_daily.filter(pl.col("exchange") == exchange, until)

    def fund(self, code: str) -> pl.DataFrame:
        """Public bars of a fund, oldest first; empty if there is no such fund."""
        until = pl.col("trade_date") <= self.bar_day
        return self.market.fund_daily.filter(pl.col("code") == code, until)
