"""What was listed in the span and what waits for it: first days, money, applications, notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import cast

import numpy as np
import polars as pl

from transforms.findings.detectors import Found, Series, level
from transforms.findings.finding import Finding, Histories, Number
from transforms.findings.rarity import Days, Values, awaited, rarity_of_level, unranked
from transforms.findings.span import Span
from transforms.findings.watched import in_span, made
from transforms.prepared.listings import HONG_KONG, MAINLAND, a_listings, hk_listings
from warehouse.catalog import cutoff

SEVERE = "severe_abnormal_fluctuation"
ABNORMAL = ("abnormal_fluctuation", SEVERE)

Frames = Mapping[str, pl.DataFrame]


def listings(frames: Frames, histories: Histories, span: Span) -> Iterator[Finding]:
    """All that is found among listings, applications, lists of companies and notices."""
    hong_kong, mainland = (_listed(frames, name, span) for name in ("ipo_hk", "ipo_a"))
    if hong_kong is not None:
        yield from _first_days(HONG_KONG, hong_kong, span)
        yield from _proceeds(hong_kong, span)
    if mainland is not None:
        yield from _first_days(MAINLAND, mainland, span)
    yield from _pipeline(histories, span)
    yield from _unicorns(frames, span)
    yield from _warnings(frames, histories, span)


def _listed(frames: Frames, dataset: str, span: Span) -> pl.DataFrame | None:
    """The listings of a market up to the end of the span, by day; None without any."""
    rows = frames.get(dataset, pl.DataFrame())
    if rows.is_empty():
        return None
    known = rows.filter(pl.col("listing_date") <= span.last)
    if dataset == "ipo_hk":
        return hk_listings.compute(known)
    return a_listings.compute(known, frames.get("security"), frames.get("theme_membership"))


def _within(rows: pl.DataFrame, span: Span, day: str = "observation_date") -> pl.DataFrame:
    """The rows that are dated within the span, of a week those of its own days."""
    return rows.filter(pl.col(day) > span.eve, pl.col(day) <= span.last)


def _first_days(market: str, rows: pl.DataFrame, span: Span) -> Iterator[Finding]:
    """The first days of the span that have a figure, beside how many were listed in it."""
    listed = _within(rows, span)
    priced = listed.drop_nulls("first_day").sort("first_day", "entity", descending=[True, False])
    if priced.is_empty():
        return
    day, known = newest_day(listed), newest_moment(priced)
    returns = priced["first_day"].to_numpy()
    values = {
        "n": (len(returns), "count"),
        "listed": (listed.height, "count"),
        "below": (int((returns < 0).sum()), "count"),
        "median": (float(np.median(returns)), "fraction"),
        "best": (float(returns[0]), "fraction"),
    }
    numbers = {role: Number(float(v), unit, day, known) for role, (v, unit) in values.items()}
    seen = Found(unranked(span.last), numbers)
    yield made("first_days", market, seen, best=str(priced["entity"][0]))


def _proceeds(rows: pl.DataFrame, span: Span) -> Iterator[Finding]:
    """What the span's listings raised, beside spans of as many days before, and the year so far."""
    listed = _within(rows, span)
    if listed.is_empty():
        return
    year = rows.filter(pl.col("observation_date").dt.year() == span.last.year)
    day = newest_day(listed)
    values = {
        "n": (listed.height, "count", listed),
        "raised": (listed["raised"].sum(), "HKD", listed),
        "year_n": (year.height, "count", year),
        "year_raised": (year["raised"].sum(), "HKD", year),
    }
    numbers = {
        role: Number(float(value), unit, day, newest_moment(of))
        for role, (value, unit, of) in values.items()
    }
    length = (span.last - span.eve).days
    days, sums = _apart(rows, span.last, length)
    rarity = rarity_of_level(days, sums, high=True)
    rarity = awaited(rarity, sums, len(sums) - 1, length, high=True)
    yield made("proceeds", HONG_KONG, Found(rarity, numbers))


