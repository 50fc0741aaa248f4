"""What a revision changes: what a reader saw and what prints otherwise, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from transforms.engine.evaluate import METRIC_FRAME
from transforms.facts import Fact, FactBook, fact_id
from transforms.issue.restatements import Why, printed_rows
from transforms.issue.revisions import changes

DAY, KNOWN, LATER = date(2026, 1, 16), datetime(2026, 1, 16, 8), datetime(2026, 1, 17, 1)


def fact(metric: str = "rsi_14", value: float = 65.6, entity: str = "000001.SH", **more) -> Fact:
    values = {"unit": "score 0-100", "known_at": KNOWN} | more
    return Fact(
        fact_id=fact_id(metric, entity, DAY), metric=metric, entity=entity, observation_date=DAY,
        value=value, n_obs=600, first_observation=date(2020, 1, 2), sources=("drawn",), query="", **values,
    )  # fmt: skip


def series(version: int = 1) -> pl.DataFrame:
    row = {"metric": "rsi_14", "entity": "000001.SH", "observation_date": DAY, "value": 65.6,
           "metric_version": version}  # fmt: skip
    return pl.concat([METRIC_FRAME.to_frame(), pl.DataFrame([row])], how="diagonal_relaxed")


def printed(*facts: Fact) -> pl.DataFrame:
    return printed_rows(FactBook(facts), frozenset(one.fact_id for one in facts), series())


def found(before: list[Fact], now: list[Fact], version: int = 1):
    return changes(printed(*before), FactBook(now), series(version))


def test_the_same_facts_change_nothing():
    assert found([fact()], [fact()]) == ()


def test_what_prints_alike_is_no_change():
    assert found([fact(value=65.61)], [fact(value=65.62)]) == ()


@pytest.mark.parametrize(
    ("now", "version", "why"),
    [(fact(value=70.1, known_at=LATER), 1, Why.RESTATED), (fact(value=70.1), 1, Why.CORRECTED),
     (fact(value=70.1, known_at=LATER), 2, Why.CORRECTED)],
)  # fmt: skip
def test_why_follows_from_what_is_known_and_from_the_definition(now, version, why):
    (one,) = found([fact()], [now], version)
    assert (one.before.value, one.now, one.why) == (65.6, now, why)


def test_a_measure_that_is_gone_was_withdrawn():
    (one,) = found([fact()], [])
    assert (one.now, one.why) == (None, Why.CORRECTED)


def test_a_sentence_that_is_not_said_any_more_is_no_change_of_a_number():
    assert found([fact("finding_index_change_change")], []) == ()


def test_what_nobody_was_shown_is_no_change():
    other = fact("close", 4139.0, unit="index points")
    assert found([fact()], [fact(), other]) == ()


def test_measures_are_named_before_numbers_of_sentences():
    told = fact("finding_index_change_change", 0.026, unit="fraction")
    both = [told, fact()]
    moved = [replace(told, value=0.05), fact(value=70.1)]
    assert [one.before.metric for one in found(both, moved)] == ["rsi_14", told.metric]
