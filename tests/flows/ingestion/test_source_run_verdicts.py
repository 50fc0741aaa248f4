"""What becomes of a source's answers: together, one by one, narrowed, or as incidents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from flows.ingestion import source_run
from flows.ingestion.source_run import SourceRun
from flows.network.rate_limit import RequestBlocked
from warehouse.catalog import Call, Claims, Plausibility, Source
from warehouse.errors import (
    ContractViolated,
    SourceEmpty,
    SourceUnavailable,
    WarehouseUnavailable,
)
from warehouse.records.collection_log import Answer

MONDAY, TUESDAY = date(2026, 1, 12), date(2026, 1, 13)
ROWS = pl.DataFrame({"a": [1]})


class Job:
    """A part that is collected; it notes what is answered and what goes wrong."""

    def __init__(self, *, keeps_pages: bool = False, backfill: bool = False) -> None:
        self.keeps_pages, self.backfill = keeps_pages, backfill
        self.log: list[Any] = []
        self.wanted = (TUESDAY,)
        self.dataset, self.chain = SimpleNamespace(name="d"), SimpleNamespace(part="p")
        self.recorder = SimpleNamespace(requests_per_host={})
        self.run = SimpleNamespace(reach=SimpleNamespace(lost=False), answers={}, attempts=2)
        self.cadence = SimpleNamespace(completed_days=list)

    def answered(self, calls: Any) -> None:
        self.log.append(("answered", [c.function for c in calls]))

    def log_incident(self, _: Source, error: Exception) -> None:
        self.log.append(("incident", type(error).__name__))


def source(**more: Any) -> Source:
    return Source("S", "a.cn", frozenset(), lambda _: (), lambda rows, _: rows, **more)


def answer(name: str, *days: date, published: pl.DataFrame = ROWS) -> Answer:
    return Answer(Call(name, days=days), published, ROWS, [])


def running(job: Job, of: Source | None = None, *due: date) -> SourceRun:
    return SourceRun(job, of or source(), 9, Counter(due))  # type: ignore[arg-type]


class Loads:
    """Whether answers can be loaded: a verdict for each attempt, by the functions in it."""

    def __init__(self, run: SourceRun, *refused: Sequence[str]) -> None:
        self.refused, self.tried = [list(one) for one in refused], list[Any]()
        run.loaded = self  # type: ignore[method-assign, assignment]

    def __call__(self, answers: Sequence[Answer], *, quietly: bool = False) -> bool:
        names = [a.call.function for a in answers]
        self.tried.append((names, quietly))
        return names not in self.refused


ONE, TWO, THREE = (answer(name, TUESDAY) for name in ("one", "two", "three"))
CALLS = [ONE.call, TWO.call, THREE.call]


def names(calls: Sequence[Call]) -> list[str]:
    return [c.function for c in calls]


def test_calls_without_an_answer_have_failed_and_the_rest_is_loaded_together() -> None:
    run = running(Job())
    loads = Loads(run)
    assert names(run.taken(CALLS, [ONE, THREE])) == ["two"]
    assert loads.tried == [(["one", "three"], False)]
    assert names(run.taken(CALLS, [])) == ["one", "two", "three"]
    assert len(loads.tried) == 1


def test_answers_that_cannot_be_loaded_together_have_all_failed() -> None:
    run = running(Job())
    Loads(run, ["one", "three"])
    assert names(run.taken(CALLS, [ONE, THREE])) == ["two", "one", "three"]


def test_where_answers_stand_apart_each_is_tried_by_itself() -> None:
    run = running(Job(), source(apart=True))
    loads = Loads(run, ["one", "three"], ["one"])
    assert names(run.taken(CALLS, [ONE, THREE])) == ["two", "one"]
    assert loads.tried == [(["one", "three"], True), (["one"], False), (["three"], False)]


def test_of_pages_the_days_that_were_wanted_are_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        source_run, "reread", lambda _, call, a: Answer(call, a.published, a.rows, [])
    )
    run = running(Job(keeps_pages=True))
    seen: list[Any] = []

    def loaded(answers: Sequence[Answer], *, quietly: bool = False) -> bool:
        seen.append(([a.call.days for a in answers], quietly))
        return len(seen) == 2

    run.loaded = loaded  # type: ignore[method-assign, assignment]
    page = answer("page", MONDAY, TUESDAY)
    empty = answer("empty", MONDAY, published=pl.DataFrame())
    assert run.taken([page.call, empty.call], [page, empty]) == []
    assert seen == [([(MONDAY, TUESDAY), (MONDAY,)], False), ([(TUESDAY,), (MONDAY,)], False)]


@pytest.mark.parametrize(
    ("error", "log"),
    [
        (SourceUnavailable("no"), [("incident", "SourceUnavailable")]),
        (SourceEmpty("no"), [("answered", ["f"]), ("incident", "SourceEmpty")]),
    ],
)
def test_a_call_that_fails_is_an_incident_and_nothing_at_all_is_an_answer(
    error: Exception, log: list[Any]
) -> None:
    job = Job()
    run = running(job)

    def fetched(_: Call) -> Answer:
        raise error

    run.fetched = fetched  # type: ignore[method-assign, assignment]
    assert run.answer(Call("f")) is None
    assert job.log == log
    assert (run.done, run.blocked) == (1, set())


def test_a_function_whose_host_is_blocked_is_not_called_again() -> None:
    job, made = Job(), list[str]()
    run = running(job)

    def fetched(call: Call) -> Answer:
        made.append(call.function)
        error = SourceUnavailable("no")
        error.__cause__ = RequestBlocked("spent")
        raise error

    run.fetched = fetched  # type: ignore[method-assign, assignment]
    for name in ("f", "f", "g"):
        run.answer(Call(name))
    assert made == ["f", "g"]
    job.run.reach.lost = True
    run.answer(Call("h"))
    assert made == ["f", "g"], "without a network nothing is asked"
    assert run.done == 4


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is loaded; an exception in it is raised instead."""
    found: list[Any] = []

    def load(_: Any, __: Any, answers: Sequence[Answer], complete: list[date]) -> None:
        if found and isinstance(found[-1], Exception):
            raise found.pop()
        found.append((names([a.call for a in answers]), complete))

    monkeypatch.setattr(source_run, "load", load)
    return found


