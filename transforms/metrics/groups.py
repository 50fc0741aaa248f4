"""What the shares of an industry or a theme did over a week and a month, and which moved most.

Entities: each industry by name and each listed theme; each share counts the same. A move counts
from the last close on or before the session that many sessions ago; a share whose trading was
halted for longer than a month before that has none. Who moved most is told of shares after their
sixtieth bar: first days have no price limits.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.engine.metric import Group, prepared
from transforms.formulas import stock_arrays
from transforms.formulas.expressions import ROUNDING
from transforms.formulas.stock_arrays import YEAR_OF_BARS, Mark
from transforms.prepared.series import known_within, theme_members, while_members
from transforms.prepared.stocks import Ground, ground_of, industries_of

WEEK, MONTH = 5, 20  # sessions
FEWEST = 5  # shares of which a group has a median
SETTLED = 60  # bars before those of which a share is told by itself
LONGEST_HALT = 20  # sessions that the close from which a move counts may be older
SHOWN = 5  # shares that moved most, up and down

moves = Group(unit="fraction", paper="metrics.md 0.3")


@prepared
def share_moves(stock_bars: pl.DataFrame) -> pl.DataFrame:
    """What each share made of its close 5 and 20 sessions before, on each day that it traded.

    Columns entity, observation_date, session, known_at; week, month (fractions, null where there is
    no close to count from); year_high (0 or 1, null without a year of bars); settled (whether it
    has 60 bars before this one). Sorted as stock_bars.
    """
    ground = ground_of(stock_bars)
    bar = stock_arrays.bar_numbers(ground.starts)
    marks = stock_bars["marks"].to_numpy()
    high = np.where(marks & Mark.WITH_YEAR > 0, marks & Mark.YEAR_HIGH > 0, np.nan)
    return stock_bars.select(
        "entity",
        "observation_date",
        "session",
        "known_at",
        week=_moved(stock_bars, ground, WEEK),
        month=_moved(stock_bars, ground, MONTH),
        year_high=pl.Series(high).fill_nan(None),
        settled=pl.Series(bar >= SETTLED),
    )


def _moved(stock_bars: pl.DataFrame, ground: Ground, sessions: int) -> pl.Series:
    """Change since the share's last close on or before the session so many sessions ago."""
    adjusted, session = stock_bars["adjusted"].to_numpy(), ground.day.astype(np.int64)
    # Stocks lie one after the other: in one ascending number, parted by more than any move spans.
    apart = len(ground.days) + sessions + LONGEST_HALT
    place = np.repeat(np.arange(len(ground.codes)), np.diff(ground.starts)) * apart + session
    base = np.searchsorted(place, place - sessions, side="right") - 1
    known = (base >= 0) & (place - place[base] <= sessions + LONGEST_HALT)
    return pl.Series(np.where(known, adjusted / adjusted[base] - 1, np.nan)).fill_nan(None)


