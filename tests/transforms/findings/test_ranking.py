"""Which finding comes before which, by rules that hold for all kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.findings.drawn import FRIDAY, all_frames, all_metrics, known, told
from transforms.findings.finding import Finding, Number
from transforms.findings.kinds import KINDS
from transforms.findings.ranking import falls, is_quiet, ranked
from transforms.findings.rarity import Rarity

STATE = {"state": "healthy advance", "turn": "turned", "before": "undecided"}


def one(
    kind: str,
    surprise: float,
    value: float = 0.01,
    q: float | None = 95.0,
    *,
    record: bool = False,
    entity: str = "000688.SH",
    **terms: str,
) -> Finding:
    rarity = Rarity(q, surprise, None, record, FRIDAY, 1000, low=value < 0)
    role = next(iter(KINDS[kind].numbers), "number")
    numbers = {role: Number(value, "fraction", FRIDAY, known(FRIDAY))}
    return Finding(kind, entity, KINDS[kind].block, rarity, surprise, numbers, terms)


def order(*findings: Finding) -> list[str]:
    return [found.kind for found in ranked(findings, FRIDAY, known(FRIDAY))]


def test_a_rare_week_leads_its_day() -> None:
    day, week = one("index_day", 2.0, q=99.5), one("index_change", 1.7, q=98.0)
    turnover = one("turnover_total", 1.8)
    assert order(day, week, turnover) == ["index_change", "index_day", "turnover_total"]


@pytest.mark.parametrize(
    ("week", "day"),
    [
        (one("index_change", 1.5, q=97.0), one("index_day", 2.0, q=99.5)),  # not rare
        (one("index_change", 1.7, -0.01, q=98.0), one("index_day", 2.0, q=99.5)),  # the other way
        (one("index_change", 1.7, q=98.0), one("index_day", 2.0, q=100.0, record=True)),
        (one("index_change", 1.7, q=98.0), one("index_day", 2.0, entity="000001.SH")),
    ],
)
def test_a_week_that_is_no_rare_one_or_another_event_does_not(week, day) -> None:
    assert order(week, day)[0] == "index_day"


def test_what_follows_from_a_price_comes_after_it() -> None:
    price, zone = one("index_change", 1.2), one("rsi_zone", 3.0)
    assert order(zone, price, one("turnover_total", 1.5)) == [
        "turnover_total", "index_change", "rsi_zone",
    ]  # fmt: skip
    assert order(zone, one("index_change", 1.2, entity="000001.SH"))[0] == "rsi_zone"


def test_no_state_stands_above_a_rare_fall() -> None:
    state = one("state", 3.0, entity="CN", **STATE)
    fall = one("index_change", 1.7, -0.1, q=98.0)
    assert order(state, fall) == ["index_change", "state"]
    assert order(state, replace(fall, rarity=replace(fall.rarity, q=97.0)))[0] == "state"
    rise = one("index_change", 1.7, 0.1, q=98.0)
    assert order(state, rise)[0] == "state"
    assert falls([state, rise]) == []


@pytest.mark.parametrize(
    ("found", "quiet"),
    [
        (one("index_change", 1.0, q=89.9), True),
        (one("index_change", 1.0, q=90.0), False),
        (one("index_day", 1.0, q=97.4), True),
        (one("index_day", 1.0, q=97.5), False),
        (one("pe_level", 1.0, q=99.0), True),  # a level is no move
    ],
)
def test_a_week_is_quiet_without_a_notable_move_or_a_rare_day(found, quiet) -> None:
    calm = one("index_change", 0.1, q=20.0, entity="000300.SH")
    assert is_quiet([calm, found], FRIDAY) is quiet
    assert (order(calm, found)[0] == "quiet") is quiet


def test_nobody_knows_whether_a_week_without_prices_was_quiet() -> None:
    level, unranked = one("pe_level", 1.0, q=99.0), one("index_change", 0.0, q=None)
    assert not is_quiet([level], FRIDAY)
    assert not is_quiet([unranked], FRIDAY)
    assert not is_quiet([one("index_change", 0.1, q=20.0)], FRIDAY + timedelta(days=3))


@given(st.permutations(range(12)))
def test_the_order_is_that_of_surprise_whatever_comes_first(places) -> None:
    kinds = ["index_day", "turnover_total", "runups", "axes"]
    found = [one(kinds[n % 4], n / 4, entity=str(n)) for n in range(12)]
    there = [known_one.entity for known_one in ranked(found, FRIDAY, known(FRIDAY))]
    mixed = ranked([found[n] for n in places], FRIDAY, known(FRIDAY))
    assert [known_one.entity for known_one in mixed] == there


def test_a_drawn_week_is_ranked_by_surprise() -> None:
    draw = np.random.default_rng(11)
    ranking = told(dict(all_metrics(draw)), all_frames(draw))
    assert all(a.surprise >= b.surprise for a, b in pairwise(ranking))
