"""The story as daily numbers, over the whole known calendar.

It does not depend on a market's first or last day, so that markets of different length agree.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from flows.sandbox.market import story
from flows.sandbox.market.paths import Floats, log_path
from flows.sandbox.market.trading_days import Days, trading_days

Day = date | np.datetime64

ORIGIN = np.datetime64("2014-12-31")


@dataclass(frozen=True)
class Script:
    """Log paths of days × things; `days` runs from the end of 2014 to the end of the calendar."""

    days: Days
    market: Floats
    groups: tuple[str, ...]
    group_paths: Floats
    industries: tuple[str, ...]
    industry_paths: Floats
    turnover_path: Floats
    financing_path: Floats

    def at(self, day: Day) -> int:
        """The position of a trading day."""
        return int(np.searchsorted(self.days, np.datetime64(day)))

    def market_return(self, day: Day) -> float:
        """What Shanghai as a whole returns that day (0.01 = 1 %)."""
        t = self.at(day)
        return float(np.expm1(self.market[t] - self.market[t - 1]))

    def group_returns(self, day: Day) -> Floats:
        """What each group does that day beside the market."""
        t = self.at(day)
        change: Floats = self.group_paths[t] - self.group_paths[t - 1]
        return change

    def industry_returns(self, day: Day) -> Floats:
        """What each industry does that day beside its group."""
        t = self.at(day)
        change: Floats = self.industry_paths[t] - self.industry_paths[t - 1]
        return change

    def turnover(self, day: Day) -> float:
        """CNY traded in all shares that day."""
        return float(np.exp(self.turnover_path[self.at(day)]))


@lru_cache(maxsize=4)
def script(seed: int) -> Script:
    """The story with random draws of `seed`."""
    days = trading_days()
    days = days[days >= ORIGIN]
    rng = np.random.default_rng([seed, 0])
    industries = tuple(i.name for i in story.INDUSTRIES)
    walks = np.cumsum(rng.standard_normal((len(days), len(industries))) * 0.0035, axis=0)
    return Script(
        days=days,
        market=log_path(days, story.SHANGHAI, rng),
        groups=tuple(story.GROUPS),
        group_paths=np.column_stack([log_path(days, p, rng) for p in story.GROUPS.values()]),
        industries=industries,
        industry_paths=walks,
        turnover_path=log_path(days, story.TURNOVER, rng),
        financing_path=log_path(days, story.FINANCING, rng),
    )
