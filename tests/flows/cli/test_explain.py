"""`briefing facts` and `explain`: stored numbers, each with a query that returns it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from flows import measure
from flows.cli import commands
from flows.measure import facts_of
from flows.workspace import Workspace
from tests.homes import AS_OF, LATER, evening
from transforms.evaluation import Vintage, evaluation
from transforms.issue.printable import facts
from warehouse.contract import schema
from warehouse.errors import InputRefused
from warehouse.records import forecasts
from warehouse.records.evaluations import whole, write
from warehouse.storage.store import Reader
from warehouse.tables import SYSTEM_TABLES

FACT = "rsi_14/000001.SH/2026-01-13"
LONG_AFTER = date(2026, 3, 2)  # the clock when somebody asks


@pytest.fixture
def briefing(
    told_twice: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs the command weeks after the last evaluation; what it prints."""
    monkeypatch.setattr(commands, "here", lambda: evening(told_twice, LONG_AFTER))

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["briefing", *arguments])
        with pytest.raises(SystemExit) as ended:
            commands.app()
        assert not ended.value.code
        return capsys.readouterr().out

    return run


def answered(home: Path, query: str) -> list[tuple[object, ...]]:
    with Reader.open(home / "current.duckdb") as reader:
        return reader.query(query).rows()


def as_said(printed: str) -> dict[str, str]:
    return {k: v.strip() for k, _, v in (line.partition(" ") for line in printed.splitlines())}


@pytest.mark.parametrize("as_of", [AS_OF, LATER])
def test_every_fact_is_what_its_query_returns(told_twice: Path, as_of: date) -> None:
    """One row each, from the published file; also of the older evaluation, thinned since."""
    _, book = facts_of(evening(told_twice, LONG_AFTER), as_of)
    told = list(book)
    found: list[tuple[object, ...]] = []
    with Reader.open(told_twice / "current.duckdb") as reader:
        assert whole(reader, as_of) == (as_of == LATER)
        for start in range(0, len(told), 200):
            some = told[start : start + 200]
            queries = [
                f"SELECT '{fact.fact_id}', found.* FROM ({fact.query}) AS found" for fact in some
            ]
            found += reader.query(" UNION ALL ".join(queries)).rows()
    assert len(told) > 500
    assert sorted(found) == sorted((fact.fact_id, fact.value) for fact in told)


def test_a_number_is_explained_by_the_newest_evaluation_whatever_day_it_is(
    told_twice: Path, briefing: Callable[..., str]
) -> None:
    """No day since was measured but those two of January."""
    said = as_said(briefing("explain", FACT))
    assert said["as_of"] == str(LATER)
    assert answered(told_twice, said["query"]) == [(float(said["value"]),)]


def test_an_older_evaluation_is_explained_when_asked_for(
    told_twice: Path, briefing: Callable[..., str]
) -> None:
    said = as_said(briefing("explain", FACT, "--as-of", str(AS_OF)))
    assert said["as_of"] == str(AS_OF)
    assert f"as_of = DATE '{AS_OF}'" in said["query"]
    assert answered(told_twice, said["query"]) == [(float(said["value"]),)]


def test_facts_are_those_of_the_newest_evaluation(
    told_twice: Path, briefing: Callable[..., str]
) -> None:
    told = pl.read_json(briefing("facts", "--format", "json").encode(), infer_schema_length=None)
    assert set(told["as_of"]) == {str(LATER)}
    stored = answered(told_twice, f"SELECT count(*) FROM mart.fact WHERE as_of = DATE '{LATER}'")
    assert stored == [(told.height,)]


def test_a_day_that_was_never_measured_says_how_to_measure_it(told_twice: Path) -> None:
    told = (
        r"nothing was measured as of 2026-01-12 \(the newest day that was is 2026-01-14\); "
        r"run `briefing run --as-of 2026-01-12` first"
    )
    with pytest.raises(InputRefused, match=told):
        facts_of(evening(told_twice, LONG_AFTER), date(2026, 1, 12))


def test_before_the_first_measurement_it_says_so(filled: Workspace) -> None:
    with pytest.raises(InputRefused, match="nothing was measured yet; `briefing run` measures"):
        facts_of(filled, None)


