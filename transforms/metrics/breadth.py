"""How many stocks carry the move: risers and fallers, shares above their means, highs and lows.

Entities: "all" shares, "tech", the boards by name, and for the shares above their means each
industry by name.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import FEWEST_WEEKS, Anchors, Group, Percentile, Robust
from transforms.formulas.breadth import THRUST_DAYS, mcclellan, rising_share, seeded_ema, thrust
from transforms.formulas.expressions import SESSIONS_A_YEAR, latest_known
from transforms.formulas.stock_arrays import YEAR_OF_BARS
from transforms.prepared.indices import SHANGHAI_COMPOSITE
from transforms.prepared.series import WHOLE, known_within
from transforms.prepared.stocks import coverage

SHARE_ANCHORS = Anchors(((0.0, 0), (0.5, 50), (0.8, 85), (0.95, 100)))
BOTH = ("all", "tech")
FEWEST_WEIGHED = 0.8  # share of the stocks whose value, traded or tradable, must be known
LONG_BELOW = 10  # days that the line is below its high before that counts as a divergence
ADVANCES, DECLINES = pl.col("rose"), pl.col("fell")


def _counted(days: pl.DataFrame, value: pl.Expr, whole: pl.Expr, window: int) -> pl.DataFrame:
    """The value of each entity and day on which there is anything to count, and out of how many."""
    return days.with_columns(n=whole).select(
        "entity",
        "observation_date",
        "n",
        value=pl.when(pl.col("n") > 0).then(value.over("entity")),
        coverage=coverage("n"),
        known_at=known_within(window).over("entity"),
    )


def _share(days: pl.DataFrame, part: str, whole: str, window: int) -> pl.DataFrame:
    """Part / whole per day; days without a single stock to count are left out."""
    return _counted(days, pl.col(part) / pl.col(whole), pl.col(whole), window)


def _above(
    market_days: pl.DataFrame, sector_days: pl.DataFrame | None, window: int
) -> pl.DataFrame:
    """Share of stocks above their mean of so many days, with that of each industry if known."""
    found = [days for days in (market_days, sector_days) if days is not None]
    return pl.concat(
        [_share(days, f"above_ma{window}", f"with_ma{window}", window) for days in found]
    )


means = Group(unit="fraction", paper="M05", score=SHARE_ANCHORS, direction="momentum")
risers = Group(unit="fraction", paper="M06", score=SHARE_ANCHORS, direction="momentum")
movers = Group(unit="count", paper="M06")
extremes = Group(unit="fraction", paper="M07", direction="momentum")
oscillators = Group(unit="ratio", paper="M08; McClellan (1970)")
thrusts = Group(unit="fraction", paper="M09; Zweig (1986)")


@means.metric(window=50, block="momentum/breadth", weight=17, entities=BOTH)
def share_above_ma50(
    market_days: pl.DataFrame, sector_days: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Stocks with P > mean(P, 50) / stocks that traded and have 50 bars; every stock counts the
    same.
    """
    return _above(market_days, sector_days, 50)


@means.metric(window=51)
def value_above_ma50(market_days: pl.DataFrame) -> pl.DataFrame:
    """Sum of w over stocks with P > mean(P, 50) / sum of w; w: tradable value of the bar before."""
    return _value_above(market_days, 50)


def _value_above(market_days: pl.DataFrame, window: int) -> pl.DataFrame:
    """Value of the stocks above their mean of so many days, of all that have one; a weight is of
    the bar before. None where the value of a fifth of the stocks is not known.
    """
    above, whole = pl.col(f"weight_above_ma{window}"), pl.col(f"weight_with_ma{window}")
    enough = pl.col("with_weight") >= FEWEST_WEIGHED * pl.col("with_return")
    known = pl.when(enough & (whole > 0)).then(above / whole)
    return _counted(market_days, known, pl.col("with_weight").cast(pl.Int64), window + 1)


