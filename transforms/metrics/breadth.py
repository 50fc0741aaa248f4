"""How many stocks carry the move: risers and fallers, shares above their means, highs and lows.

Entities: "all" shares, "tech", the boards by name, and for the shares above their means each
industry by name.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Anchors, Percentile, Robust, metric
from transforms.formulas.breadth import THRUST_DAYS, mcclellan, rising_share, seeded_ema, thrust
from transforms.formulas.expressions import YEAR as TRADING_DAYS
from transforms.formulas.expressions import latest_known
from transforms.formulas.stock_arrays import YEAR
from transforms.prepared.series import WHOLE, known_within

SHARE_ANCHORS = Anchors(((0.0, 0), (0.5, 50), (0.8, 85), (0.95, 100)))
BOTH = ("all", "tech")
WHOLE_MARKET = "000001.SH"  # the index whose high breadth should confirm
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
        coverage=pl.min_horizontal(1.0, pl.col("n") / pl.col("fullest")),
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


@metric(
    "share_above_ma50",
    unit="fraction",
    reads=("market_days",),
    optional=("sector_days",),
    window=50,
    score=SHARE_ANCHORS,
    direction="momentum",
    block="momentum/breadth",
    entities=BOTH,
    label="Share of stocks above their 50-day mean",
    reading="Above one half, most stocks take part.",
    pitfall="Young listings do not count before their 50th bar, and stocks that left are missing "
    "where the list of stocks is of today.",
    paper="M05",
)
def share_above_ma50(market_days: pl.DataFrame, sector_days: pl.DataFrame | None) -> pl.DataFrame:
    """Stocks with P > mean(P, 50) / stocks that traded and have 50 bars; every stock counts the same."""
    return _above(market_days, sector_days, 50)


@metric(
    "value_above_ma50",
    unit="fraction",
    reads=("market_days",),
    window=51,
    score=SHARE_ANCHORS,
    direction="momentum",
    label="Value of stocks above their 50-day mean",
    reading="The same with each stock weighed by the value of its tradable shares: far above the "
    "plain share, a few large ones carry the market.",
    pitfall="Only where turnover rates are published, since the value follows from them; tradable "
    "shares are not the free float.",
    paper="M05",
)
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


@metric(
    "share_above_ma200",
    unit="fraction",
    reads=("market_days",),
    optional=("sector_days",),
    window=200,
    score=SHARE_ANCHORS,
    direction="momentum",
    block="momentum/breadth",
    entities=BOTH,
    label="Share of stocks above their 200-day mean",
    reading="The slow view of breadth.",
    pitfall="It stays high for weeks after a top, because the mean is slow.",
    paper="M05",
)
def share_above_ma200(market_days: pl.DataFrame, sector_days: pl.DataFrame | None) -> pl.DataFrame:
    """Stocks with P > mean(P, 200) / stocks that traded and have 200 bars."""
    return _above(market_days, sector_days, 200)


@metric(
    "value_above_ma200",
    unit="fraction",
    reads=("market_days",),
    window=201,
    score=SHARE_ANCHORS,
    direction="momentum",
    label="Value of stocks above their 200-day mean",
    reading="The slow view weighed by the value of tradable shares: far above the plain share, a "
    "few large ones have carried the market for long.",
    pitfall="Only where turnover rates are published, since the value follows from them; tradable "
    "shares are not the free float.",
    paper="M05",
)
def value_above_ma200(market_days: pl.DataFrame) -> pl.DataFrame:
    """Sum of w over stocks with P > mean(P, 200) / sum of w; w: tradable value of the bar before."""
    return _value_above(market_days, 200)


@metric(
    "breadth_up_share",
    unit="fraction",
    reads=("market_days",),
    window=2,
    score=SHARE_ANCHORS,
    direction="momentum",
    label="Share of stocks that rose",
    reading="How many of the stocks that traded closed higher than the day before.",
    pitfall="One day only, so it swings widely; unchanged stocks count as not risen.",
    paper="M06",
)
def breadth_up_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Stocks with r > 0 / stocks that traded and have an earlier bar."""
    return _share(market_days, "rose", "with_return", 2)


