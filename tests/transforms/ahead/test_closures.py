"""Days of rest and early closes, from drawn sessions of the mainland and the calendars abroad."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from transforms.ahead.closures import _in_beijing, closures
from transforms.ahead.entry import Certainty, Entry, Kind
from transforms.ahead.mainland import Mainland
from warehouse.exchanges import HONG_KONG, NEW_YORK

MONDAY = date(2026, 6, 1)  # a month in which New York rests on the 19th and Hong Kong on the 19th


def june(day: int) -> date:
    return date(2026, 6, day)


def open_but(*rest: int, until: int = 30) -> Mainland:
    """A mainland that trades on the weekdays of June 2026 except some, known up to a day."""
    days = (MONDAY + timedelta(days=n) for n in range(until))
    open_days = tuple(d for d in days if d.weekday() < 5 and d.day not in rest)
    return Mainland(open_days, june(until), frozenset())


def told(mainland: Mainland, first: int, last: int) -> list[tuple[date, date | None]]:
    """First and last day of each rest of the mainland."""
    found = closures(mainland, june(first), june(last))
    return [(e.day, e.until) for e in found if (e.kind, e.subject) == (Kind.CLOSED, "mainland")]


def untold(mainland: Mainland, first: int, last: int) -> list[date]:
    return [e.day for e in closures(mainland, june(first), june(last)) if e.kind is Kind.CALENDAR]


@pytest.mark.parametrize(
    ("rest", "first", "last", "expected"),
    [
        ((), 1, 30, []),  # weekends are no rest
        ((10,), 1, 30, [(10, None)]),  # one day has no other end
        ((10, 11, 12), 1, 30, [(10, 12)]),
        ((12, 15), 1, 30, [(12, 15)]),  # across a weekend
        ((10, 12), 1, 30, [(10, None), (12, None)]),
        ((10, 11), 11, 30, [(11, None)]),  # what goes on is told from the span's first day
        ((10, 11, 12), 1, 10, [(10, 12)]),  # a rest that begins on the last day, to its own end
        ((11, 12), 1, 10, []),
        ((29, 30), 20, 30, [(29, 30)]),  # up to the last day that is known
    ],
)
def test_the_mainland_rests_on_weekdays_without_a_session(rest, first, last, expected):
    days = [(june(begins), ends and june(ends)) for begins, ends in expected]

    assert told(open_but(*rest), first, last) == days


def test_a_rest_beyond_what_is_known_is_none():
    """Up to the 16th nothing is announced of the 17th: it is not known, and no holiday."""
    known_to_16 = open_but(until=16)

    assert told(known_to_16, 1, 30) == []
    assert untold(known_to_16, 1, 30) == [june(17)]


@pytest.mark.parametrize(
    ("until", "first", "last", "expected"),
    [(16, 1, 16, []), (16, 1, 17, [17]), (16, 20, 30, [20]), (16, 17, 30, [17]), (30, 1, 30, [])],
)
def test_the_first_day_that_nobody_was_told_of_is_named_within_the_span(
    until, first, last, expected
):
    assert untold(open_but(until=until), first, last) == [june(day) for day in expected]


def test_a_rest_of_the_mainland_is_announced_and_one_abroad_expected():
    found = list(closures(open_but(19), june(15), june(20)))

    assert {(e.subject, e.certainty, e.title_en, e.title_zh) for e in found} == {
        ("mainland", Certainty.ANNOUNCED, "Shanghai, Shenzhen and Beijing closed", "沪深北休市"),
        (HONG_KONG, Certainty.EXPECTED, "Hong Kong closed", "港股休市"),
        (NEW_YORK, Certainty.EXPECTED, "New York closed", "美股休市"),
    }
    unknown = next(e for e in closures(open_but(until=16), june(15), june(20)))
    assert (unknown.certainty, unknown.subject) == (Certainty.UNKNOWN, "mainland")
    assert "2026-06-17" in unknown.title_en
    assert unknown.title_zh.startswith("2026-06-17")


def abroad(first: date, last: date, kind: Kind, market: str) -> list[Entry]:
    told_all = Mainland((), date(2030, 12, 31), frozenset())
    return [e for e in closures(told_all, first, last) if (e.kind, e.subject) == (kind, market)]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 4, 1), date(2026, 4, 10), [(date(2026, 4, 3), date(2026, 4, 7))]),
        (date(2026, 4, 1), date(2026, 4, 3), [(date(2026, 4, 3), date(2026, 4, 7))]),
        (date(2026, 4, 7), date(2026, 4, 10), [(date(2026, 4, 7), None)]),
        (date(2026, 4, 1), date(2026, 4, 2), []),
        (date(2026, 5, 25), date(2026, 5, 25), [(date(2026, 5, 25), None)]),
    ],
)
def test_easter_in_hong_kong_is_one_rest_to_its_own_end(first, last, expected):
    found = abroad(first, last, Kind.CLOSED, HONG_KONG)

    assert [(e.day, e.until) for e in found] == expected


@pytest.mark.parametrize(
    ("market", "title_en", "title_zh", "hour"),
    [
        (HONG_KONG, "Hong Kong: morning session only", "港股仅上午交易", "12:00"),
        (NEW_YORK, "New York closes early", "美股提前收市", "02:00+1"),
    ],
)
def test_on_christmas_eve_both_markets_close_early(market, title_en, title_zh, hour):
    eve = date(2025, 12, 24)
    (one,) = abroad(eve, eve, Kind.HALF_DAY, market)

    assert (one.day, one.title_en, one.title_zh, one.beijing_time) == (
        eve,
        title_en,
        title_zh,
        hour,
    )


@pytest.mark.parametrize(
    ("utc", "expected"), [((24, 15, 59), "23:59"), ((24, 16, 0), "00:00+1"), ((24, 4, 5), "12:05")]
)
def test_an_hour_past_midnight_in_beijing_is_marked(utc, expected):
    assert _in_beijing(date(2025, 12, 24), datetime(2025, 12, *utc)) == expected
