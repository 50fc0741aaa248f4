"""Specs of the state of the market: its lines, what holds it, and how it went on."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.axes.regimes import (
    STATES,
    borders,
    quadrants,
    region,
    trail,
    transitions,
)
from transforms.formulas.printed_value import whole
from transforms.outlook.triggers import triggers
from warehouse.contract import schema
from warehouse.tables import SYSTEM_TABLES


def history(momentum: list[float], heat: list[float]) -> pl.DataFrame:
    """Metric frame of the two axes on consecutive days."""
    rows = [
        (metric, date.fromordinal(date(2026, 1, 1).toordinal() + at_), value)
        for metric, values in (("structural_momentum", momentum), ("overheating", heat))
        for at_, value in enumerate(values)
    ]
    frame = pl.DataFrame(rows, schema=["metric", "observation_date", "value"], orient="row")
    evening = pl.col("observation_date").cast(pl.Datetime("us"))
    return frame.with_columns(entity=pl.lit("CN"), unit=pl.lit("score"), known_at=evening)


@pytest.mark.parametrize(
    ("momentum", "heat", "state"),
    [
        (54.5, 59.4, "healthy advance"),
        (55, 59.86, "overheated advance"),
        (54.4, 59.4, "undecided"),
        (44.4, 59, "fading"),
        (44, 59.5, "froth without trend"),
        (50, 20, "undecided"),
        (50, 70, "undecided, hot"),
    ],
)
def test_the_state_follows_from_the_thresholds(momentum, heat, state):
    """As printed: 54.5 is 55 and 59.86 is 60."""
    assert quadrants(history([momentum], [heat]))["state"].to_list() == [state]
    assert region(momentum, heat) == state


def test_a_state_is_left_after_a_retreat_of_five_points():
    found = quadrants(history([70] * 4, [60, 56, 54.5, 54.4]))["state"].to_list()

    assert found == ["overheated advance"] * 3 + ["healthy advance"]


def test_a_state_is_left_after_two_weeks_on_the_other_side():
    found = quadrants(history([55] + [54] * 10, [10] * 11))["state"].to_list()

    assert found == ["healthy advance"] * 10 + ["undecided"]


def test_fading_holds_until_momentum_is_five_points_up_again():
    found = quadrants(history([44.4, 50.4, 50.5], [10] * 3))["state"].to_list()

    assert found == ["fading", "fading", "undecided"]


def test_fading_begins_below_45_and_not_at_it():
    assert quadrants(history([44.5], [10]))["state"].to_list() == ["undecided"]


@pytest.mark.parametrize("state", STATES.values())
def test_no_border_lies_behind_the_state_that_it_bounds(state):
    """One step over a border and the state is another; at the border it is still the same."""
    momentum = {1: 70.0, 0: 50.0, -1: 40.0}
    axes = {name: (momentum[up], 70.0 if hot else 40.0) for (up, hot), name in STATES.items()}[
        state
    ]
    assert quadrants(history(*([value] for value in axes)))["state"].to_list() == [state]

    for border in borders(state):
        beyond = border.line + (-1 if border.below else 1)
        of_heat = border.axis == "overheating"
        path = [
            [axes[0], axes[0] if of_heat else beyond],
            [axes[1], beyond if of_heat else axes[1]],
        ]
        assert quadrants(history(*path))["state"].to_list()[-1] != state


def test_a_heat_that_holds_just_under_its_line_is_told_where_it_cools():
    found = triggers(history([80.0] * 2, [61.0, 59.4])).filter(measure="line")

    assert "overheating/CN/cools" in found["reference"].to_list()
    assert "overheating/CN/turns hot" not in found["reference"].to_list()


def test_a_line_stays_ahead_as_long_as_the_printed_point_keeps_the_state():
    """49.6 prints 50, and the advance still holds."""
    found = triggers(history([60.0, 49.6], [40.0] * 2)).filter(measure="line")

    assert quadrants(history([60.0, 49.6], [40.0] * 2))["state"].to_list()[-1] == "healthy advance"
    assert "structural_momentum/CN/advance ends" in found["reference"].to_list()


def test_the_trail_has_the_ends_of_eight_weeks_and_the_newest_day():
    """From Thursday 1 January on; the tenth week has only begun."""
    found = trail(quadrants(history([50.0] * 61, [10.0] * 61)))

    sundays = [date(2026, 1, 11) + timedelta(weeks=n) for n in range(8)]
    assert found["observation_date"].to_list() == [*sundays, date(2026, 3, 2)]


def test_the_matrix_counts_what_followed_each_state():
    """Weeks end on 4, 11, 18, 25 January: healthy, healthy, overheated, then healthy."""
    heat = [10.0] * 11 + [70.0] * 7 + [10.0] * 7
    found = transitions(quadrants(history([60.0] * 25, heat)))

    assert found.rows() == [
        ("healthy advance", "healthy advance", 1, 2),
        ("healthy advance", "overheated advance", 1, 2),
        ("overheated advance", "healthy advance", 1, 1),
    ]


def test_a_state_that_only_holds_says_so_and_since_when_it_does():
    """Heat 60, 58, 58, 54: hot, hot by the retreat only, hot, no longer."""
    found = quadrants(history([70] * 5, [40, 60, 58, 58, 54]))

    assert found["held"].to_list() == [False, False, True, True, False]
    first = date(2026, 1, 1)
    assert found["since"].to_list() == [
        first, *[first + timedelta(days=1)] * 3, first + timedelta(days=4),
    ]  # fmt: skip
    assert found["first_observation"].unique().to_list() == [first]
    assert found["n_obs"].to_list() == [1, 2, 3, 4, 5]


def test_a_state_that_comes_back_began_when_it_came_back():
    found = quadrants(history([70] * 4, [60, 54, 54, 60]))

    assert found["since"].to_list()[-1] == date(2026, 1, 4)


NEAR_A_LINE = st.integers(40, 62).map(float) | st.floats(0, 100)
POINTS = st.lists(st.tuples(NEAR_A_LINE, NEAR_A_LINE), min_size=1, max_size=25)


@settings(max_examples=25)
@given(POINTS)
def test_the_point_of_a_day_lies_in_the_region_of_its_state(path):
    """The dot, its region and the state agree on every day, and the lines are those of the day."""
    found = quadrants(history(*map(list, zip(*path, strict=True))))
    for momentum, heat, state in found.select("momentum", "heat", "state").iter_rows():
        assert region(momentum, heat, state) == state
        for border in borders(state):
            value = whole(momentum if border.axis == "structural_momentum" else heat)
            behind = value < border.line if border.below else value > border.line
            assert not behind, (state, border, value)


@pytest.mark.parametrize(
    ("momentum", "heat", "state", "found"),
    [
        (50, 55, "overheated advance", "overheated advance"),
        (49, 55, "overheated advance", "undecided, hot"),
        (50, 54, "overheated advance", "healthy advance"),
        (50, 55, None, "undecided"),
        (50, 55, "fading", "fading"),
        (51, 55, "froth without trend", "undecided, hot"),
        (55, 60, "fading", "overheated advance"),
    ],
)
def test_a_point_lies_in_the_region_of_the_state_up_to_its_retreat(momentum, heat, state, found):
    assert region(momentum, heat, state) == found


@pytest.mark.parametrize(("score", "points"), [(59.49, 59), (59.5, 60), (0.0, 0), (100.0, 100)])
def test_a_score_is_printed_in_whole_points_with_halves_up(score, points):
    assert whole(score) == points


@pytest.mark.parametrize(("count", "watched"), [(249, False), (250, True)])
def test_a_tenth_of_the_past_is_a_line_from_250_observations_on(count, watched):
    """RSI rises by one a day and stands at its highest; the day after it fell back below."""
    first = date(2024, 1, 1)
    values = [float(n) for n in range(count - 1)] + [0.5]
    series = pl.DataFrame({
        "metric": "rsi_14", "entity": "000300.SH", "unit": "index 0-100",
        "observation_date": [first + timedelta(days=n) for n in range(count)], "value": values,
        "known_at": [datetime(2026, 1, 1)] * count,
    })  # fmt: skip
    found = triggers(series).filter(measure="line")

    assert ("rsi_14/000300.SH/enters its highest tenth" in found["reference"].to_list()) is watched
    line = series["value"].quantile(0.9, "linear")
    assert found["value"].to_list() == ([pytest.approx(line)] if watched else [])


def test_the_rows_fit_their_table():
    wanted = schema(SYSTEM_TABLES["mart.state"])
    found = quadrants(history([50.0], [50.0])).with_columns(as_of=pl.lit(date(2026, 1, 1)))

    assert dict(found.select(list(wanted)).schema) == wanted
