"""What an issue of a Monday tells of what Friday's had told: what is new."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.transforms.findings.drawn import (
    BALANCE,
    DAYS,
    FRIDAY,
    STAR,
    by_kind,
    frame,
    told_of,
    wobble,
)
from transforms.findings.finding import Finding
from transforms.findings.span import Kind, span_of
from transforms.findings.told_before import news_first

MONDAY, THURSDAY = DAYS[-5], DAYS[-7]  # of this week, and of the one before
HERE = DAYS.index(MONDAY)


def jumped(monday: float, before: float = 1.15) -> np.ndarray:
    """Calm closes with a leap on the Thursday, and one on the Monday; once before it leapt more."""
    closes = wobble(size=0.002)
    closes[DAYS.index(THURSDAY) :] *= 1.08
    closes[HERE:] *= monday
    closes[-300:] *= before
    return closes


def on(day: date, closes: np.ndarray) -> dict[str, Finding]:
    return by_kind({STAR: closes}, as_of=day)


def test_a_rare_day_of_last_week_is_no_news() -> None:
    assert on(DAYS[-6], jumped(1.0))["index_day"].surprise > 1
    found = on(MONDAY, jumped(1.0))["index_day"]
    assert (found.numbers["change"].day, found.surprise) == (THURSDAY, 0.0)


def test_a_rare_week_of_last_week_is_news_as_far_as_it_is_rarer_now() -> None:
    friday, monday = (on(day, jumped(1.0))["index_change"] for day in (DAYS[-6], MONDAY))
    assert monday.rarity.q == pytest.approx(friday.rarity.q, abs=1)
    assert monday.surprise < friday.surprise / 2


def test_a_rare_monday_makes_the_five_sessions_news() -> None:
    found = on(MONDAY, jumped(1.05))
    assert found["index_change"].surprise >= found["index_change"].rarity.surprise > 1
    day = found["index_day"]
    assert (day.numbers["change"].day, day.surprise > 1) == (MONDAY, True)
    assert day.numbers["span_change"].value == found["index_change"].numbers["change"].value


def test_a_record_stays_one() -> None:
    found = on(MONDAY, jumped(1.0, before=1.0))
    assert found["index_day"].rarity.record
    assert found["index_day"].surprise == found["index_day"].rarity.surprise > 1


def test_a_figure_of_last_week_that_became_known_on_monday_is_news() -> None:
    """Loans that leapt on Friday and were told on that evening, or with the next session."""
    leap = 1e12 * np.roll(jumped(1.0), 1)[: HERE + 1]
    days = {}
    for late in (0, 3):
        rows = frame({BALANCE: leap}, DAYS[: HERE + 1], late)
        (days[late],) = [one for one in told_of(rows, {}, MONDAY) if one.kind == "financing_day"]
    assert {one.numbers["change"].day for one in days.values()} == {DAYS[-6]}
    assert days[0].surprise == 0.0
    assert days[3].surprise > 1


def test_a_week_that_has_ended_is_told_as_it_is() -> None:
    span = span_of(FRIDAY, DAYS)
    assert span is not None
    assert span.kind is Kind.WEEK
    findings = list(by_kind({STAR: jumped(1.0)}).values())
    assert news_first(findings, span, DAYS, lambda _: findings) == findings
