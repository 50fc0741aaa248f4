"""How dear and how crowded the simulated market is, day by day: what legulegu would compute."""

from datetime import date

import numpy as np
import polars as pl

from flows.sandbox.market.companies import LIMIT
from flows.sandbox.market.macro import gross_product, yields
from flows.sandbox.market.paths import Floats
from flows.sandbox.market.prices import FREE_DAYS
from flows.sandbox.market.script import script
from flows.sandbox.market.trading_days import Days, trading_days

BUSIEST = 0.05  # share of the shares whose turnover is the congestion
WINDOWS = (20, 60, 120)
PEAK = date(2026, 1, 12)
# Around the peak day: trailing P/E and P/B of the median share, of the mean, of the sum.
LEVELS = {
    "pe_ttm_median": 52.0,
    "pe_ttm_mean": 71.0,
    "pe_weighted": 22.4,
    "pb_median": 3.1,
    "pb_mean": 4.4,
    "pb_weighted": 1.86,
}
# Of boards around the peak day: weighted P/E and P/B, and how much they follow technology.
BOARDS = {
    "Shanghai": (16.8, 1.52, 0.0),
    "Shenzhen": (32.1, 2.71, 0.35),
    "ChiNext": (45.3, 4.42, 0.6),
    "STAR": (78.6, 5.13, 0.9),
}


def _relative(seed: int, tilt: float, growth: float) -> tuple[pl.Series, Floats]:
    """Days, and prices over fundamentals that grow at that rate, relative to the peak day."""
    plot = script(seed)
    technology = plot.group_paths[:, plot.groups.index("technology")]
    path = plot.market + tilt * technology
    years = (plot.days - np.datetime64(PEAK)).astype(float) / 365.25
    relative: Floats = np.exp(path - path[plot.at(PEAK)] - np.log1p(growth) * years)
    return pl.Series(plot.days).cast(pl.Date), relative


def market_valuation(seed: int) -> pl.DataFrame:
    """trade_date and the columns of LEVELS, each as many times as prices exceed fundamentals."""
    days, relative = _relative(seed, 0.25, 0.055)
    columns = {c: np.round(level * relative, 2) for c, level in LEVELS.items()}
    return pl.DataFrame({"trade_date": days, **columns})


def board_valuation(seed: int) -> pl.DataFrame:
    """board, trade_date, pe_weighted, pb_weighted, pb_mean, pb_median of every day."""
    frames = []
    for board, (pe, pb, tilt) in BOARDS.items():
        days, relative = _relative(seed, tilt, 0.055)
        columns = {
            "pe_weighted": pe * relative,
            "pb_weighted": pb * relative,
            "pb_mean": 1.5 * pb * relative,
            "pb_median": 1.2 * pb * relative,
        }
        rounded = {c: np.round(v, 2) for c, v in columns.items()}
        frames.append(pl.DataFrame({"board": board, "trade_date": days, **rounded}))
    since = pl.date(2019, 7, 22)  # STAR's first day
    return pl.concat(frames).filter((pl.col("board") != "STAR") | (pl.col("trade_date") >= since))


def month_ends(rows: pl.DataFrame, until: date) -> pl.DataFrame:
    """The rows of the last trading day of each month, and of the newest day."""
    days = pl.Series(trading_days()).cast(pl.Date).to_frame("trade_date")
    last = days.group_by(pl.col("trade_date").dt.truncate("1mo")).agg(
        day=pl.col("trade_date").max()
    )
    shown = pl.col("trade_date").is_in(last["day"].implode()) | (pl.col("trade_date") == until)
    return rows.filter(shown, pl.col("trade_date") <= until)


def equity_bond_spread(indices: pl.DataFrame, seed: int) -> pl.DataFrame:
    """trade_date, index_close, spread: the earnings yield of CSI 300 less the ten-year yield; and
    its mean so far.
    """
    bonds = yields(seed).filter(country="CN").select(trade_date="yield_date", bond="yield_10y")
    shares = indices.filter(code="000300.SH").join(bonds, on="trade_date").sort("trade_date")
    spread = 1 / pl.col("pe_ttm") - pl.col("bond")
    return shares.select("trade_date", index_close="close", spread=spread).with_columns(
        spread_average=pl.col("spread").cum_sum() / pl.int_range(1, pl.len() + 1)
    )


def buffett_index(turnover: pl.DataFrame) -> pl.DataFrame:
    """trade_date, market_value_cny of Shanghai and Shenzhen, gdp_cny of the year before."""
    years = gross_product().filter(pl.col("quarter").dt.month() == 10)
    output = years.select(year=pl.col("quarter").dt.year() + 1, gdp_cny="gdp_cny")
    value = (
        turnover.filter(pl.col("exchange") != "BSE")
        .group_by("trade_date")
        .agg(market_value_cny=pl.col("market_value_cny").sum())
    )
    dated = value.with_columns(year=pl.col("trade_date").dt.year()).join(output, on="year")
    return dated.drop("year").sort("trade_date")


def congestion(days: Days, amount: Floats) -> pl.DataFrame:
    """trade_date, congestion: the busiest shares' part of all turnover."""
    traded = np.nan_to_num(amount)
    number = np.ceil(BUSIEST * (traded > 0).sum(axis=1)).astype(int)
    running = np.cumsum(-np.sort(-traded, axis=1), axis=1)
    top = running[np.arange(len(traded)), np.maximum(number, 1) - 1]
    share = np.round(top / np.maximum(running[:, -1], 1.0), 4)
    return pl.DataFrame({"trade_date": pl.Series(days).cast(pl.Date), "congestion": share})


def high_low(days: Days, close: Floats) -> pl.DataFrame:
    """trade_date, and how many shares closed at their highest and lowest of 20, 60, 120 days."""
    columns: dict[str, Floats] = {}
    for window in WINDOWS:
        top, bottom = np.full_like(close, np.nan), np.full_like(close, np.nan)
        for t in range(window - 1, len(close)):
            span = close[t - window + 1 : t + 1]
            top[t], bottom[t] = np.fmax.reduce(span), np.fmin.reduce(span)
        columns[f"high_{window}"] = (close >= top).sum(axis=1)
        columns[f"low_{window}"] = (close <= bottom).sum(axis=1)
    return pl.DataFrame({"trade_date": pl.Series(days).cast(pl.Date), **columns})


def breadth(snapshot: pl.DataFrame, days: Days, day: date) -> dict[str, int]:
    """How many shares of a day's snapshot rose, fell, stood at their limits or did not trade.

    The first trading days of a share have no limit.
    """
    calendar = pl.Series(days).cast(pl.Date)
    listed = calendar.search_sorted(day) - calendar.search_sorted(snapshot["listing_date"])
    share = pl.col("board").replace_strict(LIMIT, return_dtype=pl.Float64)
    last, close = pl.col("previous_close"), pl.col("close")
    bound = pl.lit(listed >= FREE_DAYS)
    up = bound & (close >= (last * (1 + share)).round(2) - 1e-9)
    down = bound & (close <= (last * (1 - share)).round(2) + 1e-9)
    moved = pl.col("low") < pl.col("high")
    counts = {
        "advancing": close > last, "declining": close < last, "unchanged": close == last,
        "suspended": close.is_null(), "limit_up": up, "limit_down": down,
        "traded_limit_up": up & moved, "traded_limit_down": down & moved,
    }  # fmt: skip
    summed = snapshot.select(**{c: e.fill_null(value=False).sum() for c, e in counts.items()})
    return summed.row(0, named=True)
