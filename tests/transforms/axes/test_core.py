"""Specs of the cores: the same inputs on each day, or none."""

from datetime import date, datetime

import polars as pl
import pytest

from transforms.axes import core
from transforms.axes.core import inputs
from transforms.engine.metric import metrics

DAY, NEXT = date(2026, 1, 12), date(2026, 1, 13)
SESSIONS = pl.DataFrame({"session": [0, 1], "observation_date": [DAY, NEXT]})


def scored(side: str, day: date, hour: int = 8, score: float = 40.0) -> pl.DataFrame:
    """Every input of a core with one score, known at that hour of its day."""
    return inputs(side).select(
        "metric",
        "entity",
        observation_date=pl.lit(day),
        score=pl.lit(score),
        known_at=pl.lit(datetime(day.year, day.month, day.day, hour)),
    )


@pytest.mark.parametrize("side", core.METRICS)
def test_a_core_is_the_weighted_mean_of_all_its_inputs(side):
    """One input at 90 and the others at 40 lift it by the weight of that one."""
    wanted = inputs(side)
    first = wanted.row(0, named=True)
    one = (pl.col("metric") == first["metric"]) & (pl.col("entity") == first["entity"])
    hot = scored(side, DAY).with_columns(score=pl.when(one).then(90.0).otherwise("score"))
    found = core.core(hot, SESSIONS, side).sort("observation_date").row(0, named=True)

    assert found["entity"] == "CN"
    assert found["n"] == wanted.height
    assert found["value"] == pytest.approx(40 + 50 * first["weight"] / wanted["weight"].sum())


@pytest.mark.parametrize("side", core.METRICS)
def test_a_core_without_one_of_its_inputs_is_none(side):
    """Whatever the input weighs: other inputs would be another measure."""
    whole = scored(side, DAY)
    for gone in range(whole.height):
        rest = pl.concat([whole[:gone], whole[gone + 1 :]])
        assert core.core(rest, SESSIONS, side).is_empty()


def test_what_is_known_after_the_end_of_a_day_is_in_no_core_of_that_day():
    """17:00 UTC is the next day in Shanghai."""
    found = core.core(scored("heat", DAY, hour=17), SESSIONS, "heat")

    assert found["observation_date"].to_list() == [NEXT]


def test_an_input_too_old_ends_the_core():
    late = SESSIONS.vstack(
        pl.DataFrame({"session": [3], "observation_date": [date(2026, 1, 15)]}, SESSIONS.schema)
    )
    found = core.core(scored("momentum", DAY), late, "momentum").sort("observation_date")

    assert found["observation_date"].to_list() == [DAY, NEXT], "two sessions is the most"


def test_the_inputs_have_a_score_on_every_day():
    """What is measured on rising days only cannot be in a fixed composition."""
    for side in core.METRICS:
        for name in inputs(side)["metric"].unique():
            assert not name.endswith("_rising"), name
            assert "only" not in metrics()[name].formula, name
