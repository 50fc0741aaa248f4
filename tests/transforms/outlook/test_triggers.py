"""Lines that a reading has not crossed yet, and how far away they are."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.outlook.event_study import STUDY_FRAME
from transforms.outlook.triggers import FEWEST, STUDY, WATCHED, triggers

FIRST = date(2025, 1, 1)


def series(metric: str, entity: str, values: list[float], unit: str = "score") -> pl.DataFrame:
    """One series on consecutive days, each value known at nine of its day."""
    days = [FIRST + timedelta(days=n) for n in range(len(values))]
    return pl.DataFrame({
        "metric": metric, "entity": entity, "observation_date": days, "unit": unit,
        "value": pl.Series(values, dtype=pl.Float64),
        "known_at": [datetime(d.year, d.month, d.day, 9) for d in days],
    })  # fmt: skip


def axes(momentum: float, heat: float) -> pl.DataFrame:
    return pl.concat(
        [series("structural_momentum", "CN", [momentum]), series("overheating", "CN", [heat])]
    )


def lines(found: pl.DataFrame) -> dict[str, float]:
    """The lines by metric and effect."""
    rows = found.filter(measure="line").select("reference", "value")
    return {reference.replace("/CN", ""): value for reference, value in rows.iter_rows()}


@pytest.mark.parametrize(
    ("momentum", "heat", "expected"),
    [
        (
            50.0,
            40.0,
            {
                "structural_momentum/advance begins": 55,
                "structural_momentum/fading begins": 45,
                "overheating/turns hot": 60,
            },
        ),
        (
            70.0,
            65.0,
            {
                "structural_momentum/advance ends": 50,
                "structural_momentum/fading begins": 45,
                "overheating/cools": 55,
            },
        ),
        (
            30.0,
            40.0,
            {
                "structural_momentum/fading ends": 50,
                "structural_momentum/advance begins": 55,
                "overheating/turns hot": 60,
            },
        ),
    ],
)
def test_the_lines_of_the_axes_are_those_at_which_the_state_would_change(momentum, heat, expected):
    assert lines(triggers(axes(momentum, heat))) == expected


def test_a_line_has_its_distance_as_what_is_missing():
    found = triggers(axes(50.0, 40.0)).filter(measure="distance")

    told = {row["reference"]: row["value"] for row in found.iter_rows(named=True)}
    assert told["structural_momentum/CN/advance begins"] == 5
    assert told["structural_momentum/CN/fading begins"] == -5
    assert told["overheating/CN/turns hot"] == 20
    assert found["unit"].unique().to_list() == ["score"]


def test_the_study_says_of_which_days_and_how_many_they_are():
    frame = pl.concat(
        [
            series("structural_momentum", "CN", [50.0, 51.0, 52.0]),
            series("overheating", "CN", [40.0] * 3),
        ]
    )
    found = triggers(frame.reverse())

    assert found.schema == STUDY_FRAME
    assert found["study"].unique().to_list() == [STUDY]
    assert found.select("n", "first_day", "last_day", "known_at").unique().rows() == [
        (3, FIRST, FIRST + timedelta(days=2), datetime(2025, 1, 3, 9))
    ]
    near = found.filter(reference="structural_momentum/CN/advance begins")
    assert near["value"].to_list() == [55, 3], "the newest value, whatever the order of rows"


def test_without_a_state_the_lines_of_the_middle_stand_for_what_is_there():
    alone = triggers(series("overheating", "CN", [40.0]))

    assert lines(alone) == {"overheating/turns hot": 60}
    assert triggers(
        alone.clear().with_columns(
            metric=pl.lit(""), entity=pl.lit(""), observation_date="first_day"
        )
    ).is_empty()


def watched(name: str) -> tuple[str, str, float, str]:
    return next(one for one in WATCHED if one[0] == name)


@pytest.mark.parametrize("count", [FEWEST - 1, FEWEST])
def test_a_tenth_of_the_past_wants_250_observations(count):
    metric, entity, *_ = watched("rsi_14")

    assert triggers(series(metric, entity, [50.0] * (count - 1) + [10.0])).height == (
        2 if count == FEWEST else 0
    )


@pytest.mark.parametrize("name", [name for name, *_ in WATCHED])
def test_a_watched_series_has_the_line_of_its_own_tenth(name):
    """Of the numbers from 0 to 1000; at 500 neither tenth is entered."""
    metric, entity, share, effect = watched(name)
    values = [float(n) for n in range(1001) if n != 500] + [500.0]
    found = triggers(series(metric, entity, values))

    assert found["reference"].unique().to_list() == [f"{metric}/{entity}/{effect}"]
    assert ("highest" in effect) is (share > 0.5)
    assert found["value"].to_list() == [
        pytest.approx(1000 * share),
        pytest.approx(1000 * share - 500),
    ]


@pytest.mark.parametrize(
    ("name", "value", "ahead"),
    [
        ("rsi_14", 90.0, False),  # at its line it has entered
        ("rsi_14", 89.0, True),
        ("rsi_14", 95.0, False),
        ("share_above_ma50", 5.0, False),
        ("share_above_ma50", 11.0, True),
    ],
)
def test_a_line_that_is_crossed_is_not_ahead(name, value, ahead):
    """The past holds 0 to 100 five times over: its tenths are at 10 and 90."""
    metric, entity, *_ = watched(name)
    past = [float(n) for n in range(101)] * 5

    assert (triggers(series(metric, entity, [*past, value])).height > 0) is ahead


def test_at_its_lowest_tenth_a_series_still_has_the_line_before_it():
    metric, entity, *_ = watched("share_above_ma50")

    assert triggers(series(metric, entity, [7.0] * FEWEST))["value"].to_list() == [7.0, 0.0]


def test_fractions_are_away_in_percentage_points():
    metric, entity, *_ = watched("volatility_20d")
    found = triggers(series(metric, entity, [0.3] * FEWEST + [0.2], "fraction"))

    assert found.select("measure", "value", "unit").rows() == [
        ("line", pytest.approx(0.3), "fraction"),
        ("distance", pytest.approx(10.0), "pp"),
    ]


def test_another_entity_of_a_watched_metric_has_no_line():
    assert triggers(series("rsi_14", "000001.SZ", [50.0] * 300)).is_empty()
