"""Sums of listings apart from each other, applications at the ends of a span, lists by scope."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tests.transforms.findings.drawn import BASE, DAYS, FRIDAY, WEEK, dated, frame, known
from transforms.findings.finding import Finding, Histories
from transforms.findings.listings import _apart, listings
from transforms.findings.span import span_of

SPAN = span_of(FRIDAY, DAYS)
FIRST = date(2025, 1, 1)


def raised(*by_day: tuple[int, float | None]) -> pl.DataFrame:
    """Money by the number of the day."""
    rows = [(FIRST + timedelta(days=n), money) for n, money in by_day]
    return pl.DataFrame(rows, {"observation_date": pl.Date, "raised": pl.Float64}, orient="row")


@pytest.mark.parametrize(
    ("rows", "last", "length", "expected"),
    [
        # Of 0 to 6: sums of three days end on 2, 3 and 6; those that end on 4 and 5 overlap it.
        ([(0, 1.0), (3, 5.0), (6, 7.0)], 6, 3, [(2, 1.0), (3, 5.0), (6, 7.0)]),
        ([(0, 1.0), (0, 2.0), (1, 4.0)], 1, 1, [(0, 3.0), (1, 4.0)]),
        ([(0, 1.0), (1, 4.0)], 1, 2, [(1, 5.0)]),
        ([(0, 1.0), (1, 4.0)], 1, 3, [(1, 5.0)]),  # younger than a span: all there is
        ([(0, 1.0), (2, None)], 3, 2, [(1, 1.0), (3, 0.0)]),
    ],
)
def test_sums_share_no_day_with_the_last_of_them(rows, last, length, expected):
    days, sums = _apart(raised(*rows), FIRST + timedelta(days=last), length)

    assert [((day.item() - FIRST).days, value) for day, value in zip(days, sums, strict=True)] == (
        expected
    )


def found(frames: dict, rows: pl.DataFrame | None = None) -> dict[tuple[str, str], Finding]:
    """Findings by kind and entity."""
    assert SPAN is not None
    metric_frame = frame({("x", "y"): np.ones(1)}) if rows is None else rows
    histories = Histories(metric_frame, {"ipo_pipeline_count", "abnormal_notices_5d"}, SPAN.last)
    return {(one.kind, one.entity): one for one in listings(frames, histories, SPAN)}


def test_first_days_of_the_mainland_are_told_apart_and_raise_nothing_here():
    rows = [
        {
            "code": f"30100{n}.SZ",
            "name": "乙",
            "board": "ChiNext",
            "listing_date": day,
            "proceeds_cny": 1e9,
            "first_day_return": gain,
        }
        for n, (day, gain) in enumerate(
            [(WEEK[0], 0.0), (WEEK[1], 0.4), (BASE, 9.0), (WEEK[1], 0.4)]
        )
    ]
    told = found({"ipo_a": dated(rows, "listing_date")})

    assert set(told) == {("first_days", "A")}
    one = told["first_days", "A"]
    values = {role: number.value for role, number in one.numbers.items()}
    assert values == {"n": 3, "listed": 3, "below": 0, "median": 0.4, "best": 0.4}
    assert one.terms == {"best": "301001.SZ"}, "of two alike the first by code"
    assert {number.day for number in one.numbers.values()} == {WEEK[1]}
    assert {number.known_at for number in one.numbers.values()} == {known(WEEK[1])}


def hong_kong(*rows: tuple[str, date, float | None, float]) -> dict:
    table = [
        {"code": code, "name": "甲", "listing_date": day, "offer_price_hkd": 10.0,
         "funds_raised_hkd": money, "first_day_close_hkd": 10.0, "first_day_return": gain,
         "industry": "芯片"}
        for code, day, gain, money in rows
    ]  # fmt: skip
    return {"ipo_hk": dated(table, "listing_date")}


def test_a_listing_after_the_span_counts_for_nothing():
    later = FRIDAY + timedelta(days=1)
    told = found(hong_kong(("1.HK", WEEK[0], -0.2, 3.0), ("2.HK", later, 0.9, 9.0)))

    assert told["first_days", "HK"].numbers["n"].value == 1
    assert told["first_days", "HK"].numbers["below"].value == 1
    assert told["proceeds", "HK"].numbers["year_raised"].value == 3.0


def test_money_is_as_surprising_as_it_was_awaited():
    """As much was raised two spans before: a week has seven days."""
    old = [("9.HK", FRIDAY - timedelta(days=600), 0.1, 1.0)]
    before = [("1.HK", FRIDAY - timedelta(days=14), 0.1, 5.0)]
    now = [("2.HK", FRIDAY, 0.1, 5.0)]
    alone, again = (found(hong_kong(*old, *more, *now)) for more in ([], before))

    assert alone["proceeds", "HK"].rarity.record
    assert again["proceeds", "HK"].surprise < alone["proceeds", "HK"].surprise
    assert again["proceeds", "HK"].rarity.since == FRIDAY - timedelta(days=8)
    assert alone["proceeds", "HK"].numbers["n"].unit == "count"
    assert alone["proceeds", "HK"].numbers["raised"].unit == "HKD"


def pipeline(registered: list[float] | None, days: list[date] | None = None) -> Finding:
    rows = [frame({("ipo_pipeline_count", "running"): np.arange(len(DAYS)) + 1.0})]
    if registered is not None:
        rows.append(
            frame({("ipo_pipeline_count", "registered"): np.array(registered)}, days or DAYS)
        )
    return found({}, pl.concat(rows))["pipeline", "A"]


@pytest.mark.parametrize(
    ("registered", "days", "added"),
    [
        ([40, 41, 42, 43, 44, 45], None, 5),  # the first of them on the base
        ([43, 45], None, 45),  # nothing was registered before the span
        ([40, 45], [BASE, WEEK[2]], 5),
        ([40], [BASE], 0),
        (None, None, 0),
    ],
)
def test_what_was_registered_in_the_span_is_the_gain_since_its_base(registered, days, added):
    one = pipeline(registered, days)

    assert one.numbers["registered"].value == added
    assert one.numbers["registered"].base == BASE
    assert one.numbers["under_review"].value == len(DAYS)
    assert (one.numbers["under_review"].unit, one.numbers["under_review"].day) == ("count", FRIDAY)


def lists(*rows: tuple[str, str, int, int, date]) -> dict:
    table = [
        {"scope": scope, "list_name": name, "year": year, "count": count, "observation_date": day}
        for scope, name, year, count, day in rows
    ]
    return {"unicorn_count": dated(table, "observation_date")}


def test_of_each_scope_the_newest_list_of_the_span_is_told():
    told = found(lists(
        ("CN", "one", 2025, 31, WEEK[2]), ("CN", "two", 2025, 40, WEEK[1]),
        ("CN", "one", 2024, 20, DAYS[-250]), ("US", "one", 2025, 50, WEEK[0]),
        ("EU", "one", 2025, 9, BASE),
    ))  # fmt: skip

    assert set(told) == {("unicorns", "CN"), ("unicorns", "US")}
    assert told["unicorns", "CN"].terms == {"list": "two"}
    assert set(told["unicorns", "CN"].numbers) == {"count"}, "its own list of a year before"
    assert told["unicorns", "US"].numbers["count"].value == 50


def test_a_count_beside_that_of_the_year_before_is_known_with_the_later_of_them():
    told = found(lists(("CN", "one", 2024, 20, WEEK[3]), ("CN", "one", 2025, 31, WEEK[2])))
    numbers = told["unicorns", "CN"].numbers

    assert (numbers["before"].value, numbers["before"].known_at) == (20, known(WEEK[3]))
    assert (numbers["count"].known_at, numbers["count"].day) == (known(WEEK[2]), WEEK[2])


def notices(*rows: tuple[str, date, str]) -> dict:
    table = [{"code": code, "announcement_date": day, "kind": kind} for code, day, kind in rows]
    return {"announcement": dated(table, "announcement_date")}


def test_notices_are_ranked_by_their_history_where_it_reaches_the_span():
    given = notices(("600001.SH", WEEK[0], "severe_abnormal_fluctuation"))
    history = frame({("abnormal_notices_5d", "all"): np.append(np.zeros(len(DAYS) - 1), 9.0)})
    ranked, alone = found(given, history)["warnings", "all"], found(given)["warnings", "all"]

    assert ranked.rarity.record
    assert (alone.rarity.q, alone.surprise) == (None, 0.0)
    assert (alone.numbers["abnormal"].value, alone.numbers["severe"].value) == (1, 1)
    assert (alone.numbers["severe"].day, alone.numbers["severe"].base) == (FRIDAY, BASE)


def test_other_notices_are_none():
    assert found(notices(("600001.SH", WEEK[0], "risk_warning"))) == {}
