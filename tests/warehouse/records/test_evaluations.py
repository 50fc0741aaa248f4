"""What evaluations leave behind, and which of them a question is answered from."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime

import polars as pl
import pytest

from tests.warehouse.records.books import MOMENT, books, day, put
from warehouse.contract import empty
from warehouse.errors import InputRefused
from warehouse.records import evaluations
from warehouse.storage.store import Warehouse
from warehouse.tables import SYSTEM_TABLES

OLD, NEW, LATER = day(6), day(13), day(20)
WRITTEN = (
    *evaluations.OF_A_DAY,
    *evaluations.DECLARED,
    "mart.evaluation",
    "mart.study_event",
    "mart.forecast_score",
    "mart.remembered",
    "meta.metric",
)


def fact(as_of, fact_id: str = "close", **more: object) -> dict[str, object]:
    return {"as_of": as_of, "fact_id": fact_id} | more


def made(*metrics: float, **more: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of an evaluation: some values of a metric, and what else a test says."""
    rows = {t: empty(SYSTEM_TABLES[t]) for t in (*WRITTEN, "meta.metric")}
    one = {"metric": "close", "entity": "a", "observation_date": OLD, "known_at": MOMENT}
    columns = SYSTEM_TABLES["mart.metric"].columns()
    rows["mart.metric"] = pl.DataFrame(
        [one | {"entity": str(v), "value": v, "unit": "%"} for v in metrics],
        {name: said.dtype for name, said in columns.items() if name != "as_of"},
    )
    dated = {*evaluations.OF_A_DAY, "mart.study_event"}
    rows = {t: r.drop("as_of", strict=False) if t in dated else r for t, r in rows.items()}
    return rows | {name.replace("__", "."): frame for name, frame in more.items()}


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    opened = books(*WRITTEN)
    monkeypatch.setattr(opened, "describe", lambda entries: opened.refill("meta.metric", entries))
    return opened


def values(writer: Warehouse, as_of) -> list[float]:
    return sorted(writer.measured("mart.metric", as_of)["value"])


def test_an_evaluation_replaces_that_of_its_day_and_no_other(writer: Warehouse) -> None:
    evaluations.write(writer, OLD, MOMENT, made(1.0, 2.0))
    evaluations.write(writer, NEW, MOMENT, made(3.0))
    evaluations.write(writer, NEW, datetime(2026, 1, 14), made(4.0, 5.0))
    assert values(writer, OLD) == [1.0, 2.0]
    assert values(writer, NEW) == [4.0, 5.0]
    told = writer.query("FROM mart.evaluation ORDER BY as_of").rows()
    assert told == [(OLD, MOMENT, 2), (NEW, datetime(2026, 1, 14), 2)]
    assert evaluations.measured_at(writer, NEW) == datetime(2026, 1, 14)
    assert evaluations.measured_at(writer, LATER) is None
    assert evaluations.whole(writer, NEW)


def test_what_fails_half_way_leaves_the_evaluation_before(writer: Warehouse) -> None:
    evaluations.write(writer, NEW, MOMENT, made(3.0))
    broken = made(4.0)
    del broken["meta.anchor"]
    with pytest.raises(KeyError):
        evaluations.write(writer, NEW, MOMENT, broken)
    assert values(writer, NEW) == [3.0]


def test_events_and_what_the_code_declares_are_those_of_the_last_evaluation(
    writer: Warehouse,
) -> None:
    def events(study: str) -> pl.DataFrame:
        one = {"study": study, "reference": "r", "entity": "a", "event_date": OLD}
        return pl.DataFrame([one | {"completed": True, "sessions_so_far": 1}]).select(
            pl.all(), *(pl.lit(None, pl.Float64).alias(c) for c in ("size", "abnormal", "held", "drawdown"))
        )  # fmt: skip

    def weights(axis: str) -> pl.DataFrame:
        put(other := books("meta.weight"), "meta.weight", [{"axis": axis}])
        return other.query("FROM meta.weight")

    def metrics(metric: str) -> pl.DataFrame:
        put(other := books("meta.metric"), "meta.metric", [{"metric": metric}])
        return other.query("FROM meta.metric")

    for as_of, name in ((OLD, "one"), (NEW, "two")):
        said = {"mart__study_event": events(name), "meta__weight": weights(name)}
        evaluations.write(writer, as_of, MOMENT, made(1.0, **said, meta__metric=metrics(name)))
    assert writer.query("SELECT as_of, study FROM mart.study_event").rows() == [(NEW, "two")]
    assert writer.query("SELECT axis FROM meta.weight").rows() == [("two",)]
    assert writer.query("SELECT metric FROM meta.metric").rows() == [("two",)]


