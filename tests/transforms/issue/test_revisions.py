"""What a revision changes: what a reader saw and what prints otherwise, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from transforms.engine.evaluate import METRIC_FRAME
from transforms.facts import Fact, FactBook, fact_id
from transforms.issue.restatements import Why, printed_rows
from transforms.issue.revisions import CORRECTIONS, changes, corrections, restated_of

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


BEFORE = fact("close", 4139.0, unit="index points")
SATURDAY = datetime(2026, 1, 17, 2)
RESTATED_LOAD = {"dataset": "index_daily", "source": "Sina", "fetched_at": SATURDAY}


def corrected(value: float, version: int = 1, told: float | None = None, **load: object):
    frame = pl.concat(
        [
            METRIC_FRAME.to_frame(),
            pl.DataFrame([{"metric": "close", "entity": "000001.SH", "observation_date": DAY,
                           "value": value, "metric_version": version}]),
        ],
        how="diagonal_relaxed",
    )  # fmt: skip
    seen = frame.with_columns(metric_version=pl.lit(1, pl.Int64))
    rows = printed_rows(FactBook([BEFORE]), frozenset([BEFORE.fact_id]), seen)
    known = CORRECTIONS.to_frame()
    if told is not None:
        known = pl.DataFrame([{"fact_id": BEFORE.fact_id, "value": told}])
    return corrections(rows, frame, pl.DataFrame([RESTATED_LOAD | load]), known)


def test_a_correction_has_both_values_and_who_restated_them_when():
    (row,) = corrected(4201.0).to_dicts()
    assert (row["before"], row["value"]) == (4139.0, 4201.0)
    assert (row["sources"], row["fetched_at"]) == ("Sina", SATURDAY)


@pytest.mark.parametrize(
    "case",
    [{"value": 4139.4}, {"value": 4201.0, "version": 2}, {"value": 4201.0, "told": 4201.3},
     {"value": 4201.0, "dataset": "margin_market"}],
    ids=["prints alike", "defined otherwise", "told", "does not follow from it"],
)  # fmt: skip
def test_no_correction_of(case):
    assert corrected(**case).is_empty()


def test_a_restatement_that_is_taken_back_is_one():
    (row,) = corrected(4139.0, told=4201.0).to_dicts()
    (one,) = restated_of(pl.DataFrame([row]), FactBook([BEFORE]))
    assert one.undone


def test_corrections_are_of_facts_that_are_still_printed_the_most_direct_first():
    row = corrected(4201.0).to_dicts()[0]
    other = fact("structural_momentum", 80.0, "CN")
    rows = pl.DataFrame([row | {"fact_id": other.fact_id}, row, row | {"fact_id": "gone/X"}])
    found = restated_of(rows, FactBook([other, BEFORE]))
    assert [one.fact.metric for one in found] == ["close", "structural_momentum"]
    assert found[0].now.value == 4201.0
    assert found[0].sources == ("Sina",)