@metric(
    "breadth_up_share_5d",
    unit="fraction",
    reads=("market_days",),
    window=6,
    score=SHARE_ANCHORS,
    direction="momentum",
    block="momentum/breadth",
    entities=BOTH,
    label="Share of stocks that rose, mean of 5 days",
    reading="The daily share without its noise; this one enters the composite.",
    pitfall="Five days of small rises look like five days of large ones.",
    paper="M06",
)
def breadth_up_share_5d(market_days: pl.DataFrame) -> pl.DataFrame:
    """Mean over 5 days of (stocks with r > 0 / stocks that traded and have an earlier bar)."""
    daily = _share(market_days, "rose", "with_return", 6)
    return daily.with_columns(value=pl.col("value").rolling_mean(5).over("entity"))


@metric(
    "risen_in_5d_share",
    unit="fraction",
    reads=("market_days",),
    window=6,
    score=SHARE_ANCHORS,
    direction="momentum",
    label="Share of stocks higher than 5 days before",
    reading="How many stocks gained over the week.",
    pitfall="A suspended stock's five bars reach back further than the week.",
    paper="M06",
)
def risen_in_5d_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Stocks with P(t) > P(t-5) / stocks that traded and have five earlier bars."""
    return _share(market_days, "rose_in_five_days", "with_five_days", 6)


@metric(
    "advance_decline",
    unit="count",
    reads=("market_days",),
    window=2,
    label="Risers less fallers",
    reading="By how many stocks the risers outnumber the fallers.",
    pitfall="It grows with the list of stocks; compare years by the ratio.",
    paper="M06",
)
def advance_decline(market_days: pl.DataFrame) -> pl.DataFrame:
    """A - D, stocks with r > 0 less stocks with r < 0; unchanged ones are in neither."""
    return _counted(market_days, (ADVANCES - DECLINES).cast(pl.Float64), pl.col("with_return"), 2)


@metric(
    "advance_ratio",
    unit="fraction",
    reads=("market_days",),
    window=2,
    score=SHARE_ANCHORS,
    direction="momentum",
    label="Risers among the stocks that moved",
    reading="Above one half, more stocks rose than fell.",
    pitfall="Stocks that closed unchanged are left out, which matters on quiet days.",
    paper="M06",
)
def advance_ratio(market_days: pl.DataFrame) -> pl.DataFrame:
    """A / (A + D)."""
    return _counted(market_days, rising_share(ADVANCES, DECLINES), ADVANCES + DECLINES, 2)


@metric(
    "unchanged_share",
    unit="fraction",
    reads=("market_days",),
    window=2,
    label="Share of stocks that closed unchanged",
    reading="What the ratio of risers leaves out.",
    pitfall="Cheap stocks stand still more often, because a cent is more to them.",
    paper="M06",
)
def unchanged_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Stocks with r = 0 / stocks that traded and have an earlier bar."""
    unchanged = pl.col("with_return") - ADVANCES - DECLINES
    return _counted(market_days, unchanged / pl.col("with_return"), pl.col("with_return"), 2)


@metric(
    "ad_line_change_20d",
    unit="count",
    reads=("market_days",),
    window=21,
    score=Percentile(),
    direction="momentum",
    block="momentum/breadth",
    entities=BOTH,
    label="Advance-decline line, change over 20 days",
    reading="Rising means that over the month more stocks rose than fell, day by day.",
    pitfall="The level of the line means nothing, and its change grows with the list of stocks.",
    paper="M06",
)
def ad_line_change_20d(market_days: pl.DataFrame) -> pl.DataFrame:
    """Sum over 20 days of (A - D): the change of the line cumsum(A - D)."""
    line = (ADVANCES - DECLINES).cum_sum()
    change = (line - line.shift(20)).cast(pl.Float64)
    return _counted(market_days, change, pl.col("with_return"), 21)