def test_what_was_remembered_is_kept_as_it_was_first_written(writer: Warehouse) -> None:
    for results in ({"a": "[1.0]"}, {"a": "[9.0]", "b": "[2.0, null]"}):
        told = pl.DataFrame({"digest": list(results), "result": list(results.values())})
        evaluations.write(writer, NEW, MOMENT, made(1.0, mart__remembered=told))
    assert evaluations.remembered(writer) == {"a": (1.0,), "b": (2.0, None)}


def test_a_forecast_is_scored_with_the_evaluation(writer: Warehouse) -> None:
    put(other := books("mart.forecast_score"), "mart.forecast_score", [{"issue_id": "2026-W01"}])
    scores = other.query("FROM mart.forecast_score")
    for _ in range(2):
        evaluations.write(writer, NEW, MOMENT, made(1.0, mart__forecast_score=scores))
    assert writer.query("SELECT issue_id FROM mart.forecast_score").rows() == [("2026-W01",)]


def test_older_evaluations_are_thinned_when_a_newer_one_is_written(writer: Warehouse) -> None:
    long_ago = made(1.0)["mart.metric"].with_columns(observation_date=pl.date(2025, 1, 1))
    for as_of in (OLD, NEW):
        evaluations.write(writer, as_of, MOMENT, made(mart__metric=long_ago))
    assert (values(writer, OLD), values(writer, NEW)) == ([], [1.0])
    assert not evaluations.whole(writer, OLD)


FACTS = [
    fact(OLD, "close", metric="close", entity="a", observation_date=day(5)),
    fact(OLD, "close before", metric="close", entity="a", observation_date=day(4)),
    fact(OLD, "turnover", metric="turnover", entity="b", observation_date=day(2)),
    fact(NEW, "close", metric="close", entity="a", observation_date=day(12)),
]


@pytest.fixture(scope="module")
def facts() -> Warehouse:
    opened = books(*evaluations.PRINTED)
    put(opened, "mart.fact", FACTS)
    put(opened, "mart.finding", [{"as_of": OLD, "kind": "fall"}, {"as_of": NEW, "kind": "rise"}])
    later = [
        {"as_of": at, "fact_id": name}
        for at, name in ((LATER, "close"), (NEW, "close"), (NEW, "x"))
    ]
    put(opened, "mart.restatement", later)
    return opened


def test_the_newest_evaluation_is_the_last_with_facts(facts: Warehouse) -> None:
    assert evaluations.newest(facts) == NEW
    assert evaluations.newest(books("mart.fact")) is None


@pytest.mark.parametrize(
    ("fact_id", "last"), [("close", NEW), ("turnover", OLD), ("nothing", None)]
)
def test_of_a_fact_it_is_the_last_that_has_it(facts: Warehouse, fact_id: str, last) -> None:
    assert evaluations.newest_with(facts, fact_id) == last


def test_each_series_of_an_evaluation_is_known_by_its_newest_day(facts: Warehouse) -> None:
    found = evaluations.newest_days(facts, OLD)
    assert found.columns == ["metric", "entity", "since"]
    assert found.rows() == [("close", "a", day(5)), ("turnover", "b", day(2))]


def test_what_was_restated_of_a_fact_is_told_oldest_first(facts: Warehouse) -> None:
    assert evaluations.restated(facts, "close")["as_of"].to_list() == [NEW, LATER]


@pytest.mark.parametrize(
    ("as_of", "kinds", "said"),
    [
        (OLD, ["fall"], None),
        (NEW, ["rise"], None),
        (LATER, [], r"as of 2026-01-20 \(the newest day that was is 2026-01-13\); run"),
    ],
)
def test_an_issue_prints_the_evaluation_of_its_day(
    facts: Warehouse, as_of, kinds: list[str], said: str | None
) -> None:
    with pytest.raises(InputRefused, match=said) if said else nullcontext():
        rows = evaluations.read(facts, as_of)
        assert rows["mart.finding"]["kind"].to_list() == kinds
        assert "as_of" not in rows["mart.fact"].columns
        assert list(rows) == list(evaluations.PRINTED)


def test_before_the_first_evaluation_none_is_named() -> None:
    with pytest.raises(InputRefused, match=r"as of 2026-01-13; run `briefing run --as-of 2026-0"):
        evaluations.read(books(*evaluations.PRINTED), NEW)
