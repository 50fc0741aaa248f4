"""What happens to the simulated market's companies: price limits, warnings, suspensions.

All of it follows from the prices. A share is in a pool if it closed at its limit; its company
announces an abnormal fluctuation when the exchange's rule of three days says so, a severe one by
the rule of ten days; a suspension is where the prices stop.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.sandbox.market.paths import Floats
from flows.sandbox.market.prices import FREE_DAYS, Flags, Simulation

UP, DOWN, BROKEN = 1, -1, 2
POOLS = {"up": UP, "down": DOWN, "broken": BROKEN}
# The exchanges' rules: deviation from the market in three days, by board; in ten days, for all.
# Half of the real ones (0.2, 0.3, 0.3, 0.4; 1.0), because this market's days are calmer.
THREE_DAYS = {"Main": 0.10, "ChiNext": 0.15, "STAR": 0.15, "BSE": 0.20}
TEN_DAYS = 0.35
HOT = 0.45  # a rise in twenty days after which a company warns of the risk, weekly
CHECKED = 0.06  # a rise in five days after which a suspension is for checking it
TITLES = {
    "severe_abnormal_fluctuation": "股票交易严重异常波动公告",
    "abnormal_fluctuation": "关于股票交易异常波动的公告",
    "trading_risk_warning": "股票交易风险提示公告",
    "inquiry_reply": "控股股东关于股票交易异常波动询证函的回函",
    "clarification": "关于媒体报道的澄清公告",
    "suspension_check": "关于股票停牌核查的公告",
    "delisting_risk_warning": "关于公司股票可能被终止上市的风险提示公告",
}
FIRST_HOUR, LAST_HOUR = 17.0, 21.0  # of the evening on which announcements come out


@dataclass(frozen=True)
class Events:
    """Everything that follows from the prices of a market; `treated` says who is under ST."""

    simulation: Simulation
    treated: pl.DataFrame

    @cached_property
    def limits(self) -> NDArray[np.int8]:
        """Days × companies: UP, DOWN, BROKEN (was at the upper limit, closed below), else 0."""
        tape, ground = self.simulation.tape, self.simulation.ground
        t = np.arange(len(self.simulation.days))[:, None]
        limited = ground.listed_on[None, :] <= t - FREE_DAYS
        ceiling = _cents(tape.previous_close * (1 + ground.limit))
        floor = _cents(tape.previous_close * (1 - ground.limit))
        close, high = _cents(tape.close), _cents(tape.high)
        at = np.select([close == ceiling, close == floor, high == ceiling], [UP, DOWN, BROKEN], 0)
        return np.where(limited & ~np.isnan(tape.close), at, 0).astype(np.int8)

    def pool(self, name: str, day: date) -> pl.DataFrame:
        """The shares of a pool on a day, without those under special treatment.

        Columns: trade_date, pool, code, name, industry, close_cny, ceiling_cny, change, amount_cny,
        turnover_rate, consecutive_days, times_opened, sealed_cny, value and float_value (CNY),
        first and last time at the limit (HHMMSS).
        """
        days, tape = self.simulation.days, self.simulation.tape
        t = int(np.searchsorted(days, np.datetime64(day)))
        there = t < len(days) and days[t] == np.datetime64(day)
        here = np.nonzero(self.limits[t] == POOLS[name])[0] if there else np.array([], dtype=int)
        t = min(t, len(days) - 1)
        close, before = tape.close[t, here], tape.previous_close[t, here]
        ground = self.simulation.ground
        share = self.simulation.companies[here].select("code", "name", "industry")
        return share.with_columns(
            trade_date=pl.lit(day),
            pool=pl.lit(name),
            close_cny=pl.Series(close),
            ceiling_cny=pl.Series(_cents(before * (1 + ground.limit[here])) / 100.0),
            change=pl.Series(close / before - 1.0),
            amount_cny=pl.Series(tape.amount[t, here]),
            turnover_rate=pl.Series(tape.volume[t, here] / ground.float_shares[here]),
            value=pl.Series(close * ground.shares[here]),
            float_value=pl.Series(close * ground.float_shares[here]),
            **self._luck_of(name, t, here),
        ).join(self._under_treatment(day), on="code", how="anti", maintain_order="left")

    def _luck_of(self, name: str, t: int, here: NDArray[np.int64]) -> dict[str, pl.Series]:
        """What no bar shows: the time spent at the limit and the orders that wait there."""
        day = int(self.simulation.days[t].astype(int))
        rng = np.random.default_rng([self.simulation.seed, 30, day, POOLS[name] % 5])
        opened = rng.integers(1 if name == "broken" else 0, 5, len(here))
        first = rng.integers(0, 7_000, len(here))
        last = np.where(opened > 0, first + rng.integers(0, 7_000, len(here)), first)
        waiting = np.rint(self.simulation.tape.amount[t, here] * rng.uniform(0.02, 0.8, len(here)))
        return {
            "consecutive_days": pl.Series(self._streak(t, here), dtype=pl.Int64),
            "times_opened": pl.Series(opened, dtype=pl.Int64),
            "sealed_cny": pl.Series(waiting),
            "first_time": pl.Series([_clock(s) for s in first], dtype=pl.Int64),
            "last_time": pl.Series([_clock(s) for s in last], dtype=pl.Int64),
        }

    def _streak(self, t: int, here: NDArray[np.int64]) -> NDArray[np.int64]:
        """Days in a row that shares have closed where they closed on day `t`."""
        days = np.ones(len(here), dtype=np.int64)
        going = np.ones(len(here), dtype=bool)
        for before in range(t - 1, -1, -1):
            going &= self.limits[before, here] == self.limits[t, here]
            if not going.any():
                break
            days += going
        return days

    def _under_treatment(self, day: date) -> pl.DataFrame:
        return self.treated.filter(pl.col("since") <= day, day < pl.col("until"))

    @cached_property
    def suspensions(self) -> pl.DataFrame:
        """Suspensions by day: code, name, suspended_from, last_day, reason, period.

        One that goes on from before the market's first day begins on it.
        """
        s = self.simulation
        t = np.arange(len(s.days))[:, None]
        halted = np.isnan(s.tape.close) & (s.ground.listed_on[None, :] <= t)
        edges = np.diff(np.pad(halted, ((1, 1), (0, 0))).astype(np.int8), axis=0)
        company, begin = np.nonzero(edges.T == 1)
        _, end = np.nonzero(edges.T == -1)
        before = np.cumsum(self._deviation, axis=0)
        rise = before[np.maximum(begin - 1, 0), company] - before[np.maximum(begin - 6, 0), company]
        length = end - begin
        frame = s.companies[company].select("code", "name").with_columns(
            suspended_from=pl.Series(s.days[begin]).cast(pl.Date),
            last_day=pl.Series(s.days[end - 1]).cast(pl.Date),
            reason=pl.Series(np.where(rise > CHECKED, "停牌核查", "重大事项")),
            period=pl.Series(np.where(length == 1, "停牌1天", "连续停牌")),
        )  # fmt: skip
        return self._marked(frame, "suspended_from").sort("suspended_from", "code")

    @cached_property
    def warnings(self) -> pl.DataFrame:
        """What companies announce: code, name, kind, title, announcement_date, published_at.

        An announcement comes out on the evening of the day that it is about, and bears the date of
        the day after.
        """
        frames = [self._triggered(kind, flags) for kind, flags in self._triggers.items()]
        checks = self.suspensions.filter(pl.col("reason") == "停牌核查")
        frames += [
            self._announced("suspension_check", checks.select("code", day="suspended_from")),
            self._announced(
                "delisting_risk_warning",
                self.treated.select("code", day="since").filter(
                    pl.col("day").is_between(*self.simulation.days[[0, -1]].astype(object))
                ),
            ),
        ]
        announced = pl.concat(frames).join(
            self.simulation.companies.select("code", "name"), on="code", maintain_order="left"
        )
        return self._marked(announced, "announcement_date").sort("published_at", "code", "kind")

    @cached_property
    def _deviation(self) -> Floats:
        """Days × companies: return less Shanghai's; 0 on days without a bar or without a limit."""
        s = self.simulation
        market = np.array([s.script.market_return(day) for day in s.days])
        t = np.arange(len(s.days))[:, None]
        seasoned = s.ground.listed_on[None, :] <= t - FREE_DAYS
        own = s.tape.close / s.tape.previous_close - 1.0 - market[:, None]
        deviation: Floats = np.where(seasoned & ~np.isnan(own), own, 0.0)
        return deviation

    @cached_property
    def _triggers(self) -> dict[str, Flags]:
        """Days × companies on whose evening each kind of announcement comes out.

        The count of three days begins anew after an announcement, that of ten days after ten days.
        """
        deviation = self._deviation
        days, companies = deviation.shape
        enough = np.array([THREE_DAYS[b] for b in self.simulation.companies["board"]])
        three, severe = np.zeros_like(deviation, dtype=bool), np.zeros_like(deviation, dtype=bool)
        window, quiet = np.zeros((2, companies)), np.zeros(companies)
        ten, twenty = _over(deviation, 10), _over(deviation, 20)
        for t in range(days):
            three[t] = np.abs(window.sum(axis=0) + deviation[t]) >= enough
            window = np.where(three[t], 0.0, np.stack([window[1], deviation[t]]))
            severe[t] = (np.abs(ten[t]) >= TEN_DAYS) & (t >= quiet)
            quiet = np.where(severe[t], t + 10, quiet)
        rng = np.random.default_rng([self.simulation.seed, 31])
        luck = rng.random(deviation.shape)
        weekly = (np.arange(days)[:, None] + np.arange(companies)[None, :]) % 5 == 0
        theme = self.simulation.ground.theme[None, :]
        return {
            "severe_abnormal_fluctuation": severe,
            "abnormal_fluctuation": three & ~severe,
            "trading_risk_warning": (twenty >= HOT) & weekly,
            "inquiry_reply": three & ~severe & (luck < 0.3),
            "clarification": three & theme & (luck > 0.8),
        }

    def _triggered(self, kind: str, flags: Flags) -> pl.DataFrame:
        t, i = np.nonzero(flags)
        code = self.simulation.companies["code"].gather(i)
        days = pl.Series(self.simulation.days[t]).cast(pl.Date)
        return self._announced(kind, pl.DataFrame({"code": code, "day": days}))

    def _announced(self, kind: str, about: pl.DataFrame) -> pl.DataFrame:
        """Announcements of a kind on the evenings of the days that they are about."""
        rng = np.random.default_rng([self.simulation.seed, 32, list(TITLES).index(kind)])
        hour = rng.uniform(FIRST_HOUR, LAST_HOUR, len(about))
        evening = pl.Series(np.rint(hour * 3600).astype(np.int64), dtype=pl.Int64)
        return about.select(
            "code",
            kind=pl.lit(kind),
            title=pl.lit(TITLES[kind]),
            announcement_date=pl.col("day").dt.offset_by("1d"),
            published_at=pl.col("day").cast(pl.Datetime("ms"))
            + pl.duration(seconds=pl.lit(evening)),
        )

    def _marked(self, rows: pl.DataFrame, day: str) -> pl.DataFrame:
        """The rows with the names that companies bore on the row's day."""
        spells = self.treated.select("code", "mark", "since", "until")
        numbered = rows.with_row_index("row")
        marked = (
            numbered.join(spells, on="code")
            .filter(pl.col("since") <= pl.col(day), pl.col(day) < pl.col("until"))
            .select("row", "mark")
        )
        named = numbered.join(marked, on="row", how="left", maintain_order="left")
        mark = pl.col("mark").fill_null("")
        return named.with_columns(name=mark + pl.col("name")).select(rows.columns)


def _over(values: Floats, days: int) -> Floats:
    """Sums over so many days up to each day."""
    total = np.cumsum(values, axis=0)
    total[days:] -= total[:-days].copy()
    return total


def _cents(price: Floats) -> Floats:
    cents: Floats = np.floor(price * 100.0 + 0.5 + 1e-9)
    return cents


def _clock(seconds: int) -> int:
    """A time of the session as Eastmoney writes it: 93015 is 09:30:15; 7,200 seconds each side."""
    of_day = (9.5 * 3600 + seconds) if seconds < 7_200 else (13 * 3600 + seconds - 7_200)
    minutes, rest = divmod(int(of_day), 60)
    return minutes // 60 * 10_000 + minutes % 60 * 100 + rest
