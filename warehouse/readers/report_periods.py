"""The reporting calendar of mainland companies: which report periods have news, and until when.

A report period ends with a quarter, and its reports are due four weeks (first and third quarter),
two months (half-year) or four months (year) later. Upstreams answer period by period and have
nothing to say of a period whose season has not opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from warehouse.catalog import Call, Request

# The month in which a period ends → the last day of its season, in the same or the next year.
DEADLINES = {3: (4, 30), 6: (8, 31), 9: (10, 31), 12: (4, 30)}
ENDS = {3: 31, 6: 30, 9: 30, 12: 31}

A_SHARES = r"^(60|68|00|30|92)"  # not B shares, funds and bonds

Opening = Mapping[int, tuple[int, int]]  # the month in which a period ends → month, day


def quarter_ends(first: date, last: date) -> list[date]:
    """The report periods that end between two days, both included, oldest first."""
    years = range(first.year, last.year + 1)
    ends = [date(year, month, day) for year in years for month, day in ENDS.items()]
    return [end for end in ends if first <= end <= last]


def deadline(period: date) -> date:
    """The last day on which the report of a period is due."""
    return following(period, DEADLINES)


def following(period: date, days: Opening) -> date:
    """The day of a season: that of the period's year, or of the next for the year's end."""
    month, day = days[period.month]
    return date(period.year + (period.month == 12), month, day)


def in_season(request: Request, opening: Opening) -> list[date]:
    """The periods that had news on the days wanted, oldest first; else the newest that has any.

    `opening` is the day from which an upstream is sure to have an answer for a period.
    """
    before = date(request.first.year - 1, 1, 1)
    opened = [
        period
        for period in quarter_ends(before, request.last)
        if following(period, opening) <= request.last
    ]
    running = [period for period in opened if deadline(period) >= request.first]
    return running or opened[-1:]


def a_shares(answer: pl.DataFrame) -> pl.DataFrame:
    """The rows of A shares, each once: pages that are sorted by time repeat rows when it moves."""
    rows = answer.filter(pl.col("股票代码").cast(pl.String).str.contains(A_SHARES))
    return rows.drop("序号", strict=False).unique(maintain_order=True)


def period_of(call: Call) -> pl.Expr:
    """The period that a call is for."""
    return pl.lit(call.arguments["date"]).str.to_date("%Y%m%d")
