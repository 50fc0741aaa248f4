"""Whether earnings grow: China's technology giants against America's, and mainland companies (M15).

Growth is that of sums over a fixed basket, never a mean of growth rates, and every company is held
against its own quarter of the year before, so that fiscal years need not agree. A figure counts
from the day of its report. Profits are those reported (GAAP or IFRS, to shareholders): gains on
investments are in them, and later restatements are not.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import QUARTERLY, Group, Robust, metric, prepared
from transforms.prepared.series import theme_members, within_span
from warehouse.shanghai import DAY_END_UTC

CHINA, AMERICA, GAP = "CN7", "M7", "CN7-M7"
SEVEN = 7
FEWEST_OF_SEVEN = 5
# The same company in Hong Kong and on the mainland, where its reports are dated and in yuan.
MAINLAND_LISTING = {"002594.SZ": "01211.HK", "688981.SH": "00981.HK"}
# Hong Kong's figures are in the reporting currency, which the upstream labels wrongly.
IN_DOLLARS = ["00981.HK"]
FEWEST_QUARTERS = 8
FEWEST_COMPANIES = 30

MOST_REPORTED = 0.8
SEASON_CLOSES = {3: "1mo", 6: "2mo", 9: "1mo", 12: "4mo"}  # after the quarter's last month

FIGURE = ["basket", "company", "quarter"]


def growth(now: pl.Expr, before: pl.Expr) -> pl.Expr:
    """Now / before - 1; where `before` is no profit, the arc
    growth 2 (now - before) / (|·| + |·|).
    """
    arc = 2 * (now - before) / (now.abs() + before.abs())
    return pl.when(before > 0).then(now / before - 1).otherwise(arc)


def single_periods(cumulative: pl.DataFrame) -> pl.DataFrame:
    """Profit of each quarter, or half-year, out of figures that run from the fiscal year's
    beginning.

    cumulative: company, period_end, months, profit, known_at. Returns company, period_end, profit
    (per quarter), span (months: 3 or 6), known_at (of the later of the two reports).
    """
    end = pl.col("period_end")
    begun = end.dt.year().cast(pl.Int64) * 12 + end.dt.month() - pl.col("months")
    ordered = cumulative.with_columns(begun=begun).sort("company", "period_end")
    same_year = pl.all_horizontal(pl.col(c) == pl.col(c).shift() for c in ("company", "begun"))
    before = {
        c: pl.when(same_year).then(pl.col(c).shift()) for c in ("profit", "months", "known_at")
    }
    span = pl.col("months") - before["months"].fill_null(0)
    profit = (pl.col("profit") - before["profit"].fill_null(0.0)) / (span / 3)
    singles = ordered.select(
        "company",
        "period_end",
        profit=profit,
        span=span,
        known_at=pl.max_horizontal("known_at", before["known_at"]),
    )
    return singles.filter(pl.col("span").is_in([3, 6]))


def _of_quarter(figures: pl.DataFrame, basket: str, rank: int = 0) -> pl.DataFrame:
    """The figures of a basket with the calendar quarter (its first day) that they mostly lie in.

    rank: of two reports of one company the lower one counts.
    """
    middle = pl.col("period_end").dt.month_start().dt.offset_by("-1mo")
    return figures.select(
        "company",
        "span",
        "profit",
        "known_at",
        basket=pl.lit(basket),
        quarter=middle.dt.truncate("1q"),
        rank=pl.lit(rank, pl.Int64),
    )


growths = Group(unit="fraction", paper="M15", direction="momentum")


@prepared
def megacap_quarters(
    us_megacap_earnings: pl.DataFrame | None = None,
    hk_megacap_earnings: pl.DataFrame | None = None,
    earnings_report: pl.DataFrame | None = None,
    fx_rate: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Profit per company and quarter: basket, company, quarter, span, profit, rank, known_at."""
    parts = [_empty()]
    if us_megacap_earnings is not None:
        parts.append(_american(us_megacap_earnings))
    if hk_megacap_earnings is not None:
        parts.append(_in_yuan(_of_hong_kong(hk_megacap_earnings), fx_rate))
    if earnings_report is not None:
        parts.append(_of_mainland(earnings_report))
    return pl.concat(parts, how="diagonal_relaxed").sort(*FIGURE, "rank")


def _empty() -> pl.DataFrame:
    names = {"company": pl.String, "period_end": pl.Date, "span": pl.Int64, "profit": pl.Float64}
    return _of_quarter(pl.DataFrame(schema=names | {"known_at": pl.Datetime("us")}), CHINA)


