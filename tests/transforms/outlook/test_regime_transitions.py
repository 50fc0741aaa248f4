"""What moved the axes in a week, and which state followed which, as studies."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from transforms.axes.composite import AXES, WEIGHTS, components
from transforms.axes.regimes import STATES
from transforms.outlook.regime_transitions import contributions, state_changes, then

THURSDAY = date(2026, 1, 1)


def axes(momentum: list[float], heat: list[float]) -> pl.DataFrame:
    """Both axes on the weekdays from Thursday 1 January 2026 on."""
    calendar = (THURSDAY + timedelta(days=n) for n in range(100))
    days = [day for day in calendar if day.weekday() < 5][: len(heat)]
    return pl.concat(
        pl.DataFrame({
            "metric": name, "entity": "CN", "observation_date": days, "value": values,
            "known_at": [datetime(d.year, d.month, d.day, 8) for d in days],
        }, schema_overrides={"observation_date": pl.Date, "value": pl.Float64}) for name, values in (("structural_momentum", momentum), ("overheating", heat))
    )  # fmt: skip


def counts(found: pl.DataFrame) -> dict[tuple[str, str], tuple[float, int]]:
    columns = found.select("reference", "measure", "value", "n")
    return {(state, measure): (value, n) for state, measure, value, n in columns.iter_rows()}


def test_weeks_are_counted_with_what_followed():
    """Two days, then three whole weeks: healthy, healthy, overheated, overheated."""
    found = state_changes(axes([60.0] * 17, [10.0] * 7 + [70.0] * 10))

    assert counts(found) == {
        ("healthy advance", then("healthy advance")): (1.0, 2),
        ("healthy advance", then("overheated advance")): (1.0, 2),
        ("overheated advance", then("overheated advance")): (1.0, 1),
    }
    assert found["last_day"].unique().to_list() == [date(2026, 1, 23)]


def test_a_week_that_is_not_over_follows_none():
    """On its Wednesday the third week is hot; what it will be by Friday is not known."""
    over, running = axes([60.0] * 7, [10.0] * 7), axes([60.0] * 10, [10.0] * 7 + [70.0] * 3)

    assert counts(state_changes(running)) == counts(state_changes(over))
    assert state_changes(axes([], [])).is_empty()


def test_each_state_has_a_measure_of_its_own():
    assert len({then(state) for state in STATES.values()}) == len(STATES)


def scored(days: int, side: str = "heat") -> pl.DataFrame:
    """A frame in which every component of an axis stands at
    50, and one at 90 from the last day on.
    """
    axis = components().filter(pl.col("block").str.starts_with(f"{side}/"))
    first = axis.row(0, named=True)
    rows = []
    for number in range(days):
        day = THURSDAY + timedelta(days=number)
        known = datetime(day.year, day.month, day.day, 8)
        for metric, entity in axis.select("metric", "entity").iter_rows():
            risen = (metric, entity) == (first["metric"], first["entity"]) and number == days - 1
            rows.append((metric, entity, day, 90.0 if risen else 50.0, known))
        rows.append(("block_score", first["block"], day, None, known))
        rows.append((AXES[side], "CN", day, None, known))
    columns = ["metric", "entity", "observation_date", "score", "known_at"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(value="score")


def test_the_largest_contributions_and_the_rest_add_up_to_the_change():
    found = contributions(scored(8))
    points = dict(found.select("reference", "value").iter_rows())
    heat = components().filter(pl.col("block").str.starts_with("heat/"))
    one = heat.row(0, named=True)
    of_block = heat.filter(block=one["block"])["weight"].sum()
    prior = WEIGHTS[one["block"]] / 100

    assert found.height == 5 + 1  # no line of data: nothing came or went
    largest = points[f"overheating/{one['metric']}/{one['entity']}"]
    assert largest == pytest.approx(40 * prior * one["weight"] / of_block)
    assert sum(points.values()) == pytest.approx(largest)
    assert found["first_day"].unique().to_list() == [THURSDAY + timedelta(days=2)]


def test_a_first_week_has_no_change_to_explain():
    assert contributions(scored(5)).is_empty()
    assert contributions(scored(8).clear()).is_empty()
