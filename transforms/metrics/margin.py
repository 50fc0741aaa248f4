"""Borrowed money: the financing balance of all mainland exchanges, its growth, and where it sits.

Financing only (融资余额), without securities lending. The figure of day T is published on the
next trading day; its known_at says so.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from transforms import panel
from transforms.concentration import herfindahl, largest
from transforms.expressions import latest_known, positive, trailing_return
from transforms.history import last_at_least
from transforms.metric import Percentile, metric, prepared
from transforms.metrics.panels import WHOLE, classified
from transforms.wide import Floats, Wide, long, total
from warehouse.datasets.security import SHENWAN_FIRST_LEVEL, SHENWAN_INDEX

# The least that a buyer on margin must put up himself, by the day from which new contracts obey.
MARGIN_RULES = {
    date(2010, 3, 31): 0.5,
    date(2015, 11, 23): 1.0,
    date(2023, 9, 8): 0.8,
    date(2026, 1, 19): 1.0,
}
RULES_TOLD = "The rule changed on 2015-11-23, 2023-09-08 and 2026-01-19: compare within a rule."
DAYS_PER_MONTH = 365.25 / 12
SHENWAN_CODE = {SHENWAN_FIRST_LEVEL[c]: f"{SHENWAN_INDEX[c]}.SW" for c in SHENWAN_INDEX}
FEWEST_CLASSIFIED = 0.9
# Of the fullest of so many days: Shanghai and Shenzhen have nearly half of the shares each.
FEWEST_SHARES, FULL = 0.75, 20


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


@prepared("margin_industries", reads=("margin_security", "security"))
def margin_industries(margin_security: pl.DataFrame, security: pl.DataFrame) -> pl.DataFrame:
    """Financing balance by industry and day, each share in its industry of that day.

    Columns entity (industry), observation_date, balance, share (of all that is classified), n
    (shares with loans), coverage (classified over all loans on shares), known_at (of the day);
    sorted by day and industry. Funds are left out, and days of which less than 90 % is classified,
    or which have less than 75 % of the shares of the fullest of the last 20 days: the exchanges
    publish apart, and half of the loans sits in other industries.
    """
    loans = margin_security.filter(
        pl.col("kind") == "share", positive(pl.col("financing_balance_cny"))
    )
    names = security["industry"].drop_nulls().unique().sort()
    days = loans["trade_date"].unique().sort()
    day = np.searchsorted(_numbers(days), _numbers(loans["trade_date"]))
    stock, industry = _industries(loans, security, names)
    # Sums are added in the order of the codes, whatever the order of the rows.
    order = panel.sorting(stock.astype(np.uint16), day.astype(np.uint16))
    rows: slice | panel.Array = slice(None) if order is None else order
    shape = (days.len(), names.len() + 1)
    cell = (day * shape[1] + industry)[rows]
    balance = loans["financing_balance_cny"].cast(pl.Float64).to_numpy()[rows]
    summed = np.bincount(cell, weights=balance, minlength=shape[0] * shape[1])
    sums: Floats = summed.astype(np.float64).reshape(shape)
    counts = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    whole, unclassified = total(sums), sums[:, -1]
    classified_sum = total(sums[:, :-1])
    like = Wide(days, names.to_list(), sums[:, :-1])
    found = long(like, balance=sums[:, :-1], n=counts[:, :-1].astype(np.float64))
    by_day = loans.group_by(observation_date="trade_date").agg(pl.col("known_at").max())
    covered = pl.DataFrame(
        {
            "observation_date": days,
            "classified": classified_sum,
            "coverage": 1 - unclassified / whole,
            "loans": counts.sum(axis=1),
        }
    ).join(by_day, on="observation_date", maintain_order="left")
    fullest = pl.col("loans").rolling_max(FULL, min_samples=1)
    full = covered.filter(pl.col("loans") >= FEWEST_SHARES * fullest)
    return (
        found.filter(pl.col("n") > 0)
        .join(full, on="observation_date")
        .filter(pl.col("coverage") >= FEWEST_CLASSIFIED)
        # polars divides by a joined column of one row as by a number, which may round otherwise.
        .with_columns(
            pl.col("n").cast(pl.Int64), share=pl.col("balance") * (1 / pl.col("classified"))
        )
        .drop("classified", "loans")
        .sort("observation_date", "entity")
    )


def _numbers(days: pl.Series) -> panel.Array:
    """Dates as days since 1970."""
    return days.cast(pl.Date).to_physical().to_numpy()


def _industries(
    loans: pl.DataFrame, security: pl.DataFrame, names: pl.Series
) -> tuple[panel.Array, panel.Array]:
    """The number of each row's share among all codes, and of its industry on that day.

    A share without an industry on the day has the number after the last.
    """
    codes = loans["code"].unique().sort().cast(pl.String)
    numbered = pl.Enum(codes)
    spans = (
        classified(security.drop_nulls("industry"))
        .filter(pl.col("entity").is_in(codes.implode()))
        .sort("entity", "valid_from")
    )
    stock = loans["code"].cast(numbered).to_physical().to_numpy()
    owner = spans["entity"].cast(numbered).to_physical().to_numpy()
    day, begun = _numbers(loans["trade_date"]), _numbers(spans["valid_from"])
    last = _numbers(spans["valid_to"].cast(pl.Date).fill_null(pl.date(9999, 12, 31)))
    started = np.searchsorted(_key(owner, begun), _key(stock, day), side="right") - 1
    nearest = np.maximum(started, 0)
    if not spans.height:
        return stock, np.full(loans.height, names.len())
    inside = (started >= 0) & (owner[nearest] == stock) & (day <= last[nearest])
    place = spans["industry"].cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    return stock, np.where(inside, place[nearest], names.len())


def _key(stock: panel.Array, day: panel.Array) -> panel.Array:
    """One number that orders rows by share and day."""
    return stock.astype(np.int64) << 32 | day.astype(np.int64)


@metric(
    "margin_industry_share",
    unit="fraction",
    reads=("margin_industries",),
    label="Share of an industry in margin financing",
    reading="Where the borrowed money sits; industries as they were on the day.",
    pitfall="Large industries carry large shares: set it against their capitalisation.",
    paper="H06",
)
def margin_industry_share(margin_industries: pl.DataFrame) -> pl.DataFrame:
    """s(k) = B(k) / sum of B over the industries of the classification."""
    return margin_industries.with_columns(value="share")


def _by_day(margin_industries: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    """One row per day for the market: a figure of the shares of all industries; n counts them."""
    return margin_industries.group_by("observation_date", maintain_order=True).agg(
        pl.col("known_at").max(),
        pl.col("coverage").first(),
        entity=pl.lit("CN"),
        value=value,
        n=pl.len(),
    )


@metric(
    "margin_industry_hhi",
    unit="index 0-1",
    reads=("margin_industries",),
    score=Percentile(),
    direction="heat",
    block="heat/leverage",
    entities=("CN",),
    label="Concentration of margin financing by industry",
    reading="Herfindahl index: the chance that two borrowed yuan sit in one industry.",
    pitfall="It depends on how finely the classification cuts; a new one starts it anew.",
    paper="H06",
)
def margin_industry_hhi(margin_industries: pl.DataFrame) -> pl.DataFrame:
    """HHI = sum of s(k)^2 over the industries."""
    return _by_day(margin_industries, herfindahl(pl.col("share")))


@metric(
    "margin_industry_effective",
    unit="count",
    reads=("margin_industries",),
    label="Effective number of industries in margin financing",
    reading="So many equal industries would be as concentrated.",
    pitfall="It depends on how finely the classification cuts.",
    paper="H06",
)
def margin_industry_effective(margin_industries: pl.DataFrame) -> pl.DataFrame:
    """1 / HHI of the industries' shares in margin financing."""
    return _by_day(margin_industries, 1 / herfindahl(pl.col("share")))


