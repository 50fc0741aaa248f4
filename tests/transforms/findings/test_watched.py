"""Where a span begins in a series, and what is told beside turnover."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tests.transforms.findings.drawn import BASE, DAYS, FRIDAY, TURNOVER, WEEK, ebbing, frame, known
from transforms.findings.finding import Histories, History
from transforms.findings.span import Kind, Span
from transforms.findings.watched import WATCHED, begin, found, in_span, is_news
from warehouse.catalog import cutoff

SPAN = Span(BASE, tuple(WEEK), Kind.WEEK)
RATE = ("turnover_to_tradable_cap", "SSE+SZSE")


def history(days: list[date], moments: dict[date, datetime] | None = None) -> History:
    """Values of these days, known on their evenings, those of `moments` otherwise."""
    count = np.arange(float(len(days)))
    at = [(moments or {}).get(day, known(day)) for day in days]
    return History(np.array(days, "datetime64[D]"), count, np.array(at, "datetime64[us]"), count)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([*DAYS[-8:]], 3),
        ([*DAYS[-8:-5], FRIDAY], 3),
        ([*DAYS[-8:-5]], None),  # nothing of the week
        ([*WEEK], 0),
    ],
)
def test_a_span_begins_with_the_first_observation_after_its_eve(days, expected):
    assert begin(history(days), SPAN) == expected


@pytest.mark.parametrize(("after", "place"), [(0, 3), (1, 2)])
def test_what_became_known_after_the_base_belongs_to_the_span(after, place):
    """The loans of a Friday come on Monday: they are of the week after."""
    late = cutoff(BASE) + timedelta(microseconds=after)

    assert begin(history([*DAYS[-8:]], {BASE: late}), SPAN) == place


def test_what_another_market_did_while_the_mainland_rested_is_no_part_of_the_week_after():
    """Of the days before the week only the base and those before it can have come late into it."""
    base, second = date(2025, 9, 30), date(2025, 10, 2)
    week = (date(2025, 10, 9), date(2025, 10, 10))
    span = Span(base, week, Kind.SHORT_WEEK)

    assert begin(history([base, second, *week]), span) == 2
    assert begin(history([base, *week], {base: known(second)}), span) == 0


def test_a_series_without_a_past_is_not_looked_at():
    assert in_span(None, SPAN) is None
    assert in_span(history([*WEEK]), SPAN) is None
    with_past = history([BASE, *WEEK])
    assert in_span(with_past, SPAN) == (with_past, 1)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (cutoff(BASE), False),
        (cutoff(BASE) + timedelta(microseconds=1), True),
        (cutoff(FRIDAY), True),
        (cutoff(FRIDAY) + timedelta(microseconds=1), False),
    ],
)
def test_news_is_what_became_known_within_the_span(moment, expected):
    assert is_news(moment, SPAN) is expected


def told(series: dict[tuple[str, str], np.ndarray], ends: int = 0) -> dict[str, dict[str, object]]:
    """The numbers of each kind; the rate of turnover ends so many sessions earlier."""
    days = pl.col("observation_date") <= DAYS[-1 - ends]
    rows = frame(series).filter((pl.col("metric") != RATE[0]) | days)
    wanted = {one.metric for one in WATCHED} | {RATE[0]}
    return {one.kind: dict(one.numbers) for one in found(Histories(rows, wanted, FRIDAY), SPAN)}


def test_turnover_is_told_with_the_rate_of_its_day_and_its_rank():
    rising = ebbing()[::-1]
    with_rate = told({TURNOVER: rising, RATE: rising / 50_000})["turnover_total"]

    assert with_rate["rate"].value == pytest.approx(1100 / 50_000)
    assert (with_rate["rate"].unit, with_rate["rate"].day) == ("fraction", FRIDAY)
    assert (with_rate["rate_rank"].value, with_rate["rate_rank"].unit) == (100.0, "percentile")
    assert "rate" not in told({TURNOVER: rising})["turnover_total"]
    assert "rate" not in told({TURNOVER: rising, RATE: rising / 50_000}, ends=1)["turnover_total"]


def test_a_high_of_turnover_has_the_rate_of_the_day_of_the_high():
    peak = ebbing()
    peak[-3] = 5000.0
    rates = ebbing() / 50_000
    rates[-3:] = 0.5, 0.1, 1.0  # what comes after the day has no part in its rank
    numbers = told({TURNOVER: peak, RATE: rates})["turnover_high"]

    assert numbers["rate"].day == numbers["level"].day == WEEK[-3]
    assert (numbers["rate"].value, numbers["rate_rank"].value) == (0.5, 100.0)


def test_a_young_rate_has_no_rank():
    numbers = told({TURNOVER: ebbing()[::-1], RATE: np.full(100, 0.02)})["turnover_total"]

    assert "rate_rank" not in numbers
    assert numbers["rate"].value == 0.02
