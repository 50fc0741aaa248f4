"""The followed stocks one row each, and what things are called in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

PEAK_WINDOW = 61
SUSPENDED_FOR = "30d"
SAME = 1e-9
COLUMNS = {
    "close_cny": "close",
    "return_1d": "return_1d",
    "runup_30d": "runup_30d",
    "drawdown_60d": "drawdown_from_peak",
}
# The datasets of names, and the day of each name; a later dataset overrules one before it.
# Later ones win: the list of Hong Kong has short names where listings have registered ones.
NAMED_IN = {
    "ipo_hk": "listing_date",
    "hk_security": "first_seen",
    "ipo_a": "listing_date",
    "security": "valid_from",
}
MOVERS = pl.Schema(
    {"code": pl.String(), "name": pl.String(), "observation_date": pl.Date()}
    | {"close": pl.Float64(), "return_1d": pl.Float64(), "runup_30d": pl.Float64()}
    | {"peak_date": pl.Date(), "drawdown_from_peak": pl.Float64()}
)


def movers(metric_frame: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """The followed stocks on their last day, deepest fall first; columns MOVERS, fractions, CNY.

    peak_date: the highest close of the last 60 bars and this one, from which the drawdown counts;
    null when it lies before the stock was followed.
    A stock without a bar for 30 days before the newest one is left out.
    """
    closes = metric_frame.filter(pl.col("metric") == "close_cny")
    if closes.is_empty():
        return MOVERS.to_frame()
    newest = pl.col("observation_date").max()
    last = closes.group_by("entity").agg(newest)
    current = last.filter(pl.col("observation_date") >= newest.dt.offset_by(f"-{SUSPENDED_FOR}"))
    day = ["entity", "observation_date"]
    wide = metric_frame.join(current, on=day, how="semi").pivot(
        "metric", on_columns=list(COLUMNS), index=day, values="value"
    )
    named = wide.join(_peaks(metric_frame, wide), on="entity", how="left").with_columns(
        name=pl.col("entity").replace_strict(names, default=None, return_dtype=pl.String)
    )
    ordered = named.rename({"entity": "code"} | COLUMNS).select(MOVERS.names()).cast(MOVERS)
    return ordered.sort("drawdown_from_peak", "code")


def _peaks(metric_frame: pl.DataFrame, stocks: pl.DataFrame) -> pl.DataFrame:
    """Day of the highest close of each followed stock within its last bars: entity, peak_date.

    The path is compounded from daily returns, so that an ex-rights day is not taken for a fall.
    It starts when the stock was first followed: a drawdown that the path does not show comes
    from a peak before, whose day is not known here, and the stock has no row.
    """
    days = metric_frame.filter(pl.col("metric") == "return_1d").sort("entity", "observation_date")
    path = days.with_columns(level=(1 + pl.col("value")).cum_prod().over("entity"))
    window = path.group_by("entity", maintain_order=True).tail(PEAK_WINDOW)
    tops = window.group_by("entity").agg(
        peak_date=pl.col("observation_date").sort_by("level", "observation_date").last(),
        fall=pl.col("level").last() / pl.col("level").max() - 1,
    )
    shown = tops.join(stocks.select("entity", "drawdown_60d"), on="entity")
    same = (pl.col("fall") - pl.col("drawdown_60d")).abs() < SAME
    return shown.filter(same).select("entity", "peak_date")


def chinese_names(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Name of each stock and listing by code, the newest one where it was renamed.

    frames: the core datasets; reads security, ipo_a, hk_security and ipo_hk, as far as they
    are there.
    """
    found: dict[str, str] = {}
    for dataset, day in NAMED_IN.items():
        if dataset in frames:
            newest = frames[dataset].sort(day, "code")
            found |= dict(newest.select("code", "name").iter_rows())
    return found


def name_origins(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """The dataset that the name of each stock and listing is from, as `chinese_names` takes it."""
    return {
        code: dataset
        for dataset in NAMED_IN
        if dataset in frames
        for code in frames[dataset]["code"].unique()
    }
