"""What companies have ahead: listings, reports that are booked, and the ends of lock-ups.

Whether a listing had a cornerstone investor is in no dataset: the end of a lock-up is a day by
rule, on which some shares of these companies may become free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from transforms.ahead.entry import LONGEST_REST, Certainty, Entry, Kind
from transforms.ahead.mainland import Frames, Mainland
from warehouse.exchanges import HONG_KONG, planned_sessions

NAMED = 3  # companies that an entry names; the others are counted
VENUES = {"ipo_hk": ("Hong Kong", "港股"), "ipo_a": ("A-share", "A股")}


@dataclass(frozen=True)
class LockUp:
    """Shares that may be sold so many calendar months after the listing."""

    dataset: str
    months: int
    english: str
    chinese: str


LOCK_UPS = (
    LockUp("ipo_hk", 6, "cornerstone investors", "基石投资者"),
    LockUp("ipo_a", 6, "offline placing accounts", "网下配售"),
    LockUp("ipo_a", 12, "other holders of before the listing", "首发前股东"),
    LockUp("ipo_a", 36, "controlling holders", "控股股东"),
)


def company_days(frames: Frames, mainland: Mainland, first: date, last: date) -> Iterator[Entry]:
    """What falls into a span, both ends included. frames: as known on the day before it."""
    for dataset in VENUES:
        yield from _listings(frames, dataset, first, last)
    for lock_up in LOCK_UPS:
        yield from _lock_ups(frames, mainland, lock_up, first, last)
    yield from _reports(frames, first, last)


def _listings(frames: Frames, dataset: str, first: date, last: date) -> Iterator[Entry]:
    """First days that the list of listings names ahead."""
    english, chinese = VENUES[dataset]
    rows = _rows(frames, dataset).filter(pl.col("listing_date").is_between(first, last))
    for day, names in _by_day(rows, "listing_date"):
        yield Entry(
            day, Kind.LISTING, dataset, f"{english} listings: {_english(names)}",
            f"{chinese}上市：{_chinese(names)}", dataset, Certainty.ANNOUNCED,
        )  # fmt: skip


def _lock_ups(
    frames: Frames, mainland: Mainland, lock_up: LockUp, first: date, last: date
) -> Iterator[Entry]:
    english, chinese = VENUES[lock_up.dataset]
    free = pl.col("listing_date").dt.offset_by(f"{lock_up.months}mo")
    rows = _rows(frames, lock_up.dataset).with_columns(free=free)
    rows = rows.filter(pl.col("free").is_between(first - LONGEST_REST, last))
    shifted = rows.with_columns(
        pl.col("free").map_elements(
            lambda day: _trading_day(mainland, lock_up.dataset, day), return_dtype=pl.Date
        )
    ).filter(pl.col("free").is_between(first, last))
    for day, names in _by_day(shifted, "free"):
        yield Entry(
            day, Kind.LOCK_UP, f"{lock_up.dataset} {lock_up.months} months",
            f"{english}: lock-up of {lock_up.english} ends: {_english(names)}",
            f"{chinese}{lock_up.chinese}限售期满：{_chinese(names)}",
            f"{lock_up.months} calendar months after the listing; holders are in no dataset",
        )  # fmt: skip


def _trading_day(mainland: Mainland, dataset: str, day: date) -> date:
    """The first session of the market on a day or after it; the day itself where none is told."""
    if dataset == "ipo_a":
        return mainland.session_from(day) or day
    return planned_sessions(HONG_KONG, day, day + LONGEST_REST)[0]


def _reports(frames: Frames, first: date, last: date) -> Iterator[Entry]:
    """How many companies have booked each day, by the period that they report on."""
    booked = _rows(frames, "disclosure_date")
    if booked.is_empty():
        return
    due = booked.filter(
        pl.col("actual_date").is_null(), pl.col("booked_date").is_between(first, last)
    )
    counted = due.group_by("booked_date", "period_end").len().sort("booked_date", "period_end")
    for day, end, n in counted.iter_rows():
        yield Entry(
            day, Kind.REPORTS, f"A {end}", f"Reports to {end.day} {end:%b %Y} of {n:,} A-share companies",
            f"{n:,}家A股公司披露截至{end.year}年{end.month}月{end.day}日的报告", "disclosure_date", Certainty.ANNOUNCED,
        )  # fmt: skip


def _rows(frames: Frames, dataset: str) -> pl.DataFrame:
    """A dataset, without rows and columns where it is not there."""
    empty = {"listing_date": pl.Date, "name": pl.String}
    return frames.get(dataset, pl.DataFrame(schema=empty if dataset in VENUES else {}))


def _by_day(rows: pl.DataFrame, column: str) -> Iterator[tuple[date, list[str]]]:
    """The names of each day, sorted."""
    for (day,), part in rows.sort(column, "name").group_by(column, maintain_order=True):
        yield day, part["name"].to_list()


def _english(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _chinese(names: list[str]) -> str:
    """The first names, and how many there are in all."""
    return "、".join(names[:NAMED]) + (f"等{len(names)}家" if len(names) > NAMED else "")
