"""What a source restates after an issue is out becomes a revision, once, and nobody's surprise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows import collect as collection
from flows import corrections, measure
from flows.alerts import messages
from flows.corrections import look_for_corrections
from flows.workspace import Workspace
from tests.conftest import workspace_at
from tests.flows.test_made_again import INDEX, bars, closes, load
from transforms.issue.printable import facts
from transforms.issue.restatements import printed_rows
from transforms.issue.revisions import restated_of
from warehouse.catalog import dataset
from warehouse.contract import schema
from warehouse.records import issues
from warehouse.storage.store import Warehouse
from warehouse.tables import SYSTEM_TABLES

FRIDAY, MONDAY = date(2026, 1, 16), date(2026, 1, 19)
FRIDAY_CLOSE = f"close/{INDEX}/{FRIDAY}"
EVENING, SATURDAY = (2026, 1, 16, 20), (2026, 1, 17, 10)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Workspace]:
    """The workspace at a moment, after an issue of Friday; closes alone are measured."""
    monkeypatch.setattr(corrections, "series", closes)
    monkeypatch.setattr(measure, "datasets_read", lambda: ["index_daily"])
    ws = workspace_at(tmp_path / "home", *EVENING)
    with ws.writing() as warehouse:
        load(ws, warehouse, "index_daily", bars(ws, INDEX, first=date(2025, 10, 13), last=FRIDAY))
        issue_printed(ws, warehouse)
    return lambda *moment: workspace_at(tmp_path / "home", *moment)


def issue_printed(ws: Workspace, warehouse: Warehouse) -> None:
    found = closes(measure.vintage(warehouse, FRIDAY))
    book = facts(found, FRIDAY)
    edition = dict.fromkeys(schema(SYSTEM_TABLES["mart.issue"])) | {
        "issue_id": "2026-W03", "language": "en", "revision": 1, "as_of": FRIDAY,
        "content_hash": "", "headline": "", "path": "", "rendered_at": ws.now_utc,
    }  # fmt: skip
    cited = frozenset(one.fact_id for one in book)
    with warehouse.transaction():
        issues.record(warehouse, edition, ws.now_utc, printed_rows(book, cited, found))


def restate(ws: Workspace, close: float, day: date = FRIDAY) -> None:
    with ws.writing() as warehouse:
        rows = [{"code": INDEX, "trade_date": day, "close": close}]
        load(ws, warehouse, "index_daily", rows)


def values(found: corrections.Found) -> list[tuple[str, float, float]]:
    return list(found.rows.select("fact_id", "before", "value").iter_rows())


def test_a_printed_value_that_its_source_restates_is_found_once(at: Callable) -> None:
    restate(at(*SATURDAY), 4444.0)
    found = look_for_corrections(at(2026, 1, 17, 11))
    assert found.issue_id == "2026-W03"
    assert values(found) == [(FRIDAY_CLOSE, 4016.0, 4444.0)]
    assert found.rows.select("sources", "fetched_at").row(0) == ("drawn", at(*SATURDAY).now_utc)
    assert values(look_for_corrections(at(2026, 1, 17, 12))) == []


def test_noise_that_prints_alike_is_none(at: Callable) -> None:
    restate(at(*SATURDAY), 4016.3)
    assert values(look_for_corrections(at(2026, 1, 17, 11))) == []


def test_what_comes_late_or_is_new_restates_nothing(at: Callable) -> None:
    ws = at(2026, 1, 19, 20)
    restate(ws, 4555.0, day=MONDAY)
    restate(ws, 4111.0, day=date(2025, 9, 30))  # before all that was loaded
    assert values(look_for_corrections(ws)) == []


def test_without_another_value_nothing_is_measured(
    at: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "series", lambda _: pytest.fail("measured for nothing"))
    assert values(look_for_corrections(at(*SATURDAY))) == []
    restate(at(*SATURDAY), 4016.0)
    assert values(look_for_corrections(at(2026, 1, 17, 11))) == []


def test_a_value_that_its_source_takes_back_is_told_too(at: Callable) -> None:
    for hour, close in ((10, 4444.0), (12, 4016.0)):
        restate(at(2026, 1, 17, hour), close)
        found = look_for_corrections(at(2026, 1, 17, hour + 1))
        assert values(found) == [(FRIDAY_CLOSE, 4016.0, close)]
    ws = at(2026, 1, 17, 14)
    with ws.writing() as warehouse:
        kept = issues.corrections(warehouse, FRIDAY, ws.now_utc)
        book = facts(closes(measure.vintage(warehouse, FRIDAY)), FRIDAY)
    (one,) = restated_of(kept, book)
    assert (one.fact.value, one.value, one.undone) == (4016.0, 4016.0, True)


def test_an_edition_knows_only_what_was_found_before_it(at: Callable) -> None:
    restate(at(*SATURDAY), 4444.0)
    look_for_corrections(at(2026, 1, 17, 11))
    with at(2026, 1, 17, 12).writing() as warehouse:
        known = [
            issues.corrections(warehouse, FRIDAY, at(*moment).now_utc).height
            for moment in (EVENING, (2026, 1, 17, 10, 59), (2026, 1, 17, 11))
        ]
    assert known == [0, 0, 1]


def test_only_the_last_issue_is_looked_at_and_only_if_it_is_of_that_day(at: Callable) -> None:
    restate(at(*SATURDAY), 4444.0)
    assert values(look_for_corrections(at(2026, 1, 19, 20), MONDAY)) == []
    assert len(values(look_for_corrections(at(2026, 1, 19, 21), FRIDAY))) == 1


def test_the_operator_is_told_which_command_mails_it(at: Callable) -> None:
    restate(at(*SATURDAY), 4444.0)
    found = look_for_corrections(at(2026, 1, 17, 11))
    (event,) = messages.restated(found.issue_id, found.rows)
    assert event.subject == "Printed numbers of issue 2026-W03 were restated: 1"
    assert "`briefing send 2026-W03`" in event.body
    assert FRIDAY_CLOSE in event.body
    assert messages.restated("2026-W03", pl.DataFrame()) == []


def test_a_look_makes_no_warehouse(tmp_path: Path) -> None:
    ws = workspace_at(tmp_path / "home", *EVENING)
    assert look_for_corrections(ws).rows.is_empty()
    assert not ws.places.home.exists()


def test_only_rows_whose_key_names_a_day_can_be_restated() -> None:
    names = ["index_daily", "margin_market", "stock_minute", "ipo_hk", "hk_security"]
    assert [name for name in names if corrections.restatable(dataset(name))] == [
        "index_daily", "margin_market",
    ]  # fmt: skip


def test_loads_count_if_a_printed_number_follows_from_their_dataset() -> None:
    printed = pl.DataFrame({"metric": ["close", "a metric of an older version"]})
    loads = pl.DataFrame({"dataset": ["index_daily", "margin_market", "stock_minute"]})
    assert corrections.behind(printed, loads)["dataset"].to_list() == ["index_daily"]
    assert corrections.behind(printed.clear(), loads).is_empty()


def test_a_collection_says_how_much_of_which_issue_was_restated_and_what_to_do(
    at: Callable, monkeypatch, caplog
) -> None:
    ws = at(*SATURDAY)
    restate(ws, 4444.0)
    monkeypatch.setattr(collection, "workspace", lambda: at(2026, 1, 17, 11))
    monkeypatch.setattr(collection, "gather", lambda *_: [])
    monkeypatch.setattr(collection, "reported", lambda *_: nullcontext([]))
    monkeypatch.setattr(collection, "publishing", lambda _: nullcontext())
    assert collection.collect.fn() == []
    (line,) = [one.getMessage() for one in caplog.records if one.name == "flows.collect"]
    assert line.startswith("1 printed number was restated since issue 2026-W03: ")
    assert "`briefing send 2026-W03`" in line
    assert "`briefing run`" in line
    caplog.clear()
    assert collection.collect.fn() == []
    assert [one for one in caplog.records if one.name == "flows.collect"] == []