def _apart(rows: pl.DataFrame, last: date, length: int) -> tuple[Days, Values]:
    """The sums of so many days that end on each day and share none with the last of them, and it.

    From the first day that has as many behind it.
    """
    first = cast("date", rows["observation_date"].min())
    each = pl.DataFrame({"day": pl.date_range(first, last, eager=True)})
    by_day = rows.group_by(day="observation_date").agg(pl.col("raised").sum())
    raised = each.join(by_day, on="day", how="left", maintain_order="left")["raised"].fill_null(0.0)
    if len(raised) < length:
        return each["day"].to_numpy()[-1:], np.array([float(raised.sum())])
    sums = np.convolve(raised.to_numpy(), np.ones(length), mode="valid")
    days = each["day"].to_numpy()[length - 1 :]
    before = max(len(sums) - length, 0)
    return np.append(days[:before], days[-1:]), np.append(sums[:before], sums[-1:])


def _pipeline(histories: Histories, span: Span) -> Iterator[Finding]:
    """Applications under review now, and how many were registered in the span."""
    seen = in_span(histories.of("ipo_pipeline_count", "running"), span)
    if seen is None:
        return
    running, series = seen[0], Series(seen[0], "count")
    registered, here = histories.of("ipo_pipeline_count", "registered"), len(running) - 1
    counted = series.level(here)
    added = 0.0
    if registered is not None:
        before, now = (registered.after(day) for day in (span.base, span.last))
        start = float(registered.values[before - 1]) if before else 0.0
        added = float(registered.values[now - 1]) - start if now else 0.0
    numbers = {
        "under_review": counted,
        "registered": series.number(here, added, "count", seen[1] - 1),
    }
    yield made("pipeline", MAINLAND, Found(level(series, seen[1]).rarity, numbers))


def _unicorns(frames: Frames, span: Span) -> Iterator[Finding]:
    """The list of each scope that came out in the span, beside its own count of the year before."""
    rows = frames.get("unicorn_count", pl.DataFrame())
    if rows.is_empty():
        return
    of_list = ["scope", "list_name"]
    before = rows.select(*of_list, pl.col("year") + 1, "known_at", before="count")
    both = rows.join(before, on=[*of_list, "year"], how="left", suffix="_before")
    newest = both.sort("scope", "year", "list_name")
    told = newest.filter(
        pl.col("known_at") > cutoff(span.base), pl.col("known_at") <= cutoff(span.last)
    )
    for row in told.unique("scope", keep="last", maintain_order=True).iter_rows(named=True):
        day = row["observation_date"]
        numbers = {"count": Number(float(row["count"]), "count", day, row["known_at"])}
        if row["before"] is not None:
            known = max(row["known_at"], row["known_at_before"])
            numbers["before"] = Number(float(row["before"]), "count", day, known)
        seen = Found(unranked(day), numbers)
        yield made("unicorns", row["scope"], seen, list=row["list_name"])


def _warnings(frames: Frames, histories: Histories, span: Span) -> Iterator[Finding]:
    """How many companies gave notice of abnormal fluctuation in the span, how many of severe."""
    rows = frames.get("announcement", pl.DataFrame())
    if rows.is_empty():
        return
    given = _within(rows, span, "announcement_date").filter(pl.col("kind").is_in(ABNORMAL))
    if given.is_empty():
        return
    severe = given.filter(pl.col("kind") == SEVERE)
    known = newest_moment(given)
    counts = {"abnormal": given["code"].n_unique(), "severe": severe["code"].n_unique()}
    numbers = {
        role: Number(float(count), "count", span.last, known, span.base)
        for role, count in counts.items()
    }
    seen = in_span(histories.of("abnormal_notices_5d", "all"), span)
    rarity = level(Series(seen[0], "count"), seen[1]).rarity if seen else unranked(span.last)
    yield made("warnings", "all", Found(rarity, numbers))


def newest_day(rows: pl.DataFrame) -> date:
    """The last observation date of rows."""
    return cast("date", rows["observation_date"].max())


def newest_moment(rows: pl.DataFrame) -> datetime:
    """When the last of the rows became known."""
    return cast("datetime", rows["known_at"].max())
