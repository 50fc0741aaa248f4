"""Blocks that came or went between two marks of the map, and what that alone did to an axis."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from templates.sections.verdict.shifts import Shift, shift
from tests.templates.sections.drawn import issue
from transforms.issue.issue import Issue

MARKS = [date(2026, 1, 2) + timedelta(weeks=n) for n in range(3)]
FIRST, MIDDLE, LAST = MARKS
TREND, BREADTH, POLICY, PERSISTENCE = (
    f"momentum/{name}" for name in ("trend", "breadth", "policy", "persistence")
)


def scored(**by_block: Mapping[date, float]) -> Issue:
    names = {"trend": TREND, "breadth": BREADTH, "policy": POLICY, "persistence": PERSISTENCE}
    return issue(
        [],
        [("block_score", names.get(block, block.replace("_", "/")), day, score, "")
         for block, scores in by_block.items() for day, score in scores.items()],
    )  # fmt: skip


def always(score: float) -> dict[date, float]:
    return dict.fromkeys(MARKS, score)


@pytest.mark.parametrize(
    ("breadth", "expected"),
    [
        # trend weighs 30 and breadth 25: 60 and 93 are 75 together, 15 more than 60 alone
        ({LAST: 93.0}, Shift("momentum", BREADTH, MIDDLE, LAST, True, 15)),
        ({FIRST: 93.0, MIDDLE: 93.0}, Shift("momentum", BREADTH, MIDDLE, LAST, False, -15)),
        ({LAST: 27.0}, Shift("momentum", BREADTH, MIDDLE, LAST, True, -15)),
        ({MIDDLE: 93.0, LAST: 93.0}, Shift("momentum", BREADTH, FIRST, MIDDLE, True, 15)),
        ({MIDDLE: 93.0}, Shift("momentum", BREADTH, MIDDLE, LAST, False, -15)),
        ({LAST: 71.0}, Shift("momentum", BREADTH, MIDDLE, LAST, True, 5)),
        ({LAST: 69.0}, None),  # four points
        (always(93.0), None),
        ({}, None),
    ],
)
def test_the_newest_coming_or_going_that_moved_an_axis_by_five_points_is_told(breadth, expected):
    assert shift(scored(trend=always(60.0), breadth=breadth), "momentum", MARKS) == expected


def test_of_two_that_came_together_the_one_declared_first_that_moved_the_axis_is_told():
    one = scored(
        trend=always(60.0), persistence={LAST: 61.0}, policy={LAST: 100.0}, breadth={LAST: 100.0}
    )
    found = shift(one, "momentum", MARKS)

    assert found
    assert (found.block, found.points) == (BREADTH, 11)  # of all four, beside the three others


def test_a_block_that_comes_on_a_mark_without_any_other_moves_nothing():
    assert shift(scored(breadth={LAST: 93.0}), "momentum", MARKS) is None
    assert shift(scored(trend={FIRST: 60.0}, breadth={LAST: 93.0}), "momentum", MARKS) is None


def test_only_marks_count_and_only_blocks_of_the_axis():
    between = MIDDLE + timedelta(days=1)
    one = scored(trend=always(60.0), breadth={between: 93.0}, heat_leverage={LAST: 99.0})

    assert shift(one, "momentum", MARKS) is None
    assert shift(one, "heat", MARKS) is None


@pytest.mark.parametrize(("points", "said"), [(15, "+15"), (-15, "−15")])
def test_points_are_printed_with_their_sign(points, said):
    told = Shift("heat", "heat/leverage", FIRST, MIDDLE, True, points).told

    assert (told.text, told.ref) == (said, "axis#heat/shift")
