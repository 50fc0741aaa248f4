"""What the companies of the simulated market earn, announce and are expected to earn.

Invented from their size and industry: technology grows, others stagnate, an eighth loses money. A
quarter's figures do not depend on the market's first or last day. Money in CNY, ratios as
fractions.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from flows.sandbox.market.paths import Floats

FIRST_YEAR, LAST_YEAR = 2021, 2026
ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))
SEASONS = np.array([0.8, 1.0, 1.05, 1.15]) / 4  # share of a year's profit by quarter
GROWTH = {"technology": 0.22, "finance": 0.02}  # a year; others shrink a little
# Days after the end of a period on which reports come: first, last.
REPORTING = {3: (12, 30), 6: (14, 62), 9: (12, 31), 12: (25, 120)}
GUIDING = {3: (3, 15), 6: (1, 15), 9: (3, 15), 12: (2, 31)}
FLASHING = {3: (15, 20), 6: (15, 25), 9: (14, 20), 12: (14, 58)}
LARGEST = 1e12  # CNY; in a small market a company stands for many, and would earn as they do
SURPRISE = 0.5  # growth beyond which a company must give guidance


@dataclass(frozen=True)
class Figures:
    """Cumulative figures, periods × companies, oldest period first."""

    periods: list[date]
    revenue: Floats
    profit: Floats


def reports(companies: pl.DataFrame, seed: int) -> pl.DataFrame:
    """One row per company and report period whose report comes after its listing.

    Columns: code, name, industry, group, period_end, notice_date, booked_date (differs where the
    company moved it), revenue_cny, net_profit_cny, revenue_year_ago_cny, net_profit_year_ago_cny,
    revenue_yoy, net_profit_yoy, eps_cny, book_value_per_share_cny, roe,
    operating_cash_per_share_cny, gross_margin.
    """
    figures = _figures(companies, seed)
    rng = np.random.default_rng([seed, 41])
    frames = []
    for t in range(4, len(figures.periods)):
        when, moves = rng.random((2, len(companies)))
        when[::20] = 0.0  # some are early, in the smallest market too
        frames.append(_period(companies, figures, t, when, moves))
    listed = pl.col("notice_date") >= pl.col("listing_date")
    return pl.concat(frames).filter(listed).drop("listing_date")


def _figures(companies: pl.DataFrame, seed: int) -> Figures:
    """Quarterly figures that grow with the industry, accumulated over each year."""
    rng = np.random.default_rng([seed, 40])
    number, years = len(companies), LAST_YEAR - FIRST_YEAR + 1
    value = (companies["price"] * companies["shares"]).clip(upper_bound=LARGEST).to_numpy()
    growth = companies["group"].replace_strict(GROWTH, default=-0.01).to_numpy()
    margin = rng.uniform(0.04, 0.22, number)
    annual = value / rng.uniform(14.0, 45.0, number)
    loses = rng.random(number) < 0.125
    profits = []
    for _ in range(years):
        noise = rng.normal(0.0, 0.16, (4, number))
        quarters = annual * SEASONS[:, None] * np.exp(noise)
        profits.append(np.cumsum(np.where(loses, -0.4 * quarters, quarters), axis=0))
        annual = annual * (1.0 + growth + rng.normal(0.0, 0.22, number)).clip(0.3)
    profit = np.round(np.concatenate(profits), 2)
    revenue = np.round(np.abs(profit) / margin, 2)
    periods = [date(y, *end) for y in range(FIRST_YEAR, LAST_YEAR + 1) for end in ENDS]
    return Figures(periods, revenue, profit)


def _period(
    companies: pl.DataFrame, figures: Figures, t: int, when: Floats, moves: Floats
) -> pl.DataFrame:
    """The reports about one period; `when` and `moves` are drawn between 0 and 1."""
    end, shares = figures.periods[t], companies["shares"].to_numpy()
    revenue, profit = figures.revenue[t], figures.profit[t]
    before_revenue, before_profit = figures.revenue[t - 4], figures.profit[t - 4]
    noticed = spread(end, REPORTING[end.month], np.sqrt(when))  # most come late
    moved = np.where(moves < 0.05, 3, 0)
    return companies.select("code", "name", "industry", "group", "listing_date").with_columns(
        period_end=pl.lit(end),
        notice_date=pl.Series(noticed),
        booked_date=pl.Series(noticed + np.array(moved, dtype="timedelta64[D]")).cast(pl.Date),
        revenue_cny=pl.Series(revenue),
        net_profit_cny=pl.Series(profit),
        revenue_year_ago_cny=pl.Series(before_revenue),
        net_profit_year_ago_cny=pl.Series(before_profit),
        revenue_yoy=pl.Series(np.round(revenue / before_revenue - 1, 6)),
        net_profit_yoy=pl.Series(np.round((profit - before_profit) / np.abs(before_profit), 6)),
        eps_cny=pl.Series(np.round(profit / shares, 4)),
        book_value_per_share_cny=pl.Series(np.round(np.abs(profit) * 9 / shares, 4)),
        roe=pl.Series(np.round(profit / (np.abs(profit) * 9), 4)),
        operating_cash_per_share_cny=pl.Series(np.round(1.1 * profit / shares, 4)),
        gross_margin=pl.Series(np.round(0.15 + 0.4 * when, 4)),
    )


def spread(end: date, days: tuple[int, int], drawn: Floats) -> np.ndarray:
    """Days after the end of a period, between the first and the last as drawn."""
    first, last = days
    after = (first + np.floor(drawn * (last - first + 1))).astype("timedelta64[D]")
    return np.datetime64(end) + after


def guidance(reported: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Notices of companies whose profit changes by half or that lose money, and every twentieth
    corrected once.

    Columns: code, name, period_end, notice_date, kind, net_profit_cny (middle of the range),
    net_profit_year_ago_cny, net_profit_yoy, statement, revenue_cny.
    """
    surprising = (pl.col("net_profit_yoy").abs() > SURPRISE) | (pl.col("net_profit_cny") < 0)
    due = reported.filter(surprising).sort("period_end", "code")
    drawn = np.random.default_rng([seed, 42]).random((3, due.height))
    noticed = _days(due, GUIDING, np.where(due["period_end"].is_first_distinct(), 0.0, drawn[0]))
    first = _guided(due, noticed, 0.9 + 0.2 * drawn[1])
    later = pl.Series(noticed).dt.offset_by("9d").to_numpy()
    corrected = _guided(due, later, np.ones(due.height)).filter(pl.Series(drawn[2] < 0.05))
    return pl.concat([first, corrected]).sort("notice_date", "code")


