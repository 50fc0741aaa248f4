"""Reviews of indices, expiries of derivatives, and the last days for reports: all by rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from transforms.ahead.entry import (
    FRIDAY,
    Entry,
    Kind,
    month_end,
    months,
    nth_weekday,
    weekday_after,
)
from transforms.ahead.mainland import Mainland
from warehouse.exchanges import HONG_KONG, planned_sessions

WEDNESDAY = 2
HALF_YEARLY, QUARTERLY = (6, 12), (3, 6, 9, 12)
STAR_50_BEGINS = date(2020, 7, 23)
AFTER_CLOSE = "after the close of the second Friday; in force on the next trading day"
DEADLINES = (
    (1, "A", "Last day for A-share profit warnings of the year", "A股年度业绩预告截止日"),
    (
        3,
        "HK",
        "Last day for Hong Kong results of the year to December",
        "港股12月年结公司业绩截止日",
    ),
    (4, "A", "Last day for A-share annual and first-quarter reports", "A股年报、一季报截止日"),
    (8, "A", "Last day for A-share half-year reports", "A股半年报截止日"),
    (8, "HK", "Last day for Hong Kong interim results", "港股中期业绩截止日"),
    (10, "A", "Last day for A-share third-quarter reports", "A股三季报截止日"),
)
REPORT_RULE = "the rule of the exchange: the last day of the month"


def market_days(mainland: Mainland, first: date, last: date) -> Iterator[Entry]:
    """What falls into a span, both ends included."""
    for month in months(first - timedelta(days=31), last):
        for entry in (*_reviews(mainland, month), *_expiries(mainland, month), *_deadlines(month)):
            if first <= entry.day <= last:
                yield entry


def _reviews(mainland: Mainland, month: date) -> Iterator[Entry]:
    if month.month in QUARTERLY:
        friday = nth_weekday(month, FRIDAY, 2)
        day = mainland.session_to(friday) or friday
        if month.month in HALF_YEARLY:
            yield Entry(
                day, Kind.REVIEW, "CSI, SSE, SZSE",
                "Index reviews: CSI 300, Shanghai, Shenzhen and ChiNext, after the close",
                "沪深300、上证、深证、创业板等指数样本调整（收盘后）", AFTER_CLOSE,
            )  # fmt: skip
        if day >= STAR_50_BEGINS:
            yield Entry(
                day, Kind.REVIEW, "STAR 50", "Index review: STAR 50, after the close",
                "科创50指数样本调整（收盘后）", AFTER_CLOSE,
            )  # fmt: skip
        monday = weekday_after(nth_weekday(month, FRIDAY, 1))
        yield Entry(
            planned_sessions(HONG_KONG, monday, monday + timedelta(days=7))[0],
            Kind.REVIEW, "HSI, HSTECH", "Hang Seng index reviews in force", "恒生指数系列调整生效",
            "the Monday after the first Friday of the quarter's last month",
        )  # fmt: skip


def _expiries(mainland: Mainland, month: date) -> Iterator[Entry]:
    friday, wednesday = nth_weekday(month, FRIDAY, 3), nth_weekday(month, WEDNESDAY, 4)
    yield Entry(
        mainland.session_from(friday) or friday, Kind.EXPIRY, "CFFEX",
        "Index futures and options expire", "股指期货、期权交割日",
        "the third Friday, or the next trading day",
    )  # fmt: skip
    yield Entry(
        mainland.session_from(wednesday) or wednesday, Kind.EXPIRY, "SSE, SZSE",
        "Options on exchange-traded funds expire", "ETF期权到期日",
        "the fourth Wednesday, or the next trading day",
    )  # fmt: skip
    yield Entry(
        planned_sessions(HONG_KONG, month, month_end(month))[-2], Kind.EXPIRY, "HKEX",
        "Hang Seng and HSTECH futures expire", "恒指、恒生科技期货到期日",
        "the session before the month's last",
    )  # fmt: skip


def _deadlines(month: date) -> Iterator[Entry]:
    for number, market, english, chinese in DEADLINES:
        if number == month.month:
            yield Entry(
                month_end(month), Kind.REPORTS, f"{market} deadline", english, chinese, REPORT_RULE
            )