def _american(reports: pl.DataFrame) -> pl.DataFrame:
    singles = reports.filter(pl.col("net_income_usd").is_finite()).select(
        "known_at",
        company="ticker",
        period_end="quarter_end",
        span=pl.lit(3, pl.Int64),
        profit=pl.col("net_income_usd").cast(pl.Float64),
    )
    return _of_quarter(singles, AMERICA)


def _of_hong_kong(reports: pl.DataFrame) -> pl.DataFrame:
    cumulative = reports.select(
        "period_end",
        "known_at",
        company="code",
        months=pl.col("period_months").cast(pl.Int64),
        profit=pl.col("net_profit_reported").cast(pl.Float64),
    )
    return _of_quarter(
        single_periods(cumulative.filter(pl.col("profit").is_finite())), CHINA, rank=1
    )


def _of_mainland(reports: pl.DataFrame) -> pl.DataFrame:
    both = reports.filter(pl.col("code").is_in(list(MAINLAND_LISTING)))
    named = both.with_columns(pl.col("code").replace(MAINLAND_LISTING))
    return _of_quarter(single_periods(_cumulative(named)), CHINA)


def _cumulative(reports: pl.DataFrame) -> pl.DataFrame:
    """Mainland reports, which run from 1 January."""
    return reports.filter(pl.col("net_profit_cny").is_finite()).select(
        "period_end",
        "known_at",
        company="code",
        months=pl.col("period_end").dt.month().cast(pl.Int64),
        profit=pl.col("net_profit_cny").cast(pl.Float64),
    )


def _in_yuan(figures: pl.DataFrame, fx_rate: pl.DataFrame | None) -> pl.DataFrame:
    """The figures in one currency; those in dollars are left out without a rate.

    One rate for all time, the first one known: it weighs the company and leaves its growth alone.
    """
    dollars = pl.col("company").is_in(IN_DOLLARS)
    parity = first_parity(fx_rate, "USD")
    if parity is None:
        return figures.filter(~dollars)
    rate, known_at = parity
    return figures.with_columns(
        profit=pl.when(dollars).then(pl.col("profit") * rate).otherwise("profit"),
        known_at=pl.when(dollars)
        .then(pl.max_horizontal("known_at", known_at))
        .otherwise("known_at"),
    )


def first_parity(fx_rate: pl.DataFrame | None, currency: str) -> tuple[float, pl.Expr] | None:
    """Yuan per unit on the first day known, and when it was known."""
    if fx_rate is None:
        return None
    rates = fx_rate.filter(pl.col("currency") == currency).sort("rate_date")
    if rates.is_empty():
        return None
    return rates["cny_per_unit"][0], pl.lit(rates["known_at"][0], pl.Datetime("us"))


@prepared
def megacap_growth(megacap_quarters: pl.DataFrame) -> pl.DataFrame:
    """Sums of each finished quarter and of the same quarter a year before, per basket.

    A quarter is finished when all that reported it a year before have reported, or when one member
    reports a later quarter: who is missing then is left out of both sums, and a report after that
    changes nothing. Columns: entity, quarter, now, before, n, coverage, known_at.
    """
    return _sums(megacap_quarters)


def _sums(figures: pl.DataFrame) -> pl.DataFrame:
    """See megacap_growth; figures: basket, company, quarter, span, profit, rank, known_at."""
    before = figures.with_columns(pl.col("quarter").dt.offset_by("1y"))
    pairs = (
        before.join(figures, on=[*FIGURE, "span", "rank"], how="left", suffix="_now")
        .with_columns(pair_known_at=pl.max_horizontal("known_at", "known_at_now"))
        .join(_closing(figures), on=["basket", "quarter"], how="left")
        .sort(*FIGURE, "rank")
        .unique(FIGURE, keep="first", maintain_order=True)
    )
    closed = pl.col("closed_at").is_not_null()
    both = pl.col("profit_now").is_not_null()
    in_time = both & (~closed | (pl.col("pair_known_at") <= pl.col("closed_at")))
    quarters = pairs.group_by("basket", "quarter", maintain_order=True).agg(
        now=pl.col("profit_now").filter(in_time).sum(),
        before=pl.col("profit").filter(in_time).sum(),
        n=in_time.sum().cast(pl.Int64),
        expected=(~closed | (pl.col("known_at") <= pl.col("closed_at"))).sum().cast(pl.Int64),
        last_known_at=pl.col("pair_known_at").filter(in_time).max(),
        closed_at=pl.col("closed_at").first(),
    )
    complete = pl.col("n") == pl.col("expected")
    finished = quarters.filter(complete | pl.col("closed_at").is_not_null())
    return finished.filter(pl.col("n") >= FEWEST_OF_SEVEN).select(
        "quarter",
        "now",
        "before",
        "n",
        entity="basket",
        coverage=pl.col("n") / SEVEN,
        known_at=pl.when(complete).then("last_known_at").otherwise("closed_at"),
    )


