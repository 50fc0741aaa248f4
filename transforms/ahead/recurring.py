"""What comes every month or year around the same day: statistics, lending rates, meetings.

A rule is a custom that cases have shown, no promise: it is told as expected. Where the publisher
has named the day of a month (`scheduled_date`), that is told instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from transforms.ahead.entry import Certainty, Entry, Kind, month_end, months
from transforms.ahead.mainland import Frames, Mainland, named

Window = tuple[int, int]  # the first day of the month, and how many days later it may come at most
EVERY = tuple(range(1, 13))
ENDS_OF_QUARTERS = (1, 4, 7, 10)  # in whose months the quarter before is told


@dataclass(frozen=True)
class Rule:
    """When something comes.

    - windows: by month; a month without one has none; a day beyond the month is its last
    - formerly: another hour, and the day on which it was known no more
    - since: from which month on it has come so
    - works: it comes on a day of work, a later one where the first is none
    - reported: the dataset and column that show it is out, and how many months before it they are
    """

    kind: Kind
    subject: str
    title_en: str
    title_zh: str
    windows: Mapping[int, Window]
    basis: str
    beijing_time: str | None = None
    formerly: tuple[str, date] | None = None
    since: date = date(2010, 1, 1)
    works: bool = False
    reported: tuple[str, str, int] | None = None

    def hour(self, as_of: date) -> str | None:
        """The hour in Beijing, as known on a day."""
        return self.formerly[0] if self.formerly and as_of < self.formerly[1] else self.beijing_time

    def is_out(self, frames: Frames, month: date) -> bool:
        """Whether a dataset has the figures that a month brings."""
        if self.reported is None:
            return False
        dataset, column, lag = self.reported
        rows = frames.get(dataset)
        newest = None if rows is None else rows[column].max()
        return isinstance(newest, date) and newest >= _months_before(month, lag)


def every(
    window: Window, except_in: Mapping[int, Window | None] | None = None
) -> dict[int, Window]:
    """The same window in each month, but for some."""
    found = {month: (except_in or {}).get(month, window) for month in EVERY}
    return {month: one for month, one in found.items() if one is not None}


# Custom, not promise: as in the bureau's list of 2023, the customs' list of 2025, and on the
# evening news from July 2025 to June 2026.
BUREAU, CUSTOM = "custom of the statistics bureau", "custom of the publisher"
RULES = (
    Rule(Kind.RATE, "lpr", "Loan prime rates", "贷款市场报价利率（LPR）公布", every((20, 0)),
         "the 20th, or the next day of work", "09:00", ("09:15", date(2024, 7, 22)),
         since=date(2019, 8, 1), works=True),
    Rule(Kind.STATISTICS, "gdp", "GDP of the quarter, and activity of the month",
         "季度GDP及当月经济数据公布", {1: (17, 0), 4: (16, 2), 7: (15, 2), 10: (18, 2)},
         BUREAU, "10:00", works=True, reported=("gdp", "quarter", 3)),
    Rule(Kind.STATISTICS, "activity", "Industrial output, retail sales and investment",
         "工业、消费和投资数据公布",
         every((14, 4), {2: None, **dict.fromkeys(ENDS_OF_QUARTERS)}), BUREAU, "10:00"),
    Rule(Kind.STATISTICS, "pmi", "Purchasing managers' indices", "采购经理指数（PMI）公布",
         every((31, 0), {1: (27, 4), 2: (31, 4)}),
         "the last day of the month; around the Lunar New Year some days off it", "09:30",
         reported=("pmi", "month", 0)),
    Rule(Kind.STATISTICS, "prices", "Consumer and producer prices", "CPI和PPI公布",
         every((9, 3), {10: (13, 2)}), BUREAU, "09:30", reported=("cpi", "month", 1)),
    Rule(Kind.STATISTICS, "trade", "Foreign trade", "外贸数据公布", every((7, 7), {2: None}),
         CUSTOM),
    Rule(Kind.STATISTICS, "money", "Credit and money", "金融数据公布", every((10, 5)),
         CUSTOM, reported=("money_supply", "month", 1)),
    Rule(Kind.STATISTICS, "profits", "Industrial profits", "工业企业利润公布",
         every((27, 0), {2: None}), "the 27th, by custom"),
    Rule(Kind.MEETING, "npc", "National People's Congress opens", "全国人大会议开幕",
         {3: (5, 0)}, "5 March, by custom"),
    Rule(Kind.MEETING, "politburo", "Politburo meeting on the economy", "政治局会议分析经济形势",
         {4: (25, 5), 7: (24, 7), 12: (8, 1)},
         "late April, late July and early December, by custom"),
)  # fmt: skip


def recurring(
    frames: Frames, mainland: Mainland, as_of: date, first: date, last: date
) -> Iterator[Entry]:
    """What may come in a span after `as_of`: announced where its day was named, else by rule."""
    listed = named(frames, as_of)
    for rule in RULES:
        for month in months(first - timedelta(days=31), last):
            if rule.is_out(frames, month):
                continue
            found = list(_announced(rule, listed, month)) or _expected(rule, mainland, month, as_of)
            for entry in found:
                if entry.last >= first and entry.day <= last:
                    yield _ahead(entry, first)


def _announced(rule: Rule, listed: pl.DataFrame, month: date) -> Iterator[Entry]:
    """The days of a month that were named for it."""
    of_month = pl.col("scheduled_on").dt.truncate("1mo") == month
    for row in listed.filter(of_month, subject=rule.subject).iter_rows(named=True):
        yield Entry(
            row["scheduled_on"], rule.kind, rule.subject, rule.title_en, rule.title_zh,
            row["publisher"], Certainty.ANNOUNCED, beijing_time=row["beijing_time"],
        )  # fmt: skip


def _expected(rule: Rule, mainland: Mainland, month: date, as_of: date) -> list[Entry]:
    """The window of a month by rule."""
    if month.month not in rule.windows or month < rule.since:
        return []
    begins, length = rule.windows[month.month]
    day = month + timedelta(days=min(begins, month_end(month).day) - 1)
    until = day + timedelta(days=length)
    if rule.works:
        day = mainland.workday_from(day) or day
    return [Entry(
        day, rule.kind, rule.subject, rule.title_en, rule.title_zh, rule.basis,
        until=until if until > day else None, beijing_time=rule.hour(as_of),
    )]  # fmt: skip


def _ahead(entry: Entry, first: date) -> Entry:
    """What may have come already may come from the first day of the span on."""
    if entry.day >= first:
        return entry
    return replace(entry, day=first, until=entry.until if entry.last > first else None)


def _months_before(month: date, lag: int) -> date:
    """The first day of the month so many months earlier."""
    number = month.year * 12 + month.month - 1 - lag
    return date(number // 12, number % 12 + 1, 1)
