"""Each detector on a drawn series: its numbers with their days, and where it finds nothing."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from transforms.findings import detectors
from transforms.findings.detectors import Found, Series
from transforms.findings.finding import History, Number

FIRST = date(2024, 1, 1)


def day(place: int) -> date:
    return FIRST + timedelta(days=place)


def series(*values: float, unit: str = "CNY", relative: bool = False) -> Series:
    """A value a day, each known at nine of the day after."""
    days = np.array([day(n) for n in range(len(values))], dtype="datetime64[D]")
    known = days.astype("datetime64[us]") + np.timedelta64(33, "h")
    counts = np.full(len(values), np.nan)
    return Series(
        History(days, np.array(values, dtype=float), known, counts), unit, relative=relative
    )


def known(place: int) -> datetime:
    return datetime(2024, 1, 2, 9) + timedelta(days=place)


def number(value: float, place: int, unit: str = "CNY", base: int | None = None) -> Number:
    since = None if base is None else day(base)
    return Number(pytest.approx(value), unit, day(place), known(place), since)


def quiet(count: int = 300, level: float = 100.0) -> list[float]:
    """Values that swing by 1 % around a level; the last one stands at it."""
    return [level * (1 + 0.01 * (n % 3 - 1)) for n in range(count - 1)] + [level]


def test_a_change_is_a_fraction_points_or_a_difference():
    prices = series(100, 110, unit="index points", relative=True)
    assert prices.changes(1).tolist() == [pytest.approx(0.1)]
    assert prices.changed(1, 0.1, 0) == number(0.1, 1, "fraction", 0)
    share = series(0.2, 0.5, unit="fraction")
    assert share.changes(1).tolist() == [pytest.approx(0.3)]
    assert share.changed(1, 0.3, 0) == number(30, 1, "pp", 0)
    assert series(1, 4).changed(1, 3.0, 0) == number(3, 1, "CNY", 0)
    assert series(1, 4).counted(7) == number(7, 1, "count")


def test_a_change_is_over_as_many_observations_as_the_span_has():
    found = detectors.change(series(100, 120, 130, 150, relative=True), 2)

    assert found is not None
    assert found.numbers == {
        "change": number(0.25, 3, "fraction", 1),
        "level": number(150, 3),
        "sessions": number(2, 3, "count"),
    }
    assert found.rarity.observations == 2
    assert found.rarity.first == day(2)
    assert detectors.change(series(100, 120), 0) is None


def test_the_day_as_large_shares_no_session_with_the_span():
    """Gains of two sessions: 30 to place 3, then 20; one that overlaps the last is not before."""
    found = detectors.change(series(0, 10, 20, 40, 50, 60), 4)

    assert found is not None
    assert found.rarity.since == day(3)


def test_a_change_with_its_amount():
    found = detectors.change_with_amount(series(100, 120, 150, relative=True), 2)

    assert found is not None
    assert found.numbers["amount"] == number(30, 2, "CNY", 1)
    assert detectors.change_with_amount(series(100), 0) is None


@pytest.mark.parametrize(("count", "there"), [(256, True), (255, False)])
def test_the_change_before_is_told_with_its_percentile_from_250_of_its_like(count, there):
    """A span of three; the one before it gained 8 %."""
    values = quiet(count)
    values[-3 - 1] = values[-6 - 1] * 1.08
    found = detectors.change_in_its_course(series(*values, unit="points", relative=True), count - 3)

    assert found is not None
    assert ("before" in found.numbers) is there
    if there:
        assert found.numbers["before"] == number(0.08, count - 4, "fraction", count - 7)
        assert found.numbers["before_q"] == number(100, count - 4, "percentile")


def test_a_span_as_long_as_all_before_it_has_no_change_before():
    assert "before" not in detectors.change_in_its_course(series(1, 2, 3, relative=True), 1).numbers
    assert detectors.change_in_its_course(series(1, relative=True), 0) is None


@pytest.mark.parametrize(("last", "told"), [(95.0, True), (95.1, False), (105.0, False)])
def test_a_fall_of_five_per_cent_from_the_peak_is_told(last, told):
    found = detectors.change_in_its_course(series(100, 100, 90, last, relative=True), 3)

    assert found is not None
    assert found.numbers.get("from_peak") == (number(-0.05, 3, "fraction", 0) if told else None)


def test_the_peak_is_that_of_250_sessions():
    values = [200.0, 150.0, *[100.0] * 248, 90.0]
    found = detectors.change_in_its_course(series(*values, relative=True), 250)

    assert found is not None
    assert found.numbers["from_peak"] == number(90 / 150 - 1, 250, "fraction", 1)


def rare(values: list[float], begins: int) -> Found | None:
    return detectors.rare_day(series(*values, unit="points", relative=True), begins)


def test_the_rarest_day_of_a_span_is_told_if_it_is_rare():
    values = quiet(300)
    values[-2] = values[-3] * 1.2
    values[-1] = values[-2]
    found = rare(values, 297)

    assert found is not None
    assert found.numbers == {
        "change": number(0.2, 298, "fraction", 297), "level": number(values[-2], 298, "points"),
    }  # fmt: skip
    assert rare(quiet(300), 297) is None
    assert rare(values[-200:], 197) is None, "of a young series no day is rare"


def test_a_day_among_five_is_less_rare_than_one_alone():
    values = quiet(300)
    values[-1] = values[-2] * 1.2
    alone, of_five = rare(values, 299), rare(values, 295)

    assert alone is not None
    assert of_five is not None
    assert alone.rarity.surprise - of_five.rarity.surprise == pytest.approx(math.log10(5))
    assert alone.rarity.surprise == pytest.approx(math.log10(300))


def test_what_came_after_a_day_does_not_count():
    """The day before last is the largest so far, whatever the last one was."""
    values = quiet(300)
    values[-2] = values[-3] * 1.2
    values[-1] = values[-2] * 1.01
    found = rare(values, 297)

    assert found is not None
    assert found.rarity.record


@pytest.mark.parametrize("sessions", [1, 2])
def test_what_became_of_a_rare_day_is_told_where_the_span_is_longer(sessions):
    values = quiet(300)
    values[-1] = values[-2] * 1.2
    found = detectors.rare_day_in_span(series(*values, relative=True), 300 - sessions)

    assert found is not None
    base = 299 - sessions
    expected = number(values[-1] / values[base] - 1, 299, "fraction", base)
    assert found.numbers.get("span_change") == (expected if sessions > 1 else None)
    assert detectors.rare_day_in_span(series(*quiet(300), relative=True), 297) is None


def test_a_sum_is_held_against_sums_that_share_no_day_with_it():
    found, is_low = detectors.sum_over(series(5, 1, 1, 2, 3), 3)

    assert found is not None
    assert not is_low
    assert found.numbers == {
        "total": number(5, 4, "CNY", 2),
        "mean": number(2.5, 4, "CNY", 2),
        "sessions": number(2, 4, "count"),
    }
    assert found.rarity.observations == 3, "6, 2 and 5"
    assert found.rarity.since == day(1), "the six of the first two days"


@pytest.mark.parametrize(("count", "there"), [(3, False), (4, True)])
def test_a_sum_wants_another_beside_it(count, there):
    found, _ = detectors.sum_over(series(*range(count)), count - 2)

    assert (found is not None) is there


@pytest.mark.parametrize(("lower", "is_low"), [(28, True), (34, False)])
def test_a_sum_of_the_lowest_tenth_is_told_as_a_mean(lower, is_low):
    """So many of 299 values lie below the last one, at 50."""
    values = [10.0] * lower + [100.0] * (299 - lower) + [50.0]
    whole, mean = (f(series(*values), 299) for f in (detectors.total, detectors.total_as_low))

    assert (whole is None) is is_low
    assert (mean is not None) is is_low
    if mean:
        assert mean.numbers == {
            "mean": number(50, 299, base=298),
            "sessions": number(1, 299, "count"),
        }
        assert mean.rarity.low
    assert detectors.total_as_low(series(1.0), 0) is None


@pytest.mark.parametrize(("last", "low"), [(90.0, False), (10.0, True), (50.0, False)])
def test_a_level_is_told_on_the_side_on_which_it_is_farther_out(last, low):
    values = [float(n % 101) for n in range(299)] + [last]
    found = detectors.level(series(*values, unit="fraction"), 298)

    assert found.rarity.low is low
    assert found.numbers == {
        "level": number(last, 299, "fraction"),
        "change": number(100 * (last - values[297]), 299, "pp", 297),
    }
    assert detectors.bare_level(series(*values), 298).numbers == {"level": number(last, 299)}


def test_a_level_that_was_so_before_is_as_surprising_as_it_was_awaited():
    values = [100.0] * 290 + [200.0] + [100.0] * 8 + [200.0]
    found = detectors.level(series(*values), 299)

    assert found.rarity.surprise == pytest.approx(math.log10(9))


@pytest.mark.parametrize(
    ("values", "there"),
    [
        ([100.0] * 250 + [101.0], True),
        ([100.0] * 249 + [101.0], False),
        ([100.0] * 250 + [100.0], False),
        ([101.0] + [100.0] * 250 + [101.0], True),
        ([101.0] + [100.0] * 249 + [101.0], False),
    ],
)
def test_a_high_is_above_all_of_a_year_before_it_and_a_low_below(values, there):
    begins = len(values) - 1
    high, low = (f(series(*values), begins) for f in (detectors.high, detectors.low))
    mirrored = detectors.low(series(*(200 - value for value in values)), begins)

    assert (high is not None) is there
    assert (mirrored is not None) is there
    assert low is None
    if high:
        assert high.numbers == {"level": number(values[-1], begins)}
        assert mirrored.rarity.low


@pytest.mark.parametrize(
    ("relative", "after"),
    [(True, number(-0.2, 301, "fraction", 299)), (False, number(-40, 301, "CNY", 299))],
)
def test_a_high_that_was_not_held_says_what_came_after_it(relative, after):
    values = [100.0] * 299 + [200.0, 150.0, 160.0]
    found = detectors.high(series(*values, relative=relative), 298)

    assert found is not None
    assert found.numbers == {"level": number(200, 299), "after": after}
    assert found.rarity.observations == 300, "what came after it does not count"


def test_the_highest_of_all_names_the_highest_before_it_and_another_high_does_not():
    record = [100.0] * 20 + [150.0] + [100.0] * 280 + [180.0, 200.0, 190.0]
    found = detectors.high_with_record(series(*record), 301)

    assert found is not None
    assert found.numbers["before"] == number(180, 301)
    year = detectors.high_with_record(series(300.0, *record), 302)
    assert year is not None
    assert "before" not in year.numbers
    assert detectors.high_with_record(series(*quiet(300)), 299) is None
