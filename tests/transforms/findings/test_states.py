"""States that know where they came from, and axes of which a part is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from tests.transforms.findings.drawn import BASE, DAYS, FRIDAY, WEEK, by_kind, told
from transforms.findings.finding import Finding
from transforms.findings.states import near
from transforms.formulas.printed_value import whole
from transforms.issue.missing import ABSENCE

HOT, COOL = 70.0, 40.0


def axes(heat: np.ndarray, momentum: float | np.ndarray = 70.0) -> dict:
    return {
        ("structural_momentum", "CN"): np.broadcast_to(momentum, len(heat)),
        ("overheating", "CN"): heat,
    }


def ending(*last: tuple[float, int], before: float = COOL) -> np.ndarray:
    """Heat by day: so much for so many sessions at the end, and before them another."""
    tail = [value for value, sessions in last for _ in range(sessions)]
    return np.append(np.full(len(DAYS) - len(tail), before), tail)


def state(heat: np.ndarray) -> Finding:
    return by_kind(axes(heat))["state"]


def test_a_state_that_turned_says_on_which_day_and_from_what() -> None:
    found = state(ending((HOT, 2)))
    assert found.terms == {
        "state": "overheated advance", "turn": "turned", "before": "healthy advance",
    }  # fmt: skip
    assert (found.numbers["weeks"].value, found.numbers["weeks"].base) == (1, WEEK[-2])
    assert found.surprise > 1


def test_a_state_that_stands_counts_its_weeks_and_is_no_news() -> None:
    found = state(ending((HOT, 15)))
    assert found.terms["turn"] == "still"
    assert found.numbers["weeks"].value == (FRIDAY - DAYS[-15]).days // 7 + 1
    assert found.surprise == 0.0


def test_a_market_that_is_hot_no_more_is_told_as_such() -> None:
    found = state(ending((HOT, 30), (COOL, 3)))
    assert (found.terms["turn"], found.terms["before"]) == ("no longer", "overheated advance")


@pytest.mark.parametrize(("between", "turn"), [(100, "again"), (200, "turned")])
def test_again_is_what_was_so_within_half_a_year_and_not_since(between: int, turn: str) -> None:
    found = state(ending((HOT, 30), (COOL, between), (HOT, 1)))
    assert found.terms["turn"] == turn


def test_a_history_that_begins_with_a_state_does_not_say_that_it_turned() -> None:
    found = state(np.full(len(DAYS), HOT))
    assert (found.terms["turn"], found.terms["before"]) == ("still", "")


@pytest.mark.parametrize(
    ("heat", "said"),
    [
        (59.86, "at"), (60.4, "at"), (60.5, "just above"), (62.49, "just above"), (62.5, ""),
        (59.49, "just below"), (57.5, "just below"), (57.49, ""),
    ],
)  # fmt: skip
def test_the_printed_heat_decides_how_near_its_line_is(heat: float, said: str) -> None:
    assert near(heat) == said
    assert by_kind(axes(ending((heat, 1))))["axes"].terms["near"] == said


def test_halves_are_printed_upwards() -> None:
    assert [whole(value) for value in (59.5, 60.5, 59.49)] == [60, 61, 59]


def test_the_axes_say_what_moved_and_what_is_hottest() -> None:
    steps = np.append(np.full(len(DAYS) - 5, 50.0), np.full(5, 60.0))
    blocks = {
        ("block_score", "momentum/trend"): steps,  # 0.30 × 10
        ("block_score", "momentum/breadth"): steps + np.append(np.zeros(len(DAYS) - 5), [4.0] * 5),
        ("block_score", "heat/leverage"): np.full(len(DAYS), 90.0),
        ("block_score", "heat/technical"): np.full(len(DAYS), 96.0),
    }
    found = by_kind(axes(ending((HOT, 1)), steps) | blocks)["axes"]
    assert (found.terms["mover"], found.terms["hottest"]) == ("momentum/breadth", "heat/technical")
    assert found.numbers["momentum_change"].value == pytest.approx(10.0)
    assert found.numbers["heat_change"].value == pytest.approx(HOT - COOL)
    assert found.numbers["heat_change"].base == BASE
    down = by_kind(axes(ending((HOT, 1)), steps[::-1]) | blocks)["axes"]
    assert down.terms["mover"] == ""


def partial(low: float | None) -> dict[str, Finding]:
    """Heat without a value, momentum with one; the range of heat from `low` on, if it is known."""
    series = {
        ("structural_momentum", "CN"): np.full(len(DAYS), 58.9),
        ("overheating", "CN"): np.full(len(DAYS), np.nan),
        ("composite_coverage", "overheating"): np.full(len(DAYS), 0.5),
        ("block_score", "heat/technical"): np.full(len(DAYS), 96.0),
    }
    if low is not None:
        series |= {
            ("overheating_low", "CN"): np.full(len(DAYS), low),
            ("overheating_high", "CN"): np.full(len(DAYS), 90.0),
        }
    return by_kind(series)


def test_of_an_axis_without_a_value_the_range_is_told() -> None:
    found = partial(40.0)
    assert {"state", "axes"} & found.keys() == set()
    heat = found["partial_axis"]
    assert heat.terms == {"axis": "heat", "hottest": "heat/technical"}
    values = {role: number.value for role, number in heat.numbers.items()}
    assert values == {"low": 40.0, "high": 90.0, "coverage": 0.5, "hottest": 96.0}
    assert found["axis"].numbers["value"].value == 58.9
    assert found["axis"].terms == {"axis": "momentum", "other": "range"}


def test_without_a_range_the_axis_that_is_known_stands_alone() -> None:
    found = partial(None)
    assert found.keys() & {"axis", "partial_axis"} == {"axis"}
    assert found["axis"].terms == {"axis": "momentum", "other": "nothing"}


def absent(*rows: Sequence[object]) -> pl.DataFrame:
    return pl.DataFrame(rows, ABSENCE, orient="row")


def test_what_is_missing_is_told_once_a_dataset_with_its_last_value() -> None:
    since = DAYS[-20]
    rows = absent(
        ("rsi_14", "000300.SH", "ended", "", since, "index_daily", None),
        ("rsi_14", "000688.SH", "ended", "", since, "index_daily", None),
        ("crowding", "TMT", "no rows", "", None, "sector_daily", None),
        ("unicorn_exits", "", "no rows", "", None, "unicorn_company", None),  # in no axis
        ("explosive_p_value", "000001.SH", "short history", "", None, "", None),
    )
    rsi = {("rsi_14", "000300.SH"): np.append(np.full(len(DAYS) - 19, 55.0), [np.nan] * 19)}
    found = [one for one in told(rsi, absent=rows) if one.kind == "missing"]
    assert [one.terms["what"] for one in found] == ["index_daily", "sector_daily"]
    last = found[0].numbers["last"]
    assert (last.value, last.day, last.unit) == (55.0, since, "index 0-100")
    assert not found[1].numbers
    assert found[1].known_at.date() == FRIDAY


@pytest.mark.parametrize(
    ("leverage", "technical", "hottest"),
    [(97.0, 96.0, "heat/leverage"), (95.0, 96.0, "heat/technical")],
)
def test_the_hottest_block_is_that_with_the_highest_score(leverage, technical, hottest) -> None:
    blocks = {
        ("block_score", "heat/leverage"): np.full(len(DAYS), leverage),
        ("block_score", "heat/technical"): np.full(len(DAYS), technical),
    }
    assert by_kind(axes(ending((HOT, 1))) | blocks)["axes"].terms["hottest"] == hottest


@pytest.mark.parametrize(
    ("trend", "breadth", "gained", "mover"),
    [(10.0, 11.0, 1.0, "momentum/trend"), (10.0, 13.0, 1.0, "momentum/breadth"),
     (-10.0, -11.0, -1.0, "momentum/trend"), (-10.0, 30.0, -1.0, "momentum/trend"), (10.0, 13.0, 0.0, "")],
)  # fmt: skip
def test_the_mover_is_the_block_that_moved_momentum_most_its_way(
    trend, breadth, gained, mover
) -> None:
    """A trend weighs 30, breadth 25: ten points of the one are twelve of the other."""

    def stepped(by: float) -> np.ndarray:
        return np.append(np.full(len(DAYS) - 5, 50.0), np.full(5, 50.0 + by))

    blocks = {
        ("block_score", "momentum/trend"): stepped(trend),
        ("block_score", "momentum/breadth"): stepped(breadth),
    }
    found = by_kind(axes(ending((HOT, 1)), stepped(gained)) | blocks)["axes"]
    assert found.terms["mover"] == mover
