"""Borrowed money: the financing balance of all mainland exchanges, its growth, and its part of the market.

Financing only (融资余额), without securities lending. The figure of day T is published on the
next trading day; its known_at says so.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from transforms.engine.metric import Percentile, metric, prepared
from transforms.formulas.expressions import latest_known, positive, trailing_return
from transforms.formulas.lookback import last_at_least
from transforms.prepared.series import WHOLE

# The least that a buyer on margin must put up himself, by the day from which new contracts obey.
MARGIN_RULES = {
    date(2010, 3, 31): 0.5,
    date(2015, 11, 23): 1.0,
    date(2023, 9, 8): 0.8,
    date(2026, 1, 19): 1.0,
}
RULES_TOLD = "The rule changed on 2015-11-23, 2023-09-08 and 2026-01-19: compare within a rule."
DAYS_PER_MONTH = 365.25 / 12


@prepared("margin_days", reads=("margin_market",))
def margin_days(margin_market: pl.DataFrame) -> pl.DataFrame:
    """The financing balance by day, entity CN, days without a figure left out.

    Column purchases_cny: bought on margin that day, null where it is not published.
    """
    if "financing_purchases_cny" not in margin_market.columns:
        margin_market = margin_market.with_columns(
            pl.lit(None, pl.Float64).alias("financing_purchases_cny")
        )
    return (
        margin_market.filter(positive(pl.col("financing_balance_cny")))
        .select(
            "known_at",
            entity=pl.lit("CN"),
            observation_date="trade_date",
            value=pl.col("financing_balance_cny").cast(pl.Float64),
            purchases_cny=pl.col("financing_purchases_cny").cast(pl.Float64),
        )
        .sort("observation_date")
    )


@metric(
    "margin_financing_balance_cny",
    unit="CNY",
    reads=("margin_days",),
    label="Margin financing balance",
    reading="Loans outstanding to buy shares, all mainland exchanges.",
    pitfall="It grows with the market and with the list of eligible shares: compare per cent.",
    paper="H02",
)
def margin_financing_balance_cny(margin_days: pl.DataFrame) -> pl.DataFrame:
    """B = 融资余额 of SSE + SZSE + BSE, as published."""
    return margin_days


@metric(
    "margin_financing_change_1d",
    unit="fraction",
    reads=("margin_days",),
    optional=("sessions",),
    window=2,
    score=Percentile(),
    direction="heat",
    label="Margin financing, change on the day",
    reading="New loans less repayments of one day, in per cent of all loans.",
    pitfall="A jump after a holiday holds several days of demand.",
    paper="H02",
)
def margin_financing_change_1d(
    margin_days: pl.DataFrame, sessions: pl.DataFrame | None
) -> pl.DataFrame:
    """B(t) / B(t-1) - 1.

    Change from the trading day before; a day after a hole in the series has none.
    """
    change = _change(margin_days, 1)
    if sessions is None:
        return change
    return change.join(_after_a_hole(change, sessions), on="observation_date", how="anti")


@metric(
    "margin_financing_change_20d",
    unit="fraction",
    reads=("margin_days",),
    window=21,
    score=Percentile(),
    direction="heat",
    block="heat/leverage",
    entities=("CN",),
    label="Margin financing, change over 20 days",
    reading="The pace at which borrowed money enters: a month of it, free of single days.",
    pitfall="Longer lists of eligible shares lift it without anybody being keener.",
    paper="H02",
)
def margin_financing_change_20d(margin_days: pl.DataFrame) -> pl.DataFrame:
    """B(t) / B(t-20) - 1."""
    return _change(margin_days, 20)


@metric(
    "margin_financing_change_60d",
    unit="fraction",
    reads=("margin_days",),
    window=61,
    score=Percentile(),
    direction="heat",
    block="heat/leverage",
    weight=2.0,
    entities=("CN",),
    label="Margin financing, change over 60 days",
    reading="A quarter of borrowing; in spring 2015 it exceeded half.",
    pitfall="Longer lists of eligible shares lift it without anybody being keener.",
    paper="H02",
)
def margin_financing_change_60d(margin_days: pl.DataFrame) -> pl.DataFrame:
    """B(t) / B(t-60) - 1."""
    return _change(margin_days, 60)


def _change(margin_days: pl.DataFrame, bars: int) -> pl.DataFrame:
    return margin_days.with_columns(
        value=trailing_return(pl.col("value"), bars=bars), known_at=latest_known(bars + 1)
    )


def _after_a_hole(days: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """The days whose trading day before is missing, so that their change spans more than a day."""
    numbered = days.select("observation_date").join(sessions, on="observation_date").sort("session")
    return numbered.filter(pl.col("session").cast(pl.Int64).diff() > 1).select("observation_date")


@metric(
    "margin_move_5d_cny",
    unit="CNY",
    reads=("margin_days",),
    window=6,
    label="Margin financing, move of 5 days",
    reading="Yuan borrowed less repaid within a week.",
    pitfall="Yuan of a larger market: over years compare per cent.",
    paper="H02",
)
def margin_move_5d_cny(margin_days: pl.DataFrame) -> pl.DataFrame:
    """M(5) = B(t) - B(t-5)."""
    return _move(margin_days, 5)


@metric(
    "margin_move_20d_cny",
    unit="CNY",
    reads=("margin_days",),
    window=21,
    label="Margin financing, move of 20 days",
    reading="Yuan borrowed less repaid within a month.",
    pitfall="Yuan of a larger market: over years compare per cent.",
    paper="H02",
)
def margin_move_20d_cny(margin_days: pl.DataFrame) -> pl.DataFrame:
    """M(20) = B(t) - B(t-20)."""
    return _move(margin_days, 20)


LOWER_BOUND = "Without n no earlier move was as large: the months since the series begins."


@metric(
    "margin_move_5d_months",
    unit="months",
    reads=("margin_days",),
    window=WHOLE,
    label="Largest 5-day move of margin financing in so many months",
    reading=f"Months back to the last week with as large a move, either way. {LOWER_BOUND}",
    pitfall="Counted in yuan, so moves of a larger market win; a fall may match a rise.",
    paper="H02",
)
def margin_move_5d_months(margin_days: pl.DataFrame) -> pl.DataFrame:
    """Months from t back to the last s < t with |M(5, s)| >= |M(5, t)|; n = days back."""
    return _months_back(_move(margin_days, 5).with_columns(pl.col("value").abs()))


@metric(
    "margin_move_20d_months",
    unit="months",
    reads=("margin_days",),
    window=WHOLE,
    label="Largest 20-day move of margin financing in so many months",
    reading=f"Months back to the last month with as large a move, either way. {LOWER_BOUND}",
    pitfall="Counted in yuan, so moves of a larger market win; a fall may match a rise.",
    paper="H02",
)
def margin_move_20d_months(margin_days: pl.DataFrame) -> pl.DataFrame:
    """Months from t back to the last s < t with |M(20, s)| >= |M(20, t)|; n = days back."""
    return _months_back(_move(margin_days, 20).with_columns(pl.col("value").abs()))


@metric(
    "margin_rise_20d_months",
    unit="months",
    reads=("margin_days",),
    window=WHOLE,
    label="Largest 20-day rise of margin financing in so many months",
    reading=f"Only while it rises: months back to the last rise as large. {LOWER_BOUND}",
    pitfall="Counted in yuan, so rises of a larger market win.",
    paper="H02",
)
def margin_rise_20d_months(margin_days: pl.DataFrame) -> pl.DataFrame:
    """Months from t back to the last s < t with M(20, s) >= M(20, t) > 0; n = days back."""
    return _months_back(_move(margin_days, 20)).filter(pl.col("moved") > 0)


@metric(
    "margin_fall_20d_months",
    unit="months",
    reads=("margin_days",),
    window=WHOLE,
    label="Largest 20-day fall of margin financing in so many months",
    reading=f"Only while it falls: months back to the last fall as large. {LOWER_BOUND}",
    pitfall="Counted in yuan, so falls of a larger market win.",
    paper="H02",
)
def margin_fall_20d_months(margin_days: pl.DataFrame) -> pl.DataFrame:
    """Months from t back to the last s < t with -M(20, s) >= -M(20, t) > 0; n = days back."""
    falls = _move(margin_days, 20).with_columns(-pl.col("value"))
    return _months_back(falls).filter(pl.col("moved") > 0)


def _move(margin_days: pl.DataFrame, bars: int) -> pl.DataFrame:
    """The change of the balance over so many published days, in yuan; first days left out."""
    value = pl.col("value")
    return margin_days.with_columns(
        value=value - value.shift(bars), known_at=latest_known(bars + 1)
    ).drop_nulls("value")


def _months_back(moves: pl.DataFrame) -> pl.DataFrame:
    """Months back to the last value as large, to the first of all where none was; n = rows back."""
    row = pl.int_range(pl.len())
    earlier = pl.Series(last_at_least(moves["value"].to_numpy()))
    found = moves.with_columns(moved="value", earlier=earlier, row=row)
    since = pl.col("observation_date").gather(pl.col("earlier").clip(lower_bound=0))
    return found.with_columns(
        value=(pl.col("observation_date") - since).dt.total_days() / DAYS_PER_MONTH,
        n=pl.when(pl.col("earlier") >= 0).then(pl.col("row") - pl.col("earlier")),
        known_at=pl.col("known_at").cum_max(),
    ).filter(pl.col("row") > 0)


@metric(
    "margin_to_tradable_cap",
    unit="fraction",
    reads=("margin_days", "capitalisation_days"),
    score=Percentile(),
    direction="heat",
    block="heat/leverage",
    entities=("CN",),
    label="Margin financing over tradable capitalisation",
    reading="Loans per yuan of tradable shares (流通市值) of Shanghai and Shenzhen.",
    pitfall="It rises when prices fall. Loans of Beijing (0.3 %) are in it, its shares are not.",
    paper="H03",
)
def margin_to_tradable_cap(
    margin_days: pl.DataFrame, capitalisation_days: pl.DataFrame
) -> pl.DataFrame:
    """B / tradable capitalisation (流通市值) of SSE + SZSE at the close of the same day."""
    return _over(margin_days, capitalisation_days, "float_market_cap_cny")


@metric(
    "margin_to_total_cap",
    unit="fraction",
    reads=("margin_days", "capitalisation_days"),
    score=Percentile(),
    direction="heat",
    label="Margin financing over total capitalisation",
    reading="Loans per yuan of all shares (总市值); 3.6 % at the top of June 2015.",
    pitfall="It rises when prices fall: 4.4 % three weeks after that top.",
    paper="H03",
)
def margin_to_total_cap(
    margin_days: pl.DataFrame, capitalisation_days: pl.DataFrame
) -> pl.DataFrame:
    """B / total capitalisation (总市值) of SSE + SZSE at the close of the same day."""
    return _over(margin_days, capitalisation_days, "market_cap_cny")


def _over(margin_days: pl.DataFrame, caps: pl.DataFrame, denominator: str) -> pl.DataFrame:
    """The balance over a capitalisation of both exchanges on the same day."""
    both = caps.filter(pl.col("entity") == "SSE+SZSE")
    joined = margin_days.join(both.drop("entity"), on="observation_date", suffix="_caps")
    return joined.with_columns(
        value=pl.col("value") / pl.col(denominator),
        known_at=pl.max_horizontal("known_at", "known_at_caps"),
    ).sort("observation_date")


@metric(
    "margin_to_total_cap_monthly",
    unit="fraction",
    reads=("margin_days", "market_cap_monthly"),
    score=Percentile(36),
    direction="heat",
    label="Margin financing over total capitalisation, month's end",
    reading="The long view of the ratio: the months of 2015 are in it.",
    pitfall="It rises when prices fall. Known three weeks after the month.",
    paper="H03",
)
def margin_to_total_cap_monthly(
    margin_days: pl.DataFrame, market_cap_monthly: pl.DataFrame
) -> pl.DataFrame:
    """Last B of the month / total capitalisation (总市值) of SSE + SZSE at its end."""
    caps = market_cap_monthly.filter(positive(pl.col("market_cap_cny"))).group_by("month").agg(
        pl.col("market_cap_cny").cast(pl.Float64).sum(),
        pl.col("known_at").max(),
        exchanges=pl.col("exchange").n_unique(),
    )  # fmt: skip
    month = pl.col("observation_date").dt.truncate("1mo")
    ends = margin_days.group_by("entity", month=month).agg(
        pl.all().sort_by("observation_date").last()
    )
    joined = ends.join(caps.filter(pl.col("exchanges") == 2), on="month", suffix="_caps")
    return joined.with_columns(
        value=pl.col("value") / pl.col("market_cap_cny"),
        known_at=pl.max_horizontal("known_at", "known_at_caps"),
    )


@prepared("margin_purchases", reads=("margin_days", "turnover_days"))
def margin_purchases(margin_days: pl.DataFrame, turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Purchases on margin over turnover, by day on which both are known; rule in force beside."""
    joined = margin_days.join(
        turnover_days.drop("entity"), on="observation_date", suffix="_turnover"
    ).filter(pl.col("purchases_cny").is_finite())
    return _with_rule(joined.sort("observation_date")).select(
        "entity",
        "observation_date",
        "rule",
        value=pl.col("purchases_cny") / pl.col("value_turnover"),
        known_at=pl.max_horizontal("known_at", "known_at_turnover"),
    )


