"""The pictures of the handbook: whose history is drawn, how much of it, and in which unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from templates.handbook import history, silence
from tests.templates.fitting import draw_with
from tests.templates.looks import looks
from transforms.engine.metric import Metric, metrics

FRIDAY = date(2026, 1, 16)


@pytest.fixture
def drawn(monkeypatch) -> list[Figure]:
    kept: list[Figure] = []
    draw_with(monkeypatch, lambda figure: kept.append(figure) or "")
    return kept


def metric(unit: str = "ratio", entities: tuple[str, ...] = ()) -> Metric:
    return replace(metrics()["rsi_14"], unit=unit, entities=entities, version=3)


def rows(**series: Sequence[float]) -> pl.DataFrame:
    """A value a week, the last one on a Friday, in no order."""
    return pl.DataFrame(
        [(name, FRIDAY - timedelta(weeks=len(values) - 1 - place), value)
         for name, values in series.items() for place, value in enumerate(values)],
        schema={"entity": pl.String, "observation_date": pl.Date, "value": pl.Float64}, orient="row",
    ).reverse()  # fmt: skip


def caption(figure: Figure) -> str:
    return figure.axes[0].texts[-1].get_text()


def points(figure: Figure) -> list[float]:
    return [float(y) for y in figure.axes[0].lines[0].get_ydata()]


@pytest.mark.parametrize(
    ("series", "entities", "who"),
    [
        ({"A": [1] * 9, "CN": [2] * 8}, (), "CN"),
        ({"all": [1] * 9, "CN": [2] * 8}, (), "CN"),
        ({"A": [1] * 9, "CN": [2] * 7}, (), "A"),
        ({"A": [1] * 9, "B": [2] * 10, "C": [3] * 10}, (), "B"),
        ({"A": [1] * 9, "B": [2] * 10}, ("C", "A"), "A"),
        ({"A": [1] * 9, "B": [2] * 10, "HK": [1] * 8}, ("A",), "HK"),
    ],
)
def test_who_is_known_best_is_drawn_else_who_enters_a_score_else_who_is_seen_most(
    series, entities, who, drawn
):
    history(metric(entities=entities), rows(**series))

    assert caption(drawn[0]) == f"{who}, simulated, version 3"
    assert set(points(drawn[0])) == {series[who][0]}


def test_of_few_observations_all_entities_are_drawn_as_dots_by_day(drawn):
    history(metric(), rows(A=[1, 2, 4], CN=[3, 5]))

    assert caption(drawn[0]) == "all entities, simulated, version 3"
    assert points(drawn[0]) == [1, 2, 3, 4, 5]
    (dots,) = drawn[0].axes[0].lines
    assert (dots.get_marker(), dots.get_linestyle(), dots.get_markersize()) == ("o", "None", 2.0)
    assert drawn[0].axes[0].get_xlim() == (-1, 5)


def test_three_years_are_drawn_by_the_last_value_of_each_week(drawn):
    daily = pl.DataFrame({
        "entity": "CN", "value": [float(back) for back in range(1200)],
        "observation_date": [FRIDAY - timedelta(days=back) for back in range(1200)],
    })  # fmt: skip
    history(metric(), daily)

    told = points(drawn[0])
    assert told[-3:] == [12, 5, 0]  # Sundays, and the Friday of the week that has not ended
    assert len(told) == 157  # back to the week that begins on 16 January 2023
    assert told[0] == 1090


@pytest.mark.parametrize(("first", "count"), [(date(2023, 1, 16), 10), (date(2023, 1, 15), 9)])
def test_the_day_three_years_before_is_drawn_and_the_day_before_it_is_not(first, count, drawn):
    old = rows(CN=[9.0]).with_columns(observation_date=first)
    history(metric(), pl.concat([old, rows(CN=[1.0] * 9)]))

    assert len(points(drawn[0])) == count


@pytest.mark.parametrize(
    ("unit", "top", "label", "tick"),
    [
        ("fraction", 0.4, "%", "20"),
        ("CNY", 2e12, "CNY tn", "1"),
        ("HKD", 999e9, "HK$ bn", "500"),
        ("USD", 1e9, "US$ bn", "0.5"),
        ("CNY", -4e6, "CNY m", "−2"),
        ("CNY", 2e3, "CNY", "1,000"),
        ("ratio", 20.0, "ratio", "10"),
    ],
)
def test_the_axis_counts_in_the_largest_multiple_that_the_values_fill(
    unit, top, label, tick, drawn
):
    history(metric(unit), rows(CN=[0.0] * 8 + [top]))
    axes = drawn[0].axes[0]

    assert label in {one.get_text() for one in axes.texts if isinstance(one, Annotation)}
    assert tick in {one.get_text() for one in axes.get_yticklabels()}


def test_what_is_smaller_than_a_tenth_of_a_point_is_left_out_of_the_file():
    svg = history(metric(), rows(CN=[1.0, 3.0, 2.0] * 3))

    assert svg.startswith(("<?xml", "<svg"))
    assert not [one for one in svg.split() if one[-1:].isdigit() and len(one.partition(".")[2]) > 1
                and one.replace(".", "").isdigit()]  # fmt: skip


def test_pictures_look_as_they_did(drawn):
    history(metric(), rows(CN=[1.0, 3.0, 2.0] * 3))
    silence(metric(), "none")

    assert looks(drawn[0]).split(" / ") == [
        "paper 7.08661 1.5748\naxes 0.0611111 0.2125 0.922222 0.65 -1 9 0.9 3.1 days",
        "x 2 7 #45505e center normal",
        "y 0 7 #45505e right normal grid",
        "sides bottom",
        "line 36 18 1 - 6 1 #16202e #16202e z2",
        "line 8 2 1 None 2.8 1 #16202e #16202e z2",
        "«ratio» 7 normal #45505e left baseline -26 5 normal 0 z3",
        "«CN, simulated, version 3» 7 normal #626d7a right baseline 0 5 normal 0 z3",
    ]
    assert looks(drawn[1]).split(" / ") == [
        "paper 7.08661 0.472441",
        "«No value in the simulated market: none.» 7 normal #16202e left baseline 0.02 0.6 normal 0 z3",
        "«simulated, version 3» 7 normal #626d7a left baseline 0.02 0.2 normal 0 z3",
    ]
