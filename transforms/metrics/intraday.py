"""How a day went, from minute bars: its jumps, its gap, when it traded, how long it was sealed.

All of it is context: minute bars reach back a few days where no files were imported, and a score
needs two years. Days that lack more than a tenth of their minutes have no value.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group
from transforms.formulas.expressions import SESSIONS_A_YEAR
from transforms.formulas.price_limits import cents
from transforms.intraday.figures import HALF_HOUR, SESSION
from transforms.intraday.variation import jump_share, jump_statistic

VARIANCE, BIPOWER = pl.col("realised_variance"), pl.col("bipower_variation")
EDGES = pl.col("first_half_hour") + pl.col("last_half_hour")
BETWEEN_PER_EDGES = (SESSION - 2 * HALF_HOUR) / (2 * HALF_HOUR)
GAP = (pl.col("open") / pl.col("previous")).log()
JUMPS = "H23; Barndorff-Nielsen and Shephard (2004); Barndorff-Nielsen and Shephard (2006)"

intraday = Group(unit="fraction", paper="H23")


def _of_days(days: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    return days.select("entity", "observation_date", "known_at", value=value)


@intraday.metric(paper="H23; Andersen and Bollerslev (1998)")
def intraday_volatility(intraday_days: pl.DataFrame) -> pl.DataFrame:
    """√(A × Σ r²) of the 5-minute ln changes from the opening to the close, A = 243; without the
    night.
    """
    return _of_days(intraday_days, (VARIANCE * SESSIONS_A_YEAR).sqrt())


@intraday.metric(paper=JUMPS)
def jump_variance_share(intraday_days: pl.DataFrame) -> pl.DataFrame:
    """max(RV - BV, 0) / RV: RV = Σ r², BV = π/2 × n/(n-1) × Σ |r(i)| |r(i-1)|."""
    return _of_days(intraday_days, jump_share(VARIANCE, BIPOWER))


@intraday.metric(unit="ratio", paper=f"{JUMPS}; Huang and Tauchen (2005)")
def jump_z(intraday_days: pl.DataFrame) -> pl.DataFrame:
    """(1 - BV / RV) / √((π²/4 + π - 5) / n × max(1, TQ / BV²)), TQ the tripower quarticity."""
    found = jump_statistic(VARIANCE, BIPOWER, pl.col("tripower_quarticity"), pl.col("returns"))
    return _of_days(intraday_days, found)


@intraday.metric()
def first_half_hour_share(intraday_days: pl.DataFrame) -> pl.DataFrame:
    """Value traded until 10:00, the opening auction included / value traded on the day."""
    return _of_days(intraday_days, pl.col("first_half_hour"))


@intraday.metric()
def last_half_hour_share(intraday_days: pl.DataFrame) -> pl.DataFrame:
    """Value traded after 14:30, the closing auction included / value traded on the day."""
    return _of_days(intraday_days, pl.col("last_half_hour"))


@intraday.metric(unit="ratio", paper="H23; Admati and Pfleiderer (1988)")
def turnover_u_shape(intraday_days: pl.DataFrame) -> pl.DataFrame:
    """Value traded per minute in the first and the last half hour / per minute of the three hours
    between.
    """
    return _of_days(intraday_days, pl.when(EDGES < 1).then(EDGES / (1 - EDGES) * BETWEEN_PER_EDGES))


@intraday.metric()
def minute_turnover_hhi(intraday_days: pl.DataFrame) -> pl.DataFrame:
    """Σ of the squared shares that each minute has of the day's value traded."""
    return _of_days(intraday_days, pl.col("concentration"))


@intraday.metric(window=2)
def opening_gap(intraday_sessions: pl.DataFrame) -> pl.DataFrame:
    """Opening price / ex-rights previous close - 1."""
    return _of_days(intraday_sessions, pl.col("open") / pl.col("previous") - 1)


@intraday.metric(window=2)
def overnight_variance_share(intraday_sessions: pl.DataFrame) -> pl.DataFrame:
    """g² / (g² + RV): g = ln(opening price / ex-rights previous close)."""
    whole = GAP**2 + VARIANCE
    return _of_days(intraday_sessions, pl.when(whole > 0).then(GAP**2 / whole))


@intraday.metric(window=2, traded=True)
def sealed_time_share(intraday_sessions: pl.DataFrame) -> pl.DataFrame:
    """Minutes in which only the limit price was there / 240; of shares with a known limit."""
    days = intraday_sessions.drop_nulls(["limit_up", "limit_down"])
    (high, _), (low, _) = (cents(days[name].to_numpy()) for name in ("high", "low"))
    up = pl.Series(high) == pl.col("limit_up")
    down = pl.Series(low) == pl.col("limit_down")
    minutes = up * pl.col("minutes_at_high") + down * pl.col("minutes_at_low")
    return _of_days(days, minutes * (1 / SESSION))