@means.metric(window=200, block="momentum/breadth", weight=17, entities=BOTH)
def share_above_ma200(
    market_days: pl.DataFrame, sector_days: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Stocks with P > mean(P, 200) / stocks that traded and have 200 bars."""
    return _above(market_days, sector_days, 200)


@means.metric(window=201)
def value_above_ma200(market_days: pl.DataFrame) -> pl.DataFrame:
    """Sum of w over stocks with P > mean(P, 200) / sum of w; w:
    tradable value of the bar before.
    """
    return _value_above(market_days, 200)


@risers.metric(window=2)
def breadth_up_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Stocks with r > 0 / stocks that traded and have an earlier bar."""
    return _share(market_days, "rose", "with_return", 2)


@risers.metric(window=6, block="momentum/breadth", weight=17, entities=BOTH)
def breadth_up_share_5d(market_days: pl.DataFrame) -> pl.DataFrame:
    """Mean over 5 days of (stocks with r > 0 / stocks that traded and have an earlier bar)."""
    daily = _share(market_days, "rose", "with_return", 6)
    return daily.with_columns(value=pl.col("value").rolling_mean(5).over("entity"))


@risers.metric(window=6)
def risen_in_5d_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Stocks with P(t) > P(t-5) / stocks that traded and have five earlier bars."""
    return _share(market_days, "rose_in_five_days", "with_five_days", 6)


@movers.metric(window=2)
def advance_decline(market_days: pl.DataFrame) -> pl.DataFrame:
    """A - D, stocks with r > 0 less stocks with r < 0; unchanged ones are in neither."""
    return _counted(market_days, (ADVANCES - DECLINES).cast(pl.Float64), pl.col("with_return"), 2)


@risers.metric(window=2)
def advance_ratio(market_days: pl.DataFrame) -> pl.DataFrame:
    """A / (A + D)."""
    return _counted(market_days, rising_share(ADVANCES, DECLINES), ADVANCES + DECLINES, 2)


@movers.metric(unit="fraction", window=2)
def unchanged_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Stocks with r = 0 / stocks that traded and have an earlier bar."""
    unchanged = pl.col("with_return") - ADVANCES - DECLINES
    return _counted(market_days, unchanged / pl.col("with_return"), pl.col("with_return"), 2)


@movers.metric(window=21, score=Percentile(), block="momentum/breadth", weight=16, entities=BOTH)
def ad_line_change_20d(market_days: pl.DataFrame) -> pl.DataFrame:
    """Sum over 20 days of (A - D): the change of the line cumsum(A - D)."""
    line = (ADVANCES - DECLINES).cum_sum()
    change = (line - line.shift(20)).cast(pl.Float64)
    return _counted(market_days, change, pl.col("with_return"), 21)


@risers.metric(paper="M06; Arms (1967)", window=2)
def up_volume_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Value traded in stocks with r > 0 / value traded in stocks with r ≠ 0."""
    enough = pl.col("with_amount") >= FEWEST_WEIGHED * (ADVANCES + DECLINES)
    share = pl.when(enough).then(pl.col("amount_up") / pl.col("amount_moved"))
    return _counted(market_days, share, pl.col("with_amount").cast(pl.Int64), 2)


@movers.metric(window=YEAR_OF_BARS + LONG_BELOW)
def breadth_divergence(market_days: pl.DataFrame, index_bars: pl.DataFrame) -> pl.DataFrame:
    """1 if P = max(P, 252) and cumsum(A - D) < its max of 252 on
    each of the last 10 days, else 0.
    """
    high = pl.col("close") >= pl.col("close").rolling_max(YEAR_OF_BARS)
    index = index_bars.filter(pl.col("entity") == SHANGHAI_COMPOSITE).select(
        "observation_date", high=high, of_index="known_at"
    )
    line = (ADVANCES - DECLINES).cum_sum()
    below = (line < line.rolling_max(YEAR_OF_BARS)).cast(pl.Int8)
    days = market_days.filter(pl.col("entity") == "all").with_columns(
        apart=below.rolling_min(LONG_BELOW)
    )
    both = days.join(index, on="observation_date", how="inner", maintain_order="left")
    return both.select(
        "entity",
        "observation_date",
        value=(pl.col("high") & (pl.col("apart") == 1)).cast(pl.Float64),
        known_at=pl.max_horizontal(
            latest_known(YEAR_OF_BARS + LONG_BELOW),
            pl.col("of_index").rolling_max(YEAR_OF_BARS + LONG_BELOW, min_samples=1),
        ),
    )


@extremes.metric(
    window=YEAR_OF_BARS, score=Percentile(), block="momentum/breadth", weight=17, entities=BOTH
)
def new_highs_minus_lows(market_days: pl.DataFrame) -> pl.DataFrame:
    """(NH - NL) / N; NH: P = max(P, 252), NL: P = min(P, 252), N: stocks with 252 bars."""
    net = (pl.col("year_high") - pl.col("year_low")) / pl.col("with_year")
    return _counted(market_days, net, pl.col("with_year"), YEAR_OF_BARS)


@extremes.metric(window=YEAR_OF_BARS + 9)
def new_high_ratio_10d(market_days: pl.DataFrame) -> pl.DataFrame:
    """Mean over 10 days of NH / (NH + NL)."""
    ratio = rising_share(pl.col("year_high"), pl.col("year_low"))
    return _counted(market_days, ratio.rolling_mean(10), pl.col("with_year"), YEAR_OF_BARS + 9)


@oscillators.metric(
    window=250, score=Robust(FEWEST_WEEKS), block="momentum/breadth", weight=16, entities=BOTH
)
def mcclellan_oscillator(market_days: pl.DataFrame) -> pl.DataFrame:
    """EMA19(R) - EMA39(R), R = 1000 (A - D) / (A + D), both started as plain means."""
    return _counted(market_days, mcclellan(ADVANCES, DECLINES), ADVANCES + DECLINES, 250)


@oscillators.metric(window=WHOLE)
def mcclellan_summation(market_days: pl.DataFrame) -> pl.DataFrame:
    """Cumsum of the McClellan oscillator since its first day."""
    total = mcclellan(ADVANCES, DECLINES).cum_sum()
    return _counted(market_days, total, ADVANCES + DECLINES, WHOLE)


@thrusts.metric(window=60)
def advance_ratio_ema10(market_days: pl.DataFrame) -> pl.DataFrame:
    """EMA10(A / (A + D)), started as a plain mean."""
    return _counted(market_days, _thrust_mean(), ADVANCES + DECLINES, 60)


def _thrust_mean() -> pl.Expr:
    return seeded_ema(rising_share(ADVANCES, DECLINES), THRUST_DAYS)


@thrusts.metric(unit="count", window=60)
def breadth_thrust(market_days: pl.DataFrame) -> pl.DataFrame:
    """1 if q(t) >= 0.615 and min(q(t-9) … q(t)) < 0.40, else 0; q = EMA10(A / (A + D))."""
    flag = thrust(_thrust_mean()).cast(pl.Float64)
    return _counted(market_days, flag, ADVANCES + DECLINES, 60)


@thrusts.metric(unit="ratio", window=WHOLE)
def breadth_thrusts_per_year(market_days: pl.DataFrame) -> pl.DataFrame:
    """Events so far / (days so far / 243); thrusts within ten days of the last one are the same."""
    flag = thrust(_thrust_mean()).fill_null(value=False)
    begins = flag & ~flag.shift(1, fill_value=False).cast(pl.Int8).rolling_max(
        THRUST_DAYS, min_samples=1
    ).cast(pl.Boolean)
    years = _thrust_mean().is_not_null().cum_sum() / SESSIONS_A_YEAR
    rate = pl.when(years >= 1).then(begins.cum_sum() / years)
    return _counted(market_days, rate, ADVANCES + DECLINES, WHOLE)