def _days(rows: pl.DataFrame, seasons: dict[int, tuple[int, int]], drawn: Floats) -> np.ndarray:
    """A day in the season of each row's period."""
    month = rows["period_end"].dt.month()
    first, last = (
        month.replace_strict({m: days[i] for m, days in seasons.items()}).to_numpy() for i in (0, 1)
    )
    after = (first + np.floor(drawn * (last - first + 1))).astype("timedelta64[D]")
    drawn_days: np.ndarray = rows["period_end"].to_numpy() + after
    return drawn_days


def _guided(due: pl.DataFrame, noticed: np.ndarray, miss: Floats) -> pl.DataFrame:
    """What a notice says: the later result, missed by a factor, in whole ten thousands."""
    expected = (pl.col("net_profit_cny") * pl.Series(miss) / 1e4).round() * 1e4
    before = pl.col("net_profit_year_ago_cny")
    rows = due.select(
        "code", "name", "period_end", "net_profit_year_ago_cny", "revenue_cny",
        notice_date=pl.Series(noticed).cast(pl.Date),
        net_profit_cny=expected,
        net_profit_yoy=((expected - before) / before.abs()).round(4),
    )  # fmt: skip
    lost, earned = pl.col("net_profit_cny") < 0, before > 0
    kind = (
        pl.when(lost & earned).then(pl.lit("首亏"))
        .when(lost).then(pl.lit("续亏"))
        .when(before < 0).then(pl.lit("扭亏"))
        .when(pl.col("net_profit_yoy") > 0).then(pl.lit("预增"))
        .otherwise(pl.lit("预减"))
    )  # fmt: skip
    said = pl.format("预计归属于上市公司股东的净利润约{}万元", pl.col("net_profit_cny") / 1e4)
    return rows.with_columns(kind=kind, statement=said)


def flashes(reported: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Preliminary results of some companies before their reports; columns as in `reports`."""
    ordered = reported.sort("period_end", "code")
    drawn = np.random.default_rng([seed, 43]).random((2, ordered.height))
    share = np.where(ordered["period_end"].dt.month() == 12, 0.3, 0.12)
    last = ordered.select(pl.col("notice_date") == pl.col("notice_date").max().over("period_end"))
    slow = last.to_series().to_numpy()  # whose report comes last has a flash in any case
    early = pl.Series(_days(ordered, FLASHING, np.where(slow, 0.0, drawn[1]))).cast(pl.Date)
    rows = ordered.with_columns(flash_date=early).filter(
        pl.Series(slow | (drawn[0] < share)), pl.col("flash_date") < pl.col("notice_date")
    )
    return rows.with_columns(notice_date=pl.col("flash_date")).drop("flash_date")


def consensus(reported: pl.DataFrame, day: date, seed: int) -> pl.DataFrame:
    """What analysts expect on a day: four years per covered company, the last reported first.

    Columns: code, name, fiscal_year, estimate (actual, expected), eps_cny, reports (sources).
    """
    annual = reported.filter(
        pl.col("period_end").dt.month() == 12, pl.col("notice_date") <= day
    ).sort("code", "period_end")
    latest = annual.group_by("code", maintain_order=True).last()
    rng = np.random.default_rng([seed, 44])
    luck = {code: rng.random(2) for code in sorted(set(reported["code"]))}
    drawn = np.array([luck[code] for code in latest["code"]]).reshape(-1, 2)
    covered = latest.with_columns(
        reports=pl.Series(1 + np.floor(drawn[:, 1] * 25)).cast(pl.Int64),
        growth=pl.Series(0.05 + 0.25 * drawn[:, 0]) + _drift(day),
    ).filter(pl.Series(drawn[:, 0] < 0.6))
    return pl.concat(_ahead(covered, year) for year in range(4)).sort("code", "fiscal_year")


def _drift(day: date) -> float:
    """How much more the analysts expect than at the beginning of 2025, a year."""
    return 0.0004 * (day - date(2025, 1, 1)).days


def _ahead(covered: pl.DataFrame, years: int) -> pl.DataFrame:
    expected = pl.col("eps_cny") + pl.col("eps_cny").abs() * pl.col("growth") * years
    return covered.select(
        "code",
        "name",
        "reports",
        fiscal_year=pl.col("period_end").dt.year().cast(pl.Int64) + years,
        estimate=pl.lit("expected" if years else "actual"),
        eps_cny=expected.round(4),
    )
