"""Which readings speak after a stage, in sentences."""

from __future__ import annotations

from datetime import date

import pytest

from flows.bootstrap.readings import Readings
from transforms.engine.metric import metrics

DAY = date(2026, 1, 16)
FAMILIES = sorted({one.family for one in metrics().values()})


def of(*families: str) -> frozenset[str]:
    return frozenset(one.id for one in metrics().values() if one.family in families)


def readings(speaking: frozenset[str], **more) -> Readings:
    axes = {"structural_momentum": 61.4, "overheating": None}
    given = {"blocks": ("a", "b"), "silent": {"overheating": DAY}, "axes": axes} | more
    return Readings(DAY, speaking, **given)


def test_families_speak_in_full_in_part_or_not_yet() -> None:
    whole, some = FAMILIES[0], "price"
    one = next(iter(of(some)))
    found = readings(of(whole) | {one}).lines

    assert found[0] == (
        f"readings that speak as of 2026-01-16: {len(of(whole)) + 1} of {len(metrics())}"
    )
    assert found[2].startswith("blocks with a score: 2 of ")
    assert found[3] == f"families that speak in full: {whole}"
    assert found[4] == f"in part: {some} 1/{len(of(some))}"
    mute = found[5].removeprefix("not yet: ").split(", ")
    assert sorted(mute) == sorted(set(FAMILIES) - {whole, some})


def test_lines_of_nothing_are_left_out() -> None:
    assert len(readings(frozenset(metrics())).lines) == 4
    assert [line[:7] for line in readings(frozenset()).lines[3:]] == ["not yet"]


@pytest.mark.parametrize(
    ("silent", "until"), [({"overheating": DAY}, " until about 2026-01-16"), ({}, "")]
)
def test_an_axis_is_told_with_its_score_or_since_when_it_will_speak(silent, until) -> None:
    line = readings(frozenset(), silent=silent).lines[1]

    assert line == f"axes: structural momentum 61, overheating is silent{until}"