@metric(
    "margin_industry_top3",
    unit="fraction",
    reads=("margin_industries",),
    label="Share of the three largest industries in margin financing",
    reading="How much of the borrowed money sits in the three industries that have most of it.",
    pitfall="The three may change from day to day.",
    paper="H06",
)
def margin_industry_top3(margin_industries: pl.DataFrame) -> pl.DataFrame:
    """Sum of the three largest s(k)."""
    return _by_day(margin_industries, largest(pl.col("share"), 3))


@metric(
    "margin_overleverage",
    unit="ratio",
    reads=("margin_industries", "shenwan_days"),
    label="Margin financing of a sector against its capitalisation",
    reading="At 2 the sector carries twice the loans that its tradable capitalisation would.",
    pitfall="Only for Shenwan's classification, and over its sectors with a published capitalisation.",
    paper="H06",
)
def margin_overleverage(
    margin_industries: pl.DataFrame, shenwan_days: pl.DataFrame
) -> pl.DataFrame:
    """lambda(k) = (B(k) / sum of B) / (F(k) / sum of F), F = tradable capitalisation of a sector."""
    code = pl.col("entity").replace_strict(SHENWAN_CODE, default=None)
    loans = margin_industries.with_columns(entity=code).drop_nulls("entity")
    caps = shenwan_days.select("entity", "observation_date", "float_value_cny", known="known_at")
    both = loans.join(
        caps.filter(positive(pl.col("float_value_cny"))), on=["entity", "observation_date"]
    ).sort("observation_date", "entity")
    loans_share, cap_share = (
        pl.col(name) / pl.col(name).sum().over("observation_date", order_by="entity")
        for name in ("balance", "float_value_cny")
    )
    return both.with_columns(
        value=loans_share / cap_share,
        known_at=pl.max_horizontal("known_at", "known").max().over("observation_date"),
    )
