"""What is found in a week, of drawn series whose rare moments are known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.transforms.findings.drawn import (
    BALANCE,
    BASE,
    DAYS,
    FRIDAY,
    STAR,
    TURNOVER,
    WEEK,
    by_kind,
    ebbing,
    frame,
    known,
    reading,
    told,
    told_of,
    wobble,
)
from transforms.findings.finding import Strength
from transforms.findings.report import findings
from transforms.findings.rows import reason

CALM = 0.001


def test_a_week_is_measured_from_the_last_close_of_the_week_before() -> None:
    closes = wobble()
    move = by_kind({STAR: closes})["index_change"].numbers["change"]
    assert move.value == pytest.approx(closes[-1] / closes[-6] - 1)
    assert (move.base, move.day) == (BASE, FRIDAY)
    assert move.known_at == known(FRIDAY)


def test_a_week_behind_a_holiday_is_measured_from_its_own_week_before() -> None:
    """Hong Kong was open on 2 May 2025, the mainland from 6 May on."""
    friday, hang_seng = date(2025, 5, 9), ("close", "HSTECH.HK")
    days = sorted([*(day for day in DAYS if day <= friday), date(2025, 5, 2)])
    rows = frame({hang_seng: wobble(len(days))}, days)
    (move,) = [one for one in told_of(rows, {}, friday) if one.kind == "index_change"]
    assert (move.numbers["change"].base, move.numbers["sessions"].value) == (date(2025, 5, 2), 4)


def test_the_rarest_day_is_told_with_what_it_is_the_largest_since() -> None:
    closes = wobble()
    closes[-3:] *= 0.9  # on Wednesday
    closes[-300:] *= 0.85
    found_day = by_kind({STAR: closes})["index_day"]
    assert found_day.numbers["change"].day == DAYS[-3]
    over = closes[-1] / closes[-6] - 1
    assert found_day.numbers["span_change"].value == pytest.approx(over)
    assert found_day.rarity.since == DAYS[-300]
    assert found_day.strength is Strength.RARE
    assert "as far out last on" in reason(found_day)


def test_a_calm_week_has_no_rare_day() -> None:
    closes = wobble()
    closes[-5:] = closes[-6] * (1 + CALM * np.arange(1, 6))
    kinds = by_kind({STAR: closes})
    assert "index_day" not in kinds
    assert kinds["index_change"].strength is Strength.ORDINARY


def test_a_fall_says_how_far_the_peak_is_and_a_small_one_does_not() -> None:
    closes = wobble()
    closes[-20:] *= 0.8
    numbers = by_kind({STAR: closes})["index_change"].numbers
    peak = float(closes[-250:].max())
    assert numbers["from_peak"].value == pytest.approx(closes[-1] / peak - 1)
    assert numbers["from_peak"].base == DAYS[int(np.argmax(closes[-250:])) - 250]
    assert "from_peak" not in by_kind({STAR: wobble(size=CALM)})["index_change"].numbers


def test_a_move_says_what_the_one_before_was_and_how_rare() -> None:
    closes = wobble()
    closes[-5:] *= 1.02
    closes[-10:] *= 0.9
    numbers = by_kind({STAR: closes})["index_change"].numbers
    before = numbers["before"]
    assert before.value == pytest.approx(closes[-6] / closes[-11] - 1)
    assert (before.base, before.day) == (DAYS[-11], BASE)
    assert numbers["before_q"].value > 99
    young = by_kind({STAR: closes[-255:]})["index_change"].numbers
    assert "before" not in young


def test_a_record_after_a_record_is_no_news_and_one_after_long_is() -> None:
    first = np.append(ebbing()[:-1], 5000.0)
    news = by_kind({TURNOVER: first})["turnover_high"]
    assert news.rarity.record
    assert news.numbers["before"].value == 1100
    rising = first.copy()
    rising[-30:] = 4000 + np.arange(30)
    again = by_kind({TURNOVER: rising})["turnover_high"]
    assert again.rarity.record
    assert again.rarity.surprise == 0.0
    assert news.rarity.surprise > 2


def test_the_record_before_may_be_of_the_day_before() -> None:
    values = np.append(ebbing()[:-2], [4000.0, 5000.0])
    numbers = by_kind({TURNOVER: values})["turnover_high"].numbers
    assert (numbers["before"].value, numbers["before"].day) == (4000.0, DAYS[-2])


def test_a_high_that_was_not_held_says_what_was_lost_of_it() -> None:
    values = wobble()
    values[-3] = 5000.0
    numbers = by_kind({TURNOVER: values})["turnover_high"].numbers
    assert numbers["level"].day == DAYS[-3]
    assert numbers["after"].value == pytest.approx(values[-1] / 5000 - 1)


def test_a_low_of_the_year_is_told_as_a_low() -> None:
    values = np.append(ebbing()[::-1][:-1], 500.0)
    low = by_kind({STAR: values})["index_low"]
    assert low.numbers["level"].value == 500.0
    assert low.rarity.record


def test_a_week_of_turnover_is_compared_with_weeks_that_share_no_session_with_it() -> None:
    values = ebbing()
    values[-5:] *= 1.5
    week = by_kind({TURNOVER: values})["turnover_total"]
    assert week.numbers["total"].value == pytest.approx(values[-5:].sum())
    assert week.rarity.record
    assert week.surprise > 1.5


def test_little_turnover_is_told_as_little() -> None:
    kinds = by_kind({TURNOVER: ebbing()})
    assert "turnover_total" not in kinds
    assert kinds["turnover_low"].numbers["mean"].value == pytest.approx(ebbing()[-5:].mean())


def test_beside_a_record_stands_the_turnover_rate() -> None:
    values = np.append(ebbing()[:-1], 5000.0)
    rates = reading("turnover_to_tradable_cap", "SSE+SZSE", values / 1e5)
    numbers = by_kind({TURNOVER: values} | rates)["turnover_high"].numbers
    assert numbers["rate"].value == pytest.approx(0.05)
    assert numbers["rate_rank"].value == 100.0


def test_a_figure_of_the_day_after_belongs_to_the_week_in_which_it_became_known() -> None:
    """Margin loans of a Friday are known on the Monday: they open the week after."""
    late, values = 3, wobble()[:-1]
    rows = frame({BALANCE: values}, DAYS[:-1], late)
    found_change = next(one for one in told_of(rows, {}) if one.kind == "financing_change")
    numbers = found_change.numbers
    assert (numbers["change"].base, numbers["change"].day) == (DAYS[-7], WEEK[-2])
    assert numbers["sessions"].value == 5
    assert numbers["amount"].value == pytest.approx(values[-1] - values[-6])


def test_points_of_a_share_are_told_in_points() -> None:
    values = np.append(np.full(len(DAYS) - 5, 0.5), [0.5, 0.5, 0.5, 0.5, 0.526])
    numbers = by_kind(reading("margin_intensity_5d", "CN", values))["purchases_level"].numbers
    assert numbers["change"].value == pytest.approx(2.6)
    assert numbers["change"].unit == "pp"


def test_a_series_that_ends_before_the_week_says_nothing() -> None:
    assert told({STAR: wobble()}) != []
    stale = frame({STAR: wobble(len(DAYS) - 5)}, DAYS[:-5])
    assert told_of(stale, {}) == []


def test_without_a_calendar_nothing_is_found() -> None:
    assert findings(frame({STAR: wobble()}), {}, FRIDAY) == []