def _with_rule(days: pl.DataFrame) -> pl.DataFrame:
    """The days with the margin rule in force, null before the first."""
    rules = pl.DataFrame({"since": list(MARGIN_RULES), "rule": list(MARGIN_RULES.values())})
    return days.join_asof(
        rules.set_sorted("since"), left_on="observation_date", right_on="since", coalesce=False
    )


@metric(
    "margin_intensity_5d",
    unit="fraction",
    reads=("margin_purchases",),
    window=5,
    score=Percentile(),
    direction="heat",
    block="heat/leverage",
    entities=("CN",),
    label="Purchases on margin over turnover, 5 days",
    reading=f"Share of buying done with borrowed money. {RULES_TOLD}",
    pitfall="A dearer margin lowers it without cooling. Beijing buys in it (1 %), but not in turnover.",
    paper="H04",
)
def margin_intensity_5d(margin_purchases: pl.DataFrame) -> pl.DataFrame:
    """Mean over 5 days of 融资买入额 / turnover of SSE + SZSE."""
    return margin_purchases.with_columns(
        value=pl.col("value").rolling_mean(5), known_at=latest_known(5)
    )


@metric(
    "margin_intensity_in_rule",
    unit="ratio",
    reads=("margin_purchases",),
    window=WHOLE,
    label="Purchases on margin against the mean under the same rule",
    reading=f"Above 1, more is bought on margin than has been usual under this rule. {RULES_TOLD}",
    pitfall="In the first weeks of a rule there is little to compare with: n counts the days.",
    paper="H04",
)
def margin_intensity_in_rule(margin_purchases: pl.DataFrame) -> pl.DataFrame:
    """5-day mean of purchases / turnover, over its mean since the margin rule last changed.

    n counts the days under the rule.
    """
    value, days = pl.col("value"), pl.int_range(1, pl.len() + 1)
    per_rule = margin_purchases.with_columns(
        value=(value.rolling_mean(5) / (value.cum_sum() / days)).over(
            "rule", order_by="observation_date"
        ),
        known_at=pl.col("known_at").cum_max(),
        n=days.over("rule", order_by="observation_date"),
    )
    return per_rule.filter(pl.col("rule").is_not_null())


@metric(
    "margin_requirement",
    unit="fraction",
    reads=("margin_days",),
    label="Least margin on new loans",
    reading="What a buyer on margin must own per yuan borrowed; 100 % since 2026-01-19.",
    pitfall="New contracts only: older loans run on under their old rule.",
    paper="H04",
)
def margin_requirement(margin_days: pl.DataFrame) -> pl.DataFrame:
    """Minimum margin ratio in force: 50 %, from 2015-11-23 100 %, 2023-09-08 80 %, 2026-01-19 100 %."""
    return _with_rule(margin_days).with_columns(value="rule")