def _closing(figures: pl.DataFrame) -> pl.DataFrame:
    """When the first report of a later quarter came: basket, quarter, closed_at."""
    first = figures.group_by("basket", "quarter").agg(pl.col("known_at").min()).sort("quarter")
    later = pl.col("known_at").reverse().cum_min().reverse().shift(-1).over("basket")
    return first.select("basket", "quarter", closed_at=later)


def _end_of(quarter: str = "quarter") -> pl.Expr:
    return pl.col(quarter).dt.offset_by("1q").dt.offset_by("-1d")


@growths.metric(
    score=Robust(FEWEST_QUARTERS),
    block="momentum/earnings",
    weight=25,
    entities=(CHINA,),
    max_age=130,
    step=QUARTERLY,
)
def earnings_growth(megacap_growth: pl.DataFrame) -> pl.DataFrame:
    """ΣE(quarter) / ΣE(same quarter a year before) - 1 over the companies that reported both.

    Arc growth 2 (E1 - E0) / (|E1| + |E0|) where the base is no profit. Dated by the end of the
    calendar quarter, known with its last report; five of seven at least; n = companies.
    """
    return megacap_growth.select(
        "entity",
        "known_at",
        "n",
        "coverage",
        observation_date=_end_of(),
        value=growth(pl.col("now"), pl.col("before")),
    )


@growths.metric()
def earnings_growth_ttm(megacap_quarters: pl.DataFrame) -> pl.DataFrame:
    """Σ of four quarters / Σ of the four before - 1, otherwise as earnings_growth."""
    sums = megacap_quarters.with_columns(
        weighted=pl.col("profit") * pl.col("span"), known=pl.col("known_at").dt.epoch("us")
    ).with_columns(
        profit=pl.col("weighted").rolling_sum_by("quarter", "1y").over("basket", "company", "rank"),
        months=pl.col("span").rolling_sum_by("quarter", "1y").over("basket", "company", "rank"),
        known=pl.col("known").rolling_max_by("quarter", "1y").over("basket", "company", "rank"),
    )
    whole = sums.filter(pl.col("months") == 12).with_columns(
        span=pl.lit(12, pl.Int64), known_at=pl.from_epoch("known", "us")
    )
    return earnings_growth.compute(_sums(whole.select(megacap_quarters.columns)))


@growths.metric(
    score=Robust(FEWEST_QUARTERS),
    block="momentum/earnings",
    weight=25,
    entities=(GAP,),
    max_age=130,
    step=QUARTERLY,
)
def earnings_growth_gap(earnings_growth: pl.DataFrame) -> pl.DataFrame:
    """Growth of CN7 - growth of M7, of quarters that both have
    finished; coverage = the lower one.
    """
    china, america = (earnings_growth.filter(pl.col("entity") == b) for b in (CHINA, AMERICA))
    both = china.join(america, on="observation_date", suffix="_us")
    return both.select(
        "observation_date",
        entity=pl.lit(GAP),
        value=pl.col("value") - pl.col("value_us"),
        n=pl.col("n") + pl.col("n_us"),
        coverage=pl.min_horizontal("coverage", "coverage_us"),
        known_at=pl.max_horizontal("known_at", "known_at_us"),
    )


@metric(unit="sign", paper="M15")
def earnings_crossover(earnings_growth_gap: pl.DataFrame) -> pl.DataFrame:
    """Sign of the gap after it changed and kept the new sign for two consecutive quarters.

    Dated where the straight line between the gaps, each on the day it was known, crosses zero.
    """
    gap, day = pl.col("value"), pl.col("known_at")
    ordered = earnings_growth_gap.sort("observation_date").filter(gap != 0)
    after = pl.col("observation_date").shift(-1) == next_quarter(pl.col("observation_date"))
    weight = gap.shift() / (gap.shift() - gap)
    crossed = day.shift() + (day - day.shift()) * weight
    turns = ordered.with_columns(
        turned=gap.sign() != gap.shift().sign(),
        kept=(gap.shift(-1).sign() == gap.sign()) & after,
        crossed=crossed.dt.date(),
        confirmed_at=pl.max_horizontal(day, day.shift(-1)),
    )
    # A sign of one quarter was no crossover, and neither is the way back from it.
    before = gap.sign().shift(fill_value=ordered["value"].sign().first())
    confirmed = turns.filter("turned", "kept").filter(gap.sign() != before)
    return confirmed.select(
        "entity", observation_date="crossed", value=gap.sign(), known_at="confirmed_at"
    )