def test_a_fact_of_an_older_evaluation_is_found(
    told_twice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As printed in an issue that somebody kept."""
    monkeypatch.setattr(commands, "here", lambda: evening(told_twice, LONG_AFTER))
    gone = (
        "SELECT fact_id FROM mart.fact GROUP BY fact_id "
        f"HAVING max(as_of) = DATE '{AS_OF}' ORDER BY fact_id LIMIT 1"
    )
    ((fact,),) = answered(told_twice, gone)
    with pytest.raises(InputRefused, match=f"that of {AS_OF} has it, add `--as-of {AS_OF}`"):
        commands.explain(fact)
    with pytest.raises(InputRefused, match=r"no fact 'nothing/at/all' .*`briefing facts` lists"):
        commands.explain("nothing/at/all")


def test_a_number_says_how_it_has_changed_since_it_was_printed(
    told_twice: Path, briefing: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where only an older evaluation has it."""
    row = dict.fromkeys(schema(SYSTEM_TABLES["mart.restatement"])) | {
        "as_of": LATER, "fact_id": FACT, "field": "record", "before": 3.5, "value": 3.25,
        "before_day": AS_OF, "value_day": LATER, "why": "restated",
        "known_at": datetime(2026, 1, 14, 9),
    }  # fmt: skip
    gone = row | {"field": "withdrawn", "value": None, "known_at": None, "value_day": None}
    rows = pl.DataFrame([row, gone], schema=schema(SYSTEM_TABLES["mart.restatement"]))
    monkeypatch.setattr(measure, "restated", lambda _ws, fact: rows.filter(fact_id=fact))
    said = briefing("explain", FACT)
    record = (
        "found 2026-01-14: record 3.5 (2026-01-13), now 3.25 (2026-01-14); restated, "
        "known 2026-01-14 09:00:00 UTC"
    )
    assert [line for line in said.splitlines() if line.startswith("changed")] == [
        f"changed                 {record}",
        "changed                 found 2026-01-14: withdrawn 3.5 (2026-01-13), now none; restated",
    ]
    assert "changed" not in briefing("explain", FACT.replace("rsi_14", "close"))
    elsewhere = rows.with_columns(fact_id=pl.lit("nothing/at/all"))
    monkeypatch.setattr(measure, "restated", lambda *_: elsewhere)
    with pytest.raises(
        InputRefused, match=r"no fact 'nothing/at/all' .*; found 2026-01-14: record"
    ):
        commands.explain("nothing/at/all")


def test_the_last_values_of_a_series_that_ended_long_ago_are_kept(filled: Workspace) -> None:
    """Facts cite them, though an evaluation keeps two years; so does the next thinning."""
    days = [date(2013, 5, 6), date(2014, 5, 6), date(2015, 5, 6), date(2026, 1, 13)]
    wanted = {k: v for k, v in schema(SYSTEM_TABLES["mart.metric"]).items() if k != "as_of"}
    shared = {"metric": "close", "unit": "index points", "known_at": datetime(2015, 5, 6, 8)}
    names = ["Moody's", "Moody's", "Moody's", "000001.SH"]
    rows = [
        shared | {"entity": n, "observation_date": d, "value": d.year / 7, "n_obs": 1}
        for n, d in zip(names, days, strict=True)
    ]
    found = pl.DataFrame(rows, schema=wanted)
    for as_of in (AS_OF, LATER):
        with filled.writing() as warehouse:
            nothing = evaluation(Vintage(as_of, {}, {}), *forecasts.earlier(warehouse, as_of))
            made = replace(nothing, metrics=found, facts=facts(found, as_of))
            write(warehouse, as_of, filled.now_utc, made.rows())
    filled.publish()
    for as_of in (AS_OF, LATER):
        _, book = facts_of(filled, as_of)
        assert [fact.observation_date for fact in book] == [days[3], days[1], days[2]]
        for fact in book:
            assert answered(filled.places.home, fact.query) == [(fact.value,)]
    with Reader.open(filled.places.current) as reader:
        assert whole(reader, LATER)
        assert measure.series_of(reader, LATER)["observation_date"].to_list() == [days[3]]
