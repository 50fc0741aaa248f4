"""Listings, applications, lists and notices of the week: complete, or with how many are lacking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest

from tests.transforms.findings.drawn import BASE, DAYS, FRIDAY, WEEK, by_kind, dated, known, told


def listing(code: str, day: date, first_day: float | None, raised: float = 1e9) -> dict:
    return {
        "code": code, "name": "甲", "listing_date": day, "offer_price_hkd": 10.0,
        "funds_raised_hkd": raised, "first_day_close_hkd": None, "first_day_return": first_day,
        "industry": "芯片",
    }  # fmt: skip


OLD = listing("00001.HK", BASE - timedelta(days=400), 0.1)
COMING = listing("00009.HK", FRIDAY + timedelta(days=3), None)


def hong_kong(*rows: Mapping[str, object]) -> dict:
    table = dated([OLD, *rows], "listing_date")
    return {"ipo_hk": table.with_columns(first_day_close_hkd=table["first_day_return"].cast(float))}


def test_first_days_say_of_how_many_there_is_a_figure() -> None:
    rows = [
        listing("00002.HK", WEEK[0], 0.5),
        listing("00003.HK", WEEK[1], -0.1),
        listing("00004.HK", WEEK[1], None),
        listing("00005.HK", BASE, 9.9),  # of the week before
    ]
    table = dated([OLD, *rows], "listing_date").drop("first_day_close_hkd")
    empty = table.with_columns(first_day_close_hkd=np.full(table.height, np.nan))
    found = by_kind({}, {"ipo_hk": empty})["first_days"]
    values = {role: number.value for role, number in found.numbers.items()}
    assert values == {"n": 2, "listed": 3, "below": 1, "median": pytest.approx(0.2), "best": 0.5}
    assert found.terms == {"best": "00002.HK"}


def test_what_the_week_and_the_year_raised() -> None:
    rows = [
        listing("00002.HK", WEEK[0], 0.5, 3e9),
        listing("00003.HK", WEEK[4], 0.1, 2e9),
        listing("00004.HK", date(2025, 3, 3), 0.1, 5e9),
        COMING,
    ]
    numbers = by_kind({}, hong_kong(*rows))["proceeds"].numbers
    values = [numbers[role].value for role in ("n", "raised", "year_n", "year_raised")]
    assert values == [2, 5e9, 3, 1e10]
    assert numbers["raised"].day == FRIDAY


def test_a_listing_on_the_holiday_before_a_week_is_none_of_the_week() -> None:
    """2 May 2025, when Hong Kong was open; the mainland's week began on 6 May."""
    rows = [
        listing("00002.HK", date(2025, 5, 2), 0.5, 3e9),
        listing("00003.HK", date(2025, 5, 8), 0.1, 2e9),
    ]
    numbers = by_kind({}, hong_kong(*rows), date(2025, 5, 9))["proceeds"].numbers
    assert [numbers[role].value for role in ("n", "raised", "year_n")] == [1, 2e9, 2]


def test_much_money_after_a_year_of_little_is_rare() -> None:
    week = [listing("00002.HK", WEEK[0], 0.5, 3e9)]
    found = by_kind({}, hong_kong(*week))["proceeds"]
    assert found.rarity.record
    assert found.surprise > 1


def test_a_week_without_listings_says_nothing() -> None:
    assert not {"proceeds", "first_days"} & by_kind({}, hong_kong(COMING)).keys()


def test_applications_under_review_and_what_was_registered() -> None:
    series = {
        ("ipo_pipeline_count", "running"): np.arange(len(DAYS)) % 7 + 300.0,
        ("ipo_pipeline_count", "registered"): np.append(np.full(len(DAYS) - 2, 40.0), [43.0, 45.0]),
    }
    numbers = by_kind(series)["pipeline"].numbers
    assert numbers["under_review"].value == (len(DAYS) - 1) % 7 + 300
    assert numbers["registered"].value == 5


def lists(*rows: tuple[int, int, date]) -> dict:
    table = [
        {"scope": "CN-AI", "list_name": "one", "year": year, "count": count,
         "observation_date": day}
        for year, count, day in rows
    ]  # fmt: skip
    return {"unicorn_count": dated(table, "observation_date")}


def test_a_list_is_told_when_it_comes_out_beside_its_own_year_before() -> None:
    found = by_kind({}, lists((2024, 20, DAYS[-250]), (2025, 31, WEEK[2])))["unicorns"]
    assert found.terms == {"list": "one"}
    assert [found.numbers[role].value for role in ("count", "before")] == [31, 20]
    first = by_kind({}, lists((2025, 31, WEEK[2])))["unicorns"]
    assert "before" not in first.numbers
    assert "unicorns" not in by_kind({}, lists((2025, 31, BASE)))


def test_companies_that_gave_notice_are_counted_once() -> None:
    rows = [
        {"code": code, "announcement_date": day, "kind": kind}
        for code, day, kind in (
            ("600001.SH", WEEK[0], "abnormal_fluctuation"),
            ("600001.SH", WEEK[1], "severe_abnormal_fluctuation"),
            ("600002.SH", WEEK[2], "abnormal_fluctuation"),
            ("600003.SH", WEEK[2], "risk_warning"),
            ("600004.SH", BASE, "abnormal_fluctuation"),
        )
    ]
    numbers = by_kind({}, {"announcement": dated(rows, "announcement_date")})["warnings"].numbers
    assert (numbers["abnormal"].value, numbers["severe"].value) == (2, 1)
    assert numbers["abnormal"].known_at == known(WEEK[2])


def test_without_datasets_nothing_is_told() -> None:
    assert told({}, {}) == []
