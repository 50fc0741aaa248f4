"""Breadth of the week and of its days, narrow rises, limit-ups and themes, each at its line."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.transforms.findings.drawn import (
    BASE,
    DAYS,
    FRIDAY,
    WEEK,
    by_kind,
    codes,
    rising_to,
    shares,
    swinging,
    themes,
    told,
)
from transforms.findings.finding import Finding

SESSIONS, COUNT = 300, 30
TECH = codes(COUNT)[:10]
EVEN = swinging(0.45, 0.55)  # a share rising that says nothing


def steps(**last: float) -> np.ndarray:
    """Daily changes of thirty shares that stand still, but for the last five days of some:
    tech=0.01 lets the ten of technology rise by that on each of them, others=… the rest.
    """
    drawn = np.zeros((SESSIONS, COUNT))
    drawn[-5:, :10], drawn[-5:, 10:] = last.get("tech", 0.0), last.get("others", 0.0)
    return drawn


def market(drawn: np.ndarray, **lists: list[str]) -> dict:
    return {
        "stock_daily": shares(drawn),
        "theme_membership": themes({"tech": TECH, **lists}),
    }


def of_group(kind: str, group: str, series: dict, frames: dict) -> Finding | None:
    found = told(series, frames)
    return next((one for one in found if (one.kind, one.entity) == (kind, group)), None)


def test_the_week_counts_who_rose_since_the_last_close_before_it() -> None:
    drawn = steps(tech=0.01, others=-0.02)
    drawn[-6, :10] = -0.5  # of the week before
    numbers = of_group("breadth_week", "all", {}, market(drawn)).numbers  # type: ignore[union-attr]
    assert numbers["rising"].value == pytest.approx(10 / 30)
    assert numbers["median"].value == pytest.approx(0.98**5 - 1)
    assert numbers["n"].value == 30
    assert (numbers["rising"].base, numbers["rising"].day) == (BASE, FRIDAY)
    tech = of_group("breadth_week", "tech", {}, market(drawn)).numbers  # type: ignore[union-attr]
    assert (tech["rising"].value, tech["n"].value) == (1.0, 10)


def test_a_share_that_did_not_trade_on_the_last_day_is_not_counted() -> None:
    rows = shares(steps(others=0.01))
    frames = market(steps()) | {
        "stock_daily": rows.filter(~((rows["code"] == TECH[0]) & (rows["trade_date"] == FRIDAY)))
    }
    found = of_group("breadth_week", "all", {}, frames)
    assert found
    assert found.numbers["n"].value == 29


def test_a_week_is_ranked_by_the_history_of_five_sessions() -> None:
    past = {("risen_in_5d_share", "all"): swinging(0.4, 0.6, [0.99])}
    ranked = of_group("breadth_week", "all", past, market(steps(tech=0.01)))
    assert ranked
    assert ranked.rarity.record
    alone = of_group("breadth_week", "all", {}, market(steps(tech=0.01)))
    assert alone
    assert (alone.rarity.q, alone.surprise) == (None, 0.0)


@pytest.mark.parametrize(("places", "there"), [(20, True), (100, False)])
def test_a_day_is_told_if_so_few_rise_on_one_in_twenty(places: int, *, there: bool) -> None:
    """As few rose on so many of 720 days before: 3 % of them, or 14 %."""
    values = swinging(0.4, 0.6)
    values[:places] = 0.01
    values[-3] = 0.01
    drawn = steps(tech=-0.03, others=-0.01)
    found = of_group("breadth_day", "tech", {("breadth_up_share", "tech"): values}, market(drawn))
    assert (found is not None) is there
    if found:
        assert found.numbers["rising"].day == WEEK[-3]
        assert found.numbers["median"].value == pytest.approx(-0.03)


@pytest.mark.parametrize(
    ("last", "told_of"),
    [([0.61, 0.40], True), ([0.59, 0.40], False), ([0.55, 0.95, 0.55], False)],
)
def test_a_flip_crosses_one_half_by_twenty_points(last, told_of) -> None:
    series = {("breadth_up_share", "tech"): np.append(EVEN[: -len(last)], last)}
    found = by_kind(series).get("breadth_flip")
    assert (found is not None) is told_of
    if found:
        numbers = found.numbers
        assert (numbers["before"].value, numbers["rising"].value) == tuple(last)


def index(gain: float) -> dict:
    """STAR 50, that gains so much over the last five sessions."""
    closes = rising_to(1000, 1001)
    closes[-5:] = closes[-6] * (1 + gain * np.arange(1, 6) / 5)
    return {("close", "000688.SH"): closes}


@pytest.mark.parametrize(("tech", "narrow"), [(0.0024, True), (0.0026, False)])
def test_a_rise_is_narrow_where_the_median_rose_by_less_than_a_fourth(tech, narrow) -> None:
    """The index gains 5 %, and 1 % on the last day: a fourth is 1.25 %."""
    found = of_group("breadth_narrow", "tech", index(0.05), market(steps(tech=tech)))
    assert (found is not None) is narrow
    if found:
        assert found.terms == {"index": "000688.SH"}
        assert found.numbers["median"].value == pytest.approx((1 + tech) ** 5 - 1)
        assert found.numbers["change"].base == BASE


def test_a_narrow_rise_is_as_rare_as_clear_rises_with_as_few_shares() -> None:
    """One clear rise of the index in which a third rose, among 500 days and more."""
    took_part = np.full(len(DAYS), 0.9)
    took_part[-1] = 0.3
    past = {("risen_in_5d_share", "tech"): took_part}
    found = of_group("breadth_narrow", "tech", index(0.05) | past, market(steps(tech=0.0)))
    assert found
    assert found.surprise == pytest.approx(np.log10(len(DAYS) - 5))
    often = of_group(
        "breadth_narrow", "tech", index(0.05) | dict.fromkeys(past, took_part - took_part),
        market(steps(tech=0.0)),
    )  # fmt: skip
    assert often
    assert often.surprise < 1


def test_a_fall_is_never_called_a_narrow_rise() -> None:
    assert of_group("breadth_narrow", "tech", index(-0.05), market(steps(tech=-0.05))) is None


@pytest.mark.parametrize(("many", "there"), [(50, True), (90, False)])
def test_limit_ups_are_told_if_so_many_are_rare(many: int, *, there: bool) -> None:
    """As many on 7 % of the days before, or on 12 %."""
    values = swinging(0.01, 0.02)
    values[:many] = 0.5
    values[-2] = 0.31
    values[many : 2 * many] = 0.005
    sealed = {("limit_sealed_rate", "all"): np.full(len(DAYS), 0.7)}
    found = by_kind({("limit_up_share", "all"): values} | sealed).get("limit_ups")
    assert (found is not None) is there
    if found:
        assert found.numbers["count"].value == 31
        assert found.numbers["count"].day == WEEK[-2]
        assert found.numbers["sealed"].value == pytest.approx(0.7)


def theme(drawn: np.ndarray, members: list[str], drawn_up: date = DAYS[0]) -> Finding | None:
    lists = themes({"commercial_aerospace": members}, drawn_up)
    frames = {"stock_daily": shares(drawn), "theme_membership": lists}
    return by_kind({}, frames).get("theme_move")


def test_a_theme_has_its_median_and_both_ends() -> None:
    drawn = np.random.default_rng(2).normal(0, 0.001, (SESSIONS, COUNT))
    drawn[-5:, :5] = np.array([0.01, 0.02, 0.03, 0.04, 0.05])
    found = theme(drawn, TECH[:5])
    assert found
    numbers, expected = found.numbers, [1.01**5 - 1, 1.03**5 - 1, 1.05**5 - 1]
    assert [numbers[r].value for r in ("worst", "median", "best")] == pytest.approx(expected)
    assert found.terms == {
        "theme": "commercial_aerospace", "best": TECH[4], "worst": TECH[0],
    }  # fmt: skip
    assert numbers["median"].base == BASE
    assert found.rarity.record


def test_a_theme_of_four_is_none() -> None:
    assert theme(steps(tech=0.01), TECH[:4]) is None


def test_a_day_of_a_theme_is_told_if_it_is_rarer_than_its_week() -> None:
    drawn = np.random.default_rng(2).normal(0, 0.001, (SESSIONS, COUNT))
    drawn[-2, :5], drawn[-1, :5] = 0.10, -0.09
    found = theme(drawn, TECH[:5])
    assert found
    assert found.numbers["median"].value == pytest.approx(-0.09)
    assert found.numbers["median"].base == WEEK[-2]
    assert found.numbers["before"].value == pytest.approx(0.10)


def test_a_list_that_was_drawn_up_afterwards_gives_no_rank() -> None:
    drawn = np.random.default_rng(2).normal(0, 0.001, (SESSIONS, COUNT))
    drawn[-5:, :5] = 0.05
    known, hindsight = (theme(drawn, TECH[:5], day) for day in (FRIDAY, date(2026, 11, 22)))
    assert known
    assert hindsight
    assert known.surprise > 1
    assert (hindsight.surprise, hindsight.rarity.q) == (0.0, None)
    assert known.numbers == hindsight.numbers
