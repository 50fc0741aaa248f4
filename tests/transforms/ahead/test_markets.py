"""Reviews, expiries and deadlines on the days that their rules give."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from transforms.ahead.entry import Entry, Kind
from transforms.ahead.mainland import Mainland
from transforms.ahead.markets import market_days

WEEKDAYS = tuple(
    day for n in range(366 * 2) if (day := date(2025, 1, 1) + timedelta(days=n)).weekday() < 5
)
PLAIN = Mainland(WEEKDAYS, date(2026, 12, 31), frozenset())
UNTOLD = Mainland((), date(2024, 12, 31), frozenset())


def resting(*rest: date) -> Mainland:
    return Mainland(tuple(d for d in WEEKDAYS if d not in rest), PLAIN.until, frozenset())


def of(mainland: Mainland, first: date, last: date, *kinds: Kind) -> list[tuple[str, str]]:
    """Day and subject of each entry."""
    found = [e for e in market_days(mainland, first, last) if e.kind in kinds]
    return [(f"{e.day:%m-%d}", e.subject) for e in found]


def month(mainland: Mainland, number: int, *kinds: Kind, year: int = 2025) -> list[tuple[str, str]]:
    first = date(year, number, 1)
    return of(
        mainland, first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1), *kinds
    )


STAR = "STAR 50"
ALL, HANG_SENG = "CSI, SSE, SZSE", "HSI, HSTECH"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (3, [("03-14", STAR), ("03-10", HANG_SENG)]),
        (6, [("06-13", ALL), ("06-13", STAR), ("06-09", HANG_SENG)]),
        (9, [("09-12", STAR), ("09-08", HANG_SENG)]),
        (12, [("12-12", ALL), ("12-12", STAR), ("12-08", HANG_SENG)]),
        *((number, []) for number in (1, 2, 4, 5, 7, 8, 10, 11)),
    ],
)
def test_star_50_is_reviewed_by_the_quarter_and_the_others_by_the_half_year(number, expected):
    assert month(PLAIN, number, Kind.REVIEW) == expected


@pytest.mark.parametrize(
    ("friday", "reviewed"), [(date(2020, 6, 12), False), (date(2020, 9, 11), True)]
)
def test_star_50_has_no_review_before_it_began(friday, reviewed):
    assert ((f"{friday:%m-%d}", STAR) in of(UNTOLD, friday, friday, Kind.REVIEW)) is reviewed


def test_a_review_moves_to_the_session_before_and_an_expiry_to_the_one_after():
    second, third = date(2025, 12, 12), date(2025, 12, 19)
    found = month(resting(second, third), 12, Kind.REVIEW, Kind.EXPIRY)

    assert ("12-11", STAR) in found
    assert ("12-11", ALL) in found
    assert ("12-22", "CFFEX") in found


def test_where_no_session_is_told_the_day_by_rule_stands():
    assert month(UNTOLD, 12, Kind.REVIEW, Kind.EXPIRY) == [
        ("12-12", ALL), ("12-12", STAR), ("12-08", HANG_SENG),
        ("12-19", "CFFEX"), ("12-24", "SSE, SZSE"), ("12-30", "HKEX"),
    ]  # fmt: skip


def test_hang_seng_reviews_are_in_force_on_a_session():
    """The Monday after the first Friday of June 2008 was a holiday in Hong Kong."""
    assert (("06-10", HANG_SENG)) in month(UNTOLD, 6, Kind.REVIEW, year=2008)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (4, [("04-18", "CFFEX"), ("04-23", "SSE, SZSE"), ("04-29", "HKEX")]),
        (5, [("05-16", "CFFEX"), ("05-28", "SSE, SZSE"), ("05-29", "HKEX")]),
        (8, [("08-15", "CFFEX"), ("08-27", "SSE, SZSE"), ("08-28", "HKEX")]),
    ],
)
def test_every_month_has_three_expiries(number, expected):
    """The third Friday, the fourth Wednesday, and the session before the month's last."""
    assert month(PLAIN, number, Kind.EXPIRY) == expected


def test_options_on_funds_expire_on_the_session_after_a_wednesday_of_rest():
    assert ("04-24", "SSE, SZSE") in month(resting(date(2025, 4, 23)), 4, Kind.EXPIRY)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, [("01-31", "A deadline")]),
        (2, []),
        (3, [("03-31", "HK deadline")]),
        (4, [("04-30", "A deadline")]),
        (8, [("08-31", "A deadline"), ("08-31", "HK deadline")]),
        (10, [("10-31", "A deadline")]),
        (12, []),
    ],
)
def test_reports_are_due_on_the_last_day_of_their_months(number, expected):
    assert month(PLAIN, number, Kind.REPORTS) == expected


def test_titles_are_in_both_languages():
    found: list[Entry] = list(market_days(PLAIN, date(2025, 1, 1), date(2025, 12, 31)))

    assert all(e.title_en.isascii() and not e.title_zh.isascii() for e in found)
    assert len({e.title_en for e in found}) == len({e.title_zh for e in found})


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (19, 19, [("12-19", "CFFEX")]),  # both ends of a span are in it
        (20, 23, []),
        (18, 18, []),
    ],
)
def test_a_span_holds_its_ends(first, last, expected):
    assert of(PLAIN, date(2025, 12, first), date(2025, 12, last), *Kind) == expected


def test_a_day_that_moved_into_the_next_month_is_in_its_span():
    """Every day from the third Friday of January to the month's end is a rest."""
    rest = [date(2025, 1, day) for day in range(17, 32)]
    found = of(resting(*rest), date(2025, 2, 1), date(2025, 2, 10), Kind.EXPIRY)

    assert found == [("02-03", "CFFEX"), ("02-03", "SSE, SZSE")]
