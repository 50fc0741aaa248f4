"""How rare a value is: against its own history, in its own direction, and never by what follows."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.findings.rarity import (
    FEWEST,
    YEAR,
    among,
    awaited,
    once_in,
    rarity_either_way,
    rarity_of_level,
    rarity_of_move,
    unranked,
)


def days(count: int) -> np.ndarray:
    return np.datetime64("2020-01-01") + np.arange(count)


def day(count: int) -> date:
    return days(count + 1)[-1].item()


# From -43 to 42, as bytes: a list of so many integers takes Hypothesis ten times as long to draw.
values = st.binary(min_size=FEWEST, max_size=FEWEST + 60).map(
    lambda drawn: np.frombuffer(drawn, np.int8) // 3
)


@given(values)
def test_the_percentile_is_the_middle_rank_in_the_direction_of_the_move(moves) -> None:
    moved = np.array(moves, dtype=float)
    outward = moved if moved[-1] >= 0 else -moved
    rarity = rarity_of_move(days(len(moved)), moved, 1)
    below, equal = (outward[:-1] < outward[-1]).mean(), (outward[:-1] == outward[-1]).mean()
    assert rarity.q == pytest.approx(100 * (below + equal / 2))
    as_far = int((outward >= outward[-1]).sum())
    assert rarity.surprise == pytest.approx(-math.log10(as_far / (len(moved) + 1)))


def test_the_day_as_large_is_of_a_span_apart_and_of_the_same_sign() -> None:
    moves = np.zeros(300)
    moves[[100, 200, 297, 299]] = [5.0, -9.0, 6.0, 4.0]
    rarity = rarity_of_move(days(300), moves, overlap=5)
    assert rarity.since == day(100)
    assert not rarity.record, "the span that overlaps it was larger"
    fallen = rarity_of_move(days(300), -moves, overlap=5)
    assert fallen.since == day(100)


def test_a_record_is_one_only_of_a_year_of_observations_and_more() -> None:
    rising = np.arange(float(FEWEST))
    assert rarity_of_level(days(FEWEST), rising, high=True).record
    short = rarity_of_level(days(FEWEST - 1), rising[1:], high=True)
    assert (short.record, short.q, short.surprise) == (False, None, 0.0)


def test_what_was_reached_before_is_no_record() -> None:
    level = np.append(np.arange(float(FEWEST)), FEWEST - 1.0)
    rarity = rarity_of_level(days(len(level)), level, high=True)
    assert (rarity.record, rarity.since) == (False, day(len(level) - 2))


def test_a_low_level_is_rare_downwards() -> None:
    level = np.append(np.arange(1.0, FEWEST + 1), 0.0)
    low, high = (rarity_of_level(days(len(level)), level, high=h) for h in (False, True))
    assert (low.record, low.q) == (True, 100.0)
    assert (high.record, high.q) == (False, 0.0)


def test_a_move_of_nothing_is_no_record() -> None:
    rarity = rarity_of_move(days(FEWEST), np.append(-np.ones(FEWEST - 1), 0.0), 1)
    assert not rarity.record


def waited(levels: np.ndarray, begins: int, *, high: bool = True) -> float:
    rarity = rarity_of_level(days(len(levels)), levels, high=high)
    return awaited(rarity, levels, begins, len(levels) - begins, high=high).surprise


def test_a_level_is_no_more_surprising_than_its_kind_was_awaited() -> None:
    """Last so high 50 sessions before a span of five: one waits ten spans for it."""
    level = np.resize([1.0, 2.0], 1000)
    level[944], level[-1] = 9.0, 8.0
    assert waited(level, 994) == pytest.approx(math.log10(50 / 6))
    assert waited(-level, 994, high=False) == pytest.approx(math.log10(50 / 6))


def test_a_record_after_a_record_is_no_news_and_after_long_is_as_rare_as_it_is() -> None:
    again = np.append(np.resize([1.0, 2.0], 995), [3.0, 4.0, 5.0, 6.0, 7.0])
    assert waited(again, 997) == 0.0
    first = again.copy()
    first[400] = 6.5  # an earlier record, which only the last day exceeds
    assert waited(first, 995) == pytest.approx(math.log10(595 / 5))
    assert waited(again, 995) == pytest.approx(math.log10(996 / 5))


def test_a_high_of_the_year_is_awaited_since_the_last_of_its_kind() -> None:
    level = np.resize([1.0, 2.0], 1000)
    level[300], level[600], level[-1] = 50.0, 20.0, 10.0
    assert not rarity_of_level(days(1000), level, high=True).record
    assert 999 - YEAR > 600
    assert waited(level, 999) == pytest.approx(math.log10(1001 / 3))  # as rare, and no longer


def test_the_rarest_of_many_is_less_rare() -> None:
    rarity = rarity_of_move(days(1000), np.append(np.zeros(999), 1.0), 1)
    assert among(rarity, 5).surprise == pytest.approx(rarity.surprise - math.log10(5))
    assert among(unranked(day(0)), 5).surprise == 0.0


def test_what_happened_ten_times_in_a_thousand_days_is_awaited_a_hundred() -> None:
    assert once_in(days(1000), 10, 1).surprise == pytest.approx(2.0)
    assert once_in(days(1000), 10, 10).surprise == pytest.approx(1.0)
    assert once_in(days(FEWEST - 1), 1, 1).surprise == 0.0
    assert once_in(days(1000), 10, 1).q is None


@given(values)
def test_either_way_is_the_way_in_which_a_level_lies(levels) -> None:
    level = np.array(levels, dtype=float)
    way = rarity_either_way(days(len(level)), level)
    assert way.q is not None
    assert way.q >= 50


@given(values, st.booleans())
def test_the_percentile_of_the_value_itself_is_low_where_it_is_low(levels, high) -> None:
    level = np.array(levels, dtype=float)
    rarity = rarity_of_level(days(len(level)), level, high=high)
    below, equal = (level[:-1] < level[-1]).mean(), (level[:-1] == level[-1]).mean()
    assert rarity.percentile == pytest.approx(100 * (below + equal / 2))
    assert rarity.low is not high


def test_a_fall_is_a_low_move_and_a_short_history_has_no_percentile() -> None:
    fallen = rarity_of_move(days(300), np.append(np.ones(299), -1.0), 1)
    assert (fallen.low, fallen.q, fallen.percentile) == (True, 100.0, 0.0)
    few = rarity_of_move(days(3), np.array([1.0, 2.0, 3.0]), 1)
    assert (few.low, few.percentile) == (False, None)
