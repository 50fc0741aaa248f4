"""What followed, as pages tell it: each number is a fact, and what comes later changes none."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from tests.transforms.outlook.test_followed import DAYS, MARGIN, market, risen
from transforms.facts import FactBook
from transforms.outlook.aftermath import Aftermath, aftermaths
from transforms.outlook.followed import FEWEST_CASES, MEASURED_ON, Followed, followed
from transforms.outlook.followed_facts import followed_facts
from transforms.outlook.scenarios import HORIZONS

LAST = 1200  # the session of the issue; two hundred more come after it


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Loans jump on the last session but one, which is known on the last."""
    jumped = (pl.col("metric") == MARGIN) & (pl.col("observation_date") >= DAYS[LAST - 1])
    return market().with_columns(
        value=pl.when(jumped).then(pl.col("value") * 1.2).otherwise("value")
    )


def told(frame: pl.DataFrame) -> tuple[Aftermath, ...]:
    found = followed(frame, [risen(frame, LAST - 1, q=95.0)], DAYS[LAST])
    return aftermaths(found, FactBook(followed_facts(found, DAYS[LAST], {})))


def test_each_index_and_horizon_is_told(frame):
    found = told(frame)

    assert [(one.measured_on, one.horizon) for one in found] == [
        (index, horizon) for index in MEASURED_ON for horizon in HORIZONS
    ]
    assert {(one.kind, one.metric, one.condition.side) for one in found} == {
        ("financing_change", MARGIN, "up")
    }


def test_eight_cases_are_summed_up_and_fewer_are_listed(frame):
    found = told(frame)
    many = [one for one in found if one.cases.value >= FEWEST_CASES]
    few = [one for one in found if one.cases.value < FEWEST_CASES]

    assert many
    assert few
    for one in many:
        assert one.lower.value <= one.median.value <= one.upper.value
        assert one.fall.value <= 0
        assert one.listed == ()
    for one in few:
        assert one.median is None
        assert len(one.listed) == one.cases.value
        assert [case.day for case in one.listed] == sorted(case.day for case in one.listed)


def test_a_case_is_what_the_index_did_from_its_first_session_to_its_last(frame):
    one = next(one for one in told(frame) if one.listed)
    closes = dict(
        frame.filter(metric="close", entity=one.measured_on)
        .select("observation_date", "value")
        .iter_rows()
    )
    for case in one.listed:
        assert DAYS.index(case.ends) - DAYS.index(case.begins) == one.horizon
        assert case.realised.value == pytest.approx(closes[case.ends] / closes[case.begins] - 1)
        assert case.ends <= DAYS[LAST]


def test_what_comes_later_changes_nothing(frame):
    cut = frame.filter(pl.col("observation_date") <= DAYS[LAST] + timedelta(days=1))

    assert told(cut) == told(frame)


def test_nothing_that_was_read_is_nothing_told():
    assert aftermaths(Followed.empty(), FactBook([])) == ()
