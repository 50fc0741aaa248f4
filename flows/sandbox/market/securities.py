"""Lists of the exchanges: special treatment (ST), delistings, ex-rights days, monthly figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from flows.sandbox.market.companies import SUFFIX
from flows.sandbox.market.prices import Simulation
from flows.sandbox.market.trading_days import trading_days
from warehouse.catalog import dataset
from warehouse.files import reference
from warehouse.readers.code_changes import code_changes

UNDER_TREATMENT = 0.07  # share of companies that are or were under special treatment
DELISTED = 0.04  # delistings of the past, as a share of the companies
WARNED_SINCE = (np.datetime64("2021-05-06"), np.datetime64("2025-12-31"))
OLD, LATE = date(1994, 1, 5), date(2010, 1, 6)  # listings of those delisted, long before the story
MARKS = ("ST", "*ST")
NOT_YET = date(2999, 12, 31)
OWN_CODES = date(2024, 4, 22)  # from which on Beijing lists shares under codes of its own
FIRST_FACTOR_DAY = date(1900, 1, 1)  # Sina's row for the time before the first ex-rights day


def special_treatment(companies: pl.DataFrame, seed: int) -> pl.DataFrame:
    """When which share was under special treatment: code, mark, since, until (first day without).

    The first share chosen stays under it for all of the story; nobody of the theme is warned.
    """
    rng = np.random.default_rng([seed, 9])
    sound = companies.filter(~pl.col("theme") & ~pl.col("newcomer"))
    number = max(3, round(UNDER_TREATMENT * len(companies)))
    chosen = sound[np.sort(rng.permutation(len(sound))[:number])]
    days = trading_days()
    opening, closing = np.searchsorted(days, np.array(WARNED_SINCE))
    since = opening + (rng.random(number) * (closing - opening)).astype(int)
    since[0] = opening
    until = np.minimum(since + rng.integers(200, 480, number), len(days) - 1)
    healed = pl.Series(days[until]).cast(pl.Date).scatter(0, NOT_YET)
    return pl.DataFrame(
        {
            "code": chosen["code"],
            "mark": rng.choice(MARKS, number),
            "since": pl.Series(days[since]).cast(pl.Date),
            "until": healed,
        }
    )


def named(companies: pl.DataFrame, treated: pl.DataFrame, day: date) -> pl.DataFrame:
    """The companies with the names that they bear on a day: the mark of treatment goes before."""
    then = treated.filter(pl.col("since") <= day, day < pl.col("until"))
    marks = dict(then.select("code", "mark").iter_rows())
    mark = pl.col("code").replace_strict(marks, default="", return_dtype=pl.String)
    return companies.with_columns(name=mark + pl.col("name"))


class EarlierCode(NamedTuple):
    """The code that a share had until a day."""

    code: str
    until: date


def earlier_codes(companies: pl.DataFrame) -> dict[str, EarlierCode]:
    """The codes before 2025 of those shares of Beijing that were listed before 2024-04-22.

    They are real ones, of whichever share has got the code of ours; other codes were never changed.
    """
    beijing = companies.filter(pl.col("exchange") == "BSE")
    before = beijing.filter(pl.col("listing_date") < OWN_CODES)["code"]
    changes = reference(dataset("code_change")).filter(pl.col("code").is_in(before.implode()))
    columns = changes.select("code", "old_code", "effective_on").iter_rows()
    return {code: EarlierCode(old, until) for code, old, until in columns}


def delisted(companies: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Shares that left Shanghai and Shenzhen before the story: code, name, exchange, listing_date,
    delisting_date. Their codes are those that no company of the market has.
    """
    rng = np.random.default_rng([seed, 10])
    taken = set(companies["code"]) | set(code_changes())
    rows = []
    for exchange, digits, listed in (
        ("SSE", "605", OLD),
        ("SZSE", "003", OLD),
        ("SZSE", "301", LATE),
    ):
        codes = (f"{digits}{tail:03d}.{SUFFIX[exchange]}" for tail in range(999, 0, -1))
        free = [code for code in codes if code not in taken]
        number = max(2, round(DELISTED / 3 * len(companies)))
        rows += [
            (code, exchange, listed + timedelta(days=7 * n)) for n, code in enumerate(free[:number])
        ]
    frame = pl.DataFrame(rows, orient="row", schema=["code", "exchange", "listing_date"])
    later = rng.integers(700, 3300, len(rows)).astype("timedelta64[D]")
    fallen = np.searchsorted(trading_days(), frame["listing_date"].to_numpy() + later)
    return frame.with_columns(
        name="退市" + pl.col("code").str.head(6),
        delisting_date=pl.Series(trading_days()[fallen]).cast(pl.Date),
    ).sort("code")


def adjustment(simulation: Simulation, position: int) -> pl.DataFrame:
    """The backward adjustment of one company as Sina keeps it: ex_date, factor, newest first.

    A factor holds from its day on; it grows by what the ex-rights reference price left out.
    """
    last, stated = simulation.tape.last[:, position], simulation.tape.previous_close[:, position]
    days = np.nonzero(~np.isnan(stated[1:]) & (stated[1:] != last[:-1]))[0] + 1
    grown = np.cumprod(last[days - 1] / stated[days])
    frame = pl.DataFrame(
        {"ex_date": pl.Series(simulation.days[days]).cast(pl.Date), "factor": grown},
        schema={"ex_date": pl.Date, "factor": pl.Float64},
    )
    base = pl.DataFrame({"ex_date": [FIRST_FACTOR_DAY], "factor": [1.0]})
    return pl.concat([base, frame]).reverse()


def adjustments(simulation: Simulation) -> pl.DataFrame:
    """The same of all companies: code, ex_date, factor."""
    return pl.concat(
        adjustment(simulation, position).select(
            code=pl.lit(code), ex_date="ex_date", factor="factor"
        )
        for position, code in enumerate(simulation.companies["code"])
    )


def monthly_statistics(indices: pl.DataFrame, turnover: pl.DataFrame) -> pl.DataFrame:
    """Complete months of Shanghai and Shenzhen.

    Columns: exchange, month (its last day), amount_cny, volume_shares, high and low of the
    composite index, market_cap_cny, shares.

    Before the companies have bars, their capitalisation follows the composite index.
    """
    frames = [
        _months(exchange, indices.filter(pl.col("code") == composite), turnover)
        for exchange, composite in (("SSE", "000001.SH"), ("SZSE", "399106.SZ"))
    ]
    return pl.concat(frames).sort("month", "exchange")


def _months(exchange: str, composite: pl.DataFrame, turnover: pl.DataFrame) -> pl.DataFrame:
    value = (
        turnover.filter(pl.col("exchange") == exchange)
        .group_by("trade_date")
        .agg(pl.col("market_value_cny").sum())
    )
    days = composite.join(value, on="trade_date", how="left").sort("trade_date")
    per_point = (pl.col("market_value_cny") / pl.col("close")).fill_null(strategy="backward")
    cap = per_point * pl.col("close")
    days = days.with_columns(market_cap_cny=cap, shares=cap / 11.0)  # a share costs about 11 yuan
    months = days.group_by(month=pl.col("trade_date").dt.month_end(), maintain_order=True).agg(
        pl.col("amount_cny", "volume_shares").sum(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("market_cap_cny", "shares").last(),
    )
    last_month = days["trade_date"].max()
    complete = months.filter(pl.col("month") <= last_month)[1:]  # the first one may be cut off
    return complete.select(pl.lit(exchange).alias("exchange"), pl.all())
