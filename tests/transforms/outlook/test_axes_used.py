"""Which axes a look back uses: both cores, or the full ones where one core lacks."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from transforms.outlook.axes_used import axes_used

DAYS = [date(2026, 1, day) for day in (5, 6, 7)]
FULL, CORE = (
    ("structural_momentum", "overheating"),
    ("structural_momentum_core", "overheating_core"),
)


def rows(metric: str, values: dict[int, float], hour: int = 8) -> pl.DataFrame:
    """Values by place of the day, each known at an hour of it."""
    return pl.DataFrame({
        "metric": metric, "entity": "CN", "observation_date": [DAYS[n] for n in values],
        "value": list(values.values()),
        "known_at": [datetime(2026, 1, DAYS[n].day, hour) for n in values],
    })  # fmt: skip


def both(names: tuple[str, str], momentum: float, heat: float) -> list[pl.DataFrame]:
    return [rows(names[0], {0: momentum}), rows(names[1], {0: heat})]


@pytest.mark.parametrize(
    ("parts", "which", "momentum", "heat"),
    [
        (both(FULL, 60.0, 70.0), "full", 60.0, 70.0),
        (both(FULL, 60.0, 70.0) + both(CORE, 30.0, 20.0), "core", 30.0, 20.0),
        (both(FULL, 60.0, 70.0) + both(CORE, 30.0, 20.0)[:1], "full", 60.0, 70.0),
        (both(FULL, 60.0, 70.0) + both(CORE, 30.0, 20.0)[1:], "full", 60.0, 70.0),
    ],
)
def test_both_axes_are_cores_or_none_is(parts, which, momentum, heat):
    found = axes_used(pl.concat(parts))

    assert found.which == which
    assert found.days.select("momentum", "heat").rows() == [(momentum, heat)]
    assert tuple(found.metrics.values()) == (CORE if which == "core" else FULL)


def test_a_day_with_one_axis_has_no_state_and_is_known_with_what_it_has():
    frame = pl.concat([
        rows(FULL[0], {2: 60.0, 0: 60.0}, hour=8), rows(FULL[1], {2: 70.0, 1: 70.0}, hour=9),
        rows("close", {0: 1.0}),
    ])  # fmt: skip
    found = axes_used(frame).days

    assert set(found.columns) == {"observation_date", "momentum", "heat", "state", "known_at"}
    assert found.select("observation_date", "momentum", "heat", "state").rows() == [
        (DAYS[0], 60.0, None, None),
        (DAYS[1], None, 70.0, None),
        (DAYS[2], 60.0, 70.0, "overheated advance"),
    ]
    assert [moment.hour for moment in found["known_at"]] == [8, 9, 9]


def test_the_state_is_that_of_the_axes_used():
    frame = pl.concat(both(FULL, 60.0, 70.0) + both(CORE, 30.0, 20.0))

    assert axes_used(frame).days["state"].to_list() == ["fading"]