@metric(
    "up_volume_share",
    unit="fraction",
    reads=("market_days",),
    window=2,
    score=SHARE_ANCHORS,
    direction="momentum",
    label="Money traded in risers",
    reading="Above one half, most money changed hands in stocks that rose.",
    pitfall="A few giants decide it; read it beside the count of risers. Absent where the value "
    "traded of a fifth of the stocks is not published.",
    paper="M06; Arms (1967)",
)
def up_volume_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Value traded in stocks with r > 0 / value traded in stocks with r ≠ 0."""
    enough = pl.col("with_amount") >= FEWEST_WEIGHED * (ADVANCES + DECLINES)
    share = pl.when(enough).then(pl.col("amount_up") / pl.col("amount_moved"))
    return _counted(market_days, share, pl.col("with_amount").cast(pl.Int64), 2)


@metric(
    "breadth_divergence",
    unit="count",
    reads=("market_days", "index_bars"),
    window=YEAR + LONG_BELOW,
    label="The index is high, the line is not",
    reading="1 where the SSE Composite stands at its high of 252 days while the line of risers and "
    "fallers has been below its own high for ten days or more; 0 where the line confirms.",
    pitfall="Divergences last for months before a top, and many end without one.",
    paper="M06",
)
def breadth_divergence(market_days: pl.DataFrame, index_bars: pl.DataFrame) -> pl.DataFrame:
    """1 if P = max(P, 252) and cumsum(A - D) < its max of 252 on each of the last 10 days, else 0."""
    high = pl.col("close") >= pl.col("close").rolling_max(YEAR)
    index = index_bars.filter(pl.col("entity") == WHOLE_MARKET).select(
        "observation_date", high=high, of_index="known_at"
    )
    line = (ADVANCES - DECLINES).cum_sum()
    below = (line < line.rolling_max(YEAR)).cast(pl.Int8)
    days = market_days.filter(pl.col("entity") == "all").with_columns(
        apart=below.rolling_min(LONG_BELOW)
    )
    both = days.join(index, on="observation_date", how="inner", maintain_order="left")
    return both.select(
        "entity",
        "observation_date",
        value=(pl.col("high") & (pl.col("apart") == 1)).cast(pl.Float64),
        known_at=pl.max_horizontal(latest_known(YEAR + LONG_BELOW), pl.col("of_index").rolling_max(
            YEAR + LONG_BELOW, min_samples=1)),
    )  # fmt: skip


@metric(
    "new_highs_minus_lows",
    unit="fraction",
    reads=("market_days",),
    window=YEAR,
    score=Percentile(),
    direction="momentum",
    block="momentum/breadth",
    entities=BOTH,
    label="New highs less new lows",
    reading="Share of stocks at their highest close of a year less the share at their lowest.",
    pitfall="Closes of 252 bars, today's included: stocks listed for less than a year are left out.",
    paper="M07",
)
def new_highs_minus_lows(market_days: pl.DataFrame) -> pl.DataFrame:
    """(NH - NL) / N; NH: P = max(P, 252), NL: P = min(P, 252), N: stocks with 252 bars."""
    net = (pl.col("year_high") - pl.col("year_low")) / pl.col("with_year")
    return _counted(market_days, net, pl.col("with_year"), YEAR)


@metric(
    "new_high_ratio_10d",
    unit="fraction",
    reads=("market_days",),
    window=YEAR + 9,
    direction="momentum",
    label="New highs among highs and lows, mean of 10 days",
    reading="Near 1 there are new highs only, near 0 new lows only.",
    pitfall="On a day without either it says nothing, and neither do the nine after it.",
    paper="M07",
)
def new_high_ratio_10d(market_days: pl.DataFrame) -> pl.DataFrame:
    """Mean over 10 days of NH / (NH + NL)."""
    ratio = rising_share(pl.col("year_high"), pl.col("year_low"))
    return _counted(market_days, ratio.rolling_mean(10), pl.col("with_year"), YEAR + 9)


@metric(
    "mcclellan_oscillator",
    unit="ratio",
    reads=("market_days",),
    window=250,
    score=Robust(104),
    direction="momentum",
    block="momentum/breadth",
    entities=BOTH,
    label="McClellan oscillator",
    reading="Above 0, breadth of the last month is better than of the last two.",
    pitfall="Ratio-adjusted: values of the unadjusted oscillator are another scale.",
    paper="M08; McClellan (1970)",
)
def mcclellan_oscillator(market_days: pl.DataFrame) -> pl.DataFrame:
    """EMA19(R) - EMA39(R), R = 1000 (A - D) / (A + D), both started as plain means."""
    return _counted(market_days, mcclellan(ADVANCES, DECLINES), ADVANCES + DECLINES, 250)


@metric(
    "mcclellan_summation",
    unit="ratio",
    reads=("market_days",),
    window=WHOLE,
    label="McClellan summation index",
    reading="Its direction tells whether breadth improves; the long view of the oscillator.",
    pitfall="The level depends on the day on which the sum begins.",
    paper="M08; McClellan (1970)",
)
def mcclellan_summation(market_days: pl.DataFrame) -> pl.DataFrame:
    """Cumsum of the McClellan oscillator since its first day."""
    total = mcclellan(ADVANCES, DECLINES).cum_sum()
    return _counted(market_days, total, ADVANCES + DECLINES, WHOLE)


@metric(
    "advance_ratio_ema10",
    unit="fraction",
    reads=("market_days",),
    window=60,
    label="Risers among the stocks that moved, 10-day mean",
    reading="From under 40 % to 61.5 % within ten days it makes a breadth thrust.",
    pitfall="An exponential mean; a plain mean gives other thrusts.",
    paper="M09; Zweig (1986)",
)
def advance_ratio_ema10(market_days: pl.DataFrame) -> pl.DataFrame:
    """EMA10(A / (A + D)), started as a plain mean."""
    return _counted(market_days, _thrust_mean(), ADVANCES + DECLINES, 60)


def _thrust_mean() -> pl.Expr:
    return seeded_ema(rising_share(ADVANCES, DECLINES), THRUST_DAYS)


@metric(
    "breadth_thrust",
    unit="count",
    reads=("market_days",),
    window=60,
    label="Breadth thrust",
    reading="1 on days on which breadth went from very poor to very good within ten days, else 0.",
    pitfall="Some 15 cases are known in the United States since 1945; on the mainland they are "
    "common, so read the yearly number beside it.",
    paper="M09; Zweig (1986)",
)
def breadth_thrust(market_days: pl.DataFrame) -> pl.DataFrame:
    """1 if q(t) >= 0.615 and min(q(t-9) … q(t)) < 0.40, else 0; q = EMA10(A / (A + D))."""
    flag = thrust(_thrust_mean()).cast(pl.Float64)
    return _counted(market_days, flag, ADVANCES + DECLINES, 60)


@metric(
    "breadth_thrusts_per_year",
    unit="ratio",
    reads=("market_days",),
    window=WHOLE,
    label="Breadth thrusts per year so far",
    reading="The base rate of the event: how often it has come in the years on record.",
    pitfall="Days in a row are one event; short records give a rough rate.",
    paper="M09; Zweig (1986)",
)
def breadth_thrusts_per_year(market_days: pl.DataFrame) -> pl.DataFrame:
    """Events so far / (days so far / 243); thrusts within ten days of the last one are the same."""
    flag = thrust(_thrust_mean()).fill_null(value=False)
    begins = flag & ~flag.shift(1, fill_value=False).cast(pl.Int8).rolling_max(
        THRUST_DAYS, min_samples=1
    ).cast(pl.Boolean)
    years = _thrust_mean().is_not_null().cum_sum() / TRADING_DAYS
    rate = pl.when(years >= 1).then(begins.cum_sum() / years)
    return _counted(market_days, rate, ADVANCES + DECLINES, WHOLE)