@prepared
def group_days(
    share_moves: pl.DataFrame,
    security: pl.DataFrame | None = None,
    theme_membership: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Industries and themes by (entity, observation_date), with known_at.

    Columns week, month (medians), rose (share that gained over the week) and year_high (share at
    the highest close of a year), and of how many shares each: n, n_month, n_year.
    """
    found = [_by_day(share_moves.clear(), "")]
    if security is not None:
        names, number = industries_of(ground_of(share_moves), security)
        order = np.argsort(number, kind="stable")
        ends = np.searchsorted(number[order], np.arange(len(names) + 1))
        for name, first, end in zip(names, ends[:-1], ends[1:], strict=True):
            found.append(_by_day(share_moves[order[first:end]], name))
    if theme_membership is not None:
        for theme in theme_membership["theme"].unique().sort():
            members = theme_members(theme, security, theme_membership)
            codes = members.select(pl.col("entity").cast(pl.Categorical)).unique()
            bars = share_moves.join(codes, on="entity", how="semi")
            found.append(_by_day(while_members(bars, members), theme))
    return pl.concat(found).sort("entity", "observation_date")


def _by_day(bars: pl.DataFrame, entity: str) -> pl.DataFrame:
    """The days of one group, of whose shares the bars are."""
    week, month, high = pl.col("week"), pl.col("month"), pl.col("year_high")
    days = bars.group_by("session").agg(
        pl.col("observation_date").first(),
        pl.col("known_at").max(),
        week=week.median(),
        month=month.median(),
        rose=(week > ROUNDING).mean(),
        year_high=high.mean(),
        n=week.count().cast(pl.Int64),
        n_month=month.count().cast(pl.Int64),
        n_year=high.count().cast(pl.Int64),
    )
    return days.with_columns(entity=pl.lit(entity))


def _of_group(group_days: pl.DataFrame, value: str, n: str, window: int) -> pl.DataFrame:
    """A column of group_days as rows of a metric, where there are five shares or more."""
    return group_days.filter(pl.col(n) >= FEWEST).select(
        "entity",
        "observation_date",
        value=value,
        n=n,
        known_at=known_within(window).over("entity"),
    )


@moves.metric(window=WEEK + 1)
def group_return_5d(group_days: pl.DataFrame) -> pl.DataFrame:
    """Median of P(t) / P(t-5) - 1 over the shares of an industry or theme.

    P(t-5): the last close on or before the fifth session before; five shares at least.
    """
    return _of_group(group_days, "week", "n", WEEK + LONGEST_HALT + 1)


@moves.metric(window=MONTH + 1)
def group_return_20d(group_days: pl.DataFrame) -> pl.DataFrame:
    """Median of P(t) / P(t-20) - 1 over the shares of an industry or theme.

    P(t-20): the last close on or before the 20th session before; five shares at least.
    """
    return _of_group(group_days, "month", "n_month", MONTH + LONGEST_HALT + 1)


@moves.metric(window=WEEK + 1)
def group_risen_5d_share(group_days: pl.DataFrame) -> pl.DataFrame:
    """Shares with P(t) > P(t-5) / shares of the industry or theme that traded; five at least."""
    return _of_group(group_days, "rose", "n", WEEK + LONGEST_HALT + 1)


@moves.metric(paper="M07", window=YEAR_OF_BARS)
def group_new_high_share(group_days: pl.DataFrame) -> pl.DataFrame:
    """Shares with P = max(P, 252) / shares of the industry or theme with 252 bars; at least
    five.
    """
    return _of_group(group_days, "year_high", "n_year", YEAR_OF_BARS)


@moves.metric(window=SETTLED + 1)
def best_share_return_5d(share_moves: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-5) - 1 of the five shares in which it is highest, among those with
    60 bars before.
    """
    return _farthest(share_moves, descending=True)


@moves.metric(window=SETTLED + 1)
def worst_share_return_5d(share_moves: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-5) - 1 of the five shares in which it is lowest, among those with
    60 bars before.
    """
    return _farthest(share_moves, descending=False)


def _farthest(share_moves: pl.DataFrame, *, descending: bool) -> pl.DataFrame:
    """The five shares of each session that moved most one way, the first by code of equal ones.

    They are known once every bar of the sessions that a rank rests on is: any other share might
    have stood among them.
    """
    sessions = share_moves.group_by("session").agg(pl.col("known_at").max()).sort("session")
    known = sessions.with_columns(known_at=known_within(SETTLED + LONGEST_HALT + 1))
    settled = share_moves.lazy().filter("settled").drop_nulls("week")
    ranked = pl.col("week").rank("min", descending=descending).over("session") <= SHOWN
    names = pl.col("entity").cast(pl.String)
    few = settled.filter(ranked).with_columns(names).collect()
    order = few.sort("session", "week", "entity", descending=[False, descending, False])
    return (
        order.group_by("session", maintain_order=True)
        .head(SHOWN)
        .drop("known_at")
        .join(known, on="session")
        .select("entity", "observation_date", "known_at", value="week")
        .sort("entity", "observation_date")
    )