def next_quarter(end: pl.Expr) -> pl.Expr:
    """The last day of the quarter after the one that ends on a day."""
    return end.dt.offset_by("1d").dt.offset_by("1q").dt.offset_by("-1d")


@prepared
def a_share_quarters(earnings_report: pl.DataFrame) -> pl.DataFrame:
    """Profit of each mainland company and quarter beside that of the year before, by company.

    Columns: entity (code), period_end, profit, before, known_at (of all reports used), both null
    where a company of the year before has not reported.
    """
    singles = single_periods(_cumulative(earnings_report)).filter(pl.col("span") == 3)
    earlier = singles.select(
        "company", pl.col("period_end").dt.offset_by("1y"), "known_at", before="profit"
    )
    pairs = earlier.join(
        singles, on=["company", "period_end"], how="left", suffix="_now", maintain_order="left"
    )
    both = pl.when(pl.col("profit").is_not_null())
    return pairs.select(
        "period_end",
        "profit",
        "before",
        entity="company",
        known_at=both.then(pl.max_horizontal("known_at", "known_at_now")),
    )


@growths.metric(
    score=Robust(FEWEST_QUARTERS),
    block="momentum/earnings",
    weight=50,
    entities=("tech",),
    max_age=130,
    step=QUARTERLY,
)
def earnings_growth_a_shares(
    a_share_quarters: pl.DataFrame,
    sessions: pl.DataFrame,
    security: pl.DataFrame | None = None,
    theme_membership: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """ΣE(quarter) / ΣE(same quarter a year before) - 1, entities all and tech; n = companies.

    Told once, on the first session after the reporting season (30 April, 31 August, 31 October;
    30 April for the fourth quarter), or when four in five of the companies of the year before have
    reported, if that is later; from the reports known by then.
    """
    closing = _season_ends(a_share_quarters, sessions)
    known = a_share_quarters.join(closing, on="period_end", maintain_order="left").filter(
        pl.col("known_at") <= pl.col("closed_at")
    )
    sums = (
        all_and_technology(known, security, theme_membership)
        .group_by("group", "period_end", maintain_order=True)
        .agg(
            pl.col("profit", "before").sum(),
            pl.col("closed_at").first(),
            n=pl.len().cast(pl.Int64),
        )
    )
    return sums.filter(pl.col("n") >= FEWEST_COMPANIES).select(
        "n",
        entity="group",
        observation_date="period_end",
        value=growth(pl.col("profit"), pl.col("before")),
        known_at="closed_at",
    )


def _season_ends(quarters: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """When the results of a quarter are all due, and most of them known: period_end, closed_at."""
    month = pl.col("period_end").dt.month().cast(pl.Int64)
    wait = month.replace_strict(SEASON_CLOSES, default=None, return_dtype=pl.String)
    enough = (MOST_REPORTED * pl.len()).ceil().cast(pl.Int64) - 1
    ends = quarters.group_by("period_end").agg(
        most_known_at=pl.col("known_at").sort(nulls_last=True).get(enough)
    )
    due = ends.with_columns(due=pl.col("period_end").dt.offset_by(wait).dt.month_end()).sort("due")
    days = sessions.select(session_day="observation_date").sort("session_day")
    closed = due.join_asof(days, left_on="due", right_on="session_day", strategy="forward")
    known = closed.drop_nulls(["session_day", "most_known_at"])
    end = pl.col("session_day").dt.combine(DAY_END_UTC)
    return known.select("period_end", closed_at=pl.max_horizontal(end, "most_known_at"))


def all_and_technology(
    quarters: pl.DataFrame, security: pl.DataFrame | None, theme_membership: pl.DataFrame | None
) -> pl.DataFrame:
    """The rows of all companies and, where themes are known, those of technology: group all or
    tech.

    quarters: entity, period_end and others. A company is of technology when it was a member on the
    last day of the quarter, and counts once.
    """
    groups = [quarters.with_columns(group=pl.lit("all"))]
    if theme_membership is not None:
        spans = theme_members("tech", security, theme_membership)
        members = quarters.join(spans, on="entity").filter(within_span(pl.col("period_end")))
        once = members.select(quarters.columns).unique(["period_end", "entity"])
        groups.append(once.sort("entity", "period_end").with_columns(group=pl.lit("tech")))
    return pl.concat(groups)