def test_a_day_is_complete_with_the_last_of_its_calls(loading: list[Any]) -> None:
    job = Job()
    run = running(job, None, MONDAY, TUESDAY, TUESDAY)
    assert run.loaded([answer("one", MONDAY, TUESDAY)])
    assert loading == [(["one"], [MONDAY])]
    assert run.due == {TUESDAY: 1}
    assert run.loaded([answer("two", TUESDAY)])
    assert loading[-1] == (["two"], [TUESDAY])
    assert job.log == [("answered", ["one"]), ("answered", ["two"])]


@pytest.mark.parametrize(
    ("error", "quietly", "log"),
    [
        (ContractViolated("no"), False, [("incident", "ContractViolated")]),
        (SourceEmpty("no"), False, [("answered", ["one"]), ("incident", "SourceEmpty")]),
        (SourceEmpty("no"), True, []),
    ],
)
def test_rows_that_are_not_believed_are_an_incident_unless_they_are_tried_again(
    loading: list[Any], error: Exception, log: list[Any], *, quietly: bool
) -> None:
    job = Job()
    run = running(job, None, TUESDAY)
    loading.append(error)
    assert run.loaded([ONE], quietly=quietly) is False
    assert job.log == log
    assert run.due == {TUESDAY: 1}


def test_of_a_warehouse_that_is_gone_no_source_is_to_blame(loading: list[Any]) -> None:
    job = Job()
    loading.append(WarehouseUnavailable("gone"))
    with pytest.raises(WarehouseUnavailable):
        running(job).loaded([ONE])
    assert job.log == []


@pytest.mark.parametrize(
    ("agreed", "witness", "loaded", "told"),
    [
        ([1.0], True, 0, 1.0),
        ([None, 0.9], True, 1, 0.9),
        ([None], False, 0, None),
    ],
)
def test_an_undated_page_is_dated_by_its_closes_or_else_by_witnesses(
    monkeypatch: pytest.MonkeyPatch, agreed: list[Any], loaded: int, told: Any, *, witness: bool
) -> None:
    closes = pl.DataFrame({"code": ["a"]})
    claims = Claims("stock_daily", lambda *_: closes, source() if witness else None)
    calls: list[Any] = []
    answers = iter(agreed)
    monkeypatch.setattr(source_run, "agreed_with_core", lambda *_: next(answers))
    monkeypatch.setattr(source_run, "load_witness", lambda *_: calls.append("witness"))
    monkeypatch.setattr(source_run, "refuse_other_day", lambda *given: calls.append(given[1:]))
    of = source(plausibility=Plausibility(claims=claims))
    page = answer("page", TUESDAY)
    source_run.insist_on_day(Job(), of, claims, [page])  # type: ignore[arg-type]
    assert calls == ["witness"] * loaded + [([TUESDAY], told)]
    calls.clear()
    nothing = answer("page", TUESDAY, published=pl.DataFrame())
    source_run.insist_on_day(Job(), of, claims, [nothing])  # type: ignore[arg-type]
    assert calls == []


class Kept:
    """Answers that a back-fill has received already."""

    def __init__(self, kept: Any = None) -> None:
        self.kept, self.added = kept, list[Any]()

    def find(self, _: Call) -> Any:
        return self.kept

    def add(self, one: Answer) -> None:
        self.added.append(one.call.function)


@pytest.mark.parametrize(
    ("backfill", "kept", "asked", "added"),
    [
        (False, (ROWS, ["body"]), 1, []),
        (True, None, 1, ["f"]),
        (True, (ROWS, ["body"]), 0, []),
        (True, (pl.DataFrame(), ["body"]), 0, []),
    ],
)
def test_a_back_fill_that_was_killed_asks_for_nothing_that_it_has_received(
    monkeypatch: pytest.MonkeyPatch, kept: Any, asked: int, added: list[str], *, backfill: bool
) -> None:
    pending, made = Kept(kept), list[Any]()

    def perform(_: Source, call: Call, __: Any, *, attempts: int) -> Answer:
        made.append(attempts)
        return Answer(call, ROWS, ROWS, [])

    monkeypatch.setattr(source_run, "perform", perform)
    monkeypatch.setattr(source_run, "read", lambda _, __, rows: rows.rename({"a": "b"}))
    monkeypatch.setattr(SourceRun, "pending", pending)
    found = running(Job(backfill=backfill)).received(Call("f"))
    assert (made, pending.added) == ([2] * asked, added)
    if not asked:
        assert found.bodies == ["body"]
        assert found.rows.columns == (["b"] if kept[0].width else [])
