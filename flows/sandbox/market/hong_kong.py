"""The older shares of the simulated Hong Kong exchange, which fill its lists and have no story, and
the securities on these lists that are no shares.
"""

from datetime import date

import numpy as np
import polars as pl

from flows.sandbox.market.companies import REAL_NUMBER
from flows.sandbox.market.trading_days import trading_days

OLDER = 2475  # beside a mainland market of real size; with the story's listings 44 pages of 60
SEED = 853
TAKEN = {700, 981, 1211, 1810}  # codes of companies that have a story of their own
# Per thousand shares, and the first code of each kind; the exchange's plan gives them ranges.
FUNDS, COUNTERS = {2800: 9, 3000: 30, 9000: 15}, {80000: 8}
ONLY_EASTMONEY = {2900: 3, 4000: 180, 5000: 250, 6200: 1, 7200: 9, 10000: 60, 28000: 40}


def older_shares(stocks: int) -> pl.DataFrame:
    """Shares that were listed before the story: code, name, english, listing_date, base (HKD)."""
    number = max(round(OLDER * stocks / REAL_NUMBER), 5)
    rng = np.random.default_rng(SEED)
    days = trading_days()
    old = days[(days >= np.datetime64("2000-01-03")) & (days < np.datetime64("2022-01-01"))]
    listed = np.sort(rng.choice(old, OLDER))[:number]
    base = np.round(np.exp(rng.normal(1.0, 1.2, OLDER)), 2)[:number] + 0.1
    codes = [n for n in range(1, OLDER + len(TAKEN) + 1) if n not in TAKEN][:number]
    return pl.DataFrame(
        {
            "code": [f"{n:05}.HK" for n in codes],
            "name": [f"模拟旧股{n:04}" for n in codes],
            "english": [f"SIM-OLD-{n:04}" for n in codes],
            "listing_date": pl.Series(listed).cast(pl.Date),
            "base": base,
        }
    )


def older_quotes(shares: pl.DataFrame, day: date) -> pl.DataFrame:
    """A day's quotes of the older shares, which drift about their base and are hardly traded."""
    number = pl.col("code").str.slice(0, 5).cast(pl.Float64)

    def at(ordinal: int) -> pl.Expr:
        return (pl.col("base") * (1 + 0.05 * (number + ordinal / 7).sin())).round(2)

    close, last = at(day.toordinal()), at(day.toordinal() - 1)
    return shares.with_columns(
        trade_date=pl.lit(day),
        open=last,
        high=pl.max_horizontal(close, last),
        low=pl.min_horizontal(close, last),
        close=close,
        previous_close=last,
        volume_shares=pl.lit(100_000.0),
        amount_hkd=(100_000.0 * close).round(),
    )


def quotes(
    older: pl.DataFrame, issues: pl.DataFrame, bars: pl.DataFrame, day: date
) -> pl.DataFrame:
    """What the lists of all securities show at the close of a day, by code.

    The newest bar of each listed share, and what is no share; `sina` tells what Sina lists too.
    """
    last = pl.col("close").shift(1).over("code")
    story = (
        bars.with_columns(previous_close=last)
        .filter(pl.col("trade_date") <= day)
        .group_by("code", maintain_order=True)
        .last()
        .join(issues.select("code", "name", "english", "offer_price_hkd"), on="code")
        .with_columns(pl.coalesce("previous_close", "offer_price_hkd").alias("previous_close"))
    )
    shares = pl.concat([story, older_quotes(older, day)], how="diagonal_relaxed")
    everywhere = _others(shares, FUNDS | COUNTERS, sina=True)
    elsewhere = _others(shares, ONLY_EASTMONEY, sina=False)
    shares = shares.with_columns(sina=pl.lit(value=True))
    return pl.concat([shares, everywhere, elsewhere], how="diagonal_relaxed").sort("code")


def _others(shares: pl.DataFrame, per_thousand: dict[int, int], *, sina: bool) -> pl.DataFrame:
    """Securities that are no shares, one of each range at least, quoted like the first share."""
    codes = [
        f"{first + n:05}.HK"
        for first, many in per_thousand.items()
        for n in range(max(round(many * shares.height / 1000), 1))
    ]
    like = shares.sort("code").head(1).drop("code")
    return (
        pl.DataFrame({"code": codes})
        .join(like, how="cross")
        .with_columns(
            name=pl.format("模拟证券{}", pl.col("code").str.head(5)), sina=pl.lit(value=sina)
        )
    )
