"""Listings, ends of lock-ups and booked reports, from drawn lists."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from transforms.ahead.companies import company_days
from transforms.ahead.entry import Certainty, Entry, Kind
from transforms.ahead.mainland import Mainland

FIRST, LAST = date(2026, 1, 12), date(2026, 1, 23)
SESSIONS = (date(2026, 1, 12), date(2026, 1, 13), date(2026, 1, 16), date(2026, 1, 19))
SHANGHAI = Mainland(SESSIONS, date(2026, 1, 20), frozenset())


def entries(frames: dict[str, pl.DataFrame], *kinds: Kind) -> list[Entry]:
    return [e for e in company_days(frames, SHANGHAI, FIRST, LAST) if e.kind in kinds]


def listed(*rows: tuple[str, date]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"name": pl.String, "listing_date": pl.Date}, orient="row")


def test_without_lists_nothing_is_ahead():
    assert list(company_days({}, SHANGHAI, FIRST, LAST)) == []


@pytest.mark.parametrize(
    ("dataset", "title_en", "title_zh"),
    [
        ("ipo_hk", "Hong Kong listings: 甲", "港股上市：甲"),
        ("ipo_a", "A-share listings: 甲", "A股上市：甲"),
    ],
)
def test_first_days_that_are_named_ahead_are_told_with_the_span_s_ends(dataset, title_en, title_zh):
    near = [date(2026, 1, 11), FIRST, LAST, date(2026, 1, 24)]
    found = entries({dataset: listed(*(("甲", day) for day in near))}, Kind.LISTING)

    assert [e.day for e in found] == [FIRST, LAST]
    assert {(e.title_en, e.title_zh, e.subject, e.certainty) for e in found} == {
        (title_en, title_zh, dataset, Certainty.ANNOUNCED)
    }


@pytest.mark.parametrize(
    ("names", "title_en", "title_zh"),
    [
        ("ba", "a, b", "a、b"),
        ("cba", "a, b, c", "a、b、c"),
        ("dcba", "a, b, c and 1 more", "a、b、c等4家"),
        ("edcba", "a, b, c and 2 more", "a、b、c等5家"),
    ],
)
def test_three_companies_are_named_by_name_and_the_others_counted(names, title_en, title_zh):
    frames = {"ipo_hk": listed(*((name, FIRST) for name in names))}
    (one,) = entries(frames, Kind.LISTING)

    assert one.title_en == f"Hong Kong listings: {title_en}"
    assert one.title_zh == f"港股上市：{title_zh}"


def test_days_come_in_order():
    frames = {"ipo_hk": listed(("a", LAST), ("b", FIRST), ("c", date(2026, 1, 15)))}

    assert [e.day.day for e in entries(frames, Kind.LISTING)] == [12, 15, 23]


@pytest.mark.parametrize(
    ("dataset", "listing", "months", "holders"),
    [
        ("ipo_hk", date(2025, 7, 13), 6, "Hong Kong: lock-up of cornerstone investors"),
        ("ipo_a", date(2025, 7, 13), 6, "A-share: lock-up of offline placing accounts"),
        ("ipo_a", date(2025, 1, 13), 12, "A-share: lock-up of other holders of before the listing"),
        ("ipo_a", date(2023, 1, 13), 36, "A-share: lock-up of controlling holders"),
    ],
)
def test_a_lock_up_ends_by_the_market_and_its_holders(dataset, listing, months, holders):
    (one,) = entries({dataset: listed(("甲", listing))}, Kind.LOCK_UP)

    assert one.day == date(2026, 1, 13)
    assert one.subject == f"{dataset} {months} months"
    assert one.title_en == f"{holders} ends: 甲"
    assert one.title_zh.endswith("限售期满：甲")
    assert one.title_zh.startswith("港股" if dataset == "ipo_hk" else "A股")
    assert one.basis.startswith(f"{months} calendar months after the listing")
    assert one.certainty is Certainty.EXPECTED


@pytest.mark.parametrize(
    ("listing", "ends"),
    [
        (date(2025, 7, 10), date(2026, 1, 12)),  # a Saturday: the next session, of the span
        (date(2025, 7, 14), date(2026, 1, 16)),  # a day of rest
        (date(2025, 7, 16), date(2026, 1, 16)),
        (date(2025, 7, 21), date(2026, 1, 21)),  # after the last day that is told: the day itself
        (date(2025, 7, 24), None),
        (date(2025, 7, 9), date(2026, 1, 12)),
    ],
)
def test_mainland_lock_ups_end_on_a_session_as_far_as_sessions_are_told(listing, ends):
    found = entries({"ipo_a": listed(("甲", listing))}, Kind.LOCK_UP)

    assert [e.day for e in found] == [ends] * (ends is not None)


def test_lock_ups_that_end_past_the_span_are_left_out():
    """Free on Friday by the calendar, on a session beyond the span by the market."""
    frames = {"ipo_a": listed(("甲", date(2025, 7, 17)))}
    short = company_days(frames, SHANGHAI, FIRST, date(2026, 1, 18))

    assert list(short) == []
    assert len(list(company_days(frames, SHANGHAI, FIRST, date(2026, 1, 19)))) == 1


def booked(*rows: tuple[date, date, date | None]) -> pl.DataFrame:
    """The end of the period, the day that is booked, and the day on which the report came."""
    columns = {"period_end": pl.Date, "booked_date": pl.Date, "actual_date": pl.Date}
    return pl.DataFrame(rows, columns, orient="row")


def test_reports_that_are_not_out_are_counted_by_day_and_period():
    year, quarter = date(2025, 12, 31), date(2026, 3, 31)
    rows = [
        (quarter, LAST, None), (year, LAST, None), (year, LAST, None), (year, FIRST, None),
        (year, FIRST, date(2026, 1, 10)), (year, date(2026, 1, 11), None),
        (year, date(2026, 1, 24), None),
    ]  # fmt: skip
    found = entries({"disclosure_date": booked(*rows)}, Kind.REPORTS)

    assert [(e.day, e.subject, e.title_en, e.title_zh) for e in found] == [
        (FIRST, "A 2025-12-31", "Reports to 31 Dec 2025 of 1 A-share companies",
         "1家A股公司披露截至2025年12月31日的报告"),
        (LAST, "A 2025-12-31", "Reports to 31 Dec 2025 of 2 A-share companies",
         "2家A股公司披露截至2025年12月31日的报告"),
        (LAST, "A 2026-03-31", "Reports to 31 Mar 2026 of 1 A-share companies",
         "1家A股公司披露截至2026年3月31日的报告"),
    ]  # fmt: skip
    assert {e.certainty for e in found} == {Certainty.ANNOUNCED}


def test_an_empty_list_of_reports_has_none():
    assert entries({"disclosure_date": booked()}, Kind.REPORTS) == []
    assert entries({"disclosure_date": pl.DataFrame()}, Kind.REPORTS) == []
