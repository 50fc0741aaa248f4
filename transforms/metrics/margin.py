"""Borrowed money: the financing balance of all mainland exchanges, its growth, and its part of the
market.

Financing only (融资余额), without securities lending. The figure of day T is published on the
next trading day; its known_at says so.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import FEWEST_MONTHS, MONTHLY, Group, Percentile, prepared
from transforms.formulas.expressions import (
    DAYS_A_YEAR,
    latest_known,
    observations,
    positive,
    trailing_return,
)
from transforms.formulas.lookback import last_at_least
from transforms.prepared.series import WHOLE, with_columns_of

MARGIN_RATIO = "margin ratio"  # its series among the policy events
DAYS_PER_MONTH = DAYS_A_YEAR / 12

growths = Group(unit="fraction", paper="H02", score=Percentile(), direction="heat")
amounts = Group(unit="CNY", paper="H02")
records = Group(unit="months", paper="H02", window=WHOLE)
ratios = Group(unit="fraction", paper="H03", score=Percentile(), direction="heat")
purchases = Group(unit="fraction", paper="H04")


@prepared
def margin_days(margin_market: pl.DataFrame) -> pl.DataFrame:
    """The financing balance by day, entity CN, days without a figure left out.

    Column purchases_cny: bought on margin that day, null where it is not published.
    """
    return (
        with_columns_of(margin_market, "financing_purchases_cny")
        .filter(positive(pl.col("financing_balance_cny")))
        .select(
            "known_at",
            entity=pl.lit("CN"),
            observation_date="trade_date",
            value=pl.col("financing_balance_cny").cast(pl.Float64),
            purchases_cny=pl.col("financing_purchases_cny").cast(pl.Float64),
        )
        .sort("observation_date")
    )


@amounts.metric()
def margin_financing_balance_cny(margin_days: pl.DataFrame) -> pl.DataFrame:
    """B = 融资余额 of SSE + SZSE + BSE, as published."""
    return margin_days


@growths.metric(window=2)
def margin_financing_change_1d(
    margin_days: pl.DataFrame, sessions: pl.DataFrame | None = None
) -> pl.DataFrame:
    """B(t) / B(t-1) - 1.

    Change from the trading day before; a day after a hole in the series has none.
    """
    change = _change(margin_days, 1)
    if sessions is None:
        return change
    return change.join(_after_a_hole(change, sessions), on="observation_date", how="anti")


@growths.metric(window=21, block="heat/leverage", weight=17, entities=("CN",))
def margin_financing_change_20d(margin_days: pl.DataFrame) -> pl.DataFrame:
    """B(t) / B(t-20) - 1."""
    return _change(margin_days, 20)


@growths.metric(window=61, block="heat/leverage", weight=33, entities=("CN",))
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


@amounts.metric(window=6)
def margin_move_5d_cny(margin_days: pl.DataFrame) -> pl.DataFrame:
    """M(5) = B(t) - B(t-5)."""
    return _move(margin_days, 5)


@amounts.metric(window=21)
def margin_move_20d_cny(margin_days: pl.DataFrame) -> pl.DataFrame:
    """M(20) = B(t) - B(t-20)."""
    return _move(margin_days, 20)


@records.metric()
def margin_move_5d_months(margin_days: pl.DataFrame) -> pl.DataFrame:
    """Months from t back to the last s < t with |M(5, s)| >= |M(5, t)|; n = days back."""
    return _months_back(_move(margin_days, 5).with_columns(pl.col("value").abs()))


@records.metric()
def margin_move_20d_months(margin_days: pl.DataFrame) -> pl.DataFrame:
    """Months from t back to the last s < t with |M(20, s)| >= |M(20, t)|; n = days back."""
    return _months_back(_move(margin_days, 20).with_columns(pl.col("value").abs()))


@records.metric()
def margin_rise_20d_months(margin_days: pl.DataFrame) -> pl.DataFrame:
    """Months from t back to the last s < t with M(20, s) >= M(20, t) > 0; n = days back."""
    return _months_back(_move(margin_days, 20)).filter(pl.col("moved") > 0)


@records.metric()
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


@ratios.metric(block="heat/leverage", weight=17, entities=("CN",))
def margin_to_tradable_cap(
    margin_days: pl.DataFrame, capitalisation_days: pl.DataFrame
) -> pl.DataFrame:
    """B / tradable capitalisation (流通市值) of SSE + SZSE at the close of the same day."""
    return _over(margin_days, capitalisation_days, "float_market_cap_cny")


@ratios.metric()
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


@ratios.metric(score=Percentile(FEWEST_MONTHS), step=MONTHLY)
def margin_to_total_cap_monthly(
    margin_days: pl.DataFrame, market_cap_monthly: pl.DataFrame
) -> pl.DataFrame:
    """Last B of the month / total capitalisation (总市值) of SSE + SZSE at its end."""
    caps = (
        market_cap_monthly.filter(positive(pl.col("market_cap_cny")))
        .group_by("month")
        .agg(
            pl.col("market_cap_cny").cast(pl.Float64).sum(),
            pl.col("known_at").max(),
            exchanges=pl.col("exchange").n_unique(),
        )
    )
    month = pl.col("observation_date").dt.truncate("1mo")
    ends = margin_days.group_by("entity", month=month).agg(
        pl.all().sort_by("observation_date").last()
    )
    joined = ends.join(caps.filter(pl.col("exchanges") == 2), on="month", suffix="_caps")
    return joined.with_columns(
        value=pl.col("value") / pl.col("market_cap_cny"),
        known_at=pl.max_horizontal("known_at", "known_at_caps"),
    )


@prepared
def margin_purchases(margin_days: pl.DataFrame, turnover_days: pl.DataFrame) -> pl.DataFrame:
    """Purchases on margin over turnover, by day on which both are known."""
    joined = margin_days.join(
        turnover_days.drop("entity"), on="observation_date", suffix="_turnover"
    ).filter(pl.col("purchases_cny").is_finite())
    return joined.sort("observation_date").select(
        "entity",
        "observation_date",
        value=pl.col("purchases_cny") / pl.col("value_turnover"),
        known_at=pl.max_horizontal("known_at", "known_at_turnover"),
    )


@prepared
def margin_rules(policy_event: pl.DataFrame) -> pl.DataFrame:
    """The least that a buyer on margin must put up himself, by the day from which new contracts
    obey: columns since, rule (a fraction), rule_known_at.
    """
    steps = policy_event.filter(pl.col("series") == MARGIN_RATIO).drop_nulls("effective_on")
    return steps.select(
        since="effective_on", rule=pl.col("number") / 100, rule_known_at="known_at"
    ).sort("since", "rule_known_at")


def _with_rule(days: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """The days with the margin rule in force, among those known by then; null before the first."""
    in_force = pl.lit(None, pl.Float64)
    for since, rule, known_at in rules.iter_rows():
        obeyed = (pl.col("observation_date") >= since) & (pl.col("known_at") >= known_at)
        in_force = pl.when(obeyed).then(rule).otherwise(in_force)
    return days.with_columns(rule=in_force)


@purchases.metric(window=5, score=Percentile(), block="heat/leverage", weight=17, entities=("CN",))
def margin_intensity_5d(margin_purchases: pl.DataFrame) -> pl.DataFrame:
    """Mean over 5 days of 融资买入额 / turnover of SSE + SZSE."""
    return margin_purchases.with_columns(
        value=pl.col("value").rolling_mean(5), known_at=latest_known(5)
    )


@purchases.metric(unit="ratio", window=WHOLE)
def margin_intensity_in_rule(
    margin_purchases: pl.DataFrame, margin_rules: pl.DataFrame
) -> pl.DataFrame:
    """5-day mean of purchases / turnover, over its mean since the margin rule last changed.

    n counts the days under the rule.
    """
    value, days = pl.col("value"), observations()
    per_rule = _with_rule(margin_purchases, margin_rules).with_columns(
        value=(value.rolling_mean(5) / (value.cum_sum() / days)).over(
            "rule", order_by="observation_date"
        ),
        known_at=pl.col("known_at").cum_max(),
        n=days.over("rule", order_by="observation_date"),
    )
    return per_rule.filter(pl.col("rule").is_not_null())


@purchases.metric()
def margin_requirement(margin_days: pl.DataFrame, margin_rules: pl.DataFrame) -> pl.DataFrame:
    """Minimum margin ratio in force, by the policy events of the series `margin ratio`."""
    return _with_rule(margin_days, margin_rules).with_columns(value="rule")
